"""Many patients on many sites: one linear programme over all ways, its fractions solved again strip by strip.

What the programme has in whole numbers is taken. Whoever stands in fractions is put into what is free as whole numbers,
one strip of the map after the other, those of the next strips still in fractions. A weekend day has no row: starts are
on weekdays, so the Friday before it is at least as full. The bound is not the solver's word: it is the Lagrangian of
the programme's prices, summed here over every way, and holds for any prices that are not negative.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from benchmarks.slot_network import BUSY, DAYS, Network, Place

WEEKDAYS = np.array([day for day in range(DAYS) if day % 7 < 5])
STRIP, AHEAD, NEAR = 500, 1, 15.0
"""Patients of a strip; strips looked at ahead, without which the first ones take what the next ones need; by how much
more than the best a way may cost there."""
STRIP_S, STRIP_GAP = 40.0, 1e-3
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Answer:
    plan: Counter[Place]
    bound: float
    ways: int
    rows: int
    fractions: int  # patients who were solved again


class _Ways:
    """Every way of every group as arrays, group after group; the last way of a group is to be dropped."""

    def __init__(self, given: Network) -> None:
        self.groups = sorted(given.groups, key=lambda group: (given.at[group[0]], group))
        self.places = [place for group in self.groups for place in given.ways(group)]
        self.cost = np.array([given.cost(place) for place in self.places], dtype=np.float64)
        self.group = np.repeat(np.arange(len(self.groups)), [len(given.ways(group)) for group in self.groups])
        self.dropped = np.array([place[1] is None for place in self.places])
        site = np.array([given.site(place) for place in self.places])
        self.start = np.where(self.dropped, len(given.units) * DAYS, site * DAYS + [p[2] for p in self.places])
        self.first = np.flatnonzero(np.r_[True, self.group[1:] != self.group[:-1]])
        self.count = np.array([given.groups[group] for group in self.groups], dtype=np.float64)
        self.units = np.repeat(np.array(given.units, dtype=np.float64)[:, None], len(WEEKDAYS), 1)
        # A start on day d is inside the weekdays from inside[0][d] to before inside[1][d] of its site.
        self.inside = np.searchsorted(WEEKDAYS, np.arange(DAYS)), np.searchsorted(WEEKDAYS, np.arange(DAYS) + BUSY)

    def along(self, table: Floats, way: Ints | slice = slice(None)) -> Floats:
        """The sum of a table of sites and weekdays over the days that each way takes; nothing for the dropped."""
        sums = np.concatenate([np.zeros((len(table), 1)), np.cumsum(table, axis=1)], axis=1)
        found: Floats = np.append((sums[:, self.inside[1]] - sums[:, self.inside[0]]).ravel(), 0.0)[self.start[way]]
        return found

    def used(self, way: Ints, count: Floats) -> Floats:
        """Units taken, by site and weekday, of so many patients on these ways."""
        starts = np.bincount(self.start[way], count, len(self.units) * DAYS + 1)[:-1].reshape(-1, DAYS)
        sums = np.concatenate([np.zeros((len(starts), 1)), np.cumsum(starts, axis=1)], axis=1)
        found: Floats = sums[:, WEEKDAYS + 1] - sums[:, np.maximum(0, WEEKDAYS - BUSY + 1)]
        return found

    def days(self, chosen: Ints) -> Any:
        """Rows of unit days of some ways."""
        real = np.flatnonzero(~self.dropped[chosen])
        site, day = np.divmod(self.start[chosen][real], DAYS)
        low, long = self.inside[0][day], self.inside[1][day] - self.inside[0][day]
        offset = np.arange(long.sum()) - np.repeat(np.cumsum(long) - long, long)
        row = np.repeat(site * len(WEEKDAYS) + low, long) + offset
        return csc_array((np.ones(len(row)), (row, np.repeat(real, long))), shape=(self.units.size, len(chosen)))

    def once(self, chosen: Ints) -> Any:
        """Rows by which every patient has one way."""
        group, column = self.group[chosen], np.arange(len(chosen))
        return csc_array((np.ones(len(chosen)), (group, column)), shape=(len(self.count), len(chosen)))


def solve(given: Network) -> Answer:
    """A plan with a bound that no plan can beat."""
    ways = _Ways(given)
    every = np.arange(len(ways.places))
    held = linprog(ways.cost, A_ub=ways.days(every), b_ub=ways.units.ravel(), A_eq=ways.once(every), b_eq=ways.count,
                   method="highs-ds")  # fmt: skip
    price = np.maximum(0.0, -held.ineqlin.marginals).reshape(ways.units.shape)
    reduced = ways.cost + ways.along(price)
    least = np.minimum.reduceat(reduced, ways.first)
    bound = float(ways.count @ least - (price * ways.units).sum())
    whole = np.floor(held.x + 1e-7)
    taken = np.flatnonzero(whole)
    plan = Counter({ways.places[at]: int(whole[at]) for at in taken})
    left = ways.count - np.bincount(ways.group[taken], whole[taken], len(ways.count))
    free = ways.units - ways.used(taken, whole[taken])
    near = ways.dropped | (reduced <= least[ways.group] + NEAR)
    fractions = int(left.sum())
    strips = np.floor((np.cumsum(left) - left) / STRIP)
    for strip in range(int(strips.max()) + 1 if fractions else 0):
        open_ways = near & (left[ways.group] > 0.5) & (ways.along((free < 0.5).astype(float)) == 0)
        mine = np.where(strips <= strip + AHEAD, left, 0.0)
        chosen = np.flatnonzero(open_ways & (mine[ways.group] > 0.5))
        now = strips[ways.group[chosen]] <= strip
        found = milp(ways.cost[chosen], integrality=now.astype(int), bounds=Bounds(0, mine[ways.group[chosen]]),
                     constraints=[LinearConstraint(ways.days(chosen), -np.inf, free.ravel()),
                                  LinearConstraint(ways.once(chosen), mine, mine)],
                     options={"time_limit": STRIP_S, "mip_rel_gap": STRIP_GAP})  # fmt: skip
        took = np.flatnonzero((np.round(found.x) > 0) & now)
        count = np.round(found.x[took])
        for at, number in zip(chosen[took], count, strict=True):
            plan[ways.places[at]] += int(number)
        left -= np.bincount(ways.group[chosen[took]], count, len(left))
        free -= ways.used(chosen[took], count)
    return Answer(plan, bound, len(every), ways.units.size + len(ways.count), fractions)


__all__ = ["Answer", "solve"]
