"""Attached: the bytes of photographs and files, kept on the node outside the database under their own hash.

What a file is, is read from its bytes; neither its name nor what the sender calls it is believed. Bytes are
compared with their hash whenever they are read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from milenari.registers import attachments
from milenari.rules.action import Refused
from milenari.rules.attachment import LARGEST

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


def _place(name: str) -> Path:
    if not _NAMED.match(name):
        raise Refused("file-missing", sha256=name)
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
    """Put bytes on the disk, whole or not at all; Refused when empty, too large or of another kind."""
    if not data:
        raise Refused("file-empty")
    if len(data) > LARGEST:
        raise Refused("file-too-large", found=f"{len(data) / _MEGABYTE:.1f}", largest=str(LARGEST // _MEGABYTE))
    media_type = media_type_of(data)
    if not media_type:
        raise Refused("file-kind-unknown")
    name = sha256(data).hexdigest()
    place = _place(name)
    if not place.exists() or sha256(place.read_bytes()).hexdigest() != name:
        _write(place, data)
    return Kept(name, media_type, len(data))


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
    try:
        data = _place(name).read_bytes()
    except OSError as fault:
        raise Refused("file-missing", sha256=name) from fault
    if sha256(data).hexdigest() != name:
        raise Refused("file-altered", sha256=name)
    return data


def state_of(name: str) -> str:
    """``whole``, ``missing`` or ``altered``, for a page that lists files."""
    try:
        open_kept(name)
    except Refused as fault:
        return "altered" if fault.code == "file-altered" else "missing"
    return "whole"


def forget(name: str) -> None:
    """Destroy bytes that no entry needs any more: of a withdrawn file, or of one whose entry was refused."""
    if not attachments.still_needed(name):
        _place(name).unlink(missing_ok=True)


def obey_withdrawal(name: str) -> None:
    """Destroy a withdrawn file's bytes once its entry is really written."""
    transaction.on_commit(lambda: forget(name))
