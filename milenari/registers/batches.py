"""Batches: the list of products made or in the making, searched, filtered and paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from milenari.registers import models as table
from milenari.registers.questions import PAGE, Sites
from milenari.registers.waiting import next_of_batch

DECISIONS = (
    "", "conditional", "final", "out-of-specification", "rejected", "recalled", "run-accepted", "run-failed",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One batch, the act that moves it on (empty when none does) and the phase or test concerned."""

    batch: table.Batch
    action: str
    detail: str


@dataclass(frozen=True)
class Listed:
    lines: list[Line]
    total: int
    page: int
    pages: int


def batches(sites: Sites, text: str = "", decision: str | None = "", page: int = 1) -> Listed:
    """One page of the batches made at, or for a patient of, these sites; ``decision`` None takes every one."""
    found: Any = table.Batch.objects.all()
    if sites is not None:
        treated = Exists(table.Journey.objects.filter(key=OuterRef("journey"), site__in=list(sites)))
        found = found.filter(Q(site__in=list(sites)) | treated)
    if decision is not None:
        found = found.filter(decision=decision)
    if text := text.strip():
        found = found.filter(Q(code__icontains=text) | Q(coi__icontains=text) | Q(journey__icontains=text))
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    held = table.Dose.objects.filter(batch=OuterRef("code"))
    stage = table.Certificate.objects.filter(batch=OuterRef("code")).order_by("-at").values("stage")[:1]
    rows = found.annotate(filled=Exists(held), stage=Subquery(stage)).order_by("-started_at", "code")
    return Listed([_line(row) for row in rows[(page - 1) * PAGE : page * PAGE]], total, page, pages)


def _line(row: Any) -> Line:
    if row.decision not in ("", "conditional"):
        return Line(row, "", "")
    if row.awaiting and not row.on_hold:
        return Line(row, "verify-step", row.awaiting)
    action, _since, detail = next_of_batch(row)
    return Line(row, action, detail)
