"""Journey: one therapy from referral to follow-up, every entry about it in the order it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read, sealed
from milenari.registers import questions
from milenari.rules.action import Refused
from milenari.web import next_acts, telling
from milenari.web.access import acting, page
from milenari.web.wording import vocabulary

RECENT = 20


@dataclass(frozen=True)
class Stop:
    """One station of the strip; ``at`` is None when it is not reached."""

    code: str
    word: Any
    at: datetime | None
    site: str
    zone: str


@page
def journey(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    line = questions.journey(code)
    if line is None:
        raise Refused("subject-unknown", kind="journey", code=code)
    row = line.journey
    who.require_sight(row.site, *questions.sites_of(row.subject))
    parts = questions.parts_of(code)
    about = [f"journey:{code}", *(f"collection:{c.code}" for c in parts["collections"]),
             *(f"batch:{b.code}" for b in parts["batches"]), *(f"dose:{d.code}" for d in parts["doses"])]  # fmt: skip
    entries = read.entries_about(*about)
    sheet = read.sheet(f"journey:{code}")
    knows = who.knows_identity(row.site)
    today = clock.now().date()
    shown = {
        "line": line,
        "journey": row,
        "sheet": sheet,
        "parts": parts,
        "zone": who.zone_of(row.site),
        "strip": _strip(parts["stations"], entries, who),
        "told": telling.tell(entries, about),
        "knows_identity": knows,
        "identity": sealed.shown_to(code, who.person) if knows and not row.erased else None,
        "looked": _looked(code) if who.audits_identity(row.site) else [],
        "visits": [(visit, _visit_state(visit, today)) for visit in parts["visits"]],
        "doses": [(dose, next_acts.for_dose(who, read.sheet(f"dose:{dose.code}"))) for dose in parts["doses"]],
        "next": next_acts.for_journey(who, sheet, parts["collections"], parts["batches"]),
        "given": {infusion.dose: infusion for infusion in sheet.infusions},
    }
    return render(request, "web/journey.html", shown)


def _looked(code: str) -> list[tuple[str, str, datetime]]:
    """Who has looked at the identity lately: person, printed name, when."""
    found = sealed.readings(code)[:RECENT]
    names = questions.names_of(person for person, _ in found)
    return [(person, names.get(person, ""), at) for person, at in found]


def _strip(stations: list[Any], entries: list[Any], who: Any) -> list[Stop]:
    reached = {s.name: (s.at, s.site) for s in stations}
    released = next((e.entry for e in entries if e.entry.action.code in ("release-batch", "supply-oos")), None)
    if released is not None:
        reached["released"] = (released.happened_at, released.site)
    strip = []
    for code, word in vocabulary.STATIONS.items():
        at, site = reached.get(code, (None, ""))
        if at is not None or code in vocabulary.EXPECTED_STATIONS:
            strip.append(Stop(code, word, at, site, who.zone_of(site)))
    return strip


def _visit_state(visit: Any, today: Any) -> str:
    if visit.seen_on:
        return "seen" if visit.from_on <= visit.seen_on <= visit.to_on else "outside"
    if today > visit.to_on:
        return "missed"
    return "open" if today >= visit.from_on else "later"
