"""Waiting: what the registers say is to be done next, and what a form may offer to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from milenari.registers import models as table
from milenari.registers.questions import MOST_CHOICES, sites

# Subjects that belong to the network, not to the site that wrote them.
EVERYWHERE = ("site", "process", "country", "masterfile", "roll", "lot", "person")
MOVED: dict[str, Any] = {"container": table.Container, "collection": table.Collection, "dose": table.Dose}


@dataclass(frozen=True)
class Choice:
    value: str
    about: str = ""


def choices(kind: str, site: str, full: bool = False) -> list[Choice]:
    """What a reference of this kind may name at this site; ``full`` gives ``kind:code`` names."""
    if kind == "roll":
        return [Choice(place.code, place.name) for place in sites().values()]
    if kind == "country":
        return [Choice(code) for code in sorted({place.country for place in sites().values()})]
    if kind == "masterfile":
        kind = "process"
    found = table.Subject.objects.filter(kind=kind)
    if kind in MOVED:
        coming = MOVED[kind].objects.filter(bound_for=site).values("subject")
        found = found.filter(Q(site=site) | Q(key__in=coming))
    elif kind not in EVERYWHERE:
        found = found.filter(site=site)
    if kind == "material":
        return _materials(site)
    rows = found.order_by("-entry").values_list("key", "code", "state", "about")[:MOST_CHOICES]
    return [
        Choice(key if full else code, " · ".join(x for x in (state, about) if x)) for key, code, state, about in rows
    ]


def _materials(site: str) -> list[Choice]:
    """Lots with something left, each with its expiry: what may be used first, first expiry first."""
    today = timezone.now().date()
    lots = table.Material.objects.filter(site=site, left__gt=0).order_by("expires_on", "code")[:MOST_CHOICES]
    useless = {lot.code: lot.status != "released" or not lot.expires_on or lot.expires_on < today for lot in lots}
    ordered = sorted(lots, key=lambda lot: useless[lot.code])
    return [Choice(lot.code, f"{lot.kind} · {lot.status} · {lot.expires_on}") for lot in ordered]


def resolve(text: str, kinds: tuple[str, ...]) -> str:
    """The full name of a scanned code whose kind the field leaves open; the text itself when none fits."""
    found = table.Subject.objects.filter(kind__in=kinds, code=text).values_list("key", flat=True)[:2]
    return found[0] if len(found) == 1 else text


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for an action at a site."""

    action: str
    subject: str
    query: dict[str, str]
    since: datetime | None
    detail: str = ""


def work_waiting(site: str) -> list[Waiting]:
    """Everything that waits at a site, oldest first, by the actions that would move it on."""
    found = [*_custody(site), *_journeys(site), *_manufacture(site), *_quality(site), *_ward(site)]
    return sorted(found, key=lambda w: (w.since is None, w.since.timestamp() if w.since else 0, w.subject))


def _custody(site: str) -> list[Waiting]:
    found = []
    for kind, model in MOVED.items():
        for row in model.objects.filter(bound_for=site):
            name = f"{kind}:{row.code}"
            found.append(Waiting("receive", name, {"what": name}, None))
    return found


def _journeys(site: str) -> list[Waiting]:
    found = []
    steps = {"referred": "record-consent", "consented": "confirm-eligibility", "eligible": "issue-coi",
             "identified": "book-slot", "slot-booked": "collect-cells"}  # fmt: skip
    for row in table.Journey.objects.filter(site=site, withdrawn=False, died_on=None, station__in=list(steps)):
        found.append(Waiting(steps[row.station], f"journey:{row.code}", {"journey": row.code}, row.referred_at))
    for bag in table.Collection.objects.filter(site=site, bound_for="", used_in=""):
        action = "count-cells" if bag.cd3_e6 is None else "accept-collection"
        if bag.accepted_at is None:
            found.append(Waiting(action, f"collection:{bag.code}", {"collection": bag.code}, bag.collected_at))
        else:
            query = {"journey": bag.journey, "collection": bag.code}
            found.append(Waiting("start-batch", f"collection:{bag.code}", query, bag.accepted_at))
    return found


def _manufacture(site: str) -> list[Waiting]:
    found = []
    for row in table.Batch.objects.filter(site=site, decision="", on_hold=""):
        if row.phase:
            action, since = "sign-step", row.started_at
        elif row.harvested_at is None:
            action, since = "harvest-batch", row.started_at
        elif not table.Dose.objects.filter(batch=row.code).exists():
            action, since = "fill-batch", row.harvested_at
        elif not row.reconciled:
            action, since = "reconcile-batch", row.harvested_at
        elif not row.trail_reviewed:
            action, since = "review-trail", row.harvested_at
        else:
            action, since = "certify-batch", row.harvested_at
        name = f"batch:{row.code}"
        query = {"of": name} if action == "review-trail" else {"batch": row.code}
        found.append(Waiting(action, name, query, since, row.phase))
    held = table.Batch.objects.filter(site=site).exclude(on_hold="")
    found += [Waiting("resume-batch", f"batch:{b.code}", {"batch": b.code}, b.started_at) for b in held]
    return found


def _quality(site: str) -> list[Waiting]:
    found = []
    names = [*(f"batch:{c}" for c in table.Batch.objects.filter(site=site).values_list("code", flat=True)),
             *(f"lot:{c}" for c in table.Lot.objects.filter(site=site).values_list("code", flat=True))]  # fmt: skip
    for row in table.Result.objects.filter(of__in=names, status__in=("pending", "recorded")):
        action = "record-result" if row.status == "pending" else "verify-result"
        found.append(Waiting(action, row.of, {"of": row.of, "test": row.test}, row.at, row.test))
    for deviation in table.Deviation.objects.filter(of__in=names, closed_by=""):
        query = {"of": deviation.of, "deviation": deviation.code}
        found.append(Waiting("close-deviation", deviation.of, query, deviation.opened_at, deviation.code))
    for inquiry in table.Investigation.objects.filter(of__in=names, conclusion=""):
        query = {"of": inquiry.of, "test": inquiry.test}
        found.append(Waiting("close-investigation", inquiry.of, query, inquiry.opened_at, inquiry.test))
    for lot in table.Material.objects.filter(site=site, status="quarantined"):
        found.append(Waiting("judge-material", f"material:{lot.code}", {"material": lot.code}, None, lot.kind))
    return found


def _ward(site: str) -> list[Waiting]:
    """The next fraction of every released batch that is not all given."""
    found: dict[str, Waiting] = {}
    released = table.Batch.objects.filter(site=site, decision__in=("conditional", "final", "out-of-specification"))
    since: dict[str, Any] = dict(released.values_list("code", "harvested_at"))
    for dose in table.Dose.objects.filter(batch__in=list(since), given_at=None, site=site).order_by("batch", "part"):
        action = "administer-fraction" if dose.decision == "administer" else "decide-fraction"
        query = {"dose": dose.code, **({"journey": dose.journey} if action == "administer-fraction" else {})}
        found.setdefault(dose.batch, Waiting(action, f"dose:{dose.code}", query, since[dose.batch]))
    return list(found.values())
