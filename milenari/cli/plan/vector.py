"""``milenari plan campaigns`` and ``milenari plan allocate``: vector made in time, and dealt out when it is scarce."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from milenari.cli.plan.asked import Answer, plan, proven, question
from milenari.cli.plan.engines import Engine
from milenari.cli.plan.scenarios import scenario_of
from milenari.cli.plan.simulation import repeated, with_workers
from milenari.cli.stats.asked import grid, percent
from milenari.science.unfit import Unfit


@question(plan, "campaigns", "milenari plan campaigns network.json --most-waiting 0.05 --years 2", gap=0.01)
@click.argument("source", metavar="SCENARIO")
@repeated
@click.option("--most-waiting", type=float, default=0.05, show_default=True, help="Share of patients that may wait.")
@click.option("--years", type=float, default=2.0, show_default=True)
@click.option("--futures", type=click.IntRange(2, 2000), default=40, show_default=True,
              help="Drawn futures in the programme.")  # fmt: skip
def campaigns(source: str, replications: int, seed: int, workers: Engine, most_waiting: float, years: float,
              futures: int, seconds: float, gap: float) -> Answer:  # fmt: skip
    """Number, size and dates of vector campaigns at least cost, so that at most a share of patients waits for vector;
    checked by simulation with other chance, and planned again for less where it does not hold."""
    from milenari.science.planning import campaigns as science

    given = scenario_of(source)
    made = with_workers(workers, lambda spread_out: science.plan(
        given, most_waiting, years, futures, seed, replications, seconds, gap, spread_out))  # fmt: skip
    lines = [proven(made.status, made.objective, made.bound, made.gap, "EUR, for the futures drawn")]
    if made.waiting:
        lines += [
            f"{len(made.campaigns)} campaigns, {made.litres:g} L. Simulated with other chance, from "
            f"{made.counted_from} on {percent(made.waiting.mean)} of patients wait for vector (95 % interval "
            f"{percent(made.waiting.ci_low)} to {percent(made.waiting.ci_high)}); wanted: at most "
            f"{percent(most_waiting)}. "
            f"{'It holds.' if made.holds else 'It does not hold.'}",
            f"Before that day no campaign begun now can help: {percent(made.waiting_before.mean)} wait.",
        ]
    if made.average_plan_waiting:
        lines.append(f"A plan for average figures costs {made.average_plan_cost:,.0f} EUR and lets "
                     f"{percent(made.average_plan_waiting.mean)} wait.")  # fmt: skip
    lines += [f"Why: {one}." for one in made.reasons]
    if made.campaigns:
        lines += ["", *grid(["begins on", "litres", "doses expected"],
                            [[c.begins_on, f"{c.litres:g}", f"{c.doses_expected:.1f}"]
                             for c in made.campaigns])]  # fmt: skip
    return made, lines


@question(plan, "allocate", "milenari plan allocate network.json --doses 5 --on 2027-02-01", solver=False)
@click.argument("source", metavar="SCENARIO")
@click.option("--doses", type=int, required=True)
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Who was referred by this day.")
@click.option("--urgency", type=float, default=10.0, show_default=True, help="Points for a unit of the tier's weight.")
@click.option("--waiting", type=float, default=1.0, show_default=True, help="Points for a day of waiting.")
@click.option("--fairness", type=float, default=30.0, show_default=True, help="Points for a country's whole deficit.")
@click.option("--given", multiple=True, type=(str, int), metavar="COUNTRY DOSES", help="Doses given before.")
def allocate(source: str, doses: int, on: dt.datetime, urgency: float, waiting: float, fairness: float,
             given: tuple[tuple[str, int], ...]) -> Answer:  # fmt: skip
    """Scarce vector doses to waiting patients by a stated rule, with the reason for each decision."""
    from milenari.science.planning import allocation as science

    if any(n < 0 for _, n in given):
        raise Unfit("not-a-count", "--given has a negative number of doses.")
    rule = science.Rule(urgency, waiting, fairness)
    before: dict[str, Any] = dict(given)
    made = science.allocate(scenario_of(source), doses, on.date(), rule, before)
    return made, [
        f"{doses} doses on {made.on}: {urgency:g} points for a unit of urgency, {waiting:g} for a day, {fairness:g} "
        "for a country's whole deficit.",
        "",
        *(f"{d.place}. {d.patient} ({d.country}) {'gets a dose' if d.given else 'waits'}, {d.points:.1f} points: "
          f"{d.reason}." for d in made.decisions),
    ]  # fmt: skip
