"""Training: the matrix of persons and procedures, one version, one person, and the chain of trainers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.registers.people import Worker, workers
from milenari.rules.action import Refused
from milenari.rules.curriculum import differences
from milenari.web import competence, next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.next_acts import Next
from milenari.web.pages.stock import asked_sites
from milenari.web.wording import competence as words
from milenari.web.wording import vocabulary

BEGINS = ("sign-training", "confirm-reading", "record-training", "appoint-trainer", "approve-curriculum")


def _sites(who: Acting, request: HttpRequest) -> list[str]:
    asked = request.GET.get("site", "").strip()
    return asked_sites(who, asked or (who.site if "site" not in request.GET else ""))


@page
def matrix(request: HttpRequest) -> HttpResponse:
    """Persons by procedures: state by colour, sign and word; printable."""
    who, now = acting(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("role", "procedure")}
    sites = _sites(who, request)
    columns, lines = competence.matrix(sites, who.today(now), asked["role"], asked["procedure"])
    every = competence.columns(competence.Desk(who.today(now)))
    shown = {
        "now": now,
        "columns": columns,
        "lines": lines,
        "signs": [(words.LOOKS[code], sign, word) for code, (sign, word) in words.STANDINGS.items()],
        "roles": [(role, vocabulary.ROLES[role]) for role in competence.WORKING],
        "procedures": list(dict.fromkeys(procedure for procedure, _ in every)),
        "asked": {**asked, "site": sites[0] if len(sites) == 1 else ""},
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "next": [next_acts.offer(who, code) for code in BEGINS],
    }
    return render(request, "web/training.html", shown)


@page
def version(request: HttpRequest) -> HttpResponse:
    """One version of a procedure: who is not trained on it, and what it changes against the one before."""
    who, now = acting(request), clock.now()
    procedure, number = (request.GET.get(name, "").strip() for name in ("procedure", "number"))
    desk = competence.Desk(who.today(now))
    numbers = desk.versions(procedure)
    if number not in numbers:
        raise Refused("no-curriculum", procedure=procedure, number=number)
    newer = desk.curriculum(procedure).find(number)
    before = numbers[numbers.index(number) - 1] if numbers.index(number) else ""
    older = desk.curriculum(procedure).find(before) if before else None
    sites = _sites(who, request)
    lacking = competence.untrained(sites, who.today(now), procedure, number)
    desk.expect([worker.code for worker, _ in lacking], [procedure])
    shown = {
        "now": now,
        "procedure": procedure,
        "number": number,
        "numbers": numbers,
        "before": before,
        "curriculum": newer,
        "differences": [(d, words.CHANGES[d.change], words.ITEM_KINDS[d.item.kind])
                        for d in (differences(older, newer) if newer else ())],
        "lacking": [(w, cell, bool(before) and desk.cell(w, procedure, before).found.fit) for w, cell in lacking],
        "site": sites[0] if len(sites) == 1 else "",
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "next": [next_acts.offer(who, "sign-training", procedure=procedure, number=number)],
    }  # fmt: skip
    return render(request, "web/training_version.html", shown)


@page
def chain(request: HttpRequest) -> HttpResponse:
    """The chain of trainers of a procedure: the whole tree, or from one person back to its root."""
    who, now = acting(request), clock.now()
    desk = competence.Desk(who.today(now))
    procedure = request.GET.get("procedure", "").strip() or next(iter(desk.procedures), "")
    person = request.GET.get("person", "").strip()
    if person:
        desk.expect([person], [procedure])
    links = competence.chain_up(desk, procedure, person) if person else competence.chain_down(desk, procedure)
    shown = {
        "now": now,
        "procedure": procedure,
        "procedures": desk.procedures,
        "person": person,
        "links": links,
        "next": [next_acts.offer(who, "appoint-trainer", procedure=procedure)],
    }
    return render(request, "web/training_chain.html", shown)


@page
def person(request: HttpRequest, code: str) -> HttpResponse:
    """One person: every procedure and version with each item, its evidence and who attested it."""
    who, now = acting(request), clock.now()
    sheet = read.sheet(f"person:{code}")
    if not sheet.exists:
        raise Refused("subject-unknown", kind="person", code=code)
    if code != who.person:
        who.require_sight(sheet.home)
    desk = competence.Desk(who.today(now))
    columns = competence.columns(desk)
    desk.expect([code], [procedure for procedure, _ in columns])
    worker = next(
        (w for w in workers([sheet.home], who.today(now)) if w.code == code), Worker(code, sheet.name, sheet.home)
    )
    cells = [desk.cell(worker, procedure, number) for procedure, number in columns]
    shown = {
        "now": now,
        "worker": worker,
        "cells": [cell for cell in cells if cell.state != "not-asked"],
        "kinds": words.ITEM_KINDS,
        "next": _person_acts(who, code),
    }
    return render(request, "web/training_person.html", shown)


def _person_acts(who: Acting, code: str) -> list[Next]:
    own = ["confirm-reading"] if code == who.person else ["sign-training"]
    return [next_acts.offer(who, act, person=code) for act in [*own, "record-training", "withdraw-training"]]
