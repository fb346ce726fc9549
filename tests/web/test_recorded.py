"""Recorded: a scenario takes what the registers know, keeps what they do not, and both can be planned with."""

from __future__ import annotations

import copy
import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from milenari.cli import main
from milenari.journal import clock, read, spans
from milenari.registers import models as table
from milenari.registers import recorded
from milenari.science.planning.checking import scenario
from milenari.science.planning.designs import place_of
from tests.science.planning_cases import changed as shipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]


@pytest.fixture
def made() -> recorded.Network:
    return recorded.network(shipped(), clock.now())


def site(tree: Any, code: str) -> Any:
    return next(one for one in tree["sites"] if one["code"] == code)


def test_the_scenario_of_a_node_is_a_whole_scenario_with_the_registers_in_it(made: recorded.Network) -> None:
    read = scenario(made.scenario)
    rome = read.site("ROM")
    registered = table.Equipment.objects.filter(site="ROM", kind=recorded.PROCESSOR, retired=False)
    fit = registered.filter(calibrated_until__gte=clock.now().date())
    assert [m.code for m in rome.machines] == sorted(fit.values_list("code", flat=True)) != []
    for unfit in registered.exclude(code__in=[m.code for m in rome.machines]):
        assert any(unfit.code in note and str(unfit.calibrated_until) in note for note in made.notes)
    holders = set(table.Role.objects.filter(site="ROM", role="operator").values_list("person", flat=True))
    assert {p.code for p in rome.people if "manufacture" in p.trained} == holders != set()
    assert read.starts_on == clock.now().date()


def test_doses_are_containers_that_are_not_spent_and_a_recalled_lot_has_none(made: recorded.Network) -> None:
    for lot in made.scenario["vector"]["lots"]:
        row = table.Lot.objects.get(code=lot["code"])
        assert not row.recalled and row.decision != "rejected"
        assert lot["doses"] == table.Container.objects.filter(lot=row.code, spent_in="").count() > 0
    told = {lot["code"] for lot in made.scenario["vector"]["lots"]}
    recalled = set(table.Lot.objects.exclude(recalled="").values_list("code", flat=True))
    assert recalled and not recalled & told, "the story recalls a lot"


def test_who_waits_is_planned_and_who_is_past_it_is_not(made: recorded.Network) -> None:
    planned = {one["code"]: one for one in made.scenario["patients"]}
    here = {one["code"] for one in made.scenario["sites"]}
    for row in table.Journey.objects.exclude(referred_at=None):
        waits = row.station in recorded.WAITING and not (row.withdrawn or row.erased or row.died_on)
        assert (row.code in planned) == (waits and row.site in here), row.code
    assert planned
    assert all(one["ready"] >= str(clock.now().date()) for one in planned.values())


def test_a_machine_is_closed_while_a_batch_that_is_not_harvested_should_be_on_it() -> None:
    steps = table.Step.objects.filter(
        equipment__in=table.Equipment.objects.filter(kind=recorded.PROCESSOR).values("code")
    )
    batch = table.Batch.objects.filter(code__in=steps.values("batch"), harvested_at=None).order_by("-started_at")[0]
    machine = steps.filter(batch=batch.code)[0].equipment

    def out(days: int) -> list[Any]:
        told = recorded.network(shipped(), batch.started_at + timedelta(days=days)).scenario
        return [span for m in site(told, batch.site)["machines"] if m["code"] == machine for span in m.get("out", [])]

    span = next(one for one in out(1) if batch.code in one["why"])
    planned, changeover = (shipped()["process"][n]["value"] for n in ("manufacture_planned", "changeover"))
    assert span["last"] == str(batch.started_at.date() + timedelta(days=planned + changeover))
    assert not any(batch.code in one["why"] for one in out(planned + changeover + 1)), "it should be off by then"


def test_an_unknown_site_keeps_its_machines_and_people_and_is_named(made: recorded.Network) -> None:
    tree = shipped()
    known = site(tree, "ROM")
    before = copy.deepcopy(known)
    text = json.dumps(tree).replace('"ROM"', '"NEW"')
    other = recorded.network(json.loads(text), clock.now())
    kept = site(other.scenario, "NEW")
    assert (kept["machines"], kept["people"]) == (before["machines"], before["people"])
    assert any(note.startswith("NEW: this node does not know") for note in other.notes)
    assert not any(p["hospital"] == "ROM" for p in other.scenario["patients"])
    assert any("its hospital ROM is not in the scenario" in note for note in other.notes)
    scenario(other.scenario)


