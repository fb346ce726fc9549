"""One-way analysis of variance, and mean, deviation and autocorrelation of one sample, to the digits the data carry.

Distances from the first value are taken exactly, in decimals, before anything is squared; so values that share their
leading digits lose nothing. Checked against the NIST Statistical Reference Datasets (univariate and ANOVA).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, deviations, sample

VERSION = "1"


@dataclass(frozen=True)
class Anova(Computed):
    """Sums of squares between and within groups; ``f`` and ``p`` test that all means are equal."""

    n: int
    groups: tuple[str, ...]
    means: tuple[float, ...]
    sizes: tuple[int, ...]
    df_between: int
    df_within: int
    ss_between: float
    ss_within: float
    ms_between: float
    ms_within: float
    f: float
    p: float
    r_squared: float
    sd: float


@dataclass(frozen=True)
class Described(Computed):
    """``autocorrelation`` is of neighbours (lag 1), about the mean of all values."""

    n: int
    mean: float
    sd: float
    autocorrelation: float


def one_way(values: Sequence[Real], groups: Sequence[str]) -> Anova:
    """Compare the means of groups; values and their groups row by row. Raises Unfit."""
    from scipy import stats

    if len(values) != len(groups):
        raise Unfit("pairs-incomplete", f"{len(values)} values and {len(groups)} groups; each row needs both.")
    sample(values, "value", 3)
    names = tuple(dict.fromkeys(groups))
    if len(names) < 2:
        raise Unfit("one-group", "Only one group is given; at least two are needed to compare means.")
    origin, away = deviations(values)
    index = {name: at for at, name in enumerate(names)}
    which = np.asarray([index[group] for group in groups])
    sizes = np.bincount(which)
    df_between, df_within = len(names) - 1, len(away) - len(names)
    if df_within < 1:
        raise Unfit("too-few", "Every group has a single value, so there is nothing to judge the differences by.")
    away = away - math.fsum(away) / len(away)
    means = np.asarray([math.fsum(away[which == at]) / sizes[at] for at in range(len(names))])
    within = math.fsum(((away - means[which]) ** 2).tolist())
    between = math.fsum((sizes * (means - math.fsum(away) / len(away)) ** 2).tolist())
    if within == 0:
        raise Unfit("constant", "Within every group all values are equal, so there is nothing to judge by.")
    ms_between, ms_within = between / df_between, within / df_within
    shift = float(origin) + math.fsum(deviations(values)[1]) / len(away)
    f = ms_between / ms_within
    return Anova(
        method="anova-one-way", version=VERSION, reference="Fisher 1925; NIST StRD ANOVA", n=len(away), groups=names,
        means=tuple(float(shift + m) for m in means), sizes=tuple(int(s) for s in sizes), df_between=df_between,
        df_within=df_within, ss_between=between, ss_within=within, ms_between=ms_between, ms_within=ms_within, f=f,
        p=float(stats.f.sf(f, df_between, df_within)), r_squared=between / (between + within), sd=math.sqrt(ms_within),
    )  # fmt: skip


def describe(values: Sequence[Real]) -> Described:
    """Mean, standard deviation (n - 1) and lag-1 autocorrelation of values in order. Raises Unfit."""
    sample(values, "value", 2)
    origin, away = deviations(values)
    middle = math.fsum(away) / len(away)
    rest = away - middle
    square = math.fsum((rest * rest).tolist())
    return Described(
        method="describe", version=VERSION, reference="NIST StRD univariate", n=len(rest), mean=float(origin) + middle,
        sd=math.sqrt(square / (len(rest) - 1)), autocorrelation=math.fsum((rest[1:] * rest[:-1]).tolist()) / square,
    )  # fmt: skip
