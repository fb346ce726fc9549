"""Batch: the whole record of one patient's product on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import read
from milenari.registers import questions
from milenari.rules.action import Refused
from milenari.rules.specification import PASS, Criterion, judge
from milenari.web import next_acts, telling
from milenari.web.access import acting, page

NONCONFORMING = ("out-of-specification", "rejected", "recalled")


@dataclass(frozen=True)
class Reading:
    code: str
    label: str
    value: Any
    limit: Any
    outcome: str


@dataclass(frozen=True)
class Phase:
    """One phase of the recipe, with what was done if it was done."""

    defined: dict[str, Any]
    done: Any
    readings: list[Reading]
    materials: list[Any]
    waits: bool


@dataclass(frozen=True)
class Requirement:
    """One line of the specification beside its result."""

    criterion: Criterion
    result: Any
    outcome: str
    group: str


@page
def batch(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    row = questions.batch(code)
    if row is None:
        raise Refused("subject-unknown", kind="batch", code=code)
    who.require_sight(row.site, *questions.sites_of(row.subject))
    sheet = read.sheet(f"batch:{code}")
    doses = questions.doses_of(code)
    about = [f"batch:{code}", *(f"dose:{d.code}" for d in doses)]
    container = questions.container(row.container) if row.container else None
    persons = [*sheet.workers, *(c[1] for c in sheet.certificates), *(s[1] for s in sheet.supply), sheet.reviewed_by]
    persons += [d.closed_by for d in sheet.deviations] + [i.closed_by for i in sheet.investigations]
    shown = {
        "row": row,
        "sheet": sheet,
        "zone": who.zone_of(row.site),
        "phases": _phases(sheet),
        "requirements": requirements(sheet),
        "source": (sheet.recipe or {}).get("source", ""),
        "doses": [(dose, next_acts.for_dose(who, read.sheet(f"dose:{dose.code}"))) for dose in doses],
        "container": container,
        "names": questions.names_of(persons),
        "nonconforming": row.decision in NONCONFORMING or bool(row.alarm),
        "recalled_lot": questions.recalled_batches([code]).get(code, ""),
        "told": telling.tell(read.entries_about(*about), about),
        "next": next_acts.for_batch(who, sheet),
    }
    return render(request, "web/batch.html", shown)


def _phases(sheet: Any) -> list[Phase]:
    done = {step.phase: step for step in sheet.steps}
    waiting = sheet.awaiting_verification()
    found = []
    for defined in sheet.phases:
        step = done.get(defined["code"])
        given = dict(step.readings) if step else {}
        readings = [_reading(r, given.get(r["code"])) for r in defined.get("readings", ())]
        used = [line for line in sheet.consumed if line[0] == defined["code"]]
        found.append(Phase(defined, step, readings, used, defined["code"] in waiting))
    return found


def _reading(defined: dict[str, Any], value: Any) -> Reading:
    limited = defined.get("op", "report") != "report"
    outcome = ""
    if limited and value is not None:
        unit = (defined.get("units") or [""])[0]
        criterion = Criterion(defined["code"], "", "", defined["op"], defined.get("limit", ""),
                              defined.get("limit_high", ""), unit)  # fmt: skip
        outcome = judge(criterion, value).outcome
    return Reading(defined["code"], defined.get("label", ""), value, defined if limited else None, outcome)


def requirements(tested: Any) -> list[Requirement]:
    """The specification with its results; a failing line of a group whose other line passes says so."""
    overall = tested.requirements()
    found = []
    for criterion in tested.criteria:
        result = tested.result(criterion.test)
        outcome = result.outcome if result is not None and result.status != "pending" else "missing"
        group = overall.get(criterion.group, "") if criterion.group else ""
        found.append(Requirement(criterion, result, outcome, "alternative" if group == PASS != outcome else ""))
    return found
