"""Entries: one entry with its exact bytes and proof, and everything written about one subject."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import read
from milenari.registers import questions
from milenari.rules.action import Refused
from milenari.web import telling
from milenari.web.access import acting, page
from milenari.words import split_subject

NETWORK_WIDE = ("site", "process", "country", "masterfile", "lot", "container", "campaign", "roll", "person")


def _found(request: HttpRequest, act: str) -> Any:
    seen = read.entry_of_act(act)
    who = acting(request)
    if split_subject(seen.entry.about)[0] not in NETWORK_WIDE:
        who.require_sight(seen.site, *questions.sites_of(seen.entry.about))
    return seen


@page
def entry(request: HttpRequest, act: str) -> HttpResponse:
    seen = _found(request, act)
    told = telling.tell([seen])[0]
    logs = {log["site"]: log for log in read.logs()}
    shown = {
        "told": told,
        "entry": seen.entry,
        "seen": seen,
        "log": logs.get(seen.site, {}),
        "body": seen.body.decode(),
    }
    return render(request, "web/entry.html", shown)


@page
def proof(request: HttpRequest, act: str) -> HttpResponse:
    """The text proof as a file: it checks offline with only the site's public key."""
    seen = _found(request, act)
    answer = HttpResponse(read.proof_of(seen), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{seen.site}-{seen.index}.proof.txt"'
    return answer


@page
def about(request: HttpRequest, name: str) -> HttpResponse:
    row = questions.subject(name)
    kind, code = split_subject(name)
    if row is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    if kind not in NETWORK_WIDE:
        acting(request).require_sight(row.site, *questions.sites_of(name))
    shown = {"name": name, "row": row, "told": telling.tell(read.entries_about(name), [name])}
    return render(request, "web/about.html", shown)
