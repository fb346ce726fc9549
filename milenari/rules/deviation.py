"""Deviation: what did not go as written, its assessment and its closing, on a batch or a vector lot.

Governing requirement: EU GMP Part IV section 6 and Annex 16 section 3; nothing is released with one open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.testing import Deviation, Tested
from milenari.words import Meaning, Role

SEVERITIES = ("minor", "major", "critical")
DISPOSITIONS = ("no-impact", "acceptable-with-justification", "batch-affected")


@action("open-deviation", roles=tuple(r for r in Role if r not in (Role.NODE, Role.IT_ADMIN)),
        meaning=Meaning.PERFORMED)  # fmt: skip
class OpenDeviation(Action):
    """Report what did not go as written; anyone who works on the product may."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    deviation: str = f.code("Deviation code")
    what: str = f.text("What happened")
    severity: str = f.choice(SEVERITIES, "Severity")


@action("close-deviation", roles=(Role.QA,), meaning=Meaning.APPROVED)
class CloseDeviation(Action):
    """Close a deviation with its root cause and its effect on the product."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    deviation: str = f.code("Deviation code")
    root_cause: str = f.text("Root cause")
    disposition: str = f.choice(DISPOSITIONS, "Disposition")


@checks(OpenDeviation)
def _open(act: OpenDeviation, asking: Asking, book: Book) -> None:
    tested: Tested = known(book, act.about)
    refuse_if(any(d.code == act.deviation for d in tested.deviations), "subject-exists",
              kind="deviation", code=act.deviation)  # fmt: skip


@checks(CloseDeviation)
def _close(act: CloseDeviation, asking: Asking, book: Book) -> None:
    tested: Tested = known(book, act.about)
    still = [d for d in tested.open_deviations() if d.code == act.deviation]
    refuse_if(not still, "no-open-deviation", deviation=act.deviation)
    refuse_if(still and still[0].opened_by == asking.by, "own-work", person=asking.by)
    refuse_if(asking.by in tested.workers, "own-work", person=asking.by)
    after(asking.happened_at, still[0].opened_at if still else None, "deviation")


@applies(OpenDeviation, "batch", "lot")
def _(tested: Tested, act: OpenDeviation, entry: Entry) -> Any:
    made = Deviation(act.deviation, act.what, act.severity, entry.happened_at, entry.by)
    return replace(tested, deviations=(*tested.deviations, made), changed_version=entry.version_of(entry.about))


@applies(CloseDeviation, "batch", "lot")
def _(tested: Tested, act: CloseDeviation, entry: Entry) -> Any:
    def closed(d: Deviation) -> Deviation:
        this = d.code == act.deviation and not d.closed_by
        return replace(d, disposition=act.disposition, closed_by=entry.by) if this else d

    return replace(
        tested, deviations=tuple(closed(d) for d in tested.deviations),
        changed_version=entry.version_of(entry.about),
    )  # fmt: skip
