"""Worksheet: several results of one kind on one sheet, entered or verified under one signature.

Each line stays an act of its own with its own entry. Before anything is signed every line is put to the rule in
order, so that a sheet says at once which lines would be refused and which results lie outside their limit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from milenari.journal.ask import Asker, Supposed
from milenari.registers import models as table
from milenari.registers import quality
from milenari.rules.action import Accepted, Action, Refused
from milenari.rules.specification import Criterion
from milenari.rules.testing import RecordResult, VerifyResult
from milenari.web import wording
from milenari.words import COMPARATORS, UNITS, Quantity, split_subject


@dataclass
class Line:
    """One result on a sheet: what it is, what was typed, and what the rule would say."""

    number: int
    row: table.Result
    criterion: Criterion
    version: int
    weight_kg: Decimal | None
    value: Quantity | str | None = None  # what was recorded, on a line that is to be verified
    act: str = ""
    amount: str = ""
    bound: str = ""
    unit: str = ""
    word: str = ""
    method: str = ""
    chosen: bool = False
    outcome: str = ""
    arithmetic: str = ""
    error: SafeString | str = ""

    @property
    def code(self) -> str:
        """The batch or lot, as it is spoken of."""
        return split_subject(self.row.of)[1]

    @property
    def numeric(self) -> bool:
        return not self.criterion.qualitative and (self.criterion.op != "report" or bool(self.criterion.unit))

    @property
    def units(self) -> tuple[str, ...]:
        """The unit in which the value is typed: of the whole product where the limit is per kg."""
        unit = self.criterion.unit
        return (unit.removesuffix("/kg") if self.criterion.per_kg else unit,) if unit else tuple(UNITS)

    @property
    def weight(self) -> str:
        return str(self.weight_kg.normalize()) if self.criterion.per_kg and self.weight_kg else ""

    @property
    def filled(self) -> bool:
        return bool(self.amount or self.word)

    def action(self) -> Action:
        """The act that this line asks for; Refused when what was typed cannot be read."""
        about = {"of": self.row.of, "test": self.row.test}
        if self.row.status == "recorded":
            return VerifyResult(**about)
        typed = self.amount if self.amount[:1] in "<>" else self.bound + self.amount
        number = {"value": typed, "unit": self.unit} if self.amount else None
        made: Action = RecordResult.from_data({**about, "number": number, "word": self.word, "method": self.method})
        return made


def lines(rows: list[table.Result], book: Supposed) -> list[Line]:
    """The lines of a sheet over open results, with the version of each product that the person sees."""
    products = list(dict.fromkeys(row.of for row in rows))
    book.expect(products)
    weights = quality.weights(products)
    found = []
    for number, row in enumerate(rows, 1):
        tested = book.sheet(row.of)
        limit, kept = tested.criterion(row.test), tested.result(row.test)
        line = Line(number, row, limit, tested.version, weights.get(row.of), kept.value, str(uuid.uuid4()))
        line.method = limit.method
        line.unit = line.units[0] if len(line.units) == 1 else ""
        found.append(line)
    return found


def fill(sheet: list[Line], typed: Mapping[str, str]) -> None:
    """Put back what was typed, by the number of each line."""
    for line in sheet:
        n = line.number
        line.amount = typed.get(f"number.{n}", "").strip()
        bound = typed.get(f"bound.{n}", "")
        line.bound = bound if bound in COMPARATORS else ""
        line.unit = typed.get(f"unit.{n}", "") or line.unit
        line.word = typed.get(f"word.{n}", "").strip()
        line.method = typed.get(f"method.{n}", line.method).strip()
        line.chosen = f"take.{n}" in typed
        line.act = typed.get(f"act.{n}", "") or line.act
        seen = typed.get(f"seen.{n}", "")
        line.version = int(seen) if seen.isdecimal() else line.version


def taken(sheet: list[Line]) -> list[Line]:
    """The lines that are to be signed: with a value entered, or ticked as verified."""
    return [line for line in sheet if (line.chosen if line.row.status == "recorded" else line.filled)]


def judged(sheet: list[Line], book: Supposed, asker: Asker, zone: str, happened_at: datetime | None) -> bool:
    """Ask the rule about each line in turn and note its answer; whether all would be accepted."""
    good = True
    for line in sheet:
        try:
            act = line.action()
        except Refused as refused:
            line.error, good = wording.refusal(refused, zone, "record-result"), False
            continue
        answer = book.ask(act, asker, happened_at)
        if isinstance(answer, Accepted):
            line.outcome = answer.given.get("outcome", "") or line.row.outcome
            line.arithmetic = answer.given.get("arithmetic", "")
            book.suppose(act, asker, answer, happened_at)
        else:
            line.error, good = wording.refusal(answer, zone, act.code), False
    return good


def signable(sheet: list[Line]) -> list[tuple[Action, str, str]]:
    """Each line's act, its id, and the version it may meet: one more for each earlier line of the same product."""
    met: dict[str, int] = {}
    found: list[tuple[Any, str, str]] = []
    for line in sheet:
        before = met.get(line.row.of, 0)
        met[line.row.of] = before + 1
        found.append((line.action(), line.act, f"{line.row.of}={line.version + before}"))
    return found
