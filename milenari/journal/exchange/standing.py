"""Standing: who holds what of whom, and what is wrong between two sites.

Of every log this node knows how far it holds it and who has verifiably said so too. "They hold mine up to entry n"
is only ever said on a cosignature that was checked. A log of which two histories were signed is forked: nothing more
of it is taken. A node of whose own log another site holds more than it has itself has been set back, and writes
nothing until it has relearned the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F

from milenari.journal import clock, keys, models
from milenari.journal.exchange import bounds, succession, watermark
from milenari.journal.exchange.charter import Charter, Member, newest_note, present, require_present
from milenari.journal.exchange.parcel import Held, Waybill
from milenari.journal.note import Checkpoint, NoteError, VerifierKey, open_checkpoint, split_note, verify_cosignature
from milenari.journal.note import cosign as cosign_body
from milenari.journal.subtrees import Prover
from milenari.journal.tree import Frontier, ProofError
from milenari.rules.action import Refused


def own_sites(using: str = DEFAULT_DB_ALIAS) -> set[str]:
    """The sites whose logs this node writes."""
    return set(models.Head.objects.using(using).filter(own=True).values_list("site", flat=True))


def mirror(log: str, member: Member, using: str) -> models.Head:
    """The head of a log, locked; an empty mirror is begun for a member of whom nothing is held yet."""
    heads = models.Head.objects.using(using)
    if not heads.filter(site=log).exists():
        heads.create(site=log, own=False, origin=member.origin, verifier_key=member.log)
    head = heads.select_for_update().get(site=log)
    return head


def mark(log: str, size: int, note: str, using: str) -> None:
    """Keep the signed checkpoint at which this node now stands; of two, the one whose key is good there today."""
    told = {"note": note, "seen_at": clock.now()}
    row, made = models.Mark.objects.using(using).get_or_create(site=log, size=size, defaults=told)
    if not made and row.note != note:
        member = succession.member_by(newest_note(using), log)
        if member is not None and not succession.signed_by(row.note, member.key_for_checkpoint(size)):
            models.Mark.objects.using(using).filter(pk=row.pk).update(**told)


def tree_at(log: str, size: int, using: str) -> Frontier:
    """The tree over the first ``size`` entries held of a log, from every leaf."""
    leaves = models.Entry.objects.using(using).filter(site=log, index__lt=size).order_by("index")
    return Frontier.of(bytes(x) for x in leaves.values_list("leaf", flat=True).iterator(5_000))


def root_at(log: str, size: int, using: str) -> bytes:
    """The root over the first ``size`` entries held of a log, from every leaf."""
    return tree_at(log, size, using).root()


def has_root(log: str, size: int, root: bytes, using: str) -> bool:
    """Whether the first ``size`` entries held of a log give this root.

    Yes is said from few reads, on the kept hashes of whole subtrees; no, which is an accusation, from every leaf.
    """
    try:
        shortcut = size > 0 and Prover(log, using=using).root_at(size) == root
    except ProofError:
        shortcut = False
    return shortcut or tree_at(log, size, using).root() == root


# -- forks and set-back nodes -----------------------------------------------------------------------------


def keep_fork(log: str, index: int, theirs: str, using: str) -> None:
    """Keep the proof that one key signed two histories: our checkpoint and theirs, which cannot both be true."""
    ours = models.Mark.objects.using(using).filter(site=log, size__gt=index).order_by("size").first()
    note = ours.note if ours else models.Head.objects.using(using).get(site=log).checkpoint
    models.Fork.objects.using(using).get_or_create(
        site=log, index=index, theirs=theirs, defaults={"ours": note, "found_at": clock.now()}
    )


def require_unforked(log: str, using: str, member: Member | None) -> None:
    """Refused for a log of which two histories are known, unless its present key decides which one is true."""
    for found in models.Fork.objects.using(using).filter(site=log).order_by("index"):
        if not succession.settled(found, member):
            raise Refused("log-forked", log=log, index=found.index)


def set_back(log: str, there: int, using: str) -> None:
    """Another site holds more of our own log than we do: from now on nothing is written until it is relearned."""
    rows = models.SetBack.objects.using(using)
    row, made = rows.get_or_create(site=log, defaults={"size": there, "found_at": clock.now()})
    if not made and there > row.size:
        rows.filter(site=log).update(size=there)


def is_relearning(log: str, using: str) -> bool:
    """Whether this node takes back its own log from others."""
    lost = models.SetBack.objects.using(using).filter(site=log).values_list("size", flat=True).first()
    return lost is not None and models.Head.objects.using(using).get(site=log).size < lost


UNKNOWN = 2**53
"""How much a wholly lost log had, before anybody was asked."""


def begin_recovery(site: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Take up a site whose node is lost, with its keys from the envelope: an empty log that others give back."""
    member = require_present(using).require(site)
    if not {keys.public_of(path, "log") for path in keys.files(site, "log")} & set(member.every_key()):
        raise Refused("recovery-wrong-key", site=site)
    if models.Head.objects.using(using).filter(site=site).exists():
        raise Refused("recovery-not-empty", site=site)
    models.Head.objects.using(using).create(site=site, own=True, origin=member.origin, verifier_key=member.key_at(0))
    set_back(site, UNKNOWN, using)


