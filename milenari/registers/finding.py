"""Finding: which subjects a scanned or typed code may mean."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from milenari.registers import models as table
from milenari.registers.questions import Sites, journeys_seen
from milenari.registers.sight import NETWORK_WIDE, subjects_seen

MOST = 25
HIGHEST = "\U0010ffff"  # sorts after every code that begins alike


@dataclass(frozen=True)
class Found:
    """One subject, and what of it was asked for when that is not its own code (a sample, a maker's lot)."""

    subject: str
    kind: str
    site: str
    state: str
    about: str
    detail: str = ""


def exactly(text: str) -> list[Found]:
    """Subjects whose code is the text, or in capitals; then what carries it: a chain of identity, sample, maker's lot.

    Every way is an index, so a scan is answered at once whatever the node keeps.
    """
    wanted = {text, text.upper()}
    own = _rows(Q(code__in=wanted) | Q(key__in=wanted))
    if own:
        return own
    by_coi = [f"journey:{code}" for code in
              table.Journey.objects.filter(coi__in=wanted).values_list("code", flat=True)[:MOST]]  # fmt: skip
    if by_coi:
        return _rows(Q(key__in=by_coi))
    sampled = table.Result.objects.filter(sample__in=wanted).order_by("of").values_list("of", flat=True).distinct()
    if names := list(sampled[:MOST]):
        return _rows(Q(key__in=names), text)
    makers = table.Material.objects.filter(maker_lot=text).values_list("subject", flat=True)[:MOST]
    return _rows(Q(key__in=list(makers)), text)


def nearly(text: str, here: Sites) -> list[Found]:
    """Subjects whose code begins with the text, or else contains it, as far as the person may see them."""
    begins, coi = Q(), Q()
    for start in {text, text.upper()}:
        begins |= Q(code__gte=start, code__lt=start + HIGHEST)
        coi |= Q(coi__gte=start, coi__lt=start + HIGHEST)
    known = journeys_seen(table.Journey.objects.filter(coi), here)
    coded = Q(key__in=list(known.order_by("coi").values_list("subject", flat=True)[:MOST]))
    near = begins & (Q(kind__in=NETWORK_WIDE) | Q(site__in=list(here))) if here is not None else begins
    found = _rows(near | coded) or _seen(_rows(begins, most=MOST * 4), here)
    if not found:
        inside = table.Journey.objects.filter(coi__icontains=text).values_list("code", flat=True)[:MOST]
        wanted = Q(code__icontains=text) | Q(key__in=[f"journey:{code}" for code in inside])
        found = _seen(_rows(wanted, most=MOST * 4), here)
    return found[:MOST]


def _rows(wanted: Q, detail: str = "", most: int = MOST) -> list[Found]:
    rows = table.Subject.objects.filter(wanted).exclude(kind__in=("coi", "roll")).order_by("code", "kind")[:most]
    return [Found(r.key, r.kind, r.site, r.state, r.about, detail) for r in rows]


def _seen(found: list[Found], here: Sites) -> list[Found]:
    if here is None:
        return found
    unsure = [f.subject for f in found if f.kind not in NETWORK_WIDE]
    seen: set[str] = set()
    for part in subjects_seen(frozenset(here)):
        name = part.query.values_select[0]
        seen.update(part.filter(**{f"{name}__in": unsure}).values_list(name, flat=True))
    return [f for f in found if f.kind in NETWORK_WIDE or f.subject in seen]
