"""How long B cells stay away: from samples to courses, under a stated rule of recovery.

Aplasia begins with the first sample below the threshold. Recovery is the first of ``confirmed`` samples in a row at or
above it (one paediatric series confirmed a loss by a second sample; the threshold is the protocol's). A patient without
confirmed recovery is censored at the last sample; one who was never below the threshold had no aplasia and is counted
as such. Time runs from the first sample below the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from milenari.science.computed import Computed, Real, Unfit, count
from milenari.science.outcome.course import courses, samples
from milenari.science.outcome.survival import REFERENCE, Curve, curve, times
from milenari.science.outcome.terms import Interval, Terms

VERSION = "1"
RECOVERED, LASTING = "recovered", "lasting"


@dataclass(frozen=True)
class Spell:
    """One patient's aplasia; ``pending`` is set when the last samples are above the threshold but not yet confirmed."""

    patient: str
    began: float
    time: float
    status: str
    pending: bool


@dataclass(frozen=True)
class Aplasia(Computed):
    """``never`` are patients who were never below the threshold."""

    terms: Terms
    threshold: float
    unit: str
    confirmed: int
    spells: tuple[Spell, ...]
    never: tuple[str, ...]
    curve: Curve


def aplasia(patients: Sequence[str], days: Sequence[Real], values: Sequence[Real], unit: str, threshold: float,
            confirmed: int, interval: Interval, confidence: float = 0.95,
            at: Sequence[float] = ()) -> Aplasia:  # fmt: skip
    """The duration of B-cell aplasia by Kaplan and Meier, in days."""
    count(confirmed, 1, "The number of samples that confirm recovery")
    if not unit.strip():
        raise Unfit("unit-missing", "The unit of the B-cell counts is not stated. Say it, as the threshold is in it.")
    if not (math.isfinite(threshold) and threshold > 0):
        raise Unfit("not-positive", f"The threshold is {threshold:g}; it is above zero.")
    day, value = samples(patients, days, values, "a count")
    by_patient: dict[str, list[tuple[float, float]]] = {}
    for patient, t, v in zip(patients, day.tolist(), value.tolist(), strict=True):
        by_patient.setdefault(patient, []).append((t, v))
    found = {p: _spell(p, sorted(mine), threshold, confirmed) for p, mine in sorted(by_patient.items())}
    spells = tuple(s for s in found.values() if s is not None)
    if not spells:
        raise Unfit("no-aplasia", f"No patient has a value below {threshold:g} {unit}. Check threshold and unit.")
    terms = Terms("patients with B-cell aplasia", "first sample below the threshold", (RECOVERED,), (), (LASTING,),
                  interval, confidence)  # fmt: skip
    given = courses([s.time for s in spells], [s.status for s in spells], terms)
    return Aplasia(
        method="b-cell-aplasia", version=VERSION, reference=REFERENCE, terms=terms, threshold=threshold, unit=unit,
        confirmed=confirmed, spells=spells, never=tuple(p for p, s in found.items() if s is None),
        curve=curve(given, terms, times(at)),
    )  # fmt: skip


def _spell(patient: str, samples: Sequence[tuple[float, float]], threshold: float, confirmed: int) -> Spell | None:
    began = next((t for t, v in samples if v < threshold), None)
    if began is None:
        return None
    run: list[float] = []
    for t, v in (s for s in samples if s[0] >= began):
        run = [*run, t] if v >= threshold else []
        if len(run) == confirmed:
            return Spell(patient, began, run[0] - began, RECOVERED, False)
    return Spell(patient, began, samples[-1][0] - began, LASTING, bool(run))
