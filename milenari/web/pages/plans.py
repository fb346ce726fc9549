"""Plans: what was advised and decided; one plan as bars over time, with who has no slot and what is booked of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import read
from milenari.journal.fold import DiskBook
from milenari.registers import planning
from milenari.rules.action import Refused
from milenari.rules.plan import Plan
from milenari.web import next_acts, plan_view, telling
from milenari.web.access import Acting, acting, page
from milenari.web.charts import gantt
from milenari.web.pages.calculations import slots_csv
from milenari.web.paging import Paging, number_of
from milenari.web.wording import planning as words

PAGE = 25


@page
def plans(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state")}
    found = planning.plans(who.sees, asked["q"], asked["state"])
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    shown = {
        "plans": [(row, who.zone_of(row.site)) for row in found[(number - 1) * PAGE : number * PAGE]],
        "total": total, "asked": asked, "narrowed": any(asked.values()), "states": list(words.PLAN_STATES.items()),
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
        "next": [next_acts.offer(who, "keep-plan")],
    }  # fmt: skip
    return render(request, "web/plans.html", shown)


@page
def one(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    plan: Plan = DiskBook().sheet(f"plan:{code}")
    if not plan.exists:
        raise Refused("subject-unknown", kind="plan", code=code)
    lines = planning.lines(code, who.sees)
    if not lines:  # whose patients are not in it sees it only where it was kept
        who.require_sight(plan.owner)
    here = frozenset(line.slot.journey for line in lines if line.state != "unknown")
    whole = who.may_see(plan.owner)
    mine = None if whole else frozenset(line.slot.journey for line in lines)
    seen = plan_view.view(plan.slots(), plan.scenario, here, mine, code if whole else "")
    answer = plan.answer or {}
    offers = [next_acts.offer(who, "decide-plan", plan=code, back=request.path)] if plan.status == "proposed" else []
    offers += [next_acts.offer(who, "keep-plan", replaces=code)] if plan.status == "accepted" else []
    shown: dict[str, Any] = {
        "plan": plan, "zone": who.zone_of(plan.owner), "answer": answer,
        "lines": [(line, _book(who, plan, line, request.path)) for line in lines], "whole": whole,
        "seen": seen, "left": plan.left() if whole else (), "drawn": min(len(lines), gantt.MOST_ROWS),
        "scenario": seen.kept if seen.kept and who.may_see(seen.kept.site) else None,
        "doses": _doses(who, plan, request.path),
        "campaigns": plan.lines if plan.kind == "campaigns" else [],
        "next": offers, "told": _history(who, plan),
    }  # fmt: skip
    return render(request, "web/plan.html", shown)


@page
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The slots that one sees, as CSV."""
    who = acting(request)
    plan: Plan = DiskBook().sheet(f"plan:{code}")
    if not plan.exists:
        raise Refused("subject-unknown", kind="plan", code=code)
    mine = {line.slot.journey for line in planning.lines(code, who.sees)}
    whole = who.may_see(plan.owner)
    if not mine:
        who.require_sight(plan.owner)
    slots = tuple(slot for slot in plan.slots() if whole or slot.journey in mine)
    return slots_csv(f"plan-{code}", slots, plan.left() if whole else ())


def _history(who: Acting, plan: Plan) -> Any:
    """Its entries hold the whole plan, other hospitals' patients too: only for who may see where it was kept."""
    name = f"plan:{plan.code}"
    return telling.tell(read.entries_about(name), [name]) if who.may_see(plan.owner) else []


def _book(who: Acting, plan: Plan, line: planning.Line, back: str) -> Any:
    """Booking a slot of this hospital's patient; nothing where it is booked, or the plan is not in force."""
    if plan.status != "accepted" or line.slot.hospital != who.site or line.state not in ("open", "otherwise"):
        return None
    day = str(line.slot.collection)
    return next_acts.offer(who, "book-slot", journey=line.slot.journey, slot_on=day, plan=plan.code, back=back)


def _doses(who: Acting, plan: Plan, back: str) -> list[Any]:
    whole = plan.kind == "allocation" and who.may_see(plan.owner)
    return [(line, _give(who, plan, line, back)) for line in plan.lines] if whole else []


def _give(who: Acting, plan: Plan, line: dict[str, Any], back: str) -> Any:
    if plan.status != "accepted" or not line["given"]:
        return None
    return next_acts.offer(who, "allocate-container", journey=line["journey"], plan=plan.code, back=back)
