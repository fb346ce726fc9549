"""Qualification runs: the same batch record, for nobody; it begins without a patient and never ends with one."""

import pytest

from milenari.rules.deviation import OpenDeviation
from milenari.rules.infusion import DecideFraction
from milenari.rules.network import SuspendSite
from milenari.rules.qualification_run import CloseQualificationRun, StartQualificationRun
from milenari.rules.release import CertifyBatch, RejectBatch, ReleaseBatch, RequestOosSupply
from milenari.rules.testing import TakeSample
from tests.rules.cast import (
    REASON,
    batch_made,
    fill,
    grant,
    harvest,
    make,
    q,
    review,
    station,
    test_batch,
    train,
    vector_released,
)
from tests.rules.recipes import GOOD

CLOSE = CloseQualificationRun(batch="Q1", conclusion="accepted")
FAILED = CloseQualificationRun(batch="Q1", conclusion="failed")


def run(**changes):
    given = {"batch": "Q1", "process": "ARI", "process_version": "1", "purpose": "engineering",
             "origin": "healthy-donor", "donation": "HD-7", "weight": q("20", "kg")}  # fmt: skip
    return StartQualificationRun(**{**given, **changes})


@station
def run_started():
    """An engineering run in Rome, while Rome may make nothing for patients."""
    book = vector_released()
    book.do(SuspendSite(site="ROM", product="ARI"), "qa", site="BCN", reason=REASON)
    book.do(run(), "operator")
    return book


@station
def run_tested():
    """All phases signed, harvested, and every published test in and verified."""
    book = run_started()
    make(book, "Q1")
    book.do(harvest(batch="Q1"), "operator")
    book.do(TakeSample(of="batch:Q1", sample="S1", tests=tuple(GOOD)), "operator")
    test_batch(book, (), "Q1")
    return book


def test_a_site_that_may_make_nothing_for_patients_makes_a_run():
    batch = run_started().sheet("batch:Q1")
    assert (batch.purpose, batch.donation, batch.journey, batch.simulated) == ("engineering", "HD-7", "", False)
    assert batch.next_phase()["code"] == "P1"


def test_simulated_figures_say_so_for_ever():
    book = vector_released()
    book.do(run(simulated=True), "operator")
    assert book.sheet("batch:Q1").simulated


def test_a_run_needs_a_site_that_manufactures():
    book = vector_released()
    book.do(train("BCN", "operator"), "trainer", site="BCN")
    book.copy().do(run(), "operator")
    book.refused("site-role-missing", run(), "operator", site="BCN")


def test_a_run_is_started_by_the_trained_under_the_version_in_force():
    book = vector_released()
    book.copy().do(run(), "operator")
    book.do(grant("ROM", "physician", "operator"), "qa")
    book.refused("untrained", run(), "operator", by="ROM-PHYSICIAN")
    book.refused("process-version-superseded", run(process_version="9"), "operator")
    book.refused("process-of-another-kind", run(process="LV"), "operator")
    book.do(run(), "operator")
    book.refused("subject-exists", run(), "operator")


@pytest.mark.parametrize(("purpose", "origin"), [("media-fill", "healthy-donor"), ("engineering", "medium")])
def test_medium_is_for_media_fills_and_nothing_else_is(purpose, origin):
    book = vector_released()
    book.copy().do(run(purpose="media-fill", origin="medium"), "operator")
    book.refused("origin-does-not-fit", run(purpose=purpose, origin=origin), "operator")


def test_a_criterion_per_kilogram_needs_a_notional_weight():
    book = vector_released()
    book.copy().do(run(), "operator")
    book.refused("weight-missing", run(weight=None), "operator")


def test_a_run_is_filled_into_no_fraction_and_goes_to_nobody():
    book = run_tested()
    review(book, "Q1")
    book.copy().do(CLOSE, "qa", reason=REASON)
    book.refused("run-not-for-patients", fill("Q1"), "operator")
    for act in (CertifyBatch(batch="Q1", stage="final"), ReleaseBatch(batch="Q1", stage="final")):
        book.refused("run-not-for-patients", act, "qp")
    book.refused("run-not-for-patients", RejectBatch(batch="Q1"), "qp", reason=REASON)
    asked = RequestOosSupply(batch="Q1", alternatives="none")
    book.refused("run-not-for-patients", asked, "physician", reason=REASON)
    book.refused("subject-unknown", DecideFraction(dose="Q1-F1", decision="administer"), "physician")


def test_a_run_is_accepted_on_what_a_release_would_ask():
    book = run_tested()
    book.refused("trail-unreviewed", CLOSE, "qa", reason=REASON)
    review(book, "Q1")
    deviating = book.copy()
    deviating.do(OpenDeviation(of="batch:Q1", deviation="D1", what="a pump stopped", severity="minor"), "operator")
    deviating.refused("deviation-open", CLOSE, "qa", reason=REASON)
    entry = book.do(CLOSE, "qa", reason=REASON)
    assert set(entry.given["requirements"].values()) == {"pass"}
    assert book.sheet("batch:Q1").decision == "run-accepted"
    book.refused("already-decided", FAILED, "qa", reason=REASON)


def test_a_run_out_of_specification_is_not_accepted_but_can_fail_and_says_which():
    book = run_started()
    make(book, "Q1")
    book.do(harvest(batch="Q1"), "operator")
    book.do(TakeSample(of="batch:Q1", sample="S1", tests=tuple(GOOD)), "operator")
    test_batch(book, (), "Q1", viability_pct="61")
    review(book, "Q1")
    book.copy().refused("investigation-open", CLOSE, "qa", reason=REASON)
    entry = book.do(FAILED, "qa", reason=REASON)
    assert entry.given["requirements"]["viability_pct"] == "fail"
    assert book.sheet("batch:Q1").decision == "run-failed"


def test_a_run_that_ends_early_can_only_fail():
    book = run_started()
    book.refused("not-harvested", CLOSE, "qa", reason=REASON)
    book.do(FAILED, "qa", reason=REASON)


def test_nobody_concludes_a_run_they_worked_on_and_no_patients_batch_is_concluded_as_a_run():
    book = run_tested()
    review(book, "Q1")
    book.copy().do(CLOSE, "qa", reason=REASON)
    book.do(grant("ROM", "operator", "qa"), "qa")
    book.refused("own-work", CLOSE, "qa", by="ROM-OPERATOR", reason=REASON)


def test_a_patients_batch_is_not_concluded_as_a_run():
    book = batch_made()
    book.refused("not-a-qualification-run", CloseQualificationRun(batch="B1", conclusion="failed"), "qa", reason=REASON)
