"""Noticing: which matters one site is to tell the other under their quality agreement, told or not; and complaints.

When one is due follows from the version in force on the day it began, so the sheets are asked for that; the rows only
say which things are worth asking about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from milenari.registers import models as table
from milenari.rules import notice
from milenari.rules.action import Sheets
from milenari.rules.quality_agreement import QualityAgreement

MOST = 200  # things looked at for one agreement and matter, the newest first
LOOKED_BACK = timedelta(days=400)


@dataclass(frozen=True)
class Line:
    """One matter between two sites."""

    code: str
    agreement: str
    matter: str
    of: str
    site: str
    to_site: str
    owner: str
    begun_at: datetime
    due_at: datetime
    told_at: datetime | None
    state: str  # overdue, due, told, told-late

    @property
    def late(self) -> bool:
        """Whether it should have been told by now."""
        return self.state == "overdue"


@dataclass(frozen=True)
class Complaint:
    """One complaint with its answer and the clock of telling its owner."""

    row: Any
    answer: Any
    state: str  # unanswered, answered, closed


def lines(book: Sheets, now: datetime, sites: Iterable[str] | None) -> list[Line]:
    """Matters that are to be told between these sites (None: all) or were; the nearest due first."""
    wanted = None if sites is None else list(sites)
    held = table.QualityAgreement.objects.exclude(state="drafted")
    if wanted is not None:
        held = held.filter(Q(receiver__in=wanted) | Q(giver__in=wanted))
    told = {row.code: row for row in table.Notice.objects.filter(agreement__in=[row.code for row in held])}
    found: list[Line] = []
    for row in held:
        agreement: QualityAgreement = book.sheet(row.subject)
        for matter in notice.TOLD_OF:
            for thing in _things(book, agreement, matter, now - LOOKED_BACK):
                line = _line(book, agreement, matter, thing, told, now)
                if line is not None and (wanted is None or {line.site, line.to_site} & set(wanted)):
                    found.append(line)
    return sorted(found, key=lambda x: (x.state not in ("overdue", "due"), x.due_at, x.code))


def _line(book: Sheets, agreement: QualityAgreement, matter: str, thing: Thing, told: dict[str, Any],
          now: datetime) -> Line | None:  # fmt: skip
    of, site, begun = thing.name, thing.site, thing.begun_at
    if begun is None or not notice.concerns(agreement, site, of, thing):
        return None
    asked = notice.clock(book, agreement, site, matter, begun)
    if asked is None or asked.at is None:
        return None
    code = notice.notice_code(agreement.code, matter, of)
    mine = told.get(code)
    if mine is not None and (mine.of != of or mine.at < begun):
        mine = None  # it speaks of an earlier one
    if mine is not None:
        state = "told-late" if mine.at > asked.at else "told"
    else:
        state = "overdue" if asked.at < now else "due"
    return Line(code, agreement.code, matter, of, site, asked.to_site, asked.owner, begun, asked.at,
                mine.at if mine else None, state)  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """What may be a matter between two sites, as the rows tell it."""

    name: str
    site: str
    begun_at: datetime | None
    of: str = ""  # of a complaint
    sites: tuple[str, ...] = ()  # of a change


def _things(book: Sheets, agreement: QualityAgreement, matter: str, since: datetime) -> Iterator[Thing]:
    """The things that may be such a matter between the two sites, the newest first."""
    control = agreement.relation == "control"
    model: Any = table.Batch if control else table.Lot
    made_by = agreement.receiver if control else agreement.giver
    rows: Any
    if matter == "oos":
        of = model.objects.filter(site=made_by).values("subject")
        rows = table.Investigation.objects.filter(of__in=of, opened_at__gte=since).order_by("-opened_at")
        newest: dict[str, datetime] = {}
        for row in rows[:MOST]:
            newest.setdefault(row.of, row.opened_at)
        yield from (Thing(name, made_by, opened) for name, opened in newest.items())
    elif matter == "recall":
        recalled = Q(decision="recalled") if control else ~Q(recalled="")
        for row in model.objects.filter(recalled, site=made_by).order_by("-key")[:MOST]:
            yield Thing(row.subject, row.site, book.sheet(row.subject).recalled_at)
    elif matter == "complaint":
        rows = table.Complaint.objects.filter(site__in=agreement.parties, received_at__gte=since)
        for row in rows.order_by("-received_at")[:MOST]:
            yield Thing(row.subject, row.site, row.received_at, of=row.of)
    else:
        rows = table.Change.objects.filter(site__in=agreement.parties, proposed_at__gte=since)
        for row in rows.order_by("-proposed_at")[:MOST]:
            yield Thing(row.subject, row.site, row.proposed_at, sites=tuple(row.sites.split()))


def complaints(sites: Iterable[str] | None) -> list[Complaint]:
    """Complaints recorded at these sites or to be answered by them, open ones first."""
    rows = table.Complaint.objects.all()
    if sites is not None:
        rows = rows.filter(Q(site__in=list(sites)) | Q(answers__in=list(sites)))
    kept = list(rows.order_by("-state", "-received_at", "code")[:MOST])
    answers = {a.code: a for a in table.ComplaintAnswer.objects.filter(code__in=[row.code for row in kept])}
    return [
        Complaint(row, answers.get(row.code), row.state if row.state == "closed" else
                  "answered" if row.code in answers else "unanswered") for row in kept
    ]  # fmt: skip
