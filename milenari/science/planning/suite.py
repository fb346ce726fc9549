"""One suite that makes several products in campaigns: stock against demand and targets, recounted from its batches.

Reference: Jankauskas, Papageorgiou & Farid 2017, Comput Aided Chem Eng 40, doi:10.1016/B978-0-444-63965-3.50219-1, with
the instance of github.com/karolisjan/BiopharmaScheduling (0f58b7c, MIT). The first batch of a campaign is harvested a
changeover after the last one of the campaign before; a batch is stored `dsp_days` after its harvest, which is when the
next one is harvested, approved `approval_days` later, and expires `shelf_life_days` after it was stored. What is
approved before a due date serves it, the oldest first; what expires before one is waste. Amounts are whole grams.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from milenari.science.computed import Unfit
from milenari.science.planning import table

OF_PRODUCT = ("usp_days", "dsp_days", "approval_days", "shelf_life_days", "kg_yield_per_batch", "kg_opening_stock",
              "min_batches_per_campaign", "max_batches_per_campaign", "batches_multiples_of_per_campaign")  # fmt: skip
NOT_USED = ("inoculation_days", "seed_days", "production_days", "kg_storage_limits", "production_cost_per_kg",
            "sell_price_per_kg", "inventory_penalty_per_kg", "backlog_penalty_per_kg", "storage_cost_per_kg",
            "waste_cost_per_kg")  # fmt: skip
KINDS = ("product", "changeover_days", "demand_kg", "target_stock_kg", "result", "begins")
MOST_PRODUCTS, MOST_DAYS = 12, 4000
G = 1000


@dataclass(frozen=True)
class Product:
    """What is made; masses in grams, times in days."""

    name: str
    usp: int
    dsp: int
    approval: int
    life: int
    batch: int
    opening: int
    least: int
    most: int
    multiple: int

    def may_end(self, batches: int) -> bool:
        """Whether a campaign of so many batches may be followed by another product."""
        return self.least <= batches <= self.most and batches % self.multiple == 0


@dataclass(frozen=True)
class Suite:
    """The instance. `due` are days after the beginning; batches stored before the last one count."""

    name: str
    products: tuple[Product, ...]
    changeover: tuple[tuple[int, ...], ...]
    begins: date
    due: tuple[int, ...]
    demand: tuple[tuple[int, ...], ...]
    target: tuple[tuple[int, ...], ...]
    assumed: tuple[str, ...]

    @property
    def horizon(self) -> int:
        return self.due[-1]


@dataclass(frozen=True)
class Batch:
    """A batch by its product's place and the day it is stored."""

    product: int
    stored: int


@dataclass(frozen=True)
class Account:
    """What a list of batches comes to, in kilograms, and the rules it breaks."""

    throughput_kg: float
    deficit_kg: float
    backlog_kg: float
    waste_kg: float
    wrong: tuple[str, ...]


def suite(read: table.Table) -> Suite:
    """The instance of a table, or Unfit with what is missing or wrong."""
    name = read.name
    figures: dict[tuple[str, str], float] = {}
    between: dict[tuple[str, str], float] = {}
    amounts: dict[tuple[str, str, date], float] = {}
    begins: date | None = None
    for row in read.rows:
        kind, first, second = row.cells["kind"], row.cells["index1"], row.cells["index2"]
        if kind not in KINDS:
            table.refuse(name, row.line, f"has kind {kind!r}; known are {', '.join(KINDS)}")
        if kind == "product":
            if second not in OF_PRODUCT and second not in NOT_USED:
                table.refuse(name, row.line, f"has parameter {second!r}, which is not known")
            figures[first, second] = table.number(name, row)
        elif kind == "changeover_days":
            between[first, second] = table.number(name, row)
        elif kind == "begins":
            begins = _day(name, row, row.cells["value"])
        elif kind != "result":
            amounts[kind, second, _day(name, row, first)] = table.number(name, row)
    names = tuple(sorted({product for product, _ in figures}))
    dues = tuple(sorted({day for _, _, day in amounts}))
    strange = {p for pair in between for p in pair} | {p for _, p, _ in amounts}
    if not names or not dues or len(names) > MOST_PRODUCTS or not strange <= set(names):
        unknown = ", ".join(sorted(strange - set(names))) or "none"
        raise Unfit("dat-missing", f"{name}: it has {len(names)} products (1 to {MOST_PRODUCTS}), {len(dues)} due "
                    f"dates (at least 1), and figures of products it does not have: {unknown}.", file=name)  # fmt: skip
    for pair in ((a, b) for a in names for b in names):
        if pair not in between and pair[0] != pair[1]:
            raise Unfit("dat-missing", f"{name}: changeover_days from {pair[0]} to {pair[1]} is missing.", file=name)
    assumed: tuple[str, ...] = ()
    if begins is None:
        begins = date(dues[0].year - (dues[0].month == 1), (dues[0].month - 2) % 12 + 1, 1)
        assumed = (f"the suite begins on {begins.isoformat()}, the month before the first due date (row begins)",)
    due = tuple((day - begins).days for day in dues)
    if due[0] <= 0 or due[-1] > MOST_DAYS:
        raise Unfit("dat-unreadable", f"{name}: due dates are {due[0]} to {due[-1]} days after the beginning; they are "
                    f"1 to {MOST_DAYS}.", file=name)  # fmt: skip
    change = tuple(tuple(_whole(name, f"changeover from {a} to {b}", between.get((a, b), 0.0)) for b in names)
                   for a in names)  # fmt: skip
    demand, target = (
        tuple(tuple(_whole(name, kind, amounts.get((kind, p, day), 0.0) * G) for day in dues) for p in names)
        for kind in ("demand_kg", "target_stock_kg")
    )
    made = tuple(_product(name, p, figures) for p in names)
    return Suite(name, made, change, begins, due, demand, target, assumed)


