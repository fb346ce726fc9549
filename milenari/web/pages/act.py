"""Act: the one page on which any action is filled in, signed and sent through the one door."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from milenari.journal import clock, read
from milenari.registers import questions, transit
from milenari.rules.action import ACTIONS, Action, Refused
from milenari.rules.chain import mint
from milenari.web import fraction, identity, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import ActionForm, Box, at_fault
from milenari.web.wording import labels
from milenari.words import Role, plain, split_subject

_FRESH = signing.Attempt()


@dataclass
class Sheet:
    """Everything the template draws of one form."""

    cls: type[Action]
    form: ActionForm
    acting: Acting
    boxes: list[Box]
    identity: list[Box]
    happened_at: Box
    reason: Box
    signature: signing.Signature
    act: str
    seen: str
    sentence: SafeString | str = ""
    culprit: str = ""
    title: Any = ""
    purpose: Any = ""


@page
def act(request: HttpRequest, code: str) -> HttpResponse:
    cls = ACTIONS.get(code)
    if cls is None or (Role.NODE in cls.roles and len(cls.roles) == 1):
        raise Http404
    if request.method != "POST":
        return _draw(request, cls, _fresh(request, cls))
    return _sign(request, cls)


# -- drawing --------------------------------------------------------------------------------------------


def _fresh(request: HttpRequest, cls: type[Action]) -> dict[str, str]:
    """What stands in a form before anybody typed: the address's query, and what the node proposes."""
    typed = {name: str(value) for name, value in request.GET.items() if name in cls.fields or name.endswith(".unit")}
    who = acting(request)
    form = ActionForm(cls, who, typed)
    if cls.code == "issue-coi":
        typed.setdefault("coi", mint(who.site, os.urandom(16)))
    if cls.code == "sign-step" and (batch := form.batch()) and (phase := batch.next_phase()):
        typed.setdefault("phase", phase["code"])
    if cls.code == "open-emergency-access":
        typed.setdefault("person", who.person)
    if cls.code == "receive" and (found := typed.get("what", "")) and ":" in found:
        typed.setdefault("transfer", str(getattr(read.sheet(found), "transfer", "") or ""))
        for name, value in _as_booked(found, who.site).items():
            typed.setdefault(name, value)
    if cls.code == "start-batch":
        typed.setdefault("process_version", _version_in_force(typed.get("journey", ""), who.site))
    typed |= {name: request.GET[name] for name in ("back", "beside") if name in request.GET}
    typed["act"] = str(uuid.uuid4())
    typed["seen"] = _versions(form)
    return typed


def _as_booked(what: str, site: str) -> dict[str, str]:
    """What was booked by the form of this thing when its box came, for the receipt that has to agree with it."""
    booked = transit.open_arrival_of(what, site)
    if booked is None:
        return {}
    warmest = read.sheet(booked.subject).warmest
    typed = {"intact": booked.intact}
    return typed | ({"temperature": plain(warmest.value), "temperature.unit": warmest.unit} if warmest else {})


def _version_in_force(journey: str, site: str) -> str:
    found = questions.journey(journey) if journey else None
    if found is None:
        return ""
    edition = read.sheet(f"masterfile:{found.journey.process}").effective(clock.now().date())
    return dict(edition.annexes).get(site, "") if edition else ""


def _versions(form: ActionForm) -> str:
    """The subjects named so far, each with the version the person has before their eyes."""
    held = [(name, read.sheet(name).version) for name in form.subjects() if split_subject(name)[0] != "roll"]
    return " ".join(f"{name}={version}" for name, version in held if version)


def _sheet(request: HttpRequest, cls: type[Action], typed: Mapping[str, str]) -> Sheet:
    who = acting(request)
    form = ActionForm(cls, who, typed)
    common = labels.COMMON
    drawn = signing.second_signature if typed.get("beside") else signing.signature
    return Sheet(
        cls, form, who, form.boxes(),
        identity.boxes(typed) if cls.code == "refer-patient" else [],
        Box("happened_at", "at", common["happened_at"], required=False, value=typed.get("happened_at", ""),
            zone=who.zone, twice=typed.get("happened_at.which") is not None),
        Box("reason", "text", common["reason"], required=cls.needs_reason, value=typed.get("reason", ""), longest=2000),
        drawn(request, cls, typed, who),
        typed.get("act", "") or str(uuid.uuid4()), typed.get("seen", ""),
        title=wording.title(cls.code), purpose=wording.purpose(cls.code),
    )  # fmt: skip


def _draw(request: HttpRequest, cls: type[Action], typed: Mapping[str, str],
          tried: signing.Attempt = _FRESH) -> HttpResponse:  # fmt: skip
    sheet = _sheet(request, cls, typed)
    sheet.sentence = tried.sentence(sheet.acting.zone, cls.code)
    refused = tried.refused
    if refused is not None:
        sheet.culprit = sheet.signature.blame(refused, sheet.sentence) or _blame(sheet, refused)
        if refused.code == "act-id-reused":
            sheet.act = str(uuid.uuid4())
        if refused.code == "changed-meanwhile":
            # The person has now been told; what they sign next is over the present state.
            sheet.seen = _versions(sheet.form)
    codes = {"sheet": sheet, "changed": refused.facts.get("subject", "") if refused and refused.code ==
             "changed-meanwhile" else "", "demo_logins": settings.DEMO,
             "fraction": fraction.fraction(typed.get("dose", "")) if "dose" in cls.fields else None}  # fmt: skip
    return render(request, "web/act.html", codes, status=tried.status)


def _blame(sheet: Sheet, refused: Refused) -> str:
    """Put the sentence at the box whose fault it is; returns that box's id, or nothing."""
    everything = [*sheet.boxes, *sheet.identity, sheet.happened_at, sheet.reason]
    boxes = {b.name: b for box in everything for b in (box, *box.inside)}
    name = at_fault(refused, boxes)
    if not name:
        return ""
    boxes[name].error = sheet.sentence
    boxes[name].twice = boxes[name].twice or refused.code == "local-time-twice"
    return boxes[name].id


# -- signing --------------------------------------------------------------------------------------------


def _sign(request: HttpRequest, cls: type[Action]) -> HttpResponse:
    typed, who = signing.typed_of(request), acting(request)
    by = signing.second_person if typed.get("beside") else signing.sign
    tried = signing.attempt(lambda: by(request, cls, typed, who))
    return signing.after(request, tried.written) if tried.written else _draw(request, cls, typed, tried)
