"""A network as data: what a scenario may say, unit by unit. `reading.py` reads it, `checking.py` sees it whole.

Times are whole days from `starts_on` (day 0). Every figure carries its basis and source; a bare number is a choice of
whoever plans (a day, a weight of the objective), not knowledge about the world.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Annotated, Any

from milenari.science.planning.figure import Basis, Figure, Spread
from milenari.science.planning.reading import In


class Task(StrEnum):
    """What somebody may be trained for."""

    APHERESIS = "apheresis"
    MANUFACTURE = "manufacture"
    QC = "qc"
    RELEASE = "release"


class Carried(StrEnum):
    """What goes along a lane."""

    FRESH = "fresh"  # cells as collected, within the holding time
    FROZEN = "frozen"  # cells frozen after collection
    PRODUCT = "product"


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)


@dataclass(frozen=True)
class Closed:
    """From one day to another, both included; why."""

    first: dt.date
    last: dt.date
    why: str

    def holds(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: a local weekend, and holidays."""

    code: str
    weekend: tuple[Weekday, ...]
    holidays: tuple[Closed, ...]
    basis: Basis
    source: str

    def why_closed(self, day: dt.date) -> str:
        """Why nobody works on this day; empty when they do."""
        for one in self.holidays:
            if one.holds(day):
                return one.why
        return "the weekend" if WEEK[day.weekday()] in self.weekend else ""


@dataclass(frozen=True)
class Machine:
    """Machines of one kind that stand in one room; `out` are times when none of them can be used."""

    code: str
    room: str
    number: Annotated[Figure, In("{machine}", whole=True)]
    out: tuple[Closed, ...] = ()


@dataclass(frozen=True)
class Room:
    """A clean room and how many batches may be in it at the same time."""

    code: str
    batches: Annotated[Figure, In("{batch}", whole=True)]
    out: tuple[Closed, ...] = ()


