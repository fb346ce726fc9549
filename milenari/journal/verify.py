"""Verify: the whole book, by someone who trusts nobody here; and rebuild the registers from it.

Checks canonical bytes, the Merkle tree against the signed checkpoint, every signature against the keys
enrolled by then, subject versions, and every register row against a fresh fold. Names the first bad entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DataError, connections
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from milenari.journal import canonical, fold, guard, keys, sign
from milenari.journal.exchange import bounds, succession
from milenari.journal.exchange import charter as charters
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Head, Touch
from milenari.journal.note import NoteError, VerifierKey, open_checkpoint
from milenari.journal.tree import Frontier, leaf_hash
from milenari.registers import rows
from milenari.rules.action import Entry, Refused, blank, fold_in
from milenari.words import Role, iso

CHUNK = 2_000
STRIDE = 100  # entries between two reports of progress
SHOWN = 500  # subjects whose rows are kept at hand


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
    """Walks the entries of a node in order, checking each and folding it into states.

    What is checked is fixed by one statement at the start (heads and newest entry); the walk holds no lock,
    so people work on. Entries that arrive meanwhile are left to the next run.
    """

    def __init__(self, using: str, report: Report) -> None:
        self.using, self.report = using, report
        newest = EntryRow.objects.using(using).order_by("-id").values("id")[:1]
        heads = list(Head.objects.using(using).order_by("site").annotate(newest=Coalesce(Subquery(newest), 0)))
        self.heads = {head.site: head for head in heads}
        self.members = self._members()
        self.newest = max((head.newest for head in heads), default=0)
        self.frontiers = {site: Frontier() for site in self.heads}
        self.latest: dict[str, datetime] = {}
        self.states: dict[str, Any] = {}
        self.touches: dict[tuple[str, int], int] = {}
        self.postings: dict[tuple[type, str], tuple[rows.Row, int, str]] = {}
        self.latest_change: dict[tuple[type, str], int] = {}
        self.shown: dict[str, dict[tuple[type, str], rows.Row]] = {}
        self.acts: set[str] = set()
        self.arrived: set[int] = set()

    def _members(self) -> dict[str, Any]:
        """The network's members by the charter in force; none on a node without one."""
        try:
            charter = charters.present(self.using)
        except (Refused, NoteError) as fault:
            self.report.faults.append(Fault(f"the network's charter cannot be read: {fault}"))
            return {}
        return {member.site: member for member in charter.members} if charter else {}

    def walk(self, progress: Callable[[int], None] | None = None) -> None:
        for number, row in enumerate(self._entries(), 1):
            if progress is not None and number % STRIDE == 0:
                progress(number)
            head = self.heads.get(row.site)
            if head is not None and row.index >= head.size and self.frontiers[row.site].size == head.size:
                self._beyond(row)
            else:
                self._one(row)
        self.report.entries = sum(f.size for f in self.frontiers.values())

    def _entries(self) -> Iterator[EntryRow]:
        after = 0
        while True:
            asked = EntryRow.objects.using(self.using).filter(id__gt=after, id__lte=self.newest)
            numbers = list(asked.order_by("id").values_list("id", flat=True)[:CHUNK])
            if not numbers:
                return
            try:
                yield from list(asked.filter(id__lte=numbers[-1]).order_by("id"))
            except (TypeError, ValueError, DataError):
                # A column holds what no column of its kind can: read on one by one to name the entry.
                yield from self._one_by_one(numbers)
            after = numbers[-1]

    def _one_by_one(self, numbers: list[int]) -> Iterator[EntryRow]:
        rows_at = EntryRow.objects.using(self.using)
        for number in numbers:
            try:
                yield rows_at.get(pk=number)
            except (TypeError, ValueError, DataError) as fault:
                site, index, act = rows_at.filter(pk=number).values_list("site", "index", "act")[0]
                self.report.faults.append(Fault(f"has a column that cannot be read: {fault}", site, index, act))

    def _beyond(self, row: EntryRow) -> None:
        """An entry past the head as it was: written meanwhile if the head has moved on, else smuggled in."""
        self.arrived.add(row.pk)
        now = Head.objects.using(self.using).get(site=row.site)
        if row.index >= now.size:
            self.report.faults.append(Fault("is beyond the signed checkpoint", row.site, row.index, row.act))

    def _one(self, row: EntryRow) -> bool:
        site, index, act, body = row.site, row.index, row.act, bytes(row.body)

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
        if leaf_hash(body) != bytes(row.leaf):
            return bad("its bytes are not those that were hashed when it was written")
        try:
            data = sign.read_entry(body)
            entry = fold.entry_of(data)
        except (canonical.CanonicalError, Refused, KeyError, TypeError, ValueError) as fault:
            return bad(f"cannot be read: {fault}")
        times = [iso(at) if at else "" for at in (row.happened_at, row.written_at)]
        columns = (act, row.action, row.person, site, *times)
        if columns != tuple(data[k] for k in ("act", "action", "by", "site", "happened_at", "written_at")):
            sound = bad("its columns do not say what its bytes say")
        if act in self.acts:
            sound = bad("repeats the act of an earlier entry")
        self.acts.add(act)
        self.latest[site] = max(entry.written_at, self.latest.get(site, entry.written_at))
        sound = self._signature(entry, data, bad) and sound
        return self._fold(entry, row.pk, bad) and sound

    def _signature(self, entry: Entry, data: dict[str, Any], bad: Any) -> bool:
        if entry.role is Role.NODE:
            public = VerifierKey.parse(self.key_at(entry.site, self.frontiers[entry.site].size - 1)).public_key
            keys: tuple[str, ...] = (f"{sign.ED25519}:{sign.b64(public)}",)
        else:
            person = self.states.get(f"person:{entry.by}")
            keys = person.keys if person else ()
        try:
            sign.verify(data, *keys)
        except sign.SignatureError as fault:
            return bool(bad(str(fault)))
        return True

    def key_at(self, site: str, index: int) -> str:
        """The log key that is good for an entry: by the network's charter, or the only one the log ever had."""
        member = self.members.get(site)
        return member.key_at(max(index, 0)) if member else self.heads[site].verifier_key

    def key_of_checkpoint(self, head: Head) -> str:
        """The key that is good for a head's checkpoint; the one it replaced while nothing newer is signed.

        A charter may say that a new key took over below what was signed already. The entries are then the same, or
        the next parcel proves a fork; until it comes, Exchange says that this part of the log is not confirmed.
        """
        return succession.key_of(head.checkpoint, head, self.members.get(head.site))

    def _fold(self, entry: Entry, position: int, bad: Any) -> bool:
        for name, version in entry.subjects:
            before = self.states.get(name) or blank(name)
            if version != before.version + 1:
                return bool(bad(f"claims to be version {version} of {name}, after version {before.version}"))
            state = fold_in(before, name, entry)
            old, new = self.shown.pop(name, None) or rows.rows_of(name, before), rows.rows_of(name, state)
            for place, row in new.items():
                if old.get(place) != row:
                    self.latest_change[place] = position
            self._keep_shown(name, new)
            self.states[name] = state
            self.touches[name, version] = position
        for row in rows.postings(entry):
            self.postings[row.table, row.key] = (row, position, entry.about)
        return True

    def _keep_shown(self, name: str, found: dict[tuple[type, str], rows.Row]) -> None:
        """The rows of the subjects of late: whoever is written about is mostly written about again soon."""
        self.shown[name] = found
        if len(self.shown) > SHOWN:
            del self.shown[next(iter(self.shown))]


