"""Search: entries by who, what, about what, when and why, for inspectors; paged, sorted and streamed.

Who, what, about and when are found by index. Role, meaning, reason and findings stand only in the entry's
bytes, so those are read through; without a first day that reaches back one year and the answer says so.
21 CFR 11.10(b), (e): copies and review of the trail; draft EU GMP Annex 11 (2025), 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import or_
from typing import Any

from django.db import DataError
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, TextField

from milenari.journal import clock
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Touch
from milenari.journal.read import Seen, seen_of
from milenari.registers import sight
from milenari.rules.action import ACTIONS, Refused

LATE = timedelta(minutes=5)
REACH = timedelta(days=366)
TOGETHER = 200
SORTS = {
    "written": ("id",), "happened": ("happened_at", "id"), "who": ("person", "id"), "what": ("action", "id"),
    "site": ("site", "index"),
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty fields ask nothing. ``sites`` are those the person sees (None: every site)."""

    sites: frozenset[str] | None = frozenset()
    persons: tuple[str, ...] | None = None
    action: str = ""
    subjects: tuple[str, ...] | None = None
    site: str = ""
    role: str = ""
    meaning: str = ""
    reason: str = ""
    finding: str = ""  # a code, or "any"
    late: bool = False
    happened_from: datetime | None = None
    happened_to: datetime | None = None
    written_from: datetime | None = None
    written_to: datetime | None = None
    sort: str = "-written"

    @property
    def scans(self) -> bool:
        """Whether the bytes of the entries have to be read through."""
        return bool(self.role or self.meaning or self.reason or self.finding)

    def bounded(self) -> Wanted:
        """The same, reaching back a year where bytes are read through and no first day is given."""
        if not self.scans or self.written_from or self.happened_from:
            return self
        ends = self.written_to or self.happened_to or clock.now()
        return replace(self, written_from=ends - REACH)


@dataclass(frozen=True)
class Hits:
    """One page of what was found. ``unreadable`` are places (SITE/index) whose bytes are no entry any more."""

    seen: list[Seen]
    total: int
    wanted: Wanted
    unreadable: list[str]


class _Said(Func):
    """One text of the entry's bytes, empty where they are not JSON."""

    output_field = TextField()

    def __init__(self, key: str) -> None:
        super().__init__(F("body"))
        self.key = key

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        text = "CAST(%(expressions)s AS TEXT)"
        template = f"CASE WHEN json_valid({text}) THEN json_extract({text}, '$.{self.key}') ELSE '' END"
        return super().as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = f"(convert_from(%(expressions)s, 'UTF8')::json ->> '{self.key}')"
        return super().as_sql(compiler, connection, template=template, **more)


def _asked(wanted: Wanted) -> QuerySet[EntryRow]:
    found = EntryRow.objects.all()
    if wanted.persons is not None:
        found = found.filter(person__in=wanted.persons)
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.site:
        found = found.filter(site=wanted.site)
    if wanted.subjects is not None:
        found = found.filter(pk__in=Touch.objects.filter(subject__in=wanted.subjects).values("entry"))
    edges = {"happened_at__gte": wanted.happened_from, "happened_at__lt": wanted.happened_to,
             "written_at__gte": wanted.written_from, "written_at__lt": wanted.written_to}  # fmt: skip
    found = found.filter(**{name: at for name, at in edges.items() if at is not None})
    if wanted.late:
        found = found.filter(written_at__gt=F("happened_at") + LATE)
    return _said(_in_sight(found, wanted.sites), wanted)


def _said(found: QuerySet[EntryRow], wanted: Wanted) -> QuerySet[EntryRow]:
    if wanted.role:
        found = found.annotate(role=_Said("role")).filter(role=wanted.role)
    if wanted.meaning:
        found = found.annotate(meaning=_Said("meaning")).filter(meaning=wanted.meaning)
    if wanted.reason:
        found = found.annotate(reason=_Said("reason")).filter(reason__icontains=wanted.reason)
    if wanted.finding:
        found = found.annotate(findings=_Said("findings"))
        code = "" if wanted.finding == "any" else f'"{wanted.finding}"'
        found = found.filter(findings__contains=f'"code":{code}')
    return found


