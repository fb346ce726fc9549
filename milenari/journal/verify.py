"""Verify: the whole book, by someone who trusts nobody here; and rebuild the registers from it.

Checks canonical bytes, the Merkle tree against the signed checkpoint, every signature against the keys
enrolled by then, subject versions, and every register row against a fresh fold. Names the first bad entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from milenari.journal import canonical, fold, guard, sign
from milenari.journal.models import Head
from milenari.journal.note import NoteError, VerifierKey, open_checkpoint
from milenari.journal.tree import Frontier, leaf_hash
from milenari.registers import rows
from milenari.rules.action import Entry, Refused, blank, fold_in
from milenari.words import Role, iso

CHUNK = 2_000


@dataclass
class Fault:
    """One thing that is wrong: where (site and index, or a register row) and what."""

    what: str
    site: str = ""
    index: int | None = None
    act: str = ""

    def __str__(self) -> str:
        place = f"{self.site} entry {self.index}" if self.index is not None else self.site
        return f"{place}{f' (act {self.act})' if self.act else ''}: {self.what}" if place else self.what


@dataclass
class Report:
    """What a verification found: faults, and per site the size and root that it arrived at."""

    faults: list[Fault] = field(default_factory=list)
    sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: int = 0
    register_rows: int = 0

    @property
    def sound(self) -> bool:
        return not self.faults

    def first_bad(self) -> Fault | None:
        entries = [f for f in self.faults if f.index is not None]
        return entries[0] if entries else (self.faults[0] if self.faults else None)


class _Reader:
    """Walks the entries of a node in order, checking each and folding it into states."""

    def __init__(self, using: str, report: Report) -> None:
        self.using, self.report = using, report
        # One short transaction fixes what is checked; the walk itself holds no lock, so people work on.
        with transaction.atomic(using=using):
            self.heads = {h.site: h for h in Head.objects.using(using).order_by("site")}
            with connections[using].cursor() as cursor:
                cursor.execute("SELECT COALESCE(MAX(id), 0) FROM journal_entry")
                self.newest = int(cursor.fetchone()[0])
        self.frontiers = {site: Frontier() for site in self.heads}
        self.last: dict[str, datetime] = {}
        self.states: dict[str, Any] = {}
        self.entry_of: dict[str, int] = {}
        self.postings: dict[tuple[type, str], tuple[rows.Row, int, str]] = {}
        self.latest_change: dict[tuple[type, str], int] = {}
        self.acts: set[str] = set()

    def walk(self) -> None:
        for found in self._entries():
            self._one(*found)
        self.report.entries = sum(f.size for f in self.frontiers.values())

    def _entries(self) -> Iterator[tuple[Any, ...]]:
        after = 0
        while True:
            with connections[self.using].cursor() as cursor:
                cursor.execute(
                    'SELECT id, site, "index", act, leaf, body, action, person FROM journal_entry'
                    " WHERE id > %s AND id <= %s ORDER BY id LIMIT %s",
                    [after, self.newest, CHUNK],
                )
                found = cursor.fetchall()
            if not found:
                return
            for position, site, index, act, leaf, body, action, person in found:
                yield position, site, index, act, bytes(leaf), bytes(body), (action, person)
            after = found[-1][0]

    def _one(
        self,
        position: int,
        site: str,
        index: int,
        act: str,
        leaf: bytes,
        body: bytes,
        columns: tuple[str, str],
    ) -> bool:
        def bad(what: str) -> bool:
            self.report.faults.append(Fault(what, site, index, act))
            return False

        if site not in self.heads:
            return bad("is in a log this node does not keep")
        frontier = self.frontiers[site]
        sound = True
        if index != frontier.size:
            sound = bad(f"stands where entry {frontier.size} should be: an entry is missing or out of order")
        self.frontiers[site] = frontier.append(leaf_hash(body))
        if leaf_hash(body) != leaf:
            return bad("its bytes are not those that were hashed when it was written")
        try:
            data = sign.read_entry(body)
            entry = fold.entry_of(data)
        except (canonical.CanonicalError, Refused, KeyError, TypeError, ValueError) as fault:
            return bad(f"cannot be read: {fault}")
        if (data["act"], data["action"], data["by"], data["site"]) != (act, *columns, site):
            sound = bad("its columns do not say what its bytes say")
        if act in self.acts:
            sound = bad("repeats the act of an earlier entry")
        self.acts.add(act)
        sound = self._signature(entry, data, bad) and sound
        return self._fold(entry, position, bad) and sound

    def _signature(self, entry: Entry, data: dict[str, Any], bad: Any) -> bool:
        if entry.role is Role.NODE:
            public = VerifierKey.parse(self.heads[entry.site].verifier_key).public_key
            keys: tuple[str, ...] = (f"{sign.ED25519}:{sign.b64(public)}",)
        else:
            person = self.states.get(f"person:{entry.by}")
            keys = person.keys if person else ()
        try:
            sign.verify(data, *keys)
        except sign.SignatureError as fault:
            return bool(bad(str(fault)))
        return True

    def _fold(self, entry: Entry, position: int, bad: Any) -> bool:
        for name, version in entry.subjects:
            before = self.states.get(name) or blank(name)
            if version != before.version + 1:
                return bool(bad(f"claims to be version {version} of {name}, after version {before.version}"))
            state = fold_in(before, name, entry)
            for row in rows.changed(name, before, state):
                self.latest_change[row.table, row.key] = position
            self.states[name] = state
        for row in rows.postings(entry):
            self.postings[row.table, row.key] = (row, position, entry.about)
        return True


def verify(using: str = DEFAULT_DB_ALIAS) -> Report:
    """Check the whole book of this node; the report's ``sound`` is true only when nothing is wrong."""
    report = Report()
    for name in guard.missing(using):
        report.faults.append(Fault(f"the guard {name} is missing or disabled"))
    reader = _Reader(using, report)
    reader.walk()
    for site, head in reader.heads.items():
        _head(site, head, reader.frontiers[site], report)
    _touches(using, reader, report)
    if not any(f.index is not None for f in report.faults):
        _registers(using, reader, report)
    return report


