"""Stranger: hostile parcels that need no key: damaged, cut, spliced, swapped, replayed, blown up, invented.

Each makes one from real parcels: those on their way to the receiver (fresh), applied there (old), or for others.
"""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass, field

import pyrage

from milenari.journal import keys
from milenari.journal.exchange import parcel


@dataclass
class Parcels:
    """Real parcels to start from."""

    fresh: list[bytes] = field(default_factory=list)
    old: list[bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)

    def any_for_us(self, chance: random.Random) -> bytes:
        return chance.choice(self.fresh if chance.random() < 0.7 else self.old)


BOMB = zlib.compress(bytes(40 * 2**20), 9)
HEAD = len(parcel.MAGIC) + 4


def cut(whole: bytes) -> tuple[bytes, bytes, bytes]:
    """Magic and length, waybill, packed entries."""
    end = HEAD + int.from_bytes(whole[len(parcel.MAGIC) : HEAD], "big")
    return whole[:HEAD], whole[HEAD:end], whole[end:]


IDENTITIES: list[pyrage.x25519.Identity] = []
"""What opens the receivers' parcels: so that what is inside can be forged too, and not only its encryption."""
_BOX = re.compile(rb'"box":"(age1[a-z0-9]+)"')


def plain(whole: bytes) -> bytes:
    """The packed entries of a parcel, decrypted."""
    packed = cut(whole)[2]
    return bytes(pyrage.decrypt(packed, IDENTITIES)) if packed.startswith(b"age-encryption.org") else packed


def joined(note: bytes, packed: bytes) -> bytes:
    return parcel.MAGIC + len(note).to_bytes(4, "big") + note + packed


def closed(note: bytes, packed: bytes) -> bytes:
    """The same, encrypted for the box on the waybill, as anybody can who has read the charter."""
    box = _BOX.search(note)
    return joined(note, keys.close_box(box[1].decode(), packed) if box else packed)


def flipped(p: Parcels, chance: random.Random) -> bytes:
    bad = bytearray(p.any_for_us(chance))
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
    return bytes(bad)


def truncated(p: Parcels, chance: random.Random) -> bytes:
    whole = p.any_for_us(chance)
    return whole[: chance.randrange(len(whole))]


def lengthened(p: Parcels, chance: random.Random) -> bytes:
    return p.any_for_us(chance) + chance.randbytes(chance.randrange(1, 64))


def inserted(p: Parcels, chance: random.Random) -> bytes:
    whole = p.any_for_us(chance)
    at = chance.randrange(len(whole))
    return whole[:at] + chance.randbytes(chance.randrange(1, 9)) + whole[at:]


def left_out(p: Parcels, chance: random.Random) -> bytes:
    whole = p.any_for_us(chance)
    at = chance.randrange(len(whole))
    return whole[:at] + whole[at + chance.randrange(1, 9) :]


def packed_damaged(p: Parcels, chance: random.Random) -> bytes:
    """The waybill stays true: only the inside is not what it says."""
    whole = p.any_for_us(chance)
    encrypted = chance.random() < 0.5
    bad = bytearray(cut(whole)[2] if encrypted else plain(whole))
    bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
    if not encrypted and _opens_as_before(bytes(bad), plain(whole)):
        bad[-1] ^= 1  # a bit that fills the last byte up, which no reader looks at: the same entries; the sum then
    return (joined if encrypted else closed)(cut(whole)[1], bytes(bad))


def _opens_as_before(bad: bytes, good: bytes) -> bool:
    try:
        return zlib.decompress(bad) == zlib.decompress(good)
    except zlib.error:
        return False


def spliced(p: Parcels, chance: random.Random) -> bytes:
    """The waybill of one parcel on the entries of another."""
    one = p.any_for_us(chance)
    inside = plain(one)
    other = chance.choice([p for p in p.old + p.others if p != one])
    if plain(other) == inside:  # the same entries under another waybill of the same log: true again
        return reordered(p, chance)
    if chance.random() < 0.5:
        return closed(cut(one)[1], plain(other))
    return joined(cut(one)[1], cut(other)[2]) if chance.random() < 0.5 else joined(cut(other)[1], cut(one)[2])


