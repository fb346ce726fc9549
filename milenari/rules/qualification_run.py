"""Qualification run: a batch made to show that a site can make it; its cells go into nobody.

Engineering runs, comparability runs, process validation and media fills follow the same recipe, steps, materials,
instruments and tests as a patient's batch, so their record is the same ``Batch``. What differs is where it begins
(cells of a healthy donor, half of a split apheresis, or medium; no journey, no authorisation, no approved site) and
where it ends (a conclusion of quality assurance, never a certificate). A run whose figures were drawn and not
measured says so for ever. Governing requirements: EU GMP Part IV section 10 (process validation, split or surrogate
starting material) and Annex 1 section 9 (media fill), clauses recalled and not re-read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
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
from milenari.rules.batch import OPERATOR, Batch
from milenari.rules.procedure import Process
from milenari.rules.specification import from_rows, read_specification, to_rows
from milenari.rules.testing import require_releasable, worked
from milenari.rules.training import require_training
from milenari.words import Meaning, Quantity, Role

PURPOSES = ("engineering", "comparability", "validation", "media-fill")
ORIGINS = ("healthy-donor", "split-apheresis", "frozen-cells", "medium")
CONCLUSIONS = ("accepted", "failed")


@action("start-qualification-run", roles=OPERATOR, meaning=Meaning.PERFORMED)
class StartQualificationRun(Action):
    """Start a batch that is for no patient, from donor cells or medium, to show that the site can make it."""

    batch: str = f.new("batch", "Batch code")
    process: str = f.ref("process", label="Process")
    process_version: str = f.code("Process version")
    purpose: str = f.choice(PURPOSES, "Purpose of the run")
    origin: str = f.choice(ORIGINS, "Starting material")
    donation: str = f.code("Donation", help="the same code at both sites when one apheresis was split")
    weight: Quantity | None = f.quantity(
        "kg", "Notional weight", low="1", high="250", required=False,
        help="for criteria per kilogram, such as that of the dose",
    )  # fmt: skip
    simulated: bool = f.flag("Simulated", help="figures are drawn, not measured")


@action("close-qualification-run", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class CloseQualificationRun(Action):
    """Conclude a qualification run: accepted or failed; what is left of the cells is discarded."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    conclusion: str = f.choice(CONCLUSIONS, "Conclusion")


def require_run(batch: Batch) -> None:
    """Refused for a patient's batch."""
    refuse_if(not batch.purpose, "not-a-qualification-run", batch=batch.code)


@checks(StartQualificationRun)
def _start(act: StartQualificationRun, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="batch", code=act.batch)
    site = known(book, f"site:{asking.site}")
    refuse_if(not site.has_role("manufacture", asking.today), "site-role-missing", site=asking.site,
              role="manufacture")  # fmt: skip
    process: Process = known(book, f"process:{act.process}")
    version = process.require(act.process, act.process_version)
    refuse_if(version.recipe["kind"] != "cell-product", "process-of-another-kind", process=act.process)
    filled = act.purpose == "media-fill"
    refuse_if(filled != (act.origin == "medium"), "origin-does-not-fit", purpose=act.purpose, origin=act.origin)
    criteria = read_specification(version.recipe["specification"])
    per_kg = [c.test for c in criteria if c.per_kg]
    refuse_if(per_kg and act.weight is None, "weight-missing", test=per_kg[0] if per_kg else "")
    require_training(book, asking.by, version.recipe["training"], asking.today, asking.role)
    return Accepted(given={"recipe": version.recipe, "criteria": to_rows(criteria)})


@checks(CloseQualificationRun)
def _close(act: CloseQualificationRun, asking: Asking, book: Book) -> Accepted:
    batch: Batch = known(book, act.about)
    require_run(batch)
    refuse_if(batch.decision, "already-decided", of=act.about, decision=batch.decision)
    refuse_if(asking.by in batch.workers, "own-work", person=asking.by)
    after(asking.happened_at, batch.harvested_at or batch.started_at, "harvest")
    if act.conclusion == "accepted":
        # A run that misses its specification shows that the site cannot make it yet, whatever was learned.
        refuse_if(batch.harvested_at is None, "not-harvested", of=act.about)
        waiting = batch.awaiting_verification()
        refuse_if(waiting, "step-unverified", phases=list(waiting))
        require_releasable(batch, asking)
    return Accepted(given={"requirements": batch.requirements()})


@applies(StartQualificationRun, "batch")
def _(batch: Batch, act: StartQualificationRun, entry: Entry) -> Any:
    given = entry.given
    return worked(
        batch, entry, process=act.process, process_version=act.process_version, recipe=given["recipe"],
        criteria=from_rows(given["criteria"]), purpose=act.purpose, origin=act.origin, donation=act.donation,
        simulated=act.simulated, weight_kg=act.weight.value if act.weight else None, started_at=entry.happened_at,
    )  # fmt: skip


@applies(CloseQualificationRun, "batch")
def _(batch: Batch, act: CloseQualificationRun, entry: Entry) -> Batch:
    return replace(batch, decision=f"run-{act.conclusion}", changed_version=entry.version_of(entry.about))
