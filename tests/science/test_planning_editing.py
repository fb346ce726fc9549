"""A scenario typed over: what stands in the lines stands in the file, and what is typed is judged by the reader."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.science.planning import editing
from milenari.science.planning.checking import scenario
from milenari.science.planning.figure import Figure, Spread
from milenari.science.planning.text import decoded, parsed
from milenari.science.unfit import Unfit
from tests.science.planning_cases import changed

TREE = changed()
SCENARIO = scenario(TREE)
FIGURES = [line for part in editing.parts(SCENARIO)[1:] for line in editing.lines(SCENARIO, TREE, part)]


def test_every_figure_has_a_line_in_one_part() -> None:
    assert sorted(line.path for line in FIGURES) == sorted(path for path, _ in SCENARIO.figures())
    assert editing.parts(SCENARIO)[:3] == ["choices", "sites[0]", "sites[1]"]
    assert {line.of for line in FIGURES if line.path.startswith("sites[0]")} == {"BCN", "BCN-PRODIGY", "BCN-CR1"}


@settings(max_examples=30)
@given(st.sampled_from([line for line in FIGURES if not line.shape]), st.integers(-3, 40))
def test_a_number_typed_is_in_the_file_or_refused_by_the_name_of_its_field(line: editing.Line, number: int) -> None:
    tree = editing.changed(TREE, {f"{line.path}.value": str(number), f"{line.path}.source": "typed"})
    try:
        made = scenario(tree)
    except Unfit as unfit:
        assert unfit.facts["field"]
        return
    found = dict(made.figures())[line.path]
    assert isinstance(found, Figure)
    assert (float(found), found.source) == (number, "typed")
    assert found.unit == line.unit
    others = {path: one for path, one in made.figures() if path != line.path}
    assert others == {path: one for path, one in SCENARIO.figures() if path != line.path}


def test_a_spread_may_change_its_shape_and_lose_its_second_number() -> None:
    line = next(one for one in FIGURES if one.shape == "lognormal")
    tree = editing.changed(TREE, {f"{line.path}.shape": "fixed", f"{line.path}.b": " ", f"{line.path}.a": "2.5"})
    made = dict(scenario(tree).figures())[line.path]
    assert isinstance(made, Spread)
    assert (made.shape, made.a, made.b) == ("fixed", 2.5, None)
    half = editing.changed(TREE, {f"{line.path}.b": ""})
    with pytest.raises(Unfit, match="which has two numbers, a and b"):
        scenario(half)
    assert scenario(TREE) == SCENARIO, "the tree that was given is not touched"


def test_choices_stay_what_they_are() -> None:
    lines = editing.lines(SCENARIO, TREE, editing.CHOICES)
    assert editing.changed(TREE, {line.path: line.a for line in lines}) == TREE
    made = scenario(editing.changed(TREE, {"objective.retry_reserve": "false", "horizon": "90", "name": "2027"}))
    assert (made.objective.retry_reserve, made.horizon, made.name) == (False, 90, "2027")
    with pytest.raises(Unfit, match=r"starts_on is 'soon'"):
        scenario(editing.changed(TREE, {"starts_on": "soon"}))
    with pytest.raises(Unfit, match=r"retry_reserve is 'maybe'"):
        scenario(editing.changed(TREE, {"objective.retry_reserve": "maybe"}))


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("s.json", b"{", "line 1"), ("s.json", b"\xff\xfe", "is not UTF-8"), ("s.json", b"  \n", "is empty"),
        ("s.json", b'{"a": 1, "a": 2}', "a is given twice"), ("s.json", b'{"a": NaN}', "is not a number"),
        ("s.yaml", b"a: &x 1\nb: *x\n", "refers to another place"), ("s.yaml", b"a: 1\na: 2\n", "given twice"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_file_are_refused_with_their_place(name: str, raw: bytes, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        parsed(name, decoded(name, raw))
