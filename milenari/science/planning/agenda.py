"""What happens next: a binary heap of events by time; at the same time the one entered first comes first."""

from __future__ import annotations

from typing import Any

from milenari.science.planning.chance import compiled

ARRIVAL, READY, MADE, AT_BED, INFUSED, BED_FREE, LOST, LOT, EXPIRY, OTHER, REVIEW, DOWN, UP = range(13)


@compiled("void(float64[::1], int64[::1], int64[:, ::1], int64[::1], float64, int64, int64)")
def push(times: Any, order: Any, what: Any, size: Any, time: float, kind: int, who: int) -> None:
    """A new event; `size` is (events waiting, events ever). It is younger than all others, so at the same time it stays
    below them."""
    at = size[0]
    while at > 0:
        above = (at - 1) // 2
        if times[above] <= time:
            break
        times[at], order[at], what[at, 0], what[at, 1] = times[above], order[above], what[above, 0], what[above, 1]
        at = above
    times[at], order[at], what[at, 0], what[at, 1] = time, size[1], kind, who
    size[0] += 1
    size[1] += 1


@compiled("Tuple((float64, int64, int64))(float64[::1], int64[::1], int64[:, ::1], int64[::1])")
def pop(times: Any, order: Any, what: Any, size: Any) -> Any:
    """(time, kind, who) of the next event, which is taken off."""
    time, kind, who = times[0], what[0, 0], what[0, 1]
    size[0] -= 1
    last = size[0]
    mine, age, what_kind, what_who = times[last], order[last], what[last, 0], what[last, 1]
    at = 0
    while True:
        least = 2 * at + 1
        if least >= last:
            break
        right = least + 1
        if right < last and (times[right] < times[least] or (
            times[right] == times[least] and order[right] < order[least]
        )):  # fmt: skip
            least = right
        if mine < times[least] or (mine == times[least] and age < order[least]):
            break
        times[at], order[at], what[at, 0], what[at, 1] = times[least], order[least], what[least, 0], what[least, 1]
        at = least
    times[at], order[at], what[at, 0], what[at, 1] = mine, age, what_kind, what_who
    return time, kind, who
