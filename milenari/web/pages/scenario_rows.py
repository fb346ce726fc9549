"""Scenario rows: people, machines, rooms, lanes, vector lots and patients of a scenario, row by row, in a draft.

A draft is a list of changes in the session of whoever makes it. It is a scenario at each step, for every change is read
with the whole before it is taken. Kept, it is a scenario of its own; left, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from milenari.journal import scenarios
from milenari.rules.action import Refused
from milenari.science.planning import reading, rows
from milenari.science.planning.checking import scenario as checked
from milenari.science.planning.rows import Change, Table
from milenari.science.planning.scenario import Scenario
from milenari.science.unfit import Unfit
from milenari.web import scenario_boxes
from milenari.web.access import acting, page
from milenari.web.pages.scenarios import DRAFTS, MAY, planners, require_planner, text_of
from milenari.web.paging import Paging, number_of
from milenari.web.wording import scenario_rows as words

PAGE = 25
MOST = 200
"""Changes of a draft; each is read anew on every page."""


def draft(request: HttpRequest, number: int) -> list[Change]:
    """The changes to a scenario that this person has made and not kept."""
    held = request.session.get(DRAFTS, {}).get(str(number), [])
    return [Change(Table(**one["table"]), one["code"], one["row"]) for one in held]


def _hold(request: HttpRequest, number: int, changes: Sequence[Change]) -> None:
    drafts = {**request.session.get(DRAFTS, {}), str(number): [asdict(one) for one in changes]}
    request.session[DRAFTS] = {key: held for key, held in drafts.items() if held}


def _table(request: HttpRequest, scenario: Scenario) -> Table:
    asked = request.POST if request.method == "POST" else request.GET
    sites = [site.code for site in scenario.sites]
    return rows.found(scenario, asked.get("table", "people"), asked.get("site") or sites[0])


def address(name: str, number: int, table: Table, **more: str) -> str:
    """The address of a table, or of a row in it."""
    at = {"table": table.name, **({"site": table.site} if table.site else {}), **more}
    return f"{reverse(name, args=[number])}?{urlencode(at)}"


@page
def table(request: HttpRequest, number: int) -> HttpResponse:
    """One table as it would be with the draft; a row taken out, a change taken back, the draft kept or left."""
    who = acting(request)
    found = scenarios.one(number, who.sees)
    tree, changes = scenarios.opened(found)[0], draft(request, number)
    fault = None
    try:
        made = rows.applied(tree, changes)
        scenario = checked(made)
        asked = _table(request, scenario)
        if request.method == "POST":
            require_planner(who)
            do = request.POST.get("do", "")
            if do == "keep":
                _require_change(number, changes)
                kept = scenarios.keep(who.site, who.person, scenarios.FORMS[False], text_of(made))
                _hold(request, number, [])
                return redirect(address("plans-scenario-rows", kept.id, asked, kept="1"))
            if do == "remove":
                changes = _with(changes, Change(asked, request.POST.get("code", "")))
                checked(rows.applied(tree, changes))
            elif do == "back":
                _require_change(number, changes)
                changes = changes[:-1]
            elif do == "leave":
                changes = []
            _hold(request, number, changes)
            return redirect(address("plans-scenario-rows", number, asked))
    except Unfit as unfit:
        fault = unfit
        made = rows.applied(tree, draft(request, number))
        scenario = checked(made)
        asked = Table("people", scenario.sites[0].code)
        if request.method == "POST":
            asked = _table(request, scenario)
    shown = _shown(request, tree, made, scenario, asked)
    shown |= {"found": found, "may": who.role in MAY, "roles": planners(), "fault": fault,
              "fault_said": words.ELSEWHERE if fault else "", "kept": request.GET.get("kept") == "1",
              "changes": [_told(one) for one in draft(request, number)]}  # fmt: skip
    return render(request, "web/scenario_rows.html", shown, status=422 if fault else 200)


def _require_change(number: int, changes: Sequence[Change]) -> None:
    if not changes:
        raise Refused("draft-empty", number=number)


def _with(changes: Sequence[Change], change: Change) -> list[Change]:
    if len(changes) >= MOST:
        raise Refused("draft-too-long", most=MOST)
    return [*changes, change]


def _shown(request: HttpRequest, tree: Any, made: Any, scenario: Scenario, asked: Table) -> dict[str, Any]:
    """The table's page: rows that match, those that the draft made or changed marked."""
    inside, before = rows.boxes(scenario, asked), {row["code"]: row for row in asked.rows(tree)}
    words_asked = request.GET.get("q", "").strip()
    lines = [
        {"code": row["code"], "cells": scenario_boxes.cells(inside, row),
         "state": "new" if row["code"] not in before else "changed" if before[row["code"]] != row else ""}
        for row in asked.rows(made)
    ]  # fmt: skip
    lines = [one for one in lines if words_asked.casefold() in f"{one['code']} {one['cells']}".casefold()]
    pages = max(1, -(-len(lines) // PAGE))
    at = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    kept = {"table": asked.name, "site": asked.site, "q": words_asked}
    return {
        "table": asked, "title": words.TABLES[asked.name], "add": words.ADDS[asked.name], "q": words_asked,
        "tables": [(one, words.TABLES[one.name]) for one in rows.tables(scenario)], "total": len(lines),
        "heads": [words.BOXES[box.name] for box in inside[1:]], "lines": lines[(at - 1) * PAGE : at * PAGE],
        "paging": Paging(at, pages, {name: value for name, value in kept.items() if value}),
    }  # fmt: skip


def _told(change: Change) -> dict[str, Any]:
    done = "removed" if change.row is None else "changed" if change.code else "added"
    code = change.code or str(change.row["code"])
    return {"done": done, "code": code, "table": words.TABLES[change.table.name], "site": change.table.site}


@page
def row(request: HttpRequest, number: int) -> HttpResponse:
    """The form of a row, new or as it stands in the draft; sent, it is a change of the draft or comes back as typed."""
    who = acting(request)
    require_planner(who)
    found = scenarios.one(number, who.sees)
    tree, changes = scenarios.opened(found)[0], draft(request, number)
    made = rows.applied(tree, changes)
    scenario = checked(made)
    fault, at, more = None, "", 0
    try:
        asked = _table(request, scenario)
        code = (request.POST if request.method == "POST" else request.GET).get("code_before", "")
        held = None if not code else next((one for one in asked.rows(made) if one["code"] == code), None)
        if code and held is None:
            raise Unfit("scenario-unknown", f"{asked.path(made)} has no {code}; look at the list as it is now.")
    except Unfit as unfit:  # no such table or row: the list says so, and has what is there
        gone = {"table": "people", "title": words.TABLES["people"], "fault": unfit, "found": found}
        return render(request, "web/scenario_row.html", gone, status=404)
    inside = rows.boxes(scenario, asked)
    sent: Mapping[str, Sequence[str]] = rows.empty(inside) if held is None else rows.typed(inside, held)
    if request.method == "POST":
        sent = dict(request.POST.lists())
        put = rows.read(inside, sent)
        sent = rows.typed(inside, put)  # spans close up, so that a fault is told where it is drawn
        more = number_of(request.POST.get("more", "0")) if "more" in request.POST else 0
        if not more:
            change = Change(asked, code, put)
            tried = rows.applied(tree, _with(changes, change))
            try:
                checked(tried)
            except Unfit as unfit:
                fault, at = unfit, rows.box_at_fault(tried, change, str(unfit.facts.get("field", "")))
            else:
                if held is None or _different(asked, held, put):
                    _hold(request, number, [*changes, change])
                return redirect(address("plans-scenario-rows", number, asked))
    shown = {
        "found": found, "table": asked, "title": words.TABLES[asked.name], "add": words.ADDS[asked.name], "code": code,
        "fields": scenario_boxes.fields(inside, sent, fault, at, more), "fault": fault,
        "elsewhere": bool(fault) and not at, "elsewhere_said": words.ELSEWHERE, "more": more + rows.MORE_SPANS,
        "back": address("plans-scenario-rows", number, asked), "changes": len(changes),
    }  # fmt: skip
    return render(request, "web/scenario_row.html", shown, status=422 if fault else 200)


def _different(asked: Table, held: Any, put: Any) -> bool:
    kind = rows.KINDS[asked.name]
    return bool(reading.read(kind, held, "row") != reading.read(kind, put, "row"))


__all__ = ["address", "draft", "row", "table"]
