"""Transit: what is on its way from one site to another, with nobody's hands on it but the courier's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from milenari.registers import models as table

KINDS: dict[str, Any] = {"container": table.Container, "collection": table.Collection, "dose": table.Dose}
MOST = 200


@dataclass(frozen=True)
class OnItsWay:
    """One thing that has left a site and was not received yet."""

    subject: str
    from_site: str
    to_site: str


def on_its_way(sites: Collection[str] | None) -> list[OnItsWay]:
    """Things between two sites, of which one is among ``sites`` (None: any); at most 200 of a kind."""
    found = []
    for kind, model in KINDS.items():
        rows = model.objects.exclude(bound_for="")
        if sites is not None:
            rows = rows.filter(Q(site__in=list(sites)) | Q(bound_for__in=list(sites)))
        listed = rows.order_by("-entry").values_list("code", "site", "bound_for")[:MOST]
        found += [OnItsWay(f"{kind}:{code}", site, to) for code, site, to in listed]
    return found
