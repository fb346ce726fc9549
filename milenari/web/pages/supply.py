"""Supply: the path of a batch that does not conform, kept apart from release, step by step with what was written."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import read
from milenari.registers import questions
from milenari.rules.release import unweighed_results
from milenari.rules.testing import failed_requirements
from milenari.web import next_acts, telling
from milenari.web.access import acting, page
from milenari.web.pages.batch import requirements
from milenari.web.pages.release import found_by
from milenari.words import utc

STEPS = (("requested", "request-oos-supply"), ("evaluated", "evaluate-oos-risk"), ("accepted", "accept-oos-risk"),
         ("supplied", "supply-oos"))  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One of the four acts: done with its entry, next, or still ahead."""

    code: str
    state: str
    told: telling.Told | None
    offer: next_acts.Next


@page
def supply(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    of, _kind, row, batch = found_by(who, f"batch:{code}")
    told = telling.tell(read.entries_about(of), [of])
    entries = {t.entry.action.code: t for t in told}
    done = {step for step, _, _ in batch.supply} | ({"supplied"} if batch.decision == "out-of-specification" else set())
    following = next((step for step, _ in STEPS if step not in done), "")
    open_path = batch.decision in ("", "rejected", "out-of-specification")
    steps = [
        Step(step, "done" if step in done else "now" if step == following and open_path else "ahead",
             entries.get(action) if step in done else None, next_acts.offer(who, action, batch=code))
        for step, action in STEPS
    ]  # fmt: skip
    last = entries.get("supply-oos")
    shown = {
        "of": of, "row": row, "sheet": batch, "steps": steps, "zone": who.zone_of(row.site), "open_path": open_path,
        "failed": failed_requirements(batch), "unweighed": unweighed_results(batch),
        "affected": [d.code for d in batch.deviations if d.disposition == "batch-affected"],
        "requirements": [r for r in requirements(batch) if r.outcome not in ("pass", "missing")],
        "notify_by": utc(last.entry.given["notify_by"]) if last and "supplied" in done else None,
        "reject": next_acts.offer(who, "reject-batch", batch=code), "names": questions.names_of(batch.workers),
        "needed": bool(failed_requirements(batch)) or any(d.disposition == "batch-affected" for d in batch.deviations),
    }  # fmt: skip
    return render(request, "web/supply.html", shown)
