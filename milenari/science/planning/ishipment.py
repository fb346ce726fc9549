"""i-SHIPMENT: which facilities to open and who is made where and when, as published, in a smaller formulation.

Reference: Triantafyllou, Bernardi, Lakelin, Shah & Papathanasiou 2022, Sci Rep 12:17365,
doi:10.1038/s41598-022-21290-5; data files of github.com/nikitrian/i-SHIPMENT.

The published model has a binary for each patient, route, mode and day. Nobody waits in it, so a patient collected on
day a starts on a+2 or a+3 by the way in, and vein-to-vein of 18 days leaves at most one slow leg. Patients of one site
and day are alike. What remains: how many of a group start at a facility on a day, with the cheapest way back; starts in
any seven days do not exceed the lines. Same optimum, some thousand times fewer columns: the speed is the formulation's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from milenari.science.computed import Computed, Unfit, count
from milenari.science.planning.dat import Dat, parse
from milenari.science.planning.programme import Outcome, Programme, Status

VERSION = "1"
REFERENCE = "Triantafyllou et al. 2022, doi:10.1038/s41598-022-21290-5"

# What the data files leave out is in the published model file, model_CART_iSHIPMENT.py at b328c21.
INDICES = {"CIM": 1, "CVM": 1, "FCAP": 1, "TT1": 1, "TT3": 1, "U1": 3, "U3": 3, "INC": 3, "FMAX": 0, "FMIN": 0,
           "TAD": 0, "TLS": 0}  # fmt: skip
MODEL_FILE_CVM = {"m1": 20_920.0, "m2": 156_900.0, "m3": 52_300.0, "m4": 20_920.0, "m5": 156_900.0, "m6": 52_300.0}
LINE_DAY = 5_230.0  # USD: what MODEL_FILE_CVM is a line and day at m1, m3, m4; used where no file has a figure
HORIZON_D, MANUFACTURE_D, QC_D, LONGEST_D = 130, 7, 7, 18
THERAPY = 10_476.0 + 9_312.0  # USD: material and quality control


@dataclass(frozen=True)
class Placed:
    """So many patients of one site and day of collection, made at one facility from one day on."""

    centre: str
    collected: int
    facility: str
    start: int
    mode_in: str
    mode_out: str
    patients: int
    transport_usd: float


@dataclass(frozen=True)
class Solved(Computed):
    """The network's plan. `assumed` names every figure that the file did not hold and where it was taken from."""

    instance: str
    patients: int
    most_facilities: int
    status: Status
    objective_usd: float | None
    bound_usd: float | None
    gap: float | None
    per_therapy_usd: float | None
    open: tuple[str, ...]
    placed: tuple[Placed, ...]
    columns: int
    rows: int
    assumed: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Instance:
    """A data file with what the model file adds."""

    name: str
    facilities: tuple[str, ...]
    lines: dict[str, int]
    fixed_usd: dict[str, float]
    groups: dict[tuple[str, int], int]
    days_in: dict[str, int]
    days_out: dict[str, int]
    cost_in: dict[tuple[str, ...], float]
    cost_out: dict[tuple[str, ...], float]
    home: dict[str, str]
    collection_d: int
    assumed: tuple[str, ...]

    @property
    def patients(self) -> int:
        return sum(self.groups.values())


