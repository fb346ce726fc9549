"""Individuals and moving range chart against a frozen baseline, with Nelson's rules.

control_chart.py keeps the chart of the pages, in decimals, with limits from the values on it; this one judges values
against a baseline that does not move when results are added. Same convention: sigma is the mean moving range over
1.128, limits three sigma away, the range's upper limit 3.267 times the mean range (NIST/SEMATECH e-Handbook 6.3.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science import drift, nelson
from milenari.science.baseline import D2, D4, Baseline
from milenari.science.computed import Computed, Real, sample

VERSION = "1"


@dataclass(frozen=True)
class IndividualsChart(Computed):
    """``ranges`` lie between neighbours, one fewer than values; ``drift`` holds the signals of Nelson's rules."""

    values: tuple[float, ...]
    ranges: tuple[float, ...]
    low: float
    high: float
    mean_range: float
    range_high: float
    ranges_outside: tuple[str, ...]
    drift: drift.Drift


def chart(keys: Sequence[str], values: Sequence[Real], base: Baseline,
          convention: nelson.Convention = nelson.Convention.NELSON,
          series: str = "chart") -> IndividualsChart:  # fmt: skip
    """The chart of values in time order; keys name the results, one each."""
    x = sample(values, "value", 2, varying=False)
    ranges, mean_range = np.abs(np.diff(x)), base.sigma * D2
    tests = drift.Watch(convention, ewma_weight=None, cusum_slack=None)
    results = [drift.Result(key, value) for key, value in zip(keys, values, strict=True)]
    return IndividualsChart(
        method=f"individuals-{convention}", version=VERSION, reference="NIST/SEMATECH e-Handbook 6.3.2.2, "
        f"doi:10.18434/M32189; {nelson.REFERENCE}", values=tuple(x.tolist()), ranges=tuple(ranges.tolist()),
        low=base.centre - 3 * base.sigma, high=base.centre + 3 * base.sigma, mean_range=mean_range,
        range_high=D4 * mean_range, drift=drift.signals(series, results, base, tests),
        ranges_outside=tuple(keys[at + 1] for at in np.flatnonzero(ranges > D4 * mean_range).tolist()),
    )  # fmt: skip
