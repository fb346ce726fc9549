"""Expansion of CAR-T cells in a patient: peak, time of peak, area under the curve, last value that was measurable.

Noncompartmental, as observed: nothing is fitted. Area by trapezoids, ``linear``, or ``linear-up-log-down``: logarithmic
where a measurable value falls to another (Gabrielsson & Weiner 2012, doi:10.1007/978-1-62703-050-2_16, recalled). A
value below the limit of quantification counts as zero. An area to a day that was not reached is not given, never
extended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, Vector
from milenari.science.outcome.course import samples

VERSION = "1"
REFERENCE = "Gabrielsson & Weiner 2012, doi:10.1007/978-1-62703-050-2_16"


class Area(StrEnum):
    """How the area between two samples is taken."""

    LINEAR = "linear"
    LOG_DOWN = "linear-up-log-down"


@dataclass(frozen=True)
class Expansion:
    """One patient. ``t_max`` is the first day of the peak; ``auc`` is None when sampling ended before ``until``."""

    patient: str
    samples: int
    below_limit: int
    first_day: float
    last_day: float
    c_max: float
    t_max: float
    auc: float | None
    c_last: float | None
    t_last: float | None


@dataclass(frozen=True)
class Spread:
    """Median and range over those who have the figure."""

    n: int
    median: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class Kinetics(Computed):
    """``auc_unit`` is unit times day."""

    unit: str
    auc_unit: str
    area: Area
    start: float
    until: float
    limit: float
    patients: tuple[Expansion, ...]
    c_max: Spread
    t_max: Spread
    auc: Spread


def kinetics(patients: Sequence[str], days: Sequence[Real], values: Sequence[Real], unit: str, until: float,
             limit: float = 0.0, area: Area = Area.LINEAR, start: float = 0.0) -> Kinetics:  # fmt: skip
    """Every patient's expansion; area from ``start`` to ``until`` days after infusion."""
    if not unit.strip():
        raise Unfit("unit-missing", "The unit of the values is not stated. Say it: copies per ug of DNA, cells per uL.")
    if not (math.isfinite(until) and math.isfinite(start) and 0 <= start < until):
        raise Unfit("span-unfit", f"The area goes from day {start:g} to day {until:g}: both are finite, from zero on, "
                    "and the second is later.")  # fmt: skip
    if not (math.isfinite(limit) and limit >= 0):
        raise Unfit("limit-unfit", f"The limit of quantification is {limit:g}; it is zero or above.")
    day, value = samples(patients, days, values, "a concentration")
    label = np.asarray(patients)
    made = tuple(_one(p, day[label == p], value[label == p], start, until, limit, area) for p in sorted(set(patients)))
    return Kinetics(
        method=f"expansion-{area}", version=VERSION, reference=REFERENCE, unit=unit, auc_unit=f"{unit} x day",
        area=area, start=start, until=until, limit=limit, patients=made, c_max=_spread([e.c_max for e in made]),
        t_max=_spread([e.t_max for e in made]), auc=_spread([e.auc for e in made]),
    )  # fmt: skip


def _one(patient: str, day: Vector, value: Vector, start: float, until: float, limit: float,
         area: Area) -> Expansion:  # fmt: skip
    order = np.argsort(day)
    day, given = day[order], value[order]
    below = given < limit
    value = np.where(below, 0.0, given)
    top = int(np.argmax(value))
    measurable = np.flatnonzero(value > 0)
    last = int(measurable[-1]) if len(measurable) else None
    whole = day[0] <= start and day[-1] >= until
    return Expansion(
        patient=patient, samples=len(day), below_limit=int(below.sum()), first_day=float(day[0]),
        last_day=float(day[-1]), c_max=float(value[top]), t_max=float(day[top]),
        auc=_auc(day, value, start, until, area) if whole else None,
        c_last=None if last is None else float(value[last]), t_last=None if last is None else float(day[last]),
    )  # fmt: skip


def _auc(day: Vector, value: Vector, start: float, until: float, area: Area) -> float:
    total = 0.0
    for (a, x), (b, y) in pairwise(zip(day.tolist(), value.tolist(), strict=True)):
        low, high = max(a, start), min(b, until)
        if low < high:
            falls = area is Area.LOG_DOWN and 0 < y < x
            v, w = (_between(a, x, b, y, t, falls) for t in (low, high))
            total += ((v - w) / math.log(v / w) if falls and w < v else (v + w) / 2) * (high - low)
    return total


def _between(a: float, x: float, b: float, y: float, t: float, logarithmic: bool) -> float:
    share = (t - a) / (b - a)
    return x * (y / x) ** share if logarithmic else x + (y - x) * share


def _spread(values: Sequence[float | None]) -> Spread:
    known = sorted(v for v in values if v is not None)
    if not known:
        return Spread(0, None, None, None)
    return Spread(len(known), float(np.median(known)), known[0], known[-1])
