"""What a plan takes of each place and person, as spans of days with whom they are for: what a picture of it shows.

A resource of which there are several (three machines of one kind, four beds) is dealt out lane by lane, the lowest free
one first. People are matched to the tasks of each shift one by one (augmenting paths; Kuhn 1955,
doi:10.1002/nav.3800020109), as the recount does: a plan says how many, not who, so the names are one way of many.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from milenari.science.planning.scenario import WEEK, Closed, Person, Scenario, Site, Task
from milenari.science.planning.standing import Given, Standing, standing

DAY = dt.timedelta(days=1)


class What(StrEnum):
    """What is taken."""

    MACHINE = "machine"
    ROOM = "room"
    COLLECTION = "collection"
    BED = "bed"
    PERSON = "person"


@dataclass(frozen=True)
class Held:
    """From one day to another, the last not included: a resource held for a patient, or closed, and why."""

    what: What
    site: str
    code: str
    lane: int  # which of several, from one on; 0 where there is only one
    first: dt.date
    after: dt.date
    patient: str
    why: str = ""

    @property
    def last(self) -> dt.date:
        return self.after - DAY


def held(scenario: Scenario, slots: Iterable[Given]) -> list[Held]:
    """Everything that the slots take, site by site in the scenario's order, and what is closed meanwhile.

    A slot of a patient, site or machine that the scenario does not have is refused with `scenario-unknown`.
    """
    found = [standing(scenario, slot) for slot in slots]
    if not found:
        return []
    first = min(one.collection for one in found)
    after = max(one.infusion for one in found) + scenario.process.bed.whole * DAY
    made: list[Held] = []
    for site in scenario.sites:
        made += _machines(scenario, site, found, first, after)
        places = {one.patient: (one.collection, one.collection + DAY) for one in found if one.hospital == site.code}
        made += _dealt(What.COLLECTION, site.code, "", site.collections.whole, places)
        beds = {one.patient: (one.lymphodepletion, one.infusion + scenario.process.bed.whole * DAY)
                for one in found if one.hospital == site.code}  # fmt: skip
        made += _dealt(What.BED, site.code, "", site.beds.whole, beds)
        made += _people(scenario, site, found)
    return made


def _machines(scenario: Scenario, site: Site, found: Sequence[Standing], first: dt.date,
              after: dt.date) -> Iterator[Held]:  # fmt: skip
    busy = {one.patient: (one.start, one.end + scenario.process.changeover.whole * DAY)
            for one in found if one.site == site.code}  # fmt: skip
    on = {one.patient: one.machine for one in found}
    rooms = {machine.code: machine.room for machine in site.machines}
    for machine in site.machines:
        mine = {who: span for who, span in busy.items() if on[who] == machine.code}
        yield from _dealt(What.MACHINE, site.code, machine.code, machine.number.whole, mine)
        yield from _closed(What.MACHINE, site.code, machine.code, (*machine.out, *site.out), first, after)
    for room in site.rooms:
        mine = {who: span for who, span in busy.items() if rooms[on[who]] == room.code}
        yield from _dealt(What.ROOM, site.code, room.code, room.batches.whole, mine)
        yield from _closed(What.ROOM, site.code, room.code, (*room.out, *site.out), first, after)


def _closed(what: What, site: str, code: str, out: Iterable[Closed], first: dt.date, after: dt.date) -> Iterator[Held]:
    for one in out:
        begins, ends = max(one.first, first), min(one.last + DAY, after)
        if begins < ends:
            yield Held(what, site, code, 0, begins, ends, "", one.why)


def _dealt(what: What, site: str, code: str, number: int,
           spans: dict[str, tuple[dt.date, dt.date]]) -> Iterator[Held]:  # fmt: skip
    """Spans on lanes: each on the lowest that is free. More lanes than there are show a plan that breaks a rule."""
    until: list[dt.date] = []
    for patient in sorted(spans, key=lambda who: (spans[who], who)):
        first, after = spans[patient]
        lane = next((at for at, busy in enumerate(until) if busy <= first), len(until))
        if lane == len(until):
            until.append(after)
        until[lane] = after
        yield Held(what, site, code, lane + 1 if number > 1 or lane else 0, first, after, patient)


def _people(scenario: Scenario, site: Site, found: Sequence[Standing]) -> list[Held]:
    work: dict[tuple[dt.date, str], list[tuple[Task, str]]] = defaultdict(list)
    shift = scenario.shifts[0]
    for one in found:
        if one.hospital == site.code and not one.frozen:
            work[one.collection, shift].append((Task.APHERESIS, one.patient))
        if one.site == site.code:
            for labour in scenario.process.labour:
                work[one.start + labour.day * DAY, labour.shift] += [(labour.task, one.patient)] * labour.people
            work[one.sampled, shift].append((Task.QC, one.patient))
            work[one.released, shift].append((Task.RELEASE, one.patient))
    made = []
    for (day, when), tasks in sorted(work.items()):
        here = [who for who in site.people if who.shift == when and _works(who, day)]
        for person, (task, patient) in sorted(matched(here, tasks), key=lambda pair: pair[0].code):
            made.append(Held(What.PERSON, site.code, person.code, 0, day, day + DAY, patient, str(task)))
    return sorted(made, key=lambda one: (one.code, one.first))


def _works(person: Person, day: dt.date) -> bool:
    return WEEK[day.weekday()] in person.days and not any(away.holds(day) for away in person.away)


def matched(people: Sequence[Person], tasks: Sequence[tuple[Task, str]]) -> list[tuple[Person, tuple[Task, str]]]:
    """As many tasks as possible, each with a person of its own who is trained for it."""
    does: dict[int, int] = {}

    def placed(task: int, seen: set[int]) -> bool:
        for who, person in enumerate(people):
            if tasks[task][0] in person.trained and who not in seen:
                seen.add(who)
                if who not in does or placed(does[who], seen):
                    does[who] = task
                    return True
        return False

    for task in range(len(tasks)):
        placed(task, set())
    return [(people[who], tasks[task]) for who, task in does.items()]
