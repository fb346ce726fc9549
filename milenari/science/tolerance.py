"""Tolerance intervals: limits that hold a share of all future values with a stated confidence.

Normal, two-sided: exact factor (Odeh 1978, doi:10.1080/03610917808812073; the definition as in ISO 16269-6) by
quadrature, or Howe's approximation (Howe 1969, doi:10.1080/01621459.1969.10500999) as in the NIST/SEMATECH e-Handbook
7.2.6.3. One-sided: exact, noncentral t. Nonparametric: order statistics (Wilks 1941, doi:10.1214/aoms/1177731788).
Values are a row of floats in one unit; limits are in that unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, Vector, count, quadrature, sample, share
from milenari.science.passing import SHIFTS, Chance, operating_characteristic

VERSION = "1"


class Side(StrEnum):
    """Which ends an interval has."""

    BOTH = "both"
    LOWER = "lower"
    UPPER = "upper"


class Kind(StrEnum):
    """How the limits are found."""

    EXACT = "exact"
    HOWE = "howe"
    RANKS = "nonparametric"


@dataclass(frozen=True)
class Tolerance(Computed):
    """``low``/``high`` are infinite where the interval is open; ``factor`` is None for ranks.

    ``achieved`` is the confidence the interval has: the one asked for, or with ranks what the sample can give;
    ``needed`` is the sample size with which the extreme values alone would reach it. ``curve`` is the chance that all
    of ``tested`` values of another site lie within, by how far that site is off; empty where nobody asked.
    """

    kind: Kind
    side: Side
    n: int
    coverage: float
    confidence: float
    mean: float
    sd: float
    factor: float | None
    low: float
    high: float
    achieved: float
    needed: int
    tested: int = 0
    curve: tuple[Chance, ...] = ()


def normal(values: Iterable[Real], coverage: float = 0.95, confidence: float = 0.95, side: Side = Side.BOTH,
           howe: bool = False, tested: int = 0) -> Tolerance:  # fmt: skip
    """mean +- k s of values that are normal; look at a plot first, the factor trusts the shape.

    With ``tested`` the operating characteristic of "so many values of another site all lie within" comes along.
    """
    x = sample(values, "value", 2)
    mean, sd, n = float(x.mean()), float(x.std(ddof=1)), len(x)
    if side is not Side.BOTH and howe:
        raise Unfit("one-sided-is-exact", "Howe's factor is two-sided; one-sided factors are exact already.")
    k = two_sided_factor(n, coverage, confidence, howe) if side is Side.BOTH else one_sided_factor(
        n, coverage, confidence)  # fmt: skip
    kind = Kind.HOWE if howe else Kind.EXACT
    curve = operating_characteristic(n, tested, k, 1, SHIFTS, (1.0,), side is Side.BOTH) if tested else ()
    return Tolerance(
        method=f"tolerance-normal-{side}-{kind}", version=VERSION, kind=kind, side=side, n=n, coverage=coverage,
        reference="Howe 1969, doi:10.1080/01621459.1969.10500999" if howe else "ISO 16269-6; Odeh 1978, "
        "doi:10.1080/03610917808812073", confidence=confidence, mean=mean, sd=sd, factor=k,
        low=-math.inf if side is Side.UPPER else mean - k * sd, high=math.inf if side is Side.LOWER else mean + k * sd,
        achieved=confidence, needed=2, tested=tested, curve=curve,
    )  # fmt: skip


def two_sided_factor(n: int, coverage: float, confidence: float, howe: bool = False) -> float:
    """k such that mean +- k s holds the share ``coverage`` with ``confidence``; n of 2 or more."""
    from scipy import stats

    count(n, 2, "The number of values"), share(coverage, "The coverage"), share(confidence, "The confidence")
    df = n - 1
    approximate = float(
        stats.norm.ppf((1 + coverage) / 2) * math.sqrt(df * (1 + 1 / n) / stats.chi2.ppf(1 - confidence, df))
    )
    if howe:
        return approximate
    from scipy import special
    from scipy.optimize import brentq

    # The mean's error x is normal with variance 1/n; given x, coverage holds when s exceeds r(x)/k.
    nodes, weights = quadrature(120)
    x = 8.5 / math.sqrt(n) * (nodes + 1) / 2
    weight = weights * 8.5 / math.sqrt(n) * stats.norm.pdf(x * math.sqrt(n)) * math.sqrt(n)
    needed = _half_width(x, coverage) ** 2

    def short(k: float) -> float:
        return float(np.sum(weight * special.gammaincc(df / 2, df * needed / (2 * k * k)))) - confidence

    low, high = approximate / 2, approximate * 2
    while short(low) > 0:
        low /= 2
    while short(high) < 0:
        high *= 2
    return float(brentq(short, low, high, xtol=1e-13, rtol=1e-13))


def _half_width(x: Vector, coverage: float) -> Vector:
    """r with P(|Z - x| <= r) = coverage, by halving."""
    from scipy import special

    low, high = np.zeros_like(x), x + 9.0
    for _ in range(60):
        middle = (low + high) / 2
        short = special.ndtr(x + middle) - special.ndtr(x - middle) < coverage
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray((low + high) / 2)


def one_sided_factor(n: int, coverage: float, confidence: float) -> float:
    """k such that mean + k s (or mean - k s) bounds the share ``coverage`` with ``confidence``; exact."""
    from scipy import stats

    count(n, 2, "The number of values"), share(coverage, "The coverage"), share(confidence, "The confidence")
    shift = float(stats.norm.ppf(coverage)) * math.sqrt(n)
    return float(stats.nct.ppf(confidence, n - 1, shift)) / math.sqrt(n)


def by_ranks(values: Iterable[Real], coverage: float = 0.95, confidence: float = 0.95,
             side: Side = Side.BOTH) -> Tolerance:  # fmt: skip
    """Limits at order statistics, whatever the distribution; with too few values the extremes, and what they achieve.

    The interval is the innermost one (ends trimmed evenly, the upper end first) that still has the confidence.
    """
    from scipy import stats

    x = np.sort(sample(values, "value", 2))
    share(coverage, "The coverage"), share(confidence, "The confidence")
    n = len(x)

    def held(trimmed: int) -> float:  # n + 1 - trimmed spacings out of n + 1: coverage is beta distributed
        return float(stats.beta.sf(coverage, n + 1 - trimmed, trimmed)) if trimmed <= n else 0.0

    least = 2 if side is Side.BOTH else 1
    trimmed, beyond = least, n
    while beyond - trimmed > 1:
        middle = (trimmed + beyond) // 2
        trimmed, beyond = (middle, beyond) if held(middle) >= confidence else (trimmed, middle)
    above, below = ((trimmed + 1) // 2, trimmed // 2) if side is Side.BOTH else (trimmed, trimmed)
    return Tolerance(
        method=f"tolerance-ranks-{side}", version=VERSION, reference="Wilks 1941, doi:10.1214/aoms/1177731788",
        kind=Kind.RANKS, side=side, n=n, coverage=coverage, confidence=confidence, mean=float(x.mean()),
        sd=float(x.std(ddof=1)), factor=None, low=-math.inf if side is Side.UPPER else float(x[below - 1]),
        high=math.inf if side is Side.LOWER else float(x[n - above]), achieved=held(trimmed),
        needed=ranks_needed(coverage, confidence, side),
    )  # fmt: skip


def ranks_needed(coverage: float, confidence: float, side: Side = Side.BOTH) -> int:
    """How many values until the extremes alone hold ``coverage`` with ``confidence``: 93 for 95/95, 59 one-sided."""
    share(coverage, "The coverage"), share(confidence, "The confidence")

    def held(n: int) -> float:
        one = 1 - coverage**n
        return one if side is not Side.BOTH else one - n * coverage ** (n - 1) * (1 - coverage)

    low, high = 1, 2
    while held(high) < confidence:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if held(middle) >= confidence else (middle, high)
    return high
