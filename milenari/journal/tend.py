"""Tend: what a node does by itself, on time: exchange, verification, publication, backup; and whether it went well.

One registry (``chore``), one worker (``milenari tend``). Each chore runs alone, one after the other; one that fails
is noted with its sentence, shown on the status page and by ``milenari status``, tried again after a while that doubles
with each failure, and does not keep the others from running.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from milenari.journal import clock
from milenari.journal.models import Chore as Row
from milenari.rules.action import Refused

RETRY = timedelta(minutes=5)
LATE = 3  # times its interval without success: overdue
log = logging.getLogger("milenari.tend")


@dataclass(frozen=True)
class Chore:
    """Something to be done again and again: every so often, or once a day after an hour (UTC)."""

    name: str
    run: Callable[[], str]
    every: timedelta
    after_hour: int | None = None

    def due(self, row: Row | None, now: datetime) -> bool:
        if row is None:
            return True
        if row.failures:
            return now - row.begun_at >= min(RETRY * 2 ** min(row.failures - 1, 10), self.every)
        if self.after_hour is None:
            return now - row.begun_at >= self.every
        last = now.replace(hour=self.after_hour, minute=0, second=0, microsecond=0)
        return row.begun_at < (last if last <= now else last - timedelta(days=1))


@dataclass(frozen=True)
class State:
    """How one chore stands: ``state`` is good, failed, overdue or never."""

    name: str
    state: str
    begun_at: datetime | None
    good_at: datetime | None
    failures: int
    said: str


Source = Callable[[], Iterator[Chore]]
SOURCES: list[Source] = []


def chores(source: Source) -> Source:
    """Register a function that gives the chores of this node, by its settings as they are now."""
    SOURCES.append(source)
    return source


def all_chores() -> list[Chore]:
    """Every chore of this node, in the order in which they were registered."""
    import_module("milenari.journal.chores")  # registers ours
    return [one for source in SOURCES for one in source()]


def due(now: datetime) -> list[Chore]:
    """The chores whose time has come."""
    rows = {row.name: row for row in Row.objects.all()}
    return [one for one in all_chores() if one.due(rows.get(one.name), now)]


def run(one: Chore) -> State:
    """Do a chore and note how it went; its failure is noted, not raised."""
    Row.objects.update_or_create(name=one.name, defaults={"begun_at": clock.now()})
    try:
        said, good = one.run(), True
    except Refused as refused:
        said, good = f"{refused.code}: {_plain(refused)}", False
    except Exception as fault:  # whatever it is: it is noted and shown, and the other chores go on
        log.exception("chore %s failed", one.name)
        said, good = f"{type(fault).__name__}: {fault}", False
    database = connections[DEFAULT_DB_ALIAS]
    if not database.in_atomic_block:  # a link that a chore broke; inside a transaction it is the caller's
        database.close_if_unusable_or_obsolete()
    row = Row.objects.get(name=one.name)
    row.said, row.ended_at = said[:500], clock.now()
    row.failures, row.good_at = (0, row.ended_at) if good else (row.failures + 1, row.good_at)
    row.save()
    return _state(one, row)


def _plain(refused: Refused) -> str:
    return ", ".join(f"{name} {value}" for name, value in refused.facts.items())


def states() -> list[State]:
    """How every chore of this node stands."""
    rows = {row.name: row for row in Row.objects.all()}
    return [_state(one, rows.get(one.name)) for one in all_chores()]


def _state(one: Chore, row: Row | None) -> State:
    if row is None:
        return State(one.name, "never", None, None, 0, "")
    since = row.good_at or row.begun_at
    state = "failed" if row.failures else "overdue" if clock.now() - since > one.every * LATE else "good"
    return State(one.name, state, row.begun_at, row.good_at, row.failures, row.said)


def wanted() -> bool:
    """Whether this node is meant to be tended: a chore ran here once, or settings ask for more than verification."""
    return Row.objects.exists() or bool(settings.PEERS or settings.BACKUP or settings.PUBLISH)
