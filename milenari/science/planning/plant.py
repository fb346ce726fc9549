"""A plant of suites: which product each upstream and downstream suite makes in each period, at most profit.

Reference: Lakhdar, Zhou, Savery, Titchener-Hooker & Papageorgiou 2005, Biotechnol Prog 21:1478-1489,
doi:10.1021/bp0501571, as entered in github.com/karolisjan/MILP-Models (lakhdar2005, 913938c).

Here are the instance as the table has it, and `recount`, which checks a plan suite by suite and day by day by the
published equations and knows nothing of how it was found (`science/planning/plant_plan.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from milenari.science.computed import Computed, Unfit
from milenari.science.planning import table
from milenari.science.planning.programme import TOLERANCE, Status

VERSION = "1"
REFERENCE = "Lakhdar et al. 2005, doi:10.1021/bp0501571"
BY_PRODUCT = (
    "usp_rate_batches_per_day", "usp_lead_days", "usp_min_campaign_days", "dsp_rate_batches_per_day", "dsp_lead_days",
    "dsp_min_campaign_days", "max_campaign_days", "price_per_batch", "manufacturing_cost_per_batch_each_stage",
    "batches_final_per_crude", "crude_life_periods", "final_life_periods", "crude_store", "final_store",
    "crude_storage_cost", "final_storage_cost", "lateness_penalty", "changeover_cost", "waste_cost",
)  # fmt: skip
OF_PLANT = ("period_days", "periods", "usp_suites", "dsp_suites")
MOST_PERIODS, MOST_SUITES = 120, 40
NEAR = 1e-9


@dataclass(frozen=True)
class Plant:
    """One example of the file. `groups` are upstream suites and what they may make; alike ones stand together."""

    name: str
    products: tuple[str, ...]
    periods: int
    period_days: float
    groups: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    downstream: tuple[str, ...]
    figures: dict[tuple[str, str], float]
    demand: dict[tuple[str, int], float]

    def of(self, parameter: str, product: str) -> float:
        return self.figures[parameter, product]

    def bounds(self, stage: str, product: str) -> tuple[int, int, int, int]:
        """Least and most batches of a suite in a period: with its lead time, then going on without."""
        rate, lead = self.of(f"{stage}_rate_batches_per_day", product), self.of(f"{stage}_lead_days", product)
        least = self.of(f"{stage}_min_campaign_days", product)
        most = min(self.period_days, self.of("max_campaign_days", product))
        return (max(0, math.ceil(1 + rate * (least - lead) - NEAR)), math.floor(1 + rate * (most - lead) + NEAR),
                math.ceil(rate * least - NEAR), math.floor(rate * most + NEAR))  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What a suite makes in a period. `starts`: changed over to it; `led`: its lead time is paid."""

    stage: str
    suite: str
    product: str
    period: int
    batches: int
    days: float
    starts: bool
    led: bool


@dataclass(frozen=True)
class Kept:
    """A product's books at the end of a period, in batches."""

    product: str
    period: int
    sold: float
    late: float
    crude: float
    final: float
    crude_wasted: float
    final_wasted: float


@dataclass(frozen=True)
class Solved(Computed):
    """The plan of a plant, its profit and the bound proven."""

    instance: str
    status: Status
    profit: float | None
    bound: float | None
    gap: float | None
    made: tuple[Made, ...]
    kept: tuple[Kept, ...]
    columns: int
    rows: int
    nodes: int


