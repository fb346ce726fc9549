"""BOIN, the Bayesian optimal interval design: boundaries, decision table, advice along a path.

Liu & Yuan 2015, J R Stat Soc C 64:507-523, doi:10.1111/rssc.12089. Escalate when the observed rate is at most lambda_e,
de-escalate when it is at least lambda_d, with 0.6 and 1.4 times the target as the rates to be told apart unless
others are given. From 3 patients on a dose is eliminated, with all above, when P(rate > target) exceeds ``certainty``
under a uniform prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from milenari.science.computed import Computed, Unfit, share
from milenari.science.design.escalation import Advice, Counts, Decision, Judged, by_decision, selected, too_toxic

VERSION = "1"
REFERENCE = "Liu & Yuan 2015, doi:10.1111/rssc.12089"
LEAST = 3  # patients before a dose may be eliminated
MOST = 120  # patients a printed table goes to


@dataclass(frozen=True)
class Row:
    """With ``n`` treated at a dose: escalate at most, de-escalate at least, eliminate at least so many toxicities."""

    n: int
    escalate_at_most: int
    de_escalate_at_least: int
    eliminate_at_least: int | None


@dataclass(frozen=True)
class Boundaries(Computed):
    """Both boundaries and the table for 1 to ``n_max`` patients."""

    target: float
    safe: float
    toxic: float
    certainty: float
    lambda_e: float
    lambda_d: float
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Boin:
    """The design; doses are judged one by one from their own counts."""

    target: float
    safe: float = 0.0
    toxic: float = 0.0
    certainty: float = 0.95

    def __post_init__(self) -> None:
        share(self.target, "The target"), share(self.certainty, "The certainty of elimination")
        object.__setattr__(self, "safe", self.safe or 0.6 * self.target)
        object.__setattr__(self, "toxic", self.toxic or 1.4 * self.target)
        if not 0 < self.safe < self.target < self.toxic < 1:
            raise Unfit("rates-crossed", f"Safe {self.safe:g}, target {self.target:g}, toxic {self.toxic:g}: they have "
                        "to rise, all between 0 and 1.")  # fmt: skip

    @cached_property
    def lambda_e(self) -> float:
        return _between(self.safe, self.target)

    @cached_property
    def lambda_d(self) -> float:
        return _between(self.target, self.toxic)

    def row(self, n: int) -> Row:
        out = next((y for y in range(1, n + 1) if too_toxic(n, y, self.target, self.certainty, LEAST)), None)
        down = math.ceil(self.lambda_d * n)
        return Row(n, math.floor(self.lambda_e * n), down if out is None else min(down, out), out)

    @cached_property
    def decisions(self) -> Judged:
        return Judged(lambda n, y: _decision(self.row(n), y))

    def advise(self, treated: Counts, toxic: Counts, current: int) -> Advice:
        return by_decision(treated, toxic, current, self.decisions)

    def select(self, treated: Counts, toxic: Counts) -> int | None:
        return selected(treated, toxic, self.target, self.certainty, LEAST)


def boundaries(design: Boin, n_max: int = 30) -> Boundaries:
    """The table a trial prints."""
    if not 1 <= n_max <= MOST:
        raise Unfit("size-out-of-range", f"The table goes to {n_max} patients; it is 1 to {MOST}.", given=n_max)
    return Boundaries(
        method="boin", version=VERSION, reference=REFERENCE, target=design.target, safe=design.safe, toxic=design.toxic,
        certainty=design.certainty, lambda_e=design.lambda_e, lambda_d=design.lambda_d,
        rows=tuple(design.row(n) for n in range(1, n_max + 1)),
    )  # fmt: skip


def _between(low: float, high: float) -> float:
    """Where the observed rate is equally likely under both rates."""
    return math.log((1 - low) / (1 - high)) / math.log(high * (1 - low) / (low * (1 - high)))


def _decision(row: Row, y: int) -> Decision:
    if row.eliminate_at_least is not None and y >= row.eliminate_at_least:
        return Decision.ELIMINATE
    if y <= row.escalate_at_most:
        return Decision.ESCALATE
    return Decision.DE_ESCALATE if y >= row.de_escalate_at_least else Decision.STAY
