"""Equipment: instruments and rooms of the sites one sees, what runs out next; and the life of one of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.registers import keeping as registers
from milenari.rules.action import Refused
from milenari.web import keeping, next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.next_acts import Next
from milenari.web.pages.stock import asked_sites
from milenari.web.wording import keeping as words
from milenari.words import split_subject

BEGINS = ("register-equipment", "register-room", "plan-upkeep")


@page
def equipment(request: HttpRequest) -> HttpResponse:
    """The list with what is due, and a calendar of the coming weeks."""
    who, now = acting(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "site", "state")}
    sites = asked_sites(who, asked["site"] or (who.site if "site" not in request.GET else ""))
    rows = registers.things(sites, asked["q"])
    things = keeping.standing([name for name, _ in rows], who.today(now), who.zone)
    shown = [t for t in things if (t.status == asked["state"] if asked["state"] else t.status != "retired")]
    context = {
        "now": now,
        "things": shown,
        "weeks": keeping.calendar(things, who.today(now)),
        "states": [(code, word) for code, word in words.STATES.items() if code != "soon"],
        "asked": {**asked, "site": sites[0] if len(sites) == 1 else ""},
        "narrowed": bool(asked["q"] or asked["state"]),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "next": [next_acts.offer(who, code) for code in BEGINS],
    }
    return render(request, "web/equipment.html", context)


@page
def thing(request: HttpRequest, name: str) -> HttpResponse:
    """One instrument or room: how it stands, what was done to it, which steps were done on it."""
    who, now = acting(request), clock.now()
    kind, code = split_subject(name)
    if kind not in ("equipment", "room") or not read.sheet(name).exists:
        raise Refused("subject-unknown", kind=kind, code=code)
    found = keeping.standing([name], who.today(now), who.zone)[0]
    who.require_sight(found.sheet.owner)
    done = sorted((d for d in found.sheet.done), key=lambda d: d.on, reverse=True)
    context = {
        "now": now,
        "thing": found,
        "done": done,
        "clearances": tuple(reversed(found.sheet.clearances)),
        "steps": registers.steps_on([code]) if kind == "equipment" else [],
        "since": max((d.on for d in done if d.passed and d.task == "calibration"), default=None),
        "next": _offers(who, found) if found.sheet.owner == who.site else [],
    }
    return render(request, "web/equipment_one.html", context)


def _offers(who: Acting, found: keeping.Thing) -> list[Next]:
    if found.status == "retired":
        return []
    own = {found.kind: found.code}
    codes = ["record-upkeep", "clear-line", "schedule-upkeep", "lift-block" if found.sheet.blocked else "block-use"]
    made = [next_acts.offer(who, code, what=found.name) for code in codes]
    acts = ("calibrate-equipment", "qualify-equipment") if found.kind == "equipment" else ("qualify-room",)
    return [*(next_acts.offer(who, code, **own) for code in acts), *made]
