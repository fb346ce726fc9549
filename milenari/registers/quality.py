"""Quality: what the laboratory has to do, what became of each test, and results in the order of their batches.

Named questions over results and investigations. ``sites`` are those whose people ask (None: every site).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Min, Q, QuerySet

from milenari.registers import models as table

Sites = Collection[str] | None
PAGE = 25
SOON = timedelta(hours=24)
OPEN = ("pending", "recorded")
POINTS = 25  # on one control chart: the newest
MOST_CHOICES = 200


@dataclass(frozen=True)
class Sought:
    """What a person looks for among the open results."""

    text: str = ""
    test: str = ""
    site: str = ""
    status: str = ""  # pending, recorded, overdue or nothing for all
    page: int = 1


@dataclass(frozen=True)
class Results:
    """One page of results, with how many there are."""

    rows: list[table.Result]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Counted:
    """How much waits at these sites."""

    overdue: int
    soon: int
    to_enter: int
    to_verify: int
    investigations: int


@dataclass(frozen=True)
class Bench:
    """One test at one site: how many of its results are to be entered, and how many to be verified."""

    test: str
    attribute: str
    site: str
    to_enter: int
    to_verify: int
    first_due: datetime | None


def _open(sites: Sites) -> QuerySet[table.Result]:
    found = table.Result.objects.filter(status__in=OPEN)
    return found if sites is None else found.filter(site__in=list(sites))


def waiting(sites: Sites, sought: Sought, now: datetime) -> Results:
    """Open results, the one due first first; those without a planned time last, by their sampling."""
    found = _open(sites)
    if text := sought.text.strip():
        found = found.filter(Q(of__icontains=text) | Q(sample__icontains=text) | Q(test__icontains=text))
    if sought.test:
        found = found.filter(test=sought.test)
    if sought.site:
        found = found.filter(site=sought.site)
    if sought.status == "overdue":
        found = found.filter(due_at__lt=now)
    elif sought.status:
        found = found.filter(status=sought.status)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, sought.page), pages)
    ordered = found.order_by(F("due_at").asc(nulls_last=True), "sampled_at", "key")
    return Results(list(ordered[(page - 1) * PAGE : page * PAGE]), total, page, pages)


def counted(sites: Sites, now: datetime) -> Counted:
    """How many open results are late, nearly due, to be entered, to be verified; and open investigations."""
    found = _open(sites).aggregate(
        overdue=Count("key", filter=Q(due_at__lt=now)),
        soon=Count("key", filter=Q(due_at__gte=now, due_at__lt=now + SOON)),
        to_enter=Count("key", filter=Q(status="pending")),
        to_verify=Count("key", filter=Q(status="recorded")),
    )
    return Counted(**found, investigations=_inquiries(sites).count())


def benches(site: str) -> list[Bench]:
    """The tests with open results at one site, each a worksheet; first due first."""
    found = (
        _open([site])
        .values("test", "attribute")
        .annotate(
            to_enter=Count("key", filter=Q(status="pending")),
            to_verify=Count("key", filter=Q(status="recorded")),
            first_due=Min("due_at"),
        )
        .order_by(F("first_due").asc(nulls_last=True), "test")
    )
    return [Bench(site=site, **row) for row in found[:MOST_CHOICES]]


def tests_open(sites: Sites) -> list[str]:
    """The tests that have an open result."""
    return list(_open(sites).values_list("test", flat=True).distinct().order_by("test")[:MOST_CHOICES])


def worksheet(site: str, status: str, test: str = "", of: str = "", limit: int = PAGE) -> list[table.Result]:
    """The open results of one test, or of one product, that a worksheet takes; first due first."""
    found = table.Result.objects.filter(site=site, status=status)
    if test:
        found = found.filter(test=test)
    if of:
        found = found.filter(of=of)
    return list(found.order_by(F("due_at").asc(nulls_last=True), "sampled_at", "key")[:limit])


def weights(products: Collection[str]) -> dict[str, Decimal | None]:
    """The body weight (kg) behind each batch named ``batch:code``, for limits per kg."""
    codes = [name.removeprefix("batch:") for name in products if name.startswith("batch:")]
    found = table.Batch.objects.filter(code__in=codes).values_list("subject", "weight_kg")
    return dict(found)


# -- investigations -------------------------------------------------------------------------------------


def _inquiries(sites: Sites) -> QuerySet[table.Investigation]:
    found = table.Investigation.objects.filter(conclusion="")
    if sites is None:
        return found
    here = list(sites)
    batches = table.Batch.objects.filter(site__in=here).values("subject")
    lots = table.Lot.objects.filter(site__in=here).values("subject")
    return found.filter(Q(of__in=batches) | Q(of__in=lots))


def inquiries(sites: Sites, limit: int = PAGE) -> list[table.Investigation]:
    """Open investigations, oldest first."""
    return list(_inquiries(sites).order_by("opened_at", "key")[:limit])


# -- series of batches ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """One test of one process: what a control chart can be asked for."""

    process: str
    test: str
    attribute: str
    results: int


def series(sites: Sites) -> list[Series]:
    """The tests with verified results at these sites, by process."""
    found = _verified(sites).values("process", "test", "attribute").annotate(results=Count("key"))
    return [Series(**row) for row in found.order_by("process", "test")[:MOST_CHOICES]]


def sites_tested(sites: Sites) -> list[str]:
    """The sites with a verified result."""
    return list(_verified(sites).values_list("site", flat=True).distinct().order_by("site"))


def _verified(sites: Sites) -> QuerySet[table.Result]:
    drawn = table.Batch.objects.filter(simulated=True).values("subject")  # no measurement, so in no chart
    found = table.Result.objects.filter(status="verified", superseded=False).exclude(of__in=drawn)
    return found if sites is None else found.filter(site__in=list(sites))


def points(sites: Sites, process: str, test: str, site: str = "", limit: int = POINTS) -> list[table.Result]:
    """The newest verified results of a test, oldest first; a result replaced by a repeated test is not among them."""
    found = _verified(sites).filter(process=process, test=test)
    if site:
        found = found.filter(site=site)
    return list(found.order_by("-at", "-key")[:limit])[::-1]
