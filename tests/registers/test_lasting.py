"""Lasting: the computed shelf life is one that the rule takes, with science's number on the same figures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.registers import lasting
from milenari.rules.stability import ComputeShelfLife, PlanStability, RecordStability, VerifyStability
from milenari.science.computed import Unfit
from milenari.science.stability import Cap, shelf_life
from tests.rules.cast import network, q
from tests.science.test_stability import DOWN, POTENCY, rows


def followed(*batches, extrapolate=12, verified=True):
    """The published potencies of these batches as a study of the record."""
    book = network()
    book.site = "BCN"
    book.do(PlanStability(study="S1", process="LV", attribute="potency", direction="lower", limit=q("95", "%"),
                          storage="25 C", lots=batches, extrapolate_months=extrapolate), "qa")  # fmt: skip
    for batch in batches:
        for n, cell in enumerate(POTENCY[batch].split()):
            months, value = cell.split(":")
            sample = f"{batch}-{n}"
            book.do(RecordStability(study="S1", sample=sample, lot=batch, months=q(months, "mo"), value=q(value, "%"),
                                    method="HPLC 1"), "qc-analyst")  # fmt: skip
            if verified:
                book.do(VerifyStability(study="S1", sample=sample), "qc-analyst-2")
    return book


def computed(book, error="separate"):
    return lasting.shelf_life(book.sheet("stability:S1"), error)


def test_the_published_shelf_life_comes_out_of_the_record_and_the_rule_takes_it():
    """LeBlond, Griffith & Aubuchon 2011, batches 2, 5 and 7: 25 whole months, common line."""
    book = followed("b2", "b5", "b7")
    found = computed(book)
    direct = shelf_life(rows("b2", "b5", "b7"), DOWN, 95, pooled_error=False, cap=Cap(2, 12))
    assert found.months == direct.months == 25 and found.found.crossing == pytest.approx(direct.crossing, rel=1e-12)
    book.do(ComputeShelfLife.from_data(lasting.as_shelf_life(found)), "qa")
    assert book.sheet("stability:S1").computed[-1].months == 25


def test_the_plan_caps_what_is_said_beyond_the_data():
    book = followed("b2", "b5", "b7", extrapolate=0)
    assert computed(book).months == 24
    book.do(ComputeShelfLife.from_data(lasting.as_shelf_life(computed(book))), "qa")


def test_too_few_lots_or_points_give_no_shelf_life_and_say_why():
    two = computed(followed("b2", "b5"))
    assert two.months is None and two.found.lacking
    with pytest.raises(Unfit):
        lasting.as_shelf_life(two)
    one = computed(followed("b2"))
    assert one.found is None and one.unfit.code == "one-batch"
    unverified = computed(followed("b2", "b5", "b7", verified=False))
    assert unverified.found is None and unverified.unfit.code == "too-few"
    with pytest.raises(Unfit, match="separate or pooled"):
        computed(followed("b2"), "both")


@settings(max_examples=15, deadline=None)
@given(extrapolate=st.integers(0, 12), error=st.sampled_from(lasting.ERRORS), last=st.integers(4, 10))
def test_whatever_the_plan_allows_the_rule_takes_what_was_computed(extrapolate, error, last):
    book = network()
    book.site = "BCN"
    book.do(PlanStability(study="S1", process="LV", attribute="potency", direction="lower", limit=q("95", "%"),
                          storage="25 C", lots=("b3", "b4", "b5"), extrapolate_months=extrapolate), "qa")  # fmt: skip
    for batch in ("b3", "b4", "b5"):
        for n, cell in enumerate(POTENCY[batch].split()[:last]):
            months, value = cell.split(":")
            book.do(RecordStability(study="S1", sample=f"{batch}-{n}", lot=batch, months=q(months, "mo"),
                                    value=q(value, "%"), method="HPLC 1"), "qc-analyst")  # fmt: skip
            book.do(VerifyStability(study="S1", sample=f"{batch}-{n}"), "qc-analyst-2")
    found = computed(book, error)
    if found.months is not None:
        book.do(ComputeShelfLife.from_data(lasting.as_shelf_life(found)), "qa")
