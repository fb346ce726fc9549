"""A log published as static files is read back whole, and any damage is found and named."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.journal.note import Checkpoint, NoteKey, sign_note
from milenari.journal.tiles import (
    LogError,
    decode_bundle,
    encode_bundle,
    entries_path,
    index_path,
    levels_of,
    read_checkpoint,
    read_log,
    tile_path,
    write_log,
)
from milenari.journal.tree import Frontier, leaf_hash, root_of

VECTORS = json.loads((Path(__file__).parent / "vectors/tlog_tiles.json").read_text())
KEY = NoteKey.from_seed("rome.example/journal", b"r" * 32)
VKEY = KEY.verifier


@pytest.fixture(autouse=True)
def _no_disk_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flushing to the disk is what takes time here and nothing below is about power cuts."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


def entries(size: int) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(size)]


def head(log: list[bytes], key: NoteKey = KEY) -> str:
    root = Frontier.of(map(leaf_hash, log)).root()
    return sign_note(Checkpoint(KEY.name, len(log), root).body(), key)


def publish(directory: Path, size: int) -> Path:
    log = entries(size)
    write_log(directory, log, head(log))
    return directory


def files(directory: Path) -> dict[str, bytes]:
    paths = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("size", VECTORS["tiles"])
def test_the_published_tile_counts_hold(size: str) -> None:
    counts = [{"level": at.level, "full": at.full, "partial_width": at.partial_width} for at in levels_of(int(size))]
    assert counts == VECTORS["tiles"][size]


def test_an_empty_log_has_no_tiles() -> None:
    assert levels_of(0) == []


@pytest.mark.parametrize("index", VECTORS["paths"])
def test_the_published_paths_hold(index: str) -> None:
    assert index_path(int(index)) == VECTORS["paths"][index]


def test_paths_name_level_number_and_width() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(2, 0, 17) == "tile/2/000.p/17"
    assert entries_path(273, 112) == "tile/entries/273.p/112"
    for level, index, width in ((-1, 0, 256), (64, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(LogError):
            tile_path(level, index, width)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_a_bundle_gives_back_its_entries(log: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(log)) == log


def test_an_entry_fits_a_bundle_up_to_65535_bytes() -> None:
    assert decode_bundle(encode_bundle([b"x" * 65535])) == [b"x" * 65535]
    with pytest.raises(LogError, match="65536 bytes"):
        encode_bundle([b"", b"x" * 65536])


@pytest.mark.parametrize("data", [b"\0", b"\0\2a", b"\0\1a\0", b"\0\1a\xff\xff"])
def test_a_bundle_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(LogError, match="ends inside"):
        decode_bundle(data)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 70_000])
def test_a_log_is_read_back_and_its_files_are_those_of_its_size(tmp_path: Path, size: int) -> None:
    publish(tmp_path, size)
    assert list(read_log(tmp_path, VKEY)) == entries(size)
    expected = {"checkpoint"}
    for at in levels_of(size):
        widths = [(n, 256) for n in range(at.full)]
        widths += [(at.full, at.partial_width)] if at.partial_width else []
        expected |= {tile_path(at.level, n, width) for n, width in widths}
        if at.level == 0:
            expected |= {entries_path(n, width) for n, width in widths}
    assert set(files(tmp_path)) == expected


def test_tiles_hold_the_hashes_the_specification_says(tmp_path: Path) -> None:
    publish(tmp_path, 600)
    leaves = [leaf_hash(entry) for entry in entries(600)]
    published = files(tmp_path)
    assert published["tile/0/001"] == b"".join(leaves[256:512])
    assert published["tile/0/002.p/88"] == b"".join(leaves[512:])
    assert published["tile/1/000.p/2"] == root_of(leaves[:256]) + root_of(leaves[256:512])
    assert published["tile/entries/002.p/88"] == encode_bundle(entries(600)[512:])


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.sampled_from([0, 1, 100, 255, 256, 257, 300, 512, 700, 1100]), max_size=5))
def test_growth_keeps_every_full_tile_and_removes_nothing_needed(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    directory = tmp_path_factory.mktemp("log")
    kept: dict[str, bytes] = {}
    for size in sorted(sizes):
        publish(directory, size)
        now = files(directory)
        assert kept.items() <= now.items()
        kept = {path: data for path, data in now.items() if path != "checkpoint" and ".p/" not in path}
        assert list(read_log(directory, VKEY)) == entries(size)
        for path in now:
            assert ".p/" not in path or path.split(".p/")[0] not in now


def test_a_full_tile_already_there_is_not_written_again(tmp_path: Path) -> None:
    publish(tmp_path, 600)
    before = {path: (tmp_path / path).stat().st_ino for path in files(tmp_path)}
    publish(tmp_path, 1000)
    for path in ("tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"):
        assert (tmp_path / path).stat().st_ino == before[path]


def test_a_reader_with_the_old_checkpoint_finds_the_full_tile_instead(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    old = (tmp_path / "checkpoint").read_bytes()
    publish(tmp_path, 600)
    assert "tile/0/001.p/44" not in files(tmp_path)
    (tmp_path / "checkpoint").write_bytes(old)
    assert list(read_log(tmp_path, VKEY)) == entries(300)


def test_entries_are_checked_before_anything_is_published(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    before = files(tmp_path)
    grown = entries(600)
    note = head(grown)

    def broken() -> Iterator[bytes]:
        yield from grown[:599]
        raise RuntimeError("the source failed")

    attempts: list[tuple[Callable[[], Any], str]] = [
        (lambda: write_log(tmp_path, grown[:599], note), "not the head"),
        (lambda: write_log(tmp_path, [*grown, b"x"], note), "not the head"),
        (lambda: write_log(tmp_path, [*grown[:599], b"x"], note), "not the head"),
        (lambda: write_log(tmp_path, [*grown[:599], b"x" * 65536], note), "Entry 599"),
        (lambda: write_log(tmp_path, grown, note[:-3]), "malformed"),
        (lambda: write_log(tmp_path, entries(299), head(entries(299))), "never shrinks"),
        (lambda: write_log(tmp_path, broken(), note), "the source failed"),
    ]
    for attempt, words in attempts:
        with pytest.raises((LogError, RuntimeError), match=words):
            attempt()
        assert files(tmp_path) == before
    write_log(tmp_path, grown, note)
    assert list(read_log(tmp_path, VKEY)) == grown


@pytest.mark.parametrize("size", [10, 256, 300])
def test_a_forked_log_is_not_published_over_the_old_one(tmp_path: Path, size: int) -> None:
    publish(tmp_path, size)
    before = files(tmp_path)
    for forged in (0, size // 2, size - 1):
        fork = entries(600)
        fork[forged] = b"another"
        with pytest.raises(LogError, match=r"forked|never rewritten"):
            write_log(tmp_path, fork, head(fork))
    assert files(tmp_path) == before


def test_a_damaged_full_tile_or_checkpoint_is_reported_when_publishing(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    damage(tmp_path / "tile/0/000", 40)
    with pytest.raises(LogError, match="tile/0/000 already holds"):
        publish(tmp_path, 600)
    (tmp_path / "checkpoint").write_text("nothing\n")
    with pytest.raises(LogError, match="published checkpoint is damaged"):
        publish(tmp_path, 600)


def test_publishing_the_same_size_again_replaces_the_checkpoint_only(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    other = NoteKey.from_seed(KEY.name, b"new".ljust(32))
    write_log(tmp_path, entries(300), head(entries(300), other))
    assert list(read_log(tmp_path, other.verifier)) == entries(300)


def test_files_left_by_a_crash_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".unpublished/tile/0").mkdir(parents=True)
    (tmp_path / ".unpublished/tile/0/000").write_bytes(b"half")
    (tmp_path / "tile/0").mkdir(parents=True)
    leaves = [leaf_hash(entry) for entry in entries(256)]
    (tmp_path / "tile/0/000").write_bytes(b"".join(leaves))
    publish(tmp_path, 300)
    assert list(read_log(tmp_path, VKEY)) == entries(300)
    assert not (tmp_path / ".unpublished").exists()


@pytest.mark.parametrize("moves", range(8))
def test_a_crash_between_any_two_moves_leaves_a_log_that_reads_and_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    publish(tmp_path, 300)
    move = os.replace
    done: list[Any] = []

    def dies(source: Path, target: Path) -> None:
        if len(done) == moves:
            raise OSError("the power failed")
        done.append(target)
        move(source, target)

    with monkeypatch.context() as patched:
        patched.setattr("os.replace", dies)
        with pytest.raises(OSError, match="power"):
            publish(tmp_path, 800)
    assert list(read_log(tmp_path, VKEY)) == entries(300)
    publish(tmp_path, 800)
    assert list(read_log(tmp_path, VKEY)) == entries(800)


def test_the_checkpoint_is_moved_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move = os.replace
    done: list[Any] = []

    def watch(source: Path, target: Path) -> None:
        done.append(target.relative_to(tmp_path).as_posix())
        move(source, target)

    monkeypatch.setattr("os.replace", watch)
    publish(tmp_path, 800)
    assert done[-1] == "checkpoint"
    assert len(done) == 10


def damage(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70,000 entries: two full levels and partial tiles at three."""
    return publish(tmp_path_factory.mktemp("big"), 70_000)


