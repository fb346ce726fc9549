"""The pages of instruments and rooms say what a step would be told, and what runs out in which week."""

from __future__ import annotations

import re
from typing import Any

from tests.web.world import World, logged_in, today


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]))


def furnish(world: World) -> None:
    for code, days in (("GOOD-1", 200), ("NEAR-1", 5), ("LATE-1", -3)):
        world.do("ROM-QA", "register-equipment", equipment=code, kind="counter", calibrated_until=str(today(days)))
    world.do("ROM-QA", "register-room", room="CLEAN-1", title="Clean room", grade="C", qualified_until=str(today(90)))
    world.do("ROM-QA", "schedule-upkeep", what="room:CLEAN-1", task="cleaning", every_d="7")


def test_an_empty_site_says_how_the_list_begins(world: World) -> None:
    shown = text_of(logged_in("ROM-QA").get("/equipment"))
    assert "No instrument and no room yet." in shown and "Nothing is overdue" in shown
    assert logged_in("ROM-QA").get("/equipment/equipment:NONE").status_code == 404
    assert logged_in("ROM-QA").get("/equipment/batch:NONE").status_code == 404


def test_the_list_says_state_reason_and_week(world: World) -> None:
    furnish(world)
    client = logged_in("ROM-QA")
    shown = text_of(client.get("/equipment"))
    assert "Overdue" in shown and "never recorded" in shown and str(today(5)) in shown
    assert "LATE-1" in shown and "calibration" in shown
    due = text_of(client.get("/equipment?state=due"))
    table = due.partition("Instruments and rooms")[2]
    assert "LATE-1" in table and "CLEAN-1" in table and "GOOD-1" not in table
    assert "Nothing matches this search" in text_of(client.get("/equipment?q=zzz"))


def test_the_page_of_one_thing_tells_its_life(world: World) -> None:
    furnish(world)
    world.do("ROM-OP", "record-upkeep", what="room:CLEAN-1", task="cleaning", on=str(today()), outcome="passed",
             evidence="agent lot 7")  # fmt: skip
    client = logged_in("ROM-QA")
    shown = text_of(client.get("/equipment/room:CLEAN-1"))
    assert "agent lot 7" in shown and str(today(7)) in shown and "in use" in shown
    assert "Record upkeep" in shown and "Block from use" in shown
    world.do("ROM-OP", "block-use", what="room:CLEAN-1", reason="spill on the floor")
    shown = text_of(client.get("/equipment/room:CLEAN-1"))
    assert "blocked" in shown and "spill on the floor" in shown and "Lift a block" in shown


def test_the_page_of_an_instrument_names_the_steps_done_on_it(batch_world: World) -> None:
    batch_world.do("ROM-OP", "sign-step", batch="ROM-B-1", phase="P1", equipment="PRO-1",
                   readings={"viability": {"value": "95", "unit": "%"}})  # fmt: skip
    shown = text_of(logged_in("ROM-QA").get("/equipment/equipment:PRO-1"))
    assert "ROM-B-1" in shown and "P1" in shown


def test_things_of_a_site_one_does_not_see_are_not_shown(world: World) -> None:
    world.do("BCN-QA", "register-equipment", equipment="BCN-1", kind="counter", calibrated_until=str(today(9)))
    client = logged_in("ROM-OP")
    assert "BCN-1" not in text_of(client.get("/equipment?site="))
    assert client.get("/equipment/equipment:BCN-1").status_code in (403, 422)
