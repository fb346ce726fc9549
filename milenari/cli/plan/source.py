"""A file that describes a network or a published instance, from the disk or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from milenari.science.planning.text import LARGEST, decoded, parsed
from milenari.science.unfit import Unfit


def text_of(source: str) -> tuple[str, str]:
    """(what the file is called, its text); `-` is standard input."""
    name = "standard input" if source == "-" else source
    try:
        if source == "-":
            raw = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(LARGEST + 1)
    except OSError as fault:
        raise Unfit("file-unreadable", f"{name} cannot be read: {fault.strerror}.", file=name) from fault
    return name, decoded(name, raw)


def tree_of(source: str) -> tuple[str, Any]:
    """(what the file is called, its tables, lists and texts)."""
    name, text = text_of(source)
    return name, parsed(name, text)
