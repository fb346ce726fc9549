"""Fold: entries into the state of subjects, and from that state into the registers.

The only writer of the registers. A cached sheet is trusted only while the newest entry about its subject
is still the one it was folded from, so a rolled-back transaction cannot leave a wrong state behind.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from milenari import rules
from milenari.journal import canonical, shipment
from milenari.journal.trip import Rows, Statement, trip
from milenari.registers import (
    rows,
    rows_casebook,
    rows_network,
    rows_quality,
    rows_safety,
    rows_studies,
    rows_trial,
)
from milenari.rules.action import ACTIONS, Entry, Finding, Move, Sheet, blank, fold_in
from milenari.words import Facts, Meaning, Role, utc

rules.load()
# Each declares, when it is imported, how its sheets become rows.
DECLARING = (rows, rows_casebook, rows_network, rows_quality, rows_safety, rows_studies, rows_trial)
CACHED = 20_000
TOGETHER = 200
_cache: OrderedDict[tuple[str, str], tuple[int, bytes, Any]] = OrderedDict()
_lock = Lock()

# For each name the newest version and its entry's leaf: one step down the index each, however long the history.
_LEAF = "(SELECT leaf FROM journal_entry WHERE id = t.entry_id)"
_LATEST = {
    "sqlite": f"SELECT n.value, t.version, {_LEAF} FROM json_each(%s) AS n JOIN journal_touch t ON t.id = "  # noqa: S608
    "(SELECT id FROM journal_touch WHERE subject = n.value ORDER BY version DESC LIMIT 1)",
    "postgresql": f"SELECT n.subject, t.version, {_LEAF} FROM unnest(%s::text[]) AS n(subject) CROSS JOIN LATERAL "  # noqa: S608
    "(SELECT version, entry_id FROM journal_touch WHERE subject = n.subject ORDER BY version DESC LIMIT 1) t",
}
_JUST_WRITTEN = {
    "sqlite": "(SELECT MAX(id) FROM journal_entry)",  # its only writer at the time
    "postgresql": "currval('journal_entry_id_seq')",
}
_SINCE = (
    "SELECT e.body FROM journal_touch t JOIN journal_entry e ON e.id = t.entry_id"
    " WHERE t.subject = %s AND t.version > %s ORDER BY t.version"
)


def entry_from(body: bytes) -> Entry:
    """An entry from its exact bytes; raises CanonicalError or Refused when they are not an entry."""
    return entry_of(canonical.parse(bytes(body)))


def entry_of(data: dict[str, Any]) -> Entry:
    """An entry from its parsed JSON; Refused or KeyError when it is not one."""
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


def latest(connection: Any, names: list[str]) -> Statement:
    """The question for the newest version of each subject and the leaf of its entry."""
    return _LATEST[connection.vendor], [json.dumps(names) if connection.vendor == "sqlite" else names]


def just_written(connection: Any) -> str:
    """SQL for the position of the entry that this transaction wrote last."""
    return _JUST_WRITTEN[connection.vendor]


class DiskBook:
    """What a rule may look at: every subject folded from this node's journal."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self.using = using
        self.seen: dict[str, Any] = {}
        self.newest: dict[str, tuple[int, bytes] | None] = {}

    def expect(self, names: list[str], found: Rows) -> None:
        """Take the answer to ``latest``, so that these subjects need not be asked for one by one."""
        self.newest = dict.fromkeys(names) | {name: (version, bytes(leaf)) for name, version, leaf in found}

    def sheet(self, name: str) -> Any:
        if name not in self.seen:
            self.seen[name] = self._read(name)
        return self.seen[name]

    def proven(self, text: str) -> Facts:
        """What a shipment's proof says by this node's charter; Refused with what is wrong about it."""
        # Here and not above: the charter is a book's own, and reads through this one.
        from milenari.journal.exchange import charter

        return shipment.read(text, charter.require_present(self.using))

    def _read(self, name: str) -> Any:
        if name not in self.newest:
            self.expect([name], trip(self.using, latest(connections[self.using], [name]))[0])
        newest = self.newest[name]
        if newest is None:
            return blank(name)
        version, leaf = newest
        with _lock:
            held = _cache.get((self.using, name))
            if held:
                _cache.move_to_end((self.using, name))  # what is asked often stays, however much is new
        if held and held[:2] == newest:
            return held[2]
        state = blank(name)
        for (body,) in trip(self.using, (_SINCE, [name, 0]))[0]:
            state = fold_in(state, name, entry_from(body))
        remember(self.using, name, version, leaf, state)
        return state


def remember(using: str, name: str, version: int, leaf: bytes, state: Any) -> None:
    """Keep a folded sheet for the next reader, under the leaf it was folded up to."""
    with _lock:
        _cache[using, name] = (version, leaf, state)
        _cache.move_to_end((using, name))
        while len(_cache) > CACHED:
            _cache.popitem(last=False)


def post(book: DiskBook, entry: Entry, leaf: bytes) -> list[Statement]:
    """Apply the entry just written to every subject it touches: the statements for the rows that changed."""
    connection = connections[book.using]
    statements: list[Statement] = []
    for name, version in entry.subjects:
        before = book.sheet(name)
        state = fold_in(before, name, entry)
        statements += _row_statements(connection, name, None, rows.changed(name, before, state))
        book.seen[name] = state
        remember(book.using, name, version, leaf, state)
    return statements + _row_statements(connection, entry.about, None, rows.postings(entry))


def write_rows(using: str, made: Iterable[tuple[rows.Row, int, str]]) -> int:
    """Write register rows, each under the entry and subject it belongs to; returns how many.

    Many travel together, since a rebuild writes all there are.
    """
    count, waiting = 0, []
    for row, entry_id, subject in made:
        waiting += _row_statements(connections[using], subject, entry_id, [row])
        count += 1
        if len(waiting) >= TOGETHER:
            trip(using, *waiting)
            waiting = []
    if waiting:
        trip(using, *waiting)
    return count


def _row_statements(
    connection: Any, subject: str, entry_id: int | None, changed: Iterable[rows.Row]
) -> list[Statement]:
    """One statement a row; without ``entry_id`` it points to the entry just written."""
    here = just_written(connection) if entry_id is None else ""
    made: list[Statement] = []
    for row in changed:
        sql, names = rows.upsert(row.table, here)
        values = {"key": row.key, "subject": subject, "entry": entry_id, **row.values}
        made.append((sql, [adapt(connection, values[n]) for n in names]))
    return made


_AS_IT_IS = frozenset({str, int, bool, type(None)})


def adapt(connection: Any, value: Any) -> Any:
    """A value of a row as the database takes it."""
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if hasattr(value, "tzinfo"):
        return instant(connection, value)
    if hasattr(value, "isoformat"):
        return connection.ops.adapt_datefield_value(value)
    return value


def instant(connection: Any, value: datetime) -> Any:
    """An instant as the database takes it; in the common case without Django's way through its zones."""
    if connection.vendor == "sqlite" and value.tzinfo is UTC and connection.timezone is UTC:
        return str(value.replace(tzinfo=None))
    return connection.ops.adapt_datetimefield_value(value)


def everything(using: str = DEFAULT_DB_ALIAS, entries: Iterable[Entry] = ()) -> Iterator[tuple[str, Sheet]]:
    """Fold a whole sequence of entries in memory: every subject with its final state."""
    states: dict[str, Any] = {}
    for entry in entries:
        for name, _ in entry.subjects:
            states[name] = fold_in(states.get(name) or blank(name), name, entry)
    yield from states.items()
