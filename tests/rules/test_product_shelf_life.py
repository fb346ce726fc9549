"""Product shelf life: the signed result of a stability study ends what frozen fractions are good for."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from milenari.rules.filling import good_until
from milenari.rules.stability import (
    ApproveShelfLife,
    ComputeShelfLife,
    PlanStability,
    RecordStability,
    VerifyStability,
    end_of_shelf_life,
    months_after,
)
from tests.rules.cast import (
    REASON,
    administer,
    at_bedside,
    batch_made,
    decide_,
    fill,
    found,
    harvest,
    network,
    q,
    scan,
    station,
)

ROME = ZoneInfo("Europe/Rome")
PLAN = PlanStability(
    study="S2", process="ARI", attribute="viability_pct", direction="lower", limit=q("70", "%"), storage="vapour phase",
    lots=("F1",), extrapolate_months=0,
)  # fmt: skip
APPROVE = ApproveShelfLife(study="S2", shelflife="ARI")


@station
def studied():
    """Frozen cells measured up to month 24; nothing is computed yet."""
    book = network()
    book.site = "BCN"
    book.do(PLAN, "qa")
    for months in ("0", "12", "24"):
        book.do(RecordStability(study="S2", sample=f"F1-{months}", lot="F1", months=q(months, "mo"), value=q("85", "%"),
                                method="flow 1"), "qc-analyst")  # fmt: skip
        book.do(VerifyStability(study="S2", sample=f"F1-{months}"), "qc-analyst-2")
    return book


def compute(book, months):
    figures = book.sheet("stability:S2").figures()
    return ComputeShelfLife(study="S2", months=months, method="q1e 1", detail={"model": "common"}, figures=figures)


def with_shelf_life(book, months):
    """The same book with a shelf life of the frozen cells approved in Barcelona."""
    study = studied()
    study.do(compute(study, months), "qa")
    study.do(APPROVE, "qp", reason=REASON)
    book.sheets["shelflife:ARI"] = study.sheets["shelflife:ARI"]
    return book


def harvested():
    book = batch_made()
    book.do(harvest(), "operator")
    return book


def of_recipe(book):
    return book.sheet("batch:B1").harvested_at + timedelta(hours=720)


@pytest.mark.parametrize("months", [0, 1, 12])
def test_a_fraction_is_never_good_for_longer_than_the_recipe_says(months):
    book = with_shelf_life(harvested(), months) if months else harvested()
    book.do(fill(), "operator")
    assert book.sheet("dose:B1-F1").use_by == of_recipe(book)


def test_a_fraction_is_good_for_no_longer_than_the_shelf_life_in_force():
    book = harvested()
    batch = book.sheet("batch:B1")
    long = replace(batch, recipe={**batch.recipe, "product_shelf_life_h": 8760})
    book.sheets["batch:B1"] = long
    plain_ = book.copy()
    plain_.do(fill(), "operator")
    assert plain_.sheet("dose:B1-F1").use_by == batch.harvested_at + timedelta(hours=8760)
    with_shelf_life(book, 9).do(fill(), "operator")
    made = batch.harvested_at.astimezone(ROME)
    use_by = book.sheet("dose:B1-F1").use_by
    assert use_by.tzinfo == UTC and use_by.astimezone(ROME).date() == months_after(made.date(), 9)
    assert use_by.astimezone(ROME).time() == made.time()  # across the change of the clocks
    assert use_by == good_until(book, long, batch.harvested_at, "Europe/Rome")
    assert {book.sheet(f"dose:B1-F{n}").use_by for n in (1, 2, 3)} == {use_by}


def test_a_shorter_shelf_life_ends_bags_that_were_filled_before():
    book = at_bedside()
    use_by = book.sheet("dose:B1-F1").use_by
    again = with_shelf_life(book.copy(), 1)
    assert again.sheet("dose:B1-F1").use_by == use_by
    again.do(administer(), "ward-nurse")
    # Forty days after the harvest by the batch, and the bag itself still says later: the shelf life decides.
    short = book.copy()
    batch = short.sheet("batch:B1")
    short.sheets["batch:B1"] = replace(batch, harvested_at=batch.harvested_at - timedelta(days=40))
    with_shelf_life(short, 1)
    for act, who in ((administer(), "ward-nurse"), (scan(), "ward-nurse"), (decide_(), "physician")):
        assert short.refused("product-expired", act, who)["use_by"] < short.now


def test_no_shelf_life_is_no_bound():
    book = harvested()
    assert end_of_shelf_life(book, "ARI", book.now, "Europe/Rome") is None
    assert end_of_shelf_life(with_shelf_life(book, 3), "ARI", book.now, "Europe/Rome") is not None


def test_whoever_approves_simulated_figures_is_told():
    for simulated, told in ((True, ["shelf-life-simulated"]), (False, [])):
        book = studied()
        book.sheets["stability:S2"] = replace(book.sheet("stability:S2"), simulated=simulated)
        book.do(compute(book, 9), "qa")
        assert found(book.do(APPROVE, "qp", reason=REASON)) == told
    marked = network()
    marked.site = "BCN"
    marked.do(replace(PLAN, simulated=True), "qa")
    assert marked.sheet("stability:S2").simulated
