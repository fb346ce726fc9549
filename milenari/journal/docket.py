"""Docket: proven entries of one log as few bytes, for a QR code that a phone or scanner reads from paper.

It carries what a tlog-proof carries (``journal/proof.py``), for several entries under one checkpoint, and the
cosignatures at hand. The root is not in it: the proofs lead to it, and the signatures say whether it is the right one.

    byte 1, the format           byte, entries
    varint, size of the log      byte and text, its origin
    4 + 64 bytes                 key id and Ed25519 signature of the checkpoint
    byte, cosignatures           each: byte and text, name; 4 + 8 + 64 bytes: key id, time, signature
    byte, hashes                 32 bytes each, every hash of the proofs once
    for each entry               varint, index; byte, proof length; a byte for each of its hashes
    raw DEFLATE (RFC 1951)       for each entry: varint, length; its exact bytes

As text a docket is one line of signs that QR codes hold densely and scanners type (RFC 9285, base45):
``MP1:1/2:0A1B2C3D:...:``, part i of n, the first 8 hex digits of its SHA-256, and the bytes. Entries are not shortened:
a docket that is too long for one code is cut into several.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from milenari.journal.note import Checkpoint, NoteError, Signature, add_signatures, split_note
from milenari.journal.proof import MAX_ENTRY_BYTES, carried, write_proof
from milenari.journal.tree import HASH_BYTES, ProofError, leaf_hash, root_by

FORMAT = 1
MOST_ENTRIES = 8
MOST_PARTS = 40
MOST_COSIGNATURES = 16
MOST_SIGNS = 3391
"""Alphanumeric signs in a QR code of version 40 with error correction M (ISO/IEC 18004, table 7)."""
HEADING = "MP1:"
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_PART = re.compile(r"MP1:([1-9][0-9]?)/([1-9][0-9]?):([0-9A-F]{8}):([0-9A-Z $%*+\-./:]*):")
_ROOM = (MOST_SIGNS - len("MP1:40/40:01234567::")) // 3 * 2


@dataclass(frozen=True, slots=True)
class Placed:
    """One entry with its number in the log, from 0, and its inclusion proof."""

    index: int
    body: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Docket:
    """Entries of one log under one checkpoint; ``note`` is that checkpoint with the log's and others' signatures."""

    entries: tuple[Placed, ...]
    note: str

    def proofs(self) -> list[str]:
        """The same as C2SP text proofs, one for each entry."""
        return [write_proof(one.body, one.index, one.hashes, self.note) for one in self.entries]

    @classmethod
    def of(cls, proofs: Iterable[str]) -> Docket:
        """From C2SP text proofs under one checkpoint; ProofError when they are of several, or prove nothing."""
        placed, notes = [], []
        for text in proofs:
            index, body, hashes, note = carried(text)
            placed.append(Placed(index, body, tuple(hashes)))
            notes.append(note)
        if not placed:
            raise ProofError("There is no proof to carry.")
        if len(set(notes)) > 1:
            raise ProofError("The proofs are under different checkpoints; they need one docket each.")
        return cls(tuple(placed), notes[0])


# -- bytes ------------------------------------------------------------------------------------------------


def pack(docket: Docket) -> bytes:
    """The docket as bytes; ProofError when it would not prove what it carries."""
    try:
        body, signatures = split_note(docket.note)
        checkpoint = Checkpoint.parse(body)
    except NoteError as fault:
        raise ProofError(str(fault)) from None
    if checkpoint.extensions:
        raise ProofError("The checkpoint has extension lines, which a docket does not carry.")
    if not 1 <= len(docket.entries) <= MOST_ENTRIES:
        raise ProofError(f"A docket carries 1 to {MOST_ENTRIES} entries, not {len(docket.entries)}.")
    own = [s for s in signatures if s.name == checkpoint.origin and len(s.value) == 64]
    if not own:
        raise ProofError("The checkpoint is not signed under the name of its log.")
    others = [s for s in signatures if s.name != checkpoint.origin and len(s.value) == 72][:MOST_COSIGNATURES]
    hashes = list(dict.fromkeys(node for one in docket.entries for node in one.hashes))
    if len(hashes) > 255:
        raise ProofError("The proofs have more hashes than a docket carries.")
    made = bytearray([FORMAT, len(docket.entries)])
    made += _varint(checkpoint.size) + _short(checkpoint.origin) + own[0].key_id + own[0].value
    made.append(len(others))
    for one in others:
        made += _short(one.name) + one.key_id + one.value
    made.append(len(hashes))
    made += b"".join(hashes)
    bodies = bytearray()
    for entry in docket.entries:
        made += _varint(entry.index) + bytes([len(entry.hashes)]) + bytes(hashes.index(node) for node in entry.hashes)
        bodies += _varint(len(entry.body)) + entry.body
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    made += packer.compress(bytes(bodies)) + packer.flush()
    if Checkpoint.parse(split_note(unpack(bytes(made)).note)[0]) != checkpoint:
        raise ProofError("The proofs lead to another root than the checkpoint's.")
    return bytes(made)


def unpack(data: bytes) -> Docket:
    """The docket in these bytes; ProofError (a sentence) when they are none. Signatures are the reader's business."""
    reading = _Reading(data)
    version, count = reading.byte(), reading.byte()
    if version != FORMAT:
        raise ProofError(f"The docket is of format {version}; this software reads {FORMAT}.")
    if not 1 <= count <= MOST_ENTRIES:
        raise ProofError(f"The docket says it holds {count} entries.")
    size, origin = reading.varint(), reading.short()
    try:
        lines = [Signature(origin, reading.take(4), reading.take(64)).line()]
        cosigners = reading.byte()
        if cosigners > MOST_COSIGNATURES:
            raise ProofError(f"The docket says it holds {cosigners} cosignatures.")
        lines += [Signature(reading.short(), reading.take(4), reading.take(72)).line() for _ in range(cosigners)]
        hashes = [reading.take(HASH_BYTES) for _ in range(reading.byte())]
        places = []
        for _ in range(count):
            index = reading.varint()
            named = reading.take(reading.byte())
            if any(at >= len(hashes) for at in named):
                raise ProofError("A proof in the docket names a hash that is not in it.")
            places.append((index, tuple(hashes[at] for at in named)))
        if {node for _, proof in places for node in proof} != set(hashes) or len(set(hashes)) != len(hashes):
            raise ProofError("The docket has hashes that no proof uses.")
        bodies = _bodies(reading.rest(), count)
        entries = tuple(Placed(i, body, proof) for (i, proof), body in zip(places, bodies, strict=True))
        roots = {root_by(one.index, size, leaf_hash(one.body), one.hashes) for one in entries}
        if len(roots) != 1:
            raise ProofError("The proofs of the docket lead to different roots: an entry or a hash was changed.")
        note = Checkpoint(origin, size, roots.pop()).body() + "\n" + lines[0] + "\n"
        return Docket(entries, add_signatures(note, *lines[1:]))
    except NoteError as fault:
        raise ProofError(str(fault)) from None


