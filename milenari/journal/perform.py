"""Perform: the one door. Screens, command line, interfaces, imports and workers all come through here.

An accepted act becomes one entry: decided, signed, numbered, hashed into the site's Merkle log and posted
to the registers in a single transaction. Nothing skips the rule or the log. Repeating an act id returns
the first entry, so a retry after a lost answer doubles nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    connections,
    transaction,
)

from milenari.journal import clock, fold, keys, passport, sealed, sign
from milenari.journal.canonical import CanonicalError
from milenari.journal.exchange import anchor, bounds, standing, succession, watermark
from milenari.journal.models import Head
from milenari.journal.note import Checkpoint, sign_note
from milenari.journal.tiles import MAX_ENTRY_BYTES
from milenari.journal.tree import Frontier, leaf_hash
from milenari.journal.trip import Rows, Statement, trip
from milenari.rules.action import CLOCK_TOLERANCE, Action, Asking, Entry, Refused, decide
from milenari.rules.exchange import ANCHORED
from milenari.words import Role, iso, subject, to_plain

PROPOSAL_HOLDS = timedelta(minutes=2)


class NotWritten(RuntimeError):
    """The act was allowed but could not be kept; nothing was changed, and it may be repeated as it is."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause = code, cause


@dataclass(frozen=True)
class Written:
    """What the door gives back: the entry, where it stands, and whether it had stood there before."""

    entry: Entry
    site: str
    index: int
    position: int
    leaf: bytes
    repeated: bool = False


@dataclass(frozen=True)
class Request:
    """One act asked for: the action, who signs it, where, as what, and when it is said to have happened."""

    action: Action
    pen: sign.Pen | sign.PasskeyPen
    site: str
    role: Role | None = None
    act: str = ""
    happened_at: datetime | None = None
    reason: str = ""
    seen: tuple[tuple[str, int], ...] = ()


def perform(
    action: Action,
    by: str,
    signature: sign.Pen | sign.PasskeyPen,
    *,
    site: str,
    role: Role | None = None,
    act: str = "",
    happened_at: datetime | None = None,
    reason: str = "",
    seen: tuple[tuple[str, int], ...] = (),
    using: str = DEFAULT_DB_ALIAS,
) -> Written:
    """Do one signed act, or raise Refused (not allowed) or NotWritten (could not be kept).

    ``seen`` names subject versions that the person had before their eyes; if one has moved on since, the
    act is refused as ``changed-meanwhile`` instead of overwriting what the person never saw.
    """
    if by != signature.person:
        raise Refused("signed-by-another", by=by, signer=signature.person)
    asked = Request(action, signature, site, role, act, happened_at, reason, seen)
    return perform_all([asked], using=using)[0]


def perform_all(requests: Iterable[Request], using: str = DEFAULT_DB_ALIAS) -> list[Written]:
    """Do several acts in one transaction and one disk sync: all are kept, or none is."""
    asked = list(requests)
    try:
        for site in sorted({request.site for request in asked}) if anchor.wanted() else ():
            anchor.look_back(site, using)
        with transaction.atomic(using=using):
            desk = Desk(using)
            done = [_write(request, desk) for request in asked]
            positions = iter(desk.close())
            _anchor(desk, done)
            for log in desk.logs.values():
                if log.grown:
                    transaction.on_commit(partial(watermark.note, log.site, log.tree.size), using=using)
        return [x if x.repeated else replace(x, position=next(positions)) for x in done]
    except IntegrityError as fault:
        raise Refused("changed-meanwhile", subject="", detail=str(fault)[:120]) from fault
    except DatabaseError as fault:
        raise NotWritten(_why(fault), str(fault)) from fault
    except anchor.NoMirror as fault:
        raise NotWritten(fault.code, fault.cause) from fault


