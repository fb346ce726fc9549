"""The list of what must never happen, one test a line, each beside the act that is allowed.

| what must be refused | test |
|---|---|
| a vector container unreleased, expired, recalled, elsewhere, already spent | test_vector_* |
| a product for any other patient than its donor | test_product_* |
| infusion before release, after recall of batch or vector lot, twice | test_infusion_* |
| a fraction whose condition fails: interval, CRS, ICANS, not graded, weight too old | test_fraction_* |
| a batch at an unqualified site or under a superseded version | test_batch_* |
| a step out of order, untrained, out of calibration, with an expired or quarantined lot | test_step_* |
| verifying or releasing one's own work | test_own_* |
| release with an open deviation, missing or failed result, unreviewed trail | test_release_* |
| a reading without unit or outside the physically possible | test_reading_* |
| a date in the future or before its cause | test_date_* |
| an act by someone without the role, or whose role has ended | test_role_* |
"""

from datetime import date, timedelta

from milenari.rules.batch import SpendContainer
from milenari.rules.deviation import OpenDeviation
from milenari.rules.equipment import RegisterEquipment
from milenari.rules.network import SuspendSite
from milenari.rules.people import EndRole
from milenari.rules.procedure import ApproveProcess
from milenari.rules.release import RecallBatch
from milenari.rules.testing import CloseInvestigation
from milenari.rules.vector import RecallLot
from milenari.words import Role
from tests.rules.cast import (
    BEADS,
    COI,
    DAY,
    LATE,
    OTHER_COI,
    REASON,
    VECTOR,
    VerifyStep,
    accept_second,
    accepted,
    administer,
    at_bedside,
    batch_made,
    batch_started,
    certified,
    certify,
    collect,
    crs,
    decide_,
    enrol,
    grant,
    icans,
    infused,
    judge_material,
    next_day,
    p1,
    p2,
    receive_material,
    referred,
    refused,
    release,
    released,
    result,
    review,
    sampled,
    scan,
    start,
    test_batch,
    tested,
    use,
    verify,
    weigh,
)
from tests.rules.recipes import cell_recipe

YESTERDAY = DAY - timedelta(days=1)


def transducing():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.do(VerifyStep(batch="B1", phase="P1"), "operator-2")
    return book


def with_lot(book, **changes):
    lot = book.sheet("lot:V1")
    book.sheets["lot:V1"] = type(lot)(**{**lot.__dict__, **changes})
    return book


def test_vector_fit_for_use_is_spent():
    transducing().do(VECTOR, "operator")


def test_vector_unreleased():
    with_lot(transducing(), decision="").refused("vector-not-released", VECTOR, "operator")


def test_vector_expired():
    with_lot(transducing(), expires_on=YESTERDAY).refused("vector-expired", VECTOR, "operator")
    with_lot(transducing(), expires_on=DAY).do(VECTOR, "operator")


def test_vector_recalled():
    book = transducing()
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", VECTOR, "operator")


def test_vector_elsewhere():
    elsewhere = SpendContainer(batch="B1", container="V1-003")
    transducing().refused("held-elsewhere", elsewhere, "operator")


def test_vector_already_spent():
    book = accept_second()
    book.do(start(), "operator")
    book.do(start("B2", "J2", "BAG2", OTHER_COI), "operator")
    for batch in ("B1", "B2"):
        book.do(use("BEADS-1", "1", batch=batch), "operator")
        book.do(p1(batch), "operator")
        book.do(VerifyStep(batch=batch, phase="P1"), "operator-2")
    book.do(VECTOR, "operator")
    book.refused("container-spent", SpendContainer(batch="B2", container="V1-001"), "operator")
    book.do(SpendContainer(batch="B2", container="V1-002"), "operator")


def test_product_from_the_cells_of_another():
    book = accept_second()
    book.refused("another-patient", start("B2", "J2", "BAG1", COI), "operator")
    book.refused("another-patient", start("B2", "J2", "BAG1", OTHER_COI), "operator")


def test_product_at_the_bed_of_another():
    book = released()
    book.do(decide_(), "physician")
    book.refused("another-patient", scan(wristband=OTHER_COI), "ward-nurse")


def test_product_into_the_record_of_another():
    book = accept_second()
    journey = book.sheet("journey:J2")
    book = at_bedside()
    book.sheets["journey:J2"] = journey
    book.refused("another-patient", administer(journey="J2"), "ward-nurse")
    book.do(administer(), "ward-nurse")


def test_infusion_before_release():
    certified().refused("not-released", decide_(), "physician")


def test_infusion_after_recall_of_the_batch():
    book = at_bedside()
    book.do(RecallBatch(batch="B1"), "qa", reason="complaint")
    book.refused("batch-recalled", administer(), "ward-nurse")


def test_infusion_after_recall_of_the_vector_lot():
    book = at_bedside()
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", administer(), "ward-nurse")


def test_infusion_twice():
    infused().refused("already-given", administer(), "ward-nurse")


def test_fraction_whose_conditions_hold_is_given():
    next_day().do(decide_("B1-F2"), "physician")


def test_fraction_before_its_interval():
    book = next_day()
    book.refused("interval-too-short", decide_("B1-F2"), "physician", at=book.now - timedelta(hours=2))


