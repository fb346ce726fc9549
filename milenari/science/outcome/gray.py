"""Gray's test: does the cumulative incidence of one kind of event differ between groups, others competing?

Gray 1988, Ann Stat 16:1141-1154, doi:10.1214/aos/1176350951, weight one (rho 0). The score of a group is its events
minus those expected if all groups shared one incidence, where somebody who had a competing event still counts. The
variance follows from writing the score as a sum over martingales: with F the pooled incidence, S a group's chance to be
free of any event and a the weight of a step, an event at u moves the score by a(u) + (C(end) - C(u)) (1 - (1 - F)/S)
and a competing one by -(C(end) - C(u)) (1 - F)/S, where C adds up a dF / (1 - F). Tied events have the variance of
draws without replacement. Strata add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Vector
from milenari.science.outcome.course import Courses, counted
from milenari.science.outcome.log_rank import chi_square, over_strata, upper

VERSION = "1"
REFERENCE = "Gray 1988, doi:10.1214/aos/1176350951"


@dataclass(frozen=True)
class Score:
    """Events of a group minus those expected."""

    group: str
    n: int
    score: float


@dataclass(frozen=True)
class Gray(Computed):
    """Chi-square with ``df`` degrees of freedom; ``strata`` is 1 where there are none."""

    groups: tuple[Score, ...]
    strata: int
    chi_square: float
    df: int
    p: float


def gray(given: Courses) -> Gray:
    """All groups against each other within strata, or Unfit when there is nothing to compare."""
    groups, score, variance, strata = over_strata(given, _within)
    statistic, df = chi_square(score, variance)
    return Gray(
        method="gray" if strata == 1 else "gray-stratified", version=VERSION, reference=REFERENCE,
        groups=tuple(Score(g, given.group.count(g), float(s)) for g, s in zip(groups, score, strict=True)),
        strata=strata, chi_square=statistic, df=df, p=upper(statistic, df),
    )  # fmt: skip


def _within(given: Courses, groups: Sequence[str]) -> tuple[Vector, Vector]:
    """Scores of the groups and their covariance, in one stratum."""
    time = np.unique(given.time)
    each = [counted(given.of_group(g), time) for g in groups]
    n, d1, d2 = (np.asarray([getattr(c, what) for c in each]) for what in ("at_risk", "events", "competing"))
    there = n > 0
    safe = np.where(there, n, 1.0)
    free = np.cumprod((safe - d1 - d2) / safe, axis=1)  # S after each time; groups that are gone keep their last
    free_before = np.concatenate([np.ones((len(groups), 1)), free[:, :-1]], axis=1)
    own = np.cumsum(free_before * d1 / safe, axis=1)
    own_before = np.concatenate([np.zeros((len(groups), 1)), own[:, :-1]], axis=1)
    size = np.where(there, n / np.where(there, free_before, 1.0), 0.0)
    whole, together = size.sum(axis=0), (size * (1 - own_before)).sum(axis=0)
    all_d1 = d1.sum(axis=0)
    score = (d1 - all_d1 * size * (1 - own_before) / together).sum(axis=1)
    pooled = np.cumsum(all_d1 / whole)  # F
    pooled_before = np.concatenate([[0.0], pooled[:-1]])

    steps = -size[:, None] * size[None] / whole  # a: group by group by time
    steps[np.arange(len(groups)), np.arange(len(groups))] += size
    gone = np.where(all_d1 > 0, all_d1 / (whole * np.maximum(1 - pooled_before, 1e-300)), 0.0)
    further = np.cumsum((steps * gone)[..., ::-1], axis=2)[..., ::-1] - steps * gone  # C(end) - C(u)
    ratio = np.where(free > 0, (1 - pooled) / np.where(free > 0, free, 1.0), 0.0)
    moved = steps + further * (1 - ratio)
    by_other = further * ratio

    with np.errstate(divide="ignore", invalid="ignore"):
        tied1 = np.where(all_d1 > 1, 1 - (all_d1 - 1) / (whole * free_before - 1), 1.0)
        tied2 = np.where(d2 > 1, 1 - (d2 - 1) / (n - 1), 1.0)
    weight1 = np.where(there, tied1 * free_before * all_d1 / (whole * safe), 0.0)
    weight2 = np.where((d2 > 0) & (free > 0), tied2 * free_before**2 * d2 / safe**2, 0.0)
    variance = np.einsum("ijt,kjt,jt->ik", moved, moved, weight1)
    return score, variance + np.einsum("ijt,kjt,jt->ik", by_other, by_other, weight2)
