"""Extract: the entries of one record, with the proof that each stands in its site's signed log.

What a paper carries as data: the exact bytes of its entries, those that enrolled their signers, and
inclusion proofs against one checkpoint per log. The checkpoint is the one of the log's size at the newest
of these entries; Ed25519 signs the same text always the same way, so the same record gives the same
bytes at any later time. Of a mirrored log it is the first one kept that its own node signed and that
covers them (21 CFR 11.10(b), EU GMP Annex 11, 8.1). Checked offline with ``check``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from milenari.journal import fold, keys, sign
from milenari.journal.canonical import CanonicalError, canonical
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import succession
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Head, Mark
from milenari.journal.note import Checkpoint, NoteError, VerifierKey, open_checkpoint, sign_note, split_note
from milenari.journal.read import Seen
from milenari.journal.tree import ProofError, inclusion_ranges, leaf_hash, node_hash, root_of, verify_inclusion

FORMAT = "milenari extract 1"
NAMING = ("enrol-person", "replace-key")
"""Actions whose entries say which public key is whose."""


class ExtractError(ValueError):
    """An extract that does not prove what it says; a sentence."""


@dataclass(frozen=True)
class Log:
    """One log at the newest entry of the extract: how many entries, their root, and the signed checkpoint."""

    site: str
    origin: str
    size: int
    root: bytes
    checkpoint: str
    key: str

    @property
    def body(self) -> str:
        """The checkpoint's text without its signature: origin, size and root on three lines."""
        return Checkpoint(self.origin, self.size, self.root).body()


@dataclass(frozen=True)
class Extract:
    """Entries and signers one a line, proofs as canonical JSON; ``faults`` is empty when all of it holds."""

    entries: bytes
    signers: bytes
    proofs: bytes
    logs: tuple[Log, ...]
    faults: tuple[str, ...]


def extract(seen: Sequence[Seen], using: str = "default") -> Extract:
    """The extract of these entries; constant in queries but for one per log."""
    wanted = sorted(seen, key=lambda s: s.position)
    newest = max((s.position for s in wanted), default=0)
    signers = _signers({s.entry.by for s in wanted}, newest, using)
    places: dict[str, int] = {}
    for one in (*wanted, *signers):
        places[one.site] = max(places.get(one.site, 0), one.index + 1)
    faults: list[str] = []
    trees, logs = {}, []
    for site, size in sorted(places.items()):
        head = Head.objects.using(using).get(site=site)
        rows = EntryRow.objects.using(using).filter(site=site).order_by("index").values_list("leaf", flat=True)
        leaves = [bytes(leaf) for leaf in rows]
        if len(leaves) != head.size or _root(head.checkpoint) != root_of(leaves):
            faults.append(f"The log of {site} is not what its newest checkpoint says.")
        size, note = (size, "") if head.own else _mark(head, size, using)
        trees[site] = _Tree(leaves[:size])
        logs.append(_log(head, size, trees[site].root, note, using))
    proofs = {
        "format": FORMAT,
        "logs": {log.site: {"checkpoint": log.checkpoint, "key": log.key} for log in logs},
        "entries": [_proof(one, trees) for one in wanted],
        "signers": [_proof(one, trees) for one in signers],
    }
    made = [b"".join(one.body + b"\n" for one in group) for group in (wanted, signers)]
    text = canonical(proofs)
    try:
        check(made[0], made[1], text, {log.site: log.key for log in logs})
    except ExtractError as fault:
        faults.append(str(fault))
    return Extract(made[0], made[1], text, tuple(logs), tuple(faults))


def _signers(persons: set[str], upto: int, using: str) -> list[Seen]:
    """The entries that name the signers' keys, and those of who signed these, up to the node itself."""
    found: dict[int, Seen] = {}
    asked: set[str] = set()
    while more := persons - asked:
        asked |= more
        rows = EntryRow.objects.using(using).filter(
            touch__subject__in=[f"person:{person}" for person in more], action__in=NAMING, pk__lte=upto
        )
        for row in rows.distinct():
            data = sign.read_entry(bytes(row.body))
            entry = fold.entry_of(data)
            found[row.pk] = Seen(entry, row.site, row.index, row.pk, "", data["signature"], bytes(row.body))
            persons = persons | {entry.by}
    return [found[position] for position in sorted(found)]


