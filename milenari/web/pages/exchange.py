"""Exchange: per other site what is proven of who holds what, what is on its way, and what has left on which basis."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.journal.exchange import anchor, standing
from milenari.registers import transit
from milenari.web.access import acting, page
from milenari.web.paging import Paging
from milenari.words import Role

PAGE = 25
# Who may see what left the hospital, to whom and on which basis.
TRANSFER_LOG = (Role.QA, Role.QP, Role.COORDINATOR, Role.IT_ADMIN)


@page
def exchange(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    number = request.GET.get("page", "1")
    at = int(number) if number.isdecimal() and number != "0" else 1
    may_see_log = any(role in TRANSFER_LOG for role in who.here)
    lines, total = standing.transits((at - 1) * PAGE, PAGE) if may_see_log else ([], 0)
    shown: dict[str, Any] = {
        "standings": standing.standings(),
        "places": who.sites,
        "now": clock.now(),
        "mirrored": anchor.wanted(),
        "transits": lines,
        "may_see_log": may_see_log,
        "on_its_way": transit.on_its_way(who.sees),
        "paging": Paging(at, max(1, -(-total // PAGE)), {}),
    }
    return render(request, "web/exchange.html", shown)
