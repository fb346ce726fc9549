"""Control charts: the newest results of one test, batch by batch, drawn and in a table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from milenari.journal import read
from milenari.registers import models as table
from milenari.registers import quality
from milenari.rules.specification import PASS, Criterion
from milenari.science import control_chart
from milenari.web import wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import control, isolate
from milenari.web.pages import drift
from milenari.web.pages.qc import criterion_of
from milenari.words import Quantity, plain, split_subject


@dataclass(frozen=True)
class Told:
    """One result as the table beside the chart says it."""

    row: table.Result
    limit: Criterion
    value: str
    look: str
    word: Any
    zone: str


@page
def chart(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("series", "site")}
    choices = quality.series(who.sees)
    process, _bar, test = asked["series"].partition("|")
    chosen = next((s for s in choices if (s.process, s.test) == (process, test)), None)
    rows = quality.points(who.sees, process, test, asked["site"]) if chosen else []
    numeric = [row for row in rows if row.amount is not None]
    counted = [row for row in numeric if not row.comparator]
    found = control_chart.individuals([row.amount for row in counted if row.amount is not None])
    floor = bool(found) and not _signed(rows[-1])
    told = [_told(row, who, found) for row in rows]
    drawable = [t for t in told if t.row.amount is not None]
    shown: dict[str, Any] = {
        "choices": choices, "chosen": chosen, "asked": asked, "told": told[::-1], "found": found,
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "rows": rows, "numeric": numeric, "counted": len(counted), "bounds": len(numeric) - len(counted),
        "still": len(counted) >= control_chart.FEWEST and found is None,
        "met": sum(row.outcome == PASS for row in rows), "fewest": control_chart.FEWEST,
        "settled": control_chart.SETTLED, "most": quality.POINTS,
        "differ": len({(row.op, row.limit, row.high) for row in rows}) > 1,
        "drawing": _drawn(chosen, drawable, found, floor) if drawable and chosen else "",
    }  # fmt: skip
    if found is not None:
        unit = numeric[-1].unit
        shown |= {
            "mean": _short(found.centre, unit),
            "low": "" if floor and found.low < 0 else _short(found.low, unit),
            "high": _short(found.high, unit),
        }
    site = asked["site"]
    if chosen and counted and site in who.sites and who.may_see(site):
        last = counted[-1]
        shown["watched"] = drift.watched(who, site, chosen.process, chosen.test, criterion_of(last), last.unit)
    return render(request, "web/control_chart.html", shown)


def _short(value: Decimal, unit: str) -> Any:
    """Four significant digits are more than a control limit knows."""
    return wording.number(Decimal(f"{value:.4g}"), unit)


def _told(row: table.Result, who: Acting, found: control_chart.Individuals | None) -> Told:
    if row.amount is None:
        look = "inside" if row.outcome == PASS else "outside"
        return Told(row, criterion_of(row), row.value, look, control.names()[look], who.zone_of(row.site))
    if row.comparator:
        look = "bound"
    elif row.outcome != PASS:
        look = "outside"
    else:
        look = "signal" if found is not None and found.outside(row.amount) else "inside"
    value = _value(row)
    word = control.names()[look]
    if look == "bound" and row.outcome != PASS:
        word = f"{word} · {control.names()['outside']}" if row.outcome == "fail" else word
    return Told(row, criterion_of(row), value, look, word, who.zone_of(row.site))


def _value(row: table.Result) -> str:
    """The result as it was recorded; per kg, as the rule computed it."""
    number, _blank, unit = row.value.partition(" ")
    if row.per_kg:
        number, unit = f"{row.comparator}{row.amount:.4g}", row.unit
    found = Quantity.parse(number, unit)
    sign = {"<=": "≤", ">=": "≥"}.get(found.comparator, found.comparator)
    return f"{sign}{plain(found.value)} {wording.unit(unit)}".strip()


def _signed(row: table.Result) -> bool:
    """Whether this test measures a difference, which may be negative."""
    limit = read.sheet(row.of).criterion(row.test)
    return limit is not None and bool(limit.signed)


def _drawn(chosen: quality.Series, told: list[Told], found: control_chart.Individuals | None, floor: bool) -> Any:
    points = [
        control.Point(
            split_subject(t.row.of)[1], float(t.row.amount or 0), t.look,
            f"{isolate(split_subject(t.row.of)[1])}, {isolate(t.value)}, {t.word}", _page_of(t.row.of),
            below=t.row.comparator.startswith("<"),
        )
        for t in told
    ]  # fmt: skip
    limits = [line for t in told[-1:] for line in _limits(t.limit)]
    unit = wording.unit(told[-1].row.unit)
    axis = f"{chosen.attribute} ({isolate(unit)})" if unit else chosen.attribute
    title = _("Results of %(test)s, batch by batch") % {"test": isolate(chosen.test)}
    said = _("The table beside the drawing says the same.")
    return control.control_chart(points, limits, found, axis, title, said, floor)


def _page_of(name: str) -> str:
    kind, code = split_subject(name)
    return reverse(kind, args=[code])


def _limits(limit: Criterion) -> list[control.Line]:
    """The specification's limits of the newest batch, named in words."""
    said = {
        "ge": (_("specification: at least %(number)s"),),
        "gt": (_("specification: more than %(number)s"),),
        "le": (_("specification: at most %(number)s"),),
        "lt": (_("specification: less than %(number)s"),),
        "between": (_("specification: at least %(number)s"), _("specification: at most %(number)s")),
    }.get(limit.op, ())
    unit = wording.unit(limit.unit)
    return [
        control.Line(float(number), sentence % {"number": isolate(f"{number} {unit}".strip())})
        for sentence, number in zip(said, (limit.limit, limit.high), strict=False)
    ]
