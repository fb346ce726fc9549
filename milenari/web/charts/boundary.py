"""A stopping rule as a picture: its boundary as steps, the way so far, and where it would be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.web.charts.drawing import BAD, MAIN, QUIET, svg

WIDE, TALL = 620, 300


def boundary(limit: Sequence[tuple[int, int]], path: Sequence[tuple[int, int]],
             headroom: int | None = None) -> SafeString | str:  # fmt: skip
    """Participants across, events up: the steps at which a trial stops, and the path; nothing without a boundary."""
    if not limit:
        return ""
    last = max(limit[-1][0], path[-1][0] if path else 0)
    top = max(limit[-1][1], path[-1][1] if path else 0) + 1
    x = {"field": "n", "type": "quantitative", "title": _("participants who count"), "scale": {"domain": [0, last]},
         "axis": {"tickMinStep": 1, "grid": False}}  # fmt: skip
    y = {"field": "events", "type": "quantitative", "title": _("with an event"), "scale": {"domain": [0, top]},
         "axis": {"tickMinStep": 1, "titlePadding": 10}}  # fmt: skip
    stops = _("stop"), _("so far"), _("if the next had events")
    colour = {"field": "what", "type": "nominal", "scale": {"domain": list(stops), "range": [BAD, MAIN, QUIET]},
              "legend": {"columnPadding": 24, "symbolOpacity": 1}}  # fmt: skip
    pairs = [(n, stop) for n, stop in limit if stop <= n] or list(limit)  # what cannot be reached yet is not drawn
    steps = [{"n": n, "events": stop, "top": top, "what": stops[0]} for n, stop in [(0, pairs[0][1]), *pairs]]
    so_far = [{"n": n, "events": events, "what": stops[1]} for n, events in path]
    layers: list[dict[str, Any]] = [
        {"data": {"values": steps}, "mark": {"type": "area", "interpolate": "step-before", "opacity": 0.1},
         "encoding": {"x": x, "y": y, "y2": {"field": "top"}, "color": colour}},
        {"data": {"values": steps}, "mark": {"type": "line", "interpolate": "step-before", "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "color": colour}},
    ]  # fmt: skip
    if headroom and path:
        n, events = path[-1]
        ahead = [{"n": n + k, "events": events + k, "what": stops[2]} for k in (0, headroom)]
        layers.append({"data": {"values": ahead}, "mark": {"type": "line", "strokeDash": [5, 4], "strokeWidth": 2},
                       "encoding": {"x": x, "y": y, "color": colour}})  # fmt: skip
    layers += [
        {"data": {"values": so_far}, "mark": {"type": "line", "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "color": colour}},
        {"data": {"values": so_far[-1:]}, "mark": {"type": "point", "size": 110},
         "encoding": {"x": x, "y": y, "color": colour}},
    ]  # fmt: skip
    told = _("The shaded area is where the trial stops; the line is the way so far, in the order of infusion.")
    spec = {"width": WIDE, "height": TALL, "layer": layers}
    return svg(spec, title=_("Boundary and the way so far"), description=told)
