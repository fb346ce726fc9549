"""Every way a patient may go: collection, travel, manufacture, testing, release, lymphodepletion, infusion, bed.

A chain fixes all days of one patient. Its takings are what it takes of machines, rooms, people, laboratory, collection
places and beds, day by day; its breaches are the standing rules it would break (a holding time, a due date, a closed
site). Only a chain without breaches may be planned; the others tell why somebody cannot be placed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from milenari.science.planning.checking import due_of
from milenari.science.planning.scenario import Booked, Carried, Machine, Patient, Scenario, Site, Task

Taking = tuple[str, int, int]  # resource, day, how much
Part = tuple[str, str, str, int]  # what is taken together: start, collection or bed; site, machine, day
COLLECTIONS = 3  # days of collection tried before a start from frozen cells: the last open ones


@dataclass(frozen=True)
class Chain:
    """One patient's days, counted from the start of the scenario, with what they take and break."""

    patient: str
    hospital: str
    site: str
    machine: str
    carried: Carried
    collection: int | None  # None: frozen cells are there already
    start: int
    end: int
    released: int
    lymphodepletion: int
    infusion: int
    parts: tuple[Part, ...]
    breaches: tuple[str, ...]
    transport_eur: float
    cost: float

    def same_slot(self, booked: Booked, scenario: Scenario) -> bool:
        """Whether this is the confirmed slot: machine, start, infusion; collection and how, where it is to come."""
        mine = (self.site, self.machine, scenario.day(self.start), scenario.day(self.infusion))
        collected = self.collection is None or (
            (scenario.day(self.collection), self.carried) == (booked.collection, booked.carried)
        )
        return mine == (booked.site, booked.machine, booked.start, booked.infusion) and collected


def resource_words(resource: str) -> str:
    """A resource's code as it is said: `machine/BCN/BCN-PRODIGY`."""
    kind, site, *rest = resource.split("/")
    what = rest[0] if rest else ""
    return {
        "machine": f"machines {what} at {site}", "room": f"room {what} at {site}", "bed": f"beds at {site}",
        "collection": f"collection places at {site}", "tests": f"laboratory of {site}",
        "reserve": f"the reserve for failed batches on {what} at {site}", "vector": "vector doses",
        "people": f"people trained for {' or '.join(what.split('+'))} at {site} ({rest[1] if len(rest) > 1 else ''})",
    }[kind]  # fmt: skip


