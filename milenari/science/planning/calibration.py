"""Figures of a scenario fitted to a record and shrunk towards what was known before, when observations are few.

What was known counts as so many observations (`weight`). Log-normal and gamma spreads: mean and variance of the
logarithms or of the values, by the normal-inverse-gamma rule; exponential: inverse gamma; a share: beta; a rate: gamma.
A uniform spread becomes a gamma with its mean and variance. All are conjugate, so the answer is a weighted mean and can
be checked by hand. Gelman et al. 2013, Bayesian Data Analysis, 3rd edition, chapters 2 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector
from milenari.science.planning.figure import Figure, Shape, Spread
from milenari.science.planning.scenario import Scenario

VERSION = "1"
REFERENCE = "Gelman et al. 2013, Bayesian Data Analysis, chapters 2 and 3"
LEAST_TESTED = 8  # observations below which a test of the fit says nothing


@dataclass(frozen=True)
class Observed:
    """One observation: a value in the field's unit, 1 or 0 for a share, a count `over` so many units for a rate."""

    value: float
    over: float | None = None


@dataclass(frozen=True)
class Fit:
    """One field before, by the record alone, and shrunk. `distance` is Kolmogorov's, between record and result."""

    field: str
    unit: str
    shape: str
    observations: int
    before_a: float
    before_b: float | None
    record_a: float
    record_b: float | None
    a: float
    b: float | None
    weight_of_record: float
    distance: float | None
    p_value: float | None
    source_before: str


@dataclass(frozen=True)
class Calibration(Computed):
    """Every field of the record; `weight` is what was known before, in observations."""

    scenario: str
    weight: float
    fits: tuple[Fit, ...]


def calibrate(scenario: Scenario, record: Mapping[str, Sequence[Observed]], weight: float = 10.0) -> Calibration:
    """The fields of a record, fitted and shrunk."""
    if not (math.isfinite(weight) and weight > 0):
        raise Unfit("not-a-weight", f"What was known before counts as {weight:g} observations; say more than 0.")
    if not record:
        raise Unfit("too-few", "The record holds no observation.")
    figures = dict(scenario.figures())
    fits = []
    for field, observed in sorted(record.items()):
        if field not in figures:
            near = [one for one in figures if one.rsplit(".", 1)[-1] == field.rsplit(".", 1)[-1]]
            raise Unfit("scenario-unknown", f"The scenario has no figure {field}"
                        f"{'; did you mean ' + ' or '.join(near[:3]) if near else ''}.", field=field)  # fmt: skip
        figure = figures[field]
        fits.append(_spread(field, figure, observed, weight) if isinstance(figure, Spread)
                    else _figure(field, figure, observed, weight))  # fmt: skip
    return Calibration(method="conjugate-shrinkage", version=VERSION, reference=REFERENCE, scenario=scenario.name,
                       weight=weight, fits=tuple(fits))  # fmt: skip


def _values(field: str, observed: Sequence[Observed], positive: bool) -> Vector:
    values = np.array([one.value for one in observed])
    for at, one in enumerate(observed):
        if not math.isfinite(one.value) or one.value < 0 or (positive and one.value == 0):
            raise Unfit("not-positive", f"{field}, observation {at + 1}: {one.value:g} is "
                        f"{'not above zero' if positive else 'below zero or no number'}.", field=field)  # fmt: skip
    return values


