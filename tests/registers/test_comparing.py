"""Comparing: a report computed from the record is one the rule accepts, with the numbers of science."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from milenari.registers import comparing
from milenari.rules.comparability_report import ReportComparability
from milenari.science import equivalence, quality_range
from tests.rules.cast import network
from tests.rules.test_comparability import CONCLUDE, LOCK, RANGE, TOLD, TOST, consent, draft, enrol, protocol, put

RATIO = {**TOST, "test": "cd3_pct", "scale": "ratio", "low": "0.8", "high": "1.25"}


def studied(figures, made=None, pairs=True):
    """A locked study whose runs have these figures: (site, donation, {test: text}) each."""
    given = draft(protocol=made or protocol())
    book = network()
    book.site = "BCN"
    book.do(given, "qa")
    book.do(consent(book.sheet("comparability:C1").digest), "qa", site="BEY")
    book.do(LOCK, "qa", by="BCN-QA-2")
    for n, (site, donation, _) in enumerate(figures):
        put(book, f"{site}-{n}", site, donation if pairs else "", done=False)
        book.do(enrol(f"{site}-{n}"), "qa")
    for n, (site, donation, told) in enumerate(figures):
        put(book, f"{site}-{n}", site, donation if pairs else "", **told)
    return book


def computed(book):
    return comparing.comparison(book.sheet("comparability:C1"), book)


def report(book):
    return ReportComparability.from_data(comparing.as_report(computed(book)))


def runs(*pairs, test="viability_pct"):
    """Pairs of one test as (reference, candidate)."""
    made = []
    for n, (ours, theirs) in enumerate(pairs):
        made += [("ROM", f"D{n}", {test: ours}), ("BEY", f"D{n}", {test: theirs})]
    return made


PAIRS = (("97.0", "96.2"), ("95.5", "95.9"), ("98.1", "97.0"), ("96.4", "96.6"))


def test_a_report_computed_from_the_record_is_accepted_and_another_person_concludes_it():
    book = studied(runs(*PAIRS))
    book.do(report(book), "qa")
    book.do(CONCLUDE, "qa", by="BCN-QA-2")
    assert book.sheet("comparability:C1").outcome == computed(book).outcome


def test_the_interval_is_that_of_a_paired_t_interval_of_candidate_minus_reference():
    """Compared with SciPy's own t interval of the differences, to ten digits."""
    (line, *_) = computed(studied(runs(*PAIRS))).lines
    differences = [float(theirs) - float(ours) for ours, theirs in PAIRS]
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.9)
    assert float(line["low"]) == pytest.approx(expected.low, rel=1e-10)
    assert float(line["high"]) == pytest.approx(expected.high, rel=1e-10)
    assert (line["n_reference"], line["n_candidate"], line["verdict"]) == (4, 4, "met")


def test_an_unpaired_ratio_is_the_welch_interval_of_logarithms():
    figures = [(site, "", {"cd3_pct": text}) for site, texts in
               {"ROM": ("90", "94", "97", "91"), "BEY": ("88", "95", "93")}.items() for text in texts]  # fmt: skip
    book = studied(figures, protocol(design="unpaired", attributes=[RATIO, TOLD]), pairs=False)
    found = computed(book)
    ours, theirs = ([math.log(v) for v in side] for side in ((88, 95, 93), (90, 94, 97, 91)))
    expected = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.9)
    assert float(found.lines[0]["low"]) == pytest.approx(math.exp(expected.low), rel=1e-10)
    assert float(found.lines[0]["high"]) == pytest.approx(math.exp(expected.high), rel=1e-10)
    book.do(report(book), "qa")


def test_a_quality_range_is_the_reference_mean_and_k_deviations_and_one_outside_is_not_met():
    spread = [("ROM", f"D{n}", {"cd3_pct": text}) for n, text in enumerate(("97.0", "98.0", "99.0"))]
    inside = [("BEY", f"D{n}", {"cd3_pct": text}) for n, text in enumerate(("97.5", "98.5", "95.5"))]
    found = computed(studied([*spread, *inside]))
    line = found.lines[1]
    assert (Decimal(line["low"]), Decimal(line["high"]), line["verdict"]) == (Decimal(95), Decimal(101), "met")
    outside = [("BEY", f"D{n}", {"cd3_pct": text}) for n, text in enumerate(("97.5", "98.5", "94.9"))]
    book = studied([*spread, *outside])
    assert computed(book).lines[1]["verdict"] == "not-met" and computed(book).outcome == "not-comparable"
    book.do(report(book), "qa")


