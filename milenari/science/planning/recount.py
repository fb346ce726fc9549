"""A plan of slots checked from its dates and the scenario alone: nothing of the programme or its ledger is used.

Every date is derived again, every resource counted day by day, people are matched one by one to what has to be done
in a shift (augmenting paths; Kuhn 1955, doi:10.1002/nav.3800020109), doses are counted by the lot that each slot names,
and the cost is summed anew. What locked slots break alone is theirs; the others must not make it worse.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from milenari.science.planning.scenario import WEEK, Carried, Patient, Scenario, Site, Task

WINDOW_D, STEP_D = 30, 10  # of the reserve for failed batches
DAY = dt.timedelta(days=1)


class Dated(Protocol):
    """What a slot says."""

    @property
    def patient(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def machine(self) -> str: ...
    @property
    def carried(self) -> str: ...
    @property
    def collection(self) -> str: ...
    @property
    def start(self) -> str: ...
    @property
    def released(self) -> str: ...
    @property
    def lymphodepletion(self) -> str: ...
    @property
    def infusion(self) -> str: ...
    @property
    def lot(self) -> str: ...
    @property
    def locked(self) -> bool: ...


@dataclass(frozen=True)
class _Days:
    """A slot's days as dates, with who it is for and where."""

    patient: Patient
    hospital: Site
    site: Site
    machine: str
    carried: Carried
    collection: dt.date
    start: dt.date
    end: dt.date
    sampled: dt.date
    released: dt.date
    infusion: dt.date
    lot: str


def wrong(scenario: Scenario, slots: Sequence[Dated]) -> list[str]:
    """What the plan breaks, in words; empty when it holds."""
    twice = [code for code, n in Counter(one.patient for one in slots).items() if n > 1]
    if twice:
        return [f"{twice[0]} has more than one slot"]
    free = [one for one in slots if not one.locked]
    days = [_read(scenario, one) for one in slots]
    locked = [_read(scenario, one) for one in slots if one.locked]
    made = [f"{one.patient}: {said}" for one in free for said in _own(scenario, one, _read(scenario, one))]
    made += _over(_taken(scenario, days), _taken(scenario, locked), scenario)
    made += _unstaffed(scenario, days, locked)
    made += _doses(scenario, days, locked)
    if scenario.objective.retry_reserve:
        made += _reserve(scenario, days, locked)
    return made


def cost(scenario: Scenario, slots: Iterable[Dated]) -> float:
    """What this plan costs in weighted days, locked slots left out as the programme leaves them out."""
    goal, given = scenario.objective, {one.patient: one for one in slots}
    total = 0.0
    for patient in scenario.patients:
        if patient.booked and patient.booked.locked:
            continue
        weight, slot = scenario.tier(patient.tier).weight, given.get(patient.code)
        if slot is None:
            total += goal.unplaced * weight + (goal.moved if patient.booked else 0.0)
            continue
        one = _read(scenario, slot)
        total += weight * (scenario.at(one.infusion) - max(0, scenario.at(patient.referred)))
        if one.site.code != one.hospital.code:
            lanes = (scenario.lane(one.hospital.code, one.site.code, one.carried),
                     scenario.lane(one.site.code, one.hospital.code, Carried.PRODUCT))  # fmt: skip
            total += sum(float(lane.cost) for lane in lanes if lane) / goal.eur_per_day
        if patient.booked:
            held = patient.booked
            same = (held.site, held.machine, held.start, held.infusion) == (one.site.code, one.machine, one.start,
                                                                            one.infusion)  # fmt: skip
            if not (same and (patient.frozen_on is not None or (held.collection, held.carried) == (
                    one.collection, one.carried))):  # fmt: skip
                total += goal.moved
    return total


def _read(scenario: Scenario, slot: Dated) -> _Days:
    patient = next(one for one in scenario.patients if one.code == slot.patient)
    site, process, day = scenario.site(slot.site), scenario.process, dt.date.fromisoformat
    end = day(slot.start) + process.manufacture_planned.whole * DAY
    sampled = _open(scenario, site, end)
    tested = max(assay.planned.whole for assay in scenario.assays if assay.before_release)
    released = _open(scenario, site, sampled + (tested + process.releasing.whole) * DAY)
    hospital, collection, start = scenario.site(patient.hospital), day(slot.collection), day(slot.start)
    return _Days(patient, hospital, site, slot.machine, Carried(slot.carried), collection, start, end, sampled,
                 released, day(slot.infusion), slot.lot)  # fmt: skip


