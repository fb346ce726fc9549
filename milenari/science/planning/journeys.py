"""Patients and vector lots through a network, event by event: one replication, compiled.

A patient is referred, collected, and the cells travel to the site that makes; there they wait for a machine and a dose
of vector together. Manufacture and testing end in a product or in a failed batch, which is collected and made again
while attempts last. The product travels back; with a bed lymphodepletion begins, and the infusion follows. Whoever dies
before is lost. Lots come from campaigns: so many litres, a titre, a recovery, a verdict, and a delay until release.

Outages hold back collections, starts, ways and machines, and spoil what is under way: `halts.py`.

Counted are patients referred from `warm` to `until`; the run goes on until all of these are settled. Calendars and
shifts are not in it: times are days of any kind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from milenari.science.planning.agenda import (
    ARRIVAL,
    AT_BED,
    BED_FREE,
    DOWN,
    EXPIRY,
    INFUSED,
    LOST,
    LOT,
    MADE,
    OTHER,
    READY,
    REVIEW,
    UP,
    pop,
    push,
)
from milenari.science.planning.chance import compiled, draw, uniform
from milenari.science.planning.halts import CLOSED, FEWER, KIND, LANE, NUMBER, TARGET, open_from, spans, survives
from milenari.science.planning.queues import (
    ATTEMPT,
    BATCHES,
    BED_QUEUE,
    BUSY,
    COUNTED,
    DIED,
    GIVEN_UP,
    HOSPITAL,
    INFUSED_N,
    KEY,
    MACHINE_WAIT,
    NEXT,
    REFERRED,
    SETTLED,
    SHORT,
    SITE,
    STATE,
    TO_INFUSION,
    URGENCY,
    VECTOR_WAIT,
    VEIN_TO_VEIN,
    WAITING,
    give_beds,
    mark_short,
    next_in,
    take,
)

# streams of chance
GAP, TIER, DEATH, COLLECT, WAY_IN, MAKE, TEST, FAIL, AGAIN, WAY_OUT, STAY, TITRE, RECOVERY, REJECT, RELEASE, ELSE = (
    range(16)
)
SPOIL, SUITE = 18, 19  # what an outage spoils; 16 and 17 are in `halts.py`
# what is counted over the whole run
(EVENTS, DOSES_USED, DOSES_EXPIRED, LOTS_MADE, LOTS_REJECTED, OTHER_SERVED, OTHER_SHORT, STOCK_OUT_D, OVERFLOW, OPEN,
 LITRES) = range(11)  # fmt: skip
COUNTS = 11
REVIEW_D = 7.0  # days between looks at the stock


@compiled(
    "Tuple((float64[:, ::1], float64[::1]))(int64, int64, float64[::1], int64[::1], int64[::1], float64[::1], "
    "int64[::1], float64[:, ::1], float64[:, ::1], float64[::1], float64[::1], float64[:, ::1], float64[:, ::1], "
    "float64[::1], float64[:, ::1], float64[:, ::1], float64[::1], int64[:, ::1], float64[:, ::1], float64[:, ::1], "
    "float64[:, ::1], int64[::1], int64)"
)
def replicate(seed: int, replication: int, rate: Any, machines: Any, beds: Any, failing: Any, make_at: Any, way_in: Any,
              way_out: Any, share: Any, hazard: Any, steps: Any, tests: Any, numbers: Any, lots: Any, campaigns: Any,
              vector: Any, halts: Any, every: Any, lasts: Any, halted: Any, firsts: Any, most: int) -> Any:  # fmt: skip
    """(counts by hospital, single figures). See `simulate.py` for what each argument holds."""
    sites, tiers = len(rate), len(share)
    warm, until, tail = numbers[0], numbers[1], numbers[2]
    attempts, again, recovery, before_d = int(numbers[3]), numbers[4], numbers[5], numbers[6]
    by_urgency, with_vector, releasing = numbers[7] > 0, numbers[8] > 0, numbers[9]
    reorder, reorder_litres, campaign_d, other_rate = vector[0], vector[1], vector[2], vector[3]
    retained, dose_tu, rejection, shelf = vector[4], vector[5], vector[6], vector[7]
    table, sums = np.zeros((sites, COUNTS)), np.zeros(COUNTS)
    person = np.zeros((most, 9), np.int64)
    moment = np.empty((most, 6))  # referred, collected, joined the queue, without vector since, bed asked, begun
    most_lots = len(lots) + len(campaigns) + 1
    if reorder >= 0:
        most_lots += int((until + tail) / REVIEW_D) + 2
    still, begins, row_of = spans(seed, replication, halts, every, lasts, halted, until + tail)
    place_in, place_out = LANE * 2 * sites, LANE * 2 * sites + sites
    stopped = np.zeros(sites, np.int64)
    slots = 2 * (most + most_lots + sites + len(still)) + 64  # somebody's next step and death; a lot's release or end
    times, order, what = np.empty(slots), np.empty(slots, np.int64), np.empty((slots, 2), np.int64)
    size = np.zeros(2, np.int64)
    free, spare = machines.copy(), beds.copy()
    head, tail_of = np.full((sites, tiers), -1), np.full((sites, tiers), -1)
    bed_head, bed_tail = np.full(sites, -1), np.full(sites, -1)
    queued = np.zeros(sites, np.int64)
    stock, filled, expires = np.zeros(most_lots, np.int64), np.zeros(most_lots, np.int64), np.zeros(most_lots)
    lots_n, on_hand, coming, known, counted, settled, others = 0, 0, 0, 0, 0, 0, 0
    dry_since = -1.0
    for at in range(len(still)):
        if halts[row_of[at], KIND] != LANE:
            push(times, order, what, size, still[at, 0], DOWN, at)
            push(times, order, what, size, still[at, 1], UP, at)
    for site in range(sites):
        if rate[site] > 0:
            push(
                times,
                order,
                what,
                size,
                -math.log(uniform(seed, replication, GAP, site, 0)) / rate[site],
                ARRIVAL,
                site,
            )
    arrived = np.zeros(sites, np.int64)
    if with_vector:
        for at in range(len(lots)):
            filled[lots_n], expires[lots_n] = int(lots[at, 0]), lots[at, 2]
            push(times, order, what, size, max(0.0, lots[at, 1]), LOT, lots_n)
            lots_n += 1
        for at in range(len(campaigns)):
            push(times, order, what, size, campaigns[at, 0], REVIEW, at)
        if reorder >= 0:
            push(times, order, what, size, 0.0, REVIEW, -1)
        if other_rate > 0:
            push(times, order, what, size, -math.log(uniform(seed, replication, ELSE, 0, 0)) / other_rate, OTHER, 0)
        dry_since = 0.0
    while size[0] > 0:
        now, kind, who = pop(times, order, what, size)
        if now >= until and (settled == counted or now > until + tail):
            break
        sums[EVENTS] += 1
        site = -1  # where somebody may be able to start now; -2: anywhere
        if kind == ARRIVAL:
            arrived[who] += 1
            gap = -math.log(uniform(seed, replication, GAP, who, arrived[who])) / rate[who]
            push(times, order, what, size, now + gap, ARRIVAL, who)
            if known == most or size[0] > slots - 16:
                sums[OVERFLOW] = 1
                return table, sums
            patient = known
            known += 1
            key = who * 10_000_000 + arrived[who]
            person[patient, KEY] = key
            moment[patient, 0] = now
            person[patient, HOSPITAL], person[patient, SITE], person[patient, SHORT] = who, make_at[who], 0
            person[patient, NEXT], person[patient, ATTEMPT], person[patient, STATE] = -1, 1, BUSY
            u, tier = uniform(seed, replication, TIER, key, 0), 0
            while tier < tiers - 1 and u > share[tier]:
                tier += 1
            person[patient, URGENCY] = tier
            if warm <= now < until:
                person[patient, COUNTED] = 1
                counted += 1
                table[who, REFERRED] += 1
            if hazard[tier] > 0:
                death = -math.log(uniform(seed, replication, DEATH, key, 0)) / hazard[tier]
                if now + death <= until + tail:  # later ones would never be looked at
                    push(times, order, what, size, now + death, LOST, patient)
            wait = draw(steps[0], seed, replication, COLLECT, key, 1)
            moment[patient, 1] = open_from(CLOSED * 2 * sites + who, now + wait, firsts, still, begins)
            leaves = open_from(place_in + who, moment[patient, 1], firsts, still, begins)
            travel = draw(way_in[who], seed, replication, WAY_IN, key, 1)
            push(times, order, what, size, leaves + travel, READY, patient)
        elif kind == READY:
            if person[who, STATE] != SETTLED:
                site = person[who, SITE]
                tier = person[who, URGENCY] if by_urgency else 0
                person[who, STATE], person[who, NEXT], moment[who, 2], moment[who, 3] = WAITING, -1, now, -1.0
                if head[site, tier] < 0:
                    head[site, tier] = who
                else:
                    person[tail_of[site, tier], NEXT] = who
                tail_of[site, tier] = who
                queued[site] += 1
        elif kind == MADE:
            site = person[who, SITE]
            free[site] += 1
            if person[who, STATE] != SETTLED:
                hospital, attempt = person[who, HOSPITAL], person[who, ATTEMPT]
                key = person[who, KEY]
                tested = 0.0
                for at in range(len(tests)):
                    tested = max(tested, draw(tests[at], seed, replication, TEST, key, attempt * 16 + at))
                kept = survives(CLOSED * 2 * sites + site, moment[who, 5], now, firsts, still, begins, halted)
                spoilt = kept < 1.0 and uniform(seed, replication, SPOIL, key, attempt) >= kept
                if spoilt or uniform(seed, replication, FAIL, key, attempt) < failing[site]:
                    able = uniform(seed, replication, AGAIN, key, attempt) < again
                    if attempt < attempts and able:
                        person[who, ATTEMPT] = attempt + 1
                        wait = tested + recovery
                        moment[who, 1] = open_from(CLOSED * 2 * sites + hospital, now + wait, firsts, still, begins)
                        leaves = open_from(place_in + hospital, moment[who, 1], firsts, still, begins)
                        travel = draw(way_in[hospital], seed, replication, WAY_IN, key, attempt + 1)
                        push(times, order, what, size, leaves + travel, READY, who)
                    else:
                        person[who, STATE] = SETTLED
                        if person[who, COUNTED]:
                            settled += 1
                            table[hospital, GIVEN_UP] += 1
                else:
                    back = draw(way_out[hospital], seed, replication, WAY_OUT, key, attempt)
                    leaves = open_from(place_out + hospital, now + tested + releasing, firsts, still, begins)
                    push(times, order, what, size, leaves + back, AT_BED, who)
        elif kind == AT_BED:
            if person[who, STATE] != SETTLED:
                hospital = person[who, HOSPITAL]
                person[who, STATE], person[who, NEXT], moment[who, 4] = BED_QUEUE, -1, now
                if bed_head[hospital] < 0:
                    bed_head[hospital] = who
                else:
                    person[bed_tail[hospital], NEXT] = who
                bed_tail[hospital] = who
                give_beds(hospital, now, spare, bed_head, person, moment, table, times, order, what, size, before_d)
        elif kind == INFUSED:
            hospital = person[who, HOSPITAL]
            key = person[who, KEY]
            if person[who, STATE] != SETTLED:
                person[who, STATE] = SETTLED
                if person[who, COUNTED]:
                    settled += 1
                    table[hospital, INFUSED_N] += 1
                    table[hospital, TO_INFUSION] += now - moment[who, 0]
                    table[hospital, VEIN_TO_VEIN] += now - moment[who, 1]
                stay = draw(steps[2], seed, replication, STAY, key, 0)
                push(times, order, what, size, now + stay, BED_FREE, hospital)
            else:
                push(times, order, what, size, now, BED_FREE, hospital)
        elif kind == BED_FREE:
            spare[who] += 1
            give_beds(who, now, spare, bed_head, person, moment, table, times, order, what, size, before_d)
        elif kind == LOST:
            if person[who, STATE] != SETTLED:
                if person[who, STATE] == WAITING:
                    queued[person[who, SITE]] -= 1
                    if person[who, COUNTED] and moment[who, 3] >= 0:
                        table[person[who, HOSPITAL], VECTOR_WAIT] += now - moment[who, 3]
                person[who, STATE] = SETTLED
                if person[who, COUNTED]:
                    settled += 1
                    table[person[who, HOSPITAL], DIED] += 1
        elif kind == LOT:
            if filled[who] > 0 and expires[who] > now:
                stock[who] = filled[who]
                if on_hand == 0 and now > dry_since:
                    sums[STOCK_OUT_D] += max(0.0, min(now, until) - max(dry_since, warm))
                on_hand += stock[who]
                push(times, order, what, size, expires[who], EXPIRY, who)
                site = -2
            if who >= len(lots):
                coming -= 1
        elif kind == EXPIRY:
            if stock[who] > 0:
                sums[DOSES_EXPIRED] += stock[who]
                on_hand -= stock[who]
                stock[who] = 0
                if on_hand == 0:
                    dry_since = now
        elif kind == OTHER:
            others += 1
            gap = -math.log(uniform(seed, replication, ELSE, 0, others)) / other_rate
            push(times, order, what, size, now + gap, OTHER, 0)
            if on_hand > 0:
                take(stock, expires, lots_n)
                on_hand -= 1
                sums[OTHER_SERVED] += 1
                if on_hand == 0:
                    dry_since = now
            else:
                sums[OTHER_SHORT] += 1
        elif kind in (DOWN, UP):
            row, sign = row_of[who], 1 if kind == UP else -1
            if halts[row, KIND] == FEWER:
                free[halts[row, TARGET]] += sign * halts[row, NUMBER]
            else:
                stopped[halts[row, TARGET]] -= sign
            site = halts[row, TARGET]
        else:
            litres = 0.0
            if who >= 0:
                litres = campaigns[who, 1]
            else:
                push(times, order, what, size, now + REVIEW_D, REVIEW, -1)
                if on_hand + coming * reorder_litres * vector[8] <= reorder:
                    litres = reorder_litres
            if litres > 0:
                # a lot is keyed by its number, so the nth campaign fares alike under every plan
                number = lots_n
                titre = draw(steps[3], seed, replication, TITRE, number, 0)
                kept = min(1.0, draw(steps[4], seed, replication, RECOVERY, number, 0))
                made = int(litres * 1000.0 * titre * kept * (1.0 - retained) / dose_tu)
                sums[LOTS_MADE] += 1
                sums[LITRES] += litres
                begun = open_from(CLOSED * 2 * sites + int(vector[10]), now, firsts, still, begins)
                harvest = begun + campaign_d
                later = harvest + draw(steps[5], seed, replication, RELEASE, number, 0)
                lasting = (1.0 - vector[9]) * survives(CLOSED * 2 * sites + int(vector[10]), begun, harvest, firsts,
                                                       still, begins, halted)  # fmt: skip
                if lasting < 1.0 and uniform(seed, replication, SUITE, number, 0) >= lasting:
                    made, later = 0, harvest
                    sums[LOTS_REJECTED] += 1
                elif uniform(seed, replication, REJECT, number, 0) < rejection:
                    made = 0
                    sums[LOTS_REJECTED] += 1
                filled[lots_n], expires[lots_n] = made, harvest + shelf
                push(times, order, what, size, later, LOT, lots_n)
                lots_n += 1
                coming += 1
        first, last = (0, sites) if site == -2 else (site, site + 1) if site >= 0 else (0, 0)
        for here in range(first, last):
            while free[here] > 0 and queued[here] > 0 and stopped[here] == 0:
                if with_vector and on_hand == 0:
                    mark_short(here, free[here], now, tiers, head, person, moment, table)
                    break
                who = next_in(here, tiers, head, person)
                queued[here] -= 1
                free[here] -= 1
                person[who, STATE] = BUSY
                hospital = person[who, HOSPITAL]
                if person[who, COUNTED]:
                    table[hospital, MACHINE_WAIT] += now - moment[who, 2]
                    table[hospital, BATCHES] += 1
                    if moment[who, 3] >= 0:
                        table[hospital, VECTOR_WAIT] += now - moment[who, 3]
                if with_vector:
                    take(stock, expires, lots_n)
                    on_hand -= 1
                    sums[DOSES_USED] += 1
                    if on_hand == 0:
                        dry_since = now
                key = person[who, KEY]
                moment[who, 5] = now
                takes = draw(steps[1], seed, replication, MAKE, key, person[who, ATTEMPT])
                push(times, order, what, size, now + takes, MADE, who)
    if with_vector and on_hand == 0:
        sums[STOCK_OUT_D] += max(0.0, until - max(dry_since, warm))
    sums[OPEN] = counted - settled
    return table, sums
