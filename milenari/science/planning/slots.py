"""Slots for patients: who is collected, made, released and infused where and when, with a proven gap.

One column for each chain of a patient (`chain.py`); columns that count chains by start, collection day and infusion day
carry the rows of machines, rooms, people (Hall's condition), laboratory, collection places and beds. Vector lots are a
transport problem over the starts. Chains that break a standing rule have no column. Time-indexed formulation after
Sousa & Wolsey 1992, Math Program 54:353-367, doi:10.1007/BF01586059.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from milenari.science.computed import Computed
from milenari.science.planning import recount
from milenari.science.planning.chain import Chain, Part, Ways, task_sets
from milenari.science.planning.ledger import WINDOW_D, Ledger, reserve_share, verified, windows
from milenari.science.planning.programme import Outcome, Programme, Status
from milenari.science.planning.scenario import Patient, Scenario
from milenari.science.planning.whynot import Unplaced, why

VERSION = "1"
REFERENCE = "Sousa & Wolsey 1992, doi:10.1007/BF01586059"


@dataclass(frozen=True)
class Slot:
    """One patient's days as dates. `kept` is a confirmed slot that stays, `locked` one that had to."""

    patient: str
    hospital: str
    site: str
    machine: str
    carried: str
    collection: str
    start: str
    end: str
    released: str
    lymphodepletion: str
    infusion: str
    lot: str
    kept: bool
    locked: bool
    waited_d: int


@dataclass(frozen=True)
class Slots(Computed):
    """The plan in days of a weight of one; `moved` are confirmed slots that change, `faults` what locked ones break."""

    scenario: str
    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    greedy: float | None
    placed: tuple[Slot, ...]
    unplaced: tuple[Unplaced, ...]
    moved: tuple[str, ...]
    faults: tuple[str, ...]
    columns: int
    rows: int


def plan(scenario: Scenario, seconds: float = 60.0, gap: float = 0.0) -> Slots:
    """Slots for every patient of the scenario who has none, and better ones where moving is worth it."""
    ways = Ways(scenario)
    fixed, open_ = _locked(scenario, ways)
    chains = {patient.code: ways.of(patient) for patient in open_}
    allowed = {code: [c for c in found if not c.breaches] for code, found in chains.items()}
    greedy, greedy_cost = _greedy(scenario, ways, fixed, open_, allowed)
    made = _Model(scenario, ways, fixed, open_, allowed)
    outcome = made.programme.solve(seconds, gap)
    placed, cost, bound, status = _better(scenario, made, outcome, greedy, greedy_cost, open_)
    ledger = Ledger(ways)
    for chain in (*fixed.values(), *placed.values()):
        ledger.place(chain)
    wrong = _new_faults(ways, fixed, placed)
    if wrong:
        raise ArithmeticError(f"the plan breaks what it must keep: {'; '.join(wrong[:3])}")
    missing = [p for p in open_ if p.code not in placed]
    slots = _slots(scenario, ledger, {**fixed, **placed})
    wrong = recount.wrong(scenario, slots)
    if wrong or abs(recount.cost(scenario, slots) - cost) > 1e-6 * max(1.0, cost):
        raise ArithmeticError(f"the plan recounted is another one: {'; '.join(wrong[:3]) or 'its cost'}")
    return Slots(
        method="time-indexed-slots", version=VERSION, reference=REFERENCE, scenario=scenario.name, status=status,
        objective=cost, bound=bound, gap=None if bound is None else max(0.0, cost - bound) / max(abs(cost), 1e-9),
        greedy=greedy_cost, placed=slots,
        unplaced=tuple(why(scenario, ledger, p, chains[p.code]) for p in missing),
        moved=tuple(p.code for p in open_ if p.booked and (
            p.code not in placed or not placed[p.code].same_slot(p.booked, scenario))),
        faults=tuple(verified(ways, fixed.values())), columns=outcome.columns, rows=outcome.rows,
    )  # fmt: skip


def _locked(scenario: Scenario, ways: Ways) -> tuple[dict[str, Chain], list[Patient]]:
    fixed = {p.code: ways.booked(p, p.booked) for p in scenario.patients if p.booked and p.booked.locked}
    return fixed, [p for p in scenario.patients if p.code not in fixed]


