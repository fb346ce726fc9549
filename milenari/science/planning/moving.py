"""One patient's start asked for on another day, the others staying where a plan has them: what that would break.

Nothing is planned again here. The way with the fewest faults on that day is told with its days and with what it would
run into, in the words of the plan's own why-not; then the whole may be planned again with this slot locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from milenari.science.planning.chain import Chain, Ways
from milenari.science.planning.ledger import Ledger
from milenari.science.planning.scenario import Booked, Patient, Scenario
from milenari.science.planning.standing import Given, booked
from milenari.science.planning.whynot import said
from milenari.science.unfit import Unfit


@dataclass(frozen=True)
class Tried:
    """The best way that starts on the day, and what it breaks; with no way there is no slot, and `breaks` says why."""

    slot: Booked | None
    released: dt.date | None
    breaks: tuple[str, ...]


def tried(scenario: Scenario, slots: Iterable[Given], patient: str, start: dt.date) -> Tried:
    """What a start of `patient` on this day would mean while the others keep their slots."""
    given = list(slots)
    held = booked(scenario, given)
    one = next((p for p in held.patients if p.code == patient), None)
    if one is None:
        raise Unfit("scenario-unknown", f"The scenario has no patient {patient}.", given=patient)
    ways = Ways(held)
    ledger = Ledger(ways)
    for other in held.patients:
        if other.booked and other.code != patient:
            ledger.place(ways.booked(other, other.booked))
    chains = [chain for chain in ways.of(one) if chain.start == held.at(start)]
    if not chains:
        return Tried(None, None, (_why_none(held, one, start),))
    best, broken = min(((chain, _broken(held, ledger, chain)) for chain in chains), key=lambda two: (
        len(two[1]), two[0].cost))  # fmt: skip
    collected = one.frozen_on if best.collection is None else held.day(best.collection)
    slot = Booked(best.site, best.machine, best.carried, collected or start, start, held.day(best.infusion), True)
    return Tried(slot, held.day(best.released), tuple(broken))


def _broken(scenario: Scenario, ledger: Ledger, chain: Chain) -> list[str]:
    return [*chain.breaches, *(said(scenario, what, set(days)) for what, days in ledger.conflicts(chain).items())]


def _why_none(scenario: Scenario, patient: Patient, start: dt.date) -> str:
    ready = max(0, scenario.at(patient.ready))
    last = scenario.day(min(ready + scenario.objective.start_window, scenario.horizon) - 1)
    if not scenario.day(ready) <= start <= last:
        return f"a start is planned between {scenario.day(ready)} and {last} for {patient.code}"
    closed = [f"{site.code}: {why}" for site in scenario.sites if site.machines
              if (why := scenario.why_closed(site, start))]  # fmt: skip
    if closed:
        return f"nobody who could make it works on {start} ({'; '.join(closed)}), or no lane leads there and back"
    return f"no lane and holding time lets a product of {patient.code} be started on {start}"


def asked(scenario: Scenario, slots: Iterable[Given], patient: str, slot: Booked) -> Scenario:
    """The scenario to be planned again: the slots of the plan as confirmed ones, this patient's as asked, locked."""
    held = booked(scenario, slots)
    people = tuple(replace(p, booked=replace(slot, locked=True)) if p.code == patient else p for p in held.patients)
    return replace(held, patients=people)
