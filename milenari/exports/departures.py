"""Departures: what did not go as written, as far as the record ties it to a participant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from milenari.exports.case import At, Departure

WORDS = {"out-of-limit": "A reading outside its limit", "hold-time-exceeded": "A phase begun later than allowed"}
PRODUCT, WINDOW, ORDER = "MANUFACTURE OF THE PRODUCT", "VISIT OUTSIDE ITS WINDOW", "PROCEDURE BEFORE ENROLMENT"


def of_product(code: str, deviations: Iterable[Any], zone: str) -> Iterable[Departure]:
    """The deviations of a batch, opened by a person or by the platform; free words as they were written."""
    for one in deviations:
        words = WORDS.get(one.what, one.what)
        yield Departure(f"{code}/{one.code}", words, PRODUCT, At(one.opened_at, zone).on, one.severity, one.disposition)


def of_entries(entries: Iterable[Any], code: str) -> Iterable[Departure]:
    """Visits outside their windows, and cells collected before the enrolment, as entries found them."""
    for entry in entries:
        for found in entry.findings:
            facts = found.facts
            if found.code == "visit-outside-window":
                words = f"Visit {facts['visit']} outside its window, {facts['from']} to {facts['to']}"
                yield Departure(f"{code}/{facts['visit']}", words, WINDOW, _day(entry))
            elif found.code == "collected-before-enrolment":
                yield Departure(code, "Cells were collected before the enrolment", ORDER, _day(entry))


def _day(entry: Any) -> date:
    """The day of the visit where the act has one, otherwise the day on which it was recorded."""
    on = getattr(entry.action, "on", None)
    return on if isinstance(on, date) else At(entry.happened_at, entry.zone).on


def once(found: Iterable[Departure]) -> tuple[Departure, ...]:
    """Each departure once, as it was told last, in order of time: a page saved again finds the same again."""
    last = {(one.code, one.category): one for one in found}
    return tuple(sorted(last.values(), key=lambda one: (one.on, one.category, one.code)))
