"""Canonical JSON: one value, one spelling in bytes, so that a hash means the value.

The spelling is RFC 8785 (JSON Canonicalization Scheme) restricted to the values for which every
serialiser agrees: objects with ASCII keys, arrays, strings, booleans, null, and integers that a
double holds exactly (I-JSON, RFC 7493 section 2.2). Floats are refused because their spelling is
where implementations differ; a measured number is a decimal string with its unit.

Inside that subset orjson with sorted keys writes exactly the RFC 8785 bytes (ASCII keys sort the
same by code point and by UTF-16 unit) and is far faster than a serialiser written in Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

MAX_INTEGER = 2**53 - 1
"""Largest integer magnitude every JSON reader holds exactly."""

MAX_DEPTH = 100
"""Most objects and arrays one inside another; stated here so no library's own limit decides."""

# orjson itself refuses non-string keys, lone surrogates, integers past 2**53 - 1 and, with the
# passthrough options and no default, subclasses, dataclasses and dates.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_SCALARS = frozenset({str, int, bool, type(None)})
_CONTAINERS = frozenset({dict, list, tuple})
_ALLOWED = _SCALARS | _CONTAINERS
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class CanonicalError(ValueError):
    """A value or bytes with no canonical form. The message is ``where: why and what to do``.

    ``path`` is the place in the document (``data.readings[2].value``), empty for the whole of it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the document'}: {reason}")
        self.path = path
        self.reason = reason


def canonical(value: Any) -> bytes:
    """The canonical UTF-8 bytes of ``value``; a tuple is written as an array.

    Only the exact types count (an enum member or other subclass is refused, because what it
    writes is not what it equals). Raises CanonicalError naming the path of the first bad value.
    Source: RFC 8785 section 3.2.
    """
    try:
        # First, because orjson stops at a value that contains itself and _is_allowed would not.
        data = orjson.dumps(value, option=_OPTIONS)
    except TypeError as fault:
        raise _explain(value, str(fault)) from None
    if not _is_allowed(value, data):
        raise _explain(value, "a value outside the allowed types")
    return data


def parse(data: bytes) -> Any:
    """The value whose canonical bytes are exactly ``data`` (arrays become lists).

    Raises CanonicalError when the bytes are not JSON, hold a value that is not allowed, or spell
    an allowed value another way: whitespace, another key order, a repeated key, other escapes.
    """
    if type(data) is not bytes:
        raise CanonicalError("", f"{_kind(data)} was given; give the stored bytes themselves.")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise CanonicalError("", f"the bytes are not JSON in UTF-8 ({fault}).") from None
    spelled = canonical(value)
    if spelled != data:
        at = next(
            (i for i, (a, b) in enumerate(zip(data, spelled, strict=False)) if a != b),
            min(len(data), len(spelled)),
        )
        raise CanonicalError(
            "",
            f"byte {at} differs from the canonical spelling (sorted unique keys, no whitespace, "
            f"shortest escapes): found {data[at : at + 12]!r}, expected {spelled[at : at + 12]!r}. "
            "Send the bytes as they were signed.",
        )
    return value


def respelled(value: Any) -> bytes:
    """The canonical bytes of what ``parse`` gave, or of parts of it: their types were looked at then, and not again."""
    return orjson.dumps(value, option=_OPTIONS)


def _is_allowed(value: Any, data: bytes) -> bool:
    """Whether orjson's output can be trusted: it writes floats, UUIDs and odd keys without asking.

    Works level by level, so that the interpreter and not Python code collects items and types.
    Keys are looked at only when ``data``, the output, is not all ASCII.
    """
    keys_are_ascii = data.isascii()
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, level))
        if kinds <= _SCALARS:
            return True
        if not kinds <= _ALLOWED:
            return False
        deeper: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                if not keys_are_ascii and not "".join(item).isascii():
                    return False
                deeper += item.values()
            elif kind is list or kind is tuple:
                deeper += item
        level = deeper
    return False


def _explain(value: Any, otherwise: str) -> CanonicalError:
    """The error naming the first bad value in document order; ``otherwise`` if none is found."""
    for path, reason in _faults(value, "", 1):
        return CanonicalError(path, reason)
    return CanonicalError("", f"it cannot be written as canonical JSON ({otherwise}).")


def _faults(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Every bad value at or under ``path`` with its reason, depth first."""
    kind = type(value)
    if kind in _CONTAINERS and depth > MAX_DEPTH:
        yield path, f"nested more than {MAX_DEPTH} deep; flatten it or break the circle."
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                yield path, f"the key {key!r} is {_kind(key)}; keys are ASCII strings."
            elif not key.isascii():
                yield path, f"the key {key!a} is not ASCII; rename it, or move the text to a value."
            else:
                yield from _faults(item, _join(path, key), depth + 1)
    elif kind in _CONTAINERS:
        for index, item in enumerate(value):
            yield from _faults(item, f"{path}[{index}]", depth + 1)
    elif kind is int:
        if abs(value) > MAX_INTEGER:
            yield path, "an integer beyond 2**53 - 1 is not exact everywhere; write it as a string."
    elif kind is str:
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            yield path, "a string with a lone surrogate is not Unicode text; repair the text."
    elif kind is float:
        yield (
            path,
            f"a float ({value!r}) has no single spelling; write it as a decimal string with its "
            "unit, or as an integer in a smaller unit.",
        )
    elif kind not in _SCALARS:
        yield (
            path,
            f"{_kind(value)} is not JSON; write it as a string or an integer first (the value of "
            "an enum, the ISO text of a date, the digits of a decimal, base64 of bytes).",
        )


def _join(path: str, key: str) -> str:
    if not _PLAIN_KEY.match(key):
        return f"{path}[{key!r}]"
    return f"{path}.{key}" if path else key


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
