"""Release: audit-trail review, QP certification and release as separate signed acts, and what follows.

Two stages for a fresh product: conditional while late tests (sterility, mycoplasma) are pending, final
after. Governing requirements: EU GMP Annex 16 (certify, then release), Part IV section 11 (two-step
certification; out-of-specification supply on a physician's request), draft Annex 11, 12.8.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.batch import Batch, require_for_patient
from milenari.rules.escalation import require_answered
from milenari.rules.testing import PASS, Tested, failed_requirements, late_requirements, require_releasable
from milenari.rules.vector import Lot
from milenari.words import Meaning, Role, iso

STAGES = ("conditional", "final")
# Notice to the authority after out-of-specification supply: EMA Q&A on ATMP GMP, figure not re-read.
NOTIFY_WITHIN = timedelta(hours=48)


# -- actions --------------------------------------------------------------------------------------------


@action("review-trail", roles=(Role.QA, Role.QP), meaning=Meaning.REVIEWED)
class ReviewTrail(Action):
    """Review the audit trail of a batch or lot up to its newest entry; later work needs a new review."""

    of: str = f.ref("batch", "lot", label="Batch or lot", touch=True)
    remarks: str = f.text("Remarks", required=False)


@action("certify-batch", roles=(Role.QP,), meaning=Meaning.QP_CERTIFIED)
class CertifyBatch(Action):
    """QP certifies that the batch was made and tested as authorised, conditionally or finally."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    stage: str = f.choice(STAGES, "Stage")


@action("release-batch", roles=(Role.QP, Role.QA), meaning=Meaning.RELEASED)
class ReleaseBatch(Action):
    """Release a certified batch to the ward."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    stage: str = f.choice(STAGES, "Stage")


@action("reject-batch", roles=(Role.QP,), meaning=Meaning.REJECTED, needs_reason=True)
class RejectBatch(Action):
    """Reject a batch; its doses can no longer be given as conforming."""

    batch: str = f.ref("batch", label="Batch", touch=True)


@action("recall-batch", roles=(Role.QP, Role.QA), meaning=Meaning.REJECTED, needs_reason=True)
class RecallBatch(Action):
    """Call back a released batch: fractions not yet given are blocked at once."""

    batch: str = f.ref("batch", label="Batch", touch=True)


@action("inform-physician", roles=(Role.QP, Role.QA), meaning=Meaning.PERFORMED)
class InformPhysician(Action):
    """Record that the treating physician was told of a late failing result, and what was agreed."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    physician: str = f.ref("person", label="Physician told")
    agreed: str = f.text("What was agreed")


@action("request-oos-supply", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED, needs_reason=True)
class RequestOosSupply(Action):
    """The physician asks for an out-of-specification product to avert an immediate hazard."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    alternatives: str = f.text("Alternatives considered")


@action("evaluate-oos-risk", roles=(Role.QP,), meaning=Meaning.APPROVED)
class EvaluateOosRisk(Action):
    """The manufacturer's written risk evaluation for the physician."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    evaluation: str = f.text("Risk evaluation", longest=8000)


@action("accept-oos-risk", roles=(Role.PHYSICIAN,), meaning=Meaning.APPROVED)
class AcceptOosRisk(Action):
    """The physician accepts the risk after reading the evaluation."""

    batch: str = f.ref("batch", label="Batch", touch=True)


