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

# An entry is named by the id of its act, or by its site and its place in the log.
_PLACE = re.compile(r"^[A-Za-z0-9]+/\d+$")
LONGEST = 200


@page
def find(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    who = acting(request)
    if not text:
        return render(request, "web/find.html", {"text": "", "found": []})
    if _PLACE.match(text) and (address := _entry(text)):
        return redirect(address)
    said = carrier.read(text)  # the symbol on a label says more than one code; a damaged one is refused
    if said and labels.label(said.serial):
        return redirect("labels-for", f"label:{said.serial}")
    text = said.code if said else text
    exact = finding.exactly(text)
    if len(exact) == 1:
        return redirect(addresses.of_subject(exact[0].subject))
    if not exact and (address := _entry(text)):
        return redirect(address)
    found: list[Any] = exact or finding.nearly(text, who.sees)
    if not exact and len(found) == 1:
        return redirect(addresses.of_subject(found[0].subject))
    pages = addresses.of_subjects(row.subject for row in found)
    found = [(row, pages[row.subject]) for row in found]
    shown = {"text": text, "found": found, "most": finding.MOST, "more": len(found) == finding.MOST}
    return render(request, "web/find.html", shown, status=200 if found else 404)


def _entry(text: str) -> str:
    """The page of the entry of that name; empty when there is none."""
    site, _, index = text.rpartition("/")
    named = f"{site.upper()}/{index}" if site else text.lower()
    try:
        read.entry_of_act(named)
    except Refused:
        return ""
    return reverse("entry", args=[named])
