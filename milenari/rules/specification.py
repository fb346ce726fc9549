"""Specification: what a result must be, and whether it is.

A criterion names its test, method, unit and denominator; criteria sharing a ``group`` are alternatives of
which one suffices; a per-kg criterion needs the patient's weight; a censored result (``<0.5``) passes or
fails only when its bound decides. Published example: ARI-0001, doi:10.1016/j.omtm.2018.11.010, Table 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from milenari.rules.action import Refused, refuse_if
from milenari.words import UNITS, Facts, Quantity, plain

OPS = ("ge", "le", "gt", "lt", "eq", "between", "report")
PASS, FAIL, UNDECIDED = "pass", "fail", "undecided"


@dataclass(frozen=True)
class Criterion:
    """One line of a specification. ``limit`` is a decimal, a word (qualitative) or None (report only)."""

    test: str
    attribute: str
    method: str
    op: str
    limit: str = ""
    high: str = ""
    unit: str = ""
    denominator: str = ""
    group: str = ""
    per_kg: bool = False
    late: bool = False
    signed: bool = False  # a difference, which may be negative
    options: tuple[str, ...] = ()
    hours: int = 0  # from sample to result as planned; 0: nothing is planned, and nothing is called late
    hours_source: str = ""  # where the duration comes from, or that it is assumed

    @property
    def qualitative(self) -> bool:
        return self.op == "eq"


@dataclass(frozen=True)
class Verdict:
    """How a result stands to its criterion, with the arithmetic that was done."""

    outcome: str
    arithmetic: str = ""


def read_specification(rows: Any) -> tuple[Criterion, ...]:
    """Criteria from data; refused with the row and the fault when a row cannot be read."""
    refuse_if(not isinstance(rows, (list, tuple)) or not rows, "specification-unreadable", row=0, fault="empty")
    criteria = tuple(_criterion(number, row) for number, row in enumerate(rows, 1))
    tests = [c.test for c in criteria]
    twice = sorted({t for t in tests if tests.count(t) > 1})
    refuse_if(twice, "specification-unreadable", row=0, fault=f"test twice: {', '.join(twice)}")
    return criteria


def _criterion(number: int, row: Any) -> Criterion:
    try:
        row = {**row, "options": tuple(row.get("options", ()))}
        made = Criterion(**row)
        if made.op not in OPS:
            raise ValueError(f"op {made.op!r} is none of {', '.join(OPS)}")
        if made.op in ("ge", "le", "gt", "lt", "between"):
            low = _finite(made.limit)
            if made.unit not in UNITS:
                raise ValueError(f"unit {made.unit!r} is not a known UCUM unit")
            if made.op == "between" and _finite(made.high) < low:
                raise ValueError(f"nothing lies between {made.limit} and {made.high}")
            if made.per_kg and not made.unit.endswith("/kg"):
                raise ValueError(f"unit {made.unit!r} is not per kg")
        if made.op == "eq" and not made.limit:
            raise ValueError("has no word to be equal to")
        if not made.test:
            raise ValueError("has no test")
        if not isinstance(made.hours, int) or isinstance(made.hours, bool) or made.hours < 0:
            raise ValueError("hours is not a whole number")
        if bool(made.hours) != bool(made.hours_source):
            raise ValueError("hours and hours_source belong together")
    except (TypeError, ValueError, ArithmeticError, AttributeError) as fault:
        raise Refused("specification-unreadable", row=number, fault=str(fault)) from fault
    return made


def _finite(limit: str) -> Decimal:
    if not Decimal(limit).is_finite():
        raise ValueError(f"{limit!r} is not a limit")
    return Decimal(limit)


def compared(criterion: Criterion, value: Quantity, weight_kg: Decimal | None = None) -> tuple[Decimal, str]:
    """The number that stands against the limit, with its unit: per kg where the limit is; Refused as by ``judge``."""
    if criterion.op == "report":
        return value.value, value.unit
    return _number(criterion, value, weight_kg)[0], criterion.unit or value.unit


def judge(criterion: Criterion, value: Quantity | str, weight_kg: Decimal | None = None) -> Verdict:
    """Compare one result with one criterion.

    Raises Refused when the result is not of the criterion's kind or unit, or a per-kg one has no weight.
    """
    if criterion.op == "report":
        return Verdict(PASS, str(value))
    if criterion.qualitative:
        refuse_if(not isinstance(value, str), "result-not-a-word", test=criterion.test, found=str(value))
        return Verdict(PASS if value == criterion.limit else FAIL, f"{value} / {criterion.limit}")
    if not isinstance(value, Quantity):
        raise Refused("reading-without-unit", field=criterion.test, units=[criterion.unit])
    number, arithmetic = _number(criterion, value, weight_kg)
    return Verdict(_compare(criterion, number, value.comparator), arithmetic)


def _number(criterion: Criterion, value: Quantity, weight_kg: Decimal | None) -> tuple[Decimal, str]:
    if not criterion.per_kg:
        refuse_if(value.unit != criterion.unit, "reading-wrong-unit",
                  field=criterion.test, unit=value.unit, units=[criterion.unit])  # fmt: skip
        return value.value, str(value)
    if weight_kg is None or weight_kg <= 0:
        raise Refused("weight-missing", test=criterion.test)
    total_unit = criterion.unit.removesuffix("/kg")
    refuse_if(value.unit != total_unit, "reading-wrong-unit",
              field=criterion.test, unit=value.unit, units=[total_unit])  # fmt: skip
    per_kg = value.value / weight_kg
    return per_kg, f"{value} / {plain(weight_kg)} kg = {per_kg:.4g} {criterion.unit}"


def _compare(criterion: Criterion, number: Decimal, comparator: str) -> str:
    """Three-valued: a bounded result decides only when every value it allows gives the same answer."""
    if criterion.op == "between":
        low = _one_sided("ge", Decimal(criterion.limit), number, comparator)
        high = _one_sided("le", Decimal(criterion.high), number, comparator)
        if FAIL in (low, high):
            return FAIL
        return PASS if low == high == PASS else UNDECIDED
    return _one_sided(criterion.op, Decimal(criterion.limit), number, comparator)


def _one_sided(op: str, limit: Decimal, number: Decimal, comparator: str) -> str:
    holds = {
        "ge": number >= limit, "gt": number > limit, "le": number <= limit, "lt": number < limit,
    }[op]  # fmt: skip
    if not comparator:
        return PASS if holds else FAIL
    below = comparator in ("<", "<=")
    if below == (op in ("le", "lt")):
        # Bound and criterion look the same way: everything under a passing bound passes too. A strict
        # bound that equals a strict limit also passes ("<0.5" against "less than 0.5").
        reached = holds or (number == limit and comparator in ("<", ">"))
        return PASS if reached else UNDECIDED
    # They look opposite ways: the bound can only disprove.
    opposite = {"ge": number <= limit, "gt": number <= limit, "le": number >= limit, "lt": number >= limit}[op]
    touches = number == limit and comparator in ("<=", ">=") and op in ("ge", "le")
    return FAIL if opposite and not touches else UNDECIDED


def overall(criteria: tuple[Criterion, ...], outcomes: Mapping[str, str]) -> dict[str, str]:
    """The outcome of each requirement: a single criterion, or a group of which one must pass.

    ``outcomes`` maps tests with a result to pass, fail or undecided; a requirement without any result is
    absent from the answer's passes and appears as ``missing``.
    """
    answer: dict[str, str] = {}
    for name in dict.fromkeys(c.group or c.test for c in criteria):
        members = [outcomes.get(c.test, "missing") for c in criteria if (c.group or c.test) == name]
        if PASS in members:
            answer[name] = PASS
        elif "missing" in members:
            answer[name] = "missing"
        else:
            answer[name] = UNDECIDED if UNDECIDED in members else FAIL
    return answer


def from_rows(rows: list[Facts]) -> tuple[Criterion, ...]:
    """The criteria frozen into an entry, as ``to_rows`` wrote them."""
    return tuple(Criterion(**{**row, "options": tuple(row.get("options", ()))}) for row in rows)


def to_rows(criteria: tuple[Criterion, ...]) -> list[Facts]:
    """Criteria as an entry keeps them: only what differs from a blank one."""
    blank = Criterion("", "", "", "")
    rows = []
    for c in criteria:
        row = {k: v for k, v in c.__dict__.items() if v != getattr(blank, k)}
        if "options" in row:
            row["options"] = list(row["options"])
        rows.append(row)
    return rows
