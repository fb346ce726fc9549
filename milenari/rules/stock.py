"""Stock: material lots with status and expiry, and equipment with its calibration.

Governing requirements: EU GMP Part IV section 7 (starting and raw materials) and section 5 (equipment):
nothing quarantined, expired or out of calibration touches a batch.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Move,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import Meaning, Quantity, Role, plain

STATUSES = ("quarantined", "released", "rejected")


@sheet("material")
class Material(Sheet):
    """One received lot of a material class; ``left`` never goes below zero."""

    kind: str = ""
    maker_lot: str = ""
    status: str = "quarantined"
    expires_on: date | None = None
    left: Decimal = Decimal(0)
    unit: str = ""
    received_by: str = ""


@sheet("equipment")
class Equipment(Sheet):
    """A qualified instrument and the days its calibrations hold."""

    kind: str = ""
    calibrated_until: date | None = None
    calibrations: tuple[tuple[date, date], ...] = ()  # each from, until
    retired: bool = False


@action("receive-material", roles=(Role.OPERATOR, Role.VECTOR_MANAGER, Role.QA), meaning=Meaning.PERFORMED)
class ReceiveMaterial(Action):
    """Book a delivered lot into quarantine with its expiry."""

    material: str = f.new("material", "Lot code")
    kind: str = f.code("Material class")
    maker_lot: str = f.text("Maker's lot", longest=80)
    amount: Quantity = f.quantity(("mL", "L", "g", "[IU]", "{bag}", "uL"), "Amount", low="0")
    expires_on: date = f.on("Expiry")


@action("judge-material", roles=(Role.QA,), meaning=Meaning.APPROVED)
class JudgeMaterial(Action):
    """Release a lot for use, put it back into quarantine, or reject it."""

    material: str = f.ref("material", label="Lot", touch=True)
    status: str = f.choice(STATUSES, "Status")


@action("register-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED)
class RegisterEquipment(Action):
    """Enter a qualified instrument into the site's list."""

    equipment: str = f.new("equipment", "Equipment code")
    kind: str = f.code("Equipment class")
    calibrated_until: date = f.on("Calibrated until")


@action("calibrate-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED)
class CalibrateEquipment(Action):
    """Record a calibration and until when it holds."""

    equipment: str = f.ref("equipment", label="Equipment", touch=True)
    on: date = f.on("Calibrated on", past=True)
    calibrated_until: date = f.on("Calibrated until")


@action("retire-equipment", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class RetireEquipment(Action):
    """Take an instrument out of use for good; what was done on it before stands."""

    equipment: str = f.ref("equipment", label="Equipment", touch=True)


@checks(ReceiveMaterial)
def _receive(act: ReceiveMaterial, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="material", code=act.material)
    move = Move("world", act.about, act.kind, plain(act.amount.value), act.amount.unit)
    return Accepted(moves=(move,))


@checks(JudgeMaterial)
def _judge(act: JudgeMaterial, asking: Asking, book: Book) -> None:
    lot: Material = known(book, act.about)
    refuse_if(lot.received_by == asking.by, "own-work", person=asking.by)
    refuse_if(lot.status == "rejected", "material-rejected", material=act.material)


@checks(RegisterEquipment)
def _register(act: RegisterEquipment, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="equipment", code=act.equipment)


@checks(CalibrateEquipment)
def _calibrate(act: CalibrateEquipment, asking: Asking, book: Book) -> None:
    found: Equipment = known(book, act.about)
    refuse_if(found.retired, "equipment-retired", equipment=act.equipment)
    refuse_if(act.calibrated_until < act.on, "dates-reversed", field="calibrated_until")


@checks(RetireEquipment)
def _retire(act: RetireEquipment, asking: Asking, book: Book) -> None:
    found: Equipment = known(book, act.about)
    refuse_if(found.retired, "equipment-retired", equipment=act.equipment)


def require_material(book: Book, code: str, on: date) -> Material:
    """The lot, fit for use at the asking site on that day, or a refusal saying why not."""
    lot: Material = known(book, f"material:{code}")
    refuse_if(lot.status != "released", "material-not-released", material=code, status=lot.status)
    refuse_if(lot.expires_on is not None and lot.expires_on < on, "material-expired", material=code,
              expires_on=lot.expires_on)  # fmt: skip
    return lot


def require_equipment(book: Book, code: str, kind: str, site: str, on: date) -> Equipment:
    """The instrument, of the right class, here and within calibration that day."""
    found: Equipment = known(book, f"equipment:{code}")
    refuse_if(found.owner != site, "held-elsewhere", subject=f"equipment:{code}", owner=found.owner)
    refuse_if(found.kind != kind, "equipment-wrong-kind", equipment=code, kind=found.kind, needed=kind)
    refuse_if(found.retired, "equipment-retired", equipment=code)
    # Each calibration holds for its own days: one made today says nothing of the gap before it.
    valid = any(from_on <= on <= until_on for from_on, until_on in found.calibrations)
    refuse_if(not valid, "equipment-out-of-calibration", equipment=code,
              calibrated_until=found.calibrated_until)  # fmt: skip
    return found


@applies(ReceiveMaterial, "material")
def _(lot: Material, act: ReceiveMaterial, entry: Entry) -> Material:
    return replace(lot, kind=act.kind, maker_lot=act.maker_lot, expires_on=act.expires_on,
                   left=act.amount.value, unit=act.amount.unit, received_by=entry.by)  # fmt: skip


@applies(JudgeMaterial, "material")
def _(lot: Material, act: JudgeMaterial, entry: Entry) -> Material:
    return replace(lot, status=act.status)


@applies(RegisterEquipment, "equipment")
def _(found: Equipment, act: RegisterEquipment, entry: Entry) -> Equipment:
    period = (date.min, act.calibrated_until)
    return replace(found, kind=act.kind, calibrated_until=act.calibrated_until, calibrations=(period,))


@applies(CalibrateEquipment, "equipment")
def _(found: Equipment, act: CalibrateEquipment, entry: Entry) -> Equipment:
    periods = (*found.calibrations, (act.on, act.calibrated_until))
    return replace(found, calibrated_until=act.calibrated_until, calibrations=periods)


@applies(RetireEquipment, "equipment")
def _(found: Equipment, act: RetireEquipment, entry: Entry) -> Equipment:
    return replace(found, retired=True)
