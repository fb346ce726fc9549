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
from milenari.registers import casebook, trial
from milenari.registers import models as table
from milenari.rules.action import Refused
from milenari.rules.casebook_form import DefineForm, read_form
from milenari.rules.casebook_lock import LockCasebook
from milenari.web import next_acts, signing, telling, wording
from milenari.web.access import Acting, acting, page
from milenari.web.casebook_entry import Words, in_words
from milenari.web.casebook_entry import named as called
from milenari.web.casebook_visits import overview
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
    """The casebooks that are seen here; a data manager locks those that are marked under one signature."""
    who, typed, tried = acting(request), signing.typed_of(request), signing.Attempt()
    if request.method == "POST":
        tried = signing.attempt(lambda: _lock(request, who, typed))
        if tried.written:
            return HttpResponseRedirect(reverse("casebooks"))
    query = request.GET.get("q", "").strip()
    found = casebook.participants(who.sees, query)
    total, pages = len(found), max(1, -(-len(found) // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    open_ = casebook.queries(who.sees).count()
    codes = [str(row["participant"]) for row in part]
    closed = set(table.Subject.objects.filter(kind="casebook", code__in=codes, state="locked")
                 .values_list("code", flat=True))  # fmt: skip
    mine = any(role in LockCasebook.roles for role in who.here)
    lockable = [str(row["participant"]) for row in part if mine and row["site"] == who.site
                and row["participant"] not in closed]  # fmt: skip
    shown = {
        "rows": [(row, who.zone_of(str(row["site"])), row["participant"] in closed) for row in part],
        "total": total, "asked": query, "lockable": lockable, "typed": typed, "act": str(uuid.uuid4()),
        "marked": [code for code in lockable if f"lock.{code}" in typed], "title": wording.title(LockCasebook.code),
        "sentence": tried.sentence(who.zone, LockCasebook.code),
        "signature": signing.signature(request, LockCasebook, typed, who) if lockable else None,
        "paging": Paging(number, pages, {"q": query} if query else {}), "queries": open_,
        "offered": [row.code for row in table.Subject.objects.filter(kind="participant", site=who.site)],
    }  # fmt: skip
    return render(request, "web/casebooks.html", shown, status=tried.status)


def _lock(request: HttpRequest, who: Acting, typed: dict[str, str]) -> Any:
    """All casebooks that are marked, or none."""
    chosen = sorted(name.removeprefix("lock.") for name in typed if name.startswith("lock."))
    if not chosen:
        raise Refused("no-casebook-chosen")
    acts = [(LockCasebook(casebook=code), str(uuid.uuid4()), "") for code in chosen]
    written = signing.sign_all(request, acts, typed, who)
    for each in written:
        signing.tell(request, each)
    return written[-1]


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
    [seen] = overview(who, book, [found])
    planned = {each.visit.code: each.visit.forms for each in seen.visits}
    titles = {each.visit.code: each.visit.title for each in seen.visits}
    due = {each.visit.code: each.visit.forms for each in seen.shown}
    whole = book.sheet(f"casebook:{participant}")
    acts = ["unlock-casebook" if whole.locked_at else "lock-casebook"] if whole.exists else []
    ordered = sorted((row.saved_at, row.visit) for row in pages if row.saved_at is not None)
    begun = [visit for _, visit in ordered]
    across = list(dict.fromkeys([*due, *begun]))
    named = {row.form for row in pages} | {code for codes in due.values() for code in codes}
    cells = {
        (form, visit): [r for r in pages if (r.form, r.visit) == (form, visit)] for form in named for visit in across
    }
    expected = {(form, visit) for visit, codes in due.items() for form in codes}
    rows = [
        (called(book, form.code), form, [(v, cells[form.code, v], (form.code, v) in expected) for v in across])
        for form in forms.values() if form.code in named
    ]  # fmt: skip
    shown = {
        "participant": found, "code": participant, "visits": [(v, seen.of(v)) for v in across],
        "later": [
            (each, [called(book, form) for form in each.visit.forms])
            for each in seen.later if each.visit.code not in across
        ],
        "offered": [(visit, titles.get(visit, "")) for visit in dict.fromkeys([*planned, *across])],
        "forms": list(forms.values()), "wanted": wanted, "rows": rows,
        "undefined": sorted({code for codes in planned.values() for code in codes} - forms.keys()),
        "names": [(form.code, called(book, form.code)) for form in forms.values()], "pages": pages,
        "whole": whole, "papers": f"casebook:{participant}",
        "next": [next_acts.offer(who, act, casebook=participant, back=request.path) for act in acts],
        "states": list(words.PAGE_STATES), "queries": sum(r.queries_open + r.queries_answered for r in pages),
    }  # fmt: skip
    return render(request, "web/casebook.html", shown)


def _ordered(forms: list[table.CasebookForm]) -> list[table.CasebookForm]:
    return sorted(forms, key=lambda f: (ORDER.index(f.code) if f.code in ORDER else len(ORDER), f.code))


def _next_page(participant: str, visit: str, form: table.CasebookForm) -> str:
    """The page to begin: the next of a form that repeats, the only one of another."""
    here = table.CasebookPage.objects.filter(participant=participant, visit=visit, form=form.code).count()
    repeat = here + 1 if form.repeats else 1
    return reverse("casebooks-page", args=[participant, visit, form.code, repeat])


@page
def visits(request: HttpRequest) -> HttpResponse:
    """Every participant's planned visits: due, in the window, early, late, missed."""
    who, book = acting(request), DiskBook()
    protocols = list(trial.protocols().values_list("code", flat=True))
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "protocol")}
    asked["protocol"] = asked["protocol"] or next(iter(protocols), "")
    found = trial.participants(who.sees, asked["protocol"], asked["q"]).exclude(consented_on__isnull=True)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    made = overview(who, book, [book.sheet(f"participant:{row.code}") for row in part])
    columns = list(dict.fromkeys(each.visit.code for row in made for each in row.shown))
    shown = {
        "rows": [(row, [row.of(visit) for visit in columns]) for row in made], "visits": columns, "total": total,
        "asked": asked, "protocols": protocols, "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
    }  # fmt: skip
    return render(request, "web/casebook_visits.html", shown)


