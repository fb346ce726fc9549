"""Rows of a scenario put in, changed and taken out: what a form holds is what the file holds, and the reader judges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.science.planning import reading, rows
from milenari.science.planning.checking import scenario
from milenari.science.planning.rows import Change, Table
from milenari.science.planning.scenario import Scenario
from milenari.science.unfit import Unfit
from tests.science.planning_cases import SEED, changed

AWAY = [{"first": "2027-02-01", "last": "2027-02-03", "why": "a course"}]
BOOKED = {"site": "BCN", "machine": "BCN-PRODIGY", "carried": "frozen", "collection": "2027-01-05",
          "start": "2027-01-11", "infusion": "2027-02-09", "locked": True}  # fmt: skip
OUTAGES = [
    {"code": "JO", "kind": "border", "at": "JO",
     "every": {"shape": "exponential", "a": 200, "unit": "d", "basis": "assumed", "source": "invented"},
     "lasts": {"shape": "fixed", "a": 5, "unit": "d", "basis": "assumed", "source": "invented"}},
    {"code": "SUITE", "kind": "campaign", "at": "BCN",
     "lost": {"value": 0.1, "unit": "1", "basis": "assumed", "source": "invented"}},
]  # fmt: skip
TREE = changed(
    outages=OUTAGES, sites__0__people__0__away=AWAY, patients__0__booked=BOOKED, patients__1__due="2027-03-01"
)
SCENARIO = scenario(TREE)
EVERY = [(table, at) for table in rows.tables(SCENARIO) for at in range(len(table.rows(TREE)))]
PEOPLE, LANES, PATIENTS = Table("people", "BCN"), Table("lanes"), Table("patients")


def put(table: Table, code: str, row: Any, tree: Any = TREE) -> Scenario:
    return scenario(rows.applied(tree, [Change(table, code, row)]))


def refused(table: Table, code: str, row: Any, tree: Any = TREE) -> tuple[str, Unfit]:
    """(box, refusal) of a change that the reader does not take."""
    change = Change(table, code, row)
    made = rows.applied(tree, [change])
    with pytest.raises(Unfit) as told:
        scenario(made)
    return rows.box_at_fault(made, change, str(told.value.facts["field"])), told.value


@settings(max_examples=60)
@given(st.sampled_from(EVERY))
def test_what_stands_in_the_form_of_a_row_is_what_stands_in_the_file(found: tuple[Table, int]) -> None:
    table, at = found
    inside, row = rows.boxes(SCENARIO, table), table.rows(TREE)[at]
    again = rows.read(inside, rows.typed(inside, row))
    kind = rows.KINDS[table.name]
    assert reading.read(kind, again, "row") == reading.read(kind, row, "row")
    assert put(table, row["code"], again) == SCENARIO


def test_every_field_of_the_declaration_has_a_box() -> None:
    for table in rows.tables(SCENARIO):
        names = [box.name for box in rows.boxes(SCENARIO, table)]
        assert names == list(rows.KINDS[table.name].__dataclass_fields__)


def test_a_person_is_added_changed_and_taken_out_and_the_tree_that_was_given_stays() -> None:
    inside = rows.boxes(SCENARIO, PEOPLE)
    form = rows.empty(inside) | {"code": ["BCN-O9"], "trained": ["qc"], "shift": ["evening"],
                                 "away.0.first": ["2027-03-01"], "away.0.last": ["2027-03-05"], "away.0.why": ["leave"],
                                 "away.1.first": [" "]}  # fmt: skip
    row = rows.read(inside, form)
    made = put(PEOPLE, "", row)
    person = made.sites[0].people[-1]
    assert (person.code, person.trained, person.shift, len(person.days)) == ("BCN-O9", ("qc",), "evening", 7)
    assert [(str(one.first), one.why) for one in person.away] == [("2027-03-01", "leave")]
    both = [Change(PEOPLE, "", row), Change(PEOPLE, "BCN-O9", {**row, "code": "BCN-O8"}), Change(PEOPLE, "BCN-O8")]
    assert scenario(rows.applied(TREE, both[:2])).sites[0].people[-1].code == "BCN-O8"
    assert scenario(rows.applied(TREE, both)) == SCENARIO == scenario(TREE)


@pytest.mark.parametrize(
    ("table", "spoil", "box", "said"),
    [
        (PEOPLE, {"shift": "night"}, "shift", "is not in this scenario; there are day, evening"),
        (PEOPLE, {"code": "BCN-O2"}, "code", "has BCN-O2 twice"),
        (PEOPLE, {"away": [AWAY[0], AWAY[0] | {"last": "2027-01-01"}]}, "away.1.last", "before it begins"),
        (PEOPLE, {"away": [AWAY[0] | {"first": "Monday"}]}, "away.0.first", "a day is written as"),
        (LANES, {"destination": "PAR"}, "destination", "is not in this scenario"),
        (LANES, {"planned": TREE["lanes"][0]["planned"] | {"value": -1}}, "planned.value", "it is at least 0"),
        (LANES, {"transit": TREE["lanes"][0]["transit"] | {"b": None}}, "transit", "two numbers, a and b"),
        (LANES, {"carries": []}, "carries", "a lane carries something"),
        (PATIENTS, {"ready": "2026-01-01"}, "ready", "before referral"),
        (PATIENTS, {"booked": BOOKED | {"machine": "ROM-PRODIGY"}}, "booked.machine", "is not in this scenario"),
        (Table("rooms", "BCN"), {"batches": SEED["sites"][0]["rooms"][0]["batches"] | {"source": ""}},
         "batches.source", "it is a text"),
        (Table("machines", "BCN"), {"room": "CELLAR"}, "room", "is not in this scenario"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_row_is_told_at_its_box(table: Table, spoil: Any, box: str, said: str) -> None:
    row = table.rows(TREE)[0]
    assert put(table, row["code"], row) == SCENARIO, "the row as it stands is taken"
    at, why = refused(table, row["code"], row | spoil)
    assert at == box and said in why.sentence


def test_a_fault_in_a_new_row_is_told_at_its_box_too() -> None:
    inside = rows.boxes(SCENARIO, PATIENTS)
    at, why = refused(PATIENTS, "", rows.read(inside, rows.empty(inside)))
    assert at == "code" and "it is a text" in why.sentence
    first = TREE["patients"][0]
    assert refused(PATIENTS, "", first)[0] == "code", "a code that is taken"


def test_what_others_rest_on_is_not_taken_out() -> None:
    room = Change(Table("rooms", "BCN"), "BCN-CR1")
    with pytest.raises(Unfit, match=r"sites\[0\].machines\[0\].room is 'BCN-CR1', which is not in this scenario"):
        scenario(rows.applied(TREE, [room]))
    alone = [
        Change(Table("people", "ROM"), one["code"]) for one in TREE["sites"][1]["people"] if "qc" in one["trained"]
    ]
    with pytest.raises(Unfit, match="has nobody trained for"):
        scenario(rows.applied(TREE, alone))
    with pytest.raises(Unfit, match=r"sites\[0\].people has no NOBODY"):
        rows.applied(TREE, [Change(PEOPLE, "NOBODY")])
    for name, site in (("people", "PAR"), ("costs", "")):
        with pytest.raises(Unfit, match="has no table"):
            rows.found(SCENARIO, name, site)


def test_a_slot_typed_half_is_refused_and_none_is_none() -> None:
    inside, row = rows.boxes(SCENARIO, PATIENTS), TREE["patients"][0]
    form = rows.typed(inside, row)
    bare = {name: value for name, value in form.items() if not name.startswith("booked.")}
    assert put(PATIENTS, row["code"], rows.read(inside, bare)).patients[0].booked is None
    half = rows.read(inside, bare | {"booked.start": ["2027-01-11"]})
    assert refused(PATIENTS, row["code"], half)[0] == "booked.site"
