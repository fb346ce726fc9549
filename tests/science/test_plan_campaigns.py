"""Campaigns and scarce lots: the chance constraint in the programme and in the simulation, the newsvendor, the rule."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from milenari.science.computed import Unfit
from milenari.science.planning import campaigns
from milenari.science.planning.allocation import Rule, allocate
from milenari.science.planning.checking import scenario
from tests.science.planning_cases import changed, run, seed

DAY = dt.date(2027, 2, 1)


def small(**paths: Any) -> Any:
    """A year with quick release and a fifth of the demand, so that few periods count."""
    release = {"shape": "fixed", "a": 30, "unit": "d", "basis": "assumed", "source": "a test"}
    tree = changed(vector__release=release, vector__campaign__value=20, vector__other_demand__value=0,
                   vector__lots=[], **paths)  # fmt: skip
    for site in tree["sites"]:
        site["referrals"]["value"] /= 5
    return scenario(tree)


def held(given: Any, litres: list[float], drawn: campaigns.Futures, first: int) -> float:
    """The share waiting in drawn futures as the programme counts it, by plain counting."""
    short = total = 0.0
    for w in range(len(drawn.wanted)):
        for p in range(first, drawn.wanted.shape[1]):
            there = drawn.lots[p] + sum(litres[t] * drawn.per_litre[w, t] for t in range(len(litres))
                                        if drawn.there[w, t] <= p)  # fmt: skip
            total += drawn.wanted[w, p]
            short += drawn.wanted[w, p] * (there < drawn.wanted[w, : p + 1].sum() - 1e-6)
    return short / total


def test_the_programme_keeps_the_share_it_was_asked_for_and_less_costs_more() -> None:
    given = small()
    drawn = campaigns._futures(given, 12, 20, 1)
    costs = []
    for asked in (0.3, 0.1, 0.02):
        outcome, litres = campaigns._solve(given, drawn, 3, asked, 20, 0.0)
        assert litres is not None and held(given, litres, drawn, 3) <= asked + 1e-9
        costs.append(outcome.objective or 0.0)
    assert costs == sorted(costs) and costs[0] < costs[-1]


def test_with_a_certain_yield_the_litres_are_the_newsvendors_quantile() -> None:
    """One campaign, known yield, demand of one period drawn: the doses are the empirical quantile of that demand."""
    given = small(vector__litre_cost__value=1000, vector__campaign_cost__value=1, vector__most_litres__value=1000)
    wanted = np.array([[0.0, 0.0, float(stats.poisson.ppf((k + 0.5) / 40, 30))] for k in range(40)])
    drawn = campaigns.Futures(wanted, np.ones((40, 3)), np.array([[2, 9, 9]] * 40), np.zeros(3))
    _, litres = campaigns._solve(given, drawn, 2, 0.1, 20, 0.0)
    assert litres is not None and litres[1:] == [0.0, 0.0]
    ordered = np.sort(wanted[:, 2])
    allowed = 0.1 * ordered.sum()  # the largest demands that may be short sum to a tenth of all
    kept = next(q for q in ordered if ordered[ordered > q].sum() <= allowed)
    assert litres[0] == kept
    assert kept == pytest.approx(stats.poisson.ppf(0.9, 30), abs=2), "near the newsvendor's nine tenths"


def test_a_plan_is_checked_by_simulation_and_average_figures_let_more_wait() -> None:
    made = campaigns.plan(small(), 0.1, 1.5, 20, 1, 200, 4, 0.1)
    assert made.holds and made.waiting is not None and made.waiting.ci_high <= 0.1
    assert made.average_plan_waiting is not None and made.average_plan_waiting.mean > made.waiting.mean
    assert made.objective is not None and made.average_plan_cost is not None
    assert made.campaigns and made.bound is not None and made.bound <= made.objective
    assert made.waiting_before is not None and made.waiting_before.mean > made.waiting.mean


def test_what_no_campaigns_can_hold_is_said_with_its_figures() -> None:
    assert campaigns.plan(small(), 0.2, 1.0, 4, 1, 20, 15, 0.05).campaigns
    made = campaigns.plan(small(vector__most_litres__value=0.5), 0.2, 1.0, 4, 1, 20, 15, 0.05)
    assert made.status == "infeasible" and not made.campaigns and not made.holds
    assert "0.5 L in every one of 12 periods" in made.reasons[0]


@pytest.mark.parametrize(("share", "years", "code"), [(0.0, 2, "not-a-share"), (1.0, 2, "not-a-share"),
                                                      (0.1, 0.1, "not-a-time"), (0.1, 50, "not-a-time")])  # fmt: skip
def test_limits_of_a_plan_that_say_nothing_are_refused(share: float, years: float, code: str) -> None:
    with pytest.raises(Unfit) as refused:
        campaigns.plan(small(), share, years, 4, 1, 20)
    assert refused.value.code == code


def test_vector_that_comes_after_the_plan_ends_is_refused() -> None:
    with pytest.raises(Unfit) as refused:
        campaigns.plan(seed(vector__campaign__value=170), 0.1, 0.5, 4, 1, 20)
    assert "released in period" in refused.value.sentence


def test_doses_go_by_the_stated_rule_and_every_decision_has_its_reason() -> None:
    given = seed()
    made = allocate(given, 3, DAY, Rule(10, 1, 0))
    tiers = {p.code: given.tier(p.tier).weight for p in given.patients}
    points = [10 * tiers[d.patient] + (DAY - next(p.referred for p in given.patients if p.code == d.patient)).days
              for d in made.decisions]  # fmt: skip
    assert points == sorted(points, reverse=True) and points == pytest.approx([d.points for d in made.decisions])
    assert [d.given for d in made.decisions] == [True] * 3 + [False] * (len(made.decisions) - 3)
    assert all("urgency" in d.reason and "days of waiting" in d.reason for d in made.decisions)
    assert all("3 doses are given to those with more points" in d.reason for d in made.decisions[3:])
    assert {d.patient for d in made.decisions} == {p.code for p in given.patients if p.referred <= DAY}


def test_waiting_alone_and_fairness_alone_change_who_is_first() -> None:
    given = seed()
    waited = allocate(given, 1, DAY, Rule(0, 1, 0)).decisions
    first = min((p for p in given.patients), key=lambda p: (p.referred, p.code))
    assert waited[0].patient == first.code
    fair = allocate(given, 4, DAY, Rule(0, 0.001, 100), {"IT": 20}).decisions
    assert fair[0].country != "IT" and sum(d.given and d.country == "IT" for d in fair) == 0


@pytest.mark.parametrize(("doses", "rule", "before", "code"), [
    (-1, Rule(), None, "not-a-count"), (1, Rule(-1, 0, 0), None, "not-a-weight"),
    (1, Rule(), {"FR": 1}, "scenario-unknown"),
])  # fmt: skip
def test_a_rule_that_says_nothing_is_refused(doses: int, rule: Rule, before: dict[str, int] | None, code: str) -> None:
    with pytest.raises(Unfit) as refused:
        allocate(seed(), doses, DAY, rule, before)
    assert refused.value.code == code


def test_the_commands_answer_in_words_and_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    said = run("plan", "allocate", str(tmp_path / "a.json"), "--doses", "2", "--on", "2027-02-01", "--given", "ES", "3")
    assert said.exit_code == 0 and "1. " in said.output and "gets a dose" in said.output and "waits" in said.output
    words = ["--futures", "4", "--replications", "20", "--years", "1", "--most-waiting", "0.3", "--gap", "0.1"]
    words += ["--seconds", "5"]
    made = json.loads(run("plan", "campaigns", str(tmp_path / "a.json"), *words, "--json").output)
    assert made["campaigns"] and made["bound"] <= made["objective"] and made["counted_from"] == "2027-05-04"
    said = run("plan", "campaigns", str(tmp_path / "a.json"), *words)
    assert said.exit_code == 0 and "campaigns, " in said.output and "A plan for average figures" in said.output
