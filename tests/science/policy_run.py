"""The published policy simulation on the survival-aware network, written again from its description.

Source: github.com/NegarSadeghiii/CAR-T-Supply-Chain, results/mpc/README.md (backstop off): the network, who is made
where and by which modes stay as the plan at 500,000 USD a life has them; each day deliveries, tests of batches, then
starts. A batch passes with the facility's probability, by a draw that depends on seed, patient and attempt alone (its
key is theirs, so the same batches fail); who fails is collected again, three attempts at most, while the survival
foreseen at delivery is at least 0.75.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from milenari.science.planning import ishipment_wait
from milenari.science.planning.ishipment import Instance
from milenari.science.planning.ishipment_wait import HALF_D, TIERS, Group

PASSES = {"m1": 0.85, "m4": 0.85, "m2": 0.92, "m5": 0.92, "m3": 0.95, "m6": 0.95}
ATTEMPTS, LEAST_SURVIVAL, MAKE_D, LEAD_D, LAST_D = 3, 0.75, 7, 14, 390
LOSS_USD = 5e5


@dataclass(frozen=True)
class Patient:
    """Who is made where; days of travel there and back."""

    name: str
    tier: str
    collected: int
    facility: str
    there: int
    back: int


Rule = Callable[[Patient, int], float]


def frozen(given: Instance, named: dict[str, Group]) -> list[Patient]:
    """The strategic plan, given to patients by name; those alike take its places in the order of their names."""
    groups: dict[Group, int] = defaultdict(int)
    for group in named.values():
        groups[group] += 1
    places = defaultdict(list)
    for s in ishipment_wait.solve(given, dict(groups), 2, LOSS_USD).starts:
        places[s.centre, s.tier, s.collected] += [s] * s.patients
    made = []
    for name, group in sorted(named.items()):
        s = places[group].pop(0)
        made.append(
            Patient(name, s.tier, s.collected, s.facility, given.days_in[s.mode_in], given.days_out[s.mode_out])
        )
    return made


def survival(tier: str, days: int) -> float:
    return float((1 - TIERS[tier][1]) ** (days / HALF_D))


def fifo(patient: Patient, day: int) -> float:
    return patient.collected


def index(patient: Patient, day: int) -> float:
    """Who loses most by one more day goes first."""
    elapsed = day + LEAD_D + patient.back - patient.collected
    return -TIERS[patient.tier][0] * (survival(patient.tier, elapsed) - survival(patient.tier, elapsed + 1))


def run(given: Instance, patients: list[Patient], seed: int, rule: Rule) -> tuple[float, float, float, float]:
    """Expected losses of one replication: high risk, others, all, and weighted."""
    by_name = {p.name: p for p in patients}
    busy: dict[tuple[str, int], int] = defaultdict(int)
    ready: dict[str, int] = {}
    tested, delivered = defaultdict(list), defaultdict(list)
    attempts: dict[str, int] = defaultdict(int)
    lost: dict[str, float] = {}

    def collect(p: Patient, day: int) -> None:
        arrives = day + given.collection_d + p.there
        free = arrives
        while busy[p.facility, free] >= given.lines[p.facility]:
            free += 1
        if survival(p.tier, free + LEAD_D + p.back - p.collected) >= LEAST_SURVIVAL:
            ready[p.name] = arrives
        else:
            lost[p.name] = 1.0

    for day in range(1, LAST_D + 1):
        for p in patients:
            if p.collected == day:
                collect(p, day)
        for p in delivered[day]:
            lost[p.name] = 1 - survival(p.tier, day - p.collected)
        for p in tested[day]:
            if random.Random(f"{seed}|{p.name}|{attempts[p.name]}").random() <= PASSES[p.facility]:
                delivered[day + p.back].append(p)
            elif attempts[p.name] == ATTEMPTS:
                lost[p.name] = 1.0
            else:
                collect(p, day)
        for facility in given.facilities:
            there = [by_name[n] for n, since in ready.items() if since <= day and by_name[n].facility == facility]
            room = given.lines[facility] - busy[facility, day]
            for p in sorted(there, key=lambda p: (rule(p, day), p.collected, p.name))[: max(0, room)]:
                del ready[p.name]
                attempts[p.name] += 1
                tested[day + LEAD_D].append(p)
                for later in range(day, day + MAKE_D):
                    busy[facility, later] += 1
    if len(lost) < len(patients):
        raise ArithmeticError("somebody is neither treated nor lost")
    high = sum(loss for name, loss in lost.items() if by_name[name].tier == "H")
    weighted = sum(TIERS[by_name[name].tier][0] * loss for name, loss in lost.items())
    return high, sum(lost.values()) - high, sum(lost.values()), weighted
