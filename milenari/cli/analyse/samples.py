"""Commands for samples and pictures of single patients: kinetics, swimmer, waterfall."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.analyse.asked import labels, question, unit_of
from milenari.cli.stats.asked import Lines, grid, number
from milenari.cli.stats.table import Table


@question("kinetics", "milenari analyse kinetics copies.csv --until 28 --limit 50 --unit 'copies/ug'",
          ("patient", "day", "value"))  # fmt: skip
@click.option("--until", type=float, required=True, help="Last day of the area under the curve.")
@click.option("--start", type=float, default=0.0, show_default=True, help="First day of it.")
@click.option("--limit", type=float, default=0.0, show_default=True, help="Limit of quantification; below is zero.")
@click.option("--area", type=click.Choice(["linear", "linear-up-log-down"]), default="linear", show_default=True)
def kinetics(table: Table, unit: str, until: float, start: float, limit: float, area: str) -> tuple[Any, Lines]:
    """Expansion: peak, day of the peak and area under the curve. One row per sample, days from infusion."""
    from milenari.science.outcome import kinetics as science

    made = science.kinetics(table.text("patient"), table.numbers("day"), table.numbers("value"),
                            unit_of(unit, "the values"), until, limit, science.Area(area), start)  # fmt: skip
    middle = [("Cmax", made.c_max, made.unit), ("Tmax", made.t_max, "days"), ("AUC", made.auc, made.auc_unit)]
    return made, [
        *grid(["patient", "samples", "below limit", f"Cmax, {made.unit}", "Tmax, day", f"AUC, {made.auc_unit}",
               "last measurable, day"],
              [[e.patient, str(e.samples), str(e.below_limit), number(e.c_max), number(e.t_max), number(e.auc),
                number(e.t_last)] for e in made.patients]),
        "",
        *(f"{what}: median {number(s.median)} ({number(s.lowest)} to {number(s.highest)}) {of}, {s.n} patients."
          for what, s, of in middle),
        f"Area {made.area}, day {number(start)} to {number(until)}; none where sampling does not cover that. "
        f"Values below {number(limit)} {made.unit} count as zero.",
    ]  # fmt: skip


@question("swimmer", "milenari analyse swimmer lanes.csv --clock infusion --unit months --svg swimmer.svg",
          ("patient", "what", "from"), ("to",))  # fmt: skip
@click.option("--clock", required=True, help="From when time runs.")
@click.option("--svg", type=click.Path(dir_okay=False), help="Write the picture there.")
def swimmer(table: Table, unit: str, clock: str, svg: str | None) -> tuple[Any, Lines]:
    """A lane per patient: spans with an end, marks without; the mark 'ongoing' is an arrow."""
    from milenari.science.outcome import picture

    unit = unit_of(unit, "time")
    made = picture.swimmer(table.text("patient"), table.text("what"), table.numbers("from"),
                           table.numbers("to", optional=True), clock)  # fmt: skip
    if svg:
        from milenari.cli.analyse import drawn

        drawn.swimmer(svg, made, unit)
    return made, [
        *grid(["patient", f"to, {unit}", "parts"],
              [[lane.patient, number(lane.length),
                "; ".join(f"{p.what} {number(p.start)}" + (f"-{number(p.until)}" if p.until is not None else "")
                          for p in lane.parts)] for lane in made.lanes]),
        "", f"Clock: from {clock}, in {unit}.",
    ]  # fmt: skip


@question("waterfall", "milenari analyse waterfall best.csv --unit '% change of blasts' --svg waterfall.svg",
          ("patient", "value"))  # fmt: skip
@click.option("--by", help="Column that makes groups, drawn in colours.")
@click.option("--svg", type=click.Path(dir_okay=False), help="Write the picture there.")
def waterfall(table: Table, unit: str, by: str | None, svg: str | None) -> tuple[Any, Lines]:
    """A bar per patient, highest first."""
    from milenari.science.outcome import picture

    made = picture.waterfall(table.text("patient"), table.numbers("value"), labels(table, by, range(len(table))),
                             unit_of(unit, "the values"))  # fmt: skip
    if svg:
        from milenari.cli.analyse import drawn

        drawn.waterfall(svg, made)
    return made, grid(["patient", *([by] if by else []), made.unit],
                      [[b.patient, *([b.group] if by else []), number(b.value)] for b in made.bars])  # fmt: skip
