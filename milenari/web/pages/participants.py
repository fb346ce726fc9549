"""Participants: the list of a trial's participants, one with states, consents and visits, and who is asked again."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import models as table
from milenari.registers import trial
from milenari.rules.action import Refused
from milenari.rules.consent_due import Due, due_consents
from milenari.rules.followup import schedule
from milenari.rules.leaving import ATTEMPTS, goes_on
from milenari.rules.participant import Participant
from milenari.rules.protocol import Protocol, Version
from milenari.rules.protocol_document import parameters, parts, visits
from milenari.rules.trial_flow import STEPS
from milenari.web import next_acts, telling
from milenari.web.access import Acting, acting, page
from milenari.web.casebook_entry import Words, named
from milenari.web.paging import Paging, number_of
from milenari.web.wording import trial as words

PAGE = 25
OUT = ("screen-failed", "ended")
FOLLOWED = frozenset(visit.code for visit in schedule(date(2026, 1, 1)))  # the visits that a therapy records


@page
def participants(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state", "protocol")}
    found = trial.participants(who.sees, asked["protocol"], asked["q"], asked["state"])
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    rows = list(found[(number - 1) * PAGE : number * PAGE])
    courses = {course.code: course for course in trial.courses(rows)}
    shown = {
        "rows": [(row, courses[row.code]) for row in rows], "total": total, "asked": asked,
        "narrowed": any(asked.values()), "states": [(code, words.STATES[code]) for code in _states()],
        "protocols": list(trial.protocols().values_list("code", flat=True)),
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
        "next": [next_acts.offer(who, "screen-participant")],
    }  # fmt: skip
    return render(request, "web/trial_participants.html", shown)


def _states() -> tuple[str, ...]:
    """The states that are acts, as the register keeps them."""
    return (
        "screened",
        "consented",
        "assented",
        "eligible",
        "enrolled",
        "linked",
        "screen-failed",
        "withdrawn",
        "ended",
    )


@page
def participant(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    found, row = _known(who, code)
    protocol: Protocol = DiskBook().sheet(f"protocol:{found.protocol}")
    today = who.today(clock.now())
    country = who.sites[found.site].country
    version = protocol.in_force(country, today)
    therapy = trial.therapies([found.journey]).get(found.journey)
    course = trial.course_of(row, therapy)
    seen = dict(
        table.Visit.objects.filter(journey=found.journey, seen_on__isnull=False).values_list("visit", "seen_on")
    )
    shown: dict[str, Any] = {
        "participant": found, "course": course, "version": version, "today": today,
        "states": [(name, course.days.get(name)) for name in STEPS], "assented_on": found.assented_on,
        "visits": _visits(version.document, course.days, seen, today) if version else [],
        "due": [(one, _part(version, one.part)) for one in due_consents(found, protocol, country, today)],
        "consents": [(one, _part(version, one.part)) for one in found.consents], "therapy": therapy,
        "answers": _answered(version, found),
        "doses": list(table.Dose.objects.filter(journey=found.journey).order_by("code")) if found.journey else [],
        "toxicity": _toxicity(found.journey, who.zone_of(found.site)), "goes_on": goes_on(found),
        "zone": who.zone_of(found.site), "next": _offers(who, found, request.path),
        "told": telling.tell(read.entries_about(f"participant:{code}"), [f"participant:{code}"]),
    }  # fmt: skip
    return render(request, "web/trial_participant.html", shown)


def _known(who: Acting, code: str) -> tuple[Participant, table.Participant]:
    found: Participant = DiskBook().sheet(f"participant:{code}")
    if not found.exists:
        raise Refused("subject-unknown", kind="participant", code=code)
    who.require_sight(found.site)
    return found, table.Participant.objects.get(code=code)


def _part(version: Version | None, code: str) -> Any:
    """What a part of the consent, or an age band, is called; nothing where the protocol in force has neither."""
    if version is None:
        return ""
    kind = next((part.kind for part in parts(version.document) if part.code == code), "")
    return words.PARTS[kind] if kind else ""


def _answered(version: Version | None, found: Participant) -> list[tuple[str, str, str]]:
    """Each criterion that was answered, with its words in the protocol."""
    texts = {one["code"]: one["text"] for one in version.document["eligibility"]} if version else {}
    return [(code, texts.get(code, ""), said) for code, said in found.answers]


def _visits(
    document: Any, days: dict[str, date], seen: dict[str, date], today: date
) -> list[tuple[Any, Any, str, list[Words]]]:
    """Each planned visit with the day somebody was seen, how it stands, and what its forms are called."""
    book, called = DiskBook(), dict[str, Words]()
    anchors = {"consent": "consented", "enrolment": "enrolled", "apheresis": "apheresed", "infusion": "infused"}
    dated = {anchor: days[step] for anchor, step in anchors.items() if step in days}
    told = []
    for visit in visits(document, dated):
        on = seen.get(visit.code)
        for form in visit.forms:
            called.setdefault(form, named(book, form))
        told.append((visit, on, _standing(visit, on, today), [called[form] for form in visit.forms]))
    return told


def _standing(visit: Any, on: date | None, today: date) -> str:
    if visit.due_on is None:
        return "waiting"
    if on is not None:
        return "done" if visit.from_on <= on <= visit.to_on else "late"
    if visit.code not in FOLLOWED:
        return "unknown"  # its day is that of an act of its own, or stands in its forms
    return "upcoming" if today < visit.from_on else "due" if today <= visit.to_on else "overdue"


def _toxicity(journey: str, zone: str) -> list[dict[str, Any]]:
    """CRS and ICANS by the site's day after the first infusion: the worst grade of each day that was graded."""
    row = table.Journey.objects.filter(code=journey).first() if journey else None
    if row is None or row.infused_at is None:
        return []
    local = ZoneInfo(zone)
    first = row.infused_at.astimezone(local).date()
    worst: dict[str, dict[int, int]] = {"CRS": {}, "ICANS": {}}
    for one in table.Outcome.objects.filter(journey=journey, kind__in=list(worst)):
        if one.at is not None:
            day, grade = (one.at.astimezone(local).date() - first).days, int(one.value)
            worst[one.kind][day] = max(grade, worst[one.kind].get(day, 0))
    days = sorted({day for graded in worst.values() for day in graded})
    return [{"day": day, "crs": worst["CRS"].get(day), "icans": worst["ICANS"].get(day)} for day in days]


