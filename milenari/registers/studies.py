"""Studies: which comparability and stability studies there are, what a study may still take in, which signals are open.

``sites`` are those whose people ask (None: every site); a comparison is seen by both its sites and the control site.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from milenari.registers import models as table

Sites = Collection[str] | None
PAGE = 20
MOST_OFFERED = 40


@dataclass(frozen=True)
class Paged:
    """One page of rows, with how many there are."""

    rows: list[Any]
    total: int
    page: int
    pages: int


def _paged(found: QuerySet[Any], page: int) -> Paged:
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    return Paged(list(found[(page - 1) * PAGE : page * PAGE]), total, page, pages)


def comparisons(sites: Sites, text: str = "", status: str = "", page: int = 1) -> Paged:
    """Comparability studies, those that are not concluded first, then the newest."""
    found = table.Study.objects.all()
    if sites is not None:
        here = list(sites)
        found = found.filter(Q(site__in=here) | Q(reference__in=here) | Q(candidate__in=here))
    if text:
        found = found.filter(Q(code__icontains=text) | Q(product__icontains=text) | Q(candidate__icontains=text))
    if status == "open":
        found = found.filter(outcome="")
    elif status:
        found = found.filter(status=status)
    return _paged(found.order_by("outcome", "-entry", "code"), page)


def compared(sites: Sites) -> list[tuple[Any, bool]]:
    """Locked studies by candidate site in their order, and whether a run in one is simulated."""
    found = table.Study.objects.exclude(locked_at=None)
    if sites is not None:
        here = list(sites)
        found = found.filter(Q(site__in=here) | Q(reference__in=here) | Q(candidate__in=here))
    rows = list(found.order_by("-locked_at", "code")[:MOST_OFFERED])
    drawn = table.Batch.objects.filter(simulated=True).values("code")
    rehearsed = table.StudyRun.objects.filter(study__in=[row.code for row in rows], batch__in=drawn)
    simulated = set(rehearsed.values_list("study", flat=True))
    return [(row, row.code in simulated) for row in sorted(rows, key=lambda r: (r.candidate, r.locked_at, r.code))]


def consent_of(study: str, site: str) -> table.ProtocolConsent | None:
    """The candidate site's signature, if there is one."""
    return table.ProtocolConsent.objects.filter(study=study, site=site).first()


def repeated(study: str) -> bool:
    """Whether another study repeats this one."""
    return table.Study.objects.filter(repeats=study).exists()


def runs_offered(study: str, product: str, sites: Collection[str]) -> list[table.Batch]:
    """Qualification runs of the two sites that this study has not taken in, newest first; the rule judges each."""
    taken = table.StudyRun.objects.filter(study=study).values("batch")
    found = table.Batch.objects.filter(process=product, site__in=list(sites), decision="").exclude(purpose="")
    return list(found.exclude(code__in=taken).order_by("-started_at", "code")[:MOST_OFFERED])


def runs_of(study: str) -> dict[str, table.Batch]:
    """The batches of a study's runs by their codes."""
    codes = table.StudyRun.objects.filter(study=study).values("batch")
    return {row.code: row for row in table.Batch.objects.filter(code__in=codes)}


def stabilities(sites: Sites) -> list[table.StabilityStudy]:
    """Stability studies by process and attribute."""
    found = table.StabilityStudy.objects.all()
    found = found if sites is None else found.filter(site__in=list(sites))
    return list(found.order_by("process", "attribute", "code")[:200])


def shelf_life_of(process: str) -> int:
    """Months of the shelf life in force; nought for none."""
    row = table.ShelfLife.objects.filter(process=process).first()
    return row.months if row else 0


# -- drift ----------------------------------------------------------------------------------------------


def signals(sites: Sites, state: str = "open", baseline: str = "", page: int = 1) -> Paged:
    """Signals of drift, newest first; ``state`` is open, assessed or nothing for all."""
    found = table.Signal.objects.all()
    found = found if sites is None else found.filter(site__in=list(sites))
    if baseline:
        found = found.filter(baseline=baseline)
    if state == "open":
        found = found.filter(cause="")
    elif state == "assessed":
        found = found.exclude(cause="")
    return _paged(found.order_by("-raised_at", "code"), page)


def open_signals(sites: Sites) -> int:
    """How many signals nobody has assessed."""
    found = table.Signal.objects.filter(cause="")
    return (found if sites is None else found.filter(site__in=list(sites))).count()


def signals_between(site: str, first: datetime, after: datetime) -> list[table.Signal]:
    """The signals of one site raised in a span of time."""
    found = table.Signal.objects.filter(site=site, raised_at__gte=first, raised_at__lt=after)
    return list(found.order_by("raised_at", "code"))


def baseline_of(site: str, process: str, test: str) -> table.Baseline | None:
    """The frozen baseline of one series."""
    return table.Baseline.objects.filter(site=site, process=process, test=test).first()


def baselines(sites: Sites) -> list[table.Baseline]:
    """Every frozen baseline of these sites."""
    found = table.Baseline.objects.all()
    return list((found if sites is None else found.filter(site__in=list(sites))).order_by("code"))


def waiting_studies(site: str, control: bool) -> int:
    """Comparability studies that wait for somebody of this site: its consent, or, at the control site, the rest."""
    found = table.Study.objects.filter(outcome="")
    if control:
        return found.count()
    signed = table.ProtocolConsent.objects.filter(site=site).values("digest")
    return found.filter(candidate=site, status="drafted").exclude(digest__in=signed).count()
