"""Fetched: whole entry bundles of a published log that have come over a link, kept until the pull they are for is done.

A bundle of 256 entries never changes once it is whole, so after a cut link only what is not here yet is asked for
again. Nothing in this folder is believed: a bundle counts only under the log's signed root, and one that does not give
it is thrown away with all others of its log.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from milenari.journal import whole


class Bundles:
    """The whole bundles of one log from one place."""

    def __init__(self, log: str, place: str) -> None:
        self.folder = Path(settings.HOME) / "pulled" / f"{log}-{sha256(place.encode()).hexdigest()[:16]}"

    def load(self, number: int) -> bytes | None:
        """One bundle; None when it has not come yet."""
        try:
            return self._path(number).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, number: int, data: bytes) -> None:
        """Put a bundle in, whole or not at all."""
        whole.put(self._path(number), data)

    def drop(self) -> None:
        """Forget them all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.bundle"