def _head(site: str, head: Head, frontier: Frontier, report: Report) -> None:
    report.sites[site] = {"entries": frontier.size, "root": frontier.root().hex(), "origin": head.origin}
    if head.size == 0 and not head.checkpoint:
        if frontier.size:
            report.faults.append(Fault("has entries but no checkpoint", site))
        return
    try:
        checkpoint = open_checkpoint(head.checkpoint, head.verifier_key)
    except NoteError as fault:
        report.faults.append(Fault(f"its checkpoint does not verify: {fault}", site))
        return
    if checkpoint.size != frontier.size:
        kind = "missing" if frontier.size < checkpoint.size else "beyond the checkpoint"
        report.faults.append(
            Fault(f"the signed checkpoint says {checkpoint.size} entries, the book holds {frontier.size}: {kind}",
                  site, min(frontier.size, checkpoint.size))
        )  # fmt: skip
    elif checkpoint.root != frontier.root() or head.size != frontier.size:
        report.faults.append(Fault("the entries do not give the root of the signed checkpoint", site))


def _touches(using: str, reader: _Reader, report: Report) -> None:
    """The table that finds a subject's entries must say what the entries say."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT subject, COUNT(*), MAX(version) FROM journal_touch WHERE entry_id <= %s GROUP BY subject",
            [reader.newest],
        )
        held = {subject: (count, top) for subject, count, top in cursor.fetchall()}
    for name, state in reader.states.items():
        if held.pop(name, None) != (state.version, state.version):
            report.faults.append(Fault(f"the index of {name} does not agree with its entries"))
    for name in held:
        report.faults.append(Fault(f"the index names {name}, which no entry touches"))


def _expected(reader: _Reader) -> Iterator[tuple[rows.Row, int, str]]:
    for name, state in reader.states.items():
        for place, row in rows.rows_of(name, state).items():
            yield row, reader.latest_change[place], name
    yield from reader.postings.values()


def _registers(using: str, reader: _Reader, report: Report) -> None:
    """Every register row against a fresh fold: none changed, none missing, none invented."""
    wanted: dict[type, dict[str, tuple[rows.Row, int, str]]] = {}
    for row, position, name in _expected(reader):
        wanted.setdefault(row.table, {})[row.key] = (row, position, name)
    for table in apps.get_app_config("registers").get_models():
        expected = wanted.get(table, {})
        for held in table._default_manager.using(using).values().iterator(CHUNK):
            known = expected.pop(held["key"], None)
            if held["entry"] > reader.newest:
                # Changed while we were reading: the next run checks it. Its entry must exist all the same.
                if held["entry"] > _newest_now(using):
                    report.faults.append(Fault(f"register {table.__name__} row {held['key']} names no entry"))
                continue
            report.register_rows += 1
            if known is None:
                report.faults.append(Fault(f"register {table.__name__} has a row {held['key']} that no entry made"))
                continue
            row, position, name = known
            for column, value in {**row.values, "entry": position, "subject": name}.items():
                if not _equal(held[column], value):
                    what = f"register {table.__name__} row {held['key']}: {column} is {held[column]!r}, "
                    report.faults.append(Fault(what + f"the journal says {value!r}"))
        for key in expected:
            report.faults.append(Fault(f"register {table.__name__} lacks the row {key}"))


def _newest_now(using: str) -> int:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM journal_entry")
        return int(cursor.fetchone()[0])


def _equal(held: Any, value: Any) -> bool:
    if isinstance(held, datetime) and isinstance(value, datetime):
        return iso(held) == iso(value)
    if isinstance(value, Decimal) and held is not None:
        # The column keeps nine decimals; SQLite gives at most 15 significant digits back.
        return abs(Decimal(held) - value) <= max(abs(value) * Decimal("1e-14"), Decimal("1e-9"))
    return bool(held == value)


def rebuild(using: str = DEFAULT_DB_ALIAS) -> int:
    """Drop the registers and post them again from the journal; returns the number of rows.

    Refuses on a journal that does not verify: registers built from a broken book would look sound.
    """
    report = Report()
    count = 0
    with connections[using].schema_editor() as editor:
        reader = _Reader(using, report)
        reader.walk()
        if report.faults:
            raise Refused("journal-broken", first=str(report.first_bad()))
        for table in apps.get_app_config("registers").get_models():
            editor.delete_model(table)
            editor.create_model(table)
        for row, position, name in _expected(reader):
            fold.write_rows(using, name, position, [row])
            count += 1
        guard.install(using)
    return count
