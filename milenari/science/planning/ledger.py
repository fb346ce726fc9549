"""What a plan has taken of each resource on each day, counted by itself: what a chain would still run into.

People are judged by Hall's condition: whoever is trained for two tasks does one of them in a shift. Vector doses are
dealt out day by day from the lot that ends first, which serves every start that can be served.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from milenari.science.planning.chain import Chain, Ways, resource_words, task_sets
from milenari.science.planning.scenario import Scenario

WINDOW_D, STEP_D = 30, 10  # of the reserve for batches that fail


def reserve_share(scenario: Scenario, site: str) -> float:
    """How many machine days a planned one costs when failed batches are made again."""
    failing = float(scenario.site(site).failure)
    again = min(failing, failing * scenario.process.attempts.whole)
    return 1 + again if scenario.process.attempts.whole > 1 else 1.0


class Ledger:
    """Chains placed so far; `conflicts` says what another one would run into."""

    def __init__(self, ways: Ways):
        self.ways, self.scenario = ways, ways.scenario
        self.taken: Counter[tuple[str, int]] = Counter()
        self.starts: Counter[int] = Counter()

    def place(self, chain: Chain) -> None:
        """Count a chain in."""
        for resource, day, amount in self._all(chain):
            self.taken[resource, day] += amount
        self.starts[chain.start] += 1

    def _all(self, chain: Chain) -> Iterable[tuple[str, int, int]]:
        return (taking for part in chain.parts for taking in self.ways.takings(part))

    def conflicts(self, chain: Chain) -> dict[str, list[int]]:
        """Resource by resource the days on which this chain and those placed exceed it."""
        adding: Counter[tuple[str, int]] = Counter()
        for resource, day, amount in self._all(chain):
            adding[resource, day] += amount
        found: dict[str, list[int]] = {}
        for resource, day in adding:
            if day < 0:
                continue
            if resource.startswith("work/"):
                for short in self._short(resource, day, adding):
                    found.setdefault(short, []).append(day)
            elif self.taken[resource, day] + adding[resource, day] > self.ways.capacity(resource, day):
                found.setdefault(resource, []).append(day)
        if not self.doses_suffice(chain.start):
            found["vector/"] = [chain.start]
        if self.scenario.objective.retry_reserve:
            for window in self._full_windows(chain, adding):
                found.setdefault(f"reserve/{chain.site}/{chain.machine}", []).append(window)
        return found

    def _short(self, resource: str, day: int, adding: Counter[tuple[str, int]]) -> list[str]:
        _, site, task, shift = resource.split("/")
        tasks = [str(t) for t in ("apheresis", "manufacture", "qc", "release")]
        wanted = {
            t: self.taken[f"work/{site}/{t}/{shift}", day] + adding[f"work/{site}/{t}/{shift}", day] for t in tasks
        }
        short = []
        for chosen in task_sets(t for t in tasks if wanted[t]):
            people = f"people/{site}/{'+'.join(sorted(chosen))}/{shift}"
            if task in chosen and sum(wanted[t] for t in chosen) > self.ways.capacity(people, day):
                short.append(people)
        return short[:1]

    def _full_windows(self, chain: Chain, adding: Counter[tuple[str, int]]) -> list[int]:
        resource = f"machine/{chain.site}/{chain.machine}"
        share, full = reserve_share(self.scenario, chain.site), []
        for first in windows(self.scenario):
            days = range(first, first + WINDOW_D)
            mine = sum(adding[resource, day] for day in days)
            used = sum(self.taken[resource, day] for day in days) + mine
            if mine and used * share > sum(self.ways.capacity(resource, day) for day in days) + 1e-9:
                full.append(first)
        return full

    def doses_suffice(self, start: int) -> bool:
        """Whether the lots serve one more start, on this day, besides those they serve already."""
        if start < 0:
            return True
        more = self._dealt(self.starts + Counter([start]))
        return sum(map(len, more.values())) > sum(map(len, self.lots().values()))

    def lots(self) -> dict[int, list[str]]:
        """Which lots serve the starts of each day: as many starts as can be served at all."""
        return self._dealt(self.starts)

    def _dealt(self, starts: Counter[int]) -> dict[int, list[str]]:
        left = {lot.code: lot.doses for lot in self.scenario.vector.lots}
        made: dict[int, list[str]] = {}
        for day in sorted(day for day in starts if day >= 0):
            date = self.scenario.day(day)
            for _ in range(starts[day]):
                fit = [lot for lot in self.scenario.vector.lots if left[lot.code] and lot.first <= date <= lot.last]
                if fit:
                    lot = min(fit, key=lambda one: (one.last, one.code))
                    left[lot.code] -= 1
                    made.setdefault(day, []).append(lot.code)
        return made


def windows(scenario: Scenario) -> range:
    """First days of the windows over which the reserve for failed batches is kept."""
    return range(0, scenario.horizon + 60, STEP_D)


def verified(ways: Ways, placed: Iterable[Chain]) -> list[str]:
    """What a plan breaks, recounted chain by chain without the programme that made it; empty when it holds."""
    ledger, wrong = Ledger(ways), []
    for chain in placed:
        wrong += [f"{chain.patient}: {one}" for one in chain.breaches]
        wrong += [f"{chain.patient}: {resource_words(r)}" for r in ledger.conflicts(chain)]
        ledger.place(chain)
    return wrong
