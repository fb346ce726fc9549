"""Batch: step by step, in order, by the trained, with what is fit for use."""

from datetime import timedelta

from milenari.rules.apheresis import AcceptCollection
from milenari.rules.batch import SignStep, SpendContainer, VerifyStep
from milenari.rules.custody import Dispatch, Receive, WitnessReceipt
from milenari.rules.hold import HoldBatch, ResumeBatch
from milenari.rules.procedure import ApproveProcess, EffectMasterFile
from milenari.rules.release import RejectBatch
from milenari.rules.vector import AllocateContainer
from tests.rules.cast import (
    BEADS,
    COI,
    DAY,
    OTHER_COI,
    REASON,
    VECTOR,
    accept_second,
    accepted,
    batch_made,
    batch_started,
    collected,
    found,
    judge_material,
    p1,
    p2,
    p3,
    q,
    receive_material,
    start,
    train,
    use,
)
from tests.rules.recipes import cell_recipe

HOLD, RESUME = HoldBatch(batch="B1"), ResumeBatch(batch="B1")
VERIFY = VerifyStep(batch="B1", phase="P1")


def transducing():
    """At the vector step: the first one signed and verified."""
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.do(VERIFY, "operator-2")
    return book


def test_a_batch_is_started_once_from_the_patients_own_accepted_bag():
    book = collected()
    book.refused("collection-not-accepted", start(), "operator")
    book = accepted()
    book.refused("another-patient", start(coi=OTHER_COI), "operator")
    book.refused("before-its-cause", start(), "operator", at=book.now - timedelta(minutes=30))
    book.do(start(), "operator")
    book.refused("subject-exists", start(), "operator")
    book.refused("collection-used", start("B2"), "operator")


def test_a_batch_may_be_made_at_another_hospital_than_the_one_that_treats():
    book = collected()
    book.do(Dispatch(what="collection:BAG1", to_site="BEY"), "apheresis-nurse")
    book.do(Receive(what="collection:BAG1", transfer=1, intact="intact"), "operator", site="BEY")
    book.do(WitnessReceipt(what="collection:BAG1"), "qa", site="BEY")
    book.refused("held-elsewhere", AcceptCollection(collection="BAG1", label=COI), "operator")
    book.do(AcceptCollection(collection="BAG1", label=COI), "operator", site="BEY")
    before = book.sheet("journey:J1")
    book.refused("held-elsewhere", start(), "operator")
    book.do(train("BEY", "operator"), "trainer", site="BEY")
    book.do(start(), "operator", site="BEY")
    assert book.sheet("batch:B1").owner == "BEY" and book.sheet("batch:B1").journey == "J1"
    # Only the treating site writes about its patient.
    assert book.sheet("journey:J1") == before


def test_no_batch_is_made_for_one_patient_from_the_cells_of_another():
    book = accept_second()
    book.refused("another-patient", start("B2", journey="J1", bag="BAG2", coi=COI), "operator")
    book.refused("another-patient", start("B2", journey="J2", bag="BAG1", coi=OTHER_COI), "operator")
    book.do(start("B2", journey="J2", bag="BAG2", coi=OTHER_COI), "operator")


def test_a_batch_needs_a_weight_for_its_fractions():
    book = accepted()
    journey = book.sheet("journey:J1")
    book.sheets["journey:J1"] = type(journey)(**{**journey.__dict__, "weight_kg": None})
    book.refused("weight-missing", start(), "operator")


def test_a_batch_is_started_only_where_authorised_qualified_and_named_in_the_master_file():
    for field, code in (("roles", "site-role-missing"), ("qualified", "site-not-qualified"),
                        ("authorisations", "not-authorised")):  # fmt: skip
        book = accepted()
        site = book.sheet("site:ROM")
        book.sheets["site:ROM"] = type(site)(**{**site.__dict__, field: ()})
        assert code in ("site-role-missing", "site-not-qualified", "not-authorised")
        book.refused(code, start(), "operator")
    book = accepted()
    edition = EffectMasterFile(masterfile="ARI", number="E2", annexes={"BEY": "1"}, from_on=DAY)
    book.do(edition, "qa", site="BCN")
    book.refused("site-not-in-master-file", start(), "operator")


