"""Agreements: who of two sites owns what within which time, and which deviations the control site is to be told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import escalating
from milenari.registers import models as table
from milenari.rules import quality_agreement as rules
from milenari.rules.action import Refused
from milenari.web import next_acts, telling
from milenari.web.access import acting, page
from milenari.web.paging import Paging, number_of
from milenari.web.wording import agreements as words

PAGE = 25


def _parties(sites: Collection[str] | None) -> Q:
    return Q() if sites is None else Q(giver__in=list(sites)) | Q(receiver__in=list(sites))


@page
def agreements(request: HttpRequest) -> HttpResponse:
    who, book, now = acting(request), DiskBook(), clock.now()
    today = now.date()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state")}
    rows = table.QualityAgreement.objects.filter(_parties(who.sees)).order_by("code")
    if asked["q"]:
        rows = rows.filter(Q(code__icontains=asked["q"]))
    held: list[rules.QualityAgreement] = [book.sheet(row.subject) for row in rows]
    lines = [_line(book, found, today) for found in held]
    shown_lines = [line for line in lines if asked["state"] in ("", line["state"])]
    open_now = [line for line in escalating.lines(book, now, who.sees) if line.state in ("overdue", "due", "told")]
    shown = {
        "lines": shown_lines,
        "asked": asked,
        "narrowed": any(asked.values()),
        "states": list(words.AGREEMENT_STATES.items()),
        "waiting": len(open_now),
        "late": sum(line.late(now) for line in open_now),
        "next": [next_acts.offer(who, "draft-quality-agreement")],
    }
    return render(request, "web/agreements.html", shown)


def _line(book: DiskBook, found: rules.QualityAgreement, today: date) -> dict[str, Any]:
    until = found.until(today)
    return {
        "held": found,
        "state": found.state_on(today),
        "version": found.binding(today) or (found.versions[-1] if found.versions else found.draft),
        "until": until,
        "soon": until is not None and (until - today).days <= 60,
        "missing": rules.missing_consents(book, found) if found.draft else [],
    }


@page
def agreement(request: HttpRequest, code: str) -> HttpResponse:
    """One agreement as a table: of each matter who owns it, who is told and within which time."""
    who, book, today = acting(request), DiskBook(), clock.now().date()
    name = f"qualityagreement:{code}"
    held: rules.QualityAgreement = book.sheet(name)
    if not held.exists:
        raise Refused("subject-unknown", kind="qualityagreement", code=code)
    who.require_sight(*(site for site in held.parties if who.sees is None or site in who.sees))
    line = _line(book, held, today)
    chosen = request.GET.get("version", "")
    version = next((v for v in held.versions if v.number == chosen), None) or line["version"]
    if chosen == "draft" and held.draft:
        version = held.draft
    consent = f"{code}/{who.site}"
    offers = [next_acts.offer(who, "draft-quality-agreement", agreement=code, relation=held.relation,
                              giver=held.giver, receiver=held.receiver)]  # fmt: skip
    if held.draft:
        offers += [
            next_acts.offer(who, "consent-quality-agreement", consent=consent, agreement=code,
                            digest=held.draft.digest),
            next_acts.offer(who, "effect-quality-agreement", agreement=code),
        ]  # fmt: skip
    if held.status == "in-force":
        offers.append(next_acts.offer(who, "end-quality-agreement", agreement=code))
    consents = [f"qualityconsent:{code}/{site}" for site in held.parties]
    shown = {
        **line,
        "code": code,
        "version": version,
        "draft": held.draft,
        "is_draft": version == held.draft,
        "versions": [(v, v.number) for v in held.versions],
        "duties": version.duties(),
        "next": offers,
        "told": telling.tell(read.entries_about(name, *consents), [name]),
    }
    return render(request, "web/agreement.html", shown)


@page
def escalations(request: HttpRequest) -> HttpResponse:
    """Deviations that the control site is to be told, with the clock, and what it answered."""
    who, book, now = acting(request), DiskBook(), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state", "site")}
    every = escalating.lines(book, now, who.sees)
    found = [line for line in every if _fits(line, asked)]
    number, pages = number_of(request.GET.get("page", "1")), max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    shown = {
        "lines": [(line, line.late(now), who.zone_of(line.site), _offers(who, line)) for line in part],
        "total": len(found),
        "asked": asked,
        "narrowed": any(asked.values()),
        "states": list(words.ESCALATION_STATES.items()),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
    }
    return render(request, "web/escalations.html", shown)


def _fits(line: escalating.Line, asked: dict[str, str]) -> bool:
    said = f"{line.code} {line.of} {line.severity}".lower()
    return asked["q"].lower() in said and asked["state"] in ("", line.state) and asked["site"] in ("", line.site)


def _offers(who: Any, line: escalating.Line) -> Any:
    """What may be done about it: told by its site; once told, answered by the control site."""
    if line.state in ("overdue", "due"):
        given = {"escalation": line.code, "of": line.of, "deviation": line.deviation}
        return next_acts.offer(who, "escalate-deviation", **given) if who.site == line.site else None
    controls = who.site in who.sites and who.sites[who.site].control
    return next_acts.offer(who, "acknowledge-escalation", answer=line.code) if controls else None


def overdue_escalations(now: datetime, sites: list[str] | None) -> list[escalating.Line]:
    """For Home: what should have been told or answered by now."""
    return [line for line in escalating.lines(DiskBook(), now, sites) if line.late(now)]


def overdue_changes(today: date, site: str | None) -> list[table.Change]:
    """For Home: changes of which something should have been done (None: of every site)."""
    rows = table.Change.objects.filter(due_on__lt=today).exclude(state__in=("closed", "withdrawn"))
    if site is not None:
        rows = rows.filter(sites__contains=f" {site} ")
    return list(rows.order_by("due_on", "code")[:12])
