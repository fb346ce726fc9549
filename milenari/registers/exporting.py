"""Exporting: which participants belong to a study, and everything on record that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from milenari.registers import models as table
from milenari.registers.questions import Sites

MANY = 400  # how many names are asked for at once


@dataclass(frozen=True)
class Belonging:
    """One journey with the codes of its bags, batches and fractions."""

    journey: str
    site: str
    erased: bool
    collections: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    doses: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject of the journey, itself first."""
        kinds = (("collection", self.collections), ("batch", self.batches), ("dose", self.doses))
        return (f"journey:{self.journey}", *(f"{kind}:{code}" for kind, codes in kinds for code in codes))


@dataclass(frozen=True)
class Counted:
    """A protocol with participants, or a product under which somebody was referred, and how many."""

    code: str
    title: str
    journeys: int
    protocol: bool = False


def studies(sites: Sites) -> list[Counted]:
    """The products that have journeys at these sites, by code."""
    found = table.Journey.objects.all()
    if sites is not None:
        found = found.filter(site__in=list(sites))
    counted: dict[str, int] = {}
    for process in found.values_list("process", flat=True):
        counted[process] = counted.get(process, 0) + 1
    titles = dict(table.Subject.objects.filter(kind="process").values_list("code", "about"))
    products = [Counted(process, titles.get(process, ""), many) for process, many in sorted(counted.items())]
    return [*_protocols(sites), *products]


def _protocols(sites: Sites) -> list[Counted]:
    known = table.Subject.objects.filter(kind="protocol").order_by("code").values_list("code", "about")
    found = [(code, title, len(participants(code, sites))) for code, title in known]
    return [Counted(code, title, many, True) for code, title, many in found if many]


def participants(protocol: str, sites: Sites) -> list[str]:
    """The codes of a protocol's participants at these sites; a code begins with that of its protocol."""
    found = table.Subject.objects.filter(kind="participant", code__startswith=f"{protocol}-")
    if sites is not None:
        found = found.filter(site__in=list(sites))
    return sorted(found.values_list("code", flat=True))


def events_of(participants: Iterable[str]) -> dict[str, list[str]]:
    """The codes of each participant's adverse events."""
    return _codes(table.AdverseEvent, participants)


def pages_of(participants: Iterable[str]) -> dict[str, list[str]]:
    """The codes of each participant's casebook pages."""
    return _codes(table.CasebookPage, participants)


def _codes(kind: Any, participants: Iterable[str]) -> dict[str, list[str]]:
    wanted = list(participants)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), MANY):
        rows = kind.objects.filter(participant__in=wanted[start : start + MANY])
        for participant, code in rows.order_by("code").values_list("participant", "code"):
            found.setdefault(participant, []).append(code)
    return found


def belonging(process: str, sites: Sites) -> list[Belonging]:
    """Every journey under a product at these sites with what belongs to it, by code."""
    found = table.Journey.objects.filter(process=process)
    if sites is not None:
        found = found.filter(site__in=list(sites))
    return _with_parts(list(found.order_by("code")))


def belonging_to(journeys: Iterable[str]) -> list[Belonging]:
    """These journeys with what belongs to each, by code."""
    return _with_parts(list(table.Journey.objects.filter(code__in=list(journeys)).order_by("code")))


def _with_parts(journeys: list[table.Journey]) -> list[Belonging]:
    codes = [j.code for j in journeys]
    bags = _of(table.Collection, codes)
    made = _of(table.Batch, codes)
    doses = _of(table.Dose, codes)
    return [
        Belonging(j.code, j.site, j.erased, bags.get(j.code, ()), made.get(j.code, ()), doses.get(j.code, ()))
        for j in journeys
    ]


def _of(kind: Any, journeys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    wanted = list(journeys)
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(wanted), MANY):
        rows = kind.objects.filter(journey__in=wanted[start : start + MANY])
        for journey, code in rows.order_by("code").values_list("journey", "code"):
            found[journey] = (*found.get(journey, ()), code)
    return found
