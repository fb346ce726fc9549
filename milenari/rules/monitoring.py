"""Monitoring: stopping rules as data, looks at them, and the hold on a trial that a rule places by itself.

A boundary is computed beforehand (``milenari design``) and entered with its method, parameters and version; nothing is
computed here but sums and a comparison. Who counts is stated with the rule: an infused participant whose window is
complete, or who had an event in it. Whether the boundary is reached follows from the record, not from the person who
looks; a hold is lifted by a person, with a reason and the reference of who advised it. Governing requirements: ICH
E6(R3) 3.16 and E9 4.5 (stopping rules are stated before; clauses recalled), Regulation (EU) 536/2014 Article 38.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.adverse_event import AdverseEvent, EventReview, standing_of
from milenari.rules.network import control_site
from milenari.rules.referral import Journey
from milenari.words import Facts, Meaning, Role

EVENTS = ("crs", "icans", "related", "death")
"""What may be an event: CRS, ICANS or a related adverse event from a grade on; death by anything but leukaemia."""
MOST_LOOKS = 400
ALWAYS = "by-rule"


@dataclass(frozen=True)
class Look:
    """What was seen of a rule once: how many counted, how many had an event, who, and whether the limit was reached."""

    at: datetime
    by: str
    n: int
    events: int
    counted: tuple[str, ...]
    reached: bool


@sheet("stoppingrule")
class StoppingRule(Sheet):
    """A rule by which a trial is held, with every look at it."""

    protocol: str = ""
    title: str = ""
    level: str = ""  # the dose level it watches; empty for all
    events: Facts | None = None
    window_days: int = 0
    boundary: tuple[tuple[int, int], ...] = ()
    method: str = ""
    parameters: Facts | None = None
    set_by: str = ""
    set_at: datetime | None = None
    looks: tuple[Look, ...] = ()
    ended_at: datetime | None = None

    @property
    def status(self) -> str:
        """As lists show it."""
        return "ended" if self.ended_at else "in-force" if self.set_at else ""


@dataclass(frozen=True)
class Hold:
    """Why and since when nobody is taken in or infused, and who let it go on by whose advice."""

    why: str
    level: str
    placed_by: str
    placed_at: datetime
    rule: str = ""
    events: int = 0
    lifted_by: str = ""
    lifted_at: datetime | None = None
    reason: str = ""
    reference: str = ""


@sheet("trialhold")
class TrialHold(Sheet):
    """The holds of one trial, by the code of its protocol."""

    holds: tuple[Hold, ...] = ()

    @property
    def status(self) -> str:
        """As lists show it."""
        return "on-hold" if self.open() else "lifted" if self.holds else ""

    def open(self, level: str = "") -> tuple[tuple[int, Hold], ...]:
        """The holds in force, with their numbers; those of another level than the one asked about left out."""
        fits = ((n, h) for n, h in enumerate(self.holds, 1) if h.lifted_at is None)
        return tuple((n, h) for n, h in fits if not level or not h.level or h.level == level)


# -- the boundary ---------------------------------------------------------------------------------------


def stop_at(boundary: Sequence[tuple[int, int]], n: int) -> int | None:
    """How many events stop the trial after n have counted; between two looks the next one's number, beyond all None."""
    return next((stop for size, stop in boundary if size >= n), None)


def reached(boundary: Sequence[tuple[int, int]], n: int, events: int) -> bool:
    """Whether so many events after so many reach the boundary."""
    stop = stop_at(boundary, n)
    return n > 0 and stop is not None and events >= stop


def headroom(boundary: Sequence[tuple[int, int]], n: int, events: int) -> int | None:
    """How many participants with an event in a row would reach the boundary; None where no number does."""
    last = boundary[-1][0] if boundary else 0
    return next((more for more in range(0, last - n + 1) if reached(boundary, n + more, events + more)), None)


