"""Burden: blasts in the marrow and residual disease of each participant, before the infusion and at their lowest after.

From the casebook: the pages `disease` before the first infusion, the pages `response` after it. What comes after a
relapse or a transplant shows what those did and is not used. Residual disease that was not found counts at the
sensitivity that was reached, and is said to be a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import log10

from milenari.exports.case import Case, Page
from milenari.exports.outcomes import RELAPSE, infused_on

BEFORE, AFTER = "disease", "response"
BLASTS, LEVEL, LIMIT, FOUND = "blasts", "mrd_level", "mrd_limit", "mrd"


@dataclass(frozen=True)
class Level:
    """A share in percent on a day; ``bound`` where nothing was found down to it."""

    on: date
    value: Decimal
    bound: bool = False


@dataclass(frozen=True)
class Change:
    """From the last level before the infusion to the lowest after it, as the figure says it."""

    before: Level
    best: Level
    value: float


def blasts(case: Case) -> Change | None:
    """The best relative change of blasts in the marrow, in percent; None without a baseline above zero or a value."""
    before, best = _ends(case, _blasts)
    if before is None or best is None or before.value <= 0:
        return None
    return Change(before, best, float(100 * (best.value - before.value) / before.value))


def residual(case: Case) -> Change | None:
    """The best change of residual disease, in powers of ten; None without a measured baseline or a value."""
    before, best = _ends(case, _residual)
    if before is None or best is None or before.bound or before.value <= 0 or best.value <= 0:
        return None
    return Change(before, best, log10(best.value / before.value))


def _ends(case: Case, read: Callable[[Page], Level | None]) -> tuple[Level | None, Level | None]:
    begun = infused_on(case)
    if begun is None:
        return None, None
    stops = [r.at.on for r in case.relapses] + [t.on for t in case.transplants]
    stop = min(stops, default=date.max)
    before = [level for page in case.pages if page.form == BEFORE and (level := read(page)) and level.on <= begun]
    seen = [level for page in case.pages if page.form == AFTER and _kind(page) != RELAPSE and (level := read(page))]
    after = [level for level in seen if begun < level.on < stop]
    return max(before, key=lambda x: x.on, default=None), min(after, key=lambda x: (x.value, x.on), default=None)


def _kind(page: Page) -> str:
    return next((a.text.lower() for a in page.answers if a.item == "response"), "")


def _number(page: Page, item: str) -> Decimal | None:
    return next((a.number for a in page.answers if a.item == item and a.text), None)


def _on(page: Page) -> date | None:
    return date.fromisoformat(page.taken[:10]) if page.taken else None


def _blasts(page: Page) -> Level | None:
    value, on = _number(page, BLASTS), _on(page)
    return Level(on, value) if value is not None and on is not None else None


def _residual(page: Page) -> Level | None:
    said = next((a.text for a in page.answers if a.item == FOUND), "")
    on, level, limit = _on(page), _number(page, LEVEL), _number(page, LIMIT)
    if on is None:
        return None
    if said == "POSITIVE" and level is not None:
        return Level(on, level)
    return Level(on, limit, True) if said == "NEGATIVE" and limit is not None else None


def changes(cases: Iterable[Case], code: str) -> list[tuple[Case, Change]]:
    """Who has a bar of a figure, with it."""
    of = {"waterfall-blasts": blasts, "waterfall-mrd": residual}[code]
    return [(case, found) for case in cases if (found := of(case))]
