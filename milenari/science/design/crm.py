"""CRM, the continual reassessment method: one parameter, power or logistic model, normal prior.

O'Quigley, Pepe & Fisher 1990, Biometrics 46:33-48, doi:10.2307/2531628. Rates are the model's at the posterior mean of
the parameter; the dose nearest to the target is advised, never more than one above the highest tried, and the trial
stops when dose 1 is above the target with the stated certainty. Skeletons from an indifference interval: Lee & Cheung
2009, Clin Trials 6:227-238, doi:10.1177/1740774509105076. Prior variance 1.34 as there; integrals by Gauss and Legendre
around the posterior's mode.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, count, quadrature, share
from milenari.science.design.binomial import doses
from milenari.science.design.escalation import Advice, Counts, Decision, tallies

VERSION = "1"
REFERENCE = "O'Quigley, Pepe & Fisher 1990, doi:10.2307/2531628; Lee & Cheung 2009, doi:10.1177/1740774509105076"
PRIOR_SD = math.sqrt(1.34)
INTERCEPT = 3.0
REACH = 10.0  # the parameter is integrated over this many prior deviations on both sides


class Model(StrEnum):
    """Power: skeleton to the exp(parameter). Logistic: fixed intercept, slope exp(parameter)."""

    POWER = "power"
    LOGISTIC = "logistic"


@dataclass(frozen=True)
class Fit(Computed):
    """What the data say now; ``above_target`` is the posterior probability that dose 1 is above the target."""

    model: Model
    skeleton: tuple[float, ...]
    target: float
    treated: Counts
    toxic: Counts
    parameter: float
    parameter_variance: float
    rates: tuple[float, ...]
    mtd: int
    above_target: float
    next_dose: int | None
    going_on: bool


@dataclass(frozen=True)
class Skeleton(Computed):
    """Prior rates for which every dose could be told from its neighbours."""

    model: Model
    target: float
    half_width: float
    prior_mtd: int
    rates: tuple[float, ...]


@dataclass(frozen=True)
class Crm:
    """The design. ``skip`` allows untried doses to be jumped over."""

    skeleton: tuple[float, ...]
    target: float
    model: Model = Model.POWER
    prior_sd: float = PRIOR_SD
    intercept: float = INTERCEPT
    certainty: float = 0.95
    skip: bool = False
    known: dict[tuple[Counts, Counts], Fit] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        share(self.target, "The target"), share(self.certainty, "The certainty of stopping")
        doses(self.skeleton, "The skeleton", rising=True)
        if not (math.isfinite(self.prior_sd) and self.prior_sd > 0):
            raise Unfit("no-spread", f"The prior deviation is {self.prior_sd:g}; it is above zero.")

    def rates(self, parameter: Vector | float) -> Vector:
        """Rates of every dose (rows) at values of the parameter (columns)."""
        return _rates(self.model, np.asarray(self.skeleton), self.intercept, np.atleast_1d(np.asarray(parameter)))

    def fit(self, treated: Counts, toxic: Counts, current: int | None = None) -> Fit:
        """The posterior; ``current`` is the dose given last, by default the highest tried."""
        at = current or max((k + 1 for k, n in enumerate(treated) if n), default=1)
        found = self.known.get((treated, toxic))
        if found is None:
            found = self.known[treated, toxic] = self._fit(treated, toxic)
        advice = self._advice(found, treated, at)
        return Fit(**{**found.__dict__, "next_dose": advice.dose, "going_on": advice.going_on})

    def advise(self, treated: Counts, toxic: Counts, current: int) -> Advice:
        made = self.fit(treated, toxic, current)
        return self._advice(made, treated, current)

    def select(self, treated: Counts, toxic: Counts) -> int | None:
        made = self.fit(treated, toxic)
        return made.mtd if made.going_on else None

    def _advice(self, made: Fit, treated: Counts, current: int) -> Advice:
        if not any(treated):
            return Advice(current, True, Decision.STAY)
        if made.above_target > self.certainty:
            return Advice(None, False, Decision.STOP)
        highest = max(k + 1 for k, n in enumerate(treated) if n)
        dose = made.mtd if self.skip else min(made.mtd, highest + 1)
        told = Decision.ESCALATE if dose > current else Decision.DE_ESCALATE if dose < current else Decision.STAY
        return Advice(dose, True, told)

    def _fit(self, treated: Counts, toxic: Counts) -> Fit:
        tallies(treated, toxic)
        if len(treated) != len(self.skeleton):
            raise Unfit("dose-count", f"The skeleton has {len(self.skeleton)} doses and the data have {len(treated)}.")
        weights, points = self._posterior(treated, toxic)
        mean = float(weights @ points)
        rates = self.rates(mean)[:, 0]
        over = self.rates(points)[0] > self.target
        return Fit(
            method=f"crm-{self.model}", version=VERSION, reference=REFERENCE, model=self.model, skeleton=self.skeleton,
            target=self.target, treated=treated, toxic=toxic, parameter=mean,
            parameter_variance=float(weights @ (points - mean) ** 2), rates=tuple(float(r) for r in rates),
            mtd=int(np.argmin(np.abs(rates - self.target))) + 1, above_target=float(weights[over].sum()),
            next_dose=None, going_on=True,
        )  # fmt: skip

    def _posterior(self, treated: Counts, toxic: Counts) -> tuple[Vector, Vector]:
        """Weights that add up to one, and the points they stand at, split where dose 1 passes the target."""
        n, y = np.asarray(treated, dtype=float)[:, None], np.asarray(toxic, dtype=float)[:, None]

        def log_density(b: Vector) -> Vector:
            p = np.clip(self.rates(b), 1e-300, 1 - 1e-16)
            told = (y * np.log(p) + (n - y) * np.log1p(-p)).sum(axis=0)
            return np.asarray(told - b * b / (2 * self.prior_sd**2))

        coarse = np.linspace(-REACH * self.prior_sd, REACH * self.prior_sd, 2001)
        told = log_density(coarse)
        near = coarse[told > told.max() - 40]
        edge = self._edge()
        ends = sorted({near[0] - 0.05, near[-1] + 0.05, *([edge] if near[0] < edge < near[-1] else [])})
        nodes, weights = quadrature(200)
        half = [((b - a) / 2, (a + b) / 2) for a, b in pairwise(ends)]
        points = np.concatenate([h * nodes + m for h, m in half])
        mass = np.concatenate([h * weights for h, _ in half]) * np.exp(log_density(points) - told.max())
        return mass / mass.sum(), points

    def _edge(self) -> float:
        """The parameter at which dose 1 has exactly the target rate."""
        first = self.skeleton[0]
        if self.model is Model.POWER:
            return math.log(math.log(self.target) / math.log(first))
        ratio = (_logit(self.target) - self.intercept) / (_logit(first) - self.intercept)
        return math.log(ratio) if ratio > 0 else math.inf


def skeleton(target: float, half_width: float, prior_mtd: int, doses: int, model: Model = Model.POWER,
             intercept: float = INTERCEPT) -> Skeleton:  # fmt: skip
    """Rates such that each dose's interval of indifference is target plus or minus ``half_width``."""
    share(target, "The target")
    count(doses, 2, "The number of doses"), count(prior_mtd, 1, "The dose thought to be the target")
    if prior_mtd > doses or not 0 < half_width < min(target, 1 - target):
        raise Unfit("skeleton-unfit", f"Half width {half_width:g} around {target:g} with dose {prior_mtd} of {doses}: "
                    "the interval stays between 0 and 1 and the dose is one of them.")  # fmt: skip
    low, high = target - half_width, target + half_width

    def scale(p: float) -> float:
        return math.log(p) if model is Model.POWER else _logit(p) - intercept

    def back(x: float) -> float:
        return math.exp(x) if model is Model.POWER else _expit(x + intercept)

    if scale(high) >= 0:
        raise Unfit("skeleton-unfit", f"With intercept {intercept:g} the model cannot reach {high:g}; raise it.")
    step = scale(high) / scale(low)  # what one dose further does to the rate on the model's scale
    made = [back(scale(target) * step ** (k - prior_mtd)) for k in range(1, doses + 1)]
    return Skeleton(method="crm-skeleton", version=VERSION, reference=REFERENCE, model=model, target=target,
                    half_width=half_width, prior_mtd=prior_mtd, rates=tuple(made))  # fmt: skip


def _rates(model: Model, base: Vector, intercept: float, parameter: Vector) -> Vector:
    slope = np.exp(np.clip(parameter, -700, 60))[None, :]
    if model is Model.POWER:
        return np.asarray(np.exp(slope * np.log(base)[:, None]))
    labels = np.log(base / (1 - base)) - intercept
    return np.asarray(1 / (1 + np.exp(np.clip(-(intercept + slope * labels[:, None]), -700, 700))))


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def given(levels: Sequence[int], toxicities: Sequence[int], doses: int) -> tuple[Counts, Counts]:
    """Counts per dose from the dose and outcome of each patient."""
    treated, toxic = [0] * doses, [0] * doses
    for level, outcome in zip(levels, toxicities, strict=True):
        if not 1 <= level <= doses or outcome not in (0, 1):
            raise Unfit("path-unreadable", f"Dose {level} with outcome {outcome}: doses are 1 to {doses}, outcomes 0 "
                        "or 1.")  # fmt: skip
        treated[level - 1] += 1
        toxic[level - 1] += outcome
    return tuple(treated), tuple(toxic)
