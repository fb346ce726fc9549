"""Queues of patients before machines and beds, and the stock of vector: compiled parts of `journeys.py`."""

from __future__ import annotations

from typing import Any

from milenari.science.planning.agenda import INFUSED, push
from milenari.science.planning.chance import compiled

# columns of a patient, and the states it may be in
HOSPITAL, SITE, URGENCY, ATTEMPT, STATE, NEXT, COUNTED, SHORT, KEY = range(9)
WAITING, BUSY, SETTLED, BED_QUEUE = range(4)
# what is counted: columns of a hospital's row
(REFERRED, INFUSED_N, DIED, GIVEN_UP, VECTOR_WAITED, MACHINE_WAIT, VECTOR_WAIT, TO_INFUSION, VEIN_TO_VEIN, BATCHES,
 BED_WAIT) = range(11)  # fmt: skip


@compiled("int64(int64, int64, int64[:, ::1], int64[:, ::1])")
def next_in(site: int, tiers: int, head: Any, person: Any) -> int:
    """The next living patient of a site's queue, most urgent tier first; taken off."""
    for tier in range(tiers):
        while head[site, tier] >= 0:
            who = head[site, tier]
            head[site, tier] = person[who, NEXT]
            if person[who, STATE] == WAITING:
                return int(who)
    return -1


@compiled("void(int64, int64, float64, int64, int64[:, ::1], int64[:, ::1], float64[:, ::1], float64[:, ::1])")
def mark_short(site: int, machines: int, now: float, tiers: int, head: Any, person: Any, moment: Any,
               table: Any) -> None:  # fmt: skip
    """Those who could start if there were vector: a machine is free and no dose is there."""
    left = machines
    for tier in range(tiers):
        who = head[site, tier]
        while who >= 0 and left > 0:
            if person[who, STATE] == WAITING:
                left -= 1
                if moment[who, 3] < 0:
                    moment[who, 3] = now
                    if person[who, SHORT] == 0:
                        person[who, SHORT] = 1
                        if person[who, COUNTED]:
                            table[person[who, HOSPITAL], VECTOR_WAITED] += 1
            who = person[who, NEXT]


@compiled(
    "void(int64, float64, int64[::1], int64[::1], int64[:, ::1], float64[:, ::1], float64[:, ::1], float64[::1], "
    "int64[::1], int64[:, ::1], int64[::1], float64)"
)
def give_beds(hospital: int, now: float, spare: Any, bed_head: Any, person: Any, moment: Any, table: Any, times: Any,
              order: Any, what: Any, size: Any, before_d: float) -> None:  # fmt: skip
    """Free beds to those whose product is there, in order; lymphodepletion begins."""
    while spare[hospital] > 0 and bed_head[hospital] >= 0:
        who = bed_head[hospital]
        bed_head[hospital] = person[who, NEXT]
        if person[who, STATE] != BED_QUEUE:
            continue
        person[who, STATE] = BUSY
        spare[hospital] -= 1
        if person[who, COUNTED]:
            table[hospital, BED_WAIT] += now - moment[who, 4]
        push(times, order, what, size, now + before_d, INFUSED, who)


@compiled("void(int64[::1], float64[::1], int64)")
def take(stock: Any, expires: Any, lots: int) -> None:
    """One dose from the lot that ends first."""
    best = -1
    for lot in range(lots):
        if stock[lot] > 0 and (best < 0 or expires[lot] < expires[best]):
            best = lot
    stock[best] -= 1
