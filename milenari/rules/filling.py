"""Filling: the harvest, the fractions filled from it by the patient's weight, and every cell accounted for.

Governing requirements: EU GMP Part IV section 6 (yields and reconciliation); fractions as protocol data:
doi:10.1016/j.ymthe.2020.09.027 (10/30/60 %), NCT04778579 (0.1, 0.3, 0.6, 2.0 x 10^6 per kg).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Move,
    Refused,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.batch import OPERATOR, Batch, require_for_patient, working
from milenari.rules.custody import Held, made_at
from milenari.rules.lease import require_not_withheld
from milenari.rules.procedure import fractions
from milenari.rules.stability import end_of_shelf_life
from milenari.rules.testing import worked
from milenari.words import Facts, Meaning, Quantity, Role, iso, plain, utc

# -- frozen state ---------------------------------------------------------------------------------------


@sheet("dose")
class Dose(Held):
    """One fraction of the product in its own bag, each with its own decision."""

    batch: str = ""
    journey: str = ""
    coi: str = ""
    part: int = 0
    cells_e6: Decimal = Decimal(0)
    volume_ml: Decimal = Decimal(0)
    use_by: datetime | None = None
    decision: str = ""
    decided_at: datetime | None = None
    scanned_by: str = ""
    scanned_at: datetime | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    given_at: datetime | None = None

    def may_leave(self, to_site: str, asking: Asking, book: Book) -> None:
        """A fraction that was given is an empty bag."""
        refuse_if(self.given_at is not None, "already-given", doses=[self.code])
        require_not_withheld(f"dose:{self.code}", to_site, book)


# -- actions --------------------------------------------------------------------------------------------


@action("harvest-batch", roles=OPERATOR, meaning=Meaning.PERFORMED)
class HarvestBatch(Action):
    """Harvest the cells after the last phase of the recipe."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    cells: Quantity = f.quantity("10*6", "CAR+ viable cells", low="0", high="100000")
    volume: Quantity = f.quantity("mL", "Volume", low="0.1", high="5000")


