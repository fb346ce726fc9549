"""Pile: many entries that were checked one by one, written together with their index and register rows.

What arrives from other sites needs no answer between two entries, so some hundreds travel to the database at once,
and each register row only in the state in which the last of them leaves it. It is the same rows as one act at a time
would have made, through the same triggers.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections

from milenari.journal import fold
from milenari.journal.trip import trip
from milenari.registers import rows
from milenari.registers.models import Register
from milenari.rules.action import Entry, fold_in

AT_ONCE = 500
MOST_VALUES = 20_000
"""Values in one statement: SQLite takes 32,766, PostgreSQL 65,535."""


@contextmanager
def unswept() -> Iterator[None]:
    """Leave Python's search for circles of dead objects until afterwards: all that a pile reads is alive meanwhile.

    With tens of thousands of entries in memory that search took a fifth of the time. How much there can be is bounded
    by whoever fills the pile.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Pile:
    """Entries of one transaction that wait to be written; ``put_down`` writes them and forgets their sheets."""

    def __init__(self, book: fold.DiskBook) -> None:
        self.book, self.using, self.connection = book, book.using, connections[book.using]
        self.entries: list[list[Any]] = []
        self.touches: list[tuple[str, int, int]] = []
        self.rows: dict[tuple[type[Register], str], tuple[rows.Row, str, int]] = {}
        self.shown: dict[str, dict[tuple[type, str], rows.Row]] = {}

    def expect(self, names: Iterable[str]) -> None:
        """Look up together where these subjects stand, so that they need not be asked for one by one."""
        wanted = sorted({name for name in names if name not in self.book.seen and name not in self.book.newest})
        if wanted:
            found = trip(self.using, fold.latest(self.connection, wanted))[0]
            self.book.newest |= dict.fromkeys(wanted) | {name: (version, bytes(leaf)) for name, version, leaf in found}

    def add(self, index: int, entry: Entry, body: bytes, leaf: bytes) -> None:
        """Apply an entry that stands at ``index`` of its log to every subject it touches."""
        number = len(self.entries)
        times = [fold.instant(self.connection, at) for at in (entry.happened_at, entry.written_at)]
        self.entries.append([entry.site, index, entry.act, entry.action.code, entry.by, *times, leaf, body])
        for name, version in entry.subjects:
            self.touches.append((name, version, number))
            before = self.book.sheet(name)
            state = fold_in(before, name, entry)
            old = self.shown.get(name)
            old = rows.rows_of(name, before) if old is None else old
            self.shown[name] = new = rows.rows_of(name, state)
            self.rows |= {(row.table, row.key): (row, name, number)
                          for place, row in new.items() if old.get(place) != row}  # fmt: skip
            self.book.seen[name] = state
            fold.remember(self.using, name, version, leaf, state)
        self.rows |= {(row.table, row.key): (row, entry.about, number) for row in rows.postings(entry)}

    def put_down(self) -> None:
        """Write what waits: entries first, then their index, then the rows, which the triggers hold against both."""
        if not self.entries:
            return
        ids = self._ids(len(self.entries))
        self._copy("journal_entry", _ENTRY, [[id_, *given] for id_, given in zip(ids, self.entries, strict=True)])
        self._copy("journal_touch", _TOUCH, [[name, version, ids[number]] for name, version, number in self.touches])
        tables: dict[type[Register], list[list[Any]]] = {}
        for row, subject, number in self.rows.values():
            values = {"key": row.key, "subject": subject, "entry": ids[number], **row.values}
            _, names = rows.upsert(row.table)
            tables.setdefault(row.table, []).append([fold.adapt(self.connection, values[n]) for n in names])
        for table, many in tables.items():
            self._upsert(rows.upsert(table)[0], many)
        for held in (self.entries, self.touches, self.rows, self.shown, self.book.seen, self.book.newest):
            held.clear()

    def _ids(self, many: int) -> Sequence[int]:
        """Positions for so many entries, each larger than any before."""
        if self.connection.vendor == "sqlite":  # this transaction is its only writer
            first = trip(self.using, ("SELECT COALESCE(MAX(id), 0) + 1 FROM journal_entry", []))[0][0][0]
            return range(first, first + many)
        asked = "SELECT nextval('journal_entry_id_seq') FROM generate_series(1, %s)"
        return sorted(id_ for (id_,) in trip(self.using, (asked, [many]))[0])

    def _copy(self, table: str, columns: str, many: list[list[Any]]) -> None:
        """New rows of a table of the book, by the way that each engine has for many."""
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                marks = ", ".join(["%s"] * len(many[0]))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", many)  # noqa: S608
                return
            with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for given in many:
                    copy.write_row(given)

    def _upsert(self, sql: str, many: list[list[Any]]) -> None:
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.executemany(sql, many)
                return
            width = len(many[0])
            marks = f"({', '.join(['%s'] * width)})"
            for cut in range(0, len(many), MOST_VALUES // width):
                some = many[cut : cut + MOST_VALUES // width]
                together = sql.replace(f"VALUES {marks}", f"VALUES {', '.join([marks] * len(some))}", 1)
                cursor.execute(together, [value for given in some for value in given])


_ENTRY = 'id, site, "index", act, action, person, happened_at, written_at, leaf, body'
_TOUCH = "subject, version, entry_id"
