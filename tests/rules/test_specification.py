"""Specification: the published ARI-0001 lots, alternatives, cells per kg, and bounds that decide or do not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.specification import (
    FAIL,
    PASS,
    UNDECIDED,
    Criterion,
    compared,
    from_rows,
    judge,
    overall,
    read_specification,
    to_rows,
)
from milenari.words import Quantity
from tests.rules.cast import q, refused
from tests.rules.recipes import ari_specification, table, vector_specification

ARI = {c.test: c for c in read_specification(ari_specification())}
LOTS = {row["lot"]: row for row in table("ari0001_validation_lots")}
COLUMNS = {
    "appearance": "appearance", "car_pos_cells": "car_pos_cells_e6", "car_pos_pct": "car_pos_pct",
    "cd3_pct": "cd3_pct", "viability_pct": "viability_pct", "sterility": "sterility",
    "mycoplasma": "mycoplasma", "endotoxin": "endotoxin_eu_ml",
    "adventitious_viruses": "adventitious_viruses", "vcn": "vcn", "rcl": "rcl",
    "potency_a": "potency_a_pct", "potency_b": "potency_b",
}  # fmt: skip
KG70 = Decimal(70)


def value(criterion, text):
    if criterion.qualitative:
        return text
    return q(text, criterion.unit.removesuffix("/kg") if criterion.per_kg else criterion.unit)


def outcome(test, text, weight=KG70):
    return judge(ARI[test], value(ARI[test], text), weight).outcome


@pytest.mark.parametrize("lot", LOTS)
def test_the_three_published_lots_pass_all_thirteen_criteria(lot):
    outcomes = {test: outcome(test, LOTS[lot][column]) for test, column in COLUMNS.items()}
    assert len(outcomes) == 13 and set(outcomes.values()) == {PASS}
    requirements = overall(tuple(ARI.values()), outcomes)
    assert len(requirements) == 12 and set(requirements.values()) == {PASS}


# One step beyond each printed limit; the printed limit itself passes where it says "at least" or "at most".
CHANGED = [
    ("appearance", "clear liquid", FAIL), ("car_pos_pct", "19.9", FAIL), ("car_pos_pct", "20", PASS),
    ("cd3_pct", "69.9", FAIL), ("cd3_pct", "70", PASS), ("viability_pct", "69.9", FAIL),
    ("viability_pct", "70", PASS), ("sterility", "growth", FAIL), ("mycoplasma", "present", FAIL),
    ("endotoxin", "0.51", FAIL), ("endotoxin", "<=0.5", PASS), ("endotoxin", "<0.5", PASS),
    ("endotoxin", "<=0.6", UNDECIDED), ("endotoxin", ">0.5", FAIL), ("endotoxin", ">=0.5", UNDECIDED),
    ("adventitious_viruses", "present", FAIL), ("vcn", "10", PASS), ("vcn", "10.01", FAIL),
    ("rcl", "present", FAIL), ("potency_a", "70", FAIL), ("potency_a", "69.9", PASS),
    ("potency_b", "50", FAIL), ("potency_b", "50.1", PASS),
]  # fmt: skip


@pytest.mark.parametrize(("test", "text", "wanted"), CHANGED)
def test_changed_values_are_judged_at_the_printed_limit(test, text, wanted):
    assert outcome(test, text) == wanted


def test_half_a_million_cells_per_kg_is_35_million_at_70_kg():
    assert outcome("car_pos_cells", "35") == FAIL  # the printed criterion is "more than"
    assert outcome("car_pos_cells", "35.000001") == PASS
    assert outcome("car_pos_cells", "35.000001", Decimal(71)) == FAIL
    verdict = judge(ARI["car_pos_cells"], q("1495", "10*6"), KG70)
    assert verdict.arithmetic == "1495 10*6 / 70 kg = 21.36 10*6/kg"


def test_cells_per_kg_need_a_weight_and_cells():
    refused("weight-missing", lambda: judge(ARI["car_pos_cells"], q("35", "10*6")))
    refused("weight-missing", lambda: judge(ARI["car_pos_cells"], q("35", "10*6"), Decimal(0)))
    refused("reading-wrong-unit", lambda: judge(ARI["car_pos_cells"], q("35", "10*6/kg"), KG70))


def test_a_result_of_the_wrong_kind_is_refused():
    refused("result-not-a-word", lambda: judge(ARI["rcl"], q("0", "{copies}")))
    refused("reading-without-unit", lambda: judge(ARI["vcn"], "low"))
    refused("reading-wrong-unit", lambda: judge(ARI["vcn"], q("1", "{copies}/{transduced cell}")))


@pytest.mark.parametrize(("a", "b", "wanted"), [
    (PASS, PASS, PASS), (PASS, FAIL, PASS), (FAIL, PASS, PASS), (PASS, None, PASS), (None, PASS, PASS),
    (FAIL, FAIL, FAIL), (FAIL, None, "missing"), (None, None, "missing"), (UNDECIDED, FAIL, UNDECIDED),
    (UNDECIDED, PASS, PASS), (UNDECIDED, None, "missing"),
])  # fmt: skip
def test_of_two_alternatives_one_must_pass(a, b, wanted):
    potency = (ARI["potency_a"], ARI["potency_b"])
    found = {k: v for k, v in (("potency_a", a), ("potency_b", b)) if v}
    assert overall(potency, found) == {"potency": wanted}


def test_a_range_includes_both_its_ends():
    ph = next(c for c in read_specification(vector_specification()) if c.test == "pH")
    wanted = {"6.9": PASS, "7.8": PASS, "6.89": FAIL, "7.81": FAIL, "<6.9": FAIL, ">7.8": FAIL,
              "<=6.9": UNDECIDED, ">7.0": UNDECIDED}  # fmt: skip
    assert {text: judge(ph, q(text, "[pH]")).outcome for text in wanted} == wanted


def test_a_reported_test_passes_whatever_it_says():
    report = read_specification([{"test": "t", "attribute": "a", "method": "m", "op": "report"}])[0]
    assert judge(report, "seen").outcome == judge(report, q("5", "%")).outcome == PASS


GOOD = {"test": "t", "attribute": "a", "method": "m", "op": "ge", "limit": "1", "unit": "%"}


@pytest.mark.parametrize("rows", [
    [], "rows", [GOOD, GOOD], [{**GOOD, "op": "about"}], [{**GOOD, "limit": "high"}], [{**GOOD, "limit": "NaN"}],
    [{**GOOD, "limit": "Infinity"}], [{**GOOD, "unit": "EU"}], [{**GOOD, "colour": "red"}], ["row"],
    [{**GOOD, "op": "between"}], [{**GOOD, "op": "between", "high": "0"}], [{**GOOD, "per_kg": True}],
    [{**GOOD, "op": "eq", "limit": ""}], [{**GOOD, "test": ""}], [None],
])  # fmt: skip
def test_a_specification_that_could_not_be_judged_is_refused(rows):
    refused("specification-unreadable", lambda: read_specification(rows))


def test_criteria_frozen_into_an_entry_come_back_the_same():
    for rows in (ari_specification(), vector_specification(), [{**GOOD, "options": ["a", "b"]}]):
        criteria = read_specification(rows)
        assert from_rows(to_rows(criteria)) == criteria


NUMBERS = st.decimals(min_value=-5, max_value=5, places=1)
BOUNDS = {"<": lambda x, n: x < n, "<=": lambda x, n: x <= n, ">": lambda x, n: x > n, ">=": lambda x, n: x >= n}


@given(
    st.sampled_from(("ge", "le", "gt", "lt", "between")), NUMBERS, NUMBERS, NUMBERS,
    st.sampled_from(sorted(BOUNDS)), st.lists(NUMBERS, min_size=1),
)  # fmt: skip
def test_a_bound_decides_only_when_every_value_it_allows_gives_the_same_answer(op, a, b, n, sign, values):
    criterion = Criterion("t", "a", "m", op, str(min(a, b)), str(max(a, b)), "%")
    verdict = judge(criterion, Quantity(n, "%", sign)).outcome
    if verdict != UNDECIDED:
        for x in (*values, n, n - Decimal("0.01"), n + Decimal("0.01"), a, b):
            if BOUNDS[sign](x, n):
                assert judge(criterion, Quantity(x, "%")).outcome == verdict


@given(st.sampled_from(("ge", "le", "gt", "lt", "between")), NUMBERS, NUMBERS, NUMBERS, st.sampled_from(sorted(BOUNDS)))
def test_a_bound_is_left_undecided_only_when_two_values_it_allows_differ(op, a, b, n, sign):
    low, high = min(a, b), max(a, b)
    criterion = Criterion("t", "a", "m", op, str(low), str(high), "%")
    if judge(criterion, Quantity(n, "%", sign)).outcome == UNDECIDED:
        step = Decimal("0.001")
        tried = {edge + d for edge in (low, high, n) for d in (-step, 0, step)} | {Decimal(-99), Decimal(99)}
        seen = {judge(criterion, Quantity(x, "%")).outcome for x in tried if BOUNDS[sign](x, n)}
        # A range that a bound only touches from outside in one point, or straddles, is honestly undecided.
        assert seen == {PASS, FAIL} or op == "between"


ROW = {"test": "t", "attribute": "a", "method": "m", "op": "le", "limit": "5", "unit": "%"}


def test_a_planned_duration_is_whole_hours_with_its_source():
    planned = read_specification([{**ROW, "hours": 72, "hours_source": "assumed"}])[0]
    assert planned.hours == 72 and from_rows(to_rows((planned,))) == (planned,)
    assert read_specification([ROW])[0].hours == 0
    for wrong in ({"hours": 72}, {"hours_source": "assumed"}, {"hours": "72", "hours_source": "a"},
                  {"hours": -1, "hours_source": "a"}, {"hours": True, "hours_source": "a"}):  # fmt: skip
        refused("specification-unreadable", lambda wrong=wrong: read_specification([{**ROW, **wrong}]))


def test_the_number_compared_is_per_kg_where_the_limit_is():
    assert compared(ARI["car_pos_cells"], q("700", "10*6"), KG70) == (Decimal(10), "10*6/kg")
    assert compared(ARI["vcn"], q("<2", "{copies}/{cell}"))[0] == Decimal(2)
    reported = read_specification([{"test": "t", "attribute": "a", "method": "m", "op": "report"}])[0]
    assert compared(reported, q("7", "ng/mL")) == (Decimal(7), "ng/mL"), "a reported number is kept in its own unit"
    refused("reading-wrong-unit", lambda: compared(ARI["vcn"], q("1", "%")))
    refused("weight-missing", lambda: compared(ARI["car_pos_cells"], q("700", "10*6")))
