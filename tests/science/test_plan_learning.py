"""Calibration and accrual: posteriors by hand, coverage on simulated trials, and what cannot be learned from."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from milenari.science.computed import Unfit
from milenari.science.planning.accrual import Opened, forecast
from milenari.science.planning.calibration import Observed, calibrate
from milenari.science.planning.checking import scenario
from tests.science.planning_cases import changed, run, seed

ON, BY = dt.date(2027, 1, 4), dt.date(2027, 12, 31)


def fitted(field: str, values: list[float], weight: float = 10, given: Any = None) -> Any:
    return calibrate(given or seed(), {field: [Observed(x) for x in values]}, weight).fits[0]


def test_a_share_and_a_rate_are_the_means_of_their_beta_and_gamma_posteriors() -> None:
    given = seed(sites__0__failure__value=0.1, sites__0__referrals__value=40)
    share = fitted("sites[0].failure", [1, 0, 0, 1, 0], 10, given)
    assert share.a == pytest.approx(stats.beta(10 * 0.1 + 2, 10 * 0.9 + 3).mean()) and share.record_a == 0.4
    rate = calibrate(given, {"sites[0].referrals": [Observed(7, 0.25), Observed(5, 0.25)]}, 10).fits[0]
    assert rate.a == pytest.approx(stats.gamma(10 + 12, scale=1 / (10 / 40 + 0.5)).mean()) and rate.record_a == 24


@pytest.mark.parametrize("shape", ["lognormal", "gamma", "exponential"])
def test_many_observations_outweigh_what_was_known_and_few_do_not(shape: str) -> None:
    known = {"shape": shape, "a": 8.0, "unit": "d", "basis": "assumed", "source": "a test"}
    given = seed(process__to_collection=known | ({} if shape == "exponential" else {"b": 0.6}))
    law = {"lognormal": stats.lognorm(math.sqrt(math.log1p(0.09)), scale=15), "exponential": stats.expon(scale=15),
           "gamma": stats.gamma(1 / 0.09, scale=15 * 0.09)}[shape]  # fmt: skip
    values = law.rvs(4000, random_state=1)
    many, few = (fitted("process.to_collection", list(values[:n]), 10, given) for n in (4000, 1))
    assert many.a == pytest.approx(15, rel=0.03) and (shape == "exponential" or many.b == pytest.approx(0.3, rel=0.05))
    assert few.weight_of_record == pytest.approx(1 / 11) and abs(few.a - 8) < abs(few.a - few.record_a)
    assert few.p_value is None and many.p_value is not None and many.p_value > 0.01
    wrong = fitted("process.to_collection", [1.0] * 20 + [60.0] * 20, 1, given)
    assert wrong.p_value is not None and wrong.p_value < 0.01, "a record that is not of this shape is told so"


def test_a_uniform_spread_becomes_a_gamma_with_its_mean_and_variation() -> None:
    made = fitted("process.manufacture", [8.5], 1e9)
    assert made.shape == "gamma" and (made.before_a, made.before_b) == (7, 10)
    assert made.a == pytest.approx(8.5) and made.a * made.b == pytest.approx(3 / math.sqrt(12), rel=1e-6)


@pytest.mark.parametrize(("field", "value", "code"), [
    ("process.makes", 3, "scenario-unknown"), ("process.manufacture", -3, "not-positive"),
    ("process.manufacture", math.nan, "not-positive"), ("sites[0].failure", 0.5, "not-a-share"),
    ("sites[0].referrals", 7, "not-a-count"), ("sites[0].beds", 3, "scenario-field"),
    ("assays[0].duration", 1, "scenario-field"),
])  # fmt: skip
def test_an_observation_that_says_nothing_is_refused(field: str, value: float, code: str) -> None:
    with pytest.raises(Unfit) as refused:
        fitted(field, [value])
    assert refused.value.code == code


def test_enrolment_still_to_come_is_negative_binomial_and_the_total_is_their_sum() -> None:
    given = seed()
    made = forecast(given, {"BCN": Opened(dt.date(2026, 7, 4), 5), "ROM": Opened(dt.date(2027, 3, 1))}, ON, BY, 30)
    rates = {site.code: float(site.referrals) * 0.5 / 365.25 for site in given.sites}
    bcn, rom = made.sites
    form, worked, ahead = 4 + 5, (ON - dt.date(2026, 7, 4)).days, (BY - ON).days
    law = stats.nbinom(form, (4 / rates["BCN"] + worked) / (4 / rates["BCN"] + worked + ahead))
    assert bcn.mean == pytest.approx(5 + law.mean()) and (bcn.low, bcn.high) == (5 + law.ppf(0.05), 5 + law.ppf(0.95))
    later = stats.nbinom(4, 4 / rates["ROM"] / (4 / rates["ROM"] + (BY - dt.date(2027, 3, 1)).days))
    assert rom.mean == pytest.approx(later.mean())
    both = np.convolve(law.pmf(np.arange(400)), later.pmf(np.arange(400)))
    assert made.probability == pytest.approx(1 - both[:25].sum()) and made.mean == pytest.approx(bcn.mean + rom.mean)
    days = [made.reached_early, made.reached_middle, made.reached_late]
    assert all(days) and days == sorted(days, key=str)
    again = forecast(given, {"BCN": Opened(dt.date(2026, 7, 4), 5), "ROM": Opened(dt.date(2027, 3, 1))}, ON,
                     dt.date.fromisoformat(str(made.reached_middle)), 30)  # fmt: skip
    assert again.probability >= 0.5 > again.probability - 0.02


def test_ninety_percent_intervals_cover_nine_trials_in_ten() -> None:
    """Goal: between 85 % and 95 % of 1,000 simulated trials at four sites."""
    given, chance, held = seed(), np.random.default_rng(7), 0
    for _ in range(1000):
        opened, truth, enrolled = {}, 0, 0
        for site, began in zip(given.sites, (300, 200, 100, -60), strict=True):
            rate = chance.gamma(4, float(site.referrals) * 0.5 / 365.25 / 4)
            had = int(chance.poisson(rate * max(0, began)))
            opened[site.code] = Opened(ON - dt.timedelta(days=began), had)
            truth += had + int(chance.poisson(rate * ((BY - ON).days + min(0, began))))
            enrolled += had
        made = forecast(given, opened, ON, BY, max(1, enrolled))
        held += made.low <= truth <= made.high
    assert 0.85 <= held / 1000 <= 0.95, held


@pytest.mark.parametrize(("change", "code"), [
    ({"opened": {}}, "too-few"), ({"opened": {"PAR": Opened(ON)}}, "scenario-unknown"),
    ({"opened": {"BCN": Opened(BY, 3)}}, "not-a-time"), ({"opened": {"BCN": Opened(ON, -1)}}, "not-a-count"),
    ({"by": ON}, "not-a-time"), ({"wanted": 0}, "not-a-count"), ({"wanted": 10**6}, "too-many"),
    ({"eligible": 1.5}, "not-a-share"), ({"variation": 0.0}, "not-positive"),
])  # fmt: skip
def test_a_forecast_that_says_nothing_is_refused(change: dict[str, Any], code: str) -> None:
    fine: dict[str, Any] = {"opened": {"BCN": Opened(ON)}, "on": ON, "by": BY, "wanted": 5}
    assert forecast(seed(), **fine).mean > 0
    with pytest.raises(Unfit) as refused:
        forecast(seed(), **(fine | change))
    assert refused.value.code == code


def test_the_commands_write_what_was_calibrated_and_forecast_a_trial(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    (tmp_path / "r.csv").write_text("field,value,over\nprocess.to_collection,14,\nsites[0].failure,1,\n"
                                    "sites[0].referrals,30,0.5\nprocess.manufacture,9,\n")  # fmt: skip
    words = ["plan", "calibrate", str(tmp_path / "a.json"), str(tmp_path / "r.csv")]
    said = run(*words, "--out", str(tmp_path / "b.json"))
    assert said.exit_code == 0 and "process.to_collection" in said.output and "too few" in said.output
    after = scenario(json.loads((tmp_path / "b.json").read_text()))
    assert after.process.to_collection.basis == "calibrated" and 8 < after.process.to_collection.a < 14
    assert "1 observations in r.csv (SHA-256 " in after.process.to_collection.source
    assert (
        after.process.manufacture.shape == "gamma"
        and "calibrated" in run("plan", "check", str(tmp_path / "b.json")).output
    )
    for text, code in (("what,value\n", "file-unreadable"), ("field,value\nprocess.manufacture,x\n", "not-a-number"),
                       ("field,value\n", "too-few")):  # fmt: skip
        (tmp_path / "r.csv").write_text(text)
        refused = run(*words, "--json")
        assert refused.exit_code == 1 and json.loads(refused.output)["refused"] == code
    words = ["plan", "accrual", str(tmp_path / "a.json"), "--on", "2027-01-04", "--by", "2027-12-31", "--wanted", "30"]
    site = ["--site", "BCN", "2026-10-01", "3"]
    said = run(*words, *site)
    assert (
        said.exit_code == 0 and "3 enrolled until 2027-01-04" in said.output and "All are there: early" in said.output
    )
    twice = run(*words, *site, *site, "--json")
    assert twice.exit_code == 1 and json.loads(twice.output)["refused"] == "scenario-twice"
