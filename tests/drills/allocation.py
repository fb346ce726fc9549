"""Allocation: containers promised, sent, received and spent at random in a partition: none twice, and what it costs.

Beside it a central database in Barcelona is imagined: whatever another site tries while its link is down would be
unavailable there. The two numbers say what offline custody buys: refused by the rule here, unavailable there.
"""

from __future__ import annotations

import random

from tests.drills import agreement
from tests.drills.acts import Acting, Calendar, clock_at, one_holder
from tests.drills.frame import Asked, Found
from tests.drills.partition import _deliver, heal
from tests.exchange import network
from tests.exchange.network import SITES


def drill(asked: Asked) -> Found:
    found, chance = Found(), random.Random(asked.seed)
    nodes, calendar = network.four(asked.folder), Calendar()
    acting = Acting(nodes, chance)
    total, linked = asked.main(200, 100_000), dict.fromkeys(SITES, False)
    with clock_at(calendar), found.timed("allocations"):
        for number in range(total):
            if number % 50 == 0:
                linked = {site: chance.random() < 0.2 for site in SITES}
                calendar.later(minutes=30)
            site = chance.choice(SITES)
            acting.once(site, acting.custody())
            found.count("a central database would be unavailable", site != "BCN" and not linked[site])
            if number % 50 == 49:
                online = [site for site in SITES if linked[site]]
                for sender in online:
                    for to in online:
                        if sender != to:
                            _deliver(nodes, to, nodes[sender].send(nodes[to]), found)
            if number % 100 == 99:
                one_holder(nodes, found)
        heal(nodes, found)
        agreement.check(nodes, found, rebuilt=False, whole=asked.full)
    found.counts |= {"tried": total, "done": acting.done, "refused by a rule": sum(acting.refused.values())}
    for node in nodes.values():
        node.close()
    return found
