"""A straight line through results over time, and when the confidence limit of its mean meets a specification.

The limit of the mean at time t is a + b t -+ T s sqrt(v(t)), with v a quadratic in t; where it equals a specification
limit is the root of a quadratic, found in closed form, not by search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from milenari.science.computed import Vector

NEVER = math.inf


@dataclass(frozen=True)
class Fitted:
    """A line with its error: v(t) = v0 + (t - middle)^2 / sxx, in units of the error variance s2."""

    intercept: float
    slope: float
    middle: float
    v0: float
    sxx: float
    s2: float
    df: int

    def with_error(self, s2: float, df: int) -> Fitted:
        """The same line with an error estimated elsewhere."""
        return replace(self, s2=s2, df=df)


@dataclass(frozen=True)
class Line:
    """Sums of one batch about its means, and what least squares makes of them."""

    n: int
    x: float
    y: float
    sxx: float
    sxy: float
    syy: float

    @classmethod
    def through(cls, months: Vector, values: Vector) -> Line:
        """Sums about the means."""
        x, y = float(months.mean()), float(values.mean())
        dx, dy = months - x, values - y
        return cls(len(months), x, y, float(dx @ dx), float(dx @ dy), float(dy @ dy))

    @property
    def slope(self) -> float:
        return self.sxy / self.sxx

    @property
    def intercept(self) -> float:
        return self.y - self.slope * self.x

    @property
    def rss(self) -> float:
        return max(0.0, self.syy - self.sxy * self.sxy / self.sxx)

    def rss_with(self, slope: float) -> float:
        """What is left with a slope that is not its own."""
        return self.rss + (self.slope - slope) ** 2 * self.sxx

    def alone(self) -> Fitted:
        """By itself; a line through two points has no error of its own."""
        df = self.n - 2
        return Fitted(self.intercept, self.slope, self.x, 1 / self.n, self.sxx, self.rss / df if df else 0.0, df)

    def sharing(self, slope: float, sxx: float, s2: float, df: int) -> Fitted:
        """With a slope common to several batches, whose sums of squares of time add up to ``sxx``."""
        return Fitted(self.y - slope * self.x, slope, self.x, 1 / self.n, sxx, s2, df)


def crossing(fit: Fitted, level: float, lower: float | None, upper: float | None) -> float:
    """The first time from 0 at which the confidence limit is beyond a specification limit; 0 at once, inf never.

    ``level`` is one-sided. A line without an error of its own gives 0: nothing is known about it.
    """
    from scipy import stats

    if fit.df < 1:
        return 0.0
    t2 = float(stats.t.ppf(level, fit.df)) ** 2 * fit.s2
    times = [NEVER]
    if lower is not None:
        times.append(_crossing(fit.intercept - lower, fit.slope, fit, t2))
    if upper is not None:
        times.append(_crossing(upper - fit.intercept, -fit.slope, fit, t2))
    return min(times)


def _crossing(room: float, slope: float, fit: Fitted, t2: float) -> float:
    """First t >= 0 where room + slope t = sqrt(t2 v(t)); the left side less the right is concave."""
    if room - math.sqrt(t2 * (fit.v0 + fit.middle**2 / fit.sxx)) <= 0:
        return 0.0
    a = slope * slope - t2 / fit.sxx
    b = 2 * (room * slope + t2 * fit.middle / fit.sxx)
    c = room * room - t2 * (fit.v0 + fit.middle**2 / fit.sxx)
    roots = [-c / b] if a == 0 and b != 0 else []
    if a != 0 and b * b - 4 * a * c >= 0:
        q = -0.5 * (b + math.copysign(math.sqrt(b * b - 4 * a * c), b))
        roots = [q / a, *([c / q] if q else [])]
    held = [t for t in roots if t > 0 and room + slope * t >= -1e-9 * abs(room)]
    return min(held, default=NEVER)
