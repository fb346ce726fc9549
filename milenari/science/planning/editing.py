"""A scenario's figures as lines that can be typed over, part by part; the tree changed, never the reader's rules.

What is typed is put into the tree as it is; whether it may stand there the reader says, with the path of the field.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milenari.science.planning.designs import place_of
from milenari.science.planning.figure import Figure
from milenari.science.planning.reading import NUMBER
from milenari.science.planning.scenario import Scenario

CHOICES = "choices"
"""The part that holds bare values: what whoever plans chooses, without a source."""
PLAIN = ("name", "starts_on", "horizon", *(f"objective.{name}" for name in (
    "retry_reserve", "unplaced", "moved", "eur_per_day", "start_window", "bed_wait")))  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One figure or choice: `path` where it stands, `name` its last word, `of` whose it is, and what stands there."""

    path: str
    name: str
    of: str
    shape: str  # empty for a figure or a choice
    a: str
    b: str
    unit: str
    basis: str
    source: str

    @property
    def fields(self) -> tuple[str, ...]:
        """What of it may be typed over."""
        if self.unit == "" and self.basis == "":
            return ("",)
        return ("shape", "a", "b", "basis", "source") if self.shape else ("value", "basis", "source")


def parts(scenario: Scenario) -> list[str]:
    """The parts of a scenario in its order: its choices, each site, the lanes, and so on."""
    return [CHOICES, *dict.fromkeys(_part(path) for path, _ in scenario.figures())]


def _part(path: str) -> str:
    return path.split(".")[0] if path.startswith("sites[") else re.split(r"[.\[]", path)[0]


def lines(scenario: Scenario, tree: Any, part: str) -> list[Line]:
    """The lines of one part."""
    if part == CHOICES:
        paths = [*PLAIN, *(f"process.tiers[{at}].weight" for at in range(len(scenario.process.tiers)))]
        return [Line(path, path.split(".")[-1], _of(tree, path), "", _at(tree, path), "", "", "", "") for path in paths]
    made = []
    for path, one in scenario.figures():
        if _part(path) != part:
            continue
        name, of, basis = path.split(".")[-1], _of(tree, path), str(one.basis)
        if isinstance(one, Figure):
            made.append(Line(path, name, of, "", f"{one.value:.12g}", "", one.unit, basis, one.source))
        else:
            second = "" if one.b is None else f"{one.b:.12g}"
            made.append(Line(path, name, of, str(one.shape), f"{one.a:.12g}", second, one.unit, basis, one.source))
    return made


@dataclass(frozen=True)
class Number:
    """One number of a figure that a simulation may vary: `path` with its last word, `name`, `of` whose, `end` of it."""

    path: str
    part: str
    name: str
    of: str
    end: str
    value: float
    unit: str


UNSIMULATED = frozenset("collections tests batches planned work volume most_litres freezing fresh_hold frozen_hold "
                        "manufacture_planned changeover product_hold due loss".split())  # fmt: skip
"""Figures that only plans and costs of plans read: varying them changes nothing that is simulated."""


def numbers(scenario: Scenario, tree: Any) -> list[Number]:
    """Every number that the simulation reads, in the scenario's order."""
    made = []
    for path, one in scenario.figures():
        name, of, part = path.split(".")[-1], _of(tree, path), _part(path)
        if name in UNSIMULATED:
            continue
        if isinstance(one, Figure):
            made.append(Number(f"{path}.value", part, name, of, "", one.value, one.unit))
            continue
        made.append(Number(f"{path}.a", part, name, of, "" if one.b is None else "a", one.a, one.unit))
        made += [] if one.b is None else [Number(f"{path}.b", part, name, of, "b", one.b, "")]
    return made


def _at(tree: Any, path: str) -> str:
    place, key = place_of(tree, path)
    found = place[key]
    return str(found).lower() if isinstance(found, bool) else str(found)


def _of(tree: Any, path: str) -> str:
    """The code of the innermost thing that the path goes through; empty where none has a code."""
    place, code = tree, ""
    for step in path.replace("[", ".").replace("]", "").split("."):
        place = place[int(step)] if isinstance(place, list) else place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict) and "code" in place:
            code = str(place["code"])
    return code


def changed(tree: Any, typed: Mapping[str, str]) -> Any:
    """The tree with what was typed, path by path; a number where one was typed, no `b` where it was emptied."""
    made = copy.deepcopy(tree)
    for path, text in typed.items():
        inside, _, last = path.rpartition(".")
        place = made
        if inside:
            above, key = place_of(made, inside)
            place = above[key]
        if last == "b" and not text.strip():
            place.pop("b", None)
        else:
            place[last] = _value(text.strip(), place.get(last))
    return made


def _value(text: str, before: Any) -> Any:
    if isinstance(before, str) and not NUMBER.fullmatch(before.strip()):
        return text
    if isinstance(before, bool):
        return text == "true" if text in ("true", "false") else text
    return numbered(text)


def numbered(text: str) -> Any:
    """A number where one was typed, else the text: what it may be, the reader says."""
    if not NUMBER.fullmatch(text):
        return text
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