def test_fraction_after_its_interval():
    book = next_day().later(days=20)
    book.do(weigh(on=date(2026, 3, 20)), "ward-nurse")
    book.refused("interval-too-long", decide_("B1-F2"), "physician")


def test_fraction_with_crs():
    book = next_day()
    book.do(crs(fever=True, hypoxia="low-flow"), "ward-nurse")
    book.refused("toxicity-too-high", decide_("B1-F2"), "physician")


def test_fraction_with_icans():
    book = next_day()
    book.do(icans(9), "ward-nurse")
    book.refused("toxicity-too-high", decide_("B1-F2"), "physician")


def test_fraction_not_graded():
    infused().later(hours=25).refused("toxicity-not-graded", decide_("B1-F2"), "physician")


def test_fraction_on_an_old_weight():
    released().later(days=15).refused("weight-too-old", decide_(), "physician")


def test_batch_at_an_unqualified_site():
    book = accepted()
    book.do(SuspendSite(site="ROM", product="ARI"), "qa", site="BCN", reason=REASON)
    book.refused("site-not-qualified", start(), "operator")


def test_batch_under_a_superseded_version():
    book = accepted()
    book.do(ApproveProcess(process="ARI", number="2", title="A", recipe=cell_recipe()), "qa", site="BCN")
    book.refused("process-version-superseded", start(), "operator")


def test_step_out_of_order():
    batch_started().refused("step-out-of-order", p2(), "operator")


def test_step_by_the_untrained():
    book = batch_started()
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "operator"), "qa")
    book.refused("untrained", BEADS, by="ROM-NEW", role=Role.OPERATOR)


def test_step_on_equipment_out_of_calibration():
    book = batch_started()
    book.do(BEADS, "operator")
    old = RegisterEquipment(equipment="P2", kind="prodigy", calibrated_until=YESTERDAY)
    book.do(old, "qa")
    book.refused("equipment-out-of-calibration", p1(equipment="P2"), "operator")


def test_step_with_an_expired_lot():
    book = batch_started()
    book.do(receive_material("M1", YESTERDAY), "operator")
    book.do(judge_material("M1"), "qa")
    book.refused("material-expired", use("M1"), "operator")


def test_step_with_a_quarantined_lot():
    book = batch_started()
    book.do(receive_material("M1"), "operator")
    book.refused("material-not-released", use("M1"), "operator")


def test_own_result_verified():
    book = sampled()
    book.do(result("vcn"), "qc-analyst")
    book.refused("own-work", verify("vcn"), "qc-analyst")


def test_own_step_verified():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.refused("own-work", VerifyStep(batch="B1", phase="P1"), "operator")


def test_own_batch_released():
    book = batch_started()
    book.do(grant("ROM", "operator", "qp"), "qa")
    ready = certified()
    ready.sheets["person:ROM-OPERATOR"] = book.sheet("person:ROM-OPERATOR")
    ready.refused("own-work", release(), by="ROM-OPERATOR", role=Role.QP)
    ready.do(release(), "qp")


def test_release_with_an_open_deviation():
    book = certified()
    book.do(OpenDeviation(of="batch:B1", deviation="D1", what="a drop", severity="minor"), "operator")
    review(book)
    book.refused("deviation-open", release(), "qp")


def test_release_with_a_missing_result():
    book = sampled()
    test_batch(book, skip=(*LATE, "rcl"))
    review(book)
    book.refused("result-missing", certify(), "qp")
    book.refused("result-missing", release(), "qp")


def test_release_with_a_failed_result():
    book = sampled()
    test_batch(book, rcl="present")
    book.do(CloseInvestigation(of="batch:B1", test="rcl", conclusion="confirmed"), "qa", reason=REASON)
    review(book)
    book.refused("result-failed", certify(), "qp")
    book.refused("result-failed", release(), "qp")


def test_release_with_an_unreviewed_trail():
    tested().refused("trail-unreviewed", certify(), "qp")
    book = certified()
    book.do(result("sterility"), "qc-analyst")
    book.refused("trail-unreviewed", release(), "qp")


def test_reading_without_unit():
    data = {"journey": "J1", "weight": {"value": "20"}, "on": "2026-03-02"}
    refused("reading-without-unit", lambda: type(weigh()).from_data(data))


def test_reading_outside_the_physically_possible():
    referred().refused("reading-impossible", weigh("201"), "ward-nurse")


def test_date_in_the_future():
    book = referred()
    book.refused("date-in-future", weigh(on=DAY + timedelta(days=1)), "ward-nurse")
    book.refused("date-in-future", weigh(), "ward-nurse", at=book.now + timedelta(hours=1))


def test_date_before_its_cause():
    book = referred()
    book.refused("before-its-cause", collect(), "apheresis-nurse", at=book.now - timedelta(hours=2))


def test_role_not_held():
    batch_started().refused("role-not-held", BEADS, by="ROM-PHYSICIAN", role=Role.OPERATOR)


def test_role_that_the_act_does_not_allow():
    batch_made().refused("role-not-allowed", certify("final"), "operator")


def test_role_that_has_ended():
    book = batch_started()
    end = EndRole(person="ROM-OPERATOR", ended="operator", at_site="ROM", to_on=YESTERDAY)
    book.do(end, "qa", reason="left the hospital")
    book.refused("role-ended", BEADS, "operator")
