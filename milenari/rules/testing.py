"""Testing: samples, results, their verification, and what happens when one is out of specification.

Serves the vector lot and the patient batch alike. Governing requirements: EU GMP Part IV section 12
(quality control), 21 CFR 211.192; draft EU GMP Annex 11, 12.6 (the reviewer did not do the work).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    SHEETS,
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.specification import FAIL, PASS, Criterion, judge, overall
from milenari.words import UNITS, Meaning, Quantity, Role, subject

CONCLUSIONS = ("laboratory-error", "confirmed")


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """One test of one sample: pending, recorded, then verified by a second person."""

    test: str
    sample: str
    sampled_at: datetime
    status: str = "pending"  # pending, recorded, verified
    value: Quantity | str | None = None
    outcome: str = ""
    arithmetic: str = ""
    method: str = ""
    by: str = ""
    at: datetime | None = None
    attempt: int = 1
    due_at: datetime | None = None  # when it is planned to be in; None where the specification plans nothing
    verified_by: str = ""
    verified_at: datetime | None = None


@dataclass(frozen=True)
class Investigation:
    """The inquiry into a result out of specification."""

    test: str
    opened_at: datetime
    conclusion: str = ""
    closed_by: str = ""


@dataclass(frozen=True)
class Deviation:
    """What did not go as written, and how it was judged."""

    code: str
    what: str
    severity: str
    opened_at: datetime
    opened_by: str
    disposition: str = ""
    closed_by: str = ""


@dataclass(frozen=True)
class Tested(Sheet):
    """What a vector lot and a patient batch share: criteria, results, deviations, who worked on it."""

    criteria: tuple[Criterion, ...] = ()
    results: tuple[Result, ...] = ()
    superseded: tuple[Result, ...] = ()
    investigations: tuple[Investigation, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    workers: tuple[str, ...] = ()
    changed_version: int = 0
    reviewed_version: int = 0
    reviewed_by: str = ""
    weight_kg: Decimal | None = None
    decision: str = ""
    released_at: datetime | None = None  # the first release, conditional or final
    alarm: str = ""
    recalled_at: datetime | None = None

    def result(self, test: str) -> Result | None:
        return next((r for r in self.results if r.test == test), None)

    def criterion(self, test: str) -> Criterion | None:
        return next((c for c in self.criteria if c.test == test), None)

    def requirements(self) -> dict[str, str]:
        """Each requirement's outcome by verified results: pass, fail, undecided or missing."""
        done = {r.test: r.outcome for r in self.results if r.status == "verified"}
        return overall(self.criteria, done)

    def open_investigations(self) -> tuple[Investigation, ...]:
        return tuple(i for i in self.investigations if not i.conclusion)

    def open_deviations(self) -> tuple[Deviation, ...]:
        return tuple(d for d in self.deviations if not d.closed_by)

    def with_result(self, made: Result) -> tuple[Result, ...]:
        kept = tuple(r for r in self.results if r.test != made.test)
        return (*kept, made)


def worked(sheet: Any, entry: Entry, **changes: Any) -> Any:
    """The sheet after a piece of work: remembers who, and that the trail changed since its review."""
    workers = sheet.workers if entry.by in sheet.workers else (*sheet.workers, entry.by)
    kind = next(kind for kind, made in SHEETS.items() if made is type(sheet))
    name = subject(kind, sheet.code)
    return replace(sheet, workers=workers, changed_version=entry.version_of(name), **changes)


# -- actions --------------------------------------------------------------------------------------------


@action("take-sample", roles=(Role.OPERATOR, Role.QC_ANALYST, Role.VECTOR_MANAGER), meaning=Meaning.PERFORMED)
class TakeSample(Action):
    """Take a sample; the pending result of each of its tests comes into being with it."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    sample: str = f.code("Sample")
    tests: tuple[str, ...] = f.codes("Tests", help="codes from the specification, separated by spaces")


@action("record-result", roles=(Role.QC_ANALYST,), meaning=Meaning.PERFORMED)
class RecordResult(Action):
    """Enter the result of a pending test: a number with unit, or a word for a qualitative test."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    test: str = f.code("Test")
    number: Quantity | None = f.quantity(tuple(UNITS), "Result (number)", required=False, censored=True)
    word: str = f.text("Result (word)", required=False, longest=80)
    method: str = f.text("Method and version", longest=120)


