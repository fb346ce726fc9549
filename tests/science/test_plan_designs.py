"""Designs compared on the same patients: no difference where nothing differs, and the known direction where it does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from milenari.science.computed import Unfit
from milenari.science.planning import designs, queues
from milenari.science.planning.routes import makers
from milenari.science.planning.scenario import Carried
from milenari.science.planning.simulate import Run, inputs, paid, replicated
from tests.science.planning_cases import changed, run, seed

RULES = Run(60, 200, with_vector=False)


def test_a_design_against_itself_differs_by_nothing_and_pairing_narrows_the_interval() -> None:
    slow = designs.changed(changed(), "process.releasing.value", 4)
    made = designs.compare([designs.Design("a", seed(), RULES), designs.Design("b", seed(), RULES),
                            designs.Design("c", slow, RULES)], 60, 3)  # fmt: skip
    _, same, later = made.designs
    assert same.infused_more.mean == same.infused_more.se == same.days_longer.mean == 0
    assert later.days_longer.mean == pytest.approx(3, abs=0.4) and later.days_longer.ci_low > 2
    assert later.days_longer.se < later.figures.to_infusion_d.se, "paired differences vary less than either design"


def test_a_hub_adds_the_way_to_and_from_it() -> None:
    made = designs.compare([designs.Design("home", seed(), RULES),
                            designs.Design("hub", seed(sites__0__machines__0__number__value=20), Run(
                                60, 200, with_vector=False, hubs=("BCN",)))], 40, 3)  # fmt: skip
    hub = made.designs[1].figures.hospitals
    assert hub[2].to_infusion_d.mean > made.designs[0].figures.hospitals[2].to_infusion_d.mean + 3
    assert made.designs[1].days_longer.ci_low > 0


def test_hubs_hold_the_same_machines_and_pay_for_the_ways() -> None:
    """With one hub its queue is that of all machines together; batches cost the same, and the ways come on top."""
    given, home = seed(), replace(RULES, warm_d=0)
    machines = inputs(given, home).arrays[1]
    for hubs, served in ((("ROM",), ["ROM"] * 4), (("BCN", "ROM"), None)):
        run_ = replace(home, hubs=hubs)
        moved, makes = inputs(given, run_).arrays[1], [site.code for site in makers(given, run_.hubs)]
        assert moved.sum() == machines.sum()
        assert {site.code for site, n in zip(given.sites, moved, strict=True) if n} == set(hubs) == set(makes)
        assert served is None or makes == served
    table, sums = replicated(given, replace(home, hubs=("ROM",)), 10, 4)
    free = replace(given, lanes=tuple(replace(x, cost=replace(x.cost, value=0.0)) for x in given.lanes))
    more = paid(given, replace(home, hubs=("ROM",)), table, sums) - paid(
        free, replace(home, hubs=("ROM",)), table, sums
    )
    expected = np.zeros(10)
    for at, site in enumerate(given.sites):
        if site.code != "ROM":
            there = given.lane(site.code, "ROM", Carried.FROZEN) or given.lane(site.code, "ROM", Carried.FRESH)
            back = given.lane("ROM", site.code, Carried.PRODUCT)
            assert there and back
            expected += (
                table[:, at, queues.BATCHES] * there.cost.value + table[:, at, queues.INFUSED_N] * back.cost.value
            )
    assert more == pytest.approx(expected) and (more > 0).all()


@pytest.mark.parametrize(
    ("path", "code"),
    [("vector.doze.value", "scenario-unknown"), ("sites[9].beds.value", "scenario-unknown"),
     ("vector.dose", "scenario-field"), ("sites[0].beds.value", "scenario-bounds")],
)  # fmt: skip
def test_a_change_that_leads_nowhere_or_is_no_figure_is_refused(path: str, code: str) -> None:
    assert designs.changed(changed(), "sites[0].beds.value", 3).sites[0].beds.whole == 3
    with pytest.raises(Unfit) as refused:
        designs.changed(changed(), path, -1)
    assert refused.value.code == code


def test_one_design_or_the_same_name_twice_is_refused() -> None:
    one = designs.Design("a", seed(), RULES)
    for given in ([one], [one, one]):
        with pytest.raises(Unfit):
            designs.compare(given, 2, 1)


def test_the_command_sorts_by_what_changes_most(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    words = ["plan", "compare", str(tmp_path / "a.json"), "--replications", "20", "--days", "100", "--warm-up", "50"]
    said = run(*words, "--no-vector", "--hub", "BCN", "--vary", "process.releasing.value", "2")
    assert said.exit_code == 0 and "hub BCN" in said.output and "process.releasing.value = 2" in said.output
    made = json.loads(run(*words, "--no-vector", "--hub", "BCN", "--json").output)
    assert [d["name"] for d in made["designs"]] == ["as it is", "hub BCN"]
    refused = run(*words, "--vary", "nowhere.value", "2", "--json")
    assert refused.exit_code == 1 and "leads nowhere" in json.loads(refused.output)["sentence"]
