"""Capability indices, shares and end points: published numbers, independent implementations, invariants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from milenari.science import capability, endpoints, proportion
from milenari.science.computed import Unfit
from milenari.science.endpoints import Batch


def test_the_nist_handbook_indices() -> None:
    made = capability.of_summary(16, 2, 50, 8, 20)
    assert made.cp is not None and made.cpk is not None
    assert (made.cp.value, made.cpk.value) == pytest.approx((1.0, 2 / 3))
    low, high = np.sqrt(stats.chi2.ppf([0.025, 0.975], 49) / 49)
    assert (made.cp.ci_low, made.cp.ci_high) == pytest.approx((low, high))


def test_short_term_indices_rest_on_moving_ranges() -> None:
    values = [16.2, 14.8, 15.9, 17.1, 15.2, 16.6, 15.5, 16.0, 14.9, 16.4]
    made = capability.of_values(values, 8, 20)
    assert made.sd_within == pytest.approx(np.abs(np.diff(values)).mean() / 1.128)
    assert made.cpk is not None and made.cpk.value == pytest.approx((20 - np.mean(values)) / (3 * made.sd_within))
    assert made.ppk is not None and made.ppk.value == pytest.approx(
        (20 - np.mean(values)) / (3 * np.std(values, ddof=1))
    )
    assert (made.outside, made.provisional) == (0, True)


def test_the_freedom_of_a_mean_moving_range_is_what_simulation_shows() -> None:
    n = 15
    x = np.random.default_rng(3).normal(size=(60000, n))
    estimates = np.abs(np.diff(x, axis=1)).mean(axis=1)
    relative = estimates.var() / estimates.mean() ** 2
    assert 1 / (2 * relative) == pytest.approx(capability.moving_range_freedom(n), rel=0.02)


def test_the_interval_of_ppk_holds_about_as_often_as_it_says() -> None:
    chance, true = np.random.default_rng(9), 1.0
    held = [made.ppk.ci_low <= true <= made.ppk.ci_high
            for x in chance.normal(0, 1, (600, 40)) if (made := capability.of_summary(
                float(x.mean()), float(x.std(ddof=1)), 40, -3, None)).ppk]  # fmt: skip
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


@given(st.lists(st.integers(-99, 99), min_size=8, max_size=20), st.floats(0.01, 100), st.floats(-1e3, 1e3))
@settings(max_examples=40, deadline=None)
def test_capability_has_no_unit(values: list[int], scale: float, shift: float) -> None:
    if len(set(values)) < 2:
        return
    made = capability.of_values(values, -200, 150)
    moved = capability.of_values([scale * v + shift for v in values], -200 * scale + shift, 150 * scale + shift)
    for name in ("cp", "cpk", "pp", "ppk"):
        assert getattr(moved, name).value == pytest.approx(getattr(made, name).value, rel=1e-6)
    assert made.cpk.value <= made.cp.value + 1e-12 and made.ppk.value <= made.pp.value + 1e-12


def test_one_limit_gives_one_sided_indices_only() -> None:
    made = capability.of_summary(95, 1, 30, 90, None)
    assert made.cp is None and made.cpk is not None and made.cpk.value == pytest.approx(5 / 3)


@pytest.mark.parametrize(
    ("code", "act"),
    [("no-limit", lambda: capability.of_summary(1, 1, 5, None, None)),
     ("limits-crossed", lambda: capability.of_summary(1, 1, 5, 3, 2)),
     ("no-spread", lambda: capability.of_summary(1, -1, 5, 0, 2)),
     ("constant", lambda: capability.of_values([3] * 12, 0, 5)),
     ("too-few", lambda: capability.of_values([3, 4], 0, 5)),
     ("more-than-all", lambda: proportion.exact(5, 4)),
     ("not-a-count", lambda: proportion.exact(-1, 4)),
     ("too-few", lambda: proportion.difference((1, 2), (0, 0)))],
)  # fmt: skip
def test_what_has_no_index_or_share_is_refused(code: str, act) -> None:
    with pytest.raises(Unfit) as refused:
        act()
    assert refused.value.code == code


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
@settings(max_examples=60, deadline=None)
def test_intervals_of_shares_agree_with_statsmodels(counted: tuple[int, int], confidence: float) -> None:
    k, n = counted
    for mine, name in ((proportion.exact, "beta"), (proportion.wilson, "wilson")):
        made = mine(k, n, confidence)
        low, high = proportion_confint(k, n, 1 - confidence, name)
        assert (made.ci_low, made.ci_high) == pytest.approx((max(low, 0), min(high, 1)), abs=1e-9)
        assert made.ci_low <= k / n <= made.ci_high
    mirrored = proportion.exact(n - k, n, confidence)
    assert (1 - mirrored.ci_high, 1 - mirrored.ci_low) == pytest.approx(
        (proportion.exact(k, n, confidence).ci_low, proportion.exact(k, n, confidence).ci_high), abs=1e-9)  # fmt: skip


def test_printed_intervals_of_published_trials() -> None:
    # doi:10.1002/ajh.26519: OR 94 % (73-99) of 17/18, CR 78 % (52-94) of 14/18; exact binomial
    assert [round(100 * x) for x in (proportion.exact(17, 18).ci_low, proportion.exact(14, 18).ci_low,
                                     proportion.exact(14, 18).ci_high)] == [73, 52, 94]  # fmt: skip
    assert 100 * proportion.exact(0, 460, 0.95).ci_high == pytest.approx(0.80, abs=0.005)  # RCL, omtm 2017.09.008


def test_the_difference_agrees_with_statsmodels_and_is_antisymmetric() -> None:
    made = proportion.difference((47, 50), (5, 8))
    low, high = confint_proportions_2indep(47, 50, 5, 8, method="newcomb", compare="diff", correction=False)
    assert (made.ci_low, made.ci_high) == pytest.approx((low, high), abs=1e-9)
    turned = proportion.difference((5, 8), (47, 50))
    assert (turned.difference, turned.ci_low) == pytest.approx((-made.difference, -made.ci_high))


def test_every_site_has_its_share_also_an_empty_one() -> None:
    made = proportion.per_site({"ROM": (12, 12), "BEY": (0, 0)})
    assert list(made) == ["BEY", "ROM"]
    assert (made["BEY"].value, made["BEY"].ci_low, made["BEY"].ci_high) == (None, 0, 1)


T0 = datetime(2026, 1, 10, 9, tzinfo=UTC)


def test_end_points_per_site_count_what_is_missing() -> None:
    rows = [
        Batch("B1", "BCN", "1.495e9", 26.0, {"cd4": 55}, True, T0, T0 + timedelta(days=14)),
        Batch("B2", "BCN", 1746000000, 41.9, {}, True, T0, T0 + timedelta(days=13)),
        Batch("B3", "BCN", 1340000000, 39.7, {"cd4": 51}, False, T0),
        Batch("R1", "ROM", successful=None),
    ]
    made = endpoints.of_batches(rows)
    at = {(s.quantity, s.site): s for s in made.summaries}
    cells = at["viable cells", "BCN"]
    assert (cells.n, cells.missing, cells.mean, cells.median) == (3, 0, 1527e6, 1495e6)
    interval = stats.t.interval(0.95, 2, 1527e6, stats.sem([1495e6, 1746e6, 1340e6]))
    assert (cells.mean_low, cells.mean_high) == pytest.approx(interval)
    assert cells.median_low is None and cells.median_achieved == pytest.approx(0.75)  # three values cannot give 95 %
    assert (at["apheresis to infusion", "BCN"].mean, at["apheresis to infusion", "BCN"].missing) == (13.5, 1)
    assert (at["cd4", "ROM"].n, at["cd4", "ROM"].mean, at["cd4", "BCN"].missing) == (0, None, 1)
    assert (made.success["BCN"].successes, made.success["BCN"].of, made.undecided["ROM"]) == (2, 3, 1)
    assert made.success["ROM"].value is None


def test_the_interval_of_a_median_is_the_exact_one() -> None:
    made = endpoints.summarise(list(range(1, 11)), "BCN", "x", "d")
    assert (made.median_low, made.median_high) == (2, 9)  # n 10: second smallest to second largest, 97.9 %
    assert made.median_achieved == pytest.approx(1 - 2 * stats.binom.cdf(1, 10, 0.5))
    for n in range(6, 80):
        one = endpoints.summarise(list(range(n)), "BCN", "x", "d")
        assert one.median_achieved >= 0.95 and one.median_low + one.median_high == n - 1
        assert 1 - 2 * stats.binom.cdf(one.median_low + 1, n, 0.5) < 0.95


@pytest.mark.parametrize(
    ("code", "rows"),
    [("key-twice", [Batch("B1", "BCN"), Batch("B1", "ROM")]),
     ("times-crossed", [Batch("B1", "BCN", apheresis_at=T0, infused_at=T0 - timedelta(hours=1))]),
     ("no-zone", [Batch("B1", "BCN", apheresis_at=T0, infused_at=datetime(2026, 2, 1))]),
     ("not-a-number", [Batch("B1", "BCN", viable_cells="many")])],
)  # fmt: skip
def test_rows_that_contradict_themselves_are_refused(code: str, rows: list[Batch]) -> None:
    with pytest.raises(Unfit) as refused:
        endpoints.of_batches(rows)
    assert refused.value.code == code
