"""Batch: one child's product is made, step by step, under a control recipe frozen when it started.

ISA-88: unit procedure, operation, phase. Governing requirements: EU GMP Part IV section 6 (batch record),
21 CFR 11.10(f) (sequence), UK SI 2025/87 (a site may make only what the effective master file names).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Move,
    Refused,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.apheresis import Collection
from milenari.rules.carrier import require_label
from milenari.rules.chain import same_patient
from milenari.rules.custody import require_in_hand, used_at
from milenari.rules.lease import require_leases
from milenari.rules.paper import require_form, transcribed
from milenari.rules.procedure import Process, begun_late, judged_readings
from milenari.rules.readiness import require_ready
from milenari.rules.referral import Journey, require_consent
from milenari.rules.room import require_workplace
from milenari.rules.specification import from_rows, read_specification, to_rows
from milenari.rules.stock import Material, require_material
from milenari.rules.testing import Deviation, Tested, worked
from milenari.rules.training import require_training
from milenari.rules.vector import Container, require_container
from milenari.words import Facts, Meaning, Quantity, Role, plain

OPERATOR = (Role.OPERATOR,)

# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepDone:
    """A signed phase: who, when, with which readings and equipment, on which paper first, and who verified it."""

    phase: str
    by: str
    at: datetime
    readings: f.Readings
    equipment: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    paper: str = ""
    room: str = ""


@sheet("batch")
class Batch(Tested):
    """One patient's product in the making, or a qualification run, under the recipe frozen when it started."""

    process: str = ""
    process_version: str = ""
    edition: str = ""
    authorisation: str = ""
    journey: str = ""
    coi: str = ""
    collection: str = ""
    recipe: Facts | None = None
    started_at: datetime | None = None
    steps: tuple[StepDone, ...] = ()
    consumed: tuple[tuple[str, str, str, str], ...] = ()  # phase, class, lot, amount
    container: str = ""
    on_hold: str = ""
    harvested_at: datetime | None = None
    cells_e6: Decimal = Decimal(0)
    counted_by: tuple[str, ...] = ()  # who harvested and filled
    filled_at: datetime | None = None
    doses: tuple[str, ...] = ()
    reconciled: bool = False
    certificates: tuple[tuple[str, str, datetime], ...] = ()
    certified_version: int = 0
    supply: tuple[tuple[str, str, datetime], ...] = ()  # out-of-specification path: step, who, when
    informed: str = ""
    purpose: str = ""  # of a qualification run; empty for a patient's batch
    origin: str = ""
    donation: str = ""
    simulated: bool = False

    @property
    def phases(self) -> list[Facts]:
        return list((self.recipe or {}).get("phases", ()))

    def next_phase(self) -> Facts | None:
        done = {s.phase for s in self.steps}
        return next((p for p in self.phases if p["code"] not in done), None)

    def awaiting_verification(self) -> tuple[str, ...]:
        """Signed phases that a second person still has to check: what the recipe says, and all from paper."""
        due = {p["code"] for p in self.phases if p.get("verify")}
        return tuple(s.phase for s in self.steps if (s.phase in due or s.paper) and not s.verified_by)


# -- actions --------------------------------------------------------------------------------------------


@action("start-batch", roles=OPERATOR, meaning=Meaning.PERFORMED)
class StartBatch(Action):
    """Start a batch for one patient from that patient's own cells, at a site the master file names."""

    batch: str = f.new("batch", "Batch code")
    journey: str = f.ref("journey", label="Journey")
    collection: str = f.ref("collection", label="Bag", touch=True)
    process_version: str = f.code("Process version")
    label: str = f.code("Bag label scan")


@action("consume-material", roles=OPERATOR, meaning=Meaning.PERFORMED)
class ConsumeMaterial(Action):
    """Scan a material lot into the step that uses it."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    material: str = f.ref("material", label="Material lot", touch=True)
    amount: Quantity = f.quantity(("mL", "L", "g", "[IU]", "{bag}", "uL"), "Amount", low="0")


@action("spend-container", roles=OPERATOR, meaning=Meaning.PERFORMED)
class SpendContainer(Action):
    """Thaw a vector container and add it to the batch; a container is spent once."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    container: str = f.ref("container", label="Vector container", touch=True)


@action("sign-step", roles=OPERATOR, meaning=Meaning.PERFORMED)
class SignStep(Action):
    """Sign the next phase of the recipe with its readings and the equipment used."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    phase: str = f.code("Phase")
    readings: f.Readings = f.readings("Readings", required=False)
    equipment: str = f.code("Equipment scan", required=False)
    paper: str = f.code("Paper form", required=False, help="number of the form, if it was written on paper first")
    room: str = f.code("Room scan", required=False)


@action("verify-step", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.VERIFIED)
class VerifyStep(Action):
    """Second person's check of a critical phase, or of one entered from paper against that paper."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    phase: str = f.code("Phase")
    paper: str = f.code("Paper form", required=False, help="number of the form, if it was written on paper first")


# -- checks ---------------------------------------------------------------------------------------------


