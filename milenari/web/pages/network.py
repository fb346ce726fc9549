"""Network: the sites on a map, how each stands, who waits where, how long therapies take; and one site's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.journal import clock, read
from milenari.registers import network as registers
from milenari.registers import studies
from milenari.registers.deadlines import end_of
from milenari.rules.action import Refused
from milenari.web import atlas, charts, next_acts, small_counts, telling
from milenari.web.access import Acting, acting, page
from milenari.web.charts.drawing import INK, LINE
from milenari.web.countdown import Countdown
from milenari.web.small_counts import Took
from milenari.web.wording import vocabulary
from milenari.web.wording import waiting as words

TREATS = ("apheresis", "infusion", "manufacture")
ACTS = ("grant-authorisation", "qualify-site", "suspend-site", "effect-master-file")


@page
def network(request: HttpRequest) -> HttpResponse:
    who, today = acting(request), clock.now().date()
    standings = registers.standings(today)
    qualified = {found.place.code: bool(found.qualified(today)) for found in standings}
    picture, unplaced = atlas.drawn(standings, qualified)
    took = [small_counts.took(who, found, words.INTERVALS[found.code]) for found in registers.intervals()]
    order = list(words.INTERVALS)
    took.sort(key=lambda t: (order.index(t.found.code), t.found.site))
    grouped = [(words.INTERVALS[code], [t for t in took if t.found.code == code]) for code in order]
    shown = {
        "map": picture,
        "unplaced": unplaced,
        "sites": [_line(who, found, today) for found in standings],
        "stations": [(code, vocabulary.STATIONS[code]) for code in registers.WAITING_AT],
        "patients": [_patients(who, found) for found in standings if set(found.roles) & set(TREATS) or found.waits],
        "took": [(what, lines) for what, lines in grouped if lines],
        "chart": _chart(took),
        "compared": studies.compared(who.sees),
        "newest": registers.NEWEST,
        "sees_all": who.sees is None,
    }
    return render(request, "web/network.html", shown)


def _line(who: Acting, found: registers.Standing, today: Any) -> dict[str, Any]:
    code = found.place.code
    return {
        "found": found,
        "place": found.place,
        "authorised": found.authorised(today),
        "qualified": list({q.product: q for q in found.qualified(today)}.values()),
        "suspended": [q for q in found.qualifications if q.suspended_on],
        "annexes": found.in_force(today),
        "waits": small_counts.counted(who, code, found.waits),
        "in_process": small_counts.counted(who, code, found.in_process),
        "on_hold": found.on_hold if who.may_see(code) else 0,
    }


def _patients(who: Acting, found: registers.Standing) -> tuple[Any, list[Any]]:
    code = found.place.code
    return found.place, [small_counts.counted(who, code, found.waiting[s]) for s in registers.WAITING_AT]


def _chart(took: list[Took]) -> SafeString | str:
    """Shortest to longest as a line and the median as a point, per interval and site; nothing when none may be told."""
    rows = [
        {"interval": str(t.what), "site": t.found.site, "median": t.found.median, "shortest": t.found.shortest,
         "longest": t.found.longest}
        for t in took if t.shown
    ]  # fmt: skip
    if not rows:
        return ""
    order = [str(what) for what in words.INTERVALS.values()]
    spec = {
        "data": {"values": rows},
        "facet": {"row": {"field": "interval", "type": "nominal", "sort": order,
                          "header": {"title": None, "labelAngle": 0, "labelAlign": "left", "labelOrient": "top",
                                     "labelAnchor": "start", "labelFontSize": 13, "labelFontWeight": 600,
                                     "labelColor": INK}}},
        "spec": {
            "width": 470, "height": {"step": 20},
            "encoding": {"y": {"field": "site", "type": "nominal", "title": None}},
            "layer": [
                {"mark": {"type": "rule", "strokeWidth": 4, "color": LINE},
                 "encoding": {"x": {"field": "shortest", "type": "quantitative", "title": _("days"),
                                    "scale": {"zero": True}}, "x2": {"field": "longest"}}},
                {"mark": {"type": "point", "size": 90},
                 "encoding": {"x": {"field": "median", "type": "quantitative"}}},
            ],
        },
        "spacing": 8,
    }  # fmt: skip
    told = _("From the shortest to the longest time as a line, the median as a point. The table says the same.")
    return charts.svg(spec, title=_("How long the steps of a therapy take"), description=told)


@page
def site(request: HttpRequest, code: str) -> HttpResponse:
    who, now = acting(request), clock.now()
    today = now.date()
    found = registers.standing(code, today)
    if found is None:
        raise Refused("subject-unknown", kind="site", code=code)
    shown = {
        **_line(who, found, today),
        "authorisations": [(a, _held(a.to_on, now, who.zone_of(code))) for a in reversed(found.authorisations)],
        "qualifications": [(q, _held(q.until_on, now, who.zone_of(code))) for q in reversed(found.qualifications)],
        "editions": list(reversed(found.annexes)),
        "sees": who.may_see(code),
        "now": now,
        "next": [next_acts.offer(who, act, **_filled(act, code)) for act in ACTS],
        "told": telling.tell(read.entries_about(f"site:{code}"), [f"site:{code}"]),
    }
    return render(request, "web/site.html", shown)


def _held(until: Any, now: Any, zone: str) -> Countdown | None:
    return Countdown(end_of(until, zone), now, by_day=True) if until else None


def _filled(act: str, code: str) -> dict[str, str]:
    return {} if act == "effect-master-file" else {"site": code}
