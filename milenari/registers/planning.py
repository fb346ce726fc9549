"""Planning: plans for lists and pages, how far each is booked, and a planning run's answer as an action takes it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from milenari.registers import models as table
from milenari.rules.action import Refused
from milenari.rules.plan import DAYS, read_answer
from milenari.words import Facts

OVER = ("infused", "response", "relapsed", "followed", "died")
METHODS = {
    "time-indexed-slots": "slots", "stated-rule-allocation": "allocation", "sample-average-campaigns": "campaigns",
}  # fmt: skip
UNITS = {"slots": "weighted-days", "campaigns": "EUR"}
"""What a plan's value is counted in; an allocation has none."""


@dataclass(frozen=True)
class Line:
    """A slot of a plan and how it stands: open, booked, booked otherwise, over (nobody can be collected any more), or
    unknown, when its journey is not in this book."""

    slot: table.PlanSlot
    state: str


def plans(sites: frozenset[str] | None, words: str = "", state: str = "") -> QuerySet[table.Plan]:
    """Plans that these sites kept or have a patient in, the newest first; ``sites`` None: every site."""
    found = table.Plan.objects.all()
    if sites is not None:
        mine = table.PlanSlot.objects.filter(hospital__in=sites).values("plan")
        found = found.filter(Q(site__in=sites) | Q(code__in=mine))
    if words:
        found = found.filter(Q(code__icontains=words) | Q(title__icontains=words))
    if state:
        found = found.filter(state=state)
    return found.order_by("-kept_at", "code")


def lines(plan: str, sites: frozenset[str] | None) -> list[Line]:
    """The slots of a plan by start, of patients of these hospitals; ``sites`` None: of all."""
    slots = table.PlanSlot.objects.filter(plan=plan).order_by("start", "journey")
    if sites is not None:
        slots = slots.filter(hospital__in=sites)
    found = list(slots)
    journeys = {row.code: row for row in table.Journey.objects.filter(code__in=[s.journey for s in found])}
    return [Line(slot, _state(slot, journeys.get(slot.journey))) for slot in found]


def slots_of(plan: str) -> list[table.PlanSlot]:
    """The slots of a plan by start, whoever's."""
    return list(table.PlanSlot.objects.filter(plan=plan).order_by("start", "journey"))


def _state(slot: table.PlanSlot, journey: table.Journey | None) -> str:
    if journey is None:
        return "unknown"
    if journey.slot_on == slot.collection:
        return "booked"
    if journey.withdrawn or journey.died_on or journey.station in OVER:
        return "over"
    return "open" if journey.slot_on is None else "otherwise"


def as_plan(told: Any) -> tuple[str, str, Facts]:
    """Kind, method with version, and document of what ``milenari plan ... --json`` printed; Refused when it is none."""
    if not isinstance(told, dict) or str(told.get("method")) not in METHODS:
        raise Refused("plan-file-unreadable", methods=sorted(METHODS))
    kind = METHODS[told["method"]]
    try:
        answer = {"slots": _slots, "allocation": _doses, "campaigns": _campaigns}[kind](told)
        for name in ("objective", "bound"):
            if told.get(name) is not None:
                answer |= {name: _decimal(told[name]), "unit": UNITS[kind]}
        if type(told.get("seed")) is int:
            answer["seed"] = told["seed"]
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as fault:
        raise Refused("plan-file-unreadable", methods=sorted(METHODS)) from fault
    return kind, f"{told['method']} {told.get('version', '')}".strip(), read_answer(kind, answer)


def _slots(told: Facts) -> Facts:
    names = ("hospital", "site", "machine", "lot", *DAYS)
    rows = [{"journey": one["patient"], **{name: one[name] for name in names}} for one in told["placed"]]
    left = [{"journey": one["patient"], "why": [*one["conflict"], *filter(None, [one["nearest"]])]}
            for one in told["unplaced"]]  # fmt: skip
    return {"lines": rows, "unplaced": left}


def _doses(told: Facts) -> Facts:
    names = ("country", "given", "place", "reason")
    return {"lines": [{"journey": one["patient"], **{n: one[n] for n in names}} for one in told["decisions"]]}


def _campaigns(told: Facts) -> Facts:
    return {"lines": [{"begins": one["begins_on"], "litres": _decimal(one["litres"])} for one in told["campaigns"]]}


def _decimal(value: Any) -> str:
    """A number of JSON as the journal writes it: decimal digits, no exponent."""
    return format(Decimal(str(value)).normalize(), "f")


__all__ = ["Line", "as_plan", "lines", "plans", "slots_of"]
