"""Late result: what a failing late result does now, asked of the rules without signing, and what followed a real one.

The drill supposes that analysts of the site record and verify a failing result, and then asks the rule about every
fraction that is left. Nothing is written. Requirement: EU GMP Part IV, section 11 (two-step release).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from milenari.journal import clock, read
from milenari.journal.ask import Asker, Supposed
from milenari.registers import desk, questions
from milenari.rules.action import Accepted, Finding, Refused
from milenari.rules.infusion import DecideFraction
from milenari.rules.specification import Criterion
from milenari.rules.testing import RecordResult, VerifyResult
from milenari.web import telling, wording
from milenari.web.access import acting, page
from milenari.web.pages.release import found_by
from milenari.words import Quantity, Role

TOLD = (Role.PHYSICIAN, Role.QP, Role.QA)
FOLLOWING = ("inform-physician", "recall-batch", "close-investigation", "decide-fraction", "open-deviation",
             "recall-lot", "reject-batch")  # fmt: skip


@dataclass(frozen=True)
class Drill:
    """What the rules would say if this late test failed now."""

    test: str
    value: Any
    possible: bool
    reason: Any
    findings: tuple[Any, ...]
    blocked: tuple[tuple[str, str, Any], ...]  # fraction; stopped, going or unasked; the sentence that stops it


@dataclass(frozen=True)
class Followed:
    """What followed a real late failing result: the entries, and the times between them."""

    failed_at: datetime
    informed_at: datetime | None
    told: list[telling.Told]

    @property
    def minutes(self) -> int | None:
        """Whole minutes from the recorded result to the entry about the informed physician."""
        return int((self.informed_at - self.failed_at).total_seconds() // 60) if self.informed_at else None


@page
def late(request: HttpRequest, code: str) -> HttpResponse:
    who = acting(request)
    of, _kind, row, batch = found_by(who, f"batch:{code}")
    zone = who.zone_of(row.site)
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    doses = questions.doses_of(code)
    container = questions.container(row.container) if row.container else None
    trace = questions.trace(container.lot, today, who.sees) if container else None
    others = [b for b in trace.branches if b.batch is not None and b.batch.code != code] if trace else []
    journey = questions.journey(row.journey)
    ward = journey.journey.site if journey else row.site
    people = desk.holders(row.site, (*TOLD, Role.QC_ANALYST), today)
    if ward != row.site:
        people[Role.PHYSICIAN] = desk.holders(ward, (Role.PHYSICIAN,), today)[Role.PHYSICIAN]
    shown = {
        "row": row, "sheet": batch, "zone": zone, "of": of, "doses": doses,
        "given": [d for d in doses if d.given_at], "left": [d for d in doses if d.given_at is None],
        "people": [(role, people[role]) for role in TOLD], "ward": ward, "container": container, "others": others,
        "hidden": sum(b.hidden for b in others), "followed": _followed(batch, of, doses),
        "drills": _drills(batch, of, row, people, doses), "analysts": people[Role.QC_ANALYST],
        "released": row.decision in ("conditional", "final"), "decided": row.decision in ("rejected", "recalled"),
    }  # fmt: skip
    return render(request, "web/late.html", shown)


# -- before ---------------------------------------------------------------------------------------------


def _drills(batch: Any, of: str, row: Any, people: dict[Role, list[tuple[str, str]]], doses: list[Any]) -> list[Drill]:
    """One drill for each late test whose result is still to come."""
    found = []
    for criterion in batch.criteria:
        result = batch.result(criterion.test)
        if criterion.late and result is not None and result.status == "pending":
            found.append(_drill(of, row, criterion, people, doses))
    return found


def _drill(of: str, row: Any, criterion: Criterion, people: dict[Role, list[tuple[str, str]]],
           doses: list[Any]) -> Drill:  # fmt: skip
    book = Supposed()
    value = _failing(criterion, book.sheet(of).weight_kg)
    shown = wording.quantity(value) if isinstance(value, Quantity) else wording.isolated(value)
    number, word = (value, "") if isinstance(value, Quantity) else (None, str(value))
    recorders = [p for p, _ in people[Role.QC_ANALYST]]
    checkers = [(p, Role.QC_ANALYST) for p in recorders[1:]] + [(p, Role.QA) for p, _ in people[Role.QA]]
    findings: list[Finding] = []
    if not recorders or not checkers:
        return Drill(criterion.test, shown, False, "", (), ())
    recording = RecordResult(of=of, test=criterion.test, number=number, word=word, method="-")
    verifying = VerifyResult(of=of, test=criterion.test)
    for act, asker in (
        (recording, Asker(recorders[0], Role.QC_ANALYST, row.site)),
        (verifying, Asker(checkers[0][0], checkers[0][1], row.site)),
    ):
        answer = book.ask(act, asker)
        if not isinstance(answer, Accepted):
            return Drill(criterion.test, shown, False, wording.refusal(answer, "UTC", act.code), (), ())
        book.suppose(act, asker, answer)
        findings += answer.findings
    told = tuple(wording.finding(f.code, f.facts) for f in findings if f.code != "out-of-limit-at-entry")
    physicians = people[Role.PHYSICIAN]
    blocked = [(d.code, *_stopped(book, d, physicians)) for d in doses if d.given_at is None]
    return Drill(criterion.test, shown, True, "", told, tuple(blocked))


def _stopped(book: Supposed, dose: Any, physicians: list[tuple[str, str]]) -> tuple[str, Any]:
    """Whether the rule stops a fraction, with its sentence; it cannot be asked where nobody is a physician."""
    if not physicians:
        return "unasked", ""
    asker = Asker(physicians[0][0], Role.PHYSICIAN, dose.site)
    answer = book.ask(DecideFraction(dose=dose.code, decision="administer", remarks=""), asker)
    if isinstance(answer, Refused):
        return "stopped", wording.refusal(answer, "UTC", "decide-fraction")
    return "going", ""


def _failing(criterion: Criterion, weight_kg: Decimal | None) -> Quantity | str:
    """A result that does not meet the criterion."""
    if criterion.qualitative:
        return next((o for o in criterion.options if o != criterion.limit), "-")
    low = criterion.op in ("ge", "gt")
    number = Decimal(0) if low else Decimal(criterion.high or criterion.limit) * 10 + 1
    unit = criterion.unit.removesuffix("/kg") if criterion.per_kg else criterion.unit
    return Quantity(number * (weight_kg or 1) if criterion.per_kg else number, unit)


# -- after ----------------------------------------------------------------------------------------------


def _followed(batch: Any, of: str, doses: list[Any]) -> Followed | None:
    """What became of a late result that failed after release, from the entries alone."""
    told = telling.tell(read.entries_about(of, *(f"dose:{d.code}" for d in doses)), [of])
    failed = next((t for t in told if any(f.code == "late-positive" for f in t.entry.findings)), None)
    if failed is None:
        return None
    test = failed.entry.action.test
    recorded = [t for t in told if t.entry.action.code == "record-result" and t.entry.action.test == test
                and t.seen.position < failed.seen.position]  # fmt: skip
    first = recorded[-1] if recorded else failed
    after = [t for t in told if t.seen.position > failed.seen.position and t.entry.action.code in FOLLOWING]
    informed = next((t for t in after if t.entry.action.code == "inform-physician"), None)
    informed_at = informed.entry.happened_at if informed else None
    return Followed(first.entry.happened_at, informed_at, [*recorded[-1:], failed, *after])
