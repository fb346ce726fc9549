"""Survival, competing risks and their tests: published values, R, lifelines, statsmodels, an oracle in fractions."""

from __future__ import annotations

import math
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from milenari.science.computed import Unfit
from milenari.science.outcome import competing, gray, log_rank, survival
from milenari.science.outcome.terms import Interval
from tests.science import courses_by_chance as by_chance
from tests.science.courses_by_chance import drawn, read, terms
from tests.science.tables import rows

SCRUCCA = rows("trial_bmt35_competing_risks")
PRINTED = rows("trial_bmt35_expected")
BMT35 = {
    "time": [r["ftime_months"] for r in SCRUCCA], "status": [r["status"] for r in SCRUCCA],
    "group": [r["dis"] for r in SCRUCCA],
}  # fmt: skip
CAUSES = {"relapse": ("1", "2"), "TRM": ("2", "1")}


def printed(begins: str) -> list[dict[str, str]]:
    found = [r for r in PRINTED if r["statistic"].startswith(begins)]
    assert found
    return found


@pytest.mark.parametrize("cause", CAUSES)
def test_incidence_in_35_patients_with_ties_and_zero_times_is_the_published_one(cause: str) -> None:
    rules = terms(*((x,) for x in CAUSES[cause]))
    for row in (r for r in printed(f"CIF {cause}") if r["statistic"] == f"CIF {cause}"):
        made = competing.cumulative_incidence(read(BMT35, rules), rules, [float(row["time"])]).courses[0].at[0]
        assert made.incidence == pytest.approx(float(row["estimate"]), abs=1e-8)
        assert made.se == pytest.approx(float(row["se"]), abs=1e-8)
    for row in (r for r in printed(f"CIF {cause} SE")):
        by_delta = competing.cumulative_incidence(read(BMT35, rules), rules, [float(row["time"])],
                                                  competing.Variance.GREENWOOD)  # fmt: skip
        assert by_delta.courses[0].at[0].se == pytest.approx(float(row["se"]), abs=1e-8)


@pytest.mark.parametrize("kind", Interval)
def test_survival_in_35_patients_is_the_published_one_with_each_interval(kind: Interval) -> None:
    rules = terms(("1", "2"), (), interval=kind)
    for row in (r for r in printed("EFS") if f"KM {kind} CI" in r["statistic"]):
        made = survival.kaplan_meier(read(BMT35, rules), rules, [float(row["time"])]).curves[0].at[0]
        assert [made.survival, made.se, made.ci_low, made.ci_high] == pytest.approx(
            [float(row[x]) for x in ("estimate", "se", "lo", "hi")], abs=5e-9
        )


def test_median_and_tests_in_35_patients_are_the_published_ones() -> None:
    rules = terms(("1", "2"), (), interval=Interval.LOG)
    median = survival.kaplan_meier(read(BMT35, rules), rules).curves[0].median
    assert (median.value, median.ci_low, median.ci_high) == (8, 5, 22)
    compared = survival.kaplan_meier(read(BMT35, rules, "group"), rules).log_rank
    assert compared is not None and (round(compared.chi_square, 2), round(compared.p, 1)) == (1.95, 0.2)
    for cause, p in (("relapse", 0.253914871), ("TRM", 0.007784998)):
        single = terms(*((x,) for x in CAUSES[cause]))
        made = competing.cumulative_incidence(read(BMT35, single, "group"), single).gray
        assert made is not None and made.df == 1
        assert made.chi_square == pytest.approx(float(printed(f"Gray test {cause}")[0]["estimate"]), abs=5e-7)
        assert made.p == pytest.approx(p, abs=1e-9)


def test_a_thousand_tied_sets_agree_with_redistribution_in_exact_fractions() -> None:
    ties = zeros = 0
    for seed in range(1000):
        one = drawn(seed, 4)
        ties += len(set(one["time"])) < len(one["time"])
        zeros += 0 in one["time"]
        want = by_chance.redistributed(one)
        rules, all_events = terms(), terms(("1", "2"), ())
        made = competing.cumulative_incidence(read(one, rules), rules).courses[0].points
        free = survival.curve(read(one, all_events), all_events).points
        for at, alone in zip(made, free, strict=True):
            event, other = want["1"][int(at.time)], want["2"][int(at.time)]
            assert at.incidence == pytest.approx(float(event), abs=1e-12)
            assert at.of_competing == pytest.approx(float(other), abs=1e-12)
            assert alone.survival == pytest.approx(float(1 - event - other), abs=1e-12)
    assert ties > 900 and zeros > 700


