"""Quality agreement: every matter has an owner and a time, both sites sign the same words, and it ends on its day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.quality_agreement import (
    MATTERS,
    DraftQualityAgreement,
    EndQualityAgreement,
    duty_of,
    read_agreement,
)
from milenari.rules.readiness import reasons
from milenari.rules.way import state_on, way_endings
from tests.rules.agreeing import CODE, EFFECT, UNTIL, agree, agreed, consent, deviation, draft, duties
from tests.rules.cast import DAY, LONG_AGO, REASON, MemoryBook, network, refused, start
from tests.rules.cast import accepted as cells_accepted
from tests.rules.transferring import FAR, QUALIFY, WAY, approved, package

CONTROL = {"site": "BCN"}


def held(book: MemoryBook, code: str = CODE) -> Any:
    return book.sheet(f"qualityagreement:{code}")


def test_an_agreement_is_drafted_by_the_control_site_under_the_code_of_its_pair():
    book = network()
    book.refused("not-the-control-site", draft(), "qa")
    book.refused("agreement-code-wrong", draft(agreement="BCN.BEY.control"), "qa", **CONTROL)
    itself = draft(agreement="BCN.BCN.control", receiver="BCN", content=duties(parties=("BCN", "BCN")))
    book.refused("quality-agreement-with-itself", itself, "qa", **CONTROL)
    turned = draft(agreement="ROM.BCN.control", giver="ROM", receiver="BCN")
    book.refused("not-the-control-site", turned, "qa", **CONTROL)
    no_plant = draft(agreement="ROM.BEY.vector", relation="vector", giver="ROM", receiver="BEY")
    book.refused("site-role-missing", no_plant, "qa", **CONTROL)
    book.refused("dates-reversed", draft(until_on=LONG_AGO - timedelta(days=1)), "qa", **CONTROL)
    book.do(draft(), "qa", **CONTROL)
    assert held(book).state_on(DAY) == "drafted" and held(book).in_force(DAY) is None


@pytest.mark.parametrize(
    ("fault", "content"),
    [
        ("no list", {"duties": "all"}),
        ("unknown", {**duties(), "more": 1}),
        ("known keys", duties({"matter": "deviation", "severity": "minor", "owner": "ROM", "hours": 1})),
        ("none of", duties({"matter": "weather", "owner": "ROM"})),
        ("severity", duties({"matter": "recall", "severity": "minor", "owner": "ROM"})),
        ("neither", duties(deviation("major", owner="BEY"))),
        ("informs a site", duties(deviation("major", informed=["BEY"]))),
        ("release wait", duties({"matter": "deviation", "severity": "minor", "owner": "ROM", "release_waits": True})),
        ("no time", duties(deviation("major", 0))),
        ("no time", duties(deviation("major", 1, "weeks"))),
        ("no time", duties(deviation("major", 366, "days"))),
        ("informs nobody", duties({"matter": "deviation", "severity": "minor", "owner": "ROM", "within": 1,
                                   "period": "days"})),
        ("informs nobody", duties({"matter": "recall", "owner": "ROM"})),
        ("twice", {"duties": [*duties()["duties"], duties()["duties"][0]]}),
        ("says nothing about deviation minor", {"duties": duties()["duties"][1:]}),
    ],
)  # fmt: skip
def test_an_agreement_that_leaves_something_open_is_refused_where_it_does(fault: str, content: Any):
    facts = refused("quality-agreement-unreadable", lambda: read_agreement(content, ("BCN", "ROM")))
    assert fault in facts["fault"]
    read_agreement(duties(), ("BCN", "ROM"))


def test_both_sites_sign_the_same_words_and_another_person_puts_them_in_force():
    book = network()
    book.refused("subject-unknown", consent(book), "qa")
    book.do(draft(), "qa", **CONTROL)
    book.refused("quality-agreement-not-consented", EFFECT, "qa-2", **CONTROL)
    book.refused("not-a-party", consent(book, site="BEY"), "qa", site="BEY")
    book.refused("agreement-code-wrong", consent(book, site="BEY"), "qa")
    book.refused("quality-agreement-changed", consent(book, digest="0" * 64), "qa")
    book.do(consent(book), "qa")
    book.do(draft(content=duties(deviation("major", 1, "days"))), "qa", **CONTROL)
    book.refused("quality-agreement-not-consented", EFFECT, "qa-2", **CONTROL)
    book.do(consent(book), "qa")
    book.refused("own-work", EFFECT, "qa", **CONTROL)
    book.refused("not-the-control-site", EFFECT, "qa")
    book.do(EFFECT, "qa-2", **CONTROL)
    book.refused("nothing-drafted", EFFECT, "qa-2", **CONTROL)
    book.refused("nothing-drafted", consent(book), "qa")
    assert held(book).in_force(DAY).duty("deviation", "major").within == timedelta(days=1)


def test_an_agreement_of_a_plant_that_is_not_the_control_site_is_signed_by_both():
    book = network()
    plant = book.sheet("site:BEY")
    book.sheets["site:BEY"] = type(plant)(**{**plant.__dict__, "roles": (*plant.roles, ("vector", LONG_AGO, None))})
    code = "BEY.ROM.vector"
    act = draft(agreement=code, relation="vector", giver="BEY", content=duties(parties=("BEY", "ROM")))
    book.do(act, "qa", **CONTROL)
    book.do(consent(book, code), "qa")
    effect = type(EFFECT)(agreement=code)
    assert book.refused("quality-agreement-not-consented", effect, "qa-2", **CONTROL)["sites"] == ["BEY"]
    book.do(consent(book, code, "BEY"), "qa", site="BEY")
    book.do(effect, "qa-2", **CONTROL)
    assert book.sheet("partners:ROM").agreements == (code,)


def test_versions_follow_each_other_and_one_that_is_over_cannot_come_into_force():
    book = agreed()
    book.refused("subject-exists", draft(), "qa", **CONTROL)
    book.refused("before-its-cause", draft("2", from_on=LONG_AGO - timedelta(days=1)), "qa", **CONTROL)
    later = UNTIL + timedelta(days=1)
    book.do(draft("2", from_on=later, until_on=FAR), "qa", **CONTROL)
    book.do(consent(book), "qa")
    tired = book.copy().later(days=1200)
    tired.refused("dates-reversed", EFFECT, "qa-2", **CONTROL)
    book.do(EFFECT, "qa-2", **CONTROL)
    assert [held(book).in_force(on).number for on in (DAY, UNTIL, later)] == ["1", "1", "2"]
    assert held(book).until(DAY) == FAR and held(book).in_force(FAR + timedelta(days=1)) is None


def test_an_agreement_is_ended_with_a_reason_and_not_twice():
    book = network()
    book.do(draft(), "qa", **CONTROL)
    end = EndQualityAgreement(agreement=CODE)
    book.refused("quality-agreement-not-in-force", end, "qa", reason=REASON, **CONTROL)
    book = agreed()
    book.refused("reason-missing", end, "qa", **CONTROL)
    book.do(end, "qa", reason=REASON, **CONTROL)
    book.refused("quality-agreement-not-in-force", end, "qa", reason=REASON, **CONTROL)
    assert held(book).state_on(DAY) == "ended" and held(book).binding(DAY) is None


# -- what it holds up -----------------------------------------------------------------------------------


def why(book: MemoryBook, on: date, site: str = "AMM") -> list[str]:
    return [reason.code for reason in reasons(book, site, "ARI", [on])]


def amman(**changes: Any) -> DraftQualityAgreement:
    return draft(agreement="BCN.AMM.control", receiver="AMM", content=duties(parties=("BCN", "AMM")), **changes)


def test_an_agreement_that_runs_out_suspends_the_site_and_the_next_lifts_it():
    book = approved()
    agree(book, amman(until_on=DAY + timedelta(days=30)))
    way = book.sheet(f"qualification:{WAY}")
    over = DAY + timedelta(days=31)
    assert why(book, DAY) == [] and why(book, over) == ["quality-agreement-lapsed"]
    assert (state_on(book, way, DAY), state_on(book, way, over)) == ("approved", "suspended")
    version = book.sheet("package:ARI").current(DAY)
    assert "qualityagreement:BCN.AMM.control" in [e.what for e in way_endings(book, way, version, DAY)]
    agree(book, amman(number="2", until_on=FAR))
    assert why(book, over) == []


def test_a_package_may_ask_for_an_agreement_and_then_nothing_starts_without_it():
    book = approved()
    book.refused("package-unreadable", package("2", agreements=["weather"]), "qa", **CONTROL)
    book.do(package("2", agreements=["control"]), "qa", **CONTROL)
    assert why(book, DAY) == ["quality-agreement-missing"]
    book.refused("quality-agreement-missing", QUALIFY, "qa", **CONTROL)
    agree(book, amman())
    book.copy().do(QUALIFY, "qa", **CONTROL)
    assert "quality-agreement-missing" not in why(book, DAY)


def test_a_site_qualified_without_a_package_is_held_up_by_an_agreement_that_ran_out():
    book = cells_accepted()
    book.copy().do(start(), "operator")
    agree(book, draft(until_on=DAY))
    book.copy().do(start(), "operator")
    book.later(days=1)
    book.refused("quality-agreement-lapsed", start(), "operator")


# -- invariants -----------------------------------------------------------------------------------------


@given(st.integers(1, 8760), st.sampled_from(["hours", "days"]))
def test_a_time_in_days_is_that_many_times_twenty_four_hours(count: int, period: str):
    row = deviation("major", count, period)
    hours = count * (24 if period == "days" else 1)
    if hours > 8760:
        refused("quality-agreement-unreadable", lambda: read_agreement(duties(row), ("BCN", "ROM")))
    else:
        read_agreement(duties(row), ("BCN", "ROM"))
        assert duty_of(row).within == timedelta(seconds=3600 * hours)


@settings(deadline=None)
@given(st.lists(st.sampled_from(MATTERS), min_size=1, unique=True))
def test_no_agreement_leaves_a_matter_without_owner(dropped: list[str]):
    rows = [row for row in duties()["duties"] if row["matter"] not in dropped]
    refused("quality-agreement-unreadable", lambda: read_agreement({"duties": rows}, ("BCN", "ROM")))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), min_size=1, max_size=4), st.integers(-10, 700))
def test_what_is_in_force_on_a_day_also_binds_on_it(spans: list[tuple[int, int]], after: int):
    book = network()
    for number, (begin, length) in enumerate(sorted(spans)):
        from_on = DAY + timedelta(days=begin)
        agree(book, draft(str(number), from_on=from_on, until_on=from_on + timedelta(days=length)))
    on = DAY + timedelta(days=after)
    found, binding = held(book).in_force(on), held(book).binding(on)
    assert found is None or (found == binding and found.from_on <= on <= found.until_on)
    assert (binding is None) == (after < min(begin for begin, _ in spans))
    until = held(book).until(on)
    assert (until is None) == (found is None) and (until is None or held(book).in_force(until) is not None)
