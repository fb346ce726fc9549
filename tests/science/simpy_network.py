"""The network of the simulation a second time, as SimPy processes with Python's own chance: the judge of its means."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import simpy

from milenari.science.planning.figure import Shape, Spread
from milenari.science.planning.routes import makers, ways
from milenari.science.planning.scenario import Outage, Scenario, Trouble
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
    """One replication. `counts` has what `simulate` counts; `shut` how many outages keep a thing closed just now."""

    def __init__(self, scenario: Scenario, run: Run, seed: int):
        self.scenario, self.run, self.chance = scenario, run, random.Random(seed)
        self.env, self.counts = simpy.Environment(), Counter[str]()
        self.free = {s.code: sum(m.number.whole for m in s.machines) for s in scenario.sites}
        codes = list(self.free)
        self.maker = {code: made.code for code, made in zip(codes, makers(scenario, run.hubs), strict=True)}
        self.lanes = dict(zip(codes, ways(scenario, run.hubs), strict=True))
        for code in codes if run.hubs else ():
            if self.maker[code] != code:
                self.free[self.maker[code]] += self.free[code]
                self.free[code] = 0
        self.shut: Counter[str] = Counter()
        self.opened = self.env.event()
        self.running: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}
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
            for one in site.out:
                self.env.process(self.planned(one, f"site {site.code}"))
            for machine in site.machines:
                for one in machine.out:
                    self.env.process(self.planned(one, f"machine {self.maker[site.code]}", machine.number.whole))
        for lane in scenario.lanes:
            for one in lane.closed:
                self.env.process(self.planned(one, f"lane {lane.code}"))
        for outage in scenario.outages:
            for names in self.hit(outage):
                self.env.process(self.fails(outage, names))
        self.env.run(until=run.warm_d + run.counted_d + 250)

    def hit(self, one: Outage) -> list[list[str]]:
        """What each independent failure of an outage shuts."""
        if one.kind is Trouble.COURIER:
            return [[f"lane {one.at}"]]
        if one.kind is Trouble.BORDER:
            land = {site.code: site.country for site in self.scenario.sites}
            across = [x for x in self.scenario.lanes if land[x.origin] != land[x.destination]]
            return [[f"lane {x.code}" for x in across
                     if set(one.at.split("-")) <= {land[x.origin], land[x.destination]}]]  # fmt: skip
        if one.kind is Trouble.MACHINE:
            number = sum(m.number.whole for m in self.scenario.site(one.at).machines)
            return [[f"machine {self.maker[one.at]}"]] * number
        return {Trouble.POWER: [[f"site {one.at}"]], Trouble.STAFF: [[f"staff {one.at}"]]}.get(one.kind, [])

    def fails(self, one: Outage, names: list[str]) -> Any:
        assert one.every and one.lasts
        while True:
            yield self.env.timeout(drawn(one.every, self.chance))
            self.turn(names, 1)
            if one.lost:
                for batch in self.running[one.at]:
                    batch["spoilt"] = batch["spoilt"] or self.chance.random() < float(one.lost)
            yield self.env.timeout(drawn(one.lasts, self.chance))
            self.turn(names, -1)

    def planned(self, span: Any, name: str, number: int = 1) -> Any:
        yield self.env.timeout(self.scenario.at(span.first))
        self.turn([name], number)
        yield self.env.timeout((span.last - span.first).days + 1)
        self.turn([name], -number)

    def turn(self, names: list[str], number: int) -> None:
        for name in names:
            kind, _, code = name.partition(" ")
            if kind == "machine":
                self.free[code] -= number
            else:
                self.shut[name] += number
        self.opened.succeed()
        self.opened = self.env.event()
        for site in self.scenario.sites:
            self.dispatch(site.code)

    def open(self, name: str) -> Any:
        while self.shut[name]:
            yield self.opened

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
                self.coming += 1
                self.env.process(self.suite(made))
            yield self.env.timeout(7)

    def suite(self, made: int) -> Any:
        v, lost = self.scenario.vector, False
        yield from self.open(f"site {v.site}")
        me = {"spoilt": False}
        self.running[v.site].append(me)
        yield self.env.timeout(float(v.campaign))
        self.running[v.site].remove(me)
        for one in self.scenario.outages:
            lost = lost or (one.kind is Trouble.CAMPAIGN and self.chance.random() < float(one.lost or 0))
        harvest, after = self.env.now, drawn(v.release, self.chance)
        later = harvest if lost or me["spoilt"] else harvest + after
        yield from self.lot(later, 0 if lost or me["spoilt"] else made, harvest + float(v.shelf_life), True)

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
        at, (there, back) = self.maker[site.code], self.lanes[site.code]
        tier = chance.choices(range(len(p.tiers)), [float(t.share) for t in p.tiers])[0]
        counted = self.run.warm_d <= env.now < self.run.warm_d + self.run.counted_d
        me: dict[str, Any] = {"tier": tier, "counted": counted, "referred": env.now, "alive": True, "short": False}
        self.counts["referred"] += counted
        daily = 1 - (1 - float(p.tiers[tier].loss_42d)) ** (1 / 42)
        me["death"] = env.process(self.death(me, chance.expovariate(-_log1m(daily))))
        wait = drawn(p.to_collection, chance)
        for attempt in range(1, p.attempts.whole + 1):
            yield env.timeout(wait)
            yield from self.open(f"site {site.code}")
            if me["alive"] and there:
                yield from self.open(f"lane {there.code}")
                yield env.timeout(drawn(there.transit, chance))
            if not me["alive"]:
                return
            me["go"], me["joined"], me["spoilt"] = env.event(), env.now, False
            self.waiting[at].append(me)
            self.dispatch(at)
            yield me["go"] | me["death"]
            if not me["go"].triggered:
                return
            self.counts["batches"] += counted
            self.counts["machine_wait"] += (env.now - me["joined"]) * counted
            self.running[at].append(me)
            yield env.timeout(drawn(p.manufacture, chance))
            self.running[at].remove(me)
            self.free[at] += 1
            self.dispatch(at)
            tested = max(drawn(a.duration, chance) for a in self.scenario.assays if a.before_release)
            if not me["spoilt"] and chance.random() >= float(self.scenario.site(at).failure):
                break
            if attempt == p.attempts.whole or chance.random() >= float(p.recollection):
                self.counts["given_up"] += counted and me["alive"]
                me["alive"] = False
                return
            wait = tested + float(p.recovery)
        yield env.timeout(tested + float(p.releasing))
        if back:
            yield from self.open(f"lane {back.code}")
            yield env.timeout(drawn(back.transit, chance))
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
        while self.free[site] > 0 and not self.shut[f"site {site}"] and not self.shut[f"staff {site}"]:
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
