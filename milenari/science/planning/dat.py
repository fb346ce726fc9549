"""Data files of AMPL and Pyomo (`set x := a b;`, `param P := ...;`) as published, without their model.

What is read: sets of one dimension and parameters whose last column is the value. Reference: AMPL book, chapter 9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from milenari.science.computed import Unfit

MOST_TOKENS = 2_000_000
TOKEN = re.compile(r"[^\s;]+|;")


@dataclass(frozen=True)
class Dat:
    """Sets in their order, and parameters: a table from index to number; a scalar has the empty index."""

    name: str
    sets: dict[str, tuple[str, ...]]
    params: dict[str, dict[tuple[str, ...], float]]

    def members(self, name: str) -> tuple[str, ...]:
        """A set that has to be there."""
        if name not in self.sets:
            raise Unfit("dat-missing", f"{self.name}: there is no set {name}. Is this an instance of i-SHIPMENT?",
                        file=self.name, set=name)  # fmt: skip
        return self.sets[name]

    def table(self, name: str) -> dict[tuple[str, ...], float]:
        """A parameter that has to be there."""
        if name not in self.params:
            raise Unfit("dat-missing", f"{self.name}: there is no param {name}. Is this an instance of i-SHIPMENT?",
                        file=self.name, param=name)  # fmt: skip
        return self.params[name]


def parse(text: str, name: str, indices: dict[str, int]) -> Dat:
    """The whole file; `indices` says how many index columns each parameter has (scalars: 0)."""
    sets: dict[str, tuple[str, ...]] = {}
    params: dict[str, dict[tuple[str, ...], float]] = {}
    words: list[tuple[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words += [(one, number) for one in TOKEN.findall(line.partition("#")[0])]
        if len(words) > MOST_TOKENS:
            raise Unfit("too-many", f"{name} has more than {MOST_TOKENS} words.", file=name, most=MOST_TOKENS)
    at = 0
    while at < len(words):
        end = next((k for k in range(at, len(words)) if words[k][0] == ";"), None)
        if end is None:
            _refuse(name, words[at][1], "begins a statement that no semicolon ends")
        _statement(words[at:end], name, indices, sets, params)
        at = end + 1
    return Dat(name, sets, params)


def _statement(words: list[tuple[str, int]], name: str, indices: dict[str, int], sets: dict[str, tuple[str, ...]],
               params: dict[str, dict[tuple[str, ...], float]]) -> None:  # fmt: skip
    if not words:
        return
    line = words[0][1]
    if len(words) < 3 or words[0][0] not in ("set", "param") or words[2][0] != ":=":
        _refuse(name, line, f"has {' '.join(w for w, _ in words[:4])!r}; a statement is 'set NAME := ...;' or "
                "'param NAME := ...;'")  # fmt: skip
    kind, called, rest = words[0][0], words[1][0], words[3:]
    if called in sets or called in params:
        _refuse(name, line, f"gives {called} a second time")
    if kind == "set":
        members = tuple(word for word, _ in rest)
        if len(set(members)) < len(members):
            twice = next(m for m in members if members.count(m) > 1)
            _refuse(name, line, f"names {twice} twice in set {called}")
        sets[called] = members
        return
    if called not in indices:
        _refuse(name, line, f"has param {called}, which is not known; known are {', '.join(indices)}")
    width = indices[called] + 1
    if len(rest) % width:
        _refuse(name, line, f"has param {called} with {len(rest)} words, which is not a multiple of {width}")
    table: dict[tuple[str, ...], float] = {}
    for start in range(0, len(rest), width):
        row = rest[start : start + width]
        index = tuple(word for word, _ in row[:-1])
        if index in table:
            _refuse(name, row[0][1], f"gives {called}[{','.join(index)}] a second time")
        table[index] = _number(name, called, *row[-1])
    params[called] = table


def _number(name: str, called: str, word: str, line: int) -> float:
    try:
        made = float(word)
    except ValueError:
        _refuse(name, line, f"has {word!r} in param {called}, which is not a number")
    if not abs(made) < float("inf"):
        _refuse(name, line, f"has {word!r} in param {called}, which is not a finite number")
    if made < 0:
        _refuse(name, line, f"has {word} in param {called}; no day, capacity or cost here is negative")
    return made


def _refuse(name: str, line: int, what: str) -> NoReturn:
    raise Unfit("dat-unreadable", f"{name}, line {line} {what}.", file=name, line=line)
