"""Casebook form: what a trial asks on one form, as data with versions, checked before anybody fills it in.

Items have a type, a unit, what nature allows and what is plausible, a list to choose from, a condition under which they
are asked, or a place in the record from which they come and then nobody types them. Governing requirements: ICH E6(R3)
4.2 and annex 1, 3.16 (data capture fit for the protocol; clauses recalled and not re-read); 21 CFR 11.10(f).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules import casebook_expression as expression
from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, Refused, Sheet, action, applies, checks, refuse_if, sheet
from milenari.rules.casebook_expression import ITEM, WORDS, BadExpression, Condition
from milenari.rules.casebook_reader import read
from milenari.rules.casebook_source import SOURCES
from milenari.words import CODE, UNITS, Facts, Meaning, Role

TYPES = ("integer", "decimal", "date", "datetime", "codelist", "text", "yes-no")
KINDS = {
    "integer": "number", "decimal": "number", "date": "day", "datetime": "day", "codelist": "text", "text": "text",
    "yes-no": "flag",
}  # fmt: skip
SEVERITIES = ("soft", "hard")
LANGUAGES = ("en", "es", "ca", "it", "fr", "ar")
MOST_ITEMS, MOST_CHECKS, MOST_OPTIONS, LONGEST_TEXT, MOST_PLACES = 120, 60, 80, 500, 6
FORM_KEYS = {"title", "repeats", "codelists", "items", "checks"}
CHECK_KEYS = {"code", "item", "holds", "severity", "says"}
ITEM_KEYS = {
    "id", "label", "help", "section", "type", "unit", "places", "low", "high", "plausible_low", "plausible_high",
    "basis", "codelist", "required", "asked_if", "longest", "source", "coding", "sdtm", "dates",
}  # fmt: skip
Told = tuple[tuple[str, str], ...]


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One question. `low` and `high` are what nature allows, the plausible bounds what is asked about."""

    id: str
    label: Told
    type: str
    help: Told = ()
    section: Told = ()
    unit: str = ""
    places: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    plausible_low: Decimal | None = None
    plausible_high: Decimal | None = None
    basis: str = ""  # where the plausible bounds come from; "assumed" where nobody published them
    codelist: str = ""
    required: bool = False
    asked_if: Condition | None = None
    longest: int = 0
    source: str = ""  # the place in the record; such an item is never typed
    coding: str = ""  # the dictionary of which a licensee enters code and version; entered by data managers
    sdtm: tuple[str, str, str] = ("", "", "")  # domain, variable, test code
    dates: bool = False  # its day is that of the visit; at most one item of a form

    @property
    def kind(self) -> str:
        """What expressions compare it as."""
        return KINDS[self.type]


@dataclass(frozen=True)
class Check:
    """What must hold between items; a soft one is answered with a reason, a hard one is not passed."""

    code: str
    item: str
    holds: Condition
    severity: str
    says: Told


@dataclass(frozen=True)
class Form:
    """A form read and found sound."""

    title: Told
    repeats: bool
    items: tuple[Item, ...]
    checks: tuple[Check, ...]
    codelists: tuple[tuple[str, tuple[tuple[str, Told], ...]], ...]

    def item(self, code: str) -> Item | None:
        """The item of that id, if the form has it."""
        return next((one for one in self.items if one.id == code), None)

    @property
    def dating(self) -> Item | None:
        """The item whose day is that of the visit, if the form has one."""
        return next((one for one in self.items if one.dates), None)

    def options(self, codelist: str) -> tuple[tuple[str, Told], ...]:
        """Codes of a list with their words, in its order."""
        return dict(self.codelists).get(codelist, ())


