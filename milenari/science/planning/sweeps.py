"""What a change is worth: one figure of the simulation over many values of the scenario, on the same patients.

A swing is the difference that a low and a high value of one field make (tornado), a field of cells is every combination
of the values of two (heat map). Differences of ratios are paired replication by replication, their intervals by the
delta method. Reference: Law 2015, Simulation Modeling and Analysis, chapters 9 to 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector
from milenari.science.planning.designs import changed, number_at
from milenari.science.planning.scenario import Scenario
from milenari.science.planning.simulate import Estimate, Run, SpreadOut, estimate, paid, ratio, replicated

VERSION = "1"
REFERENCE = "Law 2015, Simulation Modeling and Analysis, chapters 9 to 11"
MOST = 400  # scenarios in one sweep


class Measure(StrEnum):
    """Which figure is looked at."""

    INFUSED = "infused"  # share of those referred
    LOST = "lost"  # share who die before the infusion
    WAITED = "waited"  # share who waited for vector
    DAYS = "days"  # referral to infusion
    COST = "cost"  # EUR for each who is infused


@dataclass(frozen=True)
class Swing:
    """What a low and a high value of one field change against the value the scenario has."""

    field: str
    low: float
    base: float
    high: float
    at_low: Estimate
    at_high: Estimate

    @property
    def reach(self) -> float:
        """The larger of the two differences."""
        return max(abs(self.at_low.mean), abs(self.at_high.mean))


@dataclass(frozen=True)
class Tornado(Computed):
    """Swings, the farthest first."""

    scenario: str
    measure: Measure
    seed: int
    replications: int
    base: Estimate
    swings: tuple[Swing, ...]


@dataclass(frozen=True)
class Heat(Computed):
    """The figure itself for every value of the first field (rows) with every value of the second."""

    scenario: str
    measure: Measure
    seed: int
    replications: int
    base: Estimate
    fields: tuple[str, str]
    rows: tuple[float, ...]
    columns: tuple[float, ...]
    cells: tuple[tuple[Estimate, ...], ...]


@dataclass(frozen=True)
class Sweep:
    """The scenario as it is read and as it is checked, and how all of it is simulated."""

    tree: Any
    scenario: Scenario
    run: Run
    measure: Measure
    replications: int
    seed: int
    spread_out: SpreadOut = map

    def parts(self, scenario: Scenario) -> tuple[Vector, Vector]:
        """(what is counted, for how many) in each replication."""
        from milenari.science.planning import queues as q

        table, sums = replicated(scenario, self.run, self.replications, self.seed, self.spread_out)
        total = table.sum(axis=1)
        referred, infused = total[:, q.REFERRED], total[:, q.INFUSED_N]
        top, bottom = {
            Measure.INFUSED: (infused, referred), Measure.LOST: (total[:, q.DIED], referred),
            Measure.WAITED: (total[:, q.VECTOR_WAITED], referred), Measure.DAYS: (total[:, q.TO_INFUSION], infused),
            Measure.COST: (paid(scenario, self.run, table, sums), infused),
        }[self.measure]  # fmt: skip
        if not bottom.any():
            raise Unfit("nothing-counted", "Nobody was counted in any replication, so the figure has no value; count "
                        "more days.")  # fmt: skip
        return top, bottom


def tornado(asked: Sweep, ranges: Sequence[tuple[str, float, float]]) -> Tornado:
    """One field after the other at its low and at its high value."""
    _fit([field for field, _, _ in ranges], 1, 2 * len(ranges))
    base = asked.parts(asked.scenario)
    made = []
    for field, low, high in ranges:
        if not low < high:
            raise Unfit("not-a-range", f"{field}: {low:g} is not below {high:g}.", field=field)
        here = number_at(asked.tree, field)
        ends = [paired(asked.parts(changed(asked.tree, field, value)), base) for value in (low, high)]
        made.append(Swing(field, low, here, high, *ends))
    made.sort(key=lambda one: (-one.reach, one.field))
    return Tornado(method="tornado", version=VERSION, reference=REFERENCE, scenario=asked.scenario.name,
                   measure=asked.measure, seed=asked.seed, replications=asked.replications, base=ratio(*base),
                   swings=tuple(made))  # fmt: skip


def heat(asked: Sweep, first: tuple[str, Sequence[float]], second: tuple[str, Sequence[float]]) -> Heat:
    """Two fields at all their values."""
    _fit([first[0], second[0]], 2, len(first[1]) * len(second[1]))
    cells = tuple(tuple(ratio(*asked.parts(_both(asked.tree, (first[0], one), (second[0], other))))
                        for other in second[1]) for one in first[1])  # fmt: skip
    return Heat(method="heat-map", version=VERSION, reference=REFERENCE, scenario=asked.scenario.name,
                measure=asked.measure, seed=asked.seed, replications=asked.replications,
                base=ratio(*asked.parts(asked.scenario)), fields=(first[0], second[0]), rows=tuple(first[1]),
                columns=tuple(second[1]), cells=cells)  # fmt: skip


def _both(tree: Any, *values: tuple[str, float]) -> Scenario:
    return changed(tree, *values[0], values[1:])


def _fit(fields: list[str], least: int, scenarios: int) -> None:
    if len(fields) < least or not scenarios:
        raise Unfit("too-few", "There is nothing to vary; name a field and its values.")
    if len(set(fields)) < len(fields):
        raise Unfit("scenario-twice", "The same field is varied twice.", given=fields)
    if scenarios > MOST:
        raise Unfit("too-many", f"These are {scenarios} scenarios; at most {MOST} in one sweep.", given=scenarios)


def paired(one: tuple[Vector, Vector], other: tuple[Vector, Vector]) -> Estimate:
    """The difference of two ratios on the same patients, its interval by the delta method over replications."""
    rests, shares = [], []
    for top, bottom in (one, other):
        below = float(np.mean(bottom))
        shares.append(float(np.mean(top)) / below)
        rests.append((top - shares[-1] * bottom) / below)
    apart, around = shares[0] - shares[1], estimate(rests[0] - rests[1])
    return replace(around, mean=apart, ci_low=apart + around.ci_low, ci_high=apart + around.ci_high)
