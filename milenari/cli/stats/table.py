"""A CSV file as typed by people: read strictly, refused with file, line, column and what to do.

First line: names of columns. Separator: comma. Decimals: a point. Lines that begin with # and empty lines are skipped.
A column named ``unit`` says the unit of every row and has to say the same in all of them.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST = 32 * 1024 * 1024  # bytes
MOST_ROWS = 1_000_000
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NOTHING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}


class BadTable(Exception):
    """What is wrong with a file: a code, a whole sentence, and where."""

    def __init__(self, code: str, sentence: str, **facts: Any):
        super().__init__(sentence)
        self.code, self.sentence, self.facts = code, sentence, facts


@dataclass(frozen=True)
class Table:
    """Cells by column, row by row; ``lines`` are the file's line numbers, ``unit`` is empty where none is stated."""

    name: str
    columns: dict[str, list[str]]
    lines: list[int]
    places: dict[str, int]
    unit: str

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, column: str) -> bool:
        return column in self.columns

    def text(self, column: str, optional: bool = False) -> list[str]:
        """A column of names; an empty cell is refused unless ``optional``."""
        if optional and column not in self.columns:
            return [""] * len(self)
        for cell, line in zip(self.columns[column], self.lines, strict=True):
            if not cell and not optional:
                self.refuse("cell-empty", line, column, "is empty. Fill it in or remove the row.")
        return self.columns[column]

    def numbers(self, column: str, optional: bool = False) -> list[Any]:
        """A column of numbers, as written; with ``optional`` an empty cell or missing column is None."""
        if optional and column not in self.columns:
            return [None] * len(self)
        made: list[Any] = []
        for cell, line in zip(self.columns[column], self.lines, strict=True):
            if not cell and optional:
                made.append(None)
                continue
            self._number(cell, line, column)
            made.append(cell)
        return made

    def _number(self, cell: str, line: int, column: str) -> None:
        if NUMBER.fullmatch(cell):
            if len(cell) > 60:
                self.refuse("not-a-number", line, column, "has more than 60 signs; round the number.")
            return
        if cell.lower() in NOTHING:
            self.refuse("cell-empty", line, column, f"has no number ({cell or 'empty'}). A missing result is not "
                        "guessed: complete it or remove the row.")  # fmt: skip
        if re.fullmatch(r"[+-]?\d+,\d+", cell):
            self.refuse("decimal-comma", line, column, f"is {cell!r} with a decimal comma. Write a point: "
                        f"{cell.replace(',', '.')}.")  # fmt: skip
        if cell[0] in "<>≤≥":
            self.refuse("bound-only", line, column, f"is {cell!r}, which is only a bound. These methods need measured "
                        "values; remove the row and say so in the report.")  # fmt: skip
        if re.match(r"[+-]?\d", cell) and re.search(r"[^\d.,eE+ -]", cell):
            self.refuse("not-a-number", line, column, f"is {cell!r}. Write the number alone and the unit in a column "
                        "named unit or in --unit.")  # fmt: skip
        self.refuse("not-a-number", line, column, f"is {cell!r}, which is not a number.")

    def refuse(self, code: str, line: int, column: str, what: str) -> None:
        """Raise BadTable that names file, line and column."""
        place = self.places.get(column, 0)
        raise BadTable(code, f"{self.name}, line {line}, column {place} ({column}) {what}", file=self.name, line=line,
                       column=column)  # fmt: skip


