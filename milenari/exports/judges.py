"""Judges: each file against the schema of its standard before it leaves. A verdict says which schema and what failed.

XSD of ODM 1.3.2 and Define-XML 2.1 as odmlib ships them, read by libxml2; Dataset-JSON 1.1 by the fields and types of
its schema, restated here; transport files as pandas reads them back, value by value; FHIR R4B by the models of
fhir.resources. What CDISC's rules engine says is asked by ``script/core-check``, outside of the node.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from milenari.exports import xpt
from milenari.exports.dataset import Dataset

MOST = 20  # how many problems of one file are told


@dataclass(frozen=True)
class Verdict:
    """What one judge says of one file, or of a whole study; ``problems`` in the judge's own words."""

    judge: str
    of: str
    passed: bool
    problems: tuple[str, ...] = ()


def _verdict(judge: str, of: str, problems: Iterable[str]) -> Verdict:
    found = tuple(problems)
    return Verdict(judge, of, not found, found[:MOST])


# -- XML ------------------------------------------------------------------------------------------------


@cache
def _xsd(standard: str, version: str) -> Any:
    from lxml import etree
    from odmlib.schema_manager import get_schema_path

    return etree.XMLSchema(etree.parse(get_schema_path(standard, version)))


def _xml(judge: str, name: str, content: bytes, standard: str, version: str) -> Verdict:
    from lxml import etree

    schema = _xsd(standard, version)
    try:
        told = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as fault:
        return _verdict(judge, name, [str(fault)])
    if schema.validate(told):
        return _verdict(judge, name, ())
    return _verdict(judge, name, [f"line {e.line}: {e.message}" for e in schema.error_log] or ["not valid"])


def define(name: str, content: bytes) -> Verdict:
    """define.xml against Define-XML 2.1."""
    return _xml("define-2.1", name, content, "define", "2.1")


def odm(name: str, content: bytes) -> Verdict:
    """An ODM file against ODM 1.3.2."""
    return _xml("odm-1.3.2", name, content, "odm", "1.3.2")


# -- Dataset-JSON ---------------------------------------------------------------------------------------

_TOP = {
    "datasetJSONCreationDateTime": str, "datasetJSONVersion": str, "fileOID": str, "dbLastModifiedDateTime": str,
    "originator": str, "sourceSystem": dict, "studyOID": str, "metaDataVersionOID": str, "metaDataRef": str,
    "itemGroupOID": str, "records": int, "name": str, "label": str, "columns": list, "rows": list,
}  # fmt: skip
_TOP_NEEDED = ("datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label",
               "columns")  # fmt: skip
_COLUMN = {"itemOID": str, "name": str, "label": str, "dataType": str, "targetDataType": str, "length": int,
           "displayFormat": str, "keySequence": int}  # fmt: skip
_COLUMN_NEEDED = ("itemOID", "name", "label", "dataType")
_DATA = {"string": str, "integer": int, "decimal": str, "float": (int, float), "double": (int, float),
         "boolean": bool, "datetime": str, "date": str, "time": str, "URI": str}  # fmt: skip


def dataset_json(name: str, content: bytes) -> Verdict:
    """One Dataset-JSON file: fields and types of the standard, and rows that fit their columns."""
    return _verdict("dataset-json-1.1", name, _dataset_problems(content))


def _dataset_problems(content: bytes) -> list[str]:
    try:
        told = json.loads(content)
    except ValueError as fault:
        return [f"not JSON: {fault}"]
    if not isinstance(told, dict):
        return ["the file is no object"]
    found = _fields("file", told, _TOP, _TOP_NEEDED)
    if not str(told.get("datasetJSONVersion", "")).startswith("1.1"):
        found.append(f"datasetJSONVersion is {told.get('datasetJSONVersion')!r}, not 1.1")
    columns, rows = told.get("columns"), told.get("rows", [])
    if found or not isinstance(columns, list) or not isinstance(rows, list):
        return found
    for column in columns:
        found += _fields(f"column {column.get('name', '?')}", column, _COLUMN, _COLUMN_NEEDED)
        if column.get("dataType") not in _DATA:
            found.append(f"column {column.get('name', '?')}: dataType {column.get('dataType')!r} is not in the list")
    if told["records"] != len(rows):
        found.append(f"records says {told['records']}, there are {len(rows)} rows")
    return found or [problem for place, row in enumerate(rows, 1) for problem in _row_problems(place, row, columns)]


def _fields(of: str, told: dict[str, Any], known: dict[str, Any], needed: Iterable[str]) -> list[str]:
    found = [f"{of}: {key} is missing" for key in needed if key not in told]
    found += [f"{of}: {key} is no field of the standard" for key in told if key not in known]
    found += [f"{of}: {key} is {type(value).__name__}" for key, value in told.items()
              if key in known and not _is(value, known[key])]  # fmt: skip
    return found


def _is(value: Any, kind: Any) -> bool:
    """A boolean is no number here."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _row_problems(place: int, row: Any, columns: list[dict[str, Any]]) -> list[str]:
    if not isinstance(row, list) or len(row) != len(columns):
        return [f"row {place} does not have {len(columns)} values"]
    return [f"row {place}, {column['name']}: {value!r} is no {column['dataType']}"
            for value, column in zip(row, columns, strict=True)
            if value is not None and not _is(value, _DATA[column["dataType"]])]  # fmt: skip


def transport(name: str, dataset: Dataset, content: bytes) -> Verdict:
    """A transport file against the limits of the format, and against its dataset as another library reads it back."""
    return _verdict("xpt-5", name, xpt.lacking(dataset) or xpt.read_back(dataset, content))


# -- FHIR -----------------------------------------------------------------------------------------------


def fhir(name: str, content: bytes) -> Verdict:
    """A bundle against the R4B models of fhir.resources, and every reference against what the bundle holds."""
    from fhir.resources.R4B.bundle import Bundle

    try:
        told = json.loads(content)
        Bundle.model_validate(told)
    except ValueError as fault:  # pydantic's own is one
        return _verdict("fhir-r4b", name, str(fault).splitlines())
    held = {entry["fullUrl"] for entry in told["entry"]}
    missing = sorted(set(_references(told)) - held)
    return _verdict("fhir-r4b", name, (f"{url} is referred to and not in the bundle" for url in missing))


def _references(told: Any) -> Iterable[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            if key == "reference" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(told, list):
        for value in told:
            yield from _references(value)
