"""A protocol as lines that people type: nothing is lost, every fault has its field, two versions stand side by side."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.protocol_difference import Difference, differences
from milenari.rules.protocol_document import read_document, to_be_set
from milenari.rules.protocol_lines import TABLES, Lines, document_of, lines_of, no_lines
from tests.rules.trial import amended, document

SEED = lines_of(document())
WEIGHT = {
    "level": "DL1",
    "from_kg": "0",
    "to_kg": "20",
    "dose.value": "1",
    "dose.unit": "10*6",
    "dose.source": "assumed",
}
TYPED = (
    "",
    "yes",
    "no",
    "0",
    "12",
    "-3",
    "x y",
    "DL1",
    "DL2",
    "none",
    "infused",
    "3/5 4/9",
    "18",
    "10*6/kg",
    "a",
    "NaN",
)


def changed(table: str, row: int, column: str, typed: str) -> Lines:
    lines = copy.deepcopy(SEED)
    lines[table][row][column] = typed
    return lines


def told(lines: Lines) -> list[tuple[str, int, str, str]]:
    return [(one.table, one.row, one.column, one.code) for one in document_of(lines)[1]]


@pytest.mark.parametrize("made", [document(), amended(again=True)], ids=["shipped", "amended"])
def test_a_document_read_back_from_its_lines_is_the_same(made: Any) -> None:
    assert document_of(lines_of(made)) == (made, [])


def test_what_has_no_value_is_still_to_be_set_and_keeps_its_remark() -> None:
    made, faults = document_of(changed("parameters", 0, "parameter.value", "3"))
    assert not faults and "age-from" not in to_be_set(made)
    unset, faults = document_of(changed("parameters", 2, "parameter.value", ""))
    assert not faults and "dlt-window" in to_be_set(unset)
    assert unset["parameters"]["dlt-window"]["source"] == "parameter-to-be-set: OPBG NCT03373071: four weeks"


FAULTS = [
    ("identification", 0, "title", " ", "box-empty"),
    ("cohorts", 0, "levels", "DL1 DL9", "line-not-there"),
    ("cohorts", 1, "code", "P1", "line-twice"),
    ("levels", 0, "dose.value", "many", "box-no-number"),
    ("levels", 0, "dose.unit", "spoon", "box-no-unit"),
    ("levels", 0, "dose.source", "", "figure-without-source"),
    ("fractions", 0, "condition", "never", "box-no-option"),
    ("fractions", 1, "level", "DL7", "line-not-there"),
    ("eligibility", 0, "code", "I 1", "box-no-code"),
    ("eligibility", 0, "text", "x" * 2001, "box-too-long"),
    ("visits", 3, "day", "five", "box-no-whole-number"),
    ("visits", 3, "plus", "-1", "box-no-whole-number"),
    ("stopping", 0, "boundary", "3 of 5", "box-no-pairs"),
    ("stopping", 0, "boundary", "4/5 3/9", "pairs-not-rising"),
    ("stopping", 0, "boundary", "6/5", "pairs-not-rising"),
    ("analyses", 0, "endpoint", "NONE", "line-not-there"),
    ("consents", 0, "languages", "", "box-empty"),
    ("assent", 1, "from_years", "11", "band-overlaps"),
    ("assent", 0, "country", "XX", "line-not-there"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "column", "typed", "code"), FAULTS, ids=[f"{f[0]}-{f[4]}" for f in FAULTS])
def test_a_fault_is_told_at_its_field(table: str, row: int, column: str, typed: str, code: str) -> None:
    assert told(SEED) == []
    assert (table, row, column, code) in told(changed(table, row, column, typed))


def test_what_only_several_lines_show_is_told_at_their_table() -> None:
    assert ("fractions", -1, "", "shares-not-whole") in told(changed("fractions", 0, "share.value", "11"))
    assert ("consents", -1, "", "consent-kind-missing") in told(changed("consents", 0, "required", "no"))
    assert ("visits", -1, "", "table-empty") in told({**SEED, "visits": []})
    assert ("visits", -1, "", "table-too-long") in told({**SEED, "visits": SEED["visits"] * 8})
    assert ("identification", 0, "title", "box-empty") in told(no_lines())


@settings(max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(sorted(TABLES)), st.integers(0, 30), st.integers(0, 20),
                          st.one_of(st.sampled_from(TYPED), st.text(max_size=8))), max_size=4))  # fmt: skip
def test_lines_without_a_fault_are_a_protocol_whatever_was_typed(changes: list[tuple[str, int, int, str]]) -> None:
    lines = {**copy.deepcopy(SEED), "weights": [dict(WEIGHT)]}
    for table, row, column, typed in changes:
        rows, columns = lines[table], TABLES[table]
        rows[row % len(rows)][columns[column % len(columns)].name] = typed
    made, faults = document_of(lines)
    assert all(one.code != "protocol-unreadable" for one in faults)
    if not faults:
        assert read_document(made) == made and document_of(lines_of(made))[0] == made


def test_two_versions_stand_side_by_side_box_by_box() -> None:
    assert differences(SEED, SEED) == []
    found = differences(SEED, lines_of(amended(again=True)))
    assert Difference("parameters", "contact-attempts", "parameter.value", "", "3") in found
    assert Difference("consents", "guardian", "form_version", "G1", "G2") in found
    assert Difference("consents", "guardian", "again", "no", "yes") in found and len(found) == 4
    fewer = {**SEED, "visits": [SEED["visits"][1], SEED["visits"][0], *SEED["visits"][3:]]}
    gone = [one for one in differences(SEED, fewer) if one.line == "APH"]
    assert {one.after for one in gone} == {""} and len(gone) == len(TABLES["visits"])  # all that it said
    moved = next(one for one in differences(SEED, fewer) if one.column == "order")
    assert moved.before.startswith("SCR ENR") and moved.after.startswith("ENR SCR")
    turned = {**SEED, "parameters": SEED["parameters"][::-1], "countries": SEED["countries"][::-1]}
    assert differences(SEED, turned) == []  # a mapping has no order
