"""Charts of a comparability study: every interval against its margin, and the figures of one attribute by site.

Attributes have units of their own, so the first chart measures each in its margin: nought is no difference, one end of
the margin is minus one and the other one. A quality range is measured in its half width. The numbers stand in words at
the mark and in the table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from statistics import NormalDist
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.comparing import Compared, Comparison
from milenari.science.hierarchy import Hierarchy
from milenari.science.passing import Chance
from milenari.web.charts.drawing import BAD, GOOD, LINE, MAIN, QUIET, WARN, isolate, svg

FAR = 2.4  # margins from the middle; what lies beyond is drawn at the edge
LOOKS = {"met": GOOD, "not-met": BAD, "not-enough-data": WARN, "reported": QUIET}


def margins(found: Comparison, words: dict[str, Any]) -> SafeString | str:
    """The forest plot; without figures the margins alone. Nothing where no attribute has a margin."""
    rows, marks, points = [], [], []
    for one in found.attributes:
        if one.row["criterion"] == "report":
            continue
        place = {"test": one.test}
        rows.append({**place, "low": -1, "high": 1, "said": _ends(one)})
        verdict = str(words[one.verdict])
        if one.row["criterion"] == "tost" and one.line.get("low") is not None:
            low, high, middle = (_scaled(one, float(one.line[k])) for k in ("low", "high", "estimate"))
            marks.append(
                {**place, "from": _held(low), "to": _held(high), "verdict": verdict, "estimate": _held(middle)}
            )
        elif one.range is not None:
            half = one.range.k * one.range.sd
            points += [{**place, "at": _held((float(n) - one.range.mean) / half), "verdict": verdict}
                       for _batch, _pair, n in one.points["candidate"]]  # fmt: skip
    if not rows:
        return ""
    order = [row["test"] for row in rows]
    y = {"field": "test", "type": "nominal", "sort": order, "title": None,
         "axis": {"labelFontSize": 12, "grid": False, "labelLimit": 240, "minExtent": 150}}  # fmt: skip
    x = {"type": "quantitative", "title": _("in margins: nought is no difference"),
         "scale": {"domain": [-FAR, FAR]}, "axis": {"values": [-2, -1, 0, 1, 2], "format": "d"}}  # fmt: skip
    seen = [v for v in LOOKS if any(str(words[v]) == m["verdict"] for m in (*marks, *points))]
    colour = {"field": "verdict", "type": "nominal",
              "scale": {"domain": [str(words[v]) for v in seen], "range": [LOOKS[v] for v in seen]}}  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"data": {"values": rows}, "mark": {"type": "bar", "color": LINE, "opacity": 0.55, "height": 22},
         "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
        {"data": {"values": [{}]}, "mark": {"type": "rule", "color": QUIET, "strokeDash": [2, 3]},
         "encoding": {"x": {"datum": 0, "type": "quantitative"}}},
        {"data": {"values": rows}, "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": QUIET},
         "encoding": {"y": y, "x": {"value": 500}, "text": {"field": "said"}}},
    ]  # fmt: skip
    if marks:
        layers += [
            {"data": {"values": marks}, "mark": {"type": "rule", "strokeWidth": 3},
             "encoding": {"y": y, "x": {**x, "field": "from"}, "x2": {"field": "to"}, "color": colour}},
            {"data": {"values": marks}, "mark": {"type": "point", "size": 120, "shape": "diamond"},
             "encoding": {"y": y, "x": {**x, "field": "estimate"}, "color": colour}},
        ]  # fmt: skip
    if points:
        layers.append({"data": {"values": points}, "mark": {"type": "point", "size": 60, "opacity": 0.8},
                       "encoding": {"y": y, "x": {**x, "field": "at"}, "color": colour}})  # fmt: skip
    spec = {"width": 500, "height": {"step": 38}, "layer": layers}
    said = _("The grey bar is the margin or range of the protocol, the line the interval, the diamond the estimate, "
             "points the candidate's batches. The table says the same.")  # fmt: skip
    return svg(spec, title=_("Intervals against the margins of the protocol"), description=said)


def _scaled(one: Compared, value: float) -> float:
    """In margins, on the scale of the comparison."""
    low, high = float(one.row["low"]), float(one.row["high"])
    if one.row["scale"] == "ratio":
        low, high, value = math.log(low), math.log(high), math.log(max(value, 1e-300))
    return value / high if value >= 0 else value / -low


def _held(value: float) -> float:
    return max(-FAR, min(FAR, value))


def _ends(one: Compared) -> str:
    if one.row["criterion"] == "tost":
        return isolate(f"{one.row['low']} … {one.row['high']}")
    if one.range is None:
        return isolate(f"± {one.row['k']} SD")
    return isolate(f"{short(one.range.low)} … {short(one.range.high)}")


def short(value: Any) -> str:
    """Four significant digits."""
    return f"{Decimal(f'{float(value):.4g}'):f}"


def figures(one: Compared, sites: dict[str, str], axis: str, title: str) -> SafeString | str:
    """One attribute: pairs as lines from site to site, or each site's batches as dots; nothing without figures."""
    order = [sites["reference"], sites["candidate"]]
    rows: list[dict[str, Any]] = [{"site": sites[arm], "value": float(number), "pair": pair or batch, "batch": batch}
            for arm in sites for batch, pair, number in one.points[arm]]  # fmt: skip
    if not rows:
        return ""
    values = [row["value"] for row in rows] + ([one.range.low, one.range.high] if one.range else [])
    room = (max(values) - min(values)) * 0.12 or abs(values[0]) * 0.1 or 1.0
    x = {"field": "site", "type": "nominal", "sort": order, "title": None, "scale": {"domain": order, "padding": 0.6},
         "axis": {"labelAngle": 0, "labelFontWeight": 600, "grid": False}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "title": axis,
         "scale": {"domain": [min(values) - room, max(values) + room], "nice": False, "zero": False}}  # fmt: skip
    layers: list[dict[str, Any]] = []
    if one.range is not None:
        ends = [{"low": one.range.low, "high": one.range.high}]
        layers.append(
            {
                "data": {"values": ends},
                "mark": {"type": "rect", "color": LINE, "opacity": 0.45},
                "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
            }
        )
    if one.pairs:
        whole = {pair.pair for pair in one.pairs}
        layers.append({"data": {"values": [row for row in rows if row["pair"] in whole]},
                       "mark": {"type": "line", "color": QUIET, "strokeWidth": 1.5},
                       "encoding": {"x": x, "y": y, "detail": {"field": "pair"}}})  # fmt: skip
    layers.append({"mark": {"type": "point", "color": MAIN, "size": 90, "stroke": "#fff", "strokeWidth": 1},
                   "encoding": {"x": x, "y": y, "description": {"field": "batch"}}})  # fmt: skip
    said = _("Each point is a batch; a line joins the halves of one donation. The table of runs says which.")
    return svg({"width": 280, "height": 210, "data": {"values": rows}, "layer": layers}, title=title, description=said)