def plant(read: table.Table, example: str) -> Plant:
    """One example of a file, or Unfit with what is missing or wrong."""
    rows = [row for row in read.rows if row.cells["example"] == example]
    if not rows:
        known = sorted({row.cells["example"] for row in read.rows})
        raise Unfit(
            "dat-missing", f"{read.name} has no example {example!r}; it has {', '.join(known)}.", file=read.name
        )
    given: dict[tuple[str, str], float] = {}
    demand: dict[tuple[str, int], float] = {}
    allowed: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for row in rows:
        parameter, product = row.cells["parameter"], row.cells["product"]
        if parameter.startswith("RESULT"):
            continue
        if parameter == "suite_allows":
            allowed.append((tuple(product.split()), tuple(p.removeprefix("p") for p in row.cells["value"].split())))
        elif parameter == "demand_batches":
            if not row.cells["period"].isdigit():
                table.refuse(read.name, row.line, f"has a demand in period {row.cells['period']!r}")
            demand[product, int(row.cells["period"])] = table.number(read.name, row)
        elif parameter in BY_PRODUCT or parameter in OF_PLANT:
            given[parameter, product] = table.number(read.name, row)
        else:
            table.refuse(read.name, row.line, f"has parameter {parameter!r}, which is not known")
    return _whole(read.name, example, given, demand, allowed)