@action("fill-batch", roles=OPERATOR, meaning=Meaning.PERFORMED)
class FillBatch(Action):
    """Fill the fractions that the protocol foresees; their cells come from the patient's weight."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    volume: Quantity = f.quantity("mL", "Volume per fraction", low="0.1", high="500")


@action("reconcile-batch", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.VERIFIED)
class ReconcileBatch(Action):
    """Account for every harvested cell: fractions, samples, retained, discarded."""

    batch: str = f.ref("batch", label="Batch", touch=True)
    sampled: Quantity = f.quantity("10*6", "Cells in samples", low="0")
    retained: Quantity = f.quantity("10*6", "Cells retained", low="0")
    discarded: Quantity = f.quantity("10*6", "Cells discarded", low="0")


# -- checks ---------------------------------------------------------------------------------------------


@checks(HarvestBatch)
def _harvest(act: HarvestBatch, asking: Asking, book: Book) -> Accepted:
    batch = working(book, asking, act.about)
    refuse_if(batch.harvested_at, "already-harvested", batch=act.batch)
    left = batch.next_phase()
    refuse_if(left is not None, "step-out-of-order", phase="harvest", next=left["code"] if left else "")
    waiting = batch.awaiting_verification()
    refuse_if(waiting, "step-unverified", phases=list(waiting))
    after(asking.happened_at, batch.steps[-1].at if batch.steps else None, "previous step")
    return Accepted(moves=(Move("growth", act.about, "CAR+ cells", plain(act.cells.value), "10*6"),))


@checks(FillBatch)
def _fill(act: FillBatch, asking: Asking, book: Book) -> Accepted:
    batch = working(book, asking, act.about)
    require_for_patient(batch)
    if batch.harvested_at is None:
        raise Refused("not-harvested", of=act.about)
    refuse_if(batch.doses, "already-filled", batch=act.batch)
    after(asking.happened_at, batch.harvested_at, "harvest")
    weight = batch.weight_kg or Decimal(0)
    parts = fraction_cells((batch.recipe or {}).get("protocol", {}), weight)
    total = sum((cells for _, cells in parts), Decimal(0))
    refuse_if(total > batch.cells_e6, "more-than-there-is", wanted=plain(total), left=plain(batch.cells_e6),
              unit="10*6")  # fmt: skip
    doses = [
        {"code": f"{act.batch}-F{n}", "part": n, "per_kg": plain(per_kg), "cells": plain(cells)}
        for n, (per_kg, cells) in enumerate(parts, 1)
    ]
    names = tuple(f"dose:{d['code']}" for d in doses)
    moves = tuple(
        Move(act.about, name, "CAR+ cells", str(d["cells"]), "10*6") for name, d in zip(names, doses, strict=True)
    )
    given = {
        "doses": doses, "coi": batch.coi, "journey": batch.journey, "weight_kg": plain(weight),
        "use_by": iso(good_until(book, batch, batch.harvested_at, asking.zone)),
    }  # fmt: skip
    return Accepted(also=names, given=given, moves=(*moves, *made_at(asking.site, *names)))


def good_until(book: Sheets, batch: Batch, harvested_at: datetime, zone: str) -> datetime:
    """Until when its fractions may be given: as the recipe says, and never beyond the shelf life in force."""
    recipe = harvested_at + timedelta(hours=int((batch.recipe or {})["product_shelf_life_h"]))
    stable = end_of_shelf_life(book, batch.process, harvested_at, zone)
    return min(recipe, stable) if stable else recipe


def fraction_cells(protocol: Facts, weight_kg: Decimal) -> list[tuple[Decimal, Decimal]]:
    """(10*6 cells per kg, 10*6 cells) of each fraction that the protocol foresees at this weight."""
    return [(dose, dose * weight_kg) for dose in fractions(protocol)]


@checks(ReconcileBatch)
def _reconcile(act: ReconcileBatch, asking: Asking, book: Book) -> Accepted:
    batch: Batch = known(book, act.about)
    refuse_if(not batch.doses, "not-filled", of=act.about)
    refuse_if(batch.reconciled, "already-reconciled", batch=act.batch)
    refuse_if(batch.on_hold, "batch-on-hold", batch=act.batch, reason=batch.on_hold)
    # The signature says verified: it is not that of who counted the harvest or filled the bags.
    refuse_if(asking.by in batch.counted_by, "own-work", person=asking.by)
    after(asking.happened_at, batch.filled_at, "filling")
    book.sheet(f"labels:{asking.site}/batch/{act.batch}").require_settled(act.about)
    filled = sum((book.sheet(f"dose:{d}").cells_e6 for d in batch.doses), Decimal(0))
    out = filled + act.sampled.value + act.retained.value + act.discarded.value
    gap = batch.cells_e6 - out
    tolerance = Decimal(str((batch.recipe or {}).get("reconciliation_tolerance_pct", "0")))
    refuse_if(abs(gap) * 100 > tolerance * batch.cells_e6, "cells-unaccounted", unit="10*6",
              harvested=plain(batch.cells_e6), accounted=plain(out), gap=plain(gap))  # fmt: skip
    parts = (("samples", act.sampled), ("retained", act.retained), ("discarded", act.discarded))
    moves = [Move(act.about, to, "CAR+ cells", plain(q.value), "10*6") for to, q in parts if q.value]
    if gap:
        pair = (act.about, "unaccounted") if gap > 0 else ("unaccounted", act.about)
        moves.append(Move(*pair, "CAR+ cells", plain(abs(gap)), "10*6"))
    return Accepted(moves=tuple(moves), given={"gap": plain(gap)})


# -- applies --------------------------------------------------------------------------------------------


@applies(HarvestBatch, "batch")
def _(batch: Batch, act: HarvestBatch, entry: Entry) -> Any:
    counted = (*batch.counted_by, entry.by)
    cells = act.cells.value
    return worked(batch, entry, harvested_at=entry.happened_at, cells_e6=cells, counted_by=counted)


@applies(FillBatch, "batch")
def _(batch: Batch, act: FillBatch, entry: Entry) -> Any:
    doses, counted = tuple(d["code"] for d in entry.given["doses"]), (*batch.counted_by, entry.by)
    return worked(batch, entry, doses=doses, counted_by=counted, filled_at=entry.happened_at)


@applies(FillBatch, "dose")
def _(dose: Dose, act: FillBatch, entry: Entry) -> Dose:
    mine = next(d for d in entry.given["doses"] if d["code"] == dose.code)
    return replace(
        dose, batch=act.batch, journey=entry.given["journey"], coi=entry.given["coi"], part=mine["part"],
        cells_e6=Decimal(mine["cells"]), use_by=utc(entry.given["use_by"]), volume_ml=act.volume.value,
    )  # fmt: skip


@applies(ReconcileBatch, "batch")
def _(batch: Batch, act: ReconcileBatch, entry: Entry) -> Any:
    return worked(batch, entry, reconciled=True)
