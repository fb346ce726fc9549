"""Questions: the named ways in which screens, reports and interfaces read the registers.

A question takes codes and returns rows or plain dataclasses; it never writes, never reads the journal and
knows no person's language. What a person may see is passed in as ``sites`` (None: every site).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet

from milenari.registers import models as table
from milenari.words import Role, split_subject

Sites = Collection[str] | None
PAGE = 25
MOST_CHOICES = 500
SORTS = {
    "coi": "coi", "journey": "code", "site": "site", "station": "station", "since": "referred_at",
    "weight": "weight_kg", "batch": "batch",
}  # fmt: skip


# -- sites and people -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    code: str
    name: str
    country: str
    zone: str
    control: bool


def sites() -> dict[str, Place]:
    return {s.code: Place(s.code, s.name, s.country, s.zone, s.control) for s in table.Site.objects.order_by("code")}


def zone_of(site: str) -> str:
    found = table.Site.objects.filter(key=site).values_list("zone", flat=True).first()
    return found or "UTC"


def person_name(person: str) -> str:
    found = table.Person.objects.filter(key=person).values_list("name", flat=True).first()
    return found or person


def names_of(persons: Iterable[str]) -> dict[str, str]:
    return dict(table.Person.objects.filter(key__in=set(persons)).values_list("code", "name"))


def roles_held(person: str, now: datetime) -> dict[str, list[Role]]:
    """The roles that hold today by each site's own date; the rule judges again when an act is signed."""
    places = sites()
    held: dict[str, list[Role]] = {}
    for row in table.Role.objects.filter(person=person).order_by("site", "key"):
        today = now.astimezone(ZoneInfo(places[row.site].zone if row.site in places else "UTC")).date()
        if row.from_on is None or row.from_on > today or (row.to_on and row.to_on < today):
            continue
        roles = held.setdefault(row.site, [])
        if Role(row.role) not in roles:
            roles.append(Role(row.role))
    return held


