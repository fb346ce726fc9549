"""Scarce vector doses given to patients by a stated rule, with the reason for each decision.

A patient's points: urgency (the tier's weight), days waited, and fairness: how far the country's share of doses given
lies below its share of those who need one. Points are recomputed after every dose; ties go to whoever waits longer,
then to the code. The three weights are the rule, written down by whoever answers for it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from milenari.science.computed import Computed, Unfit, count
from milenari.science.planning.scenario import Patient, Scenario

VERSION = "1"


@dataclass(frozen=True)
class Rule:
    """Points for a unit of tier weight, for a day of waiting, and for a country's whole deficit."""

    urgency: float = 10.0
    waiting: float = 1.0
    fairness: float = 30.0


@dataclass(frozen=True)
class Decision:
    """One patient's place: with a dose or without, and why."""

    place: int
    patient: str
    country: str
    given: bool
    points: float
    reason: str


@dataclass(frozen=True)
class Allocation(Computed):
    """Every waiting patient in order."""

    scenario: str
    on: str
    doses: int
    rule: Rule
    decisions: tuple[Decision, ...]


def allocate(scenario: Scenario, doses: int, on: dt.date, rule: Rule,
             given_before: dict[str, int] | None = None) -> Allocation:  # fmt: skip
    """Doses to the patients referred by a day; `given_before` counts doses by country until then."""
    count(doses, 0, "The number of doses")
    if min(rule.urgency, rule.waiting, rule.fairness) < 0:
        raise Unfit("not-a-weight", "A weight of the rule is negative; it is at least 0.")
    waiting = [p for p in scenario.patients if p.referred <= on]
    country = {site.code: site.country for site in scenario.sites}
    unknown = sorted(set(given_before or {}) - set(country.values()))
    if unknown:
        raise Unfit("scenario-unknown", f"No site of this scenario is in {unknown[0]}.", given=unknown[0])
    had: Counter[str] = Counter(given_before or {})
    need = Counter(country[p.hospital] for p in waiting) + had
    made: list[Decision] = []
    while waiting:
        scored = [(_points(scenario, p, on, rule, country[p.hospital], had, need), p) for p in waiting]
        (points, said), best = max(scored, key=lambda one: (one[0][0], (on - one[1].referred).days, _backwards(one[1])))
        waiting.remove(best)
        place = len(made) + 1
        served = place <= doses
        had[country[best.hospital]] += served
        why = said if served else f"{said}; the {doses} doses are given to those with more points"
        made.append(Decision(place, best.code, country[best.hospital], served, points, why))
    return Allocation(method="stated-rule-allocation", version=VERSION, reference="docs/planning.md",
                      scenario=scenario.name, on=str(on), doses=doses, rule=rule, decisions=tuple(made))  # fmt: skip


def _backwards(patient: Patient) -> tuple[int, ...]:
    return tuple(-ord(sign) for sign in patient.code)


def _points(scenario: Scenario, patient: Patient, on: dt.date, rule: Rule, country: str, had: Counter[str],
            need: Counter[str]) -> tuple[float, str]:  # fmt: skip
    weight, days = scenario.tier(patient.tier).weight, (on - patient.referred).days
    served = had[country] / had.total() if had.total() else 0.0
    deficit = need[country] / need.total() - served if had.total() else 0.0
    parts = (rule.urgency * weight, rule.waiting * days, rule.fairness * deficit)
    return sum(parts), (
        f"urgency {patient.tier} gives {parts[0]:.1f}, {days} days of waiting {parts[1]:.1f}, fairness {parts[2]:.1f} "
        f"({country} has {100 * served:.0f} % of doses given, {100 * need[country] / need.total():.0f} % of the need)"
    )
