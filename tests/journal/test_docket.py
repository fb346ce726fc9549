"""Docket: the same proof as few bytes and as scanned text, and nothing of it survives a change."""

from __future__ import annotations

import os
import random
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.journal import docket as dockets
from milenari.journal.docket import Docket, Placed
from milenari.journal.note import COSIGNATURE, Checkpoint, NoteKey, add_signatures, cosign, open_checkpoint, sign_note
from milenari.journal.proof import check_proof
from milenari.journal.tree import ProofError, inclusion_proof, leaf_hash, root_of

LOG = NoteKey.from_seed("milenari.example/BCN/journal/1", sha256(b"log").digest())
WITNESSES = [NoteKey.from_seed(f"milenari.example/{s}/witness", sha256(s.encode()).digest(), COSIGNATURE)
             for s in ("ROM", "BEY", "AMM")]  # fmt: skip


def made(bodies: list[bytes], which: list[int], witnesses: int = 3) -> Docket:
    leaves = [leaf_hash(body) for body in bodies]
    body = Checkpoint(LOG.name, len(bodies), root_of(leaves)).body()
    note = add_signatures(sign_note(body, LOG), *[cosign(body, key, 1_790_000_000) for key in WITNESSES[:witnesses]])
    return Docket(tuple(Placed(i, bodies[i], tuple(inclusion_proof(leaves, i))) for i in which), note)


def small() -> Docket:
    return made([b"entry %d" % n * 20 for n in range(11)], [3, 4, 10])


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=40), st.data())
def test_packing_loses_nothing_and_the_text_forms_say_the_same(bodies: list[bytes], data: st.DataObject) -> None:
    which = data.draw(st.lists(st.integers(0, len(bodies) - 1), min_size=1, max_size=4, unique=True))
    docket = made(bodies, which, data.draw(st.integers(0, 3)))
    packed = dockets.pack(docket)
    assert dockets.unpack(packed) == docket
    assert Docket.of(docket.proofs()) == docket
    for text, index in zip(docket.proofs(), which, strict=True):
        assert check_proof(text, LOG.verifier).entry == bodies[index]
    room = data.draw(st.integers(20, 2000)) // 2 * 2
    if -(-len(packed) // room) <= dockets.MOST_PARTS:
        codes = dockets.codes(docket, room)
        shuffled = data.draw(st.permutations(codes))
        assert dockets.read_codes("\n".join(shuffled)) == [docket]
        assert all(set(code) <= set(dockets.BASE45) for code in codes)


@given(st.binary(max_size=400))
def test_base45_is_that_of_rfc_9285(data: bytes) -> None:
    assert dockets._unbase45(dockets._base45(data)) == data


def test_base45_gives_the_examples_of_rfc_9285() -> None:
    for plain, coded in (
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ):
        assert dockets._base45(plain) == coded and dockets._unbase45(coded) == plain
    for wrong in ("GGW", "A", ":::"):
        with pytest.raises(ProofError):
            dockets._unbase45(wrong)


def test_no_changed_bit_of_a_docket_is_accepted() -> None:
    docket = small()
    packed = dockets.pack(docket)
    body = docket.note.partition("\n\n")[0]
    accepted = []
    for at in range(len(packed) * 8):
        changed = bytearray(packed)
        changed[at // 8] ^= 1 << at % 8
        try:
            found = dockets.unpack(bytes(changed))
            open_checkpoint(found.note, LOG.verifier)
        except ValueError:
            continue
        # A cosignature's own bytes are for its own key to refuse; what is said by the log has to be unchanged.
        if found.entries != docket.entries or found.note.partition("\n\n")[0] != body:
            accepted.append(at)
    assert not accepted


def test_whatever_comes_is_a_sentence_and_never_a_crash() -> None:
    packed = dockets.pack(small())
    chance = random.Random(4)
    for cut in range(len(packed)):
        with pytest.raises(ProofError):
            dockets.unpack(packed[:cut])
    for _ in range(3_000):
        noise = os.urandom(chance.randrange(200))
        with pytest.raises(ProofError):
            dockets.unpack(bytes([1]) + noise)


def test_a_bomb_of_entries_is_refused_unopened() -> None:
    packed = dockets.pack(made([b"\0" * 65535, b"x"], [0]))
    assert len(packed) < 1000 and dockets.unpack(packed).entries[0].body == b"\0" * 65535
    import zlib

    head = packed[: packed.index(zlib_of(b"\xff\xff\x03" + b"\0" * 65535))]
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    huge = bomb.compress(b"\0" * 50_000_000) + bomb.flush()
    with pytest.raises(ProofError, match="too long"):
        dockets.unpack(head + huge)


def zlib_of(plain: bytes) -> bytes:
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(plain) + packer.flush()


def test_missing_mixed_and_mistyped_codes_are_named() -> None:
    codes = dockets.codes(small(), 200)
    assert len(codes) > 3
    with pytest.raises(ProofError, match=f"Part 2 of {len(codes)} is missing"):
        dockets.read_codes("\n".join([codes[0], *codes[2:]]))
    with pytest.raises(ProofError, match="not a whole code"):
        dockets.read_codes("\n".join([codes[0][:-1], *codes[1:]]))
    changed = codes[0][:-6] + ("A" if codes[0][-6] != "A" else "B") + codes[0][-5:]
    with pytest.raises(ProofError, match="Scan it again"):
        dockets.read_codes("\n".join([changed, *codes[1:]]))
    with pytest.raises(ProofError, match="two different ways"):
        dockets.read_codes("\n".join([*codes, changed]))
    with pytest.raises(ProofError, match="no code"):
        dockets.read_codes("\n \n")
    assert dockets.read_codes("\r\n".join([*codes, *codes])) == [small()]


def test_a_docket_too_long_for_one_code_becomes_several_and_beyond_the_most_is_refused() -> None:
    long = made([os.urandom(9000), b"x"], [0])
    codes = dockets.codes(long)
    assert 4 <= len(codes) <= 6 and all(len(code) <= dockets.MOST_SIGNS for code in codes)
    assert [code.split(":")[1] for code in codes] == [f"{n}/{len(codes)}" for n in range(1, len(codes) + 1)]
    assert dockets.read_codes("\n".join(codes)) == [long]
    with pytest.raises(ProofError, match="at most"):
        dockets.codes(long, 200)


def test_proofs_under_different_checkpoints_need_a_docket_each() -> None:
    one, two = made([b"a"], [0]), made([b"a", b"b"], [0])
    with pytest.raises(ProofError, match="different checkpoints"):
        Docket.of([*one.proofs(), *two.proofs()])
    with pytest.raises(ProofError, match="no proof"):
        Docket.of([])