def power_curve(found: Any) -> SafeString:
    """The chance to show equivalence against the number of pairs or runs a site, with the number there is."""
    rows = [{"n": n, "power": 100 * p} for n, p in found.curve]
    x = {"field": "n", "type": "quantitative", "title": _("pairs, or runs at each site"),
         "axis": {"format": "d", "tickMinStep": 1, "grid": False}, "scale": {"zero": False}}  # fmt: skip
    title = _("shown, in per cent")
    y = {"field": "power", "type": "quantitative", "title": title, "scale": {"domain": [0, 100]}}
    here = [{"n": found.n, "power": 100 * found.power}]
    spec = {
        "width": 280, "height": 170,
        "layer": [
            {"data": {"values": rows}, "mark": {"type": "line"}, "encoding": {"x": x, "y": y}},
            {"data": {"values": here}, "mark": {"type": "point", "size": 110, "color": WARN},
             "encoding": {"x": x, "y": y}},
        ],
    }  # fmt: skip
    said = _("The chance that this comparison would show equivalence if there were no difference, by its size; the "
             "point is this study.")  # fmt: skip
    return svg(spec, title=_("What a study of this size can show"), description=said)


def exponent(value: float) -> float:
    """A difference of logarithms as a ratio, bounded where it leaves every scale."""
    return math.exp(min(value, 700.0))


