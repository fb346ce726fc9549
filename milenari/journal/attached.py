"""Attached: the bytes of photographs and files, kept on the node outside the database under their own hash.

What a file is, is read from its bytes; neither its name nor what the sender calls it is believed. Bytes are
compared with their hash whenever they are read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from milenari.journal import clock
from milenari.registers import attachments
from milenari.rules.action import Refused
from milenari.rules.attachment import LARGEST

WAITS = timedelta(hours=1)
_MEGABYTE = 1_000_000
_HEADS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))
_NAMED = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True)
class Kept:
    """Bytes that are on the disk: their hash in hexadecimal, media type and length in bytes."""

    sha256: str
    media_type: str
    size: int


def folder() -> Path:
    """Where the files of this node are; it belongs into the node's backup."""
    return Path(settings.HOME) / "attached"


def _waiting() -> Path:
    return folder() / "waiting"


def _place(name: str) -> Path:
    if not _NAMED.match(name):
        raise Refused("file-missing", hash=name)
    return folder() / name[:2] / name


def media_type_of(data: bytes) -> str:
    """What these bytes are, by their first ones; empty when it is nothing that is kept."""
    for head, found in _HEADS:
        if data.startswith(head):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return "text/plain" if all(c.isprintable() or c in "\r\n\t" for c in text) else ""


def keep(data: bytes) -> Kept:
    """Put bytes on the disk to wait for the entry that names them; Refused when empty, too large, or no kept kind."""
    if not data:
        raise Refused("file-empty")
    require_size(len(data))
    media_type = media_type_of(data)
    if not media_type:
        raise Refused("file-kind-unknown")
    _sweep()
    name = sha256(data).hexdigest()
    if not _waiting().joinpath(name).exists():
        _write(_waiting() / name, data)
    return Kept(name, media_type, len(data))


def require_size(size: int) -> None:
    """Refuse more bytes than are kept of one file, before they are read."""
    if size > LARGEST:
        raise Refused("file-too-large", found=f"{size / _MEGABYTE:.1f}", largest=str(LARGEST // _MEGABYTE))


def waiting(name: str) -> Kept | None:
    """What was kept a moment ago under this hash, for a form that was refused or is sent twice; or None."""
    if not _NAMED.match(name):
        return None
    place = next((p for p in (_waiting() / name, _place(name)) if p.exists()), None)
    data = place.read_bytes() if place else b""
    return Kept(name, media_type_of(data), len(data)) if place else None


def settle(name: str) -> None:
    """Put waiting bytes where they stay, once the entry that names them is written."""
    place = _place(name)
    if _waiting().joinpath(name).exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.replace(_waiting() / name, place)


def _sweep() -> None:
    """Of bytes that waited too long, keep those that an entry names after all, and destroy the rest."""
    if not _waiting().is_dir():
        return
    oldest = (clock.now() - WAITS).timestamp()
    for path in _waiting().iterdir():
        if path.stat().st_mtime > oldest:
            continue
        if _NAMED.match(path.name) and attachments.still_needed(path.name):
            settle(path.name)
        else:
            path.unlink(missing_ok=True)


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passing = place.with_name(f"{place.name}.{uuid4().hex}")
    with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(passing, place)


def open_kept(name: str) -> bytes:
    """The bytes with this hash; Refused, and plainly so, when they are not there or are not the same any more."""
    place = _place(name)
    if not place.exists() and attachments.still_needed(name):
        settle(name)
    try:
        data = place.read_bytes()
    except OSError as fault:
        raise Refused("file-missing", hash=name) from fault
    if sha256(data).hexdigest() != name:
        raise Refused("file-altered", hash=name)
    return data


def state_of(name: str, size: int) -> str:
    """``there``, ``missing`` or ``altered`` by a glance at the disk, for lists; ``open_kept`` compares every byte."""
    place = _place(name)
    if not place.exists():
        settle(name)
    try:
        found = place.stat().st_size
    except OSError:
        return "missing"
    return "there" if found == size else "altered"


def forget(name: str) -> None:
    """Destroy bytes that no entry needs any more: those of a withdrawn file."""
    if not attachments.still_needed(name):
        _place(name).unlink(missing_ok=True)
        _waiting().joinpath(name).unlink(missing_ok=True)


def obey_withdrawal(name: str) -> None:
    """Destroy a withdrawn file's bytes once its entry is really written."""
    transaction.on_commit(lambda: forget(name))
