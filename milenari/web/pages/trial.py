"""Trial: the list of protocols, one protocol with everything it says, and the flow of its participants."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import trial
from milenari.rules.action import Refused
from milenari.rules.protocol import SPONSORS, Protocol
from milenari.rules.protocol_document import Parameter, parameters, to_be_set
from milenari.rules.trial_flow import Flow, flow
from milenari.web import next_acts, telling
from milenari.web.access import Acting, acting, page
from milenari.web.charts.flow import drawn
from milenari.web.pages.exports import EXPORTERS
from milenari.web.paging import Paging, number_of
from milenari.words import Facts

PAGE = 25


@page
def protocols(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    words = request.GET.get("q", "").strip()
    found = trial.protocols(words)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    shown = {
        "protocols": found[(number - 1) * PAGE : number * PAGE], "total": total, "q": words,
        "paging": Paging(number, pages, {"q": words} if words else {}),
        "drafts": who.role in SPONSORS,
        "next": [next_acts.offer(who, "open-protocol"), next_acts.offer(who, "screen-participant")],
    }  # fmt: skip
    return render(request, "web/trial.html", shown)


@page
def protocol(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    found = known_protocol(code)
    asked = request.GET.get("version", "")
    version = found.numbered(asked) or found.versions[-1]
    document = version.document
    here = {"protocol": code, "back": request.path}
    offers = ("amend-protocol", "approve-protocol-version", "activate-trial-site", "close-trial-site")
    shown: dict[str, Any] = {
        "protocol": found, "version": version, "document": document, "unset": to_be_set(document),
        "parameters": [one for one in parameters(document) if "/" not in one.name],
        "levels": [(told, _level(document, told)) for told in document["levels"]],
        "versions": [(one, _approved(found, one.number)) for one in reversed(found.versions)],
        "sites": _sites(who, found), "schedule": schedule(document), "bands": _bands(document),
        "may_export": who.role in EXPORTERS, "zone": who.zone_of(found.owner),
        "next": [next_acts.offer(who, act, **here) for act in offers],
        "told": telling.tell(read.entries_about(f"protocol:{code}"), [f"protocol:{code}"]),
    }  # fmt: skip
    return render(request, "web/trial_protocol.html", shown)


@page
def flow_of(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    found = known_protocol(code)
    site = request.GET.get("site", "")
    sees = who.sees if not site else frozenset({site}) if who.may_see(site) else frozenset()
    made = flow(trial.courses(trial.participants(sees, code)))
    sites = sorted({one.site for one in found.activations if who.may_see(one.site)})
    shown = {
        "protocol": found, "flow": made, "drawing": drawn(made) if made.steps[0].reached else "", "sites": sites,
        "site": site, "whole": who.sees is None and not site, "rows": _flow_rows(made),
    }  # fmt: skip
    return render(request, "web/trial_flow.html", shown)


def known_protocol(code: str) -> Protocol:
    """The protocol's sheet, or the refusal that says it is not there."""
    found: Protocol = DiskBook().sheet(f"protocol:{code}")
    if not found.exists:
        raise Refused("subject-unknown", kind="protocol", code=code)
    return found


def _flow_rows(made: Flow) -> list[tuple[Any, bool]]:
    return [(step, n == len(made.steps) - 1) for n, step in enumerate(made.steps)]


def _level(document: Facts, told: Facts) -> dict[str, Any]:
    mine = {one.name.partition("/")[2]: one for one in parameters(document) if one.name.startswith(f"{told['code']}/")}
    fractions: list[tuple[Facts, Parameter]] = [(part, mine[part["code"]]) for part in told["fractions"]]
    bands = [(band, mine[f"band-{n}"]) for n, band in enumerate(told["bands"], 1)]
    return {"dose": mine["dose"], "low": mine["low"], "high": mine["high"], "fractions": fractions, "bands": bands}


def _approved(found: Protocol, number: str) -> list[Any]:
    return [one for one in found.approvals if one.number == number]


def _sites(who: Acting, found: Protocol) -> list[dict[str, Any]]:
    """Each site of the trial with the version it works under today."""
    today = who.today(clock.now())
    rows = []
    for code in dict.fromkeys(one.site for one in found.activations):
        place = who.sites.get(code)
        version = found.in_force(place.country, today) if place else None
        last = [one for one in found.activations if one.site == code][-1]
        told = {"site": code, "country": place.country if place else "", "active": found.active(code, today)}
        rows.append({**told, "number": version.number if version else "", "on": last.on})
    return rows


def schedule(document: Facts) -> dict[str, Any]:
    """The schedule of assessments: visits across, forms down, a mark where a form belongs to a visit."""
    visits = document["visits"]
    forms = list(dict.fromkeys(form for visit in visits for form in visit["forms"]))
    return {"visits": visits, "rows": [(form, [form in visit["forms"] for visit in visits]) for form in forms]}


def _bands(document: Facts) -> list[tuple[str, Facts, list[Facts]]]:
    return [(country, told["majority_years"], told["bands"]) for country, told in document["countries"].items()]
