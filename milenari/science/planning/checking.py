"""A scenario as a whole: what no single field can show. The first fault is refused, with the path of its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from milenari.science.planning.reading import read, refuse
from milenari.science.planning.scenario import Carried, Closed, Scenario, Site, Task, Trouble


def scenario(data: Any) -> Scenario:
    """JSON or YAML, already parsed, as a scenario in which every name leads somewhere."""
    made = read(Scenario, data)
    _names(made)
    _calendars(made)
    for at, site in enumerate(made.sites):
        _site(made, site, f"sites[{at}]")
    _lanes(made)
    _process(made)
    _patients(made)
    _outages(made)
    return made


def _names(made: Scenario) -> None:
    groups: dict[str, Iterable[str]] = {
        "shifts": made.shifts, "calendars": [c.code for c in made.calendars], "sites": [s.code for s in made.sites],
        "lanes": [x.code for x in made.lanes], "assays": [a.code for a in made.assays],
        "vector.lots": [x.code for x in made.vector.lots], "process.tiers": [t.code for t in made.process.tiers],
        "patients": [p.code for p in made.patients], "outages": [one.code for one in made.outages],
    }  # fmt: skip
    for at, site in enumerate(made.sites):
        groups[f"sites[{at}].machines"] = [m.code for m in site.machines]
        groups[f"sites[{at}].rooms"] = [r.code for r in site.rooms]
        groups[f"sites[{at}].people"] = [p.code for p in site.people]
    for path, codes in groups.items():
        taken: set[str] = set()
        for code in codes:
            if code in taken:
                refuse(path, f"has {code} twice; a code stands for one thing", "scenario-twice", given=code)
            taken.add(code)
    for path in ("shifts", "sites", "assays", "process.tiers"):
        if not groups[path]:
            refuse(path, "is empty; a network has at least one")


def _known(path: str, given: str, known: Iterable[str]) -> None:
    names = list(known)
    if given not in names:
        shown = ", ".join(names[:12]) or "none"
        refuse(path, f"is {given!r}, which is not in this scenario; there are {shown}", "scenario-unknown", given=given)


def _spans(path: str, spans: Iterable[Closed]) -> None:
    for at, one in enumerate(spans):
        if one.last < one.first:
            refuse(f"{path}[{at}].last", f"is {one.last}, before it begins on {one.first}", "scenario-span")


def _calendars(made: Scenario) -> None:
    for at, one in enumerate(made.calendars):
        _spans(f"calendars[{at}].holidays", one.holidays)
        if len(set(one.weekend)) == 7:
            refuse(f"calendars[{at}].weekend", "has all seven days; nobody would ever work", "scenario-calendar")


def _site(made: Scenario, site: Site, path: str) -> None:
    _known(f"{path}.calendar", site.calendar, [c.code for c in made.calendars])
    _spans(f"{path}.out", site.out)
    rooms = {room.code: room for room in site.rooms}
    for at, room in enumerate(site.rooms):
        _spans(f"{path}.rooms[{at}].out", room.out)
    for at, machine in enumerate(site.machines):
        here = f"{path}.machines[{at}]"
        _known(f"{here}.room", machine.room, rooms)
        _spans(f"{here}.out", machine.out)
        if machine.number.whole and not rooms[machine.room].batches.whole:
            refuse(f"{here}.room", f"is {machine.room}, which holds no batch", "scenario-capacity")
    for at, person in enumerate(site.people):
        _known(f"{path}.people[{at}].shift", person.shift, made.shifts)
        _spans(f"{path}.people[{at}].away", person.away)
    if site.machines:
        for task in (Task.MANUFACTURE, Task.QC, Task.RELEASE):
            if not any(task in person.trained for person in site.people):
                refuse(f"{path}.people", f"has nobody trained for {task}, and {site.code} has machines",
                       "scenario-capacity", task=str(task))  # fmt: skip
        if not site.tests.whole:
            refuse(f"{path}.tests.value", f"is 0, and {site.code} has machines", "scenario-capacity")
    wanted = float(site.referrals) > 0 or any(p.hospital == site.code for p in made.patients)
    for name, capacity in (("collections", site.collections), ("beds", site.beds)):
        if wanted and not capacity.whole:
            refuse(f"{path}.{name}.value", f"is 0, and patients come to {site.code}", "scenario-capacity")
    if wanted and not any(Task.APHERESIS in person.trained for person in site.people):
        refuse(f"{path}.people", f"has nobody trained for apheresis, and patients come to {site.code}",
               "scenario-capacity", task="apheresis")  # fmt: skip


def _lanes(made: Scenario) -> None:
    codes = [site.code for site in made.sites]
    for at, lane in enumerate(made.lanes):
        path = f"lanes[{at}]"
        _known(f"{path}.origin", lane.origin, codes)
        _known(f"{path}.destination", lane.destination, codes)
        _spans(f"{path}.closed", lane.closed)
        if lane.origin == lane.destination:
            refuse(f"{path}.destination", "is where the lane begins; inside a site nothing is sent", "scenario-lane")
        if not lane.carries:
            refuse(f"{path}.carries", "is empty; a lane carries something", "scenario-lane")
        taken = any(c in (Carried.FRESH, Carried.FROZEN) for c in lane.carries)
        if taken and not made.site(lane.destination).machines:
            refuse(f"{path}.destination", f"is {lane.destination}, where no machine stands: cells would be sent to "
                   "nowhere", "scenario-lane", given=lane.destination)  # fmt: skip
    if not any(site.machines for site in made.sites):
        refuse("sites", "have no machine; nothing can be made", "scenario-capacity")


def _process(made: Scenario) -> None:
    _known("vector.site", made.vector.site, [site.code for site in made.sites])
    for at, lot in enumerate(made.vector.lots):
        if lot.last < lot.first:
            refuse(f"vector.lots[{at}].last", f"is {lot.last}, before it may be used on {lot.first}", "scenario-span")
    shares = sum(float(tier.share) for tier in made.process.tiers)
    if abs(shares - 1) > 1e-6:
        refuse("process.tiers", f"have shares that sum to {shares:g}; they sum to 1", "scenario-shares", sum=shares)
    if not any(assay.before_release for assay in made.assays):
        refuse("assays", "have none before release; a product is not released untested")
    for at, labour in enumerate(made.process.labour):
        _known(f"process.labour[{at}].shift", labour.shift, made.shifts)
        if labour.day > made.process.manufacture_planned.whole:
            refuse(f"process.labour[{at}].day", f"is {labour.day}, after manufacture has ended")


def _patients(made: Scenario) -> None:
    codes = [site.code for site in made.sites]
    for at, one in enumerate(made.patients):
        path = f"patients[{at}]"
        _known(f"{path}.hospital", one.hospital, codes)
        _known(f"{path}.tier", one.tier, [tier.code for tier in made.process.tiers])
        if one.ready < one.referred:
            refuse(f"{path}.ready", f"is {one.ready}, before referral on {one.referred}", "scenario-span")
        if one.due is not None and one.due < one.ready:
            refuse(f"{path}.due", f"is {one.due}, before the first day of collection {one.ready}", "scenario-span")
        if one.booked:
            booked = one.booked
            _known(f"{path}.booked.site", booked.site, codes)
            machines = [machine.code for machine in made.site(booked.site).machines]
            _known(f"{path}.booked.machine", booked.machine, machines)
            if not booked.collection <= booked.start < booked.infusion:
                refuse(f"{path}.booked", "is out of order: collection, then start, then infusion", "scenario-span")


def _outages(made: Scenario) -> None:
    countries, sites = {site.country for site in made.sites}, [site.code for site in made.sites]
    for at, one in enumerate(made.outages):
        path = f"outages[{at}]"
        if one.kind is Trouble.BORDER:
            for country in one.at.split("-"):
                _known(f"{path}.at", country, countries)
        elif one.kind is Trouble.CAMPAIGN:
            _known(f"{path}.at", one.at, [made.vector.site])
        else:
            _known(f"{path}.at", one.at, [x.code for x in made.lanes] if one.kind is Trouble.COURIER else sites)
        timed = one.kind is not Trouble.CAMPAIGN
        for name, held in (("every", one.every), ("lasts", one.lasts)):
            if (held is None) == timed:
                refuse(f"{path}.{name}", "is missing" if timed else "is given; a campaign that fails has only `lost`",
                       "scenario-outage")  # fmt: skip
        if one.every is not None and one.every.mean <= 0:
            refuse(f"{path}.every", "is no time; something cannot fail all the time", "scenario-outage")
        if one.kind is Trouble.CAMPAIGN and one.lost is None:
            refuse(f"{path}.lost", "is missing", "scenario-outage")
        if one.lost is not None and one.kind not in (Trouble.CAMPAIGN, Trouble.POWER):
            refuse(f"{path}.lost", f"is given; nothing that is under way is lost with {one.kind}", "scenario-outage")


def due_of(made: Scenario, patient: Any) -> dt.date:
    """The last day of infusion: the patient's own, or the process's from referral on."""
    due: dt.date = patient.due or patient.referred + dt.timedelta(days=made.process.due.whole)
    return due
