"""Boundaries that stop a trial, against published tables and against every outcome added up."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from milenari.science.computed import Unfit
from milenari.science.design import predictive, stopping
from tests.science.tables import real, rows, whole

SHAPE = stopping.Shape
TOXICITY = rows("design_toxicity_boundaries")
RULES = sorted({(r["type"], float(r["p0"]), float(r["alpha"]), int(r["nmax"])) for r in TOXICITY})


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_boundaries_of_toxicity_are_the_published_ones(rule: tuple[str, float, float, int]) -> None:
    asked = [r for r in TOXICITY if (r["type"], float(r["p0"]), float(r["alpha"]), int(r["nmax"])) == rule]
    made = stopping.boundary(SHAPE(rule[0].lower()), rule[1], range(1, rule[3] + 1), alpha=rule[2])
    assert [(x.n, x.stop_at) for x in made.looks] == [tuple(whole(r, "n", "stop_if_tox_ge")) for r in asked]
    assert made.achieved == pytest.approx(float(asked[0]["achieved_alpha"]), abs=5e-7) and made.achieved <= rule[2]


def test_the_pocock_boundary_of_30_patients() -> None:
    """stoppingrule, p0 .20, alpha .05: 3 of 3, 4 of 6, 5 of 8, 6 of 11, 7 of 14."""
    stops = {x.n: x.stop_at for x in stopping.boundary(SHAPE.POCOCK, 0.2, range(1, 31), alpha=0.05).looks}
    assert [stops[n] for n in (3, 4, 6, 7, 8, 11, 14)] == [3, 4, 4, 5, 5, 6, 7]
    other = {x.n: x.stop_at for x in stopping.boundary(SHAPE.POCOCK, 0.1, range(1, 31), alpha=0.05).looks}
    assert [other[n] for n in (2, 6, 10)] == [2, 3, 4]


def test_crossing_probabilities_at_group_looks() -> None:
    """clinfun toxbdry: stop above 7, 12, 17, 20 of 20, 40, 60, 75; .101 at .20 and .935 at .35."""
    asked = [(0.2, 0.101), (0.35, 0.935)]
    for rate, told in asked:
        assert round(stopping.crossing((20, 40, 60, 75), (8, 13, 18, 21), rate).stopped, 3) == told


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9), st.floats(0.05, 0.9))
@settings(max_examples=60, deadline=None)
def test_crossing_is_every_outcome_added_up(stops: list[int], rate: float) -> None:
    made = stopping.crossing(range(1, len(stops) + 1), stops, rate)
    stopped = size = events = 0.0
    for outcome in itertools.product((0, 1), repeat=len(stops)):
        chance = math.prod(rate if x else 1 - rate for x in outcome)
        sums = list(itertools.accumulate(outcome))
        at = next((k for k, (y, stop) in enumerate(zip(sums, stops, strict=True)) if y >= stop), None)
        stopped += chance * (at is not None)
        last = len(stops) - 1 if at is None else at
        size += chance * (last + 1)
        events += chance * sums[last]
    assert (made.stopped, made.expected_n, made.expected_toxicities) == pytest.approx((stopped, size, events), abs=1e-9)


def test_the_bayesian_boundary_is_where_the_posterior_says_so() -> None:
    made = stopping.boundary(SHAPE.BAYES, 0.25, (5, 10, 15, 20), constant=0.95, prior=(0.5, 1.5))
    for look in made.looks:
        for y, beyond in ((look.stop_at, True), (look.stop_at - 1, False)):
            posterior = float(stats.beta.sf(0.25, 0.5 + y, 1.5 + look.n - y))
            assert (posterior >= 0.95) is beyond
    level = stopping.boundary(SHAPE.BAYES, 0.25, (5, 10, 15, 20), alpha=0.05, prior=(0.5, 1.5))
    looser = [x.stop_at - 1 for x in level.looks]
    assert level.achieved <= 0.05 < stopping.crossing((5, 10, 15, 20), looser, 0.25).stopped


@given(st.sampled_from(list(SHAPE)), st.floats(0.05, 0.6), st.floats(0.01, 0.3), st.integers(3, 25))
@settings(max_examples=12, deadline=None)
def test_a_boundary_keeps_its_alpha_and_never_falls(shape: stopping.Shape, p0: float, alpha: float, n: int) -> None:
    made = stopping.boundary(shape, p0, range(1, n + 1), alpha=alpha, rates=(p0, min(0.95, p0 + 0.2)))
    stops = [x.stop_at for x in made.looks]
    assert made.achieved <= alpha and stops == sorted(stops)
    assert made.at[1].stopped >= made.at[0].stopped == made.achieved


@pytest.mark.parametrize("row", rows("design_predictive_probability"), ids=lambda r: f"{r['x']}of{r['n']}")
def test_predictive_probabilities_are_the_published_ones(row: dict[str, str]) -> None:
    prior = (float(row["prior_a"]), float(row["prior_b"]))
    made = predictive.predictive(*whole(row, "n", "x", "nmax"), prior, *real(row, "p0", "theta_T"))
    assert made.predictive == pytest.approx(float(row["PP"]), abs=1e-8)


def test_lee_and_lius_rejection_region_and_errors() -> None:
    """Lee & Liu 2008, p0 .2 against .4, 36 patients (values recalled, recomputed here): 0/10, 1/17, 2/21 ... 10/36."""
    made = predictive.monitoring(range(10, 36), 36, (0.2, 0.8), 0.2, 0.922, 0.001, rates=(0.2, 0.4))
    region = {x.n: x.futile_at_most for x in made.looks}
    first = {low: min(n for n, at in region.items() if at == low) for low in range(11)}
    assert list(first.values()) == [10, 17, 21, 24, 27, 29, 31, 33, 34, 35, 36]
    assert (round(made.at[0].success, 3), round(made.at[1].success, 3)) == (0.088, 0.906)


def test_predictive_probability_by_another_integral() -> None:
    """The average over the posterior of the chance to reach the number of responses needed."""
    made = predictive.predictive(12, 7, 30, (1.0, 1.0), 0.4, 0.9)
    assert made.needed is not None
    posterior = stats.beta(1 + 7, 1 + 5)
    chance = integrate.quad(lambda p: posterior.pdf(p) * stats.binom.sf(made.needed - 7 - 1, 18, p), 0, 1,
                            epsabs=1e-12)[0]  # fmt: skip
    assert made.predictive == pytest.approx(chance, abs=1e-9)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("looks-unfit", lambda: stopping.boundary(SHAPE.POCOCK, 0.2, (), alpha=0.05)),
        ("looks-unfit", lambda: stopping.boundary(SHAPE.POCOCK, 0.2, (10, 5), alpha=0.05)),
        ("options-crossed", lambda: stopping.boundary(SHAPE.POCOCK, 0.2, (5, 10))),
        ("options-crossed", lambda: stopping.boundary(SHAPE.OBF, 0.2, (5, 10), alpha=0.05, prior=(1, 1))),
        ("prior-unfit", lambda: stopping.boundary(SHAPE.BAYES, 0.2, (5, 10), alpha=0.05, prior=(0, 1))),
        ("not-a-share", lambda: stopping.boundary(SHAPE.BAYES, 0.2, (5, 10), constant=95)),
        ("not-a-share", lambda: stopping.boundary(SHAPE.BAYES, 20, (5, 10), constant=0.95)),
        ("more-than-all", lambda: predictive.predictive(5, 6, 40, (1, 1), 0.2, 0.9)),
        ("more-than-all", lambda: predictive.predictive(50, 6, 40, (1, 1), 0.2, 0.9)),
        ("prior-unfit", lambda: predictive.predictive(5, 3, 40, (-1, 1), 0.2, 0.9)),
        ("looks-unfit", lambda: predictive.monitoring((10, 40), 40, (1, 1), 0.2, 0.9, 0.05)),
        ("not-a-share", lambda: predictive.monitoring((10,), 40, (1, 1), 0.2, 0.9, 0.9, 0.1)),
    ],
)
def test_boundaries_that_cannot_be_are_refused(code: str, asked) -> None:
    with pytest.raises(Unfit) as told:
        asked()
    assert told.value.code == code
