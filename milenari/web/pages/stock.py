"""Stock: materials, instruments and containers at the sites one sees; and who works there, trained in what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from milenari.journal import clock
from milenari.registers import people as registers
from milenari.registers import stock as shelves
from milenari.registers.deadlines import end_of
from milenari.registers.people import Worker
from milenari.web import next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.countdown import Countdown
from milenari.web.next_acts import Next
from milenari.web.paging import Paging
from milenari.words import Role

KINDS = {"materials": _("Materials"), "equipment": _("Equipment"), "containers": _("Vector containers")}
STATES: dict[str, dict[str, Any]] = {
    "materials": {
        "quarantined": _("in quarantine"), "released": _("released"), "rejected": _("rejected"),
        "used-up": _("used up"),
    },
    "equipment": {"retired": _("retired")},
    "containers": {"free": _("free"), "reserved": _("reserved"), "moving": _("on the way"), "spent": _("spent")},
}  # fmt: skip
BEGINS = {
    "materials": ("receive-material",),
    "equipment": ("register-equipment",),
    "containers": ("allocate-container", "dispatch", "receive"),
}


def asked_sites(who: Acting, site: str) -> list[str]:
    """The sites a page is about: the one asked for, if the person sees it, or all that the person sees."""
    seen = [code for code in who.sites if who.may_see(code)]
    return [site] if site in seen else seen


@page
def stock(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    kind = request.GET.get("show", "materials")
    kind = kind if kind in KINDS else "materials"
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "site", "state")}
    number = request.GET.get("page", "1")
    found = shelves.shelf(
        kind, asked_sites(who, asked["site"]), who.today(now), asked["q"], asked["state"],
        int(number) if number.isdecimal() else 1,
    )  # fmt: skip
    rows = [_row(who, kind, row, found, now) for row in found.rows]
    kept = {name: value for name, value in asked.items() if value} | {"show": kind}
    shown = {
        "now": now,
        "kind": kind,
        "kinds": KINDS.items(),
        "states": STATES[kind].items(),
        "asked": asked,
        "narrowed": any(asked.values()),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "shelf": found,
        "rows": rows,
        "offered": any(line["offers"] for line in rows),
        "paging": Paging(found.page, found.pages, kept),
        "next": [next_acts.offer(who, code) for code in BEGINS[kind]],
    }
    return render(request, "web/stock.html", shown)


def _row(who: Acting, kind: str, row: Any, shelf: shelves.Shelf, now: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"row": row, "offers": _offers(who, kind, row)}
    until = getattr(row, {"materials": "expires_on", "equipment": "calibrated_until"}.get(kind, ""), None)
    if until:
        made["clock"] = Countdown(end_of(until, who.zone_of(row.site)), now, by_day=True)
    if kind == "materials":
        made["first"] = row.code in shelf.first
    if kind == "containers":
        titre = (shelf.titres or {}).get(row.lot)
        made["tu"] = titre * row.volume_ml if titre and row.volume_ml else None
    return made


def _offers(who: Acting, kind: str, row: Any) -> list[Next]:
    """The acts on one row that the acting person may do where the thing is."""
    if row.site != who.site:
        return []
    if kind == "materials" and row.status == "quarantined":
        found = [next_acts.offer(who, "judge-material", material=row.code)]
    elif kind == "equipment":
        found = [next_acts.offer(who, "calibrate-equipment", equipment=row.code)]
    elif kind == "containers" and not row.spent_in and not row.bound_for:
        code = "dispatch" if row.allocated_to else "allocate-container"
        query = {"what": row.subject} if row.allocated_to else {"container": row.code}
        found = [next_acts.offer(who, code, **query)]
    else:
        found = []
    return [offer for offer in found if offer.mine]


@page
def people(request: HttpRequest) -> HttpResponse:
    """Who works at the sites one sees, as what, and the training matrix: persons by procedure and version."""
    who, now = acting(request), clock.now()
    today = who.today(now)
    site = request.GET.get("site", "").strip()
    sites = asked_sites(who, site or (who.site if who.sees is None else ""))
    found = registers.workers(sites, today)
    columns = registers.procedures(found)
    shown = {
        "now": now,
        "kinds": KINDS.items(),
        "site": sites[0] if len(sites) == 1 else "",
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "workers": [_worker(worker, columns, today) for worker in found],
        "columns": columns,
        "next": _people_acts(who),
    }
    return render(request, "web/people.html", shown)


def _worker(worker: Worker, columns: Iterable[tuple[str, str]], today: date) -> dict[str, Any]:
    cells = []
    for procedure in columns:
        until = worker.trained.get(procedure)
        look = "" if until is None else "bad" if until < today else "warn" if (until - today).days <= 30 else "good"
        cells.append((until, look))
    return {"worker": worker, "cells": cells, "roles": [(role, _state(role, today)) for role in worker.roles]}


def _state(role: Any, today: date) -> str:
    if role.from_on and role.from_on > today:
        return "later"
    return "emergency" if role.emergency else "ends" if role.to_on else ""


def _people_acts(who: Acting) -> list[Next]:
    codes = ["record-training", "grant-role", "end-role", "delegate-qp", "enrol-person"]
    return [next_acts.offer(who, code) for code in codes if who.role is not Role.NODE]
