"""Mirror: a small box on the hospital's own network that holds a site's entries before what they record is done.

It knows nothing of the therapy and needs no database: a folder for each site with the entries in one file, the right
edge of the tree, and the last signed checkpoint. It takes an entry only as the continuation of what it holds, under a
checkpoint signed by the site's log key, writes it to disk, and answers with its cosignature. So a site's entries cannot
be taken back by restoring a backup, as long as the mirror is not restored with it: other account, other disk, other
power. Served by ``milenari mirror serve``; protocol in docs/decisions.

    POST /SITE/append    8 bytes start, 4 bytes length, checkpoint note, entry bundle -> cosignature line
                         409 with the size held when ``start`` is another; 403 when the note is not the site's
    GET  /SITE/size      the size held, as text
    POST /SITE/entries   a note signed by the site's log key, text "milenari mirror read\\nSTART\\nINSTANT\\n"
                         -> 4 bytes length, checkpoint note, entry bundle from START (at most one parcel's worth)
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from milenari.journal import whole
from milenari.journal.exchange.limits import MOST_ENTRIES, MOST_FILE
from milenari.journal.note import (
    COSIGNATURE,
    MAX_NOTE_BYTES,
    Checkpoint,
    NoteError,
    NoteKey,
    VerifierKey,
    cosign,
    open_checkpoint,
    open_note,
    split_note,
)
from milenari.journal.tiles import LogError, decode_bundle, encode_bundle
from milenari.journal.tree import Frontier, leaf_hash

READ_HEADING = "milenari mirror read"
READ_HOLDS = timedelta(minutes=5)
_SITE = re.compile(r"[A-Za-z0-9-]{1,40}\Z")


class MirrorError(ValueError):
    """What a caller did wrong: an HTTP status and a sentence."""

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Store:
    """One site's entries on this box."""

    def __init__(self, folder: Path, keys: tuple[VerifierKey, ...], retire: Callable[[VerifierKey], None]) -> None:
        self.folder, self.keys, self._retire = folder, keys, retire
        folder.mkdir(parents=True, exist_ok=True)
        self.frontier, self.length, self.note = self._load()

    def _load(self) -> tuple[Frontier, int, str]:
        """What was acknowledged: the head decides, and entries written past it before a crash are cut off."""
        head = self.folder / "head"
        if not head.exists():
            return Frontier(), 0, ""
        raw = head.read_bytes()
        length, edge = int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:12], "big")
        frontier = Frontier.from_bytes(raw[12 : 12 + edge])
        with self._entries("r+b") as file:
            file.truncate(length)
        return frontier, length, raw[12 + edge :].decode()

    def _entries(self, mode: str) -> Any:
        path = self.folder / "entries"
        if not path.exists():
            path.touch(mode=0o600)
        return path.open(mode)

    @property
    def size(self) -> int:
        return self.frontier.size

    def append(self, start: int, note: str, bundle: bytes) -> Checkpoint:
        """Keep the entries durably; MirrorError unless they continue the log to exactly the signed checkpoint."""
        if start != self.size:
            raise MirrorError("409 Conflict", str(self.size))
        try:
            key = self._signer(note)
            checkpoint = open_checkpoint(note, key)
            bodies = decode_bundle(bundle)
        except (NoteError, LogError) as fault:
            raise MirrorError("403 Forbidden", str(fault)) from fault
        grown = self.frontier.extend(leaf_hash(body) for body in bodies)
        if grown.size != checkpoint.size or grown.root() != checkpoint.root:
            raise MirrorError("403 Forbidden", "The entries do not give the signed checkpoint.")
        with self._entries("r+b") as file:
            file.seek(self.length)
            file.write(bundle)
            file.flush()
            os.fsync(file.fileno())
        edge = grown.to_bytes()
        length = self.length + len(bundle)
        self._replace(length.to_bytes(8, "big") + len(edge).to_bytes(4, "big") + edge + note.encode())
        self.frontier, self.length, self.note = grown, length, note
        if key != self.keys[0]:
            self._retire(key)
            self.keys = self.keys[self.keys.index(key) :]
        return checkpoint

    def _signer(self, note: str) -> VerifierKey:
        """The newest of the site's keys that signed; the oldest, so that opening says why, when none did."""
        for key in reversed(self.keys):
            with suppress(NoteError):
                open_checkpoint(note, key)
                return key
        return self.keys[0]

    def _replace(self, data: bytes) -> None:
        part = self.folder / "head.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / "head")
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, start: int) -> tuple[str, list[bytes]]:
        """The last checkpoint, and the entries from ``start``: all of them, or the first of more than one parcel."""
        with self._entries("rb") as file:
            bodies = decode_bundle(file.read(self.length))
        return self.note, bodies[start : start + MOST_ENTRIES]


