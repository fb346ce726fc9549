"""Stock of doses over time: how many are left, when somebody first finds none, how many expire.

Demand is a Poisson process; each dose comes from the lot that expires first; who finds none waits and is served by the
next lot, before later ones. A lot that is not released yet comes on its day with the chance that it passes. Futures are
drawn by a counter-based generator (Philox), so the same seed gives the same answer. With one lot that neither comes
late nor expires the answer is the Poisson law's own (tested).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector

VERSION = "1"
REFERENCE = "Poisson demand, first expired first out, with backlog; Silver, Pyke & Thomas 2017, chapter 7"
LONGEST, MOST_LOTS, MOST_DOSES = 3_660, 500, 1_000_000
YEAR = 365.25


@dataclass(frozen=True)
class Shelf:
    """Doses of one lot, usable from day ``first`` to ``last`` (both included) if it passes, with chance ``passes``."""

    code: str
    doses: int
    first: int
    last: int
    passes: float = 1.0


@dataclass(frozen=True)
class Projection(Computed):
    """By day (the evening of day 0 is the first): doses on the shelf at the 5th, 50th and 95th percentile, and the
    share of futures in which somebody has had to wait by then. ``out_*``: the day on which in 5, 50 and 95 % of futures
    somebody had to wait; None when that lies beyond the last day. ``expired``: doses that expire, on average."""

    per_year: float
    futures: int
    seed: int
    low: tuple[int, ...]
    middle: tuple[int, ...]
    high: tuple[int, ...]
    waited: tuple[float, ...]
    out_early: int | None
    out_middle: int | None
    out_late: int | None
    expired: float


def project(lots: Sequence[Shelf], per_year: float, days: int, seed: int = 1, futures: int = 2_000) -> Projection:
    """The stock of these lots for so many days under ``per_year`` doses a year.

    Raises Unfit for a demand that is no positive number, a span below a day or above ten years, a lot with negative
    doses, with a chance outside 0 to 1, or that ends before it begins.
    """
    if not (math.isfinite(per_year) and 0 < per_year <= MOST_DOSES):
        raise Unfit("not-positive", f"A demand of {per_year:g} doses a year cannot be projected; say more than 0.")
    if not 1 <= days <= LONGEST:
        raise Unfit("not-a-span", f"A projection is of 1 to {LONGEST} days, not {days}.")
    if len(lots) > MOST_LOTS:
        raise Unfit("too-many", f"{len(lots)} lots were given; at most {MOST_LOTS} are projected.")
    for lot in lots:
        if not 0 <= lot.doses <= MOST_DOSES or not 0 <= lot.passes <= 1 or lot.last < lot.first:
            raise Unfit("lot-impossible", f"Lot {lot.code}: {lot.doses} doses from day {lot.first} to {lot.last} with "
                        f"chance {lot.passes:g} cannot be.", lot=lot.code)  # fmt: skip
    chance = np.random.Generator(np.random.Philox(seed))
    queue = sorted(lots, key=lambda lot: (lot.last, lot.first, lot.code))
    passes = chance.random((len(queue), futures))
    stock = np.array([np.where(passes[at] < lot.passes, lot.doses, 0) for at, lot in enumerate(queue)], dtype=np.int64)
    stock = stock.reshape(len(queue), futures)
    asked = chance.poisson(per_year / YEAR, (days, futures))
    waiting, first, expired = np.zeros(futures, dtype=np.int64), np.full(futures, days, dtype=np.int64), 0.0
    shelves, waited = np.zeros((days, futures), dtype=np.int64), np.zeros(days)
    for day in range(days):
        for at, lot in enumerate(queue):
            if lot.last == day - 1 or (day == 0 and lot.last < 0):
                expired += float(stock[at].mean())
                stock[at] = 0
        waiting += asked[day]
        for at, lot in enumerate(queue):
            if lot.first <= day <= lot.last:
                taken = np.minimum(waiting, stock[at])
                stock[at] -= taken
                waiting -= taken
                shelves[day] += stock[at]
        first = np.where((waiting > 0) & (first == days), day, first)
        waited[day] = float((first <= day).mean())
    low, middle, high = np.percentile(shelves, (5, 50, 95), axis=1, method="inverted_cdf")
    return Projection(
        method="stock-projection", version=VERSION, reference=REFERENCE, per_year=float(per_year), futures=futures,
        seed=seed, low=_whole(low), middle=_whole(middle), high=_whole(high),
        waited=tuple(float(share) for share in waited), out_early=_reached(waited, 0.05),
        out_middle=_reached(waited, 0.5), out_late=_reached(waited, 0.95), expired=expired,
    )  # fmt: skip


def _whole(values: Vector) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _reached(waited: Vector, share: float) -> int | None:
    found = np.flatnonzero(waited >= share)
    return int(found[0]) if len(found) else None


__all__ = ["Projection", "Shelf", "project"]