def test_too_few_pairs_and_figures_that_never_vary_are_not_enough_data_and_say_why():
    book = studied(runs(*PAIRS[:2]))
    found = computed(book)
    assert found.attributes[0].few and found.outcome == "not-enough-data"
    assert found.lines[0]["low"] is not None and found.lines[0]["verdict"] == "not-enough-data"
    book.do(report(book), "qa")
    still = computed(studied(runs(*[("97", "97")] * 4)))
    assert still.attributes[0].unfit["tost"].code == "constant" and "low" not in still.lines[0]
    assert still.lines[0]["detail"]["not_computed"]["tost"] == "constant"


def test_the_smallest_difference_that_the_pairs_can_show_is_told_beside_the_interval():
    found = computed(studied(runs(*PAIRS))).attributes[0]
    sd = stats.tstd([float(b) - float(a) for a, b in PAIRS])
    assert found.power.sd == pytest.approx(sd, rel=1e-12) and found.power.n == 4
    assert found.line["detail"]["power"]["smallest_difference"]
    assert found.power.smallest_difference > sd


def test_with_one_value_of_each_donor_and_site_the_mixed_model_is_the_paired_interval():
    found = computed(studied(runs(*PAIRS))).attributes[0]
    (between,) = found.hierarchy.differences
    assert (between.ci_low, between.ci_high) == pytest.approx(
        (found.equivalence.ci_low, found.equivalence.ci_high), rel=1e-6
    )


def test_a_run_that_is_not_concluded_is_waited_for_and_the_rule_takes_no_report():
    book = studied(runs(*PAIRS))
    book.copy().do(report(book), "qa")
    put(book, "BEY-1", "BEY", "D0", decision="")
    assert computed(book).waiting == ("BEY-1",)
    book.refused("runs-unfinished", report(book), "qa")


NUMBER = st.decimals("0.01", "100", places=2)
FIGURES = st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), min_size=0, max_size=7)


@settings(max_examples=40, deadline=None)
@given(figures=FIGURES, paired=st.booleans(), ratio=st.booleans())
def test_whatever_the_figures_are_the_computed_report_is_accepted_with_the_verdicts_of_science(figures, paired, ratio):
    first = {**TOST, "scale": "ratio", "low": "0.8", "high": "1.25"} if ratio else TOST
    made = protocol(design="paired" if paired else "unpaired", attributes=[first, RANGE, TOLD])
    told = []
    for n, (a, b, c, d) in enumerate(figures):
        told.append(("ROM", f"D{n}", {"viability_pct": str(a), "cd3_pct": str(b)}))
        told.append(("BEY", f"D{n}", {"viability_pct": str(c), "cd3_pct": str(d)}))
    book = studied(told, made, pairs=paired)
    found = computed(book)
    book.do(report(book), "qa")
    assert book.sheet("comparability:C1").reports[-1].outcome == found.outcome
    tost, within = found.attributes[0], found.attributes[1]
    if len(figures) < 3:
        assert tost.verdict == within.verdict == "not-enough-data"
        return
    if tost.equivalence is not None and not _on_the_edge(tost.equivalence):
        said = {equivalence.Outcome.EQUIVALENT: "met", equivalence.Outcome.NOT_EQUIVALENT: "not-met"}
        assert tost.verdict == said.get(tost.equivalence.outcome, "not-enough-data")
    if within.range is not None:
        same = quality_range.quality_range([b for _, b, _, _ in figures], [d for *_, d in figures], 3.0, 1.0)
        assert (same.low, same.high) == pytest.approx((float(within.line["low"]), float(within.line["high"])), rel=1e-9)


def _on_the_edge(found):
    """So near a margin that twelve digits decide."""
    pairs = ((found.ci_low, found.margin_low), (found.ci_high, found.margin_high),
             (found.ci_low, found.margin_high), (found.ci_high, found.margin_low))  # fmt: skip
    return any(math.isclose(a, b, rel_tol=1e-9) for a, b in pairs)
