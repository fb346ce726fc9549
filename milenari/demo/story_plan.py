"""Plans, told: one of scarce doses that was declined, one of slots in force, and one that waits for its decision.

Whom to plan comes from the registers: who waits in the story, and six more children, announced but not referred yet, so
that something competes. Machines, people and vector are those of the story; rooms, beds, lanes and urgencies those of
the shipped scenario, most of them assumed. The slots are computed here as `milenari plan slots` computes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from milenari.demo.teller import PREFIX, Teller
from milenari.journal import scenarios
from milenari.registers import planning, recorded
from milenari.science.planning import allocation, slots
from milenari.science.planning.checking import scenario
from milenari.words import Facts

HOME = "BCN"
DECLINED, IN_FORCE, ASKED = "PLAN-1", "PLAN-2", "PLAN-3"
LAST = f"{PREFIX}plan-asked-001"
FILE = "weeks-ahead.json"
DOSES = 4
HORIZON, WINDOW = 80, 12  # days of the plan; manufacture starts within so many days of the first of collection
# Hospital, urgency, day of announcement before the plan and first day of collection after it, last day of infusion
# where the physician names one.
ANNOUNCED: tuple[tuple[str, str, int, int, int], ...] = (
    ("ROM", "high", 6, 4, 0), ("ROM", "middle", 5, 3, 0), ("BEY", "high", 7, 2, 0), ("BEY", "middle", 4, 4, 0),
    ("AMM", "middle", 3, 5, 0), ("AMM", "high", 2, 9, 26),
)  # fmt: skip


def tell(teller: Teller) -> None:
    with teller.scene("plan-first", HOME, 1, 13) as s:
        if not s.told():
            data = _planned(HOME, _weeks(teller, s.now), _dealt)
            s.do("vector-manager", "keep-plan", plan=DECLINED, title="Four doses, should the next lot be late", **data)
        else:
            s.number += 1
        s.do("coordinator", "decide-plan", plan=DECLINED, decision="declined",
             reason="The lot is not late, so nobody has to wait for vector (fictional)")  # fmt: skip
    with teller.scene("plan-second", HOME, 1, 15) as s:
        if not s.told():
            data = _planned(HOME, _weeks(teller, s.now), _slots)
            s.do("coordinator", "keep-plan", plan=IN_FORCE, title="Slots of the weeks ahead", **data)
        else:
            s.number += 1
        s.do("coordinator", "decide-plan", plan=IN_FORCE, decision="accepted",
             reason="Agreed in the weekly call of the four sites (fictional)")  # fmt: skip
    with teller.scene("plan-asked", HOME, 1, 18) as s:
        if s.told():
            return
        tree = _weeks(teller, s.now)
        _booked(tree)
        _out(tree, "BEY", 11, 18, "the door of the clean room is repaired (fictional)")
        s.do("coordinator", "keep-plan", plan=ASKED, title="Planned again: Beirut repairs the door of its clean room",
             replaces=IN_FORCE, **_planned(HOME, tree, _slots))  # fmt: skip


def _weeks(teller: Teller, now: Any) -> Facts:
    """The scenario of the weeks ahead as the registers have it, with the children who are announced."""
    tree = recorded.network(recorded.example(), now).scenario
    tree |= {"name": "The weeks ahead, who waits and who is announced", "horizon": HORIZON}
    tree["objective"]["start_window"] = WINDOW
    today = date.fromisoformat(tree["starts_on"])
    for number, (hospital, tier, before, ready, due) in enumerate(ANNOUNCED, 1):
        child: Facts = {
            "code": f"{hospital}-NEXT-{number}", "hospital": hospital, "tier": tier,
            "referred": str(today - timedelta(days=before)), "ready": str(today + timedelta(days=ready)),
        }  # fmt: skip
        tree["patients"].append(child | ({"due": str(today + timedelta(days=due))} if due else {}))
    return tree


def _out(tree: Facts, site: str, first: int, last: int, why: str) -> None:
    """The site's first room is closed from one day of the plan to another."""
    today = date.fromisoformat(tree["starts_on"])
    room = next(one for one in tree["sites"] if one["code"] == site)["rooms"][0]
    days = {"first": str(today + timedelta(days=first)), "last": str(today + timedelta(days=last))}
    room["out"] = [*room.get("out", ()), {**days, "why": why}]


def _booked(tree: Facts) -> None:
    """The slots in force as confirmed ones; who is collected within a week is locked."""
    held = {slot.journey: slot for slot in planning.slots_of(IN_FORCE)}
    soon = date.fromisoformat(tree["starts_on"]) + timedelta(days=7)
    for patient in tree["patients"]:
        slot = held.get(patient["code"])
        if slot is not None and slot.collection and slot.start and slot.infusion:
            patient["booked"] = {
                "site": slot.site, "machine": slot.machine, "collection": str(slot.collection),
                "carried": "fresh" if slot.site == slot.hospital else "frozen", "start": str(slot.start),
                "infusion": str(slot.infusion), "locked": slot.collection <= soon,
            }  # fmt: skip


def _planned(site: str, tree: Facts, compute: Callable[[str], str]) -> Facts:
    """The fields of a plan of this scenario; the scenario's file is kept on the node."""
    text = json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
    scenarios.keep(site, "bcn-coordinator", FILE, text.encode())
    kind, method, answer = planning.as_plan(json.loads(compute(text)))
    return {"kind": kind, "method": method, "answer": answer, "scenario": sha256(text.encode()).hexdigest()}


@lru_cache(maxsize=8)
def _slots(text: str) -> str:
    """The answer for a scenario, as the command prints it; the same text is computed once."""
    return json.dumps(slots.plan(scenario(json.loads(text)), seconds=20.0).to_json())


def _dealt(text: str) -> str:
    """Who gets the doses when there are few, by the rule as it stands."""
    read = scenario(json.loads(text))
    return json.dumps(allocation.allocate(read, DOSES, read.starts_on, allocation.Rule()).to_json())


__all__ = ["ASKED", "DECLINED", "IN_FORCE", "LAST", "tell"]