def test_neither_the_order_of_rows_nor_a_seed_changes_an_answer() -> None:
    chance = random.Random(3)
    for seed in range(60):
        one = drawn(seed, 6)
        order = list(range(len(one["time"])))
        chance.shuffle(order)
        other = {name: [values[at] for at in order] for name, values in one.items()}
        rules = terms()
        assert (competing.cumulative_incidence(read(one, rules, "group", "stratum"), rules).to_json()
                == competing.cumulative_incidence(read(other, rules, "group", "stratum"), rules).to_json())  # fmt: skip


def agrees(one: dict[str, Any], told: dict[str, Any]) -> int:
    """Every figure of R is ours to nine digits; how many were compared. R says -1 where it cannot do Gray's test."""
    compared = 0

    def same(what: str, *mine: float | None) -> None:
        nonlocal compared
        compared += 1
        assert [v is None for v in mine] == [v is None for v in told[what]], (what, one)
        known = [v for v in told[what] if v is not None]
        assert [v for v in mine if v is not None] == pytest.approx(known, rel=1e-8, abs=1e-9), (what, one)

    for kind in Interval:
        rules = terms(("1", "2"), (), interval=kind)
        made = survival.curve(read(one, rules), rules)
        points = made.points
        same(f"km-{kind}", *(getattr(p, x) for x in ("survival", "se", "ci_low", "ci_high") for p in points))
        same(f"median-{kind}", made.median.value)
        upper = [p.ci_high for p in points if p.ci_high is not None]
        if upper == sorted(upper, reverse=True):  # where a limit rises again "where it passes one half" is not one time
            same(f"median-ci-{kind}", made.median.ci_low, made.median.ci_high)
        if kind is Interval.LOG:
            same("follow-up", made.follow_up.value)
    for cause, other in (("1", "2"), ("2", "1")):
        rules = terms((cause,), (other,))
        if f"cif-{cause}" in told:
            at = competing.cumulative_incidence(read(one, rules), rules).courses[0].points
            same(f"cif-{cause}", *(p.incidence for p in at), *(p.se for p in at))
        for name, labels in ((f"gray-{cause}", ("group",)), (f"gray-stratified-{cause}", ("group", "stratum"))):
            if name in told and told[name][0] >= 0:
                test = gray.gray(read(one, rules, *labels))
                same(name, test.chi_square, test.df)
    rules = terms(("1", "2"), ())
    for name, labels in (("log-rank", ("group",)), ("log-rank-stratified", ("group", "stratum"))):
        if name in told and any(told[name]):
            ranked = log_rank.log_rank(read(one, rules, *labels))
            same(name, ranked.chi_square, *([g.expected for g in ranked.groups] if name == "log-rank" else []))
    return compared


def test_what_r_said_of_thirty_tied_sets_is_said_here() -> None:
    """survival and cmprsk: curve, errors, limits, medians, follow-up, incidence, Gray's and log-rank tests."""
    cases = by_chance.recorded()
    assert len(cases) == 30 and sum(agrees(one, told) for one, told in cases) > 480
    assert all(one == drawn(seed, 6, 20) for seed, (one, _) in enumerate(cases))


@pytest.mark.skipif(not by_chance.r_is_here(), reason="R with survival and cmprsk is not installed; its record is used")
def test_r_says_the_same_of_new_sets(tmp_path: Path) -> None:
    sets = [drawn(seed, 6, 60) for seed in range(5000, 5025)]
    told = by_chance.judged(sets, tmp_path)
    assert sum(agrees(one, said) for one, said in zip(sets, told, strict=True)) > 350


