"""A scenario: the shipped one is whole and says its sources; every wrong one is refused with its field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from milenari.science.computed import Unfit
from milenari.science.planning import provenance
from milenari.science.planning.checking import scenario
from milenari.science.planning.figure import Basis, Shape, Spread
from tests.science.planning_cases import SEED, changed, run, seed


def test_the_shipped_scenario_is_read_and_every_figure_has_its_source() -> None:
    made = provenance.of(seed())
    assert made.sites == ("BCN", "ROM", "AMM", "BEY")
    assert made.published + made.assumed + made.calibrated == len(made.figures) > 100
    assert all(len(one.source) > 5 for one in made.figures)
    assert all("doi" in k.source or "Cytiva" in k.source or "Wan" in k.source or "BE-02" in k.source
               for k in made.figures if k.basis is Basis.PUBLISHED)  # fmt: skip


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(SEED, allow_unicode=True))
    (tmp_path / "a.json").write_text(json.dumps(SEED))
    answers = [
        json.loads(run("plan", "check", str(tmp_path / f"a.{kind}"), "--json").output) for kind in ("yaml", "json")
    ]
    for one in answers:
        one.pop("seconds")
    assert answers[0] == answers[1] and answers[0]["patients"] == len(SEED["patients"])


def test_the_example_is_printed_and_checked_in_words() -> None:
    shown = run("plan", "example")
    assert json.loads(shown.output) == SEED
    said = run("plan", "check", "-", given=shown.output)
    assert said.exit_code == 0 and "figures are published" in said.output and "(assumed: " in said.output


CLOSED_BACKWARDS = [{"first": "2027-03-09", "last": "2027-03-01", "why": "power cut"}]
BOOKED = {"site": "BCN", "machine": "BCN-PRODIGY", "carried": "fresh", "collection": "2027-02-10",
          "start": "2027-02-01", "infusion": "2027-03-01"}  # fmt: skip
WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("scenario-bounds", "process.changeover.value is -1 d; it is at least 0", {"process__changeover__value": -1}),
    ("scenario-unit", "vector.dose.unit is 'mL'; this figure is in 'TU'", {"vector__dose__unit": "mL"}),
    ("scenario-unknown", "lanes[0].destination is 'PAR'", {"lanes__0__destination": "PAR"}),
    ("scenario-unknown", "patients[0].hospital is 'PAR'", {"patients__0__hospital": "PAR"}),
    ("scenario-unknown", "sites[1].machines[0].room is 'CR9'", {"sites__1__machines__0__room": "CR9"}),
    ("scenario-unknown", "people[0].shift is 'night'", {"sites__0__people__0__shift": "night"}),
    ("scenario-capacity", "sites[0].beds.value is 0, and patients come", {"sites__0__beds__value": 0}),
    ("scenario-capacity", "sites[2].tests.value is 0", {"sites__2__tests__value": 0}),
    ("scenario-capacity", "nobody trained for", {"sites__0__people": []}),
    ("scenario-capacity", "holds no batch", {"sites__0__rooms__0__batches__value": 0}),
    ("scenario-lane", "where no machine stands", {"sites__3__machines": []}),
    ("scenario-lane", "is where the lane begins", {"lanes__0__destination": "BCN"}),
    ("scenario-calendar", "all seven days", {"calendars__0__weekend": "mon tue wed thu fri sat sun".split()}),
    ("scenario-span", "before it begins on 2027-03-09", {"calendars__1__holidays": CLOSED_BACKWARDS}),
    ("scenario-span", "is out of order", {"patients__0__booked": BOOKED}),
    ("scenario-span", "before referral", {"patients__0__ready": "2026-01-01"}),
    ("scenario-shares", "sum to 1.3", {"process__tiers__0__share__value": 0.5}),
    ("scenario-twice", "sites has BCN twice", {"sites__1__code": "BCN"}),
    ("scenario-missing", "vector.dose is missing", {"vector__dose": ...}),
    ("scenario-key", "vector.doze is not known", {"vector__doze": 1}),
    ("scenario-field", "vector.dose.basis is 'guess'; it is one of", {"vector__dose__basis": "guess"}),
    ("scenario-field", "vector.dose.source is ''", {"vector__dose__source": ""}),
    ("scenario-field", "horizon is 'long'; it is a number", {"horizon": "long"}),
    ("scenario-field", "starts_on is '4/1/2027'; a day is written", {"starts_on": "4/1/2027"}),
    ("scenario-field", "vector.titre is lognormal, which has two numbers", {"vector__titre__b": ...}),
    ("scenario-field", "process.manufacture ends at 10 before it begins at 19", {"process__manufacture__a": 19}),
    ("scenario-field", "sites is a table; it is a list", {"sites": {}}),
    ("scenario-bounds", "format is 2 1; it is at most 1", {"format": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "said", "change"), WRONG, ids=[f"{code}: {said[:40]}" for code, said, _ in WRONG])
def test_a_wrong_scenario_is_refused_with_its_field(code: str, said: str, change: dict[str, Any]) -> None:
    with pytest.raises(Unfit) as refused:
        scenario(changed(**change))
    assert refused.value.code == code and said in refused.value.sentence and refused.value.facts["field"]


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [("a.json", "", "file-empty", "is empty"), ("a.json", '{"a": 1,\n "b" 2}', "file-unreadable", "line 2, column 6"),
     ("a.json", '{"a": 1, "a": 2}', "name-twice", "a is given twice"), ("a.json", "[NaN]", "not-a-number", "NaN"),
     ("a.yaml", "a: 1\na: 2\n", "name-twice", "line 2: a is given twice"),
     ("a.yaml", "a: &x 1\nb: *x\n", "file-unreadable", "line 2 refers to another place"),
     ("a.yaml", "a: [1\n", "file-unreadable", "line"), ("a.json", "[1]", "scenario-field", "The scenario is a list")],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused_with_its_line(tmp_path: Path, name: str, text: str, code: str,
                                                            said: str) -> None:  # fmt: skip
    (tmp_path / name).write_text(text)
    answered = run("plan", "check", str(tmp_path / name), "--json")
    told = json.loads(answered.output)
    assert answered.exit_code == 1 and told["refused"] == code and said in told["sentence"]
    assert not answered.exception or isinstance(answered.exception, SystemExit)


def test_a_file_that_is_not_there_is_refused() -> None:
    answered = run("plan", "check", "nowhere.json")
    assert answered.exit_code == 1 and "cannot be read" in answered.output + answered.stderr


@given(st.sampled_from(list(Shape)), st.floats(0.1, 50), st.floats(0.05, 2), st.lists(st.floats(0, 0.999), min_size=2))
def test_a_quantile_rises_and_averages_to_the_mean(shape: Shape, a: float, b: float, at: list[float]) -> None:
    two = shape in (Shape.UNIFORM, Shape.LOGNORMAL, Shape.GAMMA)
    made = Spread(shape, a, "d", Basis.ASSUMED, "a test", (a + b if shape is Shape.UNIFORM else b) if two else None)
    assert made.fault() == ""
    found = [made.quantile(p) for p in sorted(at)]
    assert found == sorted(found) and found[0] >= 0
    grid = [(k + 0.5) / 400 for k in range(400)]
    assert sum(map(made.quantile, grid)) / 400 == pytest.approx(made.mean, rel=0.15)
