"""Tolerance factors against published values, another integral, and simulation; ranks; quality range."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from milenari.science import tolerance
from milenari.science.computed import Unfit
from milenari.science.passing import operating_characteristic
from milenari.science.quality_range import quality_range
from milenari.science.tolerance import Side


def test_the_nist_handbook_example() -> None:
    # e-Handbook 7.2.6.3: N 43, coverage 0.90, confidence 0.99
    assert tolerance.two_sided_factor(43, 0.90, 0.99, howe=True) == pytest.approx(2.217, abs=5e-4)
    assert tolerance.one_sided_factor(43, 0.90, 0.99) == pytest.approx(1.8740, abs=5e-5)


def density(s: float, df: int) -> float:
    """Of a standard deviation from df degrees of freedom, in true deviations."""
    x = s * math.sqrt(df)
    return math.sqrt(df) * math.exp(
        (df - 1) * math.log(x) - x * x / 2 - (df / 2 - 1) * math.log(2) - math.lgamma(df / 2)
    )


@pytest.mark.parametrize(
    ("n", "coverage", "confidence"), [(2, 0.95, 0.95), (5, 0.9, 0.99), (10, 0.95, 0.95), (30, 0.99, 0.9)]
)
def test_the_exact_factor_solves_another_integral(n: int, coverage: float, confidence: float) -> None:
    """Over the deviation instead of the mean: for each s, how far may the mean be off."""
    k = tolerance.two_sided_factor(n, coverage, confidence)
    df = n - 1

    def held(s: float) -> float:
        half = k * s
        if special.ndtr(half) - special.ndtr(-half) <= coverage:
            return 0.0
        low, high = 0.0, half + 10
        for _ in range(60):
            x = (low + high) / 2
            low, high = (x, high) if special.ndtr(x + half) - special.ndtr(x - half) > coverage else (low, x)
        return float(2 * special.ndtr(low * math.sqrt(n)) - 1)

    start = stats.norm.ppf((1 + coverage) / 2) / k
    found, _ = integrate.quad(lambda s: held(s) * density(s, df), start, 12, limit=200, epsabs=1e-10)
    assert found == pytest.approx(confidence, abs=2e-7)


def test_the_one_sided_factor_holds_by_numerical_integration_of_the_deviation() -> None:
    n, coverage, confidence = 12, 0.95, 0.9
    k = tolerance.one_sided_factor(n, coverage, confidence)
    z = stats.norm.ppf(coverage)
    found, _ = integrate.quad(
        lambda s: special.ndtr((k * s - z) * math.sqrt(n)) * density(s, n - 1), 1e-9, 8, epsabs=1e-11
    )
    assert found == pytest.approx(confidence, abs=1e-8)


def test_the_interval_holds_as_often_as_it_says() -> None:
    chance, k = np.random.default_rng(11), tolerance.two_sided_factor(8, 0.9, 0.9)
    x = chance.normal(size=(20000, 8))
    mean, sd = x.mean(axis=1), x.std(axis=1, ddof=1)
    held = stats.norm.cdf(mean + k * sd) - stats.norm.cdf(mean - k * sd) >= 0.9
    assert held.mean() == pytest.approx(0.9, abs=0.0085)


@given(st.integers(2, 200), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
@settings(max_examples=40, deadline=None)
def test_factors_grow_with_what_is_asked(n: int, coverage: float, confidence: float) -> None:
    k = tolerance.two_sided_factor(n, coverage, confidence)
    assert tolerance.two_sided_factor(n, min(0.999, coverage + 0.005), confidence) > k
    assert tolerance.two_sided_factor(n, coverage, min(0.999, confidence + 0.005)) > k
    assert tolerance.two_sided_factor(n + 1, coverage, confidence) < k or confidence < 0.6


@given(
    st.lists(st.integers(-1000, 1000), min_size=3, max_size=15, unique=True), st.integers(1, 9), st.integers(-99, 99)
)
@settings(max_examples=25, deadline=None)
def test_limits_follow_unit_and_origin(values: list[int], scale: int, shift: int) -> None:
    made, moved = tolerance.normal(values), tolerance.normal([scale * v + shift for v in values])
    assert (moved.low, moved.high) == pytest.approx(
        (scale * made.low + shift, scale * made.high + shift), rel=1e-9, abs=1e-6
    )


def test_ranks_need_the_numbers_in_every_textbook() -> None:
    assert tolerance.ranks_needed(0.95, 0.95) == 93
    assert tolerance.ranks_needed(0.95, 0.95, Side.LOWER) == 59
    assert tolerance.ranks_needed(0.90, 0.95, Side.UPPER) == 29


def test_ranks_take_the_extremes_and_say_what_they_achieve() -> None:
    few = tolerance.by_ranks([3, 1, 2, 5, 4])
    assert (few.low, few.high, few.needed) == (1, 5, 93)
    assert few.achieved == pytest.approx(1 - 0.95**5 - 5 * 0.95**4 * 0.05)
    many = tolerance.by_ranks(range(1, 301), 0.9, 0.9)
    assert many.achieved >= 0.9 and 1 < many.low < many.high < 300
    # one spacing less on either end would not hold the confidence
    trimmed = int(many.low - 1) + int(300 - many.high) + 2
    assert stats.beta.sf(0.9, 301 - trimmed - 1, trimmed + 1) < 0.9
    lower = tolerance.by_ranks(range(1, 101), 0.9, 0.9, Side.LOWER)
    assert math.isinf(lower.high) and lower.achieved >= 0.9 and lower.to_json()["high"] == "inf"


def test_what_has_no_tolerance_interval_is_refused() -> None:
    for values, code in (([4.2], "too-few"), ([4.2] * 5, "constant"), (["a", 2], "not-a-number")):
        with pytest.raises(Unfit) as refused:
            tolerance.normal(values)
        assert refused.value.code == code
    with pytest.raises(Unfit):
        tolerance.normal([1, 2, 3], coverage=95)
    with pytest.raises(Unfit):
        tolerance.normal([1, 2, 3], side=Side.LOWER, howe=True)


def test_quality_range_counts_who_is_outside() -> None:
    made = quality_range([1, 2, 3, 4, 5], [3, 9, 2, -4], k=2, required_share=0.75)
    assert (made.low, made.high) == pytest.approx((3 - 2 * math.sqrt(2.5), 3 + 2 * math.sqrt(2.5)))
    assert (made.outside, made.inside, made.required, made.met) == ((1, 3), 2, 3, False)
    assert quality_range([1, 2, 3, 4, 5], [3, 9, 2, 4], k=2, required_share=0.75).met


@pytest.mark.parametrize(("shift", "ratio"), [(0.0, 1.0), (2.0, 1.0), (1.0, 1.5)])
def test_its_operating_characteristic_is_how_often_it_is_met(shift: float, ratio: float) -> None:
    n_ref, n_test, k, wanted, runs = 6, 4, 2.5, 0.75, 4000
    (told,) = operating_characteristic(n_ref, n_test, k, wanted, [shift], [ratio])
    chance = np.random.default_rng(5)
    met = sum(quality_range_met(chance.normal(size=n_ref), chance.normal(shift, ratio, n_test), k, wanted)
              for _ in range(runs)) / runs  # fmt: skip
    assert met == pytest.approx(told.passes, abs=4 * math.sqrt(told.passes * (1 - told.passes) / runs))


def quality_range_met(reference: np.ndarray, tested: np.ndarray, k: float, wanted: float) -> bool:
    inside = np.abs(tested - reference.mean()) <= k * reference.std(ddof=1)
    return bool(inside.sum() >= math.ceil(wanted * len(tested)))


def test_the_chance_to_pass_falls_with_the_shift() -> None:
    curve = quality_range([1, 2, 3, 4.5, 5], [3, 2, 4]).curve
    assert all(a.passes > b.passes for a, b in pairwise(curve))


@pytest.mark.parametrize(("side", "shift"), [(Side.BOTH, 0.0), (Side.BOTH, 2.0), (Side.LOWER, 1.5), (Side.UPPER, 1.5)])
def test_a_tolerance_interval_tells_how_often_another_site_would_lie_within(side: Side, shift: float) -> None:
    n, tested, runs = 6, 4, 4000
    chance = np.random.default_rng(11)
    made = tolerance.normal(chance.normal(size=n), 0.95, 0.95, side, tested=tested)
    told = next(c.passes for c in made.curve if c.shift == shift)
    held = 0
    for _ in range(runs):
        reference, theirs = chance.normal(size=n), chance.normal(-shift if side is Side.LOWER else shift, 1, tested)
        reach = float(made.factor or 0) * reference.std(ddof=1)
        low, high = reference.mean() - reach, reference.mean() + reach
        held += bool(((theirs >= low) | (side is Side.UPPER)).all() and ((theirs <= high) | (side is Side.LOWER)).all())
    assert held / runs == pytest.approx(told, abs=4 * math.sqrt(told * (1 - told) / runs))
    assert tolerance.normal([1, 2, 3, 4.5]).curve == ()
