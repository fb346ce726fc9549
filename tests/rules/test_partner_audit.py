"""Audits of a partner: by whom the agreement says, as often as it says, counted from the last one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.partner_audit import PartnerAudits, RecordPartnerAudit, due
from milenari.rules.quality_agreement import EndQualityAgreement
from milenari.rules.stability import months_after
from tests.rules.agreeing import CODE, agree, draft, duties
from tests.rules.cast import DAY, LONG_AGO, REASON, MemoryBook, found, network

HELD = f"qualityagreement:{CODE}"


def audited(months: int | None = 24, owner: str = "BCN") -> MemoryBook:
    """Barcelona and Rome agree; one of them audits the other every so many months, or never."""
    row: dict[str, Any] = {"matter": "audit", "owner": owner, "informed": ["ROM" if owner == "BCN" else "BCN"],
                           "within": 30, "period": "days"}  # fmt: skip
    book = network()
    agree(book, draft(content=duties({**row, **({"every_months": months} if months else {})})))
    book.site = owner
    return book


def audit(on: date = DAY, site: str = "BCN", **more: Any) -> RecordPartnerAudit:
    told = {"audit": f"{CODE}/{site}", "agreement": CODE, "on": on, "outcome": "audit-passed", "report": "AR-1"}
    return RecordPartnerAudit(**{**told, **more})


def next_due(book: MemoryBook, site: str = "BCN") -> date | None:
    asked = due(book.sheet(HELD), book.sheet(f"partneraudit:{CODE}/{site}"), DAY)
    return asked.on if asked else None


def test_the_first_audit_is_counted_from_the_agreement_and_the_next_from_the_last():
    book = audited()
    assert next_due(book) == months_after(LONG_AGO, 24)
    book.do(audit(DAY - timedelta(days=3)), "qa")
    assert next_due(book) == months_after(DAY - timedelta(days=3), 24)
    book.refused("before-its-cause", audit(DAY - timedelta(days=3)), "qa")
    book.do(audit(DAY, outcome="audit-with-findings"), "qa")
    held = book.sheet(f"partneraudit:{CODE}/BCN")
    assert [a.outcome for a in held.audits] == ["audit-passed", "audit-with-findings"] and held.audited == "ROM"


def test_only_the_site_that_owes_it_records_it_under_its_own_code():
    book = audited(owner="ROM")
    book.refused("audit-owned-elsewhere", audit(), "qa", site="BCN")
    book.refused("agreement-code-wrong", audit(), "qa", site="ROM")
    book.refused("not-a-party", audit(), "qa", site="BEY")
    book.do(audit(site="ROM"), "qa", site="ROM")
    assert next_due(book, "ROM") == months_after(DAY, 24)


def test_late_and_failed_audits_are_said_and_stop_nothing():
    book = audited(1)
    assert found(book.do(audit(), "qa")) == ["audited-late"]
    assert found(book.later(days=20).do(audit(DAY + timedelta(days=20), outcome="audit-failed"), "qa")) == [
        "partner-audit-failed"
    ]
    never = audited(None)
    assert next_due(never) is None
    assert found(never.do(audit(), "qa")) == []  # nobody asked for it


def test_an_agreement_that_ended_asks_for_no_audit():
    book = audited()
    book.do(EndQualityAgreement(agreement=CODE), "qa", reason=REASON)
    assert due(book.sheet(HELD), PartnerAudits(), DAY + timedelta(days=1)) is None
    book.later(days=1)
    book.refused("audit-owned-elsewhere", audit(DAY + timedelta(days=1)), "qa")


@pytest.mark.parametrize("wrong", [0, 61, "24", True, -1])
def test_an_agreement_says_a_whole_number_of_months_and_only_of_audits(wrong: Any):
    book, row = network(), {"matter": "audit", "owner": "BCN", "informed": ["ROM"], "within": 30, "period": "days"}
    bad = draft(content=duties({**row, "every_months": wrong}))
    assert "months" in book.refused("quality-agreement-unreadable", bad, "qa", site="BCN")["fault"]
    other = draft(content=duties({**row, "matter": "recall", "every_months": 24}))
    assert "audit" in book.refused("quality-agreement-unreadable", other, "qa", site="BCN")["fault"]
    book.do(draft(content=duties({**row, "every_months": 24})), "qa", site="BCN")


@given(months=st.integers(1, 60), gaps=st.lists(st.integers(1, 400), max_size=5))
@settings(max_examples=40, deadline=None)
def test_an_audit_never_brings_the_next_one_forward(months: int, gaps: list[int]):
    book = audited(months)
    before = next_due(book)
    on = LONG_AGO
    for gap in gaps:
        on = min(on + timedelta(days=gap), DAY)
        held = book.sheet(f"partneraudit:{CODE}/BCN")
        if held.last is not None and on <= held.last.on:
            continue
        book.do(audit(on), "qa")
        after = next_due(book)
        assert before is not None and after is not None and after >= before
        assert after == months_after(on, months)
        before = after
