"""Exponentially weighted moving average chart.

Reference: Roberts 1959, doi:10.1080/00401706.1959.10489860; NIST/SEMATECH e-Handbook 6.3.2.4. z starts at the centre;
z = weight x + (1 - weight) z. Limits are centre +- reach sigma sqrt(weight / (2 - weight)), from the first point on
(``settled``, as in the handbook), or narrower at the start, where z has averaged less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.baseline import Baseline
from milenari.science.computed import Computed, Real, Unfit, Vector, sample

VERSION = "1"
REFERENCE = "Roberts 1959, doi:10.1080/00401706.1959.10489860; NIST/SEMATECH e-Handbook 6.3.2.4"


@dataclass(frozen=True)
class Ewma(Computed):
    """One average and one pair of limits per value; ``outside`` are places (from 0)."""

    centre: float
    sigma: float
    weight: float
    reach: float
    settled: bool
    averages: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    outside: tuple[int, ...]


def chart(values: Sequence[Real], base: Baseline, weight: float = 0.2, reach: float = 3.0,
          settled: bool = False) -> Ewma:  # fmt: skip
    """The chart of values in time order against a frozen baseline."""
    x = sample(values, "value", 1, varying=False)
    averages, width = averaged(x, base, weight, reach, settled)
    outside = np.flatnonzero(np.abs(averages - base.centre) > width)
    return Ewma(
        method="ewma-settled" if settled else "ewma", version=VERSION, reference=REFERENCE, centre=base.centre,
        sigma=base.sigma, weight=weight, reach=reach, settled=settled, averages=tuple(averages.tolist()),
        low=tuple((base.centre - width).tolist()), high=tuple((base.centre + width).tolist()),
        outside=tuple(int(k) for k in outside),
    )  # fmt: skip


def averaged(x: Vector, base: Baseline, weight: float, reach: float, settled: bool) -> tuple[Vector, Vector]:
    """The averages, and how far from the centre the limits are at each point."""
    from scipy.signal import lfilter

    if not 0 < weight <= 1:
        raise Unfit("weight-unfit", f"The weight is {weight:g}; it is above 0 and at most 1.")
    if not reach > 0:
        raise Unfit("weight-unfit", f"The limits are {reach:g} sigma away; give a number above 0.")
    z = base.centre + np.asarray(lfilter([weight], [1.0, weight - 1.0], x - base.centre))
    narrowed = np.ones(len(x)) if settled else 1 - (1 - weight) ** (2.0 * np.arange(1, len(x) + 1))
    return z, reach * base.sigma * np.sqrt(weight / (2 - weight) * narrowed)
