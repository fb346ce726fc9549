"""Comparability: the protocol first, runs before their results, and no report that says more than its figures do."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.batch import Batch
from milenari.rules.comparability import (
    MOST_RUNS,
    ConsentProtocol,
    DraftComparability,
    EnrolComparabilityRun,
    Enrolled,
    ExcludeComparabilityRun,
    LockComparability,
)
from milenari.rules.comparability_report import (
    ConcludeComparability,
    InvestigateComparability,
    ReportComparability,
    data_of,
    digest_of_data,
    outcome_of,
    shown_comparable,
    verdict_of,
)
from milenari.rules.digest import digest_of
from milenari.rules.specification import read_specification
from milenari.rules.testing import Result
from tests.rules.book import START, refused
from tests.rules.cast import REASON, network, q, station
from tests.rules.recipes import ari_specification

TOST = {"test": "viability_pct", "criterion": "tost", "low": "-10", "high": "10", "unit": "%", "scale": "difference",
        "alpha": "0.05", "rationale": "half of the distance to the specification"}  # fmt: skip
RANGE = {"test": "cd3_pct", "criterion": "quality-range", "k": "3", "unit": "%", "rationale": "spread of the lots"}
TOLD = {"test": "vcn", "criterion": "report", "unit": "{copies}/{cell}"}
CRITERIA = read_specification(ari_specification())
FIGURES = {"viability_pct": "97.9", "cd3_pct": "98.1", "vcn": "1.45"}


def protocol(**changes):
    made = {"design": "paired", "condition": "split apheresis, one vector lot", "attributes": [TOST, RANGE, TOLD],
            "least": {"reference": 3, "candidate": 3}}  # fmt: skip
    return {**made, **changes}


def draft(**changes):
    given = {"study": "C1", "product": "ARI", "reference": "ROM", "candidate": "BEY", "protocol": protocol()}
    return DraftComparability(**{**given, **changes})


def consent(digest="", study="C1", site="BEY"):
    return ConsentProtocol(consent=f"{study}/{site}", study=study, digest=digest or digest_of(protocol()))


LOCK = LockComparability(study="C1")
CONCLUDE = ConcludeComparability(study="C1")


def enrol(batch):
    return EnrolComparabilityRun(study="C1", batch=batch)


def put(book, code, site, donation, *, done=True, decision="run-accepted", process="ARI", **figures):
    """A qualification run as the manufacture's own rules would leave it, in the book."""
    results = [
        Result(test, "S1", START, "verified", q(text, c.unit), "pass", "", "SOP-QC 1", "X", START)
        for c in CRITERIA
        for test, text in {**FIGURES, **figures}.items()
        if c.test == test
    ]
    made = Batch(
        code=code, version=1, owner=site, process=process, purpose="comparability", donation=donation,
        criteria=CRITERIA, results=tuple(results) if done else (), decision=decision if done else "",
        weight_kg=Decimal(20), started_at=START,
    )  # fmt: skip
    book.sheets[f"batch:{code}"] = made


@station
def drafted():
    book = network()
    book.site = "BCN"
    book.do(draft(), "qa")
    return book


@station
def consented():
    book = drafted()
    book.do(consent(), "qa", site="BEY")
    return book


@station
def locked():
    book = consented()
    book.do(LOCK, "qa", by="BCN-QA-2")
    return book


@station
def enrolled():
    """Three pairs enrolled while nothing of them is tested."""
    book = locked()
    for n in (1, 2, 3):
        for site in ("ROM", "BEY"):
            put(book, f"{site}-{n}", site, f"D{n}", done=False)
            book.do(enrol(f"{site}-{n}"), "qa")
    return book


@station
def tested():
    book = enrolled()
    for n in (1, 2, 3):
        for site in ("ROM", "BEY"):
            put(book, f"{site}-{n}", site, f"D{n}")
    return book


def report(book, **verdicts):
    rows = [
        {"test": "viability_pct", "method": "tost-paired 1", "estimate": "0.2", "low": "-1.5", "high": "1.9",
         "verdict": "met"},
        {"test": "cd3_pct", "method": "quality-range 1", "low": "94", "high": "100", "verdict": "met"},
        {"test": "vcn", "method": "summary 1", "verdict": "reported"},
    ]  # fmt: skip
    rows = [{**row, **verdicts.get(row["test"], {})} for row in rows]
    return ReportComparability(
        study="C1", figures=digest_of_data(data_of(book.sheet("comparability:C1"), book)), lines=rows
    )


