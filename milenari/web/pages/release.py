"""Release desk: what waits for a decision, and one record reviewed by exception and decided on the same page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from milenari.journal import clock, read
from milenari.journal.ask import Asker, Supposed
from milenari.journal.fold import DiskBook
from milenari.registers import desk, escalating, questions, waiting
from milenari.rules.action import ACTIONS, Accepted, Refused
from milenari.rules.testing import late_requirements
from milenari.web import addresses, review, signing, telling, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import ActionForm, Box
from milenari.web.pages.batch import NONCONFORMING, requirements
from milenari.web.paging import Paging
from milenari.web.wording import quality as words
from milenari.words import split_subject

FILTERS = ("q", "site")
# What a form asks for besides; any answer will do to ask the rule whether the act is open at all.
PROVISIONAL = {
    "release-lot": {"expires_on": "9999-12-31"}, "close-investigation": {"conclusion": "confirmed"},
    "close-deviation": {"root_cause": "-", "disposition": "no-impact"}, "inform-physician": {"agreed": "-"},
}  # fmt: skip


@page
def queue(request: HttpRequest) -> HttpResponse:
    who = acting(request)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    number = request.GET.get("page", "1")
    found = desk.queue(who.sees, asked["q"], asked["site"], int(number) if number.isdecimal() else 1)
    now = clock.now()
    told = escalating.lines(DiskBook(), now, who.sees) if found.lines else []
    held = {line.of: "late" if line.late(now) else "waits" for line in reversed(told) if line.holds or line.late(now)}
    shown = {
        "lines": [Queued(x, now, who.zone_of(x.row.site), held.get(x.row.subject, "")) for x in found.lines],
        "total": found.total, "asked": asked, "narrowed": any(asked.values()),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "paging": Paging(found.page, found.pages, {k: v for k, v in asked.items() if v}),
    }  # fmt: skip
    return render(request, "web/release_desk.html", shown)


@dataclass(frozen=True)
class Queued:
    """One line of the desk as it stands now."""

    waits: desk.Waits
    now: datetime
    zone: str
    escalation: str = ""  # "late" or "waits" for the control site

    @property
    def days(self) -> int:
        """Whole days since the harvest."""
        return (self.now - self.waits.row.harvested_at).days

    @property
    def overdue(self) -> bool:
        return self.waits.due_at is not None and self.waits.due_at < self.now

    @property
    def expired(self) -> bool:
        return self.waits.use_by is not None and self.waits.use_by < self.now

    @property
    def standing(self) -> list[tuple[str, Any, str]]:
        """Each reason with its word and look."""
        looks = {"alarm": "bad", "failed": "bad", "on-hold": "warn", "investigation": "bad", "deviation": "warn",
                 "late": "soft", "review": "soft", "certification": "soft", "release": "soft"}  # fmt: skip
        return [(code, words.STANDING[code], looks.get(code, "open")) for code in self.waits.standing]


# -- one record -----------------------------------------------------------------------------------------


@dataclass
class Decision:
    """One act that may follow: signed here, on a form of its own, or refused with the reason as it stands now."""

    code: str
    title: Any
    stage: str = ""
    refused: Any = ""
    roles: Any = ""
    mine: bool = True
    url: str = ""
    data: dict[str, str] | None = None
    boxes: tuple[Box, ...] = ()
    signature: signing.Signature | None = None
    act: str = ""
    seen: str = ""

    @property
    def about(self) -> str:
        """The test or deviation that the act is about, if it is about one of several."""
        return (self.data or {}).get("test", "") or (self.data or {}).get("deviation", "")


def found_by(who: Acting, name: str) -> tuple[str, str, Any, Any]:
    """The batch or lot that an address names: subject, kind, register row and folded sheet; Refused if not seen."""
    of = name if ":" in name else waiting.resolve(name, ("batch", "lot"))
    kind, code = split_subject(of)
    row: Any = questions.batch(code) if kind == "batch" else questions.lot(code) if kind == "lot" else None
    if row is None:
        raise Refused("subject-unknown", kind="batch", code=code or name)
    who.require_sight(row.site, *questions.sites_of(of))
    return of, kind, row, read.sheet(of)


@page
def record(request: HttpRequest, name: str) -> HttpResponse:
    who = acting(request)
    of, kind, row, tested = found_by(who, name)
    zone, today = who.zone_of(row.site), clock.now().astimezone(ZoneInfo(who.zone_of(row.site))).date()
    doses = questions.doses_of(row.code) if kind == "batch" else []
    also = [f"dose:{d.code}" for d in doses]
    if kind == "batch":
        also += [f"collection:{row.collection}", *([f"container:{row.container}"] if row.container else [])]
    told = telling.tell(read.entries_about(of, *also), [of])
    last = review.last_review(told, of)
    found = review.exceptions(tested, told, of)
    unreviewed = review.since(told, last)
    lines = requirements(tested)
    late = late_requirements(tested)
    persons = [*tested.workers, *(c[1] for c in getattr(tested, "certificates", ())), tested.reviewed_by]
    persons += [r.by for r in tested.results]
    delegated = desk.delegated(tested.process, row.site, today)
    shown = {
        "of": of, "kind": kind, "row": row, "sheet": tested, "zone": zone, "found": found, "last": last,
        "grave": sum(e.grave for e in found), "unreviewed": unreviewed, "entries": len(told),
        "requirements": lines, "met": sum(1 for o in tested.requirements().values() if o == "pass"),
        "asked_for": len(tested.requirements()), "doses": doses, "given": sum(d.given_at is not None for d in doses),
        "pending": [tested.result(c.test) for c in tested.criteria
                    if (c.group or c.test) in late and _waits(tested.result(c.test))],
        "stale": bool(getattr(tested, "certificates", ())) and tested.changed_version > tested.certified_version,
        "delegated": delegated, "names": questions.names_of([*persons, *(p for p, _ in delegated)]),
        "nonconforming": row.decision in NONCONFORMING or bool(getattr(row, "alarm", "")),
        "failing": _failing(tested), "recalled_lot": questions.recalled_batches([row.code]).get(row.code, "")
        if kind == "batch" else "", "decisions": _decisions(request, who, of, kind, row, tested),
        "container": questions.container(row.container) if kind == "batch" and row.container else None,
        "too_early": "" if getattr(tested, "harvested_at", None) else
        wording.refusal(Refused("not-harvested", of=of), zone),
    }  # fmt: skip
    return render(request, "web/release.html", shown)


def _waits(result: Any) -> bool:
    return result is not None and result.status != "verified"


def _failing(tested: Any) -> bool:
    """Whether the record belongs on the path of products that do not conform."""
    verdicts = tested.requirements().values()
    return any(v in ("fail", "undecided") for v in verdicts) or any(
        d.disposition == "batch-affected" for d in tested.deviations
    )


def _decisions(request: HttpRequest, who: Acting, of: str, kind: str, row: Any, tested: Any) -> list[Decision]:
    """What may be decided now, as the rule itself answers the person in front of the screen."""
    if row.decision in ("rejected", "recalled") or not getattr(tested, "harvested_at", None):
        return []
    book, found = Supposed(), []
    if kind == "batch" and row.alarm and not tested.informed:
        found.append(_linked(who, book, "inform-physician", {"batch": row.code}))
    for inquiry in tested.open_investigations():
        found.append(_linked(who, book, "close-investigation", {"of": of, "test": inquiry.test}))
    for deviation in tested.open_deviations():
        found.append(_linked(who, book, "close-deviation", {"of": of, "deviation": deviation.code}))
    if tested.changed_version > tested.reviewed_version:
        found.append(_decision(request, who, book, "review-trail", {"of": of}))
    if kind == "lot":
        found += [] if row.decision else [_linked(who, book, "release-lot", {"lot": row.code})]
        found.append(_linked(who, book, "recall-lot" if row.decision else "reject-lot", {"lot": row.code}))
    elif row.decision in ("final", "out-of-specification"):
        found.append(_linked(who, book, "recall-batch", {"batch": row.code}))
    else:
        certified = row.certified if row.certified != row.decision else ""
        stage, code = certified or _stage(book, row), "release-batch" if certified else "certify-batch"
        found.append(_decision(request, who, book, code, {"batch": row.code, "stage": stage}))
        ending = "recall-batch" if row.decision == "conditional" else "reject-batch"
        found.append(_linked(who, book, ending, {"batch": row.code}))
    _only_one_form(found)
    return found


def _stage(book: Supposed, row: Any) -> str:
    """Final where nothing is missing any more; conditional while late results are still to come."""
    if row.decision == "conditional":
        return "final"
    sheet = book.sheet(f"batch:{row.code}")
    missing = {name for name, outcome in sheet.requirements().items() if outcome == "missing"}
    return "conditional" if missing & late_requirements(sheet) else "final"


def _decision(request: HttpRequest, who: Acting, book: Supposed, code: str, data: dict[str, str]) -> Decision:
    made = _linked(who, book, code, data)
    if made.mine and not made.refused:
        cls = ACTIONS[code]
        back = reverse("release", args=[data.get("of") or f"batch:{data['batch']}"])
        form = ActionForm(cls, who, data)
        made.signature = signing.signature(request, cls, {"back": back}, who)
        made.boxes = tuple(b for b in form.boxes() if b.name not in data)
        made.act = str(uuid.uuid4())
        name = data.get("of") or f"batch:{data['batch']}"
        made.seen = f"{name}={book.sheet(name).version}"
    return made


def _linked(who: Acting, book: Supposed, code: str, data: dict[str, str]) -> Decision:
    """The act as a link to its form, with the rule's refusal if it would be refused now."""
    cls = ACTIONS[code]
    roles = [role for role in who.here if role in cls.roles]
    spoken = wording.joined(wording.word(wording.vocabulary.ROLES, r) for r in cls.roles)
    made = Decision(code, wording.title(code), data.get("stage", ""), roles=spoken, mine=bool(roles), data=data)
    made.url = addresses.of_action(code, **data)
    if code in ("recall-lot", "recall-batch"):
        made.url = reverse("recall", args=[f"{'lot' if code == 'recall-lot' else 'batch'}:{next(iter(data.values()))}"])
    if not roles:
        return made
    role = who.role if who.role in roles else roles[0]
    missing = PROVISIONAL.get(code, {})
    if code == "inform-physician":
        missing = {**missing, "physician": who.person}
    answer = book.ask(cls.from_data({**data, **missing}), Asker(who.person, role, who.site), reason="-")
    if not isinstance(answer, Accepted):
        made.refused = wording.refusal(answer, who.zone, code)
    return made


def _only_one_form(found: list[Decision]) -> None:
    """One signature on the page: the first act that would be accepted; the others keep their own form."""
    signed = False
    for made in found:
        if made.signature is not None and signed:
            made.signature = None
        signed = signed or made.signature is not None
