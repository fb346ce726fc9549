"""Changes: what is proposed, what is open about it and with whom, what is overdue; one change with its timeline."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import models as table
from milenari.registers import questions
from milenari.rules import impact
from milenari.rules.action import Refused
from milenari.rules.change import AREAS, Change
from milenari.rules.impact import SiteChange
from milenari.web import next_acts, telling
from milenari.web.access import Acting, acting, page
from milenari.web.paging import Paging, number_of
from milenari.web.wording import agreements as words

PAGE = 25
OVER = ("closed", "withdrawn")


@page
def changes(request: HttpRequest) -> HttpResponse:
    who, book, today = acting(request), DiskBook(), clock.now().date()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "show", "kind", "site")}
    rows = table.Change.objects.all()
    if who.sees is not None:
        seen = Q(pk__in=[])
        for site in who.sees:
            seen |= Q(site=site) | Q(sites__contains=f" {site} ")
        rows = rows.filter(seen)
    if asked["q"]:
        rows = rows.filter(Q(code__icontains=asked["q"]) | Q(title__icontains=asked["q"]))
    if asked["kind"]:
        rows = rows.filter(kind=asked["kind"])
    if asked["site"]:
        rows = rows.filter(sites__contains=f" {asked['site']} ")
    if asked["show"] == "open":
        rows = rows.exclude(state__in=OVER)
    elif asked["show"] == "overdue":
        rows = rows.exclude(state__in=OVER).filter(due_on__lt=today)
    elif asked["show"]:
        rows = rows.filter(state=asked["show"])
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number_of(request.GET.get("page", "1"))), pages)
    part = rows.order_by("-proposed_at", "code")[(number - 1) * PAGE : number * PAGE]
    shown = {
        "lines": [(row, row.due_on is not None and row.due_on < today, *_waits(book, book.sheet(row.subject)))
                  for row in part],
        "total": total,
        "asked": asked,
        "narrowed": any(asked.values()),
        "states": list(words.CHANGE_STATES.items()),
        "kinds": list(words.CHANGE_KINDS.items()),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "paging": Paging(number, pages, {k: v for k, v in asked.items() if v}),
        "next": [next_acts.offer(who, "propose-change")],
    }  # fmt: skip
    return render(request, "web/changes.html", shown)


def _waits(book: DiskBook, change: Change) -> tuple[str, list[str]]:
    """What a change waits for next, and at which sites or with whom."""
    if change.over:
        return "", []
    if change.effected_on is None:
        for code, sites in (("refused", impact.refusing(book, change)), ("assess", impact.unassessed(book, change)),
                            ("consent", impact.unconsented(book, change))):  # fmt: skip
            if sites:
                return code, sites
        early = [m.owner for m in change.open_matters() if m.before]
        return ("matters", list(dict.fromkeys(early))) if early else ("effect", [change.owner])
    if sites := impact.unimplemented(book, change):
        return "implement", sites
    if change.open_matters():
        return "matters", list(dict.fromkeys(m.owner for m in change.open_matters()))
    return ("close" if change.checked == "effective" else "check"), [change.owner]


@page
def change(request: HttpRequest, code: str) -> HttpResponse:
    """One change: the proposal, the word of every site, its matters, what comes next, and its timeline."""
    who, book, today = acting(request), DiskBook(), clock.now().date()
    name = f"change:{code}"
    held: Change = book.sheet(name)
    if not held.exists:
        raise Refused("subject-unknown", kind="change", code=code)
    if who.sees is not None and not {held.owner, *held.sites} & set(who.sees):
        who.require_sight(held.owner)
    said = impact.words_of(book, held)
    waits, with_whom = _waits(book, held)
    persons = [held.proposed_by, held.effected_by, held.checked_by, held.closed_by]
    persons += [p for w in said.values() for p in (w.assessed_by, w.consented_by, w.implemented_by)]
    persons += [m.owner for m in held.matters] + [m.closed_by for m in held.matters]
    shown = {
        "held": held,
        "waits": waits,
        "with_whom": with_whom,
        "due": held.next_due(),
        "late": (due := held.next_due()) is not None and due < today,
        "areas": [(words.AREAS[a], [_cell(w, a) for w in said.values()]) for a in AREAS],
        "sites": [(site, word, word.digest == held.digest, word.consented_to == held.digest)
                  for site, word in said.items()],
        "matters": [(m, m.overdue(today), _close(who, code, m)) for m in held.matters],
        "uncovered": [words.AREAS[a] for a in impact.uncovered(book, held)],
        "ended": held.until_on is not None and held.until_on < today and not held.over,
        "names": questions.names_of([p for p in persons if p]),
        "next": _offers(who, held),
        "told": telling.tell(read.entries_about(name, *(f"sitechange:{code}/{s}" for s in held.sites)), [name]),
    }  # fmt: skip
    return render(request, "web/change.html", shown)


def _cell(word: SiteChange, area: str) -> tuple[str, str]:
    return next(((said, why) for a, said, why in word.impacts if a == area), ("", ""))


def _close(who: Acting, code: str, matter: Any) -> Any:
    return None if matter.closed_by else next_acts.offer(who, "close-matter", change=code, matter=matter.code)


def _offers(who: Acting, held: Change) -> list[Any]:
    """The acts that are open at this stage: of the site that keeps the change, and of a site it touches."""
    mine = {"sitechange": f"{held.code}/{who.site}"}
    here, touched = who.site == held.owner, who.site in held.sites
    codes: list[tuple[str, dict[str, str]]] = []
    if held.over:
        return []
    if held.effected_on is None:
        codes += [(c, {**mine, "digest": held.digest}) for c in ("assess-change", "consent-change") if touched]
        codes += [("effect-change", {"change": held.code}), ("withdraw-change", {"change": held.code})] if here else []
    else:
        codes += [("implement-change", mine)] if touched else []
        codes += [(c, {"change": held.code}) for c in ("check-change", "close-change") if here]
    codes += [("open-matter", {"change": held.code})] if here else []
    return [next_acts.offer(who, code, **given) for code, given in codes]
