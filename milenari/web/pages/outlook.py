"""Outlook: how long the vector on the shelf lasts, as a picture, in words and as a file."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from milenari.journal import clock
from milenari.registers import outlook as registers
from milenari.science.planning.projection import LONGEST, Projection
from milenari.science.unfit import Unfit
from milenari.web.access import acting, page
from milenari.web.charts import outlook as charts

DAYS = 365
SPANS = (90, 180, 365, 730)


@page
def outlook(request: HttpRequest) -> HttpResponse:
    """The projection for a demand and a span that are asked for, or that the record suggests."""
    who, now = acting(request), clock.now()
    today = who.today(now)
    used = registers.used_per_year(who.sees, now)
    asked = {name: request.GET.get(name, "").strip() for name in ("year", "days", "passes")}
    coming = registers.lots(who.sees, today)
    faults: dict[str, str] = {}
    per_year = _number(asked["year"], faults, "year") if asked["year"] else used
    days = _number(asked["days"], faults, "days") if asked["days"] else float(DAYS)
    passes = _number(asked["passes"], faults, "passes") if asked["passes"] else 100 * registers.PASSES
    if days is not None and not (days == int(days) and 1 <= days <= LONGEST):
        faults["days"] = _("Say whole days, ten years at most.")
    if passes is not None and not 0 <= passes <= 100:
        faults["passes"] = _("Say a share between nothing and all, in percent.")
    found = None
    if per_year is not None and days is not None and passes is not None and not faults:
        try:
            found = registers.outlook(coming, today, per_year, int(days), passes / 100)
        except Unfit:
            faults["year"] = _("Say how many doses a year, more than none.")
    if found and request.GET.get("form") == "csv":
        return _csv(found, today)
    shown: dict[str, Any] = {
        "coming": coming, "doses": sum(one.doses for one in coming if one.released), "asked": asked, "faults": faults,
        "used": round(used, 1) if used else None, "days": asked["days"] or str(DAYS),
        "year": asked["year"] or (f"{used:.1f}" if used else ""),
        "passes": asked["passes"] or f"{100 * registers.PASSES:g}", "spans": SPANS, "found": found, "today": today,
        "waiting": any(not one.released for one in coming),
    }  # fmt: skip
    if found:
        days_of = {"early": found.out_early, "middle": found.out_middle, "late": found.out_late}
        shown |= {name: None if at is None else today + timedelta(days=at) for name, at in days_of.items()}
        shown |= {"chart": charts.band(found, today), "expired": round(found.expired, 1), "query": _query(request),
                  "last": today + timedelta(days=len(found.middle) - 1),
                  "waited": round(100 * found.waited[-1], 1)}  # fmt: skip
    return render(request, "web/outlook.html", shown, status=400 if faults else 200)


def _number(text: str, faults: dict[str, str], name: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        faults[name] = _("This is no number.")
        return None
    if value != value or value in (float("inf"), float("-inf")):
        faults[name] = _("This is no number.")
        return None
    return value


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept["form"] = "csv"
    return kept.urlencode()


def _csv(found: Projection, today: Any) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="outlook-{today}.csv"'
    writer = csv.writer(answer)
    writer.writerow(("day", "doses_p05", "doses_p50", "doses_p95", "share_of_futures_somebody_waited"))
    for at, row in enumerate(zip(found.low, found.middle, found.high, found.waited, strict=True)):
        writer.writerow((today + timedelta(days=at), *row))
    return answer
