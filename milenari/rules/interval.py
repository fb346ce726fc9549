"""Interval: between which moments an entry was truly written, by the clocks of other sites; pure, no actions.

A site's clock is a claim. What is sure is who had seen what: an entry of a log comes after every head its node had
named by then (``sighting``), and before every entry or cosignature that names a head which includes it. Along such
links lie moments told by other sites' clocks. Each other site gives one not-before (the latest it can) and one
not-after (the earliest it can); the entry's own site is not asked.

**What has to be honest.** Of the other sites at most ``liars`` have a clock that is wrong by more than ``CLOCK_ERROR``.
Then the true time lies inside: the (liars + 1)th latest not-before is no later than some honest site's, and the same
from the other side. The entry's own clock may be anything. With fewer sites than that heard, the side stays open: an
interval widens when a site is cut off and never lies. If the two sides cross, more clocks lie than was assumed.

Named heads are roots, which nobody can guess, so a lying site can name fewer than it saw and never more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

LIARS = 1
CLOCK_ERROR = timedelta(minutes=2)  # assumed of a clock kept by NTP, as CLOCK_TOLERANCE in rules/action.py


class Links(Protocol):
    """What is known of who had seen what, and what each site's clock said."""

    def named_by(self, log: str, upto: int) -> Mapping[str, int]:
        """The largest head of each other log that entries 0 to ``upto`` (included) of this log name: log, entries."""

    def first_naming(self, log: str, index: int) -> Mapping[str, int]:
        """For each other log the first entry that names a head of this log which includes entry ``index``."""

    def cosigned(self, log: str, index: int) -> Mapping[str, datetime]:
        """For each site the earliest moment at which it signed for a head of this log that includes the entry."""

    def claimed(self, log: str, index: int) -> datetime | None:
        """What the clock of its own node said when the entry was written; None when the entry is not here."""


@dataclass(frozen=True)
class Interval:
    """Not before and not after; None where too few other sites have been heard."""

    not_before: datetime | None = None
    not_after: datetime | None = None
    before_by: tuple[str, ...] = ()  # the sites heard for each side
    after_by: tuple[str, ...] = ()

    @property
    def crossed(self) -> bool:
        """More clocks are wrong than was assumed."""
        return self.not_before is not None and self.not_after is not None and self.not_before > self.not_after

    def outside(self, written_at: datetime, happened_at: datetime | None = None) -> str:
        """Which claim lies outside: nothing, ``early``, ``late`` (of writing) or ``ahead`` (of what happened).

        What happened may lie long before the writing, as on paper entered later; it never lies after it.
        """
        if self.not_before is not None and written_at < self.not_before:
            return "early"
        if self.not_after is not None and written_at > self.not_after:
            return "late"
        if self.not_after is not None and happened_at is not None and happened_at > self.not_after:
            return "ahead"
        return ""


def interval(log: str, index: int, links: Links, liars: int = LIARS, error: timedelta = CLOCK_ERROR) -> Interval:
    """The interval in which entry ``index`` of a log was truly written, if at most so many other clocks are wrong."""
    before = _told_before(log, index, links)
    after = _told_after(log, index, links)
    lowest = _nth(sorted(before.values(), reverse=True), liars)
    highest = _nth(sorted(after.values()), liars)
    return Interval(
        None if lowest is None else lowest - error, None if highest is None else highest + error,
        tuple(sorted(before)), tuple(sorted(after)),
    )  # fmt: skip


def _nth(times: list[datetime], place: int) -> datetime | None:
    return times[place] if len(times) > place else None


def _told_before(log: str, index: int, links: Links) -> dict[str, datetime]:
    """Of each other site the clock at its newest entry that is surely older: seen directly, or by one who was seen."""
    reached = {log: index + 1}  # entries of each log that are surely not newer
    waiting = [log]
    while waiting:
        here = waiting.pop()
        for other, size in links.named_by(here, reached[here] - 1).items():
            if other != log and size > reached.get(other, 0):
                reached[other] = size
                waiting.append(other)
    told = {other: links.claimed(other, size - 1) for other, size in reached.items() if other != log}
    return {other: at for other, at in told.items() if at is not None}


def _told_after(log: str, index: int, links: Links) -> dict[str, datetime]:
    """Of each other site the earliest clock that is surely newer: of an entry or a cosignature that covers it."""
    covering = {log: index}  # from this entry on, each log is surely newer
    waiting = [log]
    while waiting:
        here = waiting.pop()
        for other, first in links.first_naming(here, covering[here]).items():
            if other != log and first < covering.get(other, first + 1):
                covering[other] = first
                waiting.append(other)
    told: dict[str, datetime] = {}
    for here, first in covering.items():
        if here != log and (at := links.claimed(here, first)) is not None:
            told[here] = min(at, told.get(here, at))
        for by, at in links.cosigned(here, first).items():
            if by != log:
                told[by] = min(at, told.get(by, at))
    return told


@dataclass
class Known:
    """Links held in memory: what a node has taken in, or a simulation made up. Heads named by one log only grow."""

    claims: Callable[[str, int], datetime | None]
    named: dict[str, dict[str, tuple[list[int], list[int]]]] = field(default_factory=dict)  # by, of: entries, sizes
    signed: dict[str, dict[str, tuple[list[int], list[datetime]]]] = field(default_factory=dict)  # of, by: sizes, times

    def add_named(self, by: str, index: int, of: str, size: int) -> None:
        """Entry ``index`` of one log names the head of another at ``size``; to be added in order."""
        entries, sizes = self.named.setdefault(by, {}).setdefault(of, ([], []))
        if not sizes or size > sizes[-1]:
            entries.append(index)
            sizes.append(size)

    def add_signed(self, of: str, by: str, size: int, at: datetime) -> None:
        """A site signed that it holds ``size`` entries of a log; to be added by growing size."""
        sizes, times = self.signed.setdefault(of, {}).setdefault(by, ([], []))
        sizes.append(size)
        times.append(at)

    def named_by(self, log: str, upto: int) -> dict[str, int]:
        """See ``Links``."""
        found = {}
        for of, (entries, sizes) in self.named.get(log, {}).items():
            if place := bisect_right(entries, upto):
                found[of] = sizes[place - 1]
        return found

    def first_naming(self, log: str, index: int) -> dict[str, int]:
        """See ``Links``."""
        found = {}
        for by, of in self.named.items():
            entries, sizes = of.get(log, ([], []))
            place = bisect_right(sizes, index)
            if place < len(sizes):
                found[by] = entries[place]
        return found

    def cosigned(self, log: str, index: int) -> dict[str, datetime]:
        """See ``Links``."""
        found = {}
        for by, (sizes, times) in self.signed.get(log, {}).items():
            if later := times[bisect_right(sizes, index) :]:
                found[by] = min(later)
        return found

    def claimed(self, log: str, index: int) -> datetime | None:
        """See ``Links``."""
        return self.claims(log, index)

    def breaks(self, log: str) -> list[int]:
        """The entries of a log at which its interval may change by what is directly known of it, in order."""
        own = {index for entries, _ in self.named.get(log, {}).values() for index in entries}
        seen = {size for of in self.named.values() for size in of.get(log, ([], []))[1]}
        signed = {size for sizes, _ in self.signed.get(log, {}).values() for size in sizes}
        return sorted(own | seen | signed)
