"""Control chart: the newest results of one test, batch by batch, with specification and control limits.

A result that only bounds the value is an arrow at its bound, on no line and in no mean. What is outside is told by
shape and word, not by colour alone. Without enough results there is no centre line and no control limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.science.control_chart import Individuals
from milenari.web.charts.drawing import BAD, MAIN, PAPER, QUIET, WARN, isolate, svg

WIDTH, HEIGHT, MOVING_HEIGHT = 680, 300, 110
LOOKS = ("inside", "outside", "signal", "bound")  # of a point


@dataclass(frozen=True)
class Point:
    """One batch's result as the chart draws it; ``look`` is one of LOOKS, ``below`` the way a bound points."""

    label: str
    value: float
    look: str
    text: str
    href: str | None
    below: bool = True


@dataclass(frozen=True)
class Line:
    """A specification limit: where it stands, and its name with the number."""

    value: float
    text: str


def names() -> dict[str, str]:
    """What each kind of point is called."""
    return {
        "inside": _("within the specification"),
        "outside": _("outside the specification"),
        "signal": _("within the specification, outside the control limits"),
        "bound": _("known only as a bound"),
    }


def control_chart(points: list[Point], limits: list[Line], found: Individuals | None, axis: str, title: str,
                  description: str, floor: bool = False) -> SafeString:  # fmt: skip
    """Individuals above, moving ranges below where there are control limits; every text already translated.

    ``floor``: the quantity cannot be negative, so a lower control limit below zero is none and is not drawn.
    """
    words = {"outside": _("outside"), "signal": _("signal")}
    rows: list[dict[str, Any]] = [
        {"batch": p.label, "value": p.value, "look": names()[p.look], "href": p.href, "name": p.text,
         "word": words.get(p.look, "")}
        for p in points
    ]  # fmt: skip
    order = [p.label for p in points]
    x: dict[str, Any] = {"field": "batch", "type": "ordinal", "sort": order, "title": None, "scale": {"domain": order},
         "axis": {"labelAngle": -40, "labelLimit": 130, "grid": False}}  # fmt: skip
    lines = [(line.value, BAD, [8, 4], line.text, True) for line in limits]
    if found:
        mean = _("mean %(number)s") % {"number": isolate(_short(found.centre))}
        lines.append((float(found.centre), MAIN, [1, 0], mean, False))
        lines += [_control(limit) for limit in (found.high, found.low) if not (floor and limit < 0)]
    spread = [r["value"] for r in rows] + [line[0] for line in lines]
    low, high = min(spread), max(spread)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    y: dict[str, Any] = {"field": "value", "type": "quantitative", "title": axis,
         "scale": {"domain": [low - room, high + room], "nice": False, "zero": False}}  # fmt: skip
    layers = [*_ruled(lines), _joined(rows, x, y), _marks(x, y, points), *_words(x, y)]
    top = {"width": WIDTH, "height": HEIGHT, "data": {"values": rows}, "layer": layers}
    if found is None:
        return svg(top, title=title, description=description)
    return svg({"vconcat": [top, _moving(points, found, x)], "spacing": 14}, title=title, description=description)


def _control(value: Any) -> tuple[float, str, list[int], str, bool]:
    return float(value), WARN, [3, 3], _("control limit %(number)s") % {"number": isolate(_short(value))}, False


def _ruled(lines: list[tuple[float, str, list[int], str, bool]]) -> list[dict[str, Any]]:
    """Every line across, then their names over all of them: value, colour, dashes, name, named inside at the start.

    What is not named at the start is named beside the plot, where no point can stand on it.
    """
    rules, named = [], []
    for value, colour, dash, text, first in lines:
        at = {"datum": value, "type": "quantitative"}
        mark = {"type": "rule", "color": colour, "strokeDash": dash, "strokeWidth": 1.5}
        rules.append({"data": {"values": [{}]}, "mark": mark, "encoding": {"y": at}})
        if text:
            side = {"align": "left", **({"baseline": "bottom", "dy": -3, "dx": 4} if first else
                                        {"baseline": "middle", "dx": 6})}  # fmt: skip
            place = {"y": at, "x": {"value": 0 if first else WIDTH}}
            named += [{"data": {"values": [{}]}, "mark": {**drawn, **side, "text": text}, "encoding": place}
                      for drawn in _haloed(colour)]  # fmt: skip
    return [*rules, *named]


def _haloed(colour: str) -> list[dict[str, Any]]:
    """A text on a pale edge of its own, so that lines under it do not strike it through."""
    text = {"type": "text", "fontSize": 11, "fontWeight": 600}
    return [{**text, "color": PAPER, "stroke": PAPER, "strokeWidth": 4}, {**text, "color": colour}]


def _joined(rows: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """A thin line from result to result, leaving out those that are only bounds."""
    return {
        "data": {"values": [{k: r[k] for k in ("batch", "value")} for r in rows if r["look"] != names()["bound"]]},
        "mark": {"type": "line", "color": QUIET, "strokeWidth": 1},
        "encoding": {"x": x, "y": y},
    }


def _marks(x: dict[str, Any], y: dict[str, Any], points: list[Point]) -> dict[str, Any]:
    called = names()
    present = [look for look in LOOKS if any(p.look == look for p in points)]
    down = any(p.look == "bound" and p.below for p in points)
    shapes: dict[str, str] = {"inside": "circle", "outside": "diamond", "signal": "square",
              "bound": "triangle-down" if down else "triangle-up"}  # fmt: skip
    colours = {"inside": MAIN, "outside": BAD, "signal": WARN, "bound": QUIET}
    scale = {"domain": [called[look] for look in present]}
    return {
        "mark": {"type": "point", "filled": True, "size": 110, "stroke": "#fff", "strokeWidth": 1},
        "encoding": {
            "x": x, "y": y, "href": {"field": "href"}, "description": {"field": "name"},
            "shape": {"field": "look", "type": "nominal", "scale": {**scale, "range": [shapes[k] for k in present]}},
            "color": {"field": "look", "type": "nominal", "scale": {**scale, "range": [colours[k] for k in present]}},
        },
    }  # fmt: skip


def _words(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    place = {"x": x, "y": y, "text": {"field": "word"}}
    return [{"mark": {**drawn, "dy": -12}, "encoding": place} for drawn in _haloed(BAD)]


def _moving(points: list[Point], found: Individuals, x: dict[str, Any]) -> dict[str, Any]:
    """The ranges between neighbouring results, with their mean and upper limit."""
    counted = [p for p in points if p.look != "bound"][1:]
    rows = [{"batch": p.label, "range": float(m)} for p, m in zip(counted, found.moving, strict=True)]
    y = {"field": "range", "type": "quantitative", "title": _("moving range")}
    x = {**x, "axis": {**x["axis"], "labels": False}}
    lines = [(float(found.mean_range), MAIN, [1, 0], "", False), _control(found.range_high)]
    return {
        "width": WIDTH, "height": MOVING_HEIGHT, "data": {"values": rows},
        "layer": [
            *_ruled(lines),
            {"mark": {"type": "line", "color": QUIET, "strokeWidth": 1}, "encoding": {"x": x, "y": y}},
            {"mark": {"type": "point", "filled": True, "size": 50}, "encoding": {"x": x, "y": y}},
        ],
    }  # fmt: skip


def _short(value: Any) -> str:
    """Four significant digits are more than a control limit knows."""
    return f"{float(value):.4g}"
