"""The network of a scenario as a map: its sites where their cities are, and the lanes with the days that are planned.

Coastlines are those of the atlas, of the Mediterranean only; elsewhere the sites stand on a plain ground.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.science.planning.scenario import Scenario
from milenari.web.atlas import LAND, SEA, land
from milenari.web.charts.drawing import BAD, INK, LINE, MAIN, PAPER, QUIET, svg

WIDTH, HEIGHT, MARGIN = 860, 400, 110
CLOSE_DEG = 4.0  # a site this close to one north of it has its code below itself
MOST_SCALE = 4_000  # pixels a radian: no closer than about one degree in seventy


def lanes(scenario: Scenario, places: Mapping[str, tuple[float, float]]) -> SafeString | str:
    """The map; nothing where fewer than two sites have a place."""
    at = where(scenario, places)
    if len(at) < 2:
        return ""
    names = [_("open"), _("closed for some days")]
    ways: dict[tuple[str, str], dict[str, Any]] = {}
    for lane in scenario.lanes:
        first, second = sorted((lane.origin, lane.destination))
        if first not in at or second not in at:
            continue
        way = ways.setdefault((first, second), {"days": set(), "state": names[0]})
        way["days"].add(lane.planned.whole)
        if lane.closed:
            way["state"] = names[1]
    rows = [
        {"x": at[a][0], "y": at[a][1], "x2": at[b][0], "y2": at[b][1], "state": way["state"],
         "mx": (at[a][0] + at[b][0]) / 2, "my": (at[a][1] + at[b][1]) / 2,
         "days": "–".join(str(day) for day in sorted({min(way["days"]), max(way["days"])})) + " d"}
        for (a, b), way in ways.items()
    ]  # fmt: skip
    sites = [{"x": x, "y": y, "code": code, "makes": bool(scenario.site(code).machines),
              "below": any(0 < other - y < CLOSE_DEG and abs(beside - x) < CLOSE_DEG for beside, other in at.values())}
             for code, (x, y) in at.items()]  # fmt: skip
    told = _(
        "Sites stand where their cities are. A line is a lane, with the days that plans reckon with; the table below "
        "says the same."
    )
    return svg(_spec(rows, sites, at, names), title=_("The network of the scenario"), description=told)


def where(scenario: Scenario, places: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of each site: the scenario's own, else the node's by the same code."""
    found = {}
    for site in scenario.sites:
        if site.place is not None:
            found[site.code] = (site.place.longitude, site.place.latitude)
        elif site.code in places:
            found[site.code] = places[site.code]
    return found


def _spec(rows: list[dict[str, Any]], sites: list[dict[str, Any]], at: Mapping[str, tuple[float, float]],
          names: list[str]) -> dict[str, Any]:  # fmt: skip
    center, scale = _view(list(at.values()))
    used = [name for name in names if any(row["state"] == name for row in rows)]
    domain = {"domain": used, "range": [MAIN if name == names[0] else BAD for name in used]}
    dashes = [[1, 0] if name == names[0] else [6, 4] for name in used]
    line = {"longitude": {"field": "x", "type": "quantitative"}, "latitude": {"field": "y", "type": "quantitative"},
            "longitude2": {"field": "x2"}, "latitude2": {"field": "y2"},
            "color": {"field": "state", "type": "nominal", "scale": domain},
            "strokeDash": {"field": "state", "type": "nominal", "legend": None,
                           "scale": {"domain": used, "range": dashes}}}  # fmt: skip
    middle = {"longitude": {"field": "mx", "type": "quantitative"}, "latitude": {"field": "my", "type": "quantitative"}}
    place = {"longitude": {"field": "x", "type": "quantitative"}, "latitude": {"field": "y", "type": "quantitative"}}
    label = {"type": "text", "fontSize": 12, "fontWeight": 600}
    return {
        "width": WIDTH, "height": HEIGHT, "view": {"fill": SEA, "stroke": None},
        "projection": {"type": "mercator", "center": center, "scale": scale, "translate": [WIDTH / 2, HEIGHT / 2]},
        "layer": [
            {"data": {"values": land()}, "mark": {"type": "geoshape", "fill": LAND, "stroke": LINE, "clip": True}},
            {"data": {"values": rows}, "mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": line},
            {"data": {"values": rows}, "encoding": middle,
             "mark": {"type": "point", "filled": True, "size": 900, "color": SEA, "opacity": 1}},
            {"data": {"values": rows}, "mark": {**label, "color": QUIET},
             "encoding": {**middle, "text": {"field": "days"}}},
            {"data": {"values": sites},
             "mark": {"type": "point", "filled": True, "size": 200, "stroke": PAPER, "strokeWidth": 2, "opacity": 1},
             "encoding": {**place, "color": {"condition": {"test": "datum.makes", "value": INK}, "value": QUIET}}},
            *_codes(sites, place),
        ],
    }  # fmt: skip


def _codes(sites: list[dict[str, Any]], place: dict[str, Any]) -> list[dict[str, Any]]:
    """The code of each site above it, or below where another is close above; each with a rim that the lines end at."""
    looks: list[dict[str, Any]] = [{"stroke": SEA, "strokeWidth": 4, "strokeJoin": "round"}, {}]
    return [
        {"data": {"values": sites}, "transform": [{"filter": f"datum.below === {below}"}],
         "mark": {"type": "text", "dy": dy, "fontWeight": 700, "fontSize": 14} | look,
         "encoding": place | {"text": {"field": "code"}}}
        for below, dy in (("false", -17), ("true", 20)) for look in looks
    ]  # fmt: skip


def _view(at: list[tuple[float, float]]) -> tuple[list[float], float]:
    """Centre and scale of a Mercator map on which all these places stand."""
    xs, ys = [x for x, _ in at], [_north(y) for _, y in at]
    wide, high = math.radians(max(xs) - min(xs)), max(ys) - min(ys)
    scale = min((WIDTH - 2 * MARGIN) / max(wide, 1e-6), (HEIGHT - 2 * MARGIN / 2) / max(high, 1e-6), MOST_SCALE)
    middle = math.degrees(2 * math.atan(math.exp((max(ys) + min(ys)) / 2)) - math.pi / 2)
    return [(max(xs) + min(xs)) / 2, middle], scale


def _north(latitude: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
