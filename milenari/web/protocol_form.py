"""Protocol form: lines of a protocol as boxes, and what was typed back as lines; one way for every table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from milenari.rules.protocol_document import MOST
from milenari.rules.protocol_lines import TABLES, Column, Fault, Lines
from milenari.web import wording
from milenari.web.wording import protocol_draft as words
from milenari.web.wording import trial, vocabulary
from milenari.words import UNITS

EMPTY_LINES = 2
TABS: dict[str, tuple[str, ...]] = {
    "identification": ("identification",), "doses": ("cohorts", "levels", "weights", "fractions"),
    "eligibility": ("eligibility",), "visits": ("visits",), "stopping": ("stopping",),
    "endpoints": ("endpoints", "analyses"), "parameters": ("parameters",), "consents": ("consents",),
    "countries": ("countries", "assent"), "changes": (), "sign": (),
}  # fmt: skip
TAB_OF = {table: tab for tab, tables in TABS.items() for table in tables}
OPTIONS = {
    "condition": trial.CONDITIONS, "anchor": trial.ANCHORS, "clock": trial.ANCHORS, "denominator": trial.STATES,
    "denominators": trial.STATES,
}  # fmt: skip
KINDS = {"eligibility": trial.CRITERIA, "consents": trial.PARTS}
UNIT = {"share.unit": "%", "majority.unit": "a"}  # the one that a new line begins with
SHORT = ("phase", "event")
_ALL_UNITS = (*UNITS, "a", "mg/m2")


@dataclass(frozen=True)
class Box:
    """One box as the template draws it."""

    name: str
    id: str
    label: Any
    kind: str  # text, area, code, number, select, several, kept
    value: str
    options: list[tuple[str, Any, bool]]
    wide: bool
    fault: Any


@dataclass(frozen=True)
class Line:
    """One line of a table: its boxes, its place, whether it is new."""

    n: int
    name: str
    boxes: list[Box]
    new: bool
    wrong: bool


@dataclass(frozen=True)
class Table:
    """One table with its lines and what is wrong with it as a whole."""

    name: str
    title: Any
    about: Any
    lines: list[Line]
    faults: list[Any]
    single: bool


def table(name: str, lines: Lines, faults: Sequence[Fault], products: Sequence[str], may: bool) -> Table:
    """A table as boxes, with empty lines at its end for whoever may write."""
    mine = [one for one in faults if one.table == name]
    rows = lines.get(name, [])
    single = name == "identification"
    new = EMPTY_LINES if may and not single and len(rows) < MOST else 0
    made = []
    for n, row in enumerate([*rows, *({} for _ in range(new))]):
        here = [one for one in mine if one.row == n]
        boxes = [_box(name, n, column, row, lines, here, products) for column in TABLES[name]]
        made.append(Line(n, _named(name, row), boxes, n >= len(rows), bool(here)))
    return Table(name, words.TABLES[name], words.ABOUT.get(name, ""), made,
                 [sentence(one) for one in mine if one.row < 0], single)  # fmt: skip


def _named(name: str, row: dict[str, str]) -> str:
    owner = row.get("level" if name in ("weights", "fractions") else "country" if name == "assent" else "", "")
    return " ".join(part for part in (owner, row.get("code", "") or row.get("from_kg", "")) if part)


def _box(name: str, n: int, column: Column, row: dict[str, str], lines: Lines, faults: Sequence[Fault],
         products: Sequence[str]) -> Box:  # fmt: skip
    field = f"{name}.{n}.{column.name}"
    value = row.get(column.name, "" if row else UNIT.get(column.name, ""))
    kind, chosen = _drawn(name, column), value.replace(",", " ").split()
    options = [(code, told, code in chosen) for code, told in _options(name, column, lines, products)]
    if kind == "select" and value and value not in [code for code, _, _ in options]:
        options.append((value, value, True))
    wrong = [one for one in faults if one.column == column.name]
    return Box(field, f"id_{field}", words.COLUMNS[column.name], kind, value, options, kind == "area",
               sentence(wrong[0]) if wrong else "")  # fmt: skip


def _drawn(name: str, column: Column) -> str:
    if column.kind in ("words", "source"):
        return "text" if column.name in SHORT else "area"
    if column.kind in ("option", "unit", "flag") or (column.kind == "code" and column.of) or column.name == "product":
        return "select"
    return {"options": "several", "whole": "number", "signed": "signed", "value": "number", "kept": "kept",
            "pairs": "code", "code": "code", "codes": "codes"}[column.kind]  # fmt: skip


def _options(name: str, column: Column, lines: Lines, products: Sequence[str]) -> list[tuple[str, Any]]:
    if column.kind == "unit":
        return [(code, wording.unit(code) or "1") for code in _ALL_UNITS]
    if column.kind == "flag":
        return list(vocabulary.YES_OR_NO.items())
    if column.of and column.kind == "code":
        codes = (row.get("code", "") for row in lines.get(column.of, []))
        return [(code, code) for code in dict.fromkeys(codes) if code]
    if column.name == "product":
        return [(code, code) for code in products]
    if column.name == "kind" and name == "endpoints":
        return [(code, words.ENDPOINTS[code]) for code in column.options]
    told = KINDS.get(name, {}) if column.name == "kind" else OPTIONS.get(column.name, {})
    return [(code, told.get(code, code)) for code in column.options]


def sentence(fault: Fault) -> Any:
    """A fault in words; one that only the whole document shows has the sentence of its refusal."""
    if fault.code not in words.FAULTS:
        return wording.sentence(wording.REFUSALS, fault.code, fault.facts, "UTC", "", wording.UNKNOWN_REFUSAL)
    facts = {key: wording.isolated(value) for key, value in fault.facts.items()}
    if fault.code == "consent-kind-missing":
        facts = {"found": wording.word(trial.PARTS, fault.facts["found"])}
    return wording.filled(words.FAULTS[fault.code], facts)


def typed(post: QueryDict, tab: str) -> Lines:
    """What was typed into the tables of a tab; lines left empty or marked to be taken out are not there any more."""
    made: Lines = {}
    for name in TABS[tab]:
        rows: list[tuple[int, int, dict[str, str]]] = []
        n = 0
        while n < MOST + EMPTY_LINES and f"{name}.{n}.{TABLES[name][0].name}" in post:
            row = {column.name: _said(post, f"{name}.{n}.{column.name}") for column in TABLES[name]}
            place = post.get(f"{name}.{n}.place", "").strip()
            counts = [value for key, value in row.items() if not key.endswith(".unit")]
            if f"{name}.{n}.gone" not in post and (any(counts) or name == "identification"):
                kept = {key: value for key, value in row.items() if value or not key.endswith(".text")}
                rows.append((int(place) if re.fullmatch(r"[0-9]{1,4}", place) else n + 1, n, kept))
            n += 1
        made[name] = [row for _, _, row in sorted(rows, key=lambda one: one[:2])]
    return made


def _said(post: QueryDict, field: str) -> str:
    return " ".join(part.strip() for part in post.getlist(field) if part.strip())[:20_000].replace("\r\n", "\n")
