"""Safety: adverse events of a trial's participants as the site tells them, and its word to the sponsor.

Records of every adverse event: ICH E6(R3) and Regulation (EU) 536/2014 Article 41; grades: CTCAE, or the ASTCT grades
that the ward has entered already, which are linked and not typed again. What is owed and until when: ``safety_duty``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from milenari.rules import fields as f
from milenari.rules import safety_duty
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
    SCALES,
    AdverseEvent,
    EventReview,
    Notice,
    Told,
    clocks_of,
    criteria_of,
    opinion_of,
)
from milenari.rules.safety_duty import EXPECTEDNESS, RELATEDNESS
from milenari.words import Facts, Meaning, Role

REPORTERS = (Role.INVESTIGATOR, Role.PHYSICIAN, Role.WARD_NURSE)
SITE = (Role.INVESTIGATOR, Role.PHYSICIAN)
OUTCOMES = ("event-recovered", "event-recovering", "event-ongoing", "event-sequelae", "fatal", "unknown")
TAKEN = ("no-measure", "treated", "fraction-withheld", "product-stopped", "not-applicable")
CTCAE = ("v5", "v6")


# -- actions --------------------------------------------------------------------------------------------


@action("report-adverse-event", roles=REPORTERS, meaning=Meaning.PERFORMED)
class ReportAdverseEvent(Action):
    """Write down an adverse event in the reporter's words, why it is serious if it is, and since when it is known."""

    event: str = f.new("adverseevent", "Adverse event", help="participant, slash, number")
    participant: str = f.ref("participant", label="Participant")
    term: str = f.text("What happened, in the reporter's words", longest=300, help="no name and no birth date")
    begun_on: date = f.on("Began on", past=True)
    ended_on: date | None = f.on("Ended on", past=True, required=False)
    scale: str = f.choice(SCALES, "Graded at the bedside as", required=False, help="its grade is taken from the record")
    ctcae: str = f.text("CTCAE term", required=False, longest=120)
    ctcae_version: str = f.choice(CTCAE, "CTCAE version", required=False)
    grade: int | None = f.count("CTCAE grade", low=1, high=5, required=False)
    death: bool = f.flag("Resulted in death")
    life_threatening: bool = f.flag("Life-threatening")
    hospitalisation: bool = f.flag("Needed hospitalisation or prolonged it")
    disability: bool = f.flag("Lasting or considerable disability")
    congenital_anomaly: bool = f.flag("Congenital anomaly or birth defect")
    medically_important: bool = f.flag("Medically important otherwise")
    outcome: str = f.choice(OUTCOMES, "Outcome of the event")
    taken: str = f.choice(TAKEN, "What was done")
    meddra: str = f.code("MedDRA code", required=False, help="from the licensee's own files")
    known_at: datetime = f.at("Known at this site since")


@action("amend-adverse-event", roles=REPORTERS, meaning=Meaning.PERFORMED, needs_reason=True)
class AmendAdverseEvent(Action):
    """Tell an adverse event anew, with the reason; what was told before stays, and a closed event opens again."""

    event: str = f.ref("adverseevent", label="Adverse event", touch=True)
    term: str = f.text("What happened, in the reporter's words", longest=300, help="no name and no birth date")
    begun_on: date = f.on("Began on", past=True)
    ended_on: date | None = f.on("Ended on", past=True, required=False)
    scale: str = f.choice(SCALES, "Graded at the bedside as", required=False, help="its grade is taken from the record")
    ctcae: str = f.text("CTCAE term", required=False, longest=120)
    ctcae_version: str = f.choice(CTCAE, "CTCAE version", required=False)
    grade: int | None = f.count("CTCAE grade", low=1, high=5, required=False)
    death: bool = f.flag("Resulted in death")
    life_threatening: bool = f.flag("Life-threatening")
    hospitalisation: bool = f.flag("Needed hospitalisation or prolonged it")
    disability: bool = f.flag("Lasting or considerable disability")
    congenital_anomaly: bool = f.flag("Congenital anomaly or birth defect")
    medically_important: bool = f.flag("Medically important otherwise")
    outcome: str = f.choice(OUTCOMES, "Outcome of the event")
    taken: str = f.choice(TAKEN, "What was done")
    meddra: str = f.code("MedDRA code", required=False, help="from the licensee's own files")
    known_at: datetime = f.at("Known at this site since")


