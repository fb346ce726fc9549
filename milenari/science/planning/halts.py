"""What stands still, and when: one replication's outages, compiled; `outages.py` says what each row is.

A row fails and is mended in turn: a gap from one mending to the next failure, then how long it lasts. Both are chance
by counting, keyed by the outage's own code, so that one outage more changes nothing of the others nor of any patient.
What lasts no time is no outage.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from milenari.science.planning.chance import compiled, draw

# nothing is collected or begun; nothing begun; machines fewer; nothing leaves along a way
CLOSED, UNSTAFFED, FEWER, LANE = range(4)
KIND, TARGET, NUMBER, KEY = range(4)  # columns of `what`
PLANNED_FROM, PLANNED_TO, LOST = range(3)  # columns of `more`; a planned halt ends after day 0, a random one has 0
GAPS, LENGTHS = 16, 17  # streams of chance, after those of `journeys.py`
MOST_A_ROW = 100_000


@compiled(
    "Tuple((float64[:, ::1], int64[::1], int64[::1]))(int64, int64, int64[:, ::1], float64[:, ::1], float64[:, ::1], "
    "float64[:, ::1], float64)"
)
def spans(seed: int, replication: int, what: Any, every: Any, lasts: Any, more: Any, end: float) -> Any:
    """(from and to of each halt, where those of each row begin, the row of each halt) until the end of the run."""
    rows = len(what)
    made, row_of, begins, used = np.empty((64, 2)), np.empty(64, np.int64), np.zeros(rows + 1, np.int64), 0
    for row in range(rows):
        begins[row] = used
        planned, now, at = more[row, PLANNED_TO] > 0, 0.0, 0
        while at < MOST_A_ROW:
            if planned:
                now = more[row, PLANNED_FROM]
                long = more[row, PLANNED_TO] - now
            else:
                now += draw(every[row], seed, replication, GAPS, what[row, KEY], at)
                long = draw(lasts[row], seed, replication, LENGTHS, what[row, KEY], at)
            if now >= end:
                break
            if long > 0:
                if used == len(made):
                    made, row_of = np.concatenate((made, np.empty((used, 2)))), np.concatenate((row_of, row_of))
                made[used, 0], made[used, 1], row_of[used] = now, now + long, row
                used += 1
            now += long
            at += 1
            if planned:
                break
    begins[rows] = used
    return made[:used].copy(), begins, row_of[:used].copy()


@compiled("int64(float64, int64, int64, float64[:, ::1])")
def _after(now: float, first: int, last: int, made: Any) -> int:
    """The first halt of a row that begins after now."""
    while first < last:
        middle = (first + last) // 2
        if made[middle, 0] <= now:
            first = middle + 1
        else:
            last = middle
    return first


@compiled("float64(int64, float64, int64[::1], float64[:, ::1], int64[::1])")
def open_from(place: int, now: float, firsts: Any, made: Any, begins: Any) -> float:
    """The first moment from now on at which no row of this place is halted."""
    moved = True
    while moved:
        moved = False
        for row in range(firsts[place], firsts[place + 1]):
            at = _after(now, begins[row], begins[row + 1], made) - 1
            if at >= begins[row] and now < made[at, 1]:
                now, moved = made[at, 1], True
    return now


@compiled("float64(int64, float64, float64, int64[::1], float64[:, ::1], int64[::1], float64[:, ::1])")
def survives(place: int, first: float, last: float, firsts: Any, made: Any, begins: Any, more: Any) -> float:
    """The chance that what is under way at this place outlives every halt that begins in the meantime."""
    chance = 1.0
    for row in range(firsts[place], firsts[place + 1]):
        if more[row, LOST] > 0:
            begun = _after(last, begins[row], begins[row + 1], made) - _after(first, begins[row], begins[row + 1], made)
            chance *= (1.0 - more[row, LOST]) ** begun
    return float(chance)
