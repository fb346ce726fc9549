"""A plan of slots as bars over time: once machine by machine, once patient by patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.models import PlanSlot
from milenari.web.charts.drawing import GOOD, LINE, MAIN, WARN, svg

MOST_ROWS = 60
AXIS = {"format": "%Y-%m-%d", "tickCount": 6, "labelOverlap": "greedy", "labelSeparation": 12}
X: dict[str, Any] = {"field": "from", "type": "temporal", "title": None, "axis": AXIS}


def machines(slots: Sequence[PlanSlot]) -> SafeString | str:
    """What each machine makes from which day to which; nothing when there is no slot."""
    made = [_bar(_place(s), s.start, _after(s.end), s.journey) for s in slots]
    rows = sorted(made, key=lambda row: (row["row"], row["from"]))
    if not rows:
        return ""
    bars = {"mark": {"type": "bar", "height": 15, "stroke": "#fff"}}
    told = _("Each bar is one product being made, from its start to its harvest.")
    return svg(_spec(rows[: MOST_ROWS * 4], [bars]), title=_("Machines"), description=told)


def patients(slots: Sequence[PlanSlot], here: frozenset[str]) -> SafeString | str:
    """Each patient's way from collection to infusion; nothing when there is no slot. ``here`` have a page."""
    names = {"travel": _("collected, on its way"), "made": _("made"), "tested": _("tested"), "given": _("to infusion")}
    rows: list[dict[str, Any]] = []
    for s in slots[:MOST_ROWS]:
        days = {"travel": (s.collection, s.start), "made": (s.start, s.end), "tested": (s.end, s.released),
                "given": (s.released, _after(s.infusion))}  # fmt: skip
        rows += [_bar(s.journey, *days[name], names[name]) for name in days]
    if not rows:
        return ""
    scale = {"domain": list(names.values()), "range": [LINE, MAIN, WARN, GOOD]}
    color = {"field": "what", "type": "nominal", "scale": scale, "legend": {"columnPadding": 28}}
    bars = {"mark": {"type": "bar", "height": 13}, "encoding": {"color": color}}
    told = _("Each line is a patient: collected, made, tested, then on the way to infusion.")
    return svg(_spec(rows, [bars], here), title=_("Patients"), description=told)


def _place(slot: PlanSlot) -> str:
    """A machine by its code, which names the site where sites name theirs so."""
    return slot.machine if slot.machine.startswith(slot.site) else f"{slot.site} {slot.machine}"


def _bar(row: str, first: date | None, last: date | None, what: str) -> dict[str, Any]:
    return {"row": row, "from": str(first), "to": str(last), "what": what, "told": f"{row}: {what}, {first} – {last}"}


def _after(day: date | None) -> date | None:
    """Where a bar's last day ends: it is drawn whole."""
    return day + timedelta(days=1) if day else None


def _spec(
    rows: list[dict[str, Any]], layers: list[dict[str, Any]], here: frozenset[str] = frozenset()
) -> dict[str, Any]:
    order = list(dict.fromkeys(row["row"] for row in rows))
    rows = [row | {"href": reverse("journey", args=[row["row"]]) if row["row"] in here else None} for row in rows]
    encoding: dict[str, Any] = {
        "x": X, "x2": {"field": "to"}, "y": {"field": "row", "type": "nominal", "title": None, "sort": order},
    }  # fmt: skip
    if here:
        encoding |= {"href": {"field": "href"}, "description": {"field": "told"}}
    return {"width": 640, "height": {"step": 22}, "data": {"values": rows}, "encoding": encoding, "layer": layers}
