"""Fold: entries into the state of subjects, and from that state into the registers.

The only writer of the registers. A cached sheet is trusted only while the newest entry about its subject
is still the one it was folded from, so a rolled-back transaction cannot leave a wrong state behind.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from threading import Lock
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from milenari import rules
from milenari.journal import canonical
from milenari.registers import rows
from milenari.rules.action import ACTIONS, Entry, Finding, Move, Sheet, blank, fold_in
from milenari.words import Meaning, Role, utc

rules.load()
CACHED = 20_000
_cache: OrderedDict[tuple[str, str], tuple[int, bytes, Any]] = OrderedDict()
_lock = Lock()

_LATEST = (
    "SELECT t.version, e.leaf FROM journal_touch t JOIN journal_entry e ON e.id = t.entry_id"
    " WHERE t.subject = %s ORDER BY t.version DESC LIMIT 1"
)
_SINCE = (
    "SELECT e.body FROM journal_touch t JOIN journal_entry e ON e.id = t.entry_id"
    " WHERE t.subject = %s AND t.version > %s ORDER BY t.version"
)


def entry_from(body: bytes) -> Entry:
    """An entry from its exact bytes; raises CanonicalError or Refused when they are not an entry."""
    return entry_of(canonical.parse(bytes(body)))


def entry_of(data: dict[str, Any]) -> Entry:
    return Entry(
        act=data["act"],
        action=ACTIONS[data["action"]].from_data(data["data"]),
        by=data["by"],
        name=data["name"],
        role=Role(data["role"]),
        meaning=Meaning(data["meaning"]),
        site=data["site"],
        zone=data["zone"],
        happened_at=utc(data["happened_at"]),
        written_at=utc(data["written_at"]),
        reason=data["reason"],
        subjects=tuple((name, version) for name, version in data["subjects"]),
        findings=tuple(Finding(x["code"], x["facts"]) for x in data["findings"]),
        moves=tuple(Move(*line) for line in data["moves"]),
        given=data["given"],
    )


class DiskBook:
    """What a rule may look at: every subject folded from this node's journal."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self.using = using
        self.seen: dict[str, Any] = {}

    def sheet(self, name: str) -> Any:
        if name not in self.seen:
            self.seen[name] = self._read(name)
        return self.seen[name]

    def _read(self, name: str) -> Any:
        with connections[self.using].cursor() as cursor:
            cursor.execute(_LATEST, [name])
            latest = cursor.fetchone()
            if latest is None:
                return blank(name)
            version, leaf = latest[0], bytes(latest[1])
            key = (self.using, name)
            with _lock:
                held = _cache.get(key)
            if held and held[0] == version and held[1] == leaf:
                return held[2]
            cursor.execute(_SINCE, [name, 0])
            state = blank(name)
            for (body,) in cursor.fetchall():
                state = fold_in(state, name, entry_from(body))
        remember(self.using, name, version, leaf, state)
        return state


def remember(using: str, name: str, version: int, leaf: bytes, state: Any) -> None:
    with _lock:
        _cache[using, name] = (version, leaf, state)
        _cache.move_to_end((using, name))
        while len(_cache) > CACHED:
            _cache.popitem(last=False)


def post(book: DiskBook, entry: Entry, entry_id: int, leaf: bytes) -> None:
    """Apply one entry to every subject it touches and write the register rows that changed."""
    for name, version in entry.subjects:
        before = book.sheet(name)
        state = fold_in(before, name, entry)
        write_rows(book.using, name, entry_id, rows.changed(name, before, state))
        book.seen[name] = state
        remember(book.using, name, version, leaf, state)
    write_rows(book.using, entry.about, entry_id, rows.postings(entry))


def write_rows(using: str, subject: str, entry_id: int, changed: Iterable[rows.Row]) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for row in changed:
            sql, names = rows.upsert(row.table)
            values = {"key": row.key, "subject": subject, "entry": entry_id, **row.values}
            cursor.execute(sql, [_adapt(connection, values[n]) for n in names])


def _adapt(connection: Any, value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if hasattr(value, "tzinfo"):
        return connection.ops.adapt_datetimefield_value(value)
    if hasattr(value, "isoformat"):
        return connection.ops.adapt_datefield_value(value)
    return value


def everything(using: str = DEFAULT_DB_ALIAS, entries: Iterable[Entry] = ()) -> Iterator[tuple[str, Sheet]]:
    """Fold a whole sequence of entries in memory: every subject with its final state."""
    states: dict[str, Any] = {}
    for entry in entries:
        for name, _ in entry.subjects:
            states[name] = fold_in(states.get(name) or blank(name), name, entry)
    yield from states.items()
