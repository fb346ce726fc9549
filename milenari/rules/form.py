"""Form: a numbered sheet of paper for the steps still to do, for when the screens are away.

A blank form is a controlled document: each has a number, is issued by signature, and is accounted for when it
comes back: entered, unused, or lost. EU GMP Chapter 4 (control of blank forms and their issue); EU GMP Annex
11, 16 (business continuity). How a step is entered from it: ``rules/paper.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.batch import Batch
from milenari.words import Meaning, Role

ISSUED, ENTERED, UNUSED, LOST = "issued", "entered", "unused", "lost"
FATES = (ENTERED, UNUSED, LOST)


# -- frozen state ---------------------------------------------------------------------------------------


@sheet("form")
class Form(Sheet):
    """One printed form: for which batch and phases, and what became of it."""

    batch: str = ""
    phases: tuple[str, ...] = ()
    status: str = ""
    issued_by: str = ""
    issued_at: datetime | None = None

    @property
    def title(self) -> str:
        """What lists call it: the batch it is for."""
        return self.batch


# -- actions --------------------------------------------------------------------------------------------


@action("issue-paper-form", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.PERFORMED, needs_reason=True)
class IssuePaperForm(Action):
    """Issue one numbered paper form with every step of a batch that is still to be done."""

    form: str = f.new("form", "Form number")
    batch: str = f.ref("batch", label="Batch", touch=True)


@action("settle-paper-form", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.VERIFIED)
class SettlePaperForm(Action):
    """Account for a paper form: its steps are entered, it was not used, or it is lost."""

    form: str = f.ref("form", label="Paper form", touch=True)
    fate: str = f.choice(FATES, "What became of it")


# -- checks ---------------------------------------------------------------------------------------------


@checks(IssuePaperForm)
def _issue(act: IssuePaperForm, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="form", code=act.form)
    batch: Batch = known(book, f"batch:{act.batch}")
    refuse_if(batch.decision, "already-decided", of=f"batch:{act.batch}", decision=batch.decision)
    refuse_if(batch.on_hold, "batch-on-hold", batch=act.batch, reason=batch.on_hold)
    refuse_if(batch.next_phase() is None, "no-step-left", batch=act.batch)
    after(asking.happened_at, batch.started_at, "start of the batch")
    done = {step.phase for step in batch.steps}
    return Accepted(given={"phases": [p["code"] for p in batch.phases if p["code"] not in done]})


@checks(SettlePaperForm)
def _settle(act: SettlePaperForm, asking: Asking, book: Book) -> Accepted:
    form: Form = known(book, act.about)
    refuse_if(form.status != ISSUED, "form-settled", form=act.form)
    after(asking.happened_at, form.issued_at, "issue of the form")
    batch: Batch = book.sheet(f"batch:{form.batch}")
    entered = [step.phase for step in batch.steps if step.paper == act.form]
    refuse_if(act.fate == ENTERED and not entered, "form-not-entered", form=act.form, batch=form.batch)
    refuse_if(act.fate == UNUSED and entered, "form-was-used", form=act.form, phases=entered)
    refuse_if(act.fate == LOST and not asking.reason.strip(), "reason-missing", action=act.code)
    findings = (Finding("form-lost", {"form": act.form, "batch": form.batch}),) if act.fate == LOST else ()
    # The batch remembers it too, so that its record and its review show what became of the paper.
    here = (f"batch:{form.batch}",) if batch.owner == asking.site and not batch.bound_for else ()
    return Accepted(also=here, findings=findings)


# -- applies --------------------------------------------------------------------------------------------


@applies(IssuePaperForm, "form")
def _(form: Form, act: IssuePaperForm, entry: Entry) -> Form:
    return replace(
        form, batch=act.batch, phases=tuple(entry.given["phases"]), status=ISSUED, issued_by=entry.by,
        issued_at=entry.happened_at,
    )  # fmt: skip


@applies(SettlePaperForm, "form")
def _(form: Form, act: SettlePaperForm, entry: Entry) -> Form:
    return replace(form, status=act.fate)
