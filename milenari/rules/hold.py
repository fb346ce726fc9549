"""Hold: a batch stands still until quality assurance lets it go on.

Governing requirement: EU GMP Part IV section 6; 21 CFR 211.110(c), clauses not re-read.
"""

from __future__ import annotations

from dataclasses import replace

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, action, applies, checks, known, refuse_if
from milenari.rules.batch import Batch
from milenari.words import Meaning, Role


@action("hold-batch", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.PERFORMED, needs_reason=True)
class HoldBatch(Action):
    """Put the batch on hold: nothing but deviations, tests and resuming until it is lifted."""

    batch: str = f.ref("batch", label="Batch", touch=True)


@action("resume-batch", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class ResumeBatch(Action):
    """Lift the hold."""

    batch: str = f.ref("batch", label="Batch", touch=True)


@checks(HoldBatch)
def _hold(act: HoldBatch, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    refuse_if(batch.on_hold, "batch-on-hold", batch=act.batch, reason=batch.on_hold)
    refuse_if(batch.decision, "already-decided", of=act.about, decision=batch.decision)


@checks(ResumeBatch)
def _resume(act: ResumeBatch, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    refuse_if(not batch.on_hold, "batch-not-on-hold", batch=act.batch)


@applies(HoldBatch, "batch")
def _(batch: Batch, act: HoldBatch, entry: Entry) -> Batch:
    return replace(batch, on_hold=entry.reason, changed_version=entry.version_of(entry.about))


@applies(ResumeBatch, "batch")
def _(batch: Batch, act: ResumeBatch, entry: Entry) -> Batch:
    return replace(batch, on_hold="", changed_version=entry.version_of(entry.about))