@cache
def _by_main() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Actions that are always about something of the network, and those that may be: by their first subject."""
    always, maybe = [], []
    for code, cls in ACTIONS.items():
        main = next((spec for spec in cls.fields.values() if spec.touch), None)
        wide = [kind in sight.NETWORK_WIDE for kind in main.of] if main else []
        if main and main.required and wide and all(wide):
            always.append(code)
        elif any(wide) or not (main and main.required):
            maybe.append(code)
    return tuple(always), tuple(maybe)


def _in_sight(found: QuerySet[EntryRow], sites: frozenset[str] | None) -> QuerySet[EntryRow]:
    """Entries written at these sites, about something of the network, or about a therapy they have part in."""
    if sites is None:
        return found
    main = Touch.objects.filter(entry=OuterRef("pk")).order_by("id").values("subject")[:1]
    always, maybe = _by_main()
    wide = reduce(or_, (Q(main__startswith=f"{kind}:") for kind in sight.NETWORK_WIDE))
    names = sight.subjects_seen(sites)
    # First by index what touches such a subject at all, and of that only what is mainly about it.
    touching = Touch.objects.filter(reduce(or_, (Q(subject__in=part) for part in names))).values("entry")
    seen = Q(pk__in=touching) & reduce(or_, (Q(main__in=part) for part in names))
    asked = Q(site__in=list(sites)) | Q(action__in=always) | (Q(action__in=maybe) & wide) | seen
    return found.annotate(main=Subquery(main)).filter(asked)


def find(wanted: Wanted, offset: int = 0, limit: int = 25) -> Hits:
    """One page of the entries that match, and how many there are in all; in two questions and one more."""
    wanted = wanted.bounded()
    columns = SORTS.get(wanted.sort.lstrip("-"), SORTS["written"])
    order = [f"-{c}" for c in columns] if wanted.sort.startswith("-") else list(columns)
    try:
        asked = _asked(wanted)
        total = asked.count()
        numbers = list(asked.order_by(*order).values_list("pk", flat=True)[offset : offset + limit])
    except DataError as fault:
        raise Refused("entry-unreadable", act=str(fault).splitlines()[0][:120]) from fault
    rows = {row.pk: row for row in EntryRow.objects.filter(pk__in=numbers)}
    seen, unreadable = _read(rows[number] for number in numbers)
    return Hits(seen, total, wanted, unreadable)


def _read(rows: Iterator[EntryRow]) -> tuple[list[Seen], list[str]]:
    seen: list[Seen] = []
    unreadable: list[str] = []
    for row in rows:
        try:
            seen.append(seen_of(row))
        except Refused:
            unreadable.append(f"{row.site}/{row.index}")
    return seen, unreadable


def newest() -> int:
    """The position of the newest entry on this node; 0 when there is none."""
    return EntryRow.objects.order_by("-id").values_list("pk", flat=True).first() or 0


def each(wanted: Wanted, upto: int) -> Iterator[Seen]:
    """Every entry that matches, oldest first, a few at a time, up to the position ``upto``.

    Bytes that are no entry any more are left out here; verification names them.
    """
    asked = _asked(wanted.bounded())
    after = 0
    while True:
        numbers = list(asked.filter(pk__gt=after, pk__lte=upto).order_by("pk").values_list("pk", flat=True)[:TOGETHER])
        if not numbers:
            return
        rows = EntryRow.objects.filter(pk__in=numbers).order_by("pk")
        yield from _read(iter(rows))[0]
        after = numbers[-1]


@dataclass(frozen=True)
class Neighbours:
    """The acts before and after one, about its main subject; empty where there is none."""

    before: str
    after: str
    version: int
    versions: int


def around(seen: Seen) -> Neighbours:
    """Where an entry stands in the history of what it is about."""
    name, version = seen.entry.subjects[0]
    asked = Touch.objects.filter(subject=name)
    near = asked.filter(version__in=(version - 1, version + 1)).values_list("version", "entry__act")
    acts: dict[int, str] = dict(near)
    return Neighbours(acts.get(version - 1, ""), acts.get(version + 1, ""), version, asked.count())


def history(subject: str, offset: int, limit: int) -> tuple[list[Seen], int, list[str]]:
    """A part of everything written about a subject, in the order of its versions; and how much there is."""
    asked = Touch.objects.filter(subject=subject)
    numbers = list(asked.order_by("version").values_list("entry_id", flat=True)[offset : offset + limit])
    rows = {row.pk: row for row in EntryRow.objects.filter(pk__in=numbers)}
    seen, unreadable = _read(rows[number] for number in numbers)
    return seen, asked.count(), unreadable
