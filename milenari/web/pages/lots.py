"""Lots: the vector stock, one lot's way to the patients it reached, and the campaign it came from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.journal import clock, origin, read
from milenari.registers import questions, vector
from milenari.rules.action import Refused
from milenari.web import charts, history, next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.charts import drawing
from milenari.web.pages.batch import requirements
from milenari.web.paging import Paging, number_of

DRAWN = 8  # lots in the chart of the stock
GROWN = 4  # lots of a campaign whose genealogy is drawn
FILTERS = ("q", "state")


def _today(who: Acting) -> date:
    now: datetime = clock.now()
    return now.astimezone(ZoneInfo(who.zone)).date()


@page
def lots(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    number = number_of(request.GET.get("page", ""))
    listed = vector.stock_page(who.sees, _today(who), asked["q"], asked["state"], number)
    shown = {
        "listed": listed,
        "asked": asked,
        "narrowed": any(asked.values()),
        "states": _states(),
        "chart": _chart(listed.stocks),
        "paging": Paging(listed.page, listed.pages, {k: v for k, v in asked.items() if v}),
    }
    return render(request, "web/lots.html", shown)


def _states() -> list[tuple[str, Any]]:
    unusable = _("recalled, rejected or expired")
    return [("usable", _("usable")), ("waiting", _("not decided yet")), ("unusable", unusable)]


def _chart(stocks: list[vector.Stock]) -> SafeString | str:
    """Unspent containers of the usable lots by site, stacked by state; nothing when there are none."""
    shown = [stock for stock in stocks if stock.usable and stock.containers][:DRAWN]
    words = {"free": _("free"), "reserved": _("reserved"), "moving": _("on the way")}
    rows = [
        {"lot": stock.lot.code, "site": shelf.site, "state": words[state], "containers": shelf.counts[state],
         "order": vector.STATES.index(state)}
        for stock in shown for shelf in stock.shelves.values() for state in vector.STATES if shelf.counts[state]
    ]  # fmt: skip
    if not rows:
        return ""
    spec = {
        "data": {"values": rows},
        "width": 620,
        "height": {"step": 24},
        "mark": {"type": "bar", "height": 16},
        "encoding": {
            "row": {"field": "lot", "type": "nominal", "title": None, "sort": [s.lot.code for s in shown],
                    "header": {"labelAngle": 0, "labelAlign": "left", "labelPadding": 8, "labelFontWeight": 600}},
            "y": {"field": "site", "type": "nominal", "title": None},
            "x": {"field": "containers", "type": "quantitative", "title": _("Containers"), "stack": "zero",
                  "axis": {"tickMinStep": 1, "format": "d"}},
            "order": {"field": "order"},
            "color": {"field": "state", "type": "nominal",
                      "scale": {"domain": list(words.values()), "range": [drawing.GOOD, drawing.MAIN, "#d19a1f"]}},
        },
        "resolve": {"scale": {"y": "independent"}},
        "spacing": 6,
    }  # fmt: skip
    return charts.svg(spec, title=_("Unspent containers of usable lots by site"),
                      description=_("For each lot and site how many are free, reserved and on the way; the table says "
                                    "the same."))  # fmt: skip


@page
def lot(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    today = _today(who)
    trace = questions.trace(code, today, who.sees)
    if trace is None:
        raise Refused("subject-unknown", kind="lot", code=code)
    if not vector.concerns(code, who.sees):
        raise Refused("page-not-for-you", site=trace.lot.site)
    sheet = read.sheet(f"lot:{code}")
    about = [f"lot:{code}"]
    told, paging = history.page_of(request, about)
    shown = {
        "trace": trace,
        "lot": trace.lot,
        "stock": trace.stock,
        "held": vector.stocks([trace.lot], today)[0],
        "sheet": sheet,
        "zone": who.zone_of(trace.lot.site),
        "requirements": requirements(sheet),
        "names": questions.names_of([*sheet.workers, *(d.closed_by for d in sheet.deviations)]),
        "tree": charts.genealogy([trace]),
        "blocked": [b for b in trace.unspent],
        "hidden": sum(b.hidden for b in trace.branches),
        "told": told,
        "paging": paging,
        "next": next_acts.for_lot(who, sheet),
        "acts": _acts(about[0]),
    }
    return render(request, "web/lot.html", shown)


SETS = ("harvest-vector", "fill-lot", "record-titre", "release-lot", "reject-lot", "extend-lot", "recall-lot",
        "open-campaign")  # fmt: skip


def _acts(name: str) -> dict[str, str]:
    """The newest act of each kind about a subject, for the links behind its data."""
    found = {action: acts[-1] for (_name, action), acts in origin.acts_about([name], SETS).items()}
    found["expiry"] = found.get("extend-lot") or found.get("release-lot", "")
    return {action.replace("-", "_"): act for action, act in found.items()}


@page
def campaign(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    sheet = read.sheet(f"campaign:{code}")
    if not sheet.exists:
        raise Refused("subject-unknown", kind="campaign", code=code)
    made = vector.lots_of_campaign(code)
    if not who.may_see(sheet.owner) and not any(vector.concerns(row.code, who.sees) for row in made[:GROWN]):
        raise Refused("page-not-for-you", site=sheet.owner)
    today = _today(who)
    traces = [t for row in made[-GROWN:] if (t := questions.trace(row.code, today, who.sees)) is not None]
    told, paging = history.page_of(request, [f"campaign:{code}"])
    shown = {
        "sheet": sheet,
        "stocks": vector.stocks(made, today),
        "traces": traces,
        "left_out": len(made) - len(traces),
        "tree": charts.genealogy(traces) if traces else "",
        "zone": who.zone_of(sheet.owner),
        "acts": _acts(f"campaign:{code}"),
        "told": told,
        "paging": paging,
        "next": [next_acts.offer(who, "harvest-vector", campaign=code)],
    }
    return render(request, "web/campaign.html", shown)
