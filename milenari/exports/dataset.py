"""Dataset: a table that is to leave the node, with all that a reader has to know about it.

Every format is written from datasets: SDTM, CSV with its dictionary, the analysis set. A dataset knows no format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

Value = str | int | Decimal | None
TYPES = ("string", "integer", "decimal", "date", "datetime")
ORIGINS = ("Collected", "Derived", "Assigned", "Protocol")


class DatasetError(ValueError):
    """A dataset that contradicts itself; a sentence."""


@dataclass(frozen=True)
class Term:
    """One value of a codelist and what it means; ``ours`` where the published list lacks it and is extended."""

    code: str
    meaning: str
    ours: bool = False


@dataclass(frozen=True)
class Codelist:
    """A closed or extensible list of values under a name."""

    code: str
    name: str
    terms: tuple[Term, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(term.code for term in self.terms)


@dataclass(frozen=True)
class Column:
    """One variable: what it is called, holds, how long it is, and where its values come from."""

    name: str
    label: str
    kind: str = "string"
    codelist: str = ""
    origin: str = "Collected"
    key: int = 0  # place among the columns that tell one row from another; 0: none of them
    note: str = ""  # how it was derived, or what its origin means here

    def __post_init__(self) -> None:
        if self.kind not in TYPES or self.origin not in ORIGINS:
            raise DatasetError(f"Column {self.name}: {self.kind} or {self.origin} is not in the list.")


@dataclass(frozen=True)
class Dataset:
    """Columns and rows, sorted by the keys. ``kind`` is the class of the standard it follows."""

    name: str
    label: str
    kind: str
    structure: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...] = ()
    reference: bool = False  # about the trial, not about one participant
    of: str = ""  # the dataset that a supplemental one belongs to

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise DatasetError(f"{self.name}, row {number}: {len(row)} values for {len(self.columns)} columns.")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(c.name for c in sorted((c for c in self.columns if c.key), key=lambda c: c.key))

    def column(self, name: str) -> list[Value]:
        place = self.names.index(name)
        return [row[place] for row in self.rows]

    def dicts(self) -> list[dict[str, Value]]:
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]

    def length(self, name: str) -> int:
        """The longest value of a column in bytes of UTF-8, one at least."""
        return max([1, *(len(str(value).encode()) for value in self.column(name) if value is not None)])


def filled(empty: Dataset, rows: Iterable[Mapping[str, Value]]) -> Dataset:
    """The dataset with these rows, in the order of its keys; a name that no column has is refused."""
    names = empty.names
    made: list[tuple[Value, ...]] = []
    for row in rows:
        strange = sorted(set(row) - set(names))
        if strange:
            raise DatasetError(f"{empty.name} has no column {', '.join(strange)}.")
        made.append(tuple(_plain(row.get(name)) for name in names))
    places = [names.index(key) for key in empty.keys]
    made.sort(key=lambda row: tuple(_rank(row[place]) for place in places))
    return replace(empty, rows=tuple(made))


def _plain(value: Value) -> Value:
    return None if value == "" else value


def _rank(value: Value) -> tuple[int, Decimal, str]:
    """Empty first, then numbers by size, then text."""
    if value is None:
        return (0, Decimal(0), "")
    if isinstance(value, int | Decimal):
        return (1, Decimal(value), "")
    return (2, Decimal(0), value)


def problems(dataset: Dataset, codelists: Mapping[str, Codelist]) -> list[str]:
    """What of a dataset is not as its columns say: kinds, codelists, missing or repeated keys. Sentences."""
    found: list[str] = []
    for place, column in enumerate(dataset.columns):
        listed = codelists.get(column.codelist) if column.codelist else None
        if column.codelist and listed is None:
            found.append(f"{dataset.name}.{column.name} names the codelist {column.codelist}, which is not there.")
        for number, row in enumerate(dataset.rows, 1):
            value = row[place]
            if value is None:
                if column.key:
                    found.append(f"{dataset.name} row {number}: the key {column.name} is empty.")
                continue
            if column.kind in ("integer", "decimal") and not isinstance(value, int | Decimal):
                found.append(f"{dataset.name} row {number}: {column.name} holds text in a column of numbers.")
            if column.kind in ("string", "date", "datetime") and not isinstance(value, str):
                found.append(f"{dataset.name} row {number}: {column.name} holds a number in a column of text.")
            if listed is not None and str(value) not in listed.codes:
                found.append(f"{dataset.name} row {number}: {column.name} is {value}, not in {listed.code}.")
    places = [dataset.names.index(key) for key in dataset.keys]
    seen: set[tuple[Value, ...]] = set()
    for number, row in enumerate(dataset.rows, 1):
        told = tuple(row[place] for place in places)
        if places and told in seen:
            found.append(f"{dataset.name} row {number}: its keys stand on an earlier row too.")
        seen.add(told)
    return found


@dataclass(frozen=True)
class Collected:
    """Datasets of one study under one snapshot, with the codelists that their columns name."""

    study: str
    datasets: tuple[Dataset, ...]
    codelists: dict[str, Codelist] = field(default_factory=dict)

    def find(self, name: str) -> Dataset:
        return next(d for d in self.datasets if d.name == name)

    def has(self, name: str) -> bool:
        return any(d.name == name for d in self.datasets)
