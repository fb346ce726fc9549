"""Another day: one patient's start asked for on another day; what it breaks, and a run that plans around it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from milenari.journal import calculations, scenarios
from milenari.journal.fold import DiskBook
from milenari.rules.action import Refused
from milenari.rules.plan import Plan
from milenari.science.planning import moving
from milenari.science.planning.scenario import Booked, Scenario
from milenari.science.unfit import Unfit
from milenari.web.access import acting, page
from milenari.web.pages.scenarios import DEFAULTS, MAY, planners, require_planner, text_of


@page
def move(request: HttpRequest, code: str, journey: str) -> HttpResponse:
    """The form with its answer; sent, it begins a run over the scenario with this start locked, and books nothing."""
    who = acting(request)
    plan: Plan = DiskBook().sheet(f"plan:{code}")
    if not plan.exists:
        raise Refused("subject-unknown", kind="plan", code=code)
    who.require_sight(plan.owner)  # what it breaks names other hospitals' places
    kept = scenarios.of_digest(plan.scenario)
    if kept is None or plan.kind != "slots":
        raise Refused("plan-scenario-not-here", plan=code)
    tree, scenario = scenarios.opened(kept)
    slots = plan.slots()
    now = next((slot for slot in slots if slot.journey == journey), None)
    asked = (request.POST if request.method == "POST" else request.GET).get("start", "").strip()
    tried, fault = None, ""
    if asked:
        try:
            tried = moving.tried(scenario, slots, journey, date.fromisoformat(asked))
        except ValueError as wrong:
            fault = wrong.sentence if isinstance(wrong, Unfit) else _("Say a day as in the calendar.")
    if request.method == "POST" and tried is not None and tried.slot is not None:
        require_planner(who)
        made = _asked(tree, moving.asked(scenario, slots, journey, tried.slot), journey, asked)
        again = scenarios.keep(who.site, who.person, scenarios.FORMS[False], text_of(made))
        number = calculations.launch("slots", again, who.person, {"seconds": DEFAULTS["seconds"]})
        return redirect("plans-run", number)
    shown = {
        "plan": plan, "journey": journey, "now": now, "tried": tried, "fault": fault, "may": who.role in MAY,
        "start": asked or (str(now.start) if now else str(scenario.starts_on)), "roles": planners(),
    }  # fmt: skip
    return render(request, "web/plan_move.html", shown, status=422 if fault else 200)


def _asked(tree: Any, scenario: Scenario, journey: str, start: str) -> Any:
    """The scenario's tree with the slots of the plan as booked, and a name that says what was asked."""
    held = {one.code: one.booked for one in scenario.patients}
    people = [{name: value for name, value in one.items() if name != "booked"} | _slot(held[one["code"]])
              for one in tree["patients"]]  # fmt: skip
    return {**tree, "patients": people, "name": f"{str(tree['name'])[:150]} / {journey}, {start}"}


def _slot(booked: Booked | None) -> dict[str, Any]:
    if booked is None:
        return {}
    return {
        "booked": {name: value if isinstance(value, bool) else str(value) for name, value in asdict(booked).items()}
    }
