"""Sight: whose data a person may see, decided in one place for screens and interface.

A person sees the sites where a role of theirs holds today; the control site's coordinators, quality assurance, data
managers and statisticians see all. Some subjects belong to the network and are seen by everybody who holds a role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from milenari.registers import models as table
from milenari.registers import questions
from milenari.words import Role, split_subject

OVERSIGHT = (Role.COORDINATOR, Role.QA, Role.DATA_MANAGER, Role.STATISTICIAN)
NETWORK_WIDE = (
    "site",
    "process",
    "country",
    "masterfile",
    "lot",
    "container",
    "campaign",
    "roll",
    "person",
    "lease",
    "sighting",
    "cap",
    "casebook-form",
    "protocol",
)


def seen_by(held: Mapping[str, list[Role]], places: Mapping[str, questions.Place]) -> frozenset[str] | None:
    """The sites that somebody with these roles sees; None: every site."""
    everything = any(p.control and any(r in OVERSIGHT for r in held.get(code, ())) for code, p in places.items())
    return None if everything else frozenset(held)


def may_see(name: str, sites: frozenset[str] | None, *also: str) -> bool:
    """Whether a subject is seen from these sites; ``also`` are sites concerned besides those of the subject."""
    if sites is None or split_subject(name)[0] in NETWORK_WIDE:
        return True
    return bool(sites & {*also, *questions.sites_of(name)})


def subjects_seen(sites: frozenset[str]) -> list[QuerySet[Any]]:
    """Questions for the names of subjects seen from these sites, beyond those that belong to the network.

    The same answer as ``questions.sites_of`` for each subject, for many at once: what a site holds or awaits,
    and every part of a therapy in which it has a part that concerns the treating site.
    """
    here = list(sites)
    treated = table.Journey.objects.filter(site__in=here).values("code")
    parts: list[QuerySet[Any]] = [table.Subject.objects.filter(site__in=here).values("key")]
    concerned = Q(site__in=here)
    for model in (table.Collection, table.Batch, table.Dose):
        mine = Q(site__in=here) | Q(journey__in=treated)
        if model is not table.Batch:
            mine |= Q(bound_for__in=here)
        parts.append(model.objects.filter(mine).values("subject"))
        concerned |= Q(code__in=model.objects.filter(site__in=here).values("journey"))
    parts.append(table.Journey.objects.filter(concerned).values("subject"))
    compared = Q(reference__in=here) | Q(candidate__in=here)
    parts.append(table.Study.objects.filter(compared).values("subject"))
    return parts
