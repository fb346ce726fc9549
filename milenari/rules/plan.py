"""Plan: what a planning run advised, kept whole, and what people decided about it.

A plan books nothing by itself. It is written down with the digest of its scenario, its seed, its method and the bound
that was proven, so that it can be computed again; then somebody accepts or declines it and says why; and each hospital
books its own patients' slots, or the vector's keeper its containers, naming the plan. Governing requirements: EU GMP
Annex 11 (2011) 4.7 and 8 (what a decision rests on is kept and can be printed; clauses recalled and not re-read).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import Facts, Meaning, Role

KINDS = ("slots", "allocation", "campaigns")
DECISIONS = ("accepted", "declined")
MOST_LINES = 2_000
DAYS = ("collection", "start", "end", "released", "infusion")
"""The days of a slot in the order in which they come."""
COLUMNS = {
    "slots": (*DAYS, "hospital", "journey", "lot", "machine", "site"),
    "allocation": ("country", "given", "journey", "place", "reason"),
    "campaigns": ("begins", "litres"),
}


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """One patient's days and places; `lot` is empty where the plan names none."""

    journey: str
    hospital: str
    site: str
    machine: str
    collection: date
    start: date
    end: date
    released: date
    infusion: date
    lot: str


@dataclass(frozen=True)
class Left:
    """A patient without a slot, and the constraints that together leave no way, in the plan's own words."""

    journey: str
    why: tuple[str, ...]


@sheet("plan")
class Plan(Sheet):
    """A plan as it was computed, and the decision about it."""

    kind: str = ""
    title: str = ""
    scenario: str = ""
    method: str = ""
    answer: Facts | None = None
    replaces: str = ""
    kept_by: str = ""
    kept_at: datetime | None = None
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    replaced_by: str = ""

    @property
    def status(self) -> str:
        """As lists show it."""
        return "replaced" if self.replaced_by else self.decision or "proposed"

    @property
    def lines(self) -> list[Facts]:
        return list((self.answer or {}).get("lines", ()))

    def slots(self) -> tuple[Slot, ...]:
        """The slots in the plan's order; none where it is of another kind."""
        return tuple(_slot(line) for line in self.lines) if self.kind == "slots" else ()

    def left(self) -> tuple[Left, ...]:
        """Who has no slot, and why."""
        return tuple(Left(one["journey"], tuple(one["why"])) for one in (self.answer or {}).get("unplaced", ()))

    def gives(self, journey: str) -> bool:
        """Whether the plan has a slot or a dose for this patient."""
        mine = (line for line in self.lines if line.get("journey") == journey)
        return any(self.kind == "slots" or line["given"] is True for line in mine)


def _slot(line: Facts) -> Slot:
    days = {name: date.fromisoformat(line[name]) for name in DAYS}
    return Slot(line["journey"], line["hospital"], line["site"], line["machine"], **days, lot=line["lot"])


# -- actions --------------------------------------------------------------------------------------------


@action("keep-plan", roles=(Role.COORDINATOR, Role.VECTOR_MANAGER), meaning=Meaning.PERFORMED)
class KeepPlan(Action):
    """Keep a plan as advice, with the scenario it was computed from, its method and its proven bound."""

    plan: str = f.new("plan", "Plan")
    kind: str = f.choice(KINDS, "Kind of plan")
    title: str = f.text("What the plan is for", longest=200)
    scenario: str = f.text("Digest of the scenario", longest=64, help="SHA-256 of the file, 64 signs")
    method: str = f.text("Method and version", longest=120)
    answer: Facts = f.document("The plan")
    replaces: str = f.code("Replaces the plan", required=False)


@action("decide-plan", roles=(Role.COORDINATOR,), meaning=Meaning.APPROVED, needs_reason=True)
class DecidePlan(Action):
    """Accept a plan, so that its slots may be booked and its doses allocated, or decline it."""

    plan: str = f.ref("plan", label="Plan", touch=True)
    decision: str = f.choice(DECISIONS, "Decision on the plan")


# -- the plan as data -----------------------------------------------------------------------------------


def read_answer(kind: str, answer: Any) -> Facts:
    """The plan's document, or Refused with the place and the fault."""
    if not isinstance(answer, dict):
        raise _bad("plan", "is not a mapping")
    if unknown := sorted(set(answer) - {"objective", "bound", "unit", "seed", "lines", "unplaced"}):
        raise _bad(unknown[0], "is unknown")
    for name in ("objective", "bound"):
        if answer.get(name) is not None:
            _number(name, answer[name])
    if answer.get("objective") is not None and not isinstance(answer.get("unit"), str):
        raise _bad("unit", "is missing: a number needs the unit it is in")
    if answer.get("seed") is not None and type(answer["seed"]) is not int:
        raise _bad("seed", "is no whole number")
    lines = answer.get("lines")
    if not isinstance(lines, list) or len(lines) > MOST_LINES:
        raise _bad("lines", f"is no list of at most {MOST_LINES} lines")
    for number, line in enumerate(lines, 1):
        _read_line(kind, f"line {number}", line)
    for number, one in enumerate(_list(answer.get("unplaced", []), "unplaced"), 1):
        _read_left(f"unplaced {number}", one)
    named = [one["journey"] for one in (*lines, *answer.get("unplaced", [])) if "journey" in one]
    if twice := sorted({code for code in named if named.count(code) > 1}):
        raise _bad(twice[0], "is named twice")
    if not named and not lines:
        raise _bad("lines", "has nothing in it")
    return answer


