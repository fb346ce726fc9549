"""Desk: what waits for a decision of quality assurance or a Qualified Person, and what keeps it waiting.

Named questions over batches and vector lots from harvest to final decision. ``sites``: None for every site.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from milenari.registers import models as table
from milenari.registers.questions import names_of
from milenari.words import Role

Sites = Collection[str] | None
PAGE = 25


@dataclass(frozen=True)
class Waits:
    """A batch or lot before its next decision; ``standing`` says what is missing, first what comes first."""

    row: Any
    kind: str
    standing: tuple[str, ...]
    pending: int
    due_at: datetime | None
    use_by: datetime | None
    given: int
    left: int


@dataclass(frozen=True)
class Queue:
    lines: list[Waits]
    total: int
    page: int
    pages: int


def queue(sites: Sites, text: str = "", site: str = "", page: int = 1) -> Queue:
    """Batches and lots harvested and not finally decided; a failed late result first, then the oldest harvest."""
    batches = table.Batch.objects.filter(harvested_at__isnull=False, decision__in=("", "conditional"), purpose="")
    lots = table.Lot.objects.filter(harvested_at__isnull=False, decision="", recalled="")
    if sites is not None:
        batches, lots = batches.filter(site__in=list(sites)), lots.filter(site__in=list(sites))
    if site:
        batches, lots = batches.filter(site=site), lots.filter(site=site)
    if text := text.strip():
        batches = batches.filter(Q(code__icontains=text) | Q(coi__icontains=text))
        lots = lots.filter(code__icontains=text)
    alarmed = batches.exclude(alarm="").order_by("harvested_at")
    names = [*alarmed.values_list("subject", flat=True)[:PAGE]]
    quiet = batches.filter(alarm="").values_list("subject", "harvested_at")
    others = quiet.union(lots.values_list("subject", "harvested_at")).order_by("harvested_at", "subject")
    total = others.count() + len(names)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    first = max(0, (page - 1) * PAGE - len(names))
    shown = names if page == 1 else []
    shown = [*shown, *(name for name, _ in others[first : first + PAGE - len(shown)])]
    return Queue(lines(shown), total, page, pages)


def lines(names: list[str]) -> list[Waits]:
    """What keeps each of these batches and lots waiting, in the order given."""
    rows: dict[str, Any] = {r.subject: r for r in table.Batch.objects.filter(subject__in=names)}
    rows |= {r.subject: r for r in table.Lot.objects.filter(subject__in=names)}
    results: dict[str, list[table.Result]] = {}
    for result in table.Result.objects.filter(of__in=names, status__in=("pending", "recorded")):
        results.setdefault(result.of, []).append(result)
    deviating = set(table.Deviation.objects.filter(of__in=names, closed_by="").values_list("of", flat=True))
    inquired = set(table.Investigation.objects.filter(of__in=names, conclusion="").values_list("of", flat=True))
    doses: dict[str, list[table.Dose]] = {}
    for dose in table.Dose.objects.filter(batch__in=[n.partition(":")[2] for n in names if n.startswith("batch:")]):
        doses.setdefault(f"batch:{dose.batch}", []).append(dose)
    found = []
    for name in names:
        row, waiting, held = rows[name], results.get(name, []), doses.get(name, [])
        kind = name.partition(":")[0]
        blocked = tuple(
            code for code, names_at in (("investigation", inquired), ("deviation", deviating)) if name in names_at
        )
        standing = _batch(row, held, waiting, blocked) if kind == "batch" else _lot(row, waiting, blocked)
        due = [r.due_at for r in waiting if r.status == "pending" and r.due_at]
        left = [d for d in held if d.given_at is None]
        found.append(
            Waits(row, kind, standing, len(waiting), min(due, default=None),
                  min((d.use_by for d in left if d.use_by), default=None), len(held) - len(left), len(left))
        )  # fmt: skip
    return found


def _batch(row: Any, doses: list[Any], waiting: list[Any], blocked: tuple[str, ...]) -> tuple[str, ...]:
    early = [r for r in waiting if not r.late]
    found = [
        code
        for code, holds in (
            ("alarm", row.alarm), ("on-hold", row.on_hold), ("unfilled", not doses),
            ("unreconciled", not row.reconciled), ("unsampled", row.unsampled),
            ("failed", row.verdict in ("fail", "undecided")),
            ("results", any(r.status == "pending" for r in early)),
            ("unverified", any(r.status == "recorded" for r in waiting)),
        )
        if holds
    ]  # fmt: skip
    found += blocked
    late = row.decision == "conditional" and any(r.late for r in waiting)
    if late:
        found.append("late")
    return tuple(found) or (_next(row.trail_reviewed, row.certified not in ("", row.decision)),)


def _lot(row: Any, waiting: list[Any], blocked: tuple[str, ...]) -> tuple[str, ...]:
    found = [
        code
        for code, holds in (
            ("unfilled", not row.containers), ("untitred", row.titre_tu_per_ml is None), ("unsampled", row.unsampled),
            ("failed", row.verdict in ("fail", "undecided")),
            ("results", any(r.status == "pending" for r in waiting)),
            ("unverified", any(r.status == "recorded" for r in waiting)),
        )
        if holds
    ]  # fmt: skip
    return tuple([*found, *blocked]) or ("release" if row.trail_reviewed else "review",)


def _next(reviewed: bool, certified: bool) -> str:
    return "review" if not reviewed else "release" if certified else "certification"


# -- people ---------------------------------------------------------------------------------------------


def delegated(product: str, site: str, today: date) -> list[tuple[str, date | None]]:
    """The persons named as Qualified Person for a product at a site today, each with the last day."""
    found = table.Delegation.objects.filter(product=product, site=site, from_on__lte=today, to_on__gte=today)
    return list(found.order_by("person").values_list("person", "to_on"))


def holders(site: str, roles: Collection[Role], today: date) -> dict[Role, list[tuple[str, str]]]:
    """Who holds each of these roles at a site today: person and printed name."""
    found = table.Role.objects.filter(site=site, role__in=[str(r) for r in roles], from_on__lte=today)
    found = found.filter(Q(to_on__isnull=True) | Q(to_on__gte=today)).order_by("person")
    pairs = list(dict.fromkeys(found.values_list("role", "person")))
    names = names_of(person for _, person in pairs)
    return {role: [(p, names.get(p, p)) for r, p in pairs if r == str(role)] for role in roles}
