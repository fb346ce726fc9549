"""Protocol difference: two versions of a protocol side by side, box by box; no actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from milenari.rules.protocol_lines import BELOW, TABLES, Lines

ORDER = "order"
UNORDERED = ("parameters", "countries", "assent")  # mappings in the document: their order says nothing


@dataclass(frozen=True)
class Difference:
    """One box of two versions; a line that is only in one has nothing in the other. ``line`` is its code."""

    table: str
    line: str
    column: str
    before: str
    after: str


def differences(before: Lines, after: Lines) -> list[Difference]:
    """Every box that differs, table by table; lines are known by their code, not by their place."""
    found = []
    for table, columns in TABLES.items():
        old, new = (_by_key(table, one.get(table, [])) for one in (before, after))
        for key in dict.fromkeys([*old, *new]):
            a, b = old.get(key, {}), new.get(key, {})
            for column in columns:
                was, now = a.get(column.name, "").strip(), b.get(column.name, "").strip()
                if was != now:
                    found.append(Difference(table, key, column.name, was, now))
        kept, placed = [key for key in old if key in new], [key for key in new if key in old]
        if kept != placed and table not in UNORDERED:
            found.append(Difference(table, "", ORDER, " ".join(kept), " ".join(placed)))
    return found


def _by_key(table: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Lines by what they are known by; one that is there twice has its place beside it."""
    made: dict[str, Mapping[str, str]] = {}
    for n, row in enumerate(rows, 1):
        names = [BELOW.get(table, ""), "from_kg" if table == "weights" else "code"]
        key = " ".join(part for name in names if name and (part := row.get(name, "").strip()))
        key = key or ("" if table == "identification" else str(n))
        made[f"{key} ({n})" if key in made else key] = row
    return made
