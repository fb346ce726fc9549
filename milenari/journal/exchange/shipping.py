"""Shipping: the proofs that travel on the form of one thing, made from this node's book.

One docket of the dispatch, one of the release of what is shipped, where it needs one. Each stands under the checkpoint
that most other sites have cosigned by now; with none, under the log's own signature alone, and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from milenari.journal import keys
from milenari.journal import read as reading
from milenari.journal.docket import MOST_ENTRIES, Docket, Placed, codes
from milenari.journal.exchange import charter, succession
from milenari.journal.models import Cosignature, Head, Mark
from milenari.journal.note import Checkpoint, NoteError, add_signatures, sign_note, split_note
from milenari.journal.read import Seen
from milenari.journal.shipment import CERTIFYING, ENDING, LEAVING
from milenari.journal.subtrees import Prover, naive_hashes
from milenari.journal.tree import ProofError, leaf_hash, root_by

DISPATCH, RELEASE = "dispatch", "release"


@dataclass(frozen=True)
class Carried:
    """One docket for a form: what it is of, the texts of its codes, and the sites that have cosigned it."""

    of: str
    docket: Docket
    texts: tuple[str, ...]
    cosigned: tuple[str, ...]


def carried(name: str, transfer: int, upto: int | None = None) -> list[Carried]:
    """The dockets for one hand-over of a thing that has left; ProofError when the log does not prove it.

    ``upto`` is the last position of the book that the form knows of.
    """
    seen = [one for one in reading.entries_about(name) if upto is None or one.position <= upto]
    left = [one for one in seen if one.entry.action.code in LEAVING and one.entry.given["transfer"] == transfer]
    if not left or not left[-1].entry.given["leaves"]:
        raise ProofError("The dispatch lacks a signature; it has not left.")
    begun = max(n for n, one in enumerate(left) if one.entry.action.code == "dispatch")
    made = [_made(DISPATCH, left[begun:])]
    of = str(left[begun].entry.given.get("of", ""))
    if of:
        decided = [one for one in reading.entries_about(of) if one.entry.action.code in (*CERTIFYING, *ENDING)]
        newest = {one.entry.action.code: one for one in decided if upto is None or one.position <= upto}
        if newest:
            # Of one log under one checkpoint; what lets the thing go was decided where it was made.
            site = next(reversed(newest.values())).site
            found = sorted((x for x in newest.values() if x.site == site), key=lambda x: x.index)
            made.append(_made(RELEASE, found))
    return made


def proofs_of(of: str, seen: Sequence[Seen]) -> list[Carried]:
    """Dockets of any entries of one log, as many as one docket carries in each; ProofError when they are of several."""
    return [_made(of, seen[at : at + MOST_ENTRIES]) for at in range(0, len(seen), MOST_ENTRIES)]


def _made(of: str, seen: Sequence[Seen]) -> Carried:
    site = seen[0].site
    if any(one.site != site for one in seen):
        raise ProofError("The entries stand in the logs of different sites.")
    least = max(one.index for one in seen) + 1
    note, sites = _cosigned(site, least)
    note = note or _alone(site, least)
    try:
        checkpoint = Checkpoint.parse(split_note(note)[0])
    except NoteError as fault:
        raise ProofError(str(fault)) from None
    prover = Prover(site, checkpoint.size, note)
    placed = tuple(Placed(one.index, one.body, tuple(_hashes(prover, one, checkpoint))) for one in seen)
    docket = Docket(placed, note)
    return Carried(of, docket, tuple(codes(docket)), sites)


def _hashes(prover: Prover, one: Seen, checkpoint: Checkpoint) -> list[bytes]:
    """From the kept subtrees, and if those are wrong from the leaves themselves."""
    with suppress(ProofError):
        found = prover.hashes(one.index)
        if root_by(one.index, checkpoint.size, leaf_hash(one.body), found) == checkpoint.root:
            return found
    return naive_hashes(one.site, one.index, checkpoint.size)


def _cosigned(site: str, least: int) -> tuple[str, tuple[str, ...]]:
    """The checkpoint of a log that most sites have cosigned, with their cosignatures; of these the longest."""
    groups: dict[str, list[Cosignature]] = {}
    for row in Cosignature.objects.filter(site=site, size__gte=least).order_by("by"):
        groups.setdefault(split_note(row.note)[0], []).append(row)
    if not groups:
        return "", ()
    rows = max(groups.values(), key=lambda held: (len(held), held[0].size))
    note = add_signatures(rows[0].note, *(line for row in rows for line in _lines(row)))
    return note, tuple(row.by for row in rows)


def _lines(row: Cosignature) -> list[str]:
    return [*(one.line() for one in split_note(row.note)[1]), row.line]


def _alone(site: str, least: int) -> str:
    """A checkpoint over these entries that nobody else has signed for; the same each time where this node signs it."""
    head = Head.objects.get(site=site)
    if not head.own:
        mark = Mark.objects.filter(site=site, size__gte=least).order_by("size").first()
        return str(mark.note if mark else head.checkpoint)
    with suppress(keys.KeyMissing):
        key = succession.log_key(site, least, charter.newest_note())
        root = Prover(site).root_at(least)
        return sign_note(Checkpoint(key.name, least, root).body(), key)
    return succession.checkpoint_of(head) or str(head.checkpoint)
