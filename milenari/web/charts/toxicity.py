"""Toxicity by day: the gravest grade of CRS and ICANS on each day after infusion, as cells with the number in them.

A table and no picture: it reads aloud, prints, and turns round on a right-to-left page; a day without a grade is
marked as such, since not graded is not nought.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

SCALES = ("CRS", "ICANS")
DAYS = 28


@dataclass(frozen=True)
class Cell:
    """One day of one scale; ``grade`` is None where nobody graded."""

    day: int
    grade: int | None


def cells(grades: Iterable[Any], scale: str, infused_at: datetime, zone: str, days: int = DAYS) -> list[Cell]:
    """The gravest grade of each local day from the day of infusion, nought, on."""
    begin = infused_at.astimezone(ZoneInfo(zone or "UTC")).date()
    worst: dict[int, int] = {}
    for one in grades:
        if one.scale != scale:
            continue
        day = (one.at.astimezone(ZoneInfo(zone or "UTC")).date() - begin).days
        worst[day] = max(one.grade, worst.get(day, 0))
    return [Cell(day, worst.get(day)) for day in range(days + 1)]


def strip(grades: Iterable[Any], infused_at: datetime | None, zone: str, days: int = DAYS) -> SafeString | str:
    """The table of both scales; nothing before the first infusion."""
    if infused_at is None:
        return ""
    held = list(grades)
    head = format_html_join("", '<th scope="col"><bdi dir="ltr">{}</bdi></th>', ((n,) for n in range(days + 1)))
    rows = []
    for scale in SCALES:
        drawn = format_html_join("", "{}", ((_cell(c),) for c in cells(held, scale, infused_at, zone, days)))
        rows.append(format_html('<tr><th scope="row"><bdi dir="ltr">{}</bdi></th>{}</tr>', scale, drawn))
    return format_html(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="days"><caption>{}</caption>'
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>',
        _("Toxicity by day"), _("Gravest grade of each day after the first infusion; a dot is a day without a grade."),
        _("Day"), head, format_html_join("", "{}", ((row,) for row in rows)),
    )  # fmt: skip


def _cell(cell: Cell) -> SafeString:
    if cell.grade is None:
        return format_html('<td class="none"><span aria-label="{}">·</span></td>', _("not graded"))
    return format_html('<td class="g{}"><bdi dir="ltr">{}</bdi></td>', min(cell.grade, 4), cell.grade)
