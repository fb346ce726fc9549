"""Complaint: recorded by whoever hears it, answered by the site that owns it, closed by a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from milenari.rules.complaint import AnswerComplaint, CloseComplaint, RecordComplaint
from milenari.rules.notice import GiveNotice, notice_code
from tests.rules.agreeing import CODE, agree, draft, duties
from tests.rules.cast import REASON, MemoryBook, released

RECORD = RecordComplaint(complaint="C-1", of="batch:B1", what="the port was hard to open", source="ward")
ANSWER = AnswerComplaint(answer="C-1", verdict="justified", cause="closed with a tool", measure="closed by hand")
CLOSE = CloseComplaint(complaint="C-1")
TELL = GiveNotice(notice=notice_code(CODE, "complaint", "complaint:C-1"), agreement=CODE, matter="complaint",
                  of="complaint:C-1", what="a port", told="BCN-QA by telephone")  # fmt: skip


def recorded(owner: str = "BCN", agreed: bool = True) -> MemoryBook:
    """A complaint about Rome's batch, whose owner the agreement names."""
    book = released()
    if agreed:
        told = ["ROM"] if owner == "BCN" else ["BCN"]
        row = {"matter": "complaint", "owner": owner, "informed": told, "within": 7, "period": "days"}
        agree(book, draft(content=duties(row)))
    book.do(RECORD, "physician")
    return book


def test_the_agreement_says_who_answers_and_without_one_the_maker_does():
    assert recorded().sheet("complaint:C-1").answers == "BCN"
    assert recorded(owner="ROM").sheet("complaint:C-1").answers == "ROM"
    book = recorded(agreed=False)
    assert book.sheet("complaint:C-1").answers == "ROM" and book.sheet("complaint:C-1").agreement == ""


def test_a_complaint_is_recorded_once_about_something_that_there_is():
    book = recorded()
    book.refused("subject-exists", RECORD, "physician")
    book.refused("subject-unknown", replace(RECORD, complaint="C-2", of="batch:B9"), "physician")
    book.refused("role-not-allowed", replace(RECORD, complaint="C-2"), "operator")
    book.do(replace(RECORD, complaint="C-2"), "physician")


def test_only_its_owner_answers_and_never_before_it_arrived():
    book = recorded()
    book.refused("complaint-owned-elsewhere", ANSWER, "qa")
    book.refused("before-its-cause", ANSWER, "qa", site="BCN", at=book.now - timedelta(hours=1))
    book.do(ANSWER, "qa", site="BCN")
    assert book.sheet("complaintanswer:C-1").verdict == "justified"


def test_who_recorded_it_neither_answers_nor_closes_it():
    book = released()
    book.do(RECORD, "qa")
    book.refused("own-work", ANSWER, "qa")
    book.do(ANSWER, "qa-2")
    book.refused("own-work", CLOSE, "qa", reason=REASON)
    book.do(CLOSE, "qa-2", reason=REASON)


def test_it_is_closed_once_answered_and_told_with_a_reason():
    book = recorded()
    book.refused("complaint-unanswered", CLOSE, "qa", reason=REASON)
    book.do(ANSWER, "qa", site="BCN")
    book.refused("notice-missing", CLOSE, "qa", reason=REASON)
    book.do(TELL, "qa")
    book.refused("reason-missing", CLOSE, "qa")
    book.do(CLOSE, "qa", reason=REASON)
    closed = book.sheet("complaint:C-1")
    assert closed.status == "closed" and closed.why == REASON
    book.refused("complaint-closed", CLOSE, "qa", reason=REASON)
    book.refused("complaint-closed", ANSWER, "qa", site="BCN")
