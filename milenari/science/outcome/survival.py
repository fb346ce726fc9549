"""Kaplan and Meier's curve with an interval of a stated type, its median, and the median follow-up (reverse curve).

Kaplan & Meier 1958, J Am Stat Assoc 53:457-481, doi:10.1080/01621459.1958.10501452; standard errors by Greenwood 1926.
Median with the interval of Brookmeyer & Crowley 1982, Biometrics 38:29-41, doi:10.2307/2530286: where curve and
limits pass one half; where one of them is one half over a span of time, the middle of that span, as in the survival
package for R. Follow-up: Schemper & Smith 1996, Control Clin Trials 17:343-346, doi:10.1016/0197-2456(96)00075-X: the
curve with event and censoring exchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from milenari.science.computed import Computed, Unfit
from milenari.science.outcome.course import CENSORED, EVENT, Courses, counted
from milenari.science.outcome.log_rank import LogRank, log_rank
from milenari.science.outcome.terms import SAME, Interval, Terms, bounds, quantile

VERSION = "1"
REFERENCE = "Kaplan & Meier 1958, doi:10.1080/01621459.1958.10501452; Greenwood 1926"
T = TypeVar("T")


@dataclass(frozen=True)
class Point:
    """The curve from ``time`` on. No ``se`` once nobody is left without the event; limits where the type has some."""

    time: float
    at_risk: int
    events: int
    censored: int
    survival: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Median:
    """None is: not reached."""

    value: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Curve:
    """One group. ``points`` are all distinct times; ``at`` the times asked for, None beyond the longest time."""

    group: str
    n: int
    events: int
    longest: float
    median: Median
    follow_up: Median
    at: tuple[Point, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class KaplanMeier(Computed):
    """Every group's curve under one set of terms; with several groups the test, or the sentence why there is none."""

    terms: Terms
    curves: tuple[Curve, ...]
    log_rank: LogRank | None
    untested: str


def kaplan_meier(given: Courses, terms: Terms, at: Sequence[float] = ()) -> KaplanMeier:
    """The curve of each group. Competing events have no place here: name them as event, or as censored."""
    if terms.competing:
        raise Unfit("rules-crossed", "A survival curve knows no competing events. Name them as event or as censored, "
                    "or ask for the cumulative incidence.")  # fmt: skip
    asked = times(at)
    groups = given.groups()
    test, untested = tested(log_rank, given)
    return KaplanMeier(
        method="kaplan-meier", version=VERSION, reference=REFERENCE, terms=terms,
        curves=tuple(curve(given.of_group(g), terms, asked, g) for g in groups),
        log_rank=test, untested=untested,
    )  # fmt: skip


def tested(test: Callable[[Courses], T], given: Courses) -> tuple[T | None, str]:
    """The test of all groups, or why it cannot be made; neither where there is one group."""
    if len(given.groups()) < 2:
        return None, ""
    try:
        return test(given), ""
    except Unfit as unfit:
        return None, unfit.sentence


def times(at: Sequence[float]) -> tuple[float, ...]:
    """Times asked for, in order, or Unfit."""
    for value in at:
        if not (math.isfinite(value) and value >= 0):
            raise Unfit("negative-time", f"{value:g} is no time at which a curve can be read; it is zero or above.")
    return tuple(sorted(set(float(v) for v in at)))


def curve(given: Courses, terms: Terms, at: Sequence[float] = (), group: str = "") -> Curve:
    """One group's curve."""
    points = _points(given, terms.interval, terms.confidence)
    longest = points[-1].time
    flipped = Courses(given.time, np.where(given.state == CENSORED, EVENT, CENSORED), given.group, given.stratum)
    return Curve(
        group=group, n=len(given), events=int((given.state == EVENT).sum()), longest=longest, median=_median(points),
        follow_up=_median(_points(flipped, terms.interval, terms.confidence)),
        at=tuple(_read(points, t, terms) for t in at), points=points,
    )  # fmt: skip


def _points(given: Courses, kind: Interval, confidence: float) -> tuple[Point, ...]:
    told = counted(given)
    z = quantile(confidence)
    made, survival, variance = [], 1.0, 0.0
    for t, n, d, c in zip(told.time.tolist(), told.at_risk.tolist(), told.events.tolist(), told.censored.tolist(),
                          strict=True):  # fmt: skip
        survival *= (n - d) / n
        variance += d / (n * (n - d)) if n > d else math.inf
        se = survival * math.sqrt(variance) if survival > 0 else None
        low, high = bounds(survival, se, kind, z)
        made.append(Point(t, int(n), int(d), int(c), survival, se, low, high))
    return tuple(made)


def _read(points: Sequence[Point], t: float, terms: Terms) -> Point:
    """The curve at a time: the last step at or before it, and who is still at risk."""
    before = [p for p in points if p.time <= t]
    at_risk = sum(p.events + p.censored for p in points if p.time >= t)
    if t > points[-1].time:
        return Point(t, 0, 0, 0, None, None, None, None)
    if not before:
        return Point(t, at_risk, 0, 0, 1.0, 0.0, *bounds(1.0, 0.0, terms.interval, quantile(terms.confidence)))
    last = before[-1]
    return Point(t, at_risk, 0, 0, last.survival, last.se, last.ci_low, last.ci_high)


def _median(points: Sequence[Point]) -> Median:
    def crossed(heights: list[float | None]) -> float | None:
        steps = [(p.time, h) for p, h in zip(points, heights, strict=True) if h is not None]
        at = next((k for k, (_, h) in enumerate(steps) if h <= 0.5 + SAME), None)
        if at is None:
            return None
        low = steps[at][0]
        if steps[at][1] < 0.5 - SAME:
            return low
        return (low + next((t for t, h in steps[at:] if h < 0.5 - SAME), steps[-1][0])) / 2

    return Median(crossed([p.survival for p in points]), crossed([p.ci_low for p in points]),
                  crossed([p.ci_high for p in points]))  # fmt: skip
