"""Paper: a step written by hand while the screens were away, and entered afterwards.

The form has a printed number. Who did the step enters it with that number, the time and the reason; a second
person then compares every value with the same sheet of paper, whatever the recipe says. EU GMP Annex 11, 6
(accuracy checks of data entered by hand); EU GMP Chapter 4, 4.9 (the written record stays readable).
"""

from __future__ import annotations

from milenari.rules.action import Asking, Book, Finding, after, refuse_if

ISSUED = "issued"  # the state of a form that is out, see rules/form.py


def transcribed(form: str, batch: str, phase: str, asking: Asking, book: Book) -> tuple[Finding, ...]:
    """What comes to light when a step is entered from this form; nothing when ``form`` is empty.

    A form that this node issued must be for this step and still be out. One that it never issued is taken as
    well, since nobody can print when the power has failed; then the entry says so, and the review sees it.
    """
    if not form:
        return ()
    refuse_if(asking.happened_at >= asking.now, "paper-time-missing", form=form)
    refuse_if(not asking.reason.strip(), "reason-missing", action="sign-step")
    found = Finding("transcribed-from-paper", {"phase": phase, "form": form})
    issued = book.sheet(f"form:{form}")
    if not issued.exists:
        return (found, Finding("form-not-issued-here", {"phase": phase, "form": form}))
    for_step = issued.batch == batch and phase in issued.phases
    refuse_if(not for_step, "paper-form-not-for-step", form=form, batch=batch, phase=phase)
    refuse_if(issued.status != ISSUED, "form-settled", form=form)
    after(asking.happened_at, issued.issued_at, "issue of the form")
    return (found,)


def require_form(written_on: str, scanned: str) -> None:
    """Refuse a check of a transcribed step by somebody who does not have that sheet in hand."""
    refuse_if(written_on and scanned != written_on, "paper-form-differs", form=written_on, scanned=scanned)
