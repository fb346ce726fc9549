"""Predictive probability: how likely the trial is to end as a success, given what is seen so far.

Lee & Liu 2008, Clin Trials 5:93-106, doi:10.1177/1740774508089279. Success at the end means P(rate > p0 | all data) >
theta_t under a Beta prior. At a look the trial stops for futility when the predictive probability is below theta_l,
and for success when it is above theta_u. Error rates of the whole rule are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, count, share
from milenari.science.design import binomial

VERSION = "1"
REFERENCE = "Lee & Liu 2008, doi:10.1177/1740774508089279"


@dataclass(frozen=True)
class Prediction(Computed):
    """``needed`` is the least number of responses at ``n_max`` that is a success, None when none is enough."""

    n: int
    responses: int
    n_max: int
    prior: tuple[float, float]
    p0: float
    theta_t: float
    predictive: float
    posterior: float
    needed: int | None


@dataclass(frozen=True)
class Look:
    """Stop for futility at most, for success at least so many responses; None: not at this look."""

    n: int
    futile_at_most: int | None
    success_at_least: int | None


@dataclass(frozen=True)
class AtRate:
    """What the rule does at one true rate."""

    rate: float
    success: float
    stopped_early: float
    expected_n: float


@dataclass(frozen=True)
class Monitoring(Computed):
    """A whole rule with its boundaries and exact properties."""

    n_max: int
    prior: tuple[float, float]
    p0: float
    theta_t: float
    theta_l: float
    theta_u: float
    looks: tuple[Look, ...]
    at: tuple[AtRate, ...]


def predictive(n: int, responses: int, n_max: int, prior: tuple[float, float], p0: float,
               theta_t: float) -> Prediction:  # fmt: skip
    """The predictive probability after ``responses`` of ``n``."""
    from scipy import special

    _asked(n_max, prior, p0, theta_t)
    count(n, 0, "The number of patients so far"), count(responses, 0, "The number of responses")
    if responses > n or n > n_max:
        raise Unfit("more-than-all", f"{responses} responses of {n} patients, {n_max} at most: responses are not more "
                    "than patients, and those not more than the maximum.")  # fmt: skip
    winning = _winning(n_max, prior, p0, theta_t)
    wins = np.flatnonzero(winning)
    return Prediction(
        method="predictive-probability", version=VERSION, reference=REFERENCE, n=n, responses=responses, n_max=n_max,
        prior=prior, p0=p0, theta_t=theta_t, predictive=float(_predicted(n, n_max, prior, winning)[responses]),
        posterior=float(special.betaincc(prior[0] + responses, prior[1] + n - responses, p0)),
        needed=int(wins[0]) if len(wins) else None,
    )  # fmt: skip


def monitoring(looks: Sequence[int], n_max: int, prior: tuple[float, float], p0: float, theta_t: float,
               theta_l: float, theta_u: float = 1.0, rates: Sequence[float] = ()) -> Monitoring:  # fmt: skip
    """Boundaries at ``looks`` and at the end, and what they do at ``rates``."""
    _asked(n_max, prior, p0, theta_t)
    if not 0 <= theta_l < theta_u <= 1:
        raise Unfit("not-a-share", f"theta_l is {theta_l:g} and theta_u {theta_u:g}: 0 <= theta_l < theta_u <= 1.")
    if any(not 1 <= n < n_max for n in looks) or any(b <= a for a, b in pairwise(looks)):
        raise Unfit("looks-unfit", f"The looks are {', '.join(map(str, looks))}; they rise and are below {n_max}.")
    winning = _winning(n_max, prior, p0, theta_t)
    made = []
    for n in looks:
        chance = _predicted(n, n_max, prior, winning)
        low, high = np.flatnonzero(chance < theta_l), np.flatnonzero(chance > theta_u)
        made.append(Look(n, int(low[-1]) if len(low) else None, int(high[0]) if len(high) else None))
    wins = np.flatnonzero(winning)
    last = int(wins[0]) if len(wins) else n_max + 1
    made.append(Look(n_max, last - 1, last if last <= n_max else None))
    return Monitoring(
        method="predictive-monitoring", version=VERSION, reference=REFERENCE, n_max=n_max, prior=prior, p0=p0,
        theta_t=theta_t, theta_l=theta_l, theta_u=theta_u, looks=tuple(made),
        at=tuple(_at(made, p) for p in binomial.doses(list(rates) or [p0], "The rate")),
    )  # fmt: skip


def _asked(n_max: int, prior: tuple[float, float], p0: float, theta_t: float) -> None:
    binomial.most(n_max, least=1)
    share(p0, "p0"), share(theta_t, "theta_t")
    if not (np.isfinite(prior).all() and min(prior) > 0):
        raise Unfit("prior-unfit", f"The prior is Beta({prior[0]:g}, {prior[1]:g}); both numbers are above zero.")


def _winning(n_max: int, prior: tuple[float, float], p0: float, theta_t: float) -> np.ndarray:
    """Which numbers of responses at the end are a success."""
    from scipy import special

    y = np.arange(n_max + 1)
    return np.asarray(special.betaincc(prior[0] + y, prior[1] + n_max - y, p0) > theta_t)


def _predicted(n: int, n_max: int, prior: tuple[float, float], winning: np.ndarray) -> Vector:
    """Predictive probability of success for 0 ... n responses of n."""
    from scipy import stats

    more = np.arange(n_max - n + 1)
    made = [stats.betabinom.pmf(more, n_max - n, prior[0] + x, prior[1] + n - x)[winning[x + more]].sum()
            for x in range(n + 1)]  # fmt: skip
    return np.asarray(made, dtype=np.float64)


def _at(looks: Sequence[Look], rate: float) -> AtRate:
    going: Vector = np.ones(1)
    before, success, early, size = 0, 0.0, 0.0, 0.0
    for look in looks:
        going = np.convolve(going, binomial.pmf(look.n - before, rate))
        low = 0 if look.futile_at_most is None else look.futile_at_most + 1
        high = len(going) if look.success_at_least is None else look.success_at_least
        lost, won = float(going[:low].sum()), float(going[high:].sum())
        success += won
        size += look.n * (lost + won)
        early += (lost + won) if look is not looks[-1] else 0.0
        going = going.copy()
        going[:low] = going[high:] = 0.0
        before = look.n
    return AtRate(rate, success, early, size)