def verify(using: str = DEFAULT_DB_ALIAS, progress: Callable[[int], None] | None = None) -> Report:
    """Check the whole book of this node; the report's ``sound`` is true only when nothing is wrong.

    ``progress`` is told now and then how many entries have been checked.
    """
    report = Report()
    for name in guard.missing(using):
        report.faults.append(Fault(f"the guard {name} is missing or disabled"))
    reader = _Reader(using, report)
    reader.walk(progress)
    _heads(reader, report)
    _touches(using, reader, report)
    if not any(f.index is not None for f in report.faults):
        _registers(using, reader, report)
    return report


def _heads(reader: _Reader, report: Report) -> None:
    for site, head in reader.heads.items():
        report.faults += [Fault(what, site) for what in _head(head, reader)]


def _head(head: Head, reader: _Reader) -> Iterator[str]:
    """What is wrong with the head of one log: its checkpoint, its key, and every cached value beside them."""
    frontier = reader.frontiers[head.site]
    reader.report.sites[head.site] = {
        "entries": frontier.size, "root": frontier.root().hex(), "origin": head.origin,
    }  # fmt: skip
    key = reader.key_at(head.site, head.size)
    try:
        if head.own and keys.log_key(head.site, key if head.site in reader.members else "").verifier.encode() != key:
            yield "its public key is not that of the key file"
    except keys.KeyMissing as fault:
        yield str(fault)
    if head.size == 0 and not head.checkpoint:
        if frontier.size:
            yield "has entries but no checkpoint"
        return
    try:
        checkpoint = open_checkpoint(head.checkpoint, reader.key_of_checkpoint(head))
    except NoteError as fault:
        yield f"its checkpoint does not verify: {fault}"
        return
    if checkpoint.size != frontier.size:
        kind = "missing" if frontier.size < checkpoint.size else "beyond the checkpoint"
        what = f"the signed checkpoint says {checkpoint.size} entries, the book holds {frontier.size}: {kind}"
        reader.report.faults.append(Fault(what, head.site, min(frontier.size, checkpoint.size)))
        return
    if checkpoint.root != frontier.root() or head.size != frontier.size:
        yield "the entries do not give the root of the signed checkpoint"
    cached = (head.origin, bytes(head.frontier), head.written_at)
    if cached != (checkpoint.origin, frontier.to_bytes(), reader.latest.get(head.site)):
        yield "the values kept beside the checkpoint do not agree with the entries"


def _touches(using: str, reader: _Reader, report: Report) -> None:
    """The table that finds a subject's entries must say what the entries say, line by line."""
    expected = dict(reader.touches)
    asked = Touch.objects.using(using).filter(entry_id__lte=reader.newest)
    for subject, version, entry in asked.values_list("subject", "version", "entry_id").iterator(CHUNK):
        if entry in reader.arrived:
            continue
        if expected.pop((subject, version), None) != entry:
            report.faults.append(Fault(f"the index of {subject} does not agree with its entries"))
    for subject, version in expected:
        report.faults.append(Fault(f"the index of {subject} lacks version {version}"))


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
            if held["entry"] > reader.newest or held["entry"] in reader.arrived:
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
    with connections[using].schema_editor() as editor:
        reader = _Reader(using, report)
        reader.walk()
        _heads(reader, report)
        if report.faults:
            raise Refused("journal-broken", first=str(report.first_bad()))
        for table in apps.get_app_config("registers").get_models():
            editor.delete_model(table)
            editor.create_model(table)
        count = fold.write_rows(using, _expected(reader))
        guard.install(using)
    bounds.relink(using)
    return count
