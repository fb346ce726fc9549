"""Drift: a baseline is frozen once for all to see, and a pattern becomes a task once."""

from dataclasses import replace

from milenari.rules.drift import AssessSignal, FreezeBaseline, RaiseSignal
from milenari.words import Role
from tests.rules.cast import REASON, batch_made, network, q, station

FREEZE = FreezeBaseline(
    baseline="ROM/ARI/viability_pct", process="ARI", test="viability_pct", centre=q("97.9", "%"), sigma=q("0.4", "%"),
    batches=("B1",), convention="nelson-1984", method="i-mr 1",
)  # fmt: skip
RAISE = RaiseSignal(signal="ROM/ARI/viability_pct/n2/B1", baseline=FREEZE.baseline, pattern="nelson-2", batches=("B1",))


def freeze(**changes):
    return FreezeBaseline(**{**FREEZE.__dict__, **changes})


def assess(cause="common-cause", measure=""):
    return AssessSignal(signal=RAISE.signal, cause=cause, finding="nothing changed", measure=measure)


@station
def frozen():
    book = batch_made()
    book.do(FREEZE, "qa", reason=REASON)
    return book


@station
def raised():
    book = frozen()
    book.do(RAISE, "qc-analyst")
    return book


def test_a_baseline_is_of_one_test_at_one_site_and_has_spread():
    book = batch_made()
    book.copy().do(FREEZE, "qa", reason=REASON)
    book.refused("agreement-code-wrong", freeze(baseline="BEY/ARI/viability_pct"), "qa", reason=REASON)
    book.refused("baseline-without-spread", freeze(sigma=q("0", "%")), "qa", reason=REASON)
    book.refused("reading-wrong-unit", freeze(sigma=q("1", "h")), "qa", reason=REASON)
    book.refused("batch-of-another-series", freeze(baseline="ROM/LV/viability_pct", process="LV"), "qa", reason=REASON)


def test_a_baseline_is_frozen_anew_with_a_reason_and_the_new_one_counts():
    book = frozen()
    book.do(freeze(sigma=q("0.5", "%")), "qa", reason=REASON)
    assert book.sheet("baseline:ROM/ARI/viability_pct").sigma == q("0.5", "%").value


def test_a_pattern_becomes_a_task_once_by_whoever_sees_it_first():
    book = frozen()
    book.copy().do(RAISE, by="ROM-NODE", role=Role.NODE)
    book.do(RAISE, "qc-analyst")
    book.refused("signal-open-already", RAISE, by="ROM-NODE", role=Role.NODE)


def test_no_signal_without_a_baseline_of_this_site():
    book = batch_made()
    book.refused("subject-unknown", RAISE, "qc-analyst")
    book.do(FREEZE, "qa", reason=REASON)
    book.refused("held-elsewhere", RAISE, "qc-analyst", site="BEY")
    book.do(RAISE, "qc-analyst")


def test_a_signal_rests_on_batches_of_its_own_series():
    """Its node's word is judged again elsewhere, where the entries of a third site may not have come yet."""
    book = frozen()
    foreign = book.copy()
    foreign.sheets["batch:B1"] = replace(foreign.sheet("batch:B1"), owner="BEY")
    foreign.refused("batch-of-another-series", RAISE, by="ROM-NODE", role=Role.NODE)
    book.do(RAISE, by="ROM-NODE", role=Role.NODE)


def test_a_signal_is_assessed_once_and_an_assignable_cause_names_what_is_done():
    book = raised()
    book.refused("field-missing", assess("assignable-cause"), "qa")
    book.do(assess("assignable-cause", "pump replaced"), "qa")
    assert book.sheet(f"signal:{RAISE.signal}").status == "assignable-cause"
    book.refused("already-investigated", assess(), "qa")


def test_the_network_starts_without_any_signal():
    assert not network().sheet(f"signal:{RAISE.signal}").exists