def reordered(p: Parcels, chance: random.Random) -> bytes:
    """Its entries in another order, under the true waybill."""
    whole = p.any_for_us(chance)
    note, packed = cut(whole)[1], plain(whole)
    bodies = parcel.decode_bundle(zlib.decompress(packed))
    chance.shuffle(bodies)
    if len(bodies) < 2:
        bodies *= 2
    data = parcel.encode_bundle(bodies)
    return closed(note, zlib.compress(data + b"\0" * (data == zlib.decompress(packed)), 1))


def bomb(p: Parcels, chance: random.Random) -> bytes:
    return (closed if chance.random() < 0.7 else joined)(cut(p.any_for_us(chance))[1], BOMB)


def length_lies(p: Parcels, chance: random.Random) -> bytes:
    _, note, packed = cut(p.any_for_us(chance))
    length = chance.choice((0, 1, len(note) - 1, len(note) + 1, 2**20, 2**31, 2**32 - 1, chance.randrange(2**32)))
    return parcel.MAGIC + length.to_bytes(4, "big") + note + packed


def waybill_edited(p: Parcels, chance: random.Random) -> bytes:
    """A word of the waybill is another, the signature is not."""
    _, note, packed = cut(p.any_for_us(chance))
    for was, now in chance.sample(_EDITS, 3):
        edited = note.replace(was, now, 1)
        if edited != note:
            return joined(edited, packed)
    return joined(note.replace(b"1", b"2", 1), packed)


_EDITS = [
    (b'"sender":"ROM"', b'"sender":"BEY"'), (b'"log":"ROM"', b'"log":"AMM"'), (b'"sender":"ROM"', b'"sender":"XXX"'),
    (b'"start":', b'"start":1'), (b'"end":', b'"end":1'), (b'"size":', b'"size":9'), (b'"basis":"', b'"basis":"not '),
    (b"2027", b"2099"), (b"2026", b"1926"), (b'"country":"ES"', b'"country":"IT"'), (b'"held":[', b'"held":[[],'),
    (b'"classes":{', b'"classes":[],"x":{'), (b'"digest":"', b'"digest":"0'), (b"}", b""), (b'"', b"'"),
    (b'"made_at":"', b'"made_at":"x'), (b"\n\n", b"\n"), ("—".encode(), b"-"), (b"{", b"{" * 5_000),
]  # fmt: skip


def other_signature(p: Parcels, chance: random.Random) -> bytes:
    """The waybill of one under the signature lines of another."""
    _, note, packed = cut(p.any_for_us(chance))
    _, other, _ = cut(chance.choice(p.others))
    text, _, _ = note.rpartition(b"\n\n")
    _, _, lines = other.rpartition(b"\n\n")
    return joined(text + b"\n\n" + lines, packed)


def wrong_origin(p: Parcels, chance: random.Random) -> bytes:
    """A true parcel that was meant for another site."""
    return chance.choice(p.others)


def replayed(p: Parcels, chance: random.Random) -> bytes:
    return chance.choice(p.old)


def invented(p: Parcels, chance: random.Random) -> bytes:
    body = chance.randbytes(chance.choice((0, 1, 17, 22, 300, 5_000)))
    return body if chance.random() < 0.5 else parcel.MAGIC + body


def many_small_changes(p: Parcels, chance: random.Random) -> bytes:
    """What a bad disk leaves: a block of zeros, or a block from somewhere else in it."""
    whole = bytearray(p.any_for_us(chance))
    at, size = chance.randrange(len(whole)), chance.choice((16, 64, 512))
    there = chance.randrange(len(whole))
    block = bytes(size) if chance.random() < 0.5 else bytes(whole[there : there + size])
    bad = bytes(whole[:at]) + block + bytes(whole[at + size :])
    return bad if bad != bytes(whole) else bad[:-1]


STRANGER = (
    flipped, flipped, truncated, lengthened, inserted, left_out, packed_damaged, spliced, reordered, bomb, length_lies,
    waybill_edited, waybill_edited, other_signature, wrong_origin, replayed, invented, many_small_changes,
)  # fmt: skip
