"""Checkups: when this node's book was last wholly verified, by whom and with what result; one runs at a time.

A checkup runs in a process of its own, so that screens stay quick, and says how far it is. What it found is
kept locally: it is a note about the book, not a part of it. Draft EU GMP Annex 11 (2025), 12; 21 CFR 11.10(e).
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Sum

from milenari.journal import clock, verify
from milenari.journal.models import Checkup, Head
from milenari.rules.action import Refused

BEAT = timedelta(seconds=2)
SILENT = timedelta(minutes=10)  # a checkup that has said nothing this long was interrupted
FAULTS_KEPT = 50
KEPT = 500


@dataclass(frozen=True)
class Found:
    """One fault: what is wrong, and where when it is at one entry."""

    what: str
    site: str
    index: int | None
    act: str


@dataclass(frozen=True)
class Check:
    """One verification as screens show it; ``state`` is running, interrupted, sound or broken."""

    id: int
    by: str
    begun_at: datetime
    ended_at: datetime | None
    state: str
    entries: int
    expected: int
    register_rows: int
    faults: tuple[Found, ...]
    fault_count: int
    logs: dict[str, Any]

    @property
    def percent(self) -> int:
        return min(99, 100 * self.entries // self.expected) if self.expected else 0

    @property
    def first_bad(self) -> Found | None:
        entries = [fault for fault in self.faults if fault.index is not None]
        return entries[0] if entries else self.faults[0] if self.faults else None


def _state(row: Checkup, now: datetime) -> str:
    if row.ended_at is not None:
        return "sound" if row.sound else "broken"
    return "running" if now - row.beat_at < SILENT else "interrupted"


def _check(row: Checkup, now: datetime) -> Check:
    faults = tuple(Found(f["what"], f["site"], f["index"], f["act"]) for f in row.faults)
    return Check(row.pk, row.by, row.begun_at, row.ended_at, _state(row, now), row.entries, row.expected,
                 row.register_rows, faults, row.fault_count, row.logs)  # fmt: skip


def lately(limit: int = 10) -> list[Check]:
    """The newest checkups, newest first."""
    now = clock.now()
    return [_check(row, now) for row in Checkup.objects.order_by("-id")[:limit]]


def last_whole() -> Check | None:
    """The newest checkup that went through to its end."""
    row = Checkup.objects.exclude(ended_at=None).order_by("-id").first()
    return _check(row, clock.now()) if row else None


def begin(by: str) -> int:
    """Note that a checkup begins; Refused while another one runs. ``by`` is empty for the command line."""
    now = clock.now()
    with transaction.atomic():
        running = Checkup.objects.select_for_update().filter(ended_at=None, beat_at__gt=now - SILENT).first()
        if running is not None:
            raise Refused("checkup-running", begun_at=running.begun_at)
        expected = Head.objects.aggregate(all=Sum("size"))["all"] or 0
        made = Checkup.objects.create(by=by, begun_at=now, beat_at=now, expected=expected)
        for old in Checkup.objects.order_by("-id")[KEPT:]:
            old.delete()
    return int(made.pk)


def run(number: int) -> verify.Report:
    """Verify the whole book and keep what was found under this checkup."""
    last = clock.now()

    def beat(entries: int) -> None:
        nonlocal last
        if clock.now() - last >= BEAT:
            last = clock.now()
            _note(number, beat_at=last, entries=entries)

    report = verify.verify(progress=beat)
    now = clock.now()
    # First what names an entry: the list is cut, and the first bad entry is what everybody asks for.
    ordered = sorted(report.faults, key=lambda f: f.index is None)
    faults = [{"what": f.what[:500], "site": f.site, "index": f.index, "act": f.act} for f in ordered[:FAULTS_KEPT]]
    _note(number, beat_at=now, ended_at=now, entries=report.entries, register_rows=report.register_rows,
          sound=report.sound, faults=faults, fault_count=len(report.faults), logs=report.sites)  # fmt: skip
    return report


def _note(number: int, **told: Any) -> None:
    try:
        with transaction.atomic():
            Checkup.objects.filter(pk=number).update(**told)
    except DatabaseError:
        return  # the report is still given; only the note of it is missing


def launch(by: str) -> int:
    """Begin a checkup and run it in a process of its own; returns its number."""
    number = begin(by)
    words = [sys.executable, "-m", "milenari", "verify", "--checkup", str(number), "--json"]
    quiet = subprocess.DEVNULL
    subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    return number