def read(source: str, needed: Sequence[str], optional: Sequence[str] = (), renamed: dict[str, str] | None = None,
         unit: str = "") -> Table:  # fmt: skip
    """The file at ``source`` (``-`` is standard input) with the columns asked for; raises BadTable."""
    name = "standard input" if source == "-" else source
    lines = _lines(source, name)
    if not lines:
        raise BadTable(
            "file-empty", f"{name} is empty. The first line names the columns: {','.join(needed)}.", file=name
        )
    header_line, header = lines[0]
    if (len(header) == 1 and ";" in header[0]) or "\t" in header[0]:
        raise BadTable("wrong-separator", f"{name}, line {header_line}: columns are separated by "
                       f"{'semicolons' if ';' in header[0] else 'tabs'}. Save the file as CSV with commas, and "
                       "decimals with a point.", file=name, line=header_line)  # fmt: skip
    found = [cell.strip().lower() for cell in header]
    wanted = {want: (renamed or {}).get(want, want).lower() for want in (*needed, *optional, "unit")}
    missing = [wanted[want] for want in needed if wanted[want] not in found]
    if missing:
        raise BadTable("wrong-header", f"{name}, line {header_line}: no column {', '.join(missing)}. The columns "
                       f"found are {', '.join(found)}; needed are {', '.join(needed)}. Rename them, or say "
                       "--column NAME=HEADER.", file=name, line=header_line, missing=missing)  # fmt: skip
    twice = [cell for cell in dict.fromkeys(found) if cell and found.count(cell) > 1]
    if twice:
        raise BadTable("column-twice", f"{name}, line {header_line}: {twice[0]} names two columns. Rename one.",
                       file=name, line=header_line)  # fmt: skip
    places = {want: found.index(head) + 1 for want, head in wanted.items() if head in found}
    places |= {head: at + 1 for at, head in enumerate(found) if head and head not in wanted.values()}
    _rectangular(name, lines, len(header))
    if len(lines) < 2:
        raise BadTable("no-rows", f"{name} has a header and no rows. Add the results.", file=name)
    columns = {want: [cells[at - 1].strip() for _, cells in lines[1:]] for want, at in places.items()}
    table = Table(name, columns, [line for line, _ in lines[1:]], places, unit)
    return Table(name, columns, table.lines, places, _unit(table, unit))


def _lines(source: str, name: str) -> list[tuple[int, list[str]]]:
    try:
        if source == "-":
            raw = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(LARGEST + 1)
    except OSError as fault:
        raise BadTable("file-unreadable", f"{name} cannot be read: {fault.strerror}.", file=name) from fault
    if len(raw) > LARGEST:
        raise BadTable("file-too-large", f"{name} is larger than {LARGEST // 1024 // 1024} MiB. Split it, or leave out "
                       "columns that are not needed.", file=name)  # fmt: skip
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise BadTable("not-utf8", f"{name}, line {line}: not UTF-8 text. Save the file as CSV in UTF-8.", file=name,
                       line=line) from fault  # fmt: skip
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    made: list[tuple[int, list[str]]] = []
    hole = 0  # the line of an empty row; one at the end is no missing result, one between two rows is
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                hole = hole or (reader.line_num if made and (cells or len(made[0][1]) == 1) else 0)
                continue
            if cells[0].lstrip().startswith("#"):
                continue
            if hole:
                raise BadTable("cell-empty", f"{name}, line {hole}: the row is empty. A missing result is not guessed: "
                               "complete it or remove the row.", file=name, line=hole)  # fmt: skip
            made.append((reader.line_num, cells))
            if len(made) > MOST_ROWS + 1:
                raise BadTable("too-many-rows", f"{name} has more than {MOST_ROWS} rows. Split it.", file=name)
    except csv.Error as fault:
        raise BadTable("not-csv", f"{name}, line {reader.line_num}: not CSV: {fault}.", file=name,
                       line=reader.line_num) from fault  # fmt: skip
    return made


def _rectangular(name: str, lines: list[tuple[int, list[str]]], width: int) -> None:
    for line, cells in lines[1:]:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            continue
        if len(cells) != width:
            hint = " Is there a decimal comma in it? Write decimals with a point." if len(cells) > width else ""
            raise BadTable("row-uneven", f"{name}, line {line}: {len(cells)} cells; the header has {width}.{hint}",
                           file=name, line=line)  # fmt: skip


def _unit(table: Table, unit: str) -> str:
    if not table.has("unit"):
        return unit
    first = table.columns["unit"][0]
    for found, line in zip(table.columns["unit"], table.lines, strict=True):
        if found != first:
            table.refuse("units-mixed", line, "unit", f"says {found or 'nothing'} while line {table.lines[0]} says "
                         f"{first or 'nothing'}. Convert all values to one unit.")  # fmt: skip
    if unit and first and unit != first:
        table.refuse("units-mixed", table.lines[0], "unit", f"says {first} while --unit says {unit}. Which is it?")
    return first or unit