@sheet("casebook-form")
class CasebookForm(Sheet):
    """A form with all its versions; pages name the one they were filled in under."""

    versions: tuple[tuple[Facts, str, datetime], ...] = ()  # definition, by whom, when; the first is version 1

    @property
    def newest(self) -> int:
        return len(self.versions)

    def form(self, number: int) -> Form:
        """A version as it is asked; Refused when there is none of that number."""
        refuse_if(not 1 <= number <= self.newest, "form-version-unknown", form=self.code, number=number)
        return read_form(self.versions[number - 1][0])


# -- actions --------------------------------------------------------------------------------------------


@action("define-form", roles=(Role.DATA_MANAGER,), meaning=Meaning.APPROVED, needs_reason=True)
class DefineForm(Action):
    """Put a form of the casebook, or a new version of it, into force."""

    form: str = f.ref("casebook-form", label="Form of the casebook", touch=True)
    number: int = f.count("Number of the version", low=1, high=999)
    definition: Facts = f.document("Definition of the form")


# -- the definition as data -----------------------------------------------------------------------------


def read_form(document: Any) -> Form:
    """A definition as a form; Refused says where it is at fault and what the fault is."""
    _keys("the form", document, FORM_KEYS, {"title", "items"})
    lists = _codelists(document.get("codelists", {}))
    rows = _list("items", document["items"], MOST_ITEMS)
    items = tuple(_item(f"item {number}", row, lists) for number, row in enumerate(rows, 1))
    if not items:
        raise _bad("items", "is empty")
    _once("items", [one.id for one in items])
    rows = _list("checks", document.get("checks", []), MOST_CHECKS)
    made = tuple(_check(f"check {number}", row) for number, row in enumerate(rows, 1))
    # A range is explained under its item's id and a check under its code, so the two never share a word.
    _once("checks", [*(one.code for one in made), *(one.id for one in items)])
    form = Form(_told("title", document["title"]), _flag("repeats", document.get("repeats", False)), items, made, lists)
    _require_sound(form)
    return form


def _require_sound(form: Form) -> None:
    """Conditions and checks speak of items there are, compare like with like, and do not wait for each other."""
    known = {one.id: one.kind for one in form.items}
    conditions = [(f"item {one.id}, asked_if", one.asked_if) for one in form.items if one.asked_if is not None]
    for where, condition in [*conditions, *((f"check {one.code}, holds", one.holds) for one in form.checks)]:
        for name in expression.items(condition):
            if name not in known:
                raise _bad(where, f"speaks of {name}, which is no item of this form")
        if fault := expression.kinds(condition, known):
            raise _bad(where, f"compares what does not fit: {fault}")
    if len([one for one in form.items if one.dates]) > 1:
        raise _bad("items", "has more than one that dates the visit")
    for check in form.checks:
        if check.item not in known:
            raise _bad(f"check {check.code}", f"stands at {check.item}, which is no item of this form")
    _require_order({one.id: set(expression.items(one.asked_if)) for one in form.items if one.asked_if is not None})


def _require_order(waits: dict[str, set[str]]) -> None:
    """No item is asked only because of an item that is asked only because of it."""
    left = dict(waits)
    while free := [name for name, causes in left.items() if not causes & left.keys()]:
        for name in free:
            del left[name]
    if left:
        raise _bad("asked_if", "goes round in a circle: " + ", ".join(sorted(left)))


