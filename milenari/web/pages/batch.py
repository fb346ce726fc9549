"""Batch: the whole record of one patient's product on one page, what deviates first, each value at its entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import read
from milenari.registers import questions
from milenari.rules.action import Refused
from milenari.rules.specification import PASS, Criterion
from milenari.web import next_acts, review, telling
from milenari.web.access import acting, page
from milenari.web.files import files_of
from milenari.web.judging import Judged, judged_phases
from milenari.web.telling import Told

NONCONFORMING = ("out-of-specification", "rejected", "recalled")
Acts = Mapping[tuple[str, ...], str]
LATELY = 25  # entries that the page holds itself; the rest is one click away, or the page would be too heavy


@dataclass(frozen=True)
class Line:
    """One phase of the record with the entries behind its values."""

    phase: Judged
    signed: str
    verified: str
    materials: list[tuple[str, str, str, str]]  # class, lot, amount, act


@dataclass(frozen=True)
class Requirement:
    """One line of the specification beside its result."""

    criterion: Criterion
    result: Any
    outcome: str
    group: str
    act: str = ""


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
    told = telling.tell(read.entries_about(*about), about)
    acts = entries_of(told)
    container = questions.container(row.container) if row.container else None
    files = files_of(*about)
    persons = [*sheet.workers, *(c[1] for c in sheet.certificates), *(s[1] for s in sheet.supply), sheet.reviewed_by]
    persons += [d.closed_by for d in sheet.deviations] + [i.closed_by for i in sheet.investigations]
    persons += [file.row.by for file in files]
    shown = {
        "row": row,
        "sheet": sheet,
        "zone": who.zone_of(row.site),
        "lines": [_line(phase, acts) for phase in judged_phases(sheet)],
        # Before the harvest nothing is missing: it is still to come.
        "exceptions": [e for e in review.exceptions(sheet, told, f"batch:{code}") if e.kind != "missing" or
                       row.harvested_at],
        "requirements": requirements(sheet, acts),
        "acts": {"started": acts.get(("start-batch",), ""), "harvested": acts.get(("harvest-batch",), ""),
                 "reconciled": acts.get(("reconcile-batch",), ""), "reviewed": acts.get(("review-trail",), ""),
                 "vector": acts.get(("spend-container",), "")},
        "source": (sheet.recipe or {}).get("source", ""),
        "doses": [(dose, next_acts.for_dose(who, read.sheet(f"dose:{dose.code}"))) for dose in doses],
        "container": container,
        "files": files,
        "names": questions.names_of(persons),
        "nonconforming": row.decision in NONCONFORMING or bool(row.alarm),
        "recalled_lot": questions.recalled_batches([code]).get(code, ""),
        "told": told,
        "lately": told[-LATELY:],
        "next": next_acts.for_batch(who, sheet),
        "running": not row.decision and not row.reconciled,
    }  # fmt: skip
    return render(request, "web/batch.html", shown)


def entries_of(told: Iterable[Told]) -> dict[tuple[str, ...], str]:
    """The newest entry behind each value of the record: by action, and by the phase, lot or test that it is about."""
    found: dict[tuple[str, ...], str] = {}
    for line in sorted(told, key=lambda t: t.seen.position):
        entry = line.entry
        action, code = entry.action, entry.action.code
        found[code,] = entry.act
        for name in ("phase", "test"):
            if value := getattr(action, name, ""):
                found[code, value] = entry.act
        if code == "consume-material":
            found[code, entry.given["phase"], action.material] = entry.act
    return found


def _line(phase: Judged, acts: Acts) -> Line:
    code = phase.defined["code"]
    used = [(kind, lot, amount, acts.get(("consume-material", code, lot), "")) for _, kind, lot, amount in
            phase.materials]  # fmt: skip
    return Line(phase, acts.get(("sign-step", code), ""), acts.get(("verify-step", code), ""), used)


def requirements(tested: Any, acts: Acts | None = None) -> list[Requirement]:
    """The specification with its results; a failing line of a group whose other line passes says so."""
    overall = tested.requirements()
    found = []
    for criterion in tested.criteria:
        result = tested.result(criterion.test)
        outcome = result.outcome if result is not None and result.status != "pending" else "missing"
        group = overall.get(criterion.group, "") if criterion.group else ""
        alternative = "alternative" if group == PASS != outcome else ""
        act = (acts or {}).get(("record-result", criterion.test), "")
        found.append(Requirement(criterion, result, outcome, alternative, act))
    return found
