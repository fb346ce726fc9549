"""Transit: what is on its way from one site to another, and what has arrived before its data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from milenari.registers import models as table
from milenari.rules.arrival import OPEN

KINDS: dict[str, Any] = {"container": table.Container, "collection": table.Collection, "dose": table.Dose}
MOST = 200
# After how long a shipment or an arrival without its data is called overdue. Assumed: the longest routine way of the
# four sites is a day and a half by air with customs; a site that knows better changes it here.
OVERDUE_AFTER = timedelta(hours=72)
UNTOLD_AFTER = timedelta(hours=48)


@dataclass(frozen=True)
class OnItsWay:
    """One thing that has left a site and was not received yet; ``arrived`` when it was booked there by its proof."""

    subject: str
    from_site: str
    to_site: str
    transfer: int = 0
    sent_at: datetime | None = None
    arrived: table.Arrival | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been received by now."""
        return self.sent_at is not None and now - self.sent_at > OVERDUE_AFTER


def on_its_way(sites: Collection[str] | None, most: int = MOST) -> list[OnItsWay]:
    """Things between two sites, of which one is among ``sites`` (None: any), the longest under way first."""
    found = []
    for kind, model in KINDS.items():
        rows = model.objects.exclude(bound_for="")
        if sites is not None:
            rows = rows.filter(Q(site__in=list(sites)) | Q(bound_for__in=list(sites)))
        listed = rows.order_by("sent_at", "code").values_list("code", "site", "bound_for", "transfer", "sent_at")[:most]
        found += [(f"{kind}:{code}", *rest) for code, *rest in listed]
    here = {row.what: row for row in open_arrivals(sites)[: 3 * most]}
    made = []
    for subject, site, to, transfer, sent_at in found:
        booked = here.get(subject)
        same = booked is not None and (booked.site, booked.number) == (to, transfer)
        made.append(OnItsWay(subject, site, to, transfer, sent_at, booked if same else None))
    return sorted(made, key=lambda one: (one.sent_at is None, one.sent_at.timestamp() if one.sent_at else 0))


def open_arrivals(sites: Collection[str] | None) -> QuerySet[table.Arrival]:
    """Boxes that came by proof and are neither received nor settled, the oldest first."""
    rows = table.Arrival.objects.filter(status=OPEN)
    if sites is not None:
        rows = rows.filter(Q(site__in=list(sites)) | Q(from_site__in=list(sites)))
    return rows.order_by("booked_at", "code")


def untold(row: table.Arrival, now: datetime) -> bool:
    """Whether the data of a box that came should have followed by now."""
    return row.booked_at is not None and now - row.booked_at > UNTOLD_AFTER


def arrival(code: str) -> table.Arrival | None:
    """One arrival by its code."""
    return table.Arrival.objects.filter(key=code).first()


def open_arrival_of(what: str, site: str) -> table.Arrival | None:
    """The arrival that waits for the receipt of this thing at this site."""
    return table.Arrival.objects.filter(what=what, site=site, status=OPEN).first()
