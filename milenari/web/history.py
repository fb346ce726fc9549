"""History: one page of what happened to some subjects, newest first, with what changed from what to what."""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest

from milenari.journal import origin
from milenari.web import telling
from milenari.web.paging import Paging, number_of

PLACE = "timeline-title"


def page_of(request: HttpRequest, subjects: Collection[str], actions: Collection[str] = (),
            kept: dict[str, str] | None = None) -> tuple[list[telling.Told], Paging]:  # fmt: skip
    """The entries of the page that the address asks for; ``kept`` are the other choices of the address."""
    past = origin.history(subjects, number_of(request.GET.get("page", "")), actions)
    before = origin.states_before(past.entries, subjects)
    told = telling.tell(past.entries, subjects, before, origin.between(past.entries, subjects))
    return told[::-1], Paging(past.page, past.pages, kept or {}, PLACE)
