"""Haematotoxicity after immune effector cells (ICAHT), graded from raw counts, early and late.

Neutrophils: Rejeski et al. 2023, Blood 142:865-877, doi:10.1182/blood.2023020578 (EHA and EBMT). Early, days 0 to 30,
by the longest run at or below a threshold; late, days 31 to 100, by the lowest level that several values reach.
Platelets: T-ICAHT, 2025, early by cumulative days below a threshold. The papers leave open how raw counts become days;
these are parameters here, with the choices of a published program for automated grading as defaults: the lowest value
of a day counts, gaps of up to 7 days are filled by a straight line, a recovery of fewer than 3 days does not end a run;
first and last values are carried to the window's ends over up to 3 days (assumed). A day that stays unknown counts as
no day below, and the grade is then said to be a least one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from milenari.science.computed import Computed, Real, Unfit, count, exact

VERSION = "1"
REFERENCE = "Rejeski et al. 2023, doi:10.1182/blood.2023020578"
PLATELETS = "T-ICAHT 2025, after Rejeski et al. 2023, doi:10.1182/blood.2023020578"
EARLY, LATE = (0, 30), (31, 100)
Days = Mapping[int, Fraction]


class Kind(StrEnum):
    """Neutrophils per uL, or platelets in 10*9/L."""

    NEUTROPHILS = "neutrophils"
    PLATELETS = "platelets"


@dataclass(frozen=True)
class Reading:
    """How raw counts become days: see the head of this file."""

    gap: int = 7
    recovery: int = 3
    carried: int = 3
    several: int = 2

    def __post_init__(self) -> None:
        count(self.gap, 0, "The longest gap that is filled"), count(self.carried, 0, "The days a value is carried")
        count(self.recovery, 1, "The days that are a recovery"), count(self.several, 1, "The number of late values")


@dataclass(frozen=True)
class Early:
    """``days`` by threshold: the longest run, or for platelets all days. ``unknown`` days in the window make the grade
    a least one. ``never_above`` is neutropenia from the first days to the end of the window."""

    grade: int
    days: dict[str, int]
    never_above: bool
    unknown: int
    until: int


@dataclass(frozen=True)
class Late:
    """Grade None is: not enough values after day 30. ``values`` by threshold: how many days reached it."""

    grade: int | None
    values: dict[str, int]
    samples: int


@dataclass(frozen=True)
class Graded:
    patient: str
    early: Early | None
    late: Late


@dataclass(frozen=True)
class Icaht(Computed):
    """``early`` of a patient is None without a value up to day 30."""

    kind: Kind
    how: Reading
    patients: tuple[Graded, ...]


def icaht(patients: Sequence[str], days: Sequence[Real], values: Sequence[Real], kind: Kind = Kind.NEUTROPHILS,
          reading: Reading | None = None, ended: Mapping[str, int] | None = None) -> Icaht:  # fmt: skip
    """Every patient's grades. ``ended`` is the last day before another therapy, progression or death."""
    how = reading or Reading()
    by_patient: dict[str, dict[int, Decimal]] = {}
    if not len(patients) == len(days) == len(values):
        raise Unfit("lengths-differ", "Patients, days and values are one of each per sample.")
    for at, (patient, day, value) in enumerate(zip(patients, days, values, strict=True)):
        when, level = exact(day, "The day", at), exact(value, "The count", at)
        if when != int(when):
            raise Unfit("not-a-count", f"The day {day} is not whole. Count days from infusion, day 0.", row=at + 1)
        if level < 0:
            raise Unfit("not-positive", f"The count is {value}; it is zero or above.", row=at + 1)
        mine = by_patient.setdefault(patient, {})
        mine[int(when)] = min(level, mine.get(int(when), level))
    if not by_patient:
        raise Unfit("too-few", "There are no counts.")
    made = tuple(_one(p, by_patient[p], kind, how, (ended or {}).get(p)) for p in sorted(by_patient))
    return Icaht(method=f"icaht-{kind}", version=VERSION, kind=kind, how=how, patients=made,
                 reference=REFERENCE if kind is Kind.NEUTROPHILS else PLATELETS)  # fmt: skip


