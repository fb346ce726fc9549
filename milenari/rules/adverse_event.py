"""Adverse event: the frozen state of one, what stands of two opinions, and the reports owed; no actions.

What is written down of every event: ICH E6(R3) and Regulation (EU) 536/2014 Article 41. The site's sheet and the
sponsor's bear the same code, so that neither waits for the other's link.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from milenari.rules import case_report, safety_duty
from milenari.rules.action import Entry, Sheet, Sheets, sheet
from milenari.rules.protocol import Protocol
from milenari.rules.referral import Journey
from milenari.rules.safety_duty import CRITERIA, Account, Clock, Judgement, Step, Telling
from milenari.words import Facts

SCALES = ("CRS", "ICANS")
REPORTS = ("initial", "follow-up")


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """An event as it was told once: first, or by an amendment; ``known_at`` says since when the site knows it."""

    term: str
    begun_on: date
    outcome: str
    known_at: datetime
    criteria: tuple[str, ...] = ()
    ended_on: date | None = None
    taken: str = ""
    ctcae: str = ""
    ctcae_version: str = ""
    meddra: str = ""
    scale: str = ""
    grade: int | None = None
    by: str = ""
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Opinion:
    """Whether what was given may be the cause, by whom, by which method, against which safety information."""

    held: Judgement
    method: str
    information: str
    by: str
    role: str
    at: datetime
    written_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Notice:
    """The sponsor was told: which telling of the event (counted from nought), how, when it was written down."""

    at: datetime
    written_at: datetime
    telling: int
    how: str
    by: str


@dataclass(frozen=True)
class Report:
    """A report to the authority, with the receipt that came back."""

    kind: str
    at: datetime
    case_number: str
    recipient: str
    receipt: str
    by: str


@sheet("adverseevent")
class AdverseEvent(Sheet):
    """An adverse event of one participant; its code is PARTICIPANT/NUMBER."""

    participant: str = ""
    protocol: str = ""
    journey: str = ""
    tellings: tuple[Told, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    notices: tuple[Notice, ...] = ()
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def now(self) -> Told:
        """The event as it was told last."""
        return self.tellings[-1]

    @property
    def status(self) -> str:
        """As lists show it."""
        return "" if not self.tellings else "closed" if self.closed_by else "open"

    @property
    def untold(self) -> bool:
        """Whether it is serious, or was told to be, and the sponsor has not heard the newest telling."""
        serious = any(told.criteria for told in self.tellings)
        return serious and all(notice.telling < len(self.tellings) - 1 for notice in self.notices)


@sheet("eventreview")
class EventReview(Sheet):
    """What the sponsor holds of an adverse event of the same code, and what was reported to the authority."""

    opinions: tuple[Opinion, ...] = ()
    reports: tuple[Report, ...] = ()


# -- what stands, and what is owed ----------------------------------------------------------------------


def standing_of(event: AdverseEvent, review: EventReview) -> Judgement:
    """What counts of the site's and the sponsor's newest opinion."""
    return safety_duty.standing(of_site(event), review.opinions[-1].held if review.opinions else None)


def of_site(event: AdverseEvent) -> Judgement:
    """What the site holds: its newest opinion, and why it says that the event is serious."""
    opinion = event.opinions[-1].held if event.opinions else Judgement()
    return replace(opinion, criteria=event.now.criteria)


def class_of(event: AdverseEvent, review: EventReview) -> str:
    """What the event is, by what stands."""
    return safety_duty.classify(standing_of(event, review))


def clocks_of(event: AdverseEvent, review: EventReview, zone: str) -> list[Clock]:
    """Every report owed or made, the site's first; ``zone`` is the sponsor's, whose days count."""
    accounts = [Account(told.known_at, told.criteria) for told in event.tellings]
    clocks = safety_duty.to_sponsor(accounts, [Telling(notice.at, notice.telling) for notice in event.notices])
    steps = [Step(n.written_at, n.at, "told", Judgement(event.tellings[n.telling].criteria)) for n in event.notices]
    steps += [Step(o.written_at, o.at, "opinion", o.held) for o in event.opinions]
    steps += [Step(o.written_at, o.at, "review", o.held) for o in review.opinions]
    reports = [(report.kind, report.at) for report in review.reports]
    return clocks + safety_duty.to_authority(steps, reports, class_of(event, review), zone)


def elements_of(event: AdverseEvent, review: EventReview, book: Sheets, filing: Facts) -> dict[str, object]:
    """The elements of a case report as the record has them; ``filing`` is what only the report itself says."""
    now, opinion = event.now, event.opinions[-1] if event.opinions else None
    journey: Journey = book.sheet(f"journey:{event.journey}")
    protocol: Protocol = book.sheet(f"protocol:{event.protocol}")
    product = protocol.newest.document["product"] if protocol.newest else journey.process
    told: dict[str, object] = {
        "first-received": min((n.at for n in event.notices), default=None),
        "last-received": max((n.at for n in event.notices), default=None),
        "reporter-country": book.sheet(f"site:{event.owner}").country,
        "reporter-qualification": opinion.role if opinion else "", "sponsor-study": event.protocol,
        "patient": event.participant, "term": now.term, "meddra": now.meddra, "begun": now.begun_on,
        "outcome": now.outcome, "product": product, "method": opinion.method if opinion else "",
    }  # fmt: skip
    return {**told, **case_report.of_judgement(standing_of(event, review)), **{k: v for k, v in filing.items() if v}}


def criteria_of(act: Any) -> tuple[str, ...]:
    """Why it is serious, by the flags of an action."""
    return tuple(one for one in CRITERIA if getattr(act, one.replace("-", "_")))


def opinion_of(act: Any, entry: Entry, criteria: tuple[str, ...]) -> Opinion:
    """The opinion that an assessment or a review writes down."""
    held = Judgement(criteria, act.product, act.lymphodepletion, act.procedure, act.expectedness)
    return Opinion(held, act.method, act.information, entry.by, str(entry.role), entry.happened_at, entry.written_at,
                   entry.reason)  # fmt: skip
