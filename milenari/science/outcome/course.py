"""Courses: how long everybody was seen and how that ended, read under stated rules.

What is no event, no competing event and no censoring under the rules is refused, so that a status that was forgotten
or misspelt can neither be counted nor censored in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milenari.science.computed import Real, Unfit, Vector, sample
from milenari.science.outcome.terms import Terms

CENSORED, EVENT, COMPETING = 0, 1, 2
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Courses:
    """Times from the clock's zero, with states 0 censored, 1 event, 2 competing event; one label of group and
    stratum each (all alike where there is none)."""

    time: Vector
    state: Whole
    group: tuple[str, ...]
    stratum: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.time)

    def groups(self) -> list[str]:
        return sorted(set(self.group))

    def of(self, chosen: Sequence[bool]) -> Courses:
        """Those for which ``chosen`` is true."""
        at = np.flatnonzero(np.asarray(chosen, dtype=bool))
        return Courses(self.time[at], self.state[at], tuple(self.group[k] for k in at),
                       tuple(self.stratum[k] for k in at))  # fmt: skip

    def of_group(self, group: str) -> Courses:
        return self.of([g == group for g in self.group])

    def strata(self) -> list[Courses]:
        return [self.of([s == each for s in self.stratum]) for each in sorted(set(self.stratum))]


def courses(times: Sequence[Real], statuses: Sequence[str], terms: Terms, group: Sequence[str] = (),
            stratum: Sequence[str] = ()) -> Courses:  # fmt: skip
    """Courses under the rules of ``terms``, or Unfit with the row that is wrong."""
    _apart(terms)
    if len(times) != len(statuses):
        raise Unfit("lengths-differ", f"There are {len(times)} times and {len(statuses)} statuses; one of each per "
                    "patient.", times=len(times), statuses=len(statuses))  # fmt: skip
    seen = sample(times, "The time", least=1, varying=False)
    if (seen < 0).any():
        at = int(np.flatnonzero(seen < 0)[0])
        raise Unfit("negative-time", f"The time {seen[at]:g} is before the clock's zero ({terms.clock}). Correct the "
                    "dates, or use another clock.", row=at + 1)  # fmt: skip
    known = {name: state for state, names in ((CENSORED, terms.censored), (EVENT, terms.event),
                                              (COMPETING, terms.competing)) for name in names}  # fmt: skip
    for at, status in enumerate(statuses):
        if status not in known:
            raise Unfit("status-unknown", f"The status {status!r} is neither an event nor competing nor censored under "
                        f"the rules given ({', '.join(known)}). Correct it, or say what it counts as.", row=at + 1,
                        status=status)  # fmt: skip
    states = np.asarray([known[s] for s in statuses], dtype=np.int64)
    return Courses(seen, states, _labels(group, len(seen), "group"), _labels(stratum, len(seen), "stratum"))


def _apart(terms: Terms) -> None:
    if not terms.event:
        raise Unfit("no-event-named", "No status is named as the event. Name at least one.")
    named = [*terms.event, *terms.competing, *terms.censored]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise Unfit("rules-crossed", f"The status {twice!r} is named twice. It is the event, or competes with it, or "
                    "ends the time without either.", status=twice)  # fmt: skip


def samples(patients: Sequence[str], days: Sequence[Real], values: Sequence[Real], what: str) -> tuple[Vector, Vector]:
    """Days and values of samples, one of each per row; Unfit for a value below zero, or two on one day of a patient."""
    day = sample(days, "The day", least=1, varying=False)
    value = sample(values, "The value", least=1, varying=False)
    if not len(patients) == len(day) == len(value):
        raise Unfit("lengths-differ", "Patients, days and values are one of each per sample.")
    if (value < 0).any():
        at = int(np.flatnonzero(value < 0)[0])
        raise Unfit("not-positive", f"The value is {value[at]:g}; {what} is zero or above.", row=at + 1)
    seen: set[tuple[str, float]] = set()
    for at, key in enumerate(zip(patients, day.tolist(), strict=True)):
        if key in seen:
            raise Unfit("sample-twice", f"Patient {key[0]} has two values on day {key[1]:g}. Keep one, or write the "
                        "hour as a part of the day.", row=at + 1)  # fmt: skip
        seen.add(key)
    return day, value


def _labels(given: Sequence[str], n: int, what: str) -> tuple[str, ...]:
    if given and len(given) != n:
        raise Unfit("lengths-differ", f"There are {n} patients and {len(given)} labels of {what}; one of each.")
    return tuple(given) or ("",) * n


@dataclass(frozen=True)
class Counted:
    """Distinct times in order, with how many are at risk just before, have the event, a competing event, or leave."""

    time: Vector
    at_risk: Vector
    events: Vector
    competing: Vector
    censored: Vector


def counted(given: Courses, at: Vector | None = None) -> Counted:
    """Ties are one time: whoever leaves at it was still at risk at it. ``at`` names the times to count at."""
    time = np.unique(given.time) if at is None else at
    place = np.searchsorted(time, given.time)
    by_state = [np.bincount(place[given.state == s], minlength=len(time)).astype(float)
                for s in (CENSORED, EVENT, COMPETING)]  # fmt: skip
    leaving = by_state[0] + by_state[1] + by_state[2]
    at_risk = leaving[::-1].cumsum()[::-1]
    return Counted(time, at_risk, by_state[1], by_state[2], by_state[0])