def _spread(field: str, known: Spread, observed: Sequence[Observed], weight: float) -> Fit:
    prior = known
    if known.shape is Shape.UNIFORM and known.second > known.a:  # nothing says where its ends should go: a gamma then
        mean = known.mean
        prior = Spread(Shape.GAMMA, mean, known.unit, known.basis, known.source,
                       (known.second - known.a) / math.sqrt(12) / mean)  # fmt: skip
    if prior.shape in (Shape.FIXED, Shape.UNIFORM):
        raise Unfit("scenario-field", f"{field} is {known.shape}, which observations cannot move; write it as gamma or "
                    "lognormal with a mean and a variation first.", field=field)  # fmt: skip
    if any(one.over is not None for one in observed):
        raise Unfit("scenario-field", f"{field} is a spread; its observations have a value and nothing in `over`.",
                    field=field)  # fmt: skip
    values, n = _values(field, observed, True), len(observed)
    part = n / (n + weight)
    alone: tuple[float, float | None]
    made: tuple[float, float | None]
    if prior.shape is Shape.EXPONENTIAL:
        alone = (float(values.mean()), None)
        made = ((weight * prior.a + float(values.sum())) / (weight + n), None)
    elif prior.shape is Shape.LOGNORMAL:
        mean, variance, own, spread = _shrunk(np.log(values), math.log(prior.a), prior.sigma**2, weight)
        alone, made = (math.exp(own), _variation(spread)), (math.exp(mean), _variation(variance))
    else:
        mean, variance, own, spread = _shrunk(values, prior.a, (prior.a * prior.second) ** 2, weight)
        alone = (own, None if spread is None else math.sqrt(spread) / own)
        made = (mean, math.sqrt(variance) / mean)
    distance, chance = _tested(values, prior.shape, *made)
    return Fit(field, known.unit, prior.shape, n, known.a, known.b, *alone, *made, part, distance, chance, known.source)


def _shrunk(values: Vector, mean: float, variance: float, weight: float) -> tuple[float, float, float, float | None]:
    """(mean, variance, the record's own mean, its own variance or nothing where there is one value)."""
    n, own = len(values), float(values.mean())
    rest = float(((values - own) ** 2).sum())
    made = (weight * mean + n * own) / (weight + n)
    apart = weight * n / (weight + n) * (own - mean) ** 2
    return made, (weight * variance + rest + apart) / (weight + n), own, rest / (n - 1) if n > 1 else None


def _variation(variance: float | None) -> float | None:
    """The coefficient of variation of a log-normal with this variance of its logarithm."""
    return None if variance is None else math.sqrt(math.expm1(variance))


def _tested(values: Vector, shape: Shape, a: float, b: float | None) -> tuple[float | None, float | None]:
    from scipy import stats

    if len(values) < LEAST_TESTED:
        return None, None
    second = 0.0 if b is None else b
    law = {
        Shape.EXPONENTIAL: lambda: stats.expon(scale=a),
        Shape.LOGNORMAL: lambda: stats.lognorm(math.sqrt(math.log1p(second**2)), scale=a),
        Shape.GAMMA: lambda: stats.gamma(1 / second**2, scale=a * second**2),
    }[shape]()
    found = stats.kstest(values, law.cdf)
    return float(found.statistic), float(found.pvalue)


def _figure(field: str, known: Figure, observed: Sequence[Observed], weight: float) -> Fit:
    values, n = _values(field, observed, False), len(observed)
    if known.unit == "1":
        if any(one.over is not None or one.value not in (0.0, 1.0) for one in observed):
            raise Unfit("not-a-share", f"{field} is a share; every observation is 1 (it happened) or 0.", field=field)
        own, made, part = float(values.mean()), (weight * known.value + values.sum()) / (weight + n), n / (n + weight)
        shape = "share"
    elif known.unit == "/a":
        if any(one.over is None or not one.over > 0 or one.value != int(one.value) for one in observed):
            raise Unfit("not-a-count", f"{field} is a rate a year; every observation is a count, with the years in "
                        "`over`.", field=field)  # fmt: skip
        if known.value == 0:
            raise Unfit("scenario-field", f"{field} is zero, which no observation moves; write a rate first.",
                        field=field)  # fmt: skip
        years = sum(one.over or 0.0 for one in observed)
        before = weight / known.value
        own, made, part = (
            float(values.sum()) / years,
            (weight + values.sum()) / (before + years),
            years / (before + years),
        )
        shape = "rate"
    else:
        raise Unfit("scenario-field", f"{field} is a fixed figure in {known.unit}; only spreads, shares and rates a "
                    "year are fitted.", field=field)  # fmt: skip
    return Fit(field, known.unit, shape, n, known.value, None, own, None, float(made), None, float(part), None, None,
               known.source)  # fmt: skip
