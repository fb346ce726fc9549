"""Rooms and clearance: two batches never meet, and a step is done where its recipe says, after somebody looked."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from milenari.rules.hold import HoldBatch
from milenari.rules.procedure import ApproveProcess
from milenari.rules.room import (
    ClearLine,
    CloseRoom,
    ConfirmClearance,
    QualifyRoom,
    RegisterRoom,
    require_room,
    room_state,
    workplace_fault,
)
from milenari.rules.upkeep import BlockUse, LiftBlock, RecordUpkeep, ScheduleUpkeep
from tests.rules.cast import BEADS, DAY, FAR, batch_started, network, p1, refused
from tests.rules.recipes import PHASES, cell_recipe

ON = timedelta(days=1)
ROOM = "room:CLEAN-1"
PRODIGY = "equipment:PRODIGY-1"


def register(code="CLEAN-1", grade="C", until=FAR, places=None):
    return RegisterRoom(room=code, title="Clean room", grade=grade, qualified_until=until, monitored_until=until,
                        places=places)  # fmt: skip


def clear(what=ROOM, batch="B1", **told):
    return ClearLine(what=what, batch=batch, **{"material_gone": True, "papers_gone": True, "clean": True, **told})


def confirm(what=ROOM, batch="B1"):
    return ConfirmClearance(what=what, batch=batch)


def asking(**phase):
    """A batch under a recipe whose first phase asks for a place; its material is scanned."""
    book = batch_started()
    book.do(register(), "qa")
    batch = book.sheet("batch:B1")
    recipe = {**batch.recipe, "phases": [{**batch.recipe["phases"][0], **phase}, *batch.recipe["phases"][1:]]}
    book.sheets["batch:B1"] = replace(batch, recipe=recipe)
    book.do(BEADS, "operator")
    return book


in_room = partial(p1, room="CLEAN-1")


def test_a_step_asks_for_its_room_and_takes_one_of_that_grade_or_cleaner():
    book = asking(room="C")
    book.refused("room-not-scanned", p1(), "operator")
    book.do(register("CLEAN-2", "D"), "qa")
    book.refused("room-grade-too-low", p1(room="CLEAN-2"), "operator")
    book.do(register("CLEAN-3", "B"), "qa")
    book.copy().do(p1(room="CLEAN-3"), "operator")
    book.do(in_room(), "operator")
    assert book.sheet("batch:B1").steps[-1].room == "CLEAN-1"


def test_a_recipe_without_a_room_asks_for_none_and_a_room_that_is_named_must_be_fit():
    book = asking()
    book.copy().do(p1(), "operator")
    book.refused("subject-unknown", p1(room="NOWHERE"), "operator")
    book.do(register("BEY-1"), "qa", site="BEY")
    book.refused("held-elsewhere", p1(room="BEY-1"), "operator")
    book.do(in_room(), "operator")


def test_a_room_whose_qualification_ended_takes_no_step_until_it_is_qualified_again():
    book = asking(room="C")
    book.do(register("OLD-1", until=DAY - ON), "qa")
    assert book.refused("upkeep-due", p1(room="OLD-1"), "operator")["task"] == "qualification"
    again = {"room": "OLD-1", "on": DAY, "evidence": "RQ-2"}
    book.refused("dates-reversed", QualifyRoom(**again, until_on=DAY - ON), "qa")
    book.do(QualifyRoom(**again, until_on=FAR), "qa")
    assert book.refused("upkeep-due", p1(room="OLD-1"), "operator")["task"] == "monitoring"
    book.do(RecordUpkeep(what="room:OLD-1", task="monitoring", on=DAY, outcome="passed", until_on=FAR), "operator")
    book.do(p1(room="OLD-1"), "operator")


def test_a_room_due_for_cleaning_is_neither_cleared_nor_worked_in():
    book = asking(room="C", clearance={"of": ["room"]})
    book.do(ScheduleUpkeep(what=ROOM, task="cleaning", every_d=1), "qa")
    book.refused("upkeep-never", clear(), "operator")
    book.do(RecordUpkeep(what=ROOM, task="cleaning", on=DAY, outcome="passed"), "operator")
    book.do(clear(), "operator")
    book.do(in_room(), "operator")


def test_a_step_waits_for_the_clearance_of_room_and_instrument():
    book = asking(room="C", clearance={"of": ["room", "equipment"]})
    assert book.refused("not-cleared", in_room(), "operator")["subject"] == ROOM
    book.do(clear(), "operator")
    assert book.refused("not-cleared", in_room(), "operator")["subject"] == PRODIGY
    book.do(clear(PRODIGY), "operator")
    entry = book.do(in_room(), "operator")
    assert entry.given["cleared"] == [[ROOM, "ROM-OPERATOR", ""], [PRODIGY, "ROM-OPERATOR", ""]]


def test_a_second_person_looks_where_the_recipe_asks():
    book = asking(room="C", clearance={"of": ["room"], "second_person": True})
    book.refused("not-cleared", confirm(), "operator-2")
    book.do(clear(), "operator")
    book.refused("clearance-unconfirmed", in_room(), "operator")
    book.refused("own-work", confirm(), "operator")
    book.do(confirm(), "operator-2")
    book.do(in_room(), "operator")


def test_a_clearance_is_whole_or_it_is_none():
    book = asking(room="C", clearance={"of": ["room"]})
    for name in ("material_gone", "papers_gone", "clean"):
        assert book.refused("clearance-incomplete", clear(**{name: False}), "operator")["field"] == name
    book.do(clear(), "operator")


def test_two_batches_do_not_meet_in_one_place_unless_the_room_has_more():
    book = asking()
    other = replace(book.sheet("batch:B1"), code="B2")
    book.sheets["batch:B2"] = other
    book.do(clear(), "operator")
    assert book.refused("place-taken", clear(batch="B2"), "operator")["batches"] == ["B1"]
    finished = book.copy()
    finished.sheets["batch:B1"] = replace(book.sheet("batch:B1"), harvested_at=book.now)
    finished.do(clear(batch="B2"), "operator")
    book.do(register("WIDE", places=2), "qa")
    for batch in ("B1", "B2"):
        book.do(clear("room:WIDE", batch), "operator")


def test_a_batch_that_left_the_clean_room_or_is_elsewhere_needs_no_clearance():
    book = asking()
    made = book.copy()
    made.sheets["batch:B1"] = replace(book.sheet("batch:B1"), harvested_at=book.now)
    made.refused("already-harvested", clear(), "operator")
    book.copy().do(clear(), "operator")
    book.do(register("BEY-1"), "qa", site="BEY")
    book.refused("held-elsewhere", clear("room:BEY-1"), "operator", site="BEY")
    book.refused("before-its-cause", clear(), "operator", at=book.sheet("batch:B1").started_at - timedelta(minutes=1))


def test_a_clearance_ends_when_the_place_is_blocked_or_maintained():
    book = asking(room="C", clearance={"of": ["room"]})
    book.do(clear(), "operator")
    cleared = book.copy()
    cleared.do(in_room(), "operator")
    blocked = book.copy()
    blocked.do(BlockUse(what=ROOM), "operator", reason="spill")
    blocked.refused("use-blocked", in_room(), "operator")
    blocked.do(LiftBlock(what=ROOM), "qa", reason="cleaned")
    blocked.refused("not-cleared", in_room(), "operator")
    book.do(RecordUpkeep(what=ROOM, task="maintenance", on=DAY, outcome="passed"), "operator")
    book.refused("not-cleared", in_room(), "operator")


def test_a_step_said_to_be_earlier_than_its_clearance_is_refused():
    book = asking(room="C", clearance={"of": ["room"]})
    before = book.now
    book.later(minutes=5)
    book.do(clear(), "operator")
    book.refused("before-its-cause", in_room(), "operator", at=before)
    book.do(in_room(), "operator")


def test_a_closed_room_takes_nothing_any_more():
    book = asking()
    book.refused("subject-exists", register(), "qa")
    book.copy().do(in_room(), "operator")
    book.do(CloseRoom(room="CLEAN-1"), "qa", reason="rebuilt")
    book.refused("room-closed", in_room(), "operator")
    book.refused("room-closed", clear(), "operator")
    assert [r.code for r in room_state(book, "CLEAN-1", DAY).reasons] == ["room-closed"]
    refused("room-closed", lambda: require_room(book, "CLEAN-1", "", "ROM", DAY))


def test_a_recipe_that_asks_for_an_impossible_place_is_refused():
    book = network()
    first, *rest = PHASES
    wrong = [
        {"room": "E"},
        {"clearance": "room"},
        {"clearance": {"of": []}},
        {"clearance": {"of": ["hood"]}},
        {"clearance": {"of": ["room"]}},
        {"room": "C", "clearance": {"of": ["room"], "second_person": "yes"}},
        {"room": "C", "clearance": {"of": ["room"], "who": "QA"}},
    ]

    def approve(**changes):
        recipe = cell_recipe(phases=[{**first, **changes}, *rest])
        return ApproveProcess(process="ARI", number="9", title="ARI-0001", recipe=recipe)

    for changes in wrong:
        assert workplace_fault({**first, **changes})
        facts = book.refused("recipe-unreadable", approve(**changes), "qa", site="BCN")
        assert facts["where"] == "phase 1"
    book.do(approve(room="C", clearance={"of": ["room", "equipment"], "second_person": True}), "qa", site="BCN")


def test_a_held_batch_can_still_be_cleared_for():
    book = asking()
    book.do(HoldBatch(batch="B1"), "qa", reason="question to the supplier")
    book.do(clear(), "operator")
