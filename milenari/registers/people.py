"""People: who works where as what, trained in which version of which procedure, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from milenari.registers import models as table
from milenari.words import Role

MOST = 400  # persons on one page


@dataclass
class Worker:
    """One person at one site."""

    code: str
    name: str
    site: str
    roles: list[table.Role] = field(default_factory=list)
    trained: dict[tuple[str, str], date] = field(default_factory=dict)
    delegations: list[table.Delegation] = field(default_factory=list)


def holders(where: Iterable[str], today: date) -> dict[tuple[str, Role], list[str]]:
    """The printed names of whoever holds a role at a site today, by name."""
    rows = table.Role.objects.filter(site__in=list(where), from_on__lte=today)
    rows = rows.filter(Q(to_on=None) | Q(to_on__gte=today)).order_by("site", "role", "person")
    held = list(rows.values_list("site", "role", "person"))
    named = dict(table.Person.objects.filter(key__in={p for _, _, p in held}).values_list("code", "name"))
    found: dict[tuple[str, Role], list[str]] = {}
    for site, role, person in held:
        names = found.setdefault((site, Role(role)), [])
        if named.get(person, person) not in names:
            names.append(named.get(person, person))
    return {place: sorted(names) for place, names in found.items()}


def workers(where: Iterable[str], today: date) -> list[Worker]:
    """Everybody with a role at these sites today or later, with training and delegations; by site and name."""
    rows = list(table.Role.objects.filter(site__in=list(where)).filter(Q(to_on=None) | Q(to_on__gte=today))
                .order_by("site", "key"))  # fmt: skip
    persons = {row.person for row in rows}
    named = dict(table.Person.objects.filter(key__in=persons).values_list("code", "name"))
    found: dict[tuple[str, str], Worker] = {}
    for row in rows:
        place = (row.site, row.person)
        found.setdefault(place, Worker(row.person, named.get(row.person, row.person), row.site)).roles.append(row)
    of: dict[str, list[Worker]] = {}
    for worker in found.values():
        of.setdefault(worker.code, []).append(worker)
    for made in table.Training.objects.filter(person__in=persons).exclude(until_on=None).order_by("until_on"):
        for worker in of[made.person]:
            if made.until_on:
                worker.trained[made.procedure, made.number] = made.until_on
    for given in table.Delegation.objects.filter(person__in=persons, to_on__gte=today).order_by("to_on"):
        for worker in of[given.person]:
            if worker.site == given.site:
                worker.delegations.append(given)
    return sorted(found.values(), key=lambda w: (w.site, w.name, w.code))[:MOST]


def procedures(found: Iterable[Worker]) -> list[tuple[str, str]]:
    """The procedures and versions in which anybody of these is trained: the columns of the training matrix."""
    return sorted({made for worker in found for made in worker.trained})
