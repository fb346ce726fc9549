"""Casebook reader: the text of an expression into the nodes of `casebook_expression`; no actions.

It goes once over the tokens from left to right. A fault names the sign at which it stands and what was expected there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from milenari.rules.casebook_expression import (
    COMPARISONS,
    ITEM,
    SPANS,
    WORDS,
    Among,
    BadExpression,
    Between,
    Compare,
    Condition,
    Joined,
    Missing,
    Named,
    Negation,
    Operand,
    Span,
    Value,
)

MOST_SIGNS, MOST_NODES, MOST_DEPTH, MOST_DIGITS = 400, 60, 12, 20
_TOKEN = re.compile(
    r"\s+|(?P<day>@\d{4}-\d{2}-\d{2}(?!\d))|(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'[^'\n]*')"
    r"|(?P<name>[a-z][a-z0-9_]*)|(?P<sign><=|>=|!=|[=<>(),])"
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def read(text: str) -> Condition:
    """The condition that a text says; BadExpression says where and what is wrong."""
    if len(text) > MOST_SIGNS:
        raise BadExpression(MOST_SIGNS, f"is longer than {MOST_SIGNS} signs")
    reader = _Reader(_tokens(text))
    found = reader.either(0)
    if reader.now.kind != "end":
        raise BadExpression(reader.now.at, f"expected the end, found {reader.now.text}")
    return found


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise BadExpression(place + 1, f"{text[place]} means nothing here")
        if match.lastgroup:
            found.append(_Token(match.lastgroup, match[0], place + 1))
        place = match.end()
    return [*found, _Token("end", "the end", len(text) + 1)]


class _Reader:
    """One walk over the tokens from left to right, by descent; depth and size are counted."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.place, self.nodes = tokens, 0, 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.place]

    def take(self, *texts: str) -> bool:
        if self.now.kind in ("name", "sign") and self.now.text in texts:
            self.place += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.take(text):
            raise BadExpression(self.now.at, f"expected {text}, found {self.now.text}")

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise BadExpression(self.now.at, f"has more than {MOST_NODES} parts")

    def either(self, depth: int) -> Condition:
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Condition:
        if depth > MOST_DEPTH:
            raise BadExpression(self.now.at, f"is nested more than {MOST_DEPTH} deep")
        parts = [self._part(word, depth)]
        while self.take(word):
            parts.append(self._part(word, depth))
        if len(parts) == 1:
            return parts[0]
        self.count()
        return Joined(word, tuple(parts))

    def _part(self, word: str, depth: int) -> Condition:
        return self._joined("and", depth) if word == "or" else self._single(depth)

    def _single(self, depth: int) -> Condition:
        self.count()
        if self.take("not"):
            if depth >= MOST_DEPTH:
                raise BadExpression(self.now.at, f"is nested more than {MOST_DEPTH} deep")
            return Negation(self._single(depth + 1))
        if self.take("("):
            inner = self.either(depth + 1)
            self.need(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        at = self.now.at
        left = self._operand(0)
        if self.take("is"):
            turned = self.take("not")
            self.need("missing")
            if not isinstance(left, Named):
                raise BadExpression(at, "only an item can be missing")
            return Negation(Missing(left.item)) if turned else Missing(left.item)
        if self.take("between"):
            low = self._operand(0)
            self.need("and")
            return Between(left, low, self._operand(0))
        if self.take("in"):
            return Among(left, self._list())
        sign = self.now.text
        if not self.take(*COMPARISONS):
            raise BadExpression(self.now.at, f"expected a comparison, found {sign}")
        return Compare(sign, left, self._operand(0))

    def _list(self) -> tuple[Value, ...]:
        self.need("(")
        found = [self._value()]
        while self.take(","):
            found.append(self._value())
        self.need(")")
        return tuple(found)

    def _value(self) -> Value:
        at = self.now.at
        found = self._operand(0)
        if not isinstance(found, Value):
            raise BadExpression(at, "expected a value, found an item")
        return found

    def _operand(self, depth: int) -> Operand:
        self.count()
        token = self.now
        if token.kind == "name" and token.text in SPANS:
            if depth:
                raise BadExpression(token.at, f"{token.text} cannot stand in another span")
            self.place += 1
            self.need("(")
            first = self._operand(1)
            self.need(",")
            second = self._operand(1)
            self.need(")")
            return Span(token.text, first, second)
        found = _operand_of(token)
        self.place += 1
        return found


def _operand_of(token: _Token) -> Value | Named:
    if token.kind == "number":
        if len(token.text) > MOST_DIGITS:
            raise BadExpression(token.at, f"the number has more than {MOST_DIGITS} signs")
        return Value(Decimal(token.text))
    if token.kind == "text":
        return Value(token.text[1:-1])
    if token.kind == "day":
        try:
            return Value(date.fromisoformat(token.text[1:]))
        except ValueError as fault:
            raise BadExpression(token.at, f"{token.text} is no day of the calendar") from fault
    if token.kind == "name" and token.text in ("yes", "no"):
        return Value(token.text == "yes")
    if token.kind == "name" and token.text not in WORDS and ITEM.match(token.text):
        return Named(token.text)
    raise BadExpression(token.at, f"expected an item or a value, found {token.text}")
