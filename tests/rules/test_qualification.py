"""Qualification: no way to a patient but through every edge, and what an edge rests on is looked at every day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from milenari.rules import way as ways
from milenari.rules.action import Refused
from milenari.rules.attachment import AttachFile, WithdrawFile
from milenari.rules.comparability import Study
from milenari.rules.equipment import CalibrateEquipment, RetireEquipment
from milenari.rules.gap import CloseGap, OpenGaps
from milenari.rules.network import SuspendSite
from milenari.rules.package import EDGES
from milenari.rules.qualification import (
    ProposeSite,
    WithdrawEvidence,
    WithdrawSite,
)
from milenari.rules.readiness import endings, lapses, reasons
from milenari.rules.regulation import Regulation, StateRequirement
from milenari.words import Role
from tests.rules.cast import DAY, FAR, REASON, MemoryBook, accepted, batch_started, start, train
from tests.rules.transferring import (
    MET,
    NEAR,
    OPEN,
    PROPOSE,
    QUALIFY,
    WAY,
    accept,
    approved,
    asked,
    assess,
    begin_run,
    compared,
    conclude,
    edge,
    engineered,
    enter_law,
    gaps_assessed,
    offer,
    package,
    packaged,
    proposed,
    run_made,
    staffed,
)

CONTROL = {"site": "BCN"}
ALL = {"equipment": "equipment:PRODIGY-2", "people": ("person:AMM-OPERATOR", "person:AMM-OPERATOR-2")}


def why(book: MemoryBook, on: date = DAY, site: str = "AMM") -> list[str]:
    """The codes of everything between the site and a patient's batch."""
    return [reason.code for reason in reasons(book, site, "ARI", [on])]


def state(book: MemoryBook, on: date = DAY) -> str:
    return ways.state_on(book, book.sheet(f"qualification:{WAY}"), on)


# -- the way --------------------------------------------------------------------------------------------


def test_a_way_is_begun_by_the_control_site_once_and_under_the_code_of_its_site():
    book = packaged()
    book.refused("not-the-control-site", PROPOSE, "qa")
    wrong = ProposeSite(qualification="AMM.LV", site="AMM", product="ARI")
    book.refused("way-code-wrong", wrong, "qa", **CONTROL)
    book.refused("subject-unknown", ProposeSite(qualification="AMM.LV", site="AMM", product="LV"), "qa", **CONTROL)
    book.do(PROPOSE, "transfer-lead", **CONTROL)
    book.refused("subject-exists", PROPOSE, "qa", **CONTROL)
    assert state(book) == "proposed"


def test_the_whole_way_leads_to_a_patient():
    book = approved()
    assert why(book) == [] and state(book) == "approved"


def test_each_station_of_the_way_is_the_state_of_the_site():
    stands = [state(build()) for build in (proposed, gaps_assessed, staffed, engineered, compared, approved)]
    assert stands == ["proposed", "gap-assessed", "staff-trained", "engineering-runs", "comparability-runs", "approved"]


def test_edges_are_walked_in_their_order_and_by_the_control_site():
    book = proposed()
    later = edge("equipment-qualified", ALL["equipment"])
    book.refused("edge-out-of-order", later, "qa", **CONTROL)
    book = gaps_assessed()
    book.refused("not-the-control-site", later, "qa")
    book.refused("dates-reversed", replace(later, until_on=DAY - timedelta(days=1)), "qa", **CONTROL)
    book.do(later, "qa", **CONTROL)


def test_gaps_are_opened_and_every_item_assessed_before_the_first_edge():
    book = packaged()
    book.do(PROPOSE, "qa", **CONTROL)
    book.refused("gaps-not-opened", edge("gap-assessed"), "qa", **CONTROL)
    book.do(OPEN, "transfer-lead")
    book.refused("gaps-not-assessed", edge("gap-assessed"), "qa", **CONTROL)
    for item in book.sheet(f"gaps:{WAY}").items:
        book.do(assess(item.code), "transfer-lead")
    book.do(edge("gap-assessed"), "qa", **CONTROL)


