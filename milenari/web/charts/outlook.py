"""Chart of the vector's outlook: doses on the shelf by day as a band with its middle, and when somebody finds none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.science.planning.projection import Projection
from milenari.web.charts.drawing import BAD, MAIN, isolate, svg

POINTS = 200  # days drawn: more than a screen can tell apart


def band(found: Projection, today: date) -> SafeString:
    """The drawing of a projection that begins today."""
    days = len(found.middle)
    step = max(1, -(-days // POINTS))
    shown = sorted({*range(0, days, step), days - 1})
    rows = [
        {"day": (today + timedelta(days=at)).isoformat(), "low": found.low[at], "middle": found.middle[at],
         "high": found.high[at]}
        for at in shown
    ]  # fmt: skip
    axis = {"format": "%Y-%m-%d", "grid": False, "labelOverlap": True, "tickCount": 6}
    x = {"field": "day", "type": "temporal", "title": None, "axis": axis}
    y: dict[str, Any] = {"type": "quantitative", "title": _("doses on the shelf"), "scale": {"domainMin": 0},
                         "axis": {"tickMinStep": 1, "format": "d"}}  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"data": {"values": rows}, "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.18},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"data": {"values": rows}, "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2,
                                            "color": MAIN},
         "encoding": {"x": x, "y": {**y, "field": "middle"}}},
    ]  # fmt: skip
    if found.out_middle is not None:
        day = (today + timedelta(days=found.out_middle)).isoformat()
        said = _("none left %(day)s") % {"day": isolate(day)}
        right = found.out_middle > days / 2
        mark = {"type": "text", "text": said, "color": BAD, "align": "right" if right else "left",
                "dx": -6 if right else 6, "baseline": "top", "fontSize": 12, "fontWeight": 600}  # fmt: skip
        layers += [
            {"data": {"values": [{"day": day}]}, "mark": {"type": "rule", "color": BAD, "strokeDash": [8, 4]},
             "encoding": {"x": x}},
            {"data": {"values": [{"day": day}]}, "mark": mark, "encoding": {"x": x, "y": {"value": 4}}},
        ]  # fmt: skip
    told = _("The line is the middle of all futures, the band holds nine of ten of them. The broken line is the day by "
             "which somebody finds no dose in half of them.")  # fmt: skip
    spec = {"width": 640, "height": 280, "layer": layers}
    return svg(spec, title=_("Doses on the shelf, day by day"), description=told)
