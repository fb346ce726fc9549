"""Release: review, certification and release are separate signed acts by people who did not do the work."""

from datetime import timedelta

import pytest

from milenari.rules.deviation import CloseDeviation, OpenDeviation
from milenari.rules.hold import HoldBatch
from milenari.rules.release import (
    AcceptOosRisk,
    EvaluateOosRisk,
    InformPhysician,
    RecallBatch,
    RejectBatch,
    RequestOosSupply,
    ReviewTrail,
    SupplyOos,
)
from milenari.rules.testing import CloseInvestigation
from milenari.rules.vector import RecallLot
from milenari.words import Role
from tests.rules.cast import (
    LATE,
    REASON,
    batch_filled,
    batch_made,
    batch_started,
    certified,
    certify,
    decide_,
    fill,
    found,
    grant,
    harvest,
    infused,
    reconcile,
    release,
    released,
    result,
    review,
    sampled,
    test_batch,
    tested,
    verify,
)

REJECT, RECALL = RejectBatch(batch="B1"), RecallBatch(batch="B1")
INFORM = InformPhysician(batch="B1", physician="ROM-PHYSICIAN", agreed="antibiotics, culture, watch")
ASK = RequestOosSupply(batch="B1", alternatives="none left")
EVALUATE = EvaluateOosRisk(batch="B1", evaluation="viability 69 %, cells sufficient")
ACCEPT, SUPPLY = AcceptOosRisk(batch="B1"), SupplyOos(batch="B1")
DEVIATION = OpenDeviation(of="batch:B1", deviation="D1", what="a drop", severity="minor")


def close(disposition="no-impact"):
    return CloseDeviation(of="batch:B1", deviation="D1", root_cause="haste", disposition=disposition)


def conclude(test, conclusion="confirmed"):
    return CloseInvestigation(of="batch:B1", test=test, conclusion=conclusion)


def failed():
    """Everything tested but the viability is 69 %, confirmed by an investigation."""
    book = sampled()
    test_batch(book, viability_pct="69")
    book.do(conclude("viability_pct"), "qa", reason=REASON)
    review(book)
    return book


def weighed():
    """Out of specification, asked for by the physician, evaluated and accepted."""
    book = failed()
    book.do(ASK, "physician", reason="no time for another batch")
    book.do(EVALUATE, "qp")
    book.do(ACCEPT, "physician")
    review(book)
    return book


def late(book, test="sterility", text="growth"):
    book.do(result(test, text), "qc-analyst")
    return book.do(verify(test), "qc-analyst-2")


def test_nothing_unfinished_is_certified():
    batch_made_then = batch_started()
    batch_made_then.refused("not-harvested", ASK, "physician", reason=REASON)
    batch_made_then.refused("not-harvested", certify("final"), "qp")
    book = batch_made()
    book.do(harvest(), "operator")
    book.refused("not-filled", certify("final"), "qp")
    book.do(fill(), "operator")
    book.refused("not-reconciled", certify("final"), "qp")
    book.do(reconcile(), "operator-2")
    book.refused("result-missing", certify("final"), "qp")


def test_late_tests_are_sampled_before_the_conditional_stage():
    book = batch_filled()
    assert book.refused("not-sampled", certify(), "qp")["test"] == "sterility"


def test_each_early_result_is_needed_and_verified():
    book = sampled()
    test_batch(book, skip=(*LATE, "rcl"))
    review(book)
    book.refused("result-missing", certify(), "qp")
    book.do(result("rcl"), "qc-analyst")
    review(book)
    book.refused("result-missing", certify(), "qp")
    book.do(verify("rcl"), "qc-analyst-2")
    review(book)
    book.do(certify(), "qp")


def test_the_trail_is_reviewed_up_to_the_newest_entry():
    book = tested()
    book.refused("trail-unreviewed", certify(), "qp")
    review(book)
    book.do(DEVIATION, "operator")
    book.do(close(), "qa")
    book.refused("trail-unreviewed", certify(), "qp")
    review(book)
    book.do(certify(), "qp")


def test_who_worked_on_the_batch_neither_reviews_certifies_nor_releases_it():
    book = tested()
    batch = book.sheet("batch:B1")
    workers = (*batch.workers, "ROM-QA", "ROM-QP")
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "workers": workers})
    book.refused("own-work", ReviewTrail(of="batch:B1"), "qa")
    book.do(ReviewTrail(of="batch:B1"), "qa-2")
    book.refused("own-work", certify(), "qp")
    book.do(certify(), "qp-2")
    book.refused("own-work", release(), "qp")
    book.refused("own-work", REJECT, "qp", reason=REASON)
    book.do(release(), "qp-2")


