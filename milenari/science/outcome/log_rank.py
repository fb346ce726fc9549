"""The log-rank test of two or more groups, stratified where strata are given.

Mantel 1966, Cancer Chemother Rep 50:163-170; Peto & Peto 1972, J R Stat Soc A 135:185-206, doi:10.2307/2344317.
Hypergeometric variance; observed minus expected and its variance are added over strata.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector
from milenari.science.outcome.course import EVENT, Courses, counted

VERSION = "1"
REFERENCE = "Mantel 1966; Peto & Peto 1972, doi:10.2307/2344317"
Within = Callable[[Courses, Sequence[str]], tuple[Vector, Vector]]


@dataclass(frozen=True)
class Compared:
    """One group: patients, events seen, events expected if all groups were alike."""

    group: str
    n: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank(Computed):
    """Chi-square with ``df`` degrees of freedom; ``strata`` is 1 where there are none."""

    groups: tuple[Compared, ...]
    strata: int
    chi_square: float
    df: int
    p: float


def log_rank(given: Courses) -> LogRank:
    """All groups against each other within strata, or Unfit when there is nothing to compare."""
    groups, expected, variance, strata = over_strata(given, _within)
    state, label = given.state, np.asarray(given.group)
    observed = np.asarray([(state[label == g] == EVENT).sum() for g in groups], dtype=float)
    statistic, df = chi_square(observed - expected, variance)
    return LogRank(
        method="log-rank" if strata == 1 else "log-rank-stratified", version=VERSION, reference=REFERENCE,
        groups=tuple(Compared(g, int((label == g).sum()), int(o), float(e)) for g, o, e in
                     zip(groups, observed, expected, strict=True)),
        strata=strata, chi_square=statistic, df=df, p=upper(statistic, df),
    )  # fmt: skip


def over_strata(given: Courses, within: Within) -> tuple[list[str], Vector, Vector, int]:
    """The groups, their figures and covariance added up over strata, and how many strata; Unfit with one group."""
    groups = given.groups()
    if len(groups) < 2:
        raise Unfit("one-group", "There is one group only; a comparison needs two or more.", groups=groups)
    strata = given.strata()
    each = [within(part, groups) for part in strata]
    return groups, np.sum([f for f, _ in each], axis=0), np.sum([v for _, v in each], axis=0), len(strata)


def _within(given: Courses, groups: Sequence[str]) -> tuple[Vector, Vector]:
    """Expected events of each group and their covariance, in one stratum."""
    whole = counted(given)
    each = [counted(given.of_group(g), whole.time) for g in groups]
    n, d = whole.at_risk, whole.events
    shares = np.asarray([part.at_risk for part in each]) / n
    factor = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    spread = -(shares * factor) @ shares.T
    spread[np.diag_indices(len(groups))] += (shares * factor).sum(axis=1)
    return shares @ d, spread


def chi_square(score: Vector, variance: Vector) -> tuple[float, int]:
    """The quadratic form of scores that add up to zero, and its degrees of freedom; Unfit where nothing varies."""
    df = int(np.linalg.matrix_rank(variance, tol=1e-9 * max(1.0, float(np.abs(variance).max()))))
    if df == 0:
        raise Unfit("nothing-to-compare", "The groups are never at risk together when an event happens, so nothing can "
                    "be compared. Use fewer strata or other groups.")  # fmt: skip
    return max(0.0, float(score @ np.linalg.pinv(variance, rcond=1e-9, hermitian=True) @ score)), df


def upper(statistic: float, df: int) -> float:
    """The chance of a larger chi-square."""
    from scipy import special

    return float(special.chdtrc(df, statistic))
