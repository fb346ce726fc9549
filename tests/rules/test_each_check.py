"""Checks that another check would hide: each is provoked alone, at the very minute or hand that only it sees."""

from datetime import timedelta

from milenari.rules.apheresis import AcceptCollection, CountCells
from milenari.rules.batch import SpendContainer
from milenari.rules.custody import Dispatch, Receive, WitnessDispatch, WitnessReceipt
from milenari.rules.hold import HoldBatch
from milenari.rules.network import GrantAuthorisation, QualifySite, SuspendSite
from milenari.rules.referral import ConfirmEligibility, IssueCoi, ReferPatient, WithdrawConsent
from milenari.rules.release import AcceptOosRisk, EvaluateOosRisk, RequestOosSupply, SupplyOos
from milenari.rules.vector import AllocateContainer, FillLot, HarvestVector, RecallLot, RecordTitre
from milenari.words import Role
from tests.rules.cast import (
    BEADS,
    COI,
    DAY,
    FAR,
    REASON,
    TITRE,
    VECTOR,
    VerifyStep,
    accepted,
    administer,
    at_bedside,
    authorise,
    batch_made,
    batch_started,
    certify,
    collect,
    collected,
    consent,
    decide_,
    enrol,
    fill,
    grant,
    harvest,
    network,
    p1,
    q,
    refer,
    referred,
    release,
    released,
    review,
    sampled,
    scan,
    send,
    start,
    test_batch,
    tested,
    use,
    vector_filled,
    vector_released,
)

MINUTE = timedelta(minutes=1)
WITHDRAW = WithdrawConsent(journey="J1")


def test_cells_are_not_counted_before_they_were_collected():
    book = referred()
    before = book.now - MINUTE
    book.do(collect(), "apheresis-nurse")
    count = CountCells(collection="BAG1", cd3=q("2000", "10*6"), viability=q("98", "%"))
    book.refused("before-its-cause", count, "qc-analyst", at=before)
    book.do(count, "qc-analyst")


def test_a_bag_is_not_accepted_before_it_was_labelled():
    book = collected()
    accept = AcceptCollection(collection="BAG1", label=COI)
    labelled = book.sheet("collection:BAG1").labelled_at
    book.refused("before-its-cause", accept, "operator", at=labelled - MINUTE)
    book.do(accept, "operator", at=labelled)


def test_a_bag_whose_receipt_lacks_a_signature_is_not_accepted():
    book = collected()
    accept = AcceptCollection(collection="BAG1", label=COI)
    book.do(Dispatch(what="collection:BAG1", to_site="BEY"), "operator")
    book.do(Receive(what="collection:BAG1", transfer=1, intact="intact"), "operator", site="BEY")
    book.refused("receipt-incomplete", accept, "operator", site="BEY")
    book.do(WitnessReceipt(what="collection:BAG1"), "operator-2", site="BEY")
    book.do(accept, "operator", site="BEY")


def test_no_batch_is_started_after_consent_was_withdrawn():
    book = accepted()
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.refused("consent-withdrawn", start(), "operator")


def test_no_fraction_is_decided_after_consent_was_withdrawn():
    book = released()
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.refused("consent-withdrawn", decide_(), "physician")


def test_no_identity_is_issued_after_consent_was_withdrawn():
    book = vector_released()
    book.do(refer(), "physician")
    book.do(consent(), "physician")
    book.do(ConfirmEligibility(journey="J1", protocol="P1"), "physician")
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.refused("consent-withdrawn", IssueCoi(journey="J1", coi=COI), "coordinator")


def test_the_untrained_start_no_batch():
    book = accepted()
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "operator"), "qa")
    book.refused("untrained", start(), by="ROM-NEW", role=Role.OPERATOR)


def test_nothing_goes_into_a_batch_before_it_was_started():
    book = batch_started()
    book.refused("before-its-cause", BEADS, "operator", at=book.sheet("batch:B1").started_at - MINUTE)
    book.do(BEADS, "operator")


def test_vector_that_came_after_the_batch_began_is_not_spent_before_it_came():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.do(VerifyStep(batch="B1", phase="P1"), "operator-2")
    before = book.now
    book.site = "BCN"
    book.do(AllocateContainer(container="V1-003", to_site="ROM"), "vector-manager")
    send(book, "container:V1-003", "ROM")
    book.site = "ROM"
    late = SpendContainer(batch="B1", container="V1-003")
    book.refused("before-its-cause", late, "operator", at=before)
    book.do(late, "operator")


def test_fractions_are_not_filled_before_the_harvest():
    book = batch_made()
    book.do(harvest(), "operator")
    cause = book.sheet("batch:B1").harvested_at
    book.refused("before-its-cause", fill(), "operator", at=cause - timedelta(seconds=30))
    book.do(fill(), "operator", at=cause)


