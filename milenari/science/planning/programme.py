"""A mixed-integer linear programme built row by row, and its answer with the bound that was proven.

Solved by HiGHS as SciPy carries it (`scipy.optimize.milp`). Reference: Huangfu & Hall 2018, Math Program Comput
10:119-142, doi:10.1007/s12532-017-0130-5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from milenari.science.computed import Unfit, Vector

TOLERANCE = 1e-6  # of a row, and of a whole number: HiGHS's own feasibility tolerance


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """The best plan found, the bound proven, and the relative gap between them; `values` is empty without a plan."""

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    values: Vector
    columns: int
    rows: int
    nodes: int

    @property
    def found(self) -> bool:
        return self.objective is not None


@dataclass
class Programme:
    """Minimise cost over columns, subject to rows; a column is continuous unless it is said to be whole."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_low: list[float] = field(default_factory=list)
    row_high: list[float] = field(default_factory=list)
    at_row: list[int] = field(default_factory=list)
    at_column: list[int] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)

    def column(self, cost: float, low: float = 0.0, high: float = math.inf, whole: bool = False) -> int:
        """A new column; its place."""
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, terms: Iterable[tuple[int, float]], low: float = -math.inf, high: float = math.inf) -> int:
        """A new row low <= sum of weight times column <= high; its place."""
        place = len(self.row_low)
        for column, weight in terms:
            self.at_row.append(place)
            self.at_column.append(column)
            self.weight.append(weight)
        self.row_low.append(low)
        self.row_high.append(high)
        return place

    def solve(self, seconds: float = 60.0, gap: float = 0.0) -> Outcome:
        """The answer within `seconds` at relative gap `gap`; the best found and its bound when time is up."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csc_array

        if not self.cost:
            return Outcome(Status.OPTIMAL, 0.0, 0.0, 0.0, np.zeros(0), 0, len(self.row_low), 0)
        if not (math.isfinite(seconds) and seconds > 0):
            raise Unfit("not-a-time", f"The time limit is {seconds:g} s; it is above zero.", seconds=seconds)
        if not 0 <= gap < 1:
            raise Unfit("not-a-share", f"The gap is {gap:g}; it is at least 0 and below 1.", gap=gap)
        shape = (len(self.row_low), len(self.cost))
        matrix = csc_array((self.weight, (self.at_row, self.at_column)), shape=shape, dtype=np.float64)
        rows = [LinearConstraint(matrix, self.row_low, self.row_high)] if self.row_low else []
        answer = milp(self.cost, integrality=np.asarray(self.whole, dtype=np.int64),
                      bounds=Bounds(np.asarray(self.low), np.asarray(self.high)), constraints=rows,
                      options={"time_limit": float(seconds), "mip_rel_gap": gap, "disp": False})  # fmt: skip
        nodes = int(getattr(answer, "mip_node_count", 0) or 0)
        bound = getattr(answer, "mip_dual_bound", None)
        if answer.status == 2:
            return Outcome(Status.INFEASIBLE, None, None, None, np.zeros(0), shape[1], shape[0], nodes)
        if answer.status == 3:
            raise Unfit("unbounded", "The plan's cost can fall without end; a cost is missing or negative.")
        bound = None if bound is None or not math.isfinite(bound) else float(bound)
        if answer.x is None:
            return Outcome(Status.UNKNOWN, None, bound, None, np.zeros(0), shape[1], shape[0], nodes)
        values = np.asarray(answer.x, dtype=np.float64)
        objective = float(np.dot(self.cost, values))
        if not any(self.whole) and answer.status == 0:
            bound = objective
        if bound is not None:
            bound = min(bound, objective)
        apart = None if bound is None else (objective - bound) / max(abs(objective), 1e-9)
        status = Status.OPTIMAL if answer.status == 0 else Status.FEASIBLE
        return Outcome(status, objective, bound, apart, values, shape[1], shape[0], nodes)

    def breaches(self, values: Vector) -> list[int]:
        """Rows that these values break, by an arithmetic of its own: nothing the solver says is relied on."""
        sums = np.zeros(len(self.row_low))
        np.add.at(sums, self.at_row, np.asarray(self.weight) * values[self.at_column])
        size = np.maximum(1.0, np.abs(sums))
        wrong = (sums < np.asarray(self.row_low) - TOLERANCE * size) | (
            sums > np.asarray(self.row_high) + TOLERANCE * size
        )
        return [int(at) for at in np.flatnonzero(wrong)]


def chosen(values: Vector, columns: Sequence[int]) -> list[int]:
    """Which of the columns are one."""
    return [column for column in columns if values[column] > 0.5]
