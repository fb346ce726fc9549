"""What happens next: a binary heap of events by time; at the same time the one entered first comes first."""

from __future__ import annotations

from typing import Any

from milenari.science.planning.chance import compiled

ARRIVAL, READY, MADE, AT_BED, INFUSED, BED_FREE, LOST, LOT, EXPIRY, OTHER, REVIEW = range(11)


@compiled("boolean(float64[::1], int64[::1], int64, int64)")
def _before(times: Any, order: Any, a: int, b: int) -> bool:
    return bool(times[a] < times[b] or (times[a] == times[b] and order[a] < order[b]))


@compiled("void(float64[::1], int64[::1], int64[:, ::1], int64, int64)")
def _swap(times: Any, order: Any, what: Any, a: int, b: int) -> None:
    times[a], times[b] = times[b], times[a]
    order[a], order[b] = order[b], order[a]
    for k in range(2):
        what[a, k], what[b, k] = what[b, k], what[a, k]


@compiled("void(float64[::1], int64[::1], int64[:, ::1], int64[::1], float64, int64, int64)")
def push(times: Any, order: Any, what: Any, size: Any, time: float, kind: int, who: int) -> None:
    """A new event; `size` is (events waiting, events ever)."""
    at = size[0]
    times[at], order[at], what[at, 0], what[at, 1] = time, size[1], kind, who
    size[0] += 1
    size[1] += 1
    while at > 0:
        above = (at - 1) // 2
        if not _before(times, order, at, above):
            break
        _swap(times, order, what, at, above)
        at = above


@compiled("Tuple((float64, int64, int64))(float64[::1], int64[::1], int64[:, ::1], int64[::1])")
def pop(times: Any, order: Any, what: Any, size: Any) -> Any:
    """(time, kind, who) of the next event, which is taken off."""
    time, kind, who = times[0], what[0, 0], what[0, 1]
    size[0] -= 1
    last = size[0]
    times[0], order[0], what[0, 0], what[0, 1] = times[last], order[last], what[last, 0], what[last, 1]
    at = 0
    while True:
        least, left = at, 2 * at + 1
        if left < last and _before(times, order, left, least):
            least = left
        if left + 1 < last and _before(times, order, left + 1, least):
            least = left + 1
        if least == at:
            return time, kind, who
        _swap(times, order, what, at, least)
        at = least
