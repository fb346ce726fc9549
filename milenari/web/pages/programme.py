"""Programme: the network's end points by site, and the product quality review of one site and year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers import programme, questions, yearly
from milenari.rules.action import Refused
from milenari.science import endpoints
from milenari.science.computed import Unfit
from milenari.web import small_counts, wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import ends as charts
from milenari.web.pages.studies import attribute_names, figure
from milenari.web.wording import comparing as words
from milenari.web.wording import yearly as review_words

COUNTED = "cells"  # a unit that stands in the heading: powers of ten leave no room for it in a cell
FEWEST_FOR_SPREAD = 3  # two values give an interval of a mean that says less than the two values


@dataclass(frozen=True)
class Line:
    """One quantity at one site as it may be shown."""

    site: str
    number: Any
    missing: int
    median: Any
    mean: Any
    spread: Any
    shown: bool


@dataclass(frozen=True)
class Quantity:
    """One end point over all sites."""

    title: Any
    unit: str
    lines: list[Line]
    picture: SafeString | str


@page
def end_points(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    products = programme.products()
    product = request.GET.get("product", "")
    product = product if product in products else products[0] if products else ""
    shown: dict[str, Any] = {"products": products, "product": product, "sees_all": who.sees is None,
                             "fewest": small_counts.FEWEST}  # fmt: skip
    if product:
        try:
            found = programme.end_points(product)
        except Unfit as why:
            shown["unfit"] = wording.filled(words.unfit(why), {"code": wording.isolated(why.code)})
            shown["culprit"] = why.facts.get("key", "")
        else:
            shown |= {"quantities": _quantities(who, found, product), "success": _success(who, found),
                      "success_picture": charts.shares(_told(who, found))}  # fmt: skip
    return render(request, "web/endpoints.html", shown)


def _quantities(who: Acting, found: endpoints.Endpoints, product: str) -> list[Quantity]:
    made, names = [], attribute_names(DiskBook(), product)
    for name in dict.fromkeys(s.quantity for s in found.summaries):
        mine = [s for s in found.summaries if s.quantity == name]
        told = [s for s in mine if s.n and small_counts.told(who, s.site, s.n)]
        title = words.ENDPOINTS.get(name) or _named(name, names)
        picture = charts.intervals(told, str(words.ENDPOINTS.get(name, name)))
        unit = wording.unit(COUNTED) if mine[0].unit == COUNTED else ""
        made.append(Quantity(title, unit, [_line(who, s) for s in mine], picture))
    return made


def _named(test: str, names: dict[str, str]) -> Any:
    """A test by its attribute in the specification, with its code."""
    if test not in names:
        return wording.isolated(test)
    return wording.filled("%(name)s %(code)s", {"name": wording.isolated(names[test]), "code": wording.isolated(test)})


def _line(who: Acting, s: endpoints.Summary) -> Line:
    shown = small_counts.told(who, s.site, s.n) and s.n > 0
    spread: Any = ""
    unit = "" if s.unit == COUNTED else s.unit
    if shown and s.n >= FEWEST_FOR_SPREAD and s.sd and s.mean_low is not None and s.mean_high is not None:
        ends = {"low": figure(s.mean_low, unit), "high": figure(s.mean_high, unit)}
        spread = wording.filled(_("from %(low)s to %(high)s"), ends)
    median, mean = (figure(value, unit) if shown else "" for value in (s.median, s.mean))
    missing = s.missing if who.may_see(s.site) else 0
    return Line(s.site, small_counts.counted(who, s.site, s.n), missing, median, mean, spread, shown)


def _told(who: Acting, found: endpoints.Endpoints) -> list[tuple[str, Any]]:
    return [(site, s) for site, s in found.success.items() if s.of and small_counts.told(who, site, s.of)]


def _success(who: Acting, found: endpoints.Endpoints) -> list[tuple[Any, ...]]:
    """Site, decided batches, successful ones, share and exact interval, undecided; what may not be told is left out."""
    told = dict(_told(who, found))
    rows: list[tuple[Any, ...]] = []
    for site, s in found.success.items():
        number = small_counts.counted(who, site, s.of)
        if site not in told:
            rows.append((site, number, "", "", "", ""))
            continue
        ends = {"low": figure(100 * s.ci_low, "%"), "high": figure(100 * s.ci_high, "%")}
        share = figure(100 * (s.value or 0), "%")
        undecided = wording.number(found.undecided[site]) if who.may_see(site) else ""
        rows.append((site, number, wording.number(s.successes), share,
                     wording.filled(_("from %(low)s to %(high)s"), ends), undecided))  # fmt: skip
    return rows


# -- product quality review -----------------------------------------------------------------------------


@page
def review(request: HttpRequest) -> HttpResponse:
    who, today = acting(request), clock.now().date()
    site = request.GET.get("site", "") or who.site
    who.require_sight(site)
    if site not in who.sites:
        raise Refused("subject-unknown", kind="site", code=site)
    years = yearly.years_of(site, today)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else years[0]
    found = yearly.year_of(site, year, today)
    shown = {
        "places": [place for code, place in who.sites.items() if who.may_see(code)], "site": site, "year": str(year),
        "years": [str(y) for y in years], "found": found, "lines": lines_of(found), "zone": questions.zone_of(site),
        "tested": [(t, capability_in_words(t)) for t in found.tested],
        "not_held": review_words.NOT_HELD,
    }  # fmt: skip
    return render(request, "web/review.html", shown)


def lines_of(found: yearly.Year) -> list[tuple[Any, Any]]:
    """The figures of the year, each with its name."""
    share: Any = _("nothing decided yet")
    if found.success.value is not None:
        facts = {"share": figure(100 * found.success.value, "%"), "low": figure(100 * found.success.ci_low, "%"),
                 "high": figure(100 * found.success.ci_high, "%")}  # fmt: skip
        share = wording.filled(_("%(share)s, exact interval from %(low)s to %(high)s"), facts)
    days: Any = _("no infusion yet")
    if found.ends is not None and found.ends.median is not None:
        days = wording.filled(_("median %(median)s, from %(least)s to %(most)s"),
                              {"median": figure(found.ends.median, "d"), "least": figure(found.ends.least, "d"),
                               "most": figure(found.ends.most, "d")})  # fmt: skip
    counts = {
        "batches": len(found.batches), "undecided": found.undecided, "runs": len(found.runs),
        "deviations": len(found.deviations), "oos": len(found.out_of_specification),
        "investigations": len(found.investigations), "recalls": len(found.recalled), "changes": len(found.changes),
        "vector": len(found.vector), "equipment": len(found.equipment), "overdue": len(found.overdue),
        "materials": len(found.materials), "people": found.people, "trained": found.trained,
        "lapsed": len(found.lapsed), "signals": len(found.signals),
    }  # fmt: skip
    told: list[tuple[Any, Any]] = [(review_words.COUNTS[name], wording.number(n)) for name, n in counts.items()]
    told.insert(2, (review_words.SHARE, share))
    told.insert(3, (words.ENDPOINTS["apheresis to infusion"], days))
    return told


def capability_in_words(tested: yearly.Tested) -> Any:
    """Cpk and Ppk of one attribute, or why there is none."""
    if tested.capability is None:
        why = tested.unfit
        return (
            wording.filled(words.unfit(why), {"code": wording.isolated(why.code)}) if why else _("answered by a word")
        )
    parts = [(wording.isolated(name.capitalize()), getattr(tested.capability, name)) for name in ("cpk", "ppk")]
    said = [{"name": name, "value": figure(index.value)} for name, index in parts if index is not None]
    return wording.joined(wording.filled("%(name)s %(value)s", one) for one in said)
