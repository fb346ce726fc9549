"""``milenari plan compare``: designs of a network, and changes of its figures, on the same patients."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.plan.asked import Answer, plan, question
from milenari.cli.plan.engines import Engine
from milenari.cli.plan.simulation import repeated, ruled, run_of, troubled, troubles, with_workers
from milenari.cli.plan.source import tree_of
from milenari.cli.stats.asked import grid, number, percent
from milenari.science.unfit import Unfit


@question(plan, "compare", "milenari plan compare network.json --hub BCN --vary vector.recovery.b 0.6", solver=False)
@click.argument("source", metavar="SCENARIO")
@repeated
@click.option("--hub", multiple=True, metavar="SITE[,SITE]",
              help="A design in which every batch is made at this site, or at the nearest of several; all machines "
              "stand there.")  # fmt: skip
@click.option("--vary", multiple=True, type=(str, float), metavar="FIELD NUMBER",
              help="A design in which this number stands in the scenario: vector.recovery.b 0.6")  # fmt: skip
@ruled
@troubled
def compare(source: str, replications: int, seed: int, workers: Engine, hub: tuple[str, ...],
            vary: tuple[tuple[str, float], ...], outage: tuple[tuple[str, str, float, float], ...],
            campaign_failure: float, **rules: Any) -> Answer:  # fmt: skip
    """The scenario as it is against hubs and changed figures: cost, time, losses and fairness, with intervals of the
    differences on the same patients; sorted by what changes most. With outages every design is told without and with
    them."""
    from milenari.science.planning import designs as science
    from milenari.science.planning.checking import scenario

    name, tree = tree_of(source)
    try:
        designs = []
        worse = troubles(outage, campaign_failure)
        for held, end in ((tree, ""), (worse(tree), ", outages"))[: 2 if outage or campaign_failure else 1]:
            given = scenario(held)
            designs.append(science.Design(f"as it is{end}", given, run_of(**rules)))
            designs += [
                science.Design(f"{'hubs' if ',' in sites else 'hub'} {sites}{end}", given,
                               run_of(**rules, hubs=tuple(sites.split(","))))
                for sites in hub
            ]  # fmt: skip
            designs += [science.Design(f"{path} = {value:g}{end}", science.changed(held, path, value), run_of(**rules))
                        for path, value in vary]  # fmt: skip
    except Unfit as unfit:
        raise Unfit(unfit.code, f"{name}: {unfit.sentence}", **({"file": name} | unfit.facts)) from unfit
    made = with_workers(workers, lambda spread_out: science.compare(designs, replications, seed, spread_out))
    base, *others = made.designs
    others.sort(key=lambda one: -abs(one.infused_more.mean))
    rows = [[d.name, number(d.figures.infused.mean, 4), percent(d.figures.lost_waiting_share.mean),
             number(d.figures.to_infusion_d.mean, 4), percent(d.figures.vector_waited_share.mean),
             f"{d.figures.cost_per_infused_eur.mean:,.0f}", f"{d.figures.gini:.4f}"]
            for d in (base, *others)]  # fmt: skip
    gaps = [[d.name, *(f"{number(e.mean, 3)} ({number(e.ci_low, 3)} to {number(e.ci_high, 3)})"
                       for e in (d.infused_more, d.lost_more, d.days_longer))] for d in others]  # fmt: skip
    return made, [
        f"{made.scenario}: {made.replications} replications, seed {made.seed}.",
        "",
        *grid(["design", "infused", "lost waiting", "days to infusion", "waited for vector", "EUR each", "Gini"], rows),
        "",
        *grid(["against 'as it is', 95 % interval", "infused more", "lost more", "days longer"], gaps),
    ]