def _open(scenario: Scenario, site: Site, day: dt.date) -> dt.date:
    last = day + 60 * DAY
    while day < last and scenario.why_closed(site, day):
        day += DAY
    return day


def _own(scenario: Scenario, slot: Dated, one: _Days) -> Iterator[str]:
    """What one slot breaks by itself."""
    process, goal, patient = scenario.process, scenario.objective, one.patient
    ready = max(patient.ready, scenario.starts_on)
    frozen = one.carried is Carried.FROZEN
    way_in = way_out = 0
    if one.site.code != one.hospital.code:
        there = scenario.lane(one.hospital.code, one.site.code, one.carried)
        back = scenario.lane(one.site.code, one.hospital.code, Carried.PRODUCT)
        if there is None or back is None:
            yield "no lane there or back"
            return
        way_in, way_out = there.planned.whole, back.planned.whole
        for lane, first, days in ((there, one.start - way_in * DAY, way_in), (back, one.released, way_out)):
            if any(closed.holds(first + k * DAY) for closed in lane.closed for k in range(days + 1)):
                yield f"the way {lane.code} is closed"
    if patient.frozen_on is not None:
        if not frozen or one.collection != patient.frozen_on:
            yield "the cells are frozen already"
    elif one.collection < ready or scenario.why_closed(one.hospital, one.collection):
        yield "nobody collects on this day"
    travelled = one.collection + (way_in + process.freezing.whole * frozen) * DAY
    held = (one.start - one.collection).days
    if one.start < travelled:
        yield "the cells are not there at the start"
    if held > process.frozen_hold.whole if frozen else 24 * held > process.fresh_hold.value:
        yield "the cells are held too long"
    if one.start < ready or (one.start - ready).days >= goal.start_window or scenario.at(one.start) >= scenario.horizon:
        yield "the start lies outside its window"
    if scenario.why_closed(one.site, one.start):
        yield "the site does not work on the day of the start"
    if dt.date.fromisoformat(slot.released) != one.released:
        yield "the day of release is another one"
    before = process.lymphodepletion.whole + process.rest.whole
    first = one.released + (way_out + before) * DAY
    if dt.date.fromisoformat(slot.lymphodepletion) != one.infusion - before * DAY or one.infusion < first:
        yield "the product is not there when lymphodepletion begins"
    if (one.infusion - first).days > goal.bed_wait or (one.infusion - one.released).days > process.product_hold.whole:
        yield "the product is held too long"
    due = patient.due if patient.due is not None else patient.referred + process.due.whole * DAY
    if one.infusion > due:
        yield "the infusion is after its due date"
    if scenario.at(one.infusion) >= scenario.horizon:
        yield "the plan ends before the infusion"


Taken = Counter[tuple[str, str, str, dt.date]]  # kind, site, which, day


def _taken(scenario: Scenario, days: Iterable[_Days]) -> Taken:
    process, taken = scenario.process, Taken()
    before = process.lymphodepletion.whole + process.rest.whole
    for one in days:
        room = next(m.room for m in one.site.machines if m.code == one.machine)
        for k in range((one.end - one.start).days + process.changeover.whole):
            taken["machine", one.site.code, one.machine, one.start + k * DAY] += 1
            taken["room", one.site.code, room, one.start + k * DAY] += 1
        for k in range(before + process.bed.whole):
            taken["bed", one.hospital.code, "", one.infusion + (k - before) * DAY] += 1
        taken["tests", one.site.code, "", one.sampled] += 1
        if one.patient.frozen_on is None:
            taken["collection", one.hospital.code, "", one.collection] += 1
    return taken


def _there(scenario: Scenario, kind: str, code: str, which: str, day: dt.date) -> int:
    site = scenario.site(code)
    if kind == "bed":
        return site.beds.whole
    if kind in ("tests", "collection"):
        return 0 if scenario.why_closed(site, day) else (site.tests if kind == "tests" else site.collections).whole
    machine = next((one for one in site.machines if one.code == which), None) if kind == "machine" else None
    room = next((one for one in site.rooms if one.code == which), None) if kind == "room" else None
    stands = machine or room
    if stands is None or any(one.holds(day) for one in (*stands.out, *site.out)):
        return 0
    return machine.number.whole if machine else room.batches.whole if room else 0


