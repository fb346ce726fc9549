"""Journeys: the list of therapies, searched, filtered, sorted and paged."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.registers import questions
from milenari.web.access import acting, page
from milenari.web.paging import Paging
from milenari.web.wording import vocabulary

FILTERS = ("q", "site", "station", "sort")


@page
def journeys(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    number = request.GET.get("page", "1")
    listed = questions.journeys(
        who.sees, asked["q"], asked["site"], asked["station"], asked["sort"] or "-since",
        int(number) if number.isdecimal() else 1,
    )  # fmt: skip
    shown = {
        "listed": listed,
        "asked": asked,
        "narrowed": any(asked[name] for name in ("q", "site", "station")),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "stations": [(code, word) for code, word in vocabulary.STATIONS.items() if code != "released"],
        "paging": Paging(listed.page, listed.pages, {k: v for k, v in asked.items() if v}),
    }
    return render(request, "web/journeys.html", shown)
