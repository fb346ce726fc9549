"""Casebook expression: the small language in which a form says when an item is asked and what must hold.

Comparisons, `between`, `in`, `is missing`, `and`, `or`, `not`, differences of days and of years; nothing else. It is
read by `casebook_reader` into these nodes, bounded in length, size and depth; nothing of it is ever run. A value that
is not there makes an answer unknown (Kleene's three values): a check never accuses what nobody has entered yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
SPANS = ("days", "years")
WORDS = frozenset({"and", "or", "not", "between", "in", "is", "missing", "yes", "no", *SPANS})
ITEM = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


class BadExpression(ValueError):
    """An expression that cannot be read: the place, counted in signs from one, and what is wrong there."""

    def __init__(self, at: int, fault: str) -> None:
        super().__init__(f"at sign {at}: {fault}")
        self.at, self.fault = at, fault


# -- nodes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Value:
    """A value written out: a number, a word, a day, yes or no."""

    value: Decimal | str | date | bool


@dataclass(frozen=True)
class Named:
    """What stands in an item."""

    item: str


@dataclass(frozen=True)
class Span:
    """Whole days, or completed years, from the first day to the second."""

    unit: str
    first: Operand
    second: Operand


@dataclass(frozen=True)
class Compare:
    """Two operands and the comparison between them."""

    sign: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Between:
    """Whether an operand lies between two others, both included."""

    what: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True)
class Among:
    """Whether an operand is one of several values."""

    what: Operand
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Missing:
    """Whether an item holds nothing, or only says why it holds nothing."""

    item: str


@dataclass(frozen=True)
class Negation:
    """The contrary."""

    inner: Condition


@dataclass(frozen=True)
class Joined:
    """Several conditions, all of which, or one of which, must hold."""

    word: str  # and, or
    parts: tuple[Condition, ...]


Operand = Value | Named | Span
Condition = Compare | Between | Among | Missing | Negation | Joined


# -- writing --------------------------------------------------------------------------------------------


def write(found: Condition | Operand) -> str:
    """The text that is read back as the same nodes."""
    match found:
        case Value(value=value):
            return _written(value)
        case Named(item=item):
            return item
        case Span(unit=unit, first=first, second=second):
            return f"{unit}({write(first)}, {write(second)})"
        case Compare(sign=sign, left=left, right=right):
            return f"{write(left)} {sign} {write(right)}"
        case Between(what=what, low=low, high=high):
            return f"{write(what)} between {write(low)} and {write(high)}"
        case Among(what=what, values=values):
            return f"{write(what)} in ({', '.join(write(one) for one in values)})"
        case Missing(item=item):
            return f"{item} is missing"
        case Negation(inner=inner):
            return f"not ({write(inner)})"
        case Joined(word=word, parts=parts):
            return f" {word} ".join(f"({write(p)})" if isinstance(p, Joined) else write(p) for p in parts)


def _written(value: Decimal | str | date | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    return f"@{value.isoformat()}" if isinstance(value, date) else f"'{value}'"


def items(found: Condition | Operand) -> Iterator[str]:
    """Every item that is looked at, in the order of the text, perhaps several times."""
    match found:
        case Named(item=item) | Missing(item=item):
            yield item
        case Span(first=first, second=second):
            yield from (*items(first), *items(second))
        case Compare(left=left, right=right):
            yield from (*items(left), *items(right))
        case Between(what=what, low=low, high=high):
            yield from (*items(what), *items(low), *items(high))
        case Among(what=what):
            yield from items(what)
        case Negation(inner=inner):
            yield from items(inner)
        case Joined(parts=parts):
            for part in parts:
                yield from items(part)
        case Value():
            return


# -- answering ------------------------------------------------------------------------------------------


def answer(found: Condition, values: Mapping[str, Any]) -> bool | None:
    """Whether it holds; None when that cannot be known because a value is not there, or is of another kind."""
    match found:
        case Missing(item=item):
            return values.get(item) is None
        case Negation(inner=inner):
            said = answer(inner, values)
            return None if said is None else not said
        case Joined(word=word, parts=parts):
            said_all = [answer(part, values) for part in parts]
            decisive = word == "or"
            return decisive if decisive in said_all else None if None in said_all else not decisive
        case Among(what=what, values=listed):
            said_each = [_compared("=", _of(what, values), one.value) for one in listed]
            return True if True in said_each else None if None in said_each else False
        case Between(what=what, low=low, high=high):
            middle = _of(what, values)
            ends = (_compared(">=", middle, _of(low, values)), _compared("<=", middle, _of(high, values)))
            return False if False in ends else None if None in ends else True
        case Compare(sign=sign, left=left, right=right):
            return _compared(sign, _of(left, values), _of(right, values))


def _of(operand: Operand, values: Mapping[str, Any]) -> Any:
    match operand:
        case Value(value=value):
            return value
        case Named(item=item):
            return values.get(item)
        case Span(unit=unit, first=first, second=second):
            return _span(unit, _of(first, values), _of(second, values))


def _span(unit: str, first: Any, second: Any) -> Decimal | None:
    begin, end = (one.date() if isinstance(one, datetime) else one for one in (first, second))
    if not isinstance(begin, date) or not isinstance(end, date):
        return None
    if unit == "days":
        return Decimal((end - begin).days)
    # Completed years: a birthday on 29 February is reached on 1 March of other years.
    return Decimal(end.year - begin.year - ((end.month, end.day) < (begin.month, begin.day)))


def _compared(sign: str, left: Any, right: Any) -> bool | None:
    left, right = (Decimal(one) if type(one) is int else one for one in (left, right))
    if isinstance(left, datetime) != isinstance(right, datetime):
        left, right = (one.date() if isinstance(one, datetime) else one for one in (left, right))
    if left is None or right is None or kind_of(left) != kind_of(right):
        return None
    if isinstance(left, datetime) and (left.tzinfo is None) != (right.tzinfo is None):
        return None
    match sign:
        case "=":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def kind_of(value: Any) -> str:
    """The kind of a value, by which two of them may be compared: flag, number, text, day."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, (Decimal, int)):
        return "number"
    return "day" if isinstance(value, date) else "text"