def _item(where: str, row: Any, lists: tuple[tuple[str, Any], ...]) -> Item:
    _keys(where, row, ITEM_KEYS, {"id", "label", "type"})
    code = row["id"]
    if not isinstance(code, str) or not ITEM.match(code) or code in WORDS:
        raise _bad(where, "needs an id of small letters, digits and _ that is no word of the language")
    where = f"item {code}"
    if row["type"] not in TYPES:
        raise _bad(where, f"has the type {row['type']}, which is none of " + ", ".join(TYPES))
    bounds = {name: _number(f"{where}, {name}", row[name]) for name in BOUNDS if row.get(name) is not None}
    item = Item(
        code, _told(f"{where}, label", row["label"]), row["type"],
        help=_told(f"{where}, help", row["help"]) if "help" in row else (),
        section=_told(f"{where}, section", row["section"]) if "section" in row else (),
        unit=str(row.get("unit", "")), places=_whole(f"{where}, places", row.get("places", 0), MOST_PLACES),
        basis=str(row.get("basis", "")), codelist=str(row.get("codelist", "")),
        required=_flag(f"{where}, required", row.get("required", False)),
        asked_if=_condition(f"{where}, asked_if", row["asked_if"]) if "asked_if" in row else None,
        longest=_whole(f"{where}, longest", row.get("longest", 0), LONGEST_TEXT),
        source=str(row.get("source", "")), coding=str(row.get("coding", "")),
        sdtm=_sdtm(where, row.get("sdtm", {})), dates=_flag(f"{where}, dates", row.get("dates", False)), **bounds,
    )  # fmt: skip
    _require_type(where, item, dict(lists))
    return item


BOUNDS = ("low", "high", "plausible_low", "plausible_high")


def _require_type(where: str, item: Item, lists: dict[str, Any]) -> None:
    """What the type of an item needs, and what it cannot have."""
    number = item.kind == "number"
    if number and not item.unit:
        raise _bad(where, "is a number without a unit; give its UCUM code, or 1")
    if item.unit and (not number or item.unit not in UNITS):
        raise _bad(where, f"has the unit {item.unit}, which is not known here" if number else "needs no unit")
    if item.type == "codelist" and item.codelist not in lists:
        raise _bad(where, f"takes its options from the list {item.codelist or '(none named)'}, which is not there")
    if item.codelist and item.type != "codelist":
        raise _bad(where, "names a list of options and is not of the type codelist")
    if (item.type == "text") != bool(item.longest):
        raise _bad(where, f"needs its longest length, at most {LONGEST_TEXT}, if and only if it is a text")
    bounds = [item.low, item.plausible_low, item.plausible_high, item.high]
    given = [one for one in bounds if one is not None]
    if given and not number:
        raise _bad(where, "has bounds and is no number")
    if given != sorted(given):
        raise _bad(where, "has bounds out of order: low, plausible_low, plausible_high, high")
    if (item.plausible_low is not None or item.plausible_high is not None) and not item.basis:
        raise _bad(where, "has plausible bounds without a basis; say the source, or assumed")
    if item.dates and item.kind != "day":
        raise _bad(where, "dates the visit and is no day")
    if item.places and item.type != "decimal":
        raise _bad(where, "has decimal places and is no decimal")
    if item.source:
        found = SOURCES.get(item.source)
        if found is None:
            raise _bad(where, f"comes from {item.source}, which is no place of the record")
        if (found.type, found.unit) != (item.type, item.unit):
            raise _bad(where, f"comes from {item.source}, which is {found.type} {found.unit}".rstrip())
        if item.asked_if is not None or item.coding:
            raise _bad(where, "comes from the record, so it is neither asked under a condition nor coded")


def _check(where: str, row: Any) -> Check:
    _keys(where, row, CHECK_KEYS, CHECK_KEYS)
    if not isinstance(row["code"], str) or not CODE.match(row["code"]):
        raise _bad(where, "needs a code of letters, digits and -")
    if row["severity"] not in SEVERITIES:
        raise _bad(where, "needs the severity soft or hard")
    holds = _condition(f"check {row['code']}, holds", row["holds"])
    return Check(row["code"], str(row["item"]), holds, row["severity"], _told(f"{where}, says", row["says"]))


def _codelists(lists: Any) -> tuple[tuple[str, tuple[tuple[str, Told], ...]], ...]:
    if not isinstance(lists, dict):
        raise _bad("codelists", "is no mapping of lists by name")
    made = []
    for name, options in lists.items():
        where = f"codelist {name}"
        rows = _list(where, options, MOST_OPTIONS)
        if not rows or not all(isinstance(row, list) and len(row) == 2 for row in rows):
            raise _bad(where, "needs pairs of a code and its words")
        if odd := next((row[0] for row in rows if not isinstance(row[0], str) or not CODE.match(row[0])), None):
            raise _bad(where, f"has the code {odd}; a code has letters, digits, and . / _ -")
        _once(where, [row[0] for row in rows])
        made.append((str(name), tuple((row[0], _told(f"{where}, {row[0]}", row[1])) for row in rows)))
    return tuple(made)


