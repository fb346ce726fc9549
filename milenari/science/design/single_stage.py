"""One-stage designs of one response rate with exact errors (A'Hern), beside Fleming's approximation.

A'Hern 2001, Stat Med 20:859-866, doi:10.1002/sim.721: exact binomial errors. Fleming 1982, Biometrics 38:143-151,
doi:10.2307/2530297: the normal approximation, whose exact errors are printed because they may break what was asked.
Exact errors rise and fall with n like a saw: the smallest n that holds does not mean that every larger n does, so
several sizes are listed, and the size from which every larger one holds up to the largest looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from milenari.science.computed import Computed, Unfit, count
from milenari.science.design import binomial

VERSION = "1"
REFERENCE = "A'Hern 2001, doi:10.1002/sim.721; Fleming 1982, doi:10.2307/2530297"


@dataclass(frozen=True)
class OneStage:
    """Promising if more than ``r`` of ``n`` respond."""

    n: int
    r: int
    alpha: float
    beta: float


@dataclass(frozen=True)
class SingleStage(Computed):
    """``sizes`` are the smallest that hold; from ``steady`` on every size up to ``n_max`` does."""

    p0: float
    p1: float
    alpha: float
    beta: float
    n_max: int
    sizes: tuple[OneStage, ...]
    steady: int
    fleming: OneStage


def single_stage(p0: float, p1: float, alpha: float, beta: float, n_max: int = 200, solutions: int = 5) -> SingleStage:
    """The first ``solutions`` sizes whose exact errors are within alpha and beta; none up to ``n_max`` is Unfit."""
    binomial.rates(p0, p1, alpha, beta)
    binomial.most(n_max, least=1), count(solutions, 1, "The number of sizes to list")
    holding = [d for n in range(1, n_max + 1) if (d := of_size(n, p0, p1, alpha)).beta <= beta]
    if not holding:
        raise Unfit("no-design", f"No size up to {n_max} keeps alpha {alpha:g} and beta {beta:g} between {p0:g} and "
                    f"{p1:g}. Allow more patients or a larger difference.", n_max=n_max)  # fmt: skip
    sizes, steady = {d.n for d in holding}, n_max + 1
    while steady - 1 in sizes:
        steady -= 1
    return SingleStage(
        method="single-stage-exact", version=VERSION, reference=REFERENCE, p0=p0, p1=p1, alpha=alpha, beta=beta,
        n_max=n_max, sizes=tuple(holding[:solutions]), steady=steady, fleming=fleming(p0, p1, alpha, beta),
    )  # fmt: skip


def of_size(n: int, p0: float, p1: float, alpha: float) -> OneStage:
    """The most powerful test of size ``n``: the smallest r whose exact alpha is within ``alpha``."""
    over = binomial.above(n, p0)
    r = next(k for k in range(n + 1) if over[k] <= alpha)
    return _exact(n, r, p0, p1)


def fleming(p0: float, p1: float, alpha: float, beta: float) -> OneStage:
    """Size and cut-off by the normal approximation, with the exact errors they have."""
    from scipy import special

    z_alpha, z_beta = float(special.ndtri(1 - alpha)), float(special.ndtri(1 - beta))
    root = (z_alpha * math.sqrt(p0 * (1 - p0)) + z_beta * math.sqrt(p1 * (1 - p1))) / (p1 - p0)
    n = math.ceil(root * root)
    r = round(n * p0 + z_alpha * math.sqrt(n * p0 * (1 - p0)))  # promising from r + 1 on
    return _exact(n, min(r, n), p0, p1)


def _exact(n: int, r: int, p0: float, p1: float) -> OneStage:
    return OneStage(n, r, float(binomial.above(n, p0)[r]), 1 - float(binomial.above(n, p1)[r]))
