"""Ward: the fractions that wait at a hospital, and who holds a role there today."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, When

from milenari.registers import models as table
from milenari.registers.questions import PAGE

GIVABLE = ("conditional", "final", "out-of-specification")


@dataclass(frozen=True)
class WaitingFraction:
    dose: table.Dose
    journey: table.Journey
    of: int  # how many fractions the batch has


def fractions_waiting(site: str, most: int = PAGE) -> tuple[list[WaitingFraction], int]:
    """The next fraction of each released batch held at a site: to be given first, held last; and how many."""
    batches = table.Batch.objects.filter(site=site, decision__in=GIVABLE, alarm="").values("code")
    found = table.Dose.objects.filter(site=site, bound_for="", given_at=None, batch__in=batches)
    before = table.Dose.objects.filter(batch=OuterRef("batch"), given_at=None, part__lt=OuterRef("part"))
    found = found.filter(~Exists(before))
    total = found.count()
    rank = Case(When(decision="administer", then=0), When(decision="", then=1), default=2)
    doses = list(found.order_by(rank, "use_by", "batch", "part")[:most])
    journeys = {j.code: j for j in table.Journey.objects.filter(code__in={d.journey for d in doses})}
    parts: dict[str, int] = {}
    for batch in table.Dose.objects.filter(batch__in={d.batch for d in doses}).values_list("batch", flat=True):
        parts[batch] = parts.get(batch, 0) + 1
    return [WaitingFraction(d, journeys[d.journey], parts[d.batch]) for d in doses if d.journey in journeys], total


def next_fraction(journey: str) -> str:
    """The first fraction of the newest batch of a journey that is not given; the last one when all are."""
    doses = list(table.Dose.objects.filter(journey=journey).order_by("batch", "part"))
    batch = table.Journey.objects.filter(code=journey).values_list("batch", flat=True).first()
    mine = [d for d in doses if d.batch == batch] or doses
    waiting = [d for d in mine if d.given_at is None]
    return waiting[0].code if waiting else mine[-1].code if mine else ""


def expected_at_chair(site: str, most: int = PAGE) -> list[table.Journey]:
    """Patients with a chain of identity whose cells are not collected yet, by their collection day."""
    found = table.Journey.objects.filter(site=site, withdrawn=False, died_on=None)
    return list(found.filter(station__in=("identified", "slot-booked")).order_by("slot_on", "code")[:most])


def bags_unlabelled(site: str, most: int = PAGE) -> list[table.Collection]:
    """Bags held at a site whose label nobody has scanned, oldest first."""
    found = table.Collection.objects.filter(site=site, bound_for="", used_in="", labelled_at=None, accepted_at=None)
    return list(found.order_by("collected_at")[:most])


@dataclass(frozen=True)
class Holder:
    person: str
    name: str
    role: str
    site: str


def holders(roles: Iterable[str], sites: Collection[str], today: date, most: int = 200) -> list[Holder]:
    """Who holds one of the roles at one of the sites today, by name, each role once."""
    dated = Q(from_on__lte=today) & (Q(to_on=None) | Q(to_on__gte=today))
    wanted = [str(role) for role in roles]
    rows = list(table.Role.objects.filter(dated, role__in=wanted, site__in=list(sites)).order_by("site", "key")[:most])
    names = dict(table.Person.objects.filter(code__in={r.person for r in rows}).values_list("code", "name"))
    kept = {(r.site, r.role, r.person): Holder(r.person, names.get(r.person, r.person), r.role, r.site) for r in rows}
    return list(kept.values())
