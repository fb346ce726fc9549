"""Grades of blood counts by CTCAE version 5.0.

CTCAE v5.0, NCI 2017. A value at or above the laboratory's lower limit is grade 0; below it grades go by fixed limits,
each of which belongs to the milder grade (1.5 is grade 1, 1.49 grade 2). A value within the laboratory's own limits but
below a fixed one, as where neutrophils are low by nature, is grade 0 and said to be so. Version 6.0 is not here: its
limits were not at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from milenari.science.computed import Computed, Real, Unfit, exact

VERSION = "1"
REFERENCE = "CTCAE v5.0, NCI 2017"
# Lower ends of grades 1, 2, 3 in the unit; grade 4 is below the last. Haemoglobin has no grade 4 by a number.
LIMITS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "neutrophils": ("10*9/L", ("1.5", "1.0", "0.5")),
    "platelets": ("10*9/L", ("75", "50", "25")),
    "leukocytes": ("10*9/L", ("3", "2", "1")),
    "lymphocytes": ("10*9/L", ("0.8", "0.5", "0.2")),
    "haemoglobin": ("g/dL", ("10", "8")),
}


@dataclass(frozen=True)
class Ctcae(Computed):
    """``within_own_limits``: a fixed limit would have given a grade, the laboratory's own did not."""

    edition: str
    analyte: str
    value: Decimal
    unit: str
    lower_limit: Decimal
    grade: int
    within_own_limits: bool


def ctcae(analyte: str, value: Real, unit: str, lower_limit: Real, edition: str = "5.0") -> Ctcae:
    """The grade of one value, or Unfit: an edition or analyte that is not here, another unit."""
    if edition != "5.0":
        raise Unfit("edition-missing", f"CTCAE {edition} is not here, only 5.0. Grade by 5.0, or enter the grade "
                    "by hand.",
                    edition=edition)  # fmt: skip
    if analyte not in LIMITS:
        raise Unfit("analyte-unknown", f"There are no limits for {analyte}; there are for {', '.join(LIMITS)}.")
    of, ends = LIMITS[analyte]
    if unit != of:
        raise Unfit("unit-differs", f"{analyte} is graded in {of}, not in {unit or 'no unit'}. Convert value and "
                    "limit.",
                    unit=unit)  # fmt: skip
    level, low = exact(value, "The value"), exact(lower_limit, "The lower limit")
    if level < 0 or low <= 0:
        raise Unfit("not-positive", f"The value is {value} and the lower limit {lower_limit}: a value is zero or more, "
                    "a limit above zero.")  # fmt: skip
    fixed = 1 + sum(level < Decimal(end) for end in ends)
    healthy = level >= low
    return Ctcae(
        method="ctcae-5.0", version=VERSION, reference=REFERENCE, edition=edition, analyte=analyte, value=level,
        unit=unit, lower_limit=low, grade=0 if healthy else fixed, within_own_limits=healthy and fixed > 1,
    )  # fmt: skip
