"""Yearly: what the product quality review of one site and year is made of, from the record.

EU GMP chapter 1, 1.10 lists what such a review looks at (clause recalled, not re-read). What this record does not hold,
it says it does not hold; nothing is filled in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from milenari.registers import drifting, programme, questions, studies
from milenari.registers import models as table
from milenari.science import capability, endpoints
from milenari.science.computed import Unfit
from milenari.science.proportion import Share, exact


@dataclass(frozen=True)
class Tested:
    """One attribute of one product over the year: how its results stood and how capable the process was."""

    process: str
    test: str
    attribute: str
    results: int
    failed: int
    capability: capability.Capability | None
    unfit: Unfit | None


@dataclass(frozen=True)
class Year:
    """One site's year. Counts are of what began in the year, by the site's own calendar."""

    site: str
    year: int
    first: datetime
    after: datetime
    batches: tuple[table.Batch, ...]
    runs: tuple[table.Batch, ...]
    success: Share
    undecided: int
    deviations: tuple[table.Deviation, ...]
    out_of_specification: tuple[table.Result, ...]
    investigations: tuple[table.Investigation, ...]
    recalled: tuple[str, ...]
    changes: tuple[table.Annex, ...]
    tested: tuple[Tested, ...]
    vector: tuple[tuple[str, int], ...]
    equipment: tuple[table.Equipment, ...]
    overdue: tuple[table.Equipment, ...]
    materials: tuple[table.Material, ...]
    people: int
    trained: int
    lapsed: tuple[table.Training, ...]
    signals: tuple[table.Signal, ...]
    ends: endpoints.Summary | None

    @property
    def by_severity(self) -> list[tuple[str, int]]:
        return sorted(Counter(d.severity for d in self.deviations).items())

    @property
    def by_decision(self) -> list[tuple[str, int]]:
        return sorted(Counter(b.decision for b in self.batches).items())


def span_of(site: str, year: int) -> tuple[datetime, datetime]:
    """The site's own year as two instants."""
    zone = ZoneInfo(questions.zone_of(site) or "UTC")
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def years_of(site: str, today: date) -> list[int]:
    """The years in which a batch was started there, newest first; always this one."""
    found = table.Batch.objects.filter(site=site, started_at__isnull=False).dates("started_at", "year")
    return sorted({today.year, *(day.year for day in found)}, reverse=True)


def year_of(site: str, year: int, today: date) -> Year:
    """Everything the review looks at."""
    first, after = span_of(site, year)
    made = list(
        table.Batch.objects.filter(site=site, started_at__gte=first, started_at__lt=after, simulated=False).order_by(
            "started_at", "code"
        )
    )
    ours, runs = [b for b in made if not b.purpose], [b for b in made if b.purpose]
    here = table.Batch.objects.filter(site=site).values("subject")
    lots = table.Lot.objects.filter(site=site).values("subject")
    there = Q(of__in=here) | Q(of__in=lots)
    within: dict[str, Any] = {"opened_at__gte": first, "opened_at__lt": after}
    failed = table.Result.objects.filter(site=site, outcome="fail", at__gte=first, at__lt=after).exclude(
        status="pending"
    )
    won = sum(b.decision in programme.GOOD for b in ours)
    lost = sum(b.decision in programme.BAD for b in ours)
    spent = table.Container.objects.filter(spent_in__in=[b.code for b in made]).values_list("lot", flat=True)
    kept = list(table.Equipment.objects.filter(site=site, retired=False).order_by("code"))
    day = min(today, date(year, 12, 31))
    roles = table.Role.objects.filter(site=site, from_on__lte=day).filter(Q(to_on__isnull=True) | Q(to_on__gte=day))
    people = set(roles.values_list("person", flat=True))
    trained = list(table.Training.objects.filter(person__in=people).order_by("person", "procedure"))
    recalled = table.Lot.objects.filter(site=site).exclude(recalled="").values_list("subject", flat=True)
    return Year(
        site, year, first, after, tuple(ours), tuple(runs), exact(won, won + lost), len(ours) - won - lost,
        tuple(table.Deviation.objects.filter(there, **within).order_by("opened_at", "key")),
        tuple(failed.order_by("at", "key")),
        tuple(table.Investigation.objects.filter(there, **within).order_by("opened_at", "key")),
        (*(b.subject for b in ours if b.decision == "recalled"), *recalled),
        tuple(table.Annex.objects.filter(site=site, from_on__year=year).order_by("from_on", "product")),
        tuple(_tested(site, first, after)), tuple(sorted(Counter(spent).items())), tuple(kept),
        tuple(e for e in kept if e.calibrated_until is not None and e.calibrated_until < day),
        tuple(table.Material.objects.filter(site=site, status="rejected").order_by("code")), len(people),
        len({t.person for t in trained if t.until_on is None or t.until_on >= day}),
        tuple(t for t in trained if t.until_on is not None and t.until_on < day),
        tuple(studies.signals_between(site, first, after)), _interval(ours, first, after),
    )  # fmt: skip


def _tested(site: str, first: datetime, after: datetime) -> list[Tested]:
    found = table.Result.objects.filter(
        site=site, status="verified", superseded=False, at__gte=first, at__lt=after, of__startswith="batch:"
    )
    rows: dict[tuple[str, str], list[table.Result]] = {}
    for row in found.order_by("process", "test", "at"):
        rows.setdefault((row.process, row.test), []).append(row)
    made = []
    for (process, test), results in rows.items():
        last = results[-1]
        worth, unfit = None, None
        if last.unit or any(r.amount is not None for r in results):
            in_year = {r.of for r in results}
            values = [v for v in drifting.values_of(site, process, test) if v.row.of in in_year]
            try:
                worth = capability.of_values([v.amount for v in values], *_limits(last))
            except Unfit as why:
                unfit = why
        failed = sum(r.outcome == "fail" for r in results)
        made.append(Tested(process, test, last.attribute, len(results), failed, worth, unfit))
    return made


def _limits(row: table.Result) -> tuple[float | None, float | None]:
    low = float(row.limit) if row.op in ("ge", "gt", "between") and row.limit else None
    if row.op == "between":
        return low, float(row.high)
    return low, float(row.limit) if row.op in ("le", "lt") and row.limit else None


def _interval(ours: list[table.Batch], first: datetime, after: datetime) -> endpoints.Summary | None:
    """Days from apheresis to the first infusion over all products of the year."""
    site = ours[0].site if ours else ""
    days: list[float | None] = []
    for process in sorted({b.process for b in ours}):
        of_year = programme.batches(process, first, after)
        days += [endpoints.days_between(b, *programme.INTERVAL) for b in of_year if b.site == site]
    return endpoints.summarise(days, site, " to ".join(programme.INTERVAL), "d") if ours else None
