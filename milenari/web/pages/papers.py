"""Papers: the list of what can be printed about a subject, and each paper as a PDF in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from milenari.journal import passport, read
from milenari.registers import questions, reach
from milenari.rules.action import Refused
from milenari.rules.custody import Dispatch
from milenari.rules.form import ISSUED
from milenari.web import addresses, next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.pages import passports
from milenari.web.papers import press, shelf
from milenari.words import split_subject, subject

# Who printed what: papers say nothing of it, since the same record has to give the same bytes for everybody.
_prints = logging.getLogger("milenari.papers")


@dataclass(frozen=True)
class Offered:
    """One paper in the list: its kind, the subject it is about, and the sites it can be addressed to."""

    kind: shelf.Kind
    name: str
    state: str = ""
    sites: tuple[str, ...] = ()
    not_yet: Any = ""

    @property
    def code(self) -> str:
        return f"{self.kind.code}-{split_subject(self.name)[1]}" if not self.state else split_subject(self.name)[1]


@page
def papers(request: HttpRequest, name: str) -> HttpResponse:
    """What can be printed about this subject and its parts."""
    who = acting(request)
    shelf.require_sight(name, who.sees)
    kind, code = split_subject(name)
    offers = [_offered(one, name, who) for one in shelf.kinds_for(name)]
    if kind == "batch":
        offers += [Offered(shelf.KINDS["paper-form"], form.key, form.state) for form in reach.forms_of(code)]
        offers += _transfers(subject("dose", dose.code) for dose in questions.doses_of(code))
    if kind == "journey":
        parts = questions.parts_of(code)
        offers += [Offered(shelf.KINDS["batch-record"], row.subject) for row in parts["batches"]]
        offers += _transfers(row.subject for row in (*parts["collections"], *parts["doses"]))
    issue = []
    if kind == "batch":
        number = f"{code}-P{len(reach.forms_of(code)) + 1}"
        issue.append(next_acts.offer(who, "issue-paper-form", batch=code, form=number))
        issue += [next_acts.offer(who, "settle-paper-form", form.code, form=form.code)
                  for form in reach.forms_of(code) if form.state == ISSUED]  # fmt: skip
    shown = {"name": name, "back": addresses.of_subject(name), "offers": offers, "next": issue,
             "chosen": get_language()}  # fmt: skip
    return render(request, "web/papers.html", shown)


def _transfers(names: Iterable[str]) -> list[Offered]:
    """A transfer form for each thing that was ever dispatched."""
    wanted = list(names)
    sent = {one.entry.about for one in read.entries_about(*wanted) if one.entry.action.code == Dispatch.code}
    return [Offered(shelf.KINDS["transfer-form"], name) for name in wanted if name in sent]


def _offered(kind: shelf.Kind, name: str, who: Acting) -> Offered:
    """The paper in the list, or the sentence that says what it waits for."""
    sheet = read.sheet(name)
    if kind.code == "qp-certificate" and not sheet.certificates:
        return Offered(kind, name, not_yet=_("Can be printed once a Qualified Person has certified the batch."))
    if kind.code == "transfer-form" and not (sheet.transfer or sheet.sending_to):
        return Offered(kind, name, not_yet=_("Can be printed once it is dispatched."))
    if kind.code == "comparability-report" and sheet.locked_at is None:
        return Offered(kind, name, not_yet=_("Can be printed once the protocol is locked."))
    if kind.code == "training-passport":
        return Offered(kind, name, not_yet=_("Made on the page of the person, for one other site."))
    if kind.of_site and not who.may_see(split_subject(name)[1]):
        return Offered(kind, name, not_yet=_("Only for people of this site and those who oversee the network."))
    if kind.code != "recall-notice":
        return Offered(kind, name)
    recalled = getattr(sheet, "recalled", "") or sheet.decision == "recalled"
    if not recalled:
        return Offered(kind, name, not_yet=_("Can be printed once it is recalled."))
    sites = tuple(site for site in reach.sites_reached(name) if who.may_see(site))
    return Offered(kind, name, sites=sites, not_yet="" if sites else _("Nothing of this is at a site that you see."))


@page
def paper(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """One paper as PDF/A; ``in`` is its language, ``at`` the entry as of which it is drawn, ``site`` the receiver."""
    who = acting(request)
    full = shelf.full_name(kind, name)
    shelf.require_sight(full, who.sees)
    asked: Any = request.GET
    site = asked.get("site", "")
    if shelf.KINDS[kind].for_site:
        site = site or who.site
        if kind != "training-passport":  # that one is for another site; who may make it is asked below
            who.require_sight(site)
    if shelf.KINDS[kind].of_site:
        who.require_sight(split_subject(full)[1])
    if kind == "training-passport":
        passports.require_issuer(who, split_subject(full)[1])
    language = asked.get("in", "") or get_language() or settings.LANGUAGE_CODE
    if language not in dict(settings.LANGUAGES):
        raise Refused("language-unknown", found=language)
    with override(language):
        made = shelf.KINDS[kind].make(shelf.Wanted(full, asked.get("at", ""), site, asked.get("year", "")))
        content = press.printed(made)
    if kind == "training-passport":
        passport.hand_over(made.code, site, content)  # personnel data leave with it, or nothing is given out
    digest = sha256(content).hexdigest()
    _prints.info("printed %s by %s at %s, sha256 %s", made.file_name, who.person, who.site, digest)
    answer = HttpResponse(content, content_type="application/pdf")
    how = "attachment" if asked.get("save") else "inline"
    answer["Content-Disposition"] = f'{how}; filename="{made.file_name}"'
    return answer
