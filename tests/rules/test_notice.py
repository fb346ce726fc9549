"""Notice: what happened is told to the other site under its code, and the clock is the agreement's of that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.change import ProposeChange
from milenari.rules.deviation import OpenDeviation
from milenari.rules.notice import GiveNotice, beginnings, clock, notice_code
from milenari.rules.quality_agreement import EndQualityAgreement
from milenari.rules.release import RecallBatch
from tests.rules.agreeing import CODE, agree, draft, duties
from tests.rules.cast import (
    DAY,
    REASON,
    MemoryBook,
    found,
    released,
    result,
    sampled,
    vector_released,
    vector_tested,
    verify,
)

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


def test_of_several_failed_results_the_first_that_was_not_told_counts():
    book = failing().later(days=5)
    book.do(result("cd3_pct", "1"), "qc-analyst")
    book.do(verify("cd3_pct"), "qc-analyst-2")
    first, second = (i.opened_at for i in book.sheet("batch:B1").investigations)
    assert second - first >= timedelta(days=5)
    late = book.copy().later(days=3)  # in time for the second alone
    assert found(late.do(notice(), "qa")) == ["noticed-late"]
    assert late.sheet(f"notice:{CODE}/oos/B1").due_at == first + WEEK
    assert found(book.do(notice(), "qa")) == []
    told = book.sheet(f"notice:{CODE}/oos/B1")
    assert found(book.later(days=30).do(notice(), "qa")) == []  # again, with nothing new: it was told when it was told
    again = book.sheet(f"notice:{CODE}/oos/B1")
    assert (again.at, again.due_at, again.rounds) == (told.at, told.due_at, told.rounds + 1)


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
    (begun,) = beginnings("oos", book.sheet("batch:B1"))
    book.later(hours=after)
    late = book.now > begun.at + timedelta(**{period: count})
    assert found(book.do(notice(), "qa")) == (["noticed-late"] if late else [])


PLANT = {site: f"BCN.{site}.vector" for site in ("ROM", "BEY")}


def at_the_plant(book: MemoryBook) -> MemoryBook:
    """Barcelona has an agreement about its vector with Rome and with Beirut."""
    for site, code in PLANT.items():
        parties = ("BCN", site)
        rows = [{"matter": "deviation", "severity": grade, "owner": "BCN",
                 **({"informed": [site], "within": within, "period": "hours"} if within else {})}
                for grade, within in (("minor", 0), ("major", 72), ("critical", 24))]  # fmt: skip
        agree(book, draft(agreement=code, relation="vector", receiver=site, content=duties(*rows, parties=parties)))
    book.site = "BCN"
    return book


def deviates(severity: str = "major", code: str = "DEV-1") -> OpenDeviation:
    return OpenDeviation(of="lot:V1", deviation=code, what="freezer alarm for two hours", severity=severity)


def told_to(site: str) -> GiveNotice:
    code = PLANT[site]
    return notice("deviation", "lot:V1", notice=notice_code(code, "deviation", "lot:V1"), agreement=code)


def test_a_deviation_of_a_lot_is_told_to_the_sites_that_hold_or_used_its_vector_and_to_no_other():
    book = at_the_plant(vector_released())  # two containers are in Rome, none in Beirut
    book.refused("nothing-to-tell", told_to("ROM"), "qa")
    opened = book.do(deviates(), "vector-manager").happened_at
    book.refused("container-not-there", told_to("BEY"), "qa")
    book.refused("not-a-party", told_to("ROM"), "qa", site="BEY")
    book.refused("held-elsewhere", told_to("ROM"), "qa", site="ROM")
    late = book.copy().later(hours=73)
    assert found(late.do(told_to("ROM"), "qa")) == ["noticed-late"]
    book.later(hours=71)
    assert found(book.do(told_to("ROM"), "qa")) == []
    assert book.sheet(f"notice:{PLANT['ROM']}/deviation/V1").due_at == opened + timedelta(hours=72)
    spent = book.sheet("container:V1-001")
    book.sheets["container:V1-001"] = replace(spent, spent_in="B9")
    book.do(deviates("critical", "DEV-2"), "vector-manager")
    assert found(book.copy().later(hours=23).do(told_to("ROM"), "qa")) == []
    assert found(book.later(hours=25).do(told_to("ROM"), "qa")) == ["noticed-late"]


def test_it_is_told_too_where_a_container_is_arriving():
    book = at_the_plant(vector_released())
    book.do(deviates(), "vector-manager")
    moving = book.sheet("container:V1-003")
    book.refused("container-not-there", told_to("BEY"), "qa")
    book.sheets["container:V1-003"] = replace(moving, bound_for="BEY")
    book.do(told_to("BEY"), "qa")


def test_what_went_wrong_before_the_release_is_told_from_the_release_on():
    book = at_the_plant(vector_tested())
    book.do(deviates(), "vector-manager")
    assert beginnings("deviation", book.sheet("lot:V1")) == ()
    book.sheets["lot:V1"] = replace(book.sheet("lot:V1"), released_at=book.now + timedelta(days=9))
    (begun,) = beginnings("deviation", book.sheet("lot:V1"))
    assert (begun.at, begun.severity) == (book.now + timedelta(days=9), "major")


def test_a_release_says_when_the_lot_was_released():
    lot = vector_released().sheet("lot:V1")
    assert lot.released_at is not None and lot.released_at > lot.harvested_at


def test_a_minor_deviation_stays_at_the_plant_by_this_agreement():
    book = at_the_plant(vector_released())
    book.do(deviates("minor"), "vector-manager")
    assert found(book.later(days=90).do(told_to("ROM"), "qa")) == []  # told all the same, and never late


@pytest.mark.parametrize("site", ["ROM", "BCN"])
def test_deviations_of_batches_are_escalated_and_not_told_here(site: str):
    book = failing()
    book.refused("matter-of-another-kind", notice("deviation", "batch:B1"), "qa", site=site)
