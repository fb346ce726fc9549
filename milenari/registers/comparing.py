"""Comparing: a comparability study computed from the record, by its locked protocol, ready to be reported.

The data are those that the rule itself collects (``data_of``), the numbers are those of ``science``, and the verdicts
are those that the rule gives to them (``verdict_of``), so the lines made here are lines the rule accepts. What no
verdict rests on stands beside it as information: how much the design can show, where most reference batches lie, and
the difference once donors and vector lots are allowed for. What cannot be computed says why: not enough data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from milenari.rules.action import Book
from milenari.rules.comparability import ARMS, Study
from milenari.rules.comparability_report import data_of, digest_of_data, outcome_of, too_few, unfinished, verdict_of
from milenari.science import endpoints, equivalence, hierarchy, power, quality_range, tolerance
from milenari.science.computed import Computed, Unfit, decimal_text
from milenari.words import Facts

Found = TypeVar("Found", bound=Computed)
Points = dict[str, list[tuple[str, str, str]]]  # arm -> (batch, pair, number)
COVERAGE, CONFIDENCE = 0.95, 0.95  # of the tolerance interval and of the summaries
FEWEST_FOR_CHANCE = 3  # reference figures before the chance to pass is computed
TARGET = 0.8  # the power for which the smallest difference is told


@dataclass(frozen=True)
class Pair:
    """The two halves of one starting material."""

    pair: str
    reference: Decimal
    candidate: Decimal


@dataclass(frozen=True)
class Compared:
    """One attribute: the protocol's row, its figures, what was computed, and the line of the report.

    Where the margin is a ratio, tolerance interval and mixed model are of logarithms.

    ``unfit`` says for each part that could not be computed why not; what is None was not asked for or not possible.
    """

    row: Facts
    points: Points
    pairs: tuple[Pair, ...]
    few: bool
    line: Facts
    equivalence: equivalence.Equivalence | None
    range: quality_range.QualityRange | None
    power: power.Power | None
    tolerance: tolerance.Tolerance | None
    hierarchy: hierarchy.Hierarchy | None
    summaries: dict[str, endpoints.Summary]
    unfit: dict[str, Unfit]

    @property
    def test(self) -> str:
        return str(self.row["test"])

    @property
    def verdict(self) -> str:
        return str(self.line["verdict"])


@dataclass(frozen=True)
class Comparison:
    """A study computed from what is verified now: ``figures`` and ``lines`` are what ``report-comparability`` takes.

    ``waiting`` are counted runs that are not concluded; while there are any, the rule takes no report.
    """

    study: Study
    figures: str
    attributes: tuple[Compared, ...]
    outcome: str
    waiting: tuple[str, ...]

    @property
    def lines(self) -> list[Facts]:
        return [attribute.line for attribute in self.attributes]


def comparison(study: Study, book: Book) -> Comparison:
    """Everything about a locked study, from the folded sheets of its batches."""
    data = data_of(study, book)
    made = tuple(_compared(study, row, data[row["test"]], book) for row in study.attributes)
    outcome = outcome_of([one.verdict for one in made])
    return Comparison(study, digest_of_data(data), made, outcome, tuple(unfinished(study, book)))


def as_report(found: Comparison) -> Facts:
    """The data of the action ``report-comparability``, exactly as the rule takes it."""
    return {"study": found.study.code, "figures": found.figures, "lines": found.lines}


# -- one attribute --------------------------------------------------------------------------------------


def _compared(study: Study, row: Facts, points: Points, book: Book) -> Compared:
    paired = (study.protocol or {})["design"] == "paired"
    pairs = _pairs(points) if paired else ()
    unfit: dict[str, Unfit] = {}

    def tried(part: str, call: Callable[[], Found]) -> Found | None:
        try:
            return call()
        except Unfit as why:
            unfit[part] = why
            return None

    tost, spread = None, None
    if row["criterion"] == "tost":
        tost = tried("tost", lambda: _tost(row, points, pairs, paired))
        if tost is not None:
            sound = tost
            spread = tried("power", lambda: _power(row, sound))
    within = None
    if row["criterion"] == "quality-range":
        within = tried(
            "quality-range",
            lambda: quality_range.quality_range(_values(points["reference"]), _values(points["candidate"]),
                                                float(row["k"]), required_share=1.0),
        )  # fmt: skip
    ours, theirs = (_values(points[arm]) for arm in ARMS)
    told = len(theirs) if len(ours) >= FEWEST_FOR_CHANCE else 0
    ratio = row.get("scale") == "ratio"
    lies = tried(
        "tolerance", lambda: tolerance.normal(_logs(ours) if ratio else ours, COVERAGE, CONFIDENCE, tested=told)
    )
    mixed = tried("mixed-model", lambda: _mixed(study, row, points, book))
    summaries = {
        arm: endpoints.summarise(_values(points[arm]), arm, row["test"], row["unit"], CONFIDENCE) for arm in ARMS
    }
    few = too_few(study, points)
    line = _line(row, points, pairs, paired, tost, within, summaries)
    line["detail"] = _detail(tost, within, spread, lies, mixed, unfit, ratio)
    line["verdict"] = verdict_of(row, line, points, few)
    return Compared(row, points, pairs, few, line, tost, within, spread, lies, mixed, summaries, unfit)


def _values(points: list[tuple[str, str, str]]) -> list[Decimal]:
    return [Decimal(number) for _, _, number in points]


def _logs(values: list[Decimal]) -> list[float]:
    """On a ratio scale a tolerance interval is one of logarithms, so that its lower end is above zero."""
    if min(values, default=Decimal(1)) <= 0:
        raise Unfit("not-positive", "On a ratio scale every value is above zero.")
    return [math.log(value) for value in values]


def _pairs(points: Points) -> tuple[Pair, ...]:
    """Whole pairs only, in the order of their codes; a half without its other counts for nothing."""
    halves = {arm: {pair: Decimal(number) for _, pair, number in points[arm]} for arm in ARMS}
    both = sorted(set(halves["reference"]) & set(halves["candidate"]))
    return tuple(Pair(pair, halves["reference"][pair], halves["candidate"][pair]) for pair in both)


def _tost(row: Facts, points: Points, pairs: tuple[Pair, ...], paired: bool) -> equivalence.Equivalence:
    """Candidate minus reference, or candidate over reference, against the locked margin."""
    margin, alpha = margin_of(row), float(row["alpha"])
    if paired:
        ours, theirs = [p.candidate for p in pairs], [p.reference for p in pairs]
        return equivalence.paired(ours, theirs, margin, alpha)
    return equivalence.unpaired(_values(points["candidate"]), _values(points["reference"]), margin, alpha)


def margin_of(row: Facts) -> equivalence.Margin:
    """The margin of a protocol's row, on its scale."""
    return equivalence.Margin(float(row["low"]), float(row["high"]), row["scale"] == "ratio")


