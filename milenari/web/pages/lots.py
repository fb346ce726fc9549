"""Lots: the vector stock in transducing units, and one lot's trace to the patients it reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.registers import questions
from milenari.rules.action import Refused
from milenari.web import charts, next_acts, telling
from milenari.web.access import Acting, acting, page
from milenari.web.pages.batch import requirements


def _today(who: Acting) -> Any:
    now: datetime = clock.now()
    return now.astimezone(ZoneInfo(who.zone)).date()


@page
def lots(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    return render(request, "web/lots.html", {"stocks": questions.lots(who.sees, _today(who))})


@page
def lot(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    trace = questions.trace(code, _today(who), who.sees)
    if trace is None:
        raise Refused("subject-unknown", kind="lot", code=code)
    if not any(stock.lot.code == code for stock in questions.lots(who.sees, _today(who))):
        raise Refused("page-not-for-you", site=trace.lot.site)
    sheet = read.sheet(f"lot:{code}")
    about = [f"lot:{code}"]
    shown = {
        "trace": trace,
        "lot": trace.lot,
        "stock": trace.stock,
        "sheet": sheet,
        "zone": who.zone_of(trace.lot.site),
        "requirements": requirements(sheet),
        "names": questions.names_of([*sheet.workers, *(d.closed_by for d in sheet.deviations)]),
        "tree": charts.trace_tree(trace),
        "blocked": [b for b in trace.unspent],
        "hidden": sum(b.hidden for b in trace.branches),
        "told": telling.tell(read.entries_about(*about), about),
        "next": next_acts.for_lot(who, sheet),
    }
    return render(request, "web/lot.html", shown)
