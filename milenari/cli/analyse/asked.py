"""The frame of ``milenari analyse``: the group, the terms figures are asked and printed with, who is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from milenari.cli.analyse.examples import EXAMPLES
from milenari.cli.design.asked import REALS
from milenari.cli.frame import Command, example, main
from milenari.cli.stats import asked
from milenari.cli.stats.asked import Lines
from milenari.cli.stats.table import BadTable, Table
from milenari.science.unfit import Unfit

DENOMINATORS = ("enrolled", "apheresed", "infused")
ALL = "all"
YES, NO = {"1", "yes", "true", "y"}, {"0", "no", "false", "n"}
INTERVALS = ("plain", "log", "log-log")


@main.group(epilog=example("milenari analyse km patients.csv --event relapse,death --censored alive "
                           "--denominator infused --clock infusion --unit months"))  # fmt: skip
def analyse() -> None:
    """Outcomes of a trial, from CSV, each with its terms. Methods and limits: docs/trial-numbers.md."""


question: Callable[..., Callable[[Command], Command]] = partial(asked.question, group=analyse, examples=EXAMPLES)


class Names(click.ParamType[Any]):
    """A list such as relapse,death."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


NAMES = Names()


def counting(function: Command) -> Command:
    """Who is counted."""
    return click.option("--denominator", type=click.Choice([*DENOMINATORS, ALL]), required=True,
                        help="Who is counted, by the column of that name with yes or no; all is every row.",
                        )(function)  # fmt: skip


def confident(function: Command) -> Command:
    return click.option("--confidence", type=float, default=0.95, show_default=True)(function)


def timing(competing: bool, needed: bool = True) -> Callable[[Command], Command]:
    """What an event is, what ends a time without one, from when time runs."""

    def made(function: Command) -> Command:
        function = click.option("--clock", required=needed, help="From when time runs: column from_CLOCK, or time.")(
            function
        )
        function = click.option("--censored", type=NAMES, required=needed, metavar="STATUS,...",
                                help="Statuses that end a time without any event.")(function)  # fmt: skip
        if competing:
            function = click.option("--competing", type=NAMES, required=True, metavar="STATUS,...",
                                    help="Statuses that make the event impossible.")(function)  # fmt: skip
        return click.option("--event", type=NAMES, required=needed, metavar="STATUS,...",
                            help="Statuses that are the event.")(function)  # fmt: skip

    return made


def curved(function: Command) -> Command:
    """How a curve is told and drawn."""
    for option in (
        click.option("--svg", type=click.Path(dir_okay=False), help="Write the picture there."),
        click.option("--interval", type=click.Choice(INTERVALS), default="log-log", show_default=True),
        click.option("--at", type=REALS, default=(), metavar="T,T,...", help="Times at which the curve is told."),
        click.option("--stratum", help="Column by which the test is stratified, such as site."),
        click.option("--by", help="Column that makes groups, to be compared."),
    ):
        function = option(function)
    return confident(function)


def kept(table: Table, denominator: str) -> list[int]:
    """Places of the rows that are counted, or BadTable: no such column, or a cell that is neither yes nor no."""
    if denominator == ALL:
        return list(range(len(table)))
    if not table.has(denominator):
        raise BadTable("wrong-header", f"{table.name} has no column {denominator} with yes or no, so nobody knows who "
                       "is counted. Add it, or say --denominator all if every row counts.", file=table.name,
                       missing=[denominator])  # fmt: skip
    found = [at for at, cell in enumerate(table.columns[denominator]) if said(table, denominator, at, cell)]
    if not found:
        raise BadTable("no-rows", f"{table.name}: no row says yes in column {denominator}.", file=table.name)
    return found


def said(table: Table, column: str, at: int, cell: str) -> bool:
    """Yes or no."""
    if cell.lower() not in YES | NO:
        table.refuse("not-yes-or-no", table.lines[at], column, f"is {cell!r}. Write yes or no.")
    return cell.lower() in YES


def labels(table: Table, column: str | None, rows: Sequence[int]) -> list[str]:
    """Labels of the rows, none without a column; an empty one is refused."""
    if column is None:
        return []
    name = column.lower()
    if not table.has(name):
        raise BadTable("wrong-header", f"{table.name} has no column {column}. The columns found are "
                       f"{', '.join(table.columns)}.", file=table.name, missing=[column])  # fmt: skip
    for at in rows:
        if not table.columns[name][at]:
            table.refuse("cell-empty", table.lines[at], name, "is empty. Fill it in.")
    return [table.columns[name][at] for at in rows]


def measured(table: Table, column: str, rows: Sequence[int]) -> list[str]:
    """Numbers of the rows; what is wrong or missing in other rows does not matter."""
    if not table.has(column):
        raise BadTable("wrong-header", f"{table.name} has no column {column}. The columns found are "
                       f"{', '.join(table.columns)}.", file=table.name, missing=[column])  # fmt: skip
    part = Table(table.name, {column: [table.columns[column][at] for at in rows]},
                 [table.lines[at] for at in rows], table.places, table.unit)  # fmt: skip
    return part.numbers(column)


def clocked(table: Table, clock: str, rows: Sequence[int]) -> list[str]:
    """Times from the clock's zero: column from_CLOCK, or time."""
    named = f"from_{clock.lower()}"
    return measured(table, named if table.has(named) or not table.has("time") else "time", rows)


@contextmanager
def rows_of(rows: Sequence[int]) -> Iterator[None]:
    """A refusal that names one of the counted rows names its row of the file."""
    try:
        yield
    except Unfit as unfit:
        row = unfit.facts.get("row")
        if isinstance(row, int) and 0 < row <= len(rows):
            unfit.facts["row"] = rows[row - 1] + 1
        raise


def unit_of(unit: str, what: str) -> str:
    """The unit, which has to be stated."""
    if not unit.strip():
        raise BadTable("unit-missing", f"The unit of {what} is not stated. Say --unit, or give a column named unit.")
    return unit.strip()


def told(terms: Any, counted: int, of: int, unit: str = "", what: str = "rows") -> Lines:
    """The terms in words, under every figure."""
    names = [("Event", terms.event), ("competing", terms.competing), ("censored", terms.censored)]
    rules = "; ".join(f"{what}: {', '.join(statuses)}" for what, statuses in names if statuses)
    return ["", f"Denominator: {terms.denominator}, {counted} of {of} {what}. {rules}.",
            f"Clock: from {terms.clock}{f', in {unit}' if unit else ''}. Interval: {terms.interval}, "
            f"{100 * terms.confidence:g} %."]  # fmt: skip


def limits(low: float | None, high: float | None, scale: float = 100.0) -> str:
    """An interval for reading."""
    if low is None and high is None:
        return "-"
    return " to ".join("-" if x is None else f"{scale * x:.1f}" for x in (low, high))
