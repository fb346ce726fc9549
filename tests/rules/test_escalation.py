"""Escalation: due when the agreement says, told by the site, answered by the control site, and the release waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.deviation import CloseDeviation, OpenDeviation
from milenari.rules.escalation import AcknowledgeEscalation, EscalateDeviation, due, escalation_code
from milenari.rules.quality_agreement import EndQualityAgreement
from milenari.rules.testing import Deviation
from tests.rules.agreeing import CODE, UNTIL, agree, agreed, deviation, draft, duties
from tests.rules.cast import REASON, MemoryBook, batch_started, certified, certify, found, release, review, tested
from tests.rules.cast import network as alone

CONTROL = {"site": "BCN"}
TELL = EscalateDeviation(escalation="B1/D1", of="batch:B1", deviation="D1", what="a leak", assessment="contained",
                         told="BCN-QA by telephone")  # fmt: skip
CLOSE = CloseDeviation(of="batch:B1", deviation="D1", root_cause="haste", disposition="no-impact")


def opened(severity: str = "critical") -> OpenDeviation:
    return OpenDeviation(of="batch:B1", deviation="D1", what="a leak", severity=severity)


def answer(decision: str = "accepted-locally") -> AcknowledgeEscalation:
    return AcknowledgeEscalation(answer="B1/D1", decision=decision, why="seen")


def deviating(build: Any = batch_started, severity: str = "critical") -> MemoryBook:
    book = build()
    agree(book, draft())
    book.do(opened(severity), "operator")
    return book


def releasable(severity: str = "critical") -> MemoryBook:
    """A batch tested and reviewed whose deviation is closed."""
    book = deviating(tested, severity)
    book.do(CLOSE, "qa")
    review(book, "B1")
    return book


def test_a_deviation_of_the_batch_is_told_under_its_code_by_its_site():
    book = deviating()
    book.refused("deviation-unknown", replace(TELL, deviation="D9", escalation="B1/D9"), "qa")
    book.refused("escalation-code-wrong", replace(TELL, escalation="B1/D9"), "qa")
    book.refused("held-elsewhere", TELL, "qa", site="BEY")
    book.refused("before-its-cause", TELL, "qa", at=book.now - timedelta(hours=1))
    assert found(book.do(TELL, "qa")) == []
    assert book.sheet("escalation:B1/D1").due_at == book.sheet("batch:B1").deviations[0].opened_at + timedelta(days=1)


def test_told_too_late_is_said_and_allowed():
    book = deviating().later(hours=25)
    assert found(book.do(TELL, "qa")) == ["escalated-late"]
    assert found(book.do(replace(TELL, assessment="more is known"), "qa")) == []


def test_a_site_may_tell_what_no_agreement_demands():
    book = batch_started()
    book.do(opened("minor"), "operator")
    book.do(TELL, "qa")
    assert book.sheet("escalation:B1/D1").due_at is None


def test_a_code_that_another_thing_uses_is_not_taken():
    book = deviating()
    book.do(TELL, "qa")
    held = book.sheet("escalation:B1/D1")
    book.sheets["escalation:B1/D1"] = replace(held, of="lot:B1")
    book.refused("subject-exists", TELL, "qa")


def test_the_control_site_answers_what_it_was_told():
    book = deviating()
    book.refused("subject-unknown", answer(), "qa", **CONTROL)
    book.do(TELL, "qa")
    book.refused("not-the-control-site", answer(), "qa")
    book.refused("before-its-cause", answer(), "qa", at=book.now - timedelta(hours=2), **CONTROL)
    held = book.sheet("escalation:B1/D1")
    same = book.copy()
    same.sheets["escalation:B1/D1"] = replace(held, by="BCN-QA")
    same.refused("own-work", answer(), "qa", **CONTROL)
    book.do(answer(), "qa", **CONTROL)
    assert book.sheet("escalationanswer:B1/D1").round == 1


# -- the release waits ----------------------------------------------------------------------------------


def test_certification_waits_until_the_deviation_is_told_and_answered():
    book = releasable()
    book.refused("escalation-missing", certify(), "qp")
    book.do(TELL, "qa")
    book.refused("escalation-unanswered", certify(), "qp")
    book.do(answer(), "qa", **CONTROL)
    book.copy().do(certify(), "qp")
    book.do(replace(TELL, assessment="it is worse"), "qa")
    book.refused("escalation-unanswered", certify(), "qp")


def test_what_the_control_site_stops_or_takes_over_waits_for_it():
    book = releasable()
    book.do(TELL, "qa")
    held = book.copy()
    held.do(answer("taken-over"), "qa", **CONTROL)
    held.refused("escalation-taken-over", certify(), "qp")
    held.do(answer("stop"), "qa", **CONTROL)
    held.refused("escalation-stopped", certify(), "qp")
    held.do(answer(), "qa", **CONTROL)
    held.do(certify(), "qp")


def test_a_stop_holds_up_what_no_agreement_made_wait():
    book = releasable("major")
    book.copy().do(certify(), "qp")
    book.do(TELL, "qa")
    book.copy().do(certify(), "qp")
    book.do(answer("stop"), "qa", **CONTROL)
    book.refused("escalation-stopped", certify(), "qp")


def test_a_stop_after_certification_still_holds_up_the_release():
    book = certified()
    book.copy().do(release(), "qp")
    batch = book.sheet("batch:B1")
    gone = Deviation("D1", "a leak", "major", batch.started_at, "ROM-OPERATOR", "no-impact", "ROM-QA")
    book.sheets["batch:B1"] = replace(batch, deviations=(gone,))
    book.copy().do(release(), "qp")
    book.do(TELL, "qa")
    book.do(answer("stop"), "qa", **CONTROL)
    book.refused("escalation-stopped", release(), "qp")


def test_a_deviation_opened_anew_under_its_code_is_told_anew():
    book = releasable()
    book.do(TELL, "qa")
    book.do(answer(), "qa", **CONTROL)
    book.copy().do(certify(), "qp")
    batch = book.sheet("batch:B1")
    again = replace(batch.deviations[0], opened_at=book.now)
    book.sheets["batch:B1"] = replace(batch, deviations=(*batch.deviations, again))
    book.refused("escalation-missing", certify(), "qp")


def test_without_an_agreement_nothing_waits():
    book = tested()
    book.do(opened(), "operator")
    book.do(CLOSE, "qa")
    review(book, "B1")
    book.do(certify(), "qp")


# -- when it is due -------------------------------------------------------------------------------------


def one(book: MemoryBook, severity: str = "critical", **after: float) -> Deviation:
    return Deviation("D1", "a leak", severity, book.now + timedelta(**after), "ROM-OPERATOR")


def test_an_agreement_that_ran_out_obliges_until_it_is_followed_or_ended():
    book = agreed()
    late = one(book, days=(UNTIL - book.now.date()).days + 20)
    demanded = due(book, "ROM", late)
    assert demanded and demanded.at == late.opened_at + timedelta(days=1) and demanded.release_waits
    book.do(EndQualityAgreement(agreement=CODE), "qa", reason=REASON, **CONTROL)
    assert due(book, "ROM", late) is None
    assert due(agreed(), "ROM", one(book, "minor")) is None and due(agreed(), "BEY", one(book)) is None
    assert due(alone(), "ROM", one(book)) is None


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 8760), st.sampled_from(["hours", "days"]), st.integers(0, 100_000))
def test_it_is_due_that_long_after_the_deviation_whatever_the_clocks_of_the_sites(count: int, period: str, after: int):
    hours = count * (24 if period == "days" else 1)
    count = min(count, 365) if period == "days" else count
    book = agreed()
    agree(book, draft("2", duties(deviation("critical", count, period))))
    found = one(book, minutes=after)
    demanded = due(book, "ROM", found)
    assert demanded is not None
    assert (demanded.at - found.opened_at).total_seconds() == 3600 * min(hours, count * (24 if period == "days" else 1))
    assert demanded.to_site == "BCN" and escalation_code("batch:B1", "D1") == "B1/D1"