def test_lifelines_and_statsmodels_agree() -> None:
    """lifelines 0.30 for the curve and the two-group test, statsmodels for standard errors and strata."""
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    lifelines = pytest.importorskip("lifelines", reason="lifelines comes with requirements-dev.lock")
    from lifelines.statistics import multivariate_logrank_test

    for seed in range(20):
        one = drawn(seed, 8, 40)
        rules = terms(("1", "2"), ())
        time, event = np.array(one["time"], float), np.array([s != "0" for s in one["status"]])
        if not event.any():
            continue
        made = survival.curve(read(one, rules), rules)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = lifelines.KaplanMeierFitter().fit(time, event)
            test = multivariate_logrank_test(time, one["group"], event)
        theirs = fitted.survival_function_at_times([p.time for p in made.points]).to_numpy()
        assert [p.survival for p in made.points] == pytest.approx(theirs, abs=1e-12)
        table = SurvfuncRight(time, event)
        ours = {p.time: p.se for p in made.points if p.events}
        errors = dict(zip(table.surv_times.tolist(), table.surv_prob_se, strict=True))
        assert [se for se in ours.values() if se] == pytest.approx(
            [errors[t] for t, se in ours.items() if se], abs=1e-12
        )
        if survival.tested(log_rank.log_rank, read(one, rules, "group"))[0] is None:
            continue
        ranked = log_rank.log_rank(read(one, rules, "group"))
        if ranked.df == len(ranked.groups) - 1:
            assert ranked.chi_square == pytest.approx(test.test_statistic, rel=1e-8, abs=1e-9)
        if ranked.df == len(ranked.groups) - 1 == 1:
            pooled = log_rank.log_rank(read(one, rules, "group", "stratum"))
            theirs = survdiff(time + 1, event, np.array(one["group"]), strata=np.array(one["stratum"]))[0]
            assert pooled.chi_square == pytest.approx(theirs, rel=1e-8, abs=1e-9)


def test_coverage_of_the_intervals_is_what_they_say() -> None:
    """Exponential survival, uniform censoring, 60 patients, 400 trials: 95 % within four standard errors (0.044)."""
    chance = np.random.Generator(np.random.PCG64(7))
    held = dict.fromkeys(Interval, 0)
    for _ in range(400):
        true, leaving = chance.exponential(10, 60), chance.uniform(2, 40, 60)
        one = {"time": np.minimum(true, leaving).tolist(), "status": ["1" if a <= b else "0" for a, b in
                                                                       zip(true, leaving, strict=True)]}  # fmt: skip
        for kind in Interval:
            rules = terms(("1",), (), interval=kind)
            at = survival.kaplan_meier(read(one, rules), rules, [6]).curves[0].at[0]
            assert at.ci_low is not None and at.ci_high is not None
            held[kind] += at.ci_low <= math.exp(-0.6) <= at.ci_high
    assert all(abs(k / 400 - 0.95) < 0.044 for k in held.values()), held


def test_beyond_the_longest_time_nothing_is_said() -> None:
    one = {"time": [2, 5, 7], "status": ["1", "0", "0"]}
    rules = terms(("1",), ())
    first, last, beyond = survival.kaplan_meier(read(one, rules), rules, [0, 7, 7.5]).curves[0].at
    assert (first.survival, first.at_risk, last.survival, beyond.survival) == (1.0, 3, pytest.approx(2 / 3), None)
    both = terms()
    assert competing.cumulative_incidence(read(one, both), both, [7.5]).courses[0].at[0].incidence is None


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("no-event-named", lambda: read(BMT35, terms((), ("2",)))),
        ("rules-crossed", lambda: read(BMT35, terms(("1",), ("1",)))),
        ("status-unknown", lambda: read(BMT35, terms(("1",), ()))),
        ("negative-time", lambda: read({"time": [1, -1], "status": ["1", "0"]}, terms())),
        ("not-a-number", lambda: read({"time": [1, "soon"], "status": ["1", "0"]}, terms())),
        ("not-a-number", lambda: read({"time": [1, math.nan], "status": ["1", "0"]}, terms())),
        ("lengths-differ", lambda: read({"time": [1], "status": ["1", "0"]}, terms())),
        ("lengths-differ", lambda: read({"time": [1, 2], "status": ["1", "0"], "g": ["a"]}, terms(), "g")),
        ("too-few", lambda: read({"time": [], "status": []}, terms())),
        ("not-a-share", lambda: terms(confidence=95)),
        ("rules-crossed", lambda: survival.kaplan_meier(read(BMT35, terms()), terms())),
        ("negative-time", lambda: competing.cumulative_incidence(read(BMT35, terms()), terms(), [-1])),
        ("one-group", lambda: log_rank.log_rank(read(BMT35, terms()))),
        ("one-group", lambda: gray.gray(read(BMT35, terms()))),
        ("nothing-to-compare", lambda: log_rank.log_rank(
            read({"time": [1, 2], "status": ["1", "0"], "g": ["a", "b"], "s": ["x", "y"]}, terms(), "g", "s"))),
    ],
)  # fmt: skip
def test_courses_that_cannot_be_read_are_refused(code: str, asked: Any) -> None:
    with pytest.raises(Unfit) as told:
        asked()
    assert told.value.code == code and told.value.sentence.endswith(".")
