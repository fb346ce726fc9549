"""Journey: one therapy from referral to follow-up; every datum opens the entry behind it."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, origin, read, sealed
from milenari.registers import questions, therapy, ward
from milenari.rules.action import Refused
from milenari.web import history, next_acts, sources, strip
from milenari.web.access import Acting, acting, page

PARTS = ("collections", "batches", "doses")
RECENT = 20


@page
def journey(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    line = questions.journey(code)
    if line is None:
        raise Refused("subject-unknown", kind="journey", code=code)
    row = line.journey
    who.require_sight(row.site, *questions.sites_of(row.subject))
    parts = questions.parts_of(code) | {"deviations": []}
    parts["deviations"] = therapy.deviations_of(batch.code for batch in parts["batches"])
    about = [row.subject, *(part.subject for kind in PARTS for part in parts[kind])]
    sheet = read.sheet(row.subject)
    found = sources.of_journey(sheet, parts)
    told, paging = history.page_of(request, about)
    knows = who.knows_identity(row.site)
    today = clock.now().date()
    stops = _strip(parts, found, who)
    shown = {
        "line": line,
        "journey": row,
        "sheet": sheet,
        "parts": parts,
        "sources": found,
        "zone": who.zone_of(row.site),
        "strip": stops,
        "intervals": strip.intervals(stops),
        "consents": list(zip_longest(sheet.consents, found.consents[: len(sheet.consents)], fillvalue="")),
        "told": told,
        "paging": paging,
        "knows_identity": knows,
        "identity": sealed.shown_to(code, who.person) if knows and not row.erased else None,
        "looked": _looked(code) if who.audits_identity(row.site) else [],
        "visits": [(visit, _visit_state(visit, today)) for visit in parts["visits"]],
        "doses": [(dose, next_acts.for_dose(who, read.sheet(dose.subject))) for dose in parts["doses"]],
        "next": next_acts.for_journey(who, sheet, parts["collections"], parts["batches"]),
        "bedside": ward.next_fraction(code) if parts["doses"] else "",
    }
    return render(request, "web/journey.html", shown)


def _looked(code: str) -> list[tuple[str, str, datetime]]:
    """Who has looked at the identity lately: person, printed name, when."""
    found = sealed.readings(code)[:RECENT]
    names = questions.names_of(person for person, _ in found)
    return [(person, names.get(person, ""), at) for person, at in found]


def _strip(parts: dict[str, list[Any]], found: sources.Sources, who: Acting) -> list[strip.Stop]:
    reached = {s.name: (s.at, s.site, found.stations.get(s.name, "")) for s in parts["stations"]}
    batches = [batch.subject for batch in parts["batches"]]
    released = origin.entries_of(batches, ("release-batch", "supply-oos")) if batches else []
    if released:
        first = released[0].entry
        reached["released"] = (first.happened_at, first.site, first.act)
    return strip.stops(reached, who)


def _visit_state(visit: Any, today: Any) -> str:
    if visit.seen_on:
        return "seen" if visit.from_on <= visit.seen_on <= visit.to_on else "outside"
    if today > visit.to_on:
        return "missed"
    return "open" if today >= visit.from_on else "later"
