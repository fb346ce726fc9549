"""Judging: the readings of a phase beside their limits, as the record and the second person see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from milenari.rules.specification import Criterion, judge
from milenari.words import Facts


@dataclass(frozen=True)
class Reading:
    """One reading of a phase: value, limit if it has one, and the outcome of comparing them."""

    code: str
    label: str
    value: Any
    limit: Any
    outcome: str


@dataclass(frozen=True)
class Judged:
    """One phase of the recipe, with what was done if it was done."""

    defined: Facts
    done: Any
    readings: list[Reading]
    materials: list[Any]
    waits: bool

    @property
    def outside(self) -> list[Reading]:
        return [r for r in self.readings if r.outcome not in ("", "pass")]


def judged_phases(sheet: Any) -> list[Judged]:
    """Every phase of a batch's own recipe."""
    done = {step.phase: step for step in sheet.steps}
    waiting = sheet.awaiting_verification()
    found = []
    for defined in sheet.phases:
        step = done.get(defined["code"])
        given = dict(step.readings) if step else {}
        readings = [_reading(r, given.get(r["code"])) for r in defined.get("readings", ())]
        used = [line for line in sheet.consumed if line[0] == defined["code"]]
        found.append(Judged(defined, step, readings, used, defined["code"] in waiting))
    return found


def judged_phase(sheet: Any, code: str) -> Judged | None:
    return next((phase for phase in judged_phases(sheet) if phase.defined["code"] == code), None)


def _reading(defined: Facts, value: Any) -> Reading:
    limited = defined.get("op", "report") != "report"
    outcome = ""
    if limited and value is not None:
        unit = (defined.get("units") or [""])[0]
        criterion = Criterion(defined["code"], "", "", defined["op"], defined.get("limit", ""),
                              defined.get("limit_high", ""), unit)  # fmt: skip
        outcome = judge(criterion, value).outcome
    return Reading(defined["code"], defined.get("label", ""), value, defined if limited else None, outcome)
