"""``milenari simulate``: a scenario patient by patient, many times over, on the machine's cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from milenari.cli.frame import Command, main
from milenari.cli.plan.asked import Answer, Lines, question
from milenari.cli.plan.engines import ENGINES, Engine
from milenari.cli.plan.scenarios import scenario_with
from milenari.cli.stats.asked import grid, number, percent

if TYPE_CHECKING:
    from milenari.science.planning.simulate import Run, Simulated, SpreadOut

MOST_WORKERS = 256


def with_workers(engine: Engine, made: Callable[[SpreadOut], Any]) -> Any:
    """What `made` computes with that engine."""
    return engine.run(made)


def repeated(command: Command) -> Command:
    """Options of everything that is simulated; the command gets an `Engine` as its `workers`."""

    @wraps(command)
    def run(workers: int, engine: str, scheduler: str, **rest: Any) -> Any:
        return command(workers=Engine(engine, workers, scheduler), **rest)

    made: Command = click.option("--scheduler", default="", metavar="ADDRESS",
                                 help="A Dask scheduler that runs already: tcp://10.0.0.5:8786")(run)  # fmt: skip
    made = click.option("--engine", type=click.Choice(ENGINES), default="threads", show_default=True,
                        help="Where it is computed. The answer is the same.")(made)  # fmt: skip
    made = click.option("--workers", type=click.IntRange(1, MOST_WORKERS), default=os.cpu_count() or 1,
                        help="Threads or processes; default the cores. The answer is the same.")(made)  # fmt: skip
    made = click.option("--seed", type=click.IntRange(0, 2**62), default=1, show_default=True)(made)
    return click.option("--replications", type=click.IntRange(2, 1_000_000), default=200, show_default=True)(made)


def ruled(command: Command) -> Command:
    """Options of what is simulated: how long, and where vector comes from. `run_of` takes them."""
    for option in (
        click.option("--no-vector", is_flag=True, help="As if vector never ran out."),
        click.option("--litres", type=float, default=0.0, help="Litres of those campaigns."),
        click.option("--reorder-at", type=float, default=-1.0,
                     help="Begin a campaign when no more doses are there and coming."),
        click.option("--days", type=float, default=730.0, show_default=True,
                     help="Days in which those referred are counted."),
        click.option("--warm-up", type=float, default=365.0, show_default=True,
                     help="Days before anybody is counted."),
    ):  # fmt: skip
        command = option(command)
    return command


def troubled(command: Command) -> Command:
    """Options of outages that are asked for beside those of the scenario. `troubles` puts them into its tree."""
    command = click.option("--campaign-failure", type=click.FloatRange(0, 1), default=0.0,
                           help="This share of vector campaigns fails in the suite.")(command)  # fmt: skip
    kinds = click.Choice(["border", "power", "courier", "machine", "staff"])
    return click.option("--outage", "outage", multiple=True, type=(kinds, str, float, float),
                        metavar="KIND AT EVERY LASTS", help="As if this failed every so many days for so many days on "
                        "average: power AMM 90 2; courier BCN-ROM 30 3; border JO-LB 180 14.")(command)  # fmt: skip


def troubles(outage: tuple[tuple[str, str, float, float], ...], campaign_failure: float) -> Callable[[Any], Any]:
    """What puts these outages into a scenario's tree."""
    from milenari.science.planning.outages import listed

    return lambda tree: listed(tree, outage, campaign_failure)


def run_of(warm_up: float, days: float, reorder_at: float, litres: float, no_vector: bool, **more: Any) -> Run:
    """The rules of a run from the options of `ruled`."""
    from milenari.science.planning.simulate import Run

    return Run(warm_d=warm_up, counted_d=days, reorder_at=reorder_at, reorder_litres=litres,
               with_vector=not no_vector, **more)  # fmt: skip


@question(main, "simulate", "milenari simulate network.json --replications 1000 --reorder-at 40 --litres 10", False)
@click.argument("source", metavar="SCENARIO")
@repeated
@ruled
@troubled
@click.option("--campaign", "campaigns", multiple=True, type=(float, float), metavar="DAY LITRES",
              help="A vector campaign that begins on a day.")  # fmt: skip
@click.option("--fifo", is_flag=True, help="Machines in order of arrival instead of urgency.")
@click.option("--hub", "hubs", multiple=True, metavar="SITE",
              help="Make every batch here, with all machines; given again, at the nearest of these.")  # fmt: skip
def simulate(source: str, replications: int, seed: int, workers: Engine, campaigns: tuple[tuple[float, float], ...],
             fifo: bool, hubs: tuple[str, ...], outage: tuple[tuple[str, str, float, float], ...],
             campaign_failure: float, **rules: Any) -> Answer:  # fmt: skip
    """Patients and vector lots of a scenario, event by event: waiting, losses, stock-outs and cost with 95 % intervals.
    The same seed gives the same answer whatever the number of workers."""
    from milenari.science.planning import simulate as science

    begun = tuple(science.Campaign(*one) for one in campaigns)
    run = run_of(**rules, campaigns=begun, by_urgency=not fifo, hubs=hubs)
    given = scenario_with(source, troubles(outage, campaign_failure))
    made = with_workers(workers, partial(_run, science.simulate, given, run, replications, seed))
    return made, _lines(made)


def _run(simulate: Any, given: Any, run: Run, replications: int, seed: int, spread_out: SpreadOut) -> Simulated:
    made: Simulated = simulate(given, run, replications, seed, spread_out)
    return made


def _lines(made: Simulated) -> Lines:
    def row(name: str, one: Any, unit: str, share: bool = False) -> list[str]:
        shown = percent if share else partial(number, digits=4)
        return [name, shown(one.mean), f"{shown(one.ci_low)} to {shown(one.ci_high)}", unit]

    rows = [
        row("referred", made.referred, "patients"),
        row("infused", made.infused, "patients"),
        row("infused, share", made.infused_share, "", True),
        row("lost while waiting", made.lost_waiting_share, "", True),
        row("given up after failed batches", made.given_up_share, "", True),
        row("referral to infusion", made.to_infusion_d, "d"),
        row("collection to infusion", made.vein_to_vein_d, "d"),
        row("wait for a machine and vector, a batch", made.machine_wait_d, "d"),
        row("wait for a bed", made.bed_wait_d, "d"),
        row("patients who waited for vector", made.vector_waited_share, "", True),
        row("probability that any did", made.stock_out_probability, "", True),
        row("days without a dose", made.stock_out_d, "d"),
        row("doses used, whole run", made.doses_used, "doses"),
        row("doses expired, whole run", made.doses_expired, "doses"),
        row("lots made, whole run", made.lots_made, "lots"),
        row("cost of an infused patient", made.cost_per_infused_eur, "EUR"),
    ]
    hospitals = [[h.code, h.country, number(h.referred.mean, 4), number(h.infused.mean, 4),
                  percent(h.lost_waiting.mean), number(h.to_infusion_d.mean, 4)] for h in made.hospitals]  # fmt: skip
    return [
        f"{made.scenario}: {made.replications} replications, seed {made.seed}, {made.counted_d:g} days counted after "
        f"{made.warm_d:g} of warm-up, {made.events} events.",
        "",
        *grid(["figure", "mean", "95 % interval", "unit"], rows),
        "",
        *grid(["hospital", "country", "referred", "infused", "lost waiting", "days to infusion"], hospitals),
        f"Gini of the share infused between hospitals: {made.gini:.4f}.",
    ]