def instance(text: str, name: str, first: int | None = None) -> Instance:
    """A published `.dat` file; `first` keeps only so many patients of it, in their order."""
    dat = parse(text, name, INDICES)
    facilities, centres, hospitals = dat.members("m"), dat.members("c"), dat.members("h")
    if len(centres) != len(hospitals):
        raise Unfit("dat-missing", f"{name}: {len(centres)} collection sites and {len(hospitals)} hospitals; each "
                    "collection site has its hospital, in the same order.", file=name)  # fmt: skip
    assumed: list[str] = []
    given = {m[0]: v for m, v in dat.params.get("CVM", {}).items()}
    fixed, lines = {}, {}
    for m in facilities:
        lines[m] = count(int(_one(dat, "FCAP", (m,))), 1, f"FCAP of {m}")
        variable = given.get(m, MODEL_FILE_CVM.get(m))
        if variable is None:
            variable = LINE_DAY * lines[m]
            assumed.append(f"CVM of {m}: {variable:g} USD a day, {LINE_DAY:g} for each of {lines[m]} lines (neither "
                           "the file nor the model file has it)")  # fmt: skip
        elif m not in given:
            assumed.append(f"CVM of {m}: {variable:g} USD a day, default of the published model file")
        fixed[m] = HORIZON_D * (_one(dat, "CIM", (m,)) + variable)
    patients = dat.members("p")[: first or None]
    groups = _groups(dat, patients, centres)
    for centre in centres:
        for m in facilities:
            for j in dat.members("j"):
                _one(dat, "U1", (centre, m, j)), _one(dat, "U3", (m, hospitals[centres.index(centre)], j))
    return Instance(
        name, facilities, lines, fixed, groups, {j: int(_one(dat, "TT1", (j,))) for j in dat.members("j")},
        {j: int(_one(dat, "TT3", (j,))) for j in dat.members("j")}, dat.table("U1"), dat.table("U3"),
        dict(zip(centres, hospitals, strict=True)), int(_one(dat, "TLS", ())), tuple(assumed),
    )  # fmt: skip


def _one(dat: Dat, param: str, index: tuple[str, ...]) -> float:
    table = dat.table(param)
    if index not in table:
        raise Unfit("dat-missing", f"{dat.name}: param {param} has no value for {' '.join(index) or 'the instance'}.",
                    file=dat.name, param=param, index=list(index))  # fmt: skip
    return table[index]


def _groups(dat: Dat, patients: tuple[str, ...], centres: tuple[str, ...]) -> dict[tuple[str, int], int]:
    where: dict[str, tuple[str, int]] = {}
    for (patient, centre, day), arrives in dat.table("INC").items():
        if arrives != 1:
            raise Unfit("dat-unreadable", f"{dat.name}: INC of {patient} is {arrives:g}; it is 1.", file=dat.name)
        if patient in where:
            raise Unfit("dat-unreadable", f"{dat.name}: {patient} arrives twice.", file=dat.name, patient=patient)
        if centre not in centres:
            raise Unfit("dat-unreadable", f"{dat.name}: {patient} arrives at {centre}, which is no collection site.",
                        file=dat.name, patient=patient, site=centre)  # fmt: skip
        if not day.isdigit():
            raise Unfit("dat-unreadable", f"{dat.name}: {patient} arrives on day {day!r}; it is a whole number.",
                        file=dat.name, patient=patient)  # fmt: skip
        where[patient] = (centre, int(day))
    lost = [p for p in patients if p not in where]
    if lost:
        raise Unfit("dat-missing", f"{dat.name}: {lost[0]} never arrives (param INC); {len(lost)} so.", file=dat.name)
    return dict(Counter(where[p] for p in patients))


def solve(given: Instance, most_facilities: int = 2, seconds: float = 60.0, gap: float = 0.0) -> Solved:
    """The cheapest plan with at most so many facilities; the published limit is two.

    Only the facilities are whole at first; the groups' shares come out whole by themselves, and where they do not the
    programme is solved again with all of it whole.
    """
    count(most_facilities, 1, "The number of facilities")
    for whole in (False, True):
        made, opened, ways = _programme(given, most_facilities, whole)
        outcome = made.solve(seconds, gap)
        if not outcome.found or all(abs(v - round(v)) < 1e-6 for v in outcome.values):
            break
    if outcome.found:
        wrong = made.breaches(outcome.values)
        if wrong:
            raise ArithmeticError(f"{given.name}: the solver's plan breaks {len(wrong)} rows")
    return _told(given, most_facilities, outcome, opened, ways)


