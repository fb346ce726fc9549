"""The language of forms: what it says, what it refuses, and that nothing typed makes it fall over."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules import casebook_expression as e
from milenari.rules.casebook_reader import MOST_DEPTH, MOST_NODES, MOST_SIGNS, read

VALUES = {
    "age": Decimal(9), "grade": "2", "pregnant": False, "given_at": datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
    "onset_on": date(2026, 3, 5), "ended_on": date(2026, 3, 4), "born_on": date(2012, 2, 29),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("age = 9", True),
        ("age between 3 and 9", True),
        ("age between 10 and 21", False),
        ("grade in ('1', '2')", True),
        ("grade in ('3', '4')", False),
        ("pregnant = no", True),
        ("not pregnant = yes", True),
        ("weight is missing", True),
        ("age is not missing", True),
        ("ended_on >= onset_on", False),
        ("days(given_at, onset_on) = 3", True),
        ("days(given_at, onset_on) <= 2", False),
        ("onset_on > @2026-03-04", True),
        # Born on 29 February: 14 from 1 March 2026.
        ("years(born_on, @2026-02-28) = 13", True),
        ("years(born_on, @2026-03-01) = 14", True),
        # What is not there makes it unknown, unless the rest decides.
        ("weight > 3", None),
        ("not weight > 3", None),
        ("weight > 3 or age = 9", True),
        ("weight > 3 and age = 8", False),
        ("weight > 3 and age = 9", None),
        ("weight between 10 and 12", None),
        ("age between weight and 8", False),
        # A number is not compared with a word.
        ("age = 'nine'", None),
        ("age > 1 and age < 3 or grade = '2'", True),
        ("age > 1 and (age < 3 or grade = '1')", False),
    ],
)
def test_an_expression_says_yes_no_or_that_it_cannot_know(text: str, said: bool | None) -> None:
    assert e.answer(read(text), VALUES) is said


@pytest.mark.parametrize(
    ("text", "at", "fault"),
    [
        ("", 1, "expected an item or a value, found the end"),
        ("age", 4, "expected a comparison, found the end"),
        ("age = ", 7, "expected an item or a value, found the end"),
        ("age = 9 )", 9, "expected the end, found )"),
        ("age ; 9", 5, "; means nothing here"),
        ("__import__('os')", 1, "_ means nothing here"),
        ("age.real = 1", 4, ". means nothing here"),
        ("(age = 9", 9, "expected ), found the end"),
        ("born > @2026-02-30", 8, "@2026-02-30 is no day of the calendar"),
        ("9 is missing", 1, "only an item can be missing"),
        ("age in (1, weight)", 12, "expected a value, found an item"),
        ("days(days(a, b), c) > 1", 6, "days cannot stand in another span"),
        ("and = 1", 1, "expected an item or a value, found and"),
        ("age = 123456789012345678901", 7, "the number has more than 20 signs"),
        ("a = 1 " * 100, MOST_SIGNS, f"is longer than {MOST_SIGNS} signs"),
        ("(" * (MOST_DEPTH + 1) + "a = 1" + ")" * (MOST_DEPTH + 1), MOST_DEPTH + 2,
         f"is nested more than {MOST_DEPTH} deep"),
        ("not " * (MOST_DEPTH + 1) + "a = 1", 4 * MOST_DEPTH + 5, f"is nested more than {MOST_DEPTH} deep"),
        (" or ".join(["a = 1"] * 21), 181, f"has more than {MOST_NODES} parts"),
    ],
)  # fmt: skip
def test_a_fault_says_where_it_is_and_what_was_expected(text: str, at: int, fault: str) -> None:
    with pytest.raises(e.BadExpression) as caught:
        read(text)
    assert (caught.value.at, caught.value.fault) == (at, fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("age > 3 and grade = '2'", ""),
        ("days(born_on, onset_on) > 3", ""),
        ("age = 'x'", "age is a number and 'x' is a text"),
        ("grade > '2'", "grade has no order, so it cannot be more or less"),
        ("grade between '1' and '2'", "grade has no order"),
        ("not (pregnant = 1)", "pregnant is a flag and 1 is a number"),
        ("age in (1, 'x')", "age is a number and 'x' is a text"),
        ("days(age, onset_on) > 3", "age is no day, so days cannot be counted from it"),
        ("age > 1 or age = onset_on", "age is a number and onset_on is a day"),
    ],
)
def test_kinds_that_do_not_fit_are_told_before_anybody_enters_a_value(text: str, fault: str) -> None:
    known = {"age": "number", "grade": "text", "pregnant": "flag", "born_on": "day", "onset_on": "day"}
    assert e.kinds(read(text), known) == fault


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).filter(lambda name: name not in e.WORDS)
LITERALS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9999, max_value=9999),
    st.text(st.characters(blacklist_characters="'\n", blacklist_categories=["Cs"]), max_size=8),
    st.dates(), st.booleans(),
).map(e.Value)  # fmt: skip
PLAIN = st.one_of(LITERALS, NAMES.map(e.Named))
OPERANDS = st.one_of(PLAIN, st.builds(e.Span, st.sampled_from(e.SPANS), PLAIN, PLAIN))
SINGLE = st.one_of(
    st.builds(e.Compare, st.sampled_from(e.COMPARISONS), OPERANDS, OPERANDS),
    st.builds(e.Between, OPERANDS, OPERANDS, OPERANDS),
    st.builds(e.Among, OPERANDS, st.lists(LITERALS, min_size=1, max_size=3).map(tuple)),
    st.builds(e.Missing, NAMES),
)
CONDITIONS = st.recursive(
    SINGLE,
    lambda inner: st.one_of(
        st.builds(e.Negation, inner),
        st.builds(e.Joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
HELD = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.dates(), st.integers(-5, 5),
    st.decimals(allow_nan=False, places=1, min_value=-9, max_value=9),
    st.datetimes(), st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


@given(CONDITIONS, st.dictionaries(NAMES, HELD, max_size=4))
@settings(max_examples=60)
def test_what_is_written_is_read_as_the_same_and_every_value_has_an_answer(
    found: e.Condition, values: dict[str, object]
) -> None:
    text = e.write(found)
    try:
        again = read(text)
    except e.BadExpression as fault:
        assert "longer" in fault.fault or "parts" in fault.fault  # only for its size
        return
    assert again == found
    named = dict.fromkeys(e.items(found), Decimal(1)) | {n: v for n, v in values.items() if n in set(e.items(found))}
    assert e.answer(found, named) in (True, False, None)
    assert e.answer(e.Negation(found), named) == (None if (said := e.answer(found, named)) is None else not said)
    assert isinstance(e.kinds(found, {}), str)


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(
    "( ) and or not between in is missing days years = <= , 'a' 1 -2.5 @2026-01-01 age yes".split()), max_size=40,
).map(" ".join)))  # fmt: skip
@settings(max_examples=120)
def test_junk_is_refused_with_a_place_and_never_anything_else(text: str) -> None:
    try:
        found = read(text)
    except e.BadExpression as fault:
        assert 1 <= fault.at <= max(len(text), MOST_SIGNS) + 1 and fault.fault
    else:
        assert read(e.write(found)) == found
