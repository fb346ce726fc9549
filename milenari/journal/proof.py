"""One entry with its proof in one text file, checked offline with the log's public key only.

The format is c2sp.org/tlog-proof@v1: a header line, ``extra`` (optional, base64), ``index``, the
inclusion proof's hashes in base64, a blank line, and the signed checkpoint as it was issued:

    c2sp.org/tlog-proof@v1
    extra <base64 of the entry>
    index 4711
    <base64 hash, from the leaf's sibling up>
    ...

    <checkpoint note>

C2SP leaves the meaning of ``extra`` to the application. Here it is the entry itself; it needs
no trust of its own because its leaf hash is what the proof proves. File ending: ``.tlog-proof``.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from milenari.journal.note import (
    Checkpoint,
    NoteError,
    VerifierKey,
    decimal,
    open_checkpoint,
    split_note,
    unbase64,
)
from milenari.journal.tree import ProofError, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAX_ENTRY_BYTES = 65535
"""As in an entry bundle (c2sp.org/tlog-tiles)."""


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """Entry bytes shown to be number ``index`` (from 0) of log ``origin`` at ``size`` entries."""

    entry: bytes
    index: int
    origin: str
    size: int


def write_proof(entry_bytes: bytes, index: int, proof_hashes: Sequence[bytes], checkpoint_note: str) -> str:
    """The text of a proof; ProofError when it would not prove, so no useless file leaves here.

    ``proof_hashes`` is the inclusion proof, 32 bytes each from the leaf's sibling up, for the
    checkpoint's size. The note's signature is the reader's business and is not checked.
    """
    try:
        checkpoint = Checkpoint.parse(split_note(checkpoint_note)[0])
    except NoteError as fault:
        raise ProofError(str(fault)) from None
    _check_entry(entry_bytes)
    leaf = leaf_hash(entry_bytes)
    verify_inclusion(index, checkpoint.size, leaf, proof_hashes, checkpoint.root)
    hashes = [_base64(node) for node in proof_hashes]
    lines = [HEADER, f"extra {_base64(entry_bytes)}", f"index {index}", *hashes, "", ""]
    return "\n".join(lines) + checkpoint_note


def check_proof(text: str | bytes, vkey: VerifierKey | str, origin: str | None = None) -> ProvenEntry:
    """The entry proven by ``text`` under the log's public key; ProofError (a sentence) otherwise.

    ``origin`` is the log's origin line, by default the key's name. Needs no network and no files.
    """
    try:
        return _check(text, VerifierKey.of(vkey), origin)
    except NoteError as fault:
        raise ProofError(str(fault)) from None


def carried(text: str | bytes) -> tuple[int, bytes, list[bytes], str]:
    """Index, entry, hashes and checkpoint note of a proof's text, its form checked and nothing of it proven."""
    try:
        return _read(text)
    except NoteError as fault:
        raise ProofError(str(fault)) from None


def _check(text: str | bytes, key: VerifierKey, origin: str | None) -> ProvenEntry:
    index, entry, hashes, note = _read(text)
    # The signature first: no statement about the entry means anything before it.
    checkpoint = open_checkpoint(note, key, origin)
    verify_inclusion(index, checkpoint.size, leaf_hash(entry), hashes, checkpoint.root)
    return ProvenEntry(entry, index, checkpoint.origin, checkpoint.size)


def _read(text: str | bytes) -> tuple[int, bytes, list[bytes], str]:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            raise ProofError("The proof is not UTF-8 text.") from None
    head, blank, note = text.partition("\n\n")
    if not blank:
        raise ProofError("The proof has no blank line before its checkpoint; it may be cut short.")
    header, *lines = head.split("\n")
    if header != HEADER:
        raise ProofError(f"The first line is {header[:40]!r}; a proof starts with {HEADER}.")
    if not lines or not lines[0].startswith("extra "):
        raise ProofError("The second line is not extra and base64: the proof carries no entry.")
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise ProofError("The third line is not index and a number.")
    entry = unbase64(lines[0].removeprefix("extra "), "entry (line 2)")
    _check_entry(entry)
    index = decimal(lines[1].removeprefix("index "), "index (line 3)")
    hashes = [unbase64(line, f"hash on line {at}") for at, line in enumerate(lines[2:], start=4)]
    return index, entry, hashes, note


def _check_entry(entry: bytes) -> None:
    if len(entry) > MAX_ENTRY_BYTES:
        raise ProofError(f"The entry has {len(entry)} bytes; at most {MAX_ENTRY_BYTES} can be.")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
