"""Outages of a scenario as the compiled replication takes them: planned closures, and failures that come at random.

Planned are a site's `out`, machines' and rooms' `out`, days on which everybody who makes is away, and lanes' `closed`;
they always hold. At random fails what the scenario's `outages` list, and only that. See `docs/planning.md`.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milenari.science.computed import Unfit
from milenari.science.planning.figure import Shape, Spread
from milenari.science.planning.halts import CLOSED, FEWER, LANE, MOST_A_ROW, UNSTAFFED
from milenari.science.planning.routes import makers, ways
from milenari.science.planning.scenario import Closed, Outage, Scenario, Site, Task, Trouble

SHAPES = {shape: at for at, shape in enumerate(Shape)}
NEVER = (0.0, 0.0, 0.0)
WHAT_IF = "asked as a what-if; nothing is known about it"


@dataclass(frozen=True)
class Row:
    """Something that stands still: `kind` and `target` as in `halts.py`, and when."""

    kind: int
    target: int
    number: int = 1
    planned: tuple[float, float] = (0.0, 0.0)
    every: tuple[float, ...] = NEVER
    lasts: tuple[float, ...] = NEVER
    lost: float = 0.0
    key: int = 0


def arrays(scenario: Scenario, hubs: tuple[str, ...], end: float) -> tuple[Any, ...]:
    """(what, every, lasts, more, firsts): the rows by what stands still and where, and the first row of each place."""
    made = sorted((*_planned(scenario, hubs), *_random(scenario, hubs)), key=lambda row: (row.kind, row.target))
    for row in made:
        mean = row.every[1]
        if row.planned == (0.0, 0.0) and end / mean > MOST_A_ROW / 2:
            raise Unfit("too-many", f"An outage every {mean:g} d happens too often for {end:g} days; make it rarer.")
    places = 2 * len(scenario.sites)
    counts = np.zeros(4 * places + 1, np.int64)
    for row in made:
        counts[row.kind * places + row.target + 1] += 1
    what = np.array([[row.kind, row.target, row.number, row.key] for row in made], np.int64).reshape(-1, 4)
    spreads = [np.array([one], np.float64).reshape(-1, 3)
               for one in ([row.every for row in made], [row.lasts for row in made])]  # fmt: skip
    more = np.array([[*row.planned, row.lost] for row in made], np.float64).reshape(-1, 3)
    return what, *spreads, more, np.cumsum(counts)


def campaign_failure(scenario: Scenario) -> float:
    """The chance that a vector campaign fails in the suite."""
    passes = 1.0
    for one in scenario.outages:
        if one.kind is Trouble.CAMPAIGN and one.lost:
            passes *= 1.0 - float(one.lost)
    return 1.0 - passes


def _planned(scenario: Scenario, hubs: tuple[str, ...]) -> list[Row]:
    sites = scenario.sites
    at = [sites.index(maker) for maker in makers(scenario, hubs)]
    made = []
    for home, site in enumerate(sites):
        made += [Row(CLOSED, home, planned=one) for one in _days(scenario, site.out)]
        rooms = {room.code: room.out for room in site.rooms}
        for machine in site.machines:
            off = _days(scenario, (*machine.out, *rooms[machine.room]))
            made += [Row(FEWER, at[home], machine.number.whole, one) for one in off]
        if at[home] == home:
            made += [Row(UNSTAFFED, home, planned=one) for one in _nobody(scenario, site)]
    for home, lanes in enumerate(ways(scenario, hubs)):
        for back, lane in enumerate(lanes):
            if lane is not None:
                made += [Row(LANE, home + back * len(sites), planned=one) for one in _days(scenario, lane.closed)]
    return made


def _days(scenario: Scenario, spans: Iterable[Closed]) -> list[tuple[float, float]]:
    """Days from the first to the end of the last, where spans touch as one; what ended before day 0 is left out."""
    made: list[tuple[float, float]] = []
    for first, last in sorted((max(0.0, scenario.at(x.first)), scenario.at(x.last) + 1.0) for x in spans):
        if last <= 0:
            continue
        if made and first <= made[-1][1]:
            made[-1] = made[-1][0], max(last, made[-1][1])
        else:
            made.append((float(first), last))
    return made


def _nobody(scenario: Scenario, site: Site) -> list[tuple[float, float]]:
    """Days on which everybody at a site who is trained to make is away."""
    people = [person for person in site.people if Task.MANUFACTURE in person.trained]
    if not people or not all(person.away for person in people):
        return []
    days = {span.first + dt.timedelta(days=n)
            for span in people[0].away for n in range((span.last - span.first).days + 1)}  # fmt: skip
    empty = [day for day in sorted(days) if all(any(span.holds(day) for span in one.away) for one in people)]
    return _days(scenario, [Closed(day, day, "nobody is there") for day in empty])


def _random(scenario: Scenario, hubs: tuple[str, ...]) -> list[Row]:
    codes = [site.code for site in scenario.sites]
    at = [codes.index(maker.code) for maker in makers(scenario, hubs)]
    made = []
    for one in scenario.outages:
        if one.every is None or one.lasts is None:
            continue
        every, lasts, key = _spread(one.every), _spread(one.lasts), zlib.crc32(one.code.encode())
        if one.kind in (Trouble.BORDER, Trouble.COURIER):
            made += [Row(LANE, place, every=every, lasts=lasts, key=key) for place in _lanes(scenario, hubs, one)]
            continue
        home = codes.index(one.at)
        if one.kind is Trouble.POWER:
            made.append(Row(CLOSED, home, 1, (0.0, 0.0), every, lasts, float(one.lost) if one.lost else 0.0, key))
        elif one.kind is Trouble.STAFF:
            made.append(Row(UNSTAFFED, home, every=every, lasts=lasts, key=key))
        else:  # each machine of the site fails by itself, where it stands
            number = sum(machine.number.whole for machine in scenario.sites[home].machines)
            made += [Row(FEWER, at[home], every=every, lasts=lasts, key=(n + 1 << 32) + key) for n in range(number)]
    return made


def _lanes(scenario: Scenario, hubs: tuple[str, ...], one: Outage) -> list[int]:
    """The ways that an outage of a border or a courier closes."""
    country = {site.code: site.country for site in scenario.sites}
    closed = set(one.at.split("-"))
    made = []
    for home, lanes in enumerate(ways(scenario, hubs)):
        for back, lane in enumerate(lanes):
            if lane is None:
                continue
            ends = {country[lane.origin], country[lane.destination]}
            hit = lane.code == one.at if one.kind is Trouble.COURIER else len(ends) == 2 and closed <= ends
            made += [home + back * len(country)] if hit else []
    return made


def _spread(spread: Spread) -> tuple[float, ...]:
    return float(SHAPES[spread.shape]), spread.a, spread.second


def with_outage(tree: Any, kind: str, at: str, every_d: float, lasts_d: float) -> Any:
    """The scenario's tree with one outage more: exponential gaps and lengths of these means, fixed 0 where it is 0."""

    def spread(mean: float) -> dict[str, Any]:
        return {"shape": "exponential" if mean else "fixed", "a": mean, "unit": "d", "basis": "assumed",
                "source": WHAT_IF}  # fmt: skip

    return _with(tree, {"code": f"{kind} {at}", "kind": kind, "at": at, "every": spread(every_d),
                        "lasts": spread(lasts_d)})  # fmt: skip


def with_campaigns_failing(tree: Any, share: float) -> Any:
    """The scenario's tree in which this share of vector campaigns fails in the suite."""
    figure = {"value": share, "unit": "1", "basis": "assumed", "source": WHAT_IF}
    vector = tree.get("vector") if isinstance(tree, dict) else None
    site = vector.get("site") if isinstance(vector, dict) else ""
    return _with(tree, {"code": "campaigns", "kind": "campaign", "at": site, "lost": figure})


def _with(tree: Any, one: dict[str, Any]) -> Any:
    if not isinstance(tree, dict) or not isinstance(tree.get("outages", []), list):
        return tree  # whoever reads it says what is wrong with it
    return tree | {"outages": [*tree.get("outages", []), one]}


def listed(given: Any, named: Sequence[tuple[str, str, float, float]], campaigns: float) -> Any:
    """The tree with all outages that were asked for."""
    for one in named:
        given = with_outage(given, *one)
    return with_campaigns_failing(given, campaigns) if campaigns else given
