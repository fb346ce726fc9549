"""XPT: an SDTM dataset as a SAS transport file, version 5, the form that agencies have taken for long.

Written by pyreadstat (ReadStat). The format holds names of 8 and labels of 40 letters, text of 200 bytes, and no mark
of an encoding, so text is ASCII: an accent is left off, and a letter that has no ASCII one becomes a question mark. The
Dataset-JSON beside it has everything as it was written. The library stamps its files with the clock; the snapshot's
time is put there instead: the same snapshot gives the same bytes. Layout: SAS technical note TS-140 (recalled).
"""

from __future__ import annotations

import io
import re
import tempfile
import unicodedata
from datetime import datetime
from pathlib import Path

from milenari.exports.dataset import Dataset, Value
from milenari.exports.study import Snapshot

NAME, LABEL, TEXT = 8, 40, 200
_STAMPS = (144, 160, 464, 480)  # where the file and its dataset say when they were made and changed
_STAMP = 16


def lacking(dataset: Dataset) -> list[str]:
    """Why a dataset does not fit into a transport file; sentences, none when it does."""
    found = []
    if len(dataset.name) > NAME or len(dataset.label) > LABEL:
        found.append(f"{dataset.name}: its name or label is too long for a transport file.")
    for place, column in enumerate(dataset.columns):
        if len(column.name) > NAME or len(column.label) > LABEL:
            found.append(f"{dataset.name}.{column.name}: its name or label is too long for a transport file.")
        long = sum(1 for row in dataset.rows if isinstance(row[place], str) and len(ascii_of(str(row[place]))) > TEXT)
        if long:
            found.append(f"{dataset.name}.{column.name}: a text of more than {TEXT} letters in {long} rows.")
    return found


def ascii_of(text: str) -> str:
    """Text in ASCII: without accents, with a question mark for a letter that has none."""
    plain = unicodedata.normalize("NFKD", text.replace("\u2013", "-").replace("\u2019", "'"))
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return "".join(one if one.isascii() and one.isprintable() else "?" for one in kept)


def xpt(dataset: Dataset, snapshot: Snapshot) -> bytes:
    """The dataset as one transport file; whoever calls has asked ``lacking`` first."""
    import pandas
    import pyreadstat

    columns = {
        column.name: pandas.Series(
            [_number(row[place]) if column.kind in ("integer", "decimal") else _text(row[place])
             for row in dataset.rows],
            dtype="float64" if column.kind in ("integer", "decimal") else "object",
        )
        for place, column in enumerate(dataset.columns)
    }  # fmt: skip
    labels: dict[str, str | None] = {column.name: ascii_of(column.label) for column in dataset.columns}
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "one.xpt"
        pyreadstat.write_xport(pandas.DataFrame(columns), into, file_label=ascii_of(dataset.label),
                               column_labels=labels, table_name=dataset.name, file_format_version=5)  # fmt: skip
        made = bytearray(into.read_bytes())
    stamp = _stamp(snapshot.written_at)
    for place in _STAMPS:
        _is_a_stamp(bytes(made[place : place + _STAMP]))
        made[place : place + _STAMP] = stamp
    return bytes(made)


def _nought(read: float) -> float:
    """What pandas makes of eight zero bytes, which are nought in this format: the smallest number it could hold."""
    return 0.0 if read == 16.0**-65 else read


def _number(value: Value) -> float | None:
    return None if value is None else float(str(value))


def _text(value: Value) -> str:
    return "" if value is None else ascii_of(str(value))


def read_back(dataset: Dataset, content: bytes) -> list[str]:
    """What of a transport file is not as the dataset says, read by pandas, which shares nothing with the writer."""
    import pandas

    with pandas.read_sas(io.BytesIO(content), format="xport", encoding="ascii", iterator=True) as reader:
        reader.nobs = len(
            dataset.rows
        )  # the format does not hold it, and pandas takes blanks of short rows for padding
        columns = list(reader.columns)
        found = reader.read() if dataset.rows else pandas.DataFrame(columns=columns)
    if columns != list(dataset.names):
        return [f"{dataset.name}: its columns are {', '.join(columns)}."]
    wrong = []
    for place, column in enumerate(dataset.columns):
        number = column.kind in ("integer", "decimal")
        for n, (row, read) in enumerate(zip(dataset.rows, found[column.name], strict=True), 1):
            meant = _number(row[place]) if number else _text(row[place]).rstrip(" ")
            said = (None if pandas.isna(read) else _nought(float(read))) if number else str(read)
            if meant != said:
                wrong.append(f"{dataset.name} row {n}: {column.name} is {said}, not {meant}.")
    return wrong


MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def _stamp(at: datetime) -> bytes:
    """SAS's way to write a time: 09FEB26:13:04:05."""
    return f"{at:%d}{MONTHS[at.month - 1]}{at:%y:%H:%M:%S}".encode()


def _is_a_stamp(found: bytes) -> None:
    """Fails when a later library lays its files out otherwise, rather than to write into the data."""
    if not re.fullmatch(rb"\d\d[A-Z]{3}\d\d(:\d\d){3}", found):
        raise ValueError(f"A transport file has {found!r} where its time is to stand.")
