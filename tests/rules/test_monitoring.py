"""Monitoring: who counts, when a boundary is reached, the hold it places, and who lifts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.monitoring import (
    EndStoppingRule,
    LiftHold,
    PlaceHold,
    RecordLook,
    SetStoppingRule,
    headroom,
    reached,
    require_running,
    standing_in,
    stop_at,
)
from tests.rules.book import MemoryBook, found, refused
from tests.rules.cast import REASON, administer, at_bedside, decide_
from tests.rules.test_safety import ASSESS
from tests.rules.trial import eligible, enrol
from tests.rules.trialling import TRIAL, WHO, graded, participant, report, trial

LIMIT = ((2, 2), (4, 3), (7, 4))
SET = SetStoppingRule(
    rule="ARI-PED-CRS", protocol=TRIAL, title="Severe CRS or ICANS", events={"crs": 3, "icans": 3, "related": 4},
    window_days=28, boundary=[[2, 2], [4, 3], [7, 4]], method="toxicity-pocock 1", parameters={"p0": "0.2"},
)  # fmt: skip
LIFT = LiftHold(hold=TRIAL, number=1, reference="board of 2 March")


def with_rule(**changes: Any) -> MemoryBook:
    book = trial()
    book.do(replace(SET, **changes), "statistician", site="BCN")
    return book


def look(*codes: str, events: tuple[str, ...] = ()) -> RecordLook:
    return RecordLook(rule="ARI-PED-CRS", participants=codes, adverse_events=events)


def severe(book: MemoryBook, number: int, **changes: Any) -> str:
    """A participant infused forty days ago whose CRS was grade three two days after."""
    return participant(book, number, grades=(graded("CRS", 3, book.now - timedelta(days=38)),), **changes)


def held() -> MemoryBook:
    """Two of two had an event: the rule has placed a hold."""
    book = with_rule()
    codes = [severe(book, 1), severe(book, 2)]
    entry = book.do(look(*codes), "statistician", site="BCN")
    assert found(entry) == ["boundary-reached"]
    return book


def test_a_rule_is_set_by_the_sponsors_statistician_with_a_boundary_that_can_be_read():
    book = trial()
    for wrong in ([], [[2, 2], [2, 3]], [[4, 3], [7, 2]], [[2, 0]], [[2]], [["2", "2"]], {"n": 2}):
        book.refused("boundary-unfit", replace(SET, boundary=wrong or [[]]), "statistician", site="BCN")
    for wrong in ({"crs": 0}, {"crs": 6}, {"fever": 3}, {"death": 1}, {"crs": True}, {"crs": "3"}):
        book.refused("events-unfit", replace(SET, events=wrong), "statistician", site="BCN")
    book.refused("not-the-control-site", SET, "statistician")
    book.refused("role-not-allowed", SET, "coordinator", site="BCN")
    book.refused("subject-unknown", replace(SET, protocol="OTHER"), "statistician", site="BCN")
    book.do(SET, "statistician", site="BCN")
    book.refused("subject-exists", SET, "statistician", site="BCN")


def test_who_counts_is_infused_and_has_a_whole_window_or_an_event():
    book = with_rule()
    early, none = participant(book, 2, infused_days_ago=10), participant(book, 3, infused_days_ago=-1)
    for code, state in ((early, "open"), (none, "not-infused")):
        facts = book.refused("participant-does-not-count", look(code), "statistician", site="BCN")
        assert facts["counts"] == state
    died = participant(
        book, 4, died_on=(book.now - timedelta(days=30)).date(), events=(("death", "leukaemia", book.now),)
    )
    assert book.refused("participant-does-not-count", look(died), "statistician", site="BCN")["counts"] == "incomplete"
    early = participant(book, 2, infused_days_ago=10, grades=(graded("ICANS", 3, book.now - timedelta(days=3)),))
    entry = book.do(look(WHO, early), "data-manager", site="BCN")
    assert (entry.given["n"], entry.given["events"], entry.given["with_event"]) == (2, 1, [early])
    assert found(entry) == []


def test_what_is_an_event_is_what_the_rule_says():
    rule = with_rule(events={"crs": 3, "death": True}).sheet("stoppingrule:ARI-PED-CRS")
    book = trial()

    def counts(**changes: Any) -> str:
        participant(book, 1, **changes)
        return standing_in(rule, book.sheet("journey:J-1"), (), book.now)

    day = book.now - timedelta(days=20)
    assert counts(grades=(graded("CRS", 2, day),)) == "complete"
    assert counts(grades=(graded("CRS", 3, day),)) == "event"
    assert counts(grades=(graded("ICANS", 4, day),)) == "complete"  # this rule does not watch ICANS
    assert counts(grades=(graded("CRS", 4, book.now - timedelta(days=5)),)) == "complete"  # after the window
    assert counts(grades=(graded("CRS", 4, book.now - timedelta(days=50)),)) == "complete"  # before the infusion
    dead = {"died_on": day.date(), "events": (("death", "infection", day),)}
    assert counts(**dead) == "event"
    assert counts(**{**dead, "events": (("death", "leukaemia", day),)}) == "incomplete"


def test_a_related_adverse_event_counts_where_the_rule_watches_it():
    book = with_rule()
    participant(book, 1, infused_days_ago=5)
    event = f"{WHO}/AE-1"
    book.do(report(book, ctcae="Sepsis", ctcae_version="v5", grade=4), "investigator")
    book.refused("participant-does-not-count", look(WHO), "statistician", site="BCN")
    book.refused("participant-does-not-count", look(participant(book, 2), events=(event,)), "statistician", site="BCN")
    entry = book.copy().do(look(WHO, events=(event,)), "statistician", site="BCN")
    assert entry.given["events"] == 1
    book.do(replace(ASSESS, product="unlikely"), "investigator")
    mild = with_rule()
    mild.do(report(mild, ctcae="Fever", ctcae_version="v5", grade=3), "investigator")
    mild.refused("event-not-watched", look(WHO, events=(event,)), "statistician", site="BCN")


def test_a_look_forgets_nobody_and_names_everybody_once():
    book = with_rule()
    second = participant(book, 2)
    book.refused("participant-named-twice", look(WHO, WHO), "statistician", site="BCN")
    book.do(look(WHO, second), "statistician", site="BCN")
    assert book.refused("look-forgets", look(WHO), "statistician", site="BCN")["missing"] == [second]
    other = participant(book, 3)
    sheet = book.sheet(f"participant:{other}")
    book.sheets[f"participant:{other}"] = replace(sheet, protocol="OTHER")
    book.refused("participant-of-another-trial", look(WHO, second, other), "statistician", site="BCN")
    book.refused("before-its-cause", look(WHO, second), "statistician", site="BCN", at=book.now - timedelta(hours=1))


def test_the_boundary_holds_the_trial_until_the_coordinator_lets_it_go_on():
    book = held()
    refused("trial-on-hold", lambda: require_running(book, TRIAL, "DL1"))
    hold = book.sheet(f"trialhold:{TRIAL}").holds[0]
    assert (hold.rule, hold.events, hold.placed_by) == ("ARI-PED-CRS", 2, "by-rule")
    book.refused("reason-missing", LIFT, "coordinator", site="BCN")
    book.refused("role-not-allowed", LIFT, "statistician", site="BCN", reason=REASON)
    book.refused("hold-unknown", replace(LIFT, number=2), "coordinator", site="BCN", reason=REASON)
    book.refused("held-elsewhere", LIFT, "coordinator", reason=REASON)
    book.refused("before-its-cause", LIFT, "coordinator", site="BCN", reason=REASON, at=book.now - timedelta(hours=1))
    book.do(LIFT, "coordinator", site="BCN", reason=REASON)
    require_running(book, TRIAL, "DL1")
    lifted = book.sheet(f"trialhold:{TRIAL}").holds[0]
    assert (lifted.reference, lifted.reason, lifted.lifted_by) == ("board of 2 March", REASON, "BCN-COORDINATOR")
    book.refused("hold-unknown", LIFT, "coordinator", site="BCN", reason=REASON)


def test_what_was_weighed_does_not_hold_again_and_one_event_more_does():
    book = held()
    codes = [f"{TRIAL}-ROM-00{n}" for n in (1, 2)]
    entry = book.copy().do(look(*codes), "statistician", site="BCN")
    assert not entry.given["hold"]  # it is on hold already
    book.do(LIFT, "coordinator", site="BCN", reason=REASON)
    again = book.do(look(*codes), "statistician", site="BCN")
    assert found(again) == ["boundary-reached"] and not again.given["hold"]
    require_running(book, TRIAL)
    assert book.do(look(*codes, severe(book, 3)), "statistician", site="BCN").given["hold"]
    refused("trial-on-hold", lambda: require_running(book, TRIAL))


def test_a_hold_of_one_dose_level_leaves_the_others():
    book = with_rule(level="DL1")
    book.do(look(severe(book, 1), severe(book, 2)), "statistician", site="BCN")
    refused("trial-on-hold", lambda: require_running(book, TRIAL, "DL1"))
    refused("trial-on-hold", lambda: require_running(book, TRIAL))  # a level nobody knows is held by any
    require_running(book, TRIAL, "DL2")
    require_running(book, "OTHER", "DL1")


def test_a_person_holds_a_trial_with_a_reason_and_another_lifts_it():
    book = trial()
    place = PlaceHold(hold=TRIAL)
    book.refused("reason-missing", place, "coordinator", site="BCN")
    book.refused("not-the-control-site", place, "coordinator", reason=REASON)
    book.refused("subject-unknown", PlaceHold(hold="OTHER"), "coordinator", site="BCN", reason=REASON)
    book.do(place, "coordinator", site="BCN", reason="a positive culture in another trial")
    book.refused("hold-stands", place, "coordinator", site="BCN", reason=REASON)
    book.refused("own-work", LIFT, "coordinator", site="BCN", reason=REASON)
    other = trial()
    other.do(place, "physician", site="BCN", reason=REASON)
    other.do(LIFT, "coordinator", site="BCN", reason=REASON)


def test_nobody_is_enrolled_while_the_trial_is_on_hold():
    book = eligible()
    book.do(PlaceHold(hold=TRIAL), "physician", site="BCN", reason=REASON)
    assert book.refused("trial-on-hold", enrol(), "investigator")["why"] == REASON
    book.do(LIFT, "coordinator", site="BCN", reason=REASON)
    book.do(enrol(), "investigator")


def test_nobody_of_the_trial_is_infused_while_it_is_on_hold():
    book = at_bedside()
    book.sheets[f"protocol:{TRIAL}"] = trial().sheet(f"protocol:{TRIAL}")
    book.do(PlaceHold(hold=TRIAL, level="DL1"), "physician", site="BCN", reason=REASON)
    book.copy().do(administer(), "ward-nurse")  # whose therapy belongs to no trial
    participant(book)
    book.sheets["journey:J1"] = replace(book.sheet("journey:J1"), trials=((TRIAL, WHO),))
    book.refused("trial-on-hold", administer(), "ward-nurse")
    book.refused("trial-on-hold", decide_(), "physician")
    book.do(decide_(decision="hold"), "physician")
    other = at_bedside()
    other.sheets.update({name: book.sheet(name) for name in ("journey:J1", f"participant:{WHO}", f"trialhold:{TRIAL}")})
    other.do(LIFT, "coordinator", site="BCN", reason=REASON)
    other.do(administer(), "ward-nurse")


def test_a_rule_that_has_ended_is_not_looked_at():
    book = with_rule()
    end = EndStoppingRule(rule="ARI-PED-CRS")
    book.refused("reason-missing", end, "statistician", site="BCN")
    book.do(end, "statistician", site="BCN", reason="amendment 2 sets another")
    book.refused("rule-ended", look(WHO), "statistician", site="BCN")
    book.refused("rule-ended", end, "statistician", site="BCN", reason=REASON)


@pytest.mark.parametrize(("n", "events", "hit", "room"), [
    (0, 0, False, 2), (1, 0, False, 3), (1, 1, False, 1), (2, 1, False, 2), (2, 2, True, 0), (3, 2, False, 1),
    (3, 3, True, 0), (4, 2, False, 2), (5, 3, False, 1), (7, 3, False, None), (8, 8, False, None), (7, 4, True, 0),
])  # fmt: skip
def test_the_boundary_between_two_looks_is_that_of_the_next(n, events, hit, room):
    assert reached(LIMIT, n, events) is hit
    assert headroom(LIMIT, n, events) == room


def test_beyond_the_last_look_nothing_is_said():
    assert [stop_at(LIMIT, n) for n in (1, 2, 3, 4, 5, 7, 8)] == [2, 2, 3, 3, 4, 4, None]
    assert headroom((), 0, 0) is None


BOUNDARY = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=8).map(
    lambda steps: tuple((sum(a for a, _ in steps[: i + 1]), 1 + sum(b for _, b in steps[: i + 1]))
                        for i in range(len(steps))))  # fmt: skip


@given(BOUNDARY, st.integers(0, 20), st.integers(0, 20))
def test_headroom_is_the_first_number_that_reaches_and_more_events_never_unreach(limit, n, events):
    room = headroom(limit, n, events)
    if room is not None:
        assert reached(limit, n + room, events + room)
        assert not any(reached(limit, n + k, events + k) for k in range(room))
    if reached(limit, n, events):
        assert reached(limit, n, events + 1)
