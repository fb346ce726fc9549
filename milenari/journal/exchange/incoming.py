"""Incoming: parcels from other sites, checked whole before any of them is applied.

In this order: outside (``parcel.look``), contents, that they continue what is held of that log, the signed root at
their end, that each entry is canonical, signed by a key its person had by then, and touches only what its site held,
each subject at its next version. Logs depend on each other only where something changed hands, so parcels of several
logs are merged: as many whole parcels as fit together are applied in one transaction, the others wait in the inbox.
Nothing is judged again by present rules, except what a node says in its own name: that is how a thief of a site's
key would make himself a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain, zip_longest

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from milenari.journal import clock, fold, keys, models, sealed, sign
from milenari.journal.canonical import CanonicalError
from milenari.journal.exchange import bounds, inbox, standing
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange.charter import Member
from milenari.journal.exchange.parcel import Parcel, Waybill, look, signed_state
from milenari.journal.exchange.pieces import (
    APPLIED,
    FORKED,
    REFUSED,
    REPEATED,
    WAITING,
    Bad,
    Order,
    Outcome,
    Piece,
    ReadEntry,
    merge,
    require_shape,
)
from milenari.journal.note import VerifierKey
from milenari.journal.perform import Desk, Log
from milenari.journal.pile import AT_ONCE, Pile, unswept
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import ACTIONS, Refused, check_authority, decide_again
from milenari.rules.protocol import check_sponsor
from milenari.words import Role

ARMFUL = 8 * 2**20
"""How many bytes of unpacked entries are looked at together; more only where fewer do not fit together."""


def receive(data: Iterable[bytes] = (), using: str = DEFAULT_DB_ALIAS) -> list[Outcome]:
    """Check and apply parcels together with those that wait; one outcome for each, those given first.

    Of each parcel that a member has signed the bytes lie in the inbox and only the outside in memory. An armful at a
    time is opened and applied in one transaction; what was applied stays so when a later armful cannot be.
    """
    charter = charters.require_present(using)
    here = standing.own_sites(using)
    outcomes: dict[str, Outcome] = {}
    for one in chain(data, inbox.waiting()):
        outcome, parcel = _look(one, charter, here)
        if parcel is not None and outcome.digest not in outcomes:
            inbox.keep(outcome.digest, one)
        outcomes.setdefault(outcome.digest, outcome)
    made = list(outcomes.values())
    with transaction.atomic(using=using):
        standing.note_received([o for o in made if o.state == REFUSED], using)
    _apply([o for o in made if o.state == WAITING], charter, here, using)
    for outcome in made:
        if outcome.state != WAITING:
            inbox.drop(outcome.digest)
    return made


def _apply(pending: list[Outcome], charter: charters.Charter, here: set[str], using: str) -> None:
    """Armful by armful, until the rest waits for what is not here; each armful in one transaction with its outcomes."""
    room, ahead = ARMFUL, dict[str, Waybill]()
    while pending:
        with transaction.atomic(using=using), unswept():
            armful, left = _armful(pending, room, charter, here, using)
            Receiving(using, charter, here, ahead).run(armful)
            settled = [o for o in pending if o.state != WAITING]
            standing.note_received(settled, using)
        pending = [o for o in pending if o.state == WAITING]
        if not settled and not left:
            break
        room = ARMFUL if settled else room * 2
    with transaction.atomic(using=using):
        standing.note_received(pending, using)
        for bill in ahead.values():
            standing.take_held(bill, charter, here, using)  # what they hold may have arrived only now


def _armful(
    pending: list[Outcome], room: int, charter: charters.Charter, here: set[str], using: str
) -> tuple[list[tuple[Outcome, Parcel]], bool]:
    """The next parcels of every log in turn, opened outside only, and whether some that could follow are left."""
    sizes = dict(models.Head.objects.using(using).values_list("site", "size"))
    queues = [_next_of(log, sizes.get(log, 0), pending, here) for log in sorted({o.log for o in pending})]
    taken: list[tuple[Outcome, Parcel]] = []
    for turn in zip_longest(*queues):
        for outcome in filter(None, turn):
            if taken and outcome.size > room:
                return taken, True
            room -= outcome.size
            body = inbox.load(outcome.digest)
            if body is None:  # another process has taken it meanwhile
                outcome.state = REPEATED
                continue
            taken.append((outcome, look(body, charter, here, clock.now().date())))
    return taken, False


def _next_of(log: str, size: int, pending: list[Outcome], here: set[str]) -> Iterator[Outcome]:
    """The parcels of a log that can follow on what is held of it, in order; one after a gap says so."""
    reach = size
    for outcome in sorted((o for o in pending if o.log == log), key=lambda o: (max(o.start, size), o.end)):
        if outcome.start > reach and log not in here:
            outcome.refused = Refused("parcel-gap", log=log, held=size, start=outcome.start)
            continue
        if size < reach and outcome.start < reach and log not in here:
            continue  # it overlaps one that was just taken: the next armful has it
        reach, outcome.refused = max(reach, outcome.end), None
        yield outcome


def _look(data: bytes, charter: charters.Charter, here: set[str]) -> tuple[Outcome, Parcel | None]:
    """All of a parcel that can be checked without knowing what is held: outside, signed state, and contents.

    What fails here never comes into the inbox, so a stick full of forgeries costs no transaction each.
    """
    outcome = Outcome(sha256(data).hexdigest(), length=len(data))
    try:
        parcel = look(data, charter, here, clock.now().date())
        bill = parcel.waybill
        outcome.log, outcome.sender, outcome.classes = bill.log, bill.sender, bill.classes
        outcome.start, outcome.end, outcome.size = bill.start, bill.end, bill.size
        signed_state(bill, charter.require(bill.log))
        parcel.unpack()
    except Refused as refused:
        outcome.state, outcome.refused = REFUSED, refused
        return outcome, None
    return outcome, parcel


class Receiving:
    """One transaction over everything that has arrived."""

    def __init__(
        self, using: str, charter: charters.Charter | None, here: set[str], ahead: dict[str, Waybill] | None = None
    ) -> None:
        self.using, self.charter, self.here = using, charter, here
        self.ahead = {} if ahead is None else ahead
        self.connection = connections[using]

    def _member(self, log: str) -> Member:
        return (self.charter or charters.require_present(self.using)).require(log)

    def run(self, arrived: list[tuple[Outcome, Parcel]]) -> None:
        self._take_held(arrived)
        everything = arrived = [(o, p) for o, p in arrived if o.state == WAITING]
        for outcome, parcel in arrived:
            if outcome.log in self.here and not standing.is_relearning(outcome.log, self.using):
                self._own(outcome, parcel)
        arrived = [(o, p) for o, p in arrived if o.state == WAITING]
        while arrived:
            arrived = self._apply_what_fits(arrived)
        self._take_held(everything)  # what they hold may have arrived only now

    def _apply_what_fits(self, arrived: list[tuple[Outcome, Parcel]]) -> list[tuple[Outcome, Parcel]]:
        """Apply as much as fits; returns the parcels that bring some of the same entries again, to be looked at now."""
        again: list[tuple[Outcome, Parcel]] = []
        pieces = self._pieces(arrived, again)
        while True:
            order = merge(pieces, self.versions)
            try:
                with transaction.atomic(using=self.using):
                    self.apply(order)
            except Bad as bad:
                bad.piece.outcome.state, bad.piece.outcome.refused = REFUSED, bad.refused
                line = pieces[bad.piece.outcome.log]
                del line[line.index(bad.piece) :]
                continue
            break
        for piece in {id(p): p for p, _ in order}.values():
            piece.outcome.state, piece.outcome.refused = APPLIED, None
        standing.cosign({p.outcome.log for p, _ in order}, self.here, self.using)
        if order:  # nothing new was heard otherwise
            bounds.settle(self.using)
        return again

    def _take_held(self, arrived: list[tuple[Outcome, Parcel]]) -> None:
        charter = self.charter or charters.require_present(self.using)
        for outcome, parcel in arrived:
            bill = parcel.waybill
            try:
                ahead = standing.take_held(bill, charter, self.here, self.using)
            except Refused as refused:
                outcome.state, outcome.refused = REFUSED, refused
                continue
            if ahead:
                self.ahead[bill.sender] = bill

    def _own(self, outcome: Outcome, parcel: Parcel) -> None:
        """Our own log coming back: known, or proof that this node was set back or somebody else has its key."""
        head = models.Head.objects.using(self.using).get(site=outcome.log)
        try:
            if parcel.waybill.end > head.size:
                signed_state(parcel.waybill, self._member(outcome.log))
                standing.set_back(outcome.log, parcel.waybill.end, self.using)
                raise Refused("own-log-ahead", site=outcome.log, here=head.size, there=parcel.waybill.end)
            self._piece(outcome, parcel, head.size, Frontier())
        except Refused as refused:
            outcome.state = FORKED if refused.code == "log-forked" else REFUSED
            outcome.refused = refused

    # -- what continues what is held ------------------------------------------------------------------

    def _pieces(
        self, arrived: list[tuple[Outcome, Parcel]], again: list[tuple[Outcome, Parcel]]
    ) -> dict[str, list[Piece]]:
        """For each log the parcels that continue it, in order; each other parcel gets its outcome.

        One that begins before the end of another of these (the same log from two senders) goes to ``again``: what it
        repeats can only be compared once that other one is applied, or refused.
        """
        pieces: dict[str, list[Piece]] = {}
        for log in sorted({o.log for o, _ in arrived}):
            member = self._member(log)
            head = standing.mirror(log, member, self.using)
            frontier = Frontier.from_bytes(bytes(head.frontier)) if head.frontier else Frontier()
            size = frontier.size
            for outcome, parcel in (x for x in arrived if x[0].log == log):
                try:
                    if outcome.start > size:
                        outcome.refused = Refused("parcel-gap", log=log, held=size, start=outcome.start)
                        continue
                    if pieces.get(log) and outcome.start < size:
                        again.append((outcome, parcel))
                        continue
                    standing.require_unforked(log, self.using, member)
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

    def _piece(self, outcome: Outcome, parcel: Parcel, size: int, frontier: Frontier) -> tuple[Piece, Frontier] | None:
        bill = parcel.waybill
        checkpoint = signed_state(bill, self._member(bill.log))
        bodies = parcel.unpack()
        leaves = [leaf_hash(body) for body in bodies]
        known = min(size, bill.end) - bill.start
        differs = self._differs(bill.log, bill.start, leaves[:known])
        if bill.end <= size:
            if not standing.has_root(bill.log, bill.end, checkpoint.root, self.using):
                self._fork(bill.log, bill.end - 1 if differs is None else differs, bill.checkpoint)
        elif differs is not None:
            before = standing.tree_at(bill.log, bill.start, self.using)
            if before.extend(leaves).root() == checkpoint.root:
                self._fork(bill.log, differs, bill.checkpoint)
        grown = frontier.extend(leaves[known:])
        if differs is not None or (bill.end > size and grown.root() != checkpoint.root):
            raise Refused("parcel-checkpoint", log=bill.log, detail="the entries do not give the signed root")
        if bill.end <= size:
            standing.mark(bill.log, bill.end, bill.checkpoint, self.using)
            outcome.state = REPEATED
            return None
        read = [
            self.read(bill.log, bill.start + known + n, body, leaf)
            for n, (body, leaf) in enumerate(zip(bodies[known:], leaves[known:], strict=True))
        ]
        return Piece(outcome, bill.checkpoint, read), grown

    def _differs(self, log: str, start: int, leaves: list[bytes]) -> int | None:
        """The first of these entries that is held here with other bytes; None when all are the same.

        That alone accuses nobody: only with the log's signed root over the other bytes is it a second history.
        """
        held = models.Entry.objects.using(self.using).filter(site=log, index__gte=start, index__lt=start + len(leaves))
        for (index, leaf), arrived in zip(held.order_by("index").values_list("index", "leaf"), leaves, strict=True):
            if bytes(leaf) != arrived:
                return int(index)
        return None

    def _fork(self, log: str, index: int, note: str) -> None:
        standing.keep_fork(log, index, note, self.using)
        raise Refused("log-forked", log=log, index=index)

    def read(self, log: str, index: int, body: bytes, leaf: bytes) -> ReadEntry:
        try:
            data = sign.read_entry(body)
            require_shape(data)
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
        return ReadEntry(log, index, body, leaf, data, entry)

    # -- applying -------------------------------------------------------------------------------------

    def versions(self, names: Iterable[str]) -> dict[str, int]:
        """The newest version of each subject in the book."""
        wanted = list(names)
        found: dict[str, int] = {}
        for cut in range(0, len(wanted), 500):
            asked = models.Touch.objects.using(self.using).filter(subject__in=wanted[cut : cut + 500])
            for name, version in asked.values_list("subject", "version").order_by("subject", "version"):
                found[name] = version
        return found

    def apply(self, order: Order) -> None:
        desk = Desk(self.using)
        book = fold.DiskBook(self.using)
        pile = Pile(book)
        last = {id(piece): read for piece, read in order}
        acts = self._acts([read.entry.act for _, read in order])
        for cut in range(0, len(order), AT_ONCE):
            some = order[cut : cut + AT_ONCE]
            pile.expect(name for _, read in some for name in (f"person:{read.entry.by}", *dict(read.entry.subjects)))
            for piece, read in some:
                if read.entry.act in acts:
                    again = Refused("act-id-reused", act=read.entry.act, action=read.entry.action.code)
                    raise Bad(piece, again)
                acts.add(read.entry.act)
                log = desk.logs.get(read.site) or self._log(desk, read.site)
                self._allowed(piece, read, book)
                pile.add(log.tree.size, read.entry, read.body, read.leaf)
                log.grow(read.leaf, read.entry.written_at)
                sealed.obey(read.entry)
                bounds.obey(read.entry, read.index, self.using)
                if last[id(piece)] is read:
                    log.note = piece.note
                    standing.mark(read.site, log.tree.size, piece.note, self.using)
            pile.put_down()
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

    def _allowed(self, piece: Piece, read: ReadEntry, book: fold.DiskBook) -> None:
        """Signature, authority and custody of one entry against the book as it is by then."""
        entry = read.entry

        log, index = read.site, read.index
        if entry.role is Role.NODE:
            public = VerifierKey.parse(self._key_at(read.site, read.index)).public_key
            good: tuple[str, ...] = (f"{sign.ED25519}:{sign.b64(public)}",)
        else:
            good = book.sheet(f"person:{entry.by}").keys
        try:
            sign.verify(read.data, *good)
        except sign.SignatureError as fault:
            refused = Refused("parcel-entry-signature", log=log, index=index, person=entry.by, detail=str(fault))
            raise Bad(piece, refused) from fault
        try:
            check_authority(entry, book)
            check_sponsor(entry.action, entry.site, book)
            if entry.role is Role.NODE:
                decide_again(entry, book)
        except Refused as no:
            refused = Refused("parcel-entry-authority", log=log, index=index, person=entry.by, detail=no.code)
            raise Bad(piece, refused) from no
        for name, version in entry.subjects:
            sheet = book.sheet(name)
            held = not sheet.exists or (sheet.owner == entry.site and not sheet.bound_for)
            received = entry.action.takes_custody and sheet.bound_for == entry.site
            if version != sheet.version + 1 or not (held or received):
                raise Bad(piece, Refused("parcel-custody", log=log, index=index, subject=name, owner=sheet.owner))

    def _key_at(self, log: str, index: int) -> str:
        if self.charter is None:  # a node of no network, relearning its own log
            return keys.log_key(log).verifier.encode()  # of which there is only one
        return self.charter.require(log).key_at(index)
