"""Vector: a lot is released on its published tests, and each container is spent once."""

from datetime import timedelta

import pytest

from milenari.rules.custody import Receive
from milenari.rules.deviation import CloseDeviation, OpenDeviation
from milenari.rules.release import ReviewTrail
from milenari.rules.testing import CloseInvestigation, VerifyResult
from milenari.rules.vector import (
    AllocateContainer,
    ExtendLot,
    FillLot,
    HarvestVector,
    OpenCampaign,
    RecallLot,
    RecordTitre,
    RejectLot,
    ReleaseLot,
)
from tests.rules.cast import (
    DAY,
    FAR,
    REASON,
    TITRE,
    VECTOR,
    Dispatch,
    batch_started,
    found,
    make,
    network,
    q,
    record,
    test_lot,
    vector_filled,
    vector_released,
    vector_tested,
)

RELEASE = ReleaseLot(lot="V1", expires_on=FAR)
RECALL = RecallLot(lot="V1")


def campaign(code="C9", process="LV"):
    return OpenCampaign(campaign=code, process=process, plasmids=("P1",), cell_bank="H", scale=q("5", "L"))


def allocate(container="V1-003", to_site="BEY", journey=""):
    return AllocateContainer(container=container, to_site=to_site, journey=journey)


def fill(lot="V9", containers=2, each="5"):
    return FillLot(lot=lot, containers=containers, container_volume=q(each, "mL"))


def test_a_campaign_is_opened_once_for_a_vector_at_a_vector_site():
    book = network()
    book.refused("not-a-vector-process", campaign(process="ARI"), "vector-manager", site="BCN")
    book.refused("site-role-missing", campaign(), "vector-manager", site="ROM")
    book.do(campaign(), "vector-manager", site="BCN")
    book.refused("subject-exists", campaign(), "vector-manager", site="BCN")


def test_a_lot_is_harvested_after_its_campaign_and_filled_once_from_what_there_is():
    book = vector_filled()
    again = HarvestVector(campaign="C1", lot="V1", volume=q("30", "mL"))
    book.refused("subject-exists", again, "operator")
    more = HarvestVector(campaign="C1", lot="V9", volume=q("10", "mL"))
    book.refused("before-its-cause", more, "operator", at=book.now - timedelta(days=1))
    book.do(more, "operator")
    book.refused("more-than-there-is", fill(each="5.1"), "operator")
    book.refused("reading-impossible", fill(each="0"), "operator")
    entry = book.do(fill(), "operator")
    book.refused("lot-already-filled", fill(), "operator")
    assert [m.amount for m in entry.moves] == ["5", "5", "1", "1"]
    assert book.sheet("container:V9-002").lot == "V9"


def test_a_lot_that_shares_its_code_with_its_campaign_keeps_its_own_version():
    book = vector_filled()
    for _ in range(3):
        book.do(HarvestVector(campaign="C1", lot=f"X{book.now.minute}", volume=q("9", "mL")), "operator")
    book.do(HarvestVector(campaign="C1", lot="C1", volume=q("9", "mL")), "operator")
    lot = book.sheet("lot:C1")
    assert lot.changed_version == lot.version == 1


def test_a_lot_is_released_only_with_everything_in_hand():
    book = vector_filled()
    book.refused("titre-missing", RELEASE, "qp")
    book.do(TITRE, "qc-analyst")
    book.refused("result-missing", RELEASE, "qp")
    test_lot(book, skip="RCL")
    book.refused("result-missing", RELEASE, "qp")
    book.do(record("lot:V1", "RCL", "none detected", ""), "qc-analyst")
    book.refused("result-missing", RELEASE, "qp")
    book.do(VerifyResult(of="lot:V1", test="RCL"), "qc-analyst-2")
    book.refused("trail-unreviewed", RELEASE, "qp")
    book.do(ReviewTrail(of="lot:V1"), "qa")
    book.refused("expiry-passed", ReleaseLot(lot="V1", expires_on=DAY), "qp")
    book.do(RELEASE, "qp")
    book.refused("already-decided", RELEASE, "qp")
    book.refused("already-decided", TITRE, "qc-analyst")
    book.refused("already-decided", RejectLot(lot="V1"), "qa", reason=REASON)


def test_a_lot_not_filled_is_not_released():
    book = vector_filled()
    book.do(HarvestVector(campaign="C1", lot="V9", volume=q("10", "mL")), "operator")
    book.refused("lot-not-filled", ReleaseLot(lot="V9", expires_on=FAR), "qp")


def test_a_qp_without_delegation_for_the_vector_does_not_release_it():
    book = vector_tested()
    person = book.sheet("person:BCN-QP")
    book.sheets["person:BCN-QP"] = type(person)(**{**person.__dict__, "delegations": ()})
    book.refused("qp-not-delegated", RELEASE, "qp")
    book.do(RELEASE, "qp-2")


