"""Find: any code, scanned or typed, leads to its page; several that fit make a list, none says what can be tried."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from milenari.journal import read
from milenari.registers import finding, labels
from milenari.rules import carrier
from milenari.rules.action import Refused
from milenari.web import addresses
from milenari.web.access import acting, page

# An entry is named by its act, which is a UUID (the demo's have words), or by its site and place in the log.
_ACT = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_PLACE = re.compile(r"^[A-Za-z0-9]+/\d+$")
LONGEST = 200


@page
def find(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    who = acting(request)
    if not text:
        return render(request, "web/find.html", {"text": "", "found": []})
    if (address := _entry(text)) is not None:
        return redirect(address)
    if (number := _label(text)) is not None:
        return redirect("labels-for", f"label:{number}")
    exact = finding.exactly(text)
    if len(exact) == 1:
        return redirect(addresses.of_subject(exact[0].subject))
    found: list[Any] = exact or finding.nearly(text, who.sees)
    if not exact and len(found) == 1:
        return redirect(addresses.of_subject(found[0].subject))
    pages = addresses.of_subjects(row.subject for row in found)
    found = [(row, pages[row.subject]) for row in found]
    shown = {"text": text, "found": found, "most": finding.MOST, "more": len(found) == finding.MOST}
    return render(request, "web/find.html", shown, status=200 if found else 404)


def _label(text: str) -> str | None:
    """The number of a scanned label of ours; one that is damaged or unknown is searched for like any other text."""
    try:
        said = carrier.read(text)
    except Refused:
        return None
    return said.serial if said and labels.label(said.serial) else None


def _entry(text: str) -> str | None:
    if not (_ACT.match(text) or _PLACE.match(text)):
        return None
    site, _, index = text.rpartition("/")
    named = f"{site.upper()}/{index}" if site else text.lower()
    try:
        read.entry_of_act(named)
    except Refused:
        return None
    return reverse("entry", args=[named])