@checks(StartBatch)
def _start(act: StartBatch, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(f"batch:{act.batch}").exists, "subject-exists", kind="batch", code=act.batch)
    journey: Journey = known(book, f"journey:{act.journey}")
    bag: Collection = known(book, f"collection:{act.collection}")
    require_consent(journey, book, asking.site, asking.today)
    same_patient(journey.coi, bag.coi, "collection")
    require_label(act.label, journey.coi, act.collection, "collection-bag")
    require_in_hand(bag, f"collection:{act.collection}")
    refuse_if(bag.accepted_at is None, "collection-not-accepted", collection=act.collection)
    refuse_if(bag.used_in, "collection-used", collection=act.collection, batch=bag.used_in)
    after(asking.happened_at, bag.accepted_at, "acceptance of the bag")
    bag.require_fresh(asking.happened_at)
    refuse_if(journey.weight_kg is None, "weight-missing", test="dose")
    product = journey.process
    site = known(book, f"site:{asking.site}")
    days = (asking.today, asking.now.astimezone(ZoneInfo(asking.zone)).date())
    require_ready(book, asking.site, product, days, act.process_version)
    held = site.authorisation_for(product, asking.today)
    edition = known(book, f"masterfile:{product}").effective(asking.today)
    process: Process = known(book, f"process:{product}")
    version = process.require(product, act.process_version)
    require_training(book, asking.by, version.recipe["training"], asking.today, asking.role)
    given = {
        "process": product, "coi": journey.coi, "weight_kg": plain(journey.weight_kg or Decimal(0)),
        "edition": edition.number, "authorisation": held.number,
        "recipe": version.recipe, "criteria": to_rows(read_specification(version.recipe["specification"])),
    }  # fmt: skip
    name = f"collection:{act.collection}"
    move = Move(name, act.about, "apheresis", plain(bag.volume_ml), "mL")
    here = (f"journey:{act.journey}",) if journey.owner == asking.site else ()  # elsewhere its own site writes
    return Accepted(also=here, given=given, moves=(move, used_at(asking.site, name)))


def require_for_patient(batch: Batch) -> None:
    """A qualification run's cells go into nobody."""
    refuse_if(batch.purpose, "run-not-for-patients", batch=batch.code, purpose=batch.purpose)


def working(book: Book, asking: Asking, name: str) -> Batch:
    """The batch, open for work by this trained person, or a refusal."""
    batch: Batch = known(book, name)
    refuse_if(batch.decision, "already-decided", of=name, decision=batch.decision)
    refuse_if(batch.on_hold, "batch-on-hold", batch=batch.code, reason=batch.on_hold)
    require_training(book, asking.by, (batch.recipe or {})["training"], asking.today, asking.role)
    after(asking.happened_at, batch.started_at, "start of the batch")
    return batch


def _begun(batch: Batch) -> Facts:
    """The phase that material goes into; none is begun while a critical one before it is unverified."""
    waiting = batch.awaiting_verification()
    refuse_if(waiting, "step-unverified", phases=list(waiting))
    return batch.next_phase() or {}


@checks(ConsumeMaterial)
def _consume(act: ConsumeMaterial, asking: Asking, book: Book) -> Accepted:
    batch = working(book, asking, act.about)
    refuse_if(batch.harvested_at, "already-harvested", batch=act.batch)
    refuse_if(act.amount.value <= 0, "reading-impossible", field="amount", found=str(act.amount),
              unit=act.amount.unit, low="0", high=None)  # fmt: skip
    phase = _begun(batch)
    lot = require_material(book, act.material, asking.today)
    refuse_if(lot.kind not in phase.get("materials", ()), "material-not-in-step", material=act.material,
              kind=lot.kind, phase=phase.get("code", ""))  # fmt: skip
    refuse_if(act.amount.unit != lot.unit, "reading-wrong-unit", field="amount", unit=act.amount.unit,
              units=[lot.unit])  # fmt: skip
    refuse_if(act.amount.value > lot.left, "more-than-there-is", wanted=plain(act.amount.value),
              left=plain(lot.left), unit=lot.unit)  # fmt: skip
    move = Move(f"material:{act.material}", act.about, lot.kind, plain(act.amount.value), act.amount.unit)
    return Accepted(given={"phase": phase["code"], "kind": lot.kind}, moves=(move,))


@checks(SpendContainer)
def _spend(act: SpendContainer, asking: Asking, book: Book) -> Accepted:
    batch = working(book, asking, act.about)
    phase = _begun(batch)
    refuse_if(not phase.get("vector"), "vector-not-in-step", phase=phase.get("code", ""))
    refuse_if(batch.container, "vector-already-added", batch=act.batch, container=batch.container)
    container = require_container(book, act.container, asking.site, asking.today)
    promised = container.journey not in ("", batch.journey)
    refuse_if(promised, "another-patient", what="vector container", scanned=container.journey, expected=batch.journey)
    lot = book.sheet(f"lot:{container.lot}")
    after(asking.happened_at, lot.harvested_at, "vector harvest")
    after(asking.happened_at, container.last_at, "custody of the container")
    tu = plain(lot.tu_per_container())
    move = Move(f"container:{act.container}", act.about, "vector", plain(container.volume_ml), "mL")
    given = {"phase": phase["code"], "lot": container.lot, "tu": tu}
    spoken = require_leases(f"container:{act.container}", asking, book)
    moves = (move, used_at(asking.site, f"container:{act.container}"))
    return Accepted(given=given, findings=spoken, moves=moves)


