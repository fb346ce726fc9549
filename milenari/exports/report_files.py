"""Report files: the analysis of a trial as JSON and as CSV tables, in codes, the same bytes for the same report.

A table row carries its own rules: who is counted, from when, what is an event, what competes, what ends a time without
either, and the interval. A figure that the data do not carry is a row too, with the reason in place of a number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from milenari.exports import burden
from milenari.exports.files import File
from milenari.exports.report import WATERFALLS, Figure, Report
from milenari.science.computed import decimal_text
from milenari.science.outcome.aplasia import Aplasia
from milenari.science.outcome.competing import CumulativeIncidence
from milenari.science.outcome.incidence import Rates
from milenari.science.outcome.kinetics import Kinetics
from milenari.science.outcome.picture import Waterfall
from milenari.science.outcome.strata import VanElteren
from milenari.science.outcome.survival import Curve, KaplanMeier
from milenari.science.outcome.terms import Terms

Row = dict[str, Any]


def json_of(made: Report) -> File:
    """The whole report."""
    content = json.dumps(made.told(), ensure_ascii=False, indent=1) + "\n"
    return File("report.json", content.encode(), len(made.figures))


def files_of(made: Report) -> list[File]:
    """The report as JSON and every table, by name."""
    tables = {
        "denominators.csv": [{"denominator": name, "participants": many} for name, many in made.denominators],
        "shares.csv": [row for f in made.of("response", "mrd", "crs", "icans") for row in _shares(f, made)],
        "grades.csv": [row for f in made.of("crs", "icans") if f.variant == "any-grade" for row in _grades(f)],
        "survival.csv": [row for f in made.of("os", "efs", "rfs", "aplasia") for row in _told(f)],
        "curves.csv": [row for f in made.of("os", "efs", "rfs", "aplasia") for row in _points(f)],
        "medians.csv": [row for f in made.of("os", "efs", "rfs", "aplasia") for row in _medians(f)],
        "incidence.csv": [row for f in made.of("relapse") for row in _incidence(f)],
        "expansion.csv": [row for f in made.of("expansion") for row in _expansion(f)],
        "waterfall.csv": [row for f in made.of(*WATERFALLS) for row in _waterfall(f, made)],
        "attributes.csv": [row for f in made.of("attribute") for row in _attribute(f)],
        "participants.csv": list(made.times),
    }
    return sorted([json_of(made), *(_table(name, rows) for name, rows in tables.items())], key=lambda f: f.name)


def curve_of(figure: Figure) -> tuple[Terms, Curve] | None:
    """The one curve of a figure of survival or aplasia."""
    if isinstance(figure.answer, KaplanMeier):
        return figure.answer.terms, figure.answer.curves[0]
    return (figure.answer.terms, figure.answer.curve) if isinstance(figure.answer, Aplasia) else None


def _about(figure: Figure) -> Row:
    return {"figure": figure.code, "variant": figure.variant, "denominator": figure.denominator,
            "clock": figure.clock, "counted": figure.counted, "not_enough_data": figure.lacking}  # fmt: skip


def _terms(terms: Terms) -> Row:
    return {"event": " ".join(terms.event), "competing": " ".join(terms.competing),
            "censored": " ".join(terms.censored), "interval": str(terms.interval),
            "confidence": decimal_text(terms.confidence)}  # fmt: skip


def _shares(figure: Figure, made: Report) -> Iterable[Row]:
    if not isinstance(figure.answer, Rates):
        yield _about(figure)
        return
    for rate in figure.answer.rates:
        told = {"success": " ".join(figure.answer.success), "missing_is": str(figure.answer.missing),
                "window_days": made.rules.response_days if figure.code in ("response", "mrd") else None,
                "missing": rate.missing, "with": rate.share.successes, "of": rate.share.of, "share": rate.share.value,
                "ci_low": rate.share.ci_low, "ci_high": rate.share.ci_high, "interval": rate.share.method,
                "confidence": rate.share.confidence}  # fmt: skip
        yield _about(figure) | told


def _grades(figure: Figure) -> Iterable[Row]:
    if not isinstance(figure.answer, Rates):
        yield _about(figure)
        return
    for rate in figure.answer.rates:
        grades = {f"grade_{n}": rate.recorded.get(f"grade-{n}", 0) for n in range(6)}
        yield _about(figure) | grades | {"never_graded": rate.missing}


def _told(figure: Figure) -> Iterable[Row]:
    """The curve at the days asked for."""
    found = curve_of(figure)
    if found is None:
        yield _about(figure)
        return
    terms, curve = found
    for p in curve.at:
        yield _about(figure) | {"day": p.time, "at_risk": p.at_risk, "free_of_event": p.survival, "se": p.se,
                                "ci_low": p.ci_low, "ci_high": p.ci_high} | _terms(terms)  # fmt: skip


def _points(figure: Figure) -> Iterable[Row]:
    found = curve_of(figure)
    if found is None:
        yield _about(figure)
        return
    terms, curve = found
    for p in curve.points:
        yield _about(figure) | {"day": p.time, "at_risk": p.at_risk, "events": p.events, "left": p.censored,
                                "free_of_event": p.survival, "se": p.se, "ci_low": p.ci_low,
                                "ci_high": p.ci_high} | _terms(terms)  # fmt: skip


def _medians(figure: Figure) -> Iterable[Row]:
    found = curve_of(figure)
    if found is None:
        yield _about(figure)
        return
    terms, curve = found
    yield _about(figure) | {
        "events": curve.events, "median_d": curve.median.value, "ci_low": curve.median.ci_low,
        "ci_high": curve.median.ci_high, "follow_up_d": curve.follow_up.value,
        "follow_up_low": curve.follow_up.ci_low, "follow_up_high": curve.follow_up.ci_high, "longest_d": curve.longest,
    } | _terms(terms)  # fmt: skip


def _incidence(figure: Figure) -> Iterable[Row]:
    if not isinstance(figure.answer, CumulativeIncidence):
        yield _about(figure)
        return
    for p in figure.answer.courses[0].points:
        yield _about(figure) | {
            "day": p.time, "at_risk": p.at_risk, "events": p.events, "competing_events": p.competing,
            "incidence": p.incidence, "se": p.se, "ci_low": p.ci_low, "ci_high": p.ci_high,
            "of_competing": p.of_competing, "variance": str(figure.answer.variance),
        } | _terms(figure.answer.terms)  # fmt: skip


def _expansion(figure: Figure) -> Iterable[Row]:
    if not isinstance(figure.answer, Kinetics):
        yield _about(figure)
        return
    for one in figure.answer.patients:
        yield _about(figure) | {
            "participant": one.patient, "samples": one.samples, "below_limit": one.below_limit, "c_max": one.c_max,
            "t_max_d": one.t_max, "auc": one.auc, "c_last": one.c_last, "t_last_d": one.t_last,
            "unit": figure.answer.unit, "auc_unit": figure.answer.auc_unit, "area": str(figure.answer.area),
            "until_d": figure.answer.until, "limit": figure.answer.limit,
        }  # fmt: skip


def _waterfall(figure: Figure, made: Report) -> Iterable[Row]:
    if not isinstance(figure.answer, Waterfall):
        yield _about(figure)
        return
    found = {case.key: (case, change) for case, change in burden.changes(made.taken.cases, figure.code)}
    for bar in figure.answer.bars:
        case, change = found[bar.patient]
        yield _about(figure) | {
            "participant": bar.patient, "site": case.site, "response": bar.group, "value": bar.value,
            "unit": figure.answer.unit, "before_pct": change.before.value, "best_pct": change.best.value,
            "best_is_bound": change.best.bound,
        }  # fmt: skip


def _attribute(figure: Figure) -> Iterable[Row]:
    if not isinstance(figure.answer, VanElteren):
        yield _about(figure)
        return
    made = figure.answer
    for one in made.strata:
        yield _about(figure) | {
            "made_at": one.stratum, "responded": one.with_outcome, "not_responded": one.without,
            "higher_with_response": one.higher, "strata_used": made.used, "z": made.z, "p": made.p,
        }  # fmt: skip


def _table(name: str, rows: Sequence[Row]) -> File:
    """A CSV file with every column that any row has, in the order in which they came."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    into = io.StringIO()
    writer = csv.writer(into, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_said(row.get(column)) for column in columns])
    return File(name, into.getvalue().encode(), len(rows))