@action("assess-adverse-event", roles=(Role.INVESTIGATOR,), meaning=Meaning.APPROVED)
class AssessAdverseEvent(Action):
    """Say as the investigator whether what was given may be the cause, by which method."""

    event: str = f.ref("adverseevent", label="Adverse event", touch=True)
    product: str = f.choice(RELATEDNESS, "Caused by the cell product")
    lymphodepletion: str = f.choice(RELATEDNESS, "Caused by the lymphodepletion")
    procedure: str = f.choice(RELATEDNESS, "Caused by a procedure of the trial")
    method: str = f.text("Method of the judgement", longest=120)
    expectedness: str = f.choice(EXPECTEDNESS, "By the reference safety information", required=False)
    information: str = f.code("Version of the reference safety information", required=False)


@action("notify-sponsor", roles=SITE, meaning=Meaning.PERFORMED)
class NotifySponsor(Action):
    """Tell the sponsor of a serious adverse event as it is told now; within a day of knowing it."""

    event: str = f.ref("adverseevent", label="Adverse event", touch=True)
    how: str = f.text("Who was told, and how", longest=300)


@action("close-adverse-event", roles=(Role.INVESTIGATOR,), meaning=Meaning.APPROVED)
class CloseAdverseEvent(Action):
    """Close an adverse event that is assessed, has an outcome, and of which nothing is owed."""

    event: str = f.ref("adverseevent", label="Adverse event", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


def _content(act: Any, participant: Any, asking: Asking, book: Book) -> Facts:
    """Refuse what contradicts itself; the grade that the ward has entered, if the event is one of its scales."""
    refuse_if(act.ended_on is not None and act.ended_on < act.begun_on, "dates-reversed", field="ended_on")
    begun = safety_duty.day_in(act.known_at, asking.zone)
    refuse_if(begun < act.begun_on, "before-its-cause", cause="adverse event", cause_at=act.begun_on,
              happened_at=act.known_at)  # fmt: skip
    refuse_if(act.death != (act.outcome == "fatal"), "death-and-outcome-differ", field="outcome")
    refuse_if(act.grade is not None and not act.ctcae_version, "grade-without-version", field="ctcae_version")
    by = _edition(participant, book)
    refuse_if(act.ctcae_version and by and act.ctcae_version != by, "grade-by-another-version", field="ctcae_version",
              option=by)  # fmt: skip
    fatal = act.outcome == "fatal"
    refuse_if(act.grade is not None and (act.grade == 5) != fatal, "grade-and-outcome-differ", field="grade")
    if not act.scale:
        return {}
    refuse_if(act.grade is not None, "grade-in-the-record", field="grade", scale=act.scale)
    journey = participant.journey
    grades = book.sheet(f"journey:{journey}").grades if journey else ()
    last = act.ended_on or asking.today
    seen = [g for g in grades if g.scale == act.scale and act.begun_on <= safety_duty.day_in(g.at, asking.zone) <= last]
    worst = max((g.grade for g in seen), default=0)
    refuse_if(not worst, "no-grade-in-the-record", field="scale", scale=act.scale, begun_on=act.begun_on)
    return {"grade": worst}


def _edition(participant: Any, book: Book) -> str:
    """The version of CTCAE that the protocol grades by, in the words of the field; empty where it does not say."""
    version = book.sheet(f"protocol:{participant.protocol}").numbered(participant.protocol_version)
    told = version.document.get("parameters", {}).get("ctcae-version", {}) if version else {}
    return f"v{told['value']}" if told.get("value") else ""


def _of(participant: Any) -> Facts:
    return {"journey": participant.journey, "protocol": participant.protocol}


@checks(ReportAdverseEvent)
def _report(act: ReportAdverseEvent, asking: Asking, book: Book) -> Accepted:
    participant = known(book, f"participant:{act.participant}")
    refuse_if(participant.owner != asking.site, "held-elsewhere", subject=f"participant:{act.participant}",
              owner=participant.owner)  # fmt: skip
    number = act.event.removeprefix(f"{act.participant}/")
    wrong = number == act.event or not number
    refuse_if(wrong, "event-code-wrong", field="event", found=act.event, expected=f"{act.participant}/1")
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="adverseevent", code=act.event)
    given = _content(act, participant, asking, book)
    found = (Finding("serious-event", {"event": act.event}),) if criteria_of(act) else ()
    return Accepted(given={**given, **_of(participant)}, findings=found)


