"""Network: how every site stands, what it has, who waits there, and how long its therapies take.

All of it by a constant number of questions, whatever the number of therapies. What may be shown of another
hospital's small numbers is for the screens to say; here everything is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any, cast

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from milenari.registers import models as table
from milenari.registers.questions import Place, sites
from milenari.registers.waiting import NOT_AWAITED, decision_of_batch

NEWEST = 500  # therapies, by referral, over which the intervals are taken
BEFORE_START = ("referred", "consented", "eligible", "identified", "slot-booked", "collected")
WAITING_AT = (*BEFORE_START, "manufacture-started")


@dataclass(frozen=True)
class Vector:
    """Unspent containers at one site, in transducing units by each lot's own titre; ``usable`` of released lots."""

    free: int = 0
    reserved: int = 0
    coming: int = 0
    free_tu: Decimal = Decimal(0)
    reserved_tu: Decimal = Decimal(0)


@dataclass
class Standing:
    """One site as the network sees it."""

    place: Place
    roles: list[str]
    authorisations: list[table.Authorisation] = field(default_factory=list)
    qualifications: list[table.Qualification] = field(default_factory=list)
    annexes: list[table.Annex] = field(default_factory=list)
    vector: Vector = field(default_factory=Vector)
    waiting: Counter[str] = field(default_factory=Counter)
    in_process: int = 0
    on_hold: int = 0

    @property
    def waits(self) -> int:
        return sum(self.waiting.values())

    def authorised(self, today: date) -> list[table.Authorisation]:
        return [a for a in self.authorisations if a.from_on and a.to_on and a.from_on <= today <= a.to_on]

    def qualified(self, today: date) -> list[table.Qualification]:
        held = [q for q in self.qualifications if q.from_on and q.until_on and q.from_on <= today <= q.until_on]
        return [q for q in held if q.suspended_on is None or q.suspended_on > today]

    def in_force(self, today: date) -> list[table.Annex]:
        """The newest effective version of each product that the master file gives this site."""
        newest = {a.product: a for a in self.annexes if a.from_on and a.from_on <= today}
        return list(newest.values())


def standings(today: date) -> list[Standing]:
    """Every site of the network, by code."""
    roles = dict(table.Site.objects.values_list("code", "roles"))
    found = {code: Standing(place, roles[code].split()) for code, place in sites().items()}
    for authorisation in table.Authorisation.objects.order_by("site", "to_on"):
        found[authorisation.site].authorisations.append(authorisation)
    for qualification in table.Qualification.objects.order_by("site", "until_on"):
        found[qualification.site].qualifications.append(qualification)
    for annex in table.Annex.objects.order_by("from_on", "entry"):
        if annex.site in found:
            found[annex.site].annexes.append(annex)
    for site, vector in vector_by_site(today).items():
        if site in found:
            found[site].vector = vector
    for site, station, number in patients_by_station(found):
        found[site].waiting[station] = number
    for row in _in_process(list(found)):
        if row["site"] in found:
            found[row["site"]].in_process, found[row["site"]].on_hold = row["all"], row["held"]
    return list(found.values())


def standing(code: str, today: date) -> Standing | None:
    return next((found for found in standings(today) if found.place.code == code), None)


def vector_by_site(today: date) -> dict[str, Vector]:
    """Usable vector by site: of released lots, not recalled, not expired."""
    usable = table.Lot.objects.filter(decision="final", recalled="", expires_on__gte=today)
    titres = dict(usable.values_list("code", "titre_tu_per_ml"))
    held = table.Container.objects.filter(spent_in="", lot__in=list(titres))
    rows = held.values("lot", "site", "bound_for", "allocated_to").annotate(number=Count("key"), ml=Sum("volume_ml"))
    found: dict[str, Vector] = {}
    for row in rows.order_by():
        number, tu = row["number"], (titres[row["lot"]] or Decimal(0)) * (row["ml"] or Decimal(0))
        site = row["bound_for"] or row["site"]
        kept = found.get(site, Vector())
        if row["bound_for"]:
            found[site] = replace(kept, coming=kept.coming + number)
        elif row["allocated_to"]:
            found[site] = replace(kept, reserved=kept.reserved + number, reserved_tu=kept.reserved_tu + tu)
        else:
            found[site] = replace(kept, free=kept.free + number, free_tu=kept.free_tu + tu)
    return found


def patients_by_station(here: Iterable[str]) -> list[tuple[str, str, int]]:
    """How many living patients with a valid consent wait for their cells at each station of these sites."""
    rows = table.Journey.objects.filter(site__in=list(here), station__in=WAITING_AT, withdrawn=False, died_on=None)
    counted = rows.values("site", "station").annotate(number=Count("*")).order_by()
    return [(row["site"], row["station"], row["number"]) for row in counted]