def test_a_batch_is_started_only_under_the_version_in_force():
    book = accepted()
    book.refused("process-version-not-in-force", start(number="2"), "operator")
    book.do(ApproveProcess(process="ARI", number="2", title="A", recipe=cell_recipe()), "qa", site="BCN")
    book.refused("process-version-superseded", start(), "operator")
    edition = EffectMasterFile(masterfile="ARI", number="E2", annexes={"ROM": "2"}, from_on=DAY)
    book.do(edition, "qa", site="BCN")
    book.refused("process-version-not-in-force", start(), "operator")
    book.do(start(number="2"), "operator")


def test_a_running_batch_keeps_the_recipe_it_started_with():
    book = batch_started()
    changed = cell_recipe(phases=cell_recipe()["phases"][:1])
    book.do(ApproveProcess(process="ARI", number="2", title="A", recipe=changed), "qa", site="BCN")
    assert [p["code"] for p in book.sheet("batch:B1").phases] == ["P1", "P2", "P3"]


def test_a_step_out_of_order_repeated_or_unknown_is_refused():
    book = batch_started()
    book.refused("step-out-of-order", p2(), "operator")
    book.refused("step-out-of-order", SignStep(batch="B1", phase="P9"), "operator")
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.refused("step-out-of-order", p1(), "operator")
    book = batch_made()
    book.refused("step-out-of-order", p3(), "operator")


def test_a_critical_step_is_verified_by_a_second_person_before_anything_follows():
    book = batch_started()
    book.refused("nothing-to-verify", VERIFY, "operator-2")
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.refused("step-unverified", p2(), "operator")
    book.refused("step-unverified", VECTOR, "operator")
    book.refused("step-unverified", BEADS, "operator")
    book.refused("own-work", VERIFY, "operator")
    book.refused("before-its-cause", VERIFY, "operator-2", at=book.now - timedelta(minutes=9))
    book.do(VERIFY, "operator-2")
    book.refused("nothing-to-verify", VERIFY, "qa")
    book.do(VECTOR, "operator")


def test_a_step_asks_for_its_material_equipment_and_vector():
    book = batch_started()
    book.refused("material-not-scanned", p1(), "operator")
    book.do(BEADS, "operator")
    book.refused("equipment-not-scanned", p1(equipment=""), "operator")
    book.do(p1(), "operator")
    book.do(VERIFY, "operator-2")
    book.refused("vector-not-scanned", p2(), "operator")
    book.do(VECTOR, "operator")
    book.do(p2(), "operator")


def test_material_and_vector_are_scanned_only_into_the_step_that_uses_them():
    book = batch_started()
    book.do(receive_material("GLUE-1", kind="GLUE"), "operator")
    book.do(judge_material("GLUE-1"), "qa")
    book.refused("material-not-in-step", use("GLUE-1"), "operator")
    book.refused("vector-not-in-step", VECTOR, "operator")
    book = transducing()
    book.refused("material-not-in-step", BEADS, "operator")
    book.do(VECTOR, "operator")
    book.refused("vector-already-added", SpendContainer(batch="B1", container="V1-002"), "operator")


def test_vector_promised_elsewhere_or_to_another_child_is_not_spent():
    book = transducing()
    book.refused("held-elsewhere", SpendContainer(batch="B1", container="V1-003"), "operator")
    book.do(AllocateContainer(container="V1-001", to_site="ROM", journey="J2"), "coordinator")
    book.refused("another-patient", VECTOR, "operator")
    book.do(AllocateContainer(container="V1-001", to_site="BEY"), "coordinator")
    book.refused("container-not-allocated", VECTOR, "operator")
    book.do(Dispatch(what="container:V1-001", to_site="BEY"), "operator")
    book.refused("in-transit", VECTOR, "operator")
    book.do(SpendContainer(batch="B1", container="V1-002"), "operator")


