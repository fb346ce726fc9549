"""The plan of a plant at most profit: suites counted, batches whole, and rows that every plan obeys.

The published model (`science/planning/plant.py`) has binaries for every suite, product and period, and days as a
continuous figure. Here suites that may make the same products are counted, not named, and days are gone: batches are
whole, so a suite that starts or goes on makes a whole number between two bounds that follow from its days. Counts are
written as steps (at least one suite, at least two), which ties the lead time of a downstream start to an upstream start
exactly; two families of rows are added that every plan obeys: without a downstream suite no batch comes of this
period's crude, and a demand is late unless a suite has run since the stock that could serve it. The speed is the
formulation's.

Where all amounts of an instance are whole, what is sold, stored and wasted is counted in whole batches too; the
published model leaves them continuous, and its optima are the same. A suite that starts runs, which the published
equations force whenever the lead time is longer than a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from milenari.science.planning.plant import REFERENCE, VERSION, Kept, Made, Plant, Solved, recount
from milenari.science.planning.programme import TOLERANCE, Outcome, Programme

WINDOW = 2  # periods before and after a demand within which a suite may serve it, in the rows that are added


@dataclass(frozen=True)
class _Steps:
    """Columns of a stage, product and period: at least k suites run, start, are led; batches of all."""

    run: list[int]
    start: list[int]
    led: list[int]
    batches: int


def _stage(made: Programme, given: Plant, stage: str, suites: int,
           products: tuple[str, ...]) -> dict[tuple[str, int], _Steps]:  # fmt: skip
    found: dict[tuple[str, int], _Steps] = {}
    for t in range(1, given.periods + 1):
        for p in products:
            led_least, led_most, least, most = given.bounds(stage, p)
            run = [made.column(0.0, high=1, whole=True) for _ in range(suites)]
            start = [made.column(given.of("changeover_cost", p), high=1, whole=True) for _ in range(suites)]
            led = start if stage == "usp" else [made.column(0.0, high=1, whole=True) for _ in range(suites)]
            batches = made.column(given.of("manufacturing_cost_per_batch_each_stage", p), whole=True,
                                  high=max(0, suites * max(led_most, most)))  # fmt: skip
            found[p, t] = _Steps(run, start, led, batches)
            for steps in (run, start) if led is start else (run, start, led):
                for lower, higher in pairwise(steps):
                    made.row([(lower, 1), (higher, -1)], low=0)
            for k in range(suites):
                made.row([(start[k], 1), (run[k], -1)], high=0)
                if led is not start:
                    made.row([(led[k], 1), (run[k], -1)], high=0)
                for j in range(k + 1):  # k+1 run and k-j ran or fewer: j+1 have started
                    before = [(found[p, t - 1].run[k - j], 1.0)] if t > 1 else []
                    made.row([(start[j], 1), (run[k], -1), *before], low=0)
            made.row([(batches, 1), *((c, -least) for c in run), *((c, least - led_least) for c in led)], low=0)
            made.row([(batches, 1), *((c, -most) for c in run), *((c, most - led_most) for c in led)], high=0)
        made.row([(c, 1) for p in products for c in found[p, t].run], high=suites)
    return found


@dataclass(frozen=True)
class _Books:
    sold: int
    late: int
    crude: int
    final: int
    crude_wasted: int
    final_wasted: int


def solve(given: Plant, seconds: float = 60.0, gap: float = 0.0) -> Solved:
    """The plan of most profit with its bound; recounted by the published equations before it is told."""
    made = Programme()
    up = [_stage(made, given, "usp", len(suites), products) for suites, products in given.groups]
    down = _stage(made, given, "dsp", len(given.downstream), given.products)
    for p in given.products:
        for t in range(1, given.periods + 1):
            for of_group in up:
                if (p, t) in of_group:
                    for k in range(len(given.downstream)):
                        made.row([(down[p, t].led[k], 1), (down[p, t].start[k], -1), (of_group[p, t].start[0], -1)],
                                 low=-1)  # fmt: skip
    books = _storage(made, given, up, down)
    _tighter(made, given, down, books)
    return _told(given, made.solve(seconds, gap), up, down, books)


def _storage(made: Programme, given: Plant, up: list[dict[tuple[str, int], _Steps]],
             down: dict[tuple[str, int], _Steps]) -> dict[tuple[str, int], _Books]:  # fmt: skip
    """Stores, sales, lateness and waste."""
    books: dict[tuple[str, int], _Books] = {}
    amounts = [*given.demand.values(), *(given.of(name, p) for name in ("crude_store", "final_store")
                                         for p in given.products),
               *(1 / given.of("batches_final_per_crude", p) for p in given.products)]  # fmt: skip
    whole = all(float(amount).is_integer() for amount in amounts)
    for p in given.products:

        def new(cost: float, most: float = float("inf")) -> int:
            return made.column(cost, high=most, whole=whole)

        for t in range(1, given.periods + 1):
            waste = given.of("waste_cost", p)
            books[p, t] = _Books(
                new(-given.of("price_per_batch", p)), new(given.of("lateness_penalty", p)),
                new(given.of("crude_storage_cost", p), given.of("crude_store", p)),
                new(given.of("final_storage_cost", p), given.of("final_store", p)), new(waste), new(waste))  # fmt: skip
        for t in range(1, given.periods + 1):
            now, final = books[p, t], down[p, t].batches
            before = books.get((p, t - 1))
            used = 1 / given.of("batches_final_per_crude", p)
            crude = [(of_group[p, t].batches, -1.0) for of_group in up if (p, t) in of_group]
            made.row([(now.crude, 1), (now.crude_wasted, 1), (final, used), *crude,
                      *([(before.crude, -1.0)] if before else [])], 0, 0)  # fmt: skip
            made.row([(now.final, 1), (now.sold, 1), (now.final_wasted, 1), (final, -1),
                      *([(before.final, -1.0)] if before else [])], 0, 0)  # fmt: skip
            due = given.demand.get((p, t), 0.0)
            made.row([(now.late, 1), (now.sold, 1), *([(before.late, -1.0)] if before else [])], due, due)
            soon = range(t + 1, min(given.periods, t + int(given.of("crude_life_periods", p))) + 1)
            made.row([(now.crude, 1), *((down[p, q].batches, -1) for q in soon)], high=0)
            later = range(t + 1, min(given.periods, t + int(given.of("final_life_periods", p))) + 1)
            made.row([(now.final, 1), *((books[p, q].sold, -1) for q in later)], high=0)
    return books


def _tighter(made: Programme, given: Plant, down: dict[tuple[str, int], _Steps],
             books: dict[tuple[str, int], _Books]) -> None:  # fmt: skip
    """Rows that every plan obeys and fractions of plans do not."""
    for p in given.products:
        _, led, _, most = given.bounds("usp", p)
        crude = sum(len(suites) for suites, products in given.groups if p in products) * max(0, led, most)
        yields = given.of("batches_final_per_crude", p)
        for t in range(1, given.periods + 1):
            stored = [(books[p, t - 1].crude, -yields)] if t > 1 else []
            made.row([(down[p, t].batches, 1), (down[p, t].run[0], -yields * crude), *stored], high=0)
            due = given.demand.get((p, t), 0.0)
            for first in range(max(1, t - WINDOW), t + 1) if due else ():
                for last in range(t, min(given.periods, t + WINDOW) + 1):
                    stock = [(books[p, first - 1].final, 1.0)] if first > 1 else []
                    made.row([(books[p, last].late, 1), *stock,
                              *((down[p, q].run[0], due) for q in range(first, last + 1))], low=due)  # fmt: skip


def _told(given: Plant, outcome: Outcome, up: list[dict[tuple[str, int], _Steps]], down: dict[tuple[str, int], _Steps],
          books: dict[tuple[str, int], _Books]) -> Solved:  # fmt: skip
    runs: list[Made] = []
    kept: tuple[Kept, ...] = ()
    profit = None if outcome.objective is None else -outcome.objective
    if outcome.found:
        values = [float(v) for v in outcome.values]
        for (suites, _), of_group in zip(given.groups, up, strict=True):
            runs += _named(given, "usp", suites, of_group, values)
        runs += _named(given, "dsp", given.downstream, down, values)
        for (p, t), b in books.items():
            kept += (Kept(p, t, *(round(values[c], 6) for c in (b.sold, b.late, b.crude, b.final, b.crude_wasted,
                                                                b.final_wasted))),)  # fmt: skip
        again, wrong = recount(given, tuple(runs), kept)
        if wrong or profit is None or abs(again - profit) > TOLERANCE * max(1.0, abs(profit)):
            raise ArithmeticError(f"{given.name}: told {profit}, recounted {again}: {'; '.join(wrong[:3])}")
    return Solved(
        method="plant-steps", version=VERSION, reference=REFERENCE, instance=given.name, status=outcome.status,
        profit=profit, bound=None if outcome.bound is None else -outcome.bound, gap=outcome.gap, made=tuple(runs),
        kept=kept, columns=outcome.columns, rows=outcome.rows, nodes=outcome.nodes,
    )  # fmt: skip


def _named(given: Plant, stage: str, suites: tuple[str, ...], steps: dict[tuple[str, int], _Steps],
           values: list[float]) -> list[Made]:  # fmt: skip
    """Counts given to suites: who made it before goes on, who starts takes a suite that is free."""
    made: list[Made] = []
    before: dict[str, str] = {}
    products = sorted({p for p, _ in steps})
    for t in range(1, given.periods + 1):
        counts = {p: tuple(round(sum(values[c] for c in columns))
                           for columns in (steps[p, t].run, steps[p, t].start, steps[p, t].led))
                  for p in products}  # fmt: skip
        free, now = list(suites), {}
        for p in products:
            run, start, _ = counts[p]
            now[p] = [(suite, False) for suite in free if before.get(suite) == p][: run - start]
            free = [suite for suite in free if (suite, False) not in now[p]]
        for p in products:
            run, start, led = counts[p]
            if len(now[p]) != run - start or start > len(free):
                raise ArithmeticError(f"{given.name}: period {t}, product {p}: the counts fit no suites")
            now[p] = [(suite, True) for suite in free[:start]] + now[p]
            free = free[start:]
            made += _shared(given, stage, p, t, now[p], led, round(values[steps[p, t].batches]))
        before = {suite: p for p in products for suite, _ in now[p]}
    return made


def _shared(given: Plant, stage: str, p: str, t: int, suites: list[tuple[str, bool]], led: int,
            batches: int) -> list[Made]:  # fmt: skip
    """The batches of a product and period among its suites, each between its bounds; starts are led first."""
    led_least, led_most, least, most = given.bounds(stage, p)
    low = [led_least if k < led else least for k in range(len(suites))]
    high = [led_most if k < led else most for k in range(len(suites))]
    rate, lead = given.of(f"{stage}_rate_batches_per_day", p), given.of(f"{stage}_lead_days", p)
    made, left = [], batches - sum(low)
    for k, (suite, starts) in enumerate(suites):
        more = min(left, high[k] - low[k])
        left -= more
        each = low[k] + more
        made.append(Made(stage, suite, p, t, each, (each - (k < led)) / rate + (k < led) * lead, starts, k < led))
    if left:
        raise ArithmeticError(f"{given.name}: period {t}, product {p}: {batches} batches fit no suites")
    return made
