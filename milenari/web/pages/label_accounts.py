"""Label accounts: every label of one bag, lot or batch at one site, and what becomes of each, scanned and signed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, read
from milenari.registers import labels as registers
from milenari.rules.action import ACTIONS, Refused
from milenari.web import addresses, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import Box
from milenari.web.pages.labels import SHEET_OPEN, require_sight
from milenari.web.paging import Paging
from milenari.web.wording import labels as field_labels
from milenari.web.wording import printing as words

FATES = ("use-labels", "destroy-labels", "return-labels")


@page
def account(request: HttpRequest, code: str) -> HttpResponse:
    """One account: the sum, the labels, and one form to say what became of those that are scanned or ticked."""
    who = acting(request)
    found = registers.account(code)
    if found is None:
        raise Refused("subject-unknown", kind="labels", code=code)
    require_sight(who, found.of)
    if request.method == "POST":
        return _sign(request, who, found)
    return _draw(request, who, found, {"fate": request.GET.get("fate", "")})


def _draw(request: HttpRequest, who: Acting, found: registers.Account, typed: dict[str, str],
          tried: signing.Attempt | None = None, ticked: tuple[str, ...] = ()) -> HttpResponse:  # fmt: skip
    fate = typed.get("fate", "") if typed.get("fate") in FATES else FATES[0]
    cls = ACTIONS[fate]
    number = request.GET.get("page", "1")
    rows, total, pages = registers.labels_of(found.code, int(number) if number.isdecimal() else 1)
    signature = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code) if tried else ""
    if tried and tried.refused:
        signature.blame(tried.refused, sentence)
    shown = {
        "account": found,
        "back": addresses.of_subject(found.of),
        "states": [(code, words.STATES[code], found.counts[code]) for code in registers.STATES],
        "rows": [
            {"label": row, "kind": words.KINDS[row.kind], "state": words.STATES[row.status],
             "language": words.LANGUAGES[row.language], "ticked": row.code in ticked}
            for row in rows
        ],
        "zone": who.zone_of(found.site),
        "total": total,
        "paging": Paging(min(max(1, int(number) if number.isdecimal() else 1), pages), pages, {}),
        "here": who.site == found.site,
        "fate": fate,
        "fates": [(code, wording.title(code)) for code in FATES],
        "scans": Box("labels", "text", wording.label("Label scans"), required=False, value=typed.get("labels", ""),
                     longest=4000, scan=True),
        "reason": Box("reason", "text", field_labels.COMMON["reason"], required=False, value=typed.get("reason", ""),
                      longest=2000),
        "act": typed.get("act", "") or str(uuid.uuid4()),
        "signature": signature,
        "sentence": sentence,
        "run": _open_sheet(request.GET.get("run", ""), who),
    }  # fmt: skip
    return render(request, "web/label_account.html", shown, status=tried.status if tried else 200)


def _open_sheet(act: str, who: Acting) -> dict[str, Any] | None:
    """The sheet of a printing act as long as it can be fetched."""
    if not act:
        return None
    try:
        entry = read.entry_of_act(act).entry
    except Refused:
        return None
    left = SHEET_OPEN - (clock.now() - entry.written_at)
    if entry.action.code != "print-labels" or entry.site != who.site or left <= timedelta(0):
        return None
    return {"act": act, "until": entry.written_at + SHEET_OPEN, "count": len(entry.given["labels"])}


def _sign(request: HttpRequest, who: Acting, found: registers.Account) -> HttpResponse:
    typed = signing.typed_of(request)
    ticked = tuple(request.POST.getlist("label"))
    scanned = typed.get("labels", "").replace(",", " ").split()
    fate = typed.get("fate", "")
    if fate not in FATES:
        return _draw(
            request, who, found, typed, signing.Attempt(refused=Refused("field-missing", field="fate")), ticked
        )
    together = " ".join([*scanned, *(code for code in ticked if code not in scanned)])
    told = {**typed, "account": found.code, "labels": together}
    tried = signing.attempt(lambda: signing.sign(request, ACTIONS[fate], told, who))
    if tried.written is None:
        return _draw(request, who, found, typed, tried, ticked)
    signing.tell(request, tried.written)
    return HttpResponseRedirect(reverse("labels-account", args=[found.code]))
