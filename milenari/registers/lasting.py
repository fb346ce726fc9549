"""Lasting: the shelf life of a stability study computed from its verified points, ready to be recorded.

ICH Q1E by ``science``. The cap is the plan's and the one the rule holds the answer to: at most twice the data, and at
most so many months beyond them. Whether batches with slopes of their own share one error has no default here either:
it changes the answer, so whoever computes says it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from milenari.rules.stability import LONGEST_MONTHS, StabilityStudy
from milenari.science import stability
from milenari.science.computed import Unfit
from milenari.words import Facts

FACTOR = 2.0  # times the data, as in the rule
ERRORS = ("separate", "pooled")


@dataclass(frozen=True)
class Lasting:
    """What the points say: ``months`` only where a shelf life follows; else ``unfit``, or what the answer lacks."""

    study: StabilityStudy
    figures: str
    error: str
    found: stability.ShelfLife | None
    unfit: Unfit | None
    months: int | None

    def edge(self, until: float, points: int = 41) -> list[tuple[float, float]]:
        """The one-sided confidence limit of the mean over time, of the lot that decides: what meets the limit."""
        from scipy import stats

        made = self.found
        if made is None:
            return []
        line = next((b for b in made.batches if b.batch == made.worst), made.batches[0])
        if line.df < 1:
            return []
        mine = [p for p in self.study.counted() if made.model is stability.Model.CICS or p.lot == line.batch]
        months = np.asarray([float(p.months) for p in mine])
        each = [self._sxx(batch.batch) for batch in made.batches]
        spread = sum(each) if made.model is stability.Model.DICS else float(((months - months.mean()) ** 2).sum())
        reach = float(stats.t.ppf(made.confidence, line.df)) * line.sd * (-1 if self.study.direction == "lower" else 1)
        times = np.linspace(0.0, until, points)
        at = line.intercept + line.slope * times
        at = at + reach * np.sqrt(1 / len(months) + (times - months.mean()) ** 2 / spread)
        return list(zip(times.tolist(), at.tolist(), strict=True))

    def _sxx(self, lot: str) -> float:
        months = np.asarray([float(p.months) for p in self.study.counted() if p.lot == lot])
        return float(((months - months.mean()) ** 2).sum())

    @property
    def method(self) -> str:
        return f"ich-q1e-shelf-life {stability.VERSION}, {self.error} error"


def shelf_life(study: StabilityStudy, error: str) -> Lasting:
    """The shelf life from the verified points; ``error`` is separate or pooled."""
    if error not in ERRORS:
        raise Unfit("error-unknown", f"The error is {error!r}; it is separate or pooled.", error=error)
    readings = [stability.Reading(p.lot, p.months, p.value.value) for p in study.counted()]
    limit, falling = float(study.limit), study.direction == "lower"
    try:
        found = stability.shelf_life(
            readings, stability.Direction.DECREASING if falling else stability.Direction.INCREASING,
            lower=limit if falling else None, upper=None if falling else limit, pooled_error=error == "pooled",
            cap=stability.Cap(FACTOR, float(study.extrapolate_months)),
        )  # fmt: skip
    except Unfit as why:
        return Lasting(study, study.figures(), error, None, why, None)
    months = found.months
    if months is not None:
        # The rule counts in exact decimals and takes whole months from one on.
        longest = max(p.months for p in study.counted())
        months = min(months, math.floor(min(2 * longest, longest + study.extrapolate_months)), LONGEST_MONTHS)
    return Lasting(study, study.figures(), error, found, None, months or None)


def as_shelf_life(found: Lasting) -> Facts:
    """The data of the action ``compute-shelf-life``; Unfit where no shelf life follows."""
    if found.months is None or found.found is None:
        raise found.unfit or Unfit("no-shelf-life", "No shelf life follows from these points.")
    detail = {name: value for name, value in found.found.reading().items() if value is not None}
    return {
        "study": found.study.code, "months": found.months, "method": found.method, "detail": detail,
        "figures": found.figures,
    }  # fmt: skip


__all__ = ["ERRORS", "Lasting", "as_shelf_life", "shelf_life"]
