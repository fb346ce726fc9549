"""Two-stage designs of one response rate: Simon's optimal and minimax, the admissible ones between, exact properties.

Simon 1989, Control Clin Trials 10:1-10, doi:10.1016/0197-2456(89)90015-9: stop after n1 patients if r1 or fewer
respond; at n, call the treatment not promising if r or fewer of all respond. Optimal has the smallest expected size
under p0, minimax the smallest n (and among those the smallest expected size). Admissible designs (Jung, Lee, Kim &
George 2004, Stat Med 23:561-569, doi:10.1002/sim.1600) are best for some weight between the two. Errors are exact
binomial sums and are kept strictly: ``tolerance`` is what may be exceeded, 0 unless said otherwise, because published
programs that allow 0.005 print smaller designs that break their own alpha.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, count
from milenari.science.design import binomial, single_stage

VERSION = "1"
BLOCK = 4  # values of r looked at together
REFERENCE = "Simon 1989, doi:10.1016/0197-2456(89)90015-9"


@dataclass(frozen=True)
class TwoStage:
    """One design with its exact errors; ``weights`` is the range of weight on n for which it is admissible."""

    r1: int
    n1: int
    r: int
    n: int
    expected_n: float
    stop_early: float
    alpha: float
    beta: float
    weights: tuple[float, float] | None = None


@dataclass(frozen=True)
class Simon(Computed):
    """The designs asked for; ``admissible`` begins with the minimax and ends with the optimal design."""

    p0: float
    p1: float
    alpha: float
    beta: float
    tolerance: float
    n_max: int
    optimal: TwoStage
    minimax: TwoStage
    admissible: tuple[TwoStage, ...]


@dataclass(frozen=True)
class AtRate:
    """What a two-stage design does at one true rate."""

    rate: float
    promising: float
    stop_early: float
    expected_n: float


@dataclass(frozen=True)
class Operating(Computed):
    """Exact operating characteristics of one two-stage design."""

    r1: int
    n1: int
    r: int
    n: int
    at: tuple[AtRate, ...]


def simon(p0: float, p1: float, alpha: float, beta: float, n_max: int = binomial.LARGEST,
          tolerance: float = 0.0) -> Simon:  # fmt: skip
    """The best of all designs of up to ``n_max`` patients; none feasible is Unfit."""
    binomial.rates(p0, p1, alpha, beta)
    binomial.most(n_max)
    if not 0 <= tolerance < 0.05:
        raise Unfit("not-a-share", f"The tolerance is {tolerance:g}; it is 0 or a little more, below 0.05.")
    if single_stage.fleming(p0, p1, alpha, beta).n > 2 * n_max:
        _none(p0, p1, alpha, beta, n_max)
    best = list(_improving(p0, p1, alpha + tolerance, beta + tolerance, n_max))
    if not best:
        _none(p0, p1, alpha, beta, n_max)
    return Simon(
        method="simon-two-stage", version=VERSION, reference=REFERENCE, p0=p0, p1=p1, alpha=alpha, beta=beta,
        tolerance=tolerance, n_max=n_max, optimal=best[-1], minimax=best[0], admissible=_hull(best),
    )  # fmt: skip


def _none(p0: float, p1: float, alpha: float, beta: float, n_max: int) -> NoReturn:
    raise Unfit("no-design", f"No two-stage design of up to {n_max} patients keeps alpha {alpha:g} and beta {beta:g} "
                f"between {p0:g} and {p1:g}. Allow more patients or a larger difference.", n_max=n_max)  # fmt: skip


def operating(r1: int, n1: int, r: int, n: int, rates: Sequence[float]) -> Operating:
    """Exact probabilities of one design at any true rates."""
    count(n1, 1, "n1"), count(n, 2, "n"), count(r1, 0, "r1"), count(r, 0, "r")
    if not (r1 < n1 < n and r1 <= r < n):
        raise Unfit("design-unfit", f"r1/n1 {r1}/{n1}, r/n {r}/{n}: r1 is below n1, n1 below n, and r from r1 to "
                    "below n.", r1=r1, n1=n1, r=r, n=n)  # fmt: skip
    made = []
    for rate in binomial.doses(rates, "The rate"):
        first, second = binomial.pmf(n1, rate), binomial.above(n - n1, rate)
        need = [r - x for x in range(r1 + 1, n1 + 1)]
        tail = [1.0 if k < 0 else float(second[k]) if k <= n - n1 else 0.0 for k in need]
        stop = math.fsum(first[: r1 + 1])
        promising = math.fsum(a * b for a, b in zip(first[r1 + 1 :].tolist(), tail, strict=True))
        made.append(AtRate(rate, promising, stop, n1 + (1 - stop) * (n - n1)))
    return Operating(method="two-stage-exact", version=VERSION, reference=REFERENCE, r1=r1, n1=n1, r=r, n=n,
                     at=tuple(made))  # fmt: skip


def _improving(p0: float, p1: float, alpha: float, beta: float, n_max: int) -> Iterator[TwoStage]:
    """From small to large n, each design with a smaller expected size under p0 than every smaller n has.

    The rest need not be looked at: a first stage of n1 can stop under p0 no more often than its largest r1 that costs
    at most beta, so n1 + (1 - that) (n - n1) is a floor of the expected size. Where no n1 has a floor below the best
    found, no larger n can be better either, and the search ends.
    """
    rows: dict[float, tuple[list[Vector], list[Vector]]] = {p: ([], []) for p in (p0, p1)}
    lasts, floors = [0], [1.0]  # by n1: how many r1 are allowed, and how often the trial goes on under p0 at least
    best = math.inf
    for n in range(n_max + 1):
        for p in (p0, p1):
            rows[p][0].append(binomial.pmf(n, p))
            rows[p][1].append(binomial.above(n, p))
        if n == 0:
            continue
        last = int(np.searchsorted(np.cumsum(rows[p1][0][n]), beta, side="right"))
        lasts.append(min(last, n))
        floors.append(1 - float(rows[p0][0][n][: lasts[n]].sum()))
        able = [n1 for n1 in range(1, n) if lasts[n1] and n1 + floors[n1] * (n - n1) < best]
        if best < math.inf and not able and n > best:
            return
        powered = int(np.searchsorted(-rows[p1][1][n], beta - 1, side="right")) - 1  # largest r that leaves the power
        enough = int(np.searchsorted(-rows[p0][1][n], -alpha, side="left"))  # r that keeps alpha without a first look
        found: TwoStage | None = None
        for n1 in able:
            if n1 + floors[n1] * (n - n1) >= best:
                continue
            for r1, r, error, miss in _of_first(n1, n, lasts[n1], min(powered, enough, n - 1), rows, (p0, p1), alpha,
                                                beta):  # fmt: skip
                stop = float(rows[p0][0][n1][: r1 + 1].sum())
                size = n1 + (1 - stop) * (n - n1)
                if size < best:
                    best, found = size, TwoStage(r1, n1, r, n, size, stop, error, miss)
        if found is not None:
            yield found


def _of_first(n1: int, n: int, last: int, highest: int, rows: dict[float, tuple[list[Vector], list[Vector]]],
              rates: tuple[float, float], alpha: float,
              beta: float) -> Iterator[tuple[int, int, float, float]]:  # fmt: skip
    """(r1, r, alpha, beta) of every feasible design with this n1 and n, r the smallest that keeps alpha."""
    if last == 0 or highest < 0:
        return
    lowest = highest + 1
    while True:  # a few r at a time, downwards: most designs need one near the highest
        lowest = max(0, lowest - BLOCK)
        error = _promising(n1, n, last, range(lowest, highest + 1), rows, rates[0])
        if lowest == 0 or not (error[:, 0] <= alpha).any():
            break
    kept = error <= alpha
    if not kept.any():
        return
    power = _promising(n1, n, last, range(lowest, highest + 1), rows, rates[1])
    first = np.argmax(kept, axis=1)
    for r1 in range(last):
        at = int(first[r1])
        if kept[r1, at] and 1 - power[r1, at] <= beta and lowest + at >= r1:
            yield r1, lowest + at, float(error[r1, at]), float(1 - power[r1, at])


def _promising(n1: int, n: int, last: int, of_r: range, rows: dict[float, tuple[list[Vector], list[Vector]]],
               rate: float) -> np.ndarray:  # fmt: skip
    """Probability to go past r1 (rows, 0 to last - 1) and then past r (columns)."""
    need = np.asarray(of_r)[None, :] - np.arange(n1 + 1)[:, None]  # what the second stage has to exceed
    tail = np.concatenate([rows[rate][1][n - n1], np.zeros(n1 + 1)])
    terms = rows[rate][0][n1][:, None] * np.where(need < 0, 1.0, tail[np.clip(need, 0, None)])
    return np.asarray(np.cumsum(terms[::-1], axis=0)[::-1][1 : last + 1])


def _hull(best: list[TwoStage]) -> tuple[TwoStage, ...]:
    """Designs that minimise q n + (1 - q) expected size for some weight q, with that range of q."""
    corner = [best[0]]
    while corner[-1] is not best[-1]:
        here = corner[-1]
        further = [d for d in best if d.n > here.n]
        corner.append(min(further, key=lambda d: ((d.expected_n - here.expected_n) / (d.n - here.n), -d.n)))
    edges = [1.0]
    for a, b in pairwise(corner):
        fall = (a.expected_n - b.expected_n) / (b.n - a.n)
        edges.append(fall / (1 + fall))
    edges.append(0.0)
    return tuple(
        TwoStage(d.r1, d.n1, d.r, d.n, d.expected_n, d.stop_early, d.alpha, d.beta, (edges[at + 1], edges[at]))
        for at, d in enumerate(corner)
    )