# -- protocol first ---------------------------------------------------------------------------------------


def test_a_protocol_is_drafted_at_the_control_site_signed_by_the_candidate_and_locked_by_another_person():
    study = locked().sheet("comparability:C1")
    assert (study.status, study.locked_by, study.digest) == ("locked", "BCN-QA-2", digest_of(protocol()))


def test_only_the_control_site_drafts_and_the_two_sites_differ():
    book = network()
    book.site = "BCN"
    book.copy().do(draft(), "qa")
    book.refused("not-the-control-site", draft(), "qa", site="ROM")
    book.refused("comparability-with-itself", draft(candidate="ROM"), "qa")
    book.refused("subject-unknown", draft(candidate="XXX"), "qa")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"design": "crossed"}, "design"),
        ({"condition": ""}, "condition"),
        ({"least": {"reference": 3}}, "least"),
        ({"least": {"reference": 0, "candidate": 3}}, "least"),
        ({"attributes": []}, "attributes"),
        ({"attributes": [TOST, TOST]}, "attributes"),
        ({"attributes": [{**TOST, "test": "beauty"}]}, "attribute 1, beauty"),
        ({"attributes": [{**TOST, "low": "1"}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**TOST, "low": "ten"}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**TOST, "alpha": "0.5"}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**TOST, "rationale": ""}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**TOST, "unit": "parsecs"}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**TOST, "scale": "ratio"}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**TOST, "criterion": "looks alike"}]}, "attribute 1, viability_pct"),
        ({"attributes": [{**RANGE, "k": "0"}]}, "attribute 1, cd3_pct"),
        ({"attributes": [{**RANGE, "sigma": "3"}]}, "attribute 1"),
        ({"historical": ["ROM-1"]}, "historical"),
        ({"extra": "x"}, "extra"),
    ],
)
def test_a_protocol_that_decides_nothing_is_refused_with_the_place(changes, where):
    book = network()
    book.site = "BCN"
    book.copy().do(draft(), "qa")
    found = book.refused("comparability-protocol-unreadable", draft(protocol=protocol(**changes)), "qa")
    assert found["where"] == where


def test_a_protocol_may_change_until_it_is_locked_and_a_changed_one_has_to_be_signed_again():
    book = consented()
    book.copy().do(LOCK, "qa", by="BCN-QA-2")
    changed = draft(protocol=protocol(least={"reference": 4, "candidate": 4}))
    book.do(changed, "qa")
    book.refused("protocol-not-consented", LOCK, "qa", by="BCN-QA-2")
    book.refused("protocol-changed", consent(), "qa", site="BEY")
    book.do(consent(digest_of(changed.protocol)), "qa", site="BEY")
    book.do(LOCK, "qa", by="BCN-QA-2")
    book.refused("comparability-locked", draft(), "qa")
    book.refused("comparability-locked", consent(), "qa", site="BEY")
    book.refused("comparability-locked", LOCK, "qa", by="BCN-QA-2")


def test_the_candidate_site_signs_and_nobody_else():
    book = drafted()
    book.copy().do(consent(), "qa", site="BEY")
    book.refused("not-the-candidate-site", consent(site="ROM"), "qa", site="ROM")
    book.refused("agreement-code-wrong", consent(site="ROM"), "qa", site="BEY")
    book.refused("protocol-not-consented", LOCK, "qa", by="BCN-QA-2")


def test_whoever_drafted_does_not_lock():
    book = consented()
    book.copy().do(LOCK, "qa", by="BCN-QA-2")
    book.refused("own-work", LOCK, "qa")
    book.refused("before-its-cause", LOCK, "qa", by="BCN-QA-2", at=book.now - timedelta(hours=1))


# -- runs before their results ------------------------------------------------------------------------------


def test_a_run_is_enrolled_before_any_of_its_results_is_known():
    book = locked()
    put(book, "ROM-1", "ROM", "D1", done=False)
    put(book, "ROM-2", "ROM", "D2")
    book.do(enrol("ROM-1"), "qa")
    assert book.refused("results-seen", enrol("ROM-2"), "qa")["tests"] == sorted(FIGURES)
    book.refused("run-enrolled-already", enrol("ROM-1"), "qa")


def test_nothing_is_enrolled_before_the_lock():
    book = consented()
    put(book, "ROM-1", "ROM", "D1", done=False)
    book.refused("comparability-not-locked", enrol("ROM-1"), "qa")
    book.do(LOCK, "qa", by="BCN-QA-2")
    book.do(enrol("ROM-1"), "qa")


