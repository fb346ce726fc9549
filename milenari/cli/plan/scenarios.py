"""``milenari plan example`` and ``milenari plan check``: a scenario to start from, and what one rests on."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import click

from milenari.cli.frame import example as epilog
from milenari.cli.frame import json_option
from milenari.cli.plan.asked import Answer, plan, question
from milenari.cli.plan.source import tree_of
from milenari.science.planning.scenario import Scenario
from milenari.science.unfit import Unfit


def scenario_of(source: str) -> Scenario:
    """The scenario of a file; a refusal names the file and the field."""
    return scenario_with(source, lambda tree: tree)


def scenario_with(source: str, more: Callable[[Any], Any]) -> Scenario:
    """The scenario of a file after its tree was added to."""
    from milenari.science.planning.checking import scenario

    name, tree = tree_of(source)
    try:
        return scenario(more(tree))
    except Unfit as unfit:
        raise Unfit(unfit.code, f"{name}: {unfit.sentence}", file=name, **unfit.facts) from unfit


@plan.command(epilog=epilog("milenari plan example > network.json"))
@click.option("--outages", "troubled", is_flag=True, help="With outages at random, all of them assumed.")
@json_option
def example(troubled: bool, as_json: bool) -> None:
    """Print the scenario of the four MiLenARI hospitals, to be corrected and planned with; it is JSON either way."""
    shipped = resources.files("milenari.science.planning").joinpath("data")
    text = shipped.joinpath("milenari.json").read_text("utf-8")
    if troubled:
        tree = json.loads(text) | {"outages": json.loads(shipped.joinpath("outages.json").read_text("utf-8"))}
        text = json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
    click.echo(text, nl=False)


@question(plan, "check", "milenari plan check network.json", solver=False)
@click.argument("source", metavar="SCENARIO")
def check(source: str) -> Answer:
    """Read a scenario and say what it rests on: published, assumed or calibrated, figure by figure."""
    from milenari.science.planning.provenance import of

    made = of(scenario_of(source))
    return made, [
        f"{made.scenario}: {', '.join(made.sites)}; {made.patients} patients to plan.",
        f"{made.published} figures are published, {made.calibrated} calibrated, {made.assumed} assumed.",
        "",
        *(f"{k.field}: {k.said} ({k.basis}: {k.source})" for k in made.figures),
    ]  # fmt: skip