def standing_in(rule: StoppingRule, journey: Journey, related: Sequence[date], now: datetime) -> str:
    """How a participant counts: event, complete, open window, not-infused, or incomplete where it ended before."""
    if not journey.infusions:
        return "not-infused"
    begin = min(i.at for i in journey.infusions)
    end = begin + timedelta(days=rule.window_days)
    watched = rule.events or {}
    for scale in ("crs", "icans"):
        from_grade = watched.get(scale)
        graded = [g for g in journey.grades if g.scale == scale.upper() and begin <= g.at <= end]
        if from_grade is not None and any(g.grade >= from_grade for g in graded):
            return "event"
    if "related" in watched and any(begin.date() <= on <= end.date() for on in related):
        return "event"
    died = journey.died_on is not None and journey.died_on <= end.date()
    causes = [what for name, what, _ in journey.events if name == "death"]
    if died and watched.get("death") and causes != ["leukaemia"]:
        return "event"
    if died:
        return "incomplete"
    return "complete" if now >= end else "open"


def related_on(rule: StoppingRule, event: AdverseEvent, review: EventReview) -> date | None:
    """The day on which an adverse event that the rule watches began; None where it is none of them."""
    grade, floor = event.now.grade, (rule.events or {}).get("related")
    watched = floor is not None and grade is not None and grade >= floor
    if not watched or standing_of(event, review).suspected is False:
        return None
    return event.now.begun_on


def require_running(book: Sheets, protocol: str, level: str = "") -> None:
    """Refuse to take in or infuse anybody while the trial, or this dose level of it, is on hold."""
    held: TrialHold = book.sheet(f"trialhold:{protocol}")
    for _, hold in held.open(level):
        raise Refused("trial-on-hold", protocol=protocol, since=hold.placed_at, why=hold.why)


def require_trials(book: Sheets, journey: Journey) -> None:
    """Refuse to infuse somebody while a trial that this therapy belongs to is on hold."""
    for protocol, code in journey.trials:
        require_running(book, protocol, book.sheet(f"participant:{code}").level)


# -- actions --------------------------------------------------------------------------------------------


@action("set-stopping-rule", roles=(Role.STATISTICIAN,), meaning=Meaning.APPROVED)
class SetStoppingRule(Action):
    """Put a stopping rule of a protocol in force: what is an event, who counts, and the boundary as it was computed."""

    rule: str = f.new("stoppingrule", "Stopping rule")
    protocol: str = f.ref("protocol", label="Protocol")
    title: str = f.text("What it watches", longest=200)
    level: str = f.code("Dose level", required=False, help="empty: all of them")
    events: Facts = f.document("What is an event", help="crs, icans, related: from which grade; death: true")
    window_days: int = f.count("Days of the window", low=1, high=400)
    boundary: list[Any] = f.document("Boundary", help="pairs of participants and events, from milenari design")
    method: str = f.text("Method and version", longest=120)
    parameters: Facts = f.document("Parameters of the method")


@action("end-stopping-rule", roles=(Role.STATISTICIAN,), meaning=Meaning.APPROVED, needs_reason=True)
class EndStoppingRule(Action):
    """End a stopping rule, as when an amendment sets another in its place."""

    rule: str = f.ref("stoppingrule", label="Stopping rule", touch=True)


@action("record-look", roles=(Role.STATISTICIAN, Role.DATA_MANAGER), meaning=Meaning.PERFORMED)
class RecordLook(Action):
    """Look at a stopping rule: name who counts; events and boundary follow from the record."""

    rule: str = f.ref("stoppingrule", label="Stopping rule", touch=True)
    participants: tuple[str, ...] = f.codes("Participants who count")
    adverse_events: tuple[str, ...] = f.codes("Related adverse events", required=False)


