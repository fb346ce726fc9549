"""Equipment: instruments with their qualification, calibration, and the day on which each is due again.

Governing requirements: EU GMP Part IV section 5; EU GMP Annex 15 (IQ, OQ, PQ in their order): an instrument that is
not qualified, not calibrated, due or blocked touches no batch.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, action, applies, checks, known, refuse_if, sheet
from milenari.rules.fitness import Fitness
from milenari.rules.upkeep import STAGES, Done, Kept, in_use, kept_state
from milenari.words import Meaning, Role


@sheet("equipment")
class Equipment(Kept):
    """A qualified instrument and until when its last calibration holds."""

    calibrated_until: date | None = None
    title: str = ""
    serial: str = ""
    room: str = ""


# -- actions --------------------------------------------------------------------------------------------


@action("register-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED)
class RegisterEquipment(Action):
    """Enter a qualified instrument into the site's list."""

    equipment: str = f.new("equipment", "Equipment code")
    kind: str = f.code("Equipment class")
    calibrated_until: date = f.on("Calibrated until")
    title: str = f.text("Make and model", required=False, longest=120)
    serial: str = f.text("Serial number", required=False, longest=80)
    room: str = f.ref("room", label="Room", required=False, help="where it stands, if it has its place")


@action("qualify-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED)
class QualifyEquipment(Action):
    """Record a passed stage of an instrument's qualification with its evidence and until when it holds."""

    equipment: str = f.ref("equipment", label="Equipment", touch=True)
    stage: str = f.choice(STAGES, "Stage")
    on: date = f.on("Qualified on", past=True)
    until_on: date = f.on("Valid until")
    evidence: str = f.text("Evidence", longest=300, help="number of the protocol and report")


@action("calibrate-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED)
class CalibrateEquipment(Action):
    """Record a calibration and until when it holds."""

    equipment: str = f.ref("equipment", label="Equipment", touch=True)
    on: date = f.on("Calibrated on", past=True)
    calibrated_until: date = f.on("Calibrated until")
    evidence: str = f.text("Evidence", required=False, longest=300, help="number of the certificate")


@action("retire-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class RetireEquipment(Action):
    """Take an instrument out of use for good; what was done on it before stands."""

    equipment: str = f.ref("equipment", label="Equipment", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(RegisterEquipment)
def _register(act: RegisterEquipment, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="equipment", code=act.equipment)
    if act.room:
        in_use(book, f"room:{act.room}")


@checks(QualifyEquipment)
def _qualify(act: QualifyEquipment, asking: Asking, book: Book) -> None:
    found: Equipment = in_use(book, act.about)
    refuse_if(act.until_on < act.on, "dates-reversed", field="until_on")
    needed = STAGES[STAGES.index(act.stage) - 1] if act.stage != STAGES[0] else ""
    held = any(d.task == "qualification" and d.stage == needed and d.on <= act.on for d in found.done)
    refuse_if(needed and not held, "qualification-out-of-order", equipment=act.equipment, stage=act.stage,
              needed=needed)  # fmt: skip


@checks(CalibrateEquipment)
def _calibrate(act: CalibrateEquipment, asking: Asking, book: Book) -> None:
    in_use(book, act.about)
    refuse_if(act.calibrated_until < act.on, "dates-reversed", field="calibrated_until")


@checks(RetireEquipment)
def _retire(act: RetireEquipment, asking: Asking, book: Book) -> None:
    in_use(book, act.about)


# -- how things stand -----------------------------------------------------------------------------------


def equipment_state(book: Book, code: str, on: date) -> Fitness:
    """Whether an instrument is fit for use on a day: why not, and until when."""
    return kept_state(book, f"equipment:{code}", on)


def require_equipment(book: Book, code: str, kind: str, site: str, on: date) -> Equipment:
    """The instrument, of the right class, here and fit for use that day."""
    found: Equipment = known(book, f"equipment:{code}")
    refuse_if(found.owner != site, "held-elsewhere", subject=f"equipment:{code}", owner=found.owner)
    refuse_if(found.kind != kind, "equipment-wrong-kind", equipment=code, kind=found.kind, needed=kind)
    equipment_state(book, code, on).require()
    return found


# -- applies --------------------------------------------------------------------------------------------


@applies(RegisterEquipment, "equipment")
def _(found: Equipment, act: RegisterEquipment, entry: Entry) -> Equipment:
    made = Done("calibration", date.min, act.calibrated_until, entry.by)
    return replace(found, kind=act.kind, calibrated_until=act.calibrated_until, done=(made,), title=act.title,
                   serial=act.serial, room=act.room)  # fmt: skip


@applies(QualifyEquipment, "equipment")
def _(found: Equipment, act: QualifyEquipment, entry: Entry) -> Equipment:
    made = Done("qualification", act.on, act.until_on, entry.by, act.evidence, stage=act.stage)
    return replace(found, done=(*found.done, made))


@applies(CalibrateEquipment, "equipment")
def _(found: Equipment, act: CalibrateEquipment, entry: Entry) -> Equipment:
    made = Done("calibration", act.on, act.calibrated_until, entry.by, act.evidence)
    return replace(found, calibrated_until=act.calibrated_until, done=(*found.done, made))


@applies(RetireEquipment, "equipment")
def _(found: Equipment, act: RetireEquipment, entry: Entry) -> Equipment:
    return replace(found, retired=True)
