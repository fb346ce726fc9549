"""Evidence: what can be checked about one entry at once, by whoever looks at it.

Bytes, hash, signature against the keys enrolled by then, and the proof that it stands in the signed log.
Nothing is taken from an earlier verification. 21 CFR 11.10(e), 11.70.
"""

from __future__ import annotations

from dataclasses import dataclass

from milenari.journal import canonical, fold, read, sign
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import succession
from milenari.journal.models import Entry as EntryRow
from milenari.journal.models import Head
from milenari.journal.note import VerifierKey
from milenari.journal.proof import check_proof
from milenari.journal.subtrees import Prover
from milenari.journal.tree import ProofError, leaf_hash
from milenari.rules.action import Refused, blank, fold_in
from milenari.words import Role


@dataclass(frozen=True)
class Checked:
    """One check: its code, whether it holds, and if not why (English, from the mathematics)."""

    code: str
    good: bool
    detail: str = ""


def examine(seen: read.Seen) -> list[Checked]:
    """Every check of one entry, made now: bytes, hash, signature, place in the signed log."""
    return [_bytes(seen), _hash(seen), _signature(seen), _place(seen)]


def _bytes(seen: read.Seen) -> Checked:
    try:
        canonical.parse(seen.body)
    except canonical.CanonicalError as fault:
        return Checked("bytes", False, str(fault))
    return Checked("bytes", True)


def _hash(seen: read.Seen) -> Checked:
    return Checked("hash", leaf_hash(seen.body).hex() == seen.leaf)


def keys_then(seen: read.Seen) -> tuple[str, ...]:
    """The keys that the signer held when the entry was written."""
    if seen.entry.role is Role.NODE:
        head = Head.objects.get(site=seen.site)
        member = succession.member_by(charters.newest_note(), seen.site)
        public = VerifierKey.parse(member.key_at(seen.index) if member else head.verifier_key).public_key
        return (f"{sign.ED25519}:{sign.b64(public)}",)
    name = f"person:{seen.entry.by}"
    rows = EntryRow.objects.filter(touch__subject=name, pk__lt=seen.position).order_by("touch__version")
    person = blank(name)
    for body in rows.values_list("body", flat=True):
        person = fold_in(person, name, fold.entry_from(bytes(body)))
    return tuple(person.keys)


def _signature(seen: read.Seen) -> Checked:
    try:
        sign.verify(sign.read_entry(seen.body), *keys_then(seen))
    except (sign.SignatureError, canonical.CanonicalError, Refused, KeyError) as fault:
        return Checked("signature", False, str(fault))
    return Checked("signature", True)


def _place(seen: read.Seen) -> Checked:
    head = Head.objects.get(site=seen.site)
    try:
        prover = Prover(seen.site)
        member = succession.member_by(charters.newest_note(), seen.site)
        check_proof(prover.proof(seen.body, seen.index), succession.key_of(prover.checkpoint, head, member))
    except ProofError as fault:
        return Checked("place", False, str(fault))
    return Checked("place", True)
