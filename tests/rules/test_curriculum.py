"""Curricula as data: what could not be followed is refused with its place; what carries over to a new version."""

import pytest

from milenari.rules.curriculum import ApproveCurriculum, differences, read_curriculum
from tests.rules.cast import DAY, network

READ = {"code": "READ", "kind": "read", "reference": "SOP-ARI", "version": "1"}
RUNS = {"code": "RUNS", "kind": "supervised-runs", "count": 3, "roles": ["operator"]}
TEST = {"code": "TEST", "kind": "assessment", "pass_score": "80"}
FILL = {"code": "FILL", "kind": "media-fill", "reference": "SOP-MF", "valid_months": 6, "roles": ["operator"]}
LOOK = {"code": "LOOK", "kind": "observation", "valid_months": 24, "roles": ["operator"]}
ITEMS = [READ, RUNS, TEST, FILL, LOOK]


def approve(number="2", items=ITEMS, **more):
    return ApproveCurriculum(curriculum="SOP-ARI", number=number, title="CAR-T", document={"items": items, **more})


@pytest.mark.parametrize(
    ("items", "more", "where"),
    [
        ([], {}, "items"),
        (["READ"], {}, "item 1"),
        ([{**READ, "code": ""}], {}, "item 1"),
        ([{**READ, "kind": "watching"}], {}, "item 1"),
        ([{**READ, "reference": ""}], {}, "item 1"),
        ([{key: value for key, value in READ.items() if key != "version"}], {}, "item 1"),
        ([READ, READ], {}, "item 2"),
        ([READ, {**RUNS, "count": 0}], {}, "item 2"),
        ([READ, {"code": "RUNS", "kind": "supervised-runs"}], {}, "item 2"),
        ([{**READ, "count": 2}], {}, "item 1"),
        ([{**TEST, "pass_score": "101"}], {}, "item 1"),
        ([{**TEST, "pass_score": "good"}], {}, "item 1"),
        ([{"code": "TEST", "kind": "assessment"}], {}, "item 1"),
        ([{**FILL, "valid_months": 0}], {}, "item 1"),
        ([{**FILL, "roles": ["cook"]}], {}, "item 1"),
        ([{**FILL, "again": "yes"}], {}, "item 1"),
        ([{**FILL, "colour": "red"}], {}, "item 1"),
        (ITEMS, {"inactive_months": 6}, "requalify"),
        (ITEMS, {"requalify": ["LOOK"]}, "requalify"),
        (ITEMS, {"inactive_months": 6, "requalify": ["NONE"]}, "requalify"),
        (ITEMS, {"inactive_months": 0, "requalify": ["LOOK"]}, "curriculum"),
        (ITEMS, {"owner": "BCN"}, "curriculum"),
    ],
)
def test_a_curriculum_that_could_not_be_followed_is_refused_with_its_place(items, more, where):
    book = network()
    facts = book.refused("curriculum-unreadable", approve(items=items, **more), "qa", site="BCN")
    assert facts["where"] == where
    book.do(approve(inactive_months=6, requalify=["LOOK"]), "qa", site="BCN")


def test_curricula_are_approved_at_the_control_site_and_a_number_means_one_text():
    book = network()
    book.refused("not-the-control-site", approve(), "qa", site="ROM")
    book.do(approve(), "qa", site="BCN")
    book.refused("subject-exists", approve(), "qa", site="BCN")


def version(number, *items):
    return read_curriculum(number, {"items": list(items)}, DAY, "BCN-QA")


def test_a_new_version_says_item_by_item_what_carries_over():
    old = version("1", READ, RUNS, FILL, LOOK)
    new = version("2", {**READ, "version": "2"}, {**RUNS, "title": "Runs"}, {**FILL, "again": True}, TEST)
    told = {d.item.code: d.change for d in differences(old, new)}
    assert told == {"READ": "again", "RUNS": "carries-over", "FILL": "again", "TEST": "new", "LOOK": "dropped"}
    assert {d.change for d in differences(None, new)} == {"new"}
    assert {d.change for d in differences(old, old)} == {"carries-over"}


def test_evidence_carries_over_through_versions_until_something_was_to_be_shown_again():
    book = network()
    for number, fill in (("1", FILL), ("2", FILL), ("3", {**FILL, "again": True}), ("4", FILL)):
        book.do(approve(number, [READ, fill]), "qa", site="BCN")
    found = book.sheet("curriculum:SOP-ARI")
    assert set(found.counting("2", "FILL")) == {"1", "2"}
    assert set(found.counting("3", "FILL")) == {"3"}
    assert set(found.counting("4", "FILL")) == {"3", "4"}
    assert set(found.counting("4", "LOOK")) == set() and set(found.counting("9", "FILL")) == set()
