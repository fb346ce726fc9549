"""Stability: measured month by month under stated storage, and the shelf life that quality assurance sets from it.

A rule computes no regression: the shelf life comes from ``science`` with its method named, on exactly the verified
figures of the study, and within the extrapolation that the plan allows. Once a process has a shelf life, no lot of it
is given an expiry beyond; the frozen fractions of a product are good no longer either (rules/filling.py). Governing
requirements: ICH Q1E (poolability at 0.25, worst batch, one-sided 95 % limit; extrapolation at most twice the data
and twelve months more, clause recalled and not re-read), ICH Q5C.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import UNITS, Facts, Meaning, Quantity, Role, plain

DIRECTIONS = ("lower", "upper")
MOST_POINTS = 400
LONGEST_MONTHS = 240


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """One measurement of one lot at one time; it counts once a second person has verified it."""

    sample: str
    lot: str
    months: Decimal
    value: Quantity
    method: str
    by: str
    at: datetime
    verified_by: str = ""


@dataclass(frozen=True)
class Shelf:
    """A shelf life as computed: whole months, the method with its choices, and the figures it rests on."""

    months: int
    method: str
    detail: Facts
    figures: str
    by: str
    at: datetime


@sheet("stability")
class StabilityStudy(Sheet):
    """One attribute of one process, followed in named lots under one storage condition."""

    process: str = ""
    attribute: str = ""
    unit: str = ""
    direction: str = ""
    limit: Decimal = Decimal(0)
    storage: str = ""
    lots: tuple[str, ...] = ()
    extrapolate_months: int = 0
    simulated: bool = False  # drawn figures, to rehearse with; whoever approves is told
    points: tuple[Point, ...] = ()
    computed: tuple[Shelf, ...] = ()
    approved_months: int = 0

    @property
    def status(self) -> str:
        """Where the study stands, as lists and searches show it."""
        return "approved" if self.approved_months else "reported" if self.computed else "running"

    def counted(self) -> tuple[Point, ...]:
        """The verified points by lot and month, the order in which a shelf life is computed from them."""
        done = (p for p in self.points if p.verified_by)
        return tuple(sorted(done, key=lambda p: (p.lot, p.months, p.sample)))

    def figures(self) -> str:
        """SHA-256 over the verified points, by which a shelf life says what it was computed from."""
        lines = [f"{p.lot}|{plain(p.months)}|{p.sample}|{p.value}" for p in self.counted()]
        return sha256("\n".join(lines).encode()).hexdigest()


@sheet("shelflife")
class ShelfLife(Sheet):
    """The shelf life in force of a process; the shortest over its studies decides."""

    by_study: tuple[tuple[str, int], ...] = ()  # study, months

    @property
    def months(self) -> int:
        """Nought while none is set."""
        return min((months for _, months in self.by_study), default=0)


# -- actions --------------------------------------------------------------------------------------------


@action("plan-stability", roles=(Role.QA,), meaning=Meaning.APPROVED)
class PlanStability(Action):
    """Plan a stability study: attribute, limit, storage, lots, and how far beyond the data may be said."""

    study: str = f.new("stability", "Stability study")
    process: str = f.ref("process", label="Process")
    attribute: str = f.code("Attribute")
    direction: str = f.choice(DIRECTIONS, "Side of the limit")
    limit: Quantity = f.quantity(tuple(UNITS), "Limit")
    storage: str = f.text("Storage condition", longest=120)
    lots: tuple[str, ...] = f.codes("Lots")
    extrapolate_months: int = f.count("Months beyond the data", low=0, high=12)
    simulated: bool = f.flag("Simulated", help="figures are drawn, not measured")


@action("record-stability", roles=(Role.QC_ANALYST,), meaning=Meaning.PERFORMED)
class RecordStability(Action):
    """Enter one measurement of one lot after so many months."""

    study: str = f.ref("stability", label="Stability study", touch=True)
    sample: str = f.code("Sample")
    lot: str = f.code("Lot")
    months: Quantity = f.quantity("mo", "Months in storage", low="0", high=str(LONGEST_MONTHS))
    value: Quantity = f.quantity(tuple(UNITS), "Result (number)")
    method: str = f.text("Method and version", longest=120)


@action("verify-stability", roles=(Role.QC_ANALYST, Role.QA), meaning=Meaning.VERIFIED)
class VerifyStability(Action):
    """Confirm another person's measurement against raw data."""

    study: str = f.ref("stability", label="Stability study", touch=True)
    sample: str = f.code("Sample")


@action("compute-shelf-life", roles=(Role.QA,), meaning=Meaning.PERFORMED)
class ComputeShelfLife(Action):
    """Record the shelf life computed from the verified measurements, with method and model."""

    study: str = f.ref("stability", label="Stability study", touch=True)
    months: int = f.count("Months", low=1, high=LONGEST_MONTHS)
    method: str = f.text("Method and version", longest=120)
    detail: Facts = f.document("Model and its choices")
    figures: str = f.text("Digest of the figures", longest=64)