@action("place-hold", roles=(Role.COORDINATOR, Role.PHYSICIAN), meaning=Meaning.APPROVED, needs_reason=True)
class PlaceHold(Action):
    """Hold a trial or a dose level of it by hand: nobody is enrolled or infused until it is lifted."""

    hold: str = f.ref("trialhold", label="Trial", touch=True, help="code of the protocol")
    level: str = f.code("Dose level", required=False, help="empty: all of them")


@action("lift-hold", roles=(Role.COORDINATOR,), meaning=Meaning.APPROVED, needs_reason=True)
class LiftHold(Action):
    """Let a trial go on that was held, with the reason and the reference of the advice it rests on."""

    hold: str = f.ref("trialhold", label="Trial", touch=True, help="code of the protocol")
    number: int = f.count("Number of the hold", low=1)
    reference: str = f.text("Reference of the advice", longest=200)


# -- checks ---------------------------------------------------------------------------------------------


def read_boundary(told: Any) -> tuple[tuple[int, int], ...]:
    """The pairs of a boundary, or Refused with the place of the fault."""
    if not isinstance(told, list) or not 0 < len(told) <= MOST_LOOKS:
        raise Refused("boundary-unfit", field="boundary", place=1)
    last = (0, 0)
    for place, pair in enumerate(told, 1):
        fits = isinstance(pair, list) and len(pair) == 2 and all(type(x) is int for x in pair)
        refuse_if(not fits, "boundary-unfit", field="boundary", place=place)
        refuse_if(pair[0] <= last[0] or pair[1] < max(1, last[1]), "boundary-unfit", field="boundary", place=place)
        last = (pair[0], pair[1])
    return tuple((n, stop) for n, stop in told)


def read_events(told: Any) -> Facts:
    """What is an event, or Refused."""
    grades = isinstance(told, dict) and all(
        value is True if name == "death" else type(value) is int and 1 <= value <= 5 for name, value in told.items()
    )
    refuse_if(not grades or not told or set(told) - set(EVENTS), "events-unfit", field="events", known=list(EVENTS))
    return dict(told)


@checks(SetStoppingRule)
def _set(act: SetStoppingRule, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="stoppingrule", code=act.rule)
    known(book, f"protocol:{act.protocol}")
    read_boundary(act.boundary)
    read_events(act.events)


def _in_force(act: Any, book: Book) -> StoppingRule:
    rule: StoppingRule = known(book, act.about)
    refuse_if(rule.ended_at is not None, "rule-ended", rule=act.rule)
    return rule


@checks(EndStoppingRule)
def _end(act: EndStoppingRule, asking: Asking, book: Book) -> None:
    _in_force(act, book)


@checks(RecordLook)
def _look(act: RecordLook, asking: Asking, book: Book) -> Accepted:
    rule = _in_force(act, book)
    after(asking.happened_at, rule.looks[-1].at if rule.looks else rule.set_at, "look before")
    twice = next((code for code in act.participants if act.participants.count(code) > 1), "")
    refuse_if(twice, "participant-named-twice", participant=twice)
    before = rule.looks[-1].counted if rule.looks else ()
    gone = sorted(set(before) - set(act.participants))
    refuse_if(gone, "look-forgets", rule=act.rule, missing=gone)
    related = _related(rule, act, book)
    events = []
    for code in act.participants:
        participant = known(book, f"participant:{code}")
        refuse_if(participant.protocol != rule.protocol, "participant-of-another-trial", participant=code,
                  protocol=participant.protocol)  # fmt: skip
        journey: Journey = book.sheet(f"journey:{participant.journey}")
        state = standing_in(rule, journey, related.get(code, ()), asking.happened_at)
        refuse_if(state not in ("event", "complete"), "participant-does-not-count", participant=code, counts=state)
        events += [code] if state == "event" else []
    n, had = len(act.participants), len(events)
    hit = reached(rule.boundary, n, had)
    given = {"n": n, "events": had, "with_event": events, "reached": hit}
    if not hit:
        return Accepted(given={**given, "hold": False})
    facts = {"rule": act.rule, "n": n, "events": had, "stop_at": stop_at(rule.boundary, n)}
    found = (Finding("boundary-reached", facts),)
    held: TrialHold = book.sheet(f"trialhold:{rule.protocol}")
    mine = [h for h in held.holds if h.rule == act.rule]
    # What was weighed when a hold was lifted does not hold the trial again; one event more does.
    if any(h.lifted_at is None or h.events >= had for h in mine):
        return Accepted(given={**given, "hold": False}, findings=found)
    return Accepted(also=(f"trialhold:{rule.protocol}",), given={**given, "hold": True, "title": rule.title,
                    "level": rule.level}, findings=found)  # fmt: skip


