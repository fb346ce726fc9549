"""Strip: the stations of one therapy at a glance, with the time between each and the one before it.

An interval always names both its events: the station before and the station itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from milenari.web.access import Acting
from milenari.web.running import span
from milenari.web.wording import vocabulary

# The intervals that a hospital asks about first, by their two events.
ASKED = (("referred", "collected"), ("collected", "infused"), ("infused", "response"))
ENDS = ("relapsed", "withdrawn", "died")


@dataclass(frozen=True)
class Stop:
    """One station; ``at`` is None when it is not reached, ``after`` is the time since the stop before it."""

    code: str
    word: Any
    at: datetime | None
    site: str
    zone: str
    act: str = ""
    after: str = ""
    since: Any = ""

    @property
    def on(self) -> date | None:
        """The local day at the site where it happened."""
        return self.at.astimezone(ZoneInfo(self.zone or "UTC")).date() if self.at else None


@dataclass(frozen=True)
class Interval:
    """A time between two named events."""

    first: Any
    last: Any
    lasting: str


def stops(reached: Mapping[str, tuple[datetime, str, str]], who: Acting) -> list[Stop]:
    """The stations in their order; ``reached`` gives instant, site and act of each that is reached."""
    found: list[Stop] = []
    before: Stop | None = None
    for code, word in vocabulary.STATIONS.items():
        at, site, act = reached.get(code, (None, "", ""))
        if at is None and (code in ENDS or code not in vocabulary.EXPECTED_STATIONS):
            continue
        stop = Stop(code, word, at, site, who.zone_of(site), act)
        if at is not None:
            if before is not None and before.at is not None and at >= before.at:
                stop = Stop(code, word, at, site, who.zone_of(site), act, span(at - before.at), before.word)
            before = stop
        found.append(stop)
    return found


def intervals(strip: Iterable[Stop]) -> list[Interval]:
    """The intervals that are asked about first, as far as both their events have happened."""
    reached = {stop.code: stop for stop in strip if stop.at is not None}
    made = []
    for first, last in ASKED:
        one, other = reached.get(first), reached.get(last)
        if one and other and one.at and other.at and other.at >= one.at:
            made.append(Interval(one.word, other.word, span(other.at - one.at)))
    return made
