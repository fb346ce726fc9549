"""Safety review: the sponsor judges an adverse event and reports a SUSAR to the authority.

Regulation (EU) 536/2014 Article 42 and Annex III: the sponsor's reviewer looks second and makes nothing less of what
the investigator suspects; a report with its receipt stops the clock. On a sheet of the sponsor's own.
"""

from __future__ import annotations

from dataclasses import replace

from milenari.rules import case_report, safety_duty
from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.adverse_event import (
    REPORTS,
    AdverseEvent,
    EventReview,
    Report,
    class_of,
    clocks_of,
    criteria_of,
    elements_of,
    of_site,
    opinion_of,
)
from milenari.rules.network import control_site
from milenari.rules.safety_duty import AGENTS, EXPECTEDNESS, OPEN, RELATEDNESS, Judgement
from milenari.words import Meaning, Role

SPONSOR = (Role.PHYSICIAN,)


# -- actions --------------------------------------------------------------------------------------------


@action("review-adverse-event", roles=SPONSOR, meaning=Meaning.REVIEWED)
class ReviewAdverseEvent(Action):
    """Judge an adverse event for the sponsor; what the investigator suspects is not made less by it."""

    review: str = f.ref("eventreview", label="Adverse event", touch=True, help="participant, slash, number")
    product: str = f.choice(RELATEDNESS, "Caused by the cell product")
    lymphodepletion: str = f.choice(RELATEDNESS, "Caused by the lymphodepletion")
    procedure: str = f.choice(RELATEDNESS, "Caused by a procedure of the trial")
    method: str = f.text("Method of the judgement", longest=120)
    expectedness: str = f.choice(EXPECTEDNESS, "By the reference safety information")
    information: str = f.code("Version of the reference safety information")
    death: bool = f.flag("Resulted in death")
    life_threatening: bool = f.flag("Life-threatening")
    hospitalisation: bool = f.flag("Needed hospitalisation or prolonged it")
    disability: bool = f.flag("Lasting or considerable disability")
    congenital_anomaly: bool = f.flag("Congenital anomaly or birth defect")
    medically_important: bool = f.flag("Medically important otherwise")


@action("submit-susar-report", roles=(Role.PHYSICIAN, Role.COORDINATOR), meaning=Meaning.APPROVED)
class SubmitSusarReport(Action):
    """Record that a SUSAR was reported to the authority, with the receipt; this stops the clock."""

    review: str = f.ref("eventreview", label="Adverse event", touch=True, help="participant, slash, number")
    kind: str = f.choice(REPORTS, "Kind of report")
    case_number: str = f.code("Number of the case")
    worldwide_number: str = f.code("Worldwide number of the case", required=False, help="empty: the same")
    trial_number: str = f.code("EU trial number")
    meddra: str = f.code("MedDRA code", required=False, help="from the licensee's own files")
    narrative: str = f.text("Narrative of the case")
    recipient: str = f.text("Reported to", longest=120)
    receipt: str = f.text("Reference of the receipt", longest=120)


# -- checks ---------------------------------------------------------------------------------------------


def _sponsors(code: str, asking: Asking, book: Book) -> AdverseEvent:
    control_site(asking, book)
    event: AdverseEvent = known(book, f"adverseevent:{code}")
    return event


@checks(ReviewAdverseEvent)
def _review(act: ReviewAdverseEvent, asking: Asking, book: Book) -> Accepted:
    event = _sponsors(act.review, asking, book)
    refuse_if(any(o.by == asking.by for o in event.opinions), "own-work", person=asking.by)
    refuse_if(any(t.by == asking.by for t in event.tellings), "own-work", person=asking.by)
    review: EventReview = book.sheet(act.about)
    refuse_if(review.opinions and not asking.reason.strip(), "reason-missing", action=act.code)
    after(asking.happened_at, event.tellings[0].known_at, "adverse event")
    mine = Judgement(criteria_of(act), act.product, act.lymphodepletion, act.procedure, act.expectedness)
    both = safety_duty.standing(of_site(event), mine)
    findings = []
    if event.opinions and any(getattr(both, agent) != getattr(mine, agent) for agent in AGENTS):
        findings.append(Finding("opinions-differ", {"event": act.review}))
    kind = safety_duty.classify(both)
    if kind in OPEN:
        findings.append(Finding("susar-suspected", {"event": act.review}))
    return Accepted(findings=tuple(findings), given={"class": kind})


@checks(SubmitSusarReport)
def _submit(act: SubmitSusarReport, asking: Asking, book: Book) -> Accepted:
    event = _sponsors(act.review, asking, book)
    review: EventReview = known(book, act.about)
    first = next((r for r in review.reports if r.kind == "initial"), None)
    refuse_if(act.kind == "initial" and first is not None, "report-already-made", event=act.review)
    refuse_if(act.kind == "follow-up" and first is None, "report-without-first", event=act.review)
    kind = class_of(event, review)
    refuse_if(kind not in OPEN and first is None, "not-a-susar", event=act.review)
    after(asking.happened_at, event.tellings[0].known_at, "adverse event")
    after(asking.happened_at, first.at if first else None, "first report")
    filing = {"case-number": act.case_number, "worldwide-number": act.worldwide_number or act.case_number,
              "trial-number": act.trial_number, "meddra": act.meddra, "narrative": act.narrative,
              "sender": asking.site}  # fmt: skip
    lacking = case_report.missing(elements_of(event, review, book, filing))
    refuse_if(lacking, "report-incomplete", event=act.review, missing=[element.number for element in lacking])
    report = Report(act.kind, asking.happened_at, act.case_number, act.recipient, act.receipt, asking.by)
    after_it = clocks_of(event, replace(review, reports=(*review.reports, report)), asking.zone)
    late = [c for c in after_it if c.done_at == asking.happened_at and c.state(asking.now) == "done-late"]
    facts = {"event": act.review, "due_at": late[0].due_at.isoformat() if late else ""}
    return Accepted(findings=(Finding("susar-reported-late", facts),) if late else ())


# -- applies --------------------------------------------------------------------------------------------


@applies(ReviewAdverseEvent, "eventreview")
def _(review: EventReview, act: ReviewAdverseEvent, entry: Entry) -> EventReview:
    return replace(review, opinions=(*review.opinions, opinion_of(act, entry, criteria_of(act))))


@applies(SubmitSusarReport, "eventreview")
def _(review: EventReview, act: SubmitSusarReport, entry: Entry) -> EventReview:
    made = Report(act.kind, entry.happened_at, act.case_number, act.recipient, act.receipt, entry.by)
    return replace(review, reports=(*review.reports, made))
