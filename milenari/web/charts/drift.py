"""Charts of drift: batches after the baseline against its limits, their weighted average, their cumulative sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.science.baseline import Baseline
from milenari.science.cusum import Cusum
from milenari.science.ewma import Ewma
from milenari.web.charts.drawing import BAD, MAIN, QUIET, WARN, svg

WIDTH, HEIGHT = 620, 170


def individuals(keys: Sequence[str], values: Sequence[Any], base: Baseline, flagged: set[str], unit: str) -> SafeString:
    """Single batches against the frozen centre and three sigma; where a pattern of Nelson's began stands out."""
    rows = [{"batch": k, "value": float(v), "look": k in flagged} for k, v in zip(keys, values, strict=True)]
    lines = [(base.centre, MAIN, [1, 0]), *((base.centre + s * 3 * base.sigma, WARN, [3, 3]) for s in (-1, 1))]
    title = _("Batches against the frozen baseline")
    return _drawn(rows, [("value", MAIN)], keys, lines, unit, title)


def weighted(keys: Sequence[str], found: Ewma, unit: str) -> SafeString:
    """Exponentially weighted moving average with its limits."""
    rows = [
        {"batch": k, "value": z, "low": low, "high": high, "look": at in found.outside}
        for at, (k, z, low, high) in enumerate(zip(keys, found.averages, found.low, found.high, strict=True))
    ]
    title = _("Weighted average (EWMA)")
    return _drawn(
        rows, [("value", MAIN), ("low", WARN), ("high", WARN)], keys, [(found.centre, MAIN, [1, 0])], unit, title
    )


def sums(keys: Sequence[str], found: Cusum, unit: str) -> SafeString:
    """Cumulative sums up and down; the downward one is drawn below nought."""
    rows = [
        {"batch": k, "value": up, "down": -down, "look": at in found.above or at in found.below}
        for at, (k, up, down) in enumerate(zip(keys, found.upper, found.lower, strict=True))
    ]
    lines = [(0.0, MAIN, [1, 0]), (found.decision, WARN, [3, 3]), (-found.decision, WARN, [3, 3])]
    return _drawn(rows, [("value", MAIN), ("down", QUIET)], keys, lines, unit, _("Cumulative sums (CUSUM)"))


def _drawn(rows: list[dict[str, Any]], curves: list[tuple[str, str]], keys: Sequence[str],
           lines: Sequence[tuple[float, str, list[int]]], unit: str, title: str) -> SafeString:  # fmt: skip
    spread = [row[name] for row in rows for name, _colour in curves] + [line[0] for line in lines]
    room = (max(spread) - min(spread)) * 0.08 or 1.0
    x = {"field": "batch", "type": "ordinal", "sort": list(keys), "title": None,
         "axis": {"labelAngle": -40, "labelLimit": 110, "grid": False}}  # fmt: skip
    y = {"type": "quantitative", "title": unit or None, "axis": {"format": "~g"},
         "scale": {"domain": [min(spread) - room, max(spread) + room], "nice": False, "zero": False}}  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{}]}, "mark": {"type": "rule", "color": colour, "strokeDash": dash},
         "encoding": {"y": {"datum": value, "type": "quantitative"}}}
        for value, colour, dash in lines
    ]  # fmt: skip
    for name, colour in curves:
        dash = [3, 3] if colour == WARN else [1, 0]
        layers.append({"mark": {"type": "line", "color": colour, "strokeDash": dash},
                       "encoding": {"x": x, "y": {**y, "field": name}}})  # fmt: skip
    layers.append({
        "mark": {"type": "point", "size": 70},
        "encoding": {"x": x, "y": {**y, "field": "value"},
                     "color": {"condition": {"test": "datum.look", "value": BAD}, "value": MAIN},
                     "shape": {"condition": {"test": "datum.look", "value": "diamond"}, "value": "circle"}},
    })  # fmt: skip
    spec = {"width": WIDTH, "height": HEIGHT, "data": {"values": rows}, "layer": layers,
            "title": {"text": title}}  # fmt: skip
    said = _("Centre as a full line, limits as dotted ones; a batch where a pattern began or a limit is passed is a "
             "diamond. The table says the same.")  # fmt: skip
    return svg(spec, title=title, description=said)
