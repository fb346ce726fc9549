"""Cumulative incidence when another event can come first, by Aalen and Johansen, and Gray's test.

Aalen & Johansen 1978, Scand J Stat 5:141-150. Variance ``aalen``: Aalen 1978, Ann Stat 6:534-545,
doi:10.1214/aos/1176344198, as the cmprsk package for R has it; ``greenwood``: the delta method, Marubini & Valsecchi
1995, section 10.3. Ties are taken as they are: all events of one time happen together, before anybody leaves at that
time; a time of zero is a time like another. No row is moved, so no seed and no order of rows can change an answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from milenari.science.computed import Computed, Vector
from milenari.science.outcome import gray
from milenari.science.outcome.course import COMPETING, EVENT, Counted, Courses, counted
from milenari.science.outcome.survival import tested, times
from milenari.science.outcome.terms import Terms, bounds, quantile

VERSION = "1"
REFERENCE = "Aalen & Johansen 1978; Aalen 1978, doi:10.1214/aos/1176344198"


class Variance(StrEnum):
    """How the variance is estimated."""

    AALEN = "aalen"
    GREENWOOD = "greenwood"


@dataclass(frozen=True)
class Incidence:
    """From ``time`` on: incidence of the event and of what competes. No limits where the interval's type has none."""

    time: float
    at_risk: int
    events: int
    competing: int
    incidence: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    of_competing: float | None


@dataclass(frozen=True)
class Course:
    """One group; ``at`` are the times asked for, None beyond the longest time."""

    group: str
    n: int
    events: int
    competing: int
    longest: float
    at: tuple[Incidence, ...]
    points: tuple[Incidence, ...]


@dataclass(frozen=True)
class CumulativeIncidence(Computed):
    """Every group's incidence under one set of terms; with several groups Gray's test, or why there is none."""

    terms: Terms
    variance: Variance
    courses: tuple[Course, ...]
    gray: gray.Gray | None
    untested: str


def cumulative_incidence(given: Courses, terms: Terms, at: Sequence[float] = (),
                         variance: Variance = Variance.AALEN) -> CumulativeIncidence:  # fmt: skip
    """The incidence in each group."""
    asked = times(at)
    groups = given.groups()
    test, untested = tested(gray.gray, given)
    return CumulativeIncidence(
        method="aalen-johansen", version=VERSION, reference=REFERENCE, terms=terms, variance=variance,
        courses=tuple(_course(given.of_group(g), terms, asked, variance, g) for g in groups),
        gray=test, untested=untested,
    )  # fmt: skip


def _course(given: Courses, terms: Terms, at: Sequence[float], kind: Variance, group: str) -> Course:
    told = counted(given)
    both = told.events + told.competing
    after = np.cumprod((told.at_risk - both) / told.at_risk)
    before = np.concatenate([[1.0], after[:-1]])
    event = np.cumsum(before * told.events / told.at_risk)
    other = np.cumsum(before * told.competing / told.at_risk)
    se = np.sqrt(np.maximum(0.0, _variances(told, before, event, kind)))
    z = quantile(terms.confidence)
    points = []
    for k, t in enumerate(told.time.tolist()):
        # an event at the very last person at risk leaves no variance to be estimated there
        known = float(se[k]) if math.isfinite(se[k]) else None
        low, high = bounds(float(event[k]), known, terms.interval, z) if event[k] > 0 else (None, None)
        points.append(Incidence(t, int(told.at_risk[k]), int(told.events[k]), int(told.competing[k]), float(event[k]),
                                known, low, high, float(other[k])))  # fmt: skip
    longest = float(told.time[-1])
    return Course(
        group=group, n=len(given), events=int((given.state == EVENT).sum()),
        competing=int((given.state == COMPETING).sum()), longest=longest,
        at=tuple(_read(points, t, given, longest) for t in at), points=tuple(points),
    )  # fmt: skip


def _variances(told: Counted, before: Vector, event: Vector, kind: Variance) -> Vector:
    """The variance of the incidence at every time."""
    made = np.empty(len(told.time))
    with np.errstate(divide="ignore", invalid="ignore"):
        by_step = _aalen(told, before) if kind is Variance.AALEN else _greenwood(told, before)
        for k in range(len(made)):
            gap = event[k] - event[: k + 1]  # zero from the time on at which nobody is left, where a step has no weight
            own, shared, whole = (np.where(gap > 0, gap**power * w[: k + 1], 0.0) if power else w[: k + 1]
                                  for power, w in enumerate(by_step))  # fmt: skip
            made[k] = (own + shared + whole).sum()
    return made


def _aalen(told: Counted, before: Vector) -> tuple[Vector, Vector, Vector]:
    """Weights of 1, gap and gap squared at each time: an event at u moves F(t) by 1 - gap / S(u) of the step, a
    competing one by - gap / S(u); steps of tied events vary as draws without replacement."""
    n, d, other = told.at_risk, told.events, told.competing
    after = before * (n - d - other) / n
    event, rival = (before**2 * np.where(k > 1, 1 - (k - 1) / (n - 1), 1.0) * k / n**2 for k in (d, other))
    return event, -2 * event / after, (event + rival) / after**2


def _greenwood(told: Counted, before: Vector) -> tuple[Vector, Vector, Vector]:
    """The same with the binomial variance of the hazards of any event and of the event, and their covariance."""
    n, d, both = told.at_risk, told.events, told.events + told.competing
    return before**2 * d * (n - d) / n**3, -2 * before * d / n**2, both / (n * (n - both))


def _read(points: Sequence[Incidence], t: float, given: Courses, longest: float) -> Incidence:
    at_risk = int((given.time >= t).sum())
    if t > longest:
        return Incidence(t, 0, 0, 0, None, None, None, None, None)
    before = [p for p in points if p.time <= t]
    if not before:
        return Incidence(t, at_risk, 0, 0, 0.0, 0.0, None, None, 0.0)
    last = before[-1]
    return Incidence(t, at_risk, 0, 0, last.incidence, last.se, last.ci_low, last.ci_high, last.of_competing)