@action("approve-shelf-life", roles=(Role.QA, Role.QP), meaning=Meaning.APPROVED, needs_reason=True)
class ApproveShelfLife(Action):
    """Put the computed shelf life in force; no lot is given an expiry beyond it, and no fraction is given after it."""

    study: str = f.ref("stability", label="Stability study", touch=True)
    shelflife: str = f.ref("shelflife", label="Process", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(PlanStability)
def _plan(act: PlanStability, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="stability", code=act.study)
    known(book, f"process:{act.process}")
    twice = sorted({lot for lot in act.lots if act.lots.count(lot) > 1})
    refuse_if(twice, "lot-named-twice", lots=twice)


@checks(RecordStability)
def _record(act: RecordStability, asking: Asking, book: Book) -> None:
    study: StabilityStudy = known(book, act.about)
    refuse_if(act.lot not in study.lots, "lot-not-in-study", lot=act.lot, lots=list(study.lots))
    refuse_if(act.value.unit != study.unit, "reading-wrong-unit", field="value", unit=act.value.unit,
              units=[study.unit])  # fmt: skip
    refuse_if(any(p.sample == act.sample for p in study.points), "subject-exists", kind="sample", code=act.sample)
    refuse_if(len(study.points) >= MOST_POINTS, "too-many-points", most=MOST_POINTS)


@checks(VerifyStability)
def _verify(act: VerifyStability, asking: Asking, book: Book) -> None:
    study: StabilityStudy = known(book, act.about)
    found = next((p for p in study.points if p.sample == act.sample), None)
    if found is None or found.verified_by:
        raise Refused("nothing-to-verify", test=act.sample, of=act.about)
    refuse_if(found.by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, found.at, "result")


@checks(ComputeShelfLife)
def _compute(act: ComputeShelfLife, asking: Asking, book: Book) -> None:
    study: StabilityStudy = known(book, act.about)
    open_now = [p.sample for p in study.points if not p.verified_by]
    refuse_if(open_now, "points-unverified", study=act.study, samples=open_now)
    refuse_if(not study.counted(), "no-points", study=act.study)
    refuse_if(act.figures != study.figures(), "shelf-life-of-other-data", study=act.study)
    longest = max(p.months for p in study.counted())
    most = min(2 * longest, longest + study.extrapolate_months)
    refuse_if(act.months > most, "shelf-life-beyond-data", months=act.months, longest=plain(longest), most=plain(most))


@checks(ApproveShelfLife)
def _approve(act: ApproveShelfLife, asking: Asking, book: Book) -> Accepted:
    study: StabilityStudy = known(book, act.about)
    refuse_if(act.shelflife != study.process, "shelf-life-of-another", process=act.shelflife, expected=study.process)
    refuse_if(not study.computed, "no-shelf-life", study=act.study)
    last = study.computed[-1]
    refuse_if(last.by == asking.by, "own-work", person=asking.by)
    refuse_if(last.figures != study.figures(), "shelf-life-of-other-data", study=act.study)
    after(asking.happened_at, last.at, "report")
    told = (Finding("shelf-life-simulated", {"study": act.study}),) if study.simulated else ()
    return Accepted(findings=told, given={"months": last.months})


def months_after(start: date, months: int) -> date:
    """The day so many calendar months later; the last of the month where there is no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def require_within_shelf_life(book: Book, process: str, made_on: date | None, expires_on: date) -> None:
    """Refuse an expiry beyond the shelf life in force for the process; a process without one has no such bound."""
    found: ShelfLife = book.sheet(f"shelflife:{process}")
    if not found.months or made_on is None:
        return
    last = months_after(made_on, found.months)
    refuse_if(expires_on > last, "expiry-beyond-shelf-life", expires_on=expires_on, last=last, months=found.months)


def end_of_shelf_life(book: Sheets, process: str, made_at: datetime, zone: str) -> datetime | None:
    """The instant up to which something made then is good by the shelf life in force; None where there is none.

    The same local time so many calendar months later.
    """
    found: ShelfLife = book.sheet(f"shelflife:{process}")
    if not found.months:
        return None
    made = made_at.astimezone(ZoneInfo(zone))
    return datetime.combine(months_after(made.date(), found.months), made.timetz()).astimezone(UTC)


# -- applies --------------------------------------------------------------------------------------------


@applies(PlanStability, "stability")
def _(study: StabilityStudy, act: PlanStability, entry: Entry) -> StabilityStudy:
    return replace(
        study, process=act.process, attribute=act.attribute, unit=act.limit.unit, direction=act.direction,
        limit=act.limit.value, storage=act.storage, lots=act.lots, extrapolate_months=act.extrapolate_months,
        simulated=act.simulated,
    )  # fmt: skip


@applies(RecordStability, "stability")
def _(study: StabilityStudy, act: RecordStability, entry: Entry) -> StabilityStudy:
    made = Point(act.sample, act.lot, act.months.value, act.value, act.method, entry.by, entry.happened_at)
    return replace(study, points=(*study.points, made))


@applies(VerifyStability, "stability")
def _(study: StabilityStudy, act: VerifyStability, entry: Entry) -> StabilityStudy:
    points = tuple(replace(p, verified_by=entry.by) if p.sample == act.sample else p for p in study.points)
    return replace(study, points=points)


@applies(ComputeShelfLife, "stability")
def _(study: StabilityStudy, act: ComputeShelfLife, entry: Entry) -> StabilityStudy:
    made = Shelf(act.months, act.method, act.detail, act.figures, entry.by, entry.happened_at)
    return replace(study, computed=(*study.computed, made))


@applies(ApproveShelfLife, "stability")
def _(study: StabilityStudy, act: ApproveShelfLife, entry: Entry) -> StabilityStudy:
    return replace(study, approved_months=entry.given["months"])


@applies(ApproveShelfLife, "shelflife")
def _(found: ShelfLife, act: ApproveShelfLife, entry: Entry) -> ShelfLife:
    kept = tuple(pair for pair in found.by_study if pair[0] != act.study)
    return replace(found, by_study=(*kept, (act.study, entry.given["months"])))
