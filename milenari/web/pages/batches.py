"""Batches: every product in the making or made at the sites one sees, and what moves each on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.registers import batches as registers
from milenari.web import addresses
from milenari.web.access import acting, page
from milenari.web.paging import Paging
from milenari.web.wording import vocabulary
from milenari.web.wording import waiting as words

EVERY = "every"


@page
def batches(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "site", "decision")}
    number = request.GET.get("page", "1")
    sites = [asked["site"]] if asked["site"] and who.may_see(asked["site"]) else who.sees
    decision = None if asked["decision"] == EVERY else asked["decision"]
    listed = registers.batches(sites, asked["q"], decision, int(number) if number.isdecimal() else 1)
    shown: dict[str, Any] = {
        "listed": listed,
        "lines": [(line, words.WHY.get(line.action, ""), _way(line)) for line in listed.lines],
        "asked": asked,
        "every": EVERY,
        "narrowed": any(asked.values()),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "decisions": [(code, vocabulary.DECISIONS[code]) for code in registers.DECISIONS if code],
        "paging": Paging(listed.page, listed.pages, {k: v for k, v in asked.items() if v}),
    }
    return render(request, "web/batches.html", shown)


def _way(line: registers.Line) -> str:
    return addresses.of_work(line.action, line.batch.subject, {"batch": line.batch.code}) if line.action else ""
