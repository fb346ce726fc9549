"""Nelson's eight rules on a chart of individual values, with the convention named.

Reference: Nelson 1984, J Qual Technol 16:237-239, doi:10.1080/00224065.1984.11978921. The rules (sigma and centre are
the baseline's):

1. one point beyond 3 sigma
2. nine in a row on one side of the centre
3. six in a row steadily rising or falling
4. fourteen in a row alternating up and down
5. two of three beyond 2 sigma on one side, the last one among them
6. four of five beyond 1 sigma on one side, the last one among them
7. fifteen in a row within 1 sigma
8. eight in a row beyond 1 sigma, on both sides

Conventions: ``nelson`` counts points as above and JMP does the same; ``minitab`` counts steps in rules 3 and 4, so
seven and fifteen points; ``western-electric`` takes eight points in rule 2 (Western Electric 1956) and has only rules
1, 2, 5 and 6. A point on the centre is on neither side; equal neighbours neither rise nor fall; beyond means beyond,
not on the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from milenari.science.computed import Vector

REFERENCE = "Nelson 1984, doi:10.1080/00224065.1984.11978921"
VERSION = "1"
Flags = NDArray[np.bool_]


class Convention(StrEnum):
    """Whose count of points is meant."""

    NELSON = "nelson"
    JMP = "jmp"
    MINITAB = "minitab"
    WESTERN = "western-electric"


@dataclass(frozen=True)
class Lengths:
    """Points in a row for rules 2, 3, 4, 7, 8, and which rules apply at all."""

    side: int = 9
    trend: int = 6
    alternating: int = 14
    quiet: int = 15
    away: int = 8
    rules: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)


LENGTHS = {
    Convention.NELSON: Lengths(),
    Convention.JMP: Lengths(),
    Convention.MINITAB: Lengths(trend=7, alternating=15),
    Convention.WESTERN: Lengths(side=8, rules=(1, 2, 5, 6)),
}


def flags(values: Vector, centre: float, sigma: float, convention: Convention = Convention.NELSON) -> dict[int, Flags]:
    """For each rule of the convention, at which points its pattern is complete. O(n)."""
    z = (np.asarray(values, dtype=np.float64) - centre) / sigma
    want = LENGTHS[convention]
    size = np.abs(z)
    found = {
        1: size > 3,
        2: _in_a_row(z > 0, want.side) | _in_a_row(z < 0, want.side),
        3: _steps(np.diff(values) > 0, want.trend) | _steps(np.diff(values) < 0, want.trend),
        4: _alternating(np.sign(np.diff(values)), want.alternating),
        5: _of(z > 2, 2, 3) | _of(z < -2, 2, 3),
        6: _of(z > 1, 4, 5) | _of(z < -1, 4, 5),
        7: _in_a_row(size < 1, want.quiet),
        8: _in_a_row(size > 1, want.away) & ~_in_a_row(z > 1, want.away) & ~_in_a_row(z < -1, want.away),
    }
    return {rule: found[rule] for rule in want.rules}


def _in_a_row(held: Flags, length: int) -> Flags:
    """Where the last ``length`` points all hold."""
    total = np.concatenate(([0], np.cumsum(held)))
    made = np.zeros(len(held), dtype=bool)
    made[length - 1 :] = (total[length:] - total[:-length] == length)[: max(0, len(held) - length + 1)]
    return made


def _steps(steps: Flags, points: int) -> Flags:
    """Where the ``points`` points up to here make ``points - 1`` such steps."""
    return np.concatenate(([False], _in_a_row(steps, points - 1)))


def _alternating(signs: Vector, points: int) -> Flags:
    turns = np.concatenate(([False], signs[1:] * signs[:-1] < 0)) if len(signs) else np.zeros(0, dtype=bool)
    return np.concatenate(([False], _in_a_row(turns, points - 2)))


def _of(held: Flags, wanted: int, window: int) -> Flags:
    """Where at least ``wanted`` of the last ``window`` points hold, this one among them."""
    total = np.concatenate((np.zeros(window, dtype=int), np.cumsum(held)))
    made: Flags = held & (total[window:] - total[:-window] >= wanted)
    return made
