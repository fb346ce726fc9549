"""The end points a decentralised programme is judged by, per site, from plain rows.

The list is that of the published precedent (HOVON 161, EudraCT 2021-000937-15: same product, several production sites,
vector from Barcelona): viable cells, transduction, subsets, share of successful batches, days from apheresis to
infusion. Means with t intervals, medians with exact intervals from order statistics (binomial; David and Nagaraja,
Order Statistics, 7.1), shares with Clopper-Pearson intervals. What is missing is counted, never filled in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, sample, share
from milenari.science.proportion import Share, exact

VERSION = "1"
SECONDS_A_DAY = 86400.0


@dataclass(frozen=True)
class Batch:
    """What is known of one batch; None where it is not known (yet).

    ``viable_cells`` in cells, ``transduction`` and ``subsets`` in percent. ``successful`` is None while undecided.
    Instants carry a time zone; which events they are is named by whoever asks (``Interval``).
    """

    key: str
    site: str
    viable_cells: Real | None = None
    transduction: Real | None = None
    subsets: Mapping[str, Real] = field(default_factory=dict)
    successful: bool | None = None
    apheresis_at: datetime | None = None
    infused_at: datetime | None = None


@dataclass(frozen=True)
class Summary(Computed):
    """One quantity at one site; numbers are None where fewer values were known than they need.

    ``median_achieved`` is the confidence the order-statistic interval really has; with few values it may be below the
    one asked for, and then the interval is not stated.
    """

    site: str
    quantity: str
    unit: str
    n: int
    missing: int
    mean: float | None
    sd: float | None
    mean_low: float | None
    mean_high: float | None
    median: float | None
    median_low: float | None
    median_high: float | None
    median_achieved: float | None
    least: float | None
    most: float | None
    confidence: float


@dataclass(frozen=True)
class Endpoints(Computed):
    """All end points of all sites, sites in order of name."""

    confidence: float
    interval_from: str
    interval_to: str
    summaries: tuple[Summary, ...]
    success: dict[str, Share]
    undecided: dict[str, int]


def of_batches(batches: Iterable[Batch], confidence: float = 0.95, interval_from: str = "apheresis",
               interval_to: str = "infusion") -> Endpoints:  # fmt: skip
    """Every end point of every site. A key twice, or an infusion before its apheresis, is refused."""
    rows = list(batches)
    share(confidence, "The confidence")
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            raise Unfit("key-twice", f"{row.key} is listed twice; each batch counts once.", key=row.key)
        seen.add(row.key)
    asked: list[tuple[str, str, Callable[[Batch], Real | None]]] = [
        ("viable cells", "cells", lambda row: row.viable_cells),
        ("transduction", "%", lambda row: row.transduction),
        *((name, "%", _subset(name)) for name in sorted({name for row in rows for name in row.subsets})),
        (f"{interval_from} to {interval_to}", "d", lambda row: days_between(row, interval_from, interval_to)),
    ]
    sites = sorted({row.site for row in rows})
    summaries = tuple(
        summarise([read(row) for row in rows if row.site == site], site, quantity, unit, confidence)
        for quantity, unit, read in asked for site in sites
    )  # fmt: skip
    decided = {site: [row.successful for row in rows if row.site == site] for site in sites}
    return Endpoints(
        method="network-end-points", version=VERSION, reference="end points of HOVON 161 (EudraCT 2021-000937-15)",
        confidence=confidence, interval_from=interval_from, interval_to=interval_to, summaries=summaries,
        success={s: exact(d.count(True), d.count(True) + d.count(False), confidence) for s, d in decided.items()},
        undecided={site: made.count(None) for site, made in decided.items()},
    )  # fmt: skip


def days_between(batch: Batch, first: str = "apheresis", last: str = "infusion") -> float | None:
    """Days from one event to the other, None while either is missing."""
    begun, ended = batch.apheresis_at, batch.infused_at
    if begun is None or ended is None:
        return None
    if begun.tzinfo is None or ended.tzinfo is None:
        raise Unfit(
            "no-zone", f"{batch.key}: an instant without a time zone. Give both with their zone.", key=batch.key
        )
    days = (ended - begun).total_seconds() / SECONDS_A_DAY
    if days < 0:
        raise Unfit("times-crossed", f"{batch.key}: {last} is before {first}. Correct the instants.", key=batch.key)
    return days


def summarise(values: Sequence[Real | None], site: str, quantity: str, unit: str,
              confidence: float = 0.95) -> Summary:  # fmt: skip
    """Mean, median and their intervals of what is known; None counts as missing."""
    from scipy import stats

    known = [value for value in values if value is not None]
    x = np.sort(sample(known, f"{quantity} at {site}, value", 0, varying=False))
    n = len(x)
    mean = float(x.mean()) if n else None
    sd = float(x.std(ddof=1)) if n > 1 else None
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * sd / math.sqrt(n) if sd is not None else None
    low, high, achieved = _median_interval(n, confidence)
    return Summary(
        method="summary", version=VERSION, reference="t interval; order statistics (exact, binomial)", site=site,
        quantity=quantity, unit=unit, n=n, missing=len(values) - n, mean=mean, sd=sd,
        mean_low=None if mean is None or reach is None else mean - reach,
        mean_high=None if mean is None or reach is None else mean + reach,
        median=float(np.median(x)) if n else None, median_low=None if low is None else float(x[low]),
        median_high=None if high is None else float(x[high]), median_achieved=achieved,
        least=float(x[0]) if n else None, most=float(x[-1]) if n else None, confidence=confidence,
    )  # fmt: skip


def _median_interval(n: int, confidence: float) -> tuple[int | None, int | None, float | None]:
    """Places (from 0) of the narrowest symmetric order-statistic interval that holds the confidence."""
    from scipy import stats

    if n < 2:
        return None, None, None
    trimmed = max(0, int(stats.binom.ppf((1 - confidence) / 2, n, 0.5)) - 2)
    while trimmed + 1 <= (n - 1) // 2 and 1 - 2 * stats.binom.cdf(trimmed + 1, n, 0.5) >= confidence:
        trimmed += 1
    achieved = float(1 - 2 * stats.binom.cdf(trimmed, n, 0.5))
    if achieved < confidence:
        return None, None, achieved
    return trimmed, n - 1 - trimmed, achieved


def _subset(name: str) -> Callable[[Batch], Real | None]:
    return lambda row: row.subsets.get(name)
