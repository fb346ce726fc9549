"""Infusion: each fraction decided, scanned twice, given once, to its own patient."""

from datetime import date, timedelta

import pytest

from milenari.rules.custody import Dispatch
from milenari.rules.followup import RecordDeath
from milenari.rules.infusion import ConfirmBedside, ScanBedside
from milenari.rules.release import RecallBatch
from milenari.rules.vector import RecallLot
from tests.rules.cast import (
    COI,
    DAY,
    OTHER_COI,
    AcceptCollection,
    TakeSample,
    administer,
    at_bedside,
    batch_filled,
    certify,
    collect_fully,
    confirm,
    crs,
    decide_,
    fill,
    found,
    give,
    harvest,
    icans,
    infused,
    make,
    next_day,
    prepare,
    reconcile,
    refer_fully,
    release,
    released,
    result,
    review,
    scan,
    start,
    test_batch,
    tested,
    weigh,
)
from tests.rules.recipes import GOOD


def with_protocol(book, **changes):
    batch = book.sheet("batch:B1")
    recipe = {**batch.recipe, "protocol": {**batch.recipe["protocol"], **changes}}
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "recipe": recipe})
    return book


def second_batch(book):
    """Another batch of the same girl, released, with fractions of its own."""
    collect_fully(book, "BAG3", "J1", COI)
    book.do(AcceptCollection(collection="BAG3", label=COI), "operator")
    book.do(start("B2", bag="BAG3"), "operator")
    make(book, "B2", "V1-002")
    book.do(harvest(batch="B2"), "operator")
    book.do(fill("B2"), "operator")
    book.do(reconcile(batch="B2"), "operator-2")
    book.do(TakeSample(of="batch:B2", sample="S2", tests=tuple(GOOD)), "operator")
    test_batch(book, batch="B2")
    review(book, "B2")
    book.do(certify(batch="B2"), "qp")
    book.do(release(batch="B2"), "qp")
    return book


def test_a_fraction_is_given_after_decision_scan_and_second_scan_and_only_once():
    book = released()
    book.refused("not-decided", scan(), "ward-nurse")
    book.refused("not-decided", administer(), "ward-nurse")
    book.do(decide_(), "physician")
    book.refused("not-scanned", confirm(), "ward-nurse-2")
    book.refused("not-scanned", administer(), "ward-nurse")
    book.do(scan(), "ward-nurse")
    book.refused("not-scanned", administer(), "ward-nurse")
    book.refused("own-work", confirm(), "ward-nurse")
    book.do(confirm(), "ward-nurse-2")
    entry = book.do(administer(), "ward-nurse")
    assert entry.given["per_kg"] == "0.3" and entry.moves[0].amount == "6.0"
    for act, who in ((decide_(), "physician"), (scan(), "ward-nurse"), (confirm(), "ward-nurse-2"),
                     (administer(), "ward-nurse")):  # fmt: skip
        book.refused("already-given", act, who)


def test_nothing_is_given_before_release():
    for book in (batch_filled(), tested()):
        book.refused("not-released", decide_(), "physician")


def test_the_wristband_and_the_bag_are_those_of_the_fraction():
    book = released()
    book.do(decide_(), "physician")
    book.refused("another-patient", scan(wristband=OTHER_COI), "ward-nurse")
    swapped = ScanBedside(dose="B1-F1", wristband=COI, bag="B1-F2")
    book.refused("another-bag", swapped, "ward-nurse")
    book.do(scan(), "ward-nurse")
    book.refused("another-patient", confirm(wristband=OTHER_COI), "ward-nurse-2")
    again = ConfirmBedside(dose="B1-F1", wristband=COI, bag="B1-F2")
    book.refused("another-bag", again, "ward-nurse-2")
    book.do(confirm(), "ward-nurse-2")


def test_a_fraction_never_goes_to_another_journey():
    book = at_bedside()
    refer_fully(book, "J2", OTHER_COI)
    book.refused("another-patient", administer(journey="J2"), "ward-nurse")
    book.do(administer(), "ward-nurse")


def test_a_scan_of_half_an_hour_ago_says_nothing_about_now():
    book = at_bedside().later(minutes=29)
    book.refused("scan-too-old", administer(), "ward-nurse")
    at_bedside().later(minutes=20).do(administer(), "ward-nurse")


def test_nothing_is_given_before_the_second_scan():
    book = at_bedside()
    dose = book.sheet("dose:B1-F1")
    book.refused("before-its-cause", administer(), "ward-nurse", at=dose.scanned_at)
    book.refused("before-its-cause", scan(), "ward-nurse", at=dose.decided_at - timedelta(minutes=1))
    book.refused("before-its-cause", confirm(), "ward-nurse-2", at=dose.decided_at)


def test_a_new_decision_voids_the_scans_before_it():
    book = at_bedside()
    assert found(book.do(decide_(decision="hold"), "physician")) == ["fraction-held"]
    book.refused("not-decided", administer(), "ward-nurse")
    book.do(decide_(), "physician")
    book.refused("not-scanned", administer(), "ward-nurse")


def test_a_fraction_being_sent_away_or_with_another_site_is_not_given():
    book = at_bedside()
    book.do(Dispatch(what="dose:B1-F1", to_site="BEY"), "ward-nurse")
    book.refused("in-transit", administer(), "ward-nurse")


def test_recall_of_the_batch_stops_the_bag_at_the_bedside():
    book = at_bedside()
    book.do(RecallBatch(batch="B1"), "qa", reason="complaint")
    book.refused("batch-recalled", administer(), "ward-nurse")
    book.refused("batch-recalled", scan(), "ward-nurse")