def begin_relearning(site: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Say that a backup was put back: nothing is written until mirror or members have said what they hold."""
    if not models.Head.objects.using(using).filter(site=site, own=True).exists():
        raise Refused("site-not-here", site=site)
    models.Cosignature.objects.using(using).filter(site=site).delete()  # said before: they are asked again
    set_back(site, UNKNOWN, using)


def end_recovery(site: str, without: Iterable[str] = (), using: str = DEFAULT_DB_ALIAS) -> int:
    """Let a recovered site write again once every member has said what it holds; returns the entries given back.

    ``without`` names members that cannot be asked any more: what only they hold is lost, and a fork if they return.
    """
    charter = require_present(using)
    head = models.Head.objects.using(using).get(site=site, own=True)
    said = dict(models.Cosignature.objects.using(using).filter(site=site).values_list("by", "size"))
    silent = {m.site for m in charter.members} - set(said) - {site} - set(without)
    if silent:
        raise Refused("recovery-not-answered", sites=sorted(silent))
    most = max(said.values(), default=0)
    if head.size < most:
        raise Refused("node-set-back", site=site, here=head.size, there=most)
    models.SetBack.objects.using(using).filter(site=site).update(size=most)
    watermark.begin_again(site, head.size)
    return int(head.size)


def settle(site: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """A site moved to this node with all it had written: nothing was set back, and nobody has to be told so."""
    head = models.Head.objects.using(using).get(site=site, own=True)
    models.SetBack.objects.using(using).filter(site=site, size__lte=head.size).delete()


def relearned(site: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """The mirror has given everything back. Outside a network nobody else could hold more, so writing may go on."""
    if present(using) is None:
        size = models.Head.objects.using(using).get(site=site, own=True).size
        models.SetBack.objects.using(using).filter(site=site, size=UNKNOWN).update(size=size)
        watermark.begin_again(site, size)


# -- cosignatures -----------------------------------------------------------------------------------------


def cosign(logs: Iterable[str], here: set[str], using: str) -> None:
    """State for each member site of this node that it holds these logs up to where they now stand."""
    at = int(clock.now().timestamp())
    for log in sorted(logs):
        head = models.Head.objects.using(using).get(site=log)
        body, _ = split_note(head.checkpoint)
        for site in sorted(here - {log}):
            held = Held(head.checkpoint, cosign_body(body, succession.witness_key(site, using), at))
            keep(log, site, held, at, using)


def keep(log: str, by: str, held: Held, at: int, using: str) -> None:
    """Keep a cosignature that was verified, if it is the newest of its member."""
    size = Checkpoint.parse(split_note(held.note)[0]).size
    when = datetime.fromtimestamp(at, UTC)
    bounds.covered(log, by, size, when, using)
    told: dict[str, Any] = {"size": size, "at": when, "note": held.note, "line": held.line}
    row, made = models.Cosignature.objects.using(using).get_or_create(site=log, by=by, defaults=told)
    if not made and size >= row.size and when >= row.at:
        models.Cosignature.objects.using(using).filter(pk=row.pk).update(**told)


def held_by(sites: Iterable[str], using: str = DEFAULT_DB_ALIAS) -> tuple[Held, ...]:
    """The newest statements of these sites about every other log, to travel with their parcels."""
    rows = models.Cosignature.objects.using(using).filter(by__in=list(sites)).order_by("site", "by")
    note = newest_note(using)
    return tuple(held for row in rows if (held := _in_force(row, note)))


def _in_force(row: models.Cosignature, note: str) -> Held | None:
    """A statement of one of our own sites, signed again where a charter has replaced one of its two keys since.

    None while the log's new key has not yet confirmed what is held of it: its next parcel does.
    """
    witness, log = succession.member_by(note, row.by), succession.member_by(note, row.site)
    told, line = row.note, row.line
    if log is not None and not succession.signed_by(told, log.key_for_checkpoint(row.size)):
        mark = models.Mark.objects.using(row._state.db).filter(site=row.site, size=row.size).first()
        told = mark.note if mark else told
        if not succession.signed_by(told, log.key_for_checkpoint(row.size)):
            return None
    body, _ = split_note(told)
    if witness is not None:
        try:
            verify_cosignature(body, line, VerifierKey.parse(witness.witness))
        except NoteError:
            line = cosign_body(body, keys.witness_key(row.by, witness.witness), int(clock.now().timestamp()))
    return Held(told, line)


def take_held(bill: Waybill, charter: Charter, here: set[str], using: str) -> bool:
    """Check what the sender says it holds, and keep it; a root that is not ours proves a fork or a set-back node.

    True when it holds more of another log than has arrived here: then it is worth asking again after that.
    """
    witness = VerifierKey.parse(charter.require(bill.sender).witness)
    rows = models.Cosignature.objects.using(using).filter(by=bill.sender)
    known = set(rows.values_list("note", "line"))
    ahead = False
    for held in bill.held:
        if (held.note, held.line) in known:
            continue  # checked when it came first
        try:
            body, _ = split_note(held.note)
            told = Checkpoint.parse(body)
            member = next((m for m in charter.members if told.origin in m.origins()), None)
            if member is None:
                continue  # of a log outside the network
            checkpoint = open_checkpoint(held.note, member.key_for_checkpoint(told.size))
            at = verify_cosignature(body, held.line, witness)
        except NoteError as fault:
            raise Refused("parcel-cosignature", sender=bill.sender, detail=str(fault)[:200]) from fault
        head = models.Head.objects.using(using).filter(site=member.site).first()
        if head is None:
            continue  # of a log that this node has not begun to hold
        if checkpoint.size > head.size:
            ahead = True
            if member.site in here:
                set_back(member.site, checkpoint.size, using)
        elif not has_root(member.site, checkpoint.size, checkpoint.root, using):
            keep_fork(member.site, max(checkpoint.size - 1, 0), held.note, using)
        else:
            keep(member.site, bill.sender, held, at, using)
    return ahead


# -- the transfer log, and where everybody stands ---------------------------------------------------------


def transits(offset: int, limit: int, using: str = DEFAULT_DB_ALIAS) -> tuple[list[models.Transit], int]:
    """Parcels that left or arrived, newest first, and how many there are in all."""
    rows = models.Transit.objects.using(using).order_by("-id")
    return list(rows[offset : offset + limit]), rows.count()


KEPT_UNKNOWN = 200
"""How many parcels of unknown senders the transfer log remembers: a stranger must not fill the disk."""


def note_transit(way: str, outcome: Any, using: str) -> None:
    """Keep what travelled, whose, on which basis, and what became of it."""
    models.Transit.objects.using(using).update_or_create(
        way=way, digest=outcome.digest, peer=outcome.sender, defaults=_told(outcome)
    )
    if outcome.start == outcome.end:
        _keep_newest_empty({(way, outcome.sender, outcome.log)}, using)


def note_handed_over(log: str, peer: str, content: bytes, classes: dict[str, dict[str, Any]], using: str) -> None:
    """Keep that something was handed to another site outside of the parcels: a passport as a file or on paper."""
    models.Transit.objects.using(using).update_or_create(
        way="sent", digest=sha256(content).hexdigest(), peer=peer,
        defaults={"log": log, "start": 0, "end": 0, "bytes": len(content), "classes": classes, "at": clock.now(),
                  "state": "handed-over", "told": ""},
    )  # fmt: skip


def note_received(outcomes: Iterable[Any], using: str) -> None:
    """Keep what became of parcels that arrived; of those that no member has signed, only the newest."""
    rows = [models.Transit(way="received", digest=o.digest, peer=o.sender, **_told(o)) for o in outcomes]
    known, unknown = [row for row in rows if row.peer], [row for row in rows if not row.peer]
    if known:
        models.Transit.objects.using(using).bulk_create(
            known, update_conflicts=True, unique_fields=["way", "digest", "peer"], update_fields=_TOLD
        )
        _keep_newest_empty({(row.way, row.peer, row.log) for row in known if row.start == row.end}, using)
    if unknown:
        strange = models.Transit.objects.using(using).filter(way="received", peer="")
        strange.bulk_create(unknown[-KEPT_UNKNOWN:], ignore_conflicts=True)
        kept = strange.order_by("-id").values_list("id", flat=True)[:KEPT_UNKNOWN]
        strange.filter(id__lt=min(kept)).delete()


def _keep_newest_empty(links: Iterable[tuple[str, str, str]], using: str) -> None:
    """Of parcels without an entry, which only say what is held, the transfer log keeps the newest of each link.

    They come with every exchange, hold nobody's data, and would bury the parcels that do.
    """
    for way, peer, log in links:
        empty = models.Transit.objects.using(using).filter(
            way=way, peer=peer, log=log, start=F("end"), classes={}, state__in=("sent", "applied", "repeated"), told=""
        )
        newest = empty.order_by("-id").values_list("id", flat=True).first()
        if newest is not None:
            empty.filter(id__lt=newest).delete()


_TOLD = ("log", "start", "end", "bytes", "classes", "at", "state", "told")


def _told(outcome: Any) -> dict[str, Any]:
    return {
        "log": outcome.log, "start": outcome.start, "end": outcome.end, "bytes": outcome.length,
        "classes": outcome.classes, "at": clock.now(), "state": outcome.state,
        "told": outcome.refused.code if outcome.refused else "",
    }  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Between one of our sites and one peer: what is proven, and since when."""

    here: str
    peer: str
    mine: int  # entries of our log
    they_hold: int  # of ours, by their verified cosignature
    they_said_at: datetime | None
    i_hold: int  # entries of theirs held here
    held_at: datetime | None
    waiting: int  # parcels of theirs in the inbox
    state: str  # sound, forked, set-back, unconfirmed (their new key has not signed yet)

    @property
    def synced(self) -> bool:
        """True only on their cosignature over everything we have written."""
        return self.state == "sound" and self.they_hold == self.mine


def standings(using: str = DEFAULT_DB_ALIAS) -> list[Standing]:
    """Where this node and every peer stand with each other; empty without a network."""
    charter = present(using)
    if charter is None:
        return []
    heads = {h.site: h for h in models.Head.objects.using(using).all()}
    said = {(c.site, c.by): c for c in models.Cosignature.objects.using(using).all()}
    lost = dict(models.SetBack.objects.using(using).values_list("site", "size"))
    forks = models.Fork.objects.using(using).all()
    forked = {fork.site for fork in forks if not succession.settled(fork, charter.member(fork.site))}
    waiting: dict[str, int] = {}
    for log in (
        models.Transit.objects.using(using).filter(way="received", state="waiting").values_list("log", flat=True)
    ):
        waiting[log] = waiting.get(log, 0) + 1
    made = []
    for here in sorted(site for site, head in heads.items() if head.own):
        mine = heads[here]
        for member in charter.members:
            if member.site in heads and heads[member.site].own:
                continue
            theirs, answer, own = heads.get(member.site), said.get((here, member.site)), said.get((member.site, here))
            state = "set-back" if lost.get(here, 0) > mine.size else "sound"
            if theirs and theirs.size and not succession.checkpoint_of(theirs, using):
                state = "unconfirmed"
            if {here, member.site} & forked:
                state = "forked"
            made.append(Standing(
                here, member.site, mine.size, answer.size if answer else 0, answer.at if answer else None,
                theirs.size if theirs else 0, own.at if own else None, waiting.get(member.site, 0), state,
            ))  # fmt: skip
    return made
