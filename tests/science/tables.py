"""Published and recomputed tables beside the tests, each row with its source."""

from __future__ import annotations

import csv
from pathlib import Path

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a table; lines that begin with # say where it comes from."""
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def real(row: dict[str, str], *names: str) -> list[float]:
    return [float(row[name]) for name in names]


def whole(row: dict[str, str], *names: str) -> list[int]:
    return [int(row[name]) for name in names]
