"""Words of a scenario's tables: their names, the boxes of a row, what the reader refuses."""

from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.science.planning.scenario import WEEK
from milenari.web.wording import scenario

TABLES = {
    "people": _("People"),
    "machines": _("Machines"),
    "rooms": _("Rooms"),
    "lanes": _("Lanes"),
    "lots": _("Vector lots"),
    "patients": _("Patients"),
    "outages": _("Outages at random"),
}
ADDS = {
    "people": _("Add a person"),
    "machines": _("Add machines"),
    "rooms": _("Add a room"),
    "lanes": _("Add a lane"),
    "lots": _("Add a vector lot"),
    "patients": _("Add a patient"),
    "outages": _("Add an outage"),
}
BOXES: dict[str, Any] = {
    "code": pgettext_lazy("row", "Code"),
    "trained": _("Trained for"),
    "shift": _("Shift"),
    "days": _("Days worked"),
    "away": _("Absences"),
    "room": _("Room"),
    "out": _("Out of use"),
    "number": _("Machines of this kind"),
    "batches": _("Batches in the room at a time"),
    "origin": pgettext_lazy("place", "From"),
    "destination": pgettext_lazy("place", "To"),
    "carries": _("What goes along it"),
    "transit": _("Transit, as it varies"),
    "planned": _("Days that plans reckon with"),
    "cost": _("Cost"),
    "closed": _("Closures"),
    "first": _("First day"),
    "last": _("Last day"),
    "why": _("Why"),
    "doses": _("Doses"),
    "hospital": _("Hospital"),
    "tier": _("Urgency"),
    "referred": _("Referred on"),
    "ready": _("Ready for collection from"),
    "due": _("Infusion at the latest"),
    "booked": _("Slot that is booked"),
    "site": _("Made at"),
    "machine": _("Machine"),
    "carried": _("Cells travel"),
    "collection": _("Collection"),
    "start": _("Start of manufacture"),
    "infusion": _("Infusion"),
    "locked": _("Locked: stays in any new plan"),
    "frozen_on": _("Cells collected and frozen on"),
    "kind": _("What fails"),
    "at": pgettext_lazy("outage", "Where"),
    "every": _("From one mending to the next failure"),
    "lasts": _("How long it lasts"),
    "lost": _("Share lost of what is under way"),
    "value": _("Value"),
    "shape": _("How it varies"),
    "a": "a",
    "b": "b",
    "basis": _("How it is known"),
    "source": _("Source, or why it was assumed"),
}
HELPS: dict[str, Any] = {
    "code": _("A code, never a name. What refers to it elsewhere in the scenario has to be changed there too."),
    "b": _("Empty where one number says it: fixed, exponential."),
    "booked": _("Empty where nothing is booked."),
    "at": _("A site, a lane, or for a border one country, or two joined by a hyphen."),
    "trained": _("Nothing ticked: the person does nothing in a plan."),
}
TROUBLES = {
    "border": pgettext_lazy("outage", "a border is closed"),
    "power": pgettext_lazy("outage", "power fails"),
    "courier": pgettext_lazy("outage", "the courier fails"),
    "machine": pgettext_lazy("outage", "a machine breaks"),
    "staff": pgettext_lazy("outage", "staff is missing"),
    "campaign": pgettext_lazy("outage", "a campaign fails"),
}
DAYS = {str(day): WEEKDAYS[at] for at, day in enumerate(WEEK)}
OPTIONS: dict[str, dict[str, Any]] = {
    "trained": scenario.TASKS, "days": DAYS, "carries": scenario.CARRIED, "carried": scenario.CARRIED,
    "kind": TROUBLES,
    "basis": scenario.BASES, "shape": scenario.SHAPES,
}  # fmt: skip
FAULTS: dict[str, Any] = {
    "scenario-field": _("What stands here cannot be read. Correct it."),
    "scenario-missing": _("This is missing. Fill it in."),
    "scenario-bounds": _("This number is outside what can be. Correct it."),
    "scenario-unit": _("This is in another unit. Convert the number."),
    "scenario-twice": _("This code is taken by another row. Choose another."),
    "scenario-unknown": _("This names something that is not in the scenario. Choose what is there, or add it first."),
    "scenario-span": _("These days are in the wrong order. Correct them."),
    "scenario-lane": _("This lane cannot be used like that. Correct where it leads or what goes along it."),
    "scenario-capacity": _("Something that the plan needs would be missing. Add what takes its place first."),
}
ELSEWHERE = _("The rest of the scenario does not allow this. What it says:")
REFUSALS = {
    "draft-too-long": _(
        "The draft has %(most)s changes, as many as it holds. Keep it as a scenario, then go on from that one."
    ),
    "draft-empty": _("The draft of the scenario %(number)s has no change, so there is nothing to keep or take back."),
}
