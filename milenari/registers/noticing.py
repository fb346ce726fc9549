"""Noticing: which matters one site is to tell the other under their quality agreement, told or not; complaints; audits.

When one is due follows from the version in force on the day it began, so the sheets are asked for that; the rows only
say which things are worth asking about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from milenari.registers import models as table
from milenari.rules import notice, partner_audit
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
    state: str  # overdue, due, told, told-late; audit-overdue, audit-due

    @property
    def late(self) -> bool:
        """Whether it should have been told, or the audit have taken place, by now."""
        return self.state in ("overdue", "audit-overdue")


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
    controlled = {(row.giver, row.receiver) for row in held if row.relation == "control"}
    for row in held:
        agreement: QualityAgreement = book.sheet(row.subject)
        for matter in notice.TOLD_OF:
            if matter == "change" and row.relation != "control" and (row.giver, row.receiver) in controlled:
                continue  # told once to a site, under the agreement about control
            for thing in _things(book, agreement, matter, now - LOOKED_BACK):
                line = _line(book, agreement, matter, thing, told, now)
                if line is not None and (wanted is None or {line.site, line.to_site} & set(wanted)):
                    found.append(line)
        found += _audit(book, agreement, now)
    return sorted(found, key=lambda x: (x.state in ("told", "told-late"), x.due_at, x.code))


def _audit(book: Sheets, agreement: QualityAgreement, now: datetime) -> Iterator[Line]:
    """The next audit that the agreement asks for; it is due until the end of its day where it is owed."""
    owner = partner_audit.owner_of(agreement, now.date())
    zone = ZoneInfo(book.sheet(f"site:{owner}").zone or "UTC") if owner else ZoneInfo("UTC")
    today = now.astimezone(zone).date()
    done: partner_audit.PartnerAudits = book.sheet(f"partneraudit:{partner_audit.audits_code(agreement.code, owner)}")
    asked = partner_audit.due(agreement, done, today)
    if asked is not None:
        since, end = (datetime.combine(day, time(), zone) for day in (asked.since, asked.on + timedelta(days=1)))
        state = "audit-overdue" if asked.on < today else "audit-due"
        yield Line(asked.code, agreement.code, "audit", f"site:{asked.audited}", asked.owner, asked.audited,
                   asked.owner, since, end - timedelta(seconds=1), None, state)  # fmt: skip


def _line(book: Sheets, agreement: QualityAgreement, matter: str, thing: Thing, told: dict[str, Any],
          now: datetime) -> Line | None:  # fmt: skip
    of, site = thing.name, thing.site
    if not thing.begun or not notice.concerns(agreement, site, of, thing):
        return None
    code = notice.notice_code(agreement.code, matter, of)
    mine = told.get(code)
    if mine is not None and mine.of != of:
        mine = None  # a batch and a lot of one code
    # What began since it was told last is to be told, the most urgent first; else what was told stands.
    fresh = notice.untold(thing.begun, mine.at if mine else None)
    asked = notice.earliest(book, agreement, site, matter, fresh)
    if asked is not None:
        mine = None
    elif mine is not None:
        asked = notice.earliest(book, agreement, site, matter, thing.begun)
    if asked is None:
        return None
    begun, due, until = asked
    at = mine.due_at if mine is not None and mine.due_at is not None else until
    if mine is not None:
        state = "told-late" if mine.at > at else "told"
    else:
        state = "overdue" if at < now else "due"
    return Line(code, agreement.code, matter, of, site, due.to_site, due.owner, begun.at, at,
                mine.at if mine else None, state)  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """What may be a matter between two sites, as the rows tell it."""

    name: str
    site: str
    begun: tuple[notice.Beginning, ...]
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
        opened: dict[str, list[datetime]] = {}
        for row in rows[:MOST]:
            opened.setdefault(row.of, []).append(row.opened_at)
        for name, at in opened.items():
            yield Thing(name, made_by, tuple(notice.Beginning(one) for one in sorted(at)))
    elif matter == "deviation":
        yield from _deviations(book, agreement, since)
    elif matter == "recall":
        recalled = Q(decision="recalled") if control else ~Q(recalled="")
        for row in model.objects.filter(recalled, site=made_by).order_by("-key")[:MOST]:
            yield Thing(row.subject, row.site, notice.beginnings(matter, book.sheet(row.subject)))
    elif matter == "complaint":
        rows = table.Complaint.objects.filter(site__in=agreement.parties, received_at__gte=since)
        for row in rows.order_by("-received_at")[:MOST]:
            yield Thing(row.subject, row.site, (notice.Beginning(row.received_at),), of=row.of)
    else:
        rows = table.Change.objects.filter(site__in=agreement.parties, proposed_at__gte=since)
        for row in rows.order_by("-proposed_at")[:MOST]:
            yield Thing(row.subject, row.site, (notice.Beginning(row.proposed_at),), sites=tuple(row.sites.split()))


def _deviations(book: Sheets, agreement: QualityAgreement, since: datetime) -> Iterator[Thing]:
    """The plant's lots with deviations of which the receiving site holds or has used a container."""
    if agreement.relation != "vector":
        return
    there = table.Container.objects.filter(Q(site=agreement.receiver) | Q(bound_for=agreement.receiver)).values("lot")
    lots = table.Lot.objects.filter(site=agreement.giver, code__in=there).values("subject")
    rows = table.Deviation.objects.filter(of__in=lots, opened_at__gte=since).order_by("-opened_at")
    for name in dict.fromkeys(row.of for row in rows[:MOST]):
        yield Thing(name, agreement.giver, notice.beginnings("deviation", book.sheet(name)))


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
