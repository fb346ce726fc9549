"""Transfer: which ways, packages and maps there are, and whom the suspension of a site reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from milenari.registers import models as table
from milenari.registers.network import WAITING_AT


def codes(kind: str) -> list[str]:
    """The codes of every subject of a kind, in their order."""
    return list(table.Subject.objects.filter(kind=kind).order_by("code").values_list("code", flat=True))


@dataclass(frozen=True)
class Reach:
    """What stands at a site when it is suspended for a product."""

    batches: list[table.Batch]
    waiting: list[table.Journey]
    vector: list[table.Container]


def reach(site: str, product: str, today: date) -> Reach:
    """Batches in process, patients waiting for their cells, and usable vector held there or reserved for it."""
    batches = table.Batch.objects.filter(site=site, process=product, decision="").order_by("started_at", "code")
    waiting = table.Journey.objects.filter(
        site=site, process=product, station__in=WAITING_AT, withdrawn=False, died_on=None
    ).order_by("referred_at", "code")  # fmt: skip
    usable = table.Lot.objects.filter(decision="final", recalled="", expires_on__gte=today).values_list("code")
    unspent = table.Container.objects.filter(spent_in="", lot__in=usable).order_by("code")
    held = unspent.filter(site=site) | unspent.filter(allocated_to=site)
    return Reach(list(batches), list(waiting), list(held))