def _power(row: Facts, found: equivalence.Equivalence) -> power.Power:
    """How much this design can show with the deviation these data have.

    Two groups of different size are taken as if each had the size of the smaller one, which promises less.
    """
    n = min(found.n)
    sd = found.se * math.sqrt(n if found.design is equivalence.Design.PAIRED else n / 2)
    return power.of_design(found.design, n, sd, margin_of(row), alpha=float(row["alpha"]), target=TARGET)


def _mixed(study: Study, row: Facts, points: Points, book: Book) -> hierarchy.Hierarchy:
    """Site against site with donor and vector lot as what varies; on logarithms where the margin is a ratio."""
    ratio = row.get("scale") == "ratio"
    rows = []
    for arm, site in (("reference", study.reference), ("candidate", study.candidate)):
        for code, pair, number in points[arm]:
            batch = book.sheet(f"batch:{code}")
            lot = book.sheet(f"container:{batch.container}").lot if batch.container else ""
            value = float(number)
            if ratio and value <= 0:
                raise Unfit("not-positive", f"{code} has {number}; on a ratio scale every value is above zero.")
            rows.append((math.log(value) if ratio else number, site, pair or batch.donation or code, lot))
    lots = all(lot for *_, lot in rows)  # one that is not recorded leaves the lots out altogether
    made = [hierarchy.Made(value, site, donor, lot if lots else "") for value, site, donor, lot in rows]
    alpha = float(row.get("alpha", "0.05"))
    return hierarchy.site_differences(made, study.reference, 1 - 2 * alpha)


