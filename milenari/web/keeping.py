"""Keeping: instruments and rooms as a page shows them: how each stands, what is due, week by week.

What is said here is what a step would be told: the same rule answers, on the same folded sheets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from milenari.journal import ask
from milenari.rules.fitness import Fitness
from milenari.rules.upkeep import Due, Kept, dues, kept_state, plan_code
from milenari.web import wording
from milenari.web.wording import keeping as words
from milenari.words import split_subject

WEEKS = 8


@dataclass(frozen=True)
class Thing:
    """One instrument or room on a day."""

    name: str
    kind: str
    code: str
    sheet: Any
    state: Fitness
    dues: tuple[Due, ...]
    status: str  # in-use | due | blocked | retired
    reasons: tuple[Any, ...]

    @property
    def status_word(self) -> Any:
        return words.STATES["soon" if self.look == "warn" else self.status]

    @property
    def look(self) -> str:
        """The colour of the state; the word stands beside it."""
        warned = self.status == "in-use" and self.state.warnings
        return "warn" if warned else {"in-use": "good", "due": "bad", "blocked": "bad", "retired": "open"}[self.status]


@dataclass(frozen=True)
class Week:
    """What runs out in one week, or has run out before it."""

    begins: date | None  # None: it is overdue already
    ends: date | None
    lines: tuple[tuple[Thing, Due], ...]


def standing(names: Iterable[str], on: date, zone: str) -> list[Thing]:
    """How these instruments and rooms stand, from few questions however many they are."""
    book, wanted = ask.Supposed(), list(names)
    book.expect(wanted)
    found = [(name, book.sheet(name)) for name in wanted]
    book.expect([f"upkeep:{plan_code(x.owner, x.kind)}" for _, x in found] + wanted)
    return [_thing(book, name, x, on, zone) for name, x in found]


def _thing(book: ask.Supposed, name: str, found: Kept, on: date, zone: str) -> Thing:
    kind, code = split_subject(name)
    state = kept_state(book, name, on)
    due = dues(found, book.sheet(f"upkeep:{plan_code(found.owner, found.kind)}"), on)
    status = "retired" if found.retired else "blocked" if found.blocked else "in-use" if state.fit else "due"
    reasons = tuple(wording.sentence(wording.REFUSALS, r.code, r.facts, zone, "", "") for r in state.reasons)
    return Thing(name, kind, code, found, state, due, status, reasons)


def calendar(things: Iterable[Thing], on: date) -> list[Week]:
    """What is overdue, then what runs out week by week, Monday to Sunday; weeks without anything are left out."""
    monday = on - timedelta(days=on.weekday())
    lines = [(t, d) for t in things if not t.sheet.retired for d in t.dues]
    overdue = tuple((t, d) for t, d in lines if not d.holds)
    weeks = [Week(None, None, overdue)] if overdue else []
    for number in range(WEEKS):
        begins = monday + timedelta(weeks=number)
        ends = begins + timedelta(days=6)
        here = [(t, d) for t, d in lines if d.holds and d.due_on is not None and begins <= d.due_on <= ends]
        if here:
            weeks.append(Week(begins, ends, tuple(sorted(here, key=lambda x: (x[1].due_on, x[0].name)))))
    return weeks
