"""Calculations: planning runs begun on screen, how far they are, what came out, and how one is stopped."""

from __future__ import annotations

import csv
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from milenari.journal import calculations, comparisons, scenarios
from milenari.registers import planning
from milenari.rules.action import Refused
from milenari.rules.plan import Left, Plan, Slot
from milenari.web import plan_view
from milenari.web.access import acting, page
from milenari.web.pages import plan_compare
from milenari.web.pages.scenarios import MAY, require_planner
from milenari.web.paging import Paging, number_of

PAGE = 25
EVERY_SECONDS = 3
ALIVE = ("running", "stopping")
COUNTED = {"slots": ("seconds",), "simulate": ("replications", "days", "seed", "reorder_at", "litres")}


@page
def runs(request: HttpRequest) -> HttpResponse:
    """The list of runs; a form of a scenario's page begins one."""
    who = acting(request)
    if request.method == "POST":
        require_planner(who)
        kind = request.POST.get("kind", "")
        if kind not in COUNTED:
            raise Refused("field-unreadable", field="kind", found=kind[:20], kind="slots, simulate")
        scenario = scenarios.one(number_of(request.POST.get("scenario", "0")), who.sees)
        asked = {name: _whole(request.POST.get(name, "")) for name in COUNTED[kind]}
        return redirect("plans-run", calculations.launch(kind, scenario, who.person, asked))
    found = calculations.of(who.sees)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    rows = calculations.shown(found[(number - 1) * PAGE : number * PAGE])
    alive = any(run.state in ALIVE for run in rows) and "still" not in request.GET
    return render(request, "web/plan_runs.html", {
        "runs": rows, "total": total, "paging": Paging(number, pages, {}), "refresh": EVERY_SECONDS if alive else 0,
    })  # fmt: skip


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


@page
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One run: its progress, or what came out."""
    who = acting(request)
    run = calculations.one(number, who.sees)
    still = "still" in request.GET
    shown: dict[str, Any] = {
        "run": run, "alive": run.state in ALIVE, "still": still, "may": who.role in MAY,
        "refresh": EVERY_SECONDS if run.state in ALIVE and not still else 0,
    }  # fmt: skip
    if run.answer is not None and run.kind == "slots":
        plan = plan_of(run)
        seen = plan_view.view(plan.slots(), run.scenario.digest, frozenset())
        shown |= {"plan": plan, "seen": seen, "gap": round(100 * (run.answer.get("gap") or 0.0), 3),
                  "moved": run.answer.get("moved", []), "faults": run.answer.get("faults", [])}  # fmt: skip
    elif run.kind in comparisons.KINDS:
        shown |= plan_compare.shown(run, who.sees)
    elif run.answer is not None:
        shown |= {"hospitals": run.answer["hospitals"], "figures": _figures(run.answer)}
    return render(request, "web/plan_run.html", shown)


def plan_of(run: calculations.Run) -> Plan:
    """The answer of a run as the plan that it would be; Refused where there is none."""
    if run.kind != "slots" or run.answer is None:
        raise Refused("calculation-without-plan", number=run.id, state=run.state)
    kind, method, answer = planning.as_plan(run.answer)
    return Plan(kind=kind, method=method, answer=answer, scenario=run.scenario.digest)


def _figures(answer: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """What the simulation tells of the whole network, in its order: every mean with its interval."""
    return [(name, value) for name, value in answer.items() if isinstance(value, dict) and "ci_low" in value]


@require_POST
@page
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Ask a run to end."""
    who = acting(request)
    require_planner(who)
    calculations.ask_to_stop(calculations.one(number, who.sees))
    return redirect("plans-run", number)


@page
def file(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The answer as JSON, as the command line would print it, or its slots as CSV."""
    run = calculations.one(number, acting(request).sees)
    if run.answer is None:
        raise Refused("calculation-without-plan", number=run.id, state=run.state)
    if form == "csv" and run.kind in comparisons.KINDS:
        return plan_compare.as_csv(run)
    if form == "csv":
        plan = plan_of(run)
        return slots_csv(f"run-{number}", plan.slots(), plan.left())
    answer = HttpResponse(json.dumps(run.answer, indent=1, ensure_ascii=False), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="run-{number}.json"'
    return answer


def slots_csv(name: str, slots: tuple[Slot, ...], left: tuple[Left, ...]) -> HttpResponse:
    """Slots line by line, then who has none and why."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    rows = csv.writer(answer)
    rows.writerow(("journey", "hospital", "site", "machine", "collection", "start", "end", "released", "infusion",
                   "lot", "why_not"))  # fmt: skip
    for s in slots:
        rows.writerow((s.journey, s.hospital, s.site, s.machine, s.collection, s.start, s.end, s.released, s.infusion,
                       s.lot, ""))  # fmt: skip
    for one in left:
        rows.writerow((one.journey, *[""] * 9, "; ".join(one.why)))
    return answer
