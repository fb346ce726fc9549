"""Upkeep: what is done again and again to instruments and rooms, by when, and what stops their use meanwhile.

Governing requirements: EU GMP Part IV section 5 and Part I Chapter 3 (3.34 to 3.44: qualified, calibrated at
defined intervals, cleaned, defective equipment removed or labelled as defective).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.fitness import Fitness, Reason, after_days, earliest, latest, reason
from milenari.words import Meaning, Role, split_subject

TASKS = ("qualification", "calibration", "cleaning", "maintenance", "monitoring")
RECORDED = ("cleaning", "maintenance", "monitoring")  # calibration and qualification have acts of their own
STAGES = ("IQ", "OQ", "PQ")
OUTCOMES = ("passed", "failed")
WARN_D = 30  # days ahead, where no plan says otherwise


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """One task done once: on a day, good until another if that was stated, on what evidence."""

    task: str
    on: date
    until_on: date | None = None
    by: str = ""
    evidence: str = ""
    passed: bool = True
    stage: str = ""

    def end(self, every_d: int | None) -> date | None:
        """Its last good day: what was stated, or the interval after it, whichever comes first."""
        # Who registered a thing stated an end without a day of doing: no interval counts from there.
        counted = every_d and self.on > date.min
        return earliest((self.until_on, after_days(self.on, every_d or 0) if counted else None))


@dataclass(frozen=True)
class Interval:
    """How often a task is due, and how many days ahead that is said."""

    task: str
    every_d: int
    warn_d: int


@dataclass(frozen=True)
class Clearance:
    """Nothing of another batch was left in a room or on an instrument when a batch came to it."""

    batch: str
    by: str
    at: datetime
    second_by: str = ""
    ended: bool = False


@dataclass(frozen=True)
class Kept(Sheet):
    """An instrument or a room: what was done to it, how often it is due, what stops its use."""

    kind: str = ""
    done: tuple[Done, ...] = ()
    intervals: tuple[Interval, ...] = ()
    blocked: str = ""
    blocked_by: str = ""
    retired: bool = False
    clearances: tuple[Clearance, ...] = ()

    def clearance_for(self, batch: str) -> Clearance | None:
        """The newest clearance for a batch that still holds."""
        return next((c for c in reversed(self.clearances) if c.batch == batch and not c.ended), None)


@sheet("upkeep")
class Plan(Sheet):
    """How often each task is due for one class of instruments or rooms at one site; its code is SITE-CLASS."""

    intervals: tuple[Interval, ...] = ()


def plan_code(site: str, kind: str) -> str:
    """The code of a site's plan for a class of instruments or rooms."""
    return f"{site}-{kind}"


# -- actions --------------------------------------------------------------------------------------------


@action("plan-upkeep", roles=(Role.QA,), meaning=Meaning.APPROVED)
class PlanUpkeep(Action):
    """Say how often a task is due for a class of instruments or rooms of this site; replaces what was said."""

    plan: str = f.ref("upkeep", label="Upkeep plan", touch=True, help="site and class, such as ROM-incubator")
    task: str = f.choice(TASKS, "Task")
    every_d: int = f.count("Every how many days", low=1, high=3660)
    warn_d: int | None = f.count("Days ahead to warn", low=0, high=365, required=False)