@pytest.mark.parametrize(
    ("path", "at", "index"),
    [
        ("tile/0/003", 32 * 7 + 5, 3 * 256 + 7),
        ("tile/0/273.p/112", 32 * 111, 70_000 - 1),
        ("tile/0/273.p/112", 32 * 20 + 31, 273 * 256 + 20),
        ("tile/1/000", 32 * 9, 9 * 256),
        ("tile/1/001.p/17", 32 * 16, (256 + 16) * 256),
        ("tile/2/000.p/1", 4, 0),
        ("tile/entries/002", 0, 512),
        ("tile/entries/002", 12 * 4 + 3, 512 + 4),
        ("tile/entries/273.p/112", 13 * 111 + 4, 70_000 - 1),
    ],
)
def test_a_changed_byte_is_found_and_its_file_and_entry_named(big: Path, path: str, at: int, index: int) -> None:
    original = (big / path).read_bytes()
    damage(big / path, at)
    try:
        with pytest.raises(LogError) as found:
            for _ in read_log(big, VKEY):
                pass
    finally:
        (big / path).write_bytes(original)
    assert (found.value.path, found.value.index) == (path, index)
    assert path in str(found.value)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_changed_missing_cut_or_grown_file_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.getbasetemp() / "tampered"
    if not directory.exists():
        publish(directory, 600)
    before = files(directory)
    path = data.draw(st.sampled_from(sorted(before)))
    original = bytearray(before[path])
    change = data.draw(st.sampled_from(["flip", "cut", "grow", "remove", "swap"]))
    if change == "flip":
        damage(directory / path, data.draw(st.integers(0, len(original) - 1)))
    elif change == "cut":
        (directory / path).write_bytes(original[: data.draw(st.integers(0, len(original) - 1))])
    elif change == "grow":
        (directory / path).write_bytes(original + b"\0" * data.draw(st.integers(1, 40)))
    elif change == "remove":
        (directory / path).unlink()
    else:
        other = data.draw(st.sampled_from(sorted(set(before) - {path})))
        (directory / path).write_bytes(before[other])
    try:
        read = []
        with pytest.raises(LogError) as found:
            for entry in read_log(directory, VKEY):
                read.append(entry)
    finally:
        (directory / path).write_bytes(original)
    assert found.value.path == path
    assert read == entries(600)[: len(read)]