@page
def queries(request: HttpRequest) -> HttpResponse:
    who, now, book = acting(request), clock.now(), DiskBook()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state", "site", "form")}
    found = casebook.queries(who.sees, asked["q"], asked["state"], asked["site"], asked["form"])
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    rows = [(row, (now - row.raised_at).days if row.raised_at else 0, _acts(who, row, request.get_full_path()))
            for row in found[(number - 1) * PAGE : number * PAGE]]  # fmt: skip
    shown = {
        "rows": [(row, age, acts, _link(row), who.zone_of(row.site), _item(book, row)) for row, age, acts in rows],
        "total": total, "asked": asked, "narrowed": any(asked.values()), "states": list(words.QUERY_STATES.items()),
        "sites": sorted(who.sites if who.sees is None else who.sees), "forms": [f.code for f in casebook.forms()],
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
    }  # fmt: skip
    return render(request, "web/casebook_queries.html", shown)


def _item(book: DiskBook, row: table.CasebookQuery) -> Words:
    """What an item is called on its form, or its code where no version has it any more."""
    kept = book.sheet(f"casebook-form:{row.form}")
    found = next((item for n in range(kept.newest, 0, -1) if (item := kept.form(n).item(row.item))), None)
    return in_words(found.label) if found is not None else Words(row.item, "en")


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
        "forms": [(row, called(book, row.code)) for row in _ordered(casebook.forms())], "form": None,
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


__all__ = ["casebooks", "form", "forms", "one", "queries", "visits"]
