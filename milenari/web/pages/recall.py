"""Recall: its whole effect before it is signed, the signature, and the same page as the record of what it did."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import ask, clock, origin, read
from milenari.registers import questions, recall, vector, ward
from milenari.rules.action import ACTIONS, Action, Refused
from milenari.web import signing, wording
from milenari.web.access import Acting, acting, page
from milenari.words import Role

ACTS = {"lot": "recall-lot", "batch": "recall-batch"}
# Who is told at a site, by what it has of the recalled thing.
TOLD = {
    "containers": (Role.QA, Role.VECTOR_MANAGER),
    "batches": (Role.QP, Role.QA),
    "fractions": (Role.QP, Role.WARD_NURSE, Role.PHYSICIAN),
    "patients": (Role.PHYSICIAN, Role.QP),
}


@dataclass(frozen=True)
class Notice:
    """One site to tell: why, and the people who hold the roles concerned there today."""

    site: str
    name: str
    why: tuple[str, ...]
    persons: tuple[tuple[str, str], ...]


@page
def of(request: HttpRequest, name: str) -> HttpResponse:
    """``name`` is ``lot:CODE``, ``batch:CODE``, or a bare code of a lot or a batch."""
    who = acting(request)
    kind, code = _named(name)
    sheet = read.sheet(f"{kind}:{code}")
    if not sheet.exists:
        raise Refused("subject-unknown", kind=kind, code=code)
    _require_sight(who, kind, code)
    cls = ACTIONS[ACTS[kind]]
    typed: dict[str, str] = {}
    tried = signing.Attempt()
    if request.method == "POST":
        typed = {**signing.typed_of(request), kind: code}
        tried = signing.attempt(lambda: signing.sign(request, cls, typed, who))
        if tried.written:
            signing.tell(request, tried.written)
            return HttpResponseRedirect(reverse("recall", args=[f"{kind}:{code}"]))
    return _draw(request, who, cls, kind, sheet, typed, tried)


def _named(name: str) -> tuple[str, str]:
    kind, _, code = name.partition(":")
    if kind in ACTS and code:
        return kind, code
    return ("lot", name) if questions.lot(name) else ("batch", name)


def _require_sight(who: Acting, kind: str, code: str) -> None:
    if kind == "lot":
        if not vector.concerns(code, who.sees):
            row = questions.lot(code)
            raise Refused("page-not-for-you", site=row.site if row else "")
        return
    who.require_sight(*questions.sites_of(f"batch:{code}"))


def _draw(request: HttpRequest, who: Acting, cls: type[Action], kind: str, sheet: Any, typed: dict[str, str],
          tried: signing.Attempt) -> HttpResponse:  # fmt: skip
    reach = recall.of_lot(sheet.code) if kind == "lot" else recall.of_batch(sheet.code)
    part = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code)
    if tried.refused:
        part.blame(tried.refused, sentence)
        if tried.refused.code in ("changed-meanwhile", "act-id-reused"):
            typed = {**typed, "act": "", "seen": ""}  # now told: the next signature is over the present state
    done = bool(sheet.recalled) if kind == "lot" else sheet.decision == "recalled"
    everything = who.sees is None or sheet.owner in who.sees
    shown = {
        "kind": kind, "sheet": sheet, "subject": f"{kind}:{sheet.code}", "reach": reach, "done": done,
        "signature": part, "sentence": sentence, "shelves": vector.together(reach.containers),
        "hidden": [] if everything else [m for m in reach.batches if not _seen(who, m)],
        "batches": [m for m in reach.batches if everything or _seen(who, m)],
        "notices": _notices(who, reach), "record": _record(kind, sheet.code, cls) if done else None,
        "against": None if done else _against(who, cls, kind, sheet.code), "zone": who.zone,
        "act": typed.get("act") or str(uuid.uuid4()), "reason": typed.get("reason", ""),
        "seen": typed.get("seen") or f"{kind}:{sheet.code}={sheet.version}", "title": wording.title(cls.code),
    }  # fmt: skip
    return render(request, "web/recall.html", shown, status=tried.status)


def _seen(who: Acting, made: recall.Made) -> bool:
    return who.may_see(made.batch.site) or (made.journey is not None and who.may_see(made.journey.site))


def _against(who: Acting, cls: type[Action], kind: str, code: str) -> Any:
    """Why this person's recall would be refused now, as the rule says it; nothing when it would be taken."""
    role = signing.roles_of(cls, {}, who)[1]
    answer = ask.Supposed().ask(cls.from_data({kind: code}), ask.Asker(who.person, role, who.site), reason="asked")
    return wording.refusal(answer, who.zone, cls.code) if isinstance(answer, Refused) else None


def _record(kind: str, code: str, cls: type[Action]) -> Any:
    """The entry by which it was recalled."""
    return next((s for s in reversed(origin.entries_of([f"{kind}:{code}"], [cls.code]))), None)


def _notices(who: Acting, reach: recall.Reach) -> list[Notice]:
    today = clock.now().astimezone(ZoneInfo(who.zone)).date()
    sites = reach.sites
    roles = {role for why in sites.values() for one in why for role in TOLD[one]}
    held = ward.holders(roles, list(sites), today) if roles else []
    places = who.sites
    made = []
    for site, why in sites.items():
        wanted = list(dict.fromkeys(str(r) for one in sorted(why) for r in TOLD[one]))
        persons = tuple((h.role, h.name) for role in wanted for h in held if (h.site, h.role) == (site, role))
        made.append(Notice(site, places[site].name if site in places else site, tuple(sorted(why)), persons))
    return made
