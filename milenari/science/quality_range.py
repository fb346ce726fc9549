"""Quality range: do enough lots of a site fall within the mean +- k standard deviations of reference lots?

A criterion used for comparability of quality attributes; its weakness is what EMA's reflection paper on statistical
methodology (EMA/CHMP/138502/2017) discusses: it controls no error by itself. So it never comes without its operating
characteristic: the chance to pass as a function of the true shift and the true ratio of standard deviations, with the
reference's own sampling error included. Values in one unit; lots are taken as independent and normal for the curve.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, sample
from milenari.science.passing import SHIFTS, Chance, operating_characteristic, required

VERSION = "1"
REFERENCE = "EMA/CHMP/138502/2017 (discussion of the criterion); operating characteristic by quadrature"


@dataclass(frozen=True)
class QualityRange(Computed):
    """``outside`` are the places (from 0) of tested values beyond the range; ``met`` needs ``required`` inside."""

    n_reference: int
    n_tested: int
    mean: float
    sd: float
    k: float
    low: float
    high: float
    share: float
    required: int
    inside: int
    outside: tuple[int, ...]
    met: bool
    curve: tuple[Chance, ...]


def quality_range(reference: Iterable[Real], tested: Iterable[Real], k: float = 3.0, required_share: float = 0.9,
                  ratios: Sequence[float] = (1.0,)) -> QualityRange:  # fmt: skip
    """The range, who is outside, the verdict, and the operating characteristic of exactly this design."""
    ref, test = sample(reference, "reference value", 3), sample(tested, "tested value", 1, varying=False)
    if not (math.isfinite(k) and k > 0):
        raise Unfit("factor-unfit", f"The factor is {k:g}; it is a number of standard deviations above zero.")
    wanted = required(len(test), required_share)
    mean, sd = float(ref.mean()), float(ref.std(ddof=1))
    low, high = mean - k * sd, mean + k * sd
    beyond = tuple(int(at) for at in np.flatnonzero((test < low) | (test > high)))
    return QualityRange(
        method="quality-range", version=VERSION, reference=REFERENCE, n_reference=len(ref), n_tested=len(test),
        mean=mean, sd=sd, k=k, low=low, high=high, share=required_share, required=wanted,
        inside=len(test) - len(beyond), outside=beyond, met=len(test) - len(beyond) >= wanted,
        curve=operating_characteristic(len(ref), len(test), k, required_share, SHIFTS, ratios),
    )  # fmt: skip
