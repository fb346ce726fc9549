"""Drift: a series against its frozen baseline by every chart, its capability, and the list of signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.journal.fold import DiskBook
from milenari.registers import drifting, studies
from milenari.rules.drift import Baseline, series
from milenari.science import capability, cusum, ewma
from milenari.science.computed import Unfit
from milenari.science.drift import Drift
from milenari.web import next_acts, wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import drift as charts
from milenari.web.pages.studies import figure
from milenari.web.paging import Paging, number_of
from milenari.web.wording import comparing as words

STATES = ("open", "assessed", "all")


@dataclass(frozen=True)
class Watched:
    """One series of one site as the page of control charts shows it below its own chart."""

    code: str
    baseline: Baseline
    charts: list[SafeString]
    signals: list[tuple[Any, str, Any]]  # signal, code of its task, the offer to open it
    opened: dict[str, Any]
    capability: list[tuple[Any, Any]]
    unfit: Any
    simulated: int
    freeze: Any
    proposed: list[tuple[Any, Any]]
    later: int


def watched(who: Acting, site: str, process: str, test: str, limits: Any, unit: str) -> Watched:
    """Everything about one series: its baseline or what one would be, charts of what came later, capability."""
    code = series(site, process, test)
    found: Baseline = DiskBook().sheet(f"baseline:{code}")
    values = drifting.values_of(site, process, test)
    later: list[drifting.Value] = []
    told: Drift | None = None
    pictures: list[SafeString] = []
    if found.frozen_at is not None:
        later, told = drifting.judged(found, values)
        pictures = _pictures(found, later, told, unit)
    freeze, offered = _proposal(who, values, unit)
    signals = [_signal(who, code, later, one) for one in told.signals] if told else []
    known = {row.code: row for row in studies.signals(None, "", code).rows}
    fit, unfit = _capability(values, limits)
    drawn = len(drifting.values_of(site, process, test, simulated=True))
    return Watched(code, found, pictures, signals, known, fit, unfit, drawn, freeze, offered, len(later))


def _pictures(found: Baseline, later: list[drifting.Value], told: Drift, unit: str) -> list[SafeString]:
    if not later:
        return []
    base, amounts = drifting.frozen(found), [v.amount for v in later]
    flagged = {signal.first for signal in told.signals if signal.test.startswith("nelson")}
    keys = [v.batch for v in later]
    return [
        charts.individuals(keys, amounts, base, flagged, unit),
        charts.weighted(keys, ewma.chart(amounts, base), unit),
        charts.sums(keys, cusum.chart(amounts, base), unit),
    ]


def _signal(who: Acting, code: str, later: list[drifting.Value], one: Any) -> tuple[Any, str, Any]:
    task = drifting.PREFIX + one.id
    keys = [v.batch for v in later]
    batches = keys[keys.index(one.first) : keys.index(one.last) + 1]
    offer = next_acts.offer(
        who, "raise-signal", signal=task, baseline=code, pattern=one.test, batches=" ".join(batches)
    )
    return one, task, offer


def _proposal(who: Acting, values: list[drifting.Value], unit: str) -> tuple[Any, list[tuple[Any, Any]]]:
    """The form to freeze these batches as a baseline, filled in; and its figures, or why there is none yet."""
    try:
        found, data = drifting.proposed(values)
    except Unfit as why:
        return None, [(_("No baseline yet"), wording.filled(words.unfit(why), {"code": wording.isolated(why.code)}))]
    filled = {name: data[name] for name in ("baseline", "process", "test", "method")}
    filled |= {"centre": data["centre"]["value"], "centre.unit": unit, "sigma": data["sigma"]["value"]}
    filled |= {"sigma.unit": unit, "batches": " ".join(data["batches"]), "convention": "nelson-1984"}
    offer = next_acts.offer(who, "freeze-baseline", **filled)
    return offer, [(_("Centre"), figure(found.centre, unit)), (_("Standard deviation"), figure(found.sigma, unit)),
                   (_("Batches"), wording.number(found.n))]  # fmt: skip


def _capability(values: list[drifting.Value], limits: Any) -> tuple[list[tuple[Any, Any]], Any]:
    """Indices with their intervals; or why there are none."""
    lower, upper = bounds_of(limits)
    try:
        found = capability.of_values([v.amount for v in values], lower, upper)
    except Unfit as why:
        return [], wording.filled(words.unfit(why), {"code": wording.isolated(why.code)})
    told: list[tuple[Any, Any]] = []
    for name in ("cp", "cpk", "pp", "ppk"):
        index = getattr(found, name)
        if index is not None:
            ends = {"value": figure(index.value), "low": figure(index.ci_low), "high": figure(index.ci_high)}
            said = wording.filled(_("%(value)s, interval from %(low)s to %(high)s"), ends)
            told.append((wording.isolated(name.capitalize()), said))
    told.append((_("Batches"), wording.number(found.n)))
    if found.provisional:
        told.append((_("Note"), _("provisional: so few batches say little about capability")))
    return told, None


def bounds_of(limits: Any) -> tuple[float | None, float | None]:
    """The specification's lower and upper limit as numbers, each or none."""
    low = float(limits.limit) if limits.op in ("ge", "gt", "between") and limits.limit else None
    if limits.op == "between":
        return low, float(limits.high)
    return low, float(limits.limit) if limits.op in ("le", "lt") and limits.limit else None


@page
def signals(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("state", "series")}
    state = asked["state"] if asked["state"] in STATES else "open"
    found = studies.signals(who.sees, state, asked["series"], number_of(request.GET.get("page", "")))
    back = {"back": f"{request.path}?{urlencode({'state': state})}"}
    kept = {row.code: row for row in studies.baselines(who.sees)}
    lines = [(row, next_acts.offer(who, "assess-signal", signal=row.code, **back), _chart(kept.get(row.baseline)),
              who.zone_of(row.site)) for row in found.rows]  # fmt: skip
    shown = {
        "lines": lines, "state": state, "asked": asked, "found": found, "kept": [(b, _chart(b)) for b in kept.values()],
        "states": [("open", _("open")), ("assessed", _("assessed")), ("all", _("all"))],
        "paging": Paging(found.page, found.pages, {"state": state, **{k: v for k, v in asked.items() if v}}),
    }  # fmt: skip
    return render(request, "web/signals.html", shown)


def _chart(row: Any) -> str:
    """The page of a series' charts."""
    if row is None:
        return ""
    return reverse("qc-chart") + "?" + urlencode({"series": f"{row.process}|{row.test}", "site": row.site})