def _price(scenario: Scenario, patient: Patient, chain: Chain) -> float:
    moved = patient.booked is not None and not chain.same_slot(patient.booked, scenario)
    return chain.cost + (scenario.objective.moved if moved else 0.0)


def _dropped(scenario: Scenario, patient: Patient) -> float:
    moved = scenario.objective.moved if patient.booked else 0.0
    return scenario.objective.unplaced * scenario.tier(patient.tier).weight + moved


def _greedy(scenario: Scenario, ways: Ways, fixed: dict[str, Chain], patients: list[Patient],
            allowed: dict[str, list[Chain]]) -> tuple[dict[str, Chain], float]:  # fmt: skip
    """The most urgent first, each the cheapest way that is free: the plan to beat, and the one if time runs out."""
    ledger, placed, cost = Ledger(ways), {}, 0.0
    for chain in fixed.values():
        ledger.place(chain)
    for patient in sorted(patients, key=lambda p: (-scenario.tier(p.tier).weight, p.referred, p.code)):
        cost += _dropped(scenario, patient)
        for chain in sorted(allowed[patient.code], key=lambda c: (_price(scenario, patient, c), c.start)):
            if not ledger.conflicts(chain):
                ledger.place(chain)
                placed[patient.code] = chain
                cost += _price(scenario, patient, chain) - _dropped(scenario, patient)
                break
    return placed, cost


class _Model:
    """The programme of one scenario, and which column is which chain."""

    def __init__(self, scenario: Scenario, ways: Ways, fixed: dict[str, Chain], patients: list[Patient],
                 allowed: dict[str, list[Chain]]):  # fmt: skip
        self.scenario, self.ways, self.programme = scenario, ways, Programme()
        self.columns: dict[int, Chain] = {}
        self.used = Ledger(ways)
        for chain in fixed.values():
            self.used.place(chain)
        by_part: dict[Part, list[int]] = defaultdict(list)
        for patient in patients:
            mine = [self.programme.column(_dropped(scenario, patient), high=1, whole=True)]
            for chain in allowed[patient.code]:
                column = self.programme.column(_price(scenario, patient, chain), high=1, whole=True)
                self.columns[column] = chain
                mine.append(column)
                for part in chain.parts:
                    by_part[part].append(column)
            self.programme.row([(c, 1.0) for c in mine], 1.0, 1.0)
        self._resources(by_part)

    def _resources(self, by_part: dict[Part, list[int]]) -> None:
        takers: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)
        starts: dict[int, list[int]] = defaultdict(list)
        for part, columns in sorted(by_part.items()):
            total = self.programme.column(0.0)
            self.programme.row([*((c, 1.0) for c in columns), (total, -1.0)], 0.0, 0.0)
            if part[0] == "start":
                starts[part[3]].append(total)
            for resource, day, amount in self.ways.takings(part):
                takers[resource, day].append((total, float(amount)))
        self._capacities(takers)
        if self.scenario.objective.retry_reserve:
            self._reserve(takers)
        self._vector(starts)

    def _capacities(self, takers: dict[tuple[str, int], list[tuple[int, float]]]) -> None:
        work: dict[tuple[str, str, int], dict[str, list[tuple[int, float]]]] = defaultdict(dict)
        for (resource, day), terms in takers.items():
            if resource.startswith("work/"):
                _, site, task, shift = resource.split("/")
                work[site, shift, day][task] = terms
            else:
                left = self.ways.capacity(resource, day) - self.used.taken[resource, day]
                self.programme.row(terms, high=float(max(0, left)))
        for (site, shift, day), wanted in work.items():
            held = {t: self.used.taken[f"work/{site}/{t}/{shift}", day] for t in ("apheresis", "manufacture", "qc",
                                                                                 "release")}  # fmt: skip
            for tasks in task_sets([*wanted, *(t for t, n in held.items() if n)]):
                terms = [term for task in sorted(tasks & wanted.keys()) for term in wanted[task]]
                people = f"people/{site}/{'+'.join(sorted(tasks))}/{shift}"
                left = self.ways.capacity(people, day) - sum(held[t] for t in tasks)
                if terms:
                    self.programme.row(terms, high=float(max(0, left)))

    def _reserve(self, takers: dict[tuple[str, int], list[tuple[int, float]]]) -> None:
        """Failed batches are made again: planned machine days times one plus their share fit into every window."""
        for resource in sorted({r for r, _ in takers if r.startswith("machine/")}):
            share = reserve_share(self.scenario, resource.split("/")[1])
            for first in windows(self.scenario):
                days = range(first, first + WINDOW_D)
                sums: dict[int, float] = defaultdict(float)
                for day in days:
                    for column, amount in takers.get((resource, day), ()):
                        sums[column] += share * amount
                room = sum(self.ways.capacity(resource, d) - share * self.used.taken[resource, d] for d in days)
                if sums:
                    self.programme.row(sums.items(), high=max(0.0, room))

    def _vector(self, starts: dict[int, list[int]]) -> None:
        lots = self.scenario.vector.lots
        from_lot: dict[str, list[tuple[int, float]]] = {lot.code: [] for lot in lots}
        served_before = self.used.lots()  # a locked start that no lot serves is told as a fault, not planned around
        days = sorted({*starts, *served_before})
        for day in days:
            date, served = self.scenario.day(day), []
            for lot in lots:
                if lot.first <= date <= lot.last:
                    column = self.programme.column(0.0)
                    from_lot[lot.code].append((column, 1.0))
                    served.append((column, -1.0))
            taken = float(len(served_before.get(day, ())))
            self.programme.row([*((c, 1.0) for c in starts.get(day, ())), *served], -taken, -taken)
        for lot in lots:
            self.programme.row(from_lot[lot.code], high=float(lot.doses))


