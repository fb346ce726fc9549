"""The recipes of the cast: a compact cell process under the published ARI-0001 specification, and a vector.

Specification: doi:10.1016/j.omtm.2018.11.010, Table 2. Vector tests: doi:10.1038/cgt.2014.81, Table 1.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
UNITS = {"CAR19+ cells/kg": "10*6/kg", "EU/mL": "[EU]/mL", "copies/cell": "{copies}/{cell}"}
LATE = ("sterility", "mycoplasma")
POTENCY = ("potency_a", "potency_b")


def table(name: str) -> list[dict[str, str]]:
    """The rows of a published table; its first lines, beginning with #, say where it was printed."""
    lines = (DATA / f"{name}.csv").read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def ari_specification() -> list[dict[str, Any]]:
    """The 13 printed criteria; only the cells per kg are restated, in units of 10*6."""
    rows = []
    for row in table("ari0001_release_spec"):
        test, per_kg = row["parameter"], row["unit"].endswith("/kg")
        made = {"test": test, "attribute": row["attribute"], "method": row["method"], "op": row["op"]}
        made["limit"] = str(Decimal(row["limit"]) / 10**6) if per_kg else row["limit"]
        if row["op"] != "eq":
            made["unit"] = UNITS.get(row["unit"], "%")
        extra = {
            "per_kg": per_kg,
            "late": test in LATE,
            "signed": test == "potency_b",
            "group": "potency" if test in POTENCY else "",
        }
        rows.append({**made, **{key: value for key, value in extra.items() if value}})
    return rows


def vector_specification() -> list[dict[str, Any]]:
    """The 15 printed lentiviral lot tests; a test without a printed limit is reported."""
    limits = {
        "<10 EU/mL": {"op": "lt", "limit": "10", "unit": "[EU]/mL"},
        "6.9-7.8": {"op": "between", "limit": "6.9", "high": "7.8", "unit": "[pH]"},
        "below detection or falling": {"op": "eq", "limit": "below detection"},
        **{word: {"op": "eq", "limit": word} for word in (
            "below detection", "no growth 14 d", "negative", "none detected", "opaque",
        )},
    }  # fmt: skip
    rows = []
    for row in table("lv_qc_tests"):
        test = row["test"].partition(" ng/mL")[0].replace(" ", "-")
        limit = limits.get(row["criterion"], {"op": "report"})
        rows.append({"test": test, "attribute": row["attribute"], "method": row["assay"], **limit})
    return rows


# Conditions of the fractions are not public for ARI-0001: these are the test's own.
PROTOCOL = {
    "name": "TEST-1", "planned_per_kg": "3", "shares_pct": ["10", "30", "60"],
    "min_interval_h": 24, "max_interval_d": 14, "max_crs": 1, "max_icans": 0, "weight_max_age_d": 14,
    "capd_below_years": 12, "b_cell_aplasia_below_per_ul": 10,
}  # fmt: skip

PHASES = [
    {
        "code": "P1", "unit_procedure": "selection", "operation": "select", "phase": "CD4 CD8",
        "equipment": "prodigy", "materials": ["CD4-BEADS"], "verify": True,
        "readings": [
            {"code": "viability", "units": ["%"], "low": "0", "high": "100", "op": "ge", "limit": "70"},
        ],
    },
    {
        "code": "P2", "unit_procedure": "transduction", "operation": "transduce", "phase": "vector",
        "vector": True, "within_h": 30, "readings": [],
    },
    {
        "code": "P3", "unit_procedure": "expansion", "operation": "expand", "phase": "sample",
        "readings": [
            {"code": "look", "options": ["cloudy", "clear", "clumps"], "op": "eq", "limit": "cloudy"},
            {"code": "glucose", "units": ["ng/mL"], "low": "0"},
        ],
    },
]  # fmt: skip


def cell_recipe(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "cell-product", "training": {"procedure": "SOP-ARI", "version": "1"}, "phases": PHASES,
        "specification": ari_specification(), "protocol": PROTOCOL, "collection_hold_h": 48,
        "product_shelf_life_h": 720,
        "reconciliation_tolerance_pct": "1", **changes,
    }  # fmt: skip


def vector_recipe(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "vector", "training": {"procedure": "SOP-LV", "version": "1"}, "phases": [],
        "specification": vector_specification(), **changes,
    }  # fmt: skip


# What the first published validation lot measured, at the patient's scale for the cells.
GOOD: dict[str, tuple[str, str]] = {
    "appearance": ("cloudy liquid solution", ""), "car_pos_cells": ("1000", "10*6"),
    "car_pos_pct": ("26.0", "%"), "cd3_pct": ("97.9", "%"), "viability_pct": ("97.9", "%"),
    "sterility": ("sterile", ""), "mycoplasma": ("absent", ""), "endotoxin": ("<=0.5", "[EU]/mL"),
    "adventitious_viruses": ("absent", ""), "vcn": ("1.45", "{copies}/{cell}"), "rcl": ("absent", ""),
    "potency_a": ("14.9", "%"), "potency_b": ("90.9", "%"),
}  # fmt: skip
