"""Drift: a frozen baseline, signals of a process that moves, and what was found behind each.

Charts are computed by ``science``; here a signal becomes a task exactly once, because its code says what was seen: the
series, the rule and the last batch of the pattern. Governing requirements: EU GMP chapter 1, 1.4 and 1.10 (ongoing
process verification, product quality review), Annex 15 section 5; clauses recalled and not re-read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import UNITS, Meaning, Quantity, Role

CONVENTIONS = ("nelson-1984", "jmp", "minitab")
CAUSES = ("assignable-cause", "common-cause", "measurement", "data-error")


@sheet("baseline")
class Baseline(Sheet):
    """Centre and sigma against which new figures of one series are judged; its code is SITE/PROCESS/TEST."""

    process: str = ""
    test: str = ""
    centre: Quantity | None = None
    sigma: Decimal = Decimal(0)
    batches: tuple[str, ...] = ()
    convention: str = ""
    method: str = ""
    frozen_at: datetime | None = None


@sheet("signal")
class Signal(Sheet):
    """A pattern that the baseline makes unlikely; open until quality assurance has assessed it."""

    baseline: str = ""
    pattern: str = ""
    batches: tuple[str, ...] = ()
    raised_at: datetime | None = None
    cause: str = ""
    finding: str = ""
    measure: str = ""
    assessed_by: str = ""

    @property
    def status(self) -> str:
        return self.cause or "open"


def series(site: str, process: str, test: str) -> str:
    """The code of a series: one test of one process at one site."""
    return f"{site}/{process}/{test}"


@action("freeze-baseline", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class FreezeBaseline(Action):
    """Fix centre and spread of a series, from named batches, against which later ones are judged."""

    baseline: str = f.ref("baseline", label="Series", touch=True, help="site, process and test")
    process: str = f.ref("process", label="Process")
    test: str = f.code("Test")
    centre: Quantity = f.quantity(tuple(UNITS), "Centre")
    sigma: Quantity = f.quantity(tuple(UNITS), "Standard deviation", low="0")
    batches: tuple[str, ...] = f.codes("Batches")
    convention: str = f.choice(CONVENTIONS, "Convention of the patterns")
    method: str = f.text("Method and version", longest=120)


@action("raise-signal", roles=(Role.QA, Role.QC_ANALYST, Role.NODE), meaning=Meaning.PERFORMED)
class RaiseSignal(Action):
    """Open a task for a pattern in a chart; the same pattern is opened once."""

    signal: str = f.new("signal", "Signal")
    baseline: str = f.ref("baseline", label="Series")
    pattern: str = f.code("Pattern")
    batches: tuple[str, ...] = f.codes("Batches")


@action("assess-signal", roles=(Role.QA,), meaning=Meaning.APPROVED)
class AssessSignal(Action):
    """Say what was behind a signal and what is done about it."""

    signal: str = f.ref("signal", label="Signal", touch=True)
    cause: str = f.choice(CAUSES, "Cause")
    finding: str = f.text("What was found")
    measure: str = f.text("What is done", required=False)


@checks(FreezeBaseline)
def _freeze(act: FreezeBaseline, asking: Asking, book: Book) -> None:
    known(book, f"process:{act.process}")
    expected = series(asking.site, act.process, act.test)
    refuse_if(act.baseline != expected, "agreement-code-wrong", found=act.baseline, expected=expected)
    refuse_if(act.sigma.value <= 0, "baseline-without-spread", series=act.baseline)
    refuse_if(act.sigma.unit != act.centre.unit, "reading-wrong-unit", field="sigma", unit=act.sigma.unit,
              units=[act.centre.unit])  # fmt: skip
    _of_series(act.batches, act.baseline, act.process, asking, book)


def _of_series(batches: tuple[str, ...], code: str, process: str, asking: Asking, book: Book) -> None:
    for name in batches:
        batch = known(book, f"batch:{name}")
        fits = batch.owner == asking.site and batch.process == process
        refuse_if(not fits, "batch-of-another-series", batch=name, series=code)


@checks(RaiseSignal)
def _raise(act: RaiseSignal, asking: Asking, book: Book) -> None:
    baseline: Baseline = known(book, f"baseline:{act.baseline}")
    refuse_if(baseline.owner != asking.site, "held-elsewhere", subject=f"baseline:{act.baseline}", owner=baseline.owner)
    refuse_if(book.sheet(act.about).exists, "signal-open-already", signal=act.signal)
    # Of this site: then its own log holds all that the signal rests on, and a node's word is asked again elsewhere.
    _of_series(act.batches, act.baseline, baseline.process, asking, book)


@checks(AssessSignal)
def _assess(act: AssessSignal, asking: Asking, book: Book) -> None:
    signal: Signal = known(book, act.about)
    refuse_if(signal.cause, "already-investigated", study=act.signal)
    refuse_if(act.cause == "assignable-cause" and not act.measure, "field-missing", field="measure")
    after(asking.happened_at, signal.raised_at, "signal")


@applies(FreezeBaseline, "baseline")
def _(found: Baseline, act: FreezeBaseline, entry: Entry) -> Baseline:
    return replace(
        found, process=act.process, test=act.test, centre=act.centre, sigma=act.sigma.value, batches=act.batches,
        convention=act.convention, method=act.method, frozen_at=entry.happened_at,
    )  # fmt: skip


@applies(RaiseSignal, "signal")
def _(signal: Signal, act: RaiseSignal, entry: Entry) -> Signal:
    return replace(signal, baseline=act.baseline, pattern=act.pattern, batches=act.batches, raised_at=entry.happened_at)


@applies(AssessSignal, "signal")
def _(signal: Signal, act: AssessSignal, entry: Entry) -> Signal:
    return replace(signal, cause=act.cause, finding=act.finding, measure=act.measure, assessed_by=entry.by)
