"""Paper: a step written by hand while the screens were away, and entered afterwards.

The form has a printed number. Who did the step enters it with that number, the time and the reason; a second
person then compares every value with the same sheet of paper, whatever the recipe says. EU GMP Annex 11, 6
(accuracy checks of data entered by hand); EU GMP Chapter 4, 4.9 (the written record stays readable).
"""

from __future__ import annotations

from milenari.rules.action import Asking, Finding, refuse_if


def transcribed(form: str, phase: str, asking: Asking) -> tuple[Finding, ...]:
    """What comes to light when a step is entered from this form; nothing when ``form`` is empty."""
    if not form:
        return ()
    refuse_if(asking.happened_at >= asking.now, "paper-time-missing", form=form)
    refuse_if(not asking.reason.strip(), "reason-missing", action="sign-step")
    return (Finding("transcribed-from-paper", {"phase": phase, "form": form}),)


def require_form(written_on: str, scanned: str) -> None:
    """Refuse a check of a transcribed step by somebody who does not have that sheet in hand."""
    refuse_if(written_on and scanned != written_on, "paper-form-differs", form=written_on, scanned=scanned)
