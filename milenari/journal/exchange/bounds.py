"""Bounds: between which moments an entry was written by other sites' clocks, and which claims lie outside.

The links come from entries that name other logs' heads (``rules/sighting.py``) and from cosignatures taken in. What a
root names is compared with our own copy of that log before it counts. The arithmetic is in ``rules/interval.py``.
"""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max, Min

from milenari.journal import clock, models
from milenari.journal.subtrees import Prover
from milenari.rules.action import Entry
from milenari.rules.interval import Interval, Known, interval
from milenari.rules.sighting import RecordSighting, heads_of

NEWEST = 2_000
"""How many of a log's newest entries are looked at again when something has arrived; ``examine`` looks at all."""


def obey(entry: Entry, index: int, using: str) -> None:
    """Keep which heads an entry names, so that they can be asked for by index."""
    if isinstance(entry.action, RecordSighting):
        rows = [
            models.Named(by=entry.site, index=index, of=log, size=size, root=root)
            for log, size, root in heads_of(entry.action)
        ]
        models.Named.objects.using(using).bulk_create(rows, ignore_conflicts=True)


def covered(log: str, by: str, size: int, at: datetime, using: str) -> None:
    """Keep a verified cosignature; the first over each size counts."""
    models.Covered.objects.using(using).get_or_create(site=log, by=by, size=size, defaults={"at": at})


def settle(using: str = DEFAULT_DB_ALIAS) -> None:
    """Compare named roots with our own copies as far as we hold them, and look at the newest claims again."""
    held = dict(models.Head.objects.using(using).values_list("site", "size"))
    provers: dict[str, Prover] = {}
    for row in models.Named.objects.using(using).filter(good=None, of__in=list(held)):
        if row.size <= held[row.of]:
            prover = provers.setdefault(row.of, Prover(row.of))
            good = b64encode(prover.root_at(row.size)).decode() == row.root
            models.Named.objects.using(using).filter(pk=row.pk).update(good=good)
    for log, size in held.items():
        examine(log, max(0, size - NEWEST), using)


class _Links:
    """The links of one question, asked of the database by index."""

    def __init__(self, using: str) -> None:
        self.named = models.Named.objects.using(using).filter(good=True)
        self.entries = models.Entry.objects.using(using)
        self.signed = models.Covered.objects.using(using)

    def named_by(self, log: str, upto: int) -> dict[str, int]:
        asked = self.named.filter(by=log, index__lte=upto).values_list("of").annotate(size=Max("size"))
        return dict(asked.order_by())

    def first_naming(self, log: str, index: int) -> dict[str, int]:
        asked = self.named.filter(of=log, size__gt=index).values_list("by").annotate(first=Min("index"))
        return dict(asked.order_by())

    def cosigned(self, log: str, index: int) -> dict[str, datetime]:
        asked = self.signed.filter(site=log, size__gt=index).values_list("by").annotate(first=Min("at"))
        return dict(asked.order_by())

    def claimed(self, log: str, index: int) -> datetime | None:
        return self.entries.filter(site=log, index=index).values_list("written_at", flat=True).first()


def bounds_of(log: str, index: int, using: str = DEFAULT_DB_ALIAS) -> Interval:
    """Between which moments one entry was truly written, as far as other sites' clocks say so."""
    return interval(log, index, _Links(using))


@dataclass(frozen=True)
class Outside:
    """A claim outside its bounds, as the screens show it."""

    site: str
    index: int
    act: str
    action: str
    kind: str
    claimed: datetime
    not_before: datetime | None
    not_after: datetime | None


def examine(log: str, start: int = 0, using: str = DEFAULT_DB_ALIAS) -> int:
    """Look at the claims of a log from an entry on; keeps those outside their bounds, answers how many are new."""
    known = _known(using)
    places = known.breaks(log)
    found: dict[int, Interval] = {}
    made = 0
    asked = models.Entry.objects.using(using).filter(site=log, index__gte=start).order_by("index")
    for index, written_at, happened_at in asked.values_list("index", "written_at", "happened_at").iterator(5_000):
        part = bisect_right(places, index)
        if part not in found:
            found = {part: interval(log, index, known)}
        kind = found[part].outside(written_at, happened_at)
        if kind:
            told = {
                "kind": kind, "claimed": happened_at if kind == "ahead" else written_at, "found_at": clock.now(),
                "not_before": found[part].not_before, "not_after": found[part].not_after,
            }  # fmt: skip
            made += models.Skew.objects.using(using).get_or_create(site=log, index=index, defaults=told)[1]
    return made


def _known(using: str) -> Known:
    links = _Links(using)
    known = Known(links.claimed)
    for by, index, of, size in links.named.order_by("by", "index").values_list("by", "index", "of", "size"):
        known.add_named(by, index, of, size)
    for log, by, size, at in links.signed.order_by("size").values_list("site", "by", "size", "at"):
        known.add_signed(log, by, size, at)
    return known


def skewed(using: str = DEFAULT_DB_ALIAS) -> dict[str, int]:
    """How many claims of each log are outside their bounds."""
    found: dict[str, int] = {}
    for log in models.Skew.objects.using(using).values_list("site", flat=True):
        found[log] = found.get(log, 0) + 1
    return found


def outside(
    sites: Iterable[str] | None, offset: int, limit: int, using: str = DEFAULT_DB_ALIAS
) -> tuple[list[Outside], int]:
    """Claims outside their bounds, newest first, of these logs (None: all), and how many there are."""
    rows = models.Skew.objects.using(using).order_by("-id")
    if sites is not None:
        rows = rows.filter(site__in=list(sites))
    made = []
    for row in rows[offset : offset + limit]:
        entry = models.Entry.objects.using(using).filter(site=row.site, index=row.index).first()
        act, action = (entry.act, entry.action) if entry else ("", "")
        made.append(
            Outside(row.site, row.index, act, action, row.kind, row.claimed, row.not_before, row.not_after)
        )  # fmt: skip
    return made, rows.count()


def relink(using: str = DEFAULT_DB_ALIAS) -> int:
    """Make the links again from the entries; answers how many there are."""
    from milenari.journal import fold

    models.Named.objects.using(using).all().delete()
    asked = models.Entry.objects.using(using).filter(action=RecordSighting.code).order_by("id")
    for index, body in asked.values_list("index", "body").iterator(500):
        obey(fold.entry_from(bytes(body)), index, using)
    settle(using)
    return models.Named.objects.using(using).count()
