"""``milenari plan sweep``: what a change is worth, as a tornado or a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from milenari.cli.plan.asked import Answer, Lines, plan, question
from milenari.cli.plan.engines import Engine
from milenari.cli.plan.simulation import repeated, ruled, run_of, troubled, troubles, with_workers
from milenari.cli.plan.source import tree_of
from milenari.cli.stats.asked import grid, number, percent
from milenari.science.unfit import Unfit

if TYPE_CHECKING:
    from milenari.science.planning.sweeps import Heat, Measure, Tornado

MEASURES = {"infused": "share infused", "lost": "share lost while waiting", "waited": "share who waited for vector",
            "days": "days from referral to infusion", "cost": "EUR for each who is infused"}  # fmt: skip


@question(plan, "sweep", "milenari plan sweep network.json --range vector.recovery.b 0.2 0.8 --picture tornado.svg",
          solver=False)  # fmt: skip
@click.argument("source", metavar="SCENARIO")
@repeated
@ruled
@troubled
@click.option("--range", "ranges", multiple=True, type=(str, float, float), metavar="FIELD LOW HIGH",
              help="A field at a low and a high value: a bar of the tornado.")  # fmt: skip
@click.option("--grid", "grids", multiple=True, type=(str, str), metavar="FIELD A,B,C",
              help="A field at these values; two such make a heat map.")  # fmt: skip
@click.option("--measure", type=click.Choice(list(MEASURES)), default="days", show_default=True)
@click.option("--picture", type=click.Path(dir_okay=False), help="Draw it into this file, .svg or .png.")
def sweep(source: str, replications: int, seed: int, workers: Engine, ranges: tuple[tuple[str, float, float], ...],
          grids: tuple[tuple[str, str], ...], measure: str, picture: str | None,
          outage: tuple[tuple[str, str, float, float], ...], campaign_failure: float,
          **rules: Any) -> Answer:  # fmt: skip
    """One figure of the simulation while fields change: each alone between two values (tornado), or two together at
    several values (heat map). The same patients everywhere, differences with 95 % intervals."""
    from milenari.science.planning import sweeps as science
    from milenari.science.planning.checking import scenario

    if bool(ranges) == bool(grids) or len(grids) not in (0, 2):
        raise Unfit("too-few", "Give --range for a tornado, or --grid twice for a heat map.")
    if picture and not picture.endswith((".svg", ".png")):
        raise Unfit("file-ending", f"{picture} has another ending; pictures are .svg or .png.", file=picture)
    name, tree = tree_of(source)
    tree = troubles(outage, campaign_failure)(tree)
    values = [(field, _numbers(field, said)) for field, said in grids]
    try:
        given, run = scenario(tree), run_of(**rules)
        which = science.Measure(measure)

        def made(spread_out: Any) -> Tornado | Heat:
            asked = science.Sweep(tree, given, run, which, replications, seed, spread_out)
            return science.tornado(asked, ranges) if ranges else science.heat(asked, values[0], values[1])

        found = with_workers(workers, made)
    except Unfit as unfit:
        raise Unfit(unfit.code, f"{name}: {unfit.sentence}", **({"file": name} | unfit.facts)) from unfit
    if picture:
        from milenari.cli.plan.pictures import heat_map, into, tornado

        into(picture, tornado(found, MEASURES[measure]) if ranges else heat_map(found, MEASURES[measure]))
    return found, _bars(found) if ranges else _cells(found)


def _numbers(field: str, said: str) -> list[float]:
    try:
        return [float(one) for one in said.split(",")]
    except ValueError as fault:
        raise Unfit("not-a-number", f"--grid {field} {said}: write numbers with commas between them.",
                    field=field) from fault  # fmt: skip


def _shown(measure: Measure, value: float) -> str:
    return number(value, 4) if measure in ("days", "cost") else percent(value)


def _bars(made: Tornado) -> Lines:
    def gap(one: Any) -> str:
        mean, low, high = (_shown(made.measure, value) for value in (one.mean, one.ci_low, one.ci_high))
        return f"{mean} ({low} to {high})"

    return [
        f"{made.scenario}: {MEASURES[made.measure]}, {_shown(made.measure, made.base.mean)} as it is; "
        f"{made.replications} replications, seed {made.seed}.",
        "",
        *grid(["field", "low", "as it is", "high", "change at low, 95 % interval", "change at high, 95 % interval"],
              [[s.field, f"{s.low:g}", f"{s.base:g}", f"{s.high:g}", gap(s.at_low), gap(s.at_high)]
               for s in made.swings]),
    ]  # fmt: skip


def _cells(made: Heat) -> Lines:
    return [
        f"{made.scenario}: {MEASURES[made.measure]}, {_shown(made.measure, made.base.mean)} as it is; "
        f"{made.replications} replications, seed {made.seed}. Rows: {made.fields[0]}; columns: {made.fields[1]}.",
        "",
        *grid(["", *(f"{one:g}" for one in made.columns)],
              [[f"{one:g}", *(_shown(made.measure, cell.mean) for cell in cells)]
               for one, cells in zip(made.rows, made.cells, strict=True)]),
    ]  # fmt: skip
