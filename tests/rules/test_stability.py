"""Stability: a shelf life speaks of verified measurements, and no expiry goes beyond it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.stability import (
    MOST_POINTS,
    ApproveShelfLife,
    ComputeShelfLife,
    PlanStability,
    Point,
    RecordStability,
    VerifyStability,
    months_after,
)
from milenari.rules.vector import ExtendLot, ReleaseLot
from tests.rules.cast import REASON, network, q, station, vector_released, vector_tested

PLAN = PlanStability(
    study="S1", process="LV", attribute="titre", direction="lower", limit=q("1e7", "{TU}/mL"), storage="-80 C",
    lots=("V1", "V2"), extrapolate_months=6,
)  # fmt: skip
APPROVE = ApproveShelfLife(study="S1", shelflife="LV")
MONTHS = ("0", "6", "12")


def point(sample, lot="V1", months="6", value="9e7", unit="{TU}/mL"):
    return RecordStability(
        study="S1", sample=sample, lot=lot, months=q(months, "mo"), value=q(value, unit), method="T 3"
    )


def verify(sample):
    return VerifyStability(study="S1", sample=sample)


def compute(book, months=18, figures=""):
    named = figures or book.sheet("stability:S1").figures()
    return ComputeShelfLife(study="S1", months=months, method="q1e 1", detail={"model": "common"}, figures=named)


@station
def planned():
    book = network()
    book.site = "BCN"
    book.do(PLAN, "qa")
    return book


@station
def measured():
    book = planned()
    for lot in ("V1", "V2"):
        for months in MONTHS:
            book.do(point(f"{lot}-{months}", lot, months), "qc-analyst")
            book.do(verify(f"{lot}-{months}"), "qc-analyst-2")
    return book


@station
def in_force():
    book = measured()
    book.do(compute(book, 3), "qa")
    book.do(APPROVE, "qp", reason=REASON)
    return book


def test_a_plan_stands_once_and_names_each_lot_once():
    book = network()
    book.site = "BCN"
    book.refused("lot-named-twice", PlanStability(**{**PLAN.__dict__, "lots": ("V1", "V1")}), "qa")
    book.do(PLAN, "qa")
    book.refused("subject-exists", PLAN, "qa")


def test_a_measurement_is_of_a_lot_in_the_plan_in_its_unit_under_a_new_sample():
    book = planned()
    book.refused("lot-not-in-study", point("A", lot="V9"), "qc-analyst")
    book.refused("reading-wrong-unit", point("A", unit="%", value="9"), "qc-analyst")
    book.do(point("A"), "qc-analyst")
    book.refused("subject-exists", point("A"), "qc-analyst")


def test_a_measurement_counts_once_another_person_has_verified_it():
    book = planned()
    book.do(point("A"), "qc-analyst")
    assert not book.sheet("stability:S1").counted()
    book.refused("own-work", verify("A"), "qc-analyst")
    book.refused("points-unverified", compute(book), "qa")
    book.do(verify("A"), "qc-analyst-2")
    book.refused("nothing-to-verify", verify("A"), "qc-analyst-2")
    assert len(book.sheet("stability:S1").counted()) == 1


def test_a_study_takes_a_bounded_number_of_measurements():
    book = planned()
    book.copy().do(point("A"), "qc-analyst")
    study = book.sheet("stability:S1")
    many = tuple(
        Point(str(n), "V1", q("1", "mo").value, q("1", "{TU}/mL"), "T", "X", book.now) for n in range(MOST_POINTS)
    )
    book.sheets["stability:S1"] = type(study)(**{**study.__dict__, "points": many})
    book.refused("too-many-points", point("A"), "qc-analyst")


def test_a_shelf_life_rests_on_what_stands_there_now():
    book = measured()
    book.copy().do(compute(book), "qa")
    book.refused("shelf-life-of-other-data", compute(book, figures="0" * 64), "qa")
    planned().refused("no-points", compute(planned()), "qa")


@pytest.mark.parametrize(("months", "good"), [(12, True), (18, True), (19, False), (40, False)])
def test_nothing_is_said_beyond_the_extrapolation_of_the_plan(months, good):
    book = measured()
    if good:
        book.do(compute(book, months), "qa")
    else:
        found = book.refused("shelf-life-beyond-data", compute(book, months), "qa")
        assert found["most"] == "18"


def test_another_person_puts_it_in_force_for_the_studys_process_and_on_unchanged_data():
    book = measured()
    book.refused("no-shelf-life", APPROVE, "qp", reason=REASON)
    book.do(compute(book), "qa")
    book.copy().do(APPROVE, "qp", reason=REASON)
    book.refused("own-work", APPROVE, "qa", reason=REASON)
    book.refused("shelf-life-of-another", ApproveShelfLife(study="S1", shelflife="ARI"), "qp", reason=REASON)
    book.do(point("late"), "qc-analyst")
    book.do(verify("late"), "qc-analyst-2")
    book.refused("shelf-life-of-other-data", APPROVE, "qp", reason=REASON)


def _with_shelf_life(book):
    for name in ("stability:S1", "shelflife:LV"):
        book.sheets[name] = in_force().sheets[name]
    return book


def test_no_lot_is_released_beyond_the_shelf_life():
    late, good = (ReleaseLot(lot="V1", expires_on=on) for on in (date(2026, 6, 3), date(2026, 6, 2)))
    vector_tested().do(late, "qp")
    book = _with_shelf_life(vector_tested())
    found = book.refused("expiry-beyond-shelf-life", late, "qp")
    assert (found["last"], found["months"]) == (date(2026, 6, 2), 3)
    book.do(good, "qp")


def test_no_lot_is_extended_beyond_the_shelf_life():
    book = vector_released()
    extend = ExtendLot(lot="V1", expires_on=date(2029, 12, 31))
    book.site = "BCN"
    book.copy().do(extend, "qa", reason=REASON)
    _with_shelf_life(book).refused("expiry-beyond-shelf-life", extend, "qa", reason=REASON)


def test_the_shortest_of_several_studies_counts():
    book = in_force()
    shelf = book.sheet("shelflife:LV")
    assert shelf.months == 3
    assert type(shelf)(by_study=(("S1", 18), ("S2", 9))).months == 9


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
def test_months_are_calendar_months(start, months):
    end = months_after(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day <= start.day and (end.day == start.day or months_after(end, 0).day >= 28)
