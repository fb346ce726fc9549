"""Shelf life from stability data by ICH Q1E: may batches be pooled, which is worst, when does it cross the limit.

Reference: ICH Q1E (2003), appendix B; worked with the data of LeBlond, Griffith and Aubuchon, J Valid Technol 2011;
17(3):47-68. Value on time is a straight line per batch. Poolability is tested at 0.25, slopes first, then intercepts,
both F tests with the error of the fullest model, which has different intercepts and different slopes:

- ``dids``: different intercepts, different slopes; kept when slopes differ;
- ``dics``: different intercepts, common slope; kept when only intercepts differ;
- ``cics``: one line for all.

The crossing is where the confidence limit of a batch's mean meets the specification; the worst batch decides. Under
``dids`` the error is each batch's own, or pooled over batches, as asked: that changes the answer. Times are months
from 0; values in one unit. Rows with a time or value missing are refused, not skipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, Vector, exact, sample, share, spread
from milenari.science.shelf import Line, crossing

VERSION = "1"
REFERENCE = "ICH Q1E (2003), appendix B; LeBlond et al., J Valid Technol 2011;17(3):47-68"
FEWEST_BATCHES, FEWEST_TIMES = 3, 3  # three batches: ICH Q1E 2.1


class Direction(StrEnum):
    """How the quantity is expected to move: which limit counts, and whether the limit is one-sided."""

    DECREASING = "decreasing"
    INCREASING = "increasing"
    EITHER = "either"


class Model(StrEnum):
    """How much the batches share."""

    DIDS = "dids"
    DICS = "dics"
    CICS = "cics"


class Verdict(StrEnum):
    """What the data support."""

    SHELF_LIFE = "shelf-life"
    FAILS_AT_START = "fails-at-start"
    INSUFFICIENT = "insufficient-data"


@dataclass(frozen=True)
class Cap:
    """How far beyond the last month observed a shelf life may go: the smaller of two bounds.

    Presets by storage follow ICH Q1E 2.4 and 2.5 with statistical analysis; recalled and confirmed from secondary
    sources only, so confirm the clause before relying on one.
    """

    factor: float
    months: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.factor) and self.factor >= 1 and math.isfinite(self.months) and self.months >= 0):
            raise Unfit("cap-unfit", f"Extrapolation of at most {self.factor:g} times and {self.months:g} months: the "
                        "first is 1 or more, the second 0 or more.")  # fmt: skip


CAPS = {"none": Cap(1, 0), "room": Cap(2, 12), "refrigerated": Cap(1.5, 6), "frozen": Cap(1, 0)}


@dataclass(frozen=True)
class Reading:
    """One result of one batch at one time."""

    batch: str
    month: Real
    value: Real


@dataclass(frozen=True)
class FTest:
    """One step of the poolability test; ``poolable`` when p is above the level."""

    f: float
    df1: int
    df2: int
    p: float
    poolable: bool


@dataclass(frozen=True)
class BatchLine:
    """A batch under the chosen model, and by itself; ``crossing`` is ``inf`` when its limit is never met."""

    batch: str
    n: int
    intercept: float
    slope: float
    sd: float
    df: int
    crossing: float
    own_intercept: float
    own_slope: float


@dataclass(frozen=True)
class ShelfLife(Computed):
    """``months`` is the supported shelf life in whole months, None unless the verdict is ``shelf-life``.

    ``crossing`` is of the worst batch, before the cap; ``capped`` says that the cap and not the crossing decided.
    ``crossings`` holds the worst crossing under every model, and for ``dids`` under both errors.
    """

    verdict: Verdict
    lacking: tuple[str, ...]
    direction: Direction
    lower: float | None
    upper: float | None
    confidence: float
    pooling_level: float
    pooled_error: bool
    cap: Cap
    model: Model
    slopes: FTest
    intercepts: FTest
    batches: tuple[BatchLine, ...]
    worst: str
    crossing: float
    last_month: float
    months: int | None
    capped: bool
    crossings: dict[str, float]


def shelf_life(readings: Iterable[Reading], direction: Direction, lower: float | None = None,
               upper: float | None = None, *, pooled_error: bool, cap: Cap, confidence: float = 0.95,
               pooling_level: float = 0.25) -> ShelfLife:  # fmt: skip
    """The whole analysis. ``pooled_error`` and ``cap`` have no default on purpose: they change the answer.

    ``decreasing`` needs ``lower``, ``increasing`` needs ``upper``, both with a one-sided limit; ``either`` needs both
    and takes a two-sided one. Raises Unfit; too few batches or times is an answer.
    """
    from scipy import stats

    _asked(direction, lower, upper)
    share(confidence, "The confidence"), share(pooling_level, "The level of the poolability test")
    names, months, values = _read(readings)
    groups = [np.asarray([at for at, name in enumerate(names) if name == batch]) for batch in dict.fromkeys(names)]
    batches = tuple(dict.fromkeys(names))
    lines = [Line.through(months[g], values[g]) for g in groups]
    b, n = len(batches), len(values)
    rss = {Model.DIDS: sum(line.rss for line in lines)}
    common = sum(line.sxy for line in lines) / sum(line.sxx for line in lines)
    rss[Model.DICS] = sum(line.rss_with(common) for line in lines)
    whole = Line.through(months, values)
    rss[Model.CICS] = whole.rss
    df = n - 2 * b
    if df < 1:
        raise Unfit("too-few", f"{n} results of {b} batches leave nothing to judge variation by; add results.")
    error = rss[Model.DIDS] / df
    scale = float(np.var(values))
    if error <= 1e-24 * scale:
        raise Unfit("constant", "All results lie exactly on lines, so there is no variation to judge by. Record more "
                    "decimals.")  # fmt: skip

    def tested(fuller: Model, simpler: Model) -> FTest:
        f = max(0.0, rss[simpler] - rss[fuller]) / (b - 1) / error
        p = float(stats.f.sf(f, b - 1, df))
        return FTest(f, b - 1, df, p, p > pooling_level)

    slopes, intercepts = tested(Model.DIDS, Model.DICS), tested(Model.DICS, Model.CICS)
    model = Model.DIDS if not slopes.poolable else Model.CICS if intercepts.poolable else Model.DICS
    level = confidence if direction is not Direction.EITHER else (1 + confidence) / 2
    fits = {
        "dids-separate": [line.alone() for line in lines],
        "dids-pooled": [line.alone().with_error(error, df) for line in lines],
        "dics": [line.sharing(common, sum(o.sxx for o in lines), rss[Model.DICS] / (n - b - 1), n - b - 1)
                 for line in lines],
        "cics": [whole.alone()] * b,
    }  # fmt: skip
    met = {name: [crossing(fit, level, lower, upper) for fit in made] for name, made in fits.items()}
    chosen = {Model.DIDS: "dids-pooled" if pooled_error else "dids-separate"}.get(model, str(model))
    worst = int(np.argmin(met[chosen]))
    told = tuple(
        BatchLine(batch, len(g), fit.intercept, fit.slope, math.sqrt(fit.s2), fit.df, at, line.intercept, line.slope)
        for batch, g, fit, at, line in zip(batches, groups, fits[chosen], met[chosen], lines, strict=True)
    )
    reached, last = met[chosen][worst], float(months.max())
    lacking = _lacking(batches, groups, months)
    verdict = Verdict.INSUFFICIENT if lacking else Verdict.FAILS_AT_START if reached <= 0 else Verdict.SHELF_LIFE
    limit = min(last * cap.factor, last + cap.months)
    supported = math.floor(min(reached, limit) + 1e-9) if verdict is Verdict.SHELF_LIFE else None
    return ShelfLife(
        method="ich-q1e-shelf-life", version=VERSION, reference=REFERENCE, verdict=verdict, lacking=lacking,
        direction=direction, lower=lower, upper=upper, confidence=confidence, pooling_level=pooling_level,
        pooled_error=pooled_error, cap=cap, model=model, slopes=slopes, intercepts=intercepts, batches=told,
        worst=batches[worst] if model is not Model.CICS else "", crossing=reached, last_month=last, months=supported,
        capped=supported is not None and limit < reached, crossings={k: min(v) for k, v in met.items()},
    )  # fmt: skip


def _asked(direction: Direction, lower: float | None, upper: float | None) -> None:
    needed = {Direction.DECREASING: (True, False), Direction.INCREASING: (False, True), Direction.EITHER: (True, True)}
    if (lower is not None, upper is not None) != needed[direction]:
        wanted = {
            Direction.DECREASING: "that decreases needs a lower limit only",
            Direction.INCREASING: "that increases needs an upper limit only",
            Direction.EITHER: "that may go either way needs a lower and an upper limit",
        }[direction]
        raise Unfit("limit-missing", f"A quantity {wanted}. Give the limit of the specification.",
                    direction=str(direction))  # fmt: skip
    if any(limit is not None and not math.isfinite(limit) for limit in (lower, upper)):
        raise Unfit("not-a-number", "A specification limit is not a finite number.")
    if lower is not None and upper is not None:
        spread(upper - lower, "The distance between the limits")


def _read(readings: Iterable[Reading]) -> tuple[list[str], Vector, Vector]:
    rows = list(readings)
    for at, row in enumerate(rows):
        if not row.batch:
            raise Unfit("batch-missing", f"Result {at + 1} names no batch.", row=at + 1)
        if exact(row.month, "month", at) < 0:
            raise Unfit("month-negative", f"Result {at + 1} is of month {row.month}; months count from 0.", row=at + 1)
    values = sample((row.value for row in rows), "value", 3)
    months = sample((row.month for row in rows), "month", 3, varying=False)
    names = [row.batch for row in rows]
    if len(set(names)) < 2:
        raise Unfit("one-batch", f"All results are of batch {names[0]}. Poolability compares batches: give results of "
                    f"at least {FEWEST_BATCHES}.", batch=names[0])  # fmt: skip
    for batch in dict.fromkeys(names):
        held = {float(m) for m, name in zip(months, names, strict=True) if name == batch}
        if len(held) < 2:
            raise Unfit("one-month", f"Batch {batch} has results of one month only; a line needs at least two months. "
                        "Leave the batch out or wait for its next result.", batch=batch)  # fmt: skip
    return names, months, values


def _lacking(batches: tuple[str, ...], groups: list[Vector], months: Vector) -> tuple[str, ...]:
    lacking = [f"{len(batches)} batches; {FEWEST_BATCHES} are needed"] if len(batches) < FEWEST_BATCHES else []
    for batch, group in zip(batches, groups, strict=True):
        times = len(np.unique(months[group]))
        if times < FEWEST_TIMES:
            lacking.append(f"{batch}: {times} different months; {FEWEST_TIMES} are needed")
    return tuple(lacking)