def _read_line(kind: str, where: str, line: Any) -> None:
    columns = COLUMNS[kind]
    if not isinstance(line, dict) or set(line) != set(columns):
        raise _bad(where, "needs exactly " + ", ".join(columns))
    for name in ("journey", "hospital", "site", "machine", "lot", "country", "reason"):
        if name in line and not isinstance(line[name], str):
            raise _bad(where, f"{name} is no text")
    for name in ("journey", "hospital", "site", "country"):
        if name in line and not line[name]:
            raise _bad(where, f"{name} is empty")
    if kind == "slots":
        days = [_day(f"{where}, {name}", line[name]) for name in DAYS]
        if days != sorted(days):
            raise _bad(where, "its days do not follow each other")
    elif kind == "campaigns":
        _day(f"{where}, begins", line["begins"])
        if _number(f"{where}, litres", line["litres"]) <= 0:
            raise _bad(f"{where}, litres", "is not above nought")
    elif type(line["given"]) is not bool or type(line["place"]) is not int:
        raise _bad(where, "needs a place in numbers and whether a dose is given")


def _read_left(where: str, one: Any) -> None:
    fits = (
        isinstance(one, dict) and set(one) == {"journey", "why"} and isinstance(one["journey"], str) and one["journey"]
    )
    if not fits or not all(isinstance(said, str) for said in _list(one["why"], where)):
        raise _bad(where, "needs a journey and why, as a list of sentences")


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _bad(where, "is no list")
    return value


def _day(where: str, value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as fault:
        raise _bad(where, "is no date such as 2027-03-01") from fault


def _number(where: str, value: Any) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise _bad(where, "is no decimal written as text")
    return found


def _bad(where: str, fault: str) -> Refused:
    return Refused("plan-unreadable", field="answer", where=where, fault=fault)


# -- checks ---------------------------------------------------------------------------------------------


@checks(KeepPlan)
def _keep(act: KeepPlan, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="plan", code=act.plan)
    digest = len(act.scenario) == 64 and not set(act.scenario) - set("0123456789abcdef")
    refuse_if(not digest, "not-a-digest", field="scenario", found=act.scenario)
    for line in read_answer(act.kind, act.answer)["lines"]:
        for name in ("hospital", "site"):
            if name in line:
                known(book, f"site:{line[name]}")
    if act.replaces:
        before: Plan = known(book, f"plan:{act.replaces}")
        refuse_if(before.kind != act.kind, "plan-of-another-kind", plan=act.replaces, kind=before.kind)


@checks(DecidePlan)
def _decide(act: DecidePlan, asking: Asking, book: Book) -> Accepted:
    plan: Plan = known(book, act.about)
    refuse_if(plan.decision, "already-decided", of=act.about, decision=plan.decision)
    after(asking.happened_at, plan.kept_at, "plan")
    if act.decision == "declined" or not plan.replaces:
        return Accepted()
    before: Plan = known(book, f"plan:{plan.replaces}")
    # The same plan cannot be followed by two; whoever wants another plans from what is in force.
    refuse_if(before.replaced_by, "plan-replaced", plan=plan.replaces, by=before.replaced_by)
    return Accepted(also=(f"plan:{plan.replaces}",))


def followed(book: Book, code: str, journey: str) -> Plan:
    """The accepted plan that gives this patient something; Refused when it is not in force, or gives nothing."""
    plan: Plan = known(book, f"plan:{code}")
    refuse_if(plan.status != "accepted", "plan-not-in-force", field="plan", plan=code, status=plan.status)
    refuse_if(not plan.gives(journey), "not-in-plan", field="plan", plan=code, journey=journey)
    return plan


def slot_of(book: Book, code: str, journey: str) -> Slot:
    """The patient's slot in an accepted plan of slots."""
    plan = followed(book, code, journey)
    refuse_if(plan.kind != "slots", "plan-of-another-kind", field="plan", plan=code, kind=plan.kind)
    return next(slot for slot in plan.slots() if slot.journey == journey)


def require_vector_of_plan(book: Book, code: str, journey: str, site: str, lot: str) -> None:
    """That an accepted plan gives vector to this patient, and, where it says so, at this site and from this lot."""
    plan = followed(book, code, journey)
    for slot in (one for one in plan.slots() if one.journey == journey):
        refuse_if(site != slot.site, "site-not-of-plan", field="to_site", plan=code, site=site, expected=slot.site)
        refuse_if(slot.lot not in ("", lot), "lot-not-of-plan", field="container", plan=code, lot=lot,
                  expected=slot.lot)  # fmt: skip


# -- applies --------------------------------------------------------------------------------------------


@applies(KeepPlan, "plan")
def _(plan: Plan, act: KeepPlan, entry: Entry) -> Plan:
    return replace(
        plan, kind=act.kind, title=act.title, scenario=act.scenario, method=act.method, answer=act.answer,
        replaces=act.replaces, kept_by=entry.by, kept_at=entry.happened_at,
    )  # fmt: skip


@applies(DecidePlan, "plan")
def _(plan: Plan, act: DecidePlan, entry: Entry) -> Plan:
    if plan.code != act.plan:
        return replace(plan, replaced_by=act.plan)
    return replace(plan, decision=act.decision, decided_by=entry.by, decided_at=entry.happened_at)