def test_equipment_is_of_the_site_of_the_kind_and_calibrated():
    book = gaps_assessed()
    book.refused("equipment-need-open", edge("equipment-qualified"), "qa", **CONTROL)
    book.refused("equipment-need-open", edge("equipment-qualified", "equipment:PRODIGY-1"), "qa", **CONTROL)
    book.refused("subject-unknown", edge("equipment-qualified", "equipment:NONE"), "qa", **CONTROL)
    book.refused("evidence-of-no-use", edge("equipment-qualified", "person:AMM-QA"), "qa", **CONTROL)
    book.refused("evidence-of-no-use", edge("equipment-qualified", "PRODIGY-2"), "qa", **CONTROL)
    retired = book.copy()
    retired.do(RetireEquipment(equipment="PRODIGY-2"), "qa", reason=REASON)
    retired.refused("support-lapsed", edge("equipment-qualified", ALL["equipment"]), "qa", **CONTROL)
    book.do(edge("equipment-qualified", ALL["equipment"]), "qa", **CONTROL)


def test_as_many_are_trained_as_the_package_asks_for():
    book = gaps_assessed()
    book.do(edge("equipment-qualified", ALL["equipment"]), "qa", **CONTROL)
    one = edge("staff-trained", "person:AMM-OPERATOR")
    assert book.refused("training-need-open", one, "qa", **CONTROL)["found"] == 1
    abroad = edge("staff-trained", "person:AMM-OPERATOR", "person:ROM-OPERATOR")
    assert book.refused("training-need-open", abroad, "qa", **CONTROL)["found"] == 1
    book.do(edge("staff-trained", *ALL["people"]), "qa", **CONTROL)


def test_an_engineering_run_is_this_sites_concluded_and_met():
    book = staffed()
    name = "engineering-runs"
    book.refused("runs-missing", edge(name), "qa", **CONTROL)
    book.do(begin_run(), "operator")
    book.refused("run-not-concluded", edge(name, "batch:RUN-1"), "qa", **CONTROL)
    failed = staffed()
    run_made(failed)
    good = failed.copy()
    failed.do(conclude(conclusion="failed"), "qa", reason=REASON)
    failed.refused("run-not-accepted", edge(name, "batch:RUN-1"), "qa", **CONTROL)
    good.do(conclude(), "qa", reason=REASON)
    good.do(edge(name, "batch:RUN-1"), "qa", **CONTROL)


def test_an_edge_on_a_run_whose_figures_were_drawn_says_so_for_ever():
    book = staffed()
    run_made(book, simulated=True)
    book.do(conclude(), "qa", reason=REASON)
    passed = book.do(edge("engineering-runs", "batch:RUN-1"), "qa", **CONTROL)
    assert [(f.code, f.facts["batches"]) for f in passed.findings] == [("edge-on-simulated-run", ["RUN-1"])]
    measured = engineered().entries[-1]
    assert measured.action.code == "pass-edge" and measured.findings == ()


def test_a_batch_of_another_site_is_no_run_of_this_one():
    book = staffed()
    book.sheets["batch:B1"] = batch_started().sheet("batch:B1")
    book.refused("run-of-another", edge("engineering-runs", "batch:B1"), "qa", **CONTROL)
    run_made(book)
    book.do(conclude(), "qa", reason=REASON)
    book.do(edge("engineering-runs", "batch:RUN-1"), "qa", **CONTROL)


def report(of: str = "batch:RUN-1", code: str = "A-9") -> AttachFile:
    return AttachFile(of=of, attachment=code, sha256="0" * 64, name="r.pdf", media_type="application/pdf", size=9,
                      shows="Comparability report")  # fmt: skip


def test_a_comparability_report_is_attached_to_a_run_of_the_site_and_not_withdrawn():
    book, name = engineered(), "comparability-runs"
    book.refused("report-missing", edge(name), "qa", **CONTROL)
    book.do(report("equipment:PRODIGY-2", "A-8"), "qa")
    book.refused("report-not-of-run", edge(name, "attachment:A-8"), "qa", **CONTROL)
    book.do(report(), "qa")
    withdrawn = book.copy()
    withdrawn.do(WithdrawFile(attachment="A-9"), "qa", reason=REASON)
    withdrawn.refused("report-withdrawn", edge(name, "attachment:A-9"), "qa", **CONTROL)
    book.do(edge(name, "attachment:A-9"), "qa", **CONTROL)


