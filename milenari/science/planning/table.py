"""Published instances kept as a table: CSV with comment lines (#), a header, and one figure a row.

Three layouts are known, told apart by their header. `example,parameter,product,period,value` is a plant
(`science/planning/plant.py`), `kind,index1,index2,value` one suite (`science/planning/suite.py`), and
`centre,tier,day,patients` goes with a .dat file (`science/planning/ishipment_wait.py`). Rows that hold
published results are left out of an instance.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import NoReturn

from milenari.science.computed import Unfit

PLANT = ("example", "parameter", "product", "period", "value")
SUITE = ("kind", "index1", "index2", "value")
COHORT = ("centre", "tier", "day", "patients")
MOST_ROWS = 100_000


@dataclass(frozen=True)
class Row:
    """A row by its column's name, and its line in the file."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A file's rows under its header."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def is_table(text: str) -> bool:
    """Whether a file begins, after its comments, with a header that is known here."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return tuple(one.strip() for one in first.split(",")) in (PLANT, SUITE)


def parse(text: str, name: str) -> Table:
    """The whole file, or Unfit with the line that cannot be read."""
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        if not header:
            header = tuple(cells)
            continue
        if len(cells) != len(header):
            refuse(name, number, f"has {len(cells)} cells; the header has {len(header)}")
        if len(rows) >= MOST_ROWS:
            raise Unfit("too-many", f"{name} has more than {MOST_ROWS} rows.", file=name, most=MOST_ROWS)
        rows.append(Row(number, dict(zip(header, cells, strict=True))))
    return Table(name, header, tuple(rows))


def number(table: str, row: Row, column: str = "value") -> float:
    """A figure of a row: finite and not negative."""
    word = row.cells[column]
    try:
        made = float(word)
    except ValueError:
        refuse(table, row.line, f"has {word!r} for {column}, which is not a number")
    if not math.isfinite(made) or made < 0:
        refuse(table, row.line, f"has {word} for {column}; every figure here is finite and not negative")
    return made


def refuse(name: str, line: int, what: str) -> NoReturn:
    raise Unfit("dat-unreadable", f"{name}, line {line} {what}.", file=name, line=line)
