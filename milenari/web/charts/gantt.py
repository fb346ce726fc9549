"""A plan of slots as bars over time: patient by patient, and site by site what is taken of each place and person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from milenari.rules.plan import Slot
from milenari.science.planning.occupancy import Held, What
from milenari.science.planning.standing import Standing
from milenari.web.charts.drawing import GOOD, INK, LINE, MAIN, PAPER, QUIET, WARN, svg

MOST_ROWS = 60
WIDE_D = 6  # days that a bar lasts whose patient is written on it
SOFT, VIOLET = "#8fb4c2", "#6d4a86"  # MAIN, lighter; a colour that warns of nothing
AXIS = {"format": "%Y-%m-%d", "tickCount": 6, "labelOverlap": "greedy", "labelSeparation": 12, "orient": "top"}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """One bar: of which row, from which day, until before which, what it is, and for whom."""

    row: str
    first: date
    after: date
    what: str
    of: str


def machines(slots: Sequence[Slot]) -> SafeString | str:
    """What each machine makes from which day to which; nothing when there is no slot."""
    spans = sorted((Span(_place(s), s.start, s.end + DAY, _("made"), s.journey) for s in slots),
                   key=lambda one: (one.row, one.first))  # fmt: skip
    told = _("Each bar is one product being made, from its start to its harvest.")
    return _drawn(spans[: MOST_ROWS * 4], {_("made"): MAIN}, _("Machines"), told)


def patients(slots: Sequence[Slot], standing: dict[str, Standing], links: Mapping[str, str]) -> SafeString | str:
    """Each patient's way from collection to infusion. ``standing`` has the days of the scenario where it is kept here;
    ``links`` the address that a patient's bars lead to. Nothing when there is no slot."""
    colours = {_("collection"): INK, _("on its way, or frozen"): LINE, _("made"): MAIN, _("tested and released"): WARN,
               _("back at the hospital"): SOFT, _("lymphodepletion and rest"): VIOLET, _("infusion"): GOOD}  # fmt: skip
    names = list(colours)
    spans: list[Span] = []
    for s in slots[:MOST_ROWS]:
        own = standing.get(s.journey)
        before = own.lymphodepletion if own else s.infusion
        taken = s.collection + DAY  # the day of collection is drawn whole, also where manufacture starts on it
        edges = (s.collection, taken, max(taken, s.start), s.end, s.released, before, s.infusion,
                 s.infusion + DAY)  # fmt: skip
        spans += [Span(s.journey, edges[at], edges[at + 1], names[at], s.journey) for at in range(7)
                  if edges[at] < edges[at + 1]]  # fmt: skip
    if not standing:
        del colours[names[5]]
    locked = frozenset(code for code, own in standing.items() if own.locked)
    told = _("Each line is a patient: collected, made, tested and released, prepared, infused.")
    return _drawn(spans, colours, _("Patients"), told, locked, links)


def site(code: str, held: Sequence[Held], span: tuple[date, date], links: Mapping[str, str]) -> SafeString | str:
    """What the plan takes at one site, row by row; nothing when it takes nothing. All sites have the same ``span``."""
    names = _names()
    colours = {names[What.MACHINE]: MAIN, names[What.ROOM]: SOFT, names[What.COLLECTION]: INK, names[What.BED]: GOOD,
               names[What.PERSON]: WARN, _("closed"): LINE}  # fmt: skip
    spans = [Span(row_of(one), one.first, one.after, _("closed") if not one.patient else names[one.what],
                  one.patient or one.why) for one in held if one.site == code]  # fmt: skip
    told = _("What the plan takes day by day. The table below says the same.")
    return _drawn(spans[: MOST_ROWS * 8], colours, code, told, links=links, span=span)


def row_of(one: Held) -> str:
    """The row of a resource: what it is, its code, and which of several."""
    number = str(one.lane) if one.lane else ""
    if one.what is What.PERSON:
        return one.code
    return " ".join(filter(None, (str(_names()[one.what]), one.code, number)))


def _names() -> dict[What, str]:
    return {What.MACHINE: pgettext("resource", "machine"), What.ROOM: pgettext("resource", "room"),
            What.COLLECTION: pgettext("resource", "collection place"), What.BED: pgettext("resource", "bed"),
            What.PERSON: pgettext("resource", "person")}  # fmt: skip


def _place(slot: Slot) -> str:
    """A machine by its code, which names the site where sites name theirs so."""
    return slot.machine if slot.machine.startswith(slot.site) else f"{slot.site} {slot.machine}"


def _drawn(spans: Sequence[Span], colours: dict[str, str], title: str, told: str,
           locked: frozenset[str] = frozenset(), links: Mapping[str, str] | None = None,
           span: tuple[date, date] | None = None) -> SafeString | str:  # fmt: skip
    if not spans:
        return ""
    rows = [
        {"row": s.row, "from": str(s.first), "to": str(s.after), "what": s.what, "of": s.of,
         "wide": (s.after - s.first).days >= WIDE_D and s.of != s.row, "locked": s.of in locked,
         "told": f"{s.row}: {s.what}, {s.of}, {s.first} – {s.after - DAY}",  # gantt.js reads the two days at its end
         "href": (links or {}).get(s.of)}
        for s in spans
    ]  # fmt: skip
    used = [name for name in colours if any(row["what"] == name for row in rows)]
    x: dict[str, Any] = {"field": "from", "type": "temporal", "title": None, "axis": AXIS}
    if span:
        x["scale"] = {"domain": [str(span[0]), str(span[1])]}
    y = {"field": "row", "type": "nominal", "title": None, "sort": list(dict.fromkeys(row["row"] for row in rows))}
    color = {"field": "what", "type": "nominal", "scale": {"domain": used, "range": [colours[name] for name in used]},
             "legend": {"columns": 4, "columnPadding": 20} if len(used) > 1 else None}  # fmt: skip
    bars: dict[str, Any] = {"mark": {"type": "bar", "height": 14, "stroke": PAPER, "strokeWidth": 1},
                            "encoding": {"color": color}}  # fmt: skip
    if links:
        bars["encoding"] |= {"href": {"field": "href"}, "description": {"field": "told"}}
    layers = [
        bars,
        {"mark": {"type": "bar", "height": 18, "fill": None, "stroke": INK, "strokeWidth": 1.5},
         "transform": [{"filter": "datum.locked"}]},
        {"mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 4, "fontSize": 10, "fontWeight": 600},
         "transform": [{"filter": "datum.wide"}],
         "encoding": {"text": {"field": "of"}, "color": {"condition": {"test": _dark(colours), "value": PAPER},
                                                          "value": INK}}},
    ]  # fmt: skip
    spec: dict[str, Any] = {
        "width": 760, "height": {"step": 24}, "data": {"values": rows},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": y}, "layer": layers,
        "config": {"axisY": {"labelLimit": 260, "minExtent": 150, "domainColor": QUIET}},
    }  # fmt: skip
    return svg(spec, title=title, description=told)


def _dark(colours: dict[str, str]) -> str:
    """The test of Vega for bars on which white is read better."""
    dark = [name for name, colour in colours.items() if colour not in (LINE, SOFT)]
    return " || ".join(f"datum.what === {_quoted(name)}" for name in dark)


def _quoted(name: str) -> str:
    """A name as a text of Vega's expressions."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
