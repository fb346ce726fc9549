"""Toxicity probability intervals: TPI, mTPI, and mTPI-2, which is the keyboard design.

TPI: Ji, Li & Bekele 2007, Clin Trials 4:235-244, doi:10.1177/1740774507079442. The interval around the target reaches
``below`` posterior deviations down and ``above`` up (the paper's K2 1.5 and K1 1); the interval with the largest
posterior probability decides; prior Beta(0.005, 0.005), and a dose is judged from two patients on. mTPI: Ji, Liu, Li &
Bekele 2010, Clin Trials 7:653-663, doi:10.1177/1740774510382799. Fixed interval, probability per length; uniform prior.
mTPI-2: Guo, Wang, Yang, Lynn & Ji 2017, Contemp Clin Trials 58:23-33, doi:10.1016/j.cct.2017.04.006, the same as the
keyboard design of Yan, Mandrekar & Yuan 2017, Clin Cancer Res 23:3994-4003, doi:10.1158/1078-0432.CCR-17-0220: all
intervals as long as the one around the target. In all three a dose is left for good, with all above, when
P(rate > target) exceeds the certainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, share
from milenari.science.design.escalation import Advice, Counts, Decision, Judged, by_decision, selected

VERSION = "1"
REFERENCES = {
    "tpi": "Ji, Li & Bekele 2007, doi:10.1177/1740774507079442",
    "mtpi": "Ji et al. 2010, doi:10.1177/1740774510382799",
    "mtpi-2": "Guo et al. 2017, doi:10.1016/j.cct.2017.04.006",
}
MOST = 120  # patients at one dose


class Kind(StrEnum):
    """Which of the designs."""

    TPI = "tpi"
    MTPI = "mtpi"
    MTPI_2 = "mtpi-2"


@dataclass(frozen=True)
class Decisions(Computed):
    """The table a trial prints: for 1 to n_max patients, the decision for 0, 1 ... toxicities."""

    kind: Kind
    target: float
    low: float
    high: float
    certainty: float
    table: tuple[tuple[Decision, ...], ...]


@dataclass(frozen=True)
class Interval:
    """The design. ``below`` and ``above`` are the reach around the target; for TPI they are counted in deviations."""

    kind: Kind
    target: float
    below: float = 0.05
    above: float = 0.05
    certainty: float = 0.95

    def __post_init__(self) -> None:
        share(self.target, "The target"), share(self.certainty, "The certainty of elimination")
        fixed = self.kind is not Kind.TPI
        if min(self.below, self.above) <= 0 or (fixed and not (self.low > 0 and self.high < 1)):
            raise Unfit("interval-unfit", f"The interval reaches {self.below:g} below and {self.above:g} above the "
                        f"target {self.target:g}; both are above zero and stay between 0 and 1.")  # fmt: skip

    @property
    def low(self) -> float:
        return self.target - self.below

    @property
    def high(self) -> float:
        return self.target + self.above

    @cached_property
    def decisions(self) -> Judged:
        return Judged(self._decide)

    def advise(self, treated: Counts, toxic: Counts, current: int) -> Advice:
        return by_decision(treated, toxic, current, self.decisions)

    def select(self, treated: Counts, toxic: Counts) -> int | None:
        return selected(treated, toxic, self.target, self.certainty, least=0)

    def _decide(self, n: int, y: int) -> Decision:
        from scipy import special

        prior = 0.005 if self.kind is Kind.TPI else 1.0
        a, b = prior + y, prior + n - y
        judged = y > 0 and (n > 1 or self.kind is not Kind.TPI)
        if judged and 1 - float(special.betainc(a, b, self.target)) > self.certainty:
            return Decision.ELIMINATE
        ends = self._ends(a, b)
        mass = np.diff(special.betainc(a, b, ends))
        if self.kind is not Kind.TPI:
            mass = mass / np.diff(ends)
        best = int(np.argmax(mass))
        middle = float(ends[best] + ends[best + 1]) / 2
        if ends[best] < self.target < ends[best + 1]:
            return Decision.STAY
        return Decision.ESCALATE if middle < self.target else Decision.DE_ESCALATE

    def _ends(self, a: float, b: float) -> Vector:
        if self.kind is Kind.TPI:
            deviation = float(np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1))))
            return np.array([0.0, max(0.0, self.target - self.below * deviation),
                             min(1.0, self.target + self.above * deviation), 1.0])  # fmt: skip
        if self.kind is Kind.MTPI:
            return np.array([0.0, self.low, self.high, 1.0])
        width = self.high - self.low
        down = np.arange(self.low, 1e-9, -width)[::-1]
        up = np.arange(self.high, 1 - 1e-9, width)
        return np.concatenate([[0.0], down, up, [1.0]])


def decisions(design: Interval, n_max: int = 30) -> Decisions:
    """The decision table up to ``n_max`` patients at a dose."""
    if not 1 <= n_max <= MOST:
        raise Unfit("size-out-of-range", f"The table goes to {n_max} patients; it is 1 to {MOST}.", given=n_max)
    rows = tuple(tuple(design.decisions[n, y] for y in range(n + 1)) for n in range(1, n_max + 1))
    return Decisions(
        method=str(design.kind), version=VERSION, reference=REFERENCES[design.kind], kind=design.kind,
        target=design.target, low=design.low, high=design.high, certainty=design.certainty, table=rows,
    )  # fmt: skip
