"""Why somebody cannot be placed: the smallest set of constraints that together close every way, in words.

Every way of the patient runs into some constraints while the others stay where this plan has them. A set of constraints
closes all ways when it holds one of each way's: the smallest such set is a minimum hitting set, found and proven by the
same solver. Beside it stands the way that would need least to be changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from milenari.science.planning.chain import Chain, resource_words
from milenari.science.planning.ledger import Ledger
from milenari.science.planning.programme import Programme, chosen
from milenari.science.planning.scenario import Patient, Scenario


@dataclass(frozen=True)
class Unplaced:
    """A patient without a slot: `conflict` are the constraints, `nearest` what would have to give way for one way."""

    patient: str
    conflict: tuple[str, ...]
    nearest: str
    ways: int


def why(scenario: Scenario, ledger: Ledger, patient: Patient, chains: list[Chain]) -> Unplaced:
    """The smallest conflict of this patient with the plan in the ledger."""
    if not chains:
        last = scenario.objective.start_window
        outages = "; ".join(f"{site.code} is out: {one.why}" for site in scenario.sites for one in site.out)
        return Unplaced(patient.code, (
            f"no way from {patient.hospital} to any machine and back on a working day within {last} days of "
            f"{patient.ready}: lanes, holding times and working days leave none{f' ({outages})' * bool(outages)}",),
            "", 0)  # fmt: skip
    found: dict[frozenset[str], tuple[Chain, dict[str, list[int]]]] = {}
    days: dict[str, set[int]] = {}
    for chain in chains:
        if chain.breaches:
            hits, reasons = {}, frozenset(chain.breaches)
        else:
            hits = ledger.conflicts(chain)
            reasons = frozenset(hits)
        for resource, when in hits.items():
            days.setdefault(resource, set()).update(when)
        if reasons not in found or chain.cost < found[reasons][0].cost:
            found[reasons] = (chain, hits)
    if frozenset() in found:
        chain = found[frozenset()][0]
        return Unplaced(patient.code, ("nothing: a slot is free, and the plan found it dearer than none",),
                        f"start on {scenario.day(chain.start)} at {chain.site}", len(chains))  # fmt: skip
    names = sorted({one for reasons in found for one in reasons})
    hitting = Programme()
    columns = {name: hitting.column(1.0, high=1, whole=True) for name in names}
    for reasons in found:
        hitting.row([(columns[one], 1.0) for one in sorted(reasons)], low=1.0)
    outcome = hitting.solve(10.0)
    picked = chosen(outcome.values, list(columns.values())) if outcome.found else list(columns.values())
    conflict = [said(scenario, names[column], days.get(names[column])) for column in picked]
    reasons, (chain, _) = min(found.items(), key=lambda item: (len(item[0]), item[1][0].cost))
    without = "; ".join(said(scenario, one, None) for one in sorted(reasons))
    nearest = f"start on {scenario.day(chain.start)} at {chain.site}, infusion on {scenario.day(chain.infusion)}"
    nearest = f"{nearest}, would be possible without: {without}"
    return Unplaced(patient.code, tuple(conflict), nearest, len(chains))


def said(scenario: Scenario, reason: str, days: set[int] | None) -> str:
    """One constraint in words, with the days between which it is short."""
    if "/" not in reason or " " in reason:
        return reason
    words = resource_words(reason)
    if not days:
        return words
    return f"{words}, taken, out or too few between {scenario.day(min(days))} and {scenario.day(max(days))}"
