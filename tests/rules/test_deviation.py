"""Deviation: anyone reports, quality assurance closes, and never one's own."""

from datetime import timedelta

from milenari.rules.deviation import CloseDeviation, OpenDeviation
from tests.rules.cast import BEADS, batch_started, p1


def opened(code="D1"):
    return OpenDeviation(of="batch:B1", deviation=code, what="a drop on the bench", severity="minor")


def close(code="D1", disposition="no-impact"):
    return CloseDeviation(of="batch:B1", deviation=code, root_cause="haste", disposition=disposition)


def test_a_deviation_is_opened_and_closed_once():
    book = batch_started()
    book.refused("no-open-deviation", close(), "qa")
    book.do(opened(), "physician")
    book.refused("subject-exists", opened(), "qa")
    book.refused("before-its-cause", close(), "qa", at=book.now - timedelta(hours=1))
    book.do(close(), "qa")
    book.refused("no-open-deviation", close(), "qa")


def test_nobody_closes_the_deviation_they_opened_or_of_the_batch_they_worked_on():
    book = batch_started()
    book.do(opened(), "qa")
    book.refused("own-work", close(), "qa")
    book.do(close(), "qa-2")
    book.do(opened("D2"), "operator")
    batch = book.sheet("batch:B1")
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "workers": ("ROM-QA",)})
    book.refused("own-work", close("D2"), "qa")


def test_closing_one_does_not_rewrite_how_another_of_the_same_code_was_closed():
    book = batch_started()
    book.do(opened("D-P1-viability"), "operator")
    book.do(close("D-P1-viability"), "qa")
    book.do(BEADS, "operator")
    book.do(p1(viability="60"), "operator")
    book.do(close("D-P1-viability", "batch-affected"), "qa")
    first, second = book.sheet("batch:B1").deviations
    assert (first.disposition, second.disposition) == ("no-impact", "batch-affected")


def test_the_administrator_reports_nothing_about_products():
    batch_started().refused("role-not-allowed", opened(), "it-admin")
