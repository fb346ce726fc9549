"""Casebook window: when a visit was, by its pages, and how that stands to the protocol's window; no actions.

Days are local days of the participant's hospital. A visit without any window (enrolment, apheresis, infusion) is the
day of its anchor, which the record has. Governing requirement: ICH E6(R3) annex 1, 2.5 (compliance with the protocol,
deviations documented; clause recalled and not re-read).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from milenari.rules.action import Sheets
from milenari.rules.casebook_form import Form
from milenari.rules.participant import Participant
from milenari.rules.protocol_document import PlannedVisit, visits
from milenari.rules.referral import Journey
from milenari.words import Facts, utc

STANDINGS = ("waiting", "upcoming", "due", "in-window", "early", "late", "missed", "not-due")
NO_MORE = frozenset({"from-follow-up", "of-data-use"})


@dataclass(frozen=True)
class Standing:
    """How a planned visit stands on a day: when it was, and by how many days before (below nought) or after."""

    visit: PlannedVisit
    state: str
    on: date | None = None
    beyond: int = 0

    @property
    def days(self) -> int:
        """How many days outside, whichever way."""
        return abs(self.beyond)


def day_of(form: Form, kept: Mapping[str, Facts], zone: str) -> date | None:
    """The day of the visit by a page of this form; None where the form dates no visit, or the day is not entered."""
    item = form.dating
    value = kept.get(item.id, {}).get("value", "") if item is not None else ""
    if item is None or not value:
        return None
    return date.fromisoformat(value) if item.type == "date" else local(utc(value), zone)


def local(at: datetime, zone: str) -> date:
    """The day on the wall of a hospital."""
    return at.astimezone(ZoneInfo(zone)).date()


def anchors(book: Sheets, participant: Participant, zone: str) -> dict[str, date]:
    """The days on which the anchors of the schedule happened, as far as they have."""
    journey: Journey | None = book.sheet(f"journey:{participant.journey}") if participant.journey else None
    found = {"consent": participant.consented_on, "enrolment": participant.enrolled_on}
    if journey is not None and journey.collections:
        collected = book.sheet(f"collection:{journey.collections[0]}").collected_at
        found["apheresis"] = local(collected, zone) if collected else None
    if journey is not None and journey.infusions:
        found["infusion"] = local(min(one.at for one in journey.infusions), zone)
    return {name: on for name, on in found.items() if on is not None}


def planned(book: Sheets, participant: Participant, zone: str) -> tuple[list[PlannedVisit], dict[str, date]]:
    """The schedule by the version the participant is under, and the anchors it hangs on."""
    version = book.sheet(f"protocol:{participant.protocol}").numbered(participant.protocol_version)
    happened = anchors(book, participant, zone)
    return (visits(version.document, happened) if version is not None else []), happened


def until(book: Sheets, participant: Participant) -> date | None:
    """From when on nobody is expected any more: a failed screening, an end, a withdrawal from visits, or death."""
    journey = book.sheet(f"journey:{participant.journey}") if participant.journey else None
    left = [one.on for one in participant.withdrawals if one.mode in NO_MORE]
    days = [participant.failed_on, participant.ended_on, journey.died_on if journey is not None else None, *left]
    return min((on for on in days if on is not None), default=None)


def beyond(visit: PlannedVisit, on: date) -> int:
    """By how many days a day lies before a visit's window (below nought) or after it; nought within."""
    if visit.from_on is None or visit.to_on is None:
        return 0
    return min(0, (on - visit.from_on).days) or max(0, (on - visit.to_on).days)


def standing(visit: PlannedVisit, seen: Iterable[date], today: date, anchor: date | None = None,
             gone: date | None = None) -> Standing:  # fmt: skip
    """How a visit stands; of several days the one furthest outside the window counts, else the first."""
    days = sorted(seen)
    if visit.due_on is None or visit.from_on is None or visit.to_on is None:
        return Standing(visit, "waiting" if gone is None else "not-due", days[0] if days else None)
    if not days and visit.from_on == visit.to_on and anchor is not None and anchor == visit.due_on:
        days = [anchor]  # the act itself
    if days:
        on = max(days, key=lambda day: abs(beyond(visit, day)))  # the first of those that are alike
        out = beyond(visit, on)
        return Standing(visit, "early" if out < 0 else "late" if out > 0 else "in-window", on, out)
    if gone is not None and gone <= visit.to_on:
        return Standing(visit, "not-due")
    state = "upcoming" if today < visit.from_on else "due" if today <= visit.to_on else "missed"
    return Standing(visit, state)


def standings(book: Sheets, participant: Participant, seen: Mapping[str, Iterable[date]], zone: str,
              today: date) -> list[Standing]:  # fmt: skip
    """Every planned visit of a participant with how it stands that day."""
    schedule, happened = planned(book, participant, zone)
    gone = until(book, participant)
    return [standing(one, seen.get(one.code, ()), today, happened.get(one.anchor), gone) for one in schedule]