@action("schedule-upkeep", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ScheduleUpkeep(Action):
    """Say how often a task is due for one instrument or room; it goes before the plan of its class."""

    what: str = f.ref("equipment", "room", label="Instrument or room", touch=True)
    task: str = f.choice(TASKS, "Task")
    every_d: int = f.count("Every how many days", low=1, high=3660)
    warn_d: int | None = f.count("Days ahead to warn", low=0, high=365, required=False)


@action("record-upkeep", roles=(Role.OPERATOR, Role.QC_ANALYST, Role.VECTOR_MANAGER, Role.QA),
        meaning=Meaning.PERFORMED)  # fmt: skip
class RecordUpkeep(Action):
    """Record a cleaning, a maintenance or a monitoring of an instrument or room, and how it ended."""

    what: str = f.ref("equipment", "room", label="Instrument or room", touch=True)
    task: str = f.choice(RECORDED, "Task")
    on: date = f.on("Done on", past=True)
    outcome: str = f.choice(OUTCOMES, "Outcome")
    evidence: str = f.text("Evidence", required=False, longest=300, help="report, agent and lot, form number")
    until_on: date | None = f.on("Good until", required=False, help="if it ends before the next one is due")


@action("block-use", roles=(Role.OPERATOR, Role.QC_ANALYST, Role.VECTOR_MANAGER, Role.QA),
        meaning=Meaning.PERFORMED, needs_reason=True)  # fmt: skip
class BlockUse(Action):
    """Stop the use of an instrument or room at once, with the reason; clearances on it end."""

    what: str = f.ref("equipment", "room", label="Instrument or room", touch=True)


@action("lift-block", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class LiftBlock(Action):
    """Let a blocked instrument or room be used again."""

    what: str = f.ref("equipment", "room", label="Instrument or room", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(PlanUpkeep)
def _plan(act: PlanUpkeep, asking: Asking, book: Book) -> None:
    begins = plan_code(asking.site, "")
    refuse_if(not act.plan.startswith(begins) or act.plan == begins, "plan-code-wrong", found=act.plan,
              expected=f"{begins}incubator")  # fmt: skip


@checks(ScheduleUpkeep)
def _schedule(act: ScheduleUpkeep, asking: Asking, book: Book) -> None:
    in_use(book, act.what)


@checks(RecordUpkeep)
def _record(act: RecordUpkeep, asking: Asking, book: Book) -> Accepted:
    in_use(book, act.what)
    refuse_if(act.until_on is not None and act.until_on < act.on, "dates-reversed", field="until_on")
    if act.outcome == "passed":
        return Accepted()
    return Accepted(findings=(Finding("upkeep-failed", {"subject": act.what, "task": act.task}),))


@checks(BlockUse)
def _block(act: BlockUse, asking: Asking, book: Book) -> None:
    found = in_use(book, act.what)
    refuse_if(found.blocked, "use-blocked", subject=act.what, reason=found.blocked, person=found.blocked_by)


@checks(LiftBlock)
def _lift(act: LiftBlock, asking: Asking, book: Book) -> None:
    found = in_use(book, act.what)
    refuse_if(not found.blocked, "use-not-blocked", subject=act.what)
    refuse_if(found.blocked_by == asking.by, "own-work", person=asking.by)


def in_use(book: Book, name: str) -> Any:
    """The instrument or room, unless it was taken out of use for good."""
    found: Kept = known(book, name)
    kind, code = split_subject(name)
    refuse_if(found.retired and kind == "equipment", "equipment-retired", equipment=code)
    refuse_if(found.retired, "room-closed", room=code)
    return found


# -- how things stand -----------------------------------------------------------------------------------


def intervals_of(found: Kept, plan: Plan) -> dict[str, Interval]:
    """Each task that is due again and again: what was said of the thing itself goes before its class."""
    return {i.task: i for i in (*plan.intervals, *found.intervals)}


@dataclass(frozen=True)
class Due:
    """One task of one thing: whether it holds on the day asked about, its last good day, and if that is near."""

    task: str
    holds: bool
    last_on: date | None
    due_on: date | None
    soon: bool


def dues(found: Kept, plan: Plan, on: date) -> tuple[Due, ...]:
    """Every task that the thing needs: planned, or once stated to hold until a day."""
    planned, made = intervals_of(found, plan), []
    for task in TASKS:
        interval = planned.get(task)
        every_d = interval.every_d if interval else None
        passed = [d for d in found.done if d.task == task and d.passed and _counts(d, found)]
        ends = [d.end(every_d) for d in passed]
        ever = any(d.task == task for d in found.done)
        if interval is None and not (ever and (task == "qualification" or any(end is not None for end in ends))):
            continue
        # Each holds for its own days: one done today says nothing of the gap before it.
        holding = [end for d, end in zip(passed, ends, strict=True) if d.on <= on and (end is None or on <= end)]
        due_on = latest(holding) if holding else max((end for end in ends if end is not None), default=None)
        warn_d = interval.warn_d if interval else WARN_D
        soon = bool(holding) and due_on is not None and due_on <= after_days(on, warn_d)
        last_on = max((d.on for d in passed if date.min < d.on <= on), default=None)
        made.append(Due(task, bool(holding), last_on, due_on, soon))
    return tuple(made)


def _counts(done: Done, found: Kept) -> bool:
    """Of an instrument's qualification only its last stage, and only if no earlier stage was done again after it."""
    if done.task != "qualification" or not done.stage:
        return True
    again = any(d.stage in STAGES[:2] and d.on > done.on for d in found.done if d.task == "qualification")
    return done.stage == "PQ" and not again


def kept_state(book: Book, name: str, on: date) -> Fitness:
    """Whether an instrument or a room is fit for use on a day, and why not; the page and the step say the same."""
    found: Kept = known(book, name)
    kind, code = split_subject(name)
    reasons: list[Reason] = []
    warnings: list[Finding] = []
    ends: list[date | None] = []
    if found.retired:
        gone = reason("equipment-retired", equipment=code) if kind == "equipment" else reason("room-closed", room=code)
        reasons.append(gone)
    if found.blocked:
        reasons.append(reason("use-blocked", subject=name, reason=found.blocked, person=found.blocked_by))
    for due in dues(found, book.sheet(f"upkeep:{plan_code(found.owner, found.kind)}"), on):
        if not due.holds:
            reasons.append(_reason(name, due))
        elif due.soon:
            warnings.append(Finding("upkeep-soon", {"subject": name, "task": due.task, "due_on": due.due_on}))
        ends.append(due.due_on)
    return Fitness(tuple(reasons), None if reasons else earliest(ends), tuple(warnings))


def _reason(name: str, due: Due) -> Reason:
    kind, code = split_subject(name)
    if kind == "equipment" and due.task == "calibration":
        return reason("equipment-out-of-calibration", equipment=code, calibrated_until=due.due_on)
    if due.due_on is None:
        return reason("upkeep-never", subject=name, task=due.task)
    return reason("upkeep-due", subject=name, task=due.task, due_on=due.due_on)


# -- applies --------------------------------------------------------------------------------------------


def _set(intervals: tuple[Interval, ...], act: PlanUpkeep | ScheduleUpkeep) -> tuple[Interval, ...]:
    made = Interval(act.task, act.every_d, WARN_D if act.warn_d is None else act.warn_d)
    return (*(i for i in intervals if i.task != act.task), made)


@applies(PlanUpkeep, "upkeep")
def _(plan: Plan, act: PlanUpkeep, entry: Entry) -> Plan:
    return replace(plan, intervals=_set(plan.intervals, act))


@applies(ScheduleUpkeep, "equipment", "room")
def _(found: Kept, act: ScheduleUpkeep, entry: Entry) -> Kept:
    return replace(found, intervals=_set(found.intervals, act))


def _ended(clearances: tuple[Clearance, ...]) -> tuple[Clearance, ...]:
    return tuple(replace(c, ended=True) for c in clearances)


@applies(RecordUpkeep, "equipment", "room")
def _(found: Kept, act: RecordUpkeep, entry: Entry) -> Kept:
    passed = act.outcome == "passed"
    made = Done(act.task, act.on, act.until_on, entry.by, act.evidence, passed)
    found = replace(found, done=(*found.done, made))
    if act.task == "maintenance" or not passed:
        found = replace(found, clearances=_ended(found.clearances))  # somebody had their hands in it
    return found if passed or found.blocked else replace(found, blocked=act.task, blocked_by=entry.by)


@applies(BlockUse, "equipment", "room")
def _(found: Kept, act: BlockUse, entry: Entry) -> Kept:
    return replace(found, blocked=entry.reason, blocked_by=entry.by, clearances=_ended(found.clearances))


@applies(LiftBlock, "equipment", "room")
def _(found: Kept, act: LiftBlock, entry: Entry) -> Kept:
    return replace(found, blocked="", blocked_by="")