@action("verify-result", roles=(Role.QC_ANALYST, Role.QA), meaning=Meaning.VERIFIED)
class VerifyResult(Action):
    """Confirm another person's result against raw data; one out of specification is investigated."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    test: str = f.code("Test")


@action("close-investigation", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class CloseInvestigation(Action):
    """Conclude an out-of-specification investigation; a proven laboratory error allows one more test."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    test: str = f.code("Test")
    conclusion: str = f.choice(CONCLUSIONS, "Conclusion")


# -- checks ---------------------------------------------------------------------------------------------


@checks(TakeSample)
def _take(act: TakeSample, asking: Asking, book: Book) -> None:
    tested: Tested = known(book, act.about)
    refuse_if(not act.tests, "field-missing", field="tests")
    for test in act.tests:
        refuse_if(not tested.criterion(test), "test-unknown", test=test, of=act.about)
        twice = act.tests.count(test) > 1
        refuse_if(twice or tested.result(test), "test-already-sampled", test=test, of=act.about)
    made_at = getattr(tested, "harvested_at", None)
    refuse_if(made_at is None, "not-harvested", of=act.about)
    after(asking.happened_at, made_at, "harvest")


@checks(RecordResult)
def _record(act: RecordResult, asking: Asking, book: Book) -> Accepted:
    tested: Tested = known(book, act.about)
    pending = tested.result(act.test)
    criterion = tested.criterion(act.test)
    if pending is None or criterion is None:
        raise Refused("not-sampled", test=act.test, of=act.about)
    refuse_if(pending.status != "pending", "result-already-recorded", test=act.test)
    after(asking.happened_at, pending.sampled_at, "sample")
    refuse_if((act.number is None) == (not act.word), "result-number-or-word", test=act.test)
    value = act.number if act.number is not None else act.word
    refuse_if(
        criterion.options and not isinstance(value, Quantity) and value not in criterion.options,
        "field-not-an-option", field="word", found=str(value), options=list(criterion.options),
    )  # fmt: skip
    _possible(criterion, value)
    verdict = judge(criterion, value, tested.weight_kg)
    facts = {"test": act.test, "arithmetic": verdict.arithmetic}
    findings = () if verdict.outcome == PASS else (Finding("out-of-limit-at-entry", facts),)
    return Accepted(findings=findings, given={"outcome": verdict.outcome, "arithmetic": verdict.arithmetic})


def _possible(criterion: Criterion, value: Quantity | str) -> None:
    """A share beyond 100 %, or a negative amount, was not measured; only a difference goes below zero."""
    if not isinstance(value, Quantity):
        return
    try:
        high = Decimal(100) if value.unit == "%" else None
        low = (None if high is None else -high) if criterion.signed else Decimal(0)
        f.bounded(criterion.test, value, (), low, high)
    except f.BadField as fault:
        raise Refused(fault.code, **fault.facts) from fault


@checks(VerifyResult)
def _verify(act: VerifyResult, asking: Asking, book: Book) -> Accepted:
    tested: Tested = known(book, act.about)
    found = tested.result(act.test)
    if found is None or found.status != "recorded":
        raise Refused("nothing-to-verify", test=act.test, of=act.about)
    refuse_if(found.by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, found.at, "result")
    criterion = tested.criterion(act.test)
    name = (criterion.group or criterion.test) if criterion else act.test
    verified = replace(tested, results=tested.with_result(replace(found, status="verified")))
    outcome = verified.requirements()[name]
    if outcome in (PASS, "missing"):
        return Accepted(given={"requirement": outcome})
    findings = [Finding("out-of-specification", {"test": act.test, "arithmetic": found.arithmetic})]
    if tested.decision in ("conditional", "final"):
        findings.append(Finding("late-positive", {"test": act.test}))
    return Accepted(findings=tuple(findings), given={"requirement": outcome})


@checks(CloseInvestigation)
def _close(act: CloseInvestigation, asking: Asking, book: Book) -> None:
    tested: Tested = known(book, act.about)
    still = [i for i in tested.open_investigations() if i.test == act.test]
    refuse_if(not still, "no-open-investigation", test=act.test, of=act.about)
    refuse_if(asking.by in tested.workers, "own-work", person=asking.by)
    after(asking.happened_at, still[0].opened_at if still else None, "investigation")


# -- applies --------------------------------------------------------------------------------------------


def _due(tested: Tested, test: str, begun_at: datetime) -> datetime | None:
    """When a test begun then is planned to be in, by the hours its criterion states."""
    planned = tested.criterion(test)
    return begun_at + timedelta(hours=planned.hours) if planned is not None and planned.hours else None