def test_a_comparability_study_of_this_site_and_product_has_to_say_comparable():
    book = engineered()
    passing = edge("comparability-runs", "comparability:R1")
    book.sheets["comparability:R1"] = Study(
        code="R1", version=1, owner="BCN", outcome="not-enough-data", product="ARI", candidate="AMM"
    )  # fmt: skip
    book.refused("report-not-comparable", passing, "qa", **CONTROL)
    elsewhere = replace(book.sheets["comparability:R1"], outcome="comparable", candidate="ROM")
    other = book.copy()
    other.sheets["comparability:R1"] = elsewhere
    other.refused("report-not-comparable", passing, "qa", **CONTROL)
    book.sheets["comparability:R1"] = replace(book.sheets["comparability:R1"], outcome="comparable")
    book.do(passing, "qa", **CONTROL)


def test_approval_needs_every_edge_and_every_gap_closed():
    book = engineered()
    book.refused("edge-not-passed", QUALIFY, "qa", **CONTROL)
    run_made(book, "RUN-2", "V1-002", "comparability")
    book.do(report("batch:RUN-2"), "qa")
    book.do(edge("comparability-runs", "attachment:A-9"), "qa", **CONTROL)
    book.refused("gaps-not-closed", QUALIFY, "qa", **CONTROL)
    book.do(CloseGap(gaps=WAY, item="equipment/processor", evidence="there"), "qa")
    book.do(QUALIFY, "qa", **CONTROL)


def test_without_a_package_a_site_is_qualified_as_before_and_with_one_only_by_its_way():
    book = packaged()
    book.refused("subject-unknown", QUALIFY, "qa", **CONTROL)
    del book.sheets["package:ARI"]
    book.do(QUALIFY, "qa", **CONTROL)


# -- earlier evidence -----------------------------------------------------------------------------------


def test_earlier_evidence_stands_in_for_an_edge_when_a_second_person_accepted_it():
    book = gaps_assessed()
    book.do(edge("equipment-qualified", ALL["equipment"]), "qa", **CONTROL)
    book.do(offer(), "transfer-lead")
    book.refused("training-need-open", edge("staff-trained"), "qa", **CONTROL)
    book.do(accept(), "qa", **CONTROL)
    book.do(edge("staff-trained"), "qa", **CONTROL)


def test_evidence_in_part_covers_its_part_and_no_more():
    book = engineered()
    needs = {"runs": {"engineering": 2, "comparability": 1}}
    book.do(package("2", **needs), "qa", site="BCN")
    book.refused("runs-missing", edge("engineering-runs", "batch:RUN-1"), "qa", **CONTROL)
    book.do(offer("engineering-runs", "run-1"), "transfer-lead")
    book.refused("more-than-offered", accept(), "qa", **CONTROL)
    book.refused("more-than-offered", accept("run-2"), "qa", **CONTROL)
    book.do(accept("run-1"), "qa", **CONTROL)
    book.do(edge("engineering-runs", "batch:RUN-1"), "qa", **CONTROL)


def test_an_offer_says_what_it_covers_when_it_covers_a_part():
    book = proposed()
    book.refused("extent-and-needs", replace(offer(), extent="part"), "transfer-lead")
    book.refused("extent-and-needs", replace(offer("staff-trained", "SOP-ARI"), extent="whole"), "transfer-lead")
    book.refused("need-unknown", offer("staff-trained", "SOP-9"), "transfer-lead")
    book.refused("dates-reversed", offer(until_on=DAY - timedelta(days=1)), "transfer-lead")
    book.do(offer("staff-trained", "SOP-ARI"), "transfer-lead")
    book.refused("subject-exists", offer(), "transfer-lead")