def test_every_observation_is_of_a_figure_that_the_scenario_has(made: recorded.Network) -> None:
    tree = shipped()
    seen = recorded.observations(tree, clock.now())
    for one in seen:
        place_of(tree, one.field)
    fields = {one.field for one in seen}
    assert {"process.to_collection", "process.manufacture", "vector.titre"} <= fields
    batches = {one.of.removeprefix("batch:") for one in seen if one.of.startswith("batch:")}
    drawn = set(table.Batch.objects.filter(simulated=True).values_list("code", flat=True))
    assert batches and drawn and not batches & drawn, "drawn batches are no record"
    decided = [one for one in seen if one.field.endswith(".failure")]
    for one in decided:
        row = table.Batch.objects.get(code=one.of.removeprefix("batch:"))
        assert one.value == (row.decision == "rejected")
    undecided = table.Batch.objects.filter(decision="", simulated=False).values_list("code", flat=True)
    assert not {one.of.removeprefix("batch:") for one in decided} & set(undecided)


def test_ways_release_and_tests_of_the_record_are_observations_of_their_figures() -> None:
    tree, now = shipped(), clock.now()
    ways, released = spans.ways(), spans.releases()
    assert ways and all(way.received_at > way.sent_at and way.origin != way.destination for way in ways)
    received = read.search(action="receive", limit=1)[1]
    assert len(ways) == received, "each receipt ends one way"
    plain = recorded.observations(tree, now)
    seen = recorded.observations(tree, now, ways, released)
    assert seen[: len(plain)] == plain or {one.of for one in plain} <= {one.of for one in seen}
    first = next(way for way in ways if way.what.startswith("container:"))
    lane = next(at for at, one in enumerate(tree["lanes"]) if one["origin"] == "BCN")
    ends = tree["lanes"][lane]["origin"], tree["lanes"][lane]["destination"]
    sent = now - timedelta(days=3)
    known = recorded.Way("dose:X-1", *ends, sent, sent + timedelta(hours=36))
    others = [
        recorded.Way("collection:X-2", *ends, sent, sent - timedelta(hours=1)),  # in the wrong order
        recorded.Way("container:X-3", *ends, sent, sent + timedelta(hours=36)),  # vector goes along no lane
        recorded.Way("dose:X-4", ends[0], "PAR", sent, sent + timedelta(hours=36)),  # no such lane
        first,
    ]
    found = [one for one in recorded.observations(tree, now, [known, *others]) if one.field.startswith("lanes")]
    assert [(one.field, one.value, one.of) for one in found] == [(f"lanes[{lane}].transit", 1.5, "dose:X-1")]
    tree["lanes"][lane]["transit"] |= {"shape": "fixed", "a": 2}
    del tree["lanes"][lane]["transit"]["b"]
    assert not [one for one in recorded.observations(tree, now, [known]) if one.field.startswith("lanes")]
    lots = {one.of.removeprefix("lot:"): one.value for one in seen if one.field == "vector.release"}
    for code, days in lots.items():
        row = table.Lot.objects.get(code=code)
        assert days == pytest.approx((released[code] - row.harvested_at).total_seconds() / 86_400, abs=0.001)
    assert lots, "the story releases vector"
    result = table.Result.objects.filter(superseded=False, of__startswith="batch:").exclude(verified_at=None)
    row = result.exclude(of__in=[f"batch:{b.code}" for b in table.Batch.objects.filter(simulated=True)])[0]
    tree["assays"][0] |= {"code": row.test, "duration": shipped()["assays"][2]["duration"]}
    durations = [one for one in recorded.observations(tree, now) if one.field == "assays[0].duration"]
    spent = (row.verified_at - row.sampled_at).total_seconds() / 86_400
    assert any(one.of == row.of and one.value == pytest.approx(spent, abs=0.001) for one in durations)


def test_the_command_writes_what_check_and_calibrate_read(tmp_path: Path) -> None:
    base, out, record, fitted = (tmp_path / n for n in ("base.json", "today.json", "record.csv", "fitted.json"))
    base.write_text(json.dumps(shipped()))
    told = CliRunner().invoke(main, ["plan", "live", str(base), "--out", str(out), "--record", str(record)])
    assert told.exit_code == 0, told.output
    assert next(iter(csv.DictReader(record.open()))).keys() == {"field", "value", "over", "of"}
    assert CliRunner().invoke(main, ["plan", "check", str(out)]).exit_code == 0
    said = CliRunner().invoke(main, ["plan", "calibrate", str(out), str(record), "--out", str(fitted)])
    assert said.exit_code == 0, said.output
    titre = json.loads(fitted.read_text())["vector"]["titre"]
    assert titre["basis"] == "calibrated" and "record.csv" in titre["source"]


def test_an_urgency_that_is_not_there_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    base, out = tmp_path / "base.json", tmp_path / "today.json"
    base.write_text(json.dumps(shipped()))
    told = CliRunner().invoke(main, ["plan", "live", str(base), "--tier", "soon", "--out", str(out)])
    assert told.exit_code == 1 and "no urgency soon" in told.stderr and not out.exists()
    told = CliRunner().invoke(main, ["plan", "live", str(base), "--tier", "high", "--out", str(out)])
    assert told.exit_code == 0
    assert {one["tier"] for one in json.loads(out.read_text())["patients"]} == {"high"}
