"""Charts of the network's end points: one interval a site, and shares of successful batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.science.endpoints import Summary
from milenari.web import wording
from milenari.web.charts.drawing import LINE, MAIN, svg

MILLION = 1_000_000


def intervals(told: Sequence[Summary], name: str) -> SafeString | str:
    """Least to most as a line and the median as a point, by site; nothing when none may be told."""
    if not told:
        return ""
    many = max(s.most or 0 for s in told) >= MILLION
    rows = [
        {"site": s.site} | {n: (getattr(s, n) or 0) / (MILLION if many else 1) for n in ("least", "most", "median")}
        for s in told
    ]
    unit = f"×10⁶ {wording.unit(told[0].unit)}" if many else wording.unit(told[0].unit)
    x = {
        "field": "least",
        "type": "quantitative",
        "title": unit,
        "scale": {"zero": False, "padding": 12},
        "axis": {"format": ".4~r", "tickCount": 5},
    }
    spec = {
        "width": 300, "height": {"step": 26}, "data": {"values": rows},
        "encoding": {"y": {"field": "site", "type": "nominal", "title": None}},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 5, "color": LINE}, "encoding": {"x": x, "x2": {"field": "most"}}},
            {"mark": {"type": "point", "size": 100}, "encoding": {"x": {"field": "median", "type": "quantitative"}}},
        ],
    }  # fmt: skip
    return svg(spec, title=name, description=_("From least to most as a line, the median as a point, by site."))


def shares(told: Sequence[tuple[str, Any]]) -> SafeString | str:
    """The share of successful batches with its exact interval, by site."""
    rows = [{"site": site, "low": 100 * s.ci_low, "high": 100 * s.ci_high, "share": 100 * s.value} for site, s in told]
    if not rows:
        return ""
    x = {"field": "low", "type": "quantitative", "title": "%", "scale": {"domain": [0, 100]}, "axis": {"tickCount": 5}}
    spec = {
        "width": 300, "height": {"step": 26}, "data": {"values": rows},
        "encoding": {"y": {"field": "site", "type": "nominal", "title": None}},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 3, "color": MAIN}, "encoding": {"x": x, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "size": 110, "shape": "diamond"},
             "encoding": {"x": {"field": "share", "type": "quantitative"}}},
        ],
    }  # fmt: skip
    return svg(
        spec, title=_("Share of successful batches"), description=_("The share as a diamond in its exact interval.")
    )
