"""Keeping: which instruments, rooms, plans, curricula and trainers there are; how each stands is folded, not listed."""

from __future__ import annotations

from collections.abc import Iterable

from milenari.registers import models as table
from milenari.registers.questions import Sites

MOST = 500  # instruments and rooms on one page


def things(sites: Sites, text: str = "") -> list[tuple[str, str]]:
    """Names and sites of instruments and rooms, rooms first, by code."""
    rows = table.Subject.objects.filter(kind__in=("room", "equipment"), code__icontains=text)
    if sites is not None:
        rows = rows.filter(site__in=list(sites))
    return list(rows.order_by("-kind", "site", "code").values_list("key", "site")[:MOST])


def codes(kind: str) -> list[str]:
    """The codes of every subject of a kind that is not told by site."""
    return list(table.Subject.objects.filter(kind=kind).order_by("code").values_list("code", flat=True)[:MOST])


def steps_on(equipment: Iterable[str]) -> list[table.Step]:
    """The signed steps of batches on these instruments, newest first."""
    return list(table.Step.objects.filter(equipment__in=list(equipment)).order_by("-at")[:200])


def trained_procedures() -> list[tuple[str, str]]:
    """Procedures and versions in which anybody was stated to be trained as a whole."""
    found = table.Training.objects.order_by().values_list("procedure", "number").distinct()
    return sorted(set(found))
