"""Baseline, Nelson's rules, EWMA, CUSUM and drift signals: published examples, planted patterns, and identity."""

from __future__ import annotations

import time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.science import baseline, control_chart, cusum, drift, ewma, individuals, nelson
from milenari.science.computed import Unfit
from milenari.science.drift import Result, Watch
from milenari.science.nelson import Convention

FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]  # NIST/SEMATECH e-Handbook 6.3.2.2
EWMA_DATA = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *FLOW]  # 6.3.2.4
UNIT = baseline.stated(0.0, 1.0)
SERIES = st.lists(st.floats(-4, 4).map(lambda v: round(v, 2)), min_size=1, max_size=60)


def keyed(values: list[float]) -> list[Result]:
    return [Result(f"B{at:03}", value) for at, value in enumerate(values)]


def fired(values: list[float], convention: Convention = Convention.NELSON) -> dict[int, list[int]]:
    found = nelson.flags(np.array(values, dtype=float), 0.0, 1.0, convention)
    return {rule: np.flatnonzero(flags).tolist() for rule, flags in found.items() if flags.any()}


def test_the_individuals_chart_of_the_handbook() -> None:
    base = baseline.of_values(FLOW)
    made = individuals.chart([str(k) for k in range(10)], FLOW, base)
    assert (base.centre, made.mean_range) == pytest.approx((50.81, 1.8778), abs=5e-5)
    assert (made.high, made.low) == pytest.approx((55.8041, 45.8159), abs=1e-4)
    pages = control_chart.individuals([Decimal(str(v)) for v in FLOW])
    assert pages is not None
    limits = (float(pages.high), float(pages.range_high))
    assert limits == pytest.approx((made.high, made.range_high))


def test_the_ewma_chart_of_the_handbook() -> None:
    made = ewma.chart(EWMA_DATA, baseline.stated(50, 2.0539), weight=0.3, settled=True)
    assert (made.high[0], made.low[0], made.averages[-1]) == pytest.approx((52.5884, 47.4115, 51.99), abs=6e-3)
    assert made.high[0] == pytest.approx(52.5884, abs=1e-4)
    assert made.outside == ()


def test_the_cusum_chart_of_the_handbook() -> None:
    # e-Handbook 6.3.2.3: target 325, k 0.3175, h 4.1959 in the unit of the values (recalled table; sums by hand below)
    values = [324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600, 324.625,
              325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350]  # fmt: skip
    made = cusum.chart(values, baseline.stated(325, 1.0), k=0.3175, h=4.1959)
    up, down = 0.0, 0.0
    for at, value in enumerate(values):
        up, down = max(0.0, up + value - 325.3175), max(0.0, down + 324.6825 - value)
        assert (made.upper[at], made.lower[at]) == pytest.approx((up, down), abs=1e-9)
    assert made.above == (13, 14, 15, 16, 17, 18, 19) and made.below == ()
    assert made.upper[13] == pytest.approx(4.94, abs=0.005) and made.began == {13: 12}


@pytest.mark.parametrize(
    ("rule", "values", "at"),
    [
        (1, [0.2, -0.3, 3.01], 2),
        (2, [0.2] * 4 + [0.3] * 5, 8),
        (3, [-1, -0.5, 0, 0.5, 0.9, 0.95], 5),
        (4, [0.3, -0.3] * 7, 13),
        (5, [2.1, 0.0, 2.2], 2),
        (6, [1.1, 1.2, -0.2, 1.3, 1.4], 4),
        (7, [0.5, 0.5, -0.4] * 5, 14),
        (8, [1.2, -1.3, 1.4, -1.1, 1.2, 1.3, -1.2, 1.1], 7),
    ],
)
def test_each_rule_finds_its_pattern_and_not_one_point_earlier(rule: int, values: list[float], at: int) -> None:
    assert fired(values)[rule] == [at]
    assert rule not in fired(values[:-1])


def test_conventions_differ_where_they_say() -> None:
    rising, swinging = [-0.9, -0.5, -0.1, 0.2, 0.5, 0.8, 0.9], [0.3, -0.3] * 7 + [0.3]
    assert fired(rising)[3] == fired(rising, Convention.JMP)[3] == [5, 6]
    assert fired(rising, Convention.MINITAB)[3] == [6]
    assert fired(swinging)[4] == [13, 14] and fired(swinging, Convention.MINITAB)[4] == [14]
    assert fired([0.5] * 8, Convention.WESTERN) == {2: [7]} and 2 not in fired([0.5] * 8)
    assert 3 not in fired(rising, Convention.WESTERN)


def test_edges_of_the_rules() -> None:
    assert fired([3.0, -3.0]) == {}  # on the line is not beyond it
    assert 2 not in fired([0.4] * 8 + [0.0] + [0.4] * 8)  # the centre is on neither side
    assert 3 not in fired([0.1, 0.2, 0.3, 0.3, 0.4, 0.5])  # equal neighbours do not rise
    assert 5 not in fired([2.1, 0.0, -2.2])  # not on one side
    assert 8 not in fired([1.2] * 8)  # one side only is rule 2's business
    assert fired([]) == {}


