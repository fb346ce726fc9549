"""Running: where a batch stands on the bench: the one task that is next, what is left after it, and its clocks.

A suggestion only, read from the folded batch; the rule decides when an act is signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from milenari.registers import bench, questions
from milenari.web import keeping
from milenari.words import Facts, plain

DONE, CHECK, NOW, AHEAD = "done", "check", "now", "ahead"


@dataclass(frozen=True)
class Task:
    """One act that is due: its action, the phase it is for, and the material class or phase it is about."""

    code: str
    phase: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        """What tells this task from every other of the batch."""
        return "/".join((self.code, self.phase, self.about))


@dataclass(frozen=True)
class Station:
    """One phase in the list of what is done and what is left."""

    defined: Facts
    state: str
    done: Any = None


@dataclass(frozen=True)
class Clock:
    """A clock on the screen: counting up from an instant, or down to one that must not be passed."""

    code: str  # since-previous, since-start, begin-by, use-cells-by, give-by
    at: datetime
    down: bool
    allowed_h: str = ""
    warn: bool = False
    late: bool = False
    span: str = ""


def tasks(batch: Any, clearing: Iterable[Task] = ()) -> list[Task]:
    """Everything due before the batch can go on to its next phase, in order; the first is the one to do.

    ``clearing``: what of the next phase's line clearance is not done; it comes before anything of the phase.
    """
    if batch.decision:
        return []
    if batch.on_hold:
        return [Task("resume-batch")]
    waiting = [Task("verify-step", phase, phase) for phase in batch.awaiting_verification()]
    phase = batch.next_phase()
    if phase is not None:
        return [*waiting, *clearing, *_of_phase(batch, phase)]
    rest = [("harvest-batch", batch.harvested_at), ("fill-batch", batch.doses), ("reconcile-batch", batch.reconciled)]
    return [*waiting, *(Task(code) for code, done in rest if not done)]


def _of_phase(batch: Any, phase: Facts) -> list[Task]:
    code = phase["code"]
    used = {kind for at, kind, _, _ in batch.consumed if at == code}
    found = [Task("consume-material", code, kind) for kind in phase.get("materials", ()) if kind not in used]
    if phase.get("vector") and not batch.container:
        found.append(Task("spend-container", code))
    return [*found, Task("sign-step", code, code)]


def stations(batch: Any) -> list[Station]:
    """Every phase of the recipe in order, with what was done."""
    done = {step.phase: step for step in batch.steps}
    waiting, following = batch.awaiting_verification(), batch.next_phase()
    found = []
    for defined in batch.phases:
        code = defined["code"]
        state = CHECK if code in waiting else DONE if code in done else AHEAD
        if following is not None and code == following["code"]:
            state = AHEAD if waiting else NOW
        found.append(Station(defined, state, done.get(code)))
    return found


# -- clocks ---------------------------------------------------------------------------------------------


def span(lasting: timedelta) -> str:
    """A length of time in days, hours and minutes, the larger two of them: "1 h 05 min"."""
    minutes = int(abs(lasting).total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def clocks(batch: Any, use_by: datetime | None, now: datetime, good_until: datetime | None = None) -> list[Clock]:
    """How long since the last phase, and what must be begun or used by when.

    ``use_by`` is that of the collected cells, ``good_until`` that of the product once it is harvested.
    """
    previous = batch.steps[-1].at if batch.steps else None
    phase = batch.next_phase()
    found: list[tuple[str, datetime | None, bool, str]] = []
    if batch.harvested_at is None:
        found.append(("since-previous", previous, False, "") if previous else
                     ("since-start", batch.started_at, False, ""))  # fmt: skip
        if phase is not None and previous and "within_h" in phase:
            limit = timedelta(hours=int(phase["within_h"]))
            found.append(("begin-by", previous + limit, True, str(phase["within_h"])))
        if not batch.steps:
            found.append(("use-cells-by", use_by, True, ""))
    else:
        found.append(("give-by", good_until, True, ""))
    return [_clock(code, at, down, allowed, now) for code, at, down, allowed in found if at]


def _clock(code: str, at: datetime, down: bool, allowed_h: str, now: datetime) -> Clock:
    left = at - now
    soon = down and left < timedelta(hours=1)
    return Clock(code, at, down, allowed_h, soon and left >= timedelta(0), down and left < timedelta(0), span(left))


# -- what is known beforehand ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Supply:
    """What the bench can take for one need: the first to use, and all that the form may offer."""

    first: str
    unit: str
    offered: list[tuple[str, str]]


def lots_for(kind: str, site: str, today: Any) -> Supply:
    """Usable lots of a material class here, first to expire first; the unit if they all have one."""
    lots = bench.usable_lots(kind, site, today)
    units = {lot.unit for lot in lots}
    offered = [(lot.code, f"{lot.expires_on} · {plain(lot.left.normalize())} {lot.unit}") for lot in lots]
    return Supply(lots[0].code if lots else "", units.pop() if len(units) == 1 else "", offered)


def equipment_for(batch: Any, kind: str, site: str, today: Any) -> Supply:
    """Instruments of a class here that a step would take today; first the one this batch used last."""
    held = [thing.code for thing in instruments(kind, site, today) if thing.state.fit]
    last = next((s.equipment for s in reversed(batch.steps) if s.equipment in held), "")
    first = last or (held[0] if len(held) == 1 else "")
    return Supply(first, "", [(code, "") for code in held])


def instruments(kind: str, site: str, today: Any) -> list[keeping.Thing]:
    """Instruments of a class here, each with whether it is fit for use today and why not, as a step would be told."""
    return keeping.standing([row.subject for row in bench.equipment_here(kind, site)], today, questions.zone_of(site))


def containers_for(journey: str, site: str) -> Supply:
    """Vector containers here that may be meant for this journey; none is ever filled in by itself."""
    rows = bench.containers_here(journey, site)
    return Supply("", "", [(row.code, row.lot) for row in rows])
