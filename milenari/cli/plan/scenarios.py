"""``milenari plan example`` and ``milenari plan check``: a scenario to start from, and what one rests on."""

from __future__ import annotations

from importlib import resources

import click

from milenari.cli.frame import example as epilog
from milenari.cli.frame import json_option
from milenari.cli.plan.asked import Answer, plan, question
from milenari.cli.plan.source import tree_of
from milenari.science.planning.scenario import Scenario
from milenari.science.unfit import Unfit


def scenario_of(source: str) -> Scenario:
    """The scenario of a file; a refusal names the file and the field."""
    from milenari.science.planning.checking import scenario

    name, tree = tree_of(source)
    try:
        return scenario(tree)
    except Unfit as unfit:
        raise Unfit(unfit.code, f"{name}: {unfit.sentence}", file=name, **unfit.facts) from unfit


@plan.command(epilog=epilog("milenari plan example > network.json"))
@json_option
def example(as_json: bool) -> None:
    """Print the scenario of the four MiLenARI hospitals, to be corrected and planned with; it is JSON either way."""
    click.echo(resources.files("milenari.science.planning").joinpath("data/milenari.json").read_text("utf-8"), nl=False)


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