def test_evidence_is_accepted_for_its_own_site_no_longer_than_offered_and_while_it_stands():
    book = proposed()
    book.do(offer(until_on=NEAR), "transfer-lead")
    book.refused("not-the-control-site", accept(until_on=NEAR), "qa")
    book.refused("beyond-the-offer", accept(until_on=NEAR + timedelta(days=1)), "qa", **CONTROL)
    book.do(offer(code="EV-R", until_on=NEAR), "qa", site="ROM")
    book.refused("evidence-of-another", accept(code="EV-R", until_on=NEAR), "qa", **CONTROL)
    withdrawn = book.copy()
    withdrawn.do(WithdrawEvidence(evidence="EV-1"), "qa", reason=REASON)
    withdrawn.refused("evidence-withdrawn", accept(until_on=NEAR), "qa", **CONTROL)
    withdrawn.refused("evidence-withdrawn", WithdrawEvidence(evidence="EV-1"), "qa", reason=REASON)
    book.do(accept(until_on=NEAR), "qa", **CONTROL)


def test_nobody_accepts_what_they_offered():
    book = proposed()
    book.do(offer(), "qa")
    person = book.sheet("person:AMM-QA")
    control = [replace(g, site="BCN") for g in person.grants]
    book.sheets["person:AMM-QA"] = replace(person, grants=(*person.grants, *control))
    book.refused("own-work", accept(), by="AMM-QA", role=Role.QA, site="BCN")
    book.do(accept(), "qa", **CONTROL)


# -- what lapses ----------------------------------------------------------------------------------------


def lapse(book: MemoryBook, how: str) -> date:
    """One thing an approved way rests on lapses; answers the day on which it has."""
    if how == "calibration":
        return NEAR + timedelta(days=1)
    if how == "training":
        person = book.sheet("person:AMM-OPERATOR")
        ended = tuple(replace(t, until_on=DAY + timedelta(days=3)) for t in person.trainings)
        book.sheets["person:AMM-OPERATOR"] = replace(person, trainings=ended)
        return DAY + timedelta(days=4)
    if how == "report":
        book.do(WithdrawFile(attachment="A-1"), "qa", reason=REASON)
    if how == "retired":
        book.do(RetireEquipment(equipment="PRODIGY-2"), "qa", reason=REASON)
    if how == "suspended":
        book.do(SuspendSite(site="AMM", product="ARI"), "qa", site="BCN", reason=REASON)
    if how == "package":
        book.do(package("2", attributes=[]), "qa", site="BCN")
    if how == "law":
        book.do(StateRequirement(regulation="JO", item="trial-approval", state="open"), "qa")
    return DAY


LAPSES = {
    "calibration": "support-lapsed", "training": "training-need-open", "report": "report-withdrawn",
    "retired": "support-lapsed", "suspended": "site-not-qualified", "package": "edge-outdated",
    "law": "requirement-not-met",
}  # fmt: skip


@pytest.mark.parametrize("how", LAPSES)
def test_whatever_the_way_rests_on_suspends_the_site_on_the_day_it_lapses(how: str):
    book = approved()
    assert why(book) == []
    on = lapse(book, how)
    assert why(book, on) == [LAPSES[how]]


def test_a_calibration_renewed_lets_the_site_go_on_without_another_act():
    book = approved()
    book.now += timedelta(days=60)
    book.do(CalibrateEquipment(equipment="PRODIGY-2", on=DAY + timedelta(days=59), calibrated_until=FAR), "qa")
    assert why(book, NEAR + timedelta(days=1)) == []


def test_an_edge_that_expired_is_walked_again():
    book = approved()
    book.do(edge("engineering-runs", "batch:RUN-1", until_on=DAY + timedelta(days=5)), "qa", **CONTROL)
    after = DAY + timedelta(days=6)
    assert why(book, after) == ["edge-expired"] and state(book, after) == "suspended"
    book.copy().later(days=6).refused("edge-expired", QUALIFY, "qa", **CONTROL)
    book.do(edge("engineering-runs", "batch:RUN-1"), "qa", **CONTROL)
    assert why(book, after) == []