def _anchor(desk: Desk, done: list[Written]) -> None:
    """What cannot be undone is held by the mirror before it is kept here; without a mirror it is kept alone."""
    fresh = [x for x in done if not x.repeated]
    sites = {x.site for x in fresh if x.entry.action.code in ANCHORED}
    for site in sorted(sites) if anchor.wanted() else ():
        log = desk.logs[site]
        before = min(x.index for x in fresh if x.site == site)
        anchor.anchor(site, log.note, before, log.tree.size, desk.using)


_BY_STATE = {"53100": "disk-full", "25006": "read-only", "55P03": "busy", "40P01": "busy", "58030": "disk-fault"}
_BY_WORD = {
    "full": "disk-full",
    "no space": "disk-full",
    "readonly": "read-only",
    "locked": "busy",
    "i/o": "disk-fault",
}


def _why(fault: DatabaseError) -> str:
    """The cause by PostgreSQL's SQLSTATE, which has no language, or by SQLite's message, which has only one."""
    state = getattr(fault.__cause__, "sqlstate", None)
    if state:
        return _BY_STATE.get(state, "database")
    told = str(fault).lower()
    return next((code for word, code in _BY_WORD.items() if word in told), "database")


def propose(request: Request, using: str = DEFAULT_DB_ALIAS) -> tuple[bytes, str, datetime]:
    """The exact bytes that a passkey is to sign, with the act id and instant frozen into them.

    Nothing is written; ``perform`` with a PasskeyPen of the same act and instant must arrive at the same
    bytes within two minutes, else the passkey's signature does not verify and the act is refused.
    """
    now = clock.now()
    act = request.act or str(uuid.uuid4())
    with transaction.atomic(using=using):
        desk = Desk(using)
        log, book, _ = desk.open(request, act)
        statement = _statement(request, log, book, act, now)
    entry = {**statement, "signature": request.pen.block()}
    return sign.message_of(entry), act, now


@dataclass
class Log:
    """One site's log, locked by this transaction: where it stands now. ``note`` is a checkpoint others have signed."""

    site: str
    origin: str
    tree: Frontier
    written_at: datetime | None
    grown: bool = False
    note: str = ""
    charter: str = ""

    def grow(self, leaf: bytes, now: datetime) -> None:
        """One more entry at the end."""
        self.tree, self.grown = self.tree.append(leaf), True
        self.written_at = max(now, self.written_at) if self.written_at else now


class Desk:
    """One transaction at the door: the logs it has locked, and what is written down but not yet sent.

    The statements of an accepted act wait for the next journey to the database; a question always travels
    behind them, so it sees them. A log's head is put down once, at the end, over all its new entries.
    """

    def __init__(self, using: str) -> None:
        self.using, self.connection = using, connections[using]
        self.logs: dict[str, Log] = {}
        self.unsent: list[Statement] = []
        self.positions: list[int] = []

    def send(self, *questions: Statement) -> list[Rows]:
        waiting, self.unsent = self.unsent, []
        answers = trip(self.using, *waiting, *questions) if waiting or questions else []
        self.positions += [rows[0][0] for rows in answers[: len(waiting)] if rows]
        return answers[len(waiting) :]

    def open(self, request: Request, act: str) -> tuple[Log, fold.DiskBook, Any]:
        """Lock the log, then look: for the act's earlier entry and for the subjects the rule will ask about."""
        names = _foreseen(request)
        questions = [(_EARLIER, [act]), fold.latest(self.connection, names)]
        if request.site not in self.logs:
            lock = " FOR UPDATE" if self.connection.features.has_select_for_update else ""
            questions.insert(0, (_LOG + lock, [request.site]))
        *first, earlier, latest = self.send(*questions)
        if first:
            if not first[0]:
                raise Refused("site-not-here", site=request.site)
            self.logs[request.site] = self._log(*first[0][0])
        book = fold.DiskBook(self.using)
        book.expect(names, latest)
        return self.logs[request.site], book, earlier[0] if earlier else None

    def _log(
        self, site: str, origin: str, frontier: bytes, written_at: Any, lost: int | None, charter: str | None
    ) -> Log:
        if written_at and written_at.tzinfo is None:  # SQLite keeps no zone
            written_at = written_at.replace(tzinfo=self.connection.timezone)
        tree = Frontier.from_bytes(bytes(frontier)) if frontier else Frontier()
        most = max(lost or 0, watermark.held(site))
        if tree.size < most:
            raise Refused("node-set-back", site=site, here=tree.size, there=most)
        return Log(site, origin, tree, written_at, charter=charter or "")

    def append(self, log: Log, entry: Entry, body: bytes, leaf: bytes, now: datetime) -> None:
        """Put the entry at the end of the site's log."""
        instant = partial(fold.instant, self.connection)
        place = [log.site, log.tree.size, entry.act, entry.action.code, entry.by]
        times = [instant(entry.happened_at), instant(entry.written_at)]
        self.unsent.append((_ENTRY, [*place, *times, leaf, body]))
        here = fold.just_written(self.connection)
        marks = ", ".join([f"(%s, %s, {here})"] * len(entry.subjects))
        touched = [x for pair in entry.subjects for x in pair]
        self.unsent.append((f"INSERT INTO journal_touch (subject, version, entry_id) VALUES {marks}", touched))  # noqa: S608
        log.grow(leaf, now)

    def close(self) -> list[int]:
        """Sign each grown log's new checkpoint and send everything; returns the new entries' positions."""
        for log in self.logs.values():
            if log.grown:
                checkpoint = Checkpoint(log.origin, log.tree.size, log.tree.root())
                key = succession.log_key(log.site, log.tree.size, log.charter) if not log.note else None
                log.note = note = sign_note(checkpoint.body(), key) if key else log.note
                written_at = self.connection.ops.adapt_datetimefield_value(log.written_at)
                self.unsent.append((_GROWN, [log.tree.size, log.tree.to_bytes(), written_at, note, log.site]))
        self.send()
        return self.positions


