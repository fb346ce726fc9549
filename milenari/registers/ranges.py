"""Ranges: lists of register rows for the interface, each filtered, limited and counted, in a stable order.

Like every question: codes in, rows out, and what a person may see is passed in as ``sites`` (None: all).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from milenari.registers import models as table
from milenari.registers import questions

Sites = frozenset[str] | None


@dataclass(frozen=True)
class Range:
    """Some rows of a list, and how many rows the whole list has."""

    rows: list[Any]
    total: int


def _cut(found: QuerySet[Any], offset: int, limit: int) -> Range:
    return Range(list(found[offset : offset + limit]), found.count())


def _treated(sites: frozenset[str]) -> QuerySet[Any]:
    return table.Journey.objects.filter(site__in=list(sites)).values("code")


def journeys(sites: Sites, text: str, site: str, station: str, offset: int, limit: int) -> Range:
    """Therapies in which the sites have part, newest referral first, with what deserves a look."""
    found = questions.journeys_seen(table.Journey.objects.all(), sites)
    if text:
        batches = table.Batch.objects.filter(code__icontains=text).values("journey")
        found = found.filter(Q(coi__icontains=text) | Q(code__icontains=text) | Q(code__in=batches))
    if site:
        found = found.filter(site=site)
    if station:
        found = found.filter(station=station)
    cut = _cut(found.order_by("-referred_at", "code"), offset, limit)
    return Range(questions.journey_lines(cut.rows), cut.total)


def batches(sites: Sites, text: str, site: str, decision: str | None, offset: int, limit: int) -> Range:
    """Batches made at the sites or of their therapies, newest first; ``decision`` empty: not decided yet."""
    found = table.Batch.objects.all()
    if sites is not None:
        found = found.filter(Q(site__in=list(sites)) | Q(journey__in=_treated(sites)))
    if text:
        found = found.filter(Q(code__icontains=text) | Q(coi__icontains=text))
    if site:
        found = found.filter(site=site)
    if decision is not None:
        found = found.filter(decision=decision)
    return _cut(found.order_by("-started_at", "code"), offset, limit)


def lots(sites: Sites, site: str, offset: int, limit: int) -> Range:
    """Vector lots of, or with a container at or for, the sites; newest harvest first."""
    found = table.Lot.objects.all()
    if sites is not None:
        here = list(sites)
        held = Q(site__in=here) | Q(bound_for__in=here) | Q(allocated_to__in=here)
        found = found.filter(Q(site__in=here) | Q(code__in=table.Container.objects.filter(held).values("lot")))
    if site:
        found = found.filter(site=site)
    return _cut(found.order_by("-harvested_at", "code"), offset, limit)


def containers(sites: Sites, lot: str, site: str, unspent: bool, offset: int, limit: int) -> Range:
    """Vector containers held at, on their way to, or reserved for the sites, and those of the sites' own lots."""
    found = table.Container.objects.all()
    if sites is not None:
        here = list(sites)
        own = table.Lot.objects.filter(site__in=here).values("code")
        mine = Q(site__in=here) | Q(bound_for__in=here) | Q(allocated_to__in=here) | Q(lot__in=own)
        found = found.filter(mine)
    if lot:
        found = found.filter(lot=lot)
    if site:
        found = found.filter(site=site)
    if unspent:
        found = found.filter(spent_in="")
    return _cut(found.order_by("code"), offset, limit)


def results(sites: Sites, of: str, status: str, test: str, offset: int, limit: int) -> Range:
    """Test results on batches and lots that the sites see; oldest first, so what is longest open comes first."""
    found = table.Result.objects.all()
    if sites is not None:
        here = list(sites)
        batches = table.Batch.objects.filter(Q(site__in=here) | Q(journey__in=_treated(sites))).values("subject")
        lots = table.Lot.objects.filter(site__in=here).values("subject")
        found = found.filter(Q(of__in=batches) | Q(of__in=lots))
    if of:
        found = found.filter(of=of)
    if status:
        found = found.filter(status=status)
    if test:
        found = found.filter(test=test)
    return _cut(found.order_by("entry", "key"), offset, limit)


def persons_like(text: str) -> tuple[str, ...]:
    """Codes of persons whose code or printed name holds the text; the text itself when nobody's does."""
    found = table.Person.objects.filter(Q(code__icontains=text) | Q(name__icontains=text))
    return tuple(found.order_by("code").values_list("code", flat=True)[:500]) or (text,)


def subjects_like(text: str) -> tuple[str, ...]:
    """Names of subjects whose code holds the text, with the therapy of a chain of identity; a full name alone."""
    if ":" in text:
        return (text,)
    found = table.Subject.objects.filter(code__icontains=text).order_by("-entry").values_list("key", flat=True)[:500]
    journey = table.Journey.objects.filter(coi__iexact=text).values_list("subject", flat=True)
    return tuple(dict.fromkeys([*found, *journey])) or (text,)
