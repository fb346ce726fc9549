"""Entries: one entry with what it changed, its checks, bytes and proof; and everything about one subject."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import evidence, read, search
from milenari.journal.exchange import bounds
from milenari.registers import questions, sight
from milenari.rules.action import Refused
from milenari.web import telling, wording
from milenari.web.access import acting, page
from milenari.web.paging import Paging
from milenari.web.wording import audit as words
from milenari.web.wording import sharing
from milenari.words import split_subject

PAGE = 25


def _require_sight(request: HttpRequest, name: str, *sites: str) -> None:
    if not sight.may_see(name, acting(request).sees, *sites):
        raise Refused("page-not-for-you", site=next(iter(sites), ""))


def _found(request: HttpRequest, act: str) -> read.Seen:
    seen = read.entry_of_act(act)
    _require_sight(request, seen.entry.about, seen.site)
    return seen


@page
def entry(request: HttpRequest, act: str) -> HttpResponse:
    seen = _found(request, act)
    logs = {log["site"]: log for log in read.logs()}
    checks = evidence.examine(seen)
    shown = {
        "told": telling.tell([seen])[0],
        "entry": seen.entry,
        "seen": seen,
        "log": logs.get(seen.site, {}),
        "body": seen.body.decode(errors="replace"),
        "changes": _changes(seen),
        "checks": [(check, words.CHECKS[check.code][0 if check.good else 1]) for check in checks],
        "good": all(check.good for check in checks),
        "near": search.around(seen),
        "components": wording.joined(
            wording.word(words.COMPONENTS, code) for code in seen.signature.get("components", ())
        ),
        **_time(seen),
        "number": seen.index + 1,
        "file": f"{seen.site}-{seen.index}.tlog-proof",
    }
    return render(request, "web/entry.html", shown)


def _time(seen: read.Seen) -> dict[str, Any]:
    """Between which moments it was written by other sites' clocks, and which claim of it lies outside."""
    found = bounds.bounds_of(seen.site, seen.index)
    kind = found.outside(seen.entry.written_at, seen.entry.happened_at)
    heard = sorted({*found.before_by, *found.after_by})
    return {"bounds": found, "outside": sharing.SKEWS.get(kind), "heard": heard}


def _changes(seen: read.Seen) -> list[telling.Change]:
    """What the entry changed in each subject, from what to what, also where nothing stood before."""
    lines = []
    for name, version in seen.entry.subjects:
        before, after = read.sheet_at(name, version - 1), read.sheet_at(name, version)
        lines += telling.differences(name, before, after, seen.entry.zone, whole=True)
    return lines


@page
def proof(request: HttpRequest, act: str) -> HttpResponse:
    """The text proof as a file: it checks offline with only the site's public key."""
    seen = _found(request, act)
    answer = HttpResponse(read.proof_of(seen), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{seen.site}-{seen.index}.tlog-proof"'
    return answer


@page
def about(request: HttpRequest, name: str) -> HttpResponse:
    """The history of one subject, oldest first, a page at a time."""
    row = questions.subject(name)
    kind, code = split_subject(name)
    if row is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    _require_sight(request, name, row.site)
    number = request.GET.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    wanted = search.Wanted(acting(request).sees, subjects=(name,), sort="written")
    hits = search.find(wanted, (at - 1) * PAGE, PAGE)
    before = _before(name, hits.seen)
    shown: dict[str, Any] = {
        "name": name, "row": row, "told": telling.tell(hits.seen, [name], before), "total": hits.total,
        "unreadable": hits.unreadable, "paging": Paging(at, max(1, -(-hits.total // PAGE)), {}),
    }  # fmt: skip
    return render(request, "web/about.html", shown)


def _before(name: str, seen: list[read.Seen]) -> dict[str, Any]:
    """The subject as it was before the first entry of this page."""
    if not seen:
        return {}
    return {name: read.sheet_at(name, seen[0].entry.version_of(name) - 1)}
