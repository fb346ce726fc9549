"""Shipments: what is on its way, what has arrived by its form before its data, and what is overdue."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.registers import transit
from milenari.web import addresses, next_acts
from milenari.web.access import acting, page
from milenari.web.paging import Paging

PAGE = 25


@page
def shipments(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    asked = request.GET.get("q", "").strip()
    arrived = transit.open_arrivals(who.sees)
    moving = transit.on_its_way(who.sees)
    if asked:
        arrived = arrived.filter(what__icontains=asked)
        moving = [one for one in moving if asked.lower() in one.subject.lower()]
    number = request.GET.get("page", "1")
    at = int(number) if number.isdecimal() and number != "0" else 1
    total = max(len(moving), arrived.count())
    start = (at - 1) * PAGE
    lines = moving[start : start + PAGE]
    waiting = [(row, transit.untold(row, now)) for row in arrived[start : start + PAGE]]
    shown: dict[str, Any] = {
        "asked": asked,
        "moving": [(one, one.overdue(now), _receive(one, who)) for one in lines],
        "waiting": [(row, late, _settle(row, late, who)) for row, late in waiting],
        "paging": Paging(at, max(1, -(-total // PAGE)), {"q": asked} if asked else {}),
        "overdue_h": int(transit.OVERDUE_AFTER.total_seconds() // 3600),
        "untold_h": int(transit.UNTOLD_AFTER.total_seconds() // 3600),
    }
    return render(request, "web/shipments.html", shown)


def _receive(one: transit.OnItsWay, who: Any) -> str:
    """Where it is received, for the site it is bound for."""
    return addresses.of_action("receive", what=one.subject) if one.to_site == who.site else ""


def _settle(row: Any, late: bool, who: Any) -> Any:
    return next_acts.offer(who, "settle-arrival", arrival=row.code) if row.site == who.site else None