def effects(found: Hierarchy, ratio: bool, axis: str, names: dict[str, Any]) -> SafeString | str:
    """What the site, each donor and each vector lot add by the mixed model; nothing where only the site is in it."""
    if not found.effects:
        return ""
    reach = NormalDist().inv_cdf((1 + found.confidence) / 2)
    rows = [(str(names["site"]), f"{d.site} – {found.reference_site}", d.difference, d.ci_low, d.ci_high)
            for d in found.differences]  # fmt: skip
    rows += [(str(names[e.name]), e.level, e.effect, e.effect - reach * e.se, e.effect + reach * e.se)
             for e in found.effects]  # fmt: skip
    turned = [exponent(n) for *_, a, b, c in rows for n in (a, b, c)] if ratio else []
    values = [
        {"kind": kind, "level": isolate(level), "middle": middle, "low": low, "high": high}
        if not ratio else
        {"kind": kind, "level": isolate(level), "middle": turned[3 * at], "low": turned[3 * at + 1],
         "high": turned[3 * at + 2]}
        for at, (kind, level, middle, low, high) in enumerate(rows)
    ]  # fmt: skip
    y = {"field": "level", "type": "nominal", "sort": [row["level"] for row in values], "title": None,
         "axis": {"labelFontSize": 11, "grid": False, "labelLimit": 180}}  # fmt: skip
    scale: dict[str, Any] = {"type": "log" if ratio else "linear", "padding": 10}
    x = {"type": "quantitative", "title": axis, "scale": scale}
    kinds = list(dict.fromkeys(row["kind"] for row in values))
    colour = {"field": "kind", "type": "nominal", "sort": kinds,
              "scale": {"domain": kinds, "range": [MAIN, WARN, GOOD][: len(kinds)]}}  # fmt: skip
    spec = {
        "width": 240, "height": {"step": 19}, "data": {"values": values},
        "layer": [
            {"data": {"values": [{}]}, "mark": {"type": "rule", "color": QUIET, "strokeDash": [2, 3]},
             "encoding": {"x": {"datum": 1 if ratio else 0, "type": "quantitative"}}},
            {"mark": {"type": "rule", "strokeWidth": 2.5},
             "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour}},
            {"mark": {"type": "point", "size": 55},
             "encoding": {"y": y, "x": {**x, "field": "middle"}, "color": colour}},
        ],
    }  # fmt: skip
    said = _("By the mixed model: what the site adds, and what each donor and each vector lot adds at both sites; the "
             "lines are intervals of the same confidence.")  # fmt: skip
    return svg(spec, title=_("Effects of site, donor and vector lot"), description=said)


def passing(curves: Iterable[tuple[Any, tuple[Chance, ...]]]) -> SafeString | str:
    """How often a site that is off by so much would pass, for each criterion that has such a curve."""
    drawn = [(str(name), curve) for name, curve in curves if curve]
    if not drawn:
        return ""
    rows = [{"by": name, "shift": c.shift, "passes": 100 * c.passes} for name, curve in drawn for c in curve]
    names = [name for name, _curve in drawn]
    colour = {"field": "by", "type": "nominal", "sort": names,
              "scale": {"domain": names, "range": [MAIN, WARN][: len(names)]}}  # fmt: skip
    x = {"field": "shift", "type": "quantitative", "title": _("shift, in deviations of the reference"),
         "axis": {"tickMinStep": 1, "grid": False, "format": "d"}}  # fmt: skip
    y = {"field": "passes", "type": "quantitative", "title": _("passes, in per cent"),
         "scale": {"domain": [0, 100]}}  # fmt: skip
    spec = {"width": 260, "height": 170, "data": {"values": rows}, "mark": {"type": "line"},
            "encoding": {"x": x, "y": y, "color": colour}}  # fmt: skip
    said = _("The operating characteristic: how often all batches of a site would lie within, if the site were truly "
             "off by so much and varied as the reference does; the reference's sampling error included.")  # fmt: skip
    return svg(spec, title=_("How often a site that is off would pass"), description=said)
