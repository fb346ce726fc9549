"""A log as a directory of static files (c2sp.org/tlog-tiles), for any web server or memory stick.

    checkpoint                    the signed head, replaced last
    tile/<level>/<n>[.p/<width>]  256 (or, with .p, fewer) consecutive hashes of 32 bytes
    tile/entries/<n>[.p/<width>]  the entries under level-0 tile n, each after a uint16 length

Level 0 holds leaf hashes; a hash at level L+1 is the root of a full tile at level L. A full tile
never changes. A partial tile is removed only once the full one is published.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from milenari.journal.note import Checkpoint, NoteError, VerifierKey, open_checkpoint, split_note
from milenari.journal.tree import HASH_BYTES, Frontier, leaf_hash, root_of

WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""
MAX_ENTRY_BYTES = 65535
MAX_LEVEL = 63

_STAGING = ".unpublished"


class LogError(ValueError):
    """A log directory that is damaged, forged or misused. The message is a sentence.

    ``path`` is the file to blame, relative to the directory, and ``index`` the first bad entry
    (from 0) when one entry can be named.
    """

    def __init__(self, reason: str, path: str | None = None, index: int | None = None) -> None:
        super().__init__(reason)
        self.path = path
        self.index = index


@dataclass(frozen=True, slots=True)
class Level:
    """The tiles of one level: ``full`` of 256 hashes, then one of ``partial_width`` unless 0."""

    level: int
    full: int
    partial_width: int


def levels_of(size: int) -> list[Level]:
    """Tiles by level, from 0 up, of a log of ``size`` entries; empty for size 0."""
    levels: list[Level] = []
    while size:
        levels.append(Level(len(levels), *divmod(size, WIDTH)))
        size //= WIDTH
    return levels


def index_path(index: int) -> str:
    """Tile number as path elements of three digits: 1234067 -> ``x001/x234/067``."""
    if index < 0:
        raise LogError(f"There is no tile number {index}.")
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03}")
    return "/".join(reversed(parts))


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Path of a hash tile from the log's root, partial when ``width`` < 256."""
    if not 0 <= level <= MAX_LEVEL:
        raise LogError(f"There is no tile level {level}.")
    return _path(str(level), index, width)


def entries_path(index: int, width: int = WIDTH) -> str:
    """Path of an entry bundle from the log's root, partial when ``width`` < 256."""
    return _path("entries", index, width)


