"""Casebook value: what was entered on a form, read by its definition and judged against it; no actions.

A value is kept as it was typed, a number with its unit; what cannot be given is kept with the reason why. A soft
bound or check asks for a sentence and lets pass, a hard one does not. Governing requirements: 21 CFR 11.10(f).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules.action import Refused, Sheets, refuse_if
from milenari.rules.casebook_expression import answer
from milenari.rules.casebook_form import Form, Item
from milenari.rules.casebook_source import SOURCES
from milenari.rules.referral import Journey
from milenari.words import Facts, iso, plain, utc

REASONS = ("not-done", "unknown", "not-applicable", "declined")
"""Why there is no value; each also answers a required item."""
MOST_DIGITS = 20
# What may be a telephone or hospital number, or an address of mail. Names cannot be found so; the form says it too.
_IDENTITY = re.compile(r"@|\d(?:[ ./-]?\d){6,}")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")

Entered = dict[str, Facts]


@dataclass(frozen=True)
class Doubt:
    """A soft bound or check that does not hold: its code, the item it stands at, what was found."""

    code: str
    item: str
    facts: Facts


def read_values(form: Form, typed: Any) -> Entered:
    """What was entered, item by item as it is kept; Refused names the item at fault and why."""
    if not isinstance(typed, dict):
        raise Refused("field-unreadable", field="values", found=str(typed)[:80], kind="document")
    kept: Entered = {}
    for code in sorted(typed):
        item = form.item(code)
        if item is None:
            raise Refused("form-item-unknown", field=code, item=code)
        refuse_if(item.source, "item-from-record", field=code, item=code, source=item.source)
        kept[code] = _read(item, typed[code])
    _require_options(form, kept)
    values = values_of(form, kept)
    for item in form.items:
        unasked = item.id in kept and item.asked_if is not None and answer(item.asked_if, values) is False
        refuse_if(unasked, "item-not-asked", field=item.id, item=item.id)
    return kept


def _read(item: Item, row: Any) -> Facts:
    """One item as it is kept: its value, or why there is none."""
    if not isinstance(row, dict) or len(row) not in (1, 2) or not all(isinstance(one, str) for one in row.values()):
        raise Refused("item-unreadable", field=item.id, item=item.id, found=str(row)[:80], item_type=item.type)
    if set(row) == {"missing"}:
        if row["missing"] not in REASONS:
            raise Refused("field-not-an-option", field=item.id, found=row["missing"][:80], options=list(REASONS))
        return {"missing": row["missing"]}
    if set(row) != ({"value", "unit"} if item.unit else {"value"}):
        raise Refused("item-unreadable", field=item.id, item=item.id, found=str(row)[:80], item_type=item.type)
    if item.unit and row["unit"] != item.unit:
        raise Refused("reading-wrong-unit", field=item.id, unit=row["unit"], units=[item.unit])
    value = row["value"].strip()
    written = _written(item, value)
    return {"value": written, "unit": item.unit} if item.unit else {"value": written}


def _written(item: Item, text: str) -> str:
    """The text of a value in its one spelling."""
    if item.kind == "number":
        return _number(item, text)
    if item.type == "text":
        refuse_if(not text, "field-missing", field=item.id)
        refuse_if(len(text) > item.longest, "field-too-long", field=item.id, longest=item.longest, found=len(text))
        require_coded(text, item.id)
        return text
    try:
        if item.type == "date":
            return date.fromisoformat(text).isoformat()
        if item.type == "datetime":
            return iso(utc(text))
    except ValueError as fault:
        raise Refused("item-unreadable", field=item.id, item=item.id, found=text[:80], item_type=item.type) from fault
    # A codelist's options depend on the form and are looked at afterwards; yes and no are the same everywhere.
    if item.type == "yes-no" and text not in ("yes", "no"):
        raise Refused("field-not-an-option", field=item.id, found=text[:80], options=["yes", "no"])
    return text


def require_coded(text: str, field: str) -> None:
    """Refuse free words with an address of mail or a long number in them; a day such as 2026-03-02 is none."""
    refuse_if(_IDENTITY.search(_DAY.sub("", text)), "text-holds-identity", field=field, item=field)


def _number(item: Item, text: str) -> str:
    try:
        found = Decimal(text) if len(text) <= MOST_DIGITS and text.isascii() and "_" not in text else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    exponent = found.as_tuple().exponent
    whole = item.type == "integer"
    if not found.is_finite() or not isinstance(exponent, int) or abs(found.adjusted()) > MOST_DIGITS:
        raise Refused("item-unreadable", field=item.id, item=item.id, found=text[:80], item_type=item.type)
    if (whole and exponent < 0) or (item.places and -exponent > item.places):
        raise Refused("item-too-precise", field=item.id, item=item.id, found=text[:80], places=item.places)
    low, high = item.low, item.high
    if (low is not None and found < low) or (high is not None and found > high):
        raise Refused("reading-impossible", field=item.id, found=text, unit=item.unit,
                      low=None if low is None else plain(low), high=None if high is None else plain(high))  # fmt: skip
    return plain(found)


def _require_options(form: Form, kept: Mapping[str, Facts]) -> None:
    for code, row in kept.items():
        item = form.item(code)
        if item is None or item.type != "codelist" or "value" not in row:
            continue
        options = [option for option, _ in form.options(item.codelist)]
        refuse_if(row["value"] not in options, "field-not-an-option", field=code, found=row["value"][:80],
                  options=options)  # fmt: skip


def values_of(form: Form, kept: Mapping[str, Facts]) -> dict[str, Any]:
    """What was kept as values that expressions compare; an item with a reason instead of a value has none."""
    found: dict[str, Any] = {}
    for item in form.items:
        row = kept.get(item.id)
        if row is not None and "value" in row:
            found[item.id] = _value(item, row["value"])
    return found


def _value(item: Item, text: str) -> Any:
    match item.type:
        case "integer" | "decimal":
            return Decimal(text)
        case "date":
            return date.fromisoformat(text)
        case "datetime":
            return utc(text)
        case "yes-no":
            return text == "yes"
        case _:
            return text


def from_record(form: Form, book: Sheets, journey: Journey | None, nth: int) -> Entered:
    """What the record has for the items that come from it; an item about which it is silent is left out."""
    found: Entered = {}
    for item in form.items:
        value = SOURCES[item.source].find(book, journey, nth) if item.source and journey is not None else None
        if value is None:
            continue
        text = plain(value) if isinstance(value, Decimal) else iso(value) if isinstance(value, datetime) else str(value)
        found[item.id] = {"value": text, "unit": item.unit} if item.unit else {"value": text}
    return found


def doubts(form: Form, kept: Mapping[str, Facts]) -> tuple[Doubt, ...]:
    """The soft bounds and checks that do not hold, in the order of the form."""
    values = values_of(form, kept)
    found = [_doubt(item, values[item.id]) for item in form.items if item.id in values and _beyond(item, values)]
    broken = [c for c in form.checks if c.severity == "soft" and answer(c.holds, values) is False]
    return (*found, *(Doubt(check.code, check.item, {}) for check in broken))


def _beyond(item: Item, values: Mapping[str, Any]) -> bool:
    low, high, value = item.plausible_low, item.plausible_high, values[item.id]
    return not item.source and ((low is not None and value < low) or (high is not None and value > high))


def _doubt(item: Item, value: Decimal) -> Doubt:
    low, high = (None if one is None else plain(one) for one in (item.plausible_low, item.plausible_high))
    return Doubt(item.id, item.id, {"found": plain(value), "unit": item.unit, "low": low, "high": high})


def require_hard(form: Form, kept: Mapping[str, Facts]) -> None:
    """Every hard check holds, as far as it can be known."""
    values = values_of(form, kept)
    for check in form.checks:
        broken = check.severity == "hard" and answer(check.holds, values) is False
        refuse_if(broken, "check-not-passed", field=check.item, item=check.item, check=check.code,
                  says=dict(check.says)["en"])  # fmt: skip


def asked(form: Form, kept: Mapping[str, Facts]) -> dict[str, bool | None]:
    """Whether each item is asked, as things stand; None where that hangs on a value that is not there."""
    values = values_of(form, kept)
    return {one.id: True if one.asked_if is None else answer(one.asked_if, values) for one in form.items}


def lacking(form: Form, kept: Mapping[str, Facts]) -> tuple[str, ...]:
    """Required items that are asked and have neither a value nor a reason."""
    said = asked(form, kept)
    return tuple(one.id for one in form.items if one.required and said[one.id] and one.id not in kept)
