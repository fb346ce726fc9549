"""Infusion: each fraction is decided, scanned twice at the bedside, confirmed by a second person, given.

A fraction's conditions (toxicity, interval, release, recall) are asked when it is decided and again when
it is given. Fractions: doi:10.1016/j.ymthe.2020.09.027 (10/30/60 %), NCT04778579 (0.1/0.3/0.6/2.0e6/kg).
Conditions not public for ARI-0001 are protocol parameters in the recipe, never constants here.
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
    Finding,
    Move,
    Refused,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.batch import Batch
from milenari.rules.carrier import require_label
from milenari.rules.chain import same_patient
from milenari.rules.custody import require_in_hand, used_at
from milenari.rules.filling import Dose
from milenari.rules.lease import require_leases
from milenari.rules.monitoring import require_trials
from milenari.rules.referral import Infused, Journey, require_consent
from milenari.rules.release import book_lot, unweighed_results
from milenari.rules.stability import end_of_shelf_life
from milenari.rules.testing import doubtful_results
from milenari.words import Facts, Meaning, Role, plain

GIVABLE = ("conditional", "final", "out-of-specification")
# A scan at the bedside says who lies there now; after this it says nothing.
SCAN_HOLDS = timedelta(minutes=30)
NURSES = (Role.WARD_NURSE, Role.PHYSICIAN)


@action("decide-fraction", roles=(Role.PHYSICIAN,), meaning=Meaning.APPROVED)
class DecideFraction(Action):
    """Decide to administer or hold a fraction on today's toxicity and interval."""

    dose: str = f.ref("dose", label="Fraction", touch=True)
    decision: str = f.choice(("administer", "hold"), "Decision")
    remarks: str = f.text("Remarks", required=False)


@action("scan-bedside", roles=NURSES, meaning=Meaning.PERFORMED)
class ScanBedside(Action):
    """Scan the wristband and the bag at the bedside."""

    dose: str = f.ref("dose", label="Fraction", touch=True)
    wristband: str = f.code("Wristband scan")
    bag: str = f.code("Bag scan")


@action("confirm-bedside", roles=NURSES, meaning=Meaning.VERIFIED)
class ConfirmBedside(Action):
    """Second person scans wristband and bag again."""

    dose: str = f.ref("dose", label="Fraction", touch=True)
    wristband: str = f.code("Wristband scan")
    bag: str = f.code("Bag scan")