def _one(patient: str, given: Mapping[int, Decimal], kind: Kind, how: Reading, ended: int | None) -> Graded:
    last = EARLY[1] if ended is None else min(EARLY[1], ended)
    end = LATE[1] if ended is None else min(LATE[1], ended)
    first = {d: v for d, v in given.items() if EARLY[0] <= d <= last}
    after = {d: v for d, v in given.items() if LATE[0] <= d <= end}
    window = filled(first, last, how)
    if kind is Kind.NEUTROPHILS:
        return Graded(patient, _early_neutrophils(window, last, how) if first else None, _late_neutrophils(after, how))
    return Graded(patient, _early_platelets(window, last) if first else None, _late_platelets(after, end, how))


def filled(given: Mapping[int, Decimal], last: int, how: Reading) -> Days:
    """A value for each day of the window from day 0 to ``last`` that can be known."""
    known = {day: Fraction(value) for day, value in given.items()}
    made = dict(known)
    for a, b in pairwise(sorted(known)):
        if b - a <= how.gap:
            made |= {d: known[a] + (known[b] - known[a]) * Fraction(d - a, b - a) for d in range(a, b)}
    if known:
        first, end = min(known), max(known)
        if first <= how.carried:
            made |= dict.fromkeys(range(first), known[first])
        if last - end <= how.carried:
            made |= dict.fromkeys(range(end + 1, last + 1), known[end])
    return made


def longest_run(window: Days, last: int, threshold: int, recovery: int) -> int:
    """Days of the longest run at or below; shorter recoveries inside it count, an unknown day ends it."""
    longest, began, end = 0, None, 0
    for day in range(last + 1):
        level = window.get(day)
        if level is not None and level <= threshold:
            began = day if began is None else began
            end = day
            longest = max(longest, end - began + 1)
        elif level is None or day - end >= recovery:
            began = None
    return longest


def early_grade(at_500: int, at_100: int, never_above: bool) -> int:
    """The table of early neutropenia: runs at or below 500 and 100 per uL in days."""
    return max(4 if never_above else 3 if at_500 >= 14 else 2 if at_500 >= 7 else 1 if at_500 else 0,
               4 if at_100 >= 14 else 3 if at_100 >= 7 else 0)  # fmt: skip


def _early_neutrophils(window: Days, last: int, how: Reading) -> Early:
    runs = {str(t): longest_run(window, last, t, how.recovery) for t in (500, 100)}
    unknown = last + 1 - len(window)
    never = unknown == 0 and all(level <= 500 for level in window.values())
    return Early(early_grade(runs["500"], runs["100"], never), runs, never, unknown, last)


def _late_neutrophils(values: Mapping[int, Decimal], how: Reading) -> Late:
    reached = {str(t): sum(v <= t for v in values.values()) for t in (1500, 1000, 500, 100)}
    grade = max((g for g, k in enumerate(reached.values(), start=1) if k >= how.several), default=0)
    return Late(grade if len(values) >= how.several else None, reached, len(values))


def _early_platelets(window: Days, last: int) -> Early:
    total = {str(t): sum(level < t for level in window.values()) for t in (50, 20)}
    grade = max(2 if total["50"] >= 7 else 1 if total["50"] else 0, 4 if total["20"] >= 14 else 3 if total["20"] else 0)
    unknown = last + 1 - len(window)
    return Early(grade, total, unknown == 0 and total["50"] == last + 1, unknown, last)


def _late_platelets(values: Mapping[int, Decimal], end: int, how: Reading) -> Late:
    reached = {str(t): sum(v < t for v in values.values()) for t in (100, 50, 20)}
    if len(values) < how.several:
        return Late(None, reached, len(values))
    days = sum(level < 20 for level in filled(values, end, Reading(how.gap, how.recovery, 0)).values())
    low = [g for g, t in ((1, "100"), (2, "50")) if reached[t] >= how.several]
    deep = (4 if days >= 14 else 3) if reached["20"] >= how.several else 0
    return Late(max([*low, deep, 0]), reached, len(values))
