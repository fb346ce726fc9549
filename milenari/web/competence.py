"""Competence: persons against procedures as pages and commands show them: the registers' answer with its words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from milenari.journal import ask
from milenari.registers import competence as registers
from milenari.registers.competence import WORKING, Line, Link, chain_down, chain_up, columns
from milenari.registers.people import Worker
from milenari.web.wording import competence as words

__all__ = ["WORKING", "Cell", "Desk", "Line", "Link", "chain_down", "chain_up", "columns", "matrix", "untrained"]


class Cell(registers.Cell):
    """One person against one version, with colour, sign and word."""

    @property
    def look(self) -> str:
        return words.LOOKS[self.state]

    @property
    def sign(self) -> str:
        return words.STANDINGS[self.state][0]

    @property
    def word(self) -> Any:
        return words.STANDINGS[self.state][1]


class Desk(registers.Desk):
    """This node's sheets about training on a day."""

    cells = Cell

    def __init__(self, on: date) -> None:
        super().__init__(ask.Supposed(), on)


def matrix(
    sites: Iterable[str], on: date, role: str = "", procedure: str = ""
) -> tuple[list[tuple[str, str]], list[Line]]:
    """Persons by procedures: the columns and the lines."""
    return registers.matrix(Desk(on), sites, role, procedure)


def untrained(sites: Iterable[str], on: date, procedure: str, number: str) -> list[tuple[Worker, registers.Cell]]:
    """Who is not trained on a version of a procedure, of those whom it is asked of, with what is missing."""
    return registers.untrained(Desk(on), sites, procedure, number)