@applies(TakeSample, "batch", "lot")
def _(tested: Tested, act: TakeSample, entry: Entry) -> Any:
    made = tuple(
        Result(test, act.sample, entry.happened_at, due_at=_due(tested, test, entry.happened_at)) for test in act.tests
    )
    return worked(tested, entry, results=(*tested.results, *made))


@applies(RecordResult, "batch", "lot")
def _(tested: Tested, act: RecordResult, entry: Entry) -> Any:
    pending = tested.result(act.test)
    assert pending is not None
    made = replace(
        pending, status="recorded", value=act.number if act.number is not None else act.word,
        method=act.method, by=entry.by, at=entry.happened_at,
        outcome=entry.given["outcome"], arithmetic=entry.given["arithmetic"],
    )  # fmt: skip
    return worked(tested, entry, results=tested.with_result(made))


@applies(VerifyResult, "batch", "lot")
def _(tested: Tested, act: VerifyResult, entry: Entry) -> Any:
    found = tested.result(act.test)
    assert found is not None
    verified = replace(found, status="verified", verified_by=entry.by, verified_at=entry.happened_at)
    changes: dict[str, Any] = {"results": tested.with_result(verified)}
    codes = {finding.code for finding in entry.findings}
    if "out-of-specification" in codes:
        opened = Investigation(act.test, entry.happened_at)
        changes["investigations"] = (*tested.investigations, opened)
    if "late-positive" in codes:
        changes["alarm"] = act.test
    return worked(tested, entry, **changes)


@applies(CloseInvestigation, "batch", "lot")
def _(tested: Tested, act: CloseInvestigation, entry: Entry) -> Any:
    def closed(i: Investigation) -> Investigation:
        this = i.test == act.test and not i.conclusion
        return replace(i, conclusion=act.conclusion, closed_by=entry.by) if this else i

    name = entry.about
    state = replace(
        tested, investigations=tuple(closed(i) for i in tested.investigations),
        changed_version=entry.version_of(name),
    )  # fmt: skip
    old = tested.result(act.test)
    if act.conclusion == "laboratory-error" and old is not None:
        due_at = _due(tested, act.test, entry.happened_at)
        again = Result(act.test, old.sample, entry.happened_at, attempt=old.attempt + 1, due_at=due_at)
        alarm = "" if tested.alarm == act.test else tested.alarm
        return replace(state, results=state.with_result(again), superseded=(*state.superseded, old), alarm=alarm)
    return state


def failed_requirements(tested: Tested) -> list[str]:
    """Requirements that verified results do not meet, the undecided among them."""
    return [name for name, outcome in tested.requirements().items() if outcome not in (PASS, "missing")]


def doubtful_results(tested: Tested) -> list[str]:
    """Tests whose entered result does not pass and that no second person has confirmed yet."""
    return [r.test for r in tested.results if r.status == "recorded" and r.outcome != PASS]


def late_requirements(tested: Tested) -> set[str]:
    """Requirements whose result may arrive after the conditional release (sterility, mycoplasma)."""
    return {c.group or c.test for c in tested.criteria if c.late}


def require_releasable(tested: Tested, asking: Asking, allow_missing: Set[str] = frozenset()) -> None:
    """What both a vector lot and a batch must satisfy before anybody releases it."""
    refuse_if(asking.by in tested.workers, "own-work", person=asking.by)
    unsampled = [i.test for i in tested.open_investigations()]
    refuse_if(unsampled, "investigation-open", tests=unsampled)
    deviations = [d.code for d in tested.open_deviations()]
    refuse_if(deviations, "deviation-open", deviations=deviations)
    affected = [d.code for d in tested.deviations if d.disposition == "batch-affected"]
    refuse_if(affected, "deviation-affects-product", deviations=affected)
    failed = failed_requirements(tested)
    refuse_if(failed, "result-failed", requirements=failed)
    missing = [r for r, o in tested.requirements().items() if o == "missing" and r not in allow_missing]
    refuse_if(missing, "result-missing", requirements=missing)
    # A late result may be missing; one that is there and does not pass is verified before anybody decides.
    entered = [r for r in tested.results if r.status == "recorded"]
    waiting = [r.test for r in entered if r.outcome != PASS or r.test not in allow_missing]
    refuse_if(waiting, "result-unverified", tests=waiting)
    refuse_if(tested.reviewed_version < tested.changed_version, "trail-unreviewed", of=tested.code)


__all__ = ["FAIL", "PASS", "Tested", "failed_requirements", "late_requirements", "require_releasable", "worked"]
