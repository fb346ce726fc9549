"""Room: clean rooms with their grade and upkeep, and the clearance of a room or instrument for one batch.

Governing requirements: EU GMP Part I Chapter 5, 5.40 (before any processing, work area and equipment are clean and
free from materials, products and documents of another); EU GMP Annex 1 and Part IV section 4 (grades, monitoring).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, action, after, applies, checks, known, refuse_if, sheet
from milenari.rules.equipment import require_equipment
from milenari.rules.fitness import Fitness
from milenari.rules.upkeep import Clearance, Done, Kept, in_use, kept_state
from milenari.words import Facts, Meaning, Role

GRADES = ("A", "B", "C", "D", "CNC")  # cleanest first; CNC is controlled and not classified
CLEARED = ("room", "equipment")


@sheet("room")
class Room(Kept):
    """A room: its class (``kind``) is its grade; how many batches may be worked on in it at once."""

    title: str = ""
    places: int = 1


# -- actions --------------------------------------------------------------------------------------------


@action("register-room", roles=(Role.QA,), meaning=Meaning.APPROVED)
class RegisterRoom(Action):
    """Enter a room into the site's list with its grade and until when qualification and monitoring hold."""

    room: str = f.new("room", "Room code")
    title: str = f.text("Title", longest=120)
    grade: str = f.choice(GRADES, "Grade")
    qualified_until: date = f.on("Qualified until")
    monitored_until: date | None = f.on("Monitoring holds until", required=False)
    places: int | None = f.count("Batches at once", low=1, high=20, required=False, help="one, if left empty")


@action("qualify-room", roles=(Role.QA,), meaning=Meaning.APPROVED)
class QualifyRoom(Action):
    """Record that a room was qualified again, with the evidence and until when it holds."""

    room: str = f.ref("room", label="Room", touch=True)
    on: date = f.on("Qualified on", past=True)
    until_on: date = f.on("Valid until")
    evidence: str = f.text("Evidence", longest=300, help="number of the protocol and report")


