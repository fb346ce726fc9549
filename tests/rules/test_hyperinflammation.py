"""Hyperinflammation: every boundary of every criterion, one alert a rise, and what a physician makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.action import Refused
from milenari.rules.casebook_page import Casebook, CasebookPage
from milenari.rules.hyperinflammation import (
    ASSUMED,
    DEFAULTS,
    Count,
    Limit,
    Sample,
    alerts,
    alerts_in,
    cytopenia,
    ferritin,
    further,
    limits_of,
)
from milenari.rules.hyperinflammation_answer import AnswerIecHsAlert
from milenari.rules.protocol_document import read_document
from milenari.rules.protocol_units import READ_IN
from milenari.words import Facts
from tests.rules.book import MemoryBook, found
from tests.rules.trial import document
from tests.rules.trialling import TRIAL, WHO, trial

D = Decimal
LIMITS = limits_of(None)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = MemoryBook().now
INFUSED = NOW - 20 * DAY


def at(day: float) -> datetime:
    """So many days after the infusion."""
    return INFUSED + timedelta(days=day)


def sample(day: float, value: str, **more: Any) -> Sample:
    told = {name: D(text) if isinstance(text, str) else text for name, text in more.items()}
    return Sample(f"S{day:g}", at(day), D(value), **told)


# -- the required criterion ------------------------------------------------------------------------------

STEPS = ("0.5", "1", "1.01", "2", "2.01")  # of the reference, around "elevated" and around twice


@pytest.mark.parametrize("upper, baseline", list(product((None, "200", "300"), repeat=2)))
def test_every_ferritin_is_judged_against_the_higher_of_limit_and_baseline(upper: str | None, baseline: str | None):
    known = [D(x) for x in (upper, baseline) if x]
    before = sample(-1, baseline) if baseline else None
    for step in STEPS:
        value = D(step) * (max(known) if known else D(250))
        made = ferritin(replace(sample(5, "1"), ferritin=value, upper=D(upper) if upper else None), (), before, LIMITS)
        assert bool(made) == (bool(known) and D(step) > 2), (upper, baseline, step)


RISES = list(product(("1", "2"), (0.0, 1.0, 2.0, 2.01), ("1.99", "2", "2.01"), (None, "100", "1000")))


@pytest.mark.parametrize("of, days, times, upper", RISES)
def test_every_rise_counts_from_double_within_two_days_and_only_above_normal(of: str, days: float, times: str,
                                                                             upper: str | None):  # fmt: skip
    before = sample(5, str(D(of) * 150))
    after = replace(sample(5 + days, "1"), ferritin=before.ferritin * D(times), upper=D(upper) if upper else None)
    rose = [one for one in ferritin(after, (before,), None, LIMITS) if one.code == "ferritin-rising"]
    elevated = upper is None or after.ferritin > D(upper)
    assert bool(rose) == (0 < days <= 2 and D(times) >= 2 and elevated)


def test_ferritin_that_was_nothing_has_not_doubled():
    assert not ferritin(sample(5, "80"), (sample(4, "0"),), None, LIMITS)
    assert ferritin(sample(5, "80"), (sample(4, "40"),), None, LIMITS)


# -- the further criteria --------------------------------------------------------------------------------

FURTHER = list(product((None, "5", "5.1"), (None, "1.50", "1.49"), (False, True)))


@pytest.mark.parametrize("liver, clotting, seen", FURTHER)
def test_every_combination_of_liver_clotting_and_marrow_is_told(liver: str | None, clotting: str | None, seen: bool):
    one = sample(5, "900", transaminases=liver, fibrinogen=clotting, haemophagocytosis=seen)
    wanted = {"transaminases"} if liver == "5.1" else set()
    wanted |= {"fibrinogen"} if clotting == "1.49" else set()
    wanted |= {"haemophagocytosis"} if seen else set()
    assert {x.code for x in further([one], None, LIMITS)} == wanted


def test_transaminases_that_were_high_before_are_compared_with_what_they_were():
    before = sample(-1, "100", transaminases="2")
    assert not further([sample(5, "900", transaminases="10")], before, LIMITS)
    assert further([sample(5, "900", transaminases="10.1")], before, LIMITS)
    low = sample(-1, "100", transaminases="0.5")  # a baseline below the limit of normal is no lower bar
    assert not further([sample(5, "900", transaminases="5")], low, LIMITS)


LEVELS = {"neutrophils": ("0.49", "0.50", "0.2", "0.8"), "platelets": ("24", "25", "10", "60"),
          "haemoglobin": ("7.9", "8.0", "6.5", "9.9")}  # fmt: skip
CELLS = [(line, *told) for line in LEVELS
         for told in product(("below", "at"), (None, "lower", "same", "enough"), (False, True))]  # fmt: skip


@pytest.mark.parametrize("line, level, before, treated", CELLS)
def test_every_cytopenia_is_new_worse_or_refractory_or_none(line: str, level: str, before: str | None, treated: bool):
    below, limit, lower, enough = (D(x) for x in LEVELS[line])
    treatment = "growth_factor" if line == "neutrophils" else "transfused"
    now = Count("C", at(5), {line: below if level == "below" else limit}, frozenset({treatment} if treated else ()))
    then = {"lower": lower, "same": below, "enough": enough}
    last = Count("B", at(4), {line: then[before]}) if before else None
    told = [one.code for one in cytopenia(now, last, LIMITS)]
    if level == "at":
        assert told == []
    elif before in (None, "enough"):
        assert told == [f"cytopenia-{line}-new"]
    else:
        assert told == ([f"cytopenia-{line}-refractory"] if treated else [])
    higher = Count("B", at(4), {line: (below + limit) / 2})
    assert (f"cytopenia-{line}-worse" in {x.code for x in cytopenia(now, higher, LIMITS)}) == (level == "below")


def test_several_lineages_are_one_criterion():
    low = Count("C", at(5), {"neutrophils": D("0.1"), "platelets": D(9), "haemoglobin": D(6)})
    assert {one.criterion for one in cytopenia(low, None, LIMITS)} == {"cytopenia"}
    two = {**LIMITS, "iec-hs-further": replace(LIMITS["iec-hs-further"], value=D(2))}
    high = sample(5, "900", upper="300")
    assert alerts([high], [low], INFUSED, LIMITS) and not alerts([high], [low], INFUSED, two)
    assert alerts([replace(high, fibrinogen=D("1.2"))], [low], INFUSED, two)


# -- alerts ----------------------------------------------------------------------------------------------

HIGH = {"upper": "300", "fibrinogen": "1.2"}


def test_one_rise_gives_one_alert_and_the_next_rise_another():
    told = [sample(-1, "250", upper="300"), sample(3, "700", upper="300"), sample(5, "900", upper="300"),
            sample(5.5, "4000", **HIGH), sample(6.5, "400", upper="300"), sample(9, "5000", **HIGH)]  # fmt: skip
    made = alerts(told, [], INFUSED, LIMITS)
    assert [(one.begun, one.page, one.newest, one.over) for one in made] == [
        ("S3", "S5", D(4000), True), ("S9", "S9", D(5000), False)]  # fmt: skip
    assert [one.code for one in made[0].reasons] == ["ferritin-upper", "ferritin-rising", "fibrinogen"]
    assert made[0].reasons[0].facts["value"] == 4000  # each criterion with its newest numbers
    assert [one.code for one in made[1].reasons] == ["ferritin-upper", "fibrinogen"]


def test_ferritin_alone_and_values_before_the_infusion_give_no_alert():
    assert not alerts([sample(3, "9000", upper="300")], [], INFUSED, LIMITS)
    assert not alerts([sample(-1, "9000", **HIGH)], [], INFUSED, LIMITS)
    assert not alerts([sample(0, "9000", **HIGH)], [], INFUSED, LIMITS)  # taken with the infusion: a baseline
    assert not alerts([sample(3, "9000", **HIGH)], [], None, LIMITS)
    assert alerts([sample(3, "9000", **HIGH)], [], INFUSED, LIMITS)


@pytest.mark.parametrize("days, together", [(-2.01, False), (-2, True), (0, True), (2, True), (2.01, False)])
def test_a_count_belongs_to_a_ferritin_of_two_days_around_it(days: float, together: bool):
    low = Count("C", at(6 + days), {"platelets": D(9)})
    assert bool(alerts([sample(6, "900", upper="300")], [low], INFUSED, LIMITS)) == together


VALUES = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5000), st.booleans()), max_size=8,
                  unique_by=lambda t: t[0])  # fmt: skip


@given(VALUES)
def test_no_more_alerts_than_rises_whatever_the_order_and_each_has_its_reasons(told: list[tuple[int, int, bool]]):
    rows = [sample(d, str(v), upper="300", fibrinogen="1.0" if low else "3.0") for d, v, low in told]
    made = alerts(rows, [], INFUSED, LIMITS)
    assert made == alerts(list(reversed(rows)), [], INFUSED, LIMITS)
    assert len({one.begun for one in made}) == len(made)
    for one in made:
        assert {x.criterion for x in one.reasons} >= {"ferritin", "fibrinogen"} and one.newest_at >= one.at
    if not any(low for _, _, low in told):
        assert not made


# -- thresholds ------------------------------------------------------------------------------------------


def test_the_protocol_sets_a_threshold_and_what_it_leaves_open_is_a_default_that_says_so():
    assert set(DEFAULTS) == {name for name in READ_IN if name.startswith("iec-hs")}
    own = {"parameters": {"iec-hs-platelets": {"value": "50", "unit": "10*9/L", "source": "protocol, table 4"},
                          "iec-hs-neutrophils": {"value": None, "unit": "10*9/L", "source": "x"}}}  # fmt: skip
    made = limits_of(own)
    assert made["iec-hs-platelets"] == Limit("iec-hs-platelets", D(50), "10*9/L", "protocol, table 4")
    assert made["iec-hs-neutrophils"] == Limit("iec-hs-neutrophils", D("0.5"), "10*9/L", ASSUMED)
    assert made["iec-hs-fibrinogen"].source.endswith("(recalled)")


def test_a_protocol_gives_such_a_threshold_in_its_unit_only():
    told = document()
    told["parameters"]["iec-hs-fibrinogen"] = {"value": "1.2", "unit": "g/L", "source": "protocol"}
    assert read_document(told)["parameters"]["iec-hs-fibrinogen"]["value"] == "1.2"
    told["parameters"]["iec-hs-fibrinogen"] = {"value": "120", "unit": "mg/L", "source": "protocol"}
    with pytest.raises(Refused, match="protocol-unreadable"):
        read_document(told)


# -- what is made of it ----------------------------------------------------------------------------------


def page(form: str, n: int, when: datetime, **values: str) -> CasebookPage:
    code = f"{WHO}/D14/{form}/{n}"
    kept: dict[str, Facts] = {"taken_at": {"value": when.isoformat()}}
    kept |= {name: {"value": text} for name, text in values.items()}
    return CasebookPage(code=code, version=1, owner="ROM", participant=WHO, form=form, values=tuple(kept.items()))


def alarmed(**changes: str) -> MemoryBook:
    """The participant of the trial, infused forty days ago, whose ferritin rose on two pages with platelets down."""
    book = trial()
    high = {"ferritin": "4200", "ferritin_upper": "300", **changes}
    pages = [page("inflammation", 1, book.now - 3 * DAY, ferritin="700", ferritin_upper="300"),
             page("inflammation", 2, book.now - HOUR, **high),
             page("blood-count", 1, book.now - HOUR, platelets="12", neutrophils="0.9", transfused="yes")]  # fmt: skip
    for one in pages:
        book.sheets[f"casebook-page:{one.code}"] = one
    book.sheets[f"casebook:{WHO}"] = Casebook(code=WHO, version=1, owner="ROM", pages=tuple(p.code for p in pages))
    return book


ANSWER = AnswerIecHsAlert(alert=WHO, begun=f"{WHO}/D14/inflammation/1", judgement="iec-hs", grade=2)


def test_the_pages_of_a_casebook_give_the_alert():
    (made,) = alerts_in(alarmed(), WHO)
    assert (made.begun, made.page) == (f"{WHO}/D14/inflammation/1", f"{WHO}/D14/inflammation/2")
    assert [one.code for one in made.reasons] == ["ferritin-upper", "cytopenia-platelets-new"]
    assert not alerts_in(alarmed(ferritin="590"), WHO)


def test_a_physician_answers_an_alert_and_changes_the_answer_with_a_reason():
    book = alarmed()
    book.refused("grade-and-judgement-differ", replace(ANSWER, grade=None), "physician")
    book.refused("grade-and-judgement-differ", replace(ANSWER, judgement="watched"), "physician")
    entry = book.do(replace(ANSWER, judgement="watched", grade=None), "physician")
    assert entry.given["criteria"] == ["ferritin-upper", "cytopenia-platelets-new"] and found(entry) == []
    book.refused("reason-missing", ANSWER, "investigator")
    book.do(ANSWER, "investigator", reason="ferritin went on rising")
    held = book.sheet(f"hyperinflammation:{WHO}")
    assert [(one.judgement, one.grade) for one in held.answers] == [("watched", None), ("iec-hs", 2)]
    assert held.status == "iec-hs" and held.answer(ANSWER.begun).grade == 2 and held.answer("other") is None


def test_an_answer_needs_its_alert_its_hospital_and_its_time():
    book = alarmed()
    facts = book.refused("no-alert-stands", replace(ANSWER, begun=f"{WHO}/D14/inflammation/2"), "physician")
    assert facts["participant"] == WHO
    alarmed(ferritin="590").refused("no-alert-stands", ANSWER, "physician")
    book.refused("held-elsewhere", ANSWER, "physician", site="BEY")
    book.refused("before-its-cause", ANSWER, "physician", at=book.now - 2 * HOUR)
    book.refused("subject-unknown", replace(ANSWER, alert=f"{TRIAL}-ROM-099"), "physician")
    book.refused("role-not-allowed", ANSWER, "ward-nurse")
    book.do(ANSWER, "physician")