def test_a_bag_past_the_products_shelf_life_is_not_given():
    book = at_bedside()
    use_by = book.sheet("dose:B1-F1").use_by
    assert use_by == book.sheet("batch:B1").harvested_at + timedelta(hours=720)
    late = book.copy()
    late.now = use_by + timedelta(minutes=1)
    for act, who in ((administer(), "ward-nurse"), (scan(), "ward-nurse"), (decide_(), "physician")):
        late.refused("product-expired", act, who)
    book.do(administer(), "ward-nurse")


def test_recall_of_the_vector_stops_the_bag_at_the_bedside():
    book = at_bedside()
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contaminated")
    book.refused("vector-recalled", administer(), "ward-nurse")


def test_a_failing_late_result_stops_the_bag_from_its_entry_on():
    book = at_bedside()
    book.do(result("sterility", "growth"), "qc-analyst")
    book.refused("late-result-failed", administer(), "ward-nurse")
    book = at_bedside()
    book.do(result("sterility"), "qc-analyst")
    book.do(administer(), "ward-nurse")


def test_nothing_is_given_after_death():
    book = at_bedside()
    book.do(RecordDeath(journey="J1", died_on=DAY, cause="leukaemia"), "physician")
    book.refused("patient-died", administer(), "ward-nurse")


def test_fractions_are_given_in_order():
    book = released()
    book.refused("fraction-out-of-order", decide_("B1-F2"), "physician")
    next_day().do(decide_("B1-F2"), "physician")


def test_the_interval_between_fractions_is_the_protocols():
    book = next_day()
    book.refused("interval-too-short", decide_("B1-F2"), "physician", at=book.now - timedelta(hours=2))
    book.do(decide_("B1-F2"), "physician")
    book = next_day().later(days=14)
    book.do(weigh(on=date(2026, 3, 15)), "ward-nurse")
    book.refused("interval-too-long", decide_("B1-F2"), "physician")


def test_both_scales_are_graded_since_the_last_fraction():
    book = infused().later(hours=25)
    assert book.refused("toxicity-not-graded", decide_("B1-F2"), "physician")["scale"] == "CRS"
    book.do(crs(), "ward-nurse")
    assert book.refused("toxicity-not-graded", decide_("B1-F2"), "physician")["scale"] == "ICANS"
    book.do(icans(), "ward-nurse")
    book.do(decide_("B1-F2"), "physician")


def test_a_grade_beyond_the_protocols_stops_the_next_fraction():
    book = next_day()
    book.do(crs(fever=True), "ward-nurse")
    book.do(decide_("B1-F2"), "physician")
    book.do(crs(fever=True, hypotension="no-vasopressor"), "ward-nurse")
    book.refused("toxicity-too-high", decide_("B1-F2"), "physician")
    book = next_day()
    book.do(icans(9), "ward-nurse")
    book.refused("toxicity-too-high", decide_("B1-F2"), "physician")


def test_a_grade_after_the_decision_stops_the_bag_at_the_bedside():
    book = next_day()
    prepare(book, "B1-F2")
    book.do(crs(fever=True, hypotension="one-vasopressor"), "physician")
    book.refused("toxicity-too-high", administer("B1-F2"), "ward-nurse")


def test_a_better_grade_of_an_earlier_hour_does_not_hide_a_worse_one():
    book = next_day()
    book.do(crs(fever=True, hypoxia="high-flow"), "ward-nurse")
    book.do(crs(), "ward-nurse", at=book.now - timedelta(hours=5))
    book.refused("toxicity-too-high", decide_("B1-F2"), "physician")


def test_a_protocol_may_ask_for_a_fresh_grade():
    book = with_protocol(infused().later(hours=2), grade_max_age_h=12)
    for act in (crs(), icans()):
        book.do(act, "ward-nurse")
    book.later(hours=24)
    book.refused("toxicity-not-graded", decide_("B1-F2"), "physician")
    for act in (crs(), icans()):
        book.do(act, "ward-nurse")
    book.do(decide_("B1-F2"), "physician")


def test_a_weight_too_old_is_refused_and_a_fresh_one_shows_its_arithmetic():
    book = released().later(days=15)
    book.refused("weight-too-old", decide_(), "physician")
    book.do(weigh("24", date(2026, 3, 17)), "ward-nurse")
    entry = book.do(decide_(), "physician")
    assert (entry.given["weight_kg"], entry.given["per_kg"]) == ("24", "0.25")


def test_without_a_weight_nothing_is_decided():
    book = released()
    journey = book.sheet("journey:J1")
    book.sheets["journey:J1"] = type(journey)(**{**journey.__dict__, "weight_kg": None})
    book.refused("weight-missing", decide_(), "physician")


def test_a_fraction_of_another_batch_does_not_shorten_the_interval_or_skip_the_grades():
    book = second_batch(released())
    give(book)
    book.refused("interval-too-short", decide_("B2-F1"), "physician")
    book.later(hours=25)
    book.refused("toxicity-not-graded", decide_("B2-F1"), "physician")
    for act in (crs(), icans()):
        book.do(act, "ward-nurse")
    book.do(decide_("B2-F1"), "physician")


@pytest.mark.parametrize("part", [2, 3])
def test_all_three_fractions_are_given_a_day_apart(part):
    book = next_day()
    for n in range(2, part + 1):
        give(book, f"B1-F{n}")
        book.later(hours=25)
        for act in (crs(), icans()):
            book.do(act, "ward-nurse")
    given = book.sheet("journey:J1").infusions
    assert [i.cells_e6 for i in given] == [6, 18, 36][:part]