def _in_process(here: list[str]) -> Iterable[dict[str, Any]]:
    rows = table.Batch.objects.filter(site__in=here, decision="").values("site").order_by()
    return rows.annotate(all=Count("key"), held=Count("key", filter=~Q(on_hold="")))


# -- intervals ------------------------------------------------------------------------------------------

# Each names both its events: stations of the journey, or times of its last batch.
INTERVALS = (
    ("referral-collection", "referred", "collected"),
    ("collection-start", "collected", "manufacture-started"),
    ("start-harvest", "started_at", "harvested_at"),
    ("harvest-release", "harvested_at", "released_at"),
    ("collection-infusion", "collected", "infused"),
)


@dataclass(frozen=True)
class Interval:
    """How long it took at one site from one event to another, in days."""

    code: str
    site: str
    days: tuple[float, ...]

    @property
    def number(self) -> int:
        return len(self.days)

    @property
    def median(self) -> float | None:
        return round(median(self.days), 1) if self.days else None

    @property
    def shortest(self) -> float | None:
        return round(min(self.days), 1) if self.days else None

    @property
    def longest(self) -> float | None:
        return round(max(self.days), 1) if self.days else None


def intervals() -> list[Interval]:
    """The five intervals at each treating site, over the therapies referred last."""
    begun = table.Journey.objects.exclude(station__in=BEFORE_START[:-1])  # without cells there is no interval
    newest = begun.order_by("-referred_at", "code").values_list("code", "site", "batch")[:NEWEST]
    sites_of = {code: site for code, site, _ in newest}
    times: dict[str, dict[str, datetime]] = {code: {} for code in sites_of}
    named = ("referred", "collected", "manufacture-started", "infused")
    reached = table.Station.objects.filter(journey__in=list(times), name__in=named, at__isnull=False)
    for journey, name, when in reached.values_list("journey", "name", "at"):
        times[journey][name] = cast(datetime, when)
    made = table.Batch.objects.filter(key__in=[batch for _, _, batch in newest if batch])
    steps = ("started_at", "harvested_at", "released_at")
    for journey, *instants in made.values_list("journey", *steps):
        times[journey] |= {name: at for name, at in zip(steps, instants, strict=True) if at is not None}
    days: dict[tuple[str, str], list[float]] = {}
    for journey, at in times.items():
        for code, start, end in INTERVALS:
            if start in at and end in at:
                took = (at[end] - at[start]).total_seconds() / 86_400
                days.setdefault((code, sites_of[journey]), []).append(took)
    return [Interval(code, site, tuple(sorted(found))) for (code, site), found in sorted(days.items())]


# -- figures --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """A few counts of one site, for the top of its people's home."""

    patients: int
    in_manufacture: int
    in_process: int
    on_hold: int
    to_release: int
    pending_results: int
    open_deviations: int
    quarantined: int
    vector_free: int
    vector_reserved: int
    people: int


def figures(site: str, today: date) -> Figures:
    batches = table.Batch.objects.filter(site=site, decision__in=("", "conditional")).aggregate(
        process=Count("key", filter=Q(decision="")), held=Count("key", filter=~Q(on_hold="")),
        release=Count("key", filter=Q(decision="", reconciled=True)),
    )  # fmt: skip
    patients = Counter({station: number for _, station, number in patients_by_station([site])})
    place = Subquery(table.Batch.objects.filter(subject=OuterRef("of")).values("site")[:1])
    deviations = table.Deviation.objects.filter(closed_by="").annotate(place=place).filter(place=site)
    vector = vector_by_site(today).get(site, Vector())
    working = table.Role.objects.filter(site=site, from_on__lte=today).filter(Q(to_on=None) | Q(to_on__gte=today))
    results = table.Result.objects.filter(site=site, status__in=("pending", "recorded"))
    return Figures(
        patients=sum(patients[station] for station in BEFORE_START), in_manufacture=patients["manufacture-started"],
        in_process=batches["process"], on_hold=batches["held"], to_release=batches["release"],
        pending_results=results.annotate(judged=decision_of_batch()).exclude(judged__in=NOT_AWAITED).count(),
        open_deviations=deviations.count(),
        quarantined=table.Material.objects.filter(site=site, status="quarantined").count(),
        vector_free=vector.free, vector_reserved=vector.reserved,
        people=working.values("person").distinct().count(),
    )  # fmt: skip
