"""Plan: advice kept with what it rests on, decided by people, followed when slots and doses are given."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.action import Refused
from milenari.rules.plan import COLUMNS, DecidePlan, KeepPlan, Left, read_answer
from milenari.rules.referral import BookSlot
from milenari.rules.vector import AllocateContainer
from tests.rules.cast import DAY, REASON, MemoryBook, referred, vector_released

START = DAY + timedelta(days=1)
LINE = {"journey": "J1", "hospital": "ROM", "site": "ROM", "machine": "PRODIGY-1", "collection": str(DAY),
        "start": str(START), "end": str(DAY + timedelta(days=13)), "released": str(DAY + timedelta(days=20)),
        "infusion": str(DAY + timedelta(days=24)), "lot": "V1"}  # fmt: skip
ANSWER: dict[str, Any] = {
    "objective": "24",
    "bound": "24",
    "unit": "d",
    "seed": 7,
    "lines": [LINE],
    "unplaced": [{"journey": "J2", "why": ["no machine in Rome until May", "J1 has the bed"]}],
}
DOSES = {"lines": [{"journey": "J1", "country": "IT", "given": True, "place": 1, "reason": "waits longest"},
                   {"journey": "J2", "country": "IT", "given": False, "place": 2, "reason": "one dose"}]}  # fmt: skip
KEEP = KeepPlan(plan="P1", kind="slots", title="March", scenario="a" * 64, method="time-indexed-slots 1", answer=ANSWER)
ACCEPT = DecidePlan(plan="P1", decision="accepted")
SLOT = BookSlot(journey="J1", slot_on=DAY, plan="P1")
GIVE = AllocateContainer(container="V1-003", to_site="ROM", journey="J1", plan="P1")


def kept(book: MemoryBook | None = None, **changes: Any) -> MemoryBook:
    made = book or referred()
    made.do(replace(KEEP, **changes), "coordinator", site="BCN")
    return made


def accepted(book: MemoryBook | None = None, **changes: Any) -> MemoryBook:
    made = kept(book, **changes)
    made.do(ACCEPT, "coordinator", site="BCN", reason=REASON)
    return made


def test_a_plan_is_kept_whole_and_decided_once_with_a_reason():
    book = kept()
    plan = book.sheet("plan:P1")
    assert (plan.status, plan.slots()[0].start, plan.answer["bound"]) == ("proposed", START, "24")
    assert plan.left() == (Left("J2", ("no machine in Rome until May", "J1 has the bed")),)
    book.refused("subject-exists", KEEP, "coordinator", site="BCN")
    book.refused("reason-missing", ACCEPT, "coordinator", site="BCN")
    book.refused("role-not-allowed", ACCEPT, "operator", site="BCN", reason=REASON)
    book.refused("before-its-cause", ACCEPT, "coordinator", site="BCN", reason=REASON, at=book.now - timedelta(hours=1))
    book.do(ACCEPT, "coordinator", site="BCN", reason=REASON)
    assert book.sheet("plan:P1").status == "accepted"
    book.refused("already-decided", ACCEPT, "coordinator", site="BCN", reason=REASON)


def test_a_plan_says_which_scenario_it_was_computed_from():
    book = referred()
    for wrong in ("a" * 63, "A" * 64, "z" * 64):
        book.refused("not-a-digest", replace(KEEP, scenario=wrong), "coordinator", site="BCN")
    book.do(KEEP, "coordinator", site="BCN")


def test_a_plan_names_sites_of_the_network_only():
    book = referred()
    for name in ("hospital", "site"):
        answer = {**ANSWER, "lines": [{**LINE, name: "XXX"}]}
        book.refused("subject-unknown", replace(KEEP, answer=answer), "coordinator", site="BCN")


WRONG = {
    "unknown key": {**ANSWER, "profit": "1"},
    "a word for a number": {**ANSWER, "objective": "much"},
    "endless": {**ANSWER, "bound": "Infinity"},
    "no unit": {k: v for k, v in ANSWER.items() if k != "unit"},
    "seed in words": {**ANSWER, "seed": "seven"},
    "lines missing": {"unplaced": ANSWER["unplaced"]},
    "empty": {"lines": []},
    "too many": {"lines": [LINE] * 2_001},
    "column missing": {**ANSWER, "lines": [{k: v for k, v in LINE.items() if k != "machine"}]},
    "column more": {**ANSWER, "lines": [{**LINE, "price": "9"}]},
    "no patient": {**ANSWER, "lines": [{**LINE, "journey": ""}]},
    "number for a text": {**ANSWER, "lines": [{**LINE, "machine": 4}]},
    "no date": {**ANSWER, "lines": [{**LINE, "start": "soon"}]},
    "days backwards": {**ANSWER, "lines": [{**LINE, "infusion": str(DAY)}]},
    "a patient twice": {**ANSWER, "unplaced": [{"journey": "J1", "why": ["full"]}]},
    "why in one text": {**ANSWER, "unplaced": [{"journey": "J2", "why": "full"}]},
    "unplaced no list": {**ANSWER, "unplaced": {}},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_document_that_is_no_plan_is_refused_with_its_place(name: str):
    book = referred()
    book.refused("plan-unreadable", replace(KEEP, answer=WRONG[name]), "coordinator", site="BCN")
    book.do(KEEP, "coordinator", site="BCN")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("allocation", {**DOSES["lines"][0], "given": "yes"}),
        ("allocation", {**DOSES["lines"][0], "place": "1"}),
        ("campaigns", {"begins": "2027-01-01", "litres": "0"}),
        ("campaigns", {"begins": "2027-13-01", "litres": "20"}),
        ("campaigns", {"begins": "2027-01-01", "litres": 20}),
    ],
)
def test_other_kinds_of_plan_are_read_as_strictly(kind: str, line: dict[str, Any]):
    with pytest.raises(Refused) as caught:
        read_answer(kind, {"lines": [line]})
    assert caught.value.code == "plan-unreadable"
    good = {"allocation": DOSES["lines"][0], "campaigns": {"begins": "2027-01-01", "litres": "20.5"}}[kind]
    assert read_answer(kind, {"lines": [good]})


@given(
    st.sampled_from(sorted(COLUMNS)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from([*LINE, "lines", "unplaced", "why"]), x),
    ),
)
def test_whatever_is_handed_in_is_refused_or_a_plan(kind: str, junk: Any):
    """Who sends a plan chooses its every part: no document ends in anything but a refusal or a plan."""
    for place in ("objective", "seed", "lines", "unplaced", None):
        answer = junk if place is None else {**deepcopy(ANSWER if kind == "slots" else {"lines": []}), place: junk}
        try:
            made = read_answer(kind, answer)
        except Refused as refused:
            assert refused.code == "plan-unreadable"
        else:
            json.dumps(made)


def test_a_slot_follows_an_accepted_plan_and_its_day():
    book = kept()
    book.refused("plan-not-in-force", SLOT, "coordinator")
    book.do(ACCEPT, "coordinator", site="BCN", reason=REASON)
    book.refused("subject-unknown", replace(SLOT, plan="P9"), "coordinator")
    book.refused("slot-not-of-plan", replace(SLOT, slot_on=START), "coordinator")
    book.do(SLOT, "coordinator")
    assert book.sheet("journey:J1").planned_by == "P1"
    book.do(replace(SLOT, slot_on=START, plan=""), "coordinator")  # who books otherwise says so by naming no plan
    assert book.sheet("journey:J1").planned_by == ""


def test_a_declined_plan_and_one_without_the_patient_are_not_followed():
    book = kept()
    book.do(replace(ACCEPT, decision="declined"), "coordinator", site="BCN", reason=REASON)
    book.refused("plan-not-in-force", SLOT, "coordinator")
    others = {**ANSWER, "lines": [{**LINE, "journey": "J9"}], "unplaced": [{"journey": "J1", "why": ["too late"]}]}
    book = accepted(answer=others)
    book.refused("not-in-plan", SLOT, "coordinator")


def test_a_newer_plan_takes_the_place_of_the_older_when_it_is_accepted():
    book = accepted()
    kept(book, plan="P2", replaces="P1")
    kept(book, plan="P3", replaces="P1")
    book.refused("subject-unknown", replace(KEEP, plan="P4", replaces="P9"), "coordinator", site="BCN")
    book.refused("plan-of-another-kind", replace(KEEP, plan="P4", replaces="P1", kind="allocation", answer=DOSES),
                 "coordinator", site="BCN")  # fmt: skip
    book.do(SLOT, "coordinator")
    book.do(replace(ACCEPT, plan="P2"), "coordinator", site="BCN", reason=REASON)
    assert (book.sheet("plan:P1").status, book.sheet("plan:P1").replaced_by) == ("replaced", "P2")
    book.refused("plan-not-in-force", SLOT, "coordinator")
    book.do(replace(SLOT, plan="P2"), "coordinator")
    book.refused("plan-replaced", replace(ACCEPT, plan="P3"), "coordinator", site="BCN", reason=REASON)
    book.do(replace(ACCEPT, plan="P3", decision="declined"), "coordinator", site="BCN", reason=REASON)


def test_vector_follows_an_accepted_plan_to_its_patient_site_and_lot():
    book = accepted(vector_released())
    give = {"who": "vector-manager", "site": "BCN"}
    book.refused("field-missing", replace(GIVE, journey=""), **give)
    book.refused("not-in-plan", replace(GIVE, journey="J2"), **give)
    book.refused("site-not-of-plan", replace(GIVE, to_site="BEY"), **give)
    book.do(GIVE, **give)
    assert book.sheet("container:V1-003").journey == "J1"
    other = {**ANSWER, "lines": [{**LINE, "lot": "V2"}]}
    book = accepted(vector_released(), answer=other)
    book.refused("lot-not-of-plan", GIVE, **give)


def test_a_dose_goes_to_whom_the_allocation_gives_one():
    book = accepted(vector_released(), kind="allocation", answer=DOSES)
    give = {"who": "vector-manager", "site": "BCN"}
    book.refused("not-in-plan", replace(GIVE, journey="J2"), **give)
    book.do(GIVE, **give)
    book = accepted(kind="allocation", answer=DOSES)
    book.refused("plan-of-another-kind", SLOT, "coordinator")
    book.do(replace(SLOT, plan=""), "coordinator")
