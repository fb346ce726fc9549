"""Two one-sided tests (TOST): is a difference of means inside a margin agreed beforehand?

Reference: Schuirmann 1987, J Pharmacokinet Biopharm 15:657-680, doi:10.1007/BF01068419; Welch's degrees of freedom:
Welch 1947, doi:10.1093/biomet/34.1-2.28. Samples are rows of floats in one unit; the first is the one whose mean is
compared with the second's: estimate = first - second (or first / second on the ratio scale, where logarithms are
compared and every value must be above zero). The interval has level 1 - 2 alpha.

The three outcomes, exactly:

- ``equivalent``: both one-sided p-values are below alpha; the same as: the interval lies strictly inside the margin;
- ``not-equivalent``: the whole interval lies at or beyond one end of the margin;
- ``not-enough-data``: anything else. It is a result, not a failure, and says nothing for or against.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, count, sample, share, spread

VERSION = "1"
REFERENCE = "Schuirmann 1987, doi:10.1007/BF01068419"


class Outcome(StrEnum):
    """What a comparison came to."""

    EQUIVALENT = "equivalent"
    NOT_EQUIVALENT = "not-equivalent"
    NOT_ENOUGH = "not-enough-data"


class Design(StrEnum):
    """How the samples belong together: pairs, or two independent groups with separate or one common variance."""

    PAIRED = "paired"
    WELCH = "welch"
    POOLED = "pooled"


@dataclass(frozen=True)
class Margin:
    """The largest difference that does not matter: two ends in the unit of the values, or as ratios around one."""

    low: float
    high: float
    ratio: bool = False

    def __post_init__(self) -> None:
        still = 1.0 if self.ratio else 0.0
        ends = (self.low, self.high)
        if (
            not all(math.isfinite(x) for x in ends)
            or (self.ratio and self.low <= 0)
            or not self.low < still < self.high
        ):
            raise Unfit("margin-unfit", f"The margin {self.low:g} to {self.high:g} does not enclose {still:g}, which "
                        "is no difference. Give a lower end below and an upper end above it.", low=self.low,
                        high=self.high)  # fmt: skip

    @property
    def ends(self) -> tuple[float, float]:
        """The ends on the scale of the calculation: as they are, or their logarithms."""
        return (math.log(self.low), math.log(self.high)) if self.ratio else (self.low, self.high)

    @classmethod
    def symmetric(cls, reach: float) -> Margin:
        """From minus ``reach`` to ``reach``."""
        return cls(-reach, reach)


@dataclass(frozen=True)
class Equivalence(Computed):
    """``estimate`` and the interval are on the scale of the margin; ``se`` is on the scale of the calculation."""

    design: Design
    ratio: bool
    n: tuple[int, ...]
    estimate: float
    se: float
    df: float
    margin_low: float
    margin_high: float
    alpha: float
    t_low: float
    t_high: float
    p_low: float
    p_high: float
    p: float
    ci_low: float
    ci_high: float
    outcome: Outcome


def from_error(estimate: float, se: float, df: float, margin: Margin, alpha: float = 0.05,
               design: Design = Design.PAIRED, n: tuple[int, ...] = ()) -> Equivalence:  # fmt: skip
    """TOST from an estimate, its standard error and its degrees of freedom, on the scale of the calculation.

    On the ratio scale ``estimate`` and ``se`` are those of the difference of logarithms. Raises Unfit.
    """
    from scipy import stats

    share(alpha, "alpha")
    spread(se, "The standard error")
    if alpha >= 0.5 or not math.isfinite(estimate) or not (math.isfinite(df) and df > 0):
        raise Unfit("summary-unfit", f"Estimate {estimate:g}, degrees of freedom {df:g}, alpha {alpha:g}: the first is "
                    "finite, the second above zero, the third below one half.")  # fmt: skip
    low, high = margin.ends
    t_low, t_high = (estimate - low) / se, (estimate - high) / se
    p_low, p_high = float(stats.t.sf(t_low, df)), float(stats.t.cdf(t_high, df))
    reach = float(stats.t.ppf(1 - alpha, df)) * se
    ci = (estimate - reach, estimate + reach)
    if max(p_low, p_high) < alpha:
        outcome = Outcome.EQUIVALENT
    elif ci[0] >= high or ci[1] <= low:
        outcome = Outcome.NOT_EQUIVALENT
    else:
        outcome = Outcome.NOT_ENOUGH
    shown = [_bounded_exp(x) if margin.ratio else x for x in (estimate, *ci)]
    return Equivalence(
        method=f"tost-{design}", version=VERSION, reference=REFERENCE, design=design, ratio=margin.ratio, n=n,
        estimate=shown[0], se=se, df=df, margin_low=margin.low, margin_high=margin.high, alpha=alpha, t_low=t_low,
        t_high=t_high, p_low=p_low, p_high=p_high, p=max(p_low, p_high), ci_low=shown[1], ci_high=shown[2],
        outcome=outcome,
    )  # fmt: skip


def _bounded_exp(x: float) -> float:
    return math.inf if x > 709 else math.exp(x)


def paired(first: Iterable[Real], second: Iterable[Real], margin: Margin, alpha: float = 0.05) -> Equivalence:
    """TOST of pairs, e.g. halves of one apheresis made at two sites; both samples in the same order."""
    a, b = _taken(first, "first", margin, 2), _taken(second, "second", margin, 2)
    if len(a) != len(b):
        raise Unfit("pairs-incomplete", f"The first sample has {len(a)} values and the second {len(b)}; a paired "
                    "comparison needs both values of every pair.", first=len(a), second=len(b))  # fmt: skip
    differences = a - b
    sd = float(np.std(differences, ddof=1))
    if sd <= 1e-13 * max(float(np.max(np.abs(a))), float(np.max(np.abs(b))), 1e-300):
        raise Unfit("constant", "Every pair differs by the same amount, so there is no variation to judge by. Record "
                    "more decimals or more pairs.")  # fmt: skip
    se = sd / math.sqrt(len(a))
    return from_error(float(np.mean(differences)), se, len(a) - 1, margin, alpha, Design.PAIRED, (len(a),))


def unpaired(first: Iterable[Real], second: Iterable[Real], margin: Margin, alpha: float = 0.05,
             pooled: bool = False) -> Equivalence:  # fmt: skip
    """TOST of two independent samples; variances separate (Welch) unless ``pooled``. Sizes may differ, each 2 or more.

    One of the samples may be constant, not both.
    """
    a, b = _taken(first, "first", margin, 2), _taken(second, "second", margin, 2)
    means, sds = (float(a.mean()), float(b.mean())), (float(a.std(ddof=1)), float(b.std(ddof=1)))
    return from_summary(means, sds, (len(a), len(b)), margin, alpha, pooled)


def from_summary(means: tuple[float, float], sds: tuple[float, float], n: tuple[int, int], margin: Margin,
                 alpha: float = 0.05, pooled: bool = False) -> Equivalence:  # fmt: skip
    """TOST of two independent samples from their means, standard deviations and sizes.

    On the ratio scale means and deviations are those of the natural logarithms.
    """
    design = Design.POOLED if pooled else Design.WELCH
    se, df = error_of(design, sds, n)
    return from_error(means[0] - means[1], se, df, margin, alpha, design, n)


def error_of(design: Design, sds: tuple[float, ...], n: tuple[int, ...]) -> tuple[float, float]:
    """Standard error of the difference and its degrees of freedom; paired: one deviation (of differences), one size."""
    sizes = [count(size, 2, "The number of values") for size in n]
    if any(not math.isfinite(sd) or sd < 0 for sd in sds):
        raise Unfit("no-spread", f"Standard deviations {sds}: each is a finite number and none is negative.")
    if not any(sds):
        raise Unfit("constant", "Both standard deviations are zero, so there is no variation to judge by. Record more "
                    "decimals or more samples.")  # fmt: skip
    if design is Design.PAIRED:
        return sds[0] / math.sqrt(sizes[0]), float(sizes[0] - 1)
    parts = [sd * sd / size for sd, size in zip(sds, sizes, strict=True)]
    if design is Design.WELCH:
        df = sum(parts) ** 2 / sum(part * part / (size - 1) for part, size in zip(parts, sizes, strict=True))
        return math.sqrt(sum(parts)), df
    df = sum(sizes) - 2
    common = sum(sd * sd * (size - 1) for sd, size in zip(sds, sizes, strict=True)) / df
    return math.sqrt(common * sum(1 / size for size in sizes)), float(df)


def _taken(values: Iterable[Real], name: str, margin: Margin, least: int) -> np.ndarray:
    made = sample(values, f"{name} sample, value", least, varying=False, positive=margin.ratio)
    return np.log(made) if margin.ratio else made
