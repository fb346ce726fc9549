"""Arrival: a box is here. Its form is scanned, what it proves is shown, and the arrival is booked under one signature.

Looking writes nothing. The codes travel in the form and never in an address.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import ask
from milenari.rules.action import Refused
from milenari.rules.arrival import RecordArrival
from milenari.rules.custody import arrival_of
from milenari.web import addresses, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import ActionForm, Box
from milenari.words import Facts, split_subject, utc

FROM_THE_FORM = ("arrival", "what", "transfer", "proof")
AT_THE_BOX = ("seal", "seal_number", "intact", "temperature", "logger", "place")


@page
def arrival(request: HttpRequest) -> HttpResponse:
    """The field for the codes; then what they prove, with the form that books it."""
    who = acting(request)
    if request.method != "POST":
        return _draw(request, who, {})
    typed = signing.typed_of(request)
    if request.POST.get("do") == "look":
        return _draw(request, who, typed)
    tried = signing.attempt(lambda: signing.sign(request, RecordArrival, typed, who))
    if tried.written:
        signing.tell(request, tried.written)
        return HttpResponseRedirect(reverse("shipments") + f"#{typed.get('arrival', '')}")
    return _draw(request, who, typed, tried)


def _draw(
    request: HttpRequest, who: Acting, typed: dict[str, str], tried: signing.Attempt | None = None
) -> HttpResponse:
    scanned = typed.get("proof", "").strip()
    status = tried.status if tried else 200
    told: Facts | None = None
    refused: Refused | None = None
    if scanned:
        try:
            told = ask.Supposed().proven(scanned)
        except Refused as fault:
            refused, status = fault, 422
    shown: dict[str, Any] = {"scanned": scanned, "zone": who.zone, "told": told}
    if told is not None:
        shown |= _proven(request, who, typed, told, tried)
    refused = refused or shown.pop("no", None)
    if refused is not None:
        shown["sentence"] = wording.refusal(refused, who.zone)
        shown["known"] = _receipt(refused)
        status = 422
    return render(request, "web/arrival.html", shown, status=status)


def _proven(request: HttpRequest, who: Acting, typed: dict[str, str], told: Facts,
            tried: signing.Attempt | None) -> dict[str, Any]:  # fmt: skip
    """What the form says, and the fields at the box when the rule would take it."""
    sent = told["dispatch"]
    fixed = {"arrival": split_subject(arrival_of(who.site, sent["what"]))[1], "what": sent["what"],
             "transfer": str(sent["transfer"]), "proof": typed["proof"]}  # fmt: skip
    typed |= fixed
    shown: dict[str, Any] = {
        "sent": sent, "sent_at": utc(sent["dispatched_at"]), "released": told["released"], "of": sent["of"],
        "signed": [_line(line) for line in sent["signed"]], "release": [_line(line) for line in told["release"]],
        "cosigned": [(site, utc(at)) for site, at in sorted(sent["cosigned"].items())],
        "ended": any(line["action"].startswith(("reject-", "recall-")) for line in told["release"]),
    }  # fmt: skip
    no = _asked(who, fixed)
    if no is not None and (tried is None or tried.refused is None):
        return {**shown, "no": no}
    boxes = {box.name: box for box in ActionForm(RecordArrival, who, typed).boxes()}
    part = signing.signature(request, RecordArrival, typed, who)
    if tried is not None:
        shown["failed"] = tried.sentence(who.zone, RecordArrival.code)
        if tried.refused is not None:
            part.blame(tried.refused, shown["failed"])
            _blame(tried.refused, boxes, shown["failed"])
            if tried.refused.code == "act-id-reused":
                typed["act"] = ""
    return shown | {
        "boxes": [boxes[name] for name in AT_THE_BOX], "hidden": [(name, typed[name]) for name in FROM_THE_FORM],
        "signature": part, "act": typed.get("act") or str(uuid.uuid4()),
    }  # fmt: skip


def _line(line: Facts) -> Facts:
    return {**line, "at": utc(line["happened_at"])}


def _asked(who: Acting, fixed: dict[str, str]) -> Refused | None:
    """What the rule would say to a sound box with this form; nothing is written."""
    cls = RecordArrival
    role = next((r for r in (who.role, *who.here) if r in cls.roles), who.role)
    data = {**fixed, "transfer": int(fixed["transfer"]), "seal": "unbroken", "intact": "intact", "place": "Q"}
    answer = ask.Supposed().ask(cls.from_data(data), ask.Asker(who.person, role, who.site))
    return answer if isinstance(answer, Refused) else None


def _blame(refused: Refused, boxes: dict[str, Box], sentence: Any) -> None:
    name = str(refused.facts.get("field", ""))
    if name in boxes:
        boxes[name].error = sentence


def _receipt(refused: Refused) -> str:
    """Where the thing is received when its data are here already."""
    if refused.code != "dispatch-known-here":
        return ""
    return addresses.of_action("receive", what=refused.facts["subject"])