def test_the_second_signatures_of_custody_follow_the_first():
    book = vector_released()
    book.do(AllocateContainer(container="V1-002", to_site="BEY"), "coordinator")
    what = "container:V1-002"
    book.do(Dispatch(what=what, to_site="BEY"), "operator")
    book.do(Receive(what=what, transfer=2, intact="intact"), "operator", site="BEY")
    received = book.sheet(what).last_at
    witness = WitnessReceipt(what=what)
    book.refused("before-its-cause", witness, "operator-2", site="BEY", at=received - MINUTE)
    book.do(witness, "operator-2", site="BEY")
    book.do(AllocateContainer(container="V1-002", to_site="ROM"), "coordinator", site="BEY")
    book.do(Dispatch(what=what, to_site="ROM"), "operator", site="BEY")
    witness, sent = WitnessDispatch(what=what), book.sheet(what).last_at
    book.refused("before-its-cause", witness, "operator-2", site="BEY", at=sent - MINUTE)
    book.do(witness, "operator-2", site="BEY")


def test_a_fraction_that_needs_two_to_leave_is_not_scanned_between_the_signatures():
    book = two_signatures(released())
    book.do(decide_(), "physician")
    book.do(Dispatch(what="dose:B1-F1", to_site="BEY"), "ward-nurse")
    book.refused("being-dispatched", scan(), "ward-nurse")


def test_only_the_control_site_authorises_qualifies_and_suspends():
    book = network()
    qualify = QualifySite(site="ROM", product="ARI", evidence="PPQ", from_on=DAY, until_on=FAR)
    suspend = SuspendSite(site="ROM", product="ARI")
    for act in (authorise("ROM"), qualify, suspend):
        assert isinstance(act, (GrantAuthorisation, QualifySite, SuspendSite))
        book.refused("not-the-control-site", act, "qa", reason=REASON)
        book.do(act, "qa", site="BCN", reason=REASON)


def test_nothing_is_collected_for_what_is_no_cell_product():
    book = network()
    held = {**authorise("ROM").__dict__, "product": "LV"}
    book.do(GrantAuthorisation(**held), "qa", site="BCN")
    book.do(ReferPatient(**{**refer().__dict__, "process": "LV"}), "physician")
    book.do(consent(), "physician")
    book.do(ConfirmEligibility(journey="J1", protocol="P1"), "physician")
    book.do(IssueCoi(journey="J1", coi=COI), "coordinator")
    book.refused("recipe-unreadable", collect(), "apheresis-nurse")


def test_the_same_container_is_not_spent_in_the_batch_that_has_it():
    book = batch_started()
    book.do(use("BEADS-1"), "operator")
    book.do(p1(), "operator")
    book.do(VerifyStep(batch="B1", phase="P1"), "operator-2")
    book.do(VECTOR, "operator")
    book.refused("vector-already-added", VECTOR, "operator")


def test_a_lot_is_neither_filled_nor_titred_before_its_harvest():
    book = vector_filled()
    before = book.now - timedelta(seconds=30)
    book.do(HarvestVector(campaign="C1", lot="V9", volume=q("10", "mL")), "operator")
    fill_it = FillLot(lot="V9", containers=1, container_volume=q("5", "mL"))
    titre = RecordTitre(**{**TITRE.__dict__, "lot": "V9"})
    for act, who in ((fill_it, "operator"), (titre, "qc-analyst")):
        book.refused("before-its-cause", act, who, at=before)
        book.do(act, who)


def test_an_empty_container_does_not_travel():
    book = batch_made()
    book.refused("container-spent", Dispatch(what="container:V1-001", to_site="BEY"), "operator")


def two_signatures(book):
    country = book.sheet("country:IT")
    rules = {"custody_signatures": {"dispatch": 2, "receipt": 2}}
    book.sheets["country:IT"] = type(country)(**{**country.__dict__, "rules": rules})
    return book


def test_nothing_is_used_between_the_two_signatures_of_its_dispatch():
    book = two_signatures(at_bedside())
    book.do(Dispatch(what="dose:B1-F1", to_site="BEY"), "ward-nurse")
    book.refused("being-dispatched", administer(), "ward-nurse")
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.do(VerifyStep(batch="B1", phase="P1"), "operator-2")
    two_signatures(book).do(AllocateContainer(container="V1-001", to_site="BEY"), "coordinator")
    book.do(Dispatch(what="container:V1-001", to_site="BEY"), "operator")
    book.refused("being-dispatched", VECTOR, "operator")


def test_nothing_is_certified_before_the_harvest_nor_released_on_hold():
    book = tested()
    review(book)
    cause = book.sheet("batch:B1").harvested_at
    book.refused("before-its-cause", certify(), "qp", at=cause - MINUTE)
    book.do(certify(), "qp")
    book.do(HoldBatch(batch="B1"), "qa", reason=REASON)
    book.refused("batch-on-hold", release(), "qp")


def test_nothing_out_of_specification_is_supplied_with_recalled_vector():
    book = sampled()
    test_batch(book, viability_pct="69")
    book.do(RequestOosSupply(batch="B1", alternatives="none"), "physician", reason=REASON)
    book.do(EvaluateOosRisk(batch="B1", evaluation="sufficient"), "qp")
    book.do(AcceptOosRisk(batch="B1"), "physician")
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", SupplyOos(batch="B1"), "qp")
