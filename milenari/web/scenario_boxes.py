"""Scenario boxes: the fields of a scenario's row as a form draws them, and the same as the cells of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from milenari.science.planning.rows import MORE_SPANS, MOST_SPANS, Box, Typed
from milenari.science.unfit import Unfit
from milenari.web import wording
from milenari.web.wording import scenario_rows as words

PARTS = ("first", "last", "why")


@dataclass
class Field:
    """One box of the form: what stands in it, what may be chosen, and what is wrong with it."""

    name: str
    kind: str
    label: Any
    unit: str = ""
    value: str = ""
    needed: bool = True
    help: Any = ""
    options: list[tuple[str, Any, bool]] = field(default_factory=list)
    inside: list[Field] = field(default_factory=list)
    spans: list[list[Field]] = field(default_factory=list)
    error: Any = ""
    said: str = ""

    @property
    def id(self) -> str:
        return "id_" + self.name.replace(".", "_")

    @property
    def long(self) -> bool:
        """Whether a whole sentence is written here."""
        return self.name.endswith(".source")


def fields(inside: Sequence[Box], typed: Typed, fault: Unfit | None = None, at: str = "", more: int = 0) -> list[Field]:
    """The form of a row: what was typed, the refusal at its box, and so many empty lines more where days are listed."""
    made = [_field(box, typed, more) for box in inside]
    if fault is not None and at:
        for one in _every(made):
            if one.name == at:
                one.error, one.said = words.FAULTS.get(fault.code, words.FAULTS["scenario-field"]), fault.sentence
    return made


def _every(made: Sequence[Field]) -> list[Field]:
    found = []
    for one in made:
        found += [one, *_every(one.inside), *_every([part for span in one.spans for part in span])]
    return found


def _field(box: Box, typed: Typed, more: int) -> Field:
    last = box.name.rpartition(".")[2]
    value = next(iter(typed.get(box.name, ())[-1:]), "")
    made = Field(box.name, box.kind, words.BOXES[last], box.unit, value, box.needed, words.HELPS.get(last, ""))
    chosen = typed.get(box.name, ())
    texts = words.OPTIONS.get(last, {})
    made.options = [(str(one), texts.get(str(one), one), str(one) in chosen) for one in box.options]
    made.inside = [_field(one, typed, more) for one in box.inside]
    if box.kind == "spans":
        written = sum(any(f"{box.name}.{at}.{part}" in typed for part in PARTS) for at in range(MOST_SPANS))
        made.spans = [[_part(f"{box.name}.{at}.{part}", typed) for part in PARTS]
                      for at in range(min(MOST_SPANS, written + MORE_SPANS + more))]  # fmt: skip
    return made


def _part(name: str, typed: Typed) -> Field:
    last = name.rpartition(".")[2]
    value = next(iter(typed.get(name, ())[-1:]), "")
    return Field(name, "text" if last == "why" else "day", words.BOXES[last], "", value, False)


# -- a row as cells -------------------------------------------------------------------------------------


def cells(inside: Sequence[Box], row: Mapping[str, Any]) -> list[Any]:
    """What a table shows of a row after its code."""
    return [_cell(box, row.get(box.name.rpartition(".")[2])) for box in inside[1:]]


def _cell(box: Box, value: Any) -> Any:
    if value is None or value == []:
        return wording.EMPTY
    texts = words.OPTIONS.get(box.name, {})
    if box.kind == "several":
        return wording.joined([wording.word(texts, one) for one in value])
    if box.kind == "spans":
        parts = [(_day(one["first"]), _day(one["last"]), one["why"]) for one in value]
        return format_html_join(SafeString("<br>"), "{} – {} <bdi>{}</bdi>", parts)
    if box.kind == "figure":
        return wording.isolated(f"{value['value']} {wording.unit(box.unit)}".strip(), "number")
    if box.kind == "spread":
        numbers = " – ".join(str(value[one]) for one in ("a", "b") if value.get(one) is not None)
        said = words.OPTIONS["shape"].get(str(value["shape"]), value["shape"])
        return format_html("{} <br><span class=\"quiet\">{}</span>",
                           wording.isolated(f"{numbers} {wording.unit(box.unit)}".strip(), "number"), said)  # fmt: skip
    if box.kind == "group":
        return format_html("{} {}<br>{}", wording.isolated(value["site"]), wording.isolated(value["machine"]),
                           _day(value["start"]))  # fmt: skip
    if box.kind == "day":
        return _day(value)
    return wording.word(texts, value) if box.kind == "choice" else wording.isolated(value)


def _day(text: str) -> Any:
    return wording.isolated(text, "number")


__all__ = ["Field", "cells", "fields"]
