"""Scenarios: files of planning kept by a site; one as map, tables and figures that can be typed over; runs from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from milenari.journal import attached, calculations, clock, scenarios
from milenari.registers import recorded
from milenari.rules.action import Refused
from milenari.science.planning import editing, provenance
from milenari.science.unfit import Unfit
from milenari.web import atlas, wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import lanes
from milenari.web.paging import Paging, number_of
from milenari.web.wording import scenario as words
from milenari.web.wording import vocabulary
from milenari.words import Role

PAGE = 25
DRAFTS = "scenario-drafts"
"""Where a session holds changes of rows that are not kept, scenario by scenario."""
MAY = (Role.COORDINATOR, Role.VECTOR_MANAGER)
DEFAULTS = {"seconds": 60, "replications": 200, "days": 730, "seed": 1, "reorder_at": 40, "litres": 10}


def require_planner(who: Acting) -> None:
    """Refused unless the person plans: what they make is kept for their site."""
    if who.role not in MAY:
        raise Refused("planning-not-yours", role=who.role)


@page
def desk(request: HttpRequest) -> HttpResponse:
    """The scenarios that are kept, and three ways to begin one."""
    who, fault = acting(request), ""
    if request.method == "POST":
        require_planner(who)
        try:
            return redirect("plans-scenario", _begun(request, who).id)
        except Unfit as unfit:
            fault = unfit.sentence
        except Refused as refused:
            if refused.code == "planning-not-yours":
                raise
            return _list(request, who, wording.refusal(refused, who.zone))
    return _list(request, who, fault)


def _list(request: HttpRequest, who: Acting, fault: Any) -> HttpResponse:
    words_asked = request.GET.get("q", "").strip()
    found = scenarios.kept(who.sees, words_asked)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    shown = {
        "rows": [scenarios.shown(row) for row in found[(number - 1) * PAGE : number * PAGE]], "total": total,
        "q": words_asked, "fault": fault, "may": who.role in MAY, "roles": planners(),
        "paging": Paging(number, pages, {"q": words_asked} if words_asked else {}),
    }  # fmt: skip
    return render(request, "web/scenarios.html", shown, status=422 if fault else 200)


def planners() -> Any:
    """Who may plan, in words."""
    return wording.joined(wording.word(vocabulary.ROLES, role) for role in MAY)


def _begun(request: HttpRequest, who: Acting) -> scenarios.Kept:
    """The scenario that a form asks for: the shipped one, this node's registers, or a file."""
    start = request.POST.get("start", "file")
    if start in ("example", "live"):
        tree = recorded.example()
        if start == "live":
            tree = _in_sight(recorded.network(tree, clock.now()).scenario, who)
        return scenarios.keep(who.site, who.person, scenarios.FORMS[False], text_of(tree))
    given = request.FILES.get("file")
    if given is None:
        raise Unfit("file-missing", _("No file was given. Choose the scenario's file, then send it."))
    attached.require_size(given.size or 0)
    return scenarios.keep(who.site, who.person, given.name or scenarios.FORMS[False], given.read())


def _in_sight(tree: Any, who: Acting) -> Any:
    """The registers' scenario without patients and batches of hospitals that this person does not see."""
    hidden = [site for site in tree["sites"] if not who.may_see(site["code"])]
    for site in hidden:
        for machine in site["machines"]:
            machine["out"] = [span | {"why": "a batch is on it"} for span in machine.get("out", ())]
    return tree | {"patients": [one for one in tree["patients"] if who.may_see(one["hospital"])]}


def text_of(tree: Any) -> bytes:
    """A scenario's tree as the bytes of a file."""
    return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode()


@page
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One scenario: map, lanes, and the figures of a part; typed over, they make another scenario."""
    who = acting(request)
    found = scenarios.one(number, who.sees)
    tree, scenario = scenarios.opened(found)
    parts = editing.parts(scenario)
    part = request.POST.get("part") or request.GET.get("part", "")
    part = part if part in parts else parts[1]
    lines = editing.lines(scenario, tree, part)
    typed: Mapping[str, str] = {}
    fault, at = "", ""
    if request.method == "POST":
        require_planner(who)
        typed = {
            name: str(value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "part")
        }
        allowed = {f"{line.path}.{name}".rstrip(".") for line in lines for name in line.fields}
        try:
            made = editing.changed(tree, {name: value for name, value in typed.items() if name in allowed})
            kept = (
                scenarios.keep(who.site, who.person, scenarios.FORMS[False], text_of(made)) if made != tree else found
            )
            return redirect(f"{reverse('plans-scenario', args=[kept.id])}?part={part}&kept={int(made != tree)}#figures")
        except Unfit as unfit:
            fault, at = unfit.sentence, str(unfit.facts.get("field", ""))
    shown: dict[str, Any] = {
        "found": found, "scenario": scenario, "known": provenance.of(scenario), "parts": _parts(scenario, parts),
        "part": part, "lines": [_line(line, typed, at) for line in lines], "fault": fault, "field": at,
        "saved": request.GET.get("kept"), "may": who.role in MAY, "bases": list(words.BASES.items()),
        "shapes": list(words.SHAPES.items()), "map": lanes.lanes(scenario, atlas.places()),
        "unplaced": [site for site in scenario.sites if site.code not in lanes.where(scenario, atlas.places())],
        "closures": _closures(scenario), "defaults": DEFAULTS, "most": calculations.MOST_S, "roles": planners(),
        "drafted": bool(request.session.get(DRAFTS, {}).get(str(number))),
    }  # fmt: skip
    return render(request, "web/scenario.html", shown, status=422 if fault else 200)


def _parts(scenario: Any, parts: list[str]) -> list[tuple[str, Any, str]]:
    """(part, what it is, whose) for the list of parts."""
    made = []
    for part in parts:
        if part.startswith("sites["):
            made.append((part, words.PARTS["sites"], scenario.sites[int(part[6:-1])].code))
        else:
            made.append((part, words.PARTS[part], ""))
    return made


def _line(line: editing.Line, typed: Mapping[str, str], at: str) -> dict[str, Any]:
    held = {"": line.a, "value": line.a, "shape": line.shape, "a": line.a, "b": line.b, "basis": line.basis,
            "source": line.source}  # fmt: skip
    inputs = {name or "value": {"name": f"{line.path}.{name}".rstrip("."),
                                "value": typed.get(f"{line.path}.{name}".rstrip("."), held[name])}
              for name in line.fields}  # fmt: skip
    return {"line": line, "label": words.FIELDS.get(line.name, line.name), "inputs": inputs,
            "wrong": bool(at) and (at == line.path or at.startswith(f"{line.path}."))}  # fmt: skip


def _closures(scenario: Any) -> list[tuple[str, Any]]:
    found = [(lane.code, one) for lane in scenario.lanes for one in lane.closed]
    for site in scenario.sites:
        found += [(site.code, one) for one in site.out]
        found += [(f"{site.code} {thing.code}", one) for thing in (*site.machines, *site.rooms) for one in thing.out]
    return found


@page
def file(request: HttpRequest, number: int) -> HttpResponse:
    """The bytes as they are kept, under the name of their form."""
    found = scenarios.one(number, acting(request).sees)
    kind = "application/yaml" if found.file.endswith(".yaml") else "application/json"
    answer = HttpResponse(scenarios.bytes_of(found), content_type=f"{kind}; charset=utf-8")
    name, _dot, ending = found.file.rpartition(".")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{found.digest[:12]}.{ending}"'
    return answer


__all__ = ["desk", "file", "one", "planners", "require_planner", "text_of"]
