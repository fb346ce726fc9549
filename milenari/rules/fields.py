"""The fields of an action: what each holds, in which unit, within which physical limits.

One description serves the rule (refuse), the form (draw), the journal (bytes) and the documents.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from milenari.words import CODE, UNITS, Facts, Quantity, day, iso, plain, subject, to_plain, utc

MOST_DIGITS = 28  # what Python's default decimal context keeps exactly


@dataclass(frozen=True)
class Spec:
    """How one field is read, bounded and written; ``low``/``high`` are what is physically possible."""

    kind: str
    label: str
    help: str = ""
    required: bool = True
    of: tuple[str, ...] = ()  # subject kinds of a reference, options of a choice, allowed units
    touch: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    longest: int = 2000
    past: bool = False
    censored: bool = False  # may be a bound such as <0.5 instead of a number


class BadField(ValueError):
    """A field that cannot be read; ``code`` and ``facts`` word the refusal."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(f"{code}: {facts}")
        self.code, self.facts = code, facts


def _make(kind: str, label: str, required: bool, default: Any, **more: Any) -> Any:
    meta = {"spec": Spec(kind=kind, label=label, required=required, **more)}
    if required:
        return dataclasses.field(metadata=meta)
    return dataclasses.field(default=default, metadata=meta)


def ref(*kinds: str, label: str, touch: bool = False, required: bool = True, help: str = "") -> Any:
    """A code of an existing subject; with several kinds the value is the full ``kind:code``."""
    return _make("ref", label, required, "", of=kinds, touch=touch, help=help)


def new(kind: str, label: str, help: str = "") -> Any:
    """The code of a subject that this action brings into being."""
    return _make("new", label, True, "", of=(kind,), touch=True, help=help)


def code(label: str, required: bool = True, help: str = "") -> Any:
    """A short identifier typed or scanned: letters, digits, ``. / _ -``."""
    return _make("code", label, required, "", help=help)


def text(label: str, required: bool = True, longest: int = 2000, help: str = "") -> Any:
    """Free words, stripped of blanks at both ends."""
    return _make("text", label, required, "", longest=longest, help=help)


def choice(options: Any, label: str, required: bool = True, help: str = "") -> Any:
    """One of a closed list of options."""
    return _make("choice", label, required, "", of=tuple(str(o) for o in options), help=help)


def quantity(
    units: str | tuple[str, ...],
    label: str,
    low: str | None = None,
    high: str | None = None,
    required: bool = True,
    help: str = "",
    censored: bool = False,
) -> Any:
    """A number with its UCUM unit; ``low`` and ``high`` are physical bounds, not specification limits.

    Only a ``censored`` field takes a bound such as ``<0.5``: nobody doses by "less than 20 kg".
    """
    return _make(
        "quantity", label, required, None,
        of=(units,) if isinstance(units, str) else units,
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        help=help, censored=censored,
    )  # fmt: skip


def count(label: str, low: int = 0, high: int = 10**6, required: bool = True, help: str = "") -> Any:
    """A whole number between two bounds."""
    return _make("count", label, required, None, low=Decimal(low), high=Decimal(high), help=help)


def on(label: str, past: bool = False, required: bool = True, help: str = "") -> Any:
    """A local date; ``past`` refuses one that has not come yet."""
    return _make("on", label, required, None, past=past, help=help)


def at(label: str, past: bool = True, required: bool = True, help: str = "") -> Any:
    """An instant with its zone, kept in UTC."""
    return _make("at", label, required, None, past=past, help=help)


def flag(label: str, help: str = "") -> Any:
    """Yes or no; left out means no."""
    return _make("flag", label, False, False, help=help)


def codes(label: str, required: bool = True, help: str = "") -> Any:
    """Several codes, from a list or a line with blanks or commas."""
    return _make("codes", label, required, (), help=help)


def readings(label: str, required: bool = True, help: str = "") -> Any:
    """Named values of a step: each a Quantity or a word, keyed by the reading's code."""
    return _make("readings", label, required, (), help=help)


def document(label: str, required: bool = True, help: str = "") -> Any:
    """Structured data (a master recipe, country rules) checked by the rule that takes it."""
    return _make("document", label, required, None, help=help)


Readings = tuple[tuple[str, "Quantity | str"], ...]


def specs(cls: type) -> dict[str, Spec]:
    """The fields of an action class by name, in the order of the form."""
    return {f.name: f.metadata["spec"] for f in dataclasses.fields(cls) if "spec" in f.metadata}


def read(name: str, spec: Spec, raw: Any) -> Any:
    """One field from JSON or from a form; raises BadField saying what was wrong and what is expected."""
    if raw is None or raw == "" or raw == [] or raw == {}:
        if spec.required and spec.kind != "flag":
            raise BadField("field-missing", field=name)
        return {"flag": False, "codes": (), "readings": ()}.get(
            spec.kind, None if spec.kind in ("quantity", "count", "on", "at", "document") else ""
        )
    try:
        return _READ[spec.kind](name, spec, raw)
    except BadField:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise BadField("field-unreadable", field=name, found=str(raw)[:80], kind=spec.kind) from fault


def _read_code(name: str, spec: Spec, raw: Any) -> str:
    value = str(raw).strip()
    if spec.kind == "ref" and len(spec.of) > 1:
        if value.partition(":")[0] not in spec.of:
            raise BadField("field-unreadable", field=name, found=value[:80], kind="ref")
        return value
    if not CODE.match(value):
        raise BadField("field-not-a-code", field=name, found=value[:80])
    return value


def _read_text(name: str, spec: Spec, raw: Any) -> str:
    value = str(raw).strip()
    if not value and spec.required:
        raise BadField("field-missing", field=name)
    if len(value) > spec.longest:
        raise BadField("field-too-long", field=name, longest=spec.longest, found=len(value))
    return value


