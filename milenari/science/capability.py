"""Capability of a process against its limits: Cp and Cpk (short term), Pp and Ppk (overall), with intervals.

Reference: NIST/SEMATECH e-Handbook 6.1.6 (doi:10.18434/M32189). Overall deviation: the sample's (n - 1). Short-term
deviation: mean moving range of neighbours over d2 = 1.128, so values are in time order. Intervals: Cp and Pp from the
chi-square distribution (exact for Pp of normal values); Cpk and Ppk by Bissell 1990 (doi:10.2307/2347383), an
approximation; short-term indices use the degrees of freedom that give a chi-square deviation the same relative
variance as the mean moving range (computed below). Limits and values are in one unit; one limit may be missing, and
then Cp and Pp are too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, count, sample, share, spread

VERSION = "1"
REFERENCE = "NIST/SEMATECH e-Handbook 6.1.6, doi:10.18434/M32189; Bissell 1990, doi:10.2307/2347383"
D2 = 1.128
FEWEST, SETTLED = 8, 25  # below the first no index; below the second it is provisional


@dataclass(frozen=True)
class Index:
    """One capability index with its interval."""

    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Capability(Computed):
    """Indices are None where the limit they need is missing, short-term ones also where there is no time order."""

    n: int
    mean: float
    sd: float
    sd_within: float | None
    lower: float | None
    upper: float | None
    confidence: float
    cp: Index | None
    cpk: Index | None
    pp: Index | None
    ppk: Index | None
    outside: int | None
    provisional: bool


def of_values(values: Sequence[Real], lower: float | None, upper: float | None, confidence: float = 0.95) -> Capability:
    """Capability of values in time order. Raises Unfit."""
    x = sample(values, "value", FEWEST)
    _limits(lower, upper)
    within = float(np.abs(np.diff(x)).mean()) / D2
    beyond = int(((x < (-math.inf if lower is None else lower)) | (x > (math.inf if upper is None else upper))).sum())
    return _made(float(x.mean()), float(x.std(ddof=1)), within, len(x), lower, upper, confidence, beyond)


def of_summary(mean: float, sd: float, n: int, lower: float | None, upper: float | None,
               confidence: float = 0.95) -> Capability:  # fmt: skip
    """Overall capability from a mean, a standard deviation and the number of values; Cp and Cpk equal Pp and Ppk."""
    spread(sd, "The standard deviation"), count(n, 2, "The number of values")
    if not math.isfinite(mean):
        raise Unfit("not-a-number", f"The mean is {mean}, not a finite number.")
    _limits(lower, upper)
    return _made(mean, sd, None, n, lower, upper, confidence, None)


def moving_range_freedom(n: int) -> float:
    """Degrees of freedom of a deviation from the mean moving range of n independent normal values."""
    m = count(n, 2, "The number of values") - 1
    mean = 2 / math.sqrt(math.pi)
    alone = 2 - mean * mean  # variance of one range, in variances of a value
    beside = 4 / math.pi * (math.sqrt(3) / 2 + math.pi / 12) - mean * mean  # covariance of two that share a value
    relative = (m * alone + 2 * (m - 1) * beside) / (m * m * mean * mean)
    return 1 / (2 * relative)


def _limits(lower: float | None, upper: float | None) -> None:
    if lower is None and upper is None:
        raise Unfit("no-limit", "Give a lower limit, an upper limit, or both.")
    if any(limit is not None and not math.isfinite(limit) for limit in (lower, upper)):
        raise Unfit("not-a-number", "A limit is not a finite number.")
    if lower is not None and upper is not None and lower >= upper:
        raise Unfit("limits-crossed", f"The lower limit {lower:g} is not below the upper limit {upper:g}.")


def _made(mean: float, sd: float, within: float | None, n: int, lower: float | None, upper: float | None,
          confidence: float, beyond: int | None) -> Capability:  # fmt: skip
    share(confidence, "The confidence")
    if within == 0:
        raise Unfit("constant", "Neighbouring values never differ, so there is no short-term variation to judge by.")
    short, short_df = (within, moving_range_freedom(n)) if within else (sd, n - 1.0)
    return Capability(
        method="capability", version=VERSION, reference=REFERENCE, n=n, mean=mean, sd=sd, sd_within=within,
        lower=lower, upper=upper, confidence=confidence, cp=_spread_index(lower, upper, short, short_df, confidence),
        cpk=_nearest(mean, lower, upper, short, short_df, n, confidence),
        pp=_spread_index(lower, upper, sd, n - 1.0, confidence),
        ppk=_nearest(mean, lower, upper, sd, n - 1.0, n, confidence), outside=beyond, provisional=n < SETTLED,
    )  # fmt: skip


def _spread_index(lower: float | None, upper: float | None, sd: float, df: float, confidence: float) -> Index | None:
    from scipy import stats

    if lower is None or upper is None:
        return None
    value = (upper - lower) / (6 * sd)
    ends = stats.chi2.ppf([(1 - confidence) / 2, (1 + confidence) / 2], df)
    return Index(value, value * math.sqrt(ends[0] / df), value * math.sqrt(ends[1] / df))


def _nearest(mean: float, lower: float | None, upper: float | None, sd: float, df: float, n: int,
             confidence: float) -> Index:  # fmt: skip
    from scipy import stats

    sides = [*([] if lower is None else [mean - lower]), *([] if upper is None else [upper - mean])]
    value = min(sides) / (3 * sd)
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(1 / (9 * n) + value * value / (2 * df))
    return Index(value, value - reach, value + reach)
