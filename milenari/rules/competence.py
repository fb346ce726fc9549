"""Competence: how a person stands against a curriculum on a day, item by item, and until when; no actions.

Pure: the step that refuses, the matrix on the screen and the question "who is not trained on version n" all come
here. More evidence never makes anybody less trained (checked in tests/rules/test_competence.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from milenari.rules.action import Finding
from milenari.rules.curriculum import Curriculum, Item, Version
from milenari.rules.fitness import Fitness, after_days, after_months, earliest, latest, reason
from milenari.rules.people import Evidence, Training

WARN_D = 30  # days ahead in which an end is called near


@dataclass(frozen=True)
class Appointment:
    """Named a trainer for items of one version of a procedure, perhaps with the right to name others."""

    number: str
    items: tuple[str, ...]  # empty: every item of the version
    may_appoint: bool
    from_on: date
    until_on: date
    by: str
    by_site: str
    root: bool  # named by quality assurance of the control site: here a chain begins
    withdrawn_on: date | None = None

    def covers(self, number: str, item: str, on: date) -> bool:
        """Whether it lets the holder sign an item of a version on a day."""
        ends = earliest((self.until_on, after_days(self.withdrawn_on, -1) if self.withdrawn_on else None))
        held = self.from_on <= on and (ends is None or on <= ends)
        return held and self.number == number and (not self.items or item in self.items)


@dataclass(frozen=True)
class Shown:
    """What somebody brings: statements, evidence, appointments as a trainer, and the last day of practice."""

    statements: tuple[Training, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    last_on: date | None = None


@dataclass(frozen=True)
class ItemStanding:
    """One item: how much of it is shown and counts that day, by which evidence, until when."""

    item: Item
    have: int
    until_on: date | None
    evidence: tuple[Evidence, ...] = ()
    newest_on: date | None = None
    appointed: bool = False  # who may sign it for others has it

    @property
    def fit(self) -> bool:
        """Whether the item is complete and in force."""
        return self.appointed or self.have >= self.item.count

    @property
    def told(self) -> str:
        """The item as a missing one is named: its code, and how many of how many if they are counted."""
        return f"{self.item.code} {self.have}/{self.item.count}" if self.item.count > 1 else self.item.code


@dataclass(frozen=True)
class Standing:
    """A person against one version of a procedure on a day."""

    procedure: str
    number: str
    fit: bool
    until_on: date | None
    items: tuple[ItemStanding, ...] = ()
    stated_until: date | None = None  # by a statement of training as a whole
    last_on: date | None = None
    active_until: date | None = None
    inactive: bool = False
    requalify: tuple[str, ...] = ()
    known: bool = True  # whether a curriculum says what has to be shown

    @property
    def missing(self) -> tuple[ItemStanding, ...]:
        """The items still to be shown."""
        return tuple(x for x in self.items if not x.fit)

    def soon(self, on: date) -> bool:
        """Whether it ends within the days in which that is said."""
        return self.fit and self.until_on is not None and self.until_on <= after_days(on, WARN_D)

    def fitness(self, person: str, on: date) -> Fitness:
        """The same as the refusal a step would meet."""
        procedure, number = self.procedure, self.number
        if not self.fit and (not self.known or not self.items):
            return Fitness((reason("untrained", person=person, procedure=procedure, number=number),))
        if not self.fit and self.missing:
            told = [x.told for x in self.missing]
            why = reason("training-incomplete", person=person, procedure=procedure, number=number, missing=told)
            return Fitness((why,))
        if not self.fit:
            why = reason("training-inactive", person=person, procedure=procedure, number=number,
                         active_until=self.active_until, missing=list(self.requalify))  # fmt: skip
            return Fitness((why,))
        facts = {"person": person, "procedure": procedure, "number": number, "until_on": self.until_on}
        ends = Finding("training-ends", facts)
        return Fitness((), self.until_on, (ends,) if self.soon(on) else ())


def standing(
    curriculum: Curriculum, number: str, shown: Shown, on: date, roles: Iterable[str] = (), procedure: str = ""
) -> Standing:
    """How somebody in these roles stands against a version of a procedure on a day."""
    procedure = procedure or curriculum.code
    stated = [
        t.until_on for t in shown.statements
        if t.procedure == procedure and t.version == number and t.on <= on <= t.until_on and not t.withdrawn
    ]  # fmt: skip
    stated_until = max(stated, default=None)
    version = curriculum.find(number)
    if version is None:
        return Standing(procedure, number, bool(stated), stated_until, stated_until=stated_until, known=False,
                        last_on=shown.last_on)  # fmt: skip
    asked = tuple(item for item in version.items if item.asked_of(tuple(roles)))
    items = tuple(_item(curriculum, procedure, number, item, shown, on) for item in asked)
    again, active_until = _active(version, items, shown, on)
    inactive = active_until is not None and active_until < on
    complete = bool(items) and all(x.fit for x in items) and not inactive
    until = earliest((*(x.until_on for x in items), active_until)) if complete else None
    if stated_until is not None:
        until = latest((until, stated_until)) if complete else stated_until
    return Standing(procedure, number, complete or bool(stated), until, items, stated_until, shown.last_on,
                    active_until, inactive, again)  # fmt: skip


def _item(
    curriculum: Curriculum, procedure: str, number: str, item: Item, shown: Shown, on: date
) -> ItemStanding:  # fmt: skip
    counting = curriculum.counting(number, item.code)
    valid = [
        e for e in shown.evidence
        if e.procedure == procedure and e.version in counting and e.item == item.code and e.passed
        and not e.withdrawn and e.on <= on and (e.until_on is None or on <= e.until_on)
    ]  # fmt: skip
    best: dict[str, Evidence] = {}
    for e in valid:
        key = e.reference if item.kind == "supervised-runs" else ""
        held = best.get(key)
        if held is None or (e.until_on or date.max, e.on) > (held.until_on or date.max, held.on):
            best[key] = e
    ends = sorted((e.until_on or date.max for e in best.values()), reverse=True)
    until = ends[item.count - 1] if len(ends) >= item.count else None
    appointed = [a for a in shown.appointments if a.covers(number, item.code, on)]
    if appointed:
        until = max([until or date.min, *(a.until_on for a in appointed)])
    newest = max([*(e.on for e in valid), *(a.from_on for a in appointed)], default=None)
    kept = tuple(sorted(best.values(), key=lambda e: (e.on, e.act)))
    return ItemStanding(item, len(best), None if until == date.max else until, kept, newest, bool(appointed))


def _active(
    version: Version, items: tuple[ItemStanding, ...], shown: Shown, on: date
) -> tuple[tuple[str, ...], date | None]:  # fmt: skip
    """Which items are shown again after a time without practice, and the last day before that; None if no such time.

    Practice is the last signed step under the procedure, or having shown all of these items, the oldest of them.
    """
    again = tuple(x for x in items if x.item.code in version.requalify)
    if version.inactive_months is None or not again:
        return (), None
    newest = [x.newest_on for x in again]
    basis = [shown.last_on if shown.last_on and shown.last_on <= on else None]
    basis.append(None if None in newest else min(day for day in newest if day is not None))
    held = [after_months(day, version.inactive_months) for day in basis if day is not None]
    return tuple(x.item.code for x in again), max(held, default=date.min)
