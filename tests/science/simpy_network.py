"""The network of the simulation a second time, as SimPy processes with Python's own chance: the judge of its means."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import simpy

from milenari.science.planning.figure import Shape, Spread
from milenari.science.planning.scenario import Scenario
from milenari.science.planning.simulate import YEAR_D, Run


def drawn(spread: Spread, chance: random.Random) -> float:
    a, b = spread.a, spread.second
    if spread.shape is Shape.UNIFORM:
        return chance.uniform(a, b)
    if spread.shape is Shape.EXPONENTIAL:
        return chance.expovariate(1 / a)
    if spread.shape is Shape.LOGNORMAL:
        return chance.lognormvariate(0, spread.sigma) * a
    if spread.shape is Shape.GAMMA:
        return chance.gammavariate(1 / b**2, a * b**2)
    return a


class Network:
    """One replication; every hospital makes at home. `counts` has what `simulate` counts."""

    def __init__(self, scenario: Scenario, run: Run, seed: int):
        self.scenario, self.run, self.chance = scenario, run, random.Random(seed)
        self.env, self.counts = simpy.Environment(), Counter[str]()
        self.free = {s.code: sum(m.number.whole for m in s.machines) for s in scenario.sites}
        self.beds = {s.code: simpy.Resource(self.env, s.beds.whole) for s in scenario.sites}
        self.waiting: dict[str, list[dict[str, Any]]] = {s.code: [] for s in scenario.sites}
        self.lots: list[list[float]] = []  # expires, doses
        self.coming = 0
        for lot in scenario.vector.lots:
            self.env.process(self.lot(max(0.0, scenario.at(lot.first)), lot.doses, scenario.at(lot.last) + 1.0, False))
        self.env.process(self.review())
        self.env.process(self.elsewhere())
        for site in scenario.sites:
            self.env.process(self.arrivals(site))
        self.env.run(until=run.warm_d + run.counted_d + 250)

    def on_hand(self) -> float:
        return sum(doses for ends, doses in self.lots if ends > self.env.now)

    def take(self) -> None:
        min((lot for lot in self.lots if lot[1] > 0 and lot[0] > self.env.now), key=lambda lot: lot[0])[1] -= 1

    def lot(self, at: float, doses: float, ends: float, made_here: bool) -> Any:
        yield self.env.timeout(at - self.env.now)
        self.lots.append([ends, doses])
        self.coming -= made_here
        for site in self.scenario.sites:
            self.dispatch(site.code)

    def review(self) -> Any:
        v = self.scenario.vector
        per_litre = v.doses_of(1, v.titre.mean, v.recovery.mean) * (1 - float(v.rejection))
        while True:
            if self.on_hand() + self.coming * self.run.reorder_litres * per_litre <= self.run.reorder_at:
                made = int(
                    v.doses_of(self.run.reorder_litres, drawn(v.titre, self.chance), drawn(v.recovery, self.chance))
                )
                made = 0 if self.chance.random() < float(v.rejection) else made
                harvest = self.env.now + float(v.campaign)
                self.coming += 1
                later = harvest + drawn(v.release, self.chance)
                self.env.process(self.lot(later, made, harvest + float(v.shelf_life), True))
            yield self.env.timeout(7)

    def elsewhere(self) -> Any:
        while True:
            yield self.env.timeout(self.chance.expovariate(float(self.scenario.vector.other_demand) / YEAR_D))
            if self.on_hand() > 0:
                self.take()

    def arrivals(self, site: Any) -> Any:
        while True:
            yield self.env.timeout(self.chance.expovariate(float(site.referrals) / YEAR_D))
            self.env.process(self.patient(site))

    def patient(self, site: Any) -> Any:
        p, chance, env = self.scenario.process, self.chance, self.env
        tier = chance.choices(range(len(p.tiers)), [float(t.share) for t in p.tiers])[0]
        counted = self.run.warm_d <= env.now < self.run.warm_d + self.run.counted_d
        me: dict[str, Any] = {"tier": tier, "counted": counted, "referred": env.now, "alive": True, "short": False}
        self.counts["referred"] += counted
        daily = 1 - (1 - float(p.tiers[tier].loss_42d)) ** (1 / 42)
        me["death"] = env.process(self.death(me, chance.expovariate(-_log1m(daily))))
        wait = drawn(p.to_collection, chance)
        for attempt in range(1, p.attempts.whole + 1):
            yield env.timeout(wait)
            if not me["alive"]:
                return
            me["go"], me["joined"] = env.event(), env.now
            self.waiting[site.code].append(me)
            self.dispatch(site.code)
            yield me["go"] | me["death"]
            if not me["go"].triggered:
                return
            self.counts["batches"] += counted
            self.counts["machine_wait"] += (env.now - me["joined"]) * counted
            yield env.timeout(drawn(p.manufacture, chance))
            self.free[site.code] += 1
            self.dispatch(site.code)
            tested = max(drawn(a.duration, chance) for a in self.scenario.assays if a.before_release)
            if chance.random() >= float(site.failure):
                break
            if attempt == p.attempts.whole or chance.random() >= float(p.recollection):
                self.counts["given_up"] += counted and me["alive"]
                me["alive"] = False
                return
            wait = tested + float(p.recovery)
        yield env.timeout(tested + float(p.releasing))
        with self.beds[site.code].request() as bed:
            yield bed | me["death"]
            if not me["alive"]:
                return
            yield env.timeout(float(p.lymphodepletion) + float(p.rest))
            if not me["alive"]:
                return
            me["alive"] = False
            self.counts["infused"] += counted
            self.counts["to_infusion"] += (env.now - me["referred"]) * counted
            yield env.timeout(float(p.bed))

    def death(self, me: dict[str, Any], after: float) -> Any:
        yield self.env.timeout(after)
        if me["alive"]:
            me["alive"] = False
            self.counts["died"] += me["counted"]

    def dispatch(self, site: str) -> None:
        while self.free[site] > 0:
            queue = sorted((x for x in self.waiting[site] if x["alive"]), key=lambda x: (x["tier"], x["joined"]))
            if not queue:
                return
            if self.on_hand() <= 0:
                for one in queue[: self.free[site]]:
                    self.counts["vector_waited"] += one["counted"] and not one["short"]
                    one["short"] = True
                return
            self.take()
            self.free[site] -= 1
            self.waiting[site].remove(queue[0])
            queue[0]["go"].succeed()


def _log1m(p: float) -> float:
    import math

    return math.log1p(-p)