def _better(scenario: Scenario, made: _Model, outcome: Outcome, greedy: dict[str, Chain], greedy_cost: float,
            patients: list[Patient]) -> tuple[dict[str, Chain], float, float | None, Status]:  # fmt: skip
    """The solver's plan, or the greedy one when that is all there is by the end of the time."""
    if not outcome.found or (outcome.objective or 0.0) > greedy_cost + 1e-6:
        return greedy, greedy_cost, outcome.bound, Status.FEASIBLE
    placed = {chain.patient: chain for column, chain in made.columns.items() if outcome.values[column] > 0.5}
    cost = sum(_price(scenario, p, placed[p.code]) if p.code in placed else _dropped(scenario, p) for p in patients)
    bound = None if outcome.bound is None else min(outcome.bound, cost)
    return placed, cost, bound, outcome.status


def _new_faults(ways: Ways, fixed: dict[str, Chain], placed: dict[str, Chain]) -> list[str]:
    before = set(verified(ways, fixed.values()))
    return [one for one in verified(ways, [*fixed.values(), *placed.values()]) if one not in before]


def _slots(scenario: Scenario, ledger: Ledger, chains: dict[str, Chain]) -> tuple[Slot, ...]:
    lots = ledger.lots()
    made = []
    people = {p.code: p for p in scenario.patients}
    for code in sorted(chains, key=lambda c: (chains[c].start, c)):
        chain, patient = chains[code], people[code]
        served = lots.get(chain.start, [])
        collected = patient.frozen_on if chain.collection is None else scenario.day(chain.collection)
        made.append(Slot(
            patient=code, hospital=chain.hospital, site=chain.site, machine=chain.machine, carried=str(chain.carried),
            collection=str(collected), start=str(scenario.day(chain.start)), end=str(scenario.day(chain.end)),
            released=str(scenario.day(chain.released)), lymphodepletion=str(scenario.day(chain.lymphodepletion)),
            infusion=str(scenario.day(chain.infusion)), lot=served.pop(0) if served else "",
            kept=bool(patient.booked and chain.same_slot(patient.booked, scenario)),
            locked=bool(patient.booked and patient.booked.locked),
            waited_d=chain.infusion - scenario.at(patient.referred)))  # fmt: skip
    return tuple(made)