def kinds(found: Condition, known: Mapping[str, str]) -> str:
    """What is wrong with the kinds of what is compared, as a clause; empty when they fit."""
    match found:
        case Missing():
            return ""
        case Negation(inner=inner):
            return kinds(inner, known)
        case Joined(parts=parts):
            return next((fault for part in parts if (fault := kinds(part, known))), "")
        case Compare(sign=sign, left=left, right=right):
            fault = _fit((left, right), known)
            unordered = sign not in ("=", "!=") and _kind(left, known) in ("flag", "text")
            return fault or (f"{write(left)} has no order, so it cannot be more or less" if unordered else "")
        case Between(what=what, low=low, high=high):
            fault = _fit((what, low, high), known)
            return fault or (f"{write(what)} has no order" if _kind(what, known) in ("flag", "text") else "")
        case Among(what=what, values=values):
            return _fit((what, *values), known)


def _fit(operands: tuple[Operand, ...], known: Mapping[str, str]) -> str:
    for one in operands:
        if isinstance(one, Span):
            wrong = next((o for o in (one.first, one.second) if _kind(o, known) != "day"), None)
            if wrong is not None:
                return f"{write(wrong)} is no day, so {one.unit} cannot be counted from it"
    found = [(write(one), _kind(one, known)) for one in operands]
    odd = next(((text, kind) for text, kind in found if kind != found[0][1]), None)
    return f"{found[0][0]} is a {found[0][1]} and {odd[0]} is a {odd[1]}" if odd else ""


def _kind(operand: Operand, known: Mapping[str, str]) -> str:
    match operand:
        case Value(value=value):
            return kind_of(value)
        case Named(item=item):
            return known.get(item, "text")
        case Span():
            return "number"
