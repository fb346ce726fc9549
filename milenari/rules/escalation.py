"""Escalation: a local deviation is brought before the control site within the time of the agreement, and answered.

The local site tells on a subject of its own, the control site answers on its own. Nothing here reads a clock: when it
is due follows from the agreement and the deviation's entry. EU GMP Part IV section 11; UK SI 2025/87 (control site).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
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
from milenari.rules.network import control_site
from milenari.rules.quality_agreement import agreements_of
from milenari.rules.testing import Deviation, Tested
from milenari.words import Meaning, Role, split_subject

ANSWERS = ("accepted-locally", "taken-over", "stop")


@dataclass(frozen=True)
class Due:
    """What an agreement demands of one deviation: whom to tell, until when, and whether the release waits."""

    agreement: str
    to_site: str
    at: datetime
    release_waits: bool


@sheet("escalation")
class Escalation(Sheet):
    """A deviation as the local site told it; its code is BATCH/DEVIATION."""

    of: str = ""
    deviation: str = ""
    what: str = ""
    assessment: str = ""
    told: str = ""
    by: str = ""
    at: datetime | None = None
    due_at: datetime | None = None
    round: int = 0

    @property
    def status(self) -> str:
        """As lists show it."""
        return "told" if self.round else ""


@sheet("escalationanswer")
class EscalationAnswer(Sheet):
    """What the control site decided about it; of the same code."""

    decision: str = ""
    why: str = ""
    by: str = ""
    at: datetime | None = None
    round: int = 0  # which telling it answers


@action("escalate-deviation", roles=(Role.QA,), meaning=Meaning.PERFORMED)
class EscalateDeviation(Action):
    """Bring a deviation of this site before the control site: what happened, how it is assessed, who was told."""

    escalation: str = f.ref("escalation", label="Escalation", touch=True, help="batch or lot, slash, deviation")
    of: str = f.ref("batch", "lot", label="Batch or lot")
    deviation: str = f.code("Deviation code")
    what: str = f.text("What the control site is told", longest=2000)
    assessment: str = f.text("Assessment of this site", longest=2000)
    told: str = f.text("Who was told, and how", longest=300)


@action("acknowledge-escalation", roles=(Role.QA,), meaning=Meaning.APPROVED)
class AcknowledgeEscalation(Action):
    """Answer an escalated deviation for the control site: left with the local site, taken over, or stopped."""

    answer: str = f.ref("escalationanswer", label="Answer", touch=True, help="batch or lot, slash, deviation")
    decision: str = f.choice(ANSWERS, "Decision of the control site")
    why: str = f.text("Why so", longest=2000)


def escalation_code(of: str, deviation: str) -> str:
    """The code under which a deviation is escalated and answered."""
    return f"{split_subject(of)[1]}/{deviation}"


def due(book: Sheets, site: str, deviation: Deviation) -> Due | None:
    """What the agreement of the site with its control site demanded on the day the deviation was opened."""
    zone = ZoneInfo(book.sheet(f"site:{site}").zone or "UTC")
    day = deviation.opened_at.astimezone(zone).date()
    for agreement in agreements_of(book, site):
        version = agreement.binding(day) if agreement.relation == "control" else None
        if version is None:
            continue
        duty = version.duty("deviation", deviation.severity)
        if agreement.giver in (duty.owner, *duty.informed) and duty.count:
            at = deviation.opened_at + duty.within
            return Due(agreement.code, agreement.giver, at, duty.release_waits)
    return None


@checks(EscalateDeviation)
def _escalate(act: EscalateDeviation, asking: Asking, book: Book) -> Accepted:
    tested: Tested = known(book, act.of)
    refuse_if(tested.owner != asking.site, "held-elsewhere", subject=act.of, owner=tested.owner)
    found = next((d for d in reversed(tested.deviations) if d.code == act.deviation), None)
    if found is None:
        raise Refused("deviation-unknown", of=act.of, deviation=act.deviation)
    expected = escalation_code(act.of, act.deviation)
    refuse_if(act.escalation != expected, "escalation-code-wrong", found=act.escalation, expected=expected)
    held: Escalation = book.sheet(act.about)
    # A batch and a lot might bear the same code: each keeps its own deviations.
    refuse_if(held.exists and held.of != act.of, "subject-exists", kind="escalation", code=act.escalation)
    after(asking.happened_at, found.opened_at, "deviation")
    demanded = due(book, asking.site, found)
    late = demanded is not None and not held.exists and asking.happened_at > demanded.at
    facts = {"deviation": act.deviation, "due_at": demanded.at.isoformat() if demanded else ""}
    return Accepted(findings=(Finding("escalated-late", facts),) if late else (),
                    given={"due_at": demanded.at.isoformat() if demanded else ""})  # fmt: skip


@checks(AcknowledgeEscalation)
def _acknowledge(act: AcknowledgeEscalation, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    told: Escalation = known(book, f"escalation:{act.answer}")
    refuse_if(told.by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, told.at, "escalation")
    return Accepted(given={"round": told.round})


def waiting(book: Sheets, of: str, tested: Tested) -> Iterator[Refused]:
    """What the control site, or the telling of it, still holds up about a batch or lot."""
    for deviation in tested.deviations:
        demanded = due(book, tested.owner, deviation)
        code = escalation_code(of, deviation.code)
        told: Escalation = book.sheet(f"escalation:{code}")
        # A deviation may be opened again under its code: what was told before speaks of the earlier one.
        mine = told.at is not None and told.of == of and told.at >= deviation.opened_at
        answer: EscalationAnswer = book.sheet(f"escalationanswer:{code}")
        if mine and answer.decision == "stop":
            yield Refused("escalation-stopped", deviation=deviation.code, why=answer.why)
        elif mine and answer.decision == "taken-over":
            yield Refused("escalation-taken-over", deviation=deviation.code)
        elif demanded is None or not demanded.release_waits:
            continue
        elif not mine:
            yield Refused("escalation-missing", deviation=deviation.code, site=demanded.to_site, due_at=demanded.at)
        elif answer.round < told.round:
            yield Refused("escalation-unanswered", deviation=deviation.code, site=demanded.to_site)


def require_answered(book: Sheets, of: str, tested: Tested) -> None:
    """Refuse what waits for the control site, with the first reason there is."""
    for reason in waiting(book, of, tested):
        raise reason


@applies(EscalateDeviation, "escalation")
def _(held: Escalation, act: EscalateDeviation, entry: Entry) -> Escalation:
    due_at = datetime.fromisoformat(entry.given["due_at"]) if entry.given["due_at"] else None
    return replace(
        held, of=act.of, deviation=act.deviation, what=act.what, assessment=act.assessment, told=act.told,
        by=entry.by, at=entry.happened_at, due_at=due_at, round=held.round + 1,
    )  # fmt: skip


@applies(AcknowledgeEscalation, "escalationanswer")
def _(held: EscalationAnswer, act: AcknowledgeEscalation, entry: Entry) -> EscalationAnswer:
    return replace(
        held, decision=act.decision, why=act.why, by=entry.by, at=entry.happened_at, round=entry.given["round"]
    )  # fmt: skip
