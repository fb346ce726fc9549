"""Commands for times to an event: km, cif, aplasia."""

from __future__ import annotations

from typing import Any

import click

from milenari.cli.analyse.asked import (
    INTERVALS,
    clocked,
    confident,
    counting,
    curved,
    kept,
    labels,
    limits,
    measured,
    question,
    rows_of,
    timing,
    told,
    unit_of,
)
from milenari.cli.design.asked import REALS
from milenari.cli.stats.asked import Lines, chance, grid, number, percent
from milenari.cli.stats.table import Table

TIMED = ("enrolled", "apheresed", "infused", "time")
Places = tuple[float, ...]


def tested(name: str, test: Any, untested: str) -> Lines:
    """The comparison of groups in a line, or why there is none."""
    if test is None:
        return ["", untested] if untested else []
    how = f", {test.strata} strata" if test.strata > 1 else ""
    return ["", f"{name}{how}: chi-square {number(test.chi_square)}, {test.df} degrees of freedom, "
            f"p {chance(test.p)}."]  # fmt: skip


def reached(median: Any) -> str:
    if median.value is None:
        return "not reached" + (f" (from {number(median.ci_low)})" if median.ci_low is not None else "")
    low, high = (number(x) if x is not None else "-" for x in (median.ci_low, median.ci_high))
    return f"{number(median.value)} ({low} to {high})"


@question("km", "milenari analyse km patients.csv --event relapse,death --censored alive --denominator infused "
          "--clock infusion --unit months --at 12,24", ("status",), TIMED)  # fmt: skip
@timing(competing=False)
@counting
@curved
def km(table: Table, unit: str, event: tuple[str, ...], censored: tuple[str, ...], clock: str, denominator: str,
       by: str | None, stratum: str | None, at: Places, interval: str, svg: str | None,
       confidence: float) -> tuple[Any, Lines]:  # fmt: skip
    """Survival by Kaplan and Meier, with median follow-up by the reverse curve; groups by the log-rank test."""
    from milenari.science.outcome import course, survival
    from milenari.science.outcome.terms import Interval, Terms

    terms = Terms(denominator, clock, event, (), censored, Interval(interval), confidence)
    rows, unit = kept(table, denominator), unit_of(unit, "time")
    with rows_of(rows):
        given = course.courses(clocked(table, clock, rows), labels(table, "status", rows), terms,
                               labels(table, by, rows), labels(table, stratum, rows))  # fmt: skip
        made = survival.kaplan_meier(given, terms, at)
    if svg:
        from milenari.cli.analyse import drawn

        drawn.survival(svg, made, unit)
    return made, [
        *grid([by or "", "patients", "events", "median", "median follow-up"],
              [[c.group or "all", str(c.n), str(c.events), reached(c.median), reached(c.follow_up)]
               for c in made.curves]),
        *(["", *grid([by or "", "at", "at risk", "survival", "standard error", "interval, %"],
                     [[c.group or "all", number(p.time), str(p.at_risk), percent(p.survival), percent(p.se),
                       limits(p.ci_low, p.ci_high)] for c in made.curves for p in c.at])] if at else []),
        *tested("Log-rank", made.log_rank, made.untested),
        *told(terms, len(rows), len(table), unit),
    ]  # fmt: skip


@question("cif", "milenari analyse cif patients.csv --event relapse --competing death,transplant --censored alive "
          "--denominator infused --clock infusion --unit months --at 12,24", ("status",), TIMED)  # fmt: skip
@timing(competing=True)
@counting
@curved
@click.option("--variance", type=click.Choice(["aalen", "greenwood"]), default="aalen", show_default=True)
def cif(table: Table, unit: str, event: tuple[str, ...], competing: tuple[str, ...], censored: tuple[str, ...],
        clock: str, denominator: str, by: str | None, stratum: str | None, at: Places, interval: str, svg: str | None,
        confidence: float, variance: str) -> tuple[Any, Lines]:  # fmt: skip
    """Cumulative incidence with competing events (Aalen and Johansen); groups by Gray's test."""
    from milenari.science.outcome import competing as science
    from milenari.science.outcome import course
    from milenari.science.outcome.terms import Interval, Terms

    terms = Terms(denominator, clock, event, competing, censored, Interval(interval), confidence)
    rows, unit = kept(table, denominator), unit_of(unit, "time")
    with rows_of(rows):
        given = course.courses(clocked(table, clock, rows), labels(table, "status", rows), terms,
                               labels(table, by, rows), labels(table, stratum, rows))  # fmt: skip
        made = science.cumulative_incidence(given, terms, at, science.Variance(variance))
    if svg:
        from milenari.cli.analyse import drawn

        drawn.incidence(svg, made, unit)
    return made, [
        *grid([by or "", "patients", "events", "competing", "longest"],
              [[c.group or "all", str(c.n), str(c.events), str(c.competing), number(c.longest)] for c in made.courses]),
        *(["", *grid([by or "", "at", "at risk", "incidence", "standard error", "interval, %", "competing"],
                     [[c.group or "all", number(p.time), str(p.at_risk), percent(p.incidence), percent(p.se),
                       limits(p.ci_low, p.ci_high), percent(p.of_competing)] for c in made.courses for p in c.at])]
          if at else []),
        *tested("Gray's test", made.gray, made.untested),
        *told(terms, len(rows), len(table), unit),
        f"Variance: {made.variance}.",
    ]  # fmt: skip


@question("aplasia", "milenari analyse aplasia b-cells.csv --threshold 100 --confirmed 2 --unit /uL --at 90,180",
          ("patient", "day", "value"))  # fmt: skip
@click.option("--threshold", type=float, required=True, help="Aplasia is below it; in the unit of the values.")
@click.option("--confirmed", type=int, required=True, help="Samples in a row at or above it that are a recovery.")
@click.option("--interval", type=click.Choice(INTERVALS), default="log-log", show_default=True)
@click.option("--at", type=REALS, default=(), metavar="T,T,...", help="Days at which the curve is told.")
@click.option("--svg", type=click.Path(dir_okay=False), help="Write the picture there.")
@confident
def aplasia(table: Table, unit: str, threshold: float, confirmed: int, interval: str, at: Places, svg: str | None,
            confidence: float) -> tuple[Any, Lines]:  # fmt: skip
    """How long B cells stay away: one row per sample, duration by Kaplan and Meier."""
    from milenari.science.outcome import aplasia as science
    from milenari.science.outcome.terms import Interval

    unit = unit_of(unit, "the counts")
    made = science.aplasia(table.text("patient"), table.numbers("day"), measured(table, "value", range(len(table))),
                           unit, threshold, confirmed, Interval(interval), confidence, at)  # fmt: skip
    if svg:
        from milenari.cli.analyse import drawn

        drawn.duration(svg, made)
    pending = [s.patient for s in made.spells if s.pending]
    return made, [
        f"Median duration: {reached(made.curve.median)} days; median follow-up {reached(made.curve.follow_up)} days.",
        f"{made.curve.n} patients with aplasia, {made.curve.events} recovered; never below the threshold: "
        f"{', '.join(made.never) or 'nobody'}; recovery not yet confirmed: {', '.join(pending) or 'nobody'}.",
        *(["", *grid(["day", "at risk", "still in aplasia", "interval, %"],
                     [[number(p.time), str(p.at_risk), percent(p.survival), limits(p.ci_low, p.ci_high)]
                      for p in made.curve.at])] if at else []),
        *told(made.terms, made.curve.n, made.curve.n + len(made.never), "days", "patients"),
        f"Recovery: {confirmed} samples in a row at {number(threshold)} {unit} or above.",
    ]  # fmt: skip
