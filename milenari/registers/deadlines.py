"""Deadlines: what runs out at a site, what ran out already, and when; the nearest first.

A question per kind, each answered by an index and cut at the nearest few, so that the answer stays as quick with ten
thousand journeys as with ten. Nothing here decides: the rules refuse an expired thing when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, Q

from milenari.registers import models as table
from milenari.registers.waiting import NOT_AWAITED, RELEASED, decision_of_batch
from milenari.rules import followup, readiness
from milenari.rules.action import Book
from milenari.rules.way import Ending, Qualification

MOST = 12  # of one kind
# How long before its end a thing begins to be named here, and how long after it is still named, in days.
AHEAD = {
    "slot": 30, "dose": 60, "consent": 60, "lot": 60, "material": 30, "equipment": 30, "training": 30, "role": 30,
    "quality-agreement": 60, "support": 60, "qualified": 60,
}  # fmt: skip
PASSED_FOR = 30
# A window that is open today closes within the widest one there is.
WIDEST = max(visit.to_on - visit.from_on for visit in followup.schedule(date(2000, 1, 1)))


@dataclass(frozen=True)
class Deadline:
    """One thing that ends. ``at`` is the instant; ``on`` the day instead, which counts to its end."""

    kind: str
    subject: str
    site: str
    at: datetime
    on: date | None = None
    detail: str = ""
    person: str = ""


def deadlines(here: tuple[str, ...], now: datetime) -> list[Deadline]:
    """Everything that runs out at these sites, nearest first, what has passed before what is to come."""
    made = (
        _slots, _cells, _fractions, _results, _visits, _consents, _vector, _materials, _equipment, _trainings, _roles,
        _agreements, _qualifications,
    )  # fmt: skip
    zones = dict(table.Site.objects.values_list("code", "zone"))
    found = [_where(d, zones.get(d.site or here[0], "UTC")) for kind in made for d in kind(here, now)] if here else []
    return sorted(found, key=lambda d: (d.at, d.kind, d.subject))


def _where(found: Deadline, zone: str) -> Deadline:
    """A day ends where the thing is; what belongs to no site, such as a training, by the first site asked about."""
    return found if found.on is None else replace(found, at=end_of(found.on, zone))


def end_of(day: date, zone: str = "UTC") -> datetime:
    """The end of a day in a time zone: what is good until that day is good on it."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def _until(row: Any, kind: str, name: str, **more: Any) -> Deadline:
    on = getattr(row, name)
    return Deadline(kind, row.subject, row.site, end_of(on), on, **more)


def _living() -> Exists:
    return Exists(table.Journey.objects.filter(key=OuterRef("journey"), withdrawn=False, died_on=None))


