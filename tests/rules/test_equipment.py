"""Equipment and rooms: what is due, blocked, unqualified or not cleared takes no step, and says why."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.equipment import (
    CalibrateEquipment,
    QualifyEquipment,
    RegisterEquipment,
    RetireEquipment,
    equipment_state,
)
from milenari.rules.fitness import after_days, after_months
from milenari.rules.upkeep import (
    BlockUse,
    Done,
    Interval,
    Kept,
    LiftBlock,
    Plan,
    PlanUpkeep,
    RecordUpkeep,
    ScheduleUpkeep,
    dues,
)
from tests.rules.cast import BEADS, DAY, FAR, batch_started, found, network, p1

ON = timedelta(days=1)
NAME = "equipment:PRODIGY-1"
BLOCK = BlockUse(what=NAME)


def upkeep(task="cleaning", on=DAY, outcome="passed", until_on=None, what=NAME):
    return RecordUpkeep(what=what, task=task, on=on, outcome=outcome, evidence="form 7", until_on=until_on)


def schedule(task="cleaning", every_d=7, what=NAME):
    return ScheduleUpkeep(what=what, task=task, every_d=every_d, warn_d=2)


def plan(code="ROM-prodigy", task="maintenance", every_d=180):
    return PlanUpkeep(plan=code, task=task, every_d=every_d, warn_d=None)


def qualify(stage, on=DAY, until_on=FAR):
    return QualifyEquipment(equipment="PRODIGY-1", stage=stage, on=on, until_on=until_on, evidence=f"{stage}-1")


def ready():
    """A batch whose next act is the step on the instrument."""
    book = batch_started()
    book.do(BEADS, "operator")
    return book


def test_a_planned_task_never_done_stops_the_step_until_it_is_done():
    book = ready()
    book.copy().do(p1(), "operator")
    book.do(plan(), "qa")
    facts = book.refused("upkeep-never", p1(), "operator")
    assert facts == {"subject": NAME, "task": "maintenance"}
    book.do(upkeep("maintenance"), "operator")
    book.do(p1(), "operator")


def test_a_task_overdue_stops_the_step_and_one_on_its_last_day_does_not():
    book = ready()
    book.do(schedule(every_d=7), "qa")
    late = book.copy()
    late.do(upkeep(on=DAY - 8 * ON), "operator")
    assert late.refused("upkeep-due", p1(), "operator")["due_on"] == DAY - ON
    book.do(upkeep(on=DAY - 7 * ON), "operator")
    assert equipment_state(book, "PRODIGY-1", DAY).until_on == DAY
    book.do(p1(), "operator")


def test_what_was_said_of_one_instrument_goes_before_its_class():
    book = network()
    book.do(plan(task="cleaning", every_d=30), "qa")
    book.do(upkeep(), "operator")
    assert equipment_state(book, "PRODIGY-1", DAY + 20 * ON).fit
    book.do(schedule(every_d=7), "qa")
    assert not equipment_state(book, "PRODIGY-1", DAY + 20 * ON).fit
    warned = equipment_state(book, "PRODIGY-1", DAY + 6 * ON)
    assert warned.fit and [w.code for w in warned.warnings] == ["upkeep-soon"]


def test_a_plan_is_named_by_its_own_site():
    book = network()
    book.refused("plan-code-wrong", plan("BEY-prodigy"), "qa")
    book.refused("plan-code-wrong", plan("ROM-"), "qa")
    book.do(plan(), "qa")


def test_a_failed_task_blocks_at_once_and_quality_assurance_lifts_it():
    book = ready()
    entry = book.do(upkeep("maintenance", outcome="failed"), "operator")
    assert found(entry) == ["upkeep-failed"]
    book.refused("use-blocked", p1(), "operator")
    book.refused("use-blocked", BLOCK, "operator", reason="leaks")
    book.refused("reason-missing", LiftBlock(what=NAME), "qa")
    book.do(LiftBlock(what=NAME), "qa", reason="repaired, report 12")
    book.do(p1(), "operator")


def test_whoever_blocked_does_not_lift_and_what_is_not_blocked_is_not_lifted():
    book = ready()
    book.refused("use-not-blocked", LiftBlock(what=NAME), "qa", reason="nothing")
    book.do(BLOCK, "qa", reason="odd noise")
    assert book.refused("use-blocked", p1(), "operator")["reason"] == "odd noise"
    book.refused("own-work", LiftBlock(what=NAME), "qa", reason="gone")
    book.do(LiftBlock(what=NAME), "qa-2", reason="gone")
    book.do(p1(), "operator")


def test_the_stages_of_qualification_follow_each_other_and_the_last_one_has_to_hold():
    book = ready()
    book.refused("qualification-out-of-order", qualify("OQ"), "qa")
    book.do(qualify("IQ", DAY - 9 * ON), "qa")
    book.refused("upkeep-never", p1(), "operator")
    book.refused("qualification-out-of-order", qualify("PQ"), "qa")
    book.refused("qualification-out-of-order", qualify("OQ", DAY - 10 * ON), "qa")
    book.do(qualify("OQ", DAY - 5 * ON), "qa")
    book.refused("dates-reversed", qualify("PQ", DAY, DAY - ON), "qa")
    short = book.copy()
    short.do(qualify("PQ", DAY - 3 * ON, DAY - ON), "qa")
    assert short.refused("upkeep-due", p1(), "operator")["due_on"] == DAY - ON
    book.do(qualify("PQ", DAY - 3 * ON), "qa")
    book.copy().do(p1(), "operator")
    book.do(qualify("OQ", DAY), "qa")  # moved or repaired: the last stage is due again
    book.refused("upkeep-never", p1(), "operator")


def test_nothing_is_done_to_a_retired_instrument():
    book = network()
    book.do(RetireEquipment(equipment="PRODIGY-1"), "qa", reason="worn out")
    for act in (qualify("IQ"), schedule(), upkeep(), BLOCK):
        book.refused("equipment-retired", act, "qa", reason="as ever")
    assert [r.code for r in equipment_state(book, "PRODIGY-1", DAY).reasons] == ["equipment-retired"]


def test_an_instrument_stands_in_a_room_that_exists():
    book = network()
    made = {"equipment": "P9", "kind": "prodigy", "calibrated_until": FAR}
    book.refused("subject-unknown", RegisterEquipment(**made, room="R9"), "qa")
    book.do(RegisterEquipment(**made), "qa")


def test_upkeep_that_ends_before_it_was_done_is_refused():
    book = network()
    book.refused("dates-reversed", upkeep(until_on=DAY - ON), "operator")
    book.do(upkeep(until_on=DAY), "operator")
    assert equipment_state(book, "PRODIGY-1", DAY).fit
    assert not equipment_state(book, "PRODIGY-1", DAY + ON).fit


def test_the_state_says_until_when_and_gives_every_reason():
    book = network()
    assert equipment_state(book, "PRODIGY-1", DAY).until_on == FAR
    book.do(CalibrateEquipment(equipment="PRODIGY-1", on=DAY, calibrated_until=DAY + 9 * ON), "qa")
    book.do(plan(), "qa")
    book.do(BLOCK, "operator", reason="odd noise")
    state = equipment_state(book, "PRODIGY-1", FAR + ON)
    assert [r.code for r in state.reasons] == ["use-blocked", "equipment-out-of-calibration", "upkeep-never"]
    assert state.until_on is None


DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=6), st.integers(1, 400), DAYS, DAYS)
def test_one_more_task_done_never_makes_a_thing_less_fit(done, every_d, more, on):
    interval = (Interval("cleaning", every_d, 5),)
    tasks = tuple(Done("cleaning", a, b) for a, b in done)
    before = dues(Kept(done=tasks, intervals=interval), Plan(), on)[0]
    after = dues(Kept(done=(*tasks, Done("cleaning", more)), intervals=interval), Plan(), on)[0]
    assert after.holds or not before.holds


@given(st.lists(DAYS, min_size=1, max_size=6), st.integers(1, 400), st.integers(1, 400), DAYS)
def test_a_shorter_interval_never_makes_a_thing_fit(done, one, other, on):
    tasks = tuple(Done("cleaning", day) for day in done)
    states = [
        dues(Kept(done=tasks, intervals=(Interval("cleaning", days, 5),)), Plan(), on)[0]
        for days in sorted((one, other))
    ]
    assert states[1].holds or not states[0].holds


@given(DAYS, st.integers(1, 400))
def test_a_task_holds_on_its_last_day_and_not_the_day_after(day, every_d):
    kept = Kept(done=(Done("cleaning", day),), intervals=(Interval("cleaning", every_d, 5),))
    last = day + timedelta(days=every_d)
    for on, holds in ((day, True), (last, True), (last + ON, False), (day - ON, False)):
        assert dues(kept, Plan(), on)[0].holds is holds
    assert dues(kept, Plan(), day)[0].due_on == last


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(9999, 12, 1), 1, date.max),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last_of_a_shorter_month(day, months, expected):
    assert after_months(day, months) == expected


@given(DAYS, st.integers(0, 200), st.integers(0, 200))
def test_more_months_never_end_sooner(day, one, other):
    less, more = sorted((one, other))
    assert day <= after_months(day, less) <= after_months(day, more)
    assert (after_months(day, one).year * 12 + after_months(day, one).month) - (day.year * 12 + day.month) == one


def test_days_stop_at_the_last_day_there_is():
    assert after_days(date.max - ON, 5) == date.max and after_days(DAY, 5) == DAY + 5 * ON