def test_a_run_is_of_the_product_at_one_of_the_two_sites_and_of_one_pair():
    book = locked()
    put(book, "AMM-1", "AMM", "D1", done=False)
    put(book, "ROM-1", "ROM", "D1", done=False, process="LV")
    put(book, "ROM-2", "ROM", "", done=False)
    put(book, "ROM-3", "ROM", "D3", done=False)
    put(book, "ROM-4", "ROM", "D3", done=False)
    put(book, "BEY-3", "BEY", "D3", done=False)
    book.refused("run-of-another-arm", enrol("AMM-1"), "qa")
    book.refused("run-of-another-arm", enrol("ROM-1"), "qa")
    book.refused("pair-missing", enrol("ROM-2"), "qa")
    book.do(enrol("ROM-3"), "qa")
    book.refused("pair-complete", enrol("ROM-4"), "qa")
    book.do(enrol("BEY-3"), "qa")
    study = book.sheet("comparability:C1")
    assert [(r.batch, r.arm, r.pair) for r in study.runs] == [
        ("ROM-3", "reference", "D3"),
        ("BEY-3", "candidate", "D3"),
    ]


def test_a_study_takes_a_bounded_number_of_runs():
    book = locked()
    put(book, "ROM-1", "ROM", "D1", done=False)
    book.copy().do(enrol("ROM-1"), "qa")
    study = book.sheet("comparability:C1")
    many = tuple(Enrolled(f"B{n}", "reference") for n in range(MOST_RUNS))
    book.sheets["comparability:C1"] = replace(study, runs=many)
    book.refused("too-many-runs", enrol("ROM-1"), "qa")


def test_known_lots_stand_in_the_protocol_or_not_at_all():
    book = network()
    book.site = "BCN"
    put(book, "ROM-0", "ROM", "D0")
    put(book, "BEY-0", "BEY", "D0")
    wanted = protocol(design="unpaired", historical=["ROM-0"])
    book.refused("run-of-another-arm", draft(protocol={**wanted, "historical": ["BEY-0"]}), "qa")
    book.do(draft(protocol=wanted), "qa")
    book.do(consent(digest_of(wanted)), "qa", site="BEY")
    book.do(LOCK, "qa", by="BCN-QA-2")
    run = book.sheet("comparability:C1").find("ROM-0")
    assert run.historical and run.arm == "reference"


def test_a_run_taken_out_stays_with_its_reason_and_one_whose_results_are_known_is_marked():
    book = enrolled()
    out = ExcludeComparabilityRun(study="C1", batch="BEY-1")
    early = book.copy().do(out, "qa", reason=REASON)
    assert not early.findings
    put(book, "BEY-1", "BEY", "D1")
    entry = book.do(out, "qa", reason=REASON)
    assert [f.code for f in entry.findings] == ["excluded-after-results"]
    assert book.sheet("comparability:C1").find("BEY-1").excluded == REASON
    book.refused("run-not-enrolled", out, "qa", reason=REASON)
    book.refused("run-not-enrolled", ExcludeComparabilityRun(study="C1", batch="ROM-9"), "qa", reason=REASON)


# -- the report ---------------------------------------------------------------------------------------------


def test_a_study_is_reported_concluded_by_another_person_and_shown():
    book = tested()
    entry = book.do(report(book), "qa")
    assert entry.given["outcome"] == "comparable" and len(entry.given["points"]["vcn"]["candidate"]) == 3
    book.refused("own-work", CONCLUDE, "qa")
    book.do(CONCLUDE, "qa", by="BCN-QA-2")
    assert shown_comparable(book, "C1", "ARI", "BEY").outcome == "comparable"
    refused("comparability-of-another", lambda: shown_comparable(book, "C1", "ARI", "ROM"))
    book.refused("already-decided", report(book), "qa")


def test_an_unfinished_run_holds_the_report():
    book = tested()
    book.copy().do(report(book), "qa")
    put(book, "BEY-2", "BEY", "D2", decision="")
    book.refused("runs-unfinished", report(book), "qa")


def test_a_report_speaks_of_the_figures_in_the_record():
    book = tested()
    made = report(book)
    book.copy().do(made, "qa")
    put(book, "BEY-2", "BEY", "D2", viability_pct="71")
    book.refused("report-of-other-data", made, "qa")