class Mirror:
    """The box as a WSGI application; one worker, so that one append follows another."""

    def __init__(self, folder: Path, key: NoteKey, logs: dict[str, tuple[VerifierKey, ...]]) -> None:
        self.key = key
        self.stores = {
            site: Store(folder / site, held, partial(_retire_below, folder, site))
            for site, held in logs.items()
            if _SITE.match(site)
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            status, answer = "200 OK", self._answer(environ)
        except MirrorError as fault:
            status, answer = fault.status, fault.sentence.encode()
        start_response(status, [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(answer)))])
        return [answer]

    def _answer(self, environ: dict[str, Any]) -> bytes:
        _, _, rest = environ.get("PATH_INFO", "").partition("/")
        site, _, what = rest.partition("/")
        store = self.stores.get(site)
        if store is None:
            raise MirrorError("404 Not Found", "This mirror holds no such log.")
        asked = (environ["REQUEST_METHOD"], what)
        if asked == ("GET", "size"):
            return str(store.size).encode()
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > MOST_FILE:
            raise MirrorError("413 Content Too Large", "One parcel's worth at a time.")
        body = environ["wsgi.input"].read(int(length))
        if asked == ("POST", "append"):
            return self._append(store, body)
        if asked == ("POST", "entries"):
            note, bodies = store.read(_start_of(body, store.keys))
            return len(note.encode()).to_bytes(4, "big") + note.encode() + encode_bundle(bodies)
        raise MirrorError("404 Not Found", "There is append, size and entries.")

    def _append(self, store: Store, body: bytes) -> bytes:
        start, length = int.from_bytes(body[:8], "big"), int.from_bytes(body[8:12], "big")
        if len(body) < 12 + length or length > MAX_NOTE_BYTES:
            raise MirrorError("400 Bad Request", "The request is cut short.")
        try:
            note = body[12 : 12 + length].decode()
        except UnicodeDecodeError as fault:
            raise MirrorError("400 Bad Request", "The checkpoint is not text.") from fault
        store.append(start, note, body[12 + length :])
        return cosign(split_note(note)[0], self.key, int(datetime.now(UTC).timestamp())).encode()


def found(folder: Path, name: str) -> NoteKey:
    """Make the folder and cosigning key of a new mirror; FileExistsError rather than a second key."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = NoteKey.from_seed(name, os.urandom(32), COSIGNATURE)
    with os.fdopen(os.open(folder / "mirror.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.encode())
    return key


def admit(folder: Path, site: str, key: str, *, after: bool = False) -> None:
    """Let the site whose log key this is keep its entries here; a second key is an error unless it comes ``after``.

    Both are then taken until the new one has signed for the first time: from there on the old one is refused.
    """
    if not _SITE.match(site):
        raise ValueError(f"{site!r} is no site code")
    log = VerifierKey.parse(key)
    held = _logs(folder)
    if log in held.get(site, ()):
        return
    if site in held and not after:
        raise ValueError(f"{site} is here already with another key; for the key that follows it say --after")
    _write_logs(folder, {**held, site: (*held.get(site, ()), log)})


def _retire_below(folder: Path, site: str, key: VerifierKey) -> None:
    """A newer key has signed: those before it are taken off the list."""
    held = _logs(folder)
    _write_logs(folder, {**held, site: held[site][held[site].index(key) :]})


def _write_logs(folder: Path, logs: dict[str, tuple[VerifierKey, ...]]) -> None:
    lines = [f"{site} {key.encode()}" for site, keys in sorted(logs.items()) for key in keys]
    whole.put(folder / "logs", ("\n".join(lines) + "\n").encode())


def opened(folder: Path) -> Mirror:
    """The mirror that lives in a folder."""
    return Mirror(folder, NoteKey.parse((folder / "mirror.key").read_text().strip()), _logs(folder))


def _logs(folder: Path) -> dict[str, tuple[VerifierKey, ...]]:
    """The keys of each site's log, in the order in which they follow each other."""
    path = folder / "logs"
    found: dict[str, tuple[VerifierKey, ...]] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        site, _, key = line.partition(" ")
        found[site] = (*found.get(site, ()), VerifierKey.parse(key))
    return found


def _start_of(request: bytes, keys: tuple[VerifierKey, ...]) -> int:
    """From which entry on the site asks for its own log back, if it is the site that asks, and now."""
    try:
        text, _ = open_note(request.decode(), *keys)
        heading, start, at = text.removesuffix("\n").split("\n")
        fresh = abs(datetime.now(UTC) - datetime.fromisoformat(at)) <= READ_HOLDS
        if heading != READ_HEADING or not start.isdigit() or not fresh:
            raise ValueError("it is not a fresh request of this kind")
        return int(start)
    except (NoteError, UnicodeDecodeError, TypeError, ValueError) as fault:
        raise MirrorError("403 Forbidden", f"The request is not signed by the site: {fault}") from fault
