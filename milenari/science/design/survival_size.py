"""Sizes of trials with a time to event: events and patients for a comparison, and for one arm against a known curve.

Two arms: Schoenfeld 1983, Biometrics 39:499-503, doi:10.2307/2531021. One arm, one-sample log-rank test: Wu 2015,
Pharm Stat 14:26-33, doi:10.1002/pst.1654, whose variance under the alternative is exact rather than taken as under the
null. Survival is Weibull (shape 1 is exponential), patients enter evenly over ``accrual`` and are followed for at
least ``follow_up``; nobody is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, quadrature, share
from milenari.science.design import binomial

VERSION = "1"
SCHOENFELD = "Schoenfeld 1983, doi:10.2307/2531021"
WU = "Wu 2015, doi:10.1002/pst.1654"


@dataclass(frozen=True)
class Curve:
    """Weibull survival that is ``survival`` at ``time``; ``hr`` multiplies its hazard."""

    survival: float
    time: float
    shape: float = 1.0

    def __post_init__(self) -> None:
        share(self.survival, "The survival")
        if not (min(self.time, self.shape) > 0 and math.isfinite(self.time) and math.isfinite(self.shape)):
            raise Unfit("not-positive", f"Time {self.time:g} and shape {self.shape:g} are above zero.")

    def hazard(self, at: Vector) -> Vector:
        """Cumulative hazard."""
        return np.asarray(-math.log(self.survival) * (at / self.time) ** self.shape)


@dataclass(frozen=True)
class TwoArms(Computed):
    """``events`` as the formula gives them; patients are rounded up, None without a curve."""

    hr: float
    alpha: float
    power: float
    share_of_first: float
    events: float
    event_probability: float | None
    patients: int | None


@dataclass(frozen=True)
class OneArm(Computed):
    """``events`` are those expected under the alternative with ``patients``."""

    hr: float
    alpha: float
    power: float
    event_probability: float
    patients: int
    events: float
    achieved: float


def two_arms(hr: float, alpha: float, power: float, share_of_first: float = 0.5, control: Curve | None = None,
             accrual: float = 0.0, follow_up: float = 0.0) -> TwoArms:  # fmt: skip
    """Events for a log-rank test at one-sided ``alpha``; patients too when the control's curve is known."""
    _asked(hr, alpha, power)
    share(share_of_first, "The share of the first arm")
    z = _z(alpha) + _z(1 - power)
    events = z * z / (share_of_first * (1 - share_of_first) * math.log(hr) ** 2)
    likely = None
    if control is not None:
        first, second = (_event_probability(control, h, accrual, follow_up) for h in (hr, 1.0))
        likely = share_of_first * first + (1 - share_of_first) * second
    return TwoArms(
        method="schoenfeld", version=VERSION, reference=SCHOENFELD, hr=hr, alpha=alpha, power=power,
        share_of_first=share_of_first, events=events, event_probability=likely,
        patients=None if likely is None else math.ceil(events / likely),
    )  # fmt: skip


def one_arm(hr: float, alpha: float, power: float, known: Curve, accrual: float, follow_up: float) -> OneArm:
    """Patients for a one-sample log-rank test of ``known`` against its hazard times ``hr`` below 1."""
    _asked(hr, alpha, power)
    if hr >= 1:
        raise Unfit("hr-unfit", f"The hazard ratio is {hr:g}; one arm is tested for fewer events, below 1.")
    v0, v1, v00, v01 = _moments(known, hr, accrual, follow_up)
    spread0, spread1 = math.sqrt(v0), math.sqrt(v1 - v1**2 + 2 * v00 - v0**2 - 2 * v01 + 2 * v0 * v1)
    gap = v0 - v1
    n = math.ceil(((_z(alpha) * spread0 + _z(1 - power) * spread1) / gap) ** 2 - 1e-9)
    achieved = _phi((math.sqrt(n) * gap - _z(alpha) * spread0) / spread1)
    return OneArm(method="one-sample-log-rank", version=VERSION, reference=WU, hr=hr, alpha=alpha, power=power,
                  event_probability=v1, patients=n, events=n * v1, achieved=achieved)  # fmt: skip


def _asked(hr: float, alpha: float, power: float) -> None:
    binomial.errors(alpha, 1 - power)
    if not (math.isfinite(hr) and hr > 0 and hr != 1):
        raise Unfit("hr-unfit", f"The hazard ratio is {hr:g}; it is above zero and not 1.")


def _followed(accrual: float, follow_up: float) -> None:
    if not (math.isfinite(accrual + follow_up) and min(accrual, follow_up) >= 0 and accrual + follow_up > 0):
        raise Unfit("not-positive", f"Accrual {accrual:g} and follow-up {follow_up:g}: neither is below zero, and "
                    "together they are above it.")  # fmt: skip


def _over_time(inner: Callable[[Vector, Vector], Vector], accrual: float, follow_up: float, shape: float) -> float:
    """Integral of ``inner(t, G(t))`` du with t = u^(1/shape), so that a Weibull hazard has no corner at zero."""
    _followed(accrual, follow_up)
    end = accrual + follow_up
    nodes, weights = quadrature(200)
    total, edges = 0.0, sorted({0.0, follow_up**shape, end**shape})
    for low, high in pairwise(edges):
        u = (high - low) / 2 * nodes + (high + low) / 2
        t = u ** (1 / shape)
        still = np.ones_like(t) if accrual == 0 else np.clip((end - t) / accrual, 0, 1)
        total += float((high - low) / 2 * (weights * inner(t, still)).sum())
    return total


def _event_probability(curve: Curve, hr: float, accrual: float, follow_up: float) -> float:
    rise = -math.log(curve.survival) / curve.time**curve.shape  # of the hazard, per u
    return _over_time(lambda t, g: np.asarray(g * hr * rise * np.exp(-hr * curve.hazard(t))), accrual, follow_up,
                      curve.shape)  # fmt: skip


def _moments(curve: Curve, hr: float, accrual: float, follow_up: float) -> tuple[float, float, float, float]:
    rise = -math.log(curve.survival) / curve.time**curve.shape

    def part(power: int, factor: float) -> float:
        return _over_time(
            lambda t, g: np.asarray(g * np.exp(-hr * curve.hazard(t)) * curve.hazard(t) ** power * factor * rise),
            accrual, follow_up, curve.shape,
        )  # fmt: skip

    return part(0, 1.0), part(0, hr), part(1, 1.0), part(1, hr)


def _z(tail: float) -> float:
    from scipy import special

    return float(special.ndtri(1 - tail))


def _phi(x: float) -> float:
    from scipy import special

    return float(special.ndtr(x))