@checks(AmendAdverseEvent)
def _amend(act: AmendAdverseEvent, asking: Asking, book: Book) -> Accepted:
    event: AdverseEvent = known(book, act.about)
    participant = known(book, f"participant:{event.participant}")
    given = _content(act, participant, asking, book)
    news = bool(criteria_of(act)) and not event.now.criteria
    found = (Finding("serious-event", {"event": act.event}),) if news else ()
    return Accepted(given={**given, **_of(participant)}, findings=found)


@checks(AssessAdverseEvent)
def _assess(act: AssessAdverseEvent, asking: Asking, book: Book) -> None:
    event: AdverseEvent = known(book, act.about)
    refuse_if(act.expectedness and not act.information, "safety-information-missing", field="information")
    refuse_if(event.opinions and not asking.reason.strip(), "reason-missing", action=act.code)
    after(asking.happened_at, event.tellings[0].known_at, "adverse event")


@checks(NotifySponsor)
def _notify(act: NotifySponsor, asking: Asking, book: Book) -> Accepted:
    event: AdverseEvent = known(book, act.about)
    refuse_if(not event.untold, "nothing-to-tell", event=act.event)
    after(asking.happened_at, event.now.known_at, "adverse event")
    notice = Notice(asking.happened_at, asking.now, len(event.tellings) - 1, act.how, asking.by)
    told = replace(event, notices=(*event.notices, notice))
    owed = [c for c in clocks_of(told, EventReview(), asking.zone) if c.kind.startswith("sponsor")]
    late = [c for c in owed if c.done_at == asking.happened_at and c.state(asking.now) == "done-late"]
    facts = {"event": act.event, "due_at": late[0].due_at.isoformat() if late else ""}
    return Accepted(findings=(Finding("sponsor-told-late", facts),) if late else ())


@checks(CloseAdverseEvent)
def _close(act: CloseAdverseEvent, asking: Asking, book: Book) -> None:
    event: AdverseEvent = known(book, act.about)
    refuse_if(event.closed_by, "event-closed", event=act.event)
    refuse_if(not event.opinions, "event-not-assessed", event=act.event)
    refuse_if(event.now.outcome in ("unknown", "event-recovering"), "outcome-open", event=act.event)
    refuse_if(event.untold, "sponsor-not-told", event=act.event)
    review: EventReview = book.sheet(f"eventreview:{act.event}")
    refuse_if(event.now.criteria and not review.opinions, "event-not-reviewed", event=act.event)
    owed = [c for c in clocks_of(event, review, asking.zone) if c.done_at is None]
    refuse_if(owed, "report-owed", event=act.event, due_at=owed[0].due_at.isoformat() if owed else "")


# -- applies --------------------------------------------------------------------------------------------


def _told(act: Any, entry: Entry) -> Told:
    return Told(
        act.term, act.begun_on, act.outcome, act.known_at, criteria_of(act), act.ended_on, act.taken, act.ctcae,
        act.ctcae_version, act.meddra, act.scale, entry.given.get("grade", act.grade), entry.by, entry.happened_at,
        entry.reason,
    )  # fmt: skip


@applies(ReportAdverseEvent, "adverseevent")
def _(event: AdverseEvent, act: ReportAdverseEvent, entry: Entry) -> AdverseEvent:
    given = entry.given
    return replace(
        event, participant=act.participant, journey=given["journey"], protocol=given["protocol"],
        tellings=(_told(act, entry),),
    )  # fmt: skip


@applies(AmendAdverseEvent, "adverseevent")
def _(event: AdverseEvent, act: AmendAdverseEvent, entry: Entry) -> AdverseEvent:
    told = (*event.tellings, _told(act, entry))
    return replace(event, journey=entry.given["journey"], tellings=told, closed_by="", closed_at=None)


@applies(AssessAdverseEvent, "adverseevent")
def _(event: AdverseEvent, act: AssessAdverseEvent, entry: Entry) -> AdverseEvent:
    return replace(event, opinions=(*event.opinions, opinion_of(act, entry, ())))


@applies(NotifySponsor, "adverseevent")
def _(event: AdverseEvent, act: NotifySponsor, entry: Entry) -> AdverseEvent:
    made = Notice(entry.happened_at, entry.written_at, len(event.tellings) - 1, act.how, entry.by)
    return replace(event, notices=(*event.notices, made))


@applies(CloseAdverseEvent, "adverseevent")
def _(event: AdverseEvent, act: CloseAdverseEvent, entry: Entry) -> AdverseEvent:
    return replace(event, closed_by=entry.by, closed_at=entry.happened_at)
