"""What a change is worth, drawn: a tornado, a heat map, and designs with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.web.charts.drawing import INK, MAIN, PAPER, WARN, svg

PALE = "#e8f1f4"  # the low end of a heat map


def _format(measure: str) -> str:
    return {"days": ".1f", "cost": ",.0f"}.get(measure, ".1%")


def tornado(made: Mapping[str, Any], said: str, named: Mapping[str, str]) -> SafeString:
    """Bars from the figure as it is to the figure at the low and at the high value, with their intervals."""
    base, ends = made["base"]["mean"], (_("low value"), _("high value"))
    rows, order = [], []
    for one in made["swings"]:
        field = f"{named.get(one['field'], one['field'])} ({one['base']:g})"
        order.append(field)
        for end, value, gap in ((ends[0], one["low"], one["at_low"]), (ends[1], one["high"], one["at_high"])):
            rows.append({
                "field": field, "end": end, "value": f"{value:g}", "to": base + gap["mean"], "base": base,
                "low": base + gap["ci_low"], "high": base + gap["ci_high"], "right": gap["mean"] >= 0,
            })  # fmt: skip
    y = {"field": "field", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 320}}
    x = {"field": "to", "type": "quantitative", "scale": {"zero": False}, "title": said,
         "axis": {"format": _format(made["measure"])}}  # fmt: skip
    written, label = {"type": "text", "baseline": "bottom", "dy": -4}, {"y": y, "x": x, "text": {"field": "value"}}
    spec = {
        "data": {"values": rows}, "width": 460, "height": {"step": 46},
        "layer": [
            {"mark": {"type": "bar", "height": 16},
             "encoding": {"y": y, "x": x, "x2": {"field": "base"},
                          "color": {"field": "end", "type": "nominal", "sort": list(ends),
                                    "scale": {"domain": list(ends), "range": [MAIN, WARN]}}}},
            {"mark": {"type": "rule", "strokeWidth": 1.5, "color": INK},
             "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
            {"mark": {"type": "rule", "color": INK}, "data": {"values": [{"base": base}]},
             "encoding": {"x": {"field": "base", "type": "quantitative"}}},
            {"transform": [{"filter": "datum.right"}], "mark": {**written, "align": "left"}, "encoding": label},
            {"transform": [{"filter": "!datum.right"}], "mark": {**written, "align": "right"}, "encoding": label},
        ],
    }  # fmt: skip
    return svg(spec, title=_("What each change is worth"), description=_(
        "A bar goes from the figure as it is to the figure at the low and at the high value; thin lines are intervals. "
        "The table below says the same."))  # fmt: skip


def heat(made: Mapping[str, Any], named: Mapping[str, str]) -> SafeString:
    """A cell for every combination, its figure written in it."""
    rows = [{"row": f"{one:g}", "column": f"{other:g}", "value": cell["mean"]}
            for one, cells in zip(made["rows"], made["cells"], strict=True)
            for other, cell in zip(made["columns"], cells, strict=True)]  # fmt: skip
    titles = [named.get(field, field) for field in made["fields"]]
    y = {
        "field": "row",
        "type": "nominal",
        "sort": [f"{v:g}" for v in made["rows"]],
        "title": titles[0],
        "axis": {"titleAngle": 0, "titleAlign": "left", "titleX": 0, "titleY": -12},
    }
    x = {"field": "column", "type": "nominal", "sort": [f"{v:g}" for v in made["columns"]], "title": titles[1],
         "axis": {"labelAngle": 0}}  # fmt: skip
    values = [row["value"] for row in rows]
    dark = min(values) + 0.6 * (max(values) - min(values))  # from here on pale letters are read better
    spec = {
        "data": {"values": rows}, "width": 620, "height": {"step": 44},
        "layer": [
            {"mark": "rect",
             "encoding": {"y": y, "x": x, "color": {"field": "value", "type": "quantitative", "legend": None,
                                                    "scale": {"range": [PALE, MAIN]}}}},
            {"mark": {"type": "text", "fontSize": 12},
             "encoding": {"y": y, "x": x, "text": {"field": "value", "format": _format(made["measure"])},
                          "color": {"condition": {"test": f"datum.value > {dark}", "value": PAPER}, "value": INK}}},
        ],
    }  # fmt: skip
    told = _("A cell for each pair of values, darker where the figure is larger. The table below says the same.")
    return svg(spec, title=_("Two figures together"), description=told)


def designs(made: Sequence[tuple[str, Mapping[str, Any]]]) -> SafeString:
    """Each design as a point with its interval, for three figures beside each other."""
    figures = (("to_infusion_d", _("Days from referral to infusion"), ".1f"),
               ("lost_waiting_share", _("Share lost while waiting"), ".1%"),
               ("cost_per_infused_eur", _("EUR for a patient infused"), "~s"))  # fmt: skip
    order = [name for name, _held in made]
    panels = []
    for at, (key, title, form) in enumerate(figures):
        rows = [{"design": name, "mean": held[key]["mean"], "low": held[key]["ci_low"], "high": held[key]["ci_high"]}
                for name, held in made]  # fmt: skip
        y: dict[str, Any] = {"field": "design", "type": "nominal", "sort": order, "title": None,
                             "axis": {"labelLimit": 340} if not at else None}  # fmt: skip
        x = {"type": "quantitative", "scale": {"zero": False, "padding": 12}, "title": title,
             "axis": {"format": form, "tickCount": 4}}  # fmt: skip
        panels.append({
            "data": {"values": rows}, "width": 190, "height": {"step": 34},
            "layer": [{"mark": {"type": "rule", "strokeWidth": 2, "color": MAIN},
                       "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
                      {"mark": {"type": "point"}, "encoding": {"y": y, "x": {**x, "field": "mean"}}}],
        })  # fmt: skip
    told = _("For each design a point with its interval: days, share lost and cost. The table below says the same.")
    return svg(
        {"hconcat": panels, "spacing": 22, "padding": {"left": 70, "right": 8, "top": 6, "bottom": 6}},
        title=_("Designs side by side"),
        description=told,
    )
