"""TOST: published vectors, statsmodels as an independent implementation, and what must hold for any data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats import weightstats

from milenari.science import equivalence as eq
from milenari.science.computed import Unfit
from milenari.science.equivalence import Margin, Outcome

# R package equivalence, shipped as expected values with statsmodels (test_tost.py): clinic data, two treatments.
FIRST = [2.84, 2.51, 2.41, 2.95, 3.14, 3.79, 4.14, 3.85, 3.02, 3.45, 5.37, 3.81, 4.19, 3.16, 3.84]
SECOND = [2.60, 2.82, 2.18, 3.46, 4.01, 3.04, 3.47, 4.06, 2.91, 4.51, 3.16, 3.86, 3.31, 3.02, 2.30]
SAMPLES = st.lists(st.floats(-50, 50).map(lambda v: round(v, 3)), min_size=3, max_size=12)


def spread(values: list[float]) -> bool:
    return float(np.std(values)) > 0.01


@pytest.mark.parametrize(
    ("estimate", "se", "df", "p"),
    [(0.5626667, 0.2478276, 14, 0.4412034), (0.1646667, 0.1357514, 14, 0.0031669),
     (0.5626667, 0.2149872, 24.110, 0.4317937), (0.5626667, 0.2149872, 28, 0.4316935)],
)  # fmt: skip
def test_published_vectors(estimate: float, se: float, df: float, p: float) -> None:
    made = eq.from_error(estimate, se, df, Margin.symmetric(0.6))
    assert made.p == pytest.approx(p, abs=2e-6)
    assert made.outcome is (Outcome.EQUIVALENT if p < 0.05 else Outcome.NOT_ENOUGH)


def test_samples_agree_with_statsmodels() -> None:
    margin = Margin(-0.6, 0.7)
    paired = eq.paired(FIRST, SECOND, margin)
    theirs = weightstats.ttost_paired(np.array(FIRST), np.array(SECOND), -0.6, 0.7)
    assert (paired.p, paired.t_low, paired.t_high) == pytest.approx((theirs[0], theirs[1][0], theirs[2][0]), rel=1e-12)
    for pooled, named in ((False, "unequal"), (True, "pooled")):
        made = eq.unpaired(FIRST, SECOND[:11], margin, pooled=pooled)
        theirs = weightstats.ttost_ind(np.array(FIRST), np.array(SECOND[:11]), -0.6, 0.7, usevar=named)
        assert (made.p, made.df) == pytest.approx((theirs[0], theirs[1][2]), rel=1e-12)


def test_ratio_scale_is_the_comparison_of_logarithms() -> None:
    made = eq.paired(FIRST, SECOND, Margin(0.8, 1.25, ratio=True))
    logs = eq.paired(list(np.log(FIRST)), list(np.log(SECOND)), Margin(math.log(0.8), math.log(1.25)))
    assert (made.p, math.log(made.estimate), math.log(made.ci_low)) == pytest.approx(
        (logs.p, logs.estimate, logs.ci_low), rel=1e-9)  # fmt: skip


@pytest.mark.parametrize(
    ("estimate", "outcome"),
    [
        (0.0, Outcome.EQUIVALENT),
        (2.9, Outcome.NOT_ENOUGH),
        (5.0, Outcome.NOT_EQUIVALENT),
        (-5.0, Outcome.NOT_EQUIVALENT),
    ],
)
def test_three_outcomes(estimate: float, outcome: Outcome) -> None:
    assert eq.from_error(estimate, 0.5, 10, Margin.symmetric(3)).outcome is outcome


@given(SAMPLES, st.integers(0, 10**6), st.floats(0.1, 20), st.floats(0.01, 0.2))
@settings(max_examples=60, deadline=None)
def test_the_conclusion_is_that_the_interval_lies_inside(
    values: list[float], seed: int, reach: float, alpha: float
) -> None:
    other = list(np.random.default_rng(seed).normal(0, 5, len(values)))
    assume(spread(list(np.subtract(values, other))))
    made = eq.paired(values, other, Margin.symmetric(reach), alpha)
    inside = -reach < made.ci_low and made.ci_high < reach
    assert inside == (made.outcome is Outcome.EQUIVALENT)
    assert made.outcome is not Outcome.NOT_EQUIVALENT or made.ci_low >= reach or made.ci_high <= -reach


@given(SAMPLES, SAMPLES, st.floats(-100, 100), st.floats(0.5, 50))
@settings(max_examples=40, deadline=None)
def test_units_and_origin_change_nothing(a: list[float], b: list[float], shift: float, scale: float) -> None:
    assume(spread(a) and spread(b))
    made = eq.unpaired(a, b, Margin(-3, 4))
    moved = eq.unpaired([scale * x + shift for x in a], [scale * x + shift for x in b], Margin(-3 * scale, 4 * scale))
    assert moved.p == pytest.approx(made.p, rel=1e-6, abs=1e-12)
    assert moved.df == pytest.approx(made.df, rel=1e-6)


@given(SAMPLES, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_pairs_and_direction_change_nothing(values: list[float], chance) -> None:
    other = [v * 0.9 + chance.uniform(-1, 1) for v in values]
    pairs = list(zip(values, other, strict=True))
    assume(spread([a - b for a, b in pairs]))
    made = eq.paired(values, other, Margin(-2, 3))
    chance.shuffle(pairs)
    mixed = eq.paired([a for a, _ in pairs], [b for _, b in pairs], Margin(-2, 3))
    turned = eq.paired(other, values, Margin(-3, 2))
    assert mixed.p == pytest.approx(made.p, rel=1e-9)
    assert (turned.p, turned.estimate) == pytest.approx((made.p, -made.estimate), rel=1e-9)


@given(SAMPLES)
@settings(max_examples=30, deadline=None)
def test_intervals_nest_with_their_level(values: list[float]) -> None:
    assume(spread(values))
    zero = [0.0] * len(values)
    wide, narrow = (eq.paired(values, zero, Margin.symmetric(1), alpha) for alpha in (0.01, 0.1))
    assert wide.ci_low < narrow.ci_low < narrow.ci_high < wide.ci_high


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("pairs-incomplete", lambda: eq.paired(FIRST, SECOND[:3], Margin.symmetric(1))),
        ("constant", lambda: eq.paired([1.1, 2.1, 3.1], [1.0, 2.0, 3.0], Margin.symmetric(1))),
        ("constant", lambda: eq.unpaired([2, 2], [3, 3, 3], Margin.symmetric(1))),
        ("too-few", lambda: eq.paired([1], [2], Margin.symmetric(1))),
        ("not-positive", lambda: eq.paired([1, -2, 3], [1, 2, 4], Margin(0.8, 1.25, ratio=True))),
        ("not-a-number", lambda: eq.paired([1, math.nan, 3], [1, 2, 4], Margin.symmetric(1))),
        ("margin-unfit", lambda: Margin(1, 2)),
        ("margin-unfit", lambda: Margin(-1, 2, ratio=True)),
        ("no-spread", lambda: eq.from_error(0, -1, 5, Margin.symmetric(1))),
        ("no-spread", lambda: eq.from_summary((1, 2), (-1, 2), (4, 4), Margin.symmetric(1))),
        ("not-a-share", lambda: eq.from_error(0, 1, 5, Margin.symmetric(1), alpha=1.5)),
        ("summary-unfit", lambda: eq.from_error(0, 1, 0, Margin.symmetric(1))),
    ],
)
def test_what_cannot_be_judged_is_refused(code: str, act) -> None:
    with pytest.raises(Unfit) as refused:
        act()
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")


def test_a_reading_has_no_floats_and_says_where_it_comes_from() -> None:
    def floats(value) -> bool:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return isinstance(value, float) or any(floats(v) for v in inside)

    made = eq.paired(FIRST, SECOND, Margin.symmetric(0.6))
    assert not floats(made.reading()) and floats(made.to_json())
    assert (made.reading()["method"], made.reading()["version"]) == ("tost-paired", "1")
    assert float(made.reading()["p"]) == pytest.approx(made.p, rel=1e-11)
