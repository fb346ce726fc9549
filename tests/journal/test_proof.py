"""A proof file shows one entry with nothing but the public key, and no altered one does."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.journal.note import COSIGNATURE, Checkpoint, NoteKey, add_signatures, cosign, sign_note
from milenari.journal.proof import ProvenEntry, check_proof, write_proof
from milenari.journal.tree import ProofError, inclusion_proof, leaf_hash, root_of

KEY = NoteKey.from_seed("rome.example/journal", b"r" * 32)
WITNESS = NoteKey.from_seed("beirut.example/mirror", b"w" * 32, COSIGNATURE)
LOG = [b'{"n":%d,"text":"\xc3\xa9"}' % n for n in range(300)]
LEAVES = [leaf_hash(entry) for entry in LOG]


def head(size: int, origin: str = KEY.name, key: NoteKey = KEY) -> str:
    return sign_note(Checkpoint(origin, size, root_of(LEAVES[:size])).body(), key)


def proof(index: int, size: int = 300) -> str:
    return write_proof(LOG[index], index, inclusion_proof(LEAVES, index, size), head(size))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.data())
def test_any_entry_is_proven_offline(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    expected = ProvenEntry(LOG[index], index, KEY.name, size)
    assert check_proof(proof(index, size), KEY.verifier) == expected
    assert check_proof(proof(index, size).encode(), KEY.verifier.encode()) == expected


def test_the_text_is_laid_out_as_c2sp_tlog_proof_says() -> None:
    lines = proof(5, 8).split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(LOG[5]).decode()
    assert lines[2] == "index 5"
    hashes = [base64.b64encode(node).decode() for node in inclusion_proof(LEAVES, 5, 8)]
    assert lines[3:6] == hashes
    assert lines[6] == ""
    assert "\n".join(lines[7:]) == head(8)


def test_an_only_or_empty_entry_needs_no_hashes() -> None:
    assert check_proof(proof(0, 1), KEY.verifier).size == 1
    note = sign_note(Checkpoint(KEY.name, 1, leaf_hash(b"")).body(), KEY)
    assert check_proof(write_proof(b"", 0, [], note), KEY.verifier).entry == b""


def test_cosignatures_stay_in_the_proof() -> None:
    note = add_signatures(head(8), cosign(head(8).split("\n\n")[0] + "\n", WITNESS, 1700))
    text = write_proof(LOG[5], 5, inclusion_proof(LEAVES, 5, 8), note)
    assert text.endswith(note)
    assert check_proof(text, KEY.verifier).index == 5


def test_a_proof_that_would_not_prove_is_not_written() -> None:
    good = inclusion_proof(LEAVES, 5, 8)
    for entry, index, hashes, note in (
        (LOG[6], 5, good, head(8)),
        (LOG[5], 4, good, head(8)),
        (LOG[5], 5, good[1:], head(8)),
        (LOG[5], 5, good, head(9)),
        (LOG[5], 8, good, head(8)),
        (LOG[5], 5, good, "no note"),
        (b"x" * 65536, 5, good, head(8)),
    ):
        with pytest.raises(ProofError):
            write_proof(entry, index, hashes, note)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_flipped_bit_anywhere_in_a_proof_is_refused(data: st.DataObject) -> None:
    text = bytearray(proof(5, 8).encode())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ProofError):
        check_proof(bytes(text), KEY.verifier)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_proof_cut_short_anywhere_is_refused(data: st.DataObject) -> None:
    text = proof(5, 8)
    with pytest.raises(ProofError):
        check_proof(text[: data.draw(st.integers(0, len(text) - 1))], KEY.verifier)


GOOD = proof(5, 8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no blank line"),
        (b"\xff", "not UTF-8"),
        (GOOD.replace("@v1", "@v2"), "first line"),
        (GOOD.replace("extra ", "extr "), "carries no entry"),
        (GOOD.split("\n", 2)[0] + "\n" + GOOD.split("\n", 2)[2], "carries no entry"),
        (GOOD.replace("index 5", "indx 5"), "third line"),
        ("c2sp.org/tlog-proof@v1\nextra QQ==\n\n" + head(8), "third line"),
        ("c2sp.org/tlog-proof@v1\n\n" + head(8), "carries no entry"),
        (GOOD.replace("index 5", "index 05"), "index (line 3)"),
        (GOOD.replace("index 5", "index 4"), "another root"),
        (GOOD.replace("index 5", "index 8"), "no entry 8"),
        (GOOD.replace("extra ", "extra  "), "entry (line 2)"),
        (GOOD.replace("index 5\n", "index 5\nQQ==\n"), "32 bytes"),
        (GOOD.replace("index 5\n", "index 5\n!\n"), "hash on line 4"),
        (GOOD.replace("\n", "\r\n"), "no blank line"),
        (GOOD + "more\n", "signature line"),
    ],
)
def test_a_malformed_proof_is_refused_in_a_sentence(text: str | bytes, words: str) -> None:
    with pytest.raises(ProofError) as refusal:
        check_proof(text, KEY.verifier)
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_a_checkpoint_by_another_key_or_of_another_log_proves_nothing() -> None:
    stranger = NoteKey.from_seed(KEY.name, b"s" * 32)
    hashes = inclusion_proof(LEAVES, 5, 8)
    with pytest.raises(ProofError, match="not signed by a known key"):
        check_proof(write_proof(LOG[5], 5, hashes, head(8, key=stranger)), KEY.verifier)
    other = write_proof(LOG[5], 5, hashes, head(8, "rome.example/old"))
    with pytest.raises(ProofError, match="of log rome"):
        check_proof(other, KEY.verifier)
    assert check_proof(other, KEY.verifier, origin="rome.example/old").origin == "rome.example/old"
    with pytest.raises(ProofError):
        check_proof(GOOD, "not a key")