class Ways:
    """Chains of patients in one scenario, and what there is of each resource on each day."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.testing = max(a.planned.whole for a in scenario.assays if a.before_release)
        self._closed: dict[tuple[str, int], str] = {}
        self._room: dict[tuple[str, int], int] = {}
        self._takings: dict[Part, tuple[Taking, ...]] = {}

    def closed(self, site: Site, day: int) -> str:
        """Why a site does not work on a day."""
        if (site.code, day) not in self._closed:
            self._closed[site.code, day] = self.scenario.why_closed(site, self.scenario.day(day))
        return self._closed[site.code, day]

    def capacity(self, resource: str, day: int) -> int:
        """How much of a resource there is on a day."""
        if (resource, day) not in self._room:
            self._room[resource, day] = self._capacity(resource, day)
        return self._room[resource, day]

    def _capacity(self, resource: str, day: int) -> int:
        kind, code, *rest = resource.split("/")
        site, date = self.scenario.site(code), self.scenario.day(day)
        if kind == "machine":
            machine = next(m for m in site.machines if m.code == rest[0])
            return 0 if any(o.holds(date) for o in (*machine.out, *site.out)) else machine.number.whole
        if kind == "room":
            room = next(r for r in site.rooms if r.code == rest[0])
            return 0 if any(o.holds(date) for o in (*room.out, *site.out)) else room.batches.whole
        if kind == "bed":
            return site.beds.whole
        if kind == "people":
            return len(self._trained(site, {Task(t) for t in rest[0].split("+")}, rest[1], date))
        return 0 if self.closed(site, day) else {"collection": site.collections, "tests": site.tests}[kind].whole

    @staticmethod
    def _trained(site: Site, tasks: set[Task], shift: str, date: dt.date) -> list[str]:
        from milenari.science.planning.scenario import WEEK

        return [p.code for p in site.people if p.shift == shift and tasks & set(p.trained)
                and WEEK[date.weekday()] in p.days and not any(a.holds(date) for a in p.away)]  # fmt: skip

    def of(self, patient: Patient) -> list[Chain]:
        """Every chain of a patient, with those that break a standing rule."""
        made: list[Chain] = []
        for site in self.scenario.sites:
            for machine in site.machines:
                made += self._on(patient, site, machine)
        return made

    def _on(self, patient: Patient, site: Site, machine: Machine) -> Iterator[Chain]:
        scenario = self.scenario
        ready = max(0, scenario.at(patient.ready))
        for start in range(ready, min(ready + scenario.objective.start_window, scenario.horizon)):
            for carried in (Carried.FRESH, Carried.FROZEN):
                for collection, broken, eur in self._collected(patient, site, start, carried, ready):
                    yield from self._after(patient, site, machine, start, carried, collection, broken, eur)

    def _collected(self, patient: Patient, site: Site, start: int, carried: Carried,
                   ready: int) -> Iterator[tuple[int | None, list[str], float]]:  # fmt: skip
        """(day of collection, breaches, EUR) by which cells are at the site on the day of the start."""
        scenario, process = self.scenario, self.scenario.process
        hospital = scenario.site(patient.hospital)
        travel, eur = 0, 0.0
        if site.code != hospital.code:
            lane = scenario.lane(hospital.code, site.code, carried)
            if lane is None:
                return
            travel, eur = lane.planned.whole, float(lane.cost)
        if patient.frozen_on is not None:
            if carried is Carried.FRESH:
                return
            frozen = scenario.at(patient.frozen_on)
            first = max(frozen + process.freezing.whole + travel, travel)
            broken = self._lane_closed(hospital, site, carried, start - travel, start) if travel else []
            if start >= first:
                yield None, [*broken, *self._too_long(start - frozen, process.frozen_hold.whole)], eur
            return
        latest = start - travel - (process.freezing.whole if carried is Carried.FROZEN else 0)
        hold = process.fresh_hold.value / 24 if carried is Carried.FRESH else float(process.frozen_hold.whole)
        found = 0
        for collection in range(latest, ready - 1, -1):
            if self.closed(hospital, collection):
                continue
            broken = self._too_long(start - collection, hold)
            if broken and found:
                return
            if travel:
                broken += self._lane_closed(hospital, site, carried, start - travel, start)
            yield collection, broken, eur
            found += 1
            if broken or found == COLLECTIONS:
                return

    def _too_long(self, days: int, hold: float) -> list[str]:
        return [f"cells are held {hold:g} days at most"] if days > hold else []

    def _lane_closed(self, origin: Site, destination: Site, carried: Carried, first: int, last: int) -> list[str]:
        lane = self.scenario.lane(origin.code, destination.code, carried)
        if lane is None:
            return [f"nothing goes from {origin.code} to {destination.code}"]
        for day in range(first, last + 1):
            for one in lane.closed:
                if one.holds(self.scenario.day(day)):
                    return [f"the way {lane.code} is closed: {one.why}"]
        return []

    def _after(self, patient: Patient, site: Site, machine: Machine, start: int, carried: Carried,
               collection: int | None, broken: list[str], eur: float) -> Iterator[Chain]:  # fmt: skip
        scenario, process = self.scenario, self.scenario.process
        hospital = scenario.site(patient.hospital)
        out = next((one.why for one in site.out if one.holds(scenario.day(start))), "")
        if out:
            broken = [*broken, f"{site.code} is out: {out}"]
        elif self.closed(site, start):
            return  # a weekend or holiday is no reason: another day is taken
        end, _, released = self.days_of(site, start)
        back = 0
        if site.code != hospital.code:
            lane = scenario.lane(site.code, hospital.code, Carried.PRODUCT)
            if lane is None:
                return
            back, eur = lane.planned.whole, eur + float(lane.cost)
            broken += self._lane_closed(site, hospital, Carried.PRODUCT, released, released + back)
        before = process.lymphodepletion.whole + process.rest.whole
        first = released + back + before
        due = scenario.at(due_of(scenario, patient))
        tier = scenario.tier(patient.tier)
        for infusion in range(first, first + scenario.objective.bed_wait + 1):
            mine = list(broken)
            if infusion > due:
                mine.append(f"the due date is {scenario.day(due)}")
            if infusion - released > process.product_hold.whole:
                mine.append(f"the product is held {process.product_hold.whole} days at most")
            if infusion >= scenario.horizon:
                mine.append("the plan ends before the infusion")
            waited = infusion - max(0, scenario.at(patient.referred))
            yield Chain(
                patient.code, hospital.code, site.code, machine.code, carried, collection, start, end, released,
                infusion - before, infusion, _parts(hospital, site, machine, collection, start, infusion),
                tuple(mine), eur, tier.weight * waited + eur / scenario.objective.eur_per_day,
            )  # fmt: skip

    def days_of(self, site: Site, start: int) -> tuple[int, int, int]:
        """(end of manufacture, day of sampling, day of release) of a batch: the last two on working days."""
        process = self.scenario.process
        end = start + process.manufacture_planned.whole
        sampled = self._next_open(site, end)
        return end, sampled, self._next_open(site, sampled + self.testing + process.releasing.whole)

    def booked(self, patient: Patient, booked: Booked) -> Chain:
        """A confirmed slot as a chain, as it stands; it may break rules or lie in the past."""
        scenario, process = self.scenario, self.scenario.process
        hospital, site = scenario.site(patient.hospital), scenario.site(booked.site)
        machine = next(m for m in site.machines if m.code == booked.machine)
        collection, start, infusion = (scenario.at(d) for d in (booked.collection, booked.start, booked.infusion))
        end, _, released = self.days_of(site, start)
        waited = infusion - max(0, scenario.at(patient.referred))
        return Chain(
            patient.code, hospital.code, site.code, machine.code, booked.carried, collection, start, end, released,
            infusion - process.lymphodepletion.whole - process.rest.whole, infusion,
            _parts(hospital, site, machine, collection, start, infusion), (), 0.0,
            scenario.tier(patient.tier).weight * waited,
        )  # fmt: skip

    def _next_open(self, site: Site, day: int) -> int:
        for at in range(day, day + 60):
            if not self.closed(site, at):
                return at
        return day + 60

    def takings(self, part: Part) -> tuple[Taking, ...]:
        """What a part of a chain takes, day by day; people as `work/SITE/TASK/SHIFT`."""
        if part not in self._takings:
            self._takings[part] = tuple(self._taken(part))
        return self._takings[part]

    def _taken(self, part: Part) -> Iterator[Taking]:
        kind, code, name, day = part
        process, shift = self.scenario.process, self.scenario.shifts[0]
        if kind == "collection":
            yield f"collection/{code}", day, 1
            yield f"work/{code}/apheresis/{shift}", day, 1
        elif kind == "bed":
            before = process.lymphodepletion.whole + process.rest.whole
            yield from ((f"bed/{code}", at, 1) for at in range(day - before, day + process.bed.whole))
        else:
            site = self.scenario.site(code)
            room = next(m.room for m in site.machines if m.code == name)
            end, sampled, released = self.days_of(site, day)
            for at in range(day, end + process.changeover.whole):
                yield f"machine/{code}/{name}", at, 1
                yield f"room/{code}/{room}", at, 1
            yield from ((f"work/{code}/{x.task}/{x.shift}", day + x.day, x.people) for x in process.labour)
            yield f"tests/{code}", sampled, 1
            yield f"work/{code}/qc/{shift}", sampled, 1
            yield f"work/{code}/release/{shift}", released, 1


def _parts(hospital: Site, site: Site, machine: Machine, collection: int | None, start: int,
           infusion: int) -> tuple[Part, ...]:  # fmt: skip
    made: list[Part] = [("start", site.code, machine.code, start), ("bed", hospital.code, "", infusion)]
    if collection is not None:
        made.append(("collection", hospital.code, "", collection))
    return tuple(made)


def task_sets(tasks: Iterable[str]) -> Iterator[frozenset[str]]:
    """Every set of tasks, for Hall's condition: the people trained for any of a set are enough for all of it."""
    known = sorted(set(tasks))
    for size in range(1, len(known) + 1):
        yield from (frozenset(one) for one in combinations(known, size))
