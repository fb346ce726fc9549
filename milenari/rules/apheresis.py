"""Apheresis: the child's cells are collected, counted, labelled and handed to manufacture within hold time.

The wristband is scanned against the chain of identity before the needle and again on the bag label.
Governing requirements: FACT-JACIE (collection), EU GMP Part IV section 7 (starting material of human origin).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

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
from milenari.rules.carrier import require_label
from milenari.rules.chain import same_patient
from milenari.rules.custody import Held, made_at, require_in_hand
from milenari.rules.procedure import Process
from milenari.rules.referral import Journey, require_consent
from milenari.words import Meaning, Quantity, Role, plain

NURSE = (Role.APHERESIS_NURSE,)


@sheet("collection")
class Collection(Held):
    """One bag of a patient's collected cells, from the chair into the clean room."""

    journey: str = ""
    coi: str = ""
    collected_at: datetime | None = None
    volume_ml: Decimal = Decimal(0)
    hold_h: int = 0
    cd3_e6: Decimal | None = None
    viability_pct: Decimal | None = None
    labelled_at: datetime | None = None
    accepted_at: datetime | None = None
    used_in: str = ""

    def use_by(self) -> datetime | None:
        return self.collected_at + timedelta(hours=self.hold_h) if self.collected_at else None

    def require_fresh(self, happened_at: datetime) -> None:
        use_by = self.use_by()
        refuse_if(use_by is not None and happened_at > use_by, "hold-time-over", collection=self.code,
                  use_by=use_by)  # fmt: skip

    def may_leave(self, to_site: str, asking: Asking, book: Book) -> None:
        """Only a labelled bag travels, and none that a clean room has taken in: its cold chain is broken."""
        refuse_if(self.used_in, "collection-used", collection=self.code, batch=self.used_in)
        refuse_if(self.accepted_at is not None, "already-accepted", collection=self.code)
        refuse_if(self.labelled_at is None, "bag-not-labelled", collection=self.code)


@action("collect-cells", roles=NURSE, meaning=Meaning.PERFORMED)
class CollectCells(Action):
    """Record the collection, after scanning the wristband of the patient on the chair."""

    collection: str = f.new("collection", "Bag code")
    journey: str = f.ref("journey", label="Journey", touch=True)
    wristband: str = f.code("Wristband scan")
    volume: Quantity = f.quantity("mL", "Volume", low="1", high="1000")


@action("count-cells", roles=(Role.APHERESIS_NURSE, Role.QC_ANALYST), meaning=Meaning.PERFORMED)
class CountCells(Action):
    """Record the count of the collected cells."""

    collection: str = f.ref("collection", label="Bag", touch=True)
    cd3: Quantity = f.quantity("10*6", "CD3+ cells", low="0", high="1000000")
    viability: Quantity = f.quantity("%", "Viability", low="0", high="100")


@action("label-bag", roles=NURSE, meaning=Meaning.PERFORMED)
class LabelBag(Action):
    """Scan the label on the bag against the wristband, at the chair."""

    collection: str = f.ref("collection", label="Bag", touch=True)
    wristband: str = f.code("Wristband scan")
    label: str = f.code("Bag label scan", help="the chain of identity printed on the bag")


@action("accept-collection", roles=(Role.OPERATOR,), meaning=Meaning.PERFORMED)
class AcceptCollection(Action):
    """Take the bag into the clean room: right patient, intact, counted, within its hold time."""

    collection: str = f.ref("collection", label="Bag", touch=True)
    label: str = f.code("Bag label scan")


@checks(CollectCells)
def _collect(act: CollectCells, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(f"collection:{act.collection}").exists, "subject-exists", kind="collection",
              code=act.collection)  # fmt: skip
    journey: Journey = known(book, f"journey:{act.journey}")
    refuse_if(not journey.coi, "coi-missing", journey=act.journey)
    require_consent(journey, book, asking.site, asking.today)
    same_patient(journey.coi, act.wristband, "wristband")
    site = book.sheet(f"site:{asking.site}")
    refuse_if(not site.has_role("apheresis", asking.today), "site-role-missing", site=asking.site, role="apheresis")
    after(asking.happened_at, journey.eligible_at, "eligibility")
    process: Process = known(book, f"process:{journey.process}")
    version = process.current()
    if version is None:
        raise Refused("process-version-unknown", process=journey.process, number="")
    hold = int(version.recipe.get("collection_hold_h", 0))
    refuse_if(hold <= 0, "recipe-unreadable", where="collection_hold_h", fault="is missing")
    bag = f"collection:{act.collection}"
    move = Move(f"journey:{act.journey}", bag, "apheresis", plain(act.volume.value), "mL")
    moves = (move, *made_at(asking.site, bag))
    return Accepted(given={"coi": journey.coi, "hold_h": hold}, moves=moves)


@checks(CountCells)
def _count(act: CountCells, asking: Asking, book: Book) -> None:
    bag: Collection = known(book, act.about)
    after(asking.happened_at, bag.collected_at, "collecting")
    refuse_if(bag.used_in, "collection-used", collection=act.collection, batch=bag.used_in)


@checks(LabelBag)
def _label(act: LabelBag, asking: Asking, book: Book) -> Accepted | None:
    bag: Collection = known(book, act.about)
    same_patient(bag.coi, act.wristband, "wristband")
    said = require_label(act.label, bag.coi, act.collection, "collection-bag")
    after(asking.happened_at, bag.collected_at, "collecting")
    if said is None:
        return None
    # A numbered label is used by putting it on the bag: one act, and the label's account knows it.
    label = known(book, f"label:{said.serial}")
    label.require_said(said)
    label.require_open()
    account = label.account
    move = Move(f"labels-open:{account}", f"labels-used:{account}", f"label {said.kind}", "1", "1")
    also = (f"labels:{account}", f"label:{said.serial}")
    return Accepted(also=also, given={"labels": [said.serial]}, moves=(move,))


@checks(AcceptCollection)
def _accept(act: AcceptCollection, asking: Asking, book: Book) -> None:
    bag: Collection = known(book, act.about)
    require_in_hand(bag, act.about)
    refuse_if(bag.labelled_at is None, "bag-not-labelled", collection=act.collection)
    refuse_if(bag.cd3_e6 is None, "bag-not-counted", collection=act.collection)
    refuse_if(bag.accepted_at is not None, "already-accepted", collection=act.collection)
    require_label(act.label, bag.coi, act.collection, "collection-bag")
    after(asking.happened_at, bag.labelled_at, "labelling")
    bag.require_fresh(asking.happened_at)


@applies(CollectCells, "collection")
def _(bag: Collection, act: CollectCells, entry: Entry) -> Collection:
    return replace(
        bag, journey=act.journey, coi=entry.given["coi"], hold_h=entry.given["hold_h"],
        collected_at=entry.happened_at, volume_ml=act.volume.value,
    )  # fmt: skip


@applies(CollectCells, "journey")
def _(journey: Journey, act: CollectCells, entry: Entry) -> Journey:
    return replace(journey, collections=(*journey.collections, act.collection)).reached("collected", entry)


@applies(CountCells, "collection")
def _(bag: Collection, act: CountCells, entry: Entry) -> Collection:
    return replace(bag, cd3_e6=act.cd3.value, viability_pct=act.viability.value)


@applies(LabelBag, "collection")
def _(bag: Collection, act: LabelBag, entry: Entry) -> Collection:
    return replace(bag, labelled_at=entry.happened_at)


@applies(AcceptCollection, "collection")
def _(bag: Collection, act: AcceptCollection, entry: Entry) -> Collection:
    return replace(bag, accepted_at=entry.happened_at)