@action("administer-fraction", roles=NURSES, meaning=Meaning.PERFORMED)
class AdministerFraction(Action):
    """Record that the fraction was infused."""

    dose: str = f.ref("dose", label="Fraction", touch=True)
    journey: str = f.ref("journey", label="Journey", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


def conditions(dose: Dose, batch: Batch, journey: Journey, asking: Asking) -> Facts:
    """Refuse a fraction whose conditions fail now; return the arithmetic of its dose."""
    protocol = (batch.recipe or {})["protocol"]
    earlier = [i for i in journey.infusions if i.batch == batch.code]
    refuse_if(any(i.dose == dose.code for i in earlier), "already-given", doses=[dose.code])
    refuse_if(dose.part != len(earlier) + 1, "fraction-out-of-order", part=dose.part, next=len(earlier) + 1)
    # Interval and toxicity count from whatever was infused last, a fraction of an earlier batch included;
    # only the longest interval is one between fractions of the same batch.
    if journey.infusions:
        last = max(i.at for i in journey.infusions)
        hours = (asking.happened_at - last).total_seconds() / 3600
        shortest, longest = int(protocol["min_interval_h"]), int(protocol["max_interval_d"]) * 24
        refuse_if(hours < shortest, "interval-too-short", hours=f"{hours:.1f}", shortest=shortest)
        refuse_if(earlier and hours > longest, "interval-too-long", hours=f"{hours:.1f}", longest=longest)
        _toxicity(journey, protocol, asking, last)
    return arithmetic(dose, journey, protocol, asking)


def _toxicity(journey: Journey, protocol: Facts, asking: Asking, last: datetime) -> None:
    """Refuse while the newest grade since the last infusion is too high, absent, or older than allowed."""
    oldest = last
    if "grade_max_age_h" in protocol:
        oldest = max(last, asking.happened_at - timedelta(hours=int(protocol["grade_max_age_h"])))
    for scale, most in (("CRS", int(protocol["max_crs"])), ("ICANS", int(protocol["max_icans"]))):
        since = [g for g in journey.grades if g.scale == scale and g.at >= oldest]
        if not since:
            raise Refused("toxicity-not-graded", scale=scale, since=oldest)
        # The newest by when it was seen: an older grade entered afterwards does not hide a worse one.
        newest = max(since, key=lambda g: (g.at, g.grade))
        refuse_if(newest.grade > most, "toxicity-too-high", scale=scale, grade=newest.grade, most=most)


def arithmetic(dose: Dose, journey: Journey, protocol: Facts, asking: Asking) -> Facts:
    """How the cells in the bag stand to today's weight, with every number shown."""
    if journey.weight_kg is None or journey.weight_on is None:
        raise Refused("weight-missing", test="dose")
    age = (asking.today - journey.weight_on).days
    oldest = int(protocol["weight_max_age_d"])
    refuse_if(age > oldest, "weight-too-old", weighed_on=journey.weight_on, days=age, most=oldest)
    per_kg = dose.cells_e6 / journey.weight_kg
    return {
        "cells": plain(dose.cells_e6), "weight_kg": plain(journey.weight_kg), "per_kg": f"{per_kg:.4g}",
        "unit": "10*6/kg", "total_before": plain(sum((i.cells_e6 for i in journey.infusions), Decimal(0))),
    }  # fmt: skip


def require_givable(dose: Dose, book: Book) -> Batch:
    """The batch of a fraction, released and neither recalled nor under a late failing result."""
    batch: Batch = known(book, f"batch:{dose.batch}")
    refuse_if(batch.decision == "recalled", "batch-recalled", batch=batch.code)
    refuse_if(batch.decision not in GIVABLE, "not-released", batch=batch.code, decision=batch.decision)
    # A failing result counts from its entry on, not only once a second person has confirmed it.
    if batch.decision == "out-of-specification":
        failing = unweighed_results(batch)
    else:
        failing = [batch.alarm] if batch.alarm else doubtful_results(batch)
    refuse_if(failing, "late-result-failed", batch=batch.code, test=", ".join(failing))
    book_lot(book, batch)
    return batch


def require_fresh(dose: Dose, batch: Batch, asking: Asking, book: Book) -> None:
    """Refuse a bag past the product's shelf life, which is counted from harvest.

    A shorter shelf life that was approved after the bag was filled counts as well; a longer one does not.
    """
    stable = batch.harvested_at and end_of_shelf_life(book, batch.process, batch.harvested_at, asking.zone)
    last = min((end for end in (dose.use_by, stable) if end), default=None)
    refuse_if(last is not None and asking.happened_at > last, "product-expired", dose=dose.code, use_by=last)


@checks(DecideFraction)
def _decide(act: DecideFraction, asking: Asking, book: Book) -> Accepted:
    dose: Dose = known(book, act.about)
    refuse_if(dose.given_at is not None, "already-given", doses=[dose.code])
    journey: Journey = known(book, f"journey:{dose.journey}")
    if act.decision == "hold":
        return Accepted(findings=(Finding("fraction-held", {"dose": dose.code}),))
    batch = require_givable(dose, book)
    require_fresh(dose, batch, asking, book)
    require_consent(journey, book, asking.site, asking.today)
    require_trials(book, journey)
    found = conditions(dose, batch, journey, asking)
    oos = batch.decision == "out-of-specification"
    facts = {"batch": batch.code}
    return Accepted(given=found, findings=(Finding("not-conforming-product", facts),) if oos else ())


def _scan(dose: Dose, wristband: str, bag: str) -> None:
    same_patient(dose.coi, wristband, "wristband")
    # The bag's own symbol, or its bare code; a symbol names the patient too, and a shipper's is no bag's.
    symbol = require_label(bag, dose.coi, dose.code, "product-bag") if bag.startswith("M1/") else None
    refuse_if(symbol is None and bag != dose.code, "another-bag", scanned=bag, expected=dose.code)
    refuse_if(dose.given_at is not None, "already-given", doses=[dose.code])


@checks(ScanBedside)
def _scan_bedside(act: ScanBedside, asking: Asking, book: Book) -> None:
    dose: Dose = known(book, act.about)
    _scan(dose, act.wristband, act.bag)
    require_in_hand(dose, act.about)
    require_fresh(dose, require_givable(dose, book), asking, book)
    require_leases(act.about, asking, book)  # said before the bag is thawed, asked again when it is given
    refuse_if(dose.decision != "administer", "not-decided", dose=dose.code, decision=dose.decision)
    after(asking.happened_at, dose.decided_at, "decision")


@checks(ConfirmBedside)
def _confirm(act: ConfirmBedside, asking: Asking, book: Book) -> None:
    dose: Dose = known(book, act.about)
    _scan(dose, act.wristband, act.bag)
    refuse_if(dose.scanned_at is None, "not-scanned", dose=dose.code)
    refuse_if(dose.scanned_by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, dose.scanned_at, "first scan")


@checks(AdministerFraction)
def _administer(act: AdministerFraction, asking: Asking, book: Book) -> Accepted:
    dose: Dose = known(book, act.about)
    journey: Journey = known(book, f"journey:{act.journey}")
    refuse_if(dose.given_at is not None, "already-given", doses=[dose.code])
    same_patient(journey.coi, dose.coi, "bag")
    require_in_hand(dose, act.about)
    batch = require_givable(dose, book)
    require_fresh(dose, batch, asking, book)
    require_consent(journey, book, asking.site, asking.today)
    require_trials(book, journey)
    refuse_if(dose.decision != "administer", "not-decided", dose=dose.code, decision=dose.decision)
    if dose.scanned_at is None or not dose.confirmed_by:
        raise Refused("not-scanned", dose=dose.code)
    after(asking.happened_at, dose.confirmed_at, "second scan")
    refuse_if(asking.happened_at - dose.scanned_at > SCAN_HOLDS, "scan-too-old", dose=dose.code,
              scanned_at=dose.scanned_at)  # fmt: skip
    found = conditions(dose, batch, journey, asking)
    spoken = require_leases(act.about, asking, book)
    move = Move(act.about, f"journey:{act.journey}", "CAR+ cells", plain(dose.cells_e6), "10*6")
    return Accepted(given=found, findings=spoken, moves=(move, used_at(asking.site, act.about)))


# -- applies --------------------------------------------------------------------------------------------


@applies(DecideFraction, "dose")
def _(dose: Dose, act: DecideFraction, entry: Entry) -> Dose:
    # A new decision voids earlier scans: what was seen before it does not count after it.
    return replace(
        dose, decision=act.decision, decided_at=entry.happened_at, scanned_by="", scanned_at=None,
        confirmed_by="", confirmed_at=None,
    )  # fmt: skip


@applies(ScanBedside, "dose")
def _(dose: Dose, act: ScanBedside, entry: Entry) -> Dose:
    return replace(dose, scanned_by=entry.by, scanned_at=entry.happened_at, confirmed_by="", confirmed_at=None)


@applies(ConfirmBedside, "dose")
def _(dose: Dose, act: ConfirmBedside, entry: Entry) -> Dose:
    return replace(dose, confirmed_by=entry.by, confirmed_at=entry.happened_at)


@applies(AdministerFraction, "dose")
def _(dose: Dose, act: AdministerFraction, entry: Entry) -> Dose:
    return replace(dose, given_at=entry.happened_at)


@applies(AdministerFraction, "journey")
def _(journey: Journey, act: AdministerFraction, entry: Entry) -> Journey:
    name = next(n for n, _ in entry.subjects if n.startswith("dose:"))
    batch, _, part = act.dose.rpartition("-F")
    made = Infused(act.dose, batch, int(part), entry.happened_at, Decimal(entry.given["cells"]))
    assert name == f"dose:{act.dose}"
    return replace(journey, infusions=(*journey.infusions, made)).reached("infused", entry)