def _bodies(packed: bytes, count: int) -> list[bytes]:
    opener = zlib.decompressobj(-15)
    most = count * (MAX_ENTRY_BYTES + 3)
    try:
        plain = opener.decompress(packed, most)
    except zlib.error:
        raise ProofError("The entries of the docket cannot be unpacked: it was changed or cut.") from None
    if not opener.eof or opener.unused_data:
        raise ProofError("The entries of the docket are cut short, too long, or followed by something else.")
    reading = _Reading(plain)
    bodies = []
    for _ in range(count):
        length = reading.varint()
        if length > MAX_ENTRY_BYTES:
            raise ProofError(f"An entry of the docket has {length} bytes; at most {MAX_ENTRY_BYTES} can be.")
        bodies.append(reading.take(length))
    if reading.rest():
        raise ProofError("The docket has bytes that belong to no entry.")
    return bodies


class _Reading:
    """Bytes taken from the front; ProofError when there are too few."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ProofError("The docket is cut short.")
        self.at += count
        return self.data[self.at - count : self.at]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        value = 0
        for shift in range(0, 63, 7):
            one = self.byte()
            value |= (one & 127) << shift
            if one < 128:
                if one == 0 and shift:
                    raise ProofError("A number in the docket is not written the one short way.")
                return value
        raise ProofError("A number in the docket is longer than a log can be.")

    def short(self) -> str:
        try:
            return self.take(self.byte()).decode()
        except UnicodeDecodeError:
            raise ProofError("A name in the docket is not UTF-8 text.") from None


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def _short(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise ProofError("A name of a key or log is empty or longer than 255 bytes.")
    return bytes([len(data)]) + data


# -- text -------------------------------------------------------------------------------------------------


def codes(docket: Docket, room: int = _ROOM) -> list[str]:
    """The texts of its QR codes, as few as hold it, of about the same length; ``room`` is bytes in one."""
    data = pack(docket)
    count = -(-len(data) // room)
    if count > MOST_PARTS:
        raise ProofError(f"The docket has {len(data)} bytes and would need {count} codes; at most {MOST_PARTS} can be.")
    step = -(-len(data) // count)
    step += step & 1  # whole pairs, so that only the last part ends in a single byte
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    mark = sha256(data).hexdigest()[:8].upper()
    return [f"{HEADING}{n}/{len(pieces)}:{mark}:{_base45(piece)}:" for n, piece in enumerate(pieces, 1)]


def is_code(text: str) -> bool:
    """Whether a scanned text means to be part of a docket."""
    return text.strip().upper().startswith(HEADING)


def read_codes(text: str) -> list[Docket]:
    """Every docket in a text of scanned codes, a line each, in any order; ProofError says which part is missing."""
    parts: dict[str, dict[int, str]] = {}
    counts: dict[str, int] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        found = _PART.fullmatch(line.strip())
        if not found:
            raise ProofError(f"{line.strip()[:24]!r} is not a whole code of a shipment's proof. Scan it again.")
        number, count, mark, piece = int(found[1]), int(found[2]), found[3], found[4]
        if number > count or count > MOST_PARTS or counts.setdefault(mark, count) != count:
            raise ProofError(f"The code says it is part {number} of {count}, which does not fit. Scan it again.")
        if parts.setdefault(mark, {}).setdefault(number, piece) != piece:
            raise ProofError(f"Part {number} of {count} was read in two different ways. Scan it again.")
    if not parts:
        raise ProofError("There is no code in this.")
    return [_joined(mark, counts[mark], held) for mark, held in parts.items()]


def _joined(mark: str, count: int, held: dict[int, str]) -> Docket:
    missing = [str(n) for n in range(1, count + 1) if n not in held]
    if missing:
        raise ProofError(f"Part {', '.join(missing)} of {count} is missing. Scan it too.")
    data = b"".join(_unbase45(held[n]) for n in range(1, count + 1))
    if sha256(data).hexdigest()[:8].upper() != mark:
        raise ProofError("The code is not what was printed: a sign is missing or changed. Scan it again.")
    return unpack(data)


def _base45(data: bytes) -> str:
    made = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(3 if len(pair) == 2 else 2):
            made.append(BASE45[value % 45])
            value //= 45
    return "".join(made)


def _unbase45(text: str) -> bytes:
    made = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        value = sum(BASE45.index(sign) * 45**n for n, sign in enumerate(group))
        length = len(group) - 1
        if not length or value >= 256**length:
            raise ProofError("The code has a group of signs that stands for no bytes. Scan it again.")
        made += value.to_bytes(length, "big")
    return bytes(made)
