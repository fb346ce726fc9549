"""Binomial probabilities in rows, and the questions every design asks of the rates it is given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from milenari.science.computed import Unfit, Vector, share

LARGEST = 500  # patients a search may go through: far above any early-phase trial


def pmf(n: int, p: float) -> Vector:
    """P(X = 0 ... n)."""
    from scipy import stats

    return np.asarray(stats.binom.pmf(np.arange(n + 1), n, p), dtype=np.float64)


def above(n: int, p: float) -> Vector:
    """P(X > 0 ... n)."""
    from scipy import special

    return np.asarray(special.bdtrc(np.arange(n + 1), n, p), dtype=np.float64)


def rates(p0: float, p1: float, alpha: float, beta: float) -> None:
    """The four numbers of a test of p0 against a higher p1, or Unfit."""
    share(p0, "p0"), share(p1, "p1")
    errors(alpha, beta)
    if p0 >= p1:
        raise Unfit("rates-crossed", f"p0 is {p0:g} and p1 is {p1:g}: p0 is the rate that is not enough and p1 the "
                    "higher one worth finding. Exchange or correct them.", p0=p0, p1=p1)  # fmt: skip


def errors(alpha: float, beta: float) -> None:
    """Two error rates below one half, or Unfit."""
    for what, value in (("alpha", alpha), ("beta", beta)):
        share(value, what)
        if value >= 0.5:
            raise Unfit("not-a-share", f"{what} is {value:g}; an error rate is below one half. Write 0.05 for 5 %.",
                        what=what)  # fmt: skip


def doses(values: Sequence[float], what: str = "The true rate", rising: bool = False) -> tuple[float, ...]:
    """One probability per dose, 1 to 20 doses, or Unfit; ``rising`` asks for strictly more at each dose."""
    if not 1 <= len(values) <= 20:
        raise Unfit("dose-count", f"{len(values)} doses are given; there are 1 to 20.", given=len(values))
    for at, value in enumerate(values):
        if not (math.isfinite(value) and 0 <= value <= 1) or (rising and not 0 < value < 1):
            raise Unfit("not-a-share", f"{what} at dose {at + 1} is {value:g}; it is a number between 0 and 1.",
                        what=what, dose=at + 1)  # fmt: skip
    if rising and any(b <= a for a, b in pairwise(values)):
        raise Unfit("not-rising", f"{what} has to rise from dose to dose: {', '.join(f'{v:g}' for v in values)}.")
    return tuple(float(v) for v in values)


def most(n_max: int, least: int = 2) -> int:
    """The largest size a search looks at, or Unfit."""
    if not least <= n_max <= LARGEST:
        raise Unfit("size-out-of-range", f"The largest size to look at is {n_max}; it is {least} to {LARGEST}.",
                    given=n_max, least=least, most=LARGEST)  # fmt: skip
    return n_max
