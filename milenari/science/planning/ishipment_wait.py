"""i-SHIPMENT where patients may wait for a line and survival falls with each day: cost and clinical loss together.

Reference: github.com/NegarSadeghiii/CAR-T-Supply-Chain (survival-aware extension, equations 24, 25, 31 to 35), on the
data of `science/planning/ishipment.py`. Who is collected where and when, and in which tier, comes as a table.

The published model has a binary for each patient, facility, mode, day of start and day of turnaround. Here alike
patients are a group, the best pair of modes for a start on a day is chosen beforehand, and the sets of facilities are
gone through one by one: those without room for everybody, or dearer than the best plan even if nobody ever waited, are
left out with that proof; a facility that another one equals or betters in everything is opened only beside it. For a
set that is left the groups' shares are a linear programme, whose optimum comes out whole; where it does not, it is
solved again as whole numbers. The speed is the formulation's.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from milenari.science.computed import Computed, Unfit, count
from milenari.science.planning import table
from milenari.science.planning.ishipment import HORIZON_D, MANUFACTURE_D, QC_D, THERAPY, Instance
from milenari.science.planning.programme import Outcome, Programme, Status

VERSION = "1"
REFERENCE = "Sadeghi, survival-aware i-SHIPMENT, github.com/NegarSadeghiii/CAR-T-Supply-Chain"
LONGEST_D, HALF_D = 42, 42  # longest turnaround; the days in which a tier loses its share
TIERS = {"H": (3.0, 0.15), "M": (2.0, 0.05), "L": (1.0, 0.02)}  # weight of a loss, share lost in HALF_D days
LAST_DAY = HORIZON_D - LONGEST_D
Group = tuple[str, str, int]  # collection site, tier, day of collection


@dataclass(frozen=True)
class Start:
    """So many patients of one group, started at a facility on a day."""

    centre: str
    tier: str
    collected: int
    facility: str
    start: int
    delivered: int
    mode_in: str
    mode_out: str
    patients: int


@dataclass(frozen=True)
class Solved(Computed):
    """The plan. `objective_usd` is cost and weighted loss; `sets_solved` of `sets` needed a programme."""

    instance: str
    patients: int
    most_facilities: int
    loss_weight_usd: float
    status: Status
    objective_usd: float | None
    bound_usd: float | None
    gap: float | None
    cost_usd: float | None
    weighted_loss: float | None
    open: tuple[str, ...]
    starts: tuple[Start, ...]
    sets: int
    sets_solved: int
    columns: int
    rows: int
    assumed: tuple[str, ...]


def cohort(read: table.Table) -> dict[Group, int]:
    """Patients by collection site, tier and day of collection."""
    groups: Counter[Group] = Counter()
    for row in read.rows:
        tier, day, patients = row.cells["tier"], row.cells["day"], row.cells["patients"]
        if tier not in TIERS or not day.isdigit() or not patients.isdigit():
            table.refuse(read.name, row.line, f"has tier {tier!r}, day {day!r}, patients {patients!r}; tiers are "
                         f"{', '.join(TIERS)}, the others whole numbers")  # fmt: skip
        groups[row.cells["centre"], tier, int(day)] += int(patients)
    return {group: patients for group, patients in groups.items() if patients}


def loss(tier: str, days: int) -> float:
    """The weighted share of a patient that is lost in so many days from collection to delivery."""
    weight, share = TIERS[tier]
    return float(weight * (1 - (1 - share) ** (days / HALF_D)))


def _ways(given: Instance, group: Group, facility: str, weight: float) -> list[tuple[float, Start]]:
    """For each day of start the cheapest pair of modes, cost and weighted loss together, for one patient."""
    centre, tier, day = group
    best: dict[int, tuple[float, Start]] = {}
    for mode_in, travel in given.days_in.items():
        arrives = day + given.collection_d + travel
        for mode_out, back in given.days_out.items():
            usd = given.cost_in[centre, facility, mode_in] + given.cost_out[facility, given.home[centre], mode_out]
            rest = MANUFACTURE_D + QC_D + back
            for start in range(arrives, min(day + LONGEST_D, HORIZON_D) - rest + 1):
                worth = usd + weight * loss(tier, start + rest - day)
                if start not in best or worth < best[start][0] - 1e-9:
                    best[start] = (worth, Start(centre, tier, day, facility, start, start + rest, mode_in, mode_out, 1))
    return [best[start] for start in sorted(best)]


def solve(given: Instance, groups: dict[Group, int], most_facilities: int = 2, loss_weight_usd: float = 1e5,
          seconds: float = 60.0) -> Solved:  # fmt: skip
    """The plan of least cost and weighted loss, over all sets of at most so many facilities."""
    count(most_facilities, 1, "The number of facilities")
    if not (math.isfinite(loss_weight_usd) and loss_weight_usd >= 0):
        raise Unfit("not-a-cost", f"The weight of a loss is {loss_weight_usd:g} USD; it is at least 0.")
    for centre, _, day in groups:
        if centre not in given.home or not 1 <= day <= LAST_DAY:
            raise Unfit("dat-unreadable", f"{given.name}: patients at {centre} on day {day}; collection sites are "
                        f"{', '.join(given.home)}, days 1 to {LAST_DAY}.", file=given.name)  # fmt: skip
    ways = {(group, m): _ways(given, group, m, loss_weight_usd) for group in groups for m in given.facilities}
    cheapest = {key: min(worth for worth, _ in found) for key, found in ways.items()}
    sets = []
    for size in range(1, min(most_facilities, len(given.facilities)) + 1):
        for opened in itertools.combinations(given.facilities, size):
            fixed = sum(given.fixed_usd[m] for m in opened)
            alone = sum(n * min(cheapest[group, m] for m in opened) for group, n in groups.items())
            if _room(given, groups, opened) and not _bettered(given, opened):
                sets.append((fixed + alone, opened))
    best: tuple[float, tuple[str, ...], list[Start]] | None = None
    bound, tried, columns, rows, status = math.inf, 0, 0, 0, Status.OPTIMAL
    for at_least, opened in sorted(sets):
        if best and at_least >= best[0]:
            break
        outcome, used = _one_set(given, groups, opened, ways, seconds)
        tried, columns, rows = tried + 1, max(columns, outcome.columns), max(rows, outcome.rows)
        fixed = sum(given.fixed_usd[m] for m in opened)
        if outcome.status is not Status.INFEASIBLE:
            bound = min(bound, at_least if outcome.bound is None else fixed + outcome.bound)
        if outcome.status not in (Status.OPTIMAL, Status.INFEASIBLE):
            status = Status.FEASIBLE
        if outcome.objective is not None and (best is None or fixed + outcome.objective < best[0]):
            best = (fixed + outcome.objective, opened, used)
    return _told(given, groups, most_facilities, loss_weight_usd, status, best, bound,
                 (len(sets), tried, columns, rows))  # fmt: skip


def _room(given: Instance, groups: dict[Group, int], opened: tuple[str, ...]) -> bool:
    """Whether the lines could start everybody within the days of all, seven days each."""
    days = range(min(day for _, _, day in groups), HORIZON_D - MANUFACTURE_D - QC_D + 1)
    return sum(groups.values()) <= sum(given.lines[m] for m in opened) * -(-len(days) // MANUFACTURE_D)


def _bettered(given: Instance, opened: tuple[str, ...]) -> bool:
    """Whether a facility is opened while one that equals or betters it in everything stays closed."""
    for m in opened:
        for other in given.facilities:
            if other not in opened and given.lines[other] >= given.lines[m]:
                routes = [(costs[key], value) for costs, at in ((given.cost_in, 1), (given.cost_out, 0))
                          for key_m, value in costs.items() if key_m[at] == m
                          for key in [(*key_m[:at], other, *key_m[at + 1 :])]]  # fmt: skip
                pairs = [(given.fixed_usd[other], given.fixed_usd[m]), *routes]
                equal = all(a == b for a, b in pairs) and given.lines[other] == given.lines[m]
                if all(a <= b for a, b in pairs) and (not equal or other < m):
                    return True
    return False


def _one_set(given: Instance, groups: dict[Group, int], opened: tuple[str, ...],
             ways: Mapping[tuple[Group, str], list[tuple[float, Start]]],
             seconds: float) -> tuple[Outcome, list[Start]]:  # fmt: skip
    """The best plan with just these facilities open; its fixed cost is not in it."""
    for whole in (False, True):
        made = Programme()
        used: list[tuple[int, Start]] = []
        starts: dict[tuple[str, int], list[int]] = {}
        for group, patients in sorted(groups.items()):
            mine = []
            for m in opened:
                for worth, start in ways[group, m]:
                    column = made.column(worth, high=patients, whole=whole)
                    mine.append(column)
                    used.append((column, start))
                    starts.setdefault((m, start.start), []).append(column)
            made.row([(column, 1.0) for column in mine], patients, patients)
        for m in opened:
            days = sorted(day for facility, day in starts if facility == m)
            for last in days:
                inside = [c for d in days if last - MANUFACTURE_D < d <= last for c in starts[m, d]]
                made.row([(c, 1.0) for c in inside], high=float(given.lines[m]))
        outcome = made.solve(seconds)
        if not outcome.found or all(abs(v - round(v)) < 1e-6 for v in outcome.values):
            break
    if not outcome.found:
        return outcome, []
    if made.breaches(outcome.values):
        raise ArithmeticError(f"{given.name}: the solver's plan breaks rows")
    return outcome, [replace(start, patients=round(float(outcome.values[c]))) for c, start in used
                     if outcome.values[c] > 0.5]  # fmt: skip


def recount(given: Instance, groups: dict[Group, int], opened: tuple[str, ...],
            starts: tuple[Start, ...]) -> tuple[float, float, list[str]]:  # fmt: skip
    """(cost, weighted loss, what is wrong) from the starts alone: everybody once, days, modes and lines day by day."""
    wrong = []
    usd = sum(given.fixed_usd[m] for m in opened) + THERAPY * sum(s.patients for s in starts)
    lost = 0.0
    for s in starts:
        arrives = s.collected + given.collection_d + given.days_in[s.mode_in]
        delivered = s.start + MANUFACTURE_D + QC_D + given.days_out[s.mode_out]
        if s.start < arrives or delivered != s.delivered or delivered > min(HORIZON_D, s.collected + LONGEST_D):
            wrong.append(f"{s.centre} of day {s.collected} starts on {s.start}, delivered on {s.delivered}")
        if s.facility not in opened:
            wrong.append(f"{s.facility} is not open")
        usd += s.patients * given.cost_in[s.centre, s.facility, s.mode_in]
        usd += s.patients * given.cost_out[s.facility, given.home[s.centre], s.mode_out]
        lost += s.patients * loss(s.tier, delivered - s.collected)
    placed: Counter[Group] = Counter()
    for s in starts:
        placed[s.centre, s.tier, s.collected] += s.patients
    if placed != Counter(groups):
        wrong.append("somebody is placed twice or not at all")
    for m in opened:
        for day in range(1, HORIZON_D + 1):
            busy = sum(s.patients for s in starts if s.facility == m and s.start <= day < s.start + MANUFACTURE_D)
            if busy > given.lines[m]:
                wrong.append(f"{m} makes {busy} on day {day}, with {given.lines[m]} lines")
    return usd, lost, wrong


def _told(given: Instance, groups: dict[Group, int], most: int, weight: float, status: Status,
          best: tuple[float, tuple[str, ...], list[Start]] | None, bound: float,
          size: tuple[int, int, int, int]) -> Solved:  # fmt: skip
    patients = sum(groups.values())
    whole = usd = lost = None
    if best:
        usd, lost, wrong = recount(given, groups, best[1], tuple(best[2]))
        whole = usd + weight * lost
        if wrong or abs(whole - best[0] - THERAPY * patients) > 1e-6 * whole:
            raise ArithmeticError(f"{given.name}: told {best[0]}, recounted {whole}: {'; '.join(wrong[:3])}")
    elif status is Status.OPTIMAL:
        status = Status.INFEASIBLE
    least = None if math.isinf(bound) else min(bound + THERAPY * patients, whole or math.inf)
    return Solved(
        method="i-shipment-waiting", version=VERSION, reference=REFERENCE, instance=given.name, patients=patients,
        most_facilities=most, loss_weight_usd=weight, status=status, objective_usd=whole, bound_usd=least,
        gap=None if whole is None or least is None else (whole - least) / whole, cost_usd=usd, weighted_loss=lost,
        open=best[1] if best else (), starts=tuple(best[2]) if best else (), sets=size[0], sets_solved=size[1],
        columns=size[2], rows=size[3], assumed=given.assumed,
    )  # fmt: skip
