"""Audit: the signed book searched by who, what, about what, when and why; copied to files; and verified.

Written for an inspector who has never seen the system. 21 CFR 11.10(b), (e); draft EU GMP Annex 11 (2025), 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from milenari.journal import checkups, clock, search
from milenari.registers import questions, ranges
from milenari.rules.action import ACTIONS, Refused
from milenari.web import copies, telling, wording
from milenari.web.access import Acting, acting, page
from milenari.web.paging import Paging
from milenari.web.wording import vocabulary
from milenari.words import Role

PAGE = 25
TEXTS = ("who", "action", "about", "site", "role", "meaning", "reason")
DAYS = ("happened_from", "happened_to", "written_from", "written_to")
FLAGS = ("finding", "late")
FIELDS = (*TEXTS, *DAYS, *FLAGS)
MAY_VERIFY = (Role.QA, Role.IT_ADMIN)
EVERY_SECONDS = 3


@dataclass(frozen=True)
class Choice:
    code: str
    word: Any


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:200] for name in (*FIELDS, "sort")}


def _wanted(who: Acting, asked: dict[str, str]) -> search.Wanted:
    """What was typed as a question to the book; Refused names the day that cannot be read."""
    edges = {name: _day(name, asked[name], who.zone) for name in DAYS}
    return search.Wanted(
        who.sees, ranges.persons_like(asked["who"]) if asked["who"] else None, asked["action"],
        ranges.subjects_like(asked["about"]) if asked["about"] else None, asked["site"], asked["role"],
        asked["meaning"], asked["reason"], "any" if asked["finding"] else "", bool(asked["late"]), **edges,
        sort=asked["sort"] or "-written",
    )  # fmt: skip


def _day(name: str, text: str, zone: str) -> datetime | None:
    """The first instant of a local day, or for the end of a period the first of the day after."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if name.endswith("_to"):
            day += timedelta(days=1)
    except (ValueError, OverflowError) as fault:
        raise Refused("field-unreadable", field=name, found=text[:20], kind="on") from fault
    return datetime.combine(day, time(), ZoneInfo(zone))


@page
def audit(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = _asked(request)
    sentence: SafeString | str = ""
    hits = search.Hits([], 0, search.Wanted(), [])
    number = request.GET.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    try:
        wanted = _wanted(who, asked)
        hits = search.find(wanted, (at - 1) * PAGE, PAGE)
        pages = max(1, -(-hits.total // PAGE))
        if at > pages:
            at = pages
            hits = search.find(wanted, (at - 1) * PAGE, PAGE)
    except Refused as refused:
        pages, sentence = 1, wording.refusal(refused, who.zone)
    kept = {name: value for name, value in asked.items() if value}
    narrowed = {name: value for name, value in kept.items() if name != "sort"}
    told = {told.seen.position: told for told in telling.tell(hits.seen)}
    shown = {
        "asked": asked, "narrowed": bool(narrowed), "more": any(asked[n] for n in ("role", "meaning", *DAYS[2:])),
        "hits": hits, "lines": [told[seen.position] for seen in hits.seen], "sentence": sentence,
        "reaches": _reaches(hits, asked),
        "paging": Paging(at, pages, {"sort": "-written", **kept}), "query": urlencode(kept),
        "places": who.sites.values(), "actions": _actions(), "last": checkups.last_whole(),
        "roles": [Choice(code, word) for code, word in vocabulary.ROLES.items()],
        "meanings": [Choice(code, word) for code, word in vocabulary.MEANING_WORDS.items()],
    }  # fmt: skip
    return render(request, "web/audit.html", shown, status=422 if sentence else 200)


def _reaches(hits: search.Hits, asked: dict[str, str]) -> datetime | None:
    """Since when texts were read, when the person named no first day themselves."""
    given = asked["written_from"] or asked["happened_from"]
    return hits.wanted.written_from if hits.wanted.scans and not given else None


def _actions() -> list[tuple[Any, list[Choice]]]:
    """Every action under the name of its station, as a person reads them in a list."""
    found: dict[str, list[Choice]] = {room: [] for room in vocabulary.ROOMS}
    for code, cls in ACTIONS.items():
        found.setdefault(cls.__module__.rpartition(".")[2], []).append(Choice(code, wording.done(code)))
    return [(vocabulary.ROOMS.get(room, room), choices) for room, choices in found.items() if choices]


@page
def export(request: HttpRequest, form: str) -> HttpResponse:
    """What the search found as a file, however long it is, without holding it in memory."""
    if form not in copies.FORMS:
        raise Http404
    write, kind, name = copies.FORMS[form]
    wanted = _wanted(acting(request), _asked(request))
    answer = StreamingHttpResponse(write(wanted, search.newest()), content_type=kind)
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    answer["Content-Disposition"] = f'attachment; filename="{stamp}-{name}"'
    return cast(HttpResponse, answer)  # streamed, with the same headers


# -- verification ---------------------------------------------------------------------------------------


@page
def verification(request: HttpRequest) -> HttpResponse:
    """When the book was last wholly verified, by whom, with what result; and how far one that runs has come."""
    who = acting(request)
    lately = checkups.lately()
    running = next((check for check in lately if check.state == "running"), None)
    still = "still" in request.GET
    shown = {
        "last": checkups.last_whole(), "running": running, "lately": lately, "may": who.role in MAY_VERIFY,
        "refresh": EVERY_SECONDS if running and not still else 0, "still": still,
        "names": questions.names_of(check.by for check in lately),
        "others": [wording.word(vocabulary.ROLES, role) for role in MAY_VERIFY],
    }  # fmt: skip
    return render(request, "web/verification.html", shown)


@require_POST
@page
def verify_now(request: HttpRequest) -> HttpResponse:
    """Begin a verification of the whole book, as quality assurance or IT."""
    who = acting(request)
    if who.role not in MAY_VERIFY:
        raise Refused("checkup-not-yours", role=who.role)
    checkups.launch(who.person)
    return redirect("audit-verification")