@checks(SignStep)
def _sign(act: SignStep, asking: Asking, book: Book) -> Accepted:
    batch = working(book, asking, act.about)
    phase = batch.next_phase()
    if phase is None or phase["code"] != act.phase:
        raise Refused("step-out-of-order", phase=act.phase, next=phase["code"] if phase else "")
    waiting = batch.awaiting_verification()
    refuse_if(waiting, "step-unverified", phases=list(waiting))
    after(asking.happened_at, batch.steps[-1].at if batch.steps else None, "previous step")
    used = {kind for code, kind, _, _ in batch.consumed if code == act.phase}
    lacking = [m for m in phase.get("materials", ()) if m not in used]
    refuse_if(lacking, "material-not-scanned", phase=act.phase, materials=lacking)
    refuse_if(phase.get("vector") and not batch.container, "vector-not-scanned", phase=act.phase)
    place = require_workplace(book, act.batch, phase, act.equipment, act.room, asking)
    previous = batch.steps[-1].at if batch.steps else None
    findings = [*judged_readings(phase, act.readings), *begun_late(phase, previous, asking.happened_at)]
    findings += transcribed(act.paper, act.batch, act.phase, asking, book)
    given = {**place, "procedure": (batch.recipe or {})["training"]["procedure"]}
    return Accepted(also=(f"practice:{asking.by}",), findings=tuple(findings), given=given)


@checks(VerifyStep)
def _verify(act: VerifyStep, asking: Asking, book: Book) -> None:
    batch: Batch = known(book, act.about)
    refuse_if(batch.on_hold, "batch-on-hold", batch=act.batch, reason=batch.on_hold)
    done = next((s for s in batch.steps if s.phase == act.phase), None)
    if done is None or act.phase not in batch.awaiting_verification():
        raise Refused("nothing-to-verify", test=act.phase, of=act.about)
    refuse_if(done.by == asking.by, "own-work", person=asking.by)
    require_form(done.paper, act.paper)
    require_training(book, asking.by, (batch.recipe or {})["training"], asking.today, asking.role)
    after(asking.happened_at, done.at, "step")


# -- applies --------------------------------------------------------------------------------------------


@applies(StartBatch, "batch")
def _(batch: Batch, act: StartBatch, entry: Entry) -> Any:
    given = entry.given
    return worked(
        batch, entry, process=given["process"], process_version=act.process_version, edition=given["edition"],
        authorisation=given["authorisation"], journey=act.journey, coi=given["coi"],
        collection=act.collection, recipe=given["recipe"], weight_kg=Decimal(given["weight_kg"]),
        started_at=entry.happened_at, criteria=from_rows(given["criteria"]),
    )  # fmt: skip


@applies(StartBatch, "collection")
def _(bag: Collection, act: StartBatch, entry: Entry) -> Collection:
    return replace(bag, used_in=act.batch)


@applies(StartBatch, "journey")
def _(journey: Journey, act: StartBatch, entry: Entry) -> Journey:
    return replace(journey, batches=(*journey.batches, act.batch)).reached("manufacture-started", entry)


@applies(ConsumeMaterial, "batch")
def _(batch: Batch, act: ConsumeMaterial, entry: Entry) -> Any:
    line = (entry.given["phase"], entry.given["kind"], act.material, str(act.amount))
    return worked(batch, entry, consumed=(*batch.consumed, line))


@applies(ConsumeMaterial, "material")
def _(lot: Material, act: ConsumeMaterial, entry: Entry) -> Material:
    return replace(lot, left=lot.left - act.amount.value)


@applies(SpendContainer, "batch")
def _(batch: Batch, act: SpendContainer, entry: Entry) -> Any:
    return worked(batch, entry, container=act.container)


@applies(SpendContainer, "container")
def _(container: Container, act: SpendContainer, entry: Entry) -> Container:
    return replace(container, spent_in=act.batch)


@applies(SignStep, "batch")
def _(batch: Batch, act: SignStep, entry: Entry) -> Any:
    done = StepDone(act.phase, entry.by, entry.happened_at, act.readings, act.equipment, paper=act.paper,
                    room=act.room)  # fmt: skip
    opened = tuple(
        Deviation(x.facts["deviation"], x.code, "major", entry.happened_at, entry.by)
        for x in entry.findings if "deviation" in x.facts
    )  # fmt: skip
    return worked(batch, entry, steps=(*batch.steps, done), deviations=(*batch.deviations, *opened))


@applies(VerifyStep, "batch")
def _(batch: Batch, act: VerifyStep, entry: Entry) -> Any:
    def verified(done: StepDone) -> StepDone:
        if done.phase != act.phase:
            return done
        return replace(done, verified_by=entry.by, verified_at=entry.happened_at)

    return worked(batch, entry, steps=tuple(verified(s) for s in batch.steps))
