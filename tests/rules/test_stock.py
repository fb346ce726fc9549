"""Stock: nothing quarantined, expired or out of calibration touches a batch."""

from datetime import timedelta

from milenari.rules.equipment import CalibrateEquipment, RegisterEquipment, RetireEquipment
from tests.rules.cast import (
    BEADS,
    DAY,
    FAR,
    batch_started,
    judge_material,
    network,
    p1,
    receive_material,
    use,
)

YESTERDAY = DAY - timedelta(days=1)


def judge(status="released", code="M1"):
    return judge_material(code, status)


def register(code="P2", until=FAR, kind="prodigy"):
    return RegisterEquipment(equipment=code, kind=kind, calibrated_until=until)


def test_a_lot_is_received_once_into_quarantine_and_used_after_release():
    book = batch_started()
    book.do(receive_material("M1"), "operator")
    book.refused("subject-exists", receive_material("M1"), "operator")
    book.refused("material-not-released", use(), "operator")
    book.do(judge(), "qa")
    book.do(use(), "operator")
    assert book.sheet("material:M1").left == 9


def test_a_lot_put_back_into_quarantine_or_rejected_is_not_used():
    book = batch_started()
    for status in ("quarantined", "rejected"):
        book.do(judge(status, "BEADS-1"), "qa")
        book.refused("material-not-released", BEADS, "operator")
    book.refused("material-rejected", judge("released", "BEADS-1"), "qa")


def test_an_expired_lot_is_refused_and_one_on_its_last_day_is_not():
    book = batch_started()
    book.do(receive_material("M1", YESTERDAY), "operator")
    book.do(receive_material("M2", DAY), "operator")
    for code in ("M1", "M2"):
        book.do(judge(code=code), "qa")
    book.refused("material-expired", use("M1"), "operator")
    book.do(use("M2"), "operator")


def test_nobody_releases_the_lot_they_received():
    book = network()
    book.do(receive_material("M1"), "qa")
    book.refused("own-work", judge(), "qa")
    book.do(judge(), "qa-2")


def test_no_more_is_used_than_there_is_nor_nothing_nor_in_another_unit():
    book = batch_started()
    book.refused("more-than-there-is", use("BEADS-1", "10.1"), "operator")
    book.refused("reading-impossible", use("BEADS-1", "0"), "operator")
    book.refused("reading-wrong-unit", use("BEADS-1", "5", "g"), "operator")
    book.do(use("BEADS-1", "10"), "operator")
    assert book.sheet("material:BEADS-1").left == 0


def test_equipment_out_of_calibration_is_refused_until_it_is_calibrated():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(register(until=YESTERDAY), "qa")
    book.refused("subject-exists", register(), "qa")
    book.refused("equipment-out-of-calibration", p1(equipment="P2"), "operator")
    wrong = CalibrateEquipment(equipment="P2", on=DAY, calibrated_until=YESTERDAY)
    book.refused("dates-reversed", wrong, "qa")
    book.do(CalibrateEquipment(equipment="P2", on=DAY, calibrated_until=FAR), "qa")
    book.do(p1(equipment="P2"), "operator")


def test_a_calibration_does_not_cover_the_gap_before_it():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(register(until=YESTERDAY), "qa")
    then = book.now
    book.later(hours=24)
    book.do(CalibrateEquipment(equipment="P2", on=DAY + timedelta(days=1), calibrated_until=FAR), "qa")
    book.refused("equipment-out-of-calibration", p1(equipment="P2"), "operator", at=then)
    book.do(p1(equipment="P2"), "operator")


def test_equipment_of_another_class_or_at_another_site_is_refused():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(register("SCALE-1", kind="scale"), "qa")
    book.refused("equipment-wrong-kind", p1(equipment="SCALE-1"), "operator")
    book.do(register("P-BEY"), "qa", site="BEY")
    book.refused("held-elsewhere", p1(equipment="P-BEY"), "operator")


def test_a_retired_instrument_is_refused_in_a_step_and_calibrated_no_more():
    book = batch_started()
    book.do(BEADS, "operator")
    book.copy().do(p1(), "operator")
    retire = RetireEquipment(equipment="PRODIGY-1")
    book.refused("reason-missing", retire, "qa")
    book.do(retire, "qa", reason="worn out")
    book.refused("equipment-retired", p1(), "operator")
    book.refused("equipment-retired", CalibrateEquipment(equipment="PRODIGY-1", on=DAY, calibrated_until=FAR), "qa")
    book.refused("equipment-retired", retire, "qa", reason="worn out")
