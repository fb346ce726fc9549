"""Commands for one response rate and for times to an event: simon, two-stage, fleming, events, one-arm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from milenari.cli.design.asked import question, rated
from milenari.cli.frame import Command
from milenari.cli.stats.asked import Lines, grid, number, percent
from milenari.cli.stats.table import BadTable

ERRORS = "Errors are exact binomial probabilities."


def tested(function: Command) -> Command:
    """The four numbers of a test of one rate."""
    for name, said in (
        ("--beta", "Error of missing p1; power is one minus it."),
        ("--alpha", "One-sided error under p0."),
        ("--p1", "Rate worth finding."),
        ("--p0", "Rate that is not enough."),
    ):
        function = click.option(name, type=float, required=True, help=said)(function)
    return function


@question("simon", "milenari design simon --p0 0.2 --p1 0.4 --alpha 0.05 --beta 0.2", file=False)
@tested
@click.option("--n-max", type=int, default=500, show_default=True, help="Most patients allowed.")
@click.option("--tolerance", type=float, default=0.0, show_default=True, help="By how much errors may be exceeded.")
def simon(table: None, unit: str, p0: float, p1: float, alpha: float, beta: float, n_max: int,
          tolerance: float) -> tuple[Any, Lines]:  # fmt: skip
    """Simon's two-stage designs: optimal, minimax and the admissible ones between."""
    from milenari.science.design import two_stage

    made = two_stage.simon(p0, p1, alpha, beta, n_max, tolerance)
    named = [("optimal", made.optimal), ("minimax", made.minimax)]
    named += [("admissible", d) for d in made.admissible[1:-1]]
    best = made.optimal
    loose = f"Errors may exceed what was asked by {tolerance:g}." if tolerance else "Errors are kept strictly."
    return made, [
        f"Optimal: treat {best.n1}; with {best.r1} or fewer responses stop. Otherwise treat {best.n} in all; "
        f"promising with more than {best.r} responses.",
        f"{ERRORS} {loose} No design of up to {n_max} patients is better.",
        "",
        *grid(["design", "r1", "n1", "r", "n", "expected n", "stops early", "alpha", "beta"],
              [[name, str(d.r1), str(d.n1), str(d.r), str(d.n), f"{d.expected_n:.2f}", f"{d.stop_early:.4f}",
                f"{d.alpha:.4f}", f"{d.beta:.4f}"] for name, d in named]),
    ]  # fmt: skip


@question("two-stage", "milenari design two-stage --r1 3 --n1 13 --r 12 --n 43 --rates 0.2,0.3,0.4", file=False)
@click.option("--r1", type=int, required=True, help="Stop after the first stage with so many responses or fewer.")
@click.option("--n1", type=int, required=True, help="Patients of the first stage.")
@click.option("--r", type=int, required=True, help="Not promising with so many responses or fewer in all.")
@click.option("--n", type=int, required=True, help="Patients in all.")
@rated
def two_stage(table: None, unit: str, r1: int, n1: int, r: int, n: int,
              rates: tuple[float, ...]) -> tuple[Any, Lines]:  # fmt: skip
    """Exact operating characteristics of any two-stage design."""
    from milenari.science.design import two_stage as science

    if not rates:
        raise BadTable("nothing-given", "Say at which true rates: --rates 0.2,0.3,0.4.")
    made = science.operating(r1, n1, r, n, rates)
    return made, grid(["rate", "promising", "stops early", "expected n"],
                      [[number(a.rate), f"{a.promising:.4f}", f"{a.stop_early:.4f}", f"{a.expected_n:.2f}"]
                       for a in made.at])  # fmt: skip


