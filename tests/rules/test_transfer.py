"""Transfer: the package, its differences, the gap assessment, and technical runs that are for nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from milenari.rules.gap import CloseGap, OpenGaps
from milenari.rules.package import EDGES, differences, forced
from tests.rules.cast import DAY, vector_tested
from tests.rules.transferring import (
    NEAR,
    OPEN,
    WAY,
    assess,
    content,
    engineered,
    gaps_assessed,
    package,
    packaged,
    proposed,
)

# -- package --------------------------------------------------------------------------------------------


def test_only_the_control_site_approves_a_package_and_each_version_once():
    book = vector_tested()
    book.refused("not-the-control-site", package(), "qa", site="ROM")
    book.do(package(), "qa")
    book.refused("subject-exists", package(), "qa")
    book.do(package("2"), "qa")


def test_a_package_carries_a_process_version_that_exists():
    book = vector_tested()
    book.refused("process-version-unknown", package(process_version="9"), "qa")
    book.do(package(), "qa")


@pytest.mark.parametrize(
    "wrong",
    [
        {"equipment": []},
        {"training": []},
        {"training": [{"code": "SOP-ARI", "title": "t", "version": "1", "people": 0}]},
        {"training": [{"code": "SOP-ARI", "title": "t", "version": "1", "people": "two"}]},
        {"methods": [{"code": "flow", "title": "t"}]},
        {"methods": [{"code": "flow", "title": "t", "version": "1", "colour": "red"}]},
        {"materials": [{"code": "a", "title": "t"}, {"code": "a", "title": "u"}]},
        {"materials": [{"code": "a", "title": "Safety"}, {"code": "b", "title": "safety "}]},
        {"materials": [{"code": "no code", "title": "t"}]},
        {"materials": [{"code": "a", "title": ["t"]}]},
        {"materials": ["beads"]},
        {"materials": "beads"},
        {"runs": {"engineering": 1}},
        {"runs": {"engineering": True, "comparability": 1}},
        {"surprise": []},
    ],
)
def test_a_package_that_cannot_be_worked_through_is_refused_saying_where(wrong):
    book = vector_tested()
    facts = book.refused("package-unreadable", package(**wrong), "qa")
    assert facts["where"] and facts["fault"]
    book.do(package(), "qa")


def test_a_package_version_counts_from_its_day():
    book = packaged()
    book.do(package("2", effective_on=DAY + timedelta(days=30)), "qa", site="BCN")
    kept = book.sheet("package:ARI")
    assert kept.current(DAY).number == "1" and kept.current(DAY + timedelta(days=30)).number == "2"
    assert kept.current(DAY - timedelta(days=1)) is None
    book.refused("before-its-cause", package("3", effective_on=DAY), "qa", site="BCN")
    book.do(package("3", effective_on=DAY + timedelta(days=31)), "qa", site="BCN")


def two_versions(**changes):
    book = packaged()
    book.do(package("2", **changes), "qa", site="BCN")
    return book.sheet("package:ARI").versions


@pytest.mark.parametrize(
    ("changes", "edges"),
    [
        ({}, set()),
        ({"parameters": []}, {"staff-trained", "engineering-runs"}),
        ({"attributes": []}, {"comparability-runs"}),
        ({"equipment": [{"code": "processor", "title": "Cell processor", "kind": "other"}]},
         {"equipment-qualified", "engineering-runs"}),
        ({"training": [{"code": "SOP-ARI", "title": "Making ARI", "version": "2", "people": 2}]}, {"staff-trained"}),
        ({"methods": []}, set()),
        ({"materials": [*content()["materials"], {"code": "medium", "title": "Medium"}]}, {"engineering-runs"}),
        ({"runs": {"engineering": 2, "comparability": 1}}, {"engineering-runs", "comparability-runs"}),
    ],
)  # fmt: skip
def test_a_change_opens_again_the_edges_it_touches_and_no_other(changes, edges):
    old, new = two_versions(**changes)
    assert set(forced(old, new)) == edges
    assert (differences(old, new) == []) == (not changes)


def test_a_difference_says_what_was_and_what_is():
    old, new = two_versions(training=[{"code": "SOP-2", "title": "New", "version": "1", "people": 1}])
    found = {d.code: (d.kind, d.forces) for d in differences(old, new)}
    assert found == {"SOP-ARI": ("removed", ()), "SOP-2": ("added", ("staff-trained",))}


# -- gaps -----------------------------------------------------------------------------------------------


def test_a_gap_assessment_lists_every_item_of_the_package_and_belongs_to_its_site():
    book = packaged()
    book.refused("way-code-wrong", OpenGaps(gaps="ROM.ARI", package="ARI", number="1"), "qa")
    book.refused("package-version-unknown", OpenGaps(gaps=WAY, package="ARI", number="7"), "qa")
    book.do(OPEN, "transfer-lead")
    gaps = book.sheet(f"gaps:{WAY}")
    assert len(gaps.items) == 7 and gaps.owner == "AMM" and len(gaps.unassessed()) == 7
    book.refused("subject-exists", OPEN, "transfer-lead")
    book.refused("held-elsewhere", assess("equipment/processor"), "qa", site="BCN")


def test_a_gap_has_a_risk_a_measure_an_owner_and_a_day():
    book = proposed()
    for field in ("risk", "measure", "owner", "due_on"):
        lacking = assess("equipment/processor", "full", **{field: None if field == "due_on" else ""})
        assert book.refused("gap-without-measure", lacking, "transfer-lead")["fields"] == [field]
    book.refused("gap-item-unknown", assess("equipment/none"), "transfer-lead")
    book.do(assess("equipment/processor", "full"), "transfer-lead")


def test_a_gap_is_closed_once_and_not_by_who_assessed_it():
    book = proposed()
    close = CloseGap(gaps=WAY, item="equipment/processor", evidence="bought")
    book.refused("gap-not-assessed", close, "qa")
    book.refused("gap-item-unknown", CloseGap(gaps=WAY, item="x/y", evidence="bought"), "qa")
    book.do(assess("equipment/processor", "full"), "qa")
    book.refused("own-work", close, "qa")
    book.do(assess("equipment/processor", "full"), "transfer-lead")
    item = book.sheet(f"gaps:{WAY}").item("equipment/processor")
    assert item.overdue(NEAR + timedelta(days=1)) and not item.overdue(NEAR)
    book.do(close, "qa")
    book.refused("gap-closed", close, "qa")
    assert not book.sheet(f"gaps:{WAY}").item("equipment/processor").overdue(NEAR + timedelta(days=1))


def test_taken_over_to_a_newer_package_only_what_reads_differently_is_open_again():
    book = gaps_assessed()
    changed = [{"code": "SOP-ARI", "title": "Making ARI", "version": "2", "people": 2}]
    book.do(package("2", training=changed), "qa", site="BCN")
    book.do(OpenGaps(gaps=WAY, package="ARI", number="2"), "transfer-lead")
    assert book.sheet(f"gaps:{WAY}").unassessed() == ["training/SOP-ARI"]


def test_every_edge_has_its_order():
    assert EDGES[0] == "gap-assessed" and len(set(EDGES)) == 5
    assert replace(engineered().sheet(f"qualification:{WAY}"), passed=()).stands_at() == "proposed"