# -- journeys -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alarm:
    """Why somebody should look; ``facts`` hold codes only."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JourneyLine:
    journey: table.Journey
    station_at: datetime | None
    batch: table.Batch | None
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True)
class Listed:
    lines: list[JourneyLine]
    total: int
    page: int
    pages: int


def journeys_seen(found: QuerySet[Any], sites: Sites) -> QuerySet[Any]:
    """Journeys treated at these sites, or with cells, a batch or a fraction there."""
    if sites is None:
        return found
    here = list(sites)
    parts = (model.objects.filter(site__in=here).values("journey") for model in _PARTS)
    return found.filter(reduce(or_, (Q(code__in=part) for part in parts), Q(site__in=here)))


_PARTS: tuple[Any, ...] = (table.Collection, table.Batch, table.Dose)


def sites_of(name: str) -> set[str]:
    """The sites whose people may see a subject: who holds or awaits it, and those of the therapy it is part of."""
    row = subject(name)
    kind, code = split_subject(name)
    found = {row.site} if row else set()
    journey = code if kind == "journey" else ""
    for model in _PARTS:
        for part in model.objects.filter(subject=name):
            found |= {part.site, getattr(part, "bound_for", "")}
            journey = part.journey
    if journey:
        found.update(table.Journey.objects.filter(key=journey).values_list("site", flat=True))
    if kind == "comparability":
        for reference, candidate in table.Study.objects.filter(key=code).values_list("reference", "candidate"):
            found |= {reference, candidate}
    if kind == "journey":
        for model in _PARTS:
            found.update(model.objects.filter(journey=code).values_list("site", flat=True))
    return found - {""}


def journeys(
    sites: Sites = None, text: str = "", site: str = "", station: str = "", sort: str = "-since", page: int = 1
) -> Listed:
    """One page of the journeys that match; ``sort`` is a column of SORTS, with a minus for falling."""
    found = journeys_seen(table.Journey.objects.all(), sites)
    if text := text.strip():
        batches = table.Batch.objects.filter(code__icontains=text).values("journey")
        found = found.filter(Q(coi__icontains=text) | Q(code__icontains=text) | Q(code__in=batches))
    if site:
        found = found.filter(site=site)
    if station:
        found = found.filter(station=station)
    column = SORTS.get(sort.lstrip("-"), "referred_at")
    found = found.order_by(f"-{column}" if sort.startswith("-") else column, "code")
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = list(found[(page - 1) * PAGE : page * PAGE])
    return Listed(journey_lines(rows), total, page, pages)


def journey_lines(rows: list[table.Journey]) -> list[JourneyLine]:
    codes = [row.code for row in rows]
    batches = {b.code: b for b in table.Batch.objects.filter(journey__in=codes)}
    latest = dict(
        table.Station.objects.filter(journey__in=codes).values_list("journey").annotate(Max("at")).values_list(
            "journey", "at__max"
        )
    )  # fmt: skip
    recalled = recalled_batches(batches)
    names = [f"batch:{code}" for code in batches]
    open_deviations = set(table.Deviation.objects.filter(of__in=names, closed_by="").values_list("of", flat=True))
    failing = set(table.Investigation.objects.filter(of__in=names, conclusion="").values_list("of", flat=True))
    lines = []
    for row in rows:
        batch = batches.get(row.batch)
        found = _alarms(row, [b for b in batches.values() if b.journey == row.code], recalled, open_deviations, failing)
        lines.append(JourneyLine(row, latest.get(row.code), batch, tuple(found)))
    return lines


def _alarms(
    row: table.Journey, batches: list[table.Batch], recalled: dict[str, str], deviating: set[str], failing: set[str]
) -> list[Alarm]:
    found = []
    if row.died_on:
        found.append(Alarm("died", {"on": row.died_on}))
    if row.withdrawn:
        found.append(Alarm("withdrawn"))
    for batch in batches:
        name = f"batch:{batch.code}"
        if batch.alarm:
            found.append(Alarm("late-result", {"test": batch.alarm, "batch": batch.code}))
        if batch.decision == "recalled":
            found.append(Alarm("recalled", {"batch": batch.code}))
        if batch.code in recalled:
            found.append(Alarm("lot-recalled", {"lot": recalled[batch.code]}))
        if batch.on_hold:
            found.append(Alarm("on-hold", {"batch": batch.code}))
        if name in failing:
            found.append(Alarm("investigation", {"batch": batch.code}))
        if name in deviating:
            found.append(Alarm("deviation", {"batch": batch.code}))
    return found


def recalled_batches(batches: Iterable[str]) -> dict[str, str]:
    """Batches whose vector lot has been recalled -> the lot."""
    spent = table.Container.objects.filter(spent_in__in=list(batches)).values_list("spent_in", "lot")
    recalled = set(table.Lot.objects.exclude(recalled="").values_list("code", flat=True))
    return {batch: lot for batch, lot in spent if lot in recalled}


def journey(code: str) -> JourneyLine | None:
    row = table.Journey.objects.filter(key=code).first()
    return journey_lines([row])[0] if row else None


def journey_by_coi(coi: str) -> str:
    return table.Journey.objects.filter(coi=coi).values_list("code", flat=True).first() or ""


def parts_of(code: str) -> dict[str, list[Any]]:
    """Everything a journey consists of: stations, bags, batches, fractions, visits, outcomes, containers."""
    batches = list(table.Batch.objects.filter(journey=code).order_by("started_at"))
    return {
        "stations": list(table.Station.objects.filter(journey=code).order_by("key")),
        "collections": list(table.Collection.objects.filter(journey=code).order_by("collected_at")),
        "batches": batches,
        "doses": list(table.Dose.objects.filter(journey=code).order_by("batch", "part")),
        "visits": list(table.Visit.objects.filter(journey=code).order_by("due_on")),
        "outcomes": list(table.Outcome.objects.filter(journey=code).order_by("at", "key")),
        "containers": list(table.Container.objects.filter(spent_in__in=[b.code for b in batches])),
    }


# -- batches and single rows ----------------------------------------------------------------------------


def batch(code: str) -> table.Batch | None:
    return table.Batch.objects.filter(key=code).first()


def doses_of(batch: str) -> list[table.Dose]:
    return list(table.Dose.objects.filter(batch=batch).order_by("part"))


def container(code: str) -> table.Container | None:
    return table.Container.objects.filter(key=code).first()


def dose(code: str) -> table.Dose | None:
    return table.Dose.objects.filter(key=code).first()


def collection(code: str) -> table.Collection | None:
    return table.Collection.objects.filter(key=code).first()


def subject(name: str) -> table.Subject | None:
    return table.Subject.objects.filter(key=name).first()


def owners_of(kind: str, codes: Iterable[str]) -> dict[str, str]:
    """The lot of each container, the journey of each fraction or bag: on whose page it is shown."""
    if kind == "container":
        return dict(table.Container.objects.filter(key__in=list(codes)).values_list("code", "lot"))
    held: Any = table.Dose if kind == "dose" else table.Collection
    return dict(held.objects.filter(key__in=list(codes)).values_list("code", "journey"))


# -- vector ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stock:
    """Unspent containers of one lot, in transducing units by the lot's own titre."""

    lot: table.Lot
    by_site: dict[str, Decimal]
    free: int
    reserved: int
    moving: int
    spent: int
    tu_per_container: Decimal | None
    tu_in_stock: Decimal | None
    expired: bool

    @property
    def usable(self) -> bool:
        return self.lot.decision == "final" and not self.lot.recalled and not self.expired


