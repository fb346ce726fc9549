"""Drifting: series of results in the order of their batches, a baseline proposed from them, and new signals.

A series is one test of one process at one site. Figures that were drawn and not measured are in no series, nor is a
result that only bounds its value, nor one replaced by a repeated test. A signal's code is made of the identity that
``science`` gives it, which later results never change, so the node that looks every night opens each once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from milenari.registers import models as table
from milenari.rules.action import Book
from milenari.rules.drift import Baseline, series
from milenari.science import baseline as base
from milenari.science import drift, nelson
from milenari.science.computed import decimal_text
from milenari.words import Facts, split_subject

CONVENTION = {"nelson-1984": nelson.Convention.NELSON, "jmp": nelson.Convention.JMP,
              "minitab": nelson.Convention.MINITAB}  # fmt: skip
MOST = 2000  # results of one series that are looked at: the newest
PREFIX = "SIG-"


@dataclass(frozen=True)
class Value:
    """One batch's verified result in the unit of its criterion."""

    batch: str
    amount: Decimal
    row: table.Result


@dataclass(frozen=True)
class NewSignal:
    """A signal that has no task yet, as ``raise-signal`` takes it."""

    site: str
    signal: str
    baseline: str
    pattern: str
    batches: tuple[str, ...]

    def as_action(self) -> Facts:
        return {"signal": self.signal, "baseline": self.baseline, "pattern": self.pattern,
                "batches": list(self.batches)}  # fmt: skip


def values_of(site: str, process: str, test: str, simulated: bool = False) -> list[Value]:
    """The series of one test at one site, oldest batch first; ``simulated`` asks for drawn figures instead."""
    found = table.Result.objects.filter(
        site=site, process=process, test=test, status="verified", superseded=False, comparator="", amount__isnull=False,
        of__startswith="batch:",
    ).order_by("-at", "-key")[:MOST]  # fmt: skip
    rows = list(found)[::-1]
    drawn = set(
        table.Batch.objects.filter(subject__in=[r.of for r in rows], simulated=True).values_list("subject", flat=True)
    )
    return [Value(split_subject(r.of)[1], r.amount, r) for r in rows if (r.of in drawn) == simulated]


def proposed(values: Sequence[Value]) -> tuple[base.Baseline, Facts]:
    """Centre and sigma from these batches, and what ``freeze-baseline`` takes of them; Unfit says why not."""
    found = base.of_values([v.amount for v in values])
    row = values[-1].row
    unit = row.unit
    return found, {
        "baseline": series(row.site, row.process, row.test), "process": row.process, "test": row.test,
        "centre": {"value": decimal_text(found.centre), "unit": unit},
        "sigma": {"value": decimal_text(found.sigma), "unit": unit},
        "batches": [v.batch for v in values], "method": f"{found.method} {found.version}",
    }  # fmt: skip


def frozen(found: Baseline) -> base.Baseline:
    """A recorded baseline as ``science`` takes it."""
    return base.stated(float(found.centre.value if found.centre else 0), float(found.sigma))


def judged(found: Baseline, values: Sequence[Value]) -> tuple[list[Value], drift.Drift]:
    """The batches after those of the baseline, and every signal among them."""
    mine = set(found.batches)
    last = max((at for at, v in enumerate(values) if v.batch in mine), default=-1)
    later = list(values[last + 1 :])
    results = [drift.Result(v.batch, v.amount) for v in later]
    watch = drift.Watch(CONVENTION[found.convention])
    return later, drift.signals(found.code, results, frozen(found), watch)


def new_signals(book: Book, sites: Collection[str]) -> list[NewSignal]:
    """What the series of these sites show against their baselines and nobody has a task for yet."""
    made: list[NewSignal] = []
    for row in table.Baseline.objects.filter(site__in=list(sites)).order_by("code"):
        found: Baseline = book.sheet(f"baseline:{row.code}")
        later, told = judged(found, values_of(row.site, row.process, row.test))
        opened = table.Signal.objects.filter(baseline=row.code).values_list("code", flat=True)
        known = [code.removeprefix(PREFIX) for code in opened]
        order = {v.batch: at for at, v in enumerate(later)}
        for signal in drift.new_signals(told, known):
            batches = tuple(v.batch for v in later[order[signal.first] : order[signal.last] + 1])
            made.append(NewSignal(row.site, PREFIX + signal.id, row.code, signal.test, batches))
    return made


__all__ = ["NewSignal", "Value", "frozen", "judged", "new_signals", "proposed", "values_of"]