@action("close-room", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class CloseRoom(Action):
    """Take a room out of use for good; what was done in it before stands."""

    room: str = f.ref("room", label="Room", touch=True)


@action("clear-line", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.PERFORMED)
class ClearLine(Action):
    """State that a room or instrument is free of everything of another batch, before this batch comes to it."""

    what: str = f.ref("room", "equipment", label="Instrument or room", touch=True)
    batch: str = f.ref("batch", label="Batch")
    material_gone: bool = f.flag("No material or waste of another batch is left")
    papers_gone: bool = f.flag("No label or document of another batch is left")
    clean: bool = f.flag("Visibly clean")


@action("confirm-clearance", roles=(Role.OPERATOR, Role.QA), meaning=Meaning.VERIFIED)
class ConfirmClearance(Action):
    """Second person's look at a cleared room or instrument."""

    what: str = f.ref("room", "equipment", label="Instrument or room", touch=True)
    batch: str = f.ref("batch", label="Batch")


# -- checks ---------------------------------------------------------------------------------------------


@checks(RegisterRoom)
def _register(act: RegisterRoom, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="room", code=act.room)


@checks(QualifyRoom)
def _qualify(act: QualifyRoom, asking: Asking, book: Book) -> None:
    in_use(book, act.about)
    refuse_if(act.until_on < act.on, "dates-reversed", field="until_on")


@checks(CloseRoom)
def _close(act: CloseRoom, asking: Asking, book: Book) -> None:
    in_use(book, act.about)


def _worked_on(book: Book, batch: str) -> bool:
    """Whether a batch is still in the clean room: neither harvested nor decided about."""
    found: Any = book.sheet(f"batch:{batch}")
    return bool(found.exists and not found.harvested_at and not found.decision)


@checks(ClearLine)
def _clear(act: ClearLine, asking: Asking, book: Book) -> None:
    found: Kept = in_use(book, act.what)
    batch = known(book, f"batch:{act.batch}")
    refuse_if(batch.owner != asking.site, "held-elsewhere", subject=f"batch:{act.batch}", owner=batch.owner)
    refuse_if(not _worked_on(book, act.batch), "already-harvested", batch=act.batch)
    after(asking.happened_at, batch.started_at, "start of the batch")
    kept_state(book, act.what, asking.today).require()
    others = dict.fromkeys(c.batch for c in found.clearances if not c.ended and c.batch != act.batch)
    inside = [other for other in others if _worked_on(book, other)]
    places = found.places if isinstance(found, Room) else 1
    refuse_if(len(inside) >= places, "place-taken", subject=act.what, batches=inside)
    done = {"material_gone": act.material_gone, "papers_gone": act.papers_gone, "clean": act.clean}
    lacking = next((name for name, yes in done.items() if not yes), "")
    refuse_if(lacking, "clearance-incomplete", subject=act.what, field=lacking)


@checks(ConfirmClearance)
def _confirm(act: ConfirmClearance, asking: Asking, book: Book) -> None:
    found: Kept = in_use(book, act.what)
    made = found.clearance_for(act.batch)
    refuse_if(made is None, "not-cleared", subject=act.what, batch=act.batch)
    if made is not None:
        refuse_if(made.by == asking.by, "own-work", person=asking.by)
        after(asking.happened_at, made.at, "clearance")


# -- how things stand -----------------------------------------------------------------------------------


def room_state(book: Book, code: str, on: date) -> Fitness:
    """Whether a room is fit for use on a day: why not, and until when."""
    return kept_state(book, f"room:{code}", on)


def require_room(book: Book, code: str, grade: str, site: str, on: date) -> Room:
    """The room, of the grade asked for or a cleaner one, here and fit for use that day."""
    found: Room = known(book, f"room:{code}")
    refuse_if(found.owner != site, "held-elsewhere", subject=f"room:{code}", owner=found.owner)
    below = grade and GRADES.index(found.kind) > GRADES.index(grade)
    refuse_if(below, "room-grade-too-low", room=code, grade=found.kind, needed=grade)
    room_state(book, code, on).require()
    return found


def require_workplace(book: Book, batch: str, phase: Facts, equipment: str, room: str, asking: Asking) -> Facts:
    """Instrument and room of a step: named, fit and cleared as its recipe asks; what was found, for the entry."""
    if phase.get("equipment"):
        refuse_if(not equipment, "equipment-not-scanned", phase=phase["code"], kind=phase["equipment"])
        require_equipment(book, equipment, phase["equipment"], asking.site, asking.today)
    refuse_if(phase.get("room") and not room, "room-not-scanned", phase=phase["code"], grade=phase.get("room"))
    if room:
        require_room(book, room, phase.get("room", ""), asking.site, asking.today)
    asked = phase.get("clearance") or {}
    cleared = []
    for kind in asked.get("of", ()):
        name = f"{kind}:{room if kind == 'room' else equipment}"
        made = book.sheet(name).clearance_for(batch)
        refuse_if(made is None, "not-cleared", subject=name, batch=batch)
        refuse_if(asked.get("second_person") and not made.second_by, "clearance-unconfirmed", subject=name,
                  batch=batch)  # fmt: skip
        after(asking.happened_at, made.at, "clearance")
        cleared.append([name, made.by, made.second_by])
    return {"cleared": cleared} if cleared else {}


def workplace_fault(phase: Facts) -> str:
    """What is wrong with how a recipe's phase asks for room and clearance; nothing if it can be done."""
    if phase.get("room", "D") not in GRADES:
        return f"has a room grade that is none of {', '.join(GRADES)}"
    if "clearance" not in phase:
        return ""
    asked = phase["clearance"]
    if not isinstance(asked, dict) or set(asked) - {"of", "second_person"} or not asked.get("of"):
        return "has a clearance that does not say of what"
    unknown = not isinstance(asked["of"], list) or [kind for kind in asked["of"] if kind not in CLEARED]
    if unknown or not isinstance(asked.get("second_person", False), bool):
        return f"has a clearance of something other than {', '.join(CLEARED)}"
    lacking = next((kind for kind in asked["of"] if not phase.get(kind)), "")
    return f"has a clearance of {lacking} and names none" if lacking else ""


# -- applies --------------------------------------------------------------------------------------------


@applies(RegisterRoom, "room")
def _(found: Room, act: RegisterRoom, entry: Entry) -> Room:
    made = [Done("qualification", date.min, act.qualified_until, entry.by)]
    if act.monitored_until:
        made.append(Done("monitoring", date.min, act.monitored_until, entry.by))
    return replace(found, kind=act.grade, title=act.title, places=act.places or 1, done=tuple(made))


@applies(QualifyRoom, "room")
def _(found: Room, act: QualifyRoom, entry: Entry) -> Room:
    made = Done("qualification", act.on, act.until_on, entry.by, act.evidence)
    return replace(found, done=(*found.done, made))


@applies(CloseRoom, "room")
def _(found: Room, act: CloseRoom, entry: Entry) -> Room:
    return replace(found, retired=True)


@applies(ClearLine, "room", "equipment")
def _(found: Kept, act: ClearLine, entry: Entry) -> Kept:
    kept = tuple(replace(c, ended=True) if c.batch == act.batch else c for c in found.clearances)
    return replace(found, clearances=(*kept, Clearance(act.batch, entry.by, entry.happened_at)))


@applies(ConfirmClearance, "room", "equipment")
def _(found: Kept, act: ConfirmClearance, entry: Entry) -> Kept:
    newest = found.clearance_for(act.batch)
    return replace(found, clearances=tuple(
        replace(c, second_by=entry.by) if c is newest else c for c in found.clearances
    ))  # fmt: skip