def _mark(head: Any, size: int, using: str) -> tuple[int, str]:
    """The first checkpoint of a mirrored log, as its own node signed it, that covers ``size`` entries."""
    found = Mark.objects.using(using).filter(site=head.site, size__gte=size).order_by("size").first()
    return (int(found.size), str(found.note)) if found else (int(head.size), str(head.checkpoint))


def _log(head: Any, size: int, root: bytes, note: str, using: str) -> Log:
    checkpoint = note or Checkpoint(head.origin, size, root).body()
    if not note:
        # Without the key it stays unsigned: the fault is found and told when this extract is checked.
        with suppress(keys.KeyMissing):
            checkpoint = sign_note(checkpoint, succession.log_key(head.site, size, charters.newest_note(using)))
    member = succession.member_by(charters.newest_note(using), head.site)
    public = next((k for k in member.every_key() if succession.signed_by(checkpoint, k)), "") if member else ""
    return Log(head.site, head.origin, size, root, checkpoint, public or head.verifier_key)


def _root(checkpoint: str) -> bytes:
    try:
        return Checkpoint.parse(split_note(checkpoint)[0]).root
    except NoteError:
        return b""


class _Tree:
    """The hashes of every complete subtree, each computed once, so that many proofs cost little."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
        self.size = len(leaves)
        self.root = self.of(0, self.size) if leaves else root_of([])

    def of(self, start: int, end: int) -> bytes:
        """The hash over leaves ``start`` to ``end``, a node of an RFC 6962 tree."""
        width = end - start
        level = width.bit_length() - 1
        if width == 1 << level:
            return self.levels[level][start >> level]
        middle = start + (1 << level)
        return node_hash(self.of(start, middle), self.of(middle, end))

    def proof(self, index: int) -> list[bytes]:
        return [self.of(start, end) for start, end in inclusion_ranges(index, self.size)]


def _proof(one: Seen, trees: dict[str, _Tree]) -> dict[str, Any]:
    hashes = [base64.b64encode(found).decode() for found in trees[one.site].proof(one.index)]
    return {"log": one.site, "index": one.index, "hashes": hashes}


# -- checking, with nothing but the three files and the logs' public keys ---------------------------------


def check(entries: bytes, signers: bytes, proofs: bytes, trusted: dict[str, str]) -> list[dict[str, Any]]:
    """The entries, proven to be in the logs and signed by the persons they name; ExtractError otherwise.

    ``trusted`` holds each log's verifier key by site; it is not taken from the extract itself.
    """
    try:
        told = json.loads(proofs)
        if told["format"] != FORMAT:
            raise ExtractError(f"The format is {told['format']!r}, not {FORMAT!r}.")
        heads = {site: _head(site, log, trusted) for site, log in told["logs"].items()}
        named = _included(signers, told["signers"], heads)
        held: dict[str, set[str]] = {
            f"node-{site}": {f"ed25519:{base64.b64encode(VerifierKey.parse(key).public_key).decode()}"}
            for site, key in trusted.items()
        }
        for entry in named:
            if entry["action"] in NAMING:
                held.setdefault(entry["data"]["person"], set()).add(entry["data"]["key"])
        found = _included(entries, told["entries"], heads)
        for entry in (*named, *found):
            sign.verify(entry, *held.get(entry["by"], ()))
    except (KeyError, TypeError, AttributeError, ValueError, NoteError, ProofError, CanonicalError) as fault:
        if isinstance(fault, ExtractError):
            raise
        raise ExtractError(f"{type(fault).__name__}: {fault}") from fault
    return found


def _head(site: str, log: dict[str, str], trusted: dict[str, str]) -> Checkpoint:
    if site not in trusted:
        raise ExtractError(f"No public key is given for the log of {site}.")
    return open_checkpoint(log["checkpoint"], trusted[site])


def _included(lines: bytes, places: Iterable[dict[str, Any]], heads: dict[str, Checkpoint]) -> list[dict[str, Any]]:
    found = []
    bodies = lines.splitlines()
    for body, place in zip(bodies, places, strict=True):
        head = heads[place["log"]]
        hashes = [base64.b64decode(text, validate=True) for text in place["hashes"]]
        verify_inclusion(int(place["index"]), head.size, leaf_hash(body), hashes, head.root)
        found.append(sign.read_entry(body))
    return found
