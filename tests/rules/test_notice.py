"""Notice: what happened is told to the other site under its code, and the clock is the agreement's of that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.change import ProposeChange
from milenari.rules.notice import GiveNotice, begun_at, clock, notice_code
from milenari.rules.quality_agreement import EndQualityAgreement
from milenari.rules.release import RecallBatch
from tests.rules.agreeing import CODE, agree, draft, duties
from tests.rules.cast import DAY, REASON, MemoryBook, found, released, result, sampled, verify

WEEK = timedelta(days=7)


def notice(matter: str = "oos", of: str = "batch:B1", **more: Any) -> GiveNotice:
    told = {"notice": notice_code(CODE, matter, of), "agreement": CODE, "matter": matter, "of": of,
            "what": "seventy asked, sixty-nine found", "told": "BCN-QA by telephone"}  # fmt: skip
    return GiveNotice(**{**told, **more})


def failing(within: MemoryBook | None = None) -> MemoryBook:
    """A result of Rome's batch out of specification while the agreement with Barcelona holds."""
    book = sampled()
    agree(book, draft())
    book.do(result("viability_pct", "69"), "qc-analyst")
    assert found(book.do(verify("viability_pct"), "qc-analyst-2")) == ["out-of-specification"]
    return book


def test_a_failed_result_is_told_by_its_site_under_its_code():
    book = failing()
    book.refused("notice-code-wrong", replace(notice(), notice=f"{CODE}/oos/B2"), "qa")
    book.refused("matter-of-another-kind", notice("change", "batch:B1"), "qa")
    book.refused("held-elsewhere", notice(), "qa", site="BCN")
    book.refused("not-a-party", notice(), "qa", site="BEY")
    book.refused("nothing-to-tell", notice("recall"), "qa")
    book.refused("before-its-cause", notice(), "qa", at=book.now - timedelta(hours=1))
    assert found(book.do(notice(), "qa")) == []
    opened = book.sheet("batch:B1").investigations[-1].opened_at
    assert book.sheet(f"notice:{CODE}/oos/B1").due_at == opened + WEEK


def test_what_is_told_after_its_time_is_said_and_allowed():
    book = failing().later(days=8)
    assert found(book.do(notice(), "qa")) == ["noticed-late"]
    # Told again about the same thing: it was told, though late; nothing is late anew.
    assert found(book.do(notice(), "qa")) == []


def test_a_recall_is_told_from_the_moment_of_the_recall():
    book = released()
    agree(book, draft())
    book.refused("nothing-to-tell", notice("recall"), "qa")
    book.do(RecallBatch(batch="B1"), "qa", reason="complaint")
    recalled = book.sheet("batch:B1").recalled_at
    book.do(notice("recall"), "qa")
    assert book.sheet(f"notice:{CODE}/recall/B1").due_at == recalled + WEEK


def test_a_change_is_told_to_the_sites_that_it_touches_and_to_no_other():
    book = failing()
    propose = ProposeChange(change="CH-1", title="Reagent", what="another maker", why="supply", kind="material",
                            term="planned", sites=("BCN", "ROM"), effective_on=DAY)  # fmt: skip
    book.do(propose, "coordinator")
    book.copy().do(notice("change", "change:CH-1"), "qa")
    alone = book.sheet("change:CH-1")
    book.sheets["change:CH-1"] = replace(alone, sites=("ROM",))
    book.refused("matter-not-of-agreement", notice("change", "change:CH-1"), "qa")


def test_an_agreement_that_ended_asks_for_nothing():
    book = failing()
    held, opened = book.sheet(f"qualityagreement:{CODE}"), book.sheet("batch:B1").investigations[-1].opened_at
    asked = clock(book, held, "ROM", "oos", opened)
    assert asked is not None and asked.at == opened + WEEK and (asked.owner, asked.to_site) == ("BCN", "BCN")
    book.do(EndQualityAgreement(agreement=CODE), "qa", site="BCN", reason=REASON)
    later = book.now + timedelta(days=2)
    assert clock(book, book.sheet(f"qualityagreement:{CODE}"), "ROM", "oos", later) is None


@given(count=st.integers(min_value=1, max_value=360), period=st.sampled_from(("hours", "days")),
       after=st.integers(min_value=0, max_value=20_000))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_told_late_exactly_after_the_time_of_the_agreement(count: int, period: str, after: int):
    book = sampled()
    row = {"matter": "oos", "owner": "BCN", "informed": ["ROM"], "within": count, "period": period}
    agree(book, draft(content=duties(row)))
    book.do(result("viability_pct", "69"), "qc-analyst")
    book.do(verify("viability_pct"), "qc-analyst-2")
    begun = begun_at("oos", book.sheet("batch:B1"))
    assert begun is not None
    book.later(hours=after)
    late = book.now > begun + timedelta(**{period: count})
    assert found(book.do(notice(), "qa")) == (["noticed-late"] if late else [])
