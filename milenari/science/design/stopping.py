"""Stopping boundaries for toxicity, looked at after every patient or at stated looks, with exact probabilities.

``pocock``: stop when the binomial tail P(Y >= y | n, p0) falls to a constant, the same at every look (Ivanova, Qaqish &
Schell 2005, Biometrics 61:540-545, doi:10.1111/j.1541-0420.2005.00311.x). ``obf``: stop at y >= n p0 + c sqrt(N p0
(1 - p0)) (O'Brien & Fleming 1979, doi:10.2307/2530245, on binomial counts, Martens & Logan 2024, Clin Trials
21:152-161, doi:10.1177/17407745231203391). ``bayes``: stop when P(rate > p0 | data) under a Beta prior reaches a
constant (Thall & Simon 1994, Biometrics 50:337-349, doi:10.2307/2533377; Geller et al. 2003). The constant is either
given, or the least strict one whose exact probability of ever stopping under p0 is within alpha.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, share
from milenari.science.design import binomial

VERSION = "1"
REFERENCE = "Ivanova, Qaqish & Schell 2005, doi:10.1111/j.1541-0420.2005.00311.x; Martens & Logan 2024"
STEPS = 45  # halvings: the constant to 1e-12, far finer than boundaries differ


class Shape(StrEnum):
    """How strict early looks are."""

    POCOCK = "pocock"
    OBF = "obf"
    BAYES = "bayes"


@dataclass(frozen=True)
class Look:
    """After ``n`` patients stop at ``stop_at`` toxicities or more; above n it cannot happen yet."""

    n: int
    stop_at: int


@dataclass(frozen=True)
class Crossing:
    """What the boundary does at one true rate."""

    rate: float
    stopped: float
    expected_n: float
    expected_toxicities: float


@dataclass(frozen=True)
class Boundary(Computed):
    """``constant`` is the one reached; ``achieved`` the exact probability of stopping under p0."""

    shape: Shape
    p0: float
    alpha: float | None
    prior: tuple[float, float] | None
    constant: float
    achieved: float
    looks: tuple[Look, ...]
    at: tuple[Crossing, ...]


def boundary(shape: Shape, p0: float, looks: Sequence[int], alpha: float | None = None, constant: float | None = None,
             prior: tuple[float, float] | None = None, rates: Sequence[float] = ()) -> Boundary:  # fmt: skip
    """A boundary with level ``alpha``, or with a given ``constant`` (certainty for bayes, tail for pocock)."""
    share(p0, "p0")
    _looked(looks)
    if (alpha is None) == (constant is None):
        raise Unfit("options-crossed", "Give either alpha, or the constant of the boundary.")
    if shape is Shape.BAYES:
        prior = prior or (p0, 1 - p0)
        if not (all(math.isfinite(x) for x in prior) and min(prior) > 0):
            raise Unfit("prior-unfit", f"The prior is Beta({prior[0]:g}, {prior[1]:g}); both numbers are above zero.")
    elif prior is not None:
        raise Unfit("options-crossed", f"A {shape} boundary has no prior. Leave it out, or ask for bayes.")
    place = _placed(shape, p0, looks, prior)
    if alpha is not None:
        share(alpha, "alpha")
        constant, stops = _least_strict(shape, place, looks, p0, alpha)
    else:
        assert constant is not None
        if not (math.isfinite(constant) and constant > 0 and (shape is Shape.OBF or constant < 1)):
            raise Unfit("not-a-share", f"The constant is {constant:g}; for {shape} it is above 0"
                        f"{'' if shape is Shape.OBF else ' and below 1'}.")  # fmt: skip
        stops = place(constant)
    return Boundary(
        method=f"toxicity-{shape}", version=VERSION, reference=REFERENCE, shape=shape, p0=p0, alpha=alpha, prior=prior,
        constant=constant, achieved=crossing(looks, stops, p0).stopped,
        looks=tuple(Look(n, y) for n, y in zip(looks, stops, strict=True)),
        at=tuple(crossing(looks, stops, p) for p in binomial.doses(list(rates) or [p0], "The rate")),
    )  # fmt: skip


def crossing(looks: Sequence[int], stops: Sequence[int], rate: float) -> Crossing:
    """Exact probability of reaching ``stops`` at any of ``looks``, patients and toxicities on average."""
    _looked(looks)
    going: Vector = np.ones(1)  # probability of 0, 1 ... toxicities, not stopped so far
    before, stopped, size, events = 0, 0.0, 0.0, 0.0
    for n, stop in zip(looks, stops, strict=True):
        going = np.convolve(going, binomial.pmf(n - before, rate))
        over = going[max(stop, 0) :]
        stopped += float(over.sum())
        size += n * float(over.sum())
        events += float((over * np.arange(max(stop, 0), len(going))).sum())
        going = going.copy()
        going[max(stop, 0) :] = 0.0
        before = n
    size += before * float(going.sum())
    events += float((going * np.arange(len(going))).sum())
    return Crossing(rate, stopped, size, events)


def _looked(looks: Sequence[int]) -> None:
    if not looks or looks[0] < 1 or any(b <= a for a, b in pairwise(looks)):
        raise Unfit("looks-unfit", f"The looks are {', '.join(str(n) for n in looks) or 'missing'}; they are numbers "
                    "of patients that rise, from 1 on.")  # fmt: skip
    binomial.most(looks[-1], least=1)


def _placed(shape: Shape, p0: float, looks: Sequence[int],
            prior: tuple[float, float] | None) -> Callable[[float], list[int]]:  # fmt: skip
    """A function of the constant that gives the boundary at each look."""
    from scipy import special

    if shape is Shape.OBF:
        root = math.sqrt(looks[-1] * p0 * (1 - p0))
        return lambda c: [math.ceil(c * root + n * p0 - 1e-12) for n in looks]
    if shape is Shape.POCOCK:
        tails = [np.concatenate([[1.0], special.bdtrc(np.arange(n), n, p0)]) for n in looks]  # P(Y >= 0 ... n)
        return lambda c: [int(np.searchsorted(-tail, -c, side="left")) for tail in tails]
    assert prior is not None
    a, b = prior
    grown = []
    for n in looks:
        y = np.arange(math.ceil(n + b))  # beyond n the posterior is continued, as far as the prior carries it
        grown.append(special.betaincc(a + y, b + n - y, p0))
    return lambda c: [int(np.searchsorted(row, c, side="left")) for row in grown]


def _least_strict(shape: Shape, place: Callable[[float], list[int]], looks: Sequence[int], p0: float,
                  alpha: float) -> tuple[float, list[int]]:  # fmt: skip
    """The constant that stops most readily within alpha, and its boundary."""
    never, always = {Shape.POCOCK: (0.0, 1.0), Shape.OBF: (20.0, 0.0), Shape.BAYES: (1.0, 0.0)}[shape]
    kept = place(never)
    for _ in range(STEPS):
        middle = (never + always) / 2
        stops = place(middle)
        if crossing(looks, stops, p0).stopped <= alpha:
            never, kept = middle, stops
        else:
            always = middle
    return never, kept
