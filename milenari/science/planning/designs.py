"""Designs of a network and changes of a figure compared on the same patients, difference by difference.

Common random numbers: replication k has the same patients under every design, so the interval is that of paired
differences. Reference: Law 2015, Simulation Modeling and Analysis, chapters 10 and 11.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milenari.science.computed import Computed, Unfit
from milenari.science.planning.checking import scenario as checked
from milenari.science.planning.scenario import Scenario
from milenari.science.planning.simulate import Estimate, Run, Simulated, SpreadOut, estimate, replicated, told

VERSION = "1"
REFERENCE = "Law 2015, Simulation Modeling and Analysis, chapters 10 and 11"


@dataclass(frozen=True)
class Design:
    """A name, a scenario and the rules it runs under."""

    name: str
    scenario: Scenario
    run: Run


@dataclass(frozen=True)
class Compared:
    """One design: its figures, and how they differ from the first's, replication by replication."""

    name: str
    figures: Simulated
    infused_more: Estimate
    lost_more: Estimate
    days_longer: Estimate


@dataclass(frozen=True)
class Designs(Computed):
    """Designs in the order given; the first is the one the others are compared with."""

    scenario: str
    seed: int
    replications: int
    designs: tuple[Compared, ...]


def compare(designs: Sequence[Design], replications: int, seed: int, spread_out: SpreadOut = map) -> Designs:
    """Every design on the same patients."""
    from milenari.science.planning import queues as q

    if len(designs) < 2:
        raise Unfit("too-few", "One design has nothing to be compared with; name at least two.", given=len(designs))
    names = [one.name for one in designs]
    if len(set(names)) < len(names):
        raise Unfit("scenario-twice", "Two designs have the same name.", given=names)
    made: list[Compared] = []
    first: Any = None
    for one in designs:
        table, sums = replicated(one.scenario, one.run, replications, seed, spread_out)
        total = table.sum(axis=1)
        infused, died = total[:, q.INFUSED_N], total[:, q.DIED]
        days = total[:, q.TO_INFUSION] / np.maximum(infused, 1.0)
        here = (infused, died, days)
        first = here if first is None else first
        apart = [estimate(mine - theirs) for mine, theirs in zip(here, first, strict=True)]
        made.append(Compared(one.name, told(one.scenario, one.run, seed, table, sums), *apart))
    return Designs(method="paired-designs", version=VERSION, reference=REFERENCE, scenario=designs[0].scenario.name,
                   seed=seed, replications=replications, designs=tuple(made))  # fmt: skip


def changed(tree: Any, path: str, value: float, more: Sequence[tuple[str, float]] = ()) -> Scenario:
    """The scenario with one number of one figure put in: `vector.recovery.b`, `sites[2].machines[0].number.value`;
    and with `more` of them."""
    made = copy.deepcopy(tree)
    for one, number in ((path, value), *more):
        place, key = _number_place(made, one)
        place[key] = number
    return checked(made)


def number_at(tree: Any, path: str) -> float:
    """The number that stands there now."""
    place, key = _number_place(tree, path)
    try:
        return float(place[key])
    except (TypeError, ValueError) as fault:
        raise Unfit("scenario-field", f"{path} is no number; end it with .value, .a or .b.", field=path) from fault


def _number_place(tree: Any, path: str) -> tuple[Any, Any]:
    place, key = place_of(tree, path)
    if isinstance(place[key], (dict, list)):
        raise Unfit("scenario-field", f"{path} is no number; end it with .value, .a or .b.", field=path)
    return place, key


def place_of(tree: Any, path: str) -> tuple[Any, Any]:
    """(the table or list, the name or number in it) a path leads to."""
    place: Any = tree
    steps = path.replace("[", ".").replace("]", "").split(".")
    for at, step in enumerate(steps):
        key: Any = int(step) if isinstance(place, list) and step.isdigit() else step
        inside = key in place if isinstance(place, dict) else isinstance(place, list) and isinstance(key, int) and (
            key < len(place))  # fmt: skip
        if not inside:
            raise Unfit("scenario-unknown", f"{path} leads nowhere: there is no {step} at "
                        f"{'.'.join(steps[:at]) or 'the top'}.", field=path)  # fmt: skip
        if at == len(steps) - 1:
            break
        place = place[key]
    return place, key