def _path(kind: str, index: int, width: int) -> str:
    if not 1 <= width <= WIDTH:
        raise LogError(f"A tile is 1 to 256 wide, not {width}.")
    return f"tile/{kind}/{index_path(index)}" + (f".p/{width}" if width < WIDTH else "")


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries each after its length as uint16 big-endian; LogError past 65,535 bytes."""
    parts = []
    for at, entry in enumerate(entries):
        if len(entry) > MAX_ENTRY_BYTES:
            raise LogError(f"Entry {at} of the bundle has {len(entry)} bytes, over 65535.")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle; LogError when the last one is cut short."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise LogError(f"The bundle ends inside its entry {len(entries)}.")
        entries.append(data[start:at])
    return entries


def write_log(directory: str | Path, entries: Iterable[bytes], checkpoint_note: str) -> Checkpoint:
    """Publish all ``entries`` of a log (from 0) under its signed checkpoint; returns that.

    New files are staged, flushed to disk and moved into place only when the entries give the
    checkpoint's size and root, the published checkpoint is a prefix of them, and every full tile
    already there is the same: so a reader always finds a complete log and no full tile is ever
    rewritten. Raises LogError with nothing published otherwise. One writer at a time.
    """
    root = Path(directory)
    try:
        checkpoint = Checkpoint.parse(split_note(checkpoint_note)[0])
    except NoteError as fault:
        raise LogError(f"The checkpoint to publish is malformed: {fault}") from None
    published = _published(root)
    if published and published.size > checkpoint.size:
        raise LogError(
            f"The directory publishes {published.size} entries and the checkpoint has only "
            f"{checkpoint.size}: a log never shrinks.",
            "checkpoint",
        )
    staging = root / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        staged = _stage(root, staging, entries, checkpoint, published)
        folders = {root}
        for path in staged:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / path, root / path)
            folders |= {p for p in (root / path).parents if p.is_relative_to(root)}
        for folder in folders:
            _flush(folder)
        # Last: until here readers hold the old head, and every file that one needs is in place.
        _write(staging / "checkpoint", checkpoint_note.encode())
        os.replace(staging / "checkpoint", root / "checkpoint")
        _flush(root)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for path in staged:
        if ".p/" not in path:
            shutil.rmtree(root / f"{path}.p", ignore_errors=True)
    return checkpoint


def _stage(
    root: Path,
    staging: Path,
    entries: Iterable[bytes],
    checkpoint: Checkpoint,
    published: Checkpoint | None,
) -> list[str]:
    """Write the files that are not yet published under ``staging``; their paths, checked."""
    staged: list[str] = []

    def put(path: str, data: bytes, full: bool) -> None:
        if full and (root / path).is_file():
            if (root / path).read_bytes() != data:
                raise LogError(f"{path} already holds other bytes and is never rewritten.", path)
            return
        _write(staging / path, data)
        staged.append(path)

    bundle: list[bytes] = []
    pending: list[list[bytes]] = [[]]  # by level, the hashes of the tile being filled
    written = [0]  # by level, the full tiles so far
    frontier = Frontier()

    def close(level: int) -> None:
        """A tile at ``level`` is full: write it and hand its root to the level above."""
        put(tile_path(level, written[level]), b"".join(pending[level]), full=True)
        node = root_of(pending[level])
        pending[level] = []
        written[level] += 1
        if level + 1 == len(pending):
            pending.append([])
            written.append(0)
        pending[level + 1].append(node)
        if len(pending[level + 1]) == WIDTH:
            close(level + 1)

    def check_prefix() -> None:
        """Compare with the published head when it falls inside what was read since the last."""
        nonlocal frontier
        size = frontier.size + len(pending[0])
        if published and frontier.size <= published.size <= size:
            prefix = frontier.extend(pending[0][: published.size - frontier.size])
            if prefix.root() != published.root:
                raise LogError(
                    f"The first {published.size} entries are not those already published here: "
                    "the log has forked or the directory is another log's.",
                    "checkpoint",
                )
        frontier = frontier.extend(pending[0])

    for index, entry in enumerate(entries):
        if len(entry) > MAX_ENTRY_BYTES:
            raise LogError(f"Entry {index} has {len(entry)} bytes, over 65535.", index=index)
        bundle.append(entry)
        pending[0].append(leaf_hash(entry))
        if len(bundle) == WIDTH:
            check_prefix()
            put(entries_path(written[0]), encode_bundle(bundle), full=True)
            bundle = []
            close(0)
    check_prefix()
    if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
        raise LogError(f"The checkpoint (size {checkpoint.size}) is not the head of these {frontier.size} entries.")
    if bundle:
        put(entries_path(written[0], len(bundle)), encode_bundle(bundle), full=False)
    for level, hashes in enumerate(pending):
        if hashes:
            put(tile_path(level, written[level], len(hashes)), b"".join(hashes), full=False)
    return staged


def _published(root: Path) -> Checkpoint | None:
    """The head in the directory, unverified (it is our own), or None when there is none yet."""
    try:
        return Checkpoint.parse(split_note((root / "checkpoint").read_bytes())[0])
    except FileNotFoundError:
        return None
    except NoteError as fault:
        raise LogError(f"The published checkpoint is damaged: {fault}", "checkpoint") from None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_checkpoint(directory: str | Path, vkey: VerifierKey | str, origin: str | None = None) -> Checkpoint:
    """The directory's head, its signature verified; ``origin`` is the key's name by default.

    LogError naming the file ``checkpoint`` when missing, malformed, unsigned or another log's.
    """
    try:
        return open_checkpoint((Path(directory) / "checkpoint").read_bytes(), vkey, origin)
    except (NoteError, OSError) as fault:
        raise LogError(f"The checkpoint is not usable: {fault}", "checkpoint") from None


def read_log(directory: str | Path, vkey: VerifierKey | str, origin: str | None = None) -> Iterator[bytes]:
    """Every entry in order, each verified up to the signed checkpoint before it is handed over.

    The checkpoint, the upper levels and the right edge are verified at the call; full level-0
    tiles and bundles as the iteration reaches them, so memory stays at one tile. Iterate to the
    end to have verified the whole log. LogError names the first bad file and entry; what was
    handed over before it is genuine.
    """
    root = Path(directory)
    checkpoint = read_checkpoint(root, vkey, origin)
    levels = levels_of(checkpoint.size)
    edges = [_read_tile(root, at.level, at.full, at.partial_width) if at.partial_width else [] for at in levels]
    edge_nodes = [node for edge in reversed(edges) for node in Frontier.of(edge).hashes]
    if Frontier(checkpoint.size, tuple(edge_nodes)).root() != checkpoint.root:
        _blame(root, levels, edges)
    # Downwards: the verified hashes of one level prove every full tile of the level below.
    above: list[bytes] = []
    for at, edge in zip(reversed(levels[1:]), reversed(edges[1:]), strict=True):
        tiles = [_read_full(root, at.level, n, above[n]) for n in range(at.full)]
        above = [node for tile in tiles for node in tile] + edge
    return _read_entries(root, checkpoint.size, above, edges[0] if edges else [])


def _read_entries(root: Path, size: int, tile_roots: list[bytes], edge: list[bytes]) -> Iterator[bytes]:
    for n in range(-(-size // WIDTH)):
        width = min(WIDTH, size - n * WIDTH)
        leaves = edge if width < WIDTH else _read_full(root, 0, n, tile_roots[n])
        path, entries = _read_bundle(root, n, width)
        for index, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), n * WIDTH):
            if leaf_hash(entry) != leaf:
                raise LogError(f"Entry {index} in {path} is not the one signed.", path, index)
            yield entry


def _read(root: Path, path: str, full_path: str) -> tuple[str, bytes]:
    """A file's path and bytes; a missing partial may have been replaced by its full one."""
    for candidate in (path, full_path):
        try:
            return candidate, (root / candidate).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise LogError(f"{candidate} cannot be read: {fault.strerror}.", candidate) from None
    raise LogError(f"{path} is missing.", path)


