"""Designs of one response rate and sizes for times to an event, against published tables and other ways to compute."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from milenari.science.computed import Unfit
from milenari.science.design import single_stage, survival_size, two_stage
from tests.science.tables import real, rows, whole

FOUR = ("p0", "p1", "alpha", "beta")
SIMON = rows("design_simon_two_stage")
ASKED = sorted({tuple(real(row, *FOUR)) for row in SIMON})


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_simons_designs_are_the_published_ones(asked: tuple[float, float, float, float]) -> None:
    made = two_stage.simon(*asked)
    for row in (row for row in SIMON if tuple(real(row, *FOUR)) == asked):
        design = getattr(made, row["design"])
        assert [design.r1, design.n1, design.r, design.n] == whole(row, "r1", "n1", "r", "n"), row
        assert design.expected_n == pytest.approx(float(row["EN_p0"]), abs=1e-4)
        assert design.stop_early == pytest.approx(float(row["PET_p0"]), abs=1e-4)
        assert design.alpha <= asked[2] and design.beta <= asked[3]


@pytest.mark.parametrize("asked", [(0.05, 0.25, 0.05, 0.2), (0.1, 0.35, 0.1, 0.1), (0.5, 0.75, 0.05, 0.2)], ids=str)
def test_no_other_design_of_up_to_30_patients_is_better(asked: tuple[float, float, float, float]) -> None:
    """Every n1, n, r1 and r, plainly: the chance to pass is a sum over responses of the first stage."""
    p0, p1, alpha, beta = asked
    feasible = []
    for n in range(2, 31):
        for n1 in range(1, n):
            second = np.arange(n - n1 + 1)
            both = [stats.binom.pmf(np.arange(n1 + 1), n1, p)[:, None] * stats.binom.pmf(second, n - n1, p)
                    for p in (p0, p1)]  # fmt: skip
            total = np.arange(n1 + 1)[:, None] + second
            for r1 in range(n1):
                for r in range(r1, n):
                    passed = total[r1 + 1 :] > r
                    if both[0][r1 + 1 :][passed].sum() <= alpha and both[1][r1 + 1 :][passed].sum() >= 1 - beta:
                        stop = both[0][: r1 + 1].sum()
                        feasible.append((r1, n1, r, n, n1 + (1 - stop) * (n - n1)))
                        break
    made = two_stage.simon(*asked, n_max=30)
    optimal, minimax = min(feasible, key=lambda d: d[4]), min(feasible, key=lambda d: (d[3], d[4]))
    for design, want in ((made.optimal, optimal), (made.minimax, minimax)):
        assert (design.r1, design.n1, design.r, design.n) == want[:4]
        assert design.expected_n == pytest.approx(want[4], abs=1e-9)


def test_only_a_stated_tolerance_gives_the_smaller_design_that_breaks_its_alpha() -> None:
    for row in rows("design_simon_tolerance_trap"):
        made = getattr(two_stage.simon(*real(row, *FOUR), tolerance=float(row["tolerance"])), row["which"])
        assert [made.r1, made.n1, made.r, made.n] == whole(row, "r1", "n1", "r", "n"), row
        if row["alpha_exact"]:
            assert [made.alpha, made.beta] == pytest.approx(real(row, "alpha_exact", "beta_exact"), abs=1e-12)


@given(st.integers(1, 8), st.integers(1, 8), st.data(), st.floats(0.05, 0.95))
@settings(max_examples=60, deadline=None)
def test_operating_characteristics_are_those_of_every_outcome_added_up(n1: int, n2: int, data, rate: float) -> None:
    r1 = data.draw(st.integers(0, n1 - 1))
    r = data.draw(st.integers(r1, n1 + n2 - 1))
    made = two_stage.operating(r1, n1, r, n1 + n2, [rate]).at[0]
    promising = stop = 0.0
    for outcome in itertools.product((0, 1), repeat=n1):
        chance = math.prod(rate if x else 1 - rate for x in outcome)
        if sum(outcome) <= r1:
            stop += chance
        else:
            promising += chance * float(stats.binom.sf(r - sum(outcome), n2, rate))
    assert (made.promising, made.stop_early) == pytest.approx((promising, stop), abs=1e-12)
    assert made.expected_n == pytest.approx(n1 + (1 - stop) * n2)


def test_admissible_designs_are_best_for_their_weights() -> None:
    made = two_stage.simon(0.1, 0.3, 0.05, 0.2)
    assert (made.admissible[0].n, made.admissible[-1].n) == (made.minimax.n, made.optimal.n)
    assert made.admissible[0].weights[1] == 1.0 and made.admissible[-1].weights[0] == 0.0
    for weight in (0.01, 0.2, 0.35, 0.6, 0.9):
        best = min(made.admissible, key=lambda d: weight * d.n + (1 - weight) * d.expected_n)
        assert best.weights[0] <= weight <= best.weights[1]


@pytest.mark.parametrize("row", rows("design_single_stage_exact"), ids=lambda row: "-".join(list(row.values())[:4]))
def test_one_stage_designs_are_the_published_ones(row: dict[str, str]) -> None:
    first = single_stage.single_stage(*real(row, *FOUR)).sizes[0]
    assert [first.n, first.r] == whole(row, "n", "conclude_active_if_responses_gt")
    assert [first.alpha, first.beta] == pytest.approx(real(row, "type1_exact", "type2_exact"), abs=1e-8)


def test_the_one_stage_design_of_another_package_is_met() -> None:
    """IDDI-BE/PhIIdesign: p0 .45, p1 .70, alpha .05, beta .2 give n 25, promising from 16 on."""
    made = single_stage.single_stage(0.45, 0.70, 0.05, 0.2).sizes
    found = next(d for d in made if d.n == 25)
    assert (found.r, round(found.alpha, 5), round(found.beta, 5)) == (15, 0.04396, 0.18944)


def test_sizes_jump_and_the_steady_one_is_named() -> None:
    made = single_stage.single_stage(0.2, 0.4, 0.05, 0.2)
    listed = [d.n for d in made.sizes]
    assert 37 not in listed and 36 in listed and made.steady == 38  # 36 holds, 37 does not, from 38 on all do
    assert made.fleming.beta > 0.2  # the approximation misses what it was asked


@pytest.mark.parametrize("row", rows("design_survival_events"), ids=lambda row: row["hr"])
def test_events_are_schoenfelds(row: dict[str, str]) -> None:
    made = survival_size.two_arms(*real(row, "hr", "alpha_one_sided", "power"))
    assert made.events == pytest.approx(float(row["events_rpact"]), abs=5e-5)


def test_patients_follow_from_the_probability_of_an_event() -> None:
    """Exponential survival, even accrual: the closed form of Schoenfeld & Richter 1982."""
    known, accrual, follow = survival_size.Curve(0.4, 12.0), 24.0, 12.0
    made = survival_size.two_arms(0.5, 0.025, 0.8, 0.5, known, accrual, follow)
    closed = []
    for hr in (0.5, 1.0):
        rate = hr * -math.log(0.4) / 12
        closed.append(1 - (math.exp(-rate * follow) - math.exp(-rate * (follow + accrual))) / (rate * accrual))
    assert made.event_probability == pytest.approx(sum(closed) / 2, abs=1e-12)
    assert made.patients == math.ceil(made.events / made.event_probability)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_the_one_sample_log_rank_size_has_its_power_in_simulated_trials(shape: float) -> None:
    known, hr, accrual, follow = survival_size.Curve(0.5, 2.0, shape), 0.5, 3.0, 2.0
    made = survival_size.one_arm(hr, 0.05, 0.8, known, accrual, follow)
    chance = np.random.Generator(np.random.PCG64(11))
    size = (4000, made.patients)
    times = (chance.exponential(size=size) / (hr * math.log(2))) ** (1 / shape) * 2.0
    seen = np.minimum(times, accrual + follow - chance.uniform(0, accrual, size))
    expected = known.hazard(seen).sum(axis=1)
    power = (((times <= seen).sum(axis=1) - expected) / np.sqrt(expected) < -1.6448536).mean()
    assert 0.8 <= made.achieved < 0.85
    assert power == pytest.approx(made.achieved, abs=0.04)  # the normal approximation of the published formula
    assert made.event_probability == pytest.approx((times <= seen).mean(), abs=0.005)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("rates-crossed", lambda: two_stage.simon(0.4, 0.2, 0.05, 0.2)),
        ("rates-crossed", lambda: single_stage.single_stage(0.3, 0.3, 0.05, 0.2)),
        ("not-a-share", lambda: two_stage.simon(0.2, 0.4, 5, 0.2)),
        ("not-a-share", lambda: two_stage.simon(0.2, 0.4, 0.05, 0.8)),
        ("not-a-share", lambda: two_stage.simon(float("nan"), 0.4, 0.05, 0.2)),
        ("no-design", lambda: two_stage.simon(0.2, 0.21, 0.05, 0.2)),
        ("no-design", lambda: two_stage.simon(0.2, 0.4, 0.05, 0.2, n_max=30)),
        ("no-design", lambda: single_stage.single_stage(0.2, 0.21, 0.05, 0.2)),
        ("size-out-of-range", lambda: two_stage.simon(0.2, 0.4, 0.05, 0.2, n_max=100_000)),
        ("design-unfit", lambda: two_stage.operating(5, 4, 6, 20, [0.2])),
        ("design-unfit", lambda: two_stage.operating(1, 10, 30, 29, [0.2])),
        ("hr-unfit", lambda: survival_size.two_arms(1.0, 0.025, 0.8)),
        ("hr-unfit", lambda: survival_size.one_arm(1.5, 0.05, 0.8, survival_size.Curve(0.5, 1), 1, 1)),
        ("not-positive", lambda: survival_size.one_arm(0.5, 0.05, 0.8, survival_size.Curve(0.5, 1), -1, 1)),
        ("not-positive", lambda: survival_size.Curve(0.5, 0)),
    ],
)
def test_numbers_that_make_no_design_are_refused(code: str, asked) -> None:
    with pytest.raises(Unfit) as told:
        asked()
    assert told.value.code == code
