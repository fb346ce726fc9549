"""Commands of dose finding: boin, interval, three-plus-three, crm, skeleton, mtd, dose-trials."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.design.asked import REALS, either, question, standing, told
from milenari.cli.frame import Command
from milenari.cli.stats.asked import Lines, grid, number
from milenari.cli.stats.table import BadTable, Table

LETTERS = {"escalate": "E", "stay": "S", "de-escalate": "D", "eliminate": "X"}
DESIGNS = ["boin", "three-plus-three", "tpi", "mtpi", "mtpi-2", "keyboard", "crm"]


def pathed(function: Command) -> Command:
    """A path of cohorts so far."""
    function = click.option("--doses", type=int, help="How many doses there are; with --path.")(function)
    return click.option("--path", help="Cohorts so far, such as '1NNN 2NTN': N without, T with a toxicity.")(function)


@question("boin", "milenari design boin --target 0.3 --path '1NNN 2NNN 3NTT' --doses 5", file=False)
@click.option("--target", type=float, required=True, help="Rate of dose-limiting toxicity aimed at.")
@click.option("--safe", type=float, default=0.0, help="Rate that is too low; default 0.6 of the target.")
@click.option("--toxic", type=float, default=0.0, help="Rate that is too high; default 1.4 of the target.")
@click.option("--certainty", type=float, default=0.95, show_default=True, help="Of elimination.")
@click.option("--n-max", type=int, default=30, show_default=True, help="Rows of the table.")
@pathed
def boin(table: None, unit: str, target: float, safe: float, toxic: float, certainty: float, n_max: int,
         path: str | None, doses: int | None) -> tuple[Any, Lines]:  # fmt: skip
    """BOIN: boundaries and decision table, or the next dose after a path."""
    from milenari.science.design import boin as science

    rules = science.Boin(target, safe, toxic, certainty)
    if either(path, doses):
        return standing(path or "", doses or 0, rules, "boin", science.VERSION, science.REFERENCE)
    made = science.boundaries(rules, n_max)
    return made, [
        f"Escalate when the observed rate is at most {made.lambda_e:.6f}, de-escalate when it is at least "
        f"{made.lambda_d:.6f}.",
        "",
        *grid(["treated", "escalate at most", "de-escalate at least", "eliminate at least"],
              [[str(r.n), str(r.escalate_at_most), str(r.de_escalate_at_least), str(r.eliminate_at_least or "-")]
               for r in made.rows]),
    ]  # fmt: skip


@question("interval", "milenari design interval --kind keyboard --target 0.3 --n-max 12", file=False)
@click.option("--kind", type=click.Choice(["tpi", "mtpi", "mtpi-2", "keyboard"]), default="mtpi-2", show_default=True)
@click.option("--target", type=float, required=True, help="Rate of dose-limiting toxicity aimed at.")
@click.option("--below", type=float, help="Reach below the target; default 0.05, for tpi 1.5 deviations.")
@click.option("--above", type=float, help="Reach above the target; default 0.05, for tpi 1 deviation.")
@click.option("--certainty", type=float, default=0.95, show_default=True, help="Of elimination.")
@click.option("--n-max", type=int, default=12, show_default=True, help="Rows of the table.")
@pathed
def interval(table: None, unit: str, kind: str, target: float, below: float | None, above: float | None,
             certainty: float, n_max: int, path: str | None, doses: int | None) -> tuple[Any, Lines]:  # fmt: skip
    """Toxicity intervals: TPI, mTPI, mTPI-2 (the keyboard design is the same)."""
    from milenari.science.design import toxicity_interval as science

    rules = _interval(kind, target, below, above, certainty)
    if either(path, doses):
        return standing(path or "", doses or 0, rules, str(rules.kind), science.VERSION,
                        science.REFERENCES[rules.kind])  # fmt: skip
    made = science.decisions(rules, n_max)
    return made, [
        "E escalate, S stay, D de-escalate, X leave this dose and all above for good.",
        "",
        *grid(["treated", *(str(y) for y in range(n_max + 1))],
              [[str(n), *(LETTERS[d] for d in row), *[""] * (n_max - n)]
               for n, row in enumerate(made.table, start=1)]),
    ]  # fmt: skip


@question("three-plus-three", "milenari design three-plus-three --path '1NNN 2NNT' --doses 4", file=False)
@click.option("--path", required=True, help="Cohorts so far, such as '1NNN 2NNT'; '' before the first.")
@click.option("--doses", type=int, required=True, help="How many doses there are.")
@click.option("--de-escalate", is_flag=True, help="Fill the dose below to six before it is taken.")
def three_plus_three(table: None, unit: str, path: str, doses: int, de_escalate: bool) -> tuple[Any, Lines]:
    """3+3: the next dose after a path."""
    from milenari.science.design import three_plus_three as science

    rules = science.ThreePlusThree(de_escalate)
    return standing(path, doses, rules, "three-plus-three", science.VERSION, science.REFERENCE)


def modelled(function: Command) -> Command:
    """The model of the CRM."""
    for option in (
        click.option("--intercept", type=float, default=3.0, show_default=True, help="Of the logistic model."),
        click.option("--model", type=click.Choice(["power", "logistic"]), default="power", show_default=True),
    ):
        function = option(function)
    return function


@question("crm", "milenari design crm patients.csv --skeleton 0.05,0.12,0.25,0.4 --target 0.25", ("dose", "toxic"))
@click.option("--skeleton", type=REALS, required=True, metavar="P,P,...", help="Prior rate of every dose.")
@click.option("--target", type=float, required=True)
@modelled
@click.option("--prior-sd", type=float, help="Prior deviation of the parameter; default the root of 1.34.")
@click.option("--certainty", type=float, default=0.95, show_default=True, help="Of stopping at dose 1.")
@click.option("--skip", is_flag=True, help="Untried doses may be jumped over.")
def crm(table: Table, unit: str, skeleton: tuple[float, ...], target: float, model: str, intercept: float,
        prior_sd: float | None, certainty: float, skip: bool) -> tuple[Any, Lines]:  # fmt: skip
    """CRM: posterior rates and the next dose. One row per patient in order of treatment."""
    from milenari.science.design import crm as science

    rules = science.Crm(skeleton, target, science.Model(model), prior_sd or science.PRIOR_SD, intercept, certainty,
                        skip)  # fmt: skip
    levels, outcomes = whole(table, "dose"), whole(table, "toxic")
    treated, toxic = science.given(levels, outcomes, len(skeleton))
    made = rules.fit(treated, toxic, levels[-1])
    return made, [
        told(made.next_dose, made.going_on),
        f"Nearest to the target {target:g}: dose {made.mtd}. Dose 1 is above the target with probability "
        f"{made.above_target:.4f}.",
        "",
        *grid(["dose", "skeleton", "treated", "toxic", "rate"],
              [[str(k + 1), number(s), str(n), str(y), f"{r:.6f}"] for k, (s, n, y, r) in
               enumerate(zip(skeleton, treated, toxic, made.rates, strict=True))]),
    ]  # fmt: skip


@question("skeleton", "milenari design skeleton --target 0.25 --half-width 0.05 --prior-mtd 3 --doses 5", file=False)
@click.option("--target", type=float, required=True)
@click.option("--half-width", type=float, required=True, help="Of the interval of indifference.")
@click.option("--prior-mtd", type=int, required=True, help="The dose thought to have the target rate.")
@click.option("--doses", type=int, required=True)
@modelled
def skeleton(table: None, unit: str, target: float, half_width: float, prior_mtd: int, doses: int, model: str,
             intercept: float) -> tuple[Any, Lines]:  # fmt: skip
    """A skeleton for the CRM from an interval of indifference."""
    from milenari.science.design import crm as science

    made = science.skeleton(target, half_width, prior_mtd, doses, science.Model(model), intercept)
    return made, [", ".join(f"{r:.6f}" for r in made.rates)]


@question("mtd", "milenari design mtd counts.csv --target 0.3", ("treated", "toxic"), ("dose",))
@click.option("--target", type=float, required=True)
@click.option("--certainty", type=float, default=0.95, show_default=True, help="Of elimination.")
def mtd(table: Table, unit: str, target: float, certainty: float) -> tuple[Any, Lines]:
    """The dose taken at the end of BOIN or a toxicity interval design. One row per dose, lowest first."""
    from milenari.science.design import taken

    treated, toxic = tuple(whole(table, "treated")), tuple(whole(table, "toxic"))
    made = taken.taken(treated, toxic, target, certainty)
    return made, [
        "No dose is safe enough." if made.dose is None else f"Dose {made.dose} is taken.",
        "",
        *grid(["dose", "treated", "toxic", "isotonic rate"],
              [[str(k + 1), str(n), str(y), number(made.rates[k])] for k, (n, y) in
               enumerate(zip(treated, toxic, strict=True))]),
    ]  # fmt: skip


@question("dose-trials", "milenari design dose-trials --design boin --target 0.3 --true 0.05,0.12,0.3,0.45 --seed 1",
          file=False)  # fmt: skip
@click.option("--design", "which", type=click.Choice(DESIGNS), required=True)
@click.option("--target", type=float, help="Rate aimed at; every design but 3+3.")
@click.option("--true", "true", type=REALS, required=True, metavar="P,P,...", help="True rate of every dose.")
@click.option("--cohort", type=int, default=3, show_default=True)
@click.option("--cohorts", type=int, default=10, show_default=True, help="At most.")
@click.option("--start", type=int, default=1, show_default=True, help="First dose.")
@click.option("--certainty", type=float, default=0.95, show_default=True, help="Of elimination or stopping.")
@click.option("--skeleton", type=REALS, metavar="P,P,...", help="For crm.")
@click.option("--de-escalate", is_flag=True, help="For 3+3: fill the dose below to six.")
@click.option("--seed", type=int, help="Draw trials with this seed; without it every path is added up exactly.")
@click.option("--trials", type=int, default=2000, show_default=True, help="How many are drawn; with --seed.")
def dose_trials(table: None, unit: str, which: str, target: float | None, true: tuple[float, ...], cohort: int,
                cohorts: int, start: int, certainty: float, skeleton: tuple[float, ...] | None, de_escalate: bool,
                seed: int | None, trials: int) -> tuple[Any, Lines]:  # fmt: skip
    """Operating characteristics of a dose-finding design: exact, or simulated with a seed."""
    from milenari.science.design import dose_trials as science

    rules, reference = _rules(which, target, certainty, skeleton, de_escalate, cohort * cohorts)
    made = (science.added_up(which, rules, true, cohort, cohorts, start, reference) if seed is None else
            science.drawn(which, rules, true, cohort, cohorts, trials, seed, start, reference))  # fmt: skip
    how = ("Exact: every path is added up." if made.exact else
           f"{made.trials} trials drawn with seed {made.seed}; shares have a standard error of at most "
           f"{made.se:.4f}.")  # fmt: skip
    return made, [
        how,
        f"No dose is taken with probability {made.none_taken:.4f}. {made.patients:.2f} patients and "
        f"{made.toxicities:.2f} toxicities on average.",
        "",
        *grid(["dose", "true rate", "taken", "patients", "toxicities"],
              [[str(d.dose), number(d.rate), f"{d.taken:.4f}", f"{d.patients:.2f}", f"{d.toxicities:.2f}"]
               for d in made.at]),
    ]  # fmt: skip


def whole(table: Table, column: str) -> list[int]:
    """A column of whole numbers."""
    made = []
    for cell, line in zip(table.numbers(column), table.lines, strict=True):
        if float(cell) != int(float(cell)) or float(cell) < 0:
            table.refuse("not-a-count", line, column, f"is {cell}; it is a whole number, 0 or more.")
        made.append(int(float(cell)))
    return made


def _interval(kind: str, target: float, below: float | None, above: float | None, certainty: float) -> Any:
    from milenari.science.design import toxicity_interval as science

    which = science.Kind("mtpi-2" if kind == "keyboard" else kind)
    usual = (1.5, 1.0) if which is science.Kind.TPI else (0.05, 0.05)
    return science.Interval(which, target, usual[0] if below is None else below, usual[1] if above is None else above,
                            certainty)  # fmt: skip


def _rules(which: str, target: float | None, certainty: float, skeleton: tuple[float, ...] | None, de_escalate: bool,
           patients: int) -> tuple[Any, str]:  # fmt: skip
    from milenari.science.design import boin, crm, three_plus_three, toxicity_interval

    if (skeleton is not None) != (which == "crm"):
        raise BadTable("options-crossed", "--skeleton is for crm, and crm needs it.")
    if de_escalate and which != "three-plus-three":
        raise BadTable("options-crossed", "--de-escalate is for three-plus-three.")
    if which == "three-plus-three":
        return three_plus_three.ThreePlusThree(de_escalate), three_plus_three.REFERENCE
    if target is None:
        raise BadTable("nothing-given", f"{which} needs --target.")
    if skeleton is not None:
        return crm.Crm(skeleton, target, certainty=certainty), crm.REFERENCE
    if which == "boin":
        return boin.Boin(target, certainty=certainty), boin.REFERENCE
    rules = _interval(which, target, None, None, certainty)
    return rules, toxicity_interval.REFERENCES[rules.kind]
