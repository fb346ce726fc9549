"""Eligibility: every criterion of the version in force as a question, answered one by one, then signed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.rules.action import Refused
from milenari.rules.enrolment import ConfirmTrialEligibility
from milenari.rules.participant import Participant
from milenari.rules.protocol import version_at
from milenari.web import signing, wording
from milenari.web.access import Acting, acting, page

_FRESH = signing.Attempt()


@page
def eligibility(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    book = DiskBook()
    found: Participant = book.sheet(f"participant:{code}")
    if not found.exists:
        raise Refused("subject-unknown", kind="participant", code=code)
    who.require_sight(found.site)
    version = version_at(book, book.sheet(f"protocol:{found.protocol}"), found.site, who.today(clock.now()))
    criteria = version.document["eligibility"]
    if request.method != "POST":
        return _draw(request, who, found, criteria, {"participant": code}, _FRESH)
    typed = signing.typed_of(request)
    answers = {one["code"]: typed[f"c.{one['code']}"] for one in criteria if typed.get(f"c.{one['code']}")}
    typed = {**typed, "participant": code, "answers": json.dumps(answers)}
    asked = {name: text for name, text in typed.items() if not name.startswith("c.")}
    tried = signing.attempt(lambda: signing.sign(request, ConfirmTrialEligibility, asked, who))
    if tried.written:
        return signing.after(request, tried.written)
    return _draw(request, who, found, criteria, typed, tried)


def _draw(
    request: HttpRequest, who: Acting, found: Participant, criteria: Any, typed: Mapping[str, str],
    tried: signing.Attempt,
) -> HttpResponse:  # fmt: skip
    part = signing.signature(request, ConfirmTrialEligibility, typed, who)
    sentence = tried.sentence(who.zone, ConfirmTrialEligibility.code)
    blamed: list[str] = []
    if tried.refused:
        part.blame(tried.refused, sentence)
        blamed = [str(one) for one in tried.refused.facts.get("criteria", ())]
        if tried.refused.code in ("changed-meanwhile", "act-id-reused"):
            typed = {**typed, "act": ""}
    rows = [(one, typed.get(f"c.{one['code']}", ""), one["code"] in blamed) for one in criteria]
    shown: dict[str, Any] = {
        "participant": found, "rows": rows, "signature": part, "sentence": sentence,
        "title": wording.title(ConfirmTrialEligibility.code), "act": typed.get("act") or str(uuid.uuid4()),
    }  # fmt: skip
    return render(request, "web/trial_eligibility.html", shown, status=tried.status)