def _whole(name: str, example: str, given: dict[tuple[str, str], float], demand: dict[tuple[str, int], float],
           allowed: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> Plant:  # fmt: skip
    products = tuple(sorted({p for _, p in given if p != "all"}))

    def one(parameter: str, product: str) -> float:
        for key in ((parameter, product), (parameter, "all")):
            if key in given:
                return given[key]
        raise Unfit("dat-missing", f"{name}, example {example}: {parameter} of {product} is missing.", file=name,
                    param=parameter)  # fmt: skip

    periods, upstream, downstream = (int(one(p, "all")) for p in ("periods", "usp_suites", "dsp_suites"))
    if not products or not (1 <= periods <= MOST_PERIODS and 1 <= upstream <= MOST_SUITES
                            and 1 <= downstream <= MOST_SUITES):  # fmt: skip
        raise Unfit("dat-unreadable", f"{name}, example {example}: it has {len(products)} products, {periods} periods, "
                    f"{upstream} and {downstream} suites; at least one of each, at most {MOST_PERIODS} periods and "
                    f"{MOST_SUITES} suites a stage.", file=name)  # fmt: skip
    figures = {(parameter, p): one(parameter, p) for parameter in BY_PRODUCT for p in products}
    for (parameter, p), value in figures.items():
        if value <= 0 and parameter in ("usp_rate_batches_per_day", "dsp_rate_batches_per_day",
                                        "batches_final_per_crude", "max_campaign_days"):  # fmt: skip
            raise Unfit("dat-unreadable", f"{name}, example {example}: {parameter} of {p} is {value:g}; it is above "
                        "zero.", file=name, param=parameter)  # fmt: skip
    for p, period in demand:
        if p not in products or not 1 <= period <= periods:
            raise Unfit("dat-unreadable", f"{name}, example {example}: demand of product {p} in period {period}; there "
                        f"are products {', '.join(products)} and periods 1 to {periods}.", file=name)  # fmt: skip
    groups = tuple(allowed) or ((tuple(f"i{k + 1}" for k in range(upstream)), products),)
    named = [suite for suites, _ in groups for suite in suites]
    if (
        len(named) != upstream
        or len(set(named)) < len(named)
        or not {p for _, ps in groups for p in ps} <= set(products)
    ):
        raise Unfit("dat-unreadable", f"{name}, example {example}: suite_allows names {', '.join(named)} for {upstream}"
                    " upstream suites, or a product that is not there.", file=name)  # fmt: skip
    return Plant(f"{name} example {example}", products, periods, one("period_days", "all"), groups,
                 tuple(f"j{k + 1}" for k in range(downstream)), figures, demand)  # fmt: skip


def recount(given: Plant, made: tuple[Made, ...], kept: tuple[Kept, ...]) -> tuple[float, list[str]]:
    """(profit, what the plan breaks): each suite's days, starts and lead times, the stores and the books, from the plan
    and the instance alone."""
    wrong, profit = _suites(given, made)
    crude, final, late = (dict.fromkeys(given.products, 0.0) for _ in range(3))
    books = {(k.product, k.period): k for k in kept}
    output = {
        (stage, p, t): 0.0 for stage in ("usp", "dsp") for p in given.products for t in range(1, given.periods + 1)
    }
    for one in made:
        output[one.stage, one.product, one.period] += one.batches
    for (p, t), k in sorted(books.items(), key=lambda item: item[0][1]):
        crude[p] += output["usp", p, t] - output["dsp", p, t] / given.of("batches_final_per_crude", p) - k.crude_wasted
        final[p] += output["dsp", p, t] - k.sold - k.final_wasted
        late[p] += given.demand.get((p, t), 0.0) - k.sold
        profit += given.of("price_per_batch", p) * k.sold - given.of("lateness_penalty", p) * late[p]
        profit -= given.of("crude_storage_cost", p) * crude[p] + given.of("final_storage_cost", p) * final[p]
        profit -= given.of("waste_cost", p) * (k.crude_wasted + k.final_wasted)
        soon = range(t + 1, min(given.periods, t + int(given.of("crude_life_periods", p))) + 1)
        later = range(t + 1, min(given.periods, t + int(given.of("final_life_periods", p))) + 1)
        for said, value, most in (
            ("crude stored", crude[p], min(given.of("crude_store", p), sum(output["dsp", p, q] for q in soon))),
            ("final stored", final[p], min(given.of("final_store", p), sum(books[p, q].sold for q in later))),
            ("late", late[p], math.inf),
        ):
            if not -TOLERANCE <= value <= most + TOLERANCE:
                wrong.append(f"product {p}, period {t}: {value:g} {said}, at most {most:g}")
        if min(k.sold, k.crude_wasted, k.final_wasted) < -TOLERANCE:
            wrong.append(f"product {p}, period {t}: a negative amount")
    if len(books) != len(given.products) * given.periods:
        wrong.append("the books miss a product or a period")
    return profit, wrong


def _suites(given: Plant, made: tuple[Made, ...]) -> tuple[list[str], float]:
    """What the suites' runs break, and less than nothing: what they cost."""
    wrong: list[str] = []
    profit = 0.0
    at = {(one.stage, one.suite, one.period): one for one in made}
    begun = {(one.product, one.period) for one in made if one.stage == "usp" and one.starts}
    may = {("usp", suite): products for suites, products in given.groups for suite in suites}
    may |= {("dsp", suite): given.products for suite in given.downstream}
    if len(at) < len(made):
        wrong.append("a suite makes two products in a period")
    for one in made:
        where, p = f"suite {one.suite}, period {one.period}", one.product
        rate = given.of(f"{one.stage}_rate_batches_per_day", p)
        days = (one.batches - one.led) / rate + one.led * given.of(f"{one.stage}_lead_days", p)
        most = min(given.period_days, given.of("max_campaign_days", p))
        if not given.of(f"{one.stage}_min_campaign_days", p) - TOLERANCE <= days <= most + TOLERANCE:
            wrong.append(f"{where}: {one.batches} batches take {days:g} days")
        if abs(days - one.days) > TOLERANCE or one.batches < 0:
            wrong.append(f"{where}: {one.batches} batches in {one.days:g} days, which is {days:g}")
        before = at.get((one.stage, one.suite, one.period - 1))
        if (before is None or before.product != p) and not one.starts:
            wrong.append(f"{where}: changes over without a start")
        must = one.starts if one.stage == "usp" else one.starts and (p, one.period) in begun
        if must and not one.led:
            wrong.append(f"{where}: starts without its lead time")
        if p not in may.get((one.stage, one.suite), ()):
            wrong.append(f"{where}: may not make product {p}")
        profit -= one.starts * given.of("changeover_cost", p)
        profit -= one.batches * given.of("manufacturing_cost_per_batch_each_stage", p)
    return wrong, profit