_LOG = (
    "SELECT site, origin, frontier, written_at, (SELECT size FROM journal_setback s WHERE s.site = journal_head.site),"
    " (SELECT note FROM journal_charter ORDER BY number DESC LIMIT 1)"
    " FROM journal_head WHERE site = %s AND own"
)
_EARLIER = 'SELECT id, site, "index", leaf, body FROM journal_entry WHERE act = %s'
_ENTRY = (
    'INSERT INTO journal_entry (site, "index", act, action, person, happened_at, written_at, leaf, body)'
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
_GROWN = "UPDATE journal_head SET size = %s, frontier = %s, written_at = %s, checkpoint = %s WHERE site = %s"


def _foreseen(request: Request) -> list[str]:
    """The subjects that door and rule will probably ask about; asking in vain costs little."""
    named = [f"site:{request.site}", f"person:{request.pen.person}", *(name for name, _ in request.seen)]
    for name, spec in request.action.fields.items():
        value = getattr(request.action, name)
        # Nothing that the database could not even be asked about: the rule refuses such a code by name.
        if spec.kind in ("ref", "new") and isinstance(value, str) and value.isascii() and value.isprintable():
            named.append(value if len(spec.of) > 1 else subject(spec.of[0], value))
    return list(dict.fromkeys(named))


def _write(request: Request, desk: Desk) -> Written:
    pen = request.pen
    act = request.act or pen.act or str(uuid.uuid4())
    log, book, earlier = desk.open(request, act)
    if earlier:
        return _same(earlier, request)
    now = pen.written_at or clock.now()
    if pen.written_at and not timedelta(0) <= clock.now() - now <= PROPOSAL_HOLDS:
        raise Refused("proposal-expired", act=act)
    if log.written_at and now < log.written_at - CLOCK_TOLERANCE:
        raise Refused("clock-set-back", now=now, last=log.written_at)
    statement = _statement(request, log, book, act, now)
    try:
        body = sign.complete(statement, pen)
    except CanonicalError as fault:
        raise Refused("entry-not-canonical", field=fault.path, found=fault.reason) from fault
    except sign.SignatureError as fault:
        raise Refused("signature-invalid", person=pen.person, detail=str(fault)) from fault
    if len(body) > MAX_ENTRY_BYTES:
        raise Refused("entry-too-large", found=len(body), longest=MAX_ENTRY_BYTES)
    entry = fold.entry_of(statement)
    leaf, index = leaf_hash(body), log.tree.size
    desk.append(log, entry, body, leaf, now)
    desk.unsent += fold.post(book, entry, leaf)
    sealed.obey(entry)
    bounds.obey(entry, index, desk.using)
    return Written(entry, log.site, index, 0, leaf)


def _same(found: Any, request: Request) -> Written:
    position, site, index, leaf, body = found
    entry = fold.entry_from(body)
    same = entry.action == request.action and entry.by == request.pen.person and site == request.site
    if not same:
        raise Refused("act-id-reused", act=entry.act, action=entry.action.code)
    return Written(entry, site, index, position, bytes(leaf), repeated=True)


def _statement(request: Request, log: Log, book: fold.DiskBook, act: str, now: datetime) -> dict[str, Any]:
    """Ask the rule and put its answer into words: everything of the entry but the signature."""
    pen, action = request.pen, request.action
    here = book.sheet(f"site:{request.site}")
    zone = here.zone or getattr(action, "zone", "UTC")
    happened_at = request.happened_at or now
    role = request.role or _role(action, pen.person, request.site, book, happened_at)
    asking = Asking(pen.person, role, request.site, zone, now, happened_at, request.reason.strip())
    _check_pen(pen, role, log, book)
    for name, version in request.seen:
        if book.sheet(name).version != version:
            raise Refused("changed-meanwhile", subject=name, seen=version, now=book.sheet(name).version)
    passport.require(action, book.using)
    answer = decide(action, asking, book)
    if isinstance(answer, Refused):
        raise answer
    if action.takes_custody:  # nothing is taken in from a site whose log has two histories: one of them gave it away
        for giver in sorted({book.sheet(name).owner for name in answer.also} - {"", request.site}):
            standing.require_unforked(giver, book.using, succession.member_by(log.charter, giver))
    subjects = [[name, book.sheet(name).version + 1] for name in answer.also]
    person = book.sheet(f"person:{pen.person}")
    return {
        "act": act,
        "action": action.code,
        "by": pen.person,
        "data": to_plain(action.data()),
        "findings": [{"code": x.code, "facts": to_plain(x.facts)} for x in answer.findings],
        "format": 1,
        "given": to_plain(answer.given),
        "happened_at": iso(happened_at),
        "meaning": str(action.meaning),
        "moves": [[m.given_by, m.received_by, m.item, m.amount, m.unit] for m in answer.moves],
        "name": person.name or pen.person,
        "reason": asking.reason,
        "role": str(role),
        "site": request.site,
        "subjects": subjects,
        "written_at": iso(now),
        "zone": zone,
    }


def _role(action: Action, person: str, site: str, book: fold.DiskBook, at: datetime) -> Role:
    """The first role of the action that the person holds here; if none, the rule will say so."""
    held = book.sheet(f"person:{person}").roles_at(site, at.date())
    return next((r for r in action.roles if r in held), action.roles[-1])


def _check_pen(pen: sign.Pen | sign.PasskeyPen, role: Role, log: Log, book: fold.DiskBook) -> None:
    if role is Role.NODE:
        public = succession.log_key(log.site, log.tree.size + 1, log.charter).verifier.encode()
        known = (keys.node_pen(log.site, public).key,)
    else:
        person = book.sheet(f"person:{pen.person}")
        if not person.exists:
            raise Refused("person-unknown", person=pen.person)
        known = person.keys
    if pen.key not in known:
        raise Refused("key-not-enrolled", person=pen.person)


def open_log(site: str, using: str = DEFAULT_DB_ALIAS) -> Head:
    """Create the empty log of a site that lives on this node, with its key."""
    key = keys.make_log_key(site)
    return Head.objects.using(using).create(site=site, origin=key.name, verifier_key=key.verifier.encode())


__all__ = ["NotWritten", "Request", "Written", "open_log", "perform", "perform_all", "propose"]
