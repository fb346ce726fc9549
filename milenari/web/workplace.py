"""Workplace: the rooms of a phase as the bench offers them, and the clearances that a phase still waits for.

A suggestion, like all that the bench fills in: the step asks the rule (rules/room.py).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from milenari.journal import ask
from milenari.registers import keeping as registers
from milenari.rules.room import GRADES, Room
from milenari.rules.upkeep import kept_state
from milenari.web.running import Supply, Task
from milenari.words import Facts, split_subject


def _kept(site: str, *kinds: str) -> tuple[ask.Supposed, list[str]]:
    """The instruments and rooms of a site, asked for together."""
    book = ask.Supposed()
    names = [name for name, _ in registers.things([site]) if split_subject(name)[0] in kinds]
    book.expect(names)
    return book, names


def rooms_for(batch: Any, phase: Facts, site: str, today: date) -> Supply:
    """Rooms here of the grade that the phase asks for or a cleaner one, and fit today; first where the batch is."""
    book, names = _kept(site, "room")
    found: list[tuple[bool, Room]] = []
    for name in names:
        room: Room = book.sheet(name)
        below = phase.get("room") and GRADES.index(room.kind) > GRADES.index(phase["room"])
        if not below and kept_state(book, name, today).fit:
            found.append((room.clearance_for(batch.code) is not None, room))
    cleared = [room.code for here, room in found if here]
    held = [room.code for _, room in found]
    last = next((s.room for s in reversed(batch.steps) if s.room in held), "")
    first = last or (cleared[0] if cleared else held[0] if len(held) == 1 else "")
    offered = sorted(found, key=lambda x: (x[1].code != first, not x[0], x[1].code))
    return Supply(first, "", [(room.code, f"{room.title} \u00b7 {room.kind}") for _, room in offered])


def clearing(batch: Any, phase: Facts | None, site: str) -> list[Task]:
    """What of a phase's clearance is still to be done, before anything of the batch comes there."""
    asked = (phase or {}).get("clearance") or {}
    if not asked or phase is None:
        return []
    book, names = _kept(site, "room", "equipment")
    due = []
    for kind in asked["of"]:
        made = [(name, c) for name in names if split_subject(name)[0] == kind
                and (c := book.sheet(name).clearance_for(batch.code)) is not None]  # fmt: skip
        if not made:
            due.append(Task("clear-line", phase["code"], kind))
        elif asked.get("second_person") and not any(c.second_by for _, c in made):
            due.append(Task("confirm-clearance", phase["code"], made[-1][0]))
    return due


def to_clear(batch: Any, phase: Facts, kind: str, site: str, today: date) -> Supply:
    """What may be cleared for the phase: a fitting room, or an instrument of the class that it uses."""
    if kind == "room":
        rooms = rooms_for(batch, phase, site, today)
        return Supply(f"room:{rooms.first}" if rooms.first else "", "", [(f"room:{c}", t) for c, t in rooms.offered])
    book, names = _kept(site, "equipment")
    fit = [name for name in names if book.sheet(name).kind == phase.get("equipment")
           and kept_state(book, name, today).fit]  # fmt: skip
    return Supply(fit[0] if len(fit) == 1 else "", "", [(name, "") for name in fit])