def _over(taken: Taken, locked: Taken, scenario: Scenario) -> Iterator[str]:
    for (kind, site, which, day), amount in sorted(taken.items()):
        least = locked[kind, site, which, day]
        if day >= scenario.starts_on and amount > max(_there(scenario, kind, site, which, day), least):
            yield f"{kind} {which} at {site} on {day}: {amount} taken"


def _unstaffed(scenario: Scenario, days: Sequence[_Days], locked: Sequence[_Days]) -> Iterator[str]:
    wanted, kept = _wanted(scenario, days), _wanted(scenario, locked)
    for (site, shift, day), tasks in sorted(wanted.items()):
        if day < scenario.starts_on:
            continue
        people = [set(p.trained) for p in scenario.site(site).people if p.shift == shift
                  and WEEK[day.weekday()] in p.days and not any(a.holds(day) for a in p.away)]  # fmt: skip
        if _short(tasks, people) > _short(kept[site, shift, day], people):
            yield f"people at {site} on {day} ({shift}): {len(tasks)} tasks, {len(people)} people"


def _wanted(scenario: Scenario, days: Iterable[_Days]) -> dict[tuple[str, str, dt.date], list[Task]]:
    made: dict[tuple[str, str, dt.date], list[Task]] = defaultdict(list)
    first = scenario.shifts[0]
    for one in days:
        for labour in scenario.process.labour:
            made[one.site.code, labour.shift, one.start + labour.day * DAY] += [labour.task] * labour.people
        made[one.site.code, first, one.sampled].append(Task.QC)
        made[one.site.code, first, one.released].append(Task.RELEASE)
        if one.patient.frozen_on is None:
            made[one.hospital.code, first, one.collection].append(Task.APHERESIS)
    return made


def _short(tasks: Sequence[Task], people: Sequence[set[Task]]) -> int:
    """How many tasks are left when as many as possible have a person of their own."""
    does: dict[int, int] = {}

    def placed(task: int, seen: set[int]) -> bool:
        for who, trained in enumerate(people):
            if tasks[task] in trained and who not in seen:
                seen.add(who)
                if who not in does or placed(does[who], seen):
                    does[who] = task
                    return True
        return False

    return sum(not placed(task, set()) for task in range(len(tasks)))


def _doses(scenario: Scenario, days: Sequence[_Days], locked: Sequence[_Days]) -> Iterator[str]:
    lots = {lot.code: lot for lot in scenario.vector.lots}
    held = {one.patient.code for one in locked}
    for one in days:
        lot = lots.get(one.lot)
        unfit = lot is None or not lot.first <= one.start <= lot.last
        if unfit and scenario.at(one.start) >= 0 and not (one.lot == "" and one.patient.code in held):
            yield f"{one.patient.code}: no vector lot serves the start on {one.start}"
    for code, amount in Counter(one.lot for one in days if one.lot).items():
        if code in lots and amount > lots[code].doses:
            yield f"vector lot {code}: {amount} doses taken of {lots[code].doses}"


def _reserve(scenario: Scenario, days: Sequence[_Days], locked: Sequence[_Days]) -> Iterator[str]:
    """With the share of batches that fail made again, machine days fit into every thirty days."""
    for site in scenario.sites:
        share = 1.0 + (float(site.failure) if scenario.process.attempts.whole > 1 else 0.0)
        for machine in site.machines:
            for first in range(0, scenario.horizon + 60, STEP_D):
                window = [scenario.day(first + k) for k in range(WINDOW_D)]
                used, held = (sum(_busy(scenario, one, site, machine.code, window) for one in some)
                              for some in (days, locked))  # fmt: skip
                there = sum(_there(scenario, "machine", site.code, machine.code, day) for day in window)
                if used > held and share * used > there + 1e-9:
                    yield f"machine {machine.code} at {site.code}: no reserve for failed batches from {window[0]}"


def _busy(scenario: Scenario, one: _Days, site: Site, machine: str, window: Sequence[dt.date]) -> int:
    if (one.site.code, one.machine) != (site.code, machine):
        return 0
    last = one.end + scenario.process.changeover.whole * DAY
    return sum(one.start <= day < last for day in window)
