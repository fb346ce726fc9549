"""Casebook entry: a form of the casebook as lines to be filled in, and what was typed as values.

A line is one item as a template draws it: its words in the reader's language, what was typed, what the record says, why
it is doubted. What is not asked is drawn apart and kept as typed; nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from milenari.journal.fold import DiskBook
from milenari.rules import casebook_expression as expression
from milenari.rules.action import Refused
from milenari.rules.casebook_form import Form, Item, Told
from milenari.rules.casebook_page import CasebookPage, Query
from milenari.rules.casebook_value import REASONS, asked, doubts, read_values
from milenari.web import wording, zones
from milenari.web.wording import casebook as words
from milenari.web.wording.casebook_forms import spoken
from milenari.words import Facts, iso, utc

VALUE, MISSING, WHY, WHICH = "v.", "m.", "why.", ".which"


@dataclass(frozen=True)
class Words:
    """Words of a form with the language they are in, which may be English where a translation is not there."""

    text: str
    lang: str


@dataclass
class Line:
    """One item of a form as it is drawn."""

    item: Item
    label: Words
    section: Words | None = None
    help: Words | None = None
    value: str = ""
    missing: str = ""
    shown: Any = ""
    asked: bool | None = True
    hangs_on: list[Words] = field(default_factory=list)
    options: list[tuple[str, Words]] = field(default_factory=list)
    doubts: list[Doubted] = field(default_factory=list)
    error: SafeString | str = ""
    twice: bool = False
    changes: int = 0
    verified: bool = False
    queries: list[Query] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"id_{self.item.id}"


@dataclass(frozen=True)
class Doubted:
    """Why a value is doubted, and the reason given for it so far."""

    code: str
    says: Words | None
    low: str
    high: str
    reason: str


def in_words(told: Told) -> Words:
    """Words of a form in the reader's language: the form's own, or the catalogue's; else English."""
    said, language = dict(told), (get_language() or "en").partition("-")[0]
    if language in said:
        return Words(said[language], language)
    text = spoken(said["en"])
    return Words(text, language if text != said["en"] else "en")


def named(book: DiskBook, form: str) -> Words:
    """What a form is called in its newest version; its code where it was never kept."""
    kept = book.sheet(f"casebook-form:{form}")
    return in_words(kept.form(kept.newest).title) if kept.newest else Words(form, "en")


def typed_of(form: Form, page: CasebookPage, zone: str) -> dict[str, str]:
    """What stands on a page as the form's fields hold it."""
    typed: dict[str, str] = {}
    for code, row in page.values:
        item = form.item(code)
        if "missing" in row:
            typed[MISSING + code] = row["missing"]
        elif item is not None:
            typed[VALUE + code] = zones.local(utc(row["value"]), zone) if item.type == "datetime" else row["value"]
    return typed | {WHY + code: text for code, text in page.explained}


def values_typed(form: Form, typed: Mapping[str, str], zone: str) -> Facts:
    """What was typed as the values of the action; Refused names the item that has both a value and a reason."""
    values: Facts = {}
    for item in form.items:
        text, missing = (str(typed.get(name + item.id, "")).strip() for name in (VALUE, MISSING))
        if item.source or not (text or missing):
            continue
        if text and missing:
            raise Refused("value-and-reason", field=item.id, item=item.id)
        if missing:
            values[item.id] = {"missing": missing}
            continue
        if item.type == "datetime":
            text = iso(zones.instant(item.id, text, zone, str(typed.get(VALUE + item.id + WHICH, ""))))
        values[item.id] = {"value": text, "unit": item.unit} if item.unit else {"value": text}
    return values


def explained(form: Form, typed: Mapping[str, str]) -> Facts:
    """The reasons typed for what is doubted."""
    codes = [one.id for one in form.items] + [one.code for one in form.checks]
    return {code: text for code in codes if (text := str(typed.get(WHY + code, "")).strip())}


def lines(form: Form, page: CasebookPage, typed: Mapping[str, str], recorded: Mapping[str, Facts], zone: str,
          refused: Refused | None = None, sentence: SafeString | str = "") -> list[Line]:  # fmt: skip
    """Every item of the form in its order, with what is to be said about it."""
    kept = _readable(form, typed, zone)
    said, doubted = asked(form, {**kept, **recorded}), doubts(form, {**kept, **recorded})
    verified, at_fault = {one.item for one in page.verified}, fault_of(refused)
    found: list[Line] = []
    section: Told = ()
    for item in form.items:
        line = Line(item, in_words(item.label), help=in_words(item.help) if item.help else None)
        if item.section and item.section != section:
            line.section, section = in_words(item.section), item.section
        line.value, line.missing = (str(typed.get(name + item.id, "")) for name in (VALUE, MISSING))
        line.shown = shown(form, item, recorded.get(item.id), zone)
        line.asked = said[item.id]
        if item.asked_if is not None:
            names = dict.fromkeys(expression.items(item.asked_if))
            line.hangs_on = [in_words(one.label) for one in form.items if one.id in names]
        line.options = [(code, in_words(told)) for code, told in form.options(item.codelist)]
        line.doubts = [_doubted(form, one.code, one.facts, typed) for one in doubted if one.item == item.id]
        line.error = sentence if at_fault == item.id else ""
        line.twice = bool(refused and refused.code == "local-time-twice" and at_fault == item.id)
        line.changes = len([c for c in page.history(item.id) if c.before is not None])
        line.verified = item.id in verified
        line.queries = [one for one in page.unsettled() if one.item == item.id]
        found.append(line)
    return found


def fault_of(refused: Refused | None) -> str:
    """The item that a refusal is about, or nothing."""
    if refused is None:
        return ""
    return str(refused.facts.get("item", "") or refused.facts.get("field", ""))


def _readable(form: Form, typed: Mapping[str, str], zone: str) -> dict[str, Facts]:
    """As much of what was typed as can be read now; the rest is judged when it is signed."""
    kept: dict[str, Facts] = {}
    for item in form.items:
        own = {name: text for name, text in typed.items() if name.removesuffix(WHICH)[2:] == item.id}
        try:
            kept |= read_values(form, values_typed(form, own, zone))
        except Refused:
            continue  # said at the item when the form is signed
    return kept


def _doubted(form: Form, code: str, facts: Facts, typed: Mapping[str, str]) -> Doubted:
    check = next((one for one in form.checks if one.code == code), None)
    says = in_words(check.says) if check is not None else None
    return Doubted(code, says, facts.get("low") or "", facts.get("high") or "", str(typed.get(WHY + code, "")))


def shown(form: Form, item: Item | None, row: Facts | None, zone: str) -> Any:
    """A value as people read it."""
    if row is None:
        return wording.EMPTY
    if "missing" in row:
        return wording.word(words.MISSING, row["missing"])
    value = row["value"]
    if item is None:
        return wording.isolated(value)
    if item.kind == "number":
        return wording.number(value, item.unit)
    if item.type == "datetime":
        return wording.instant(utc(value), zone)
    if item.type == "yes-no":
        return wording.word(words.YES_NO, value)
    if item.type == "codelist":
        told = dict(form.options(item.codelist)).get(value)
        return wording.said(in_words(told).text) if told else wording.isolated(value)
    return wording.isolated(value) if item.source or item.type == "date" else wording.said(value)


def missing_options() -> list[tuple[str, Any]]:
    """Why there may be no value, in words."""
    return [(code, words.MISSING[code]) for code in REASONS]