def test_a_changed_package_suspends_until_what_it_forces_is_done():
    book = approved()
    trained = [{"code": "SOP-ARI", "title": "Making ARI", "version": "2", "people": 2}]
    book.do(package("2", training=trained, effective_on=DAY + timedelta(days=10)), "qa", site="BCN")
    later = DAY + timedelta(days=10)
    assert why(book) == [] and why(book, later) == ["edge-outdated"]
    book.now += timedelta(days=10)
    book.refused("edge-outdated", QUALIFY, "qa", **CONTROL)
    for who in ("operator", "operator-2"):
        book.do(replace(train("AMM", who), number="2"), "trainer")
    book.do(edge("staff-trained", *ALL["people"]), "qa", **CONTROL)
    assert why(book, later) == []


def test_what_ends_by_itself_is_known_ahead():
    book = approved()
    kept = book.sheet("package:ARI").versions[0]
    found = ways.way_endings(book, book.sheet(f"qualification:{WAY}"), kept, DAY)
    assert (found[0].what, found[0].until_on) == ("equipment:PRODIGY-2", NEAR)
    assert {e.edge for e in found} == set(EDGES)


def test_a_withdrawn_site_begins_its_way_anew():
    book = approved()
    withdraw = WithdrawSite(site="AMM", product="ARI")
    book.do(withdraw, "qa", site="BCN", reason=REASON)
    assert state(book) == "withdrawn" and why(book)[:2] == ["site-not-qualified", "site-withdrawn"]
    book.refused("site-withdrawn", QUALIFY, "qa", **CONTROL)
    book.refused("site-withdrawn", edge("gap-assessed"), "qa", **CONTROL)
    book.refused("site-withdrawn", withdraw, "qa", site="BCN", reason=REASON)
    book.do(PROPOSE, "qa", **CONTROL)
    assert state(book) == "proposed"
    book.refused("edge-not-passed", QUALIFY, "qa", **CONTROL)


def test_before_a_package_counts_no_edge_is_passed():
    book = packaged()
    kept = book.sheet("package:ARI")
    late = tuple(replace(v, effective_on=DAY + timedelta(days=9)) for v in kept.versions)
    book.sheets["package:ARI"] = replace(kept, versions=late)
    book.do(PROPOSE, "qa", **CONTROL)
    book.refused("package-not-in-force", edge("gap-assessed"), "qa", **CONTROL)
    book.now += timedelta(days=9)
    book.do(OPEN, "transfer-lead")
    book.refused("gaps-not-assessed", edge("gap-assessed"), "qa", **CONTROL)


def test_a_site_is_not_approved_while_a_requirement_of_its_country_is_open():
    book = compared()
    book.copy().do(QUALIFY, "qa", **CONTROL)
    book.do(StateRequirement(regulation="JO", item="trial-approval", state="in-progress"), "qa")
    book.refused("requirement-not-met", QUALIFY, "qa", **CONTROL)


def test_the_rule_of_start_batch_asks_the_same_question():
    book = accepted()
    book.copy().do(start(), "operator")
    way = ways.Qualification(code="ROM.ARI", version=1, owner="BCN", site="ROM", product="ARI", approved_on=DAY)
    book.sheets |= {"qualification:ROM.ARI": way, "package:ARI": packaged().sheet("package:ARI")}
    first = why(book, site="ROM")[0]
    assert first == "edge-not-passed"
    book.refused("edge-not-passed", start(), "operator")


def test_a_site_on_its_way_needs_its_countrys_map():
    book = approved()
    book.copy().do(QUALIFY, "qa", **CONTROL)
    book.sheets["regulation:JO"] = Regulation(code="JO")
    assert why(book) == ["no-regulatory-map"]
    book.refused("no-regulatory-map", QUALIFY, "qa", **CONTROL)
    enter_law(book, asked(**MET))
    assert why(book) == []


# -- invariants -----------------------------------------------------------------------------------------


