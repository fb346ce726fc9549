"""Slots of many patients on many sites: a time-indexed programme, its fractions solved again as whole numbers.

    python -m benchmarks.large_slots [--sizes 25/4,500/40] [--seed 1]

Not the product's planner: the published slot benchmark gives sizes and weights but neither patients nor sites nor seed,
so instances are drawn here by its figures (90 days, starts Monday to Friday, a unit busy for 11 days, home or the two
nearest sites, 35 days to start, weights 1, 2, 5, load 0.9; ours are 400 times the weight for whoever is dropped and
three days for a site farther). Alike patients are a group. The bound is the linear programme's; the plan is checked day
by day from its starts. The peer is first come, most urgent first, at the cheapest start that is free. Processor seconds
of the process.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter, defaultdict
from typing import Any

from milenari.science.planning.programme import Programme

DAYS, BUSY, WINDOW, DROP, FARTHER, LOAD = 90, 11, 35, 400, 3, 0.9
Group = tuple[int, int, int]  # home, ready, weight
Place = tuple[Group, int | None, int]  # group, which of its sites, day


class Network:
    """Units by site, the three nearest sites of each, and how many of each group."""

    def __init__(self, patients: int, sites: int, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311  (an instance, not a secret)
        units = max(sites, round(patients * BUSY / DAYS / LOAD))
        self.units = [units // sites + (site < units % sites) for site in range(sites)]
        at = [(chance.random(), chance.random()) for _ in range(sites)]
        self.near = [
            sorted(range(sites), key=lambda other: math.dist(at[home], at[other]))[:3] for home in range(sites)
        ]
        self.groups: Counter[Group] = Counter()
        for _ in range(patients):
            home = chance.choices(range(sites), self.units)[0]
            self.groups[home, chance.randrange(DAYS), chance.choices((1, 2, 5), (0.5, 0.3, 0.2))[0]] += 1

    def ways(self, group: Group) -> list[Place]:
        home, ready, _ = group
        days = [day for day in range(ready, min(ready + WINDOW, DAYS - 1) + 1) if day % 7 < 5]
        return [*((group, which, day) for which in range(len(self.near[home])) for day in days), (group, None, 0)]

    def cost(self, place: Place) -> int:
        (_, ready, weight), which, day = place
        return DROP * weight if which is None else weight * (day - ready) + FARTHER * which

    def site(self, place: Place) -> int:
        return self.near[place[0][0]][place[1] or 0]

    def solve(self, groups: Counter[Group], used: Counter[tuple[int, int]], whole: bool) -> tuple[Any, list[Place]]:
        """The best places of these groups beside what is used already."""
        made, places = Programme(), []
        starts: dict[tuple[int, int], list[int]] = defaultdict(list)
        for group, count in groups.items():
            mine = []
            for place in self.ways(group):
                site, day = self.site(place), place[2]
                if place[1] is None or all(used[site, d] < self.units[site] for d in range(day, day + BUSY)):
                    mine.append(made.column(self.cost(place), high=count, whole=whole))
                    places.append(place)
                    if place[1] is not None:
                        starts[site, day].append(mine[-1])
            made.row([(column, 1) for column in mine], count, count)
        for site, units in enumerate(self.units):
            for day in range(DAYS + BUSY):
                inside = [(c, 1) for d in range(day - BUSY + 1, day + 1) for c in starts.get((site, d), ())]
                if inside:
                    made.row(inside, high=units - used[site, day])
        return made.solve(300), places

    def busy(self, plan: Counter[Place]) -> Counter[tuple[int, int]]:
        used: Counter[tuple[int, int]] = Counter()
        for place, count in plan.items():
            if place[1] is not None:
                for day in range(place[2], place[2] + BUSY):
                    used[self.site(place), day] += count
        return used

    def greedy(self) -> int:
        used, whole = Counter[tuple[int, int]](), 0
        for group in sorted(self.groups.elements(), key=lambda g: (g[1], -g[2])):
            for place in sorted(self.ways(group), key=self.cost):
                site, day = self.site(place), place[2]
                if place[1] is None or all(used[site, d] < self.units[site] for d in range(day, day + BUSY)):
                    whole += self.cost(place)
                    used += self.busy(Counter([place]))
                    break
        return whole

    def wrong(self, plan: Counter[Place]) -> int:
        """How many site days are overfull, starts not allowed, or groups not placed once each."""
        placed: Counter[Group] = Counter()
        for place, count in plan.items():
            placed[place[0]] += count
        full = sum(count > self.units[site] for (site, _), count in self.busy(plan).items())
        return full + sum(p not in self.ways(p[0]) for p in plan) + sum(placed[g] != n for g, n in self.groups.items())


def run(patients: int, sites: int, seed: int) -> dict[str, Any]:
    given = Network(patients, sites, seed)
    began = time.process_time()
    relaxed, places = given.solve(given.groups, Counter(), False)
    plan: Counter[Place] = Counter()
    for place, value in zip(places, relaxed.values, strict=True):
        if math.floor(value + 1e-7):
            plan[place] += math.floor(value + 1e-7)
    left = Counter(given.groups)
    for place, count in plan.items():
        left[place[0]] -= count
    rest, places = given.solve(+left, given.busy(plan), True)
    for place, value in zip(places, rest.values, strict=True):
        if round(value):
            plan[place] += round(value)
    took = time.process_time() - began
    whole = sum(given.cost(place) * count for place, count in plan.items())
    return {"columns": relaxed.columns, "rows": relaxed.rows, "bound": round(relaxed.objective, 2), "plan": whole,
            "gap %": round(100 * (whole - relaxed.objective) / whole, 4), "greedy": given.greedy(),
            "patients in fractions": sum((+left).values()), "violations": given.wrong(plan),
            "processor s": round(took, 2)}  # fmt: skip


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--sizes", default="25/4,500/40", help="patients/sites, comma between")
    made.add_argument("--seed", type=int, default=1)
    asked = made.parse_args()
    Network(25, 4, 0).solve(Network(25, 4, 0).groups, Counter(), False)  # the solver is loaded
    for size in asked.sizes.split(","):
        patients, sites = (int(part) for part in size.split("/"))
        print(size, run(patients, sites, asked.seed), flush=True)


if __name__ == "__main__":
    main()