def test_only_a_delegated_qp_certifies():
    book = tested()
    review(book)
    book.refused("role-not-allowed", certify(), "qa")
    book.do(grant("ROM", "trainer", "qp"), "qa")
    book.refused("qp-not-delegated", certify(), by="ROM-TRAINER", role=Role.QP)
    book.do(certify(), "qp")


def test_certification_and_release_are_two_acts_in_that_order():
    book = tested()
    review(book)
    book.refused("not-certified", release(), "qp")
    book.do(certify(), "qp")
    book.refused("before-its-cause", release(), "qp", at=book.now - timedelta(minutes=5))
    assert found(book.do(release(), "qa")) == ["released-with-pending"]
    book.refused("already-decided", release(), "qp")
    book.refused("already-decided", certify(), "qp")


def test_a_certificate_does_not_cover_what_happened_after_it():
    book = certified()
    book.do(DEVIATION, "operator")
    book.do(close(), "qa")
    review(book)
    book.refused("not-certified", release(), "qp")
    book.do(certify(), "qp")
    book.do(release(), "qp")


def test_an_open_deviation_stops_certification_and_one_that_affects_the_batch_does_so_for_good():
    book = tested()
    book.do(DEVIATION, "operator")
    review(book)
    book.refused("deviation-open", certify(), "qp")
    book.do(close("batch-affected"), "qa")
    review(book)
    book.refused("deviation-affects-product", certify(), "qp")
    book.do(ASK, "physician", reason="no time for another batch")


def test_a_failed_result_stops_certification():
    failed().refused("result-failed", certify(), "qp")
    book = sampled()
    test_batch(book, viability_pct="69")
    review(book)
    book.refused("investigation-open", certify(), "qp")


def test_a_late_result_that_is_there_and_fails_is_not_passed_over_as_missing():
    book = tested()
    book.do(result("sterility", "growth"), "qc-analyst")
    review(book)
    book.refused("result-unverified", certify(), "qp")
    book = tested()
    book.do(result("sterility"), "qc-analyst")
    review(book)
    book.do(certify(), "qp")


def test_final_release_needs_the_late_results_and_a_fresh_review():
    book = released()
    book.refused("result-missing", certify("final"), "qp")
    for test in LATE:
        late(book, test, "")
    book.refused("trail-unreviewed", certify("final"), "qp")
    review(book)
    book.refused("not-certified", release("final"), "qp")
    book.do(certify("final"), "qp")
    first = book.sheet("batch:B1").released_at
    book.later(days=1)
    assert found(book.do(release("final"), "qp")) == []
    assert book.sheet("batch:B1").decision == "final"
    assert first and book.sheet("batch:B1").released_at == first  # when it could first be used
    book.refused("already-decided", certify("final"), "qp")


def test_a_batch_on_hold_is_not_certified():
    book = tested()
    book.do(HoldBatch(batch="B1"), "qa", reason=REASON)
    review(book)
    book.refused("batch-on-hold", certify(), "qp")


def test_a_batch_with_recalled_vector_is_neither_certified_nor_released():
    book = tested()
    review(book)
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", certify(), "qp")
    book = certified()
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", release(), "qp")


def test_nothing_is_reviewed_where_nothing_was_done():
    book = tested()
    batch = book.sheet("batch:B1")
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "changed_version": 0})
    book.refused("nothing-to-review", ReviewTrail(of="batch:B1"), "qa")


def test_a_released_batch_is_recalled_and_stays_so():
    tested().refused("not-released", RECALL, "qa", reason=REASON)
    book = released()
    book.do(RECALL, "qa", reason="complaint")
    book.refused("not-released", RECALL, "qa", reason=REASON)
    book.refused("already-decided", REJECT, "qp", reason=REASON)
    book.refused("already-decided", certify("final"), "qp")
    book.refused("batch-recalled", decide_(), "physician")


def test_a_batch_is_not_rejected_once_part_of_it_was_given():
    infused().refused("already-given", REJECT, "qp", reason=REASON)
    book = released()
    book.do(REJECT, "qp", reason="mislabelled")
    book.refused("already-decided", REJECT, "qp", reason=REASON)
    book.refused("not-released", decide_(), "physician")


def test_a_late_failing_result_raises_the_alarm_and_the_physician_is_told():
    book = released()
    book.refused("no-alarm", INFORM, "qp")
    assert found(late(book)) == ["out-of-specification", "late-positive"]
    book.refused("late-result-failed", decide_(), "physician")
    book.refused("subject-unknown", InformPhysician(batch="B1", physician="NOBODY", agreed="x"), "qp")
    book.do(INFORM, "qp")
    book.refused("investigation-open", certify("final"), "qp")


