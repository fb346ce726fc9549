"""Our published log is checked by software that we did not write: golang.org/x/mod/sumdb, of Go's checksum database.

``outside/check.go`` is glue only; signature, tiles and proofs are judged by that library, from Debian's package
golang-golang-x-mod-dev. Each test has its refusal: the same log or proof with one thing changed.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from milenari.journal import keys, read
from milenari.journal.note import Checkpoint, NoteKey, sign_note
from milenari.journal.tiles import write_log
from milenari.journal.tree import consistency_proof, inclusion_proof, leaf_hash, root_of
from tests.journal import book

pytestmark = pytest.mark.once

LIBRARY = Path("/usr/share/gocode")
SIZES = (1, 2, 3, 255, 256, 257, 700)
KEY = NoteKey.from_seed("rome.example/journal", b"r" * 32)


@pytest.fixture(scope="session")
def outside(tmp_path_factory: Any) -> Path:
    """The checker, compiled against the library of the system."""
    go = shutil.which("go")
    if not go or not (LIBRARY / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing = "no Go with golang.org/x/mod here (apt install golang-go golang-golang-x-mod-dev)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    made = tmp_path_factory.mktemp("outside")
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": str(LIBRARY), "GOCACHE": str(made / "cache"), "GOFLAGS": ""}
    source = Path(__file__).parent / "outside/check.go"
    subprocess.run([go, "build", "-o", str(made / "check"), str(source)], env=env, check=True)
    return made / "check"


def ask(outside: Path, *words: str, lines: str = "") -> tuple[bool, str]:
    done = subprocess.run([str(outside), *words], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0, done.stdout.strip()


def published(folder: Path, size: int, key: NoteKey = KEY) -> Path:
    entries = [b'{"n":%d}' % n for n in range(size)]
    root = root_of([leaf_hash(e) for e in entries])
    write_log(folder, entries, sign_note(Checkpoint(KEY.name, size, root).body(), key))
    return folder


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("os.fsync", lambda handle: None)
    return published(tmp_path / "log", 700)


@pytest.mark.parametrize("size", SIZES)
def test_a_published_log_of_any_shape_is_good(
    outside: Path, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)
    good, told = ask(outside, "log", str(published(tmp_path / "log", size)), KEY.verifier.encode())
    assert good and f"{size} entries, 1 signatures" in told, told


@pytest.mark.slow
def test_a_log_with_three_levels_of_tiles_is_good(outside: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)
    good, told = ask(outside, "log", str(published(tmp_path / "log", 65_800)), KEY.verifier.encode())
    assert good, told


def test_the_log_of_a_real_node_is_good(outside: Path, db: None, tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path / "home"
    book.found("ROM")
    for code in ("A", "B", "C"):
        book.do(book.register(code))
    read.write_tiles("ROM", str(tmp_path / "log"))
    good, told = ask(outside, "log", str(tmp_path / "log"), keys.log_key("ROM").verifier.encode())
    assert good and told.startswith("good: milenari.example/ROM/journal/1"), told


@pytest.mark.parametrize("file", ["tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/001", "checkpoint"])
def test_one_changed_byte_of_any_file_is_refused(outside: Path, log: Path, file: str) -> None:
    path = log / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    good, told = ask(outside, "log", str(log), KEY.verifier.encode())
    assert not good and told.startswith("refused:"), told


def test_a_checkpoint_of_another_key_is_refused(outside: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)
    forged = published(tmp_path / "log", 9, NoteKey.from_seed(KEY.name, b"x" * 32))
    good, told = ask(outside, "log", str(forged), KEY.verifier.encode())
    assert not good and "note" in told, told


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def lines(leaves: list[bytes]) -> list[str]:
    """Every inclusion proof and every consistency proof that our code makes for these leaves."""
    size, root, made = len(leaves), b64(root_of(leaves)), []
    for index in range(size):
        proof = map(b64, inclusion_proof(leaves, index))
        made.append(" ".join(["inclusion", root, str(size), str(index), b64(leaves[index]), *proof]))
    for old in range(1, size + 1):
        proof = map(b64, consistency_proof(leaves, old))
        made.append(" ".join(["consistency", root, str(size), b64(root_of(leaves[:old])), str(old), *proof]))
    return made


@pytest.mark.parametrize("size", [1, 2, 7, 8, 33])
def test_every_proof_that_we_make_is_good(outside: Path, size: int) -> None:
    asked = lines([leaf_hash(b"%d" % n) for n in range(size)])
    good, told = ask(outside, "proofs", lines="\n".join(asked))
    assert good and told.count("good:") == 2 * size, told


def test_a_proof_is_refused_when_one_hash_of_it_is_another(outside: Path) -> None:
    asked = lines([leaf_hash(b"%d" % n) for n in range(7)])
    other = b64(leaf_hash(b"something else"))
    for line in asked:
        for at in [1, *range(3 if line.startswith("c") else 4, len(line.split()))]:
            words = line.split()
            if not words[at].isdigit():
                words[at] = other
                good, told = ask(outside, "proofs", lines=" ".join(words))
                assert not good and told.startswith("refused:"), (line, at)
