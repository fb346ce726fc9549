"""Testing: samples, results, their second signature, and what happens out of specification."""

from dataclasses import replace
from datetime import timedelta

import pytest

from milenari.rules.testing import CloseInvestigation, RecordResult, TakeSample
from milenari.words import Role
from tests.rules.cast import (
    REASON,
    batch_filled,
    batch_made,
    found,
    grant,
    q,
    record,
    result,
    sampled,
    tested,
    verify,
)


def take(*tests, sample="S9"):
    return TakeSample(of="batch:B1", sample=sample, tests=tests)


def conclude(conclusion, test="viability_pct"):
    return CloseInvestigation(of="batch:B1", test=test, conclusion=conclusion)


def failing(test="viability_pct", text="69"):
    """One result out of specification, entered by one analyst and verified by the other."""
    book = sampled()
    book.do(result(test, text), "qc-analyst")
    assert found(book.do(verify(test), "qc-analyst-2")) == ["out-of-specification"]
    return book


def test_samples_are_taken_from_a_harvest_for_known_tests_once():
    batch_made().refused("not-harvested", take("vcn"), "operator")
    book = sampled()
    book.refused("test-unknown", take("horoscope"), "operator")
    book.refused("test-already-sampled", take("vcn"), "operator")
    book.refused("field-missing", take(), "operator")


def test_one_sample_does_not_ask_for_the_same_test_twice():
    book = batch_filled()
    book.refused("test-already-sampled", take("vcn", "vcn"), "operator")
    book.refused("before-its-cause", take("vcn"), "operator", at=book.now - timedelta(hours=1))
    book.do(take("vcn"), "operator")
    book.refused("not-sampled", result("rcl"), "qc-analyst")


def test_a_result_is_entered_once_with_its_unit_or_word():
    book = sampled()
    both = RecordResult(of="batch:B1", test="vcn", number=q("1", "{copies}/{cell}"), word="low", method="M")
    neither = RecordResult(of="batch:B1", test="vcn", method="M")
    for act in (both, neither):
        book.refused("result-number-or-word", act, "qc-analyst")
    book.refused("reading-wrong-unit", record("batch:B1", "vcn", "1", "%"), "qc-analyst")
    book.refused("reading-without-unit", record("batch:B1", "vcn", "low", ""), "qc-analyst")
    book.refused("result-not-a-word", record("batch:B1", "rcl", "0", "{copies}"), "qc-analyst")
    book.refused("before-its-cause", result("vcn"), "qc-analyst", at=book.now - timedelta(hours=1))
    book.do(result("vcn"), "qc-analyst")
    book.refused("result-already-recorded", result("vcn"), "qc-analyst")


@pytest.mark.parametrize(("test", "text"), [
    ("vcn", "-1"), ("cd3_pct", "100.1"), ("cd3_pct", ">100"), ("endotoxin", "<0"),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(test, text):
    book = sampled()
    book.refused("reading-impossible", result(test, text), "qc-analyst")
    book.do(result(test), "qc-analyst")


def test_a_difference_may_be_negative_and_then_fails_its_limit():
    book = sampled()
    book.refused("reading-impossible", result("potency_b", "-101"), "qc-analyst")
    entry = book.do(result("potency_b", "-3.5"), "qc-analyst")
    assert entry.given["outcome"] == "fail"


def test_a_word_is_one_of_the_options_if_there_are_any():
    book = sampled()
    batch = book.sheet("batch:B1")
    criteria = tuple(
        type(c)(**{**c.__dict__, "options": ("sterile", "growth")}) if c.test == "sterility" else c
        for c in batch.criteria
    )
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "criteria": criteria})
    book.refused("field-not-an-option", result("sterility", "fine"), "qc-analyst")
    book.do(result("sterility", "growth"), "qc-analyst")


def test_nobody_verifies_their_own_result():
    book = sampled()
    book.refused("nothing-to-verify", verify("vcn"), "qc-analyst-2")
    book.do(result("vcn"), "qc-analyst")
    book.refused("own-work", verify("vcn"), "qc-analyst")
    book.refused("before-its-cause", verify("vcn"), "qc-analyst-2", at=book.now - timedelta(hours=1))
    book.do(verify("vcn"), "qc-analyst-2")
    book.refused("nothing-to-verify", verify("vcn"), "qa")


def test_a_second_persons_check_cannot_be_had_from_oneself_in_another_role():
    book = sampled()
    book.do(grant("ROM", "qc-analyst", "qa"), "qa")
    book.do(result("vcn"), "qc-analyst")
    book.refused("own-work", verify("vcn"), by="ROM-QC-ANALYST", role=Role.QA)


