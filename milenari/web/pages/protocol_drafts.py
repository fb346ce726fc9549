"""Protocol drafts: those a site is writing, and the ways to begin one; nothing is recorded before one is signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from milenari.journal import attached
from milenari.journal import protocol_drafts as kept
from milenari.journal.fold import DiskBook
from milenari.registers import trial
from milenari.rules.action import Refused
from milenari.rules.protocol import SPONSORS, Protocol
from milenari.rules.protocol_document import read_document
from milenari.rules.protocol_lines import Lines, lines_of, no_lines
from milenari.web import wording
from milenari.web.access import Acting, acting, page
from milenari.web.paging import Paging, number_of
from milenari.words import CODE

PAGE = 25
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "protocols" / "ari_ped.json"
SEED = "ARI-PED"


def require_sponsor(who: Acting) -> None:
    """Refused unless the person may write protocols: a draft is theirs and their site's."""
    if who.role not in SPONSORS:
        raise Refused("protocol-drafting-not-yours", roles=list(SPONSORS))


@page
def drafts(request: HttpRequest) -> HttpResponse:
    who, fault = acting(request), ""
    require_sponsor(who)
    if request.method == "POST":
        try:
            return redirect("trial-draft", _begun(request, who).id)
        except Refused as refused:
            fault = wording.refusal(refused, who.zone)
    words = request.GET.get("q", "").strip()
    found = kept.of(who.site, words)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    typed = request.POST if fault else request.GET
    shown: dict[str, Any] = {
        "rows": found[(number - 1) * PAGE : number * PAGE], "total": total, "q": words, "fault": fault,
        "paging": Paging(number, pages, {"q": words} if words else {}), "versions": _versions(), "seed": SEED,
        "control": who.site in who.sites and who.sites[who.site].control,
        "protocol": request.POST.get("protocol", "") if fault else "",
        "of": typed.get("of", "").partition(" ")[0] or typed.get("protocol", ""),
    }  # fmt: skip
    return render(request, "web/protocol_drafts.html", shown, status=422 if fault else 200)


def protocol_of(code: str) -> Protocol:
    """The protocol's sheet, there or not."""
    found: Protocol = DiskBook().sheet(f"protocol:{code}")
    return found


def _versions() -> list[tuple[str, list[str]]]:
    """Each protocol with its versions, the newest first."""
    return [(row.code, [one.number for one in reversed(protocol_of(row.code).versions)]) for row in trial.protocols("")]


def _begun(request: HttpRequest, who: Acting) -> kept.Draft:
    """The draft that the form asks for: an amendment, or a new protocol from the shipped one, a file or nothing."""
    start, code = request.POST.get("start", ""), request.POST.get("protocol", "").strip()
    if start == "version":
        code, _blank, number = request.POST.get("of", "").partition(" ")
        protocol = protocol_of(code)
        if not protocol.versions:
            raise Refused("subject-unknown", kind="protocol", code=code)
        newest = protocol.versions[-1].number
        version = protocol.numbered(number or newest)
        if version is None:
            raise Refused("protocol-version-unknown", protocol=code, number=number,
                          known=[one.number for one in protocol.versions])  # fmt: skip
        return kept.begin(who.site, who.person, code, next_number(newest), newest, lines_of(version.document))
    if not CODE.match(code):
        raise Refused("field-missing" if not code else "field-unreadable", field="protocol", found=code, kind="code")
    if protocol_of(code).exists:
        raise Refused("subject-exists", kind="protocol", code=code)
    return kept.begin(who.site, who.person, code, "1.0", "", _lines(request, start))


def _lines(request: HttpRequest, start: str) -> Lines:
    if start == "shipped":
        return lines_of(read_document(json.loads(SHIPPED.read_text(encoding="utf-8"))))
    if start != "file":
        return no_lines()
    given = request.FILES.get("file")
    if given is None:
        raise Refused("draft-file-unreadable")
    attached.require_size(given.size or 0)
    try:
        told = json.loads(given.read())
    except ValueError as fault:
        raise Refused("draft-file-unreadable") from fault
    return lines_of(read_document(told))


def next_number(number: str) -> str:
    """The number proposed for the next version: the last part one more, where it is a number."""
    head, dot, last = number.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdecimal() else f"{number}.1"
