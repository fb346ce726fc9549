"""Plan view: slots as pictures and tables for a page, with the scenario's places and people where it is kept here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from milenari.journal import scenarios
from milenari.rules.plan import Slot
from milenari.science.planning import occupancy
from milenari.science.planning.occupancy import Held
from milenari.science.planning.scenario import Scenario
from milenari.science.planning.standing import Standing, standing
from milenari.science.unfit import Unfit
from milenari.web.charts import gantt


@dataclass(frozen=True)
class Place:
    """One site: its picture and the same as rows."""

    code: str
    name: str
    picture: Any
    rows: list[tuple[str, Held]]


@dataclass(frozen=True)
class View:
    """What of a plan can be seen. Without its scenario there are only the machines and the patients."""

    patients: Any = ""
    machines: Any = ""
    places: list[Place] = field(default_factory=list)
    standing: dict[str, Standing] = field(default_factory=dict)
    kept: scenarios.Kept | None = None
    fault: str = ""

    @property
    def locked(self) -> frozenset[str]:
        return frozenset(code for code, one in self.standing.items() if one.locked)


def view(slots: Sequence[Slot], digest: str, here: frozenset[str], mine: frozenset[str] | None = None,
         movable: str = "") -> View:  # fmt: skip
    """The pictures of these slots. ``mine`` are the patients whose use is shown (None: all); the whole plan is dealt
    out all the same, so that a hospital sees its patients on the lanes where everybody sees them. Bars lead to the
    journeys that are known ``here``; of the plan ``movable``, to the form for another day."""
    kept = scenarios.of_digest(digest)
    found = slots if mine is None else [slot for slot in slots if slot.journey in mine]
    fault, links = "", {code: reverse("journey", args=[code]) for code in here}
    if kept and slots:
        try:
            scenario = scenarios.opened(kept)[1]
            held = occupancy.held(scenario, slots)
            stands = {slot.journey: standing(scenario, slot) for slot in found}
        except Unfit as unfit:
            fault = unfit.sentence  # another scenario's slots: what can be drawn without it is drawn
        else:
            shown = [one for one in held if not one.patient or mine is None or one.patient in mine]
            if movable:
                links = {slot.journey: f"{reverse('plans-move', args=[movable, slot.journey])}?start={slot.start}"
                         for slot in found}  # fmt: skip
            places = _places(scenario, shown, links if movable else {})
            return View(gantt.patients(found, stands, links), "", places, stands, kept)
    return View(gantt.patients(found, {}, links), gantt.machines(found), [], {}, kept, fault)


def _places(scenario: Scenario, held: Sequence[Held], links: dict[str, str]) -> list[Place]:
    busy = [one for one in held if one.patient]
    if not busy:
        return []
    span = (min(one.first for one in busy), max(one.after for one in busy))
    made = []
    for site in scenario.sites:
        rows = [(gantt.row_of(one), one) for one in held if one.site == site.code]
        if any(one.patient for _, one in rows):
            made.append(Place(site.code, site.name, gantt.site(site.code, held, span, links), rows))
    return made


__all__ = ["Place", "View", "view"]