def lot(code: str) -> table.Lot | None:
    return table.Lot.objects.filter(key=code).first()


def stock(lot: table.Lot, containers: list[table.Container], today: date) -> Stock:
    unspent = [c for c in containers if not c.spent_in]
    titre = lot.titre_tu_per_ml
    by_site: dict[str, Decimal] = {}
    for held in unspent:
        by_site[held.site] = by_site.get(held.site, Decimal(0)) + (titre or 0) * (held.volume_ml or 0)
    volumes = {c.volume_ml for c in containers}
    each = titre * next(iter(volumes)) if titre is not None and len(volumes) == 1 else None
    return Stock(
        lot, dict(sorted(by_site.items())),
        free=sum(not c.allocated_to and not c.bound_for for c in unspent),
        reserved=sum(bool(c.allocated_to) and not c.bound_for for c in unspent),
        moving=sum(bool(c.bound_for) for c in unspent), spent=len(containers) - len(unspent),
        tu_per_container=each, tu_in_stock=sum(by_site.values(), Decimal(0)) if titre is not None else None,
        expired=bool(lot.expires_on and lot.expires_on < today),
    )  # fmt: skip


@dataclass(frozen=True)
class Branch:
    """One container of a lot and all that came of it. ``hidden``: it went where the person sees nothing."""

    container: table.Container
    batch: table.Batch | None
    journey: table.Journey | None
    given: int
    outcomes: tuple[table.Outcome, ...]
    hidden: bool = False

    @property
    def summary(self) -> list[table.Outcome]:
        """The worst grade of each toxicity and the newest of everything else, in order of kind."""
        kept: dict[str, table.Outcome] = {}
        for outcome in self.outcomes:
            held = kept.get(outcome.kind)
            graded = outcome.kind in ("CRS", "ICANS") and held is not None and int(outcome.value) < int(held.value)
            if not graded:
                kept[outcome.kind] = outcome
        return list(kept.values())


@dataclass(frozen=True)
class Trace:
    lot: table.Lot
    stock: Stock
    branches: tuple[Branch, ...]

    @property
    def unspent(self) -> list[Branch]:
        return [b for b in self.branches if not b.container.spent_in]

    @property
    def reached(self) -> list[Branch]:
        """Branches that ended in a patient who received at least one fraction."""
        return [b for b in self.branches if b.given]


def trace(code: str, today: date, sites: Sites = None) -> Trace | None:
    """A vector lot -> containers -> batches -> patients -> outcomes, in one answer."""
    row = lot(code)
    if row is None:
        return None
    everything = sites is None or row.site in sites
    containers = list(table.Container.objects.filter(lot=code).order_by("code"))
    batches = {b.code: b for b in table.Batch.objects.filter(container__in=[c.code for c in containers])}
    journeys = {j.code: j for j in table.Journey.objects.filter(key__in=[b.journey for b in batches.values()])}
    given: dict[str, int] = {}
    for dose in table.Dose.objects.filter(batch__in=list(batches), given_at__isnull=False):
        given[dose.batch] = given.get(dose.batch, 0) + 1
    outcomes: dict[str, list[table.Outcome]] = {}
    for outcome in table.Outcome.objects.filter(journey__in=list(journeys)).order_by("at", "key"):
        outcomes.setdefault(outcome.journey, []).append(outcome)
    branches = []
    for held in containers:
        made = batches.get(held.spent_in)
        patient = journeys.get(made.journey) if made else None
        hidden = not everything and patient is not None and not {patient.site, held.site} & set(sites or ())
        branches.append(
            Branch(held, made, patient, given.get(held.spent_in, 0),
                   tuple(outcomes.get(patient.code, ()) if patient else ()), hidden)
        )  # fmt: skip
    return Trace(row, stock(row, containers, today), tuple(branches))
