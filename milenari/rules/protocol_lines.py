"""Protocol lines: a protocol's document as lines of text that people type, and back, with every fault at its field.

A draft holds what was typed, right or wrong; nothing is lost because it cannot be read yet. What has no value is
still to be set. Read back, a document says the same; only `again` of an age band is left out where it is false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules.action import Refused
from milenari.rules.protocol_document import (
    ANCHORS,
    CLOCKS,
    CONDITIONS,
    CRITERIA,
    DENOMINATORS,
    ENDPOINTS,
    MOST,
    PARTS,
    TO_BE_SET,
    read_document,
)
from milenari.words import CODE, UNITS, Facts

LONGEST = 2000
YES, NO = "yes", "no"
_EXTRA = ".text"  # a remark beside a parameter, kept as it is


@dataclass(frozen=True)
class Column:
    """One box of a line: how it is read, its options, or the table whose codes it names."""

    name: str
    kind: str  # words, code, codes, whole, signed, option, options, flag, value, unit, source, pairs, kept
    options: tuple[str, ...] = ()
    of: str = ""


def _column(text: str, kind: str, options: Sequence[str] = (), of: str = "") -> Column:
    return Column(text, kind, tuple(options), of)


def _figure(name: str) -> tuple[Column, ...]:
    """A parameter of the protocol: value, unit, source, and the remark that may stand beside it."""
    return (_column(f"{name}.value", "value"), _column(f"{name}.unit", "unit"), _column(f"{name}.source", "source"),
            _column(name + _EXTRA, "kept"))  # fmt: skip


def _share() -> tuple[Column, ...]:
    return _figure("share")


_CODE, _TITLE, _SOURCE = _column("code", "code"), _column("title", "words"), _column("source", "words")
TABLES: dict[str, tuple[Column, ...]] = {
    "identification": (_TITLE, _column("phase", "words"), _column("product", "code")),
    "cohorts": (_CODE, _TITLE, _column("levels", "codes", of="levels")),
    "levels": (_CODE, _TITLE, _column("tokens", "flag"), *_figure("dose"), *_figure("low"), *_figure("high")),
    "weights": (
        _column("level", "code", of="levels"), _column("from_kg", "whole"), _column("to_kg", "whole"), *_figure("dose"),
    ),
    "fractions": (
        _column("level", "code", of="levels"), _CODE, *_share(), _column("condition", "option", CONDITIONS),
    ),
    "eligibility": (_CODE, _column("kind", "option", CRITERIA), _column("text", "words"), _SOURCE),
    "visits": (
        _CODE, _TITLE, _column("anchor", "option", ANCHORS), _column("day", "signed"), _column("minus", "whole"),
        _column("plus", "whole"), _column("forms", "codes"),
    ),
    "stopping": (
        _CODE, _TITLE, _column("event", "words"), _column("numerator", "words"),
        _column("denominator", "option", DENOMINATORS), _column("boundary", "pairs"), _SOURCE,
    ),
    "endpoints": (
        _CODE, _TITLE, _column("kind", "option", ENDPOINTS), _column("clock", "option", CLOCKS),
        _column("denominators", "options", DENOMINATORS), _column("events", "codes"), _column("censored", "codes"),
        _SOURCE,
    ),
    "analyses": (
        _CODE, _column("endpoint", "code", of="endpoints"), _column("method", "words"), _column("when", "words"),
    ),
    "parameters": (_CODE, *_figure("parameter")),
    "consents": (
        _CODE, _column("kind", "option", PARTS), _column("form_version", "code"), _column("languages", "codes"),
        _column("required", "flag"), _column("again", "flag"),
    ),
    "countries": (_CODE, *_figure("majority")),
    "assent": (
        _column("country", "code", of="countries"), _CODE, _column("from_years", "whole"), _column("to_years", "whole"),
        _column("form_version", "code"), _column("required", "flag"), _column("again", "flag"), _SOURCE,
    ),
}  # fmt: skip
NEEDED = ("cohorts", "levels", "eligibility", "visits", "consents", "countries")
BELOW = {"weights": "level", "fractions": "level", "assent": "country"}  # whose lines belong to a line of another table
Lines = dict[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one box, line or table, by a code that has words."""

    table: str
    row: int  # from nought; -1 for the table as a whole
    column: str
    code: str
    facts: Facts


# -- a document as lines --------------------------------------------------------------------------------


def no_lines() -> Lines:
    """A protocol of which nothing is said yet."""
    return {table: [{}] if table == "identification" else [] for table in TABLES}


