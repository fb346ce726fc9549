"""Files that are there whole or not at all, whoever writes at the same moment."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp


def put(path: Path, data: bytes) -> None:
    """Write a file through one of its own beside it, readable by this account only; its folder is made when missing.

    Two threads or processes may put the same file at once: each writes its own copy, and the last one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):  # it is gone when it has become the file
            os.unlink(name)
