"""Protocol drafts: protocols being written at a site, as typed, until one is signed; notes beside the book.

A draft is no entry and no version. Two people may write different parts of one; whoever saves a part that was saved
meanwhile is told so. A draft that was signed or put aside stays readable and is changed no more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from milenari.journal import clock
from milenari.journal.models import ProtocolDraft as Row
from milenari.rules.action import Refused
from milenari.rules.protocol_lines import TABLES, Lines

OPEN, SIGNED, ASIDE = "", "signed", "aside"
LARGEST = 1_000_000  # letters of one draft; the shipped protocol has a thirtieth


@dataclass(frozen=True)
class Draft:
    """A draft as screens show it; ``amends`` is the version it began from, empty for a new protocol."""

    id: int
    site: str
    protocol: str
    number: str
    amends: str
    lines: Lines
    begun_by: str
    begun_at: datetime
    saved_by: str
    saved_at: datetime
    ended: str


def _draft(row: Row) -> Draft:
    return Draft(row.pk, row.site, row.protocol, row.number, row.amends, row.lines, row.begun_by, row.begun_at,
                 row.saved_by, row.saved_at, row.ended)  # fmt: skip


def begin(site: str, by: str, protocol: str, number: str, amends: str, lines: Lines) -> Draft:
    """Begin a draft for a site."""
    _fits(lines)
    now = clock.now()
    return _draft(Row.objects.create(site=site, protocol=protocol, number=number, amends=amends, lines=lines,
                                     begun_by=by, begun_at=now, saved_by=by, saved_at=now))  # fmt: skip


def of(site: str, words: str = "") -> QuerySet[Row, Row]:
    """The drafts of a site without what they say, those still open first, then the newest."""
    found = Row.objects.filter(site=site).defer("lines").order_by("ended", "-saved_at", "-id")
    return found.filter(protocol__icontains=words) if words else found


def one(number: int, site: str) -> Draft:
    """A draft by its number; Refused when this site has none."""
    row = Row.objects.filter(pk=number, site=site).first()
    if row is None:
        raise Refused("draft-unknown", number=number)
    return _draft(row)


def digest(told: Any) -> str:
    """What a part said, as one short text: to know whether it was saved meanwhile."""
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def save(draft: Draft, by: str, head: dict[str, str], part: Lines, seen: str) -> Draft:
    """Save some tables of a draft, and its code and number; Refused when they were saved since ``seen``."""
    with transaction.atomic():
        row = Row.objects.select_for_update().get(pk=draft.id)
        _open(row)
        if digest(said(_draft(row), tuple(part), bool(head))) != seen:
            raise Refused("draft-saved-meanwhile", person=row.saved_by, at=row.saved_at)
        lines = {**row.lines, **{table: part[table] for table in part if table in TABLES}}
        _fits(lines)
        row.lines, row.saved_by, row.saved_at = lines, by, clock.now()
        for name, value in head.items():
            setattr(row, name, value)
        row.save(update_fields=["lines", "saved_by", "saved_at", *head])
    return _draft(row)


def said(draft: Draft, tables: tuple[str, ...], head: bool) -> list[Any]:
    """What some tables of a draft say, for its digest."""
    return [draft.lines.get(table, []) for table in tables] + ([draft.protocol, draft.number] if head else [])


def end(draft: Draft, how: str) -> None:
    """Note that a draft was signed, put aside, or taken up again; a signed one stays signed."""
    with transaction.atomic():
        row = Row.objects.select_for_update().get(pk=draft.id)
        if row.ended == SIGNED:
            raise Refused("draft-over", number=row.pk)
        row.ended = how
        row.save(update_fields=["ended"])


def _open(row: Row) -> None:
    if row.ended:
        raise Refused("draft-over", number=row.pk)


def _fits(lines: Lines) -> None:
    size = len(json.dumps(lines))
    if size > LARGEST:
        raise Refused("draft-too-large", size=size, most=LARGEST)