def _day(name: str, row: table.Row, word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        table.refuse(name, row.line, f"has {word!r}, which is not a day")


def _whole(name: str, what: str, value: float) -> int:
    if abs(value - round(value)) > 1e-6:
        raise Unfit("dat-unreadable", f"{name}: {what} is {value:g}; days and grams are whole.", file=name)
    return round(value)


def _product(name: str, product: str, figures: dict[tuple[str, str], float]) -> Product:
    missing = [one for one in OF_PRODUCT if (product, one) not in figures]
    if missing:
        raise Unfit("dat-missing", f"{name}: product {product} has no {missing[0]}.", file=name, param=missing[0])
    usp, dsp, approval, life, batch, opening, least, most, multiple = (
        _whole(name, f"{one} of {product}", figures[product, one] * (G if one.startswith("kg_") else 1))
        for one in OF_PRODUCT
    )
    if min(dsp, batch, multiple) < 1 or not max(least, multiple) <= most:
        raise Unfit("dat-unreadable", f"{name}: product {product} needs a day of dsp, grams of a batch and a multiple "
                    "above zero, and a campaign whose most batches are not below its least.", file=name)  # fmt: skip
    return Product(product, usp, dsp, approval, life, batch, opening, least, most, multiple)


def forward(given: Suite, campaigns: list[tuple[str, int]]) -> tuple[Batch, ...]:
    """The batches of campaigns that follow each other without a pause, as far as they are stored within the horizon."""
    places = {p.name: at for at, p in enumerate(given.products)}
    made: list[Batch] = []
    for name, batches in campaigns:
        at = places[name]
        for first in (k == 0 for k in range(batches)):
            stored = _earliest(given, made, at, first)
            if stored >= given.horizon:
                return tuple(made)
            made.append(Batch(at, stored))
    return tuple(made)


def _earliest(given: Suite, made: list[Batch], at: int, first: bool) -> int:
    product = given.products[at]
    if not made:
        return product.usp + product.dsp
    return made[-1].stored + product.dsp + (given.changeover[made[-1].product][at] if first else 0)


def account(given: Suite, batches: tuple[Batch, ...]) -> Account:
    """Stock, demand and waste due date by due date, and whether campaigns keep their rules: from the batches alone."""
    wrong: list[str] = []
    runs: list[list[Batch]] = []
    done: list[Batch] = []
    for batch in batches:
        new = not runs or runs[-1][-1].product != batch.product
        if batch.stored < _earliest(given, done, batch.product, new) or batch.stored >= given.horizon:
            wrong.append(f"a batch of {given.products[batch.product].name} on day {batch.stored}")
        runs = [*runs, [batch]] if new else [*runs[:-1], [*runs[-1], batch]]
        done.append(batch)
    for run in runs:
        product = given.products[run[0].product]
        cut = run is runs[-1] and run[-1].stored + product.dsp >= given.horizon and len(run) <= product.most
        if not product.may_end(len(run)) and not cut:
            wrong.append(f"a campaign of {len(run)} batches of {product.name}")
    deficit = backlog = waste = 0
    for at, product in enumerate(given.products):
        stock = [[product.life, product.opening]] if product.opening else []
        coming = sorted(b.stored for b in batches if b.product == at)
        for due, wanted, target in zip(given.due, given.demand[at], given.target[at], strict=True):
            while coming and coming[0] + product.approval < due:
                stock.append([coming.pop(0) + product.life, product.batch])
            waste += sum(mass for expires, mass in stock if expires < due)
            stock = [lot for lot in stock if lot[0] >= due]
            for lot in stock:
                taken = min(lot[1], wanted)
                lot[1] -= taken
                wanted -= taken
            backlog += wanted
            stock = [lot for lot in stock if lot[1]]
            deficit += max(0, target - sum(mass for _, mass in stock))
    made = sum(given.products[b.product].batch for b in batches)
    return Account(made / G, deficit / G, backlog / G, waste / G, tuple(wrong))


def ends_of(given: Suite, at: int) -> tuple[list[float], list[int]]:
    """For the k-th batch of a product: the last day it may be stored so that nothing is late, and the first so that
    nothing expires; index 0 is no batch."""
    product, latest, first = given.products[at], [math.inf], [0]
    wanted = [sum(given.demand[at][: i + 1]) for i in range(len(given.due))]
    for k in range(1, given.horizon // product.dsp + 2):
        before, after = product.opening + (k - 1) * product.batch, product.opening + k * product.batch
        needed = next((day for day, sum_ in zip(given.due, wanted, strict=True) if sum_ > before), None)
        used = next((day for day, sum_ in zip(given.due, wanted, strict=True) if sum_ >= after), given.horizon)
        latest.append(math.inf if needed is None else needed - product.approval - 1)
        first.append(max(0, used - product.life))
    return latest, first
