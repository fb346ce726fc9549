"""What a change is worth: differences that are known, pairing, the pictures, and what cannot be swept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from milenari.cli.plan import pictures
from milenari.science.computed import Unfit
from milenari.science.planning import sweeps
from milenari.science.planning.simulate import Run
from milenari.web.charts import drawing
from tests.science.planning_cases import changed, run, seed

ASKED = sweeps.Sweep(changed(), seed(), Run(60, 200, with_vector=False), sweeps.Measure.DAYS, 40, 3)


def test_days_of_release_are_worth_their_days_and_the_farthest_swing_is_first() -> None:
    made = sweeps.tornado(ASKED, [("process.releasing.value", 0, 3), ("process.to_collection.a", 7.9, 8.1)])
    far, near = made.swings
    assert (far.field, far.low, far.base, far.high) == ("process.releasing.value", 0, 1, 3)
    assert far.at_low.mean == pytest.approx(-1, abs=0.1) and far.at_high.mean == pytest.approx(2, abs=0.2)
    assert far.at_low.ci_high < 0 < far.at_high.ci_low and far.reach > near.reach
    assert far.at_low.se < made.base.se / 5, "the same patients: the difference varies far less than the figure"


def test_a_pair_of_ratios_is_what_the_delta_method_says() -> None:
    top, bottom = np.array([3.0, 5.0, 4.0, 8.0]), np.array([6.0, 9.0, 9.0, 15.0])
    same = sweeps.paired((top, bottom), (top, bottom))
    assert same.mean == 0 and same.se == 0
    apart = sweeps.paired((top, bottom), (top / 2, bottom))
    share = top.sum() / bottom.sum()
    rest = (top - share * bottom) / bottom.mean() / 2
    assert apart.mean == pytest.approx(share / 2) and apart.se == pytest.approx(np.std(rest, ddof=1) / 2)


def test_a_cell_of_the_heat_map_is_the_scenario_with_both_values() -> None:
    made = sweeps.heat(ASKED, ("process.releasing.value", [1, 3]), ("sites[0].failure.value", [0.0, 0.3]))
    asked = replace(ASKED, replications=ASKED.replications)
    other = sweeps.changed(changed(), "process.releasing.value", 3, [("sites[0].failure.value", 0.3)])
    assert made.cells[1][1] == sweeps.ratio(*asked.parts(other))
    assert made.cells[1][0].mean - made.cells[0][0].mean == pytest.approx(2, abs=0.2)
    assert made.cells[0][1].mean > made.cells[0][0].mean, "batches that fail cost days"


@pytest.mark.parametrize("measure", list(sweeps.Measure))
def test_every_figure_is_the_one_the_simulation_tells(measure: sweeps.Measure) -> None:
    from milenari.science.planning.simulate import simulate

    rules = Run(60, 200, reorder_at=30, reorder_litres=8)
    told = simulate(seed(), rules, 20, 3)
    expected = {"infused": told.infused_share, "lost": told.lost_waiting_share, "waited": told.vector_waited_share,
                "days": told.to_infusion_d, "cost": told.cost_per_infused_eur}[measure]  # fmt: skip
    asked = replace(ASKED, run=rules, measure=measure, replications=20)
    assert sweeps.ratio(*asked.parts(seed())) == expected and expected.mean > 0


def test_the_command_draws_a_tornado_and_a_heat_map_and_refuses_what_it_cannot_sweep(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    words = ["plan", "sweep", str(tmp_path / "a.json"), "--replications", "10", "--days", "60", "--warm-up", "0",
             "--no-vector"]  # fmt: skip
    bar, cell = ["--range", "process.releasing.value", "0", "3"], ["--grid", "process.releasing.value", "0,3"]
    other = ["--grid", "sites[0].failure.value", "0,0.3"]
    said = run(*words, *bar, "--picture", str(tmp_path / "t.svg"))
    assert said.exit_code == 0 and "process.releasing.value" in said.output
    drawn = ElementTree.fromstring((tmp_path / "t.svg").read_text())
    texts = {one.text for one in drawn.iter() if one.text}
    assert {"process.releasing.value (1)", "0", "3", "low value", "high value"} <= texts
    said = run(*words, *cell, *other, "--measure", "lost", "--picture", str(tmp_path / "h.png"), "--json")
    made = json.loads(said.output)
    assert made["method"] == "heat-map" and np.shape(made["cells"]) == (2, 2)
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")
    refusals: list[tuple[list[str], str]] = [
        ([], "too-few"), (cell, "too-few"), ([*bar, *cell, *other], "too-few"), ([*cell, *cell], "scenario-twice"),
        (["--range", "process.releasing.value", "3", "0"], "not-a-range"),
        (["--range", "process.doing.value", "0", "3"], "scenario-unknown"),
        (["--range", "process.releasing.value", "-1", "3"], "scenario-bounds"),
        (["--grid", "process.releasing.value", "a,b", *other], "not-a-number"),
        (["--grid", "process.releasing.value", ",".join(map(str, range(300))), *other], "too-many"),
        ([*bar, "--picture", str(tmp_path / "t.pdf")], "file-ending"),
        ([*bar, "--picture", str(tmp_path / "no" / "t.svg")], "file-unwritable"),
        ([*bar, "--days", "0.001"], "nothing-counted"),
    ]  # fmt: skip
    for more, code in refusals:
        refused = run(*words, *more, "--json")
        assert refused.exit_code == 1 and json.loads(refused.output)["refused"] == code, (more, refused.output)


def test_pictures_look_like_the_charts_of_the_pages() -> None:
    mine: dict[str, Any] = vars(pictures)
    for token in ("INK", "QUIET", "LINE", "PAPER", "MAIN", "WARN", "VERSION"):
        assert mine[token] == getattr(drawing, token)


def test_a_sweep_counts_somebody() -> None:
    assert sweeps.tornado(ASKED, [("process.releasing.value", 0, 3)]).base.mean > 0
    with pytest.raises(Unfit) as refused:
        sweeps.tornado(replace(ASKED, run=Run(0, 0.001)), [("process.releasing.value", 0, 3)])
    assert refused.value.code == "nothing-counted"
