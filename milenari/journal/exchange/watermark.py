"""Watermark: how many entries of its own log this machine has ever written, noted outside the database.

A backup of the database that is put back knows nothing of what came after it. This file does, since it is no part of
the backup (docs/stations/exchange.md): a log shorter than its mark has been set back, and nothing is written to it
before the missing entries are relearned. A missing mark says nothing. It is a hint for the honest, not a proof.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from milenari.journal import whole


def note(site: str, size: int) -> None:
    """Remember that this machine has written so many entries; after the commit, since what is not kept is not lost.

    Writers side by side come here in any order: the mark only rises.
    """
    with _alone(site):
        if size > held(site):
            whole.put(_path(site), f"{size}\n".encode())


def begin_again(site: str, size: int) -> None:
    """Set the mark to what a recovered log holds: what lay above it is given up."""
    with _alone(site):
        whole.put(_path(site), f"{size}\n".encode())


def held(site: str) -> int:
    """The mark of a site's log; 0 where there is none."""
    try:
        text = _path(site).read_text().strip()
    except FileNotFoundError:
        return 0
    return int(text) if text.isdigit() else 0


def _path(site: str) -> Path:
    return Path(settings.HOME) / "watermark" / site


@contextmanager
def _alone(site: str) -> Iterator[None]:
    """One writer of a mark at a time, thread or process: each opens the lock file itself."""
    path = _path(f"{site}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