def _read_tile(root: Path, level: int, n: int, width: int) -> list[bytes]:
    full_path = tile_path(level, n)
    path, data = _read(root, tile_path(level, n, width), full_path)
    expected = (WIDTH if path == full_path else width) * HASH_BYTES
    if len(data) != expected:
        raise LogError(f"{path} has {len(data)} bytes; {expected} are expected.", path)
    return [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]


def _read_full(root: Path, level: int, n: int, node: bytes) -> list[bytes]:
    """A full tile whose root is ``node``; the entry it first concerns is named when it is not."""
    hashes = _read_tile(root, level, n, WIDTH)
    if root_of(hashes) != node:
        path = tile_path(level, n)
        bad = _first_difference(root, level, n, hashes)
        where = "" if bad is None else f"; its hash {bad} is not that of what lies below"
        index = (n * WIDTH + (bad or 0)) * WIDTH**level
        raise LogError(f"{path} is not under the signed root{where}.", path, index)
    return hashes


def _read_bundle(root: Path, n: int, width: int) -> tuple[str, list[bytes]]:
    full_path = entries_path(n)
    path, data = _read(root, entries_path(n, width), full_path)
    try:
        entries = decode_bundle(data)
    except LogError as fault:
        raise LogError(f"{path}: {fault}", path, n * WIDTH) from None
    if len(entries) != (WIDTH if path == full_path else width):
        raise LogError(f"{path} has {len(entries)} entries, not {width}.", path, n * WIDTH)
    return path, entries[:width]


def _blame(root: Path, levels: list[Level], edges: list[list[bytes]]) -> NoReturn:
    """The right edge does not give the signed root: find which of its tiles is to blame."""
    for at, edge in zip(levels, edges, strict=True):
        bad = _first_difference(root, at.level, at.full, edge)
        if bad is not None:
            path = tile_path(at.level, at.full, at.partial_width)
            index = (at.full * WIDTH + bad) * WIDTH**at.level
            raise LogError(
                f"{path} is not under the signed root; its hash {bad} is not that of what lies "
                f"below (entry {index} on).",
                path,
                index,
            )
    raise LogError(
        "The signed checkpoint is not the head of these tiles: they agree with each other but give another root.",
        "checkpoint",
    )


def _first_difference(root: Path, level: int, n: int, hashes: list[bytes]) -> int | None:
    """Place of the first hash of a tile that its bundle or child tile does not give, if any."""
    try:
        if level == 0:
            if not hashes:
                return None
            below = map(leaf_hash, _read_bundle(root, n, len(hashes))[1])
            found = list(below)
        else:
            first = n * WIDTH
            found = [root_of(_read_tile(root, level - 1, first + at, WIDTH)) for at in range(len(hashes))]
    except LogError:
        return None  # what lies below is damaged too and cannot tell
    return next((at for at, node in enumerate(hashes) if node != found[at]), None)
