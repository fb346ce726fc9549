"""Chair: the apheresis nurse scans the wristband before the needle, and wristband and bag label when the bag is full.

As at the bedside, the rules are asked before anybody signs, and one verdict stands in large words.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import ask, read
from milenari.registers import questions, ward
from milenari.rules.action import ACTIONS, Refused
from milenari.web import signing, verdict
from milenari.web.access import Acting, acting, page
from milenari.web.forms import ActionForm, Box
from milenari.web.pages.bedside import AT_SIGNATURE
from milenari.web.verdict import Verdict
from milenari.web.wording import bedside as words

COLLECT, LABEL = "collect-cells", "label-bag"


@dataclass
class Chair:
    """One patient on the chair at one moment: which act is next, and what the rules say to it."""

    who: Acting
    journey: Any
    act: str = COLLECT
    bag: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    scanned: bool = False
    sentence: Any = ""
    status: int = 200


@page
def start(request: HttpRequest) -> HttpResponse:
    """Who is expected today, which bags still lack their label, and a field for the wristband."""
    who = acting(request)
    wristband = request.POST.get("wristband", "").strip()
    if request.method == "POST" and wristband:
        journey = questions.journey_by_coi(wristband)
        if journey:
            return _looked(request, _chair(who, journey), wristband, "")
        found = verdict.at_chair(Refused("subject-unknown", kind="coi", code=wristband[:60]), who.zone, wristband)
        return _start(request, who, found, 422)
    return _start(request, who)


def _start(request: HttpRequest, who: Acting, found: Verdict | None = None, status: int = 200) -> HttpResponse:
    shown = {"expected": ward.expected_at_chair(who.site), "unlabelled": ward.bags_unlabelled(who.site),
             "verdict": found, "callees": verdict.callees(who, found), "zone": who.zone}  # fmt: skip
    return render(request, "web/chair_start.html", shown, status=status)


@page
def of(request: HttpRequest, code: str) -> HttpResponse:
    """One patient's collection, or one bag's label."""
    who = acting(request)
    bag = read.sheet(f"collection:{code}")
    chair = _chair(who, bag.journey, code) if bag.exists else _chair(who, code)
    if request.method != "POST":
        return _draw(request, chair)
    if request.POST.get("do") == "look":
        wristband, label = (request.POST.get(name, "").strip() for name in ("wristband", "label"))
        return _looked(request, chair, wristband, label)
    return _signed(request, chair)


def _chair(who: Acting, journey: str, bag: str = "") -> Chair:
    sheet = read.sheet(f"journey:{journey}")
    if not sheet.exists:
        raise Refused("subject-unknown", kind="journey", code=journey)
    who.require_sight(sheet.owner, *questions.sites_of(f"journey:{journey}"))
    return Chair(who, sheet, LABEL if bag else COLLECT, bag)


def _looked(request: HttpRequest, chair: Chair, wristband: str, label: str) -> HttpResponse:
    """The scans, looked at by the rule of the next act; nothing is written."""
    chair.typed = {"wristband": wristband, "label": label}
    if not wristband or (chair.act == LABEL and not label):
        return _draw(request, chair)
    chair.scanned = True
    chair.verdict = _asked(chair)
    chair.status = 200 if chair.verdict.give else 422
    return _draw(request, chair)


def _asked(chair: Chair) -> Verdict:
    cls = ACTIONS[chair.act]
    role = next((r for r in (chair.who.role, *chair.who.here) if r in cls.roles), chair.who.role)
    data: dict[str, Any] = {"wristband": chair.typed.get("wristband", "")}
    if chair.act == LABEL:
        data |= {"collection": chair.bag, "label": chair.typed.get("label", "")}
    else:
        # Bag and volume are not known before the needle: what is asked is whether this patient may be collected.
        data |= {"collection": _next_bag(chair), "journey": chair.journey.code, "volume": {"value": "1", "unit": "mL"}}
    try:
        answer = ask.Supposed().ask(cls.from_data(data), ask.Asker(chair.who.person, role, chair.who.site))
    except Refused as fault:
        answer = fault
    if isinstance(answer, Refused):
        return verdict.at_chair(answer, chair.who.zone, chair.typed.get("wristband", ""), chair.act)
    big = words.LABEL_FITS if chair.act == LABEL else words.COLLECT_MAY
    sentence = words.LABEL_FITS_SENTENCE if chair.act == LABEL else words.COLLECT_MAY_SENTENCE
    return Verdict("give", "", big, sentence, ())


def _next_bag(chair: Chair) -> str:
    """A code for the next bag: the journey's, and a letter that no bag of it has."""
    taken = set(chair.journey.collections)
    codes = (f"{chair.journey.code}-{letter}" for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ")
    return next((code for code in codes if code not in taken), f"{chair.journey.code}-{len(taken) + 1}")


def _signed(request: HttpRequest, chair: Chair) -> HttpResponse:
    who, cls = chair.who, ACTIONS[chair.act]
    fixed = {"collection": chair.bag} if chair.act == LABEL else {"journey": chair.journey.code}
    chair.typed = {**signing.typed_of(request), **fixed}
    tried = signing.attempt(lambda: signing.sign(request, cls, chair.typed, who))
    if tried.written:
        signing.tell(request, tried.written)
        return HttpResponseRedirect(reverse("chair-of", args=[tried.written.entry.action.collection]))  # type: ignore[attr-defined]
    chair.status, chair.sentence = tried.status, tried.sentence(who.zone, chair.act)
    chair.scanned = True
    if tried.refused and tried.refused.code not in AT_SIGNATURE and tried.refused.code in words.AT_CHAIR:
        chair.verdict = verdict.at_chair(tried.refused, who.zone, chair.typed.get("wristband", ""), chair.act)
        chair.sentence, chair.scanned = "", False
    else:
        chair.verdict = _asked(chair)
    return _draw(request, chair, tried.refused)


def _draw(request: HttpRequest, chair: Chair, refused: Refused | None = None) -> HttpResponse:
    who, cls = chair.who, ACTIONS[chair.act]
    bag = read.sheet(f"collection:{chair.bag}") if chair.bag else None
    done = bag is not None and bag.labelled_at is not None
    part = volume = None
    if chair.scanned and chair.verdict is not None and chair.verdict.give and not done:
        part = signing.signature(request, cls, chair.typed, who)
        if refused is not None:
            part.blame(refused, chair.sentence)
            if refused.code == "act-id-reused":
                chair.typed["act"] = ""
        if chair.act == COLLECT:
            volume = _volume(who, chair)
    shown = {
        "chair": chair, "journey": chair.journey, "bag": bag, "done": done, "verdict": chair.verdict, "zone": who.zone,
        "signature": part, "volume": volume, "act": chair.typed.get("act") or str(uuid.uuid4()),
        "proposed": chair.typed.get("collection") or _next_bag(chair), "callees": verdict.callees(who, chair.verdict),
    }  # fmt: skip
    return render(request, "web/chair.html", shown, status=chair.status)


def _volume(who: Acting, chair: Chair) -> Box:
    boxes = ActionForm(ACTIONS[COLLECT], who, chair.typed).boxes()
    return next(box for box in boxes if box.name == "volume")
