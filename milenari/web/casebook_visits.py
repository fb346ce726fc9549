"""Casebook visits: how each planned visit stands, by the days on a participant's pages and in the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers import casebook
from milenari.registers import models as table
from milenari.rules.casebook_window import Standing, local, standings
from milenari.rules.participant import Participant
from milenari.web.access import Acting
from milenari.words import utc

AHEAD = ("upcoming", "waiting", "not-due")


@dataclass(frozen=True)
class Overview:
    """A participant's visits; those that are not begun yet apart, after the next of them."""

    participant: Participant
    visits: list[Standing]

    @cached_property
    def shown(self) -> list[Standing]:
        """What was or is to be, and the next that comes."""
        begun = [n for n, one in enumerate(self.visits) if one.state not in AHEAD or one.on is not None]
        last = max(begun, default=-1)
        return self.visits[: min(last + 2, len(self.visits))]

    @cached_property
    def later(self) -> list[Standing]:
        return self.visits[len(self.shown) :]

    def of(self, visit: str) -> Standing | None:
        """How a planned visit stands; None for one that the protocol does not plan."""
        return next((one for one in self.visits if one.visit.code == visit), None)

    @property
    def counts(self) -> dict[str, int]:
        """How many visits stand in each way that somebody has to look at."""
        states = [one.state for one in self.visits]
        return {name: states.count(name) for name in ("due", "early", "late", "missed")}


def overview(who: Acting, book: DiskBook, participants: Iterable[Participant]) -> list[Overview]:
    """The visits of participants, by two questions for all of them."""
    listed = list(participants)
    seen = _seen(book, listed, {one.code: who.zone_of(one.site) for one in listed})
    made, now = [], clock.now()
    for one in listed:
        zone = who.zone_of(one.site)
        made.append(Overview(one, standings(book, one, seen[one.code], zone, local(now, zone))))
    return made


def _seen(book: DiskBook, listed: list[Participant], at: dict[str, str]) -> dict[str, dict[str, list[date]]]:
    """The days of each visit: from the pages that date it, and as the therapy recorded it."""
    found: dict[str, dict[str, list[date]]] = {one.code: {} for one in listed}
    for row in casebook.dated(list(found), _dating(book)):
        on = date.fromisoformat(row.value) if len(row.value) == 10 else local(utc(row.value), at[row.participant])
        found[row.participant].setdefault(row.visit, []).append(on)
    journeys = {one.journey: one.code for one in listed if one.journey}
    for visit in table.Visit.objects.filter(journey__in=list(journeys), seen_on__isnull=False):
        if visit.seen_on is not None:
            found[journeys[visit.journey]].setdefault(visit.visit, []).append(visit.seen_on)
    return found


def _dating(book: DiskBook) -> set[tuple[str, str]]:
    """Form and item of everything that dates a visit, in any version of a form."""
    found: set[tuple[str, str]] = set()
    for form in casebook.forms():
        kept: Any = book.sheet(f"casebook-form:{form.code}")
        for number in range(1, kept.newest + 1):
            item = kept.form(number).dating
            found |= {(form.code, item.id)} if item is not None else set()
    return found
