"""Control chart of individual values with limits from the mean moving range (I-MR).

Convention: the centre is the mean; sigma is the mean moving range of neighbouring values over d2 = 1.128; the
limits are three sigma away, and the moving range's upper limit is D4 = 3.267 times its mean. Reference: NIST/SEMATECH
e-Handbook of Statistical Methods, 6.3.2.2 (doi:10.18434/M32189). How many values are enough is convention too:
below ``FEWEST`` no limit is stated at all, below ``SETTLED`` it is stated as provisional.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

D2, D4 = Decimal("1.128"), Decimal("3.267")  # for ranges of two neighbouring values
FEWEST, SETTLED = 8, 20


@dataclass(frozen=True)
class Individuals:
    """Centre and limits in the unit of the values; ``moving`` are the ranges between neighbours, one fewer."""

    values: tuple[Decimal, ...]
    moving: tuple[Decimal, ...]
    centre: Decimal
    low: Decimal
    high: Decimal
    mean_range: Decimal
    range_high: Decimal

    @property
    def provisional(self) -> bool:
        return len(self.values) < SETTLED

    def outside(self, value: Decimal) -> bool:
        return not self.low <= value <= self.high


def individuals(values: Sequence[Decimal], fewest: int = FEWEST) -> Individuals | None:
    """The chart of values in time order; None when there are fewer than ``fewest``, or none of them differs.

    Values that never move give limits of no width, which would call the next rounding an alarm.
    """
    if len(values) < max(2, fewest):
        return None
    moving = tuple(abs(b - a) for a, b in pairwise(values))
    mean_range = sum(moving, Decimal(0)) / len(moving)
    if mean_range == 0:
        return None
    centre = sum(values, Decimal(0)) / len(values)
    reach = 3 * mean_range / D2
    return Individuals(tuple(values), moving, centre, centre - reach, centre + reach, mean_range, D4 * mean_range)