def test_entry_and_tile_changed_together_are_found(tmp_path: Path) -> None:
    publish(tmp_path, 600)
    forged = entries(600)
    forged[530] = b'{"n":999}'
    other = tmp_path / "forged"
    write_log(other, forged, head(forged))
    for path in ("tile/0/002.p/88", "tile/entries/002.p/88"):
        (tmp_path / path).write_bytes((other / path).read_bytes())
    with pytest.raises(LogError, match="give another root"):
        read_log(tmp_path, VKEY)
    forged = entries(600)
    forged[300] = b'{"n":999}'
    publish(tmp_path / "second", 600)
    write_log(tmp_path / "third", forged, head(forged))
    for path in ("tile/0/001", "tile/entries/001"):
        (tmp_path / "second" / path).write_bytes((tmp_path / "third" / path).read_bytes())
    with pytest.raises(LogError, match="tile/0/001") as found:
        list(read_log(tmp_path / "second", VKEY))
    assert found.value.path == "tile/0/001"


def test_a_checkpoint_of_another_size_key_or_log_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, 300)
    stranger = NoteKey.from_seed(KEY.name, b"s" * 32)
    elsewhere = sign_note(Checkpoint("milan.example", 300, b"\1" * 32).body(), KEY)
    for note in (head(entries(301)), head(entries(299)), head(entries(300), stranger), elsewhere):
        (tmp_path / "checkpoint").write_text(note)
        with pytest.raises(LogError):
            list(read_log(tmp_path, VKEY))
    (tmp_path / "checkpoint").unlink()
    with pytest.raises(LogError, match="checkpoint"):
        read_checkpoint(tmp_path, VKEY)


def test_the_key_may_be_given_as_text_and_the_origin_apart(tmp_path: Path) -> None:
    log = entries(3)
    root = root_of([leaf_hash(entry) for entry in log])
    write_log(tmp_path, log, sign_note(Checkpoint("old name", 3, root).body(), KEY))
    assert list(read_log(tmp_path, VKEY.encode(), origin="old name")) == log
    assert read_checkpoint(tmp_path, VKEY, "old name").size == 3
    with pytest.raises(LogError, match="of log old name"):
        read_log(tmp_path, VKEY)