class Ways(RuleBasedStateMachine):
    """Random acts at both ends of a way: approval never stands without every edge, whatever the order."""

    def __init__(self) -> None:
        super().__init__()
        self.book = engineered()
        self.book.do(report("batch:RUN-1", "A-1"), "qa")
        way = self.book.sheet(f"qualification:{WAY}")
        self.book.sheets[f"qualification:{WAY}"] = replace(way, passed=())

    def attempt(self, act: Any, who: str = "qa", site: str = "BCN") -> None:
        try:
            self.book.do(act, who, site=site, reason=REASON)
        except Refused:
            return

    @rule(
        name=st.sampled_from(EDGES),
        named=st.sampled_from(
            ["", "equipment:PRODIGY-2", "person:AMM-OPERATOR person:AMM-OPERATOR-2", "batch:RUN-1", "attachment:A-1"]
        ),
    )
    def pass_edge(self, name: str, named: str) -> None:
        self.attempt(edge(name, *named.split()))

    @rule()
    def close_gap(self) -> None:
        self.attempt(CloseGap(gaps=WAY, item="equipment/processor", evidence="there"), site="AMM")

    @rule(items=st.sampled_from(["parameters", "attributes", "materials"]))
    def change_package(self, items: str) -> None:
        number = str(len(self.book.sheet("package:ARI").versions) + 1)
        self.attempt(package(number, **{items: [{"code": f"x{number}", "title": "New"}]}))
        self.attempt(OpenGaps(gaps=WAY, package="ARI", number=number), "transfer-lead", "AMM")

    @rule()
    def assess_all(self) -> None:
        for item in self.book.sheet(f"gaps:{WAY}").unassessed():
            self.attempt(assess(item), "transfer-lead", "AMM")

    @rule()
    def withdraw(self) -> None:
        self.attempt(WithdrawSite(site="AMM", product="ARI"))
        self.attempt(PROPOSE)

    @rule()
    def approve(self) -> None:
        whole = next(ways.way_reasons(self.book, self.book.sheet(f"qualification:{WAY}"), DAY), None) is None
        before = len(self.book.entries)
        self.attempt(QUALIFY)
        assert (len(self.book.entries) > before) == whole

    @invariant()
    def no_approval_without_every_edge(self) -> None:
        way = self.book.sheet(f"qualification:{WAY}")
        if way.approved_on is not None:
            assert {p.edge for p in way.passed} == set(EDGES)
        if state(self.book) == "approved":
            assert not [r for r in why(self.book) if r not in ("not-authorised", "site-not-in-master-file")]


TestWays = Ways.TestCase
TestWays.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@given(days=st.integers(min_value=0, max_value=900))
@settings(max_examples=60, deadline=None)
def test_on_every_day_the_site_is_ready_exactly_while_nothing_it_rests_on_has_ended(days: int):
    book = approved()
    on = DAY + timedelta(days=days)
    way = book.sheet(f"qualification:{WAY}")
    ended = any(e.until_on < on for e in ways.way_endings(book, way, book.sheet("package:ARI").versions[0], DAY))
    assert (why(book, on) == []) == (not ended)


@given(days=st.integers(min_value=0, max_value=900))
@settings(max_examples=60, deadline=None)
def test_what_has_ended_is_named_with_its_last_day_exactly_while_it_holds_the_site_up(days: int):
    book = approved()
    on = DAY + timedelta(days=days)
    way = book.sheet(f"qualification:{WAY}")
    ended = lapses(book, way, on)
    assert bool(ended) == (why(book, on) != [])
    assert all(end.until_on < on for end in ended)
    ahead = {(e.what, e.until_on) for e in endings(book, way, DAY)}
    assert {(e.what, e.until_on) for e in ended} <= ahead


def test_an_instrument_that_is_calibrated_again_is_not_named_as_ended_any_more():
    book = approved()
    late = NEAR + timedelta(days=40)
    way = book.sheet(f"qualification:{WAY}")
    assert [(e.what, e.until_on) for e in lapses(book, way, late)] == [("equipment:PRODIGY-2", NEAR)]
    again = CalibrateEquipment(equipment="PRODIGY-2", on=DAY, calibrated_until=FAR)
    book.do(again, "qa", site="AMM")
    assert lapses(book, way, late) == []


def test_a_site_that_is_withdrawn_is_not_reminded_of_what_has_ended():
    book = approved()
    late = NEAR + timedelta(days=40)
    assert lapses(book, book.sheet(f"qualification:{WAY}"), late)
    book.do(WithdrawSite(site="AMM", product="ARI"), "qa", site="BCN", reason=REASON)
    assert lapses(book, book.sheet(f"qualification:{WAY}"), late) == []