@action("supply-oos", roles=(Role.QP,), meaning=Meaning.APPROVED)
class SupplyOos(Action):
    """Supply the batch as out of specification; it is never shown as conforming."""

    batch: str = f.ref("batch", label="Batch", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(ReviewTrail)
def _review(act: ReviewTrail, asking: Asking, book: Book) -> Accepted:
    tested: Tested = known(book, act.of)
    refuse_if(asking.by in tested.workers, "own-work", person=asking.by)
    refuse_if(tested.changed_version == 0, "nothing-to-review", of=act.of)
    return Accepted(given={"upto": tested.version})


def _complete(batch: Batch) -> None:
    refuse_if(not batch.harvested_at, "not-harvested", of=f"batch:{batch.code}")
    refuse_if(not batch.doses, "not-filled", of=f"batch:{batch.code}")
    refuse_if(not batch.reconciled, "not-reconciled", batch=batch.code)
    refuse_if(batch.on_hold, "batch-on-hold", batch=batch.code, reason=batch.on_hold)


def _stage_allowed(batch: Batch, stage: str) -> set[str]:
    """The requirements that may still be missing at this stage; refused when the stage is not open."""
    fixed = batch.decision in ("final", "rejected", "recalled", "out-of-specification")
    done = batch.decision == "conditional" and stage == "conditional"
    refuse_if(fixed or done, "already-decided", of=f"batch:{batch.code}", decision=batch.decision)
    if stage == "final":
        return set()
    late = late_requirements(batch)
    unsampled = [c.test for c in batch.criteria if c.late and batch.result(c.test) is None]
    refuse_if(unsampled, "not-sampled", test=unsampled[0] if unsampled else "", of=f"batch:{batch.code}")
    return late


@checks(CertifyBatch)
def _certify(act: CertifyBatch, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    require_for_patient(batch)
    allowed = _stage_allowed(batch, act.stage)
    _complete(batch)
    person = book.sheet(f"person:{asking.by}")
    refuse_if(not person.may_certify(batch.process, asking.site, asking.today), "qp-not-delegated",
              person=asking.by, product=batch.process, site=asking.site)  # fmt: skip
    require_releasable(batch, asking, allowed)
    require_answered(book, act.about, batch)
    book_lot(book, batch)
    after(asking.happened_at, batch.harvested_at, "harvest")


def book_lot(book: Book, batch: Batch) -> None:
    """Refuse when the vector in this batch has been recalled since it was spent."""
    if not batch.container:
        return
    lot: Lot = book.sheet(f"lot:{book.sheet(f'container:{batch.container}').lot}")
    refuse_if(lot.recalled, "vector-recalled", lot=lot.code, reason=lot.recalled)


@checks(ReleaseBatch)
def _release(act: ReleaseBatch, asking: Asking, book: Book) -> Accepted:
    batch: Batch = known(book, act.about)
    require_for_patient(batch)
    allowed = _stage_allowed(batch, act.stage)
    _complete(batch)
    require_releasable(batch, asking, allowed)
    require_answered(book, act.about, batch)
    book_lot(book, batch)
    certified = [c for c in batch.certificates if c[0] == act.stage]
    # A certificate speaks of what was there when it was signed; later work needs another.
    stale = batch.changed_version > batch.certified_version
    refuse_if(not certified or stale, "not-certified", batch=act.batch, stage=act.stage)
    after(asking.happened_at, certified[-1][2] if certified else None, "certification")
    pending = [r for r, outcome in batch.requirements().items() if outcome == "missing"]
    findings = (Finding("released-with-pending", {"requirements": pending}),) if pending else ()
    return Accepted(findings=findings, given={"pending": pending})


@checks(RejectBatch)
def _reject(act: RejectBatch, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    require_for_patient(batch)
    # A recalled batch stays recalled: rejecting it would open the way to out-of-specification supply.
    fixed = batch.decision in ("rejected", "recalled")
    refuse_if(fixed, "already-decided", of=act.about, decision=batch.decision)
    refuse_if(asking.by in batch.workers, "own-work", person=asking.by)
    given = [d for d in batch.doses if book.sheet(f"dose:{d}").given_at]
    refuse_if(given, "already-given", doses=given)


@checks(RecallBatch)
def _recall(act: RecallBatch, asking: Asking, book: Book) -> Accepted:
    batch: Batch = known(book, act.about)
    open_now = batch.decision in ("conditional", "final", "out-of-specification")
    refuse_if(not open_now, "not-released", batch=act.batch, decision=batch.decision)
    given = [d for d in batch.doses if book.sheet(f"dose:{d}").given_at]
    return Accepted(findings=(Finding("recall", {"batch": act.batch, "given": given}),))


@checks(InformPhysician)
def _inform(act: InformPhysician, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    refuse_if(not batch.alarm, "no-alarm", batch=act.batch)
    known(book, f"person:{act.physician}")


@checks(RequestOosSupply)
def _request(act: RequestOosSupply, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    require_for_patient(batch)
    _complete(batch)
    refuse_if(batch.decision not in ("", "rejected"), "already-decided", of=act.about, decision=batch.decision)
    affected = any(d.disposition == "batch-affected" for d in batch.deviations)
    refuse_if(not failed_requirements(batch) and not affected, "conforms", batch=act.batch)
    refuse_if(_supply(batch, "requested"), "already-requested", batch=act.batch)


def _supply(batch: Batch, step: str) -> tuple[str, str, Any] | None:
    return next((s for s in batch.supply if s[0] == step), None)


def unweighed_results(batch: Batch) -> list[str]:
    """Results that fail and were entered after the risk evaluation: nobody has weighed or accepted them."""
    weighed = _supply(batch, "evaluated")
    return [r.test for r in batch.results if weighed and r.at and r.at > weighed[2] and r.outcome != PASS]


@checks(EvaluateOosRisk)
def _evaluate(act: EvaluateOosRisk, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    asked = _supply(batch, "requested")
    refuse_if(asked is None, "oos-not-requested", batch=act.batch)
    refuse_if(_supply(batch, "evaluated"), "already-evaluated", batch=act.batch)
    refuse_if(asked and asked[1] == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, asked[2] if asked else None, "request")


@checks(AcceptOosRisk)
def _accept(act: AcceptOosRisk, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    weighed = _supply(batch, "evaluated")
    refuse_if(weighed is None, "oos-not-evaluated", batch=act.batch)
    refuse_if(_supply(batch, "accepted"), "already-accepted-risk", batch=act.batch)
    refuse_if(weighed and weighed[1] == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, weighed[2] if weighed else None, "risk evaluation")


@checks(SupplyOos)
def _supply_oos(act: SupplyOos, asking: Asking, book: Book) -> Accepted:
    batch: Batch = known(book, act.about)
    refuse_if(batch.decision not in ("", "rejected"), "already-decided", of=act.about, decision=batch.decision)
    refuse_if(_supply(batch, "requested") is None, "oos-not-requested", batch=act.batch)
    refuse_if(_supply(batch, "evaluated") is None, "oos-not-evaluated", batch=act.batch)
    refuse_if(_supply(batch, "accepted") is None, "oos-not-accepted", batch=act.batch)
    refuse_if(unweighed_results(batch), "oos-not-evaluated", batch=act.batch)
    refuse_if(batch.on_hold, "batch-on-hold", batch=act.batch, reason=batch.on_hold)
    refuse_if(asking.by in batch.workers, "own-work", person=asking.by)
    require_answered(book, act.about, batch)
    book_lot(book, batch)
    person = book.sheet(f"person:{asking.by}")
    refuse_if(not person.may_certify(batch.process, asking.site, asking.today), "qp-not-delegated",
              person=asking.by, product=batch.process, site=asking.site)  # fmt: skip
    refuse_if(batch.reviewed_version < batch.changed_version, "trail-unreviewed", of=batch.code)
    due = iso(asking.happened_at + NOTIFY_WITHIN)
    facts = {"requirements": failed_requirements(batch), "notify_authority_by": due}
    return Accepted(findings=(Finding("supplied-out-of-specification", facts),), given={"notify_by": due})


# -- applies --------------------------------------------------------------------------------------------


@applies(ReviewTrail, "batch", "lot")
def _(tested: Tested, act: ReviewTrail, entry: Entry) -> Any:
    return replace(tested, reviewed_version=entry.given["upto"], reviewed_by=entry.by)


@applies(CertifyBatch, "batch")
def _(batch: Batch, act: CertifyBatch, entry: Entry) -> Batch:
    made = (act.stage, entry.by, entry.happened_at)
    version = entry.version_of(entry.about)
    return replace(batch, certificates=(*batch.certificates, made), certified_version=version)


@applies(ReleaseBatch, "batch")
def _(batch: Batch, act: ReleaseBatch, entry: Entry) -> Batch:
    return replace(batch, decision=act.stage, released_at=batch.released_at or entry.happened_at)


@applies(RejectBatch, "batch")
def _(batch: Batch, act: RejectBatch, entry: Entry) -> Batch:
    # Acceptance of one failing result does not carry over to what the batch is rejected for later.
    supply = () if batch.decision == "out-of-specification" else batch.supply
    return replace(batch, decision="rejected", supply=supply)


@applies(RecallBatch, "batch")
def _(batch: Batch, act: RecallBatch, entry: Entry) -> Batch:
    return replace(batch, decision="recalled", recalled_at=entry.happened_at)


@applies(InformPhysician, "batch")
def _(batch: Batch, act: InformPhysician, entry: Entry) -> Batch:
    return replace(batch, informed=act.physician)


@applies(RequestOosSupply, "batch")
def _(batch: Batch, act: RequestOosSupply, entry: Entry) -> Batch:
    return replace(batch, supply=(("requested", entry.by, entry.happened_at),))


@applies(EvaluateOosRisk, "batch")
def _(batch: Batch, act: EvaluateOosRisk, entry: Entry) -> Batch:
    return replace(batch, supply=(*batch.supply, ("evaluated", entry.by, entry.happened_at)))


@applies(AcceptOosRisk, "batch")
def _(batch: Batch, act: AcceptOosRisk, entry: Entry) -> Batch:
    return replace(batch, supply=(*batch.supply, ("accepted", entry.by, entry.happened_at)))


@applies(SupplyOos, "batch")
def _(batch: Batch, act: SupplyOos, entry: Entry) -> Batch:
    return replace(batch, decision="out-of-specification", released_at=batch.released_at or entry.happened_at)
