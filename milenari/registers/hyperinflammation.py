"""Hyperinflammation: alerts at the sites one sees, each with its answer if it has one, and what waits for an answer.

Which casebooks have ferritin is a question to the registers; whether it is an alert follows from the sheets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milenari.registers import models as table
from milenari.registers.waiting import Waiting
from milenari.rules.action import Sheets
from milenari.rules.hyperinflammation import FORM, Alert, alerts_in
from milenari.rules.hyperinflammation_answer import Answer

ANSWER = "answer-iec-hs-alert"


@dataclass(frozen=True)
class Raised:
    """An alert with its participant, the last CRS grade until then, and what was made of it."""

    participant: str
    site: str
    alert: Alert
    crs: int | None
    answer: Answer | None


def raised(book: Sheets, sites: Iterable[str] | None) -> list[Raised]:
    """Every alert of these sites (None: all): those without an answer first, then the newest."""
    pages = table.CasebookPage.objects.filter(form=FORM)
    if sites is not None:
        pages = pages.filter(site__in=list(sites))
    found = []
    for participant, site in sorted(set(pages.values_list("participant", "site"))):
        held = book.sheet(f"hyperinflammation:{participant}")
        journey = book.sheet(f"journey:{book.sheet(f'participant:{participant}').journey}")
        for alert in alerts_in(book, participant):
            grades = [g.grade for g in journey.grades if g.scale == "CRS" and g.at <= alert.at]
            answer = held.answer(alert.begun)
            found.append(Raised(participant, site, alert, grades[-1] if grades else None, answer))
    return sorted(found, key=lambda r: (r.answer is not None, -r.alert.at.timestamp(), r.participant))


def waiting(book: Sheets, site: str) -> list[Waiting]:
    """The alerts of a site that nobody has answered, as Home lists what waits."""
    return [
        Waiting(ANSWER, f"casebook:{one.participant}", {"alert": one.participant, "begun": one.alert.begun},
                one.alert.at, site=site)
        for one in raised(book, [site]) if one.answer is None
    ]  # fmt: skip
