"""Parcel: consecutive entries of one log on their way to one site; the same bytes by wire, stick, folder or e-mail.

    milenari parcel 1
    <length of the waybill, 4 bytes big-endian>
    <waybill: a signed note by the log key of the sending site; canonical JSON>
    <zlib stream of the entries: each after its length as uint16 big-endian, the tlog-tiles entry bundle;
     where the waybill names a box, that stream encrypted for it: an age file (age-encryption.org/v1, X25519)>

The waybill names log, sender, receiver, range, the SHA-256 and length of the entries, the log's own signed checkpoint
at the end of the range, what the sender has cosigned, and for each class of data in it legal basis, recipient country
and expiry. It is checked before anything is decrypted or unpacked, decryption yields no more than the file has, and
nothing is unpacked beyond the length the waybill states. It stays readable on the way: it names sites, entry numbers
and hashes, and nobody.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from milenari.journal import keys
from milenari.journal.canonical import CanonicalError, canonical, parse
from milenari.journal.exchange.charter import Charter, Member
from milenari.journal.exchange.limits import MOST_BYTES, MOST_ENTRIES, MOST_FILE, MOST_WAYBILL
from milenari.journal.note import (
    Checkpoint,
    NoteError,
    NoteKey,
    VerifierKey,
    open_checkpoint,
    open_note,
    sign_note,
    split_note,
)
from milenari.journal.tiles import LogError, decode_bundle, encode_bundle
from milenari.rules.action import Refused
from milenari.words import iso, utc

MAGIC = b"milenari parcel 1\n"
HEADING = "milenari waybill\n"


@dataclass(frozen=True)
class Held:
    """A log's signed checkpoint with the sender's own cosignature line: "I hold this log up to here"."""

    note: str
    line: str


@dataclass(frozen=True)
class Waybill:
    """What stands on the outside of a parcel; ``classes`` maps a data class to basis, country and last day."""

    log: str
    sender: str
    receiver: str
    start: int
    end: int
    size: int
    digest: str
    checkpoint: str
    classes: dict[str, dict[str, str]]
    held: tuple[Held, ...]
    made_at: str
    box: str = ""

    def body(self) -> str:
        data: dict[str, Any] = {name: getattr(self, name) for name in _WORDS + _NUMBERS}
        data["classes"] = self.classes
        data["held"] = [[one.note, one.line] for one in self.held]
        if self.box:
            data["box"] = self.box
        return HEADING + canonical(data).decode() + "\n"

    @classmethod
    def parse(cls, body: str) -> Waybill:
        if not body.startswith(HEADING):
            raise ValueError("it does not begin like a waybill")
        data = parse(body.removeprefix(HEADING).removesuffix("\n").encode())
        words = {name: _word(data[name]) for name in _WORDS}
        numbers = {name: _number(data[name]) for name in _NUMBERS}
        held = tuple(Held(_word(text), _word(line)) for text, line in data["held"])
        classes = {
            _word(k): {n: _word(v[n]) for n in ("basis", "country", "to_on")} for k, v in data["classes"].items()
        }
        told: dict[str, Any] = {**words, **numbers}
        made = cls(**told, classes=classes, held=held, box=_word(data.get("box", "")))
        utc(made.made_at)
        for known in classes.values():
            date.fromisoformat(known["to_on"])
        if made.body() != body:
            raise ValueError("it is not written the one canonical way")
        if not 0 <= made.start <= made.end or made.end - made.start > MOST_ENTRIES or made.size > MOST_BYTES:
            raise ValueError("it states a range or length that no parcel has")
        return made


_WORDS = ("log", "sender", "receiver", "digest", "checkpoint", "made_at")
_NUMBERS = ("start", "end", "size")


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a word is something else")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a number is something else")
    return value


@dataclass(frozen=True)
class Parcel:
    """A parcel whose outside has been checked; ``unpack`` checks the inside."""

    waybill: Waybill
    packed: bytes
    digest: str
    length: int

    def unpack(self) -> list[bytes]:
        """The entries; Refused unless they are exactly those the waybill names."""
        bill = self.waybill
        stream = zlib.decompressobj()
        try:
            packed = keys.open_box(bill.receiver, self.packed) if bill.box else self.packed
        except ValueError as fault:
            raise Refused("parcel-box", receiver=bill.receiver, detail=str(fault)[:200]) from fault
        try:
            data = stream.decompress(packed, bill.size + 1)
        except zlib.error as fault:
            raise Refused("parcel-damaged", detail=str(fault)[:120]) from fault
        whole = stream.eof and not stream.unused_data and not stream.unconsumed_tail
        if not whole or len(data) != bill.size or sha256(data).hexdigest() != bill.digest:
            raise Refused("parcel-damaged", detail="the entries are not those on the waybill")
        try:
            entries = decode_bundle(data)
        except LogError as fault:
            raise Refused("parcel-damaged", detail=str(fault)[:120]) from fault
        if len(entries) != bill.end - bill.start:
            raise Refused("parcel-damaged", detail="the number of entries is not that on the waybill")
        return entries


def pack(entries: Iterable[bytes], key: NoteKey, **told: Any) -> bytes:
    """A parcel of these entries, its waybill signed with the sender's log key; ``told`` is the rest of the waybill."""
    data = encode_bundle(entries)
    bill = Waybill(size=len(data), digest=sha256(data).hexdigest(), **told)
    note = sign_note(Waybill.parse(bill.body()).body(), key).encode()
    packed = zlib.compress(data, 9)
    return MAGIC + len(note).to_bytes(4, "big") + note + (keys.close_box(bill.box, packed) if bill.box else packed)


