"""Coming of age: when a child whose birthday is not known here crosses an age; no actions.

Only an age in whole months leaves a hospital. So a birthday is known to lie within one month, and every question has
two answers: the first day on which an age may have been reached, and the first on which it surely has been. Tasks are
raised by the first, refusals follow the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol as Shape

from milenari.rules.protocol_document import Band


class Aged(Shape):
    """Whose age in whole months was told on a day."""

    @property
    def age_months(self) -> int: ...

    @property
    def screened_on(self) -> date | None: ...


def add_months(on: date, months: int) -> date:
    """The same day of the month so many months later; the last of the month where there is no such day."""
    years, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    for last in (31, 30, 29, 28):
        try:
            return date(years, month + 1, min(on.day, last))
        except ValueError:
            continue
    raise ValueError(f"{on} and {months} months")  # not reached: every month has 28 days


def turns(who: Aged, years: int) -> tuple[date, date]:
    """The first day on which somebody may have turned so many years, and the first on which they surely have."""
    told = who.screened_on
    if told is None:
        raise ValueError("nobody's age was told")
    left = years * 12 - who.age_months
    return add_months(told, left - 1) + timedelta(days=1), add_months(told, left)


def surely_adult(who: Aged, majority: int, on: date) -> bool:
    """Whether somebody has come of age that day whatever their birthday."""
    return turns(who, majority)[1] <= on


def surely_minor(who: Aged, majority: int, on: date) -> bool:
    """Whether somebody has not come of age that day whatever their birthday."""
    return on < turns(who, majority)[0]


def band_on(who: Aged, bands: Sequence[Band], on: date) -> Band | None:
    """The band somebody is surely old enough for and has not surely outgrown; None below and above all."""
    fits = [b for b in bands if turns(who, b.from_years)[1] <= on < turns(who, b.to_years + 1)[1]]
    return fits[-1] if fits else None
