"""Windows of visits: every day is early, in the window or late; a page says so when it is saved, and the grid does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.action import Refused
from milenari.rules.casebook_form import read_form
from milenari.rules.casebook_window import beyond, day_of, planned, standing, standings
from milenari.rules.participant import Participant, Signed, Withdrawal
from milenari.rules.protocol import Protocol, Version
from milenari.rules.protocol_document import PlannedVisit
from tests.rules.book import MemoryBook
from tests.rules.casebook import PARTICIPANT, WELL, at_casebook, define, definition, save

DUE = date(2026, 3, 28)
FIRST, LAST = DUE - timedelta(days=4), DUE + timedelta(days=4)
VISIT = PlannedVisit("D28", "Day 28", "infusion", ("CBC",), DUE, FIRST, LAST)
NOTHING = PlannedVisit("D28", "Day 28", "infusion", ("CBC",), None, None, None)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.integers(-60, 60).map(lambda days: DUE + timedelta(days=days))


@given(DAYS)
def test_a_day_is_early_late_or_inside_and_by_how_much(on: date) -> None:
    days = beyond(VISIT, on)
    assert (days == 0) == (FIRST <= on <= LAST)
    moved = on - timedelta(days=days)  # by so many days back it would just have been inside
    assert beyond(VISIT, moved) == 0 and (days == 0 or beyond(VISIT, moved + timedelta(days=days // abs(days))) != 0)


@given(st.lists(DAYS, max_size=4), DAYS, st.none() | DAYS)
def test_every_visit_stands_in_exactly_one_way(seen: list[date], today: date, gone: date | None) -> None:
    made = standing(VISIT, seen, today, None, gone)
    if seen:
        assert made.on in seen and made.beyond == beyond(VISIT, made.on)
        assert made.beyond or made.on == min(seen)
        assert made.state == ("early" if made.beyond < 0 else "late" if made.beyond else "in-window")
        assert abs(made.beyond) == max(abs(beyond(VISIT, on)) for on in seen)
    elif gone is not None and gone <= LAST:
        assert made.state == "not-due"
    else:
        closed = today > LAST
        assert made.state == ("missed" if closed else "due" if today >= FIRST else "upcoming")


def test_a_visit_whose_anchor_has_not_happened_waits_and_one_without_a_window_is_its_anchor() -> None:
    assert standing(NOTHING, [], DUE).state == "waiting"
    assert standing(NOTHING, [], DUE, gone=DUE).state == "not-due"
    act = replace(VISIT, from_on=DUE, to_on=DUE)
    assert standing(act, [], DUE + timedelta(days=9), DUE) == standing(act, [DUE], DUE)
    assert standing(act, [], DUE + timedelta(days=9)).state == "missed"
    assert standing(act, [DUE + timedelta(days=2)], DUE, DUE).beyond == 2


def protocol(minus: int, plus: int) -> Protocol:
    told = {"code": "D28", "title": "Day 28", "anchor": "consent", "day": 28, "minus": minus, "plus": plus,
            "forms": ["CBC"]}  # fmt: skip
    return Protocol("ARI-PED", 1, "BCN", versions=(Version("1.0", {"visits": [told]}, "", "BCN-QA", NOW),))


def at_visit(minus: int = 4, plus: int = 4, **changes: Any) -> MemoryBook:
    """A blood count that dates its visit, due four weeks after the consent of 1 February."""
    book = at_casebook()
    items = [{**one, "dates": True} if one["id"] == "taken_on" else one for one in definition()["items"]]
    book.do(define(2, items=items), "data-manager", reason="it dates the visit")
    signed = Signed("guardian", "G1", "it", "guardian", date(2026, 2, 1), "1.0")
    told = {"protocol": "ARI-PED", "protocol_version": "1.0", "consents": (signed,), **changes}
    book.sheets[f"participant:{PARTICIPANT}"] = Participant(PARTICIPANT, 1, "ROM", **told)
    book.sheets["protocol:ARI-PED"] = protocol(minus, plus)
    return book


@pytest.mark.parametrize(("on", "days"), [("2026-02-24", -1), ("2026-02-25", 0), ("2026-03-05", 0), ("2026-03-09", 4)])
def test_saving_a_page_says_that_its_day_lies_outside_the_window(on: str, days: int) -> None:
    book = at_visit()
    entry = book.do(save({**WELL, "taken_on": {"value": on}}, number=2), "physician")
    window = {"visit": "D28", "from": "2026-02-25", "to": "2026-03-05", "days": days}
    assert [(one.code, one.facts) for one in entry.findings] == ([("visit-outside-window", window)] if days else [])


def test_a_form_that_dates_no_visit_is_not_judged() -> None:
    book = at_visit()
    book.do(define(3), "data-manager", reason="it dates none again")
    assert not book.do(save({**WELL, "taken_on": {"value": "2026-06-01"}}, number=3), "physician").findings
    form = book.sheet("casebook-form:CBC")
    assert day_of(form.form(1), {"taken_on": {"value": "2026-06-01"}}, "Europe/Rome") is None
    assert day_of(form.form(2), {}, "Europe/Rome") is None
    assert day_of(form.form(2), {"taken_on": {"missing": "unknown"}}, "Europe/Rome") is None


def test_the_day_of_an_instant_is_the_hospitals_own() -> None:
    items = [{"id": "at", "label": "At", "type": "datetime", "dates": True}]
    form, late = read_form({"title": "T", "items": items}), {"at": {"value": "2026-03-01T22:30:00.000Z"}}
    assert day_of(form, late, "Asia/Amman") == date(2026, 3, 2)
    assert day_of(form, late, "Europe/Rome") == date(2026, 3, 1)


@pytest.mark.parametrize("at", [("wbc",), ("taken_on", "seen_at")])
def test_a_form_is_dated_by_one_day(at: tuple[str, ...]) -> None:
    items = [{**one, "dates": True} if one["id"] in at else one for one in definition()["items"]]
    with pytest.raises(Refused) as refused:
        read_form(definition(items=items))
    assert refused.value.code == "form-unreadable" and "dates the visit" in refused.value.facts["fault"]


def test_the_overview_has_every_planned_visit_and_nobody_is_expected_after_leaving() -> None:
    book = at_visit()
    participant = book.sheet(f"participant:{PARTICIPANT}")
    today = date(2026, 4, 1)
    assert [one.code for one in planned(book, participant, "Europe/Rome")[0]] == ["D28"]
    assert [one.state for one in standings(book, participant, {}, "Europe/Rome", today)] == ["missed"]
    seen = {"D28": [date(2026, 3, 7)]}
    made = standings(book, participant, seen, "Europe/Rome", today)
    assert [(one.state, one.beyond, one.on) for one in made] == [("late", 2, date(2026, 3, 7))]
    left = replace(participant, withdrawals=(Withdrawal("from-follow-up", date(2026, 2, 10)),))
    assert [one.state for one in standings(book, left, {}, "Europe/Rome", today)] == ["not-due"]
    treated = replace(participant, withdrawals=(Withdrawal("from-treatment", date(2026, 2, 10)),))
    assert [one.state for one in standings(book, treated, {}, "Europe/Rome", today)] == ["missed"]
