"""A batch: from the bag on the bench to filled fractions, and its release tests.

Readings are fictional and follow the recipe's own definitions; results of replayed lots are the published ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from milenari.demo import published, story_labels
from milenari.demo.story_vector import result
from milenari.demo.teller import Scene
from milenari.journal import attached

RECIPE = "ari0001_v2"  # unless another is named

# Day of culture on which each phase is done, and at which hour.
WHEN = {
    "P010": (0, 8), "P020": (0, 9), "P030": (0, 10), "P040": (0, 13), "P050": (1, 11), "P060": (3, 10),
    "P070": (4, 10), "P080": (5, 10), "P090": (6, 10), "P100": (8, 8), "P110": (8, 9), "P120": (8, 11),
    "R010": (0, 9), "R020": (0, 10), "R030": (0, 13),
}  # fmt: skip
HARVEST_DAY = 8

NOMINAL = {
    "room_status": "cleared", "integrity_test": "passed", "bag_identity": "matches", "wbc_total": "4200",
    "bag_viability_pct": "98.6", "bag_cd3_pct": "41", "selected_cells": "310", "purity_pct": "97.1",
    "recovery_pct": "58", "seeded_cells": "100", "culture_volume": "70", "chamber_temperature": "37.0",
    "since_activation": "22", "vector_volume": "6.5", "moi": "9.75", "wash_volume": "900",
    "ipc_viability_pct": "93.5", "ipc_car_pct": "24.0", "viable_cells": "1450", "culture_ph": "7.1",
    "culture_day": "8", "viability_pct": "96.8", "product_volume": "100", "final_viability_pct": "97.4",
    "label_identity": "matches", "labels_printed": "8",
    "reference": "named", "rows_transcribed": "10", "transcribed": "checked",
}  # fmt: skip

# How much of each material class one phase takes.
AMOUNTS = {
    "tubing-set": "1", "cd4-reagent": "7.5", "cd8-reagent": "7.5", "selection-buffer": "1500", "medium": "250",
    "ab-serum": "7.5", "activator": "4", "il-7": "10850", "il-15": "20300", "formulation-buffer": "500",
}  # fmt: skip
UNITS = {"tubing-set": "{bag}", "il-7": "[IU]", "il-15": "[IU]"}
EQUIPMENT = {"cell-processor": "P1", "cell-counter": "C1"}


def make(
    s: Scene,
    batch: str,
    journey: str,
    bag: str,
    coi: str,
    container: str,
    *,
    started: int,
    recipe: str = RECIPE,
    until: str = "",
    unverified: bool = False,
    readings: Mapping[str, str] | None = None,
    room: str = "",
) -> None:
    """Start a batch ``started`` days ago and do its phases, up to and including ``until``."""
    s.at(started, 7, 30)
    version = published.document(recipe)["number"]
    s.do("operator", "start-batch", batch=batch, journey=journey, collection=bag, process_version=version, label=coi)
    work(s, batch, container, started, recipe=recipe, until=until, unverified=unverified, readings=readings,
         room=room)  # fmt: skip


def work(
    s: Scene,
    batch: str,
    container: str,
    started: int,
    *,
    recipe: str = RECIPE,
    until: str = "",
    unverified: bool = False,
    readings: Mapping[str, str] | None = None,
    processor: str = EQUIPMENT["cell-processor"],
    room: str = "",
) -> None:
    """The phases of a batch or run that has begun, each with its materials, its instrument and its second person.

    ``room`` is cleared for the batch by two persons and named with every step.
    """
    instruments = {**EQUIPMENT, "cell-processor": processor}
    place = f"{s.site}-{room}" if room else ""
    if place:
        s.at(started, 7, 40)
        s.do("operator", "clear-line", what=f"room:{place}", batch=batch, material_gone=True, papers_gone=True,
             clean=True)  # fmt: skip
        s.do("trainer", "confirm-clearance", what=f"room:{place}", batch=batch)
    for phase in published.document(recipe)["recipe"]["phases"]:
        code = phase["code"]
        day, hour = WHEN[code]
        s.at(started - day, hour)
        for kind in phase.get("materials", ()):
            amount = {"value": AMOUNTS[kind], "unit": UNITS.get(kind, "mL")}
            s.do("operator", "consume-material", batch=batch, material=f"{s.site}-{kind}-01", amount=amount)
        if phase.get("vector"):
            s.do("operator", "spend-container", batch=batch, container=container)
        equipment = f"{s.site}-{instruments[phase['equipment']]}" if phase.get("equipment") else ""
        s.do("operator", "sign-step", batch=batch, phase=code, equipment=equipment, room=place,
             readings=_readings(phase, readings or {}))  # fmt: skip
        last = code == until
        if phase.get("verify") and not (last and unverified):
            s.do("trainer", "verify-step", batch=batch, phase=code)
        if last:
            return


def _readings(phase: Mapping[str, Any], changed: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for reading in phase["readings"]:
        value = changed.get(reading["code"], NOMINAL[reading["code"]])
        units = reading.get("units")
        found[reading["code"]] = {"value": value, "unit": units[0]} if units else value
    return found


def attach_printout(s: Scene, batch: str, item: str) -> None:
    """The counter's printout of the in-process control, as a text file beside the deviation that it shows."""
    kept = attached.keep(PRINTOUT.encode())
    attached.settle(kept.sha256)
    s.do(
        "operator",
        "attach-file",
        of=f"batch:{batch}",
        attachment=f"AT-{batch}-1",
        item=item,
        sha256=kept.sha256,
        name="counter.txt",
        media_type=kept.media_type,
        size=kept.size,
        shows="Printout of the cell counter",
    )


