"""``milenari plan solve``: a published instance, read as it is, solved with a proven gap."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from milenari.cli.plan.asked import Answer, Lines, plan, proven, question
from milenari.cli.plan.source import text_of
from milenari.cli.stats.asked import grid
from milenari.science.unfit import Unfit

if TYPE_CHECKING:
    from milenari.science.planning import ishipment, table


@question(plan, "solve", "milenari plan solve Data200_profileA.dat --facilities 2 --json")
@click.argument("source", metavar="INSTANCE")
@click.option("--facilities", type=int, default=2, show_default=True, help="At most so many are opened (.dat).")
@click.option("--first", type=click.IntRange(min=1), help="Only so many patients, in the order of the file (.dat).")
@click.option("--waiting", metavar="COHORT", help="Table of patients (centre,tier,day,patients) who may wait (.dat).")
@click.option("--loss-usd", type=float, default=1e5, show_default=True, help="Weight of a life, with --waiting.")
@click.option(
    "--goal",
    type=click.Choice(["throughput", "deficit"]),
    default="throughput",
    show_default=True,
    help="Most kilograms or least shortfall of stock, of one suite (.csv).",
)
@click.option("--example", default="1", show_default=True, help="Which example of a plant's table (.csv).")
def solve(source: str, facilities: int, first: int | None, waiting: str | None, loss_usd: float, goal: str,
          example: str, seconds: float, gap: float) -> Answer:  # fmt: skip
    """Solve a published instance as it is: a .dat file of i-SHIPMENT, or a table (.csv) of a plant or of one suite."""
    from milenari.science.planning import ishipment, table

    name, text = text_of(source)
    if table.is_table(text):
        read = table.parse(text, name)
        return _plant(read, example, seconds, gap) if read.header == table.PLANT else _suite(read, goal, seconds)
    if waiting:
        return _waiting(ishipment.instance(text, name, first), waiting, facilities, loss_usd, seconds)
    made = ishipment.solve(ishipment.instance(text, name, first), facilities, seconds, gap)
    return made, _network(made)


def _network(made: ishipment.Solved) -> Lines:
    lines = [proven(made.status, made.objective_usd, made.bound_usd, made.gap, "USD")]
    if made.per_therapy_usd is not None:
        lines.append(f"{made.patients} patients, {made.per_therapy_usd:,.2f} USD each; open: {', '.join(made.open)}. "
                     "A facility is paid for the whole horizon; not a price.")  # fmt: skip
    lines += [f"Why: {reason}." for reason in made.reasons]
    lines += [f"Not in the file: {one}." for one in made.assumed]
    if made.placed:
        lines += ["", *grid(["facility", "start", "from", "collected", "patients", "in", "out", "USD"],
                            [[p.facility, str(p.start), p.centre, str(p.collected), str(p.patients), p.mode_in,
                              p.mode_out, f"{p.transport_usd:,.0f}"]
                             for p in sorted(made.placed, key=lambda p: (p.facility, p.start))])]  # fmt: skip
    return lines


def _waiting(given: ishipment.Instance, source: str, facilities: int, loss_usd: float, seconds: float) -> Answer:
    from milenari.science.planning import ishipment_wait, table

    name, text = text_of(source)
    read = table.parse(text, name)
    if read.header != table.COHORT:
        raise Unfit("dat-unreadable", f"{name}: its header is {', '.join(read.header)}; that of a cohort is "
                    f"{', '.join(table.COHORT)}.", file=name)  # fmt: skip
    made = ishipment_wait.solve(given, ishipment_wait.cohort(read), facilities, loss_usd, seconds)
    lines = [proven(made.status, made.objective_usd, made.bound_usd, made.gap, "USD, cost and weighted loss")]
    if made.cost_usd is not None:
        lines.append(f"{made.patients} patients, {made.cost_usd:,.2f} USD, weighted loss {made.weighted_loss:,.3f}; "
                     f"open: {', '.join(made.open)}. {made.sets_solved} of {made.sets} sets of facilities were solved; "
                     "the others are dearer even if nobody waited.")  # fmt: skip
    lines += [f"Not in the file: {one}." for one in made.assumed]
    if made.starts:
        lines += ["", *grid(["facility", "start", "from", "tier", "collected", "delivered", "patients"],
                            [[s.facility, str(s.start), s.centre, s.tier, str(s.collected), str(s.delivered),
                              str(s.patients)]
                             for s in sorted(made.starts, key=lambda s: (s.facility, s.start, s.centre))])]  # fmt: skip
    return made, lines


def _plant(read: table.Table, example: str, seconds: float, gap: float) -> Answer:
    from milenari.science.planning import plant, plant_plan

    made = plant_plan.solve(plant.plant(read, example), seconds, gap)
    lines = [most_proven(made.status, made.profit, made.bound, made.gap, "profit")]
    if made.made:
        runs = sorted(made.made, key=lambda m: (m.stage != "usp", m.suite, m.period))
        lines += ["", *grid(["suite", "period", "product", "batches", "days", ""],
                            [[m.suite, str(m.period), m.product, str(m.batches), f"{m.days:.1f}",
                              "starts" if m.starts else ""] for m in runs])]  # fmt: skip
    return made, lines


def _suite(read: table.Table, goal: str, seconds: float) -> Answer:
    from milenari.science.planning import suite, suite_plan

    given, until = suite.suite(read), time.monotonic() + seconds
    made = suite_plan.solve(given, goal, enough=lambda: time.monotonic() >= until)
    tell = most_proven if goal == "throughput" else proven
    lines = [tell(made.status, made.kg, made.bound_kg, made.gap, f"kg of {goal}")]
    if made.kg is None and made.status != "infeasible":
        lines = [f"No plan was found with {made.labels} labels; {made.bound_kg:,.2f} kg of {goal} is the bound proven."]
    if made.stopped:
        after = f"{seconds:g} s; --seconds gives it more" if made.stopped == "time" else f"{made.labels} labels"
        lines.append(f"The search was stopped before its proof, after {after}.")
    lines += [f"Why: {reason}." for reason in made.reasons]
    lines += [f"Not in the file: {one}." for one in made.assumed]
    if made.campaigns:
        lines += [f"{made.throughput_kg:,.1f} kg made, {made.deficit_kg:,.1f} kg short of the targets.", "",
                  *grid(["product", "batches", "first stored, day", "last stored, day"],
                        [[c.product, str(c.batches), str(c.first_stored), str(c.last_stored)]
                         for c in made.campaigns])]  # fmt: skip
    return made, lines


def most_proven(status: str, objective: float | None, bound: float | None, gap: float | None, unit: str) -> str:
    """The same sentence where more is better."""
    if objective is None or bound is None or (status == "optimal" and (gap or 0) < 1e-9):
        return proven(status, objective, bound, gap, unit)
    return f"Best found: {objective:,.2f} {unit}; no more than {bound:,.2f} is proven, gap {100 * (gap or 0):.3f} %."
