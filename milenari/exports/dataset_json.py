"""Dataset-JSON 1.1: one file per dataset. CDISC, Dataset-JSON v1.1 (schema dataset.schema.json)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from milenari.exports.dataset import Column, Dataset, Value
from milenari.exports.study import Snapshot

VERSION = "1.1.0"
DEFINE = "define.xml"
# Numbers travel as JSON numbers; dates stay ISO 8601 text, whole or not, as SDTM keeps them.
KINDS = {"string": "string", "integer": "integer", "decimal": "float", "date": "string", "datetime": "string"}


def group_oid(dataset: Dataset) -> str:
    return f"IG.{dataset.name}"


def item_oid(dataset: Dataset, column: Column) -> str:
    return f"IT.{dataset.name}.{column.name}"


def study_oid(snapshot: Snapshot) -> str:
    return f"STUDY.{snapshot.study}"


def version_oid(snapshot: Snapshot) -> str:
    return f"MDV.{snapshot.study}.SDTM"


def dataset_json(dataset: Dataset, snapshot: Snapshot) -> bytes:
    """The file of one dataset, the same bytes each time."""
    told = {
        "datasetJSONCreationDateTime": snapshot.created,
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study_oid(snapshot)}.{dataset.name}",
        "dbLastModifiedDateTime": snapshot.created,
        "originator": "milenari",
        "sourceSystem": {"name": "milenari", "version": snapshot.software},
        "studyOID": study_oid(snapshot),
        "metaDataVersionOID": version_oid(snapshot),
        "metaDataRef": DEFINE,
        "itemGroupOID": group_oid(dataset),
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, column) for column in dataset.columns],
        "rows": [[_value(value) for value in row] for row in dataset.rows],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _column(dataset: Dataset, column: Column) -> dict[str, Any]:
    made: dict[str, Any] = {"itemOID": item_oid(dataset, column), "name": column.name, "label": column.label,
                            "dataType": KINDS[column.kind]}  # fmt: skip
    if KINDS[column.kind] == "string":
        made["length"] = dataset.length(column.name)
    if column.key:
        made["keySequence"] = dataset.keys.index(column.name) + 1
    return made


def _value(value: Value) -> Any:
    return float(value) if isinstance(value, Decimal) else value
