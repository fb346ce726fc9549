"""Inbox: a folder where parcels lie between their arrival and their application, one file each, named by digest.

Only parcels that a member has signed come in here. Whatever else is done with them is read from here, so that memory
does not grow with the number of parcels on a stick, and what a killed process left behind is taken up by the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from milenari.journal import whole
from milenari.journal.exchange.limits import MOST_FILE


def folder() -> Path:
    """Where parcels wait for what they depend on."""
    return Path(settings.HOME) / "inbox"


def keep(digest: str, body: bytes) -> None:
    """Put a parcel in, whole or not at all; one that is there already stays as it is."""
    path = _path(digest)
    if path.exists():
        return
    whole.put(path, body)


def waiting() -> Iterator[bytes]:
    """Every parcel in the inbox, one at a time; what another process takes out meanwhile is left to it."""
    for path in sorted(folder().glob("*.parcel")):
        body = load(path.stem)
        if body is not None:
            yield body


def load(digest: str) -> bytes | None:
    """One parcel; None when it is not here (any more)."""
    try:
        with _path(digest).open("rb") as file:
            return file.read(MOST_FILE + 1)
    except FileNotFoundError:
        return None


def drop(digest: str) -> None:
    """Take a parcel out that needs no more waiting."""
    _path(digest).unlink(missing_ok=True)


def _path(digest: str) -> Path:
    return folder() / f"{digest}.parcel"