def _programme(given: Instance, most_facilities: int,
               whole: bool) -> tuple[Programme, dict[str, int], list[tuple[int, Placed]]]:  # fmt: skip
    made = Programme()
    opened = {m: made.column(given.fixed_usd[m], high=1, whole=True) for m in given.facilities}
    ways: list[tuple[int, Placed]] = []
    starts: dict[tuple[str, int], list[int]] = {}
    for (centre, day), patients in sorted(given.groups.items()):
        mine = []
        for m in given.facilities:
            for start, mode_in, mode_out, usd in _ways(given, centre, day, m):
                column = made.column(usd, high=patients, whole=whole)
                mine.append(column)
                ways.append((column, Placed(centre, day, m, start, mode_in, mode_out, patients, usd)))
                starts.setdefault((m, start), []).append(column)
        made.row([(column, 1.0) for column in mine], patients, patients)
    for m in given.facilities:
        days = sorted(start for facility, start in starts if facility == m)
        for last in days:
            inside = [c for d in days if last - MANUFACTURE_D < d <= last for c in starts[m, d]]
            made.row([*((c, 1.0) for c in inside), (opened[m], -float(given.lines[m]))], high=0.0)
    made.row([(column, 1.0) for column in opened.values()], high=float(most_facilities))
    return made, opened, ways


def _ways(given: Instance, centre: str, day: int, m: str) -> list[tuple[int, str, str, float]]:
    """(start, way in, way out, USD), the cheapest for each day of start; none is longer than allowed."""
    best: dict[int, tuple[int, str, str, float]] = {}
    for mode_in, travel in given.days_in.items():
        for mode_out, back in given.days_out.items():
            total = given.collection_d + travel + MANUFACTURE_D + QC_D + back
            usd = given.cost_in[centre, m, mode_in] + given.cost_out[m, given.home[centre], mode_out]
            start = day + given.collection_d + travel
            if total <= LONGEST_D and (start not in best or usd < best[start][3]):
                best[start] = (start, mode_in, mode_out, usd)
    return sorted(best.values())


def _told(given: Instance, most: int, outcome: Outcome, opened: dict[str, int],
          ways: list[tuple[int, Placed]]) -> Solved:  # fmt: skip
    plus = THERAPY * given.patients
    placed, reasons = [], []
    if outcome.found:
        for column, way in ways:
            made = round(float(outcome.values[column]))
            if made:
                placed.append(Placed(way.centre, way.collected, way.facility, way.start, way.mode_in, way.mode_out,
                                     made, made * way.transport_usd))  # fmt: skip
    elif outcome.status is Status.INFEASIBLE:
        reasons = _why(given, most)
    whole = None if outcome.objective is None else outcome.objective + plus
    return Solved(
        method="i-shipment-groups", version=VERSION, reference=REFERENCE, instance=given.name,
        patients=given.patients, most_facilities=most, status=outcome.status, objective_usd=whole,
        bound_usd=None if outcome.bound is None else outcome.bound + plus,
        gap=None if whole is None or outcome.bound is None else (whole - outcome.bound - plus) / max(whole, 1e-9),
        per_therapy_usd=None if whole is None or not given.patients else whole / given.patients,
        open=tuple(m for m, c in opened.items() if outcome.found and outcome.values[c] > 0.5),
        placed=tuple(placed), columns=outcome.columns, rows=outcome.rows, assumed=given.assumed,
        reasons=tuple(reasons),
    )  # fmt: skip


def _why(given: Instance, most: int) -> list[str]:
    """The fullest days: collected within eight days, of whom all start within nine, against the largest lines."""
    lines = sum(sorted(given.lines.values(), reverse=True)[:most])
    counts: Counter[int] = Counter()
    for (_, day), patients in given.groups.items():
        counts[day] += patients
    worst = max(((sum(counts[d] for d in range(first, last + 1)), first, last) for first in counts for last in counts
                 if first <= last), key=lambda w: w[0] - lines * -(-(w[2] - w[1] + 2) // MANUFACTURE_D))  # fmt: skip
    patients, first, last = worst
    room = lines * -(-(last - first + 2) // MANUFACTURE_D)
    if patients > room:
        return [
            f"{patients} patients are collected on days {first} to {last} and start on days "
            f"{first + 2} to {last + 3}; {most} facilities have at most {lines} lines, room for {room} starts"
        ]
    return [f"no set of {most} facilities can start every patient two or three days after collection"]
