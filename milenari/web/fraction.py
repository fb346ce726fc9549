"""Fraction: what a person must have before their eyes when deciding about or giving a fraction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from milenari.journal import read


@dataclass(frozen=True)
class Fraction:
    """One fraction's dose with its arithmetic; cells in 10*6, weight in kg, dose in 10*6 per kg."""

    code: str
    journey: str
    coi: str
    decision: str
    cells_e6: Decimal
    weight_kg: Decimal | None
    weighed_on: date | None
    per_kg: Decimal | None
    given_before_e6: Decimal
    use_by: datetime | None
    grades: tuple[tuple[str, int, datetime], ...]


def fraction(code: str) -> Fraction | None:
    """The fraction as it stands now, or None when there is none of that code."""
    dose = read.sheet(f"dose:{code}")
    if not dose.exists:
        return None
    journey, batch = read.sheet(f"journey:{dose.journey}"), read.sheet(f"batch:{dose.batch}")
    latest: dict[str, Any] = {grade.scale: grade for grade in sorted(journey.grades, key=lambda g: g.at)}
    return Fraction(
        code,
        dose.journey,
        dose.coi,
        batch.decision,
        dose.cells_e6,
        journey.weight_kg,
        journey.weight_on,
        (dose.cells_e6 / journey.weight_kg).quantize(Decimal("0.0001")) if journey.weight_kg else None,
        sum((given.cells_e6 for given in journey.infusions), Decimal(0)),
        dose.use_by,
        tuple((scale, grade.grade, grade.at) for scale, grade in sorted(latest.items())),
    )


@dataclass(frozen=True)
class Earlier:
    """One infusion of the journey and the worst toxicity seen after it, until the next; cells in 10*6."""

    dose: str
    part: int
    at: datetime
    cells_e6: Decimal
    worst: tuple[tuple[str, int | None], ...]


def earlier(journey: Any) -> list[Earlier]:
    """The infusions so far, oldest first, each with the worst CRS and ICANS since; None where none was graded."""
    given = sorted(journey.infusions, key=lambda i: i.at)
    ends = [*(i.at for i in given[1:]), None][: len(given)]
    found = []
    for infused, until in zip(given, ends, strict=True):
        since = [g for g in journey.grades if g.at >= infused.at and (until is None or g.at < until)]
        worst = tuple(
            (scale, max((g.grade for g in since if g.scale == scale), default=None)) for scale in ("CRS", "ICANS")
        )
        found.append(Earlier(infused.dose, infused.part, infused.at, infused.cells_e6, worst))
    return found
