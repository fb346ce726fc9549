"""Perform: the one door. Screens, command line, interfaces, imports and workers all come through here.

An accepted act becomes one entry: decided, signed, numbered, hashed into the site's Merkle log and posted
to the registers in a single transaction. Nothing skips the rule or the log. Repeating an act id returns
the first entry, so a retry after a lost answer doubles nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    OperationalError,
    connections,
    transaction,
)

from milenari.journal import clock, fold, keys, sealed, sign
from milenari.journal.canonical import CanonicalError
from milenari.journal.models import Head
from milenari.journal.note import Checkpoint, sign_note
from milenari.journal.tiles import MAX_ENTRY_BYTES
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import CLOCK_TOLERANCE, Action, Asking, Entry, Refused, decide
from milenari.words import Role, iso, to_plain

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
    try:
        with transaction.atomic(using=using):
            return [_write(request, using) for request in requests]
    except IntegrityError as fault:
        raise Refused("changed-meanwhile", subject="", detail=str(fault)[:120]) from fault
    except OperationalError as fault:
        raise NotWritten(_why(str(fault)), str(fault)) from fault
    except DatabaseError as fault:
        raise NotWritten("database", str(fault)) from fault


def _why(cause: str) -> str:
    told = cause.lower()
    for sign_of_it, code in (("full", "disk-full"), ("no space", "disk-full"), ("readonly", "read-only"),
                             ("read-only", "read-only"), ("locked", "busy"), ("i/o", "disk-fault")):  # fmt: skip
        if sign_of_it in told:
            return code
    return "database"


def propose(request: Request, using: str = DEFAULT_DB_ALIAS) -> tuple[bytes, str, datetime]:
    """The exact bytes that a passkey is to sign, with the act id and instant frozen into them.

    Nothing is written; ``perform`` with a PasskeyPen of the same act and instant must arrive at the same
    bytes within two minutes, else the passkey's signature does not verify and the act is refused.
    """
    now = clock.now()
    act = request.act or str(uuid.uuid4())
    with transaction.atomic(using=using):
        head = _head(request.site, using)
        statement = _statement(request, head, fold.DiskBook(using), act, now)
    entry = {**statement, "signature": request.pen.block()}
    return sign.message_of(entry), act, now


def _head(site: str, using: str) -> Head:
    found = Head.objects.using(using).select_for_update().filter(site=site).first()
    if found is None:
        raise Refused("site-not-here", site=site)
    return found


def _write(request: Request, using: str) -> Written:
    head = _head(request.site, using)
    pen = request.pen
    act = request.act or pen.act or str(uuid.uuid4())
    earlier = _earlier(act, using)
    if earlier:
        return _same(earlier, request)
    now = pen.written_at or clock.now()
    if pen.written_at and not timedelta(0) <= clock.now() - now <= PROPOSAL_HOLDS:
        raise Refused("proposal-expired", act=act)
    if head.written_at and now < head.written_at - CLOCK_TOLERANCE:
        raise Refused("clock-set-back", now=now, last=head.written_at)
    book = fold.DiskBook(using)
    statement = _statement(request, head, book, act, now)
    try:
        body = sign.complete(statement, pen)
    except CanonicalError as fault:
        raise Refused("entry-not-canonical", field=fault.path, found=fault.reason) from fault
    except sign.SignatureError as fault:
        raise Refused("signature-invalid", person=pen.person, detail=str(fault)) from fault
    if len(body) > MAX_ENTRY_BYTES:
        raise Refused("entry-too-large", found=len(body), longest=MAX_ENTRY_BYTES)
    entry = fold.entry_of(statement)
    leaf = leaf_hash(body)
    position = _append(head, entry, body, leaf, now, using)
    fold.post(book, entry, position, leaf)
    sealed.obey(entry)
    return Written(entry, head.site, head.size - 1, position, leaf)


def _earlier(act: str, using: str) -> Any:
    with connections[using].cursor() as cursor:
        cursor.execute('SELECT id, site, "index", leaf, body FROM journal_entry WHERE act = %s', [act])
        return cursor.fetchone()


def _same(found: Any, request: Request) -> Written:
    position, site, index, leaf, body = found
    entry = fold.entry_from(body)
    same = entry.action == request.action and entry.by == request.pen.person and site == request.site
    if not same:
        raise Refused("act-id-reused", act=entry.act, action=entry.action.code)
    return Written(entry, site, index, position, bytes(leaf), repeated=True)


def _statement(request: Request, head: Head, book: fold.DiskBook, act: str, now: datetime) -> dict[str, Any]:
    """Ask the rule and put its answer into words: everything of the entry but the signature."""
    pen, action = request.pen, request.action
    here = book.sheet(f"site:{request.site}")
    zone = here.zone or getattr(action, "zone", "UTC")
    happened_at = request.happened_at or now
    role = request.role or _role(action, pen.person, request.site, book, happened_at)
    asking = Asking(pen.person, role, request.site, zone, now, happened_at, request.reason.strip())
    _check_pen(pen, role, head, book)
    for name, version in request.seen:
        if book.sheet(name).version != version:
            raise Refused("changed-meanwhile", subject=name, seen=version, now=book.sheet(name).version)
    answer = decide(action, asking, book)
    if isinstance(answer, Refused):
        raise answer
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


def _check_pen(pen: sign.Pen | sign.PasskeyPen, role: Role, head: Head, book: fold.DiskBook) -> None:
    if role is Role.NODE:
        known = (keys.node_pen(head.site).key,)
    else:
        person = book.sheet(f"person:{pen.person}")
        if not person.exists:
            raise Refused("person-unknown", person=pen.person)
        known = person.keys
    if pen.key not in known:
        raise Refused("key-not-enrolled", person=pen.person)


def _append(head: Head, entry: Entry, body: bytes, leaf: bytes, now: datetime, using: str) -> int:
    """Put the entry at the end of the site's log and sign the new checkpoint."""
    frontier = (Frontier.from_bytes(bytes(head.frontier)) if head.size else Frontier()).append(leaf)
    key = keys.log_key(head.site)
    note = sign_note(Checkpoint(head.origin, frontier.size, frontier.root()).body(), key)
    connection = connections[using]
    happened, written = (connection.ops.adapt_datetimefield_value(t) for t in (entry.happened_at, entry.written_at))
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO journal_entry (site, "index", act, action, person, happened_at, written_at, leaf, body)'
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            [head.site, head.size, entry.act, entry.action.code, entry.by, happened, written, leaf, body],
        )
        position = int(cursor.fetchone()[0])
        cursor.executemany(
            "INSERT INTO journal_touch (subject, version, entry_id) VALUES (%s, %s, %s)",
            [(name, version, position) for name, version in entry.subjects],
        )
        latest = max(now, head.written_at) if head.written_at else now
        cursor.execute(
            "UPDATE journal_head SET size = %s, frontier = %s, written_at = %s, checkpoint = %s WHERE site = %s",
            [
                frontier.size,
                frontier.to_bytes(),
                connection.ops.adapt_datetimefield_value(latest),
                note,
                head.site,
            ],
        )
    head.size, head.frontier, head.written_at, head.checkpoint = (
        frontier.size,
        frontier.to_bytes(),
        latest,
        note,
    )
    return position


def open_log(site: str, using: str = DEFAULT_DB_ALIAS) -> Head:
    """Create the empty log of a site that lives on this node, with its key."""
    key = keys.make_log_key(site)
    return Head.objects.using(using).create(site=site, origin=key.name, verifier_key=key.verifier.encode())


__all__ = ["NotWritten", "Request", "Written", "open_log", "perform", "perform_all", "propose"]
