"""Countdown: how much time is left until a deadline, in words and units that read the same in every language.

Days, hours and minutes are written with their international symbols inside an isolated number; the sentence around it
is translated. The script of the page only rewrites the number, and shows the other sentence once the time is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from milenari.words import iso

DAY, HOUR, MINUTE = 86_400, 3_600, 60
SOON = timedelta(days=1)  # for what ends at an instant
SOON_DAYS = timedelta(days=7)  # for what ends with a day


def amount(seconds: float) -> str:
    """A span as people read it: whole days from ten on, then days and hours, hours and minutes, minutes."""
    left = abs(int(seconds))
    days, hours, minutes = left // DAY, left % DAY // HOUR, left % HOUR // MINUTE
    if days >= 10:
        return f"{days} d"
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


@dataclass(frozen=True)
class Countdown:
    """The time left until an instant, as of now. ``by_day`` widens what counts as soon to a week."""

    until: datetime
    now: datetime
    by_day: bool = False

    @property
    def seconds(self) -> float:
        return (self.until - self.now).total_seconds()

    @property
    def passed(self) -> bool:
        return self.seconds < 0

    @property
    def soon(self) -> bool:
        return not self.passed and self.until - self.now <= (SOON_DAYS if self.by_day else SOON)

    @property
    def look(self) -> str:
        return "bad" if self.passed else "warn" if self.soon else "soft"

    @property
    def urgency(self) -> str:
        return _("passed") if self.passed else _("soon") if self.soon else _("in time")

    @property
    def machine(self) -> str:
        return iso(self.until)

    @property
    def left(self) -> SafeString:
        return _told(_("%(amount)s left"), "0 min" if self.passed else amount(self.seconds))

    @property
    def ago(self) -> SafeString:
        return _told(_("%(amount)s ago"), amount(self.seconds) if self.passed else "0 min")


def _told(sentence: str, text: str) -> SafeString:
    told = format_html('<bdi dir="ltr" class="number" data-amount>{}</bdi>', text)
    return mark_safe(sentence % {"amount": told})  # noqa: S308
