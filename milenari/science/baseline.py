"""Where a process stood when it was in control: centre and sigma, frozen, against which later values are judged.

Convention as in control_chart.py: sigma is the mean moving range of neighbours over d2 = 1.128 (NIST/SEMATECH
e-Handbook 6.3.2.2, doi:10.18434/M32189); or both are stated, e.g. from a validation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Real, Unfit, decimal_text, sample, spread

VERSION = "1"
D2, D4 = 1.128, 3.267
FEWEST, SETTLED = 8, 20


@dataclass(frozen=True)
class Baseline(Computed):
    """Centre and sigma in the unit of the values; ``n`` is how many they rest on, 0 where they were stated."""

    centre: float
    sigma: float
    n: int

    @property
    def provisional(self) -> bool:
        """Whether it rests on so few values that its limits may still move."""
        return 0 < self.n < SETTLED

    @property
    def name(self) -> str:
        """A short name that is the same for the same numbers: what a signal's identity hangs on."""
        text = f"{self.method}/{self.version}/{decimal_text(self.centre)}/{decimal_text(self.sigma)}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def of_values(values: Sequence[Real], fewest: int = FEWEST) -> Baseline:
    """Mean, and sigma from moving ranges, of values in time order. Raises Unfit when they never move."""
    x = sample(values, "value", max(2, fewest))
    moving = float(np.abs(np.diff(x)).mean())
    return Baseline(method="baseline-moving-range", version=VERSION, centre=float(x.mean()), sigma=moving / D2,
                    n=len(x), reference="NIST/SEMATECH e-Handbook 6.3.2.2, doi:10.18434/M32189")  # fmt: skip


def stated(centre: float, sigma: float) -> Baseline:
    """A baseline somebody states."""
    spread(sigma, "Sigma")
    if not np.isfinite(centre):
        raise Unfit("not-a-number", f"The centre is {centre}, not a finite number.")
    return Baseline(method="baseline-stated", version=VERSION, reference="as stated", centre=float(centre),
                    sigma=float(sigma), n=0)  # fmt: skip
