"""JSON or YAML into frozen dataclasses, strictly: the refusal names the field, what was found and what is expected.

Nothing is guessed: an unknown key, a missing one, a number in another unit or below its least value is refused with the
path of the field (`sites[2].beds.unit`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import types
import typing
from dataclasses import MISSING, dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from milenari.science.planning.figure import Figure, Spread
from milenari.science.unfit import Unfit

T = TypeVar("T")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,59}")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class In:
    """The unit and the bounds of a field: of a `Figure` or `Spread`, or of a bare number."""

    unit: str = ""
    least: float = 0.0
    most: float = math.inf
    whole: bool = False


def refuse(path: str, what: str, code: str = "scenario-field", **facts: Any) -> typing.NoReturn:
    """Raise Unfit about one field."""
    raise Unfit(code, f"{path or 'The scenario'} {what}.", field=path, **facts)


def read(kind: type[T], data: Any, path: str = "") -> T:
    """`data` as a `kind`, a frozen dataclass."""
    made: T = _value(kind, data, path, None)
    return made


def _value(kind: Any, data: Any, path: str, rules: In | None) -> Any:
    origin = typing.get_origin(kind)
    if origin is Annotated:
        kind, rules = typing.get_args(kind)
        return _value(kind, data, path, rules)
    if origin in (types.UnionType, typing.Union):
        inner = [one for one in typing.get_args(kind) if one is not type(None)]
        return None if data is None else _value(inner[0], data, path, rules)
    if origin is tuple:
        if not isinstance(data, list):
            refuse(path, f"is {_said(data)}; it is a list")
        item = typing.get_args(kind)[0]
        return tuple(_value(item, one, f"{path}[{at}]", rules) for at, one in enumerate(data))
    if origin is dict:
        if not isinstance(data, dict):
            refuse(path, f"is {_said(data)}; it is a table of names and values")
        inside = typing.get_args(kind)[1]
        return {str(k): _value(inside, v, f"{path}.{k}", rules) for k, v in data.items()}
    if dataclasses.is_dataclass(kind):
        return _record(typing.cast(type[Any], kind), data, path, rules)
    return _scalar(kind, data, path, rules)


def _record(kind: type[Any], data: Any, path: str, rules: In | None) -> Any:
    if not isinstance(data, dict):
        refuse(path, f"is {_said(data)}; it is a table with {', '.join(f.name for f in dataclasses.fields(kind))}")
    known = {f.name: f for f in dataclasses.fields(kind)}
    for name in data:
        if name not in known:
            refuse(_join(path, str(name)), f"is not known; here may stand {', '.join(known)}", "scenario-key")
    hints = typing.get_type_hints(kind, include_extras=True)
    made: dict[str, Any] = {}
    for name, field in known.items():
        here = _join(path, name)
        if name not in data:
            if field.default is MISSING and field.default_factory is MISSING:
                refuse(here, "is missing", "scenario-missing")
            continue
        made[name] = _value(hints[name], data[name], here, None)
    whole = kind(**made)
    if isinstance(whole, (Figure, Spread)) and rules is not None:
        _in_bounds(whole, path, rules)
    return whole


def _scalar(kind: Any, data: Any, path: str, rules: In | None) -> Any:
    if kind is bool:
        if isinstance(data, bool) or data in ("true", "false"):
            return data is True or data == "true"
        refuse(path, f"is {_said(data)}; it is true or false")
    if kind is float or kind is int:
        number = _number(data, path)
        if kind is int and number != int(number):
            refuse(path, f"is {number:g}; it is a whole number")
        if rules is not None:
            _within(number, path, rules)
        return int(number) if kind is int else number
    if not isinstance(data, str) or not data.strip():
        refuse(path, f"is {_said(data)}; it is a text")
    text = data.strip()
    if kind is dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            refuse(path, f"is {text!r}; a day is written as 2027-01-31")
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if text not in [str(one) for one in kind]:
            refuse(path, f"is {text!r}; it is one of {', '.join(str(one) for one in kind)}")
        return kind(text)
    if path.endswith(".code") and not CODE.fullmatch(text):
        refuse(path, f"is {text!r}; a code has letters, digits, blanks and _ . : / -, at most 60")
    return text


def _number(data: Any, path: str) -> float:
    if isinstance(data, str) and NUMBER.fullmatch(data):
        data = float(data)
    if isinstance(data, bool) or not isinstance(data, (int, float)) or not math.isfinite(data):
        refuse(path, f"is {_said(data)}; it is a number, with a point for decimals and no unit")
    return float(data)


def _in_bounds(made: Figure | Spread, path: str, rules: In) -> None:
    unit = rules.unit
    if made.unit != unit:
        refuse(f"{path}.unit", f"is {made.unit!r}; this figure is in {unit!r}. Convert the number", "scenario-unit",
               expected=unit, found=made.unit)  # fmt: skip
    if isinstance(made, Figure):
        _within(made.value, f"{path}.value", rules)
        if rules.whole and made.value != int(made.value):
            refuse(f"{path}.value", f"is {made.value:g}; it is a whole number")
        return
    wrong = made.fault()
    if wrong:
        refuse(path, wrong)
    _within(made.a, f"{path}.a", rules)


def _within(number: float, path: str, rules: In) -> None:
    low, high, unit = rules.least, rules.most, rules.unit
    if number < low or number > high:
        bound = f"at least {low:g}" if number < low else f"at most {high:g}"
        refuse(path, f"is {number:g} {unit}; it is {bound}".replace("  ", " "), "scenario-bounds", given=number)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _said(data: Any) -> str:
    if data is None:
        return "empty"
    if isinstance(data, (dict, list)):
        return "a table" if isinstance(data, dict) else "a list"
    return repr(data)[:60]