def _related(rule: StoppingRule, act: RecordLook, book: Book) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    for code in act.adverse_events:
        event: AdverseEvent = known(book, f"adverseevent:{code}")
        on = related_on(rule, event, book.sheet(f"eventreview:{code}"))
        refuse_if(on is None, "event-not-watched", event=code, rule=act.rule)
        refuse_if(event.participant not in act.participants, "participant-does-not-count",
                  participant=event.participant, counts="not-named")  # fmt: skip
        found.setdefault(event.participant, []).extend([on] if on else [])
    return found


@checks(PlaceHold)
def _place(act: PlaceHold, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    known(book, f"protocol:{act.hold}")
    held: TrialHold = book.sheet(act.about)
    same = next((n for n, h in held.open() if h.level == act.level), 0)
    refuse_if(same, "hold-stands", protocol=act.hold, number=same)


@checks(LiftHold)
def _lift(act: LiftHold, asking: Asking, book: Book) -> None:
    held: TrialHold = known(book, act.about)
    hold = dict(held.open()).get(act.number)
    if hold is None:
        raise Refused("hold-unknown", protocol=act.hold, number=act.number)
    refuse_if(hold.placed_by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, hold.placed_at, "hold")


# -- applies --------------------------------------------------------------------------------------------


@applies(SetStoppingRule, "stoppingrule")
def _(rule: StoppingRule, act: SetStoppingRule, entry: Entry) -> StoppingRule:
    return replace(
        rule, protocol=act.protocol, title=act.title, level=act.level, events=read_events(act.events),
        window_days=act.window_days, boundary=read_boundary(act.boundary), method=act.method,
        parameters=act.parameters, set_by=entry.by, set_at=entry.happened_at,
    )  # fmt: skip


@applies(EndStoppingRule, "stoppingrule")
def _(rule: StoppingRule, act: EndStoppingRule, entry: Entry) -> StoppingRule:
    return replace(rule, ended_at=entry.happened_at)


@applies(RecordLook, "stoppingrule")
def _(rule: StoppingRule, act: RecordLook, entry: Entry) -> StoppingRule:
    given = entry.given
    look = Look(entry.happened_at, entry.by, given["n"], given["events"], act.participants, given["reached"])
    return replace(rule, looks=(*rule.looks, look))


@applies(RecordLook, "trialhold")
def _(held: TrialHold, act: RecordLook, entry: Entry) -> TrialHold:
    given = entry.given
    made = Hold(given["title"], given["level"], ALWAYS, entry.happened_at, act.rule, given["events"])
    return replace(held, holds=(*held.holds, made))


@applies(PlaceHold, "trialhold")
def _(held: TrialHold, act: PlaceHold, entry: Entry) -> TrialHold:
    return replace(held, holds=(*held.holds, Hold(entry.reason, act.level, entry.by, entry.happened_at)))


@applies(LiftHold, "trialhold")
def _(held: TrialHold, act: LiftHold, entry: Entry) -> TrialHold:
    holds = list(held.holds)
    holds[act.number - 1] = replace(
        holds[act.number - 1], lifted_by=entry.by, lifted_at=entry.happened_at, reason=entry.reason,
        reference=act.reference,
    )  # fmt: skip
    return replace(held, holds=tuple(holds))
