"""Canonical JSON equals RFC 8785 on what is allowed, and refuses the rest by name."""

import enum
import json
import random
import uuid
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.journal.canonical import MAX_DEPTH, MAX_INTEGER, CanonicalError, canonical, parse

pytestmark = pytest.mark.once

VECTORS = json.loads((Path(__file__).parent / "vectors/canonical_json.json").read_text())["cases"]

KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-MAX_INTEGER, MAX_INTEGER),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


class Colour(enum.StrEnum):
    RED = "red"


class Text(str):
    pass


class Box(dict[str, int]):
    pass


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["json"])
def test_every_vector_is_written_as_rfc_8785_or_refused(case: dict[str, Any]) -> None:
    value = json.loads(case["json"])
    text = case["json"]
    if "." in text or "e+" in text or "\\ud83d" in text:
        with pytest.raises(CanonicalError):
            canonical(value)
    else:
        assert canonical(value).decode() == case["rfc8785"]
        assert parse(case["rfc8785"].encode()) == value


@given(DOCUMENTS)
def test_any_allowed_document_is_spelled_as_the_rfc8785_library_spells_it(value: Any) -> None:
    data = canonical(value)
    assert data == rfc8785.dumps(value)
    assert parse(data) == value


def random_document(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.randrange(7 if depth < 3 else 5)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind in (1, 2):
        return dice.choice([dice.randint(-MAX_INTEGER, MAX_INTEGER), dice.randint(-9, 9)])
    if kind in (3, 4):
        letters = 'aZ09 "\\/\b\n\x00\x1f\x7fé\u2028שع漢\U0001f600\ufb33'
        return "".join(dice.choices(letters, k=dice.randrange(8)))
    if kind == 5:
        return [random_document(dice, depth + 1) for _ in range(dice.randrange(5))]
    keys = ["".join(dice.choices('abzAZ_09. "\\', k=dice.randrange(1, 5))) for _ in range(4)]
    return {key: random_document(dice, depth + 1) for key in keys}


def test_twenty_thousand_random_documents_equal_rfc_8785() -> None:
    dice = random.Random(20261123)
    for _ in range(20_000):
        value = random_document(dice)
        assert canonical(value) == rfc8785.dumps(value)


def test_a_tuple_is_written_as_an_array() -> None:
    assert canonical({"a": (1, (2,))}) == b'{"a":[1,[2]]}'


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ({"data": {"readings": [{}, {}, {"value": 0.5}]}}, "data.readings[2].value", "a float"),
        ({"a": [1, float("nan")]}, "a[1]", "a float"),
        (1.0, "", "a float"),
        ({"a": {"n": 2**53}}, "a.n", "an integer beyond"),
        ({"a": -(2**53)}, "a", "an integer beyond"),
        ({"a": 2**70}, "a", "an integer beyond"),
        ({"x y": ["\ud800"]}, "['x y'][0]", "a lone surrogate"),
        ({"a": {"é": 1}}, "a", "not ASCII"),
        ({"a": {"\ud800": 1}}, "a", "not ASCII"),
        ({"a": {1: 2}}, "a", "an int"),
        ({"a": {Text("k"): 2}}, "a", "a Text"),
        ({"a": Decimal("0.5")}, "a", "a Decimal"),
        ({"a": date(2026, 1, 1)}, "a", "a date"),
        ({"a": uuid.UUID(int=1)}, "a", "an UUID"),
        ({"a": Colour.RED}, "a", "a Colour"),
        ({"a": Text("x")}, "a", "a Text"),
        ({"a": Box(b=1)}, "a", "a Box"),
        ({"a": orjson.Fragment(b"[1 ]")}, "a", "a Fragment"),
        ({"a": b"x"}, "a", "a bytes"),
        ({"a": {1, 2}}, "a", "a set"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_bad_value_is_named_by_its_path(value: Any, path: str, words: str) -> None:
    with pytest.raises(CanonicalError) as refusal:
        canonical(value)
    assert refusal.value.path == path
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(path or "the document")


@given(DOCUMENTS, st.floats() | st.uuids() | st.decimals() | st.binary() | st.dates())
def test_a_bad_value_is_refused_wherever_it_hides(value: Any, bad: Any) -> None:
    for hidden in ({"a": value, "b": [value, bad]}, [[value], {"k": {"l": (bad, value)}}]):
        with pytest.raises(CanonicalError):
            canonical(hidden)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_nesting_is_allowed_to_its_limit_and_refused_beyond() -> None:
    assert parse(canonical(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 300, 900):
        with pytest.raises(CanonicalError, match="deep"):
            canonical(nested(depth))
        with pytest.raises(CanonicalError, match="deep"):
            parse(b"[" * depth + b"]" * depth)


def test_a_value_that_contains_itself_is_refused_at_once() -> None:
    circle: list[Any] = []
    circle += [circle, circle]
    with pytest.raises(CanonicalError, match="circle"):
        canonical(circle)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1} ',
        b' {"a":1}',
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":NaN}',
        b'{"a":9007199254740992}',
        b'{"a":99999999999999999999999}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000A"',
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'{"\xc3\xa9":1}',
        b"\xef\xbb\xbf{}",
        b"[1,]",
        b"1 2",
    ],
)
def test_bytes_spelled_another_way_are_refused(data: bytes) -> None:
    with pytest.raises(CanonicalError):
        parse(data)


def test_the_first_differing_byte_is_named() -> None:
    with pytest.raises(CanonicalError, match="byte 5 differs"):
        parse(b'{"a": 1}')


@pytest.mark.parametrize("data", ["{}", bytearray(b"{}"), None])
def test_only_bytes_are_parsed(data: Any) -> None:
    with pytest.raises(CanonicalError, match="stored bytes"):
        parse(data)


@settings(max_examples=200)
@given(DOCUMENTS, st.data())
def test_a_changed_byte_never_parses_to_the_same_value(value: Any, data: st.DataObject) -> None:
    spelled = bytearray(canonical(value))
    at = data.draw(st.integers(0, len(spelled) - 1))
    spelled[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        other = parse(bytes(spelled))
    except CanonicalError:
        return
    assert canonical(other) == bytes(spelled) != canonical(value)
