"""Power of TOST against values of the R package PowerTOST, and against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower

from milenari.science import power
from milenari.science.computed import Unfit
from milenari.science.equivalence import Design, Margin, Outcome, paired

RATIO = Margin(0.8, 1.25, ratio=True)


@pytest.mark.parametrize(("cv", "n", "told"), [(0.25, 28, 0.807439), (0.30, 40, 0.815845)])
def test_the_2x2_crossover_values_of_powertost(cv: float, n: int, told: float) -> None:
    # Documented output of sampleN.TOST(CV): total n and power at a true ratio of 0.95; se = sd sqrt(2/n), n - 2 df.
    sd = power.log_sd(cv)
    found = [power.tost_power(sd * math.sqrt(2 / m), m - 2, RATIO.ends, math.log(0.95)) for m in (n, n - 2)]
    assert found[0] == pytest.approx(told, abs=1e-6)
    assert found[1] < 0.8


def test_power_is_how_often_it_happens() -> None:
    made = power.of_design(Design.PAIRED, 6, 4.0, Margin(-5, 6), true_difference=1.0)
    chance = np.random.default_rng(20261128)
    runs = 1000
    hits = sum(paired(chance.normal(1.0, 4.0, 6), np.zeros(6), Margin(-5, 6)).outcome is Outcome.EQUIVALENT
               for _ in range(runs))  # fmt: skip
    assert hits / runs == pytest.approx(made.power, abs=4 * math.sqrt(made.power * (1 - made.power) / runs))


def test_the_number_given_is_the_smallest_that_is_enough() -> None:
    made = power.of_design(Design.WELCH, 5, 3.0, Margin.symmetric(4), target=0.9)
    assert made.enough is not None
    at = {n: power.of_design(Design.WELCH, n, 3.0, Margin.symmetric(4)).power for n in (made.enough - 1, made.enough)}
    assert at[made.enough - 1] < 0.9 <= at[made.enough]


def test_the_smallest_margin_and_difference_reach_the_target_exactly() -> None:
    made = power.of_design(Design.POOLED, 8, 2.0, Margin.symmetric(1))
    again = power.of_design(Design.POOLED, 8, 2.0, Margin.symmetric(made.smallest_margin))
    assert again.power == pytest.approx(0.8, abs=1e-9)
    theirs = TTestIndPower().solve_power(nobs1=8, alpha=0.05, power=0.8)
    assert made.smallest_difference == pytest.approx(float(np.ravel(theirs)[0]) * 2.0, rel=1e-6)


def test_a_true_difference_outside_the_margin_is_never_enough() -> None:
    made = power.of_design(Design.PAIRED, 5, 1.0, Margin.symmetric(1), true_difference=1.2)
    assert made.enough is None and made.power < 0.05


@given(st.integers(2, 60), st.floats(0.2, 5), st.floats(0.5, 10))
@settings(max_examples=15, deadline=None)
def test_power_rises_with_size_and_margin_and_is_scale_free(n: int, sd: float, reach: float) -> None:
    here = power.of_design(Design.PAIRED, n, sd, Margin.symmetric(reach))
    assert 0 <= here.power <= 1
    assert power.of_design(Design.PAIRED, n + 1, sd, Margin.symmetric(reach)).power >= here.power - 1e-9
    assert power.of_design(Design.PAIRED, n, sd, Margin.symmetric(reach * 1.1)).power >= here.power - 1e-9
    scaled = power.of_design(Design.PAIRED, n, sd * 7, Margin.symmetric(reach * 7))
    assert scaled.power == pytest.approx(here.power, abs=1e-9)


def test_at_the_end_of_the_margin_power_is_the_error_allowed() -> None:
    assert power.tost_power(0.1, 30, (-1, 1), 1.0, 0.05) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize("wrong", [{"n": 1}, {"sd": 0.0}, {"alpha": 0.7}, {"target": 1.0}])
def test_designs_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    asked = {"n": 5, "sd": 1.0, "alpha": 0.05, "target": 0.8} | wrong
    with pytest.raises(Unfit):
        power.of_design(Design.PAIRED, int(asked["n"]), asked["sd"], Margin.symmetric(1), None, asked["alpha"],
                        asked["target"])  # fmt: skip
