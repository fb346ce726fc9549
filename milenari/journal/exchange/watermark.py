"""Watermark: how many entries of its own log this machine has ever written, noted outside the database.

A backup of the database that is put back knows nothing of what came after it. This file does, since it is no part of
the backup (docs/stations/exchange.md): a log shorter than its mark has been set back, and nothing is written to it
before the missing entries are relearned. A missing mark says nothing. It is a hint for the honest, not a proof.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings


def note(site: str, size: int) -> None:
    """Remember that this machine has written so many entries; after the commit, since what is not kept is not lost."""
    path = _path(site)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(f"{size}\n")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"{size}\n")
    part.replace(path)


def held(site: str) -> int:
    """The mark of a site's log; 0 where there is none."""
    try:
        text = _path(site).read_text().strip()
    except FileNotFoundError:
        return 0
    return int(text) if text.isdigit() else 0


def _path(site: str) -> Path:
    return Path(settings.HOME) / "watermark" / site