def test_out_of_specification_opens_an_investigation_closed_by_someone_who_did_not_work_on_it():
    book = failing()
    book.refused("no-open-investigation", conclude("confirmed", "vcn"), "qa", reason=REASON)
    early = book.now - timedelta(hours=1)
    book.refused("before-its-cause", conclude("confirmed"), "qa", reason=REASON, at=early)
    book.do(result("vcn"), "qc-analyst")
    book.do(verify("vcn"), "qa")
    book.refused("own-work", conclude("confirmed"), "qa", reason=REASON)
    book.do(conclude("confirmed"), "qa-2", reason=REASON)
    assert book.sheet("batch:B1").requirements()["viability_pct"] == "fail"


def test_only_a_proven_laboratory_error_allows_one_more_test():
    book = failing()
    book.do(conclude("confirmed"), "qa", reason=REASON)
    book.refused("result-already-recorded", result("viability_pct"), "qc-analyst")
    book.refused("test-already-sampled", take("viability_pct"), "operator")
    book = failing()
    book.do(conclude("laboratory-error"), "qa", reason=REASON)
    book.do(result("viability_pct"), "qc-analyst")
    book.do(verify("viability_pct"), "qc-analyst-2")
    batch = book.sheet("batch:B1")
    assert batch.requirements()["viability_pct"] == "pass"
    assert batch.result("viability_pct").attempt == 2 and batch.superseded[0].value == q("69", "%")


def test_a_retest_is_not_dated_before_the_investigation_that_allowed_it():
    book = failing()
    before = book.now
    book.do(conclude("laboratory-error"), "qa", reason=REASON)
    book.refused("before-its-cause", result("viability_pct"), "qc-analyst", at=before - timedelta(minutes=1))


def test_one_alternative_may_fail_when_the_other_passes():
    book = sampled()
    book.do(result("potency_a", "71"), "qc-analyst")
    assert found(book.do(verify("potency_a"), "qc-analyst-2")) == []
    assert book.sheet("batch:B1").requirements()["potency"] == "missing"
    book.do(result("potency_b"), "qc-analyst")
    book.do(verify("potency_b"), "qc-analyst-2")
    assert book.sheet("batch:B1").requirements()["potency"] == "pass"


def test_when_both_alternatives_fail_the_potency_is_out_of_specification():
    book = sampled()
    for test, text in (("potency_a", "71"), ("potency_b", "50")):
        book.do(result(test, text), "qc-analyst")
        entry = book.do(verify(test), "qc-analyst-2")
    assert found(entry) == ["out-of-specification"]
    assert book.sheet("batch:B1").requirements()["potency"] == "fail"


def test_a_bound_that_does_not_decide_is_out_of_specification():
    book = failing("endotoxin", "<1")
    assert book.sheet("batch:B1").requirements()["endotoxin"] == "undecided"


def test_the_dose_criterion_uses_the_weight_at_the_start_of_the_batch():
    book = sampled()
    entry = book.do(result("car_pos_cells", "1000"), "qc-analyst")
    assert entry.given["arithmetic"] == "1000 10*6 / 20 kg = 50 10*6/kg"


def test_all_early_results_of_the_first_validation_lot_pass():
    outcomes = tested().sheet("batch:B1").requirements()
    late = {"sterility": "missing", "mycoplasma": "missing"}
    assert {name: o for name, o in outcomes.items() if o != "pass"} == late


def planned(**hours):
    """A filled batch whose specification plans so many hours for these tests."""
    book = batch_filled()
    batch = book.sheet("batch:B1")
    criteria = tuple(
        replace(c, hours=hours[c.test], hours_source="the test's own") if c.test in hours else c for c in batch.criteria
    )
    book.sheets["batch:B1"] = replace(batch, criteria=criteria)
    return book


def test_a_result_is_due_as_many_hours_after_the_sample_as_the_specification_plans():
    book = planned(vcn=72)
    at = book.do(take("vcn", "rcl"), "operator").happened_at
    batch = book.sheet("batch:B1")
    assert batch.result("vcn").due_at == at + timedelta(hours=72)
    assert batch.result("rcl").due_at is None, "nothing is planned, so nothing is late"


def test_a_repeated_test_is_due_again_from_its_investigation():
    book = planned(viability_pct=4)
    book.do(take("viability_pct"), "operator")
    book.do(result("viability_pct", "69"), "qc-analyst")
    book.do(verify("viability_pct"), "qc-analyst-2")
    closed = book.do(conclude("laboratory-error"), "qa", reason=REASON)
    assert book.sheet("batch:B1").result("viability_pct").due_at == closed.happened_at + timedelta(hours=4)


def test_a_verified_result_remembers_who_verified_it_and_when():
    book = sampled()
    book.do(result("vcn"), "qc-analyst")
    entry = book.do(verify("vcn"), "qc-analyst-2")
    kept = book.sheet("batch:B1").result("vcn")
    assert (kept.by, kept.verified_by, kept.verified_at) == ("ROM-QC-ANALYST", "ROM-QC-ANALYST-2", entry.happened_at)
