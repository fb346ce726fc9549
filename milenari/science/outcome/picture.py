"""What two pictures of a trial show, in their order: a swimmer's lane per patient, a waterfall's bar per patient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from milenari.science.computed import Computed, Real, Unfit, sample

VERSION = "1"
REFERENCE = "own arrangement; nothing is estimated"


@dataclass(frozen=True)
class Part:
    """A span of a lane, or with ``until`` None something that happened at one time."""

    what: str
    start: float
    until: float | None


@dataclass(frozen=True)
class Lane:
    """One patient, as long as the last thing known."""

    patient: str
    length: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Swimmer(Computed):
    """The longest lane first; equal ones by name."""

    clock: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class Bar:
    patient: str
    value: float
    group: str


@dataclass(frozen=True)
class Waterfall(Computed):
    """The highest bar first; equal ones by name."""

    unit: str
    bars: tuple[Bar, ...]


def swimmer(patients: Sequence[str], what: Sequence[str], start: Sequence[Real], until: Sequence[Real | None],
            clock: str) -> Swimmer:  # fmt: skip
    """Lanes from rows: a span from start to until, or with no until a mark."""
    begin = sample(start, "The time", least=1, varying=False).tolist()
    lanes: dict[str, list[Part]] = {}
    for at, (patient, name, a, end) in enumerate(zip(patients, what, begin, until, strict=True)):
        b = None if end is None else float(sample([end], "The end", least=1, varying=False)[0])
        if a < 0:
            raise Unfit("negative-time", f"The time {a:g} is before the clock's zero ({clock}).", row=at + 1)
        if b is not None and b < a:
            raise Unfit("span-unfit", f"{name} of patient {patient} ends at {b:g}, before it begins at {a:g}.",
                        row=at + 1)  # fmt: skip
        lanes.setdefault(patient, []).append(Part(name, a, b))
    made = [Lane(p, max(x.start if x.until is None else x.until for x in parts),
                 tuple(sorted(parts, key=lambda x: (x.start, math.inf if x.until is None else x.until, x.what))))
            for p, parts in lanes.items()]  # fmt: skip
    return Swimmer(method="swimmer", version=VERSION, reference=REFERENCE, clock=clock,
                   lanes=tuple(sorted(made, key=lambda lane: (-lane.length, lane.patient))))  # fmt: skip


def waterfall(patients: Sequence[str], values: Sequence[Real], group: Sequence[str], unit: str) -> Waterfall:
    """Bars from one row per patient."""
    if not unit.strip():
        raise Unfit("unit-missing", "The unit of the values is not stated. Say it: % change of blasts, log10 of MRD.")
    height = sample(values, "The value", least=1, varying=False).tolist()
    for at, patient in enumerate(patients):
        if patient in patients[:at]:
            raise Unfit("sample-twice", f"Patient {patient} has two values. Keep one.", row=at + 1)
    bars = [Bar(p, v, g) for p, v, g in zip(patients, height, group or [""] * len(height), strict=True)]
    return Waterfall(method="waterfall", version=VERSION, reference=REFERENCE, unit=unit,
                     bars=tuple(sorted(bars, key=lambda b: (-b.value, b.patient))))  # fmt: skip