def _offers(who: Acting, found: Participant, back: str) -> list[Any]:
    here = {"participant": found.code, "back": back}
    if found.failed_on or found.ended_on:
        return []
    codes: list[str] = []
    if not found.withdrawals:
        codes += ["record-trial-consent", "record-assent"]
        if found.enrolled_on is None:
            codes += ["confirm-trial-eligibility", "fail-screening"]
            codes += ["enrol-participant"] if found.eligible_on else []
        elif not found.journey:
            codes.append("link-journey")
    if found.enrolled_on is not None:
        codes += ["record-contact-attempt", "record-adult-care", "end-participation"]
    codes += ["withdraw-participant"] if found.consents else []
    return [next_acts.offer(who, act, **here) for act in codes]


@page
def consents(request: HttpRequest) -> HttpResponse:
    """Who is to be asked again: today, overdue, or within ninety days."""
    who = acting(request)
    today = who.today(clock.now())
    rows = trial.participants(who.sees).exclude(state__in=OUT).exclude(consented_on__isnull=True)
    found: list[tuple[Due, str, Any]] = []
    book, protocols = DiskBook(), dict[str, Protocol]()
    for one in trial.signed_by(rows):
        protocol = protocols.setdefault(one.protocol, book.sheet(f"protocol:{one.protocol}"))
        country = who.sites[one.site].country
        version = protocol.in_force(country, today)
        due = due_consents(one, protocol, country, today)
        found += [(row, row.state(today), _part(version, row.part)) for row in due if (row.from_on - today).days <= 90]
    found.sort(key=lambda row: (row[0].by_on, row[0].participant))
    shown = {"rows": _turned(request, found), "total": len(found), "paging": _paging(request, len(found))}
    return render(request, "web/trial_consents.html", shown)


@page
def missed(request: HttpRequest) -> HttpResponse:
    """Long-term follow-up: who was not seen in the window that closed last, and what was tried."""
    who = acting(request)
    today = who.today(clock.now())
    rows = trial.participants(who.sees).exclude(state__in=OUT)
    found = trial.missed(rows, today)
    asked = {one.participant.protocol: _attempts(one.participant, who, today) for one in found}
    offers = {one.participant.code: next_acts.offer(who, "record-contact-attempt", participant=one.participant.code,
              back=request.path) for one in found}  # fmt: skip
    listed = [(one, asked[one.participant.protocol], offers[one.participant.code]) for one in found]
    shown = {"rows": _turned(request, listed), "total": len(found), "paging": _paging(request, len(found))}
    return render(request, "web/trial_missed.html", shown)


def _attempts(row: table.Participant, who: Acting, today: date) -> Any:
    """How many tries the protocol asks for; None where it is still to be set."""
    version = DiskBook().sheet(f"protocol:{row.protocol}").in_force(who.sites[row.site].country, today)
    return next((one.value for one in parameters(version.document) if one.name == ATTEMPTS), None) if version else None


def _paging(request: HttpRequest, total: int) -> Paging:
    pages = max(1, -(-total // PAGE))
    return Paging(min(max(1, number_of(request.GET.get("page", "1"))), pages), pages, {})


def _turned(request: HttpRequest, found: list[Any]) -> list[Any]:
    number = _paging(request, len(found)).page
    return found[(number - 1) * PAGE : number * PAGE]
