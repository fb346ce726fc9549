"""Chart of a stability study: measurements by lot, the lines of the chosen model, the limit and the shelf life."""

from __future__ import annotations

import math
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.lasting import Lasting
from milenari.rules.stability import StabilityStudy
from milenari.web.charts.drawing import BAD, GOOD, MAIN, QUIET, WARN, isolate, svg
from milenari.web.wording import RAISED, figures

LARGE, SMALL = 1e5, 1e-3  # beyond these an axis counts in a power of ten


def _power(most: float) -> int:
    """The power of ten in which an axis counts."""
    return math.floor(math.log10(most)) if most and not SMALL <= most < LARGE else 0


def points(study: StabilityStudy, found: Lasting, unit: str) -> SafeString | str:
    """The drawing; nothing while nothing is measured."""
    rows: list[dict[str, Any]] = [
        {"lot": p.lot, "month": float(p.months), "value": float(p.value.value), "sure": bool(p.verified_by)}
        for p in study.points
    ]
    if not rows:
        return ""
    power = _power(max(abs(float(row["value"])) for row in rows))
    unit_shown = f"×10{str(power).translate(RAISED)} {unit}" if power else unit
    rows = [{**row, "value": row["value"] / 10**power} for row in rows]
    limit = float(study.limit) / 10**power
    last = max(row["month"] for row in rows)
    until = max(last, float(found.months or 0), 1.0) * 1.08
    lines: list[dict[str, Any]] = []
    band: list[dict[str, Any]] = []
    if found.found is not None:
        for b in found.found.batches:
            lines += [
                {"lot": b.batch, "month": m, "value": (b.intercept + b.slope * m) / 10**power} for m in (0.0, until)
            ]
        band = [{"month": m, "edge": edge / 10**power} for m, edge in found.edge(until)]
    values = [row["value"] for row in rows] + [limit] + [row["value"] for row in lines] + [b["edge"] for b in band]
    room = (max(values) - min(values)) * 0.08 or abs(limit) * 0.1 or 1.0
    lots = sorted({row["lot"] for row in rows})
    x = {"field": "month", "type": "quantitative", "title": _("months in storage"),
         "scale": {"domain": [0, until], "nice": False}, "axis": {"grid": False}}  # fmt: skip
    name = f"{study.attribute} ({isolate(unit_shown)})" if unit_shown else study.attribute
    y = {"field": "value", "type": "quantitative", "title": name,
         "scale": {"domain": [min(values) - room, max(values) + room], "nice": False, "zero": False},
         "axis": {"format": ".4~r", "titlePadding": 10}}  # fmt: skip
    colour = {"field": "lot", "type": "nominal", "scale": {"domain": lots}}
    said = _("limit %(number)s") % {"number": isolate(f"{figures(study.limit)} {unit}".strip())}
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{}]}, "mark": {"type": "rule", "color": BAD, "strokeDash": [8, 4], "strokeWidth": 1.5},
         "encoding": {"y": {"datum": limit, "type": "quantitative"}}},
        {"data": {"values": [{}]}, "mark": {"type": "text", "text": said, "color": BAD, "align": "left", "dx": 5,
                                            "dy": -6, "fontSize": 11, "fontWeight": 600},
         "encoding": {"y": {"datum": limit, "type": "quantitative"}, "x": {"value": 0}}},
    ]  # fmt: skip
    if band:
        layers.append({"data": {"values": band}, "mark": {"type": "line", "color": WARN, "strokeDash": [3, 3]},
                       "encoding": {"x": x, "y": {**y, "field": "edge"}}})  # fmt: skip
    if lines:
        layers.append({"data": {"values": lines}, "mark": {"type": "line", "strokeWidth": 1.5},
                       "encoding": {"x": x, "y": y, "color": colour, "detail": {"field": "lot"}}})  # fmt: skip
    if found.months:
        mark = _("shelf life %(number)s") % {"number": isolate(f"{found.months} mo")}
        at = {"datum": float(found.months), "type": "quantitative"}
        layers += [
            {"data": {"values": [{}]}, "mark": {"type": "rule", "color": GOOD, "strokeWidth": 2},
             "encoding": {"x": at}},
            {"data": {"values": [{}]}, "mark": {"type": "text", "text": mark, "color": GOOD, "align": "right", "dx": -5,
                                                "baseline": "top", "fontSize": 12, "fontWeight": 600},
             "encoding": {"x": at, "y": {"value": 4}}},
        ]  # fmt: skip
    layers.append(
        {
            "data": {"values": rows},
            "mark": {"type": "point", "size": 80},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour,
                "opacity": {"condition": {"test": "datum.sure", "value": 1}, "value": 0.4},
            },
        }
    )
    told = _("Points are measurements by lot, those not verified are pale; lines are the model; the dotted line is the "
             "one-sided limit of the mean of the lot that decides.")  # fmt: skip
    theme = {"range": {"category": [MAIN, GOOD, WARN, QUIET, BAD]}}
    spec = {"width": 620, "height": 320, "layer": layers, "config": theme}
    return svg(spec, title=_("Measurements and shelf life"), description=told)
