"""Clocks: the entries whose claimed times lie outside what other sites' clocks prove."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal.exchange import bounds
from milenari.web.access import acting, page
from milenari.web.paging import Paging
from milenari.web.wording import sharing as words

PAGE = 25


@page
def clocks(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    number, site = request.GET.get("page", "1"), request.GET.get("site", "")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    sees = who.sees if not site else frozenset({site}) if who.sees is None else who.sees & {site}
    found, total = bounds.outside(sees, (at - 1) * PAGE, PAGE)
    shown: dict[str, Any] = {
        "lines": [(one, words.SKEWS[one.kind]) for one in found],
        "paging": Paging(at, max(1, -(-total // PAGE)), {"site": site} if site else {}),
    }
    return render(request, "web/clocks.html", shown)
