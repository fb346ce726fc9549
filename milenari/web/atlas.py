"""Atlas: the sites of the network around the Mediterranean, drawn on the server.

Coastlines only (web/data/README.md). Where a site is drawn is data; one without a place is named beside the map.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.network import Standing
from milenari.web import charts
from milenari.web.charts.drawing import BAD, LINE, MAIN

DATA = Path(__file__).parent / "data"
WIDTH, HEIGHT = 860, 400
SEA, LAND = "#e6f0f4", "#f7f4ec"


@cache
def land() -> Any:
    """The coastlines, as GeoJSON features."""
    return json.loads((DATA / "mediterranean.json").read_text())["features"]


def places() -> dict[str, tuple[float, float]]:
    """Longitude and latitude of each site that has a place; the node's own file comes after the one shipped."""
    found: dict[str, tuple[float, float]] = {}
    for file in (DATA / "places.json", Path(settings.HOME) / "places.json"):
        if file.exists():
            found |= {code: (at[0], at[1]) for code, at in json.loads(file.read_text())["places"].items()}
    return found


def drawn(standings: list[Standing], qualified: dict[str, bool]) -> tuple[SafeString | str, list[Standing]]:
    """The map, and the sites that have no place on it; no picture when none has."""
    at = places()
    rows = [
        {
            "longitude": at[found.place.code][0], "latitude": at[found.place.code][1], "code": found.place.code,
            "state": _("qualified today") if qualified[found.place.code] else _("not qualified today"),
            "href": reverse("site", args=[found.place.code]),
            "description": f"{found.place.code}, {found.place.name}",
        }
        for found in standings if found.place.code in at
    ]  # fmt: skip
    unplaced = [found for found in standings if found.place.code not in at]
    if not rows:
        return "", unplaced
    drawing = charts.svg(
        _spec(rows), title=_("The sites of the network"),
        description=_("Each site stands where its city is. The table below says the same in words."),
    )  # fmt: skip
    return drawing, unplaced


def _spec(rows: list[dict[str, Any]]) -> dict[str, Any]:
    place = {"longitude": {"field": "longitude", "type": "quantitative"},
             "latitude": {"field": "latitude", "type": "quantitative"}}  # fmt: skip
    states = [_("qualified today"), _("not qualified today")]
    look = {
        "shape": {"field": "state", "type": "nominal", "scale": {"domain": states, "range": ["circle", "square"]}},
        "color": {"field": "state", "type": "nominal", "scale": {"domain": states, "range": [MAIN, BAD]}},
    }
    return {
        "width": WIDTH, "height": HEIGHT, "view": {"fill": SEA, "stroke": None},
        "projection": {"type": "mercator", "center": [16.5, 39.2], "scale": 900, "translate": [WIDTH / 2, HEIGHT / 2]},
        "layer": [
            {"data": {"values": land()},
             "mark": {"type": "geoshape", "fill": LAND, "stroke": LINE, "clip": True}},
            {"data": {"values": rows},
             "mark": {"type": "point", "filled": True, "size": 190, "stroke": "#fff", "strokeWidth": 2, "opacity": 1},
             "encoding": {**place, **look, "href": {"field": "href"}, "description": {"field": "description"}}},
            {"data": {"values": rows},
             "mark": {"type": "text", "dy": -16, "fontWeight": 700, "fontSize": 14},
             "encoding": {**place, "text": {"field": "code"}}},
        ],
    }  # fmt: skip
