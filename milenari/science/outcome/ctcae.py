"""Grades of blood counts by CTCAE, version 5.0 or 6.0.

CTCAE v5.0, NCI 2017. A value at or above the laboratory's lower limit is grade 0; below it grades go by fixed limits,
each of which belongs to the milder grade (1.5 is grade 1, 1.49 grade 2). A value within the laboratory's own limits but
below a fixed one, as where neutrophils are low by nature, is grade 0 and said to be so.

CTCAE v6.0, NCI 2025: neutrophils are graded one step milder (grade 4 below 0.1) and by fixed limits alone, whatever the
laboratory's own is; platelets are grade 4 below 10; leukocytes and haemoglobin are as before. Its limits were read in
the transcription of NCI's table by pharmaverse/admiral (ncictcaev6.json), those of neutrophils in a second one that
agrees; not in the table itself. Lymphocytes were not there: by 6.0 they are graded by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from milenari.science.computed import Computed, Real, Unfit, exact

VERSION = "2"
REFERENCES = {"5.0": "CTCAE v5.0, NCI 2017", "6.0": "CTCAE v6.0, NCI 2025, as transcribed by pharmaverse/admiral"}
# Lower ends of grades 1, 2, 3 in the unit; grade 4 is below the last. Haemoglobin has no grade 4 by a number.
LIMITS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "neutrophils": ("10*9/L", ("1.5", "1.0", "0.5")),
    "platelets": ("10*9/L", ("75", "50", "25")),
    "leukocytes": ("10*9/L", ("3", "2", "1")),
    "lymphocytes": ("10*9/L", ("0.8", "0.5", "0.2")),
    "haemoglobin": ("g/dL", ("10", "8")),
}
LIMITS_6: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "neutrophils": ("10*9/L", ("1.0", "0.5", "0.1")),
    "platelets": ("10*9/L", ("75", "50", "10")),
    "leukocytes": ("10*9/L", ("3", "2", "1")),
    "haemoglobin": ("g/dL", ("10", "8")),
}
EDITIONS = {"5.0": LIMITS, "6.0": LIMITS_6}
# Where an edition says itself from which value on there is no toxicity, the laboratory's limit does not.
HEALTHY = {("6.0", "neutrophils"): Decimal("1.5")}


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
    if edition not in EDITIONS:
        raise Unfit("edition-missing", f"CTCAE {edition} is not here, only {' and '.join(EDITIONS)}. Grade by one of "
                    "them, or enter the grade by hand.",
                    edition=edition)  # fmt: skip
    limits = EDITIONS[edition]
    if analyte not in limits:
        raise Unfit("analyte-unknown", f"CTCAE {edition} has no limits here for {analyte}; it has for "
                    f"{', '.join(limits)}. Grade it by hand.")  # fmt: skip
    of, ends = limits[analyte]
    if unit != of:
        raise Unfit("unit-differs", f"{analyte} is graded in {of}, not in {unit or 'no unit'}. Convert value and "
                    "limit.",
                    unit=unit)  # fmt: skip
    level, low = exact(value, "The value"), exact(lower_limit, "The lower limit")
    if level < 0 or low <= 0:
        raise Unfit("not-positive", f"The value is {value} and the lower limit {lower_limit}: a value is zero or more, "
                    "a limit above zero.")  # fmt: skip
    fixed = 1 + sum(level < Decimal(end) for end in ends)
    healthy = level >= HEALTHY.get((edition, analyte), low)
    return Ctcae(
        method=f"ctcae-{edition}", version=VERSION, reference=REFERENCES[edition], edition=edition,
        analyte=analyte, value=level, unit=unit, lower_limit=low, grade=0 if healthy else fixed,
        within_own_limits=healthy and fixed > 1,
    )  # fmt: skip
