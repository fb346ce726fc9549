"""Worksheets: several results entered, or several verified, under one signature."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from milenari.journal.ask import Asker, Supposed
from milenari.registers import quality, questions
from milenari.rules.action import Refused
from milenari.rules.testing import RecordResult, VerifyResult
from milenari.web import signing, wording, worksheet
from milenari.web.access import acting, page
from milenari.web.forms import ActionForm, Box
from milenari.web.wording import labels
from milenari.web.wording import quality as words

KINDS: dict[str, Any] = {"pending": RecordResult, "recorded": VerifyResult}


@page
def enter(request: HttpRequest) -> HttpResponse:
    """Enter several pending results: of one test, or of one product."""
    return _sheet(request, "pending")


@page
def verify(request: HttpRequest) -> HttpResponse:
    """Verify several results that another person recorded."""
    return _sheet(request, "recorded")


def _sheet(request: HttpRequest, status: str) -> HttpResponse:
    who, cls = acting(request), KINDS[status]
    asked = request.POST if request.method == "POST" else request.GET
    test, of = asked.get("test", ""), asked.get("of", "")
    book = Supposed()
    sheet = worksheet.lines(quality.worksheet(who.site, status, test, of) if test or of else [], book)
    typed: dict[str, str] = {}
    tried, sentence, code = signing.Attempt(), "", 200
    if request.method == "POST":
        typed = signing.typed_of(request)
        sheet = _same(sheet, typed)
        worksheet.fill(sheet, typed)
        asker = Asker(who.person, signing.roles_of(cls, typed, who)[1], who.site)
        lines = worksheet.taken(sheet)
        try:
            happened_at = ActionForm(cls, who, typed).happened_at()
            good = worksheet.judged(lines, book, asker, who.zone, happened_at)
        except Refused as refused:
            tried, good = signing.Attempt(refused=refused), False
        if "check" not in request.POST:
            if not lines:
                sentence, code = _("Nothing is filled in yet."), 422
            elif good:
                written: list[Any] = []

                def sign() -> Any:
                    written.extend(signing.sign_all(request, worksheet.signable(lines), typed, who))
                    return written[-1]

                tried = signing.attempt(sign)
                if tried.written:
                    return _done(request, status, written)
            elif not tried.refused:
                sentence = _("Some lines would be refused, so none was recorded. The reason stands at each of them.")
                code = 422
        if tried.refused or tried.not_written:
            sentence, code = str(tried.sentence(who.zone, cls.code)), tried.status
    return _draw(request, status, sheet, typed, test, of, tried, sentence, code)


def _same(sheet: list[worksheet.Line], typed: dict[str, str]) -> list[worksheet.Line]:
    """The lines that the person had on the screen, under the numbers they had there.

    A line that somebody has dealt with meanwhile is gone from the list; what was typed for it is not put elsewhere.
    """
    places = {(typed[name], typed.get(f"test.{name[3:]}", "")): int(name[3:])
              for name in typed if name.startswith("of.") and name[3:].isdecimal()}  # fmt: skip
    kept = [line for line in sheet if (line.row.of, line.row.test) in places]
    for line in kept:
        line.number = places[line.row.of, line.row.test]
    return sorted(kept, key=lambda line: line.number)


def _draw(request: HttpRequest, status: str, sheet: list[worksheet.Line], typed: dict[str, str], test: str, of: str,
          tried: signing.Attempt, sentence: Any, code: int) -> HttpResponse:  # fmt: skip
    who, cls = acting(request), KINDS[status]
    part = signing.signature(request, cls, typed, who)
    culprit = part.blame(tried.refused, sentence) if tried.refused else ""
    own = [line for line in sheet if status == "recorded" and line.row.by == who.person]
    shown = {
        "status": status, "sheet": sheet, "own": {line.number for line in own}, "test": test, "of": of,
        "signature": part, "sentence": sentence, "culprit": culprit, "title": wording.title(cls.code),
        "purpose": wording.purpose(cls.code), "bounds": words.BOUNDS.items(), "verdicts": words.VERDICTS,
        "happened_at": Box("happened_at", "at", labels.COMMON["happened_at"], required=False,
                           value=typed.get("happened_at", ""), zone=who.zone,
                           twice=typed.get("happened_at.which") is not None),
        "benches": quality.benches(who.site) if not sheet else [],
        "names": questions.names_of(line.row.by for line in sheet), "most": quality.PAGE,
    }  # fmt: skip
    return render(request, "web/worksheet.html", shown, status=code)


def _done(request: HttpRequest, status: str, written: list[Any]) -> HttpResponse:
    who, number = acting(request), len(written)
    if status == "pending":
        said = ngettext("%(number)s result recorded.", "%(number)s results recorded.", number)
    else:
        said = ngettext("%(number)s result verified.", "%(number)s results verified.", number)
    messages.success(request, wording.sentence({status: said}, status, {"number": number}, who.zone, "", said))
    for one in written:
        for found in one.entry.findings:
            messages.warning(request, wording.finding(found.code, found.facts, one.entry.zone))
    return HttpResponseRedirect(reverse("qc"))
