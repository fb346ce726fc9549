"""Casebooks: the list, the casebook of one participant as visits by forms, the query desk, the forms in force."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import casebook
from milenari.registers import models as table
from milenari.rules.action import Refused
from milenari.rules.casebook_form import DefineForm, read_form
from milenari.rules.participant import Participant
from milenari.rules.protocol import Protocol
from milenari.rules.protocol_document import visits as schedule
from milenari.web import next_acts, signing, telling, wording
from milenari.web.access import Acting, acting, page
from milenari.web.casebook_entry import in_words
from milenari.web.paging import Paging, number_of
from milenari.web.wording import casebook as words

PAGE = 25
READY = Path(__file__).resolve().parents[1] / "data" / "forms"
ORDER = (
    "demographics", "history", "disease", "eligibility", "apheresis", "bridging", "lymphodepletion", "infusion",
    "visit", "crs", "icans", "blood-count", "inflammation", "b-cells", "response", "adverse-event", "treatment",
    "transplant", "end-of-study", "death",
)  # fmt: skip
"""The forms that come with the platform, in the order of a therapy; others follow by their code."""


@page
def casebooks(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    query = request.GET.get("q", "").strip()
    found = casebook.participants(who.sees, query)
    total, pages = len(found), max(1, -(-len(found) // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    open_ = casebook.queries(who.sees).count()
    shown = {
        "rows": [(row, who.zone_of(str(row["site"]))) for row in part], "total": total, "asked": query,
        "paging": Paging(number, pages, {"q": query} if query else {}), "queries": open_,
        "offered": [row.code for row in table.Subject.objects.filter(kind="participant", site=who.site)],
    }  # fmt: skip
    return render(request, "web/casebooks.html", shown)


@page
def one(request: HttpRequest, participant: str) -> HttpResponse:
    who, book = acting(request), DiskBook()
    found = book.sheet(f"participant:{participant}")
    if not found.exists:
        raise Refused("subject-unknown", kind="participant", code=participant)
    who.require_sight(found.owner)
    forms = {form.code: form for form in _ordered(casebook.forms())}
    wanted = (request.GET.get("visit", "").strip(), request.GET.get("form", ""))
    if wanted[0] and wanted[1] in forms:
        return HttpResponseRedirect(_next_page(participant, wanted[0], forms[wanted[1]]))
    pages = casebook.pages_of(participant)
    due = _due(book, found)
    ordered = sorted((row.saved_at, row.visit) for row in pages if row.saved_at is not None)
    begun = [visit for _, visit in ordered]
    visits = list(dict.fromkeys([*due, *begun]))
    named = {row.form for row in pages} | {code for codes in due.values() for code in codes}
    cells = {
        (form, visit): [r for r in pages if (r.form, r.visit) == (form, visit)] for form in named for visit in visits
    }
    expected = {(form, visit) for visit, codes in due.items() for form in codes}
    rows = [
        (_name(book, form.code), form, [(v, cells[form.code, v], (form.code, v) in expected) for v in visits])
        for form in forms.values() if form.code in named
    ]  # fmt: skip
    shown = {
        "participant": found, "code": participant, "visits": visits, "forms": list(forms.values()),
        "wanted": wanted, "rows": rows, "undefined": sorted(named - forms.keys()),
        "names": [(form.code, _name(book, form.code)) for form in forms.values()], "pages": pages,
        "states": list(words.PAGE_STATES), "queries": sum(r.queries_open + r.queries_answered for r in pages),
    }  # fmt: skip
    return render(request, "web/casebook.html", shown)


def _due(book: DiskBook, participant: Participant) -> dict[str, tuple[str, ...]]:
    """The forms of each visit by the protocol's version that the participant is under."""
    protocol: Protocol = book.sheet(f"protocol:{participant.protocol}")
    version = protocol.numbered(participant.protocol_version)
    return {one.code: one.forms for one in schedule(version.document, {})} if version is not None else {}


def _ordered(forms: list[table.CasebookForm]) -> list[table.CasebookForm]:
    return sorted(forms, key=lambda f: (ORDER.index(f.code) if f.code in ORDER else len(ORDER), f.code))


def _name(book: DiskBook, form: str) -> Any:
    kept = book.sheet(f"casebook-form:{form}")
    return in_words(kept.form(kept.newest).title)