def lines_of(document: Facts) -> Lines:
    """A document that was read, as lines."""
    made = no_lines()
    made["identification"] = [{name: document[name] for name in ("title", "phase", "product")}]
    for table in ("cohorts", "eligibility", "visits", "stopping", "endpoints", "analyses", "consents"):
        made[table] = [{one.name: _text(row[one.name]) for one in TABLES[table]} for row in document[table]]
    for level in document["levels"]:
        figures = (
            _of_figure("dose", level["dose"]) | _of_figure("low", level["low"]) | _of_figure("high", level["high"])
        )
        plain = {name: _text(level[name]) for name in ("code", "title", "tokens")}
        made["levels"].append(plain | figures)
        for band in level["bands"]:
            weight = {"level": level["code"], "from_kg": _text(band["from_kg"]), "to_kg": _text(band["to_kg"])}
            made["weights"].append(weight | _of_figure("dose", band["dose"]))
        for part in level["fractions"]:
            share = {"level": level["code"], "code": part["code"], "condition": part["condition"]}
            made["fractions"].append(share | _of_figure("share", part["share"]))
    made["parameters"] = [{"code": c} | _of_figure("parameter", p) for c, p in document["parameters"].items()]
    for country, told in document["countries"].items():
        made["countries"].append({"code": country} | _of_figure("majority", told["majority_years"]))
        for band in told["bands"]:
            plain = {one.name: _text(band.get(one.name, False)) for one in TABLES["assent"] if one.name != "country"}
            made["assent"].append({"country": country, **plain})
    return made


def _of_figure(name: str, told: Facts) -> dict[str, str]:
    source = told["source"]
    if told["value"] is None:
        source = source.removeprefix(f"{TO_BE_SET}: ").removeprefix(TO_BE_SET)
    made = {f"{name}.value": told["value"] or "", f"{name}.unit": told["unit"], f"{name}.source": source}
    return made | ({name + _EXTRA: told["text"]} if told.get("text") else {})