def _read_choice(name: str, spec: Spec, raw: Any) -> str:
    if str(raw) not in spec.of:
        raise BadField("field-not-an-option", field=name, found=str(raw)[:80], options=list(spec.of))
    return str(raw)


def _read_quantity(name: str, spec: Spec, raw: Any) -> Quantity:
    if isinstance(raw, Quantity):
        value = raw
    elif isinstance(raw, Mapping):
        if not raw.get("unit"):
            raise BadField("reading-without-unit", field=name, units=list(spec.of))
        value = Quantity.parse(f"{raw.get('comparator', '')}{raw['value']}", str(raw["unit"]))
    else:
        raise BadField("reading-without-unit", field=name, units=list(spec.of))
    if value.comparator and not spec.censored:
        raise BadField("reading-not-exact", field=name, found=str(value))
    return bounded(name, value, spec.of, spec.low, spec.high)


def _writable(name: str, value: Quantity) -> Quantity:
    """Refuse a number that decimals cannot hold exactly, such as 1e999 or one of forty digits."""
    number = value.value
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(number.as_tuple().digits) > MOST_DIGITS:
        raise BadField("field-unreadable", field=name, found=f"{number:.3E}", kind="quantity")
    return value


def bounded(name: str, value: Quantity, units: tuple[str, ...], low: Decimal | None, high: Decimal | None) -> Quantity:
    """Refuse a unit that is not the field's and a value that nature does not allow."""
    if value.unit not in UNITS:
        raise BadField("reading-unit-unknown", field=name, unit=value.unit, units=list(units))
    if units and value.unit not in units:
        raise BadField("reading-wrong-unit", field=name, unit=value.unit, units=list(units))
    _writable(name, value)
    # "<0" where nothing is below nought, and ">100 %", are as impossible as the numbers beyond.
    under = low is not None and (value.value < low or (value.comparator == "<" and value.value == low))
    over = high is not None and (value.value > high or (value.comparator == ">" and value.value == high))
    if under or over:
        raise BadField(
            "reading-impossible", field=name, found=str(value), unit=value.unit,
            low=None if low is None else plain(low), high=None if high is None else plain(high),
        )  # fmt: skip
    return value


def _read_count(name: str, spec: Spec, raw: Any) -> int:
    if isinstance(raw, (bool, float)):
        raise BadField("field-unreadable", field=name, found=str(raw), kind="count")
    value = int(raw)
    if (spec.low is not None and value < spec.low) or (spec.high is not None and value > spec.high):
        raise BadField(
            "reading-impossible", field=name, found=str(value), unit="1",
            low=None if spec.low is None else plain(spec.low),
            high=None if spec.high is None else plain(spec.high),
        )  # fmt: skip
    return value


def _read_readings(name: str, spec: Spec, raw: Any) -> Readings:
    items = raw.items() if isinstance(raw, Mapping) else raw
    out: list[tuple[str, Quantity | str]] = []
    for key, value in items:
        if isinstance(value, Mapping):
            if not value.get("unit"):
                raise BadField("reading-without-unit", field=str(key), units=[])
            value = Quantity.parse(f"{value.get('comparator', '')}{value['value']}", str(value["unit"]))
            _writable(str(key), value)
        elif not isinstance(value, (Quantity, str)):
            raise BadField("reading-without-unit", field=str(key), units=[])
        out.append((str(key), value))
    return tuple(sorted(out, key=lambda pair: pair[0]))


def _read_flag(name: str, spec: Spec, raw: Any) -> bool:
    if raw in (True, "true", "on", "yes", "1"):
        return True
    if raw in (False, "false", "off", "no", "0"):
        return False
    raise BadField("field-unreadable", field=name, found=str(raw)[:80], kind="flag")


def _read_document(name: str, spec: Spec, raw: Any) -> Any:
    if not isinstance(raw, (dict, list)) or not _exact(raw):
        raise BadField("field-unreadable", field=name, found=str(raw)[:80], kind="document")
    return raw


def _exact(value: Any) -> bool:
    """Whether a document holds only what canonical JSON can: words, integers, no float anywhere."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _exact(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_exact(item) for item in value)
    return value is None or isinstance(value, (str, int))


def _read_codes(name: str, spec: Spec, raw: Any) -> tuple[str, ...]:
    items = raw.replace(",", " ").split() if isinstance(raw, str) else raw
    return tuple(_read_code(name, Spec("code", spec.label), item) for item in items)


_READ: dict[str, Any] = {
    "ref": _read_code,
    "new": _read_code,
    "code": _read_code,
    "text": _read_text,
    "choice": _read_choice,
    "quantity": _read_quantity,
    "count": _read_count,
    "on": lambda name, spec, raw: raw if type(raw) is date else day(str(raw)),
    "at": lambda name, spec, raw: utc(iso(raw)) if isinstance(raw, datetime) else utc(str(raw)),
    "flag": _read_flag,
    "codes": _read_codes,
    "readings": _read_readings,
    "document": _read_document,
}


def write(value: Any) -> Any:
    """A field's value as canonical JSON: no floats, decimals as strings, instants in UTC; readings by code."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return {key: to_plain(item) for key, item in value}
    return to_plain(value)


def subjects_of(action: Any) -> list[str]:
    """The subjects that an action touches by its fields, the first being what it is about."""
    found = []
    for name, spec in type(action).fields.items():
        value = getattr(action, name)
        if spec.touch and value:
            found.append(value if len(spec.of) > 1 else subject(spec.of[0], value))
    return found


def to_data(action: Any) -> Facts:
    """An action as canonical JSON."""
    return {name: write(getattr(action, name)) for name in type(action).fields}
