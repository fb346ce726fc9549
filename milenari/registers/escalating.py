"""Escalating: which deviations the control site is to be told of, was told of, or has still to answer.

When one is due follows from the agreement in force on the day of the deviation, so the sheets are asked for that; the
rows only say which deviations are worth asking about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from milenari.registers import models as table
from milenari.rules import escalation
from milenari.rules.action import Sheets

MOST = 400  # deviations looked at, the newest first
LOOKED_BACK = timedelta(days=400)


@dataclass(frozen=True)
class Line:
    """One deviation between its site and the control site."""

    code: str
    of: str
    deviation: str
    severity: str
    site: str
    to_site: str
    opened_at: datetime
    due_at: datetime | None
    told_at: datetime | None
    state: str  # overdue, due, told, or the decision of the control site
    closed: bool
    release_waits: bool

    @property
    def holds(self) -> bool:
        """Whether the release of its batch or lot waits for it."""
        return self.state in ("stop", "taken-over") or (self.release_waits and self.state != "accepted-locally")

    def late(self, now: datetime) -> bool:
        """Whether somebody lets it wait for too long: the site with telling, the control site with answering."""
        return self.state == "overdue" or (self.state == "told" and self.due_at is not None and self.due_at < now)


def lines(book: Sheets, now: datetime, sites: Iterable[str] | None) -> list[Line]:
    """Deviations that are to be told or were, of these sites (None: all); the newest first."""
    held: dict[str, Any] = {row.receiver: row for row in _agreements(sites)}
    told = {row.code: row for row in table.Escalation.objects.filter(**({"site__in": list(sites)} if sites else {}))}
    if not held and not told:
        return []
    answers = {row.code: row for row in table.EscalationAnswer.objects.filter(code__in=list(told))}
    found = []
    for row in _deviations(set(held) | {t.site for t in told.values()}, now):
        code = escalation.escalation_code(row.of, row.code)
        mine = told.get(code)
        if mine is not None and (mine.of != row.of or mine.at < row.opened_at):
            mine = None
        demanded = escalation.due(book, row.place, row) if row.place in held else None
        if mine is None and demanded is None:
            continue
        answer = answers.get(code) if mine else None
        due_at = demanded.at if demanded else None
        found.append(
            Line(code, row.of, row.code, row.severity, row.place, demanded.to_site if demanded else "", row.opened_at,
                 due_at, mine.at if mine else None, _state(mine, answer, due_at, now), bool(row.closed_by),
                 bool(demanded and demanded.release_waits))
        )  # fmt: skip
    return found


def _state(mine: Any, answer: Any, due_at: datetime | None, now: datetime) -> str:
    if mine is None:
        return "overdue" if due_at is not None and due_at < now else "due"
    # A stop or a take-over holds until the control site decides otherwise; what is told anew is to be answered.
    if answer is not None and (answer.round >= mine.round or answer.decision != "accepted-locally"):
        return str(answer.decision)
    return "told"


def _agreements(sites: Iterable[str] | None) -> Any:
    rows = table.QualityAgreement.objects.filter(relation="control").exclude(state="drafted")
    if sites is None:
        return rows
    return rows.filter(Q(receiver__in=list(sites)) | Q(giver__in=list(sites)))


def _deviations(sites: set[str], now: datetime) -> list[Any]:
    batch = table.Batch.objects.filter(subject=OuterRef("of")).values("site")[:1]
    lot = table.Lot.objects.filter(subject=OuterRef("of")).values("site")[:1]
    rows: Any = table.Deviation.objects.annotate(place=Coalesce(Subquery(batch), Subquery(lot)))
    rows = rows.filter(place__in=sites, opened_at__gte=now - LOOKED_BACK)
    return list(rows.order_by("-opened_at", "key")[:MOST])