PRINTOUT = """CELL COUNTER (fictional) in-process control
viability          93.5 %
CAR+ of CD3+        4.2 %
viable cells     1450 x10^6
"""


def finish(s: Scene, batch: str, started: int, cells_e6: str, weight_kg: str, language: str = "") -> None:
    """Harvest, fill the fractions that the weight asks for, and account for every cell."""
    s.at(started - HARVEST_DAY, 12)
    s.do("operator", "harvest-batch", batch=batch, cells={"value": cells_e6, "unit": "10*6"},
         volume={"value": "100", "unit": "mL"})  # fmt: skip
    s.do("operator", "fill-batch", batch=batch, volume={"value": "10", "unit": "mL"})
    if language:
        story_labels.of_batch(s, batch, language)
    sampled, retained = Decimal(60), Decimal(200)
    # What is left is discarded, but for 0.3 % that the counts do not find again.
    left = Decimal(cells_e6) - Decimal(weight_kg) - sampled - retained
    discarded = left - (Decimal(cells_e6) * 3 / 1000).quantize(Decimal("0.1"))
    parts = {"sampled": sampled, "retained": retained, "discarded": discarded}
    counted: dict[str, Any] = {name: {"value": str(v), "unit": "10*6"} for name, v in parts.items()}
    s.do("trainer", "reconcile-batch", batch=batch, **counted)


def test(
    s: Scene,
    batch: str,
    results: Mapping[str, str],
    source: str,
    started: int,
    late: bool,
    recipe: str = RECIPE,
) -> None:
    """Sample all tests on the day of harvest and enter the early results; the late ones only if ``late``."""
    s.at(started - HARVEST_DAY, 14)
    s.do("analyst", "take-sample", of=f"batch:{batch}", sample=f"{batch}-S1", tests=list(results))
    s.at(started - HARVEST_DAY - 1, 9)
    enter(s, batch, {k: v for k, v in results.items() if late or not _rows(recipe)[k].get("late")}, source, recipe)


def enter(s: Scene, batch: str, results: Mapping[str, str], source: str, recipe: str = RECIPE) -> None:
    """Enter results and have them confirmed by the second analyst."""
    rows = _rows(recipe)
    for test, value in results.items():
        unit = rows[test].get("unit", "").removesuffix("/kg")
        method = f"{rows[test]['method']}. {source}"[:120]
        s.do("analyst", "record-result", of=f"batch:{batch}", test=test, method=method, **result(value, unit))
    for test in results:
        s.do("analyst2", "verify-result", of=f"batch:{batch}", test=test)


def _rows(recipe: str) -> dict[str, dict[str, Any]]:
    return {row["test"]: row for row in published.document(recipe)["recipe"]["specification"]}


def release(
    s: Scene, batch: str, stage: str, days_ago: int, remarks: str = "Batch record and results reviewed"
) -> None:
    """Trail review by QA, certification by the QP, release by QA: three signatures of two people who made nothing."""
    s.at(days_ago, 9)
    s.do("qa", "review-trail", of=f"batch:{batch}", remarks=remarks)
    s.do("qp", "certify-batch", batch=batch, stage=stage)
    s.do("qa", "release-batch", batch=batch, stage=stage)
