"""Training passports: one made for another site, one read here, decided on item by item, and confirmed."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, passport
from milenari.journal import docket as dockets
from milenari.journal import read as journal
from milenari.registers import keeping as registers
from milenari.rules.action import ACTIONS, Refused
from milenari.web import next_acts, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.wording import competence as words
from milenari.words import Role

ACCEPT = "accept-passport"
ISSUERS = (Role.QA, Role.TRAINER)  # and everybody for themselves


@page
def read(request: HttpRequest) -> HttpResponse:
    """Reading a passport file, and the passports decided on here; nothing is written to the book."""
    who, now = acting(request), clock.now()
    refused, status, text = "", 200, ""
    if request.method == "POST":
        given = request.FILES.get("file")
        try:
            text = given.read().decode("utf-8") if given else request.POST.get("text", "")
            if text.lstrip().startswith(dockets.HEADING):
                scanned, text = passport.scanned(text), ""
                return render(request, "web/passport_scanned.html", {"found": scanned, "now": now, "lines": [
                    (shown, words.PASSPORT_STATES[shown.state]) for shown in scanned.items]})  # fmt: skip
            found = passport.keep(text)
            return HttpResponseRedirect(reverse("training-passport-one", args=[found.sha256]))
        except UnicodeDecodeError:
            refused, status = wording.refusal(Refused("passport-unreadable", detail="UTF-8"), who.zone), 422
        except Refused as fault:
            refused, status = wording.refusal(fault, who.zone), 422
    book = [(code, journal.sheet(f"passport:{code}")) for code in registers.codes("passport")]
    shown = {
        "now": now,
        "refused": refused,
        "text": text[:100_000] if text.lstrip().startswith(dockets.HEADING) else "",
        "passports": [(code, p) for code, p in book if who.may_see(p.owner)],
        "sites": [place for code, place in who.sites.items() if code != who.site],
        "next": [],
    }
    return render(request, "web/passports.html", shown, status=status)


@page
def one(request: HttpRequest, code: str) -> HttpResponse:
    """By a hash: a passport that was read here, to be decided on. By a decided one's code: what was decided.
    By a person: making a passport for another site."""
    who = acting(request)
    if journal.sheet(f"passport:{code}").exists:
        return _decided(request, who, code)
    if journal.sheet(f"person:{code}").exists:
        return _issue(request, who, code)
    return _decide(request, who, passport.kept(code))


def require_issuer(who: Acting, person: str) -> None:
    """Refuse a passport to anybody but its holder, and quality assurance and trainers of the holder's site."""
    if person != who.person and (who.role not in ISSUERS or who.site != journal.sheet(f"person:{person}").home):
        raise Refused("role-not-allowed", role=who.role, roles=[str(r) for r in ISSUERS], action=ACCEPT)


def _issue(request: HttpRequest, who: Acting, person: str) -> HttpResponse:
    sheet = journal.sheet(f"person:{person}")
    require_issuer(who, person)
    to_site = request.POST.get("to", "").strip()
    refused = ""
    if to_site:
        try:
            text = passport.issue(person, to_site)
        except Refused as fault:
            refused = wording.refusal(fault, who.zone)
        else:
            answer = HttpResponse(text, content_type="application/json; charset=utf-8")
            answer["Content-Disposition"] = f'attachment; filename="{person}-{to_site}.passport"'
            return answer
    shown = {"person": person, "name": sheet.name, "refused": refused, "to": to_site,
             "sites": [place for code, place in who.sites.items() if code != sheet.home]}  # fmt: skip
    return render(request, "web/passport_issue.html", shown, status=422 if refused else 200)


def _decided(request: HttpRequest, who: Acting, code: str) -> HttpResponse:
    sheet = journal.sheet(f"passport:{code}")
    who.require_sight(sheet.owner)
    confirm = next_acts.offer(who, "confirm-passport", passport=code, person=sheet.person)
    shown = {"code": code, "sheet": sheet, "next": [] if sheet.confirmed_by else [confirm]}
    return render(request, "web/passport_decided.html", shown)


def _decide(request: HttpRequest, who: Acting, found: passport.Checked) -> HttpResponse:
    cls, typed, status, sentence, refused = ACTIONS[ACCEPT], signing.typed_of(request), 200, "", None
    fixed = {"passport": found.code, "holder": found.person, "from_site": found.site, "sha256": found.sha256}
    if request.method == "POST":
        decisions = [_decision(typed, number, shown) for number, shown in enumerate(found.items)]
        typed = {**typed, **fixed, "decisions": json.dumps(decisions)}
        tried = signing.attempt(lambda: signing.sign(request, cls, typed, who))
        if tried.written:
            signing.tell(request, tried.written)
            return HttpResponseRedirect(reverse("training-passport-one", args=[found.code]))
        status, sentence, refused = tried.status, tried.sentence(who.zone, ACCEPT), tried.refused
    part = signing.signature(request, cls, typed, who)
    if refused is not None:
        part.blame(refused, sentence)
    lines = [
        (
            number,
            shown,
            words.PASSPORT_STATES[shown.state],
            typed.get(f"yes-{number}", "yes"),
            typed.get(f"why-{number}", ""),
        )
        for number, shown in enumerate(found.items)
    ]
    context = {"found": found, "lines": lines, "signature": part, "sentence": sentence, "typed": typed,
               "act": typed.get("act") or str(uuid.uuid4()), "now": clock.now()}  # fmt: skip
    return render(request, "web/passport_decide.html", context, status=status)


def _decision(typed: dict[str, str], number: int, shown: passport.Shown) -> dict[str, Any]:
    accepted = shown.state == "good" and typed.get(f"yes-{number}") == "yes"
    why = typed.get(f"why-{number}", "").strip()
    if not accepted and not why and shown.state != "good":
        why = shown.state  # the file itself gives the reason
    return {**shown.facts(), "accepted": accepted, "why": why}
