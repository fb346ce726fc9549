"""Charts of a trial's outcomes: curves with intervals and numbers at risk, a swimmer's lanes, a waterfall's bars.

Texts come in as arguments, already in the reader's language, so that pages and command line draw the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from milenari.web.charts.drawing import BAD, GOOD, INK, MAIN, QUIET, WARN, svg

COLOURS = (MAIN, WARN, GOOD, BAD, QUIET)
WIDE, TALL, ROW = 560, 300, 22
STEPS = (1, 2, 3, 5, 6, 10, 12, 20, 24, 30, 50, 60, 90, 100)
ONGOING = "ongoing"


@dataclass(frozen=True)
class Step:
    """From ``time`` on the curve is at ``value`` (a share), within the limits; ``left`` marks who left at it."""

    time: float
    value: float
    low: float | None
    high: float | None
    left: bool


@dataclass(frozen=True)
class Line:
    """A curve with its name and the times at which each of its patients was last seen."""

    name: str
    start: float
    steps: Sequence[Step]
    seen: Sequence[float]


@dataclass(frozen=True)
class Said:
    """Words of a chart."""

    title: str
    description: str
    across: str
    up: str
    at_risk: str = ""
    head: str = ""  # above the picture, where several stand together


def curves(lines: Sequence[Line], said: Said) -> SafeString:
    """Step curves in percent, and below them how many are at risk."""
    last = max((step.time for line in lines for step in line.steps), default=0.0) or 1.0
    ticks = _ticks(last)
    names = [line.name for line in lines]
    colour = {"field": "name", "type": "nominal", "scale": {"domain": names, "range": list(COLOURS)},
              "legend": {"symbolOpacity": 1} if len(lines) > 1 else None}  # fmt: skip
    span = {"domain": [0, max(last, ticks[-1])], "nice": False}
    axis = {"values": ticks, "grid": False, "format": ".4~r"}
    x = {"field": "time", "type": "quantitative", "title": said.across, "scale": span, "axis": axis}
    y = {"type": "quantitative", "title": said.up, "scale": {"domain": [0, 100]}, "axis": {"titlePadding": 10}}
    steps = [row for line in lines for row in _rows(line)]
    layers = [
        {"data": {"values": [r for r in steps if r["low"] is not None]},
         "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.14},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}},
        {"data": {"values": steps}, "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
         "encoding": {"x": x, "y": {**y, "field": "value"}, "color": colour}},
        {"data": {"values": [r for r in steps if r["left"]]}, "mark": {"type": "tick", "thickness": 1.5, "size": 9,
                                                                       "orient": "vertical"},
         "encoding": {"x": x, "y": {**y, "field": "value"}, "color": colour}},
    ]  # fmt: skip
    seen = [line for line in lines if line.seen]  # a line of those who are counted in another has no row of its own
    counts = [{"name": line.name, "time": t, "n": str(sum(s >= t for s in line.seen))} for line in seen for t in ticks]
    table = {
        "width": WIDE, "height": ROW * max(1, len(seen)), "title": {"text": said.at_risk, "fontSize": 12, "offset": 4},
        "data": {"values": counts}, "mark": {"type": "text", "fontSize": 12},
        "encoding": {"x": {**x, "axis": None}, "text": {"field": "n"}, "color": colour,
                     "y": {"field": "name", "type": "nominal", "sort": [line.name for line in seen], "title": None,
                           "axis": {"domain": False, "ticks": False, "labels": len(seen) > 1, "labelPadding": 14}}},
    }  # fmt: skip
    spec: dict[str, Any] = {"vconcat": [{"width": WIDE, "height": TALL, "layer": layers}, table], "spacing": 14}
    if said.head:
        spec["title"] = {"text": said.head, "fontSize": 15, "offset": 10}
    return svg(spec, title=said.title, description=said.description)


def _rows(line: Line) -> list[dict[str, Any]]:
    made = [{"name": line.name, "time": 0.0, "value": 100 * line.start, "low": None, "high": None, "left": False}]
    for s in line.steps:
        limits = (None, None) if s.low is None or s.high is None else (100 * s.low, 100 * s.high)
        made.append({"name": line.name, "time": s.time, "value": 100 * s.value, "left": s.left, "low": limits[0],
                     "high": limits[1]})  # fmt: skip
    return made


def _ticks(last: float) -> list[float]:
    """Five to nine marks on the axis of time, in steps that months and days are counted in."""
    scale = 1.0
    while last > 8 * STEPS[-1] * scale:
        scale *= 10
    while last < scale:
        scale /= 10
    step = next(s * scale for s in STEPS if last <= 8 * s * scale)
    return [round(k * step, 9) for k in range(int(last // step) + 1)]


def lanes(spans: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]], order: Sequence[str],
          said: Said, ongoing: str = ONGOING) -> SafeString:  # fmt: skip
    """A lane per patient: ``spans`` have patient, what, from, to; ``marks`` patient, what, at; one mark goes on."""
    y = {"field": "patient", "type": "nominal", "sort": list(order), "title": said.up,
         "axis": {"domain": False, "ticks": False}}  # fmt: skip
    x = {"type": "quantitative", "title": said.across, "scale": {"domainMin": 0}}
    kinds = list(dict.fromkeys(str(s["what"]) for s in spans))
    points = list(dict.fromkeys(str(m["what"]) for m in marks))
    shapes = iter(("circle", "diamond", "square", "cross", "triangle-up", "triangle-down"))
    drawn = ["triangle-right" if p == ongoing else next(shapes, "circle") for p in points]
    layers = [
        {"data": {"values": [dict(s) for s in spans]}, "mark": {"type": "bar", "height": {"band": 0.62}},
         "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}, "y": y,
                      "color": {"field": "what", "type": "nominal", "legend": {"columnPadding": 18},
                                "scale": {"domain": kinds, "range": ["#9cc3cf", "#d9c08a", "#a9cdb6", "#dfa9ac",
                                                                     "#c9d4db"]}}}},
        {"data": {"values": [dict(m) for m in marks]}, "mark": {"type": "point", "filled": True, "size": 75,
                                                                "color": INK},
         "encoding": {"x": {**x, "field": "at"}, "y": y,
                      "shape": {"field": "what", "type": "nominal", "scale": {"domain": points, "range": drawn},
                                "legend": {"orient": "bottom", "columns": 4, "columnPadding": 18}}}},
    ]  # fmt: skip
    spec = {"width": WIDE, "height": {"step": 20}, "layer": layers, "resolve": {"legend": {"shape": "independent"}}}
    return svg(spec, title=said.title, description=said.description)


def bars(rows: Sequence[Mapping[str, Any]], order: Sequence[str], said: Said) -> SafeString:
    """A bar per patient: rows have patient, value, group (empty where there is none)."""
    groups = sorted({str(r["group"]) for r in rows})
    colour = {"field": "group", "type": "nominal", "scale": {"domain": groups, "range": list(COLOURS)},
              "legend": {"columns": 1, "labelLimit": 420} if len(groups) > 1 else None}  # fmt: skip
    crowded = len(order) > 40
    layers = [
        {"data": {"values": [dict(r) for r in rows]}, "mark": {"type": "bar"},
         "encoding": {"x": {"field": "patient", "type": "nominal", "sort": list(order), "title": said.across,
                            "axis": {"labels": not crowded, "ticks": False, "domain": False, "labelAngle": -60}},
                      "y": {"field": "value", "type": "quantitative", "title": said.up}, "color": colour}},
        {"data": {"values": [{}]}, "mark": {"type": "rule", "color": QUIET},
         "encoding": {"y": {"datum": 0, "type": "quantitative"}}},
    ]  # fmt: skip
    spec: dict[str, Any] = {"width": WIDE, "height": TALL, "layer": layers}
    if said.head:
        spec["title"] = {"text": said.head, "fontSize": 15, "offset": 10}
    return svg(spec, title=said.title, description=said.description)
