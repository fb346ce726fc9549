"""Incoming: parcels from other sites, checked whole before any of them is applied.

In this order: outside (``parcel.look``), contents, that they continue what is held of that log, the signed root at
their end, that each entry is canonical, signed by a key its person had by then, and touches only what its site held,
each subject at its next version. Logs depend on each other only where something changed hands, so parcels of several
logs are merged: as many whole parcels as fit together are applied in one transaction, the others wait in the inbox.
Nothing is judged again by present rules, except what a node says in its own name: that is how a thief of a site's
key would make himself a person.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from milenari.journal import clock, fold, models, sealed, sign
from milenari.journal.canonical import CanonicalError
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import standing
from milenari.journal.exchange.parcel import Parcel, look
from milenari.journal.note import NoteError, VerifierKey, open_checkpoint
from milenari.journal.perform import Desk, Log
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import ACTIONS, Entry, Refused, check_authority, decide_again
from milenari.words import Role

APPLIED, REPEATED, WAITING, REFUSED, FORKED = "applied", "repeated", "waiting", "refused", "forked"


@dataclass
class Outcome:
    """What became of one parcel; ``refused`` says why where it was not applied."""

    digest: str
    state: str = WAITING
    log: str = ""
    sender: str = ""
    start: int = 0
    end: int = 0
    length: int = 0
    classes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: Refused | None = None


@dataclass
class _Entry:
    """One entry of a parcel, read."""

    site: str
    index: int
    body: bytes
    leaf: bytes
    data: dict[str, Any]
    entry: Entry


@dataclass
class _Piece:
    """One parcel whose entries continue a log; ``entries`` are the new ones only."""

    outcome: Outcome
    note: str
    entries: list[_Entry]


class _Bad(Exception):
    """An entry that may not stand in the book: which piece holds it, and why."""

    def __init__(self, piece: _Piece, refused: Refused) -> None:
        super().__init__(refused.code)
        self.piece, self.refused = piece, refused


def inbox() -> Path:
    """Where parcels wait for what they depend on."""
    return Path(settings.HOME) / "inbox"


def receive(data: Iterable[bytes] = (), using: str = DEFAULT_DB_ALIAS) -> list[Outcome]:
    """Check and apply parcels together with those that wait; one outcome for each, those given first."""
    given = list(data)
    if inbox().is_dir():
        given += [path.read_bytes() for path in sorted(inbox().glob("*.parcel"))]
    outcomes: list[Outcome] = []
    looked: dict[str, Parcel] = {}
    charter = charters.require_present(using)
    here = standing.own_sites(using)
    for one in given:
        outcome, parcel = _look(one, charter, here)
        if any(outcome.digest == earlier.digest for earlier in outcomes):
            continue  # the same parcel twice
        outcomes.append(outcome)
        if parcel is not None:
            looked[outcome.digest] = parcel
    with transaction.atomic(using=using):
        _Receiving(using, charter, here).run([(o, looked[o.digest]) for o in outcomes if o.digest in looked])
        for outcome in outcomes:
            standing.note_transit("received", outcome, using)
    _keep({sha256(one).hexdigest(): one for one in given}, outcomes)
    return outcomes


def _keep(bodies: dict[str, bytes], outcomes: list[Outcome]) -> None:
    """Waiting parcels stay in the inbox; all others leave it."""
    for outcome in outcomes:
        path = inbox() / f"{outcome.digest}.parcel"
        if outcome.state == WAITING:
            inbox().mkdir(parents=True, exist_ok=True)
            if not path.exists():
                part = path.with_suffix(".part")
                part.write_bytes(bodies[outcome.digest])
                part.replace(path)
        else:
            path.unlink(missing_ok=True)


def _look(data: bytes, charter: charters.Charter, here: set[str]) -> tuple[Outcome, Parcel | None]:
    outcome = Outcome(sha256(data).hexdigest(), length=len(data))
    try:
        parcel = look(data, charter, here, clock.now().date())
    except Refused as refused:
        outcome.state, outcome.refused = REFUSED, refused
        return outcome, None
    bill = parcel.waybill
    outcome.log, outcome.sender, outcome.classes = bill.log, bill.sender, bill.classes
    outcome.start, outcome.end = bill.start, bill.end
    return outcome, parcel


class _Receiving:
    """One transaction over everything that has arrived."""

    def __init__(self, using: str, charter: charters.Charter, here: set[str]) -> None:
        self.using, self.charter, self.here = using, charter, here
        self.connection = connections[using]

    def run(self, arrived: list[tuple[Outcome, Parcel]]) -> None:
        for outcome, parcel in arrived:
            standing.take_held(parcel.waybill, self.charter, self.here, self.using)
            if outcome.log in self.here and not standing.is_relearning(outcome.log, self.using):
                self._own(outcome, parcel)
        arrived = [(o, p) for o, p in arrived if o.state == WAITING]
        pieces = self._pieces(arrived)
        while True:
            order = _merge(pieces, self._versions)
            try:
                with transaction.atomic(using=self.using):
                    self._apply(order)
            except _Bad as bad:
                bad.piece.outcome.state, bad.piece.outcome.refused = REFUSED, bad.refused
                chain = pieces[bad.piece.outcome.log]
                del chain[chain.index(bad.piece) :]
                continue
            break
        for piece in {id(p): p for p, _ in order}.values():
            piece.outcome.state, piece.outcome.refused = APPLIED, None
        standing.cosign({p.outcome.log for p, _ in order}, self.here, self.using)

    def _own(self, outcome: Outcome, parcel: Parcel) -> None:
        """Our own log coming back: known, or proof that this node was set back or somebody else has its key."""
        head = models.Head.objects.using(self.using).get(site=outcome.log)
        if parcel.waybill.end > head.size:
            outcome.state = REFUSED
            outcome.refused = Refused("own-log-ahead", site=outcome.log, here=head.size, there=parcel.waybill.end)
            standing.set_back(outcome.log, parcel.waybill.end, self.using)
            return
        try:
            self._piece(outcome, parcel, head.size, Frontier())
        except Refused as refused:
            outcome.state, outcome.refused = REFUSED, refused

    # -- what continues what is held ------------------------------------------------------------------

    def _pieces(self, arrived: list[tuple[Outcome, Parcel]]) -> dict[str, list[_Piece]]:
        """For each log the parcels that continue it, in order; each other parcel gets its outcome."""
        pieces: dict[str, list[_Piece]] = {}
        for log in sorted({o.log for o, _ in arrived}):
            member = self.charter.require(log)
            head = standing.mirror(log, member, self.using)
            frontier = Frontier.from_bytes(bytes(head.frontier)) if head.frontier else Frontier()
            size = frontier.size
            for outcome, parcel in sorted(
                (x for x in arrived if x[0].log == log), key=lambda x: (x[0].start, x[0].end)
            ):
                try:
                    if outcome.start > size:
                        outcome.refused = Refused("parcel-gap", log=log, held=size, start=outcome.start)
                        continue
                    standing.require_unforked(log, self.using)
                    made = self._piece(outcome, parcel, size, frontier)
                except Refused as refused:
                    outcome.refused = refused
                    outcome.state = {"log-forked": FORKED, "software-older": WAITING}.get(refused.code, REFUSED)
                    if outcome.state == WAITING:
                        break
                    continue
                if made is None:
                    continue
                piece, frontier = made
                size = frontier.size
                pieces.setdefault(log, []).append(piece)
        return pieces

    def _piece(self, outcome: Outcome, parcel: Parcel, size: int, frontier: Frontier) -> tuple[_Piece, Frontier] | None:
        bill, member = parcel.waybill, self.charter.require(outcome.log)
        try:
            checkpoint = open_checkpoint(bill.checkpoint, member.key_for_checkpoint(bill.end))
        except NoteError as fault:
            raise Refused("parcel-checkpoint", log=bill.log, detail=str(fault)[:200]) from fault
        if checkpoint.size != bill.end:
            raise Refused("parcel-checkpoint", log=bill.log, detail="it is of another size than the waybill says")
        bodies = parcel.unpack()
        leaves = [leaf_hash(body) for body in bodies]
        known = min(size, bill.end) - bill.start
        self._same_past(outcome, bill.start, leaves[:known], bill.checkpoint)
        if bill.end <= size:
            if standing.root_at(bill.log, bill.end, self.using) != checkpoint.root:
                self._fork(bill.log, bill.end - 1, bill.checkpoint)
            outcome.state = REPEATED
            return None
        grown = frontier.extend(leaves[known:])
        if grown.root() != checkpoint.root:
            raise Refused("parcel-checkpoint", log=bill.log, detail="the entries do not give the signed root")
        read = [
            self._read(bill.log, bill.start + known + n, body, leaf)
            for n, (body, leaf) in enumerate(zip(bodies[known:], leaves[known:], strict=True))
        ]
        return _Piece(outcome, bill.checkpoint, read), grown

    def _same_past(self, outcome: Outcome, start: int, leaves: list[bytes], note: str) -> None:
        """Entries that are held already must be the same; if not, one key has signed two histories."""
        held = models.Entry.objects.using(self.using).filter(
            site=outcome.log, index__gte=start, index__lt=start + len(leaves)
        )
        for (index, leaf), arrived in zip(held.order_by("index").values_list("index", "leaf"), leaves, strict=True):
            if bytes(leaf) != arrived:
                self._fork(outcome.log, index, note)

    def _fork(self, log: str, index: int, note: str) -> None:
        standing.keep_fork(log, index, note, self.using)
        raise Refused("log-forked", log=log, index=index)

    def _read(self, log: str, index: int, body: bytes, leaf: bytes) -> _Entry:
        try:
            data = sign.read_entry(body)
            if data["action"] not in ACTIONS or data["format"] != 1:
                raise Refused("software-older", log=log, index=index, action=str(data["action"])[:60])
            entry = fold.entry_of(data)
        except (CanonicalError, KeyError, TypeError, ValueError, AttributeError) as fault:
            raise Refused("parcel-entry", log=log, index=index, detail=str(fault)[:200]) from fault
        except Refused as refused:
            if refused.code == "software-older":
                raise
            raise Refused("parcel-entry", log=log, index=index, detail=refused.code) from refused
        if entry.site != log or not entry.subjects:
            raise Refused("parcel-entry", log=log, index=index, detail="it does not belong to this log")
        return _Entry(log, index, body, leaf, data, entry)

    # -- applying -------------------------------------------------------------------------------------

    def _versions(self, names: Iterable[str]) -> dict[str, int]:
        """The newest version of each subject in the book."""
        wanted = list(names)
        found: dict[str, int] = {}
        for cut in range(0, len(wanted), 500):
            asked = models.Touch.objects.using(self.using).filter(subject__in=wanted[cut : cut + 500])
            for name, version in asked.values_list("subject", "version").order_by("subject", "version"):
                found[name] = version
        return found

    def _apply(self, order: list[tuple[_Piece, _Entry]]) -> None:
        desk = Desk(self.using)
        book = fold.DiskBook(self.using)
        last = {id(piece): read for piece, read in order}
        acts = self._acts([read.entry.act for _, read in order])
        for piece, read in order:
            if read.entry.act in acts:
                again = Refused("act-id-reused", act=read.entry.act, action=read.entry.action.code)
                raise _Bad(piece, again)
            acts.add(read.entry.act)
            log = desk.logs.get(read.site) or self._log(desk, read.site)
            self._allowed(piece, read, book)
            desk.append(log, read.entry, read.body, read.leaf, read.entry.written_at)
            desk.unsent += fold.post(book, read.entry, read.leaf)
            sealed.obey(read.entry)
            if last[id(piece)] is read:
                log.note = piece.note
                standing.mark(read.site, log.tree.size, piece.note, self.using)
            if len(desk.unsent) > fold.TOGETHER:
                desk.send()
        desk.close()

    def _acts(self, wanted: list[str]) -> set[str]:
        """Those of the act ids that stand in the book already."""
        found: set[str] = set()
        for cut in range(0, len(wanted), 500):
            asked = models.Entry.objects.using(self.using).filter(act__in=wanted[cut : cut + 500])
            found.update(asked.values_list("act", flat=True))
        return found

    def _log(self, desk: Desk, site: str) -> Log:
        head = models.Head.objects.using(self.using).select_for_update().get(site=site)
        tree = Frontier.from_bytes(bytes(head.frontier)) if head.frontier else Frontier()
        desk.logs[site] = log = Log(site, head.origin, tree, head.written_at)
        return log

    def _allowed(self, piece: _Piece, read: _Entry, book: fold.DiskBook) -> None:
        """Signature, authority and custody of one entry against the book as it is by then."""
        entry = read.entry

        def bad(code: str, **facts: Any) -> _Bad:
            return _Bad(piece, Refused(code, log=read.site, index=read.index, **facts))

        member = self.charter.require(read.site)
        if entry.role is Role.NODE:
            public = VerifierKey.parse(member.key_at(read.index)).public_key
            keys: tuple[str, ...] = (f"{sign.ED25519}:{sign.b64(public)}",)
        else:
            keys = book.sheet(f"person:{entry.by}").keys
        try:
            sign.verify(read.data, *keys)
        except sign.SignatureError as fault:
            raise bad("parcel-entry-signature", person=entry.by, detail=str(fault)) from fault
        try:
            check_authority(entry, book)
            if entry.role is Role.NODE:
                decide_again(entry, book)
        except Refused as refused:
            raise bad("parcel-entry-authority", person=entry.by, detail=refused.code) from refused
        for name, version in entry.subjects:
            sheet = book.sheet(name)
            held = not sheet.exists or sheet.owner == entry.site and not sheet.bound_for
            received = entry.action.takes_custody and sheet.bound_for == entry.site
            if version != sheet.version + 1 or not (held or received):
                raise bad("parcel-custody", subject=name, owner=sheet.owner, bound_for=sheet.bound_for)


def _merge(pieces: dict[str, list[_Piece]], versions: Any) -> list[tuple[_Piece, _Entry]]:
    """As many whole pieces of every log as fit together, in an order in which each subject's versions follow.

    A piece whose entries need a version that nobody brings waits, and with it all that depends on it.
    """
    names = {name for chain in pieces.values() for p in chain for r in p.entries for name, _ in r.entry.subjects}
    start = versions(sorted(names))
    limit = {log: len(chain) for log, chain in pieces.items()}
    while True:
        order, stopped = _walk(pieces, limit, dict(start))
        if not stopped:
            return order
        for log, (whole, wants) in stopped.items():
            for piece in pieces[log][whole : limit[log]]:
                piece.outcome.state = WAITING
                piece.outcome.refused = Refused("parcel-waits", log=log, subject=wants)
            limit[log] = whole


def _walk(
    pieces: dict[str, list[_Piece]], limit: dict[str, int], known: dict[str, int]
) -> tuple[list[tuple[_Piece, _Entry]], dict[str, tuple[int, str]]]:
    queues = {log: deque((n, p, r) for n, p in enumerate(chain[: limit[log]]) for r in p.entries)
              for log, chain in pieces.items()}  # fmt: skip
    order: list[tuple[_Piece, _Entry]] = []
    moved = True
    while moved:
        moved = False
        for queue in queues.values():
            while queue and not _wants(queue[0][2], known):
                _, piece, read = queue.popleft()
                known.update(read.entry.subjects)
                order.append((piece, read))
                moved = True
    return order, {log: (queue[0][0], _wants(queue[0][2], known)) for log, queue in queues.items() if queue}


def _wants(read: _Entry, known: dict[str, int]) -> str:
    """The first subject whose version before is not here yet; empty when the entry may be tried.

    A version that is here already is tried too: it is refused then, and not awaited for ever.
    """
    return next((name for name, version in read.entry.subjects if version > known.get(name, 0) + 1), "")
