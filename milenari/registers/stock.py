"""Stock: material lots, instruments and containers at the sites a person sees, searched and paged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Min, Q, QuerySet

from milenari.registers import models as table
from milenari.registers.questions import PAGE, Sites

KINDS = ("materials", "equipment", "containers")


@dataclass(frozen=True)
class Shelf:
    """One page of one kind of stock."""

    rows: list[Any]
    total: int
    page: int
    pages: int
    first: frozenset[str] = frozenset()  # material lots to be used before others of their class
    titres: dict[str, Any] | None = None  # TU/mL of the lots of these containers


def shelf(kind: str, sites: Sites, today: date, text: str = "", state: str = "", page: int = 1) -> Shelf:
    """One page of a kind: what ends first comes first, and what is used up or retired comes last."""
    found = {"materials": _materials, "equipment": _equipment, "containers": _containers}[kind](text, state)
    if sites is not None:
        found = found.filter(site__in=list(sites))
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = list(found[(page - 1) * PAGE : page * PAGE])
    first = _first(rows, today) if kind == "materials" else frozenset()
    titres = None
    if kind == "containers":
        lots = table.Lot.objects.filter(key__in={row.lot for row in rows})
        titres = dict(lots.values_list("code", "titre_tu_per_ml"))
    return Shelf(rows, total, page, pages, first, titres)


def _materials(text: str, state: str) -> QuerySet[Any]:
    found = table.Material.objects.order_by("expires_on", "site", "code")
    found = found.filter(left__gt=0) if state != "used-up" else found.filter(left__lte=0)
    if state and state != "used-up":
        found = found.filter(status=state)
    return _saying(found, text, "code", "kind", "maker_lot")


def _equipment(text: str, state: str) -> QuerySet[Any]:
    found = table.Equipment.objects.filter(retired=state == "retired").order_by("calibrated_until", "site", "code")
    return _saying(found, text, "code", "kind")


def _containers(text: str, state: str) -> QuerySet[Any]:
    found = table.Container.objects.order_by("site", "lot", "code")
    found = found.exclude(spent_in="") if state == "spent" else found.filter(spent_in="")
    if state == "free":
        found = found.filter(allocated_to="", bound_for="")
    elif state == "reserved":
        found = found.exclude(allocated_to="").filter(bound_for="")
    elif state == "moving":
        found = found.exclude(bound_for="")
    return _saying(found, text, "code", "lot")


def _saying(found: QuerySet[Any], text: str, *columns: str) -> QuerySet[Any]:
    """Those with the text in one of the columns; without a text no column is read at all."""
    asked = Q()
    for column in columns if text else ():
        asked |= Q(**{f"{column}__icontains": text})
    return found.filter(asked)


def _first(rows: Iterable[Any], today: date) -> frozenset[str]:
    """Of these lots, those that end first among the usable ones of their class at their site."""
    here = list(rows)
    usable = table.Material.objects.filter(status="released", left__gt=0, expires_on__gte=today)
    usable = usable.filter(site__in={row.site for row in here}, kind__in={row.kind for row in here})
    ends = {
        (row["site"], row["kind"]): row["ends"]
        for row in usable.values("site", "kind").annotate(ends=Min("expires_on")).order_by()
    }
    return frozenset(
        row.code for row in here if row.status == "released" and ends.get((row.site, row.kind)) == row.expires_on
    )
