"""Pictures of plans as files: a tornado, a heat map; with nothing fetched.

They look like the charts of the pages but do without them: those need a node's registers. A test compares the colours.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from milenari.science.unfit import Unfit

if TYPE_CHECKING:
    from milenari.science.planning.sweeps import Heat, Tornado

Spec = dict[str, Any]

VERSION = "6.4"  # of Vega-Lite
INK, QUIET, LINE, PAPER, MAIN, WARN = "#17252f", "#50616d", "#c9d4db", "#fff", "#0b5a72", "#7a5100"
PALE = "#e8f1f4"  # the low end of a heat map
TEXT = {"labelColor": QUIET, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 600}
LOOK: Spec = {
    "background": PAPER, "font": "sans-serif", "padding": 12, "view": {"stroke": None},
    "axis": {**TEXT, "gridColor": LINE, "domainColor": QUIET, "tickColor": QUIET, "labelLimit": 340},
    "legend": {**TEXT, "labelColor": INK, "orient": "top", "title": None},
    "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start"},
    "text": {"color": INK, "fontSize": 12}, "rule": {"color": INK}, "range": {"category": [MAIN, WARN]},
}  # fmt: skip


def into(path: str, spec: Spec) -> None:
    """Draw a description into a file, SVG or PNG by its ending."""
    import vl_convert

    spec = {**spec, "config": LOOK}
    if path.endswith(".png"):
        drawn: bytes = vl_convert.vegalite_to_png(spec, vl_version=VERSION, scale=2, allowed_base_urls=[])
    else:
        drawn = vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[]).encode()
    try:
        Path(path).write_bytes(drawn)
    except OSError as fault:
        raise Unfit("file-unwritable", f"{path} cannot be written: {fault.strerror}.", file=path) from fault


def _format(measure: str) -> str:
    return {"days": ".1f", "cost": ",.0f"}.get(measure, ".1%")


def tornado(made: Tornado, said: str) -> Spec:
    """Bars from the scenario as it is to the figure at the low and at the high value, with their intervals."""
    rows = [
        {"field": f"{one.field} ({one.base:g})", "end": end, "value": f"{value:g}", "to": made.base.mean + gap.mean,
         "low": made.base.mean + gap.ci_low, "high": made.base.mean + gap.ci_high, "base": made.base.mean,
         "right": gap.mean >= 0}
        for one in made.swings
        for end, value, gap in (("low value", one.low, one.at_low), ("high value", one.high, one.at_high))
    ]  # fmt: skip
    order = [f"{one.field} ({one.base:g})" for one in made.swings]
    y = {"field": "field", "type": "nominal", "sort": order, "title": None}
    x = {"field": "to", "type": "quantitative", "scale": {"zero": False}, "title": f"{said}, 95 % interval",
         "axis": {"format": _format(made.measure)}}  # fmt: skip
    written = {"type": "text", "baseline": "bottom", "dy": -4}
    label = {"y": y, "x": x, "text": {"field": "value"}}
    return {
        "title": {"text": f"{made.scenario}", "frame": "bounds"},
        "data": {"values": rows}, "width": 460, "height": {"step": 42},
        "layer": [
            {"mark": {"type": "bar", "height": 16},
             "encoding": {"y": y, "x": x, "x2": {"field": "base"},
                          "color": {"field": "end", "type": "nominal", "sort": ["low value", "high value"]}}},
            {"mark": {"type": "rule", "strokeWidth": 1.5},
             "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
            {"mark": {"type": "rule"}, "data": {"values": [{"base": made.base.mean}]},
             "encoding": {"x": {"field": "base", "type": "quantitative"}}},
            {"transform": [{"filter": "datum.right"}], "mark": {**written, "align": "left"}, "encoding": label},
            {"transform": [{"filter": "!datum.right"}], "mark": {**written, "align": "right"}, "encoding": label},
        ],
    }  # fmt: skip


def heat_map(made: Heat, said: str) -> Spec:
    """A cell for every combination, its figure written in it."""
    rows = [
        {"row": f"{one:g}", "column": f"{other:g}", "value": cell.mean}
        for one, cells in zip(made.rows, made.cells, strict=True)
        for other, cell in zip(made.columns, cells, strict=True)
    ]
    y = {"field": "row", "type": "nominal", "sort": [f"{v:g}" for v in made.rows], "title": None}
    x = {"field": "column", "type": "nominal", "sort": [f"{v:g}" for v in made.columns], "title": None,
         "axis": {"labelAngle": 0}}  # fmt: skip
    values = [cell.mean for cells in made.cells for cell in cells]
    dark = min(values) + 0.6 * (max(values) - min(values))  # from here on pale letters are read better
    return {
        "title": {"text": said, "subtitle": [f"rows: {made.fields[0]}", f"columns: {made.fields[1]}"],
                  "subtitleColor": QUIET, "subtitleFontSize": 12, "frame": "bounds"},
        "data": {"values": rows}, "width": {"step": 84}, "height": {"step": 44},
        "layer": [
            {"mark": "rect",
             "encoding": {"y": y, "x": x, "color": {"field": "value", "type": "quantitative", "legend": None,
                                                    "scale": {"range": [PALE, MAIN]}}}},
            {"mark": {"type": "text", "fontSize": 12},
             "encoding": {"y": y, "x": x, "text": {"field": "value", "format": _format(made.measure)},
                          "color": {"condition": {"test": f"datum.value > {dark}", "value": PAPER},
                                    "value": INK}}},
        ],
    }  # fmt: skip
