"""Study report: what is computed from the runs, shown whole before it is signed; nobody types a figure or a digest."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import ask
from milenari.journal.fold import DiskBook
from milenari.registers import comparing
from milenari.rules.action import Refused
from milenari.rules.comparability_report import ReportComparability
from milenari.web import signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.charts import study as charts
from milenari.web.pages import studies
from milenari.web.wording import comparing as words

_FRESH = signing.Attempt()


@page
def report(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    study = studies.study_of(who, DiskBook(), code)
    if study.locked_at is None:
        raise Refused("comparability-not-locked", study=code)
    if request.method != "POST":
        return _draw(request, who, code, {}, _FRESH)
    typed = signing.typed_of(request)
    # The lines are computed again from the record; the digest is the one on the screen, so that figures which came
    # meanwhile are refused and not signed unseen.
    lines = comparing.comparison(study, DiskBook()).lines
    whole = {**typed, "study": code, "lines": json.dumps(lines)}
    tried = signing.attempt(lambda: signing.sign(request, ReportComparability, whole, who))
    return signing.after(request, tried.written) if tried.written else _draw(request, who, code, typed, tried)


def _draw(request: HttpRequest, who: Acting, code: str, typed: Mapping[str, str],
          tried: signing.Attempt) -> HttpResponse:  # fmt: skip
    book = DiskBook()
    study = studies.study_of(who, book, code)
    found = comparing.comparison(study, book)
    cls = ReportComparability
    part = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code)
    if tried.refused:
        part.blame(tried.refused, sentence)
        if tried.refused.code in ("changed-meanwhile", "act-id-reused"):
            typed = {**typed, "act": "", "seen": ""}  # now told: the next signature is over the present state
    names = studies.attribute_names(book, study.product)
    shown: dict[str, Any] = {
        "study": study, "found": found, "signature": part, "sentence": sentence, "title": wording.title(cls.code),
        "drawn": [studies.drawn(study, one, names) for one in found.attributes],
        "margins": charts.margins(found, words.VERDICTS), "against": _against(who, found),
        "act": typed.get("act") or str(uuid.uuid4()),
        "seen": typed.get("seen") or f"comparability:{code}={study.version}", "reason": typed.get("reason", ""),
    }  # fmt: skip
    return render(request, "web/study_report.html", shown, status=tried.status)


def _against(who: Acting, found: comparing.Comparison) -> Any:
    """Why this person's report would be refused now, as the rule says it; nothing when it would be taken."""
    cls = ReportComparability
    role = signing.roles_of(cls, {}, who)[1]
    answer = ask.Supposed().ask(cls.from_data(comparing.as_report(found)), ask.Asker(who.person, role, who.site))
    return wording.refusal(answer, who.zone, cls.code) if isinstance(answer, Refused) else None