def _slots(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Booked days of collection."""
    until = now.date() + timedelta(days=AHEAD["slot"])
    rows = table.Journey.objects.filter(site__in=here, station="slot-booked", slot_on__lte=until)
    for row in rows.filter(withdrawn=False, died_on=None).order_by("slot_on")[:MOST]:
        yield _until(row, "slot", "slot_on")


def _cells(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Collected cells that no batch has used, by the end of their hold time."""
    rows: Any = table.Collection.objects.filter(_living(), Q(site__in=here) | Q(bound_for__in=here), used_in="")
    rows = rows.filter(use_by__gte=now - timedelta(days=PASSED_FOR))
    for bag in rows.order_by("use_by")[:MOST]:
        yield Deadline("collection", bag.subject, bag.site, bag.use_by)


def _fractions(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Released fractions that are not given."""
    released = Exists(table.Batch.objects.filter(key=OuterRef("batch"), decision__in=RELEASED))
    rows: Any = table.Dose.objects.filter(_living(), released, Q(site__in=here) | Q(bound_for__in=here), given_at=None)
    rows = rows.filter(use_by__gte=now - timedelta(days=PASSED_FOR), use_by__lte=now + timedelta(days=AHEAD["dose"]))
    for dose in rows.order_by("use_by", "part")[:MOST]:
        yield Deadline("dose", dose.subject, dose.site, dose.use_by)


def _results(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Results that are due: planned by the specification and not yet recorded."""
    rows: Any = table.Result.objects.filter(site__in=here, status="pending", due_at__isnull=False)
    rows = rows.annotate(judged=decision_of_batch()).exclude(judged__in=NOT_AWAITED)
    for row in rows.order_by("due_at")[:MOST]:
        yield Deadline("result", row.of, row.site, row.due_at, detail=row.test)


def _visits(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Visits of follow-up whose window is open, or passed without the patient being seen."""
    today = now.date()
    rows = table.Visit.objects.filter(_living(), site__in=here, seen_on=None, from_on__lte=today)
    rows = rows.filter(to_on__gte=today - timedelta(days=PASSED_FOR * 3), to_on__lte=today + WIDEST)
    for visit in rows.order_by("to_on")[:MOST]:
        yield _until(visit, "visit", "to_on", detail=visit.visit)


def _consents(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Patients who come of age, or have, and have not signed for themselves."""
    until = now.date() + timedelta(days=AHEAD["consent"])
    rows: Any = table.Journey.objects.filter(site__in=here, own_consent_on__lte=until, withdrawn=False, died_on=None)
    for row in rows.order_by("own_consent_on")[:MOST]:
        start = datetime.combine(row.own_consent_on, time(), UTC)
        yield Deadline("consent", row.subject, row.site, start, row.own_consent_on)


def _vector(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Released vector with containers left here."""
    until = now.date() + timedelta(days=AHEAD["lot"])
    stock = Exists(table.Container.objects.filter(lot=OuterRef("code"), site__in=here, spent_in=""))
    rows = table.Lot.objects.filter(stock, decision="final", recalled="", expires_on__lte=until)
    for lot in rows.order_by("expires_on")[:MOST]:
        yield _until(lot, "lot", "expires_on")


def _materials(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Released material of which something is left."""
    today = now.date()
    rows = table.Material.objects.filter(
        site__in=here, status="released", left__gt=0, expires_on__lte=today + timedelta(days=AHEAD["material"]),
        expires_on__gte=today - timedelta(days=PASSED_FOR),
    )  # fmt: skip
    for lot in rows.order_by("expires_on")[:MOST]:
        yield _until(lot, "material", "expires_on", detail=lot.kind)


def _equipment(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    until = now.date() + timedelta(days=AHEAD["equipment"])
    rows = table.Equipment.objects.filter(site__in=here, calibrated_until__lte=until, retired=False)
    for row in rows.order_by("calibrated_until")[:MOST]:
        yield _until(row, "equipment", "calibrated_until", detail=row.kind)


def _trainings(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """The newest training of each person in a procedure, where it runs out; the person works here today."""
    today = now.date()
    works = table.Role.objects.filter(person=OuterRef("person"), site__in=here, from_on__lte=today)
    works = works.filter(Q(to_on=None) | Q(to_on__gte=today))
    rows = table.Training.objects.filter(Exists(works)).values("person", "procedure").annotate(until=Max("until_on"))
    rows = rows.filter(until__lte=today + timedelta(days=AHEAD["training"]))
    for row in rows.order_by("until", "person")[:MOST]:
        until = row["until"]
        yield Deadline("training", f"person:{row['person']}", "", end_of(until), until, row["procedure"],
                       row["person"])  # fmt: skip


def _roles(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Roles about to end; one that ended is no deadline any more."""
    today = now.date()
    rows = table.Role.objects.filter(site__in=here, to_on__gte=today, from_on__lte=today)
    for row in rows.filter(to_on__lte=today + timedelta(days=AHEAD["role"])).order_by("to_on", "key")[:MOST]:
        yield _until(row, "role", "to_on", detail=row.role, person=row.person)


def _agreements(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """Quality agreements of these sites that run out, or did and are not followed by another version."""
    until = now.date() + timedelta(days=AHEAD["quality-agreement"])
    party = Q(giver__in=here) | Q(receiver__in=here)
    rows: Any = table.QualityAgreement.objects.filter(party, state="in-force", until_on__lte=until)
    for row in rows.order_by("until_on", "code")[:MOST]:
        yield Deadline("quality-agreement", row.subject, row.receiver, end_of(row.until_on), row.until_on)


def _qualifications(here: tuple[str, ...], now: datetime) -> Iterator[Deadline]:
    """The newest qualification of each site for a product."""
    today = now.date()
    held = table.Qualification.objects.filter(site__in=here, suspended_on=None).values("site", "product")
    rows = held.annotate(until=Max("until_on")).filter(
        until__lte=today + timedelta(days=AHEAD["qualified"]), until__gte=today - timedelta(days=PASSED_FOR)
    )
    for row in rows.order_by("until", "site")[:MOST]:
        until = row["until"]
        yield Deadline("qualified", f"site:{row['site']}", row["site"], end_of(until), until, row["product"])


def supports(book: Book, ways: Iterable[Qualification], now: datetime) -> list[Deadline]:
    """What ends by itself of all that these sites' readiness rests on, and what has ended and holds it up; the nearest
    first, each once.

    Folded by the rules and not read from rows: how long training or an instrument holds depends on curricula, plans
    of upkeep and the package in force.
    """
    today = now.date()
    latest, oldest = today + timedelta(days=AHEAD["support"]), today - timedelta(days=PASSED_FOR)
    found: dict[tuple[str, date], Deadline] = {}
    for way in ways:
        coming = [e for e in readiness.endings(book, way, today) if e.until_on <= latest]
        ended = readiness.lapses(book, way, today)  # told as long as it holds something up, however long ago it ended
        told = [e for e in coming if e.until_on >= oldest and not _named_anyhow(e)]
        told += [e for e in ended if e.until_on < oldest or not _named_anyhow(e)]
        for end in told if way.withdrawn_on is None else ():
            at = end_of(end.until_on)
            found[end.what, end.until_on] = Deadline("support", end.what, way.site, at, end.until_on, end.edge)
    return sorted(found.values(), key=lambda d: (d.at, d.subject))


def _named_anyhow(end: Ending) -> bool:
    """Whether an end is among the deadlines of its own kind, for more roles than look after readiness."""
    return end.edge == "site-qualification" or end.what.startswith("qualityagreement:")


def together(plain: list[Deadline], of_ways: list[Deadline]) -> list[Deadline]:
    """Both, nearest first; what a qualification rests on is named once, and as that."""
    named = {(d.subject, d.on) for d in of_ways}
    kept = [d for d in plain if d.kind not in ("equipment", "training") or (d.subject, d.on) not in named]
    return sorted([*kept, *of_ways], key=lambda d: (d.at, d.kind, d.subject))
