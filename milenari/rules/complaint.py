"""Complaint: somebody is not content with a batch or a vector lot; who answers is written in the quality agreement.

Every complaint is recorded, looked into by its owner, answered, and closed by a second person with a reason. Governing
guidance: EU GMP Part I chapter 8 (complaints and product recall; clauses not read again).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.notice import Notice, clock, notice_code
from milenari.rules.quality_agreement import QualityAgreement, agreements_of
from milenari.words import Meaning, Role, split_subject

VERDICTS = ("justified", "not-justified")


@sheet("complaint")
class Complaint(Sheet):
    """What somebody reported about a product, and whose matter it is."""

    of: str = ""
    what: str = ""
    source: str = ""
    received_at: datetime | None = None
    by: str = ""
    agreement: str = ""  # that says whose matter it is; empty: the site that made the thing
    answers: str = ""  # the site that looks into it and answers
    closed_by: str = ""
    closed_at: datetime | None = None
    why: str = ""

    @property
    def status(self) -> str:
        """As lists show it."""
        return "closed" if self.closed_by else "open"


@sheet("complaintanswer")
class ComplaintAnswer(Sheet):
    """What its owner found; of the same code."""

    verdict: str = ""
    cause: str = ""
    measure: str = ""
    by: str = ""
    at: datetime | None = None


@action("record-complaint", roles=(Role.QA, Role.PHYSICIAN, Role.COORDINATOR), meaning=Meaning.PERFORMED)
class RecordComplaint(Action):
    """Record a complaint about a batch or a vector lot, when it arrived and from whom; no patient is named."""

    complaint: str = f.new("complaint", "Complaint")
    of: str = f.ref("batch", "lot", label="Batch or lot")
    what: str = f.text("What is complained of", longest=2000)
    source: str = f.text("Who complains", longest=300, help="function and department, no patient")


@action("answer-complaint", roles=(Role.QA,), meaning=Meaning.APPROVED)
class AnswerComplaint(Action):
    """Answer a complaint as the site that owns it: whether it is justified, its cause, and what is done."""

    answer: str = f.ref("complaintanswer", label="Answer to the complaint", touch=True, help="code of the complaint")
    verdict: str = f.choice(VERDICTS, "Verdict on the complaint")
    cause: str = f.text("Cause", longest=2000)
    measure: str = f.text("What is done", longest=2000)


@action("close-complaint", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class CloseComplaint(Action):
    """Close an answered complaint with the reason; not by who recorded it."""

    complaint: str = f.ref("complaint", label="Complaint", touch=True)


def agreement_for(book: Sheets, of: str, site: str, on: date) -> QualityAgreement | None:
    """The agreement that binds on a day about a batch's site and its control site, or a lot's plant and this site."""
    kind = split_subject(of)[0]
    made_by = book.sheet(of).owner
    for held in agreements_of(book, made_by if kind == "batch" else site):
        fits = held.relation == "control" if kind == "batch" else held.relation == "vector" and held.giver == made_by
        if fits and held.binding(on) is not None:
            return held
    return None


@checks(RecordComplaint)
def _record(act: RecordComplaint, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="complaint", code=act.complaint)
    made = known(book, act.of)
    day = asking.happened_at.astimezone(ZoneInfo(asking.zone)).date()
    held = agreement_for(book, act.of, asking.site, day)
    version = held.binding(day) if held else None
    owner = version.duty("complaint").owner if version else made.owner
    return Accepted(given={"agreement": held.code if held else "", "answers": owner})


@checks(AnswerComplaint)
def _answer(act: AnswerComplaint, asking: Asking, book: Book) -> None:
    found: Complaint = known(book, f"complaint:{act.answer}")
    elsewhere = asking.site != found.answers
    refuse_if(elsewhere, "complaint-owned-elsewhere", complaint=act.answer, owner=found.answers)
    refuse_if(found.closed_by, "complaint-closed", complaint=act.answer)
    refuse_if(found.by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, found.received_at, "complaint")


@checks(CloseComplaint)
def _close(act: CloseComplaint, asking: Asking, book: Book) -> None:
    found: Complaint = known(book, act.about)
    refuse_if(found.closed_by, "complaint-closed", complaint=act.complaint)
    answer: ComplaintAnswer = book.sheet(f"complaintanswer:{act.complaint}")
    refuse_if(not answer.exists, "complaint-unanswered", complaint=act.complaint, site=found.answers)
    refuse_if(found.by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, answer.at, "answer")
    if found.agreement and found.received_at:
        held: QualityAgreement = book.sheet(f"qualityagreement:{found.agreement}")
        asked = clock(book, held, found.owner, "complaint", found.received_at) if found.owner in held.parties else None
        told: Notice = book.sheet(f"notice:{notice_code(held.code, 'complaint', act.about)}")
        missing = asked is not None and asked.at is not None and not told.exists
        refuse_if(missing, "notice-missing", of=act.about, site=asked.to_site if asked else "",
                  due_at=asked.at if asked else None)  # fmt: skip


@applies(RecordComplaint, "complaint")
def _(found: Complaint, act: RecordComplaint, entry: Entry) -> Complaint:
    return replace(found, of=act.of, what=act.what, source=act.source, received_at=entry.happened_at, by=entry.by,
                   agreement=entry.given["agreement"], answers=entry.given["answers"])  # fmt: skip


@applies(AnswerComplaint, "complaintanswer")
def _(found: ComplaintAnswer, act: AnswerComplaint, entry: Entry) -> ComplaintAnswer:
    return replace(found, verdict=act.verdict, cause=act.cause, measure=act.measure, by=entry.by, at=entry.happened_at)


@applies(CloseComplaint, "complaint")
def _(found: Complaint, act: CloseComplaint, entry: Entry) -> Complaint:
    return replace(found, closed_by=entry.by, closed_at=entry.happened_at, why=entry.reason)
