"""Vector: stock counted in the database, campaigns, and the way from plasmids to patients.

A container is free, reserved (promised to a site), moving (on its way) or spent. Transducing units are the
lot's own titre times volume and are never added over lots: titres of two methods cannot be added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from milenari.registers import models as table
from milenari.registers.questions import PAGE, Sites

STATES = ("free", "reserved", "moving")


@dataclass
class Shelf:
    """One lot at one site: unspent containers by state, with the volume of each in mL."""

    site: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    ml: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(STATES, Decimal(0)))

    @property
    def containers(self) -> int:
        return sum(self.counts.values())


@dataclass
class Stock:
    """One lot with its unspent containers by site, and how many are spent."""

    lot: table.Lot
    expired: bool
    shelves: dict[str, Shelf] = field(default_factory=dict)
    spent: int = 0

    @property
    def usable(self) -> bool:
        return self.lot.decision == "final" and not self.lot.recalled and not self.expired

    @property
    def containers(self) -> int:
        return sum(shelf.containers for shelf in self.shelves.values())

    def count(self, state: str) -> int:
        return sum(shelf.counts[state] for shelf in self.shelves.values())

    def tu(self, site: str = "", state: str = "") -> Decimal | None:
        """Transducing units in stock by the lot's own titre; None without a titre."""
        titre = self.lot.titre_tu_per_ml
        if titre is None:
            return None
        shelves = [self.shelves[site]] if site else list(self.shelves.values())
        return titre * sum((ml for shelf in shelves for s, ml in shelf.ml.items() if state in ("", s)), Decimal(0))

    # -- as a table shows it ----------------------------------------------------------------------------

    @property
    def free(self) -> int:
        return self.count("free")

    @property
    def reserved(self) -> int:
        return self.count("reserved")

    @property
    def moving(self) -> int:
        return self.count("moving")

    @property
    def in_stock(self) -> Decimal | None:
        return self.tu()

    @property
    def lines(self) -> list[Line]:
        """One line a site, with its containers by state and its transducing units."""
        return [
            Line(shelf.site, shelf.counts["free"], shelf.counts["reserved"], shelf.counts["moving"], self.tu(site))
            for site, shelf in sorted(self.shelves.items())
        ]


@dataclass(frozen=True)
class Line:
    site: str
    free: int
    reserved: int
    moving: int
    in_stock: Decimal | None


@dataclass(frozen=True)
class StockPage:
    stocks: list[Stock]
    total: int
    page: int
    pages: int


def seen(sites: Sites) -> QuerySet[table.Lot]:
    """The lots of, or with a container at or for, these sites."""
    found = table.Lot.objects.all()
    if sites is None:
        return found
    here = list(sites)
    held = table.Container.objects.filter(Q(site__in=here) | Q(bound_for__in=here) | Q(allocated_to__in=here))
    return found.filter(Q(site__in=here) | Q(code__in=held.values("lot")))


def concerns(lot: str, sites: Sites) -> bool:
    """Whether a person who sees these sites may see this lot."""
    return seen(sites).filter(code=lot).exists()


def stock_page(sites: Sites, today: date, text: str = "", state: str = "", page: int = 1) -> StockPage:
    """One page of lots with their stock, newest harvest first; ``state`` usable, waiting, unusable or all."""
    found = seen(sites)
    if text := text.strip():
        held = table.Container.objects.filter(code__icontains=text).values("lot")
        words = Q(code__icontains=text) | Q(campaign__icontains=text) | Q(plasmids__icontains=text)
        found = found.filter(words | Q(cell_bank__icontains=text) | Q(code__in=held))
    bad = ~Q(recalled="") | Q(decision="rejected") | Q(expires_on__lt=today)
    if state == "usable":
        found = found.filter(Q(decision="final") & ~bad)
    elif state == "waiting":
        found = found.filter(decision="", recalled="")
    elif state == "unusable":
        found = found.filter(bad)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = list(found.order_by("-harvested_at", "code")[(page - 1) * PAGE : page * PAGE])
    return StockPage(stocks(rows, today), total, page, pages)


def stocks(lots: Iterable[table.Lot], today: date) -> list[Stock]:
    """The stock of these lots, counted by the database in one question."""
    made = {lot.code: Stock(lot, bool(lot.expires_on and lot.expires_on < today)) for lot in lots}
    state = Case(
        When(~Q(spent_in=""), then=Value("spent")), When(~Q(bound_for=""), then=Value("moving")),
        When(~Q(allocated_to=""), then=Value("reserved")), default=Value("free"), output_field=CharField(),
    )  # fmt: skip
    counted = table.Container.objects.filter(lot__in=list(made)).annotate(state=state)
    for row in counted.values("lot", "site", "state", "volume_ml").annotate(n=Count("key")).order_by("lot", "site"):
        found = made[row["lot"]]
        if row["state"] == "spent":
            found.spent += row["n"]
            continue
        shelf = found.shelves.setdefault(row["site"], Shelf(row["site"]))
        shelf.counts[row["state"]] += row["n"]
        shelf.ml[row["state"]] += row["n"] * (row["volume_ml"] or Decimal(0))
    return list(made.values())


@dataclass(frozen=True)
class Together:
    """Containers of one site in one state, in order of code."""

    site: str
    bound_for: str
    allocated_to: str
    containers: tuple[table.Container, ...]


def together(containers: Iterable[table.Container]) -> list[Together]:
    """Unspent containers by who holds them and what they wait for."""
    found: dict[tuple[str, str, str], list[table.Container]] = {}
    for held in containers:
        found.setdefault((held.site, held.bound_for, held.allocated_to), []).append(held)
    return [Together(*place, tuple(sorted(held, key=lambda c: c.code))) for place, held in sorted(found.items())]


def lots_of_campaign(campaign: str) -> list[table.Lot]:
    return list(table.Lot.objects.filter(campaign=campaign).order_by("harvested_at", "code"))
