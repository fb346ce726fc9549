"""Commands that watch a running trial: toxicity, predictive, futility."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.design.asked import WHOLES, question, rated
from milenari.cli.frame import Command
from milenari.cli.stats.asked import Lines, grid, number


@question("toxicity", "milenari design toxicity --shape pocock --p0 0.2 --alpha 0.05 --looks 1-30 --rates 0.2,0.4",
          file=False)  # fmt: skip
@click.option("--shape", type=click.Choice(["pocock", "obf", "bayes"]), default="pocock", show_default=True)
@click.option("--p0", type=float, required=True, help="Rate of toxicity that is still acceptable.")
@click.option("--alpha", type=float, help="Probability of ever stopping under p0; or --constant.")
@click.option("--constant", type=float, help="The boundary's own constant, e.g. 0.95 posterior certainty for bayes.")
@click.option("--looks", type=WHOLES, required=True, metavar="N,N-N", help="After how many patients: 1-30, or 10,20.")
@click.option("--prior", nargs=2, type=float, help="For bayes: Beta prior; default p0 and 1 - p0.")
@rated
def toxicity(table: None, unit: str, shape: str, p0: float, alpha: float | None, constant: float | None,
             looks: tuple[int, ...], prior: tuple[float, float] | None,
             rates: tuple[float, ...]) -> tuple[Any, Lines]:  # fmt: skip
    """Stopping boundary for toxicity with exact crossing probabilities."""
    from milenari.science.design import stopping

    made = stopping.boundary(stopping.Shape(shape), p0, looks, alpha, constant, prior, rates)
    return made, [
        f"Ever stopped with probability {made.achieved:.6f} if the true rate is {p0:g}. Constant {made.constant:.6g}.",
        "",
        *grid(["patients", "stop at"], [[str(x.n), str(x.stop_at) if x.stop_at <= x.n else "-"] for x in made.looks],
              most=130),
        "",
        *grid(["true rate", "stopped", "expected n", "expected toxicities"],
              [[number(a.rate), f"{a.stopped:.4f}", f"{a.expected_n:.2f}", f"{a.expected_toxicities:.2f}"]
               for a in made.at]),
    ]  # fmt: skip


def wanted(function: Command) -> Command:
    """What success at the end is."""
    for option in (
        click.option("--theta-t", type=float, required=True, help="Posterior certainty that is a success at the end."),
        click.option("--p0", type=float, required=True, help="Rate that is not enough."),
        click.option("--prior", nargs=2, type=float, required=True, help="Beta prior of the rate."),
        click.option("--n-max", type=int, required=True, help="Patients at the end."),
    ):
        function = option(function)
    return function


@question("predictive", "milenari design predictive --n 23 --responses 16 --n-max 40 --prior 0.6 0.4 --p0 0.6 "
          "--theta-t 0.9", file=False)  # fmt: skip
@click.option("--n", type=int, required=True, help="Patients so far.")
@click.option("--responses", type=int, required=True)
@wanted
def predictive(table: None, unit: str, n: int, responses: int, n_max: int, prior: tuple[float, float], p0: float,
               theta_t: float) -> tuple[Any, Lines]:  # fmt: skip
    """Predictive probability of success at the end (Lee & Liu)."""
    from milenari.science.design import predictive as science

    made = science.predictive(n, responses, n_max, prior, p0, theta_t)
    need = "no number of responses is a success" if made.needed is None else f"{made.needed} responses are a success"
    return made, [
        f"Predictive probability of success: {made.predictive:.10f}.",
        f"P(rate above {p0:g}) now: {made.posterior:.6f}. Of {n_max} patients, {need}.",
    ]


@question("futility", "milenari design futility --looks 10-35 --n-max 36 --prior 0.2 0.8 --p0 0.2 --theta-t 0.922 "
          "--theta-l 0.001 --rates 0.2,0.4", file=False)  # fmt: skip
@click.option("--looks", type=WHOLES, required=True, metavar="N,N-N", help="After how many patients, below --n-max.")
@wanted
@click.option("--theta-l", type=float, required=True, help="Futile when the predictive probability is below.")
@click.option("--theta-u", type=float, default=1.0, show_default=True, help="Success when it is above.")
@rated
def futility(table: None, unit: str, looks: tuple[int, ...], n_max: int, prior: tuple[float, float], p0: float,
             theta_t: float, theta_l: float, theta_u: float,
             rates: tuple[float, ...]) -> tuple[Any, Lines]:  # fmt: skip
    """Boundaries by predictive probability, with exact properties."""
    from milenari.science.design import predictive as science

    made = science.monitoring(looks, n_max, prior, p0, theta_t, theta_l, theta_u, rates)
    return made, [
        *grid(["patients", "futile at most", "success at least"],
              [[str(x.n), "-" if x.futile_at_most is None else str(x.futile_at_most),
                "-" if x.success_at_least is None else str(x.success_at_least)] for x in made.looks], most=130),
        "",
        *grid(["true rate", "success", "stopped early", "expected n"],
              [[number(a.rate), f"{a.success:.4f}", f"{a.stopped_early:.4f}", f"{a.expected_n:.2f}"]
               for a in made.at]),
    ]  # fmt: skip
