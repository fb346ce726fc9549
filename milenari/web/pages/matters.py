"""Matters: what one site tells the other under their quality agreement beside deviations, with its clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers import noticing
from milenari.rules.notice import TOLD_OF
from milenari.web import next_acts
from milenari.web.access import acting, page
from milenari.web.paging import Paging, number_of
from milenari.web.wording import agreements as words

PAGE = 25


@page
def matters(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "matter", "state")}
    every = noticing.lines(DiskBook(), now, who.sees)
    found = [line for line in every if _fits(line, asked)]
    number, pages = number_of(request.GET.get("page", "1")), max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    shown = {
        "lines": [(line, who.zone_of(line.site), _tell(who, line)) for line in part],
        "total": len(found),
        "late": sum(line.late for line in every),
        "complaints": [(c, who.zone_of(c.row.site), _do(who, c)) for c in noticing.complaints(who.sees)],
        "asked": asked,
        "narrowed": any(asked.values()),
        "matters": [(code, words.MATTERS[code]) for code in (*TOLD_OF, "audit")],
        "states": list(words.NOTICE_STATES.items()),
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
        "next": [next_acts.offer(who, "record-complaint")],
    }
    return render(request, "web/matters.html", shown)


def _fits(line: noticing.Line, asked: dict[str, str]) -> bool:
    said = f"{line.code} {line.of} {line.site} {line.to_site}".lower()
    mine = asked["matter"] in ("", line.matter) and asked["state"] in ("", line.state)
    return mine and asked["q"].lower() in said


def _tell(who: Any, line: noticing.Line) -> Any:
    """Telling the other site, or auditing it, for whoever acts at the site whose matter it is."""
    if who.site != line.site or line.told_at is not None:
        return None
    if line.matter == "audit":
        return next_acts.offer(who, "record-partner-audit", audit=line.code, agreement=line.agreement)
    given = {"notice": line.code, "agreement": line.agreement, "matter": line.matter, "of": line.of}
    return next_acts.offer(who, "give-notice", **given)


def _do(who: Any, found: noticing.Complaint) -> list[Any]:
    """What may be done about a complaint: answered where it is owned, closed where it was recorded."""
    code, offers = found.row.code, []
    if found.state != "closed" and who.site == found.row.answers:
        offers.append(next_acts.offer(who, "answer-complaint", answer=code))
    if found.state == "answered" and who.site == found.row.site:
        offers.append(next_acts.offer(who, "close-complaint", complaint=code))
    return offers


def overdue_matters(now: datetime, sites: list[str] | None) -> list[noticing.Line]:
    """For Home: what should have been told to another site by now."""
    return [line for line in noticing.lines(DiskBook(), now, sites) if line.late]
