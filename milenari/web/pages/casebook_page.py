"""One page of a casebook: entered, doubted, corrected with a reason, with its queries and the history of each item."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal.fold import DiskBook
from milenari.rules.action import Refused
from milenari.rules.casebook import SaveForm, journey_of
from milenari.rules.casebook_form import CasebookForm, Form
from milenari.rules.casebook_page import CasebookPage, Query, page_code
from milenari.rules.casebook_query import AnswerQuery
from milenari.rules.casebook_value import from_record, lacking
from milenari.rules.casebook_window import Standing, day_of, planned, standing
from milenari.web import casebook_entry, next_acts, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import Box
from milenari.web.wording import labels

_FRESH = signing.Attempt()


@page
def one(request: HttpRequest, participant: str, visit: str, form: str, repeat: int) -> HttpResponse:
    who, book = acting(request), DiskBook()
    found = book.sheet(f"participant:{participant}")
    if not found.exists:
        raise Refused("subject-unknown", kind="participant", code=participant)
    who.require_sight(found.owner)
    defined: CasebookForm = book.sheet(f"casebook-form:{form}")
    if not defined.exists:
        raise Refused("subject-unknown", kind="casebook-form", code=form)
    kept: CasebookPage = book.sheet(f"casebook-page:{page_code(participant, visit, form, repeat)}")
    asked = {"participant": participant, "visit": visit, "form": form, "repeat": str(repeat),
             "page": page_code(participant, visit, form, repeat)}  # fmt: skip
    open_ = not kept.exists or kept.state in ("open", "signed")
    number = defined.newest if open_ else kept.number
    scene = _Scene(request, who, book, defined.form(number), kept, {**asked, "number": str(number)})
    if request.method != "POST":
        scene.answer = _asked_about(kept, request.GET.get("answer", ""))
        return scene.draw(casebook_entry.typed_of(scene.form, kept, scene.zone), _FRESH)
    typed = signing.typed_of(request)
    if "answer" in request.POST:
        return _answered(request, who, scene, typed)
    if "look" in request.POST:
        return scene.draw(typed, _FRESH)
    tried = signing.attempt(lambda: signing.sign(request, SaveForm, scene.data(typed), who))
    if not tried.written:
        return scene.draw(typed, tried)
    signing.tell(request, tried.written)
    return HttpResponseRedirect(reverse("casebooks-one", args=[participant]))


def _asked_about(kept: CasebookPage, number: str) -> Query | None:
    """The query of that number, if it waits for an answer."""
    found = kept.query(int(number)) if number.isascii() and number.isdigit() else None
    return found if found is not None and found.state == "open" else None


def _answered(request: HttpRequest, who: Acting, scene: _Scene, typed: Mapping[str, str]) -> HttpResponse:
    """A query answered where it stands; what was typed stays when the answer is refused."""
    asked = {"page": scene.kept.code, "query": typed["answer"], "text": typed.get("text", "")}
    tried = signing.attempt(lambda: signing.sign(request, AnswerQuery, {**typed, **asked}, who))
    if tried.written:
        signing.tell(request, tried.written)
        return HttpResponseRedirect(f"{request.path}#query-{typed['answer']}")
    scene.answer, scene.answered = _asked_about(scene.kept, typed["answer"]), typed
    return scene.draw(casebook_entry.typed_of(scene.form, scene.kept, scene.zone), tried)


class _Scene:
    """One page before one person: what the drawing and the signing need alike."""

    def __init__(self, request: HttpRequest, who: Acting, book: DiskBook, form: Form, kept: CasebookPage,
                 asked: dict[str, str]) -> None:  # fmt: skip
        self.request, self.who, self.book, self.form, self.kept, self.asked = request, who, book, form, kept, asked
        self.zone = who.zone_of(kept.owner) if kept.exists else who.zone
        journey = journey_of(book, asked["participant"])
        # A page that takes no entry shows what was recorded with it, not what the record says since.
        live = not kept.exists or kept.state in ("open", "signed")
        self.answer: Query | None = None  # the query that is answered on this page, instead of entering values
        self.answered: Mapping[str, str] = {}
        self.recorded = from_record(form, book, journey, int(asked["repeat"])) if live else dict(kept.recorded)

    def data(self, typed: Mapping[str, str]) -> dict[str, str]:
        """The action's fields as the signature part takes them."""
        values = casebook_entry.values_typed(self.form, typed, self.zone)
        reasons = casebook_entry.explained(self.form, typed)
        more = {"values": json.dumps(values) if values else "", "explained": json.dumps(reasons) if reasons else ""}
        return {**typed, **self.asked, **more}

    def draw(self, typed: Mapping[str, str], tried: signing.Attempt) -> HttpResponse:
        action = AnswerQuery if self.answer else SaveForm
        sentence = tried.sentence(self.who.zone, action.code)
        part = signing.signature(self.request, action, typed, self.who)
        if tried.refused:
            part.blame(tried.refused, sentence)
        lines = casebook_entry.lines(self.form, self.kept, typed, self.recorded, self.zone, tried.refused, sentence)
        open_ = self.answer is None and (not self.kept.exists or self.kept.state in ("open", "signed"))
        reason = Box("reason", "text", labels.COMMON["reason"], required=False, value=str(typed.get("reason", "")),
                     longest=2000)  # fmt: skip
        if tried.refused and tried.refused.code == "change-without-reason":
            reason.error = sentence
        shown: dict[str, Any] = {
            "page": self.kept, "form": self.form, "asked": self.asked, "open": open_, "zone": self.zone,
            "name": casebook_entry.in_words(self.form.title), "record": [one for one in lines if one.item.source],
            "lines": [one for one in lines if not one.item.source and one.asked is not False],
            "unasked": [one for one in lines if not one.item.source and one.asked is False],
            "values": self._values(lines), "yes_no": ("yes", "no"), "signature": part,
            "missing": casebook_entry.missing_options(),
            "sentence": sentence, "culprit": casebook_entry.fault_of(tried.refused), "reason": reason,
            "act": _act(self.answered or typed, tried), "seen": self._seen(self.answered or typed, tried),
            "title": wording.title(action.code),
            "answer": self.answer, "answered": self.answered.get("text", ""), "visit": self._visit(),
            "lacking": [self._label(code) for code in lacking(self.form, self.kept.kept)] if self.kept.exists else [],
            "queries": [(one, self._label(one.item), self._turns(one)) for one in reversed(self.kept.queries)],
            "history": self._history(), "next": self._next(),
        }  # fmt: skip
        return render(self.request, "web/casebook_page.html", shown, status=tried.status)

    def _visit(self) -> Standing | None:
        """How the day on this page stands to the window of its visit; None for a visit that nobody planned."""
        visits, _ = planned(self.book, self.book.sheet(f"participant:{self.asked['participant']}"), self.zone)
        visit = next((one for one in visits if one.code == self.asked["visit"]), None)
        on = day_of(self.form, self.kept.kept, self.zone) if self.kept.exists else None
        if visit is None or on is None:
            return Standing(visit, "") if visit is not None else None
        return standing(visit, [on], on)

    def _label(self, code: str) -> casebook_entry.Words:
        item = self.form.item(code)
        return casebook_entry.in_words(item.label) if item is not None else casebook_entry.Words(code, "en")

    def _values(self, lines: list[casebook_entry.Line]) -> list[tuple[casebook_entry.Line, Any]]:
        kept = dict(self.kept.values)
        mine = [one for one in lines if not one.item.source]
        return [(one, casebook_entry.shown(self.form, one.item, kept.get(one.item.id), self.zone)) for one in mine]

    def _history(self) -> list[dict[str, Any]]:
        def told(code: str, row: Any) -> Any:
            return casebook_entry.shown(self.form, self.form.item(code), row, self.zone)

        return [
            {"label": self._label(one.item), "before": told(one.item, one.before), "after": told(one.item, one.after),
             "by": one.by, "at": one.at, "reason": one.reason}
            for one in reversed(self.kept.changes)
        ]  # fmt: skip

    def _turns(self, query: Any) -> list[Any]:
        page = {"page": self.kept.code, "query": str(query.number), "back": self.request.path}
        if query.state == "open":
            act = next_acts.offer(self.who, "answer-query", **page)
            return [replace(act, url=f"?answer={query.number}#query-{query.number}") if act.mine else act]
        if query.state == "answered":
            again = next_acts.offer(self.who, "raise-query", item=query.item, **page)
            return [next_acts.offer(self.who, "close-query", **page), again]
        return []

    def _next(self) -> list[Any]:
        codes = {
            "open": ["verify-source", "sign-form", "raise-query", "freeze-form"],
            "signed": ["verify-source", "lock-form", "raise-query", "freeze-form"],
            "frozen": ["verify-source", "lock-form" if self.kept.signed_at else "sign-form", "raise-query",
                       "unlock-form"],
            "locked": ["unlock-form"],
        }  # fmt: skip
        chosen = codes[self.kept.state] if self.kept.exists else []
        return [next_acts.offer(self.who, code, page=self.kept.code, back=self.request.path) for code in chosen]

    def _seen(self, typed: Mapping[str, str], tried: signing.Attempt) -> str:
        stale = tried.refused is not None and tried.refused.code == "changed-meanwhile"
        now = f"casebook-page:{self.kept.code}={self.kept.version}" if self.kept.exists else ""
        return now if stale else typed.get("seen", "") or now


def _act(typed: Mapping[str, str], tried: signing.Attempt) -> str:
    reused = tried.refused is not None and tried.refused.code == "act-id-reused"
    return str(uuid.uuid4()) if reused else typed.get("act", "") or str(uuid.uuid4())
