"""Outlook: how long the vector on the shelf lasts, from the lots of the registers and what was used so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from milenari.registers import models as table
from milenari.registers import vector
from milenari.registers.questions import Sites
from milenari.science.planning.projection import Projection, Shelf, project

LEAST_DAYS = 30  # a rate is not read from less than a month
# From harvest to release with the RCL result, the longest that is assumed: docs/planning.md, `vector.release`.
TO_RELEASE = timedelta(days=90)
PASSES = 0.9  # chance that a lot under test is released; assumed, as in the scenario that is shipped
LOST = ("rejected",)


@dataclass(frozen=True)
class Coming:
    """One lot of the projection: unspent containers, from when and until when; ``released`` or expected to be."""

    code: str
    doses: int
    first: date
    last: date | None
    released: bool


def lots(sites: Sites, today: date) -> list[Coming]:
    """Lots with unspent containers that are or may become usable, the one that expires first leading."""
    rows = vector.seen(sites).filter(recalled="").exclude(decision__in=LOST)
    made = []
    for stock in vector.stocks(rows, today):
        row, released = stock.lot, stock.lot.decision == "final"
        if not stock.containers or stock.expired or (not released and row.harvested_at is None):
            continue
        first = today
        if not released and row.harvested_at:
            first = max(today, row.harvested_at.date() + TO_RELEASE)
        if row.expires_on is None or row.expires_on >= first:
            made.append(Coming(row.code, stock.containers, first, row.expires_on, released))
    return sorted(made, key=lambda one: (one.last or date.max, one.first, one.code))


def used_per_year(sites: Sites, now: datetime) -> float | None:
    """Containers that went into a batch, a year, since the first of them; None below a month of record."""
    codes = table.Container.objects.exclude(spent_in="")
    if sites is not None:
        codes = codes.filter(lot__in=vector.seen(sites).values("code"))
    batches = table.Batch.objects.filter(code__in=codes.values("spent_in"), started_at__lte=now)
    began = sorted(when for when in batches.values_list("started_at", flat=True) if when)
    if not began or (now - began[0]).days < LEAST_DAYS:
        return None
    # The first one opens the time that is counted, so it is not counted itself.
    return (len(began) - 1) / ((now - began[0]).total_seconds() / 86_400 / 365.25) or None


def outlook(coming: Iterable[Coming], today: date, per_year: float, days: int, passes: float = PASSES) -> Projection:
    """The stock of these lots evening by evening; Unfit where the demand or the span cannot be projected."""
    beyond = days + 1
    shelves = [
        Shelf(one.code, one.doses, (one.first - today).days, (one.last - today).days if one.last else beyond,
              1.0 if one.released else passes)
        for one in coming if (one.first - today).days <= days
    ]  # fmt: skip
    return project(shelves, per_year, days)


__all__ = ["Coming", "lots", "outlook", "used_per_year"]
