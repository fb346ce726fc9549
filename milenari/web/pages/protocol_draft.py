"""Protocol draft: one protocol being written, part by part, compared with the version before, and signed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from milenari.journal import protocol_drafts as kept
from milenari.registers import casebook
from milenari.registers import transfer as registers
from milenari.rules import protocol_boundary
from milenari.rules.action import Refused
from milenari.rules.protocol import AmendProtocol, OpenProtocol, Protocol
from milenari.rules.protocol_difference import Difference, differences
from milenari.rules.protocol_document import to_be_set
from milenari.rules.protocol_lines import Fault, Lines, document_of, lines_of
from milenari.science.unfit import Unfit
from milenari.web import protocol_form as form
from milenari.web import signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.pages.protocol_drafts import protocol_of, require_sponsor
from milenari.web.wording import protocol_draft as words
from milenari.words import Facts

_FRESH = signing.Attempt()
ENDED = {"aside": kept.ASIDE, "again": kept.OPEN}
BOUNDARY = {"shape": "pocock", "p0": "0.1", "alpha": "0.05", "first": "3", "last": "30", "rule": ""}


@dataclass(frozen=True)
class _Seen:
    """What the page shows beside the draft itself."""

    tab: str
    sentence: Any = ""
    said: Any = ""
    asked: Mapping[str, str] | None = None
    tried: signing.Attempt = _FRESH
    typed: Mapping[str, str] | None = None


@page
def draft(request: HttpRequest, number: int) -> HttpResponse:
    who = acting(request)
    require_sponsor(who)
    found = kept.one(number, who.site)
    tab = request.POST.get("tab") or request.GET.get("tab", "")
    tab = tab if tab in form.TABS else "identification"
    if request.method != "POST":
        return _draw(request, who, found, _Seen(tab))
    how = request.POST.get("end", "")
    if how in ENDED:
        kept.end(found, ENDED[how])
        return redirect("trial-drafts")
    return _sign(request, who, found) if tab == "sign" else _save(request, who, found, tab)


def _save(request: HttpRequest, who: Acting, found: kept.Draft, tab: str) -> HttpResponse:
    """Keep what was typed as it is; then, where it was asked for, put a boundary into a stopping rule."""
    part, asked = form.typed(request.POST, tab), {name: request.POST.get(name, BOUNDARY[name]) for name in BOUNDARY}
    head = {name: request.POST.get(name, "").strip()[:60] for name in ("protocol", "number")}
    head = {} if tab != "identification" else head if not found.amends else {"number": head["number"]}
    said: Any = ""
    try:
        saved = kept.save(found, who.person, head, part, request.POST.get("was", ""))
    except Refused as refused:
        typed = replace(found, lines={**found.lines, **part}, protocol=head.get("protocol", found.protocol),
                        number=head.get("number", found.number))  # fmt: skip
        return _draw(request, who, typed, _Seen(tab, wording.refusal(refused, who.zone), asked=asked))
    found = saved
    try:
        if "compute" in request.POST or "upload" in request.POST:
            lines, said = _bounded(request, found, asked)
            found = kept.save(found, who.person, {}, lines, _was(found, tab))
    except Refused as refused:
        return _draw(request, who, found, _Seen(tab, wording.refusal(refused, who.zone), asked=asked))
    if said:
        return _draw(request, who, found, _Seen(tab, said=said, asked=asked))
    return redirect(f"{reverse('trial-draft', args=[found.id])}?tab={request.POST.get('to') or tab}&saved=1")


def _bounded(request: HttpRequest, found: kept.Draft, asked: Mapping[str, str]) -> tuple[Lines, Any]:
    """The stopping rules with one boundary computed or read from a table, and what is said of it."""
    rows = [dict(row) for row in found.lines["stopping"]]
    mine = next((row for row in rows if row.get("code") == asked["rule"] and asked["rule"]), None)
    if mine is None:
        raise Refused("boundary-rule-unknown", rule=asked["rule"])
    if "upload" in request.POST:
        given = request.FILES.get("table")
        if given is None:
            raise Refused("boundary-file-missing")
        pairs = protocol_boundary.of_table(given.read(protocol_boundary.LARGEST + 1))
        source, said = f"given as a table: {given.name}"[:200], ""
    else:
        pairs, source, said = _computed(asked)
    mine["boundary"], mine["source"] = protocol_boundary.typed(pairs), source
    told = wording.isolated(mine["boundary"], "number")
    return {"stopping": rows}, format_html("{}: {} {}", wording.isolated(asked["rule"]), told, said)


def _computed(asked: Mapping[str, str]) -> tuple[list[tuple[int, int]], str, Any]:
    from milenari.science.design import stopping

    p0, alpha = _share(asked["p0"]), _share(asked["alpha"])
    first, last = _whole(asked["first"]), _whole(asked["last"])
    if asked["shape"] not in words.SHAPES:
        raise Refused("boundary-figures-unfit", found=asked["shape"])
    try:
        made = stopping.boundary(stopping.Shape(asked["shape"]), p0, range(first, last + 1), alpha)
    except Unfit as unfit:
        raise Refused("boundary-not-computed", fault=unfit.sentence) from unfit
    pairs = protocol_boundary.shortened([(look.n, look.stop_at) for look in made.looks])
    if not pairs:
        raise Refused("boundary-never-met")
    source = (f"{made.method} {made.version}, p0 {asked['p0']}, alpha {asked['alpha']}, looks {first}-{last}, "
              f"stopped under p0 with probability {made.achieved:.4f}; {made.reference}")  # fmt: skip
    facts = {"risk": wording.number(f"{100 * made.achieved:.2f} %"), "rate": wording.number(f"{100 * p0:g} %")}
    return pairs, source, wording.filled(words.ACHIEVED, facts)


def _share(typed: str) -> float:
    try:
        found = float(typed)
    except ValueError:
        found = -1.0
    if not 0 < found < 1:
        raise Refused("boundary-figures-unfit", found=typed)
    return found


def _whole(typed: str) -> int:
    if not (typed.strip().isdecimal() and 0 < len(typed.strip()) < 4):
        raise Refused("boundary-figures-unfit", found=typed)
    return int(typed)


def _was(found: kept.Draft, tab: str) -> str:
    return kept.digest(kept.said(found, form.TABS[tab], tab == "identification"))


# -- signing --------------------------------------------------------------------------------------------


def _sign(request: HttpRequest, who: Acting, found: kept.Draft) -> HttpResponse:
    typed = signing.typed_of(request)
    document, faults = document_of(found.lines)
    cls = AmendProtocol if found.amends else OpenProtocol

    def sign() -> Any:
        if found.ended:
            raise Refused("draft-over", number=found.id)
        if faults:
            raise Refused("draft-has-faults", number=len(faults))
        whole = {**typed, "protocol": found.protocol, "number": found.number, "document": json.dumps(document),
                 "amends": found.amends}  # fmt: skip
        return signing.sign(request, cls, whole, who)

    tried = signing.attempt(sign)
    if tried.written:
        kept.end(found, kept.SIGNED)
        return signing.after(request, tried.written)
    return _draw(request, who, found, _Seen("sign", tried.sentence(who.zone, cls.code), tried=tried, typed=typed))


# -- drawing --------------------------------------------------------------------------------------------


def _draw(request: HttpRequest, who: Acting, found: kept.Draft, seen: _Seen) -> HttpResponse:
    document, faults = document_of(found.lines)
    before = protocol_of(found.protocol)
    newest = before.newest.number if before.newest else ""
    may, tab = not found.ended, seen.tab
    cls = AmendProtocol if found.amends else OpenProtocol
    typed: Mapping[str, str] = seen.typed or {}
    part = signing.signature(request, cls, typed, who)
    if seen.tried.refused:
        part.blame(seen.tried.refused, seen.sentence)
    shown: dict[str, Any] = {
        "draft": found, "tab": tab, "tabs": _tabs(found, faults), "may": may, "sentence": seen.sentence,
        "said": seen.said, "saved": request.GET.get("saved") == "1" and not seen.sentence,
        "tables": [form.table(name, found.lines, faults, registers.codes("process"), may) for name in form.TABS[tab]],
        "whole": [form.sentence(one) for one in faults if not one.table],
        "was": _was(kept.one(found.id, who.site), tab),
        "faults": len(faults), "next": _next(tab), "newest": newest, "zone": who.zone,
        "stale": may and bool(found.amends) and newest != found.amends,
        "unset": to_be_set(document) if not faults else [], "forms": _forms() if tab == "visits" else [],
    }  # fmt: skip
    if tab == "stopping":
        shown |= {"asked": seen.asked or BOUNDARY, "shapes": list(words.SHAPES.items()),
                  "rules": [row["code"] for row in found.lines.get("stopping", []) if row.get("code")]}  # fmt: skip
    if tab in ("changes", "sign"):
        rows = _differences(before, found)
        shown |= {"differences": rows, "signature": part, "title": wording.title(cls.code), "typed": typed,
                  "act": typed.get("act") or str(uuid.uuid4()), "control": _controls(who),
                  "approved": _approved(before, document)}  # fmt: skip
    status = seen.tried.status if seen.tried is not _FRESH else 422 if seen.sentence else 200
    return render(request, "web/protocol_draft.html", shown, status=status)


def _next(tab: str) -> str:
    """The part after this one."""
    order = list(form.TABS)
    return order[min(order.index(tab) + 1, len(order) - 1)]


def _controls(who: Acting) -> bool:
    return who.site in who.sites and who.sites[who.site].control


def _tabs(found: kept.Draft, faults: Sequence[Fault]) -> list[tuple[str, Any, int]]:
    """(tab, its name, how many faults are in it)."""
    inside = {tab: sum(1 for one in faults if form.TAB_OF.get(one.table) == tab) for tab in form.TABS}
    return [(tab, words.TABS[tab], inside[tab]) for tab in form.TABS]


def _differences(before: Protocol, found: kept.Draft) -> list[tuple[Any, Difference, Any]]:
    """Each box that differs from the newest version, with the words of its table and column."""
    if not before.versions:
        return []
    rows = differences(lines_of(before.versions[-1].document), found.lines)
    return [(words.TABLES[row.table], row, words.COLUMNS[row.column]) for row in rows]


def _approved(before: Protocol, document: Facts) -> list[tuple[str, str]]:
    """For each country of the draft the version that it approved last, or none."""
    told = {one.country: one.number for one in before.approvals}
    return [(country, told.get(country, "")) for country in document["countries"]]


def _forms() -> list[str]:
    return [row.code for row in casebook.forms()]


@page
def file(request: HttpRequest, number: int) -> HttpResponse:
    """The draft's document as a file; Refused while it has faults, because a half protocol is none."""
    who = acting(request)
    require_sponsor(who)
    found = kept.one(number, who.site)
    document, faults = document_of(found.lines)
    if faults:
        raise Refused("draft-has-faults", number=len(faults))
    answer = HttpResponse(json.dumps(document, indent=1, ensure_ascii=False) + "\n", content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="protocol-draft-{found.id}.json"'
    return answer


__all__ = ["draft", "file"]