@dataclass(frozen=True)
class Person:
    """Somebody by code, never by name: trained for what, in which shift, on which days, and away when."""

    code: str
    trained: tuple[Task, ...]
    shift: str
    days: tuple[Weekday, ...] = WEEK
    away: tuple[Closed, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where something is drawn on a map: degrees, WGS 84. The city, not a building; nothing is computed from it."""

    longitude: Annotated[float, In("deg", least=-180, most=180)]
    latitude: Annotated[float, In("deg", least=-85, most=85)]


@dataclass(frozen=True)
class Site:
    """A hospital: it collects and treats; with machines it manufactures, with QC people it tests."""

    code: str
    name: str
    country: str
    calendar: str
    machines: tuple[Machine, ...]
    rooms: tuple[Room, ...]
    people: tuple[Person, ...]
    people_basis: Basis
    people_source: str
    referrals: Annotated[Figure, In("/a")]
    collections: Annotated[Figure, In("/d", whole=True)]
    beds: Annotated[Figure, In("{bed}", whole=True)]
    tests: Annotated[Figure, In("/d", whole=True)]  # batches whose samples the laboratory takes in a day
    failure: Annotated[Figure, In("1", most=0.95)]  # share of batches that fail, in manufacture or in testing
    out: tuple[Closed, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class Lane:
    """A way between two sites. Plans reckon with `planned`, the days that are kept; simulation draws from `transit`."""

    code: str
    origin: str
    destination: str
    carries: tuple[Carried, ...]
    transit: Annotated[Spread, In("d")]
    planned: Annotated[Figure, In("d", whole=True)]
    cost: Annotated[Figure, In("EUR")]
    closed: tuple[Closed, ...] = ()


@dataclass(frozen=True)
class Assay:
    """A test of the product: how long until its result, hours of laboratory work, and whether release waits for it."""

    code: str
    before_release: bool
    duration: Annotated[Spread, In("d")]
    planned: Annotated[Figure, In("d", whole=True)]
    work: Annotated[Figure, In("h")]


@dataclass(frozen=True)
class Lot:
    """A vector lot that is there or comes: doses, usable from the first to the last day."""

    code: str
    first: dt.date
    last: dt.date
    doses: Annotated[int, In("{dose}")]


@dataclass(frozen=True)
class Vector:
    """How vector is made, what it yields, and how long it waits for its results."""

    site: str
    lots: tuple[Lot, ...]
    volume: Annotated[Figure, In("L", least=0.001)]
    titre: Annotated[Spread, In("TU/mL")]
    recovery: Annotated[Spread, In("1", most=1)]
    retained: Annotated[Figure, In("1", most=0.99)]  # share kept for tests and retains
    dose: Annotated[Figure, In("TU", least=1)]
    rejection: Annotated[Figure, In("1", most=0.95)]
    campaign: Annotated[Figure, In("d", whole=True)]  # suite occupied
    release: Annotated[Spread, In("d")]  # from harvest to release, RCL result included
    shelf_life: Annotated[Figure, In("d", whole=True)]
    campaign_cost: Annotated[Figure, In("EUR")]
    litre_cost: Annotated[Figure, In("EUR/L")]
    most_litres: Annotated[Figure, In("L")]
    other_demand: Annotated[Figure, In("/a")]  # doses used outside this scenario

    def doses_of(self, litres: float, titre_tu_per_ml: float, recovery: float) -> float:
        """Doses of a campaign: volume x titre x recovery x (1 - retained) / dose."""
        return litres * 1000 * titre_tu_per_ml * recovery * (1 - float(self.retained)) / float(self.dose)


@dataclass(frozen=True)
class Tier:
    """An urgency: its share of referrals, how many die in six weeks of waiting, and its weight in a plan."""

    code: str
    weight: Annotated[float, In("1")]
    share: Annotated[Figure, In("1", most=1)]
    loss_42d: Annotated[Figure, In("1", most=0.99)]


@dataclass(frozen=True)
class Labour:
    """On a day of manufacture (0 is the start) so many people trained for a task in a shift."""

    day: int
    task: Task
    shift: str
    people: Annotated[int, In("{person}", least=1)]


@dataclass(frozen=True)
class Process:
    """What happens to a patient, step by step."""

    tiers: tuple[Tier, ...]
    labour: tuple[Labour, ...]
    labour_basis: Basis
    labour_source: str
    to_collection: Annotated[Spread, In("d")]  # referral to collection in simulation; a plan has the day in `ready`
    fresh_hold: Annotated[Figure, In("h")]  # collection to start, fresh
    freezing: Annotated[Figure, In("d", whole=True)]
    frozen_hold: Annotated[Figure, In("d", whole=True)]
    manufacture: Annotated[Spread, In("d")]
    manufacture_planned: Annotated[Figure, In("d", least=1, whole=True)]
    changeover: Annotated[Figure, In("d", whole=True)]  # machine and room after a batch
    releasing: Annotated[Figure, In("d", whole=True)]
    product_hold: Annotated[Figure, In("d", whole=True)]  # released product until it is given
    lymphodepletion: Annotated[Figure, In("d", whole=True)]
    rest: Annotated[Figure, In("d", whole=True)]
    bed: Annotated[Figure, In("d", whole=True)]  # after the infusion; the bed is taken from lymphodepletion on
    due: Annotated[Figure, In("d", whole=True)]  # referral to infusion, at most
    attempts: Annotated[Figure, In("{attempt}", least=1, whole=True)]
    recollection: Annotated[Figure, In("1", most=1)]  # share who can be collected again
    recovery: Annotated[Figure, In("d", whole=True)]  # between two collections


@dataclass(frozen=True)
class Costs:
    """What is paid."""

    batch: Annotated[Figure, In("EUR")]
    collection: Annotated[Figure, In("EUR")]
    bed_day: Annotated[Figure, In("EUR/d")]
    machine_year: Annotated[Figure, In("EUR/a")]
    room_year: Annotated[Figure, In("EUR/a")]
    loss: Annotated[Figure, In("EUR")]  # the weight of a lost patient in the objective; a value judgement


@dataclass(frozen=True)
class Booked:
    """A slot that is confirmed; `locked` ones stay in any new plan."""

    site: str
    machine: str
    carried: Carried
    collection: dt.date
    start: dt.date
    infusion: dt.date
    locked: bool = False


@dataclass(frozen=True)
class Patient:
    """Somebody to be planned, by code. `ready` is the first day of collection."""

    code: str
    hospital: str
    tier: str
    referred: dt.date
    ready: dt.date
    due: dt.date | None = None
    booked: Booked | None = None
    frozen_on: dt.date | None = None  # cells collected and frozen already on this day


@dataclass(frozen=True)
class Objective:
    """What a plan weighs: a day of waiting is 1 times the tier's weight; the rest in days of a weight of one."""

    retry_reserve: bool  # room on each machine for the batches that fail
    unplaced: Annotated[float, In("d")]  # somebody who is not placed, times the tier's weight
    moved: Annotated[float, In("d")]  # a confirmed slot that changes
    eur_per_day: Annotated[float, In("EUR", least=1)]  # so many EUR are worth one day
    start_window: Annotated[int, In("d", least=1, most=180)]  # manufacture starts within so many days of `ready`
    bed_wait: Annotated[int, In("d", most=30)]  # infusion up to so many days after the first possible


class Trouble(StrEnum):
    """What fails at random; `at` of an outage names a site, a lane, or one or two countries for a border."""

    BORDER = "border"  # JO, or JO-LB: no lane across it
    POWER = "power"  # a site: nothing is collected, no batch begins
    COURIER = "courier"  # a lane
    MACHINE = "machine"  # each machine of a site by itself
    STAFF = "staff"  # a site: no batch begins
    CAMPAIGN = "campaign"  # the vector's site: a share of campaigns fails in the suite


@dataclass(frozen=True)
class Outage:
    """Something that fails now and then. `every` is from one mending to the next failure."""

    code: str
    kind: Trouble
    at: str
    every: Annotated[Spread, In("d")] | None = None
    lasts: Annotated[Spread, In("d")] | None = None
    lost: Annotated[Figure, In("1", most=1)] | None = None  # of what is under way at a power cut; of campaigns


@dataclass(frozen=True)
class Scenario:
    """A network, its processes and whom to plan."""

    name: str
    starts_on: dt.date
    shifts: tuple[str, ...]
    calendars: tuple[Calendar, ...]
    sites: tuple[Site, ...]
    lanes: tuple[Lane, ...]
    assays: tuple[Assay, ...]
    vector: Vector
    process: Process
    costs: Costs
    objective: Objective
    format: Annotated[int, In("1", least=1, most=1)]
    horizon: Annotated[int, In("d", least=1, most=3660)]
    patients: tuple[Patient, ...] = ()
    outages: tuple[Outage, ...] = ()

    def day(self, at: int) -> dt.date:
        """The date of day `at`."""
        return self.starts_on + dt.timedelta(days=at)

    def at(self, day: dt.date) -> int:
        """Which day a date is."""
        return (day - self.starts_on).days

    def site(self, code: str) -> Site:
        return next(one for one in self.sites if one.code == code)

    def tier(self, code: str) -> Tier:
        return next(one for one in self.process.tiers if one.code == code)

    def calendar(self, site: Site) -> Calendar:
        return next(one for one in self.calendars if one.code == site.calendar)

    def why_closed(self, site: Site, day: dt.date) -> str:
        """Why a site does not work on a day: an outage, a holiday, a weekend; empty when it does."""
        for one in site.out:
            if one.holds(day):
                return one.why
        return self.calendar(site).why_closed(day)

    def lane(self, origin: str, destination: str, carried: Carried) -> Lane | None:
        """The first lane between two sites that carries this."""
        found = (x for x in self.lanes if (x.origin, x.destination) == (origin, destination) and carried in x.carries)
        return next(found, None)

    def figures(self) -> Iterator[tuple[str, Figure | Spread]]:
        """Every figure with the path of its field, as the scenario has it."""
        yield from _figures(self, "")


def _figures(held: Any, path: str) -> Iterator[tuple[str, Figure | Spread]]:
    if isinstance(held, (Figure, Spread)):
        yield path, held
    elif isinstance(held, tuple):
        for at, one in enumerate(held):
            yield from _figures(one, f"{path}[{at}]")
    elif is_dataclass(held) and not isinstance(held, type):
        for one in fields(held):
            yield from _figures(getattr(held, one.name), f"{path}.{one.name}" if path else one.name)