def test_a_failed_printed_test_stops_the_lot():
    book = vector_filled()
    test_lot(book, skip="endotoxin")
    book.do(TITRE, "qc-analyst")
    entry = book.do(record("lot:V1", "endotoxin", "10", "[EU]/mL"), "qc-analyst")
    assert found(entry) == ["out-of-limit-at-entry"]
    entry = book.do(VerifyResult(of="lot:V1", test="endotoxin"), "qc-analyst-2")
    assert found(entry) == ["out-of-specification"]
    book.do(ReviewTrail(of="lot:V1"), "qa")
    book.refused("investigation-open", RELEASE, "qp")
    close = CloseInvestigation(of="lot:V1", test="endotoxin", conclusion="confirmed")
    book.do(close, "qa", reason=REASON)
    book.do(ReviewTrail(of="lot:V1"), "qa")
    book.refused("result-failed", RELEASE, "qp")
    book.do(RejectLot(lot="V1"), "qa", reason=REASON)
    book.refused("vector-not-released", allocate("V1-001"), "vector-manager")


def test_an_unverified_report_stops_the_lot():
    book = vector_filled()
    test_lot(book, skip="pH")
    book.do(TITRE, "qc-analyst")
    book.do(record("lot:V1", "pH", "7.9", "[pH]"), "qc-analyst")
    book.do(ReviewTrail(of="lot:V1"), "qa")
    book.refused("result-missing", RELEASE, "qp")


def test_an_open_deviation_stops_the_lot_and_one_that_affects_it_does_so_for_good():
    for disposition, code in (("no-impact", ""), ("batch-affected", "deviation-affects-product")):
        book = vector_tested()
        deviation = OpenDeviation(of="lot:V1", deviation="D1", what="a leak", severity="major")
        book.do(deviation, "operator")
        book.do(ReviewTrail(of="lot:V1"), "qa")
        book.refused("deviation-open", RELEASE, "qp")
        close = CloseDeviation(of="lot:V1", deviation="D1", root_cause="valve", disposition=disposition)
        book.do(close, "qa")
        book.do(ReviewTrail(of="lot:V1"), "qa")
        if code:
            book.refused("deviation-affects-product", RELEASE, "qp")
        else:
            book.do(RELEASE, "qp")


def test_nobody_who_worked_on_the_lot_releases_rejects_or_extends_it():
    book = vector_tested()
    lot = book.sheet("lot:V1")
    book.sheets["lot:V1"] = type(lot)(**{**lot.__dict__, "workers": (*lot.workers, "BCN-QP", "BCN-QA")})
    book.refused("own-work", RELEASE, "qp")
    book.refused("own-work", RejectLot(lot="V1"), "qa", reason=REASON)
    book.do(RELEASE, "qp-2")
    book.refused("own-work", ExtendLot(lot="V1", expires_on=FAR + timedelta(days=1)), "qa", reason=REASON)


def test_a_lot_is_extended_only_after_release_and_only_to_a_later_day():
    later = ExtendLot(lot="V1", expires_on=FAR + timedelta(days=90))
    vector_tested().refused("vector-not-released", later, "qa", reason=REASON)
    book = vector_released()
    book.refused("not-an-extension", ExtendLot(lot="V1", expires_on=FAR), "qa", site="BCN", reason=REASON)
    book.do(later, "qa", site="BCN", reason=REASON)
    book.do(RECALL, "qa", site="BCN", reason="contaminated")
    latest = ExtendLot(lot="V1", expires_on=FAR + timedelta(days=99))
    book.refused("vector-recalled", latest, "qa", site="BCN", reason=REASON)


def test_a_recall_blocks_every_container_at_once():
    book = vector_tested()
    book.do(RECALL, "qa", reason="contaminated")
    book.refused("vector-recalled", RELEASE, "qp")
    book.refused("vector-recalled", RECALL, "qa", reason="again")
    book = vector_released()
    book.do(RECALL, "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", allocate(), "vector-manager", site="BCN")


def test_a_container_is_promised_to_a_site_that_manufactures():
    book = vector_released()
    book.refused("site-role-missing", allocate(to_site="BCN"), "vector-manager", site="BCN")
    book.do(allocate(), "vector-manager", site="BCN")


def test_a_promise_is_not_changed_while_the_container_is_being_dispatched():
    book = batch_started()
    book.do(allocate("V1-002"), "coordinator")
    book.do(Dispatch(what="container:V1-002", to_site="BEY"), "operator")
    book.do(Receive(what="container:V1-002", transfer=2, intact="intact"), "operator", site="BEY")
    book.refused("receipt-incomplete", allocate("V1-002", "ROM"), "coordinator", site="BEY")


@pytest.mark.parametrize("act", [allocate("V1-001", "BEY"), VECTOR])
def test_a_spent_container_is_neither_promised_nor_spent_again(act):
    book = batch_started()
    book.refused("vector-not-in-step", VECTOR, "operator")
    make(book)
    if act is VECTOR:
        book.refused("vector-not-in-step", act, "operator")
    else:
        book.refused("container-spent", act, "coordinator")


def test_the_titre_carries_its_method_and_gives_the_units_in_a_container():
    book = vector_released()
    lot = book.sheet("lot:V1")
    assert lot.tu_per_container() == 5 * 10**8
    assert (lot.titre.method, lot.titre.cell_line) == ("flow, SOP-T 3", "HT1080")
    bare = RecordTitre(lot="V1", titre=q("1e8", "{TU}/mL"), method="", cell_line="H", uncertainty=q("9", "%"))
    book.refused("field-missing", bare, "qc-analyst", site="BCN")