def test_vector_is_not_spent_before_it_came():
    book = transducing()
    arrived = book.sheet("container:V1-001").last_at
    book.do(AllocateContainer(container="V1-001", to_site="ROM", journey="J1"), "coordinator")
    book.refused("before-its-cause", VECTOR, "operator", at=arrived - timedelta(minutes=1))
    book.do(VECTOR, "operator")


def test_every_reading_is_asked_for_and_no_other_is_taken():
    book = batch_started()
    book.do(BEADS, "operator")
    bare = SignStep(batch="B1", phase="P1", equipment="PRODIGY-1")
    book.refused("reading-missing", bare, "operator")
    extra = (("mood", "good"), ("viability", q("95", "%")))
    more = SignStep(batch="B1", phase="P1", readings=extra, equipment="PRODIGY-1")
    book.refused("reading-unknown", more, "operator")
    word = SignStep(batch="B1", phase="P1", readings=(("viability", "high"),), equipment="PRODIGY-1")
    book.refused("reading-without-unit", word, "operator")
    book.refused("reading-impossible", p1(viability="101"), "operator")
    book.do(p1(), "operator")


def test_a_reading_beyond_its_limit_is_accepted_and_opens_a_deviation():
    book = batch_started()
    book.do(BEADS, "operator")
    assert found(book.do(p1(viability="69.9"), "operator")) == ["out-of-limit"]
    (deviation,) = book.sheet("batch:B1").open_deviations()
    assert (deviation.code, deviation.severity) == ("D-P1-viability", "major")


def test_a_bounded_reading_that_does_not_decide_opens_a_deviation_too():
    book = batch_started()
    book.do(BEADS, "operator")
    assert found(book.do(p1(viability=">60"), "operator")) == ["out-of-limit"]
    book = batch_started()
    book.do(BEADS, "operator")
    assert found(book.do(p1(viability=">=70"), "operator")) == []


def test_a_word_reading_is_one_of_its_options_and_judged():
    book = transducing()
    book.do(VECTOR, "operator")
    book.do(p2(), "operator")
    book.refused("field-not-an-option", p3(look="green"), "operator")
    assert found(book.do(p3(look="clumps"), "operator")) == ["out-of-limit"]


def test_a_step_begun_too_late_opens_a_deviation():
    book = transducing()
    book.do(VECTOR, "operator")
    assert found(book.later(hours=31).do(p2(), "operator")) == ["hold-time-exceeded"]
    assert book.sheet("batch:B1").open_deviations()[0].code == "D-P2-time"


def test_a_step_is_not_signed_before_the_one_before_it():
    book = transducing()
    book.do(VECTOR, "operator")
    earlier = book.sheet("batch:B1").steps[0].at - timedelta(minutes=1)
    book.refused("before-its-cause", p2(), "operator", at=earlier)


def test_on_hold_nothing_goes_on_until_it_is_lifted():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.refused("batch-not-on-hold", RESUME, "qa", reason=REASON)
    book.do(HOLD, "operator", reason="power cut")
    for act, who in ((BEADS, "operator"), (p2(), "operator"), (VECTOR, "operator"), (VERIFY, "operator-2")):
        book.refused("batch-on-hold", act, who)
    book.refused("batch-on-hold", HOLD, "qa", reason=REASON)
    book.do(RESUME, "qa", reason=REASON)
    book.do(VERIFY, "operator-2")


def test_a_rejected_batch_goes_no_further():
    book = batch_started()
    book.do(RejectBatch(batch="B1"), "qp", reason="contaminated")
    book.refused("already-decided", BEADS, "operator")
    book.refused("already-decided", HOLD, "operator", reason=REASON)


def test_what_was_used_is_frozen_into_the_batch():
    batch = batch_made().sheet("batch:B1")
    assert batch.consumed == (("P1", "CD4-BEADS", "BEADS-1", "2 mL"),)
    assert (batch.container, batch.edition, batch.authorisation) == ("V1-001", "E1", "A-ROM")
    assert (batch.coi, batch.weight_kg, len(batch.criteria)) == (COI, 20, 13)
