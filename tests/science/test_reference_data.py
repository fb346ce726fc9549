"""Least squares, analysis of variance and univariate sums against the NIST Statistical Reference Datasets.

Nine digits are promised for lower and average difficulty; what the harder sets reach is a floor that may not sink.
"""

from __future__ import annotations

import pytest

from milenari.science import anova, linear
from tests.science import strd

PROMISED = 9.0
# Digits reached when this was written, rounded down: coefficients and standard errors, worst of each set.
FLOORS = {"Longley": 13.0, "Wampler1": 12.0, "Wampler2": 12.0, "Wampler3": 12.0, "Wampler4": 12.0, "Wampler5": 8.5,
          "Filip": 7.0, "SmLs07": 13.0, "SmLs08": 13.0, "SmLs09": 13.0, "NumAcc4": 13.0}  # fmt: skip


def floor(name: str, difficulty: str) -> float:
    return FLOORS[name] if difficulty == "higher" else PROMISED


@pytest.mark.parametrize("data", strd.regressions(), ids=lambda d: d.name)
def test_least_squares_reaches_the_certified_digits(data: strd.Regression, record_property) -> None:
    if data.degree:
        fit = linear.polynomial(data.columns[0], data.y, data.degree)
    else:
        columns = {f"x{at}": column for at, column in enumerate(data.columns)}
        fit = linear.least_squares(columns, data.y, constant=data.constant)
    told = [strd.digits(c.value, v) for c, v in zip(fit.coefficients, data.values, strict=True)]
    told += [strd.digits(c.se, e) for c, e in zip(fit.coefficients, data.errors, strict=True)]
    told.append(strd.digits(fit.sd, data.sd))
    record_property("digits", min(told))
    assert min(told) >= floor(data.name, data.difficulty), (data.name, told)


@pytest.mark.parametrize("data", strd.variances(), ids=lambda d: d.name)
def test_analysis_of_variance_reaches_the_certified_digits(data: strd.Variance) -> None:
    made = anova.one_way(data.values, data.groups)
    told = [strd.digits(made.f, data.f), strd.digits(made.ss_between, data.ss_between),
            strd.digits(made.ss_within, data.ss_within), strd.digits(made.ms_between, data.ms_between),
            strd.digits(made.ms_within, data.ms_within), strd.digits(made.r_squared, data.r_squared),
            strd.digits(made.sd, data.sd)]  # fmt: skip
    assert min(told) >= floor(data.name, data.difficulty), (data.name, told)


@pytest.mark.parametrize("name", strd.UNIVARIATE)
def test_mean_deviation_and_autocorrelation_reach_the_certified_digits(name: str) -> None:
    difficulty, values, mean, sd, autocorrelation = strd.UNIVARIATE[name]
    made = anova.describe(values)
    told = [strd.digits(made.mean, mean), strd.digits(made.sd, sd), strd.digits(made.autocorrelation, autocorrelation)]
    assert min(told) >= floor(name, difficulty), (name, told)


def test_floats_give_the_same_digits_as_text() -> None:
    _, values, *_ = strd.UNIVARIATE["NumAcc4"]
    assert anova.describe([float(v) for v in values]) == anova.describe(values)
