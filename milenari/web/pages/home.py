"""Home: for one role at one site, what to do next, what waits for others and for whom, and what runs out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, read, start
from milenari.journal.fold import DiskBook
from milenari.registers import casebook, deadlines, hyperinflammation, network, people, safety, studies, trial, waiting
from milenari.registers.deadlines import Deadline
from milenari.registers.waiting import Waiting
from milenari.rules.action import ACTIONS
from milenari.web import addresses, next_acts, ways, wording
from milenari.web.access import Acting, acting, page
from milenari.web.countdown import Countdown
from milenari.web.pages.agreements import overdue_changes, overdue_escalations
from milenari.web.pages.exchange import endings_of
from milenari.web.pages.matters import overdue_matters
from milenari.web.pages.safety import owed_reports
from milenari.web.rooms import address
from milenari.web.wording import vocabulary
from milenari.web.wording import waiting as words
from milenari.words import Role

SHOWN, ENDING, NAMED = 12, 9, 3
BEGINS: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("receive-material", "dispatch", "receive", "record-arrival", "hold-batch", "open-deviation"),
    Role.QC_ANALYST: ("take-sample", "record-result", "verify-result", "record-titre", "open-deviation"),
    Role.QA: ("review-trail", "register-equipment", "calibrate-equipment", "grant-role", "open-deviation"),
    Role.QP: ("certify-batch", "release-batch", "release-lot", "recall-batch", "recall-lot"),
    Role.VECTOR_MANAGER: ("open-campaign", "allocate-container", "dispatch", "record-arrival", "receive-material"),
    Role.APHERESIS_NURSE: ("collect-cells", "label-bag", "count-cells", "dispatch", "record-arrival"),
    Role.WARD_NURSE: ("scan-bedside", "record-arrival", "record-weight", "grade-crs", "grade-icans", "record-visit"),
    Role.PHYSICIAN: ("refer-patient", "record-consent", "record-weight", "grade-crs", "record-visit"),
    Role.TRAINER: ("record-training", "open-deviation"),
    Role.COORDINATOR: ("issue-coi", "book-slot", "allocate-container", "dispatch", "record-arrival"),
    Role.TRANSFER_LEAD: ("assess-gap", "offer-evidence", "open-gaps", "open-deviation"),
    Role.IT_ADMIN: ("enrol-person", "replace-key"),
    Role.INVESTIGATOR: ("screen-participant", "record-trial-consent", "enrol-participant", "report-adverse-event"),
    Role.DATA_MANAGER: ("record-contact-attempt", "open-deviation", "attach-file"),
    Role.STATISTICIAN: ("open-deviation", "attach-file"),
}
# Who sees on Home which gaps should have been closed, and what of a site's readiness ends.
LEADING = (Role.QA, Role.COORDINATOR, Role.TRANSFER_LEAD)
ESCALATING = (Role.QA, Role.COORDINATOR)  # who sees on Home which deviations should have been told or answered
CONTROLS = (
    "found-site",
    "qualify-site",
    "grant-authorisation",
    "effect-master-file",
    "pass-edge",
)  # of QA at the control site
PATIENT = ("slot", "collection", "dose", "result", "visit", "consent")
THINGS = ("lot", "material", "equipment")
READINESS = ("support", "qualified")
# The deadlines that concern a role; those of the person's own training and roles concern everybody.
CONCERNS: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("collection", *THINGS),
    Role.QC_ANALYST: ("result", "equipment"),
    Role.QA: (*PATIENT, *THINGS, "training", "role", "quality-agreement", *READINESS),
    Role.QP: ("collection", "dose", "result", "lot"),
    Role.VECTOR_MANAGER: ("lot", "material", "equipment", "result"),
    Role.APHERESIS_NURSE: ("slot", "collection", "consent"),
    Role.WARD_NURSE: ("slot", "dose", "visit"),
    Role.PHYSICIAN: PATIENT,
    Role.TRAINER: ("training",),
    Role.COORDINATOR: (*PATIENT, "lot", "quality-agreement"),
    Role.TRANSFER_LEAD: ("training", "equipment", *READINESS),
    Role.IT_ADMIN: ("role", "training"),
    Role.INVESTIGATOR: PATIENT,
    Role.DATA_MANAGER: ("visit", "consent"),
    Role.STATISTICIAN: ("visit",),
}
# What ends when the site is cut off, for whom it is named here; the whole list is on Exchange.
CUT_OFF: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("lease", "mirror"),
    Role.QA: ("lease", "agreement", "delegation", "membership", "mirror"),
    Role.QP: ("lease", "delegation"),
    Role.VECTOR_MANAGER: ("lease", "mirror"),
    Role.WARD_NURSE: ("lease",),
    Role.PHYSICIAN: ("lease", "tokens"),
    Role.COORDINATOR: ("lease", "tokens", "agreement"),
    Role.IT_ADMIN: ("lease", "agreement", "membership", "mirror"),
}
FIGURES: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("in_process", "on_hold", "vector_reserved", "quarantined"),
    Role.QC_ANALYST: ("pending_results", "in_process", "to_release"),
    Role.QA: ("to_release", "open_deviations", "on_hold", "quarantined"),
    Role.QP: ("to_release", "in_process", "open_deviations", "pending_results"),
    Role.VECTOR_MANAGER: ("vector_free", "vector_reserved", "quarantined"),
    Role.TRAINER: ("people", "in_process"),
    Role.TRANSFER_LEAD: ("people", "in_process"),
    Role.IT_ADMIN: ("people",),
}
TRIAL = (Role.DATA_MANAGER, Role.STATISTICIAN)  # whose figures are a trial's, of all that they may see
CLINIC = ("patients", "in_manufacture", "to_release")
LEADS = {
    "patients": "journeys", "in_manufacture": "journeys", "in_process": "batches", "on_hold": "batches",
    "to_release": "release-desk", "pending_results": "qc", "open_deviations": "release-desk", "quarantined": "stock",
    "vector_free": "lots", "vector_reserved": "lots", "people": "stock",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Something that waits, as the page shows it."""

    wait: Waiting
    title: Any
    why: Any
    url: str
    place: str
    ends: Countdown | None
    roles: Any
    names: tuple[str, ...]
    unnamed: int
    here: bool  # another role of the same person would do
    details: tuple[str, ...] = ()  # of all that is said in one line


