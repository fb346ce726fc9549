"""Fitness: whether a person, an instrument or a room may work on a day; why not; and until when. No actions.

A reason has the code and facts of the refusal that a step would meet, so that a page that asks beforehand and a
step that is refused say the same sentence (21 CFR 11.10(f); EU GMP Part IV, section 5).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from milenari.rules.action import Finding, Refused
from milenari.words import Facts


@dataclass(frozen=True)
class Reason:
    """Why something is not fit: the code and facts of a refusal."""

    code: str
    facts: Facts = field(default_factory=dict)


def reason(code: str, /, **facts: Any) -> Reason:
    """A reason as a refusal would give it."""
    return Reason(code, facts)


@dataclass(frozen=True)
class Fitness:
    """Fit or not on the day asked about. ``until_on`` is the last fit day, None when nothing ends it."""

    reasons: tuple[Reason, ...] = ()
    until_on: date | None = None
    warnings: tuple[Finding, ...] = ()  # what soon ends it

    @property
    def fit(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons

    def require(self) -> None:
        """Refuse with the first reason, if there is one."""
        for reason in self.reasons:
            raise Refused(reason.code, **reason.facts)


def earliest(days: Iterable[date | None]) -> date | None:
    """The first of several ends; None is no end."""
    ends = [day for day in days if day is not None]
    return min(ends, default=None)


def latest(days: Iterable[date | None]) -> date | None:
    """The last of several ends; None is no end and outlasts every day."""
    ends = list(days)
    return None if None in ends else max((day for day in ends if day is not None), default=None)


def after_days(day: date, days: int) -> date:
    """That many days later, but never beyond the last day there is."""
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max


def after_months(day: date, months: int) -> date:
    """The same day of a later month, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
