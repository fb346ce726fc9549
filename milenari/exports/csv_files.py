"""CSV: each dataset as a table (RFC 4180, UTF-8), and a dictionary that says what every column of each holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from milenari.exports.dataset import Collected, Dataset, Value

DICTIONARY = "dictionary.csv"
HEADING = ("dataset", "variable", "label", "type", "longest", "key", "origin", "codelist", "values", "note")


def table(dataset: Dataset) -> bytes:
    """One dataset; an empty value is empty, a decimal is written as it was entered."""
    return _written([dataset.names, *([_text(value) for value in row] for row in dataset.rows)])


def dictionary(collected: Collected) -> bytes:
    """What stands in each column: type, longest value, place in the key, origin, allowed values, how it was derived."""
    rows: list[Sequence[Any]] = [HEADING]
    for dataset in collected.datasets:
        for column in dataset.columns:
            listed = collected.codelists.get(column.codelist)
            values = "; ".join(f"{t.code} = {t.meaning}" for t in listed.terms) if listed else ""
            place = dataset.keys.index(column.name) + 1 if column.key else ""
            rows.append((dataset.name, column.name, column.label, column.kind, dataset.length(column.name), place,
                         column.origin, column.codelist, values, column.note))  # fmt: skip
    return _written(rows)


def _text(value: Value) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def _written(rows: Iterable[Iterable[Any]]) -> bytes:
    into = io.StringIO()
    csv.writer(into, lineterminator="\r\n").writerows(rows)
    return into.getvalue().encode()