def test_a_laboratory_error_lifts_the_alarm_but_leaves_the_result_to_be_made():
    book = released()
    late(book)
    book.do(conclude("sterility", "laboratory-error"), "qa", reason=REASON)
    book.do(decide_(), "physician")
    review(book)
    book.refused("result-missing", certify("final"), "qp")


def test_supply_out_of_specification_takes_request_evaluation_and_acceptance():
    book = failed()
    for act, who, code in (
        (EVALUATE, "qp", "oos-not-requested"), (ACCEPT, "physician", "oos-not-evaluated"),
        (SUPPLY, "qp", "oos-not-requested"),
    ):  # fmt: skip
        book.refused(code, act, who)
    book.refused("oos-not-requested", EVALUATE, "qp")
    book.do(ASK, "physician", reason="no time")
    book.refused("already-requested", ASK, "physician", reason="no time")
    book.refused("oos-not-evaluated", SUPPLY, "qp")
    book.refused("oos-not-evaluated", ACCEPT, "physician")
    book.do(EVALUATE, "qp")
    book.refused("already-evaluated", EVALUATE, "qp")
    book.refused("oos-not-accepted", SUPPLY, "qp")
    book.do(ACCEPT, "physician")
    book.refused("already-accepted-risk", ACCEPT, "physician")
    book.do(DEVIATION, "operator")
    book.refused("trail-unreviewed", SUPPLY, "qp")
    review(book)
    entry = book.do(SUPPLY, "qp")
    assert found(entry) == ["supplied-out-of-specification"]
    due = entry.given["notify_by"]
    assert due == (entry.happened_at + timedelta(hours=48)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    book.refused("already-decided", SUPPLY, "qp")
    book.refused("already-decided", ASK, "physician", reason="again")
    assert found(book.do(decide_(), "physician")) == ["not-conforming-product"]


def test_a_conforming_batch_is_not_supplied_as_out_of_specification():
    tested().refused("conforms", ASK, "physician", reason=REASON)


def test_the_steps_of_the_exception_are_dated_in_their_order():
    book = failed()
    early = book.now - timedelta(minutes=30)
    book.do(ASK, "physician", reason="no time")
    book.refused("before-its-cause", EVALUATE, "qp", at=early)
    book.do(EVALUATE, "qp")
    book.refused("before-its-cause", ACCEPT, "physician", at=early)


def test_one_person_in_two_roles_does_not_weigh_and_accept_the_risk():
    book = failed()
    book.do(grant("ROM", "physician", "qp"), "qa")
    book.do(ASK, "physician", reason="no time")
    as_qp = {"by": "ROM-PHYSICIAN", "role": Role.QP}
    book.refused("own-work", EVALUATE, **as_qp)
    book.do(EVALUATE, "qp")
    book.do(grant("ROM", "qp", "physician"), "qa")
    book.refused("own-work", ACCEPT, by="ROM-QP", role=Role.PHYSICIAN)
    book.do(ACCEPT, "physician")


def test_supply_out_of_specification_is_not_by_who_worked_on_it_nor_by_any_qp():
    book = weighed()
    batch = book.sheet("batch:B1")
    workers = (*batch.workers, "ROM-QP")
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "workers": workers})
    book.refused("own-work", SUPPLY, "qp")
    book.do(grant("ROM", "trainer", "qp"), "qa")
    book.refused("qp-not-delegated", SUPPLY, by="ROM-TRAINER", role=Role.QP)
    book.do(HoldBatch(batch="B1"), "qa", reason=REASON)
    book.refused("batch-on-hold", SUPPLY, "qp-2")


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_failed_after_the_evaluation_was_not_accepted(confirmed):
    book = weighed()
    book.do(result("sterility", "growth"), "qc-analyst")
    if confirmed:
        book.do(verify("sterility"), "qc-analyst-2")
    book.refused("oos-not-evaluated", SUPPLY, "qp")
    book = weighed()
    book.do(SUPPLY, "qp")
    book.do(result("sterility", "growth"), "qc-analyst")
    if confirmed:
        book.do(verify("sterility"), "qc-analyst-2")
    book.refused("late-result-failed", decide_(), "physician")


def test_a_batch_rejected_after_supply_is_not_supplied_again_on_the_old_acceptance():
    book = weighed()
    book.do(SUPPLY, "qp")
    book.do(REJECT, "qp", reason="bag leaks")
    book.refused("oos-not-requested", SUPPLY, "qp")


def test_a_batch_rejected_first_may_still_be_supplied_on_request():
    book = failed()
    book.do(REJECT, "qp", reason="viability")
    book.do(ASK, "physician", reason="no time")
    book.do(EVALUATE, "qp")
    book.do(ACCEPT, "physician")
    review(book)
    book.do(SUPPLY, "qp")
