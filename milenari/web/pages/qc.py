"""Quality control: what the laboratory has to do by when, and the path of one result."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.registers import models as table
from milenari.registers import quality, questions
from milenari.rules.action import Refused
from milenari.rules.specification import PASS, Criterion
from milenari.web import next_acts
from milenari.web.access import Acting, acting, page
from milenari.web.paging import Paging
from milenari.web.wording import quality as words
from milenari.words import Role, split_subject

FILTERS = ("q", "test", "site", "status")
LABORATORY = (Role.QC_ANALYST, Role.QA)


@dataclass(frozen=True)
class Open:
    """One open result with its limit and how it stands to the time it was planned for."""

    row: table.Result
    limit: Criterion
    overdue: bool
    soon: bool
    zone: str


def criterion_of(row: table.Result) -> Criterion:
    """The criterion beside a result, as far as a screen shows it."""
    return Criterion(row.test, row.attribute, "", row.op, row.limit, row.high, row.unit, per_kg=row.per_kg)


@page
def qc(request: HttpRequest) -> HttpResponse:
    who, now = acting(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    number = request.GET.get("page", "1")
    found = quality.waiting(
        who.sees,
        quality.Sought(asked["q"], asked["test"], asked["site"], asked["status"] if asked["status"] in
                       words.OPEN_STATUSES else "", int(number) if number.isdecimal() else 1),
        now,
    )  # fmt: skip
    shown = {
        "lines": [_open(row, who, now) for row in found.rows],
        "total": found.total,
        "asked": asked,
        "narrowed": any(asked.values()),
        "counted": quality.counted(who.sees, now),
        "benches": quality.benches(who.site),
        "mine": any(role in LABORATORY for role in who.here),
        "tests": quality.tests_open(who.sees),
        "places": [place for code, place in who.sites.items() if who.may_see(code)],
        "statuses": words.OPEN_STATUSES.items(),
        "inquiries": quality.inquiries(who.sees),
        "paging": Paging(found.page, found.pages, {k: v for k, v in asked.items() if v}),
    }
    return render(request, "web/qc.html", shown)


def _open(row: table.Result, who: Acting, now: datetime) -> Open:
    due_at = row.due_at if row.status == "pending" else None
    late = due_at is not None and due_at < now
    soon = due_at is not None and now <= due_at < now + quality.SOON
    return Open(row, criterion_of(row), late, soon, who.zone_of(row.site))


# -- the path of one result -----------------------------------------------------------------------------


@dataclass
class Stage:
    """One station of a result's way: done, where it stands now, still ahead, or not taken."""

    code: str
    state: str  # done, now, ahead, skipped
    offers: list[next_acts.Next] = field(default_factory=list)


@page
def result(request: HttpRequest) -> HttpResponse:
    """The way of one test's result on one product, with every attempt and what may follow."""
    who = acting(request)
    of, test = request.GET.get("of", ""), request.GET.get("test", "")
    kind, code = split_subject(of)
    if kind not in ("batch", "lot") or not code:
        raise Refused("subject-unknown", kind="batch", code=of)
    row = questions.subject(of)
    if row is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    who.require_sight(row.site, *questions.sites_of(of))
    tested = read.sheet(of)
    limit = tested.criterion(test)
    if limit is None:
        raise Refused("test-unknown", test=test, of=of)
    inquiries = [i for i in tested.investigations if i.test == test]
    tries = [(r, True) for r in tested.superseded if r.test == test]
    tries += [(r, False) for r in tested.results if r.test == test]
    persons = [p for t, _old in tries for p in (t.by, t.verified_by)] + [i.closed_by for i in inquiries]
    shown = {
        "of": of, "kind": kind, "code": code, "limit": limit, "tested": tested, "tries": tries,
        "inquiries": inquiries, "stages": {s.code: s for s in _stages(who, of, tested, limit, inquiries)},
        "now": tested.result(test), "names": questions.names_of(persons), "zone": who.zone_of(row.site),
        "released": tested.decision in ("conditional", "final", "out-of-specification"),
        "site": row.site,
    }  # fmt: skip
    return render(request, "web/result.html", shown)


def _stages(who: Acting, of: str, tested: Any, limit: Criterion, inquiries: list[Any]) -> list[Stage]:
    test, found = limit.test, tested.result(limit.test)
    name = limit.group or limit.test
    about = {"of": of, "test": test}
    status = found.status if found else ""
    inquiry = inquiries[-1] if inquiries else None
    open_now = inquiry is not None and not inquiry.conclusion
    confirmed = inquiry is not None and inquiry.conclusion == "confirmed"
    passes = status == "verified" and tested.requirements().get(name) in (PASS, "missing")
    done = {"": 0, "pending": 1, "recorded": 2, "verified": 3}[status]
    stages = [
        Stage(code, "done" if done > n else "now" if done == n else "ahead", [_offer(who, action, n, done, of, about)])
        for n, (code, action) in enumerate(
            (("sampled", "take-sample"), ("recorded", "record-result"), ("verified", "verify-result"))
        )
    ]
    closing = [next_acts.offer(who, "close-investigation", **about)] if open_now else []
    never = status == "verified" and not inquiry
    stages.append(
        Stage("investigated", "now" if open_now else "done" if inquiry else "skipped" if never else "ahead", closing)
    )
    again = any(i.conclusion == "laboratory-error" for i in inquiries)
    stages.append(Stage("repeated", "done" if again else "skipped" if confirmed or never else "ahead"))
    decided = confirmed and tested.decision in ("rejected", "recalled", "out-of-specification")
    stages.append(
        Stage("confirmed", "done" if decided else "now" if confirmed else "skipped" if passes else "ahead",
              _decisions(who, of, tested) if confirmed and not decided else [])
    )  # fmt: skip
    stages.append(Stage("counts", "done" if passes else "skipped" if confirmed else "ahead"))
    return stages


def _offer(who: Acting, action: str, n: int, done: int, of: str, about: dict[str, str]) -> Any:
    if n != done:
        return None
    filled = {"of": of, "tests": about["test"]} if action == "take-sample" else about
    return next_acts.offer(who, action, **filled)


def _decisions(who: Acting, of: str, tested: Any) -> list[next_acts.Next]:
    """What may be decided about a product whose result is confirmed out of specification."""
    kind, code = split_subject(of)
    if kind == "lot":
        codes = ["recall-lot"] if tested.decision == "final" else ["reject-lot"]
        return [next_acts.offer(who, action, lot=code) for action in codes]
    if tested.decision in ("conditional", "final"):
        codes = ["inform-physician"] if tested.alarm and not tested.informed else []
        codes.append("recall-batch")
    else:
        codes = ["reject-batch", "request-oos-supply"]
    return [next_acts.offer(who, action, batch=code) for action in codes]
