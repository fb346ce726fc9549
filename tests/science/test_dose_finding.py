"""Dose finding against the published boundaries, decision tables and paths, and against other ways to compute."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from milenari.science.computed import Unfit
from milenari.science.design import boin, crm, dose_trials, escalation, three_plus_three, toxicity_interval
from milenari.science.design.taken import taken
from tests.science.tables import real, rows, whole

KIND = toxicity_interval.Kind
PUBLISHED = {
    "BOIN": boin.Boin(0.3),
    "TPI": toxicity_interval.Interval(KIND.TPI, 0.3, below=1.5, above=1.0),
    "mTPI": toxicity_interval.Interval(KIND.MTPI, 0.3),
    "mTPI-2": toxicity_interval.Interval(KIND.MTPI_2, 0.3),
    "3+3": three_plus_three.ThreePlusThree(),
}
PATHS = [row for row in rows("design_dose_paths") if row["method"] in PUBLISHED]
TRUE = (0.05, 0.12, 0.3, 0.45)


@pytest.mark.parametrize("row", rows("design_boin_lambda"), ids=lambda row: row["target"])
def test_boins_boundaries_are_the_published_ones(row: dict[str, str]) -> None:
    made = boin.Boin(float(row["target"]))
    assert [made.lambda_e, made.lambda_d] == pytest.approx(real(row, "lambda_e", "lambda_d"), abs=1e-12)


def test_boins_tables_are_the_published_ones() -> None:
    asked = rows("design_boin_decisions")
    for row in asked:
        made = boin.Boin(float(row["target"])).row(int(row["n_at_dose"]))
        out = None if row["eliminate_if_dlt_ge"] == "NA" else int(row["eliminate_if_dlt_ge"])
        want = (*whole(row, "escalate_if_dlt_le", "deescalate_if_dlt_ge"), out)
        assert (made.escalate_at_most, made.de_escalate_at_least, made.eliminate_at_least) == want, row
    assert len(asked) >= 120


@pytest.mark.parametrize("method", PUBLISHED)
def test_published_paths_lead_to_the_published_dose(method: str) -> None:
    asked = [row for row in PATHS if row["method"] == method]
    assert len(asked) >= 10
    for row in asked:
        treated, toxic, current = escalation.counted(row["outcome_path"], 5)
        made = PUBLISHED[method].advise(treated, toxic, current)
        want = None if row["recommended_dose"] == "NA" else int(row["recommended_dose"])
        assert (made.dose, made.going_on) == (want, row["continue"] == "TRUE"), row


@pytest.mark.parametrize("case", [r for r in rows("design_crm_points") if r["case"] in "AB"], ids=lambda r: r["case"])
def test_crm_agrees_with_dfcrm(case: dict[str, str]) -> None:
    prior = tuple(float(x) for x in case["skeleton"].split(";"))
    power = case["model"] == "empiric"
    model = crm.Crm(prior, float(case["target"]), crm.Model.POWER if power else crm.Model.LOGISTIC,
                    math.sqrt(0.75) if power else crm.PRIOR_SD, intercept=3.0 if power else 4.0)  # fmt: skip
    levels, outcomes = ([int(x) for x in case[name].split(";")] for name in ("levels", "tox"))
    made = model.fit(*crm.given(levels, outcomes, len(prior)))
    assert made.mtd == int(case["mtd"])
    assert made.rates == pytest.approx([float(x) for x in case["posterior_ptox"].split(";")], abs=1e-9)


def test_skeletons_agree_with_dfcrm() -> None:
    for row in (row for row in rows("design_crm_points") if row["case"] in "CD"):
        asked = dict(word.split("=") for word in row["skeleton"].split())
        made = crm.skeleton(float(row["target"]), float(asked["halfwidth"]), int(asked["nu"]), int(asked["nlevel"]))
        assert made.rates == pytest.approx([float(x) for x in row["posterior_ptox"].split(";")], abs=1e-9)


@pytest.mark.parametrize("model", crm.Model)
def test_the_posterior_is_that_of_another_integration(model: crm.Model) -> None:
    rules = crm.Crm((0.05, 0.12, 0.25, 0.4), 0.25, model)
    treated, toxic = (3, 6, 3, 0), (0, 1, 2, 0)
    made = rules.fit(treated, toxic)

    def density(b: float) -> float:
        p = rules.rates(b)[:, 0]
        likely = math.prod(q**y * (1 - q) ** (n - y) for q, n, y in zip(p, treated, toxic, strict=True))
        return float(likely * math.exp(-b * b / (2 * rules.prior_sd**2)))

    ends = {"epsabs": 0, "epsrel": 1e-11, "limit": 400}
    whole_mass = integrate.quad(density, -12, 12, points=[0], **ends)[0]
    mean = integrate.quad(lambda b: b * density(b), -12, 12, points=[0], **ends)[0] / whole_mass
    assert made.parameter == pytest.approx(mean, abs=1e-8)
    edge = rules._edge()
    above = integrate.quad(density, -12, edge, **ends)[0] / whole_mass
    assert made.above_target == pytest.approx(above, abs=1e-8)


@pytest.mark.parametrize("model", crm.Model)
def test_a_skeletons_doses_can_just_be_told_from_their_neighbours(model: crm.Model) -> None:
    """At the parameter where dose k has target + half width, dose k - 1 has target - half width."""
    made = crm.skeleton(0.25, 0.05, 3, 5, model)
    rules = crm.Crm(made.rates, 0.25, model)
    fine = rules.rates(np.linspace(-4, 4, 400_001))
    for k in range(1, 5):
        at = int(np.argmin(np.abs(fine[k] - 0.30)))
        assert fine[k - 1][at] == pytest.approx(0.20, abs=1e-4)


def test_three_plus_three_by_its_closed_form() -> None:
    """A dose is passed with 0 of 3, or 1 of 3 and 0 of 3; the dose before the first not passed is taken."""
    made = dose_trials.added_up("three-plus-three", three_plus_three.ThreePlusThree(), TRUE, 3, 20)
    passed = [(1 - p) ** 3 + 3 * p * (1 - p) ** 2 * (1 - p) ** 3 for p in TRUE]
    reached = [math.prod(passed[:k]) for k in range(5)]
    taken_at = [reached[k] * (1 - passed[k]) for k in range(4)] + [reached[4]]
    assert [made.none_taken, *(d.taken for d in made.at)] == pytest.approx(taken_at, abs=1e-12)
    expected = sum(reached[k] * (3 + 3 * 3 * p * (1 - p) ** 2) for k, p in enumerate(TRUE))
    assert made.patients == pytest.approx(expected, abs=1e-12)


def test_three_plus_three_with_de_escalation_fills_the_dose_below() -> None:
    rules = three_plus_three.ThreePlusThree(de_escalate=True)
    assert rules.advise((3, 3, 0), (0, 2, 0), 2) == escalation.Advice(1, True, escalation.Decision.DE_ESCALATE)
    assert rules.advise((6, 3, 0), (1, 2, 0), 1) == escalation.Advice(1, False, escalation.Decision.STOP)
    assert rules.advise((6, 3, 0), (2, 2, 0), 1) == escalation.Advice(None, False, escalation.Decision.STOP)
    made = dose_trials.added_up("three-plus-three", rules, TRUE, 3, 20)
    assert made.none_taken + sum(d.taken for d in made.at) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", ["BOIN", "TPI", "mTPI", "mTPI-2", "3+3"])
def test_simulated_properties_are_near_the_exact_ones_and_the_same_for_one_seed(name: str) -> None:
    exact = dose_trials.added_up(name, PUBLISHED[name], TRUE[:3], 3, 6)
    drawn = dose_trials.drawn(name, PUBLISHED[name], TRUE[:3], 3, 6, 3000, seed=5)
    assert drawn == dose_trials.drawn(name, PUBLISHED[name], TRUE[:3], 3, 6, 3000, seed=5)
    assert drawn != dose_trials.drawn(name, PUBLISHED[name], TRUE[:3], 3, 6, 3000, seed=6)
    assert exact.none_taken + sum(d.taken for d in exact.at) == pytest.approx(1, abs=1e-12)
    for a, b in zip(exact.at, drawn.at, strict=True):
        assert b.taken == pytest.approx(a.taken, abs=5 * drawn.se + 1e-3)
        assert b.patients == pytest.approx(a.patients, abs=0.5)
    assert (exact.exact, exact.seed, drawn.exact, drawn.seed) == (True, None, False, 5)


def test_crm_finds_the_target_dose_more_often_than_any_other() -> None:
    rules = crm.Crm((0.06, 0.14, 0.25, 0.38), 0.3)
    made = dose_trials.drawn("crm", rules, TRUE, 3, 8, 300, seed=2)
    assert max(made.at, key=lambda d: d.taken).dose == 3
    assert made == dose_trials.drawn("crm", crm.Crm((0.06, 0.14, 0.25, 0.38), 0.3), TRUE, 3, 8, 300, seed=2)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_the_dose_taken_is_tried_not_eliminated_and_nearest(counts: list[tuple[int, int]]) -> None:
    treated = tuple(n for n, _ in counts)
    toxic = tuple(min(n, y) for n, y in counts)
    made = taken(treated, toxic, 0.3)
    known = [r for r in made.rates if r is not None]
    assert known == sorted(known)
    if made.dose is None:
        assert not known
    else:
        chosen = made.rates[made.dose - 1]
        assert treated[made.dose - 1] and chosen is not None
        assert all(abs(chosen - 0.3) <= abs(r - 0.3) + 1e-9 for r in known)


def test_isotonic_rates_are_the_best_of_all_rising_ones() -> None:
    """Against every way to pool neighbours: the weighted squares are smallest."""
    treated, toxic = (3, 6, 9, 6), (1, 0, 4, 2)
    n, y = np.array(treated, float), np.array(toxic, float)
    mean = (y + 0.05) / (n + 0.1)
    weight = (n + 0.1) ** 2 * (n + 1.1) / ((y + 0.05) * (n - y + 0.05))
    best = math.inf
    for cuts in itertools.product((0, 1), repeat=3):
        group = np.concatenate([[0], np.cumsum(cuts)])
        fit = np.array([np.average(mean[group == g], weights=weight[group == g]) for g in group])
        if (np.diff(fit) >= 0).all():
            best = min(best, float((weight * (fit - mean) ** 2).sum()))
    made = np.array(escalation.isotonic(treated, toxic))
    assert float((weight * (made - mean) ** 2).sum()) == pytest.approx(best, rel=1e-12)


@given(st.lists(st.sampled_from(["NNN", "NNT", "NTT", "TTT"]), min_size=1, max_size=10),
       st.sampled_from(["BOIN", "TPI", "mTPI", "mTPI-2"]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_trial_never_goes_to_an_eliminated_dose_nor_skips_one(outcomes: list[str], name: str) -> None:
    rules, path, dose = PUBLISHED[name], "", 1
    for outcome in outcomes:
        path += f" {dose}{outcome}"
        treated, toxic, current = escalation.counted(path, 4)
        made = rules.advise(treated, toxic, current)
        gone = escalation.eliminated(treated, toxic, rules.decisions)
        if not made.going_on:
            assert made.dose is None and gone == (1, 2, 3, 4)
            return
        assert made.dose is not None and made.dose not in gone and made.dose <= dose + 1
        dose = made.dose


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("not-a-share", lambda: boin.Boin(1.2)),
        ("rates-crossed", lambda: boin.Boin(0.3, safe=0.4)),
        ("rates-crossed", lambda: boin.Boin(0.8)),  # 1.4 times the target is no rate
        ("interval-unfit", lambda: toxicity_interval.Interval(KIND.MTPI, 0.03)),
        ("interval-unfit", lambda: toxicity_interval.Interval(KIND.TPI, 0.3, -1, 1)),
        ("path-unreadable", lambda: escalation.counted("1NNX", 5)),
        ("path-unreadable", lambda: escalation.counted("7NNN", 5)),
        ("more-than-all", lambda: taken((3,), (4,), 0.3)),
        ("path-unreadable", lambda: taken((3, 3), (1,), 0.3)),
        ("not-three-plus-three", lambda: three_plus_three.ThreePlusThree().advise((9, 0), (1, 0), 1)),
        ("not-rising", lambda: crm.Crm((0.2, 0.1), 0.3)),
        ("no-spread", lambda: crm.Crm((0.1, 0.2), 0.3, prior_sd=0)),
        ("dose-count", lambda: crm.Crm((0.1, 0.2), 0.3).fit((3,), (0,))),
        ("skeleton-unfit", lambda: crm.skeleton(0.25, 0.3, 3, 5)),
        ("skeleton-unfit", lambda: crm.skeleton(0.25, 0.05, 6, 5)),
        ("dose-count", lambda: dose_trials.added_up("boin", boin.Boin(0.3), TRUE, 3, 5, start=5)),
        ("size-out-of-range", lambda: dose_trials.drawn("boin", boin.Boin(0.3), TRUE, 3, 5, 10**9, 1)),
        ("size-out-of-range", lambda: dose_trials.drawn("boin", boin.Boin(0.3), TRUE, 3, 500, 10, 1)),
        ("not-a-share", lambda: dose_trials.drawn("boin", boin.Boin(0.3), (0.1, 1.4), 3, 5, 10, 1)),
    ],
)
def test_numbers_that_find_no_dose_are_refused(code: str, asked) -> None:
    with pytest.raises(Unfit) as told:
        asked()
    assert told.value.code == code


def test_more_paths_than_can_be_added_up_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ceiling takes seconds to reach; a lower one is refused in the same place."""
    asked = ("mtpi", PUBLISHED["mTPI"], (0.1, 0.2, 0.3, 0.35, 0.4, 0.5), 1, 14)
    assert dose_trials.added_up(*asked).exact
    monkeypatch.setattr(dose_trials, "MOST_STATES", 500)
    with pytest.raises(Unfit) as told:
        dose_trials.added_up(*asked)
    assert (told.value.code, told.value.facts) == ("too-many-paths", {"most": 500})
