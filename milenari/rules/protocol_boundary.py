"""Protocol boundary: a stopping boundary from a table of participants and events, read strictly; no actions."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from milenari.rules.action import Refused
from milenari.rules.protocol_document import MOST

COLUMNS = ("n", "events")
LARGEST = 64_000  # bytes


def of_table(raw: bytes) -> list[tuple[int, int]]:
    """The (participants, events) of a CSV file with the columns n and events; Refused names the line at fault."""
    if len(raw) > LARGEST:
        raise Refused("boundary-file-unreadable", size=len(raw), most=LARGEST)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Refused("boundary-file-unreadable", size=len(raw), most=LARGEST) from fault
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    rows = list(csv.reader(line for _, line in lines))
    if not rows or tuple(cell.strip().lower() for cell in rows[0]) != COLUMNS:
        raise Refused("boundary-header-unfit", found=", ".join(rows[0]) if rows else "", expected=", ".join(COLUMNS))
    if not 1 < len(rows) <= MOST + 1:
        raise Refused("boundary-file-lines", number=len(rows) - 1, most=MOST)
    made: list[tuple[int, int]] = []
    last = (0, 1)
    for (place, _), row in zip(lines[1:], rows[1:], strict=False):
        cells = [cell.strip() for cell in row]
        if len(cells) != 2 or not all(re.fullmatch(r"[0-9]{1,4}", cell) for cell in cells):
            raise Refused("boundary-line-unfit", line=place, found=", ".join(cells))
        n, events = int(cells[0]), int(cells[1])
        if not (n > last[0] and last[1] <= events <= n):
            raise Refused("boundary-line-order", line=place, found=f"{events}/{n}")
        last = (n, events)
        made.append(last)
    return made


def shortened(looks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The looks at which a boundary can be met, each limit once with the most participants it holds for.

    A protocol's boundary means: with up to so many participants, stop at so many events. So the last look of each
    limit says the same as all of them.
    """
    possible = [(n, stop) for n, stop in looks if stop <= n]
    last_of = {stop: n for n, stop in possible}
    return [(n, stop) for stop, n in last_of.items()]


def typed(pairs: Sequence[tuple[int, int]]) -> str:
    """A boundary as it is typed: events of participants."""
    return " ".join(f"{events}/{n}" for n, events in pairs)
