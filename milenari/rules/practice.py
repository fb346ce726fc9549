"""Practice: when a person last worked under each procedure, as the record shows it; no actions.

Competence ends without practice, so a signed step says under which procedure it was done (EU GMP Part IV,
personnel). Steps signed before this was kept say nothing of it; the newest training evidence counts instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from milenari.rules.action import Entry, Sheet, applies, sheet
from milenari.rules.batch import SignStep


@sheet("practice")
class Practice(Sheet):
    """The last day of work under each procedure; its code is that of the person."""

    last: tuple[tuple[str, date], ...] = ()


@applies(SignStep, "practice")
def _(practice: Practice, act: SignStep, entry: Entry) -> Practice:
    procedure, last = entry.given["procedure"], dict(practice.last)
    last[procedure] = max(last.get(procedure, date.min), entry.today)
    return replace(practice, last=tuple(sorted(last.items())))
