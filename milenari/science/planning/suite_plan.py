"""The best campaigns of one suite, proven: most kilograms, or least shortfall of stock, without backlog or waste.

Batch by batch over labels (product, batches of its campaign, day of the last batch, batches of each product, shortfall
so far). What a label still costs at least is known product by product, as if the suite made only this one from now on;
what costs as much as a plan that is known is dropped, and a search among few labels finds one before. Between labels of
one product and the same numbers of batches, one that is earlier, not worse and no longer in its campaign dominates: it
can wait and do the same. So waiting is allowed here, which the published encoding does not; the bound holds for both,
and the plan says whether it waits. Published are genetic algorithms and no bound (`science/planning/suite.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from milenari.science.computed import Computed, Unfit, count
from milenari.science.planning.programme import Status
from milenari.science.planning.suite import Account, Batch, G, Suite, account, ends_of, forward

VERSION = "2"  # 2: told when it is time, with the bound of what was left open
REFERENCE = "Jankauskas, Papageorgiou & Farid 2017, doi:10.1016/B978-0-444-63965-3.50219-1"
GOALS = ("throughput", "deficit")
MOST_LABELS, BEAM = 5_000_000, 300
AT_A_TIME = 256  # labels between two looks at the clock


def never() -> bool:
    """A clock that never says that it is time."""
    return False


@dataclass(frozen=True)
class Campaign:
    """Batches of a product, one after the other."""

    product: str
    batches: int
    first_stored: int
    last_stored: int


@dataclass(frozen=True)
class Solved(Computed):
    """The plan. `kg` is what was asked for, `bound_kg` what no plan passes; `waits`: the suite stands idle at times;
    `stopped`: why the search ended before its proof (time, labels), empty where it did not."""

    instance: str
    goal: str
    status: Status
    kg: float | None
    bound_kg: float
    gap: float | None
    throughput_kg: float | None
    deficit_kg: float | None
    waits: bool
    campaigns: tuple[Campaign, ...]
    labels: int
    stopped: str
    assumed: tuple[str, ...]
    reasons: tuple[str, ...]


class _Label(NamedTuple):
    """A beginning of a plan: product and batches of its last campaign, the day of its last batch, batches of each
    product, shortfall so far in grams."""

    at: int
    run: int
    day: int
    made: tuple[int, ...]
    short: int
    before: _Label | None


class _Ahead:
    """What is still to come, product by product, from tables."""

    def __init__(self, given: Suite, goal: str) -> None:
        self.given, self.goal = given, goal
        self.latest: list[list[float]] = []
        self.first: list[list[int]] = []
        self.gain: list[list[list[int]]] = []  # shortfall that the k-th batch leaves when it is stored on a day
        self.never: list[list[int]] = []  # shortfall that is left when only k batches are ever made
        self.alone: list[list[list[float]]] = []  # least shortfall to come with k batches made, the last on a day
        for at in range(len(given.products)):
            latest, first = ends_of(given, at)
            self.latest.append(latest)
            self.first.append(first)
            self._tables(at)
        self.needed = [sum(1 for day in latest[1:] if day < math.inf) for latest in self.latest]
        self.useful = [next(k for k, left in enumerate(never) if not left) for never in self.never]
        self.rate = max(p.batch / p.dsp for p in given.products)
        self.nearest = [min((given.changeover[b][a] for b in range(len(given.products)) if b != a), default=0)
                        for a in range(len(given.products))]  # fmt: skip

    def _tables(self, at: int) -> None:
        given, product = self.given, self.given.products[at]
        most, days = len(self.latest[at]) - 1, given.horizon + 1
        gain: list[list[int]] = [[]]
        for k in range(1, most + 1):
            saved, wanted = [], 0
            for demand, target in zip(given.demand[at], given.target[at], strict=True):
                wanted += demand
                stock = product.opening + k * product.batch - wanted
                saved.append(max(0, target - stock + product.batch) - max(0, target - stock))
            row, due, lost = [], 0, 0
            for day in range(days):
                while due < len(given.due) and given.due[due] <= day + product.approval:
                    lost += saved[due]
                    due += 1
                row.append(lost)
            gain.append([*row, sum(saved)])
        never = [0] * (most + 1)
        for k in range(most - 1, -1, -1):
            never[k] = never[k + 1] + gain[k + 1][-1]
        needed = sum(1 for day in self.latest[at][1:] if day < math.inf)
        useful = next(k for k, left in enumerate(never) if not left)
        alone: list[list[float]] = [[0.0] * (days + 1) for _ in range(most + 1)]
        for k in range(most - 1, -1, -1):
            if k >= needed and (k >= useful or self.goal == "throughput"):
                continue
            for day in range(days):
                stored = day + product.dsp
                if stored >= given.horizon:
                    alone[k][day] = never[k] if k >= needed else math.inf
                elif stored > self.latest[at][k + 1]:
                    alone[k][day] = math.inf
                else:
                    alone[k][day] = gain[k + 1][stored] + alone[k + 1][stored]
            alone[k][days] = alone[k][days - 1]
        self.gain.append(gain)
        self.never.append(never)
        self.alone.append(alone)

    def shortfall(self, at: int, day: int, made: tuple[int, ...]) -> float:
        """No plan that goes on from here adds less; infinite where somebody would go without."""
        away = self.given.changeover[at]
        last = self.given.horizon
        return sum(self.alone[b][made[b]][min(last, day + (away[b] if b != at else 0))] for b in range(len(made)))

    def kilograms(self, at: int, day: int, made: tuple[int, ...]) -> float:
        """No plan that goes on from here makes more, in grams: what is needed, then the fastest product."""
        left, grams = self.given.horizon - 1 - day, 0
        for b, product in enumerate(self.given.products):
            grams += made[b] * product.batch
            needed = self.needed[b] - made[b]
            if needed > 0:
                left -= needed * product.dsp + (self.nearest[b] if b != at else 0)
                grams += needed * product.batch
        return grams + max(0, left) * self.rate if left >= 0 else -math.inf

    def worth(self, label: _Label) -> float:
        """The least that any plan beginning so can cost: grams short, or grams made taken as less than nothing."""
        short = self.shortfall(label.at, label.day, label.made)
        if self.goal == "deficit" or short == math.inf:
            return label.short + short
        return -self.kilograms(label.at, label.day, label.made)

    def cut(self, label: _Label) -> bool:
        """Whether the horizon leaves no time for another batch of the campaign, which may then end with any number."""
        return label.day + self.given.products[label.at].dsp >= self.given.horizon

    def ended(self, label: _Label) -> float | None:
        """What the plan costs if nothing more is made; None where it may not end so."""
        product = self.given.products[label.at]
        if not (self.cut(label) or product.may_end(label.run)) or any(
            m < n for m, n in zip(label.made, self.needed, strict=True)
        ):
            return None
        if self.goal == "deficit":
            return label.short + sum(never[m] for never, m in zip(self.never, label.made, strict=True))
        return -float(sum(m * p.batch for m, p in zip(label.made, self.given.products, strict=True)))

    def next(self, label: _Label | None, at: int) -> _Label | None:
        """One batch more of a product, or None where it cannot be."""
        product = self.given.products[at]
        made = label.made if label else (0,) * len(self.given.products)
        if label is None:
            day, run = product.usp + product.dsp, 1
        elif label.at == at:
            day, run = label.day + product.dsp, label.run + 1
        else:
            day, run = label.day + self.given.changeover[label.at][at] + product.dsp, 1
        k = made[at] + 1
        if k >= len(self.latest[at]) or run > product.most:
            return None
        day = max(day, self.first[at][k])
        if day >= self.given.horizon or day > self.latest[at][k]:
            return None
        return _Label(at, run, day, (*made[:at], k, *made[at + 1 :]),
                      (label.short if label else 0) + self.gain[at][k][day], label)  # fmt: skip


def solve(given: Suite, goal: str = "throughput", most_labels: int = MOST_LABELS,
          enough: Callable[[], bool] = never) -> Solved:  # fmt: skip
    """The best plan with its proof. When so many labels do not suffice, or it is `enough`, the best that was found with
    the bound of what was left open."""
    if goal not in GOALS:
        raise Unfit("unknown-goal", f"The goal is {goal!r}; it is {' or '.join(GOALS)}.", goal=goal)
    count(most_labels, 1, "The number of labels")
    ahead = _Ahead(given, goal)
    starts = [one for one in (ahead.next(None, at) for at in range(len(given.products))) if one]
    if account(given, ()).waste_kg:  # the opening stock expires whatever is made
        starts = []
    least = min((ahead.worth(one) for one in starts), default=math.inf)
    quick = _search(ahead, starts, _Found(None, math.inf), most_labels, enough, BEAM)
    whole = _search(ahead, starts, _Found(quick.end, quick.cost), most_labels - quick.seen, enough)
    bound = max(least, min(whole.cost, whole.left)) if whole.stopped else whole.cost
    return _told(given, goal, whole, bound, quick.seen + whole.seen)


@dataclass
class _Found:
    """The end of the best plan, its cost, labels seen, the least cost of what was left open, and why it was left."""

    end: _Label | None
    cost: float
    seen: int = 0
    left: float = math.inf
    stopped: str = ""


def _search(ahead: _Ahead, starts: list[_Label], known: _Found, most: int, enough: Callable[[], bool],
            beam: int = 0) -> _Found:  # fmt: skip
    """The best plan of those that cost less than one that is known. With a beam only so many of each number of batches
    go on: nothing is proven."""
    products = ahead.given.products
    coming: dict[tuple[int, int, bool, tuple[int, ...]], list[_Label]] = {}
    best, cost = known.end, known.cost
    seen = 0

    def offer(label: _Label | None) -> None:
        if label is None or ahead.worth(label) >= cost:
            return
        product = products[label.at]
        phase = min(label.run, product.least) * product.multiple + label.run % product.multiple
        others = coming.setdefault((label.at, phase, ahead.cut(label), label.made), [])
        if any(o.day <= label.day and o.short <= label.short and o.run <= label.run for o in others):
            return
        others[:] = [o for o in others if not (label.day <= o.day and label.short <= o.short and label.run <= o.run)]
        others.append(label)

    for one in starts:
        offer(one)
    while coming:
        layer = [one for same in coming.values() for one in same]
        if beam:
            layer = sorted(layer, key=ahead.worth)[:beam]
        coming = {}
        for place, label in enumerate(layer):
            stopped = "labels" if seen >= most else "time" if seen % AT_A_TIME == 0 and enough() else ""
            if stopped:  # whoever was dropped for another costs no less than that one does, so the open ones bound all
                open_ones = [*layer[place:], *(one for same in coming.values() for one in same)]
                left = min(ahead.worth(one) for one in open_ones)
                return _Found(best, cost, seen, left, stopped)
            seen += 1
            ended = ahead.ended(label)
            if ended is not None and ended < cost:
                best, cost = label, ended
            for at in range(len(products)):
                if at == label.at or products[label.at].may_end(label.run):
                    offer(ahead.next(label, at))
    return _Found(best, cost, seen)


def _told(given: Suite, goal: str, ended: _Found, least: float, seen: int) -> Solved:
    last, worth = ended.end, ended.cost
    sign = -1 if goal == "throughput" else 1
    batches: list[Batch] = []
    label = last
    while label is not None:
        batches.insert(0, Batch(label.at, label.day))
        label = label.before
    found: Account | None = None
    campaigns: list[Campaign] = []
    for batch in batches:
        name = given.products[batch.product].name
        if campaigns and campaigns[-1].product == name:
            one = campaigns.pop()
            campaigns.append(Campaign(name, one.batches + 1, one.first_stored, batch.stored))
        else:
            campaigns.append(Campaign(name, 1, batch.stored, batch.stored))
    if last is not None:
        found = account(given, tuple(batches))
        value = found.throughput_kg if goal == "throughput" else found.deficit_kg
        if found.wrong or found.backlog_kg or found.waste_kg or abs(sign * worth / G - value) > 1e-9:
            raise ArithmeticError(f"{given.name}: told {sign * worth / G}, recounted {found}")
    none = last is None and not ended.stopped
    proven = found is not None and least == worth
    status = Status.FEASIBLE if found else Status.INFEASIBLE if none else Status.UNKNOWN
    return Solved(
        method="suite-labels", version=VERSION, reference=REFERENCE, instance=given.name, goal=goal,
        status=Status.OPTIMAL if proven else status,
        kg=None if found is None else found.throughput_kg if goal == "throughput" else found.deficit_kg,
        bound_kg=sign * least / G, gap=None if found is None else abs(worth - least) / max(abs(worth), 1e-9),
        throughput_kg=found.throughput_kg if found else None, deficit_kg=found.deficit_kg if found else None,
        waits=bool(batches) and tuple(batches) != forward(given, [(c.product, c.batches) for c in campaigns]),
        campaigns=tuple(campaigns), labels=seen, stopped="" if proven else ended.stopped, assumed=given.assumed,
        reasons=("no order of campaigns meets every demand without waste",) if none else (),
    )  # fmt: skip