def look(data: bytes, charter: Charter, here: Iterable[str], today: date) -> Parcel:
    """Check the outside of a parcel: form, sender's signature, receiver, and that every class may be here today."""
    if len(data) > MOST_FILE:
        raise Refused("parcel-unreadable", detail="it is larger than any parcel")
    note = _waybill_of(data)
    try:
        bill = Waybill.parse(split_note(note)[0])
    except (CanonicalError, NoteError, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise Refused("parcel-unreadable", detail=str(fault)[:200]) from fault
    sender = charter.require(bill.sender)
    charter.require(bill.log)
    try:
        open_note(note, VerifierKey.parse(sender.log))
    except NoteError as fault:
        raise Refused("parcel-signature", sender=bill.sender, detail=str(fault)[:200]) from fault
    if bill.receiver not in here:
        raise Refused("parcel-for-another", receiver=bill.receiver)
    country = charter.require(bill.receiver).country
    for name, known in bill.classes.items():
        if not known["basis"].strip() or known["country"] != country or date.fromisoformat(known["to_on"]) < today:
            raise Refused("parcel-without-basis", data_class=name, sender=bill.sender, to_on=known["to_on"])
    start = len(MAGIC) + 4 + len(note.encode())
    return Parcel(bill, data[start:], sha256(data).hexdigest(), len(data))


def signed_state(bill: Waybill, member: Member) -> Checkpoint:
    """The log's own state at the end of the parcel; Refused unless the log's key of that place has signed it."""
    try:
        checkpoint = open_checkpoint(bill.checkpoint, member.key_for_checkpoint(bill.end))
    except NoteError as fault:
        raise Refused("parcel-checkpoint", log=bill.log, detail=str(fault)[:200]) from fault
    if checkpoint.size != bill.end:
        raise Refused("parcel-checkpoint", log=bill.log, detail="it is of another size than the waybill says")
    return checkpoint


def _waybill_of(data: bytes) -> str:
    head = data[: len(MAGIC) + 4]
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + 4:
        raise Refused("parcel-unreadable", detail="this is no milenari parcel")
    length = int.from_bytes(head[len(MAGIC) :], "big")
    note = data[len(head) : len(head) + length]
    if length > MOST_WAYBILL or len(note) != length:
        raise Refused("parcel-unreadable", detail="it is cut short")
    try:
        return note.decode()
    except UnicodeDecodeError as fault:
        raise Refused("parcel-unreadable", detail="its waybill is not text") from fault


def waybill_of(data: bytes) -> Waybill:
    """What stands on a parcel that this node has just made; nothing is checked."""
    return Waybill.parse(split_note(_waybill_of(data))[0])


def written(at: Any) -> str:
    """An instant as a waybill writes it."""
    return iso(at)
