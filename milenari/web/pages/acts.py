"""Acts: everything that can be done, by station, with what waits at the site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.registers import waiting
from milenari.rules.action import ACTIONS
from milenari.web import addresses, next_acts, wording
from milenari.web.access import acting, page
from milenari.web.wording import vocabulary
from milenari.words import Role

MOST = 60


@page
def acts(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    rooms = []
    for room, title in vocabulary.ROOMS.items():
        offers = [
            (next_acts.offer(who, code), wording.purpose(code))
            for code, cls in ACTIONS.items()
            if cls.__module__.rpartition(".")[2] == room and cls.roles != (Role.NODE,)
        ]
        mine = [pair for pair in offers if pair[0].mine]
        others = [pair for pair in offers if not pair[0].mine]
        rooms.append((room, title, mine, others))
    rooms.sort(key=lambda found: not found[2])
    found = [(w, next_acts.offer(who, w.action, **w.query)) for w in waiting.work_waiting(who.site)]
    mine_first = sorted(found, key=lambda pair: not pair[1].mine)[:MOST]
    pages = addresses.of_subjects(wait.subject for wait, _ in mine_first)
    waits = [
        (wait, offer, pages[wait.subject], addresses.of_work(wait.action, wait.subject, wait.query))
        for wait, offer in mine_first
    ]
    shown = {"rooms": rooms, "waits": waits, "waiting": len(found), "mine": sum(o.mine for _, o in found)}
    return render(request, "web/acts.html", shown)
