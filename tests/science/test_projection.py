"""Projection of stock: the Poisson law where it is exact, and what must hold whatever the lots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from milenari.science.planning.projection import YEAR, Shelf, project
from milenari.science.unfit import Unfit

FUTURES = 4_000
FOREVER = 10_000


@pytest.mark.parametrize(("doses", "per_year"), [(5, 12.0), (20, 60.0), (0, 5.0)])
def test_one_lot_that_never_ends_runs_out_as_the_poisson_law_says(doses: int, per_year: float) -> None:
    """P(somebody waited by the evening of day t) = P(more than `doses` were asked for); three standard errors."""
    found = project([Shelf("L", doses, 0, FOREVER)], per_year, 300, seed=7, futures=FUTURES)
    for day in (0, 30, 99, 299):
        exact = float(stats.poisson.sf(doses, per_year * (day + 1) / YEAR))
        error = np.sqrt(max(exact * (1 - exact), 1e-4) / FUTURES)
        assert abs(found.waited[day] - exact) <= 3 * error, (day, found.waited[day], exact)
    left = stats.poisson.ppf(0.5, per_year * 300 / YEAR)
    assert abs(found.middle[299] - max(0, doses - left)) <= 1


def test_the_first_day_without_is_the_gamma_laws() -> None:
    """The day on which dose n + 1 is asked for is gamma distributed; to a day and three standard errors of a median."""
    n, per_year = 11, 40.0
    found = project([Shelf("L", n, 0, FOREVER)], per_year, 700, seed=3, futures=FUTURES)
    law = stats.gamma(n + 1, scale=YEAR / per_year)
    for share, day in ((0.05, found.out_early), (0.5, found.out_middle), (0.95, found.out_late)):
        exact = float(law.ppf(share))
        error = np.sqrt(share * (1 - share) / FUTURES) / float(law.pdf(exact))
        assert day is not None and abs(day - exact) <= 1 + 3 * error, (share, day, exact)


def test_what_expires_is_what_nobody_asked_for() -> None:
    """Mean of max(0, n - Poisson) for one lot that ends; three standard errors."""
    n, per_year, last = 8, 30.0, 59
    found = project([Shelf("L", n, 0, last)], per_year, 200, seed=5, futures=FUTURES)
    law = stats.poisson(per_year * (last + 1) / YEAR)
    k = np.arange(n + 1)
    mean = float(((n - k) * law.pmf(k)).sum())
    spread = np.sqrt(float(((n - k) ** 2 * law.pmf(k)).sum()) - mean**2)
    assert abs(found.expired - mean) <= 3 * spread / np.sqrt(FUTURES)
    assert set(found.high[last + 1 :]) == {0}, "after its last day nothing of it is on the shelf"


def test_the_lot_that_expires_first_is_used_first() -> None:
    """Used the other way round, the short lot would expire untouched."""
    both = [Shelf("LONG", 10, 0, FOREVER), Shelf("SHORT", 10, 0, 99)]
    found = project(both, 36.525, 200, seed=2, futures=FUTURES)  # ten doses in the first hundred days on average
    law, k = stats.poisson(36.525 * 100 / YEAR), np.arange(11)
    assert found.expired == pytest.approx(float(((10 - k) * law.pmf(k)).sum()), abs=0.1)


def test_a_lot_that_may_fail_comes_in_its_share_of_futures_and_late_ones_serve_who_waits() -> None:
    never = project([Shelf("L", 1000, 50, FOREVER, 0.0)], 50, 100, futures=500)
    assert set(never.high) == {0} and never.expired == 0
    some = project([Shelf("L", 1000, 50, FOREVER, 0.7)], 50, 100, futures=FUTURES)
    assert set(some.high[:50]) == {0} and some.middle[60] > 900
    assert some.low[60] == 0, "in three of ten futures the lot fails"
    assert some.high[50] < 1000, "those who waited were served when it came"


shelves = st.builds(
    lambda code, doses, first, span, passes: Shelf(f"L{code}", doses, first, first + span, passes),
    st.integers(0, 9), st.integers(0, 30), st.integers(-20, 120), st.integers(0, 200), st.sampled_from([0.0, 0.5, 1.0]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(shelves, max_size=5), st.floats(0.5, 400), st.integers(1, 150), st.integers(0, 5))
def test_whatever_the_lots(lots: list[Shelf], per_year: float, days: int, seed: int) -> None:
    found = project(lots, per_year, days, seed, futures=60)
    assert found == project(list(reversed(lots)), per_year, days, seed, futures=60) or len(
        {x.code for x in lots}
    ) < len(lots)
    whole = sum(lot.doses for lot in lots)
    for low, middle, high in zip(found.low, found.middle, found.high, strict=True):
        assert 0 <= low <= middle <= high <= whole
    assert list(found.waited) == sorted(found.waited), "who has waited has waited"
    assert 0 <= found.expired <= whole
    days_out = [d for d in (found.out_early, found.out_middle, found.out_late) if d is not None]
    assert days_out == sorted(days_out)


@pytest.mark.parametrize(
    ("lots", "per_year", "days", "code"),
    [
        ([], 0.0, 10, "not-positive"),
        ([], float("nan"), 10, "not-positive"),
        ([], 5.0, 0, "not-a-span"),
        ([], 5.0, 4_000, "not-a-span"),
        ([Shelf("L", -1, 0, 5)], 5.0, 10, "lot-impossible"),
        ([Shelf("L", 1, 6, 5)], 5.0, 10, "lot-impossible"),
        ([Shelf("L", 1, 0, 5, 1.2)], 5.0, 10, "lot-impossible"),
    ],
)
def test_what_cannot_be_is_refused(lots: list[Shelf], per_year: float, days: int, code: str) -> None:
    with pytest.raises(Unfit) as refused:
        project(lots, per_year, days)
    assert refused.value.code == code


def test_no_lot_at_all_is_an_empty_shelf_and_not_an_error() -> None:
    found = project([], 12, 60, futures=500)
    assert set(found.high) == {0} and found.expired == 0
    law = stats.expon(scale=YEAR / 12)  # the first who asks waits
    assert found.out_middle is not None and abs(found.out_middle - law.ppf(0.5)) <= 4
