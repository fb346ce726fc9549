"""Signed notes, checkpoints and cosignatures equal the published vectors and refuse forgeries."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.journal.note import (
    COSIGNATURE,
    Checkpoint,
    NoteError,
    NoteKey,
    Signature,
    VerifierKey,
    add_signatures,
    cosign,
    open_checkpoint,
    open_note,
    sign_note,
    split_note,
    verify_cosignature,
    verify_cosignatures,
)
from milenari.journal.tree import EMPTY_ROOT

VECTORS = Path(__file__).parent / "vectors"
NOTES = json.loads((VECTORS / "signed_note.json").read_text())
COSIGNED = json.loads((VECTORS / "cosignature.json").read_text())
ROME = NoteKey.from_seed("rome.example/journal", b"r" * 32)
BEIRUT = NoteKey.from_seed("beirut.example/journal", b"b" * 32)
WITNESS = NoteKey.from_seed(COSIGNED["name"], bytes.fromhex(COSIGNED["seed_hex"]), kind=COSIGNATURE)
HEAD = Checkpoint("rome.example/journal", 5, b"\x07" * 32)


@pytest.mark.parametrize("vector", NOTES["notes"], ids=lambda vector: vector["id"])
def test_every_published_note_is_opened(vector: dict[str, str]) -> None:
    key = VerifierKey.parse(vector["vkey"])
    assert key.encode() == vector["vkey"]
    text, names = open_note(vector["note"], key)
    assert vector["note"].startswith(text + "\n— ")
    assert names == [key.name]
    assert open_note(vector["note"].encode(), key) == (text, names)


def test_the_published_private_key_signs_the_published_note() -> None:
    vector = next(v for v in NOTES["notes"] if "skey_public_test_key" in v)
    key = NoteKey.parse(vector["skey_public_test_key"])
    assert key.encode() == vector["skey_public_test_key"]
    assert key.verifier.encode() == vector["vkey"]
    assert sign_note(vector["note"].split("\n\n")[0] + "\n", key) == vector["note"]


@pytest.mark.parametrize("text", NOTES["invalid_vkeys"])
def test_the_published_invalid_keys_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "name",
        "name+12345678",
        "name+1234567+AQ==",
        "name+XYZ45678+AQ==",
        "name+00000000+" + base64.b64encode(b"\1" + b"k" * 32).decode(),
        "na me+00000000+" + base64.b64encode(b"\1" + b"k" * 32).decode(),
        ROME.verifier.encode() + "\n",
        ROME.verifier.encode().rstrip("=")[:-1],
        ROME.verifier.encode().replace("rome", "roma"),
    ],
)
def test_a_malformed_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_a_private_key_is_never_shown_and_a_bad_one_is_refused_without_quoting_it() -> None:
    assert "rrrr" not in repr(ROME) and repr(ROME.seed) not in repr(ROME)
    text = ROME.encode()
    for bad in (text[:-4], text[8:], text.replace("rome", "roma"), "PRIVATE+KEY+" + text):
        with pytest.raises(NoteError) as refusal:
            NoteKey.parse(bad)
        assert text.rsplit("+", 1)[1][:20] not in str(refusal.value)
    with pytest.raises(NoteError):
        NoteKey.from_seed("rome", b"short")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\tb", "a\x01b", "\ud800"])
def test_a_key_name_with_space_plus_or_control_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        NoteKey.from_seed(name, b"s" * 32)


def test_only_the_assigned_types_and_lengths_make_a_key() -> None:
    with pytest.raises(NoteError, match="Signature type"):
        VerifierKey("x", b"k" * 32, kind=0x06)
    with pytest.raises(NoteError, match="32 bytes"):
        VerifierKey("x", b"k" * 31)


def test_unknown_signatures_are_ignored_and_the_known_ones_named_in_order() -> None:
    note = sign_note("text\n", ROME, BEIRUT)
    assert open_note(note, BEIRUT.verifier)[1] == ["beirut.example/journal"]
    both = open_note(note, BEIRUT.verifier, ROME.verifier)[1]
    assert both == ["rome.example/journal", "beirut.example/journal"]
    post_quantum = Signature("pq.example", b"\1\2\3\4", b"s" * 2420).line()
    assert open_note(add_signatures(note, post_quantum), ROME.verifier)[0] == "text\n"


def test_a_key_of_the_same_name_or_same_id_only_is_unknown() -> None:
    twin = NoteKey.from_seed("rome.example/journal", b"x" * 32)
    note = add_signatures(
        sign_note("text\n", ROME, twin),
        Signature("other.example", ROME.verifier.key_id, b"s" * 64).line(),
    )
    assert open_note(note, ROME.verifier)[1] == ["rome.example/journal"]


def test_a_note_no_known_key_signed_is_refused() -> None:
    note = sign_note("text\n", ROME)
    with pytest.raises(NoteError, match="not signed by a known key"):
        open_note(note, BEIRUT.verifier)
    with pytest.raises(NoteError, match="no key was given"):
        open_note(note)


def test_a_bad_signature_of_a_known_key_is_refused_even_beside_a_good_one() -> None:
    note = sign_note("text\n", ROME)
    forged = Signature("beirut.example/journal", BEIRUT.verifier.key_id, b"s" * 64).line()
    short = Signature("beirut.example/journal", BEIRUT.verifier.key_id, b"s" * 9).line()
    for line in (forged, short):
        with pytest.raises(NoteError, match="signature of beirut"):
            open_note(add_signatures(note, line), ROME.verifier, BEIRUT.verifier)


def test_text_may_have_blank_lines_and_lines_that_look_like_signatures() -> None:
    for text in ("\n", "a\n\n", "a\n\nb\n", "— rome.example/journal AAAA\n", "é שלום\n"):
        assert open_note(sign_note(text, ROME), ROME.verifier) == (text, [ROME.name])


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "cr\r\n", "\0\n", "\ud800\n"])
def test_text_that_is_not_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, ROME)


def test_a_note_without_keys_or_by_a_cosigning_key_is_not_signed() -> None:
    with pytest.raises(NoteError):
        sign_note("text\n")
    with pytest.raises(NoteError, match="cosigns"):
        sign_note("text\n", WITNESS)
    with pytest.raises(NoteError, match="cosigns"):
        open_note(sign_note("text\n", ROME), WITNESS.verifier)


GOOD = sign_note("text\n", ROME)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        GOOD[:-1],
        GOOD + "\n",
        GOOD + "trailer\n",
        GOOD.replace("— ", "- "),
        GOOD.replace("\n\n", "\n"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("=\n", "\n"),
        GOOD.replace(" rome", "  rome"),
        "text\n\n— rome.example/journal AAAAAA==\n",
        "text\n\n— rome.example/journal !!!!\n",
        "text\n\n— rome.example/journal\n",
        GOOD + GOOD.split("\n\n")[1] * 100,
        "x" * 1_000_001 + "\n\n" + GOOD.split("\n\n")[1],
        b"\xff\n\n" + GOOD.split("\n\n")[1].encode(),
    ],
)
def test_a_malformed_note_is_refused(note: str | bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, ROME.verifier)


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_bit_anywhere_in_a_note_is_refused(data: st.DataObject) -> None:
    note = bytearray(sign_note(HEAD.body(), ROME).encode())
    at = data.draw(st.integers(0, len(note) - 1))
    note[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NoteError):
        open_note(bytes(note), ROME.verifier)


def test_the_text_is_given_back_and_signatures_are_not_repeated() -> None:
    line = sign_note("text\n", BEIRUT).split("\n\n")[1]
    note = add_signatures(GOOD, line, line)
    assert note == sign_note("text\n", ROME, BEIRUT)
    assert split_note(note)[0] == "text\n"
    with pytest.raises(NoteError, match="longer"):
        add_signatures(GOOD, *(Signature("n", b"abcd", bytes([n])).line() for n in range(100)))


def test_a_checkpoint_body_is_read_as_it_was_written() -> None:
    body = COSIGNED["checkpoint_body"]
    head = Checkpoint.parse(body)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.body() == body
    extended = Checkpoint.parse(body + "further line\n")
    assert extended.extensions == ("further line",)
    assert extended.body() == body + "further line\n"
    assert Checkpoint.parse(Checkpoint("o", 0, EMPTY_ROOT).body()).size == 0


ROOT = base64.b64encode(b"\7" * 32).decode()


@pytest.mark.parametrize(
    "body",
    [
        "",
        f"o\n5\n{ROOT}",
        "o\n5\n",
        f"\n5\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n05\n{ROOT}\n",
        f"o\n+5\n{ROOT}\n",
        f"o\n-5\n{ROOT}\n",
        f"o\n 5\n{ROOT}\n",
        f"o\n5.0\n{ROOT}\n",
        f"o\n٥\n{ROOT}\n",
        f"o\n{2**63}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n0\n{ROOT}\n",
        f"o\n5\n{ROOT[:-1]}\n",
        f"o\n5\n{ROOT[:-2]}d=\n",
        f"o\n5\n{ROOT[:-4]}\n",
        f"o\n5\n {ROOT}\n",
        f"o\r\n5\n{ROOT}\n",
        f"o\n5\n{ROOT}\n\n",
        f"o\n5\n{ROOT}\n\nx\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(body)


def test_a_checkpoint_that_could_not_be_read_back_is_not_made() -> None:
    for arguments in (("", 1), ("a\nb", 1), ("a\rb", 1), ("a", -1), ("a", 2**63)):
        with pytest.raises(NoteError):
            Checkpoint(*arguments, root=b"\7" * 32)
    with pytest.raises(NoteError):
        Checkpoint("a", 1, b"\7" * 31)
    with pytest.raises(NoteError):
        Checkpoint("a", 1, b"\7" * 32, ("",))


def test_a_signed_checkpoint_opens_for_its_own_log_only() -> None:
    note = sign_note(HEAD.body(), ROME)
    assert open_checkpoint(note, ROME.verifier) == HEAD
    assert open_checkpoint(note.encode(), ROME.verifier.encode()) == HEAD
    other = sign_note(Checkpoint("rome.example/old", 5, b"\7" * 32).body(), ROME)
    with pytest.raises(NoteError, match="of log rome"):
        open_checkpoint(other, ROME.verifier)
    assert open_checkpoint(other, ROME.verifier, "rome.example/old").size == 5


def test_a_real_checkpoint_of_the_go_checksum_database_opens() -> None:
    vector = next(v for v in NOTES["notes"] if v["id"] == "sumdb-checkpoint")
    head = open_checkpoint(vector["note"], vector["vkey"], "go.sum database tree")
    assert head.size == 6476701


def test_the_published_cosignature_is_made_and_verified() -> None:
    body, line = COSIGNED["checkpoint_body"], COSIGNED["signature_line"]
    assert WITNESS.verifier.public_key.hex() == COSIGNED["public_key_hex"]
    assert WITNESS.verifier.key_id.hex() == COSIGNED["key_id_hex"]
    assert cosign(body, WITNESS, COSIGNED["timestamp"]) == line
    assert verify_cosignature(body, line + "\n", WITNESS.verifier) == COSIGNED["timestamp"]
    assert VerifierKey.parse(WITNESS.verifier.encode()) == WITNESS.verifier
    assert NoteKey.parse(WITNESS.encode()) == WITNESS


def test_cosignatures_travel_in_the_note_beside_the_signature_of_the_log() -> None:
    note = sign_note(HEAD.body(), ROME)
    assert verify_cosignatures(note, WITNESS.verifier) == {}
    note = add_signatures(note, cosign(HEAD.body(), WITNESS, 1700), cosign(HEAD.body(), WITNESS, 1600))
    assert open_checkpoint(note, ROME.verifier) == HEAD
    assert verify_cosignatures(note, WITNESS.verifier) == {WITNESS.name: 1700}


def test_a_cosignature_of_another_body_time_or_key_is_refused() -> None:
    body = HEAD.body()
    line = cosign(body, WITNESS, 1700)
    signature = Signature.parse(line)
    later = Signature(signature.name, signature.key_id, b"\0" * 7 + b"\1" + signature.value[8:])
    short = Signature(signature.name, signature.key_id, signature.value[:-1])
    grown = Checkpoint(HEAD.origin, 6, HEAD.root).body()
    plain = NoteKey.from_seed(WITNESS.name, WITNESS.seed)
    forgeries: list[Any] = [
        (grown, line, WITNESS.verifier),
        (body, later.line(), WITNESS.verifier),
        (body, short.line(), WITNESS.verifier),
        (body, line, plain.verifier),
        (body, sign_note(body, plain).split("\n")[-2], plain.verifier),
        (body, line, NoteKey.from_seed(WITNESS.name, b"x" * 32, COSIGNATURE).verifier),
    ]
    for forged in forgeries:
        with pytest.raises(NoteError):
            verify_cosignature(*forged)
    with pytest.raises(NoteError):
        verify_cosignatures(add_signatures(sign_note(grown, ROME), line), WITNESS.verifier)


def test_only_checkpoints_are_cosigned_by_cosigning_keys_at_a_time() -> None:
    with pytest.raises(NoteError):
        cosign("text\n", WITNESS, 1700)
    with pytest.raises(NoteError, match="not a cosigning key"):
        cosign(HEAD.body(), ROME, 1700)
    for at in (-1, 2**63):
        with pytest.raises(NoteError, match="POSIX"):
            cosign(HEAD.body(), WITNESS, at)
    assert verify_cosignature(HEAD.body(), cosign(HEAD.body(), WITNESS, 0), WITNESS.verifier) == 0