def test_figures_that_change_after_the_report_stop_its_conclusion():
    book = tested()
    book.do(report(book), "qa")
    book.copy().do(CONCLUDE, "qa", by="BCN-QA-2")
    put(book, "BEY-2", "BEY", "D2", viability_pct="71")
    book.refused("report-of-other-data", CONCLUDE, "qa", by="BCN-QA-2")


def test_no_report_says_more_than_its_figures():
    book = tested()
    book.copy().do(report(book), "qa")
    wide = report(book, viability_pct={"low": "-14", "high": "3"})
    assert book.refused("verdict-not-of-figures", wide, "qa")["expected"] == "not-enough-data"
    beyond = report(book, viability_pct={"low": "-25", "high": "-12"})
    assert book.refused("verdict-not-of-figures", beyond, "qa")["expected"] == "not-met"
    outside = report(book, cd3_pct={"low": "98.5", "high": "99"})
    assert book.refused("verdict-not-of-figures", outside, "qa")["expected"] == "not-met"


def test_a_line_that_cannot_be_read_or_is_missing_is_refused():
    book = tested()
    book.copy().do(report(book), "qa")
    whole = report(book)
    book.refused("report-incomplete", replace(whole, lines=whole.lines[:2]), "qa")
    book.refused("report-line-unreadable", report(book, vcn={"method": ""}), "qa")
    book.refused("report-line-unreadable", report(book, vcn={"verdict": "fine"}), "qa")
    book.refused("report-line-unreadable", report(book, viability_pct={"low": "a little"}), "qa")
    book.refused("report-line-unreadable", report(book, viability_pct={"low": "3", "high": "-3"}), "qa")


def test_too_few_pairs_conclude_nothing_however_narrow_the_interval():
    book = tested()
    book.do(ExcludeComparabilityRun(study="C1", batch="BEY-1"), "qa", reason=REASON)
    open_ = {"verdict": "not-enough-data"}
    book.refused("verdict-not-of-figures", report(book), "qa")
    book.do(report(book, viability_pct=open_, cd3_pct=open_), "qa")
    book.do(CONCLUDE, "qa", by="BCN-QA-2")
    refused("not-shown-comparable", lambda: shown_comparable(book, "C1", "ARI", "BEY"))


def test_a_failed_study_is_investigated_before_it_is_repeated():
    book = tested()
    bad = report(book, viability_pct={"low": "-25", "high": "-12", "verdict": "not-met"})
    book.do(bad, "qa")
    book.do(CONCLUDE, "qa", by="BCN-QA-2")
    again = draft(study="C2", repeats="C1")
    book.refused("comparability-not-investigated", again, "qa")
    told = InvestigateComparability(study="C1", root_cause="feed pump ran slow", corrected="pump replaced")
    book.do(told, "qa")
    book.refused("already-investigated", told, "qa")
    book.do(again, "qa")
    assert book.sheet("comparability:C2").repeats == "C1"


def test_what_succeeded_is_neither_investigated_nor_repeated():
    book = tested()
    book.refused("comparability-not-reported", CONCLUDE, "qa", by="BCN-QA-2")
    book.do(report(book), "qa")
    put(book, "ROM-9", "ROM", "D9", done=False)
    book.refused("comparability-reported", enrol("ROM-9"), "qa")
    book.do(CONCLUDE, "qa", by="BCN-QA-2")
    told = InvestigateComparability(study="C1", root_cause="none", corrected="nothing")
    book.refused("nothing-to-investigate", told, "qa")
    book.refused("nothing-to-repeat", draft(study="C2", repeats="C1"), "qa")


NUMBERS = st.decimals(-30, 30, places=2)


@given(NUMBERS, NUMBERS)
def test_an_interval_is_met_only_wholly_inside_the_margins(one, other):
    low, high = sorted((one, other))
    found = verdict_of(TOST, {"low": str(low), "high": str(high)}, {"reference": [], "candidate": []}, False)
    inside = all(-10 < end < 10 for end in (low, high))
    beyond = high < -10 or low > 10
    assert found == ("met" if inside else "not-met" if beyond else "not-enough-data")


@given(st.lists(st.sampled_from(["met", "not-met", "not-enough-data", "reported"]), min_size=1))
def test_one_attribute_that_is_not_met_decides_and_silence_never_counts_as_comparable(verdicts):
    expected = "comparable" if set(verdicts) <= {"met", "reported"} else None
    found = outcome_of(verdicts)
    assert (found == "comparable") == (expected is not None)
    assert (found == "not-comparable") == ("not-met" in verdicts)
