"""Filling: fractions by the patient's weight, and every cell accounted for."""

from datetime import timedelta
from decimal import Decimal

from milenari.rules.batch import ConsumeMaterial
from milenari.rules.filling import HarvestBatch
from milenari.rules.hold import HoldBatch
from tests.rules.cast import (
    BEADS,
    REASON,
    VerifyStep,
    balance,
    batch_filled,
    batch_made,
    batch_started,
    fill,
    harvest,
    p1,
    q,
    reconcile,
)


def harvested(cells="1000"):
    book = batch_made()
    book.do(harvest(cells), "operator")
    return book


def filled():
    book = harvested()
    book.do(fill(), "operator")
    return book


def test_the_harvest_comes_after_the_last_phase_and_once():
    book = batch_started()
    book.refused("step-out-of-order", harvest(), "operator")
    book = batch_made()
    earlier = book.sheet("batch:B1").steps[-1].at - timedelta(minutes=1)
    book.refused("before-its-cause", harvest(), "operator", at=earlier)
    book.do(harvest(), "operator")
    book.refused("already-harvested", harvest(), "operator")
    more = ConsumeMaterial(batch="B1", material="BEADS-1", amount=q("1", "mL"))
    book.refused("already-harvested", more, "operator")


def test_the_harvest_waits_for_the_second_signature():
    book = batch_started()
    batch = book.sheet("batch:B1")
    recipe = {**batch.recipe, "phases": batch.recipe["phases"][:1]}
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "recipe": recipe})
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.refused("step-unverified", harvest(), "operator")
    book.do(VerifyStep(batch="B1", phase="P1"), "operator-2")
    book.do(harvest(), "operator")


def test_the_fractions_are_filled_once_from_what_was_harvested():
    book = batch_made()
    book.refused("not-harvested", fill(), "operator")
    book = harvested("59.9")
    facts = book.refused("more-than-there-is", fill(), "operator")
    assert (facts["wanted"], facts["left"]) == ("60.0", "59.9")
    book = harvested()
    book.refused("before-its-cause", fill(), "operator", at=book.now - timedelta(minutes=9))
    book.do(fill(), "operator")
    book.refused("already-filled", fill(), "operator")


def test_a_girl_of_20_kg_gets_6_18_and_36_million_cells():
    book = filled()
    doses = [book.sheet(f"dose:B1-F{n}") for n in (1, 2, 3)]
    assert [d.cells_e6 for d in doses] == [6, 18, 36]
    assert {d.coi for d in doses} == {book.sheet("batch:B1").coi}


def test_a_bound_is_no_count():
    bound = HarvestBatch(batch="B1", cells=q(">1000", "10*6"), volume=q("9", "mL"))
    batch_made().refused("reading-not-exact", bound, "operator")


def test_every_cell_is_accounted_for_within_the_recipes_tolerance():
    book = harvested()
    book.refused("not-filled", reconcile(), "operator-2")
    book = filled()
    book.refused("cells-unaccounted", reconcile("869.9"), "operator-2")
    book.refused("cells-unaccounted", reconcile("890.1"), "operator-2")
    book.refused("before-its-cause", reconcile(), "operator-2", at=book.now - timedelta(minutes=9))
    book.do(reconcile("870"), "operator-2")
    book.refused("already-reconciled", reconcile(), "operator-2")
    assert balance(book)["unaccounted", "CAR+ cells"] == 10


def test_a_surplus_is_booked_from_the_unaccounted_and_never_as_a_negative_amount():
    book = filled()
    entry = book.do(reconcile("885"), "operator-2")
    assert all(Decimal(move.amount) > 0 for move in entry.moves)
    assert balance(book)["batch:B1", "CAR+ cells"] == 0
    assert balance(book)["unaccounted", "CAR+ cells"] == -5


def test_who_harvested_or_filled_does_not_sign_the_reconciliation_as_verified():
    book = batch_made()
    book.do(harvest(), "operator")
    book.do(fill(), "operator-2")
    book.refused("own-work", reconcile(), "operator")
    book.refused("own-work", reconcile(), "operator-2")
    book.do(reconcile(), "qa")


def test_on_hold_nothing_is_harvested_filled_or_reconciled():
    for book, act, who in (
        (batch_made(), harvest(), "operator"),
        (harvested(), fill(), "operator"),
        (filled(), reconcile(), "operator-2"),
    ):
        book.do(HoldBatch(batch="B1"), "qa", reason=REASON)
        book.refused("batch-on-hold", act, who)


def test_after_reconciliation_the_batch_account_is_nought():
    assert balance(batch_filled())["batch:B1", "CAR+ cells"] == 0
