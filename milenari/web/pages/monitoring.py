"""Monitoring: stopping rules with their boundary and the way so far, holds, looks; a trial's safety package."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override

from milenari.exports import record
from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers import models as table
from milenari.registers import monitoring, safety
from milenari.rules.action import Refused
from milenari.rules.monitoring import StoppingRule
from milenari.web import next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.charts.boundary import boundary
from milenari.web.papers import press, safety_package

MOST_LISTED = 500
_prints = logging.getLogger("milenari.papers")


@dataclass(frozen=True)
class Watched:
    """A stopping rule as the page shows it."""

    rule: StoppingRule
    count: monitoring.Count
    picture: Any
    offers: list[Any]
    held: bool
    weighed: bool  # the board weighed what there is, and the hold was lifted


@page
def trials(request: HttpRequest) -> HttpResponse:
    """Every trial with a stopping rule or a hold, and what is to be done."""
    who, now, book = acting(request), clock.now(), DiskBook()
    codes = sorted({row.protocol for row in monitoring.rules()} | {hold.protocol for hold in monitoring.holds()})
    codes = [code for code in codes if _seen(who, code)]
    wanted = request.GET.get("trial", "").strip()
    chosen = [code for code in codes if code == wanted] or codes
    shown = {
        "trials": [(code, _watched(who, book, code, now), _holds(who, code)) for code in chosen], "codes": codes,
        "wanted": wanted, "next": [next_acts.offer(who, "set-stopping-rule")],
    }  # fmt: skip
    return render(request, "web/monitoring.html", shown)


def _seen(who: Acting, protocol: str) -> bool:
    """Who sees the sponsor's site sees its trials; else a site that has a participant of it."""
    if who.sees is None:
        return True
    mine = table.Subject.objects.filter(kind="participant", site__in=who.sees, code__startswith=protocol + "-")
    return mine.exists()


def _watched(who: Acting, book: DiskBook, protocol: str, now: datetime) -> list[Watched]:
    here = monitoring.people(book, protocol)
    sponsor, _ = safety.sponsor()
    holds = book.sheet(f"trialhold:{protocol}").holds
    made = []
    for row in monitoring.rules(protocol):
        rule: StoppingRule = book.sheet(row.subject)
        count = monitoring.count(book, rule, here, now)
        names = count.named("event", "complete")
        offers = []
        if row.state == "in-force" and who.site == sponsor and names:
            given = {"rule": rule.code, "participants": " ".join(names), "adverse_events": " ".join(count.related)}
            offers = [next_acts.offer(who, "record-look", back="/safety/monitoring", **given)]
        held = table.TrialHold.objects.filter(protocol=protocol, rule=rule.code, lifted_at=None).exists()
        weighed = any(h.rule == rule.code and h.lifted_at and h.events >= count.events for h in holds)
        picture = boundary(rule.boundary, count.path, count.headroom)
        made.append(Watched(rule, count, picture, offers, held, weighed))
    return made


def _holds(who: Acting, protocol: str) -> list[Any]:
    sponsor, _ = safety.sponsor()
    made = []
    for hold in monitoring.holds(protocol):
        offer = None
        if hold.lifted_at is None and who.site == sponsor:
            offer = next_acts.offer(who, "lift-hold", hold=protocol, number=str(hold.number), back="/safety/monitoring")
        made.append((hold, offer))
    return made


@page
def package(request: HttpRequest, code: str) -> HttpResponse:
    """What a data and safety monitoring board reads of a trial, and the tables of the annual report; printable."""
    who, now, book = acting(request), clock.now(), DiskBook()
    if not book.sheet(f"protocol:{code}").exists:
        raise Refused("subject-unknown", kind="protocol", code=code)
    if not _seen(who, code):
        raise Refused("page-not-for-you", site=safety.sponsor()[0])
    here = monitoring.people(book, code)
    rows = list(table.AdverseEvent.objects.filter(protocol=code).order_by("begun_on", "code"))
    if who.sees is not None:
        here = [p for p in here if p.site in who.sees]
        rows = [row for row in rows if row.site in who.sees]
    listed = monitoring.serious(rows)
    shown = {
        "protocol": code, "now": now, "places": monitoring.by_place(here, rows), "tallies": monitoring.by_term(rows),
        "grades": monitoring.GRADES, "toxicity": monitoring.toxicity(here), "deaths": monitoring.deaths(here),
        "listed": listed[:MOST_LISTED], "listed_total": len(listed),
        "summary": monitoring.by_term([one.row for one in listed]), "watched": _watched(who, book, code, now),
        "holds": _holds(who, code), "people": len(here), "narrowed": who.sees is not None,
        "infused": sum(bool(p.journey.infusions) for p in here),
    }  # fmt: skip
    if request.method == "POST":
        return _paper(who, code, shown, request.POST.get("in", "") or get_language() or settings.LANGUAGE_CODE)
    return render(request, "web/safety_package.html", shown)


def _paper(who: Acting, code: str, shown: dict[str, Any], language: str) -> HttpResponse:
    """The package as it stands now, with the checkpoints up to which the record is read."""
    if language not in dict(settings.LANGUAGES):
        raise Refused("language-unknown", found=language)
    with override(language):
        made = safety_package.paper(code, shown, record.snapshot(code))
        answer = HttpResponse(press.printed(made), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{made.file_name}"'
    _prints.info("printed %s by %s at %s", made.file_name, who.person, who.site)
    return answer
