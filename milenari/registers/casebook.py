"""Casebook: pages and queries for lists, forms to choose from, and values as exports take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Count, Max, Q, QuerySet

from milenari.registers import models as table

T = TypeVar("T", table.CasebookPage, table.CasebookQuery)


def participants(sites: frozenset[str] | None, words: str = "") -> list[dict[str, object]]:
    """Participants with pages that these sites see, by code; ``sites`` None: every site."""
    found = _seen(table.CasebookPage.objects.all(), sites)
    if words:
        found = found.filter(participant__icontains=words)
    count = {"pages": Count("key"), "signed": Count("key", filter=Q(state__in=("signed", "locked"))),
             "locked": Count("key", filter=Q(state="locked")), "last": Max("saved_at")}  # fmt: skip
    return list(found.values("participant", "site", "protocol").annotate(**count).order_by("participant"))


def pages_of(participant: str) -> list[table.CasebookPage]:
    """Every page of a participant, in the order in which they were first wanted: visit, form, repeat."""
    return list(table.CasebookPage.objects.filter(participant=participant).order_by("visit", "form", "repeat"))


def forms() -> list[table.CasebookForm]:
    """The forms in force, by code."""
    return list(table.CasebookForm.objects.order_by("code"))


def queries(sites: frozenset[str] | None, words: str = "", state: str = "", site: str = "",
            form: str = "") -> QuerySet[table.CasebookQuery]:  # fmt: skip
    """Queries that these sites see, the oldest first; without a state all that are not closed."""
    found = _seen(table.CasebookQuery.objects.all(), sites)
    found = found.filter(state=state) if state else found.exclude(state="closed")
    if words:
        found = found.filter(Q(page__icontains=words) | Q(item__icontains=words) | Q(asked__icontains=words))
    if site:
        found = found.filter(site=site)
    if form:
        found = found.filter(form=form)
    return found.order_by("raised_at", "key")


def values(protocol: str) -> QuerySet[table.CasebookValue]:
    """Every value of a protocol's casebooks, by page and item, as exports take them."""
    return table.CasebookValue.objects.filter(protocol=protocol).order_by("participant", "page", "item")


def dated(participants: list[str], by: Iterable[tuple[str, str]]) -> QuerySet[table.CasebookValue]:
    """The values of these participants that stand in items, given as form and item, which date a visit."""
    which = Q(pk__in=[])
    for form, item in by:
        which |= Q(form=form, item=item)
    return table.CasebookValue.objects.filter(which, participant__in=participants).exclude(value="").order_by("key")


def _seen(found: QuerySet[T], sites: frozenset[str] | None) -> QuerySet[T]:
    return found if sites is None else found.filter(site__in=sites)


__all__ = ["dated", "forms", "pages_of", "participants", "queries", "values"]
