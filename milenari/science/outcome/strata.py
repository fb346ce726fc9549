"""Values or shares compared within strata, such as sites: van Elteren's test, and Cochran, Mantel and Haenszel's.

van Elteren 1960, Bull Int Stat Inst 37:351-361: rank sums of each stratum weighted by 1 / (N + 1), ties by mid-ranks.
Mantel & Haenszel 1959, J Natl Cancer Inst 22:719-748, without continuity correction unless asked (a gap below
one half is then taken away whole); common odds ratio with the interval of Robins, Breslow & Greenland 1986, Biometrics
42:311-323, doi:10.2307/2531052.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, sample
from milenari.science.outcome.log_rank import upper
from milenari.science.outcome.terms import quantile

VERSION = "1"
VAN_ELTEREN = "van Elteren 1960"
CMH = "Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986, doi:10.2307/2531052"


@dataclass(frozen=True)
class Ranked:
    """One stratum: how many with and without the outcome, and the chance that one with it has the higher value."""

    stratum: str
    with_outcome: int
    without: int
    higher: float | None


@dataclass(frozen=True)
class VanElteren(Computed):
    """``z`` above zero: values are higher with the outcome. ``used`` strata have both kinds of patients."""

    strata: tuple[Ranked, ...]
    used: int
    z: float
    p: float


@dataclass(frozen=True)
class Fourfold:
    """One stratum: with the attribute and the outcome, with the attribute only, outcome only, neither."""

    stratum: str
    both: int
    attribute_only: int
    outcome_only: int
    neither: int


@dataclass(frozen=True)
class Cmh(Computed):
    """No odds ratio where one of its sums is zero: it is then zero, infinite or unknown."""

    strata: tuple[Fourfold, ...]
    used: int
    chi_square: float
    p: float
    corrected: bool
    odds_ratio: float | None
    ci_low: float | None
    ci_high: float | None
    confidence: float


def van_elteren(values: Sequence[Real], outcome: Sequence[bool], stratum: Sequence[str]) -> VanElteren:
    """Are values higher with the outcome, stratum by stratum?"""
    from scipy import special, stats

    taken = sample(values, "The attribute", least=2, varying=False)
    _alike(len(taken), outcome, stratum)
    has, label = np.asarray(outcome, dtype=bool), np.asarray(stratum)
    told, score, variance = [], 0.0, 0.0
    for each in sorted(set(stratum)):
        mine, yes = taken[label == each], has[label == each]
        n, m = len(mine), int(yes.sum())
        higher = None
        if 0 < m < n:
            ranks = stats.rankdata(mine)
            above = float(ranks[yes].sum()) - m * (m + 1) / 2
            higher = above / (m * (n - m))
            score += (float(ranks[yes].sum()) - m * (n + 1) / 2) / (n + 1)
            variance += m * (n - m) / (n * (n - 1)) * float(((ranks - (n + 1) / 2) ** 2).sum()) / (n + 1) ** 2
        told.append(Ranked(each, m, n - m, higher))
    if variance <= 0:
        raise Unfit("nothing-to-compare", "No stratum has patients with and without the outcome and values that "
                    "differ. Use fewer strata, or another outcome.")  # fmt: skip
    z = score / math.sqrt(variance)
    return VanElteren(
        method="van-elteren", version=VERSION, reference=VAN_ELTEREN, strata=tuple(told),
        used=sum(s.higher is not None for s in told), z=z, p=float(2 * special.ndtr(-abs(z))),
    )  # fmt: skip


def cmh(attribute: Sequence[bool], outcome: Sequence[bool], stratum: Sequence[str], confidence: float = 0.95,
        corrected: bool = False) -> Cmh:  # fmt: skip
    """Is the outcome more frequent with the attribute, stratum by stratum?"""
    _alike(len(attribute), outcome, stratum)
    tables = []
    for each in sorted(set(stratum)):
        mine = [(bool(a), bool(o)) for a, o, s in zip(attribute, outcome, stratum, strict=True) if s == each]
        tables.append(Fourfold(each, *(mine.count(c) for c in ((True, True), (True, False), (False, True),
                                                               (False, False)))))  # fmt: skip
    gap, variance, used = 0.0, 0.0, 0
    for t in tables:
        n, row, column = _margins(t)
        spread = row * (n - row) * column * (n - column) / (n * n * (n - 1)) if n > 1 else 0.0
        used += spread > 0
        gap += t.both - row * column / n if n > 1 else 0.0
        variance += spread
    if variance <= 0:
        raise Unfit("nothing-to-compare", "No stratum has patients with and without the attribute and with and without "
                    "the outcome. Use fewer strata, or another cut.")  # fmt: skip
    statistic = max(0.0, abs(gap) - (0.5 if corrected else 0.0)) ** 2 / variance
    ratio, low, high = _ratio(tables, quantile(confidence))
    return Cmh(method="cochran-mantel-haenszel", version=VERSION, reference=CMH, strata=tuple(tables), used=used,
               chi_square=statistic, p=upper(statistic, 1), corrected=corrected, odds_ratio=ratio, ci_low=low,
               ci_high=high, confidence=confidence)  # fmt: skip


def _margins(t: Fourfold) -> tuple[int, int, int]:
    return (t.both + t.attribute_only + t.outcome_only + t.neither, t.both + t.attribute_only, t.both + t.outcome_only)


def _ratio(tables: Sequence[Fourfold], z: float) -> tuple[float | None, float | None, float | None]:
    up = [t.both * t.neither / _margins(t)[0] for t in tables]
    down = [t.attribute_only * t.outcome_only / _margins(t)[0] for t in tables]
    r, s = math.fsum(up), math.fsum(down)
    if r <= 0 or s <= 0:
        return None, None, None
    agree = [(t.both + t.neither) / _margins(t)[0] for t in tables]
    spread = (math.fsum(p * x for p, x in zip(agree, up, strict=True)) / (2 * r * r)
              + math.fsum(p * y + (1 - p) * x for p, x, y in zip(agree, up, down, strict=True)) / (2 * r * s)
              + math.fsum((1 - p) * y for p, y in zip(agree, down, strict=True)) / (2 * s * s))  # fmt: skip
    ratio, reach = r / s, math.exp(z * math.sqrt(spread))
    return ratio, ratio / reach, ratio * reach


def _alike(n: int, outcome: Sequence[bool], stratum: Sequence[str]) -> None:
    if not n or len(outcome) != n or len(stratum) != n:
        raise Unfit("lengths-differ", f"{n} values, {len(outcome)} outcomes and {len(stratum)} strata: one of each per "
                    "patient, at least one patient.")  # fmt: skip
