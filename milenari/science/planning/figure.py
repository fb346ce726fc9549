"""A figure of a scenario: a number with its unit, whether it is published, assumed or calibrated, and its source.

A `Spread` is a figure that varies. Its numbers are in one unit, its quantile function is exact, and a uniform number
from outside makes a value: whoever simulates decides where chance comes from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from milenari.science.unfit import Unfit


class Basis(StrEnum):
    """How a figure is known."""

    PUBLISHED = "published"
    ASSUMED = "assumed"
    CALIBRATED = "calibrated"


class Shape(StrEnum):
    """The family of a spread, and what `a` and `b` are in it."""

    FIXED = "fixed"  # a: the value
    UNIFORM = "uniform"  # a to b
    EXPONENTIAL = "exponential"  # a: the mean
    LOGNORMAL = "lognormal"  # a: the median, b: the coefficient of variation
    GAMMA = "gamma"  # a: the mean, b: the coefficient of variation


TWO = {Shape.UNIFORM, Shape.LOGNORMAL, Shape.GAMMA}


@dataclass(frozen=True)
class Figure:
    """One number; `source` says where it was read, or why it was assumed."""

    value: float
    unit: str
    basis: Basis
    source: str

    def __float__(self) -> float:
        return self.value

    @property
    def whole(self) -> int:
        """The figure as a count."""
        return round(self.value)


@dataclass(frozen=True)
class Spread:
    """A distribution of a quantity that is never negative."""

    shape: Shape
    a: float
    unit: str
    basis: Basis
    source: str
    b: float | None = None

    @property
    def second(self) -> float:
        return 0.0 if self.b is None else self.b

    @property
    def sigma(self) -> float:
        """Deviation of the natural logarithm, of a log-normal spread."""
        return math.sqrt(math.log1p(self.second**2))

    @property
    def mean(self) -> float:
        if self.shape is Shape.UNIFORM:
            return (self.a + self.second) / 2
        if self.shape is Shape.LOGNORMAL:
            return self.a * math.exp(self.sigma**2 / 2)
        return self.a

    def quantile(self, p: float) -> float:
        """The value that is not exceeded with probability `p`."""
        from scipy import special, stats

        if not 0 <= p < 1:
            raise Unfit("not-a-share", f"A quantile at {p:g} was asked for; it is at least 0 and below 1.", what="p")
        if self.shape is Shape.UNIFORM:
            return self.a + (self.second - self.a) * p
        if self.shape is Shape.EXPONENTIAL:
            return -self.a * math.log1p(-p)
        if self.shape is Shape.LOGNORMAL:
            return 0.0 if p == 0 else self.a * math.exp(self.sigma * float(special.ndtri(p)))
        if self.shape is Shape.GAMMA:
            form = 1 / self.second**2
            return float(stats.gamma.ppf(p, form, scale=self.a / form))
        return self.a

    def fault(self) -> str:
        """What is wrong with the numbers, in words; empty when nothing is."""
        if (self.b is None) == (self.shape in TWO):
            return f"is {self.shape}, which has {'two numbers, a and b' if self.shape in TWO else 'one number, a'}"
        if self.a < 0 or self.second < 0:
            return "is negative; a quantity that passes or is made is not"
        if self.shape is Shape.UNIFORM and self.second < self.a:
            return f"ends at {self.second:g} before it begins at {self.a:g}"
        if self.shape in (Shape.LOGNORMAL, Shape.GAMMA, Shape.EXPONENTIAL) and self.a == 0:
            return f"is {self.shape} around zero; write fixed 0"
        if self.shape in (Shape.LOGNORMAL, Shape.GAMMA) and self.second == 0:
            return f"is {self.shape} without variation; write fixed {self.a:g}"
        return ""
