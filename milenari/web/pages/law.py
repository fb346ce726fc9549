"""Law: the regulatory maps of the countries, side by side, with what changed since a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers import transfer as registers
from milenari.rules.regulation import LEGAL_BASES, Regulation
from milenari.web import next_acts
from milenari.web.access import acting, page
from milenari.web.wording import transfer as words


@page
def law(request: HttpRequest) -> HttpResponse:
    who, book, today = acting(request), DiskBook(), clock.now().date()
    countries = registers.codes("regulation")
    maps: dict[str, Regulation] = {c: book.sheet(f"regulation:{c}") for c in countries}
    since, misread = _day(request.GET.get("since", ""))
    rows: list[tuple[Any, list[tuple[str, list[Any]]]]] = []
    for basis in LEGAL_BASES:
        cells = [[(r, r.holds(today)) for r in maps[c].current() if r.basis == basis] for c in countries]
        if any(cells):
            rows.append((words.LEGAL_BASES[basis], list(zip(countries, cells, strict=True))))
    changed = [(c, old, new) for c in countries for old, new in (maps[c].changed_since(since) if since else [])]
    shown = {
        "countries": countries,
        "rows": rows,
        "since": since,
        "asked": request.GET.get("since", ""),
        "misread": misread,
        "changed": changed,
        "unverified": sum(r.read == "unverified" for m in maps.values() for r in m.current()),
        "total": sum(len(m.current()) for m in maps.values()),
        "next": [next_acts.offer(who, code) for code in ("state-requirement", "amend-regulatory-map")],
    }
    return render(request, "web/law.html", shown)


def _day(text: str) -> tuple[date | None, bool]:
    """A day as it was typed, and whether it could not be read."""
    try:
        return (date.fromisoformat(text), False) if text else (None, False)
    except ValueError:
        return None, True