def _said(value: Any) -> str:
    if value is None:
        return ""
    return decimal_text(value) if isinstance(value, float) else str(value)


def headline(figure: Figure) -> str:
    """The figure in a few words, for the command line."""
    if figure.lacking:
        return f"not enough data: {figure.why or figure.lacking}"
    if isinstance(figure.answer, Rates):
        share = figure.answer.rates[0].share
        found = "-" if share.value is None else f"{100 * share.value:.1f} %"
        return f"{share.successes} of {share.of}, {found} ({100 * share.ci_low:.1f} to {100 * share.ci_high:.1f})"
    curve = curve_of(figure)
    if curve is not None:
        median = curve[1].median.value
        return f"events {curve[1].events}, median {'not reached' if median is None else f'{median:g} d'}"
    if isinstance(figure.answer, CumulativeIncidence):
        course = figure.answer.courses[0]
        return f"events {course.events}, competing {course.competing}"
    if isinstance(figure.answer, VanElteren):
        return f"z {figure.answer.z:.2f}, p {figure.answer.p:.3f}, {figure.answer.used} sites"
    if isinstance(figure.answer, Waterfall):
        return f"{len(figure.answer.bars)} participants, best {figure.answer.bars[-1].value:.1f} {figure.answer.unit}"
    assert isinstance(figure.answer, Kinetics)
    return f"{figure.answer.c_max.n} participants with a peak"
