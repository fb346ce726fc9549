"""Published: the figures that others printed, read from the copied tables with their source headers."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib.resources import files
from typing import Any

ARI_SOURCE = "doi:10.1016/j.omtm.2018.11.010, Table 2"
ARI_LOTS = ("ARI0001/01", "ARI0001/02", "ARI0001/03")  # the three validation lots
HCAR_SOURCE = "doi:10.1158/1535-7163.MCT-20-0476, Table 2"
LV_SOURCE = "doi:10.1038/cgt.2014.81, Table 1"

# Columns of the lots table that are named otherwise than the tests of the specification table.
_RENAMED = {
    "car_pos_cells_e6": "car_pos_cells",
    "endotoxin_eu_ml": "endotoxin",
    "potency_a_pct": "potency_a",
}


def _text(name: str) -> str:
    return (files("milenari.demo") / "data" / name).read_text(encoding="utf-8")


def table(name: str) -> list[dict[str, str]]:
    """The rows of a copied table, without the ``#`` lines that name its source."""
    lines = [line for line in _text(f"{name}.csv").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@cache
def document(name: str) -> Any:
    return json.loads(_text(f"{name}.json"))


def ari_lot(lot: str) -> dict[str, str]:
    """The 13 printed results of one ARI-0001 validation lot, by test; ``<=0.5`` stays as printed."""
    row = next(r for r in table("ari0001_validation_lots") if r["lot"] == lot)
    return {_RENAMED.get(key, key): value for key, value in row.items() if key != "lot"}


def hcar_batch(number: int) -> dict[str, str]:
    """The ten printed results of one of the three HCAR19 batches, by test."""
    return {row["parameter"]: row[f"batch{number}"] for row in table("hcar19_gmp_lots")}