def _next_page(participant: str, visit: str, form: table.CasebookForm) -> str:
    """The page to begin: the next of a form that repeats, the only one of another."""
    here = table.CasebookPage.objects.filter(participant=participant, visit=visit, form=form.code).count()
    repeat = here + 1 if form.repeats else 1
    return reverse("casebooks-page", args=[participant, visit, form.code, repeat])


@page
def queries(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state", "site", "form")}
    found = casebook.queries(who.sees, asked["q"], asked["state"], asked["site"], asked["form"])
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    rows = [(row, (now - row.raised_at).days if row.raised_at else 0, _acts(who, row, request.get_full_path()))
            for row in found[(number - 1) * PAGE : number * PAGE]]  # fmt: skip
    shown = {
        "rows": [(row, age, acts, _link(row), who.zone_of(row.site)) for row, age, acts in rows],
        "total": total, "asked": asked, "narrowed": any(asked.values()), "states": list(words.QUERY_STATES.items()),
        "sites": sorted(who.sites if who.sees is None else who.sees), "forms": [f.code for f in casebook.forms()],
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
    }  # fmt: skip
    return render(request, "web/casebook_queries.html", shown)


def _link(row: table.CasebookQuery) -> str:
    repeat = row.page.rpartition("/")[2]
    return reverse("casebooks-page", args=[row.participant, row.visit, row.form, int(repeat)]) + f"#query-{row.number}"


def _acts(who: Acting, row: table.CasebookQuery, back: str) -> list[Any]:
    about = {"page": row.page, "query": str(row.number), "back": back}
    if row.state == "open":
        return [next_acts.offer(who, "answer-query", **about)]
    if row.state == "answered":
        return [
            next_acts.offer(who, "close-query", **about),
            next_acts.offer(who, "raise-query", item=row.item, **about),
        ]
    return []


@page
def forms(request: HttpRequest) -> HttpResponse:
    """The forms in force, and those that come with the platform and may be put into force under one signature."""
    who, book = acting(request), DiskBook()
    known = {form.code for form in casebook.forms()}
    left = [code for code in ORDER if code not in known]
    typed, tried = signing.typed_of(request), signing.Attempt()
    if request.method == "POST":
        chosen = [code for code in left if f"form.{code}" in request.POST]
        tried = signing.attempt(lambda: _define(request, who, chosen, typed))
        if tried.written:
            return HttpResponseRedirect(reverse("casebooks-forms"))
    shown = {
        "forms": [(row, _name(book, row.code)) for row in _ordered(casebook.forms())], "form": None,
        "left": [(code, in_words(read_form(_ready(code)).title), f"form.{code}" in typed) for code in left],
        "typed": typed, "act": str(uuid.uuid4()), "sentence": tried.sentence(who.zone, DefineForm.code),
        "signature": signing.signature(request, DefineForm, typed, who), "title": wording.title(DefineForm.code),
        "next": [next_acts.offer(who, "define-form")],
    }  # fmt: skip
    return render(request, "web/casebook_forms.html", shown, status=tried.status)


def _define(request: HttpRequest, who: Acting, chosen: list[str], typed: dict[str, str]) -> Any:
    if not chosen:
        raise Refused("no-form-chosen")
    acts = [(DefineForm(form=code, number=1, definition=_ready(code)), str(uuid.uuid4()), "") for code in chosen]
    written = signing.sign_all(request, acts, typed, who)
    for each in written:
        signing.tell(request, each)
    return written[-1]


def _ready(code: str) -> Any:
    return json.loads((READY / f"{code}.json").read_text(encoding="utf-8"))


@page
def form(request: HttpRequest, code: str) -> HttpResponse:
    """One form as it is asked: items, units, bounds, lists, conditions, checks."""
    acting(request)
    kept = DiskBook().sheet(f"casebook-form:{code}")
    if not kept.exists:
        raise Refused("subject-unknown", kind="casebook-form", code=code)
    made, name = kept.form(kept.newest), f"casebook-form:{code}"
    shown = {
        "code": code, "name": in_words(made.title), "kept": kept, "form": made,
        "items": [(item, in_words(item.label), [(o, in_words(t)) for o, t in made.options(item.codelist)])
                  for item in made.items],
        "checks": [(check, in_words(check.says)) for check in made.checks],
        "told": telling.tell(read.entries_about(name), [name]),
    }  # fmt: skip
    return render(request, "web/casebook_form.html", shown)


__all__ = ["casebooks", "form", "forms", "one", "queries"]