@question("fleming", "milenari design fleming --p0 0.2 --p1 0.4 --alpha 0.05 --beta 0.2", file=False)
@tested
@click.option("--n-max", type=int, default=200, show_default=True, help="Largest size looked at.")
@click.option("--solutions", type=int, default=5, show_default=True, help="How many sizes are listed.")
def fleming(table: None, unit: str, p0: float, p1: float, alpha: float, beta: float, n_max: int,
            solutions: int) -> tuple[Any, Lines]:  # fmt: skip
    """One-stage designs: exact (A'Hern), and Fleming's approximation with the errors it really has."""
    from milenari.science.design import single_stage

    made = single_stage.single_stage(p0, p1, alpha, beta, n_max, solutions)
    first, rough = made.sizes[0], made.fleming
    broken = rough.alpha > alpha or rough.beta > beta
    row = [("exact", d) for d in made.sizes] + [("Fleming", rough)]
    return made, [
        f"Treat {first.n}; promising with more than {first.r} responses. {ERRORS}",
        f"Every size from {made.steady} to {n_max} holds; below it some do not, because exact errors jump with n."
        if made.steady <= n_max else f"Not even {n_max} patients hold; the sizes listed do.",
        *(["Fleming's approximation breaks what was asked."] if broken else []),
        "",
        *grid(["design", "n", "r", "alpha", "beta"],
              [[name, str(d.n), str(d.r), f"{d.alpha:.5f}", f"{d.beta:.5f}"] for name, d in row]),
    ]  # fmt: skip


def followed(needed: bool) -> Callable[[Command], Command]:
    """How patients come and how long they are seen."""

    def made(function: Command) -> Command:
        for name, kind, said in (
            ("--follow-up", float, "Least time everybody is followed."),
            ("--accrual", float, "Time over which patients enter, evenly."),
            ("--time", float, "... at this time."),
            ("--survival", float, "Known survival ..."),
        ):
            function = click.option(name, type=kind, required=needed, help=said)(function)
        return function

    return made


@question("events", "milenari design events --hr 0.5 --alpha 0.025 --power 0.8", file=False)
@click.option("--hr", type=float, required=True, help="Hazard ratio to be found.")
@click.option("--alpha", type=float, required=True, help="One-sided.")
@click.option("--power", type=float, required=True)
@click.option("--first", type=float, default=0.5, show_default=True, help="Share of patients in the first arm.")
@followed(needed=False)
def events(table: None, unit: str, hr: float, alpha: float, power: float, first: float, survival: float | None,
           time: float | None, accrual: float | None, follow_up: float | None) -> tuple[Any, Lines]:  # fmt: skip
    """Events for a log-rank test of two arms (Schoenfeld); patients too if survival of the second arm is known."""
    from milenari.science.design import survival_size as science

    control, given = None, (survival, time, accrual, follow_up)
    if any(x is not None for x in given):
        if survival is None or time is None or accrual is None or follow_up is None:
            raise BadTable("nothing-given", "Patients need all of --survival, --time, --accrual and --follow-up.")
        control = science.Curve(survival, time)
    made = science.two_arms(hr, alpha, power, first, control, accrual or 0.0, follow_up or 0.0)
    return made, [
        f"{made.events:.4f} events, {-int(-made.events // 1)} in practice.",
        *([f"{made.patients} patients, of whom {percent(made.event_probability)} have an event in the time stated "
           "(exponential survival, nobody lost)."] if made.patients else []),
    ]  # fmt: skip


@question("one-arm", "milenari design one-arm --hr 0.57 --survival 0.53 --time 3 --accrual 5 --follow-up 3 "
          "--alpha 0.05 --power 0.8", file=False)  # fmt: skip
@click.option("--hr", type=float, required=True, help="Hazard ratio to be found, below 1.")
@click.option("--alpha", type=float, required=True, help="One-sided.")
@click.option("--power", type=float, required=True)
@click.option("--shape", type=float, default=1.0, show_default=True, help="Weibull shape; 1 is exponential.")
@followed(needed=True)
def one_arm(table: None, unit: str, hr: float, alpha: float, power: float, shape: float, survival: float, time: float,
            accrual: float, follow_up: float) -> tuple[Any, Lines]:  # fmt: skip
    """Patients for one arm against a known curve (one-sample log-rank test)."""
    from milenari.science.design import survival_size as science

    known = science.Curve(survival, time, shape)
    made = science.one_arm(hr, alpha, power, known, accrual, follow_up)
    return made, [
        f"{made.patients} patients; {made.events:.1f} events are expected among them if the hazard ratio is {hr:g}.",
        f"Power with that many: {percent(made.achieved)}. Nobody is lost.",
    ]
