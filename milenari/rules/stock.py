"""Stock: material lots with status and expiry.

Governing requirement: EU GMP Part IV section 7 (starting and raw materials): nothing quarantined or expired
touches a batch.
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


def require_material(book: Book, code: str, on: date) -> Material:
    """The lot, fit for use at the asking site on that day, or a refusal saying why not."""
    lot: Material = known(book, f"material:{code}")
    refuse_if(lot.status != "released", "material-not-released", material=code, status=lot.status)
    refuse_if(lot.expires_on is not None and lot.expires_on < on, "material-expired", material=code,
              expires_on=lot.expires_on)  # fmt: skip
    return lot


@applies(ReceiveMaterial, "material")
def _(lot: Material, act: ReceiveMaterial, entry: Entry) -> Material:
    return replace(lot, kind=act.kind, maker_lot=act.maker_lot, expires_on=act.expires_on,
                   left=act.amount.value, unit=act.amount.unit, received_by=entry.by)  # fmt: skip


@applies(JudgeMaterial, "material")
def _(lot: Material, act: JudgeMaterial, entry: Entry) -> Material:
    return replace(lot, status=act.status)
