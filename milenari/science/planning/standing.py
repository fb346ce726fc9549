"""A slot as it stands in a scenario: the days that its dates leave open, worked out again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from milenari.science.planning.scenario import Booked, Carried, Scenario, Site
from milenari.science.unfit import Unfit

DAY = dt.timedelta(days=1)


class Given(Protocol):
    """What a plan says of one patient."""

    @property
    def journey(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def machine(self) -> str: ...
    @property
    def collection(self) -> dt.date: ...
    @property
    def start(self) -> dt.date: ...
    @property
    def infusion(self) -> dt.date: ...


@dataclass(frozen=True)
class Standing:
    """One patient's days; `frozen` when the cells were frozen before the plan, `locked` when the slot had to stay."""

    patient: str
    hospital: str
    site: str
    machine: str
    carried: Carried
    collection: dt.date
    start: dt.date
    end: dt.date
    sampled: dt.date
    released: dt.date
    lymphodepletion: dt.date
    infusion: dt.date
    frozen: bool
    locked: bool


def standing(scenario: Scenario, given: Given) -> Standing:
    """The slot with every day of it; Unfit where its patient, site or machine is not in the scenario."""
    patient = next((one for one in scenario.patients if one.code == given.journey), None)
    if patient is None:
        raise _unknown("patient", given.journey)
    site = next((one for one in scenario.sites if one.code == given.site), None)
    if site is None:
        raise _unknown("site", given.site)
    if given.machine not in [machine.code for machine in site.machines]:
        raise _unknown(f"machine at {given.site} with the code", given.machine)
    process = scenario.process
    end = given.start + process.manufacture_planned.whole * DAY
    sampled = _open(scenario, site, end)
    tested = max(assay.planned.whole for assay in scenario.assays if assay.before_release)
    released = _open(scenario, site, sampled + (tested + process.releasing.whole) * DAY)
    before = (process.lymphodepletion.whole + process.rest.whole) * DAY
    return Standing(
        given.journey, patient.hospital, given.site, given.machine, _carried(scenario, patient.hospital, given),
        given.collection, given.start, end, sampled, released, given.infusion - before, given.infusion,
        patient.frozen_on is not None, bool(patient.booked and patient.booked.locked),
    )  # fmt: skip


def _unknown(what: str, code: str) -> Unfit:
    return Unfit("scenario-unknown", f"The scenario has no {what} {code}, which the plan names.", given=code)


def _carried(scenario: Scenario, hospital: str, given: Given) -> Carried:
    """Fresh where the holding time and the lane allow it, which costs no more; else frozen."""
    patient = next(one for one in scenario.patients if one.code == given.journey)
    hours = (given.start - given.collection).days * 24
    way = given.site == hospital or scenario.lane(hospital, given.site, Carried.FRESH) is not None
    fresh = patient.frozen_on is None and hours <= scenario.process.fresh_hold.value and way
    return Carried.FRESH if fresh else Carried.FROZEN


def _open(scenario: Scenario, site: Site, day: dt.date) -> dt.date:
    last = day + 60 * DAY
    while day < last and scenario.why_closed(site, day):
        day += DAY
    return day


def booked(scenario: Scenario, slots: Iterable[Given], locked: frozenset[str] = frozenset()) -> Scenario:
    """The scenario with these slots as confirmed ones, and no others; those of `locked` stay in any new plan, as do
    those that were locked before."""
    held = {one.journey: one for one in slots}
    people = []
    for patient in scenario.patients:
        slot = held.get(patient.code)
        if slot is None:
            people.append(replace(patient, booked=None))
            continue
        stays = patient.code in locked or bool(patient.booked and patient.booked.locked)
        people.append(replace(patient, booked=Booked(
            slot.site, slot.machine, _carried(scenario, patient.hospital, slot), slot.collection, slot.start,
            slot.infusion, stays)))  # fmt: skip
    return replace(scenario, patients=tuple(people))
