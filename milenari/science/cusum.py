"""Tabular cumulative sum chart: small lasting shifts, up and down separately.

Reference: Page 1954, doi:10.1093/biomet/41.1-2.100; NIST/SEMATECH e-Handbook 6.3.2.3. Upper sum: the larger of 0 and
previous + x - centre - slack; lower sum the same downwards. A signal stands while a sum is above the decision
interval; sums are not reset by it. Slack k and decision interval h are given in sigma (the usual k 0.5, h 5 finds a
shift of one sigma in about ten points and errs once in some 465: Montgomery, Introduction to Statistical Quality
Control, recalled, not re-read).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.baseline import Baseline
from milenari.science.computed import Computed, Real, Unfit, Vector, sample

VERSION = "1"
REFERENCE = "Page 1954, doi:10.1093/biomet/41.1-2.100; NIST/SEMATECH e-Handbook 6.3.2.3"


@dataclass(frozen=True)
class Cusum(Computed):
    """Sums in the unit of the values; ``began``: for the first signal of each side, where its sum had left
    zero (places from 0)."""

    centre: float
    sigma: float
    slack: float
    decision: float
    upper: tuple[float, ...]
    lower: tuple[float, ...]
    above: tuple[int, ...]
    below: tuple[int, ...]
    began: dict[int, int]


def chart(values: Sequence[Real], base: Baseline, k: float = 0.5, h: float = 5.0) -> Cusum:
    """The chart of values in time order against a frozen baseline."""
    x = sample(values, "value", 1, varying=False)
    up, down, limit = sums(x, base, k, h)
    above, below = np.flatnonzero(up > limit), np.flatnonzero(down > limit)
    began = {int(at): _left_zero(side, int(at)) for side, places in ((up, above), (down, below)) for at in places[:1]}
    return Cusum(
        method="cusum-tabular", version=VERSION, reference=REFERENCE, centre=base.centre, sigma=base.sigma,
        slack=k * base.sigma, decision=limit, upper=tuple(up.tolist()), lower=tuple(down.tolist()),
        above=tuple(int(at) for at in above), below=tuple(int(at) for at in below), began=began,
    )  # fmt: skip


def sums(x: Vector, base: Baseline, k: float, h: float) -> tuple[Vector, Vector, float]:
    """Upper sums, lower sums, and the decision interval in the unit of the values."""
    if not (k >= 0 and h > 0):
        raise Unfit("weight-unfit", f"Slack {k:g} and decision interval {h:g}: the first is not negative, the second "
                    "above 0, both in sigma.")  # fmt: skip
    slack = k * base.sigma
    return _summed(x - base.centre - slack), _summed(base.centre - x - slack), h * base.sigma


def _summed(steps: Vector) -> Vector:
    """max(0, previous + step) at every point: the running sum above its own running minimum."""
    made, total = np.empty(len(steps)), 0.0
    for at, step in enumerate(steps.tolist()):
        total = total + step if total + step > 0 else 0.0
        made[at] = total
    return made


def _left_zero(side: Vector, at: int) -> int:
    before = np.flatnonzero(side[: at + 1] == 0)
    return int(before[-1]) + 1 if len(before) else 0
