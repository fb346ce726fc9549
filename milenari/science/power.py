"""How much a comparison can show: power of TOST, sample size, smallest margin and smallest detectable difference.

Reference: Phillips 1990, J Pharmacokinet Biopharm 18:137-144, doi:10.1007/BF01063556 (power of TOST); the integral over
the distribution of the standard deviation is exact up to quadrature (Gauss-Legendre, 200 nodes, absolute error below
1e-9). Deviations are those of single values, or of differences of pairs for a paired design; on the ratio scale they
are those of natural logarithms (log_sd turns a coefficient of variation into one).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, count, quadrature, share, spread
from milenari.science.equivalence import Design, Margin, error_of

VERSION = "1"
REFERENCE = "Phillips 1990, doi:10.1007/BF01063556"
MOST = 100_000  # per group; beyond it the margin is called out of reach


@dataclass(frozen=True)
class Power(Computed):
    """What a design of ``n`` per group can show; ``curve`` has (n per group, power) for a plot.

    ``enough`` is the smallest n per group that reaches ``target``, None when none up to the bound does.
    ``smallest_margin`` is the narrowest margin (a reach, or an upper ratio end) that would be met with ``target``
    power if there were no true difference; ``smallest_difference`` is the difference (or ratio) a two-sided t test at
    ``alpha`` would detect with ``target`` power.
    """

    design: Design
    ratio: bool
    n: int
    sd: float
    true_difference: float
    margin_low: float
    margin_high: float
    alpha: float
    power: float
    target: float
    enough: int | None
    smallest_margin: float
    smallest_difference: float
    curve: tuple[tuple[int, float], ...]


def tost_power(se: float, df: float, ends: tuple[float, float], true: float, alpha: float = 0.05) -> float:
    """Probability that TOST concludes equivalence, on the scale of the calculation."""
    from scipy import special, stats

    t = float(stats.t.ppf(1 - alpha, df))
    low, high = (ends[0] - true) / se, (ends[1] - true) / se

    def concluded(u: Vector) -> Vector:
        return np.asarray(np.maximum(special.ndtr(high - t * u) - special.ndtr(low + t * u), 0))

    return _averaged(concluded, df, (high - low) / (2 * t))


def _averaged(given: Callable[[Vector], Vector], df: float, last: float = math.inf) -> float:
    """A probability given the deviation u, in true deviations, averaged over what u may be, up to ``last``."""
    from scipy import special

    scale = math.sqrt(df)
    first = math.sqrt(2 * float(special.gammaincinv(df / 2, 1e-14))) / scale
    last = min(last, math.sqrt(2 * float(special.gammainccinv(df / 2, 1e-14))) / scale)
    if last <= first:
        return 0.0
    nodes, weights = quadrature(200)
    u = (last - first) / 2 * nodes + (last + first) / 2
    x = u * scale
    density = scale * np.exp((df - 1) * np.log(x) - x * x / 2 - (df / 2 - 1) * math.log(2) - special.gammaln(df / 2))
    return float(min(1.0, max(0.0, (last - first) / 2 * np.sum(weights * given(u) * density))))


def log_sd(cv: float) -> float:
    """Standard deviation of the natural logarithm of a log-normal quantity with this coefficient of variation."""
    return math.sqrt(math.log1p(spread(cv, "The coefficient of variation") ** 2))


def of_design(design: Design, n: int, sd: float, margin: Margin, true_difference: float | None = None,
              alpha: float = 0.05, target: float = 0.8) -> Power:  # fmt: skip
    """Everything about one design with ``n`` pairs, or ``n`` in each of two groups of equal deviation ``sd``.

    ``true_difference`` is a difference, or a ratio on the ratio scale; by default none at all (0, or 1).
    """
    count(n, 2, "The number per group")
    spread(sd, "The standard deviation")
    share(alpha, "alpha"), share(target, "The wanted power")
    if alpha >= 0.5:
        raise Unfit("not-a-share", f"alpha is {alpha:g}; for one-sided tests it is below one half.", what="alpha")
    still = 1.0 if margin.ratio else 0.0
    given = still if true_difference is None else true_difference
    if margin.ratio and given <= 0:
        raise Unfit("not-positive", f"The true ratio is {given:g}; a ratio is above zero.")
    true = math.log(given) if margin.ratio else given

    def at(size: int) -> float:
        return tost_power(*_error(design, sd, size), margin.ends, true, alpha)

    se, df = _error(design, sd, n)
    narrow = _solve(lambda reach: tost_power(se, df, (-reach, reach), 0.0, alpha) - target, se)
    apart = _solve(lambda gap: _t_power(gap / se, df, alpha) - target, se)
    low, high = margin.ends
    enough = _first(at, target) if low < true < high else None
    sizes = sorted({*range(2, 13), n, *(round(12 * 1.25**k) for k in range(1, 12)), *([enough] if enough else [])})
    shown = [math.exp(x) if margin.ratio else x for x in (narrow, apart)]
    return Power(
        method=f"tost-power-{design}", version=VERSION, reference=REFERENCE, design=design, ratio=margin.ratio, n=n,
        sd=sd, true_difference=given, margin_low=margin.low, margin_high=margin.high, alpha=alpha, power=at(n),
        target=target, enough=enough, smallest_margin=shown[0], smallest_difference=shown[1],
        curve=tuple((size, at(size)) for size in sizes if size <= max(4 * n, 2 * (enough or 0), 24)),
    )  # fmt: skip


def _error(design: Design, sd: float, n: int) -> tuple[float, float]:
    return error_of(design, (sd,), (n,)) if design is Design.PAIRED else error_of(design, (sd, sd), (n, n))


def _t_power(shift: float, df: float, alpha: float) -> float:
    from scipy import special, stats

    t = float(stats.t.ppf(1 - alpha / 2, df))
    return _averaged(lambda u: special.ndtr(shift - t * u) + special.ndtr(-t * u - shift), df)


def _solve(short: Callable[[float], float], unit: float) -> float:
    """Where a rising function of a distance passes zero, to twelve digits."""
    from scipy.optimize import brentq

    last = unit
    while short(last) < 0:
        last *= 2
        if last > unit * 1e9:
            raise Unfit("out-of-reach", "No margin however wide reaches the wanted power. Ask for less power.")
    return float(brentq(short, 0.0, last, xtol=unit * 1e-13, rtol=1e-13))


def _first(at: Callable[[int], float], target: float) -> int | None:
    low, high = 1, 2
    while at(high) < target:
        low, high = high, high * 2
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle) >= target else (middle, high)
    return high