@given(st.integers(4, 40), st.floats(0.2, 0.9))
@settings(max_examples=25, deadline=None)
def test_a_clean_process_gives_no_signal(count: int, size: float) -> None:
    """Small steps up, up, down, down: no trend, no alternation; values reach out often enough for rule 7."""
    values = [[size, 1.5 * size + 0.3, -size, -1.5 * size - 0.3][at % 4] for at in range(count)]
    found = drift.signals("clean", keyed(values), UNIT, Watch(rules=(1, 2, 3, 4, 5, 6)))
    assert found.signals == ()


@given(SERIES, st.floats(0.1, 90), st.floats(-500, 500))
@settings(max_examples=40, deadline=None)
def test_rules_see_shapes_and_not_units(values: list[float], scale: float, shift: float) -> None:
    here = nelson.flags(np.array(values), 0.0, 1.0)
    wide = nelson.flags(np.array(values) * 4 - 8, -8.0, 4.0)  # powers of two: exact
    down = nelson.flags(-np.array(values), 0.0, 1.0)
    for rule in here:
        assert (here[rule] == wide[rule]).all() and (here[rule] == down[rule]).all()
    base = baseline.stated(shift, scale)
    moved = ewma.chart([shift + scale * v for v in values], base)
    plain = ewma.chart(values, UNIT)
    assert np.allclose((np.array(moved.averages) - shift) / scale, plain.averages, atol=1e-6 * (1 + abs(shift) / scale))


@given(SERIES, SERIES)
@settings(max_examples=50, deadline=None)
def test_later_results_change_no_earlier_signal(values: list[float], more: list[float]) -> None:
    """So a task is opened once: whatever arose stays, with its id; what is new arose at a new result or is new."""
    before = drift.signals("ROM viability", keyed(values), UNIT)
    after = drift.signals("ROM viability", keyed(values + more), UNIT)
    known = {s.id for s in before.signals}
    assert known <= {s.id for s in after.signals}
    for signal in drift.new_signals(after, known):
        assert int(signal.first[1:]) >= len(values)
    assert drift.new_signals(after, {s.id for s in after.signals}) == ()


def test_a_signals_identity_is_its_series_baseline_test_and_first_result() -> None:
    values = [0.1, 3.5, 3.6, 0.1, 3.7]
    found = drift.signals("a", keyed(values), UNIT, Watch(ewma_weight=None, cusum_slack=None, rules=(1,)))
    assert [(s.first, s.last, s.count) for s in found.signals] == [("B001", "B002", 2), ("B004", "B004", 1)]
    ids = {s.id for s in found.signals}
    for other in (drift.signals("b", keyed(values), UNIT, Watch(rules=(1,))),
                  drift.signals("a", keyed(values), baseline.stated(0.0, 1.01), Watch(rules=(1,))),
                  drift.signals("a", keyed(values), UNIT, Watch(Convention.MINITAB, rules=(1,)))):  # fmt: skip
        assert not ids & {s.id for s in other.signals}


def test_a_lasting_shift_is_found_by_the_tests_made_for_it() -> None:
    base = baseline.of_values(list(np.random.default_rng(4).normal(50, 2, 40)))
    shifted = list(np.random.default_rng(5).normal(50 + 1.5 * base.sigma, 2, 30))
    found = {s.test for s in drift.signals("shift", keyed(shifted), base).signals}
    assert {"ewma-high", "cusum-high", "nelson-2"} <= found and not {"ewma-low", "cusum-low"} & found


def test_what_cannot_be_charted_is_refused() -> None:
    for code, act in (
        ("constant", lambda: baseline.of_values([5] * 20)),
        ("too-few", lambda: baseline.of_values([1, 2, 3])),
        ("no-spread", lambda: baseline.stated(1, 0)),
        ("key-twice", lambda: drift.signals("s", [Result("a", 1), Result("a", 2)], UNIT)),
        ("rule-unknown", lambda: drift.signals("s", keyed([1.0]), UNIT, Watch(rules=(9,)))),
        ("not-a-number", lambda: drift.signals("s", [Result("a", "x")], UNIT)),
        ("weight-unfit", lambda: ewma.chart([1.0], UNIT, weight=0)),
        ("weight-unfit", lambda: cusum.chart([1.0], UNIT, h=0)),
    ):
        with pytest.raises(Unfit) as refused:
            act()
        assert refused.value.code == code


@pytest.mark.slow
def test_a_hundred_thousand_points_take_less_than_a_second() -> None:
    values = np.random.default_rng(1).normal(size=100_000)
    ewma.averaged(values[:10], UNIT, 0.2, 3.0, False)  # loads SciPy, which is not what is timed
    begun = time.process_time()
    nelson.flags(values, 0.0, 1.0)
    ewma.averaged(values, UNIT, 0.2, 3.0, False)
    cusum.sums(values, UNIT, 0.5, 5.0)
    assert time.process_time() - begun < 1.0