@dataclass(frozen=True)
class Ending:
    """A deadline, as the page shows it."""

    deadline: Deadline
    what: Any
    url: str
    clock: Countdown


@page
def home(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    today = now.date()
    waits = [*waiting.work_waiting(who.site), *hyperinflammation.waiting(DiskBook(), who.site)]
    everywhere = tuple(who.sites)
    elsewhere = tuple(site for site in everywhere if site != who.site) if who.sees is None else ()
    ends = deadlines.deadlines(everywhere if who.sees is None else (who.site,), now)
    rests, gaps = ways.deadlines_of(None if who.sees is None else [who.site], now) if who.role in LEADING else ([], [])
    ends = deadlines.together(ends, rests)
    pages = addresses.of_subjects([*(w.subject for w in waits), *(d.subject for d in ends)])
    lines = _lines(who, waits, ends, pages, now)
    mine = [line for line in lines if who.role in ACTIONS[line.wait.action].roles]
    others = _together(line for line in lines if who.role not in ACTIONS[line.wait.action].roles)
    endings = [_ending(d, pages, now) for d in ends]
    close = [e for e in endings if _concerns(who, e.deadline)]
    shown = {
        "now": now,
        "mine": mine[:SHOWN],
        "mine_more": len(mine) > SHOWN,
        "others": others[:SHOWN],
        "others_more": len(others) > SHOWN,
        "endings": close[:ENDING],
        "endings_more": [*close[ENDING:], *(e for e in endings if e not in close)],
        "figures": _figures(who, today),
        "begins": [next_acts.offer(who, code) for code in _begins(who)],
        "elsewhere": _elsewhere(who, elsewhere),
        "cut_off": endings_of((who.site,), CUT_OFF.get(who.role, ()), now)[:ENDING],
        "gaps": gaps,
        "escalations": overdue_escalations(now, None if who.sees is None else [who.site])
        if who.role in ESCALATING
        else [],
        "untold": overdue_matters(now, None if who.sees is None else [who.site]) if who.role in ESCALATING else [],
        "owed": owed_reports(who, now)[:NAMED],
        "changes": overdue_changes(today, None if who.sees is None else who.site) if who.role in LEADING else [],
        "studies": _studies(who) if who.role in LEADING else None,
        "node": _node() if who.role is Role.IT_ADMIN else None,
    }
    return render(request, "web/home.html", shown)


def _lines(
    who: Acting, waits: Iterable[Waiting], ends: Iterable[Deadline], pages: dict[str, str], now: datetime
) -> list[Line]:
    """What waits, what ends first before what has waited longest."""
    until = {
        (d.subject, d.detail): d for d in reversed(list(ends)) if d.kind in ("slot", "collection", "dose", "result")
    }
    held = people.holders([who.site], now.date())
    made = []
    for wait in waits:
        roles = [role for role in ACTIONS[wait.action].roles if role is not Role.NODE]
        names = list(dict.fromkeys(name for role in roles for name in held.get((who.site, role), ())))
        found = until.get((wait.subject, wait.detail))  # a result's own, when a batch has several
        made.append(Line(
            wait, wording.title(wait.action), words.WHY.get(wait.why or wait.action, ""),
            addresses.of_work(wait.action, wait.subject, wait.query), pages[wait.subject],
            _clock(found, now) if found else None,
            wording.joined(wording.word(vocabulary.ROLES, role) for role in roles), tuple(names[:NAMED]),
            max(0, len(names) - NAMED), any(role in who.here for role in roles),
        ))  # fmt: skip
    latest = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(made, key=lambda x: (x.ends.until if x.ends else latest, x.wait.since or latest))


def _together(lines: Iterable[Line]) -> list[Line]:
    """What waits for others, one line for all of a thing that waits for the same and has no end of its own."""
    found: dict[Any, list[Line]] = {}
    for n, line in enumerate(lines):
        found.setdefault(n if line.ends else (line.wait.subject, line.wait.action, line.wait.why), []).append(line)
    return [
        replace(same[0], details=tuple(dict.fromkeys(line.wait.detail for line in same if line.wait.detail)))
        for same in found.values()
    ]


def _clock(deadline: Deadline, now: datetime) -> Countdown:
    return Countdown(deadline.at, now, by_day=deadline.on is not None)


def _ending(deadline: Deadline, pages: dict[str, str], now: datetime) -> Ending:
    return Ending(deadline, words.DEADLINES[deadline.kind], pages[deadline.subject], _clock(deadline, now))


def _concerns(who: Acting, deadline: Deadline) -> bool:
    return deadline.kind in CONCERNS.get(who.role, ()) or deadline.person == who.person


def _begins(who: Acting) -> tuple[str, ...]:
    control = who.role is Role.QA and who.site in who.sites and who.sites[who.site].control
    return (*BEGINS.get(who.role, ("open-emergency-access",)), *(CONTROLS if control else ()))


def _figures(who: Acting, today: Any) -> list[tuple[int, Any, str]]:
    if who.role in TRIAL:
        counts = {
            "participants": (trial.participants(who.sees).count(), reverse("trial-participants")),
            "casebook_queries": (casebook.queries(who.sees).count(), reverse("casebooks-queries")),
            "adverse_events": (safety.events(who.sees, tab="open").count(), reverse("safety")),
        }
        return [(number, words.FIGURES[name], url) for name, (number, url) in counts.items()]
    found = network.figures(who.site, today)
    return [(getattr(found, name), words.FIGURES[name], address(LEADS[name])) for name in FIGURES.get(who.role, CLINIC)]


def _elsewhere(who: Acting, sites: tuple[str, ...]) -> list[tuple[Any, int, bool, datetime | None]]:
    """For oversight: how much waits at every other site, whether more than is counted, and the oldest since when."""
    if not sites:
        return []
    found = []
    waits = waiting.work_waiting(*sites)
    for site in sites:
        here = [w for w in waits if w.site == site]
        since = min((w.since for w in here if w.since), default=None)
        found.append((who.sites[site], len(here), len(waits) >= waiting.MOST, since))
    return found


def _studies(who: Acting) -> dict[str, int] | None:
    """Studies that wait for this site, and signals of drift that nobody has assessed; nothing when there are none."""
    control = who.site in who.sites and who.sites[who.site].control
    found = {"waiting": studies.waiting_studies(who.site, control), "signals": studies.open_signals([who.site])}
    return found if any(found.values()) else None


def _node() -> dict[str, Any]:
    """What an administrator looks at first: whether the node may serve, and how far its logs are."""
    return {"faults": start.faults(), "logs": read.logs(), "status": reverse("status")}
