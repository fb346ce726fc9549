"""A form as data: what it may say, and the sentence with which a bad one is refused."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import milenari
from milenari.rules.action import Refused
from milenari.rules.casebook_form import DefineForm, read_form
from tests.rules.book import MemoryBook, refused
from tests.rules.casebook import WHY, define, definition
from tests.rules.cast import network

SEEDS = sorted((Path(milenari.__file__).parent / "web" / "data" / "forms").glob("*.json"))


def item(**changes: Any) -> dict[str, Any]:
    return {"id": "x", "label": "X", "type": "integer", "unit": "1", **changes}


def fault(**changes: Any) -> tuple[str, str]:
    facts = refused("form-unreadable", lambda: read_form(definition(**changes)))
    return facts["where"], facts["fault"]


def test_a_sound_definition_is_read_whole() -> None:
    form = read_form(definition())
    assert [one.id for one in form.items] == [row["id"] for row in definition()["items"]]
    assert dict(form.title)["ar"] and form.options("OUT")[1] == ("ILL", (("ar", "مريض"), ("en", "ill")))


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"items": []}, "items", "is empty"),
        ({"items": [item(), item()]}, "items", "has x twice"),
        ({"items": [item(id="Bad id")]}, "item 1", "needs an id of small letters, digits and _"),
        ({"items": [item(id="missing")]}, "item 1", "that is no word of the language"),
        ({"items": [item(type="number")]}, "item x", "has the type number, which is none of integer"),
        ({"items": [item(unit="")]}, "item x", "is a number without a unit"),
        ({"items": [item(unit="furlong")]}, "item x", "has the unit furlong, which is not known here"),
        ({"items": [item(type="date")]}, "item x", "needs no unit"),
        ({"items": [item(type="codelist", unit="", codelist="GONE")]}, "item x", "from the list GONE"),
        ({"items": [item(type="codelist", unit="")]}, "item x", "from the list (none named)"),
        ({"items": [item(codelist="OUT")]}, "item x", "names a list of options and is not of the type codelist"),
        ({"items": [item(type="text", unit="")]}, "item x", "needs its longest length"),
        ({"items": [item(longest=10)]}, "item x", "if and only if it is a text"),
        ({"items": [item(type="text", unit="", longest=501)]}, "item x, longest", "is no whole number up to 500"),
        ({"items": [item(low="3", high="1")]}, "item x", "has bounds out of order"),
        ({"items": [item(low="many")]}, "item x, low", "is no decimal written as text"),
        ({"items": [item(low=1)]}, "item x, low", "is no decimal written as text"),
        ({"items": [item(type="date", unit="", low="1")]}, "item x", "has bounds and is no number"),
        ({"items": [item(plausible_low="1")]}, "item x", "has plausible bounds without a basis"),
        ({"items": [item(places=2)]}, "item x", "has decimal places and is no decimal"),
        ({"items": [item(source="bank.account")]}, "item x", "comes from bank.account, which is no place"),
        ({"items": [item(source="infusion.cells")]}, "item x", "comes from infusion.cells, which is decimal 10*6"),
        ({"items": [item(source="infusion.fraction", asked_if="x = 1")]}, "item x", "neither asked under a condition"),
        ({"items": [item(asked_if="y = 1")], "checks": []}, "item x, asked_if", "speaks of y, which is no item"),
        ({"items": [item(asked_if="x = 1")], "checks": []}, "asked_if", "goes round in a circle: x"),
        ({"items": [item(asked_if="y = 1"), item(id="y", asked_if="z = 1"), item(id="z", asked_if="x = 1")],
          "checks": []}, "asked_if", "goes round in a circle: x, y, z"),
        ({"items": [item(asked_if="x = ")]}, "item x, asked_if, sign 5", "expected an item or a value, found the end"),
        ({"items": [item(asked_if="x = 'a'")], "checks": []}, "item x, asked_if", "x is a number and 'a' is a text"),
        ({"items": [item(label={"ar": "س"})]}, "item x, label", "needs its words in English"),
        ({"items": [item(label={"en": "X", "xx": "X"})]}, "item x, label", "has no fitting words for xx"),
        ({"items": [item(colour="red")]}, "item 1", "has colour, which means nothing there"),
        ({"items": ["x"]}, "item 1", "is no mapping"),
        ({"items": "x"}, "items", "is no list of at most"),
        ({"items": [{"id": "x", "label": "X"}]}, "item 1", "lacks type"),
        ({"items": [item(required="yes")]}, "item x, required", "is neither true nor false"),
        ({"items": [item(sdtm={"domain": "LB", "variable": "lborres"})]}, "item x, sdtm", "has lborres; a name"),
        ({"codelists": {"OUT": []}}, "codelist OUT", "needs pairs of a code and its words"),
        ({"codelists": {"OUT": [["A", "a"], ["A", "b"]]}}, "codelist OUT", "has A twice"),
        ({"codelists": {"OUT": [["A B", "a"]]}}, "codelist OUT", "has the code A B"),
        ({"codelists": []}, "codelists", "is no mapping of lists by name"),
        ({"checks": [{"code": "c", "item": "gone", "holds": "wbc = 1", "severity": "soft", "says": "s"}]},
         "check c", "stands at gone, which is no item"),
        ({"checks": [{"code": "c", "item": "wbc", "holds": "wbc = 1", "severity": "mild", "says": "s"}]},
         "check 1", "needs the severity soft or hard"),
        ({"checks": [{"code": "wbc", "item": "wbc", "holds": "wbc = 1", "severity": "soft", "says": "s"}]},
         "checks", "has wbc twice"),
        ({"checks": [{"code": "a b", "item": "wbc", "holds": "wbc = 1", "severity": "soft", "says": "s"}]},
         "check 1", "needs a code of letters"),
        ({"checks": [{"code": "c", "item": "wbc", "holds": 1, "severity": "soft", "says": "s"}]},
         "check c, holds", "is no text"),
        ({"title": ""}, "title", "needs its words in English"),
        ({"pages": 1}, "the form", "has pages, which means nothing there"),
    ],
)  # fmt: skip
def test_a_bad_definition_is_refused_with_the_place_and_the_fault(changes: Any, where: str, what: str) -> None:
    told = fault(**changes)
    assert told[0] == where and what in told[1]


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@given(st.data(), JUNK)
@settings(max_examples=80)
def test_junk_anywhere_in_a_definition_is_refused_and_nothing_else_happens(data: st.DataObject, junk: Any) -> None:
    made = deepcopy(definition())
    place: Any = made
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if data.draw(st.booleans()) or not isinstance(place[key], (dict, list)) or not place[key]:
            place[key] = junk
            break
        place = place[key]
    try:
        read_form(made)
    except Refused as told:
        assert told.code == "form-unreadable" and told.facts["where"] and told.facts["fault"]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_form_that_comes_with_the_platform_is_sound_and_says_where_its_ranges_come_from(path: Path) -> None:
    form = read_form(json.loads(path.read_text()))
    book = network()
    book.do(DefineForm(form=path.stem, number=1, definition=json.loads(path.read_text())), "data-manager", reason=WHY)
    assert book.sheet(f"casebook-form:{path.stem}").form(1) == form
    mapped = [one for one in form.items if one.sdtm[0]]
    assert len(mapped) * 2 >= len(form.items), "most items know their place in SDTM"
    assert any(one.required for one in form.items)


def test_the_forms_of_the_trial_are_there() -> None:
    assert {path.stem for path in SEEDS} == {
        "demographics", "eligibility", "history", "disease", "bridging", "lymphodepletion", "apheresis", "infusion",
        "crs", "icans", "blood-count", "b-cells", "inflammation", "response", "adverse-event", "treatment",
        "transplant", "visit", "end-of-study", "death",
    }  # fmt: skip


def test_versions_follow_each_other_and_an_item_keeps_its_meaning() -> None:
    book: MemoryBook = network()
    book.refused("form-version-out-of-order", define(2), "data-manager", reason=WHY)
    book.refused("reason-missing", define(), "data-manager")
    book.do(define(), "data-manager", reason=WHY)
    other = [row if row["id"] != "anc" else {**row, "unit": "/uL"} for row in definition()["items"]]
    book.refused("form-item-changed", define(2, items=other), "data-manager", reason=WHY)
    book.do(define(2, title="Full blood count"), "data-manager", reason=WHY)
    kept = book.sheet("casebook-form:CBC")
    assert kept.newest == 2 and dict(kept.form(2).title)["en"] == "Full blood count"
    refused("form-version-unknown", lambda: kept.form(3))
