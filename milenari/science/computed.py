"""What every method of this room answers with, and how it says no.

An answer is a frozen dataclass with its method, the version of that method, and the reference it follows. A rule never
computes: what it may know of a number is a recorded reading, `Computed.reading()`, in which every real number is a
decimal string. The version rises whenever the same data would give another answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milenari.science.unfit import Unfit as Unfit  # an answer and a no are read together

Real = float | int | Decimal | str
Vector = NDArray[np.float64]

MOST = 1_000_000  # values in one sample: more is a mistake, not a clinical unit
DIGITS = 12  # significant digits of a recorded reading


@dataclass(frozen=True, kw_only=True)
class Computed:
    """An answer with where it comes from; subclasses add the numbers."""

    method: str
    version: str
    reference: str

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON holds it, numbers as numbers; an infinite limit is the word ``inf`` or ``-inf``."""
        return {f.name: _plain(getattr(self, f.name), False) for f in fields(self)}

    def reading(self) -> dict[str, Any]:
        """The same for the journal: no floats, every real number a decimal string of ``DIGITS`` digits."""
        return {f.name: _plain(getattr(self, f.name), True) for f in fields(self)}


def _plain(value: Any, decimal: bool) -> Any:
    if isinstance(value, Computed):
        return value.reading() if decimal else value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name), decimal) for f in fields(value)}
    if isinstance(value, dict):
        return {str(k): _plain(v, decimal) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v, decimal) for v in value]
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return _real(float(value), decimal)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Decimal):
        return str(value) if decimal else float(value)
    return value


def _real(value: float, decimal: bool) -> Any:
    if math.isnan(value):
        raise ArithmeticError("a computed value is not a number")
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return decimal_text(value) if decimal else value


def decimal_text(value: float, digits: int = DIGITS) -> str:
    """A plain decimal without exponent, rounded to ``digits`` significant digits: 0.25, 1340000000, 0."""
    made = Decimal(f"{value:.{digits - 1}e}")
    text = f"{made:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def exact(value: Real, what: str = "value", at: int = 0) -> Decimal:
    """The decimal somebody wrote: a float is taken as its shortest decimal, so 0.1 is one tenth."""
    try:
        made = Decimal(repr(float(value)) if isinstance(value, (float, np.floating)) else str(value))
    except InvalidOperation:
        raise Unfit("not-a-number", f"{what} {at + 1} is {value!r}, which is not a number. Correct or leave out that "
                    "row.", what=what, row=at + 1, given=str(value)) from None  # fmt: skip
    if not made.is_finite():
        raise Unfit("not-a-number", f"{what} {at + 1} is {value}, not a finite number. Correct or leave out that row.",
                    what=what, row=at + 1, given=str(value))  # fmt: skip
    return made


def sample(values: Iterable[Real], what: str = "value", least: int = 2, varying: bool = True,
           positive: bool = False) -> Vector:  # fmt: skip
    """The values as one row of floats, or Unfit: too few, not a number, all equal, not above zero, too many."""
    taken: list[float] = []
    for at, value in enumerate(values):
        if at >= MOST:
            raise Unfit("too-many", f"There are more than {MOST} of {what}. Split the data.", most=MOST, what=what)
        taken.append(float(exact(value, what, at)))
    made = np.asarray(taken, dtype=np.float64)
    if len(made) < least:
        raise Unfit("too-few", f"{what}: {len(made)} given, at least {least} are needed.", what=what,
                    given=len(made), least=least)  # fmt: skip
    if positive and (made <= 0).any():
        at = int(np.flatnonzero(made <= 0)[0])
        raise Unfit("not-positive", f"{what} {at + 1} is {made[at]:g}; on a ratio scale every value is above zero. "
                    "Compare differences instead, or correct the value.", what=what, row=at + 1)  # fmt: skip
    if varying and len(made) > 1 and (made == made[0]).all():
        raise Unfit("constant", f"{what}: every value is {made[0]:g}. Values that never differ say nothing about "
                    "variation; record more decimals or more samples.", what=what, given=float(made[0]))  # fmt: skip
    return made


def share(value: float, what: str) -> float:
    """A probability strictly between zero and one, or Unfit."""
    if not (math.isfinite(value) and 0 < value < 1):
        raise Unfit("not-a-share", f"{what} is {value:g}; it is a number between 0 and 1, both excluded.", what=what)
    return float(value)


def spread(value: float, what: str) -> float:
    """A standard deviation or error: finite and above zero, or Unfit."""
    if not (math.isfinite(value) and value > 0):
        raise Unfit("no-spread", f"{what} is {value:g}; a standard deviation is finite and above zero.", what=what)
    return float(value)


def count(value: int, least: int, what: str) -> int:
    """A whole number of at least ``least``, or Unfit."""
    if isinstance(value, bool) or int(value) != value or value < least:
        raise Unfit("not-a-count", f"{what} is {value}; it is a whole number of at least {least}.", what=what)
    return int(value)


@cache
def quadrature(points: int) -> tuple[Vector, Vector]:
    """Nodes and weights of Gauss and Legendre on -1 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return nodes, weights


def deviations(values: Sequence[Real]) -> tuple[Decimal, Vector]:
    """An origin and each value's exact distance from it, so that leading digits all share cost no precision."""
    given = [exact(value, "value", at) for at, value in enumerate(values)]
    origin = given[0]
    return origin, np.asarray([float(value - origin) for value in given], dtype=np.float64)
