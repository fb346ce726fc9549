"""Action: how a rule is asked, and how it answers."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from milenari.rules import fields as f
from milenari.rules.action import Action, Finding, Refused, action, fold_in
from milenari.rules.apheresis import CountCells, LabelBag
from milenari.rules.batch import ConsumeMaterial, SignStep
from milenari.rules.custody import Dispatch, Receive
from milenari.rules.deviation import OpenDeviation
from milenari.rules.hold import HoldBatch
from milenari.rules.stock import ReceiveMaterial
from milenari.words import Meaning, Role
from tests.rules.cast import (
    BEADS,
    COI,
    STRANGER,
    accepted,
    batch_started,
    collect,
    collected,
    consent,
    found,
    network,
    p1,
    q,
    receive_material,
    referred,
    refused,
    vector_released,
    weigh,
)

TOMORROW = consent().on + timedelta(days=1)


def test_an_action_without_roles_fields_docstring_or_own_code_is_an_error_at_import():
    def declare(code, roles, body):
        return action(code, roles=roles, meaning=Meaning.PERFORMED)(type("Made", (Action,), body))

    field = {"x": f.code("X"), "__annotations__": {"x": str}}
    for code, roles, body in (
        ("made-1", (), {**field, "__doc__": "A thing."}),
        ("made-2", (Role.QA,), {"__doc__": "A thing."}),
        ("made-3", (Role.QA,), field),
        ("dispatch", (Role.QA,), {**field, "__doc__": "A thing."}),
    ):
        with pytest.raises(TypeError):
            declare(code, roles, body)


def test_an_action_is_frozen():
    with pytest.raises(FrozenInstanceError):
        collect().journey = "J2"


def test_a_refusal_says_its_facts():
    assert str(Refused("untrained", person="P", number=2)) == "untrained: person=P, number=2"


def test_a_date_in_the_future_is_refused_and_today_is_not():
    book = referred()
    book.refused("date-in-future", weigh(on=TOMORROW), "ward-nurse")
    book.do(weigh(), "ward-nurse")


def test_an_act_said_to_happen_in_the_future_is_refused_but_a_tablet_two_minutes_ahead_is_not():
    book = referred()
    book.refused("date-in-future", weigh(), "ward-nurse", at=book.now + timedelta(minutes=3))
    book.do(weigh(), "ward-nurse", at=book.now + timedelta(minutes=1))


def test_after_midnight_in_beirut_it_is_already_tomorrow_there():
    book = network()
    book.now = book.now.replace(hour=22, minute=30)
    book.do(receive_material("M-BEY"), "operator", site="BEY")
    assert book.entries[-1].today == TOMORROW


def test_an_act_that_needs_a_reason_is_refused_without_one():
    book = batch_started()
    book.refused("reason-missing", HoldBatch(batch="B1"), "operator", reason="  ")
    book.do(HoldBatch(batch="B1"), "operator", reason="power cut")


def test_a_role_that_the_action_does_not_allow_is_refused():
    book = batch_started()
    book.refused("role-not-allowed", BEADS, "qa")
    book.do(BEADS, "operator")


def test_a_stranger_is_refused():
    book = batch_started()
    book.refused("person-unknown", BEADS, by=STRANGER, role=Role.OPERATOR)


def test_a_role_at_another_site_counts_for_nothing_here():
    book = batch_started()
    book.refused("role-not-held", BEADS, by="BEY-OPERATOR", role=Role.OPERATOR)


def test_the_node_may_do_nothing_but_found_and_enrol():
    book = batch_started()
    book.refused("role-not-allowed", BEADS, by="ROM-NODE", role=Role.NODE)


def test_a_subject_that_does_not_exist_is_refused():
    book = batch_started()
    missing = ConsumeMaterial(batch="B1", material="NONE", amount=q("1", "mL"))
    book.refused("subject-unknown", missing, "operator")


def test_an_act_before_its_cause_is_refused():
    book = referred()
    early = book.now
    book.do(collect(), "apheresis-nurse")
    label = LabelBag(collection="BAG1", wristband=COI, label=COI)
    book.refused("before-its-cause", label, "apheresis-nurse", at=early - timedelta(minutes=1))
    book.do(label, "apheresis-nurse")


def test_only_the_site_that_holds_a_thing_writes_about_it():
    book = collected()
    count = CountCells(collection="BAG1", cd3=q("1", "10*6"), viability=q("9", "%"))
    book.refused("held-elsewhere", count, "qc-analyst", site="BEY")
    book.do(count, "qc-analyst")
    book.do(Dispatch(what="collection:BAG1", to_site="BEY"), "operator")
    book.refused("in-transit", count, "qc-analyst")
    receive = Receive(what="collection:BAG1", transfer=1, intact="intact")
    book.refused("bound-for-another-site", receive, "operator", site="AMM")
    book.do(receive, "operator", site="BEY")
    book.refused("held-elsewhere", count, "qc-analyst")


def test_an_unknown_field_is_refused_by_name():
    facts = refused("field-unknown", lambda: HoldBatch.from_data({"batch": "B1", "force": True}))
    assert facts["field"] == "force"


def test_the_first_wrong_field_is_refused_by_name():
    assert refused("field-missing", lambda: HoldBatch.from_data({}))["field"] == "batch"


def test_what_is_decided_is_what_would_be_written_and_read_again():
    book = network()
    spaced = ReceiveMaterial(**{**receive_material("M9").__dict__, "maker_lot": " L "})
    book.refused("field-unreadable", spaced, "operator")
    book = batch_started()
    book.do(BEADS, "operator")
    readings = (("viability", q("20", "%")), ("viability", q("95", "%")))
    twice = SignStep(batch="B1", phase="P1", readings=readings, equipment="PRODIGY-1")
    book.refused("field-unreadable", twice, "operator")
    book.do(p1(), "operator")


def test_an_act_in_memory_is_held_to_the_same_limits_as_one_from_a_form():
    book = network()
    long = OpenDeviation(of="batch:B1", deviation="D1", what="x" * 2001, severity="minor")
    book.refused("field-too-long", long, "operator")


def test_the_first_subject_is_what_the_act_is_about_and_others_are_touched():
    entry = batch_started().do(BEADS, "operator")
    assert entry.about == "batch:B1"
    assert [name for name, _ in entry.subjects] == ["batch:B1", "material:BEADS-1"]


def test_fold_counts_versions_and_keeps_the_first_owner():
    book = accepted()
    bag = book.sheet("collection:BAG1")
    assert (bag.version, bag.owner) == (4, "ROM")
    entry = book.entries[-1]
    assert fold_in(bag, "collection:BAG1", entry) == fold_in(bag, "collection:BAG1", entry)


def test_findings_travel_with_the_entry():
    book = referred()
    entry = book.do(weigh("30"), "ward-nurse")
    assert found(entry) == ["weight-jump"] and isinstance(entry.findings[0], Finding)


def test_a_rule_never_raises_what_it_should_answer():
    book = vector_released()
    book.refused("subject-unknown", Dispatch(what="dose:NONE", to_site="BEY"), "operator")