def _text(value: Any) -> str:
    """A value of the document as it is typed: lists with blanks, pairs as events of participants."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return " ".join(f"{one[1]}/{one[0]}" if isinstance(one, list) else str(one) for one in value)
    return str(value)


# -- lines as a document --------------------------------------------------------------------------------


def document_of(lines: Lines) -> tuple[Facts, list[Fault]]:
    """(document, faults) of what was typed; without a fault the document is one that a protocol may have."""
    reading = _Reading(lines)
    made = reading.document()
    if not reading.faults:
        try:
            read_document(made)
        except Refused as refused:  # what only the whole document shows
            reading.faults.append(Fault("", -1, "", refused.code, refused.facts))
    return made, reading.faults


class _Reading:
    """One reading of all lines; every fault is noted and reading goes on."""

    def __init__(self, lines: Lines) -> None:
        self.lines, self.faults = lines, list[Fault]()
        self.codes = {table: [row.get("code", "") for row in lines.get(table, ())] for table in TABLES}

    def fault(self, table: str, row: int, column: str, code: str, **facts: Any) -> None:
        self.faults.append(Fault(table, row, column, code, facts))

    def document(self) -> Facts:
        told = {table: self.table(table) for table in TABLES}
        made: Facts = dict(told["identification"][0]) if told["identification"] else {}
        for name in ("cohorts", "eligibility", "visits", "endpoints", "analyses", "stopping", "consents"):
            made[name] = told[name]
        for row in told["levels"]:
            row["bands"] = [_without(one, "level") for one in told["weights"] if one["level"] == row["code"]]
            row["fractions"] = [_without(one, "level") for one in told["fractions"] if one["level"] == row["code"]]
        made["levels"] = told["levels"]
        made["parameters"] = {row["code"]: row["parameter"] for row in told["parameters"]}
        made["countries"] = {
            row["code"]: {
                "majority_years": row["majority"],
                "bands": [_band(one) for one in told["assent"] if one["country"] == row["code"]],
            }
            for row in told["countries"]
        }
        self.together(told)
        return made

    def table(self, name: str) -> list[Facts]:
        rows = self.lines.get(name, [])
        if name in NEEDED and not rows:
            self.fault(name, -1, "", "table-empty")
        if len(rows) > MOST:
            self.fault(name, -1, "", "table-too-long", most=MOST)
        made, seen = [], set[tuple[str, str]]()
        for n, row in enumerate(rows[: MOST + 1]):
            read: Facts = {}
            for column in TABLES[name]:
                self.box(name, n, column, row, read)
            made.append(read)
            if "code" in row:
                key = (row.get(BELOW.get(name, ""), ""), row["code"])
                if row["code"] and key in seen:
                    self.fault(name, n, "code", "line-twice", found=row["code"])
                seen.add(key)
        return made

    def box(self, table: str, n: int, column: Column, row: Mapping[str, str], read: Facts) -> None:
        """One box into ``read``; a figure of four boxes becomes one mapping."""
        typed = row.get(column.name, "").strip()
        name, _dot, part = column.name.partition(".")
        if len(typed) > LONGEST:
            self.fault(table, n, column.name, "box-too-long", most=LONGEST)
        if part:
            figure = read.setdefault(name, {})
            if column.kind == "kept":
                if typed:
                    figure["text"] = typed
            else:
                figure[part] = self.figure(table, n, column, typed, row.get(f"{name}.value", "").strip())
        else:
            read[name] = self.value(table, n, column, typed)

    def figure(self, table: str, n: int, column: Column, typed: str, value: str) -> str | None:
        if column.kind == "value":
            if not typed:
                return None
            if not _decimal(typed):
                self.fault(table, n, column.name, "box-no-number", found=typed)
            return typed
        if column.kind == "unit":
            if typed not in UNITS and typed not in ("a", "mg/m2"):
                self.fault(table, n, column.name, "box-empty" if not typed else "box-no-unit", found=typed)
            return typed
        if value:
            if not typed:
                self.fault(table, n, column.name, "figure-without-source")
            return typed
        return f"{TO_BE_SET}: {typed}" if typed else TO_BE_SET

    def value(self, table: str, n: int, column: Column, typed: str) -> Any:
        def at(code: str, **facts: Any) -> None:
            self.fault(table, n, column.name, code, **facts)

        if column.kind in ("codes", "options"):
            return self.several(column, typed, at)
        if column.kind == "pairs":
            return self.pairs(typed, at)
        if column.kind == "flag":
            return typed == YES
        if not typed:
            at("box-empty")
            return 0 if column.kind in ("whole", "signed") else ""
        if column.kind in ("whole", "signed"):
            shape = r"-?[0-9]{1,6}" if column.kind == "signed" else r"[0-9]{1,6}"
            if not re.fullmatch(shape, typed):
                at("box-no-whole-number", found=typed)
                return 0
            return int(typed)
        if column.kind == "option" and typed not in column.options:
            at("box-no-option", found=typed)
        if column.kind == "code" and not CODE.match(typed):
            at("box-no-code", found=typed)
        if column.of and typed not in self.codes[column.of]:
            at("line-not-there", found=typed)
        return typed

    def several(self, column: Column, typed: str, at: Any) -> list[str]:
        found = typed.replace(",", " ").split()
        for one in found:
            if column.options and one not in column.options:
                at("box-no-option", found=one)
            elif not CODE.match(one):
                at("box-no-code", found=one)
            elif column.of and one not in self.codes[column.of]:
                at("line-not-there", found=one)
        if len(found) > MOST:
            at("table-too-long", most=MOST)
        if column.name == "languages" and not found:
            at("box-empty")
        return found

    def pairs(self, typed: str, at: Any) -> list[list[int]]:
        made: list[list[int]] = []
        last = (0, 1)
        for one in typed.replace(",", " ").split():
            events, slash, n = one.partition("/")
            good = slash and re.fullmatch(r"[0-9]{1,4}", events) and re.fullmatch(r"[0-9]{1,4}", n)
            if not good:
                at("box-no-pairs", found=one)
                return []
            pair = (int(n), int(events))
            if not (pair[0] > last[0] and last[1] <= pair[1] <= pair[0]):
                at("pairs-not-rising", found=one)
                return []
            made.append(list(pair))
            last = pair
        if len(made) > MOST:
            at("table-too-long", most=MOST)
        return made

    def together(self, told: dict[str, list[Facts]]) -> None:
        """What only several lines show: kinds of consent, ages and weights that overlap, shares of a dose."""
        kinds = [row["kind"] for row in told["consents"] if row["required"]]
        for kind in ("guardian", "own"):
            if told["consents"] and kind not in kinds:
                self.fault("consents", -1, "", "consent-kind-missing", found=kind)
        for table, of, low, high in (("weights", "level", "from_kg", "to_kg"),
                                     ("assent", "country", "from_years", "to_years")):  # fmt: skip
            last: dict[str, int] = {}
            for n, row in enumerate(told[table]):
                least = last.get(row[of], 0)
                if row[low] < least or row[high] < row[low] + (table == "weights"):
                    self.fault(table, n, low, "band-overlaps")
                last[row[of]] = row[high] + (table == "assent")
        for n, row in enumerate(told["levels"]):
            shares = [one["share"]["value"] for one in row["fractions"]]
            sure = [Decimal(share) for share in shares if share is not None and _decimal(share)]
            if shares and len(sure) == len(shares) and sum(sure) != 100:
                self.fault("fractions", -1, "", "shares-not-whole", found=told["levels"][n]["code"])


def _decimal(typed: str) -> bool:
    try:
        found = Decimal(typed)
    except InvalidOperation:
        return False
    return found.is_finite() and found >= 0


def _without(row: Facts, key: str) -> Facts:
    return {name: value for name, value in row.items() if name != key}


def _band(row: Facts) -> Facts:
    return {name: value for name, value in row.items() if name != "country" and (name != "again" or value)}
