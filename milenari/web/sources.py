"""Sources: for every datum on a journey's page, the act by which it was entered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from milenari.journal import origin

ACTIONS = (
    "refer-patient", "record-consent", "withdraw-consent", "confirm-eligibility", "issue-coi", "book-slot",
    "collect-cells", "label-bag", "count-cells", "accept-collection", "start-batch", "harvest-batch", "fill-batch",
    "spend-container", "release-batch", "reject-batch", "recall-batch", "supply-oos", "decide-fraction",
    "administer-fraction", "dispatch", "receive", "erase-identity", "record-death",
    "record-response", "record-relapse", "record-transplant", "record-visit",
)  # fmt: skip
# What a page calls a datum -> the action that enters it; where it can be entered again, the newest counts.
JOURNEY = {"referred": "refer-patient", "coi": "issue-coi", "slot": "book-slot", "eligible": "confirm-eligibility"}
COLLECTION = {"collected": "collect-cells", "labelled": "label-bag", "counted": "count-cells",
              "accepted": "accept-collection", "used": "start-batch"}  # fmt: skip
BATCH = {"started": "start-batch", "harvested": "harvest-batch", "vector": "spend-container"}
DOSE = {"filled": "fill-batch", "decided": "decide-fraction", "given": "administer-fraction"}
STATIONS = {
    "referred": "refer-patient", "consented": "record-consent", "eligible": "confirm-eligibility",
    "identified": "issue-coi", "slot-booked": "book-slot", "collected": "collect-cells",
    "manufacture-started": "start-batch", "infused": "administer-fraction", "withdrawn": "withdraw-consent",
    "died": "record-death", "response": "record-response", "relapsed": "record-relapse", "followed": "record-visit",
}  # fmt: skip


@dataclass
class Sources:
    """Acts by what a page calls the datum: of the journey, and of each bag, batch and fraction by its code."""

    journey: dict[str, str] = field(default_factory=dict)
    consents: list[str] = field(default_factory=list)
    collections: dict[str, dict[str, str]] = field(default_factory=dict)
    batches: dict[str, dict[str, str]] = field(default_factory=dict)
    doses: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)  # by the position that a register row names
    stations: dict[str, str] = field(default_factory=dict)


def of_journey(sheet: Any, parts: dict[str, list[Any]]) -> Sources:
    """All of it by three questions, however long the history; ``parts`` are the register rows of the journey."""
    name = f"journey:{sheet.code}"
    subjects = [name, *(row.subject for kind in ("collections", "batches", "doses") for row in parts[kind])]
    acts = origin.acts_about(subjects, ACTIONS)
    found = Sources()
    found.journey = _newest(acts, name, JOURNEY)
    found.journey["weight"] = _weight(name, sheet)
    found.consents = acts.get((name, "record-consent"), [])
    found.collections = {row.code: _newest(acts, row.subject, COLLECTION) for row in parts["collections"]}
    found.doses = {row.code: _newest(acts, row.subject, DOSE) for row in parts["doses"]}
    for row in parts["batches"]:
        found.batches[row.code] = _newest(acts, row.subject, BATCH)
        found.batches[row.code]["decision"] = next(
            (acts[row.subject, code][-1] for code in _deciding(row) if (row.subject, code) in acts), "")  # fmt: skip
    found.rows = origin.acts_at(row.entry for kind in ("visits", "outcomes", "deviations") for row in parts[kind])
    found.stations = {code: acts[name, act][0] for code, act in STATIONS.items() if (name, act) in acts}
    return found


def _deciding(row: Any) -> Iterable[str]:
    """The actions that can have given a batch its present decision, the likeliest first."""
    first = {"recalled": "recall-batch", "rejected": "reject-batch", "out-of-specification": "supply-oos"}
    return (first[row.decision],) if row.decision in first else ("release-batch",)


def _newest(acts: dict[tuple[str, str], list[str]], subject: str, wanted: dict[str, str]) -> dict[str, str]:
    return {datum: acts[subject, action][-1] for datum, action in wanted.items() if (subject, action) in acts}


def _weight(name: str, sheet: Any) -> str:
    """The weighing that counts: an older one entered late does not replace the newer."""
    for seen in reversed(origin.entries_of([name], ["record-weight"])):
        act: Any = seen.entry.action
        if (act.on, act.weight.value) == (sheet.weight_on, sheet.weight_kg):
            return seen.act
    return ""
