"""Keeping a plan: the files of a planning run are read, shown as they are understood, and then signed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import attached, calculations, scenarios
from milenari.registers import planning
from milenari.rules.action import Refused
from milenari.rules.plan import KeepPlan
from milenari.science.unfit import Unfit
from milenari.web import signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.pages.calculations import plan_of
from milenari.web.paging import number_of

_FRESH = signing.Attempt()
ASKED = ("plan", "title", "replaces")


@page
def keep(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    if request.method != "POST":
        typed = {name: request.GET.get(name, "") for name in ASKED}
        return _draw(request, who, typed | _of_run(request, who), _FRESH)
    typed = signing.typed_of(request)
    if "read" in request.POST:
        try:
            typed |= _read(request, who)
        except Refused as refused:
            return _draw(request, who, typed | {"answer": ""}, signing.Attempt(refused=refused))
        return _draw(request, who, typed, _FRESH)
    tried = signing.attempt(lambda: signing.sign(request, KeepPlan, typed, who))
    return signing.after(request, tried.written) if tried.written else _draw(request, who, typed, tried)


def _of_run(request: HttpRequest, who: Acting) -> dict[str, str]:
    """The fields of a run that was computed here, when the page is asked to keep one."""
    if not (number := number_of(request.GET.get("run", "0"))):
        return {}
    plan = plan_of(calculations.one(number, who.sees))
    return {"kind": plan.kind, "method": plan.method, "answer": json.dumps(plan.answer), "scenario": plan.scenario}


def _read(request: HttpRequest, who: Acting) -> dict[str, str]:
    """The form's fields from the two files: what was computed, and the scenario that it was computed from."""
    plan, scenario = request.FILES.get("file"), request.FILES.get("scenario_file")
    if plan is None:
        raise Refused("plan-file-unreadable", methods=sorted(planning.METHODS))
    if scenario is None:
        raise Refused("plan-scenario-missing", field="scenario")
    for given in (plan, scenario):
        attached.require_size(given.size or 0)
    try:
        told = orjson.loads(plan.read())
    except ValueError as fault:
        raise Refused("plan-file-unreadable", methods=sorted(planning.METHODS)) from fault
    kind, method, answer = planning.as_plan(told)
    raw = scenario.read()
    digest = sha256(raw).hexdigest()
    with suppress(Unfit, Refused):  # the plan may be kept without it; its page says that the scenario is not here
        scenarios.keep(who.site, who.person, scenario.name or "", raw)
    return {"kind": kind, "method": method, "answer": json.dumps(answer), "scenario": digest}


def _draw(request: HttpRequest, who: Acting, typed: Mapping[str, str], tried: signing.Attempt) -> HttpResponse:
    part = signing.signature(request, KeepPlan, typed, who)
    sentence = tried.sentence(who.zone, KeepPlan.code)
    if tried.refused:
        part.blame(tried.refused, sentence)
        if tried.refused.code in ("changed-meanwhile", "act-id-reused"):
            typed = {**typed, "act": ""}
    shown: dict[str, Any] = {
        "typed": typed, "answer": _understood(typed), "signature": part, "sentence": sentence,
        "title": wording.title(KeepPlan.code), "act": typed.get("act") or str(uuid.uuid4()),
    }  # fmt: skip
    return render(request, "web/plan_keep.html", shown, status=tried.status)


def _understood(typed: Mapping[str, str]) -> Any:
    """What was read from the files, for the page; nothing where the form brings back something else."""
    try:
        return orjson.loads(typed.get("answer", ""))
    except ValueError:
        return None