def _condition(where: str, text: Any) -> Condition:
    if not isinstance(text, str):
        raise _bad(where, "is no text")
    try:
        return read(text)
    except BadExpression as fault:
        raise _bad(f"{where}, sign {fault.at}", fault.fault) from fault


def _told(where: str, words: Any) -> Told:
    """A text in its languages, English always among them; one text alone is English."""
    said = {"en": words} if isinstance(words, str) else words
    if not isinstance(said, dict) or not said.get("en"):
        raise _bad(where, "needs its words in English")
    for language, text in said.items():
        if language not in LANGUAGES or not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
            raise _bad(where, f"has no fitting words for {language}")
    return tuple(sorted(said.items()))


def _sdtm(where: str, row: Any) -> tuple[str, str, str]:
    _keys(f"{where}, sdtm", row, {"domain", "variable", "testcd"}, {"domain", "variable"} if row else set())
    parts = tuple(str(row.get(name, "")) for name in ("domain", "variable", "testcd"))
    if odd := next((p for p in parts if p and not (p.isascii() and p.isalnum() and p.isupper() and len(p) <= 8)), ""):
        raise _bad(f"{where}, sdtm", f"has {odd}; a name of SDTM has at most 8 capital letters and digits")
    return (parts[0], parts[1], parts[2])


def _keys(where: str, row: Any, known: set[str], needed: set[str]) -> None:
    if not isinstance(row, dict):
        raise _bad(where, "is no mapping")
    if odd := sorted(set(row) - known):
        raise _bad(where, f"has {odd[0]}, which means nothing there")
    if lacking := sorted(needed - set(row)):
        raise _bad(where, f"lacks {lacking[0]}")


def _list(where: str, rows: Any, most: int) -> list[Any]:
    if not isinstance(rows, list) or len(rows) > most:
        raise _bad(where, f"is no list of at most {most}")
    return rows


def _once(where: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _bad(where, f"has {twice[0]} twice")


def _flag(where: str, value: Any) -> bool:
    if type(value) is not bool:
        raise _bad(where, "is neither true nor false")
    return value


def _whole(where: str, value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise _bad(where, f"is no whole number up to {most}")
    return value


def _number(where: str, value: Any) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or len(value) > 20:
        raise _bad(where, "is no decimal written as text")
    return found


def _bad(where: str, fault: str) -> Refused:
    return Refused("form-unreadable", field="definition", where=where, fault=fault)


# -- checks ---------------------------------------------------------------------------------------------


@checks(DefineForm)
def _define(act: DefineForm, asking: Asking, book: Book) -> None:
    kept: CasebookForm = book.sheet(act.about)
    refuse_if(act.number != kept.newest + 1, "form-version-out-of-order", field="number", form=act.form,
              number=act.number, expected=kept.newest + 1)  # fmt: skip
    made = read_form(act.definition)
    for before in kept.form(kept.newest).items if kept.newest else ():
        after = made.item(before.id)
        # The same id under another type or unit would let a stored value be read as something it is not.
        changed = after is not None and (after.type, after.unit, after.source) != (
            before.type, before.unit, before.source)  # fmt: skip
        refuse_if(changed, "form-item-changed", field="definition", item=before.id, form=act.form)


# -- applies --------------------------------------------------------------------------------------------


@applies(DefineForm, "casebook-form")
def _(kept: CasebookForm, act: DefineForm, entry: Entry) -> CasebookForm:
    return replace(kept, versions=(*kept.versions, (act.definition, entry.by, entry.happened_at)))
