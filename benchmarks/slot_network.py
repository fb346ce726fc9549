"""Instances of the large slot benchmark, what a place costs, and a plan as dates.

The published slot benchmark gives sizes and weights but neither patients nor sites nor seed, so instances are drawn
here by its figures: 90 days, starts Monday to Friday, a unit busy for 11 days, home or the two nearest sites, 35 days
to start, weights 1, 2, 5, load 0.9. Ours are 400 times the weight for whoever is dropped and three days for a site
farther.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter
from typing import Any

import numpy as np

DAYS, BUSY, WINDOW, DROP, FARTHER, LOAD = 90, 11, 35, 400, 3, 0.9
MONDAY = dt.date(2027, 1, 4)
Group = tuple[int, int, int]  # home, ready, weight
Place = tuple[Group, int | None, int]  # group, which of its sites, day


class Network:
    """Units by site, the three nearest sites of each, patients, and how many of each group are alike."""

    def __init__(self, patients: int, sites: int, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311  (an instance, not a secret)
        units = max(sites, round(patients * BUSY / DAYS / LOAD))
        self.units = [units // sites + (site < units % sites) for site in range(sites)]
        self.at = at = [(chance.random(), chance.random()) for _ in range(sites)]
        self.near = [
            sorted(range(sites), key=lambda other: math.dist(at[home], at[other]))[:3] for home in range(sites)
        ]
        self.patients: list[Group] = []
        for _ in range(patients):
            home = chance.choices(range(sites), self.units)[0]
            self.patients.append((home, chance.randrange(DAYS), chance.choices((1, 2, 5), (0.5, 0.3, 0.2))[0]))
        self.groups = Counter(self.patients)

    def ways(self, group: Group) -> list[Place]:
        """Every place a group may have: a site and a day, or none."""
        home, ready, _ = group
        days = [day for day in range(ready, min(ready + WINDOW, DAYS - 1) + 1) if day % 7 < 5]
        return [*((group, which, day) for which in range(len(self.near[home])) for day in days), (group, None, 0)]

    def cost(self, place: Place) -> int:
        (_, ready, weight), which, day = place
        return DROP * weight if which is None else weight * (day - ready) + FARTHER * which

    def site(self, place: Place) -> int:
        return self.near[place[0][0]][place[1] or 0]

    def instance(self) -> dict[str, Any]:
        """All of it as data, for who shares no code with this."""
        return {
            "first_monday": str(MONDAY), "days": DAYS, "busy": BUSY, "window": WINDOW, "units": self.units,
            "sites_of_home": self.near, "dropped_costs": DROP, "farther_costs": FARTHER,
            "patients": [{"home": h, "ready": str(MONDAY + dt.timedelta(r)), "weight": w} for h, r, w in self.patients],
        }  # fmt: skip

    def dated(self, plan: Counter[Place]) -> list[dict[str, Any] | None]:
        """Patient by patient where and on which date they start; None for whoever is dropped."""
        left: dict[Group, list[Place]] = {group: [] for group in self.groups}
        for place, count in plan.items():
            left[place[0]] += [place] * count
        told: list[dict[str, Any] | None] = []
        for group in self.patients:
            place = left[group].pop() if left[group] else (group, None, 0)
            start = str(MONDAY + dt.timedelta(place[2]))
            told.append(None if place[1] is None else {"site": self.site(place), "start": start})
        return told


def greedy(given: Network) -> Counter[Place]:
    """First come, most urgent first, each at the cheapest start that is free."""
    free = np.array(given.units)[:, None] * np.ones((1, DAYS + BUSY), dtype=np.int64)
    plan: Counter[Place] = Counter()
    for group in sorted(given.groups.elements(), key=lambda g: (g[1], -g[2])):
        for place in sorted(given.ways(group), key=given.cost):
            span = free[given.site(place), place[2] : place[2] + BUSY]
            if place[1] is None or span.min() > 0:
                if place[1] is not None:
                    span -= 1
                plan[place] += 1
                break
    return plan
