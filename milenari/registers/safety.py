"""Safety: adverse events for the desk with what each is and the report owed next, and what is owed for Home.

What an event is follows from two opinions, when a report is due from what became known when: so the sheets are asked
for the clocks of serious events; the rows say which there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from milenari.registers import models as table
from milenari.rules import adverse_event, safety_duty
from milenari.rules.action import Sheets
from milenari.rules.safety_duty import AGENTS, Clock, Judgement

MOST = 600  # events of a tab that are looked at, the newest first
TABS = ("open", "serious", "susar", "closed", "all")


@dataclass(frozen=True)
class Line:
    """One event as the desk shows it: its row, the sponsor's, what it is, and the report owed first."""

    row: Any
    review: Any
    kind: str
    clock: Clock | None
    state: str  # overdue, due, done, done-late, none

    @property
    def late(self) -> bool:
        """Whether a report should have been made by now."""
        return self.state == "overdue"


@dataclass(frozen=True)
class Owed:
    """A report that somebody owes: of which event, at which site, until when."""

    code: str
    site: str
    term: str
    kind: str
    clock: Clock
    late: bool


def held(row: Any) -> Judgement | None:
    """The newest opinion that a row has; None where nobody gave one."""
    if row is None:
        return None
    related = {agent: getattr(row, agent) for agent in AGENTS}
    return Judgement(tuple(row.criteria.split()), **related, expectedness=row.expectedness)


def kind_of(row: Any, review: Any) -> str:
    """What an event is, by both rows."""
    return safety_duty.classify(safety_duty.standing(held(row), held(review)))


def sponsor() -> tuple[str, str]:
    """The control site, which acts for the sponsor, and its zone."""
    found = table.Site.objects.filter(control=True).order_by("code").first()
    return (found.code, found.zone) if found else ("", "UTC")


def events(sites: Iterable[str] | None, words: str = "", tab: str = "all") -> QuerySet[table.AdverseEvent]:
    """Events of these sites (None: all) that fit; which of them are SUSARs is not asked here."""
    found = table.AdverseEvent.objects.all()
    if sites is not None:
        found = found.filter(site__in=list(sites))
    if words:
        found = found.filter(Q(code__icontains=words) | Q(term__icontains=words) | Q(ctcae__icontains=words))
    if tab in ("open", "closed"):
        found = found.filter(state=tab)
    elif tab in ("serious", "susar"):
        found = found.filter(Q(serious=True) | Q(told_at__isnull=False))
    return found.order_by("-known_at", "code")


def lines(book: Sheets, now: datetime, sites: Iterable[str] | None, words: str = "", tab: str = "open") -> list[Line]:
    """The events of a tab: what is overdue first, then what is due, then the newest."""
    rows = list(events(sites, words, tab)[:MOST])
    reviews = {r.code: r for r in table.EventReview.objects.filter(code__in=[row.code for row in rows])}
    _, zone = sponsor()
    found = [_line(book, now, row, reviews.get(row.code), zone) for row in rows]
    if tab == "susar":
        found = [line for line in found if line.kind in safety_duty.OPEN or (line.review and line.review.reports)]
    order = {"overdue": 0, "due": 1}
    return sorted(found, key=lambda x: (order.get(x.state, 2), x.clock.due_at if x.clock else now,
                                        -x.row.known_at.timestamp(), x.row.code))  # fmt: skip


def _line(book: Sheets, now: datetime, row: Any, review: Any, zone: str) -> Line:
    kind = kind_of(row, review)
    if not row.serious and row.told_at is None:
        return Line(row, review, kind, None, "none")
    every = clocks(book, row.code, zone)
    waiting = [c for c in every if c.done_at is None]
    shown = min(waiting, key=lambda c: c.due_at) if waiting else (every[-1] if every else None)
    return Line(row, review, kind, shown, shown.state(now) if shown else "none")


def clocks(book: Sheets, code: str, zone: str) -> list[Clock]:
    """Every clock of one event."""
    event, review = book.sheet(f"adverseevent:{code}"), book.sheet(f"eventreview:{code}")
    return adverse_event.clocks_of(event, review, zone)


def owed(book: Sheets, now: datetime, sites: Iterable[str] | None) -> list[Owed]:
    """Reports that these sites owe (None: all), the nearest first; to the authority the sponsor's site owes them."""
    mine = None if sites is None else set(sites)
    at, zone = sponsor()
    rows = table.AdverseEvent.objects.filter(state="open").filter(Q(serious=True) | Q(told_at__isnull=False))
    if mine is not None and at not in mine:
        rows = rows.filter(site__in=mine)
    found = []
    for row in rows.order_by("known_at")[:MOST]:
        for clock in clocks(book, row.code, zone):
            site = row.site if clock.kind.startswith("sponsor") else at
            if clock.done_at is None and (mine is None or site in mine):
                found.append(Owed(row.code, site, row.term, clock.kind, clock, clock.due_at < now))
    return sorted(found, key=lambda x: (x.clock.due_at, x.code))
