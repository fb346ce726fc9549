"""Command for an attribute of the product against an outcome, with strata such as sites: attribute."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.analyse.asked import (
    NAMES,
    clocked,
    confident,
    counting,
    kept,
    labels,
    measured,
    question,
    rows_of,
    timing,
    told,
    unit_of,
)
from milenari.cli.stats.asked import Lines, chance, grid, number, percent
from milenari.cli.stats.table import BadTable, Table

TESTS = ("van-elteren", "cmh", "log-rank")


@question("attribute", "milenari analyse attribute products.csv --attribute viability --stratum site "
          "--test van-elteren --success CR --denominator infused",
          (), ("enrolled", "apheresed", "infused", "time", "outcome", "status"))  # fmt: skip
@click.option("--attribute", required=True, help="Column of the attribute, a number.")
@click.option("--stratum", required=True, help="Column of strata, such as site.")
@click.option("--test", "which", type=click.Choice(TESTS), required=True,
              help="Values by outcome; shares above and below --cut; times above and below --cut.")  # fmt: skip
@click.option("--cut", type=float, help="High is at or above it; for cmh and log-rank.")
@click.option("--success", type=NAMES, metavar="OUTCOME,...", help="Outcomes that count; for van-elteren and cmh.")
@timing(competing=False, needed=False)
@counting
@click.option("--corrected", is_flag=True, help="Continuity correction of cmh.")
@confident
def attribute(table: Table, unit: str, attribute: str, stratum: str, which: str, cut: float | None,
              success: tuple[str, ...] | None, event: tuple[str, ...] | None, censored: tuple[str, ...] | None,
              clock: str | None, denominator: str, corrected: bool,
              confidence: float) -> tuple[Any, Lines]:  # fmt: skip
    """An attribute of the product against an outcome, compared within strata."""
    _fitting(which, cut, success, event, censored, clock, corrected)
    rows = kept(table, denominator)
    values, strata = measured(table, attribute.lower(), rows), labels(table, stratum, rows)
    who = f"Denominator: {denominator}, {len(rows)} of {len(table)} rows. "
    with rows_of(rows):
        if which == "log-rank":
            return _times(table, rows, values, strata, (event or (), censored or (), clock or ""), float(cut or 0),
                          denominator, unit_of(unit, "time"), confidence)  # fmt: skip
        has = [o in (success or ()) for o in labels(table, "outcome", rows)]
        counts = f"Outcome: {', '.join(success or ())}."
        if which == "van-elteren":
            return _ranks(values, has, strata, stratum, who + counts)
        return _shares([float(v) >= float(cut or 0) for v in values], has, strata, stratum, confidence, corrected,
                       f"{who}{counts} High: {attribute} at or above {number(cut)}.")  # fmt: skip


def _fitting(which: str, cut: float | None, success: Any, event: Any, censored: Any, clock: Any,
             corrected: bool) -> None:  # fmt: skip
    timed = which == "log-rank"
    if (cut is None) != (which == "van-elteren"):
        raise BadTable("options-crossed", "--cut is for cmh and log-rank, which need it; van-elteren takes the values.")
    if timed and (not event or not censored or not clock or success):
        raise BadTable("options-crossed", "log-rank needs --event, --censored and --clock, and takes no --success.")
    if not timed and (not success or event or censored or clock):
        raise BadTable("options-crossed", f"{which} needs --success, and takes no --event, --censored or --clock.")
    if corrected and which != "cmh":
        raise BadTable("options-crossed", "--corrected is for cmh.")


def _ranks(values: list[str], has: list[bool], strata: list[str], stratum: str, who: str) -> tuple[Any, Lines]:
    from milenari.science.outcome import strata as science

    made = science.van_elteren(values, has, strata)
    side = "higher" if made.z > 0 else "lower" if made.z < 0 else "the same"
    return made, [
        f"Values are {side} with the outcome: z {number(made.z)}, p {chance(made.p)}; {made.used} strata compare.",
        "",
        *grid([stratum, "with", "without", "chance to be higher with it"],
              [[s.stratum, str(s.with_outcome), str(s.without), percent(s.higher)] for s in made.strata]),
        "", who,
    ]  # fmt: skip


def _shares(high: list[bool], has: list[bool], strata: list[str], stratum: str, confidence: float, corrected: bool,
            who: str) -> tuple[Any, Lines]:  # fmt: skip
    from milenari.science.outcome import strata as science

    made = science.cmh(high, has, strata, confidence, corrected)
    span = f"{100 * confidence:g} % interval {number(made.ci_low)} to {number(made.ci_high)}"
    ratio = "not estimable" if made.odds_ratio is None else f"{number(made.odds_ratio)}, {span}"
    return made, [
        f"Common odds ratio: {ratio}. Chi-square {number(made.chi_square)}, p {chance(made.p)}"
        f"{', continuity corrected' if corrected else ''}; {made.used} strata compare.",
        "",
        *grid([stratum, "high with", "high without", "low with", "low without"],
              [[t.stratum, *map(str, (t.both, t.attribute_only, t.outcome_only, t.neither))] for t in made.strata]),
        "", who,
    ]  # fmt: skip


def _times(table: Table, rows: list[int], values: list[str], strata: list[str],
           rules: tuple[tuple[str, ...], tuple[str, ...], str], cut: float, denominator: str, unit: str,
           confidence: float) -> tuple[Any, Lines]:  # fmt: skip
    from milenari.science.outcome import course, log_rank
    from milenari.science.outcome.terms import Interval, Terms

    event, censored, clock = rules
    terms = Terms(denominator, clock, event, (), censored, Interval.LOG_LOG, confidence)
    high = ["high" if float(v) >= cut else "low" for v in values]
    made = log_rank.log_rank(course.courses(clocked(table, clock, rows), labels(table, "status", rows), terms, high,
                                            strata))  # fmt: skip
    return made, [
        f"Log-rank within {made.strata} strata: chi-square {number(made.chi_square)}, {made.df} degrees of freedom, "
        f"p {chance(made.p)}.",
        "",
        *grid(["attribute", "patients", "events", "expected"],
              [[f"{g.group} ({'at or above' if g.group == 'high' else 'below'} {number(cut)})", str(g.n),
                str(g.observed), f"{g.expected:.2f}"] for g in made.groups]),
        *told(terms, len(rows), len(table), unit)[:-1],
        f"Clock: from {clock}, in {unit}.",
    ]  # fmt: skip
