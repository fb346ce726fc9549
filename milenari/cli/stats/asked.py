"""The frame of ``milenari stats`` and its sister groups: what every command takes, and how its answers are printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import click

from milenari.cli.frame import Command, example, fail, json_option, main, say
from milenari.cli.stats.examples import EXAMPLES
from milenari.cli.stats.table import BadTable, Table, read

Lines = list[str]


@main.group(epilog=example("milenari stats tost runs.csv --margin -10 10 --unit %"))
def stats() -> None:
    """Statistics of comparability, drift and stability, from CSV. Methods and limits: docs/numbers.md."""


def question(name: str, epilog: str, needed: Sequence[str] = (), optional: Sequence[str] = (), file: bool = True,
             file_needed: bool = True, group: click.Group = stats,
             examples: Mapping[str, str] = EXAMPLES) -> Callable[[Command], Command]:  # fmt: skip
    """Make a function a command of the group: it gets the table (or None) and its options, and returns
    (what was computed, lines to print). Refusals of the file and of the method end it with exit code 1."""

    def made(function: Command) -> Command:
        @wraps(function)
        def run(as_json: bool, source: str | None = None, unit: str = "", column: tuple[str, ...] = (),
                **options: Any) -> None:  # fmt: skip
            from milenari.science.computed import Unfit

            table = None
            try:
                if file and file_needed and source is None and sys.stdin.isatty():
                    raise BadTable("nothing-given", f"Give a FILE, or - to type it in here. An input to begin with: "
                                   f"milenari {group.name} {name} --example.")  # fmt: skip
                if file and (source is not None or file_needed):
                    table = read(source or "-", needed, optional, _renamed(column, [*needed, *optional]), unit)
                given = {"table": table, "unit": f" {table.unit if table else unit}".rstrip(), **options}
                computed, lines = function(**given)
            except BadTable as wrong:
                fail(wrong.code, wrong.sentence, as_json, **wrong.facts)
            except Unfit as unfit:
                _unfit(unfit, table, as_json)
            if as_json:
                shown = {"unit": table.unit if table else unit} if file else {}
                say({**shown, **computed.to_json()}, True, [])
            else:
                say(None, False, [*lines, "", f"Method: {computed.method}, version {computed.version}. "
                                  f"Reference: {computed.reference}."])  # fmt: skip

        command: Command = json_option(run)
        if file:
            command = click.option("--unit", default="", help="Unit of the values, printed with the answer.")(command)
            command = click.option("--column", multiple=True, metavar="NAME=HEADER",
                                   help="Which header stands for a column.")(command)  # fmt: skip
            command = click.argument("source", metavar="FILE", default=None, required=False)(command)
            command = click.option("--example", is_flag=True, is_eager=True, expose_value=False,
                                   help="Print an example input.",
                                   callback=_example(examples[name]))(command)  # fmt: skip
        return group.command(name=name, epilog=example(epilog), help=function.__doc__)(command)

    return made


def _example(text: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def shown(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted:
            click.echo(text, nl=False)
            ctx.exit()

    return shown


def _renamed(given: tuple[str, ...], known: list[str]) -> dict[str, str]:
    made = {}
    for one in given:
        name, equals, head = one.partition("=")
        if not equals or name not in known:
            raise BadTable("column-unknown", f"--column {one}: write NAME=HEADER, where NAME is one of "
                           f"{', '.join(known)}.")  # fmt: skip
        made[name] = head
    return made


def _unfit(unfit: Any, table: Table | None, as_json: bool) -> None:
    sentence, facts = unfit.sentence, dict(unfit.facts)
    if table is not None:
        row = facts.get("row")
        where = f", line {table.lines[row - 1]}" if isinstance(row, int) and 0 < row <= len(table) else ""
        sentence, facts["file"] = f"{table.name}{where}: {sentence}", table.name
    fail(unfit.code, sentence, as_json, **facts)


def number(value: float | None, digits: int = 5) -> str:
    """A number for reading: ``digits`` significant digits, no exponent where it can be avoided."""
    if value is None:
        return "-"
    if value in (float("inf"), float("-inf")):
        return "none"
    made = f"{value:.{digits}g}"
    if "e" in made and 1e-5 < abs(value) < 1e15:
        from milenari.science.computed import decimal_text

        made = decimal_text(value, digits)
    return made


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def chance(value: float | None) -> str:
    """A p-value for reading."""
    return "-" if value is None else "below 0.0001" if value < 0.0001 else f"{value:.4f}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]], most: int = 60) -> Lines:
    """A table in columns; beyond ``most`` rows it says how many more there are."""
    widths = [max(len(str(row[at])) for row in [head, *rows[:most]]) for at in range(len(head))]
    made = ["  ".join(str(cell).rjust(w) if at else str(cell).ljust(w) for at, (cell, w) in
                      enumerate(zip(row, widths, strict=True))).rstrip() for row in [head, *rows[:most]]]  # fmt: skip
    return [*made, *([f"... and {len(rows) - most} more; --json has all."] if len(rows) > most else [])]


def float_or_none(value: float | None) -> float | None:
    return None if value is None else float(value)
