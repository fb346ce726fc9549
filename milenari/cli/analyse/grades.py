"""Commands that grade: icaht, ctcae."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.analyse.asked import question, unit_of
from milenari.cli.stats.asked import Lines, grid
from milenari.cli.stats.table import BadTable, Table

UNITS = {"neutrophils": "/uL", "platelets": "10*9/L"}


@question("icaht", "milenari analyse icaht neutrophils.csv --kind neutrophils --unit /uL",
          ("patient", "day", "value"), ("ended",))  # fmt: skip
@click.option("--kind", type=click.Choice(list(UNITS)), default="neutrophils", show_default=True)
@click.option("--gap", type=int, default=7, show_default=True, help="Days between values that are filled at most.")
@click.option("--recovery", type=int, default=3, show_default=True, help="Days above the threshold that end a run.")
@click.option("--carried", type=int, default=3, show_default=True, help="Days first and last values are carried.")
@click.option("--several", type=int, default=2, show_default=True, help="Late values that are not transient.")
def icaht(table: Table, unit: str, kind: str, gap: int, recovery: int, carried: int,
          several: int) -> tuple[Any, Lines]:  # fmt: skip
    """Haematotoxicity from raw counts: early to day 30, late to day 100. Column ended: last day that counts."""
    from milenari.science.outcome import haematotoxicity as science

    if unit_of(unit, "the counts") != UNITS[kind]:
        raise BadTable("unit-differs", f"{kind.capitalize()} are graded in {UNITS[kind]}, not in {unit.strip()}. "
                       "Convert them.", unit=unit.strip())  # fmt: skip
    names: list[str] = table.text("patient")
    ended: dict[str, int] = {}
    for at, (name, cell) in enumerate(zip(names, table.numbers("ended", optional=True), strict=True)):
        if cell is None:
            continue
        if not cell.isdigit() or ended.get(name, int(cell)) != int(cell):
            table.refuse("span-unfit", table.lines[at], "ended", f"is {cell!r}. Write one whole day per patient.")
        ended[name] = int(cell)
    how = science.Reading(gap, recovery, carried, several)
    made = science.icaht(names, table.numbers("day"), table.numbers("value"), science.Kind(kind), how, ended)
    low = "below" if kind == "platelets" else "at or below"
    thresholds = next((list(p.early.days) for p in made.patients if p.early is not None), [])
    return made, [
        *grid(["patient", "early", *(f"days {low} {t}" for t in thresholds), "unknown days", "late", "late values"],
              [[p.patient, "-" if p.early is None else f"{'at least ' if p.early.unknown else ''}{p.early.grade}",
                *(str(p.early.days[t]) if p.early else "-" for t in thresholds),
                "-" if p.early is None else str(p.early.unknown), "-" if p.late.grade is None else str(p.late.grade),
                str(p.late.samples)] for p in made.patients]),
        "",
        f"Early: day 0 to 30; late: day 31 to 100, {several} values or more. Gaps of up to {gap} days are filled; "
        f"fewer than {recovery} days above do not end a run; first and last values are carried {carried} days.",
    ]  # fmt: skip


@question("ctcae", "milenari analyse ctcae --analyte neutrophils --value 0.4 --lower-limit 1.8 --unit 10*9/L",
          file=False)  # fmt: skip
@click.option("--analyte", required=True, help="neutrophils, platelets, leukocytes, lymphocytes or haemoglobin.")
@click.option("--value", type=str, required=True)
@click.option("--lower-limit", type=str, required=True, help="Of the laboratory, for this patient's age.")
@click.option("--unit", "of", required=True, help="10*9/L, or g/dL for haemoglobin.")
@click.option("--edition", default="5.0", show_default=True, help="5.0 or 6.0.")
def ctcae(table: None, unit: str, analyte: str, value: str, lower_limit: str, of: str,
          edition: str) -> tuple[Any, Lines]:  # fmt: skip
    """The CTCAE grade of one blood count."""
    from milenari.science.outcome import ctcae as science

    made = science.ctcae(analyte, value, of, lower_limit, edition)
    own = " A fixed limit would give a grade; the laboratory's own does not." if made.within_own_limits else ""
    return made, [f"Grade {made.grade} by CTCAE {edition}: {analyte} {value} {of}, lower limit {lower_limit}.{own}"]