# -- the line -------------------------------------------------------------------------------------------


def _line(row: Facts, points: Points, pairs: tuple[Pair, ...], paired: bool, tost: equivalence.Equivalence | None,
          within: quality_range.QualityRange | None, summaries: dict[str, endpoints.Summary]) -> Facts:  # fmt: skip
    counts = [len(pairs)] * 2 if paired and row["criterion"] == "tost" else [len(points[arm]) for arm in ARMS]
    line: Facts = {"test": row["test"], "n_reference": counts[0], "n_candidate": counts[1]}
    if row["criterion"] == "tost":
        design = "paired" if paired else "welch"
        scale = "log" if row["scale"] == "ratio" else "difference"
        line["method"] = f"tost-{design} {equivalence.VERSION}, {scale}, alpha {row['alpha']}"
        if tost is not None and math.isfinite(tost.ci_low) and math.isfinite(tost.ci_high):
            line |= {"low": decimal_text(tost.ci_low), "high": decimal_text(tost.ci_high)}
            line["estimate"] = decimal_text(tost.estimate)
    elif row["criterion"] == "quality-range":
        line["method"] = f"quality-range {quality_range.VERSION}, k {row['k']}"
        if within is not None and math.isfinite(within.low) and math.isfinite(within.high):
            line |= {"low": decimal_text(within.low), "high": decimal_text(within.high)}
            line["estimate"] = decimal_text(within.mean)
    else:
        line["method"] = f"summary {endpoints.VERSION}"
        mean = summaries["candidate"].mean
        if mean is not None:
            line["estimate"] = decimal_text(mean)
    return line


def _detail(tost: equivalence.Equivalence | None, within: quality_range.QualityRange | None,
            spread: power.Power | None, lies: tolerance.Tolerance | None, mixed: hierarchy.Hierarchy | None,
            unfit: dict[str, Unfit], ratio: bool) -> Facts:  # fmt: skip
    """Everything computed beside the interval, as recorded readings.

    Curves and the effects of single donors and lots are left out: they follow from the figures.
    """
    parts: dict[str, Computed | None] = {
        "tost": tost, "quality_range": within, "power": spread, "tolerance_of_logs" if ratio else "tolerance": lies,
        "mixed_model": mixed,
    }  # fmt: skip
    detail: Facts = {name: _reading(part) for name, part in parts.items() if part is not None}
    if unfit:
        detail["not_computed"] = {part.replace("-", "_"): why.code for part, why in unfit.items()}
    return detail


def _reading(found: Computed) -> Facts:
    left = ("curve", "effects", "left_out")
    return {name: value for name, value in found.reading().items() if name not in left and value is not None}


# -- before there are data ------------------------------------------------------------------------------


def planned(row: Facts, design: str, n: int, sd: float) -> power.Power:
    """What ``n`` pairs, or runs a site, could show if single differences (or values) had the deviation ``sd``.

    Nobody knows that deviation before the runs: it is an assumption, and whoever shows the answer says so.
    """
    made = equivalence.Design.PAIRED if design == "paired" else equivalence.Design.WELCH
    return power.of_design(made, n, sd, margin_of(row), alpha=float(row["alpha"]), target=TARGET)


def recorded_sd(row: Facts, values: list[Any], design: str) -> float:
    """A deviation assumed from single batches of the reference site, on the scale of the margin.

    For pairs, the deviation of a difference of two independent batches: too large where the donor explains much.
    """
    numbers = [float(v) for v in values]
    if row["scale"] == "ratio":
        if min(numbers, default=1.0) <= 0:
            raise Unfit("not-positive", "On a ratio scale every value is above zero.")
        numbers = [math.log(v) for v in numbers]
    if len(numbers) < 3 or len(set(numbers)) < 2:
        raise Unfit("too-few", "Fewer than three different values of the reference site are on record.")
    mean = sum(numbers) / len(numbers)
    sd = math.sqrt(sum((v - mean) ** 2 for v in numbers) / (len(numbers) - 1))
    return sd * math.sqrt(2) if design == "paired" else sd


__all__ = ["Compared", "Comparison", "Pair", "as_report", "comparison", "margin_of", "planned", "recorded_sd"]
