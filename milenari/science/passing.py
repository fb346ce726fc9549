"""The chance to pass: how often the rule "lots lie within mean +- k s of the reference lots" lets a site through.

The operating characteristic of a quality range and of a tolerance interval alike, for they differ in k only: the chance
to pass as a function of the true shift and of the true ratio of standard deviations, averaged over what the reference
lots may happen to be, by quadrature. Lots are independent and normal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Unfit, count, quadrature, share

SHIFTS = tuple(round(0.25 * step, 2) for step in range(17))  # in standard deviations of the reference


@dataclass(frozen=True)
class Chance:
    """Probability to pass when the tested site is ``shift`` reference deviations away, ``ratio`` times as variable."""

    shift: float
    ratio: float
    passes: float


def operating_characteristic(n_reference: int, n_tested: int, k: float, required_share: float,
                             shifts: Sequence[float], ratios: Sequence[float],
                             both: bool = True) -> tuple[Chance, ...]:  # fmt: skip
    """Chance to pass for every shift and ratio, averaged over what the reference lots may happen to be.

    Without ``both`` there is one limit, and a shift is one towards it.
    """
    from scipy import stats

    count(n_reference, 3, "The number of reference lots"), count(n_tested, 1, "The number of tested lots")
    wanted = required(n_tested, required_share)
    df = n_reference - 1
    nodes, weights = quadrature(60)
    z, wz = nodes * 8.0, weights * 8.0 * stats.norm.pdf(nodes * 8.0)  # the reference mean, in its own errors
    first, last = float(stats.chi.ppf(1e-12, df)), float(stats.chi.isf(1e-12, df))
    c = (last - first) / 2 * nodes + (last + first) / 2
    wc = (last - first) / 2 * weights * stats.chi.pdf(c, df)
    mean, sd = z[:, None] / math.sqrt(n_reference), c[None, :] / math.sqrt(df)
    made = []
    for ratio in ratios:
        if not ratio > 0:
            raise Unfit("no-spread", f"A ratio of standard deviations is above zero, not {ratio:g}.")
        for shift in shifts:
            held = stats.norm.cdf((mean + k * sd - shift) / ratio)
            if both:
                held = held - stats.norm.cdf((mean - k * sd - shift) / ratio)
            passes = stats.binom.sf(wanted - 1, n_tested, np.clip(held, 0, 1))
            made.append(Chance(float(shift), float(ratio), float(np.clip(wz @ passes @ wc, 0, 1))))
    return tuple(made)


def required(n: int, required_share: float) -> int:
    """How many of n lots have to be within."""
    if required_share != 1:
        share(required_share, "The required share")
    return math.ceil(required_share * n - 1e-9)
