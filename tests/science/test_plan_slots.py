"""Slots: the best of all plans, whole chains, reasons for whoever is not placed, plans changed as little as may be."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milenari.science.planning import recount, slots
from milenari.science.planning.chain import Ways
from milenari.science.planning.checking import scenario
from milenari.science.planning.figure import Basis, Figure
from milenari.science.planning.ledger import verified
from milenari.science.planning.scenario import Scenario
from tests.science.planning_cases import changed, run

OUT = {"first": "2027-01-01", "last": "2027-12-31"}


def people(day: int) -> list[dict[str, Any]]:
    """Three patients of one hospital, ready in the same week."""
    return [{"code": f"P{n}", "hospital": "AMM", "tier": tier, "referred": "2027-01-04",
             "ready": f"2027-01-{day + n:02}"} for n, tier in enumerate(("high", "middle", "low"))]  # fmt: skip


def small(window: int = 26, **paths: Any) -> dict[str, Any]:
    """Amman alone (one machine), three patients, few days to choose from."""
    tree = changed(objective__start_window=window, objective__bed_wait=1, objective__retry_reserve=False)
    tree["sites"], tree["lanes"] = [s for s in tree["sites"] if s["code"] == "AMM"], []
    tree["vector"]["site"], tree["patients"] = "AMM", people(10)
    for path, value in paths.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        place: Any = tree
        for step in way:
            place = place[step]
        place[last] = value
    return tree


def planned(window: int = 26, **paths: Any) -> slots.Slots:
    return slots.plan(scenario(small(window, **paths)), 60)


def enumerated(given: Scenario) -> float:
    """The least cost over every combination of chains that a recount finds whole."""
    ways = Ways(given)
    options = []
    for patient in given.patients:
        dropped = given.objective.unplaced * given.tier(patient.tier).weight
        options.append([(dropped, None), *((c.cost, c) for c in ways.of(patient) if not c.breaches)])
    best = sum(option[0][0] for option in options)
    for plan in itertools.product(*options):
        cost = sum(one for one, _ in plan)
        if cost < best and not verified(ways, [chain for _, chain in plan if chain]):
            best = cost
    return best


@pytest.mark.parametrize("window", [6, 14])
def test_the_plan_costs_what_the_best_of_all_combinations_costs(window: int) -> None:
    given = scenario(small(window, patients=people(10)[:2]))
    made = slots.plan(given)
    assert made.status == "optimal" and made.gap == 0 and made.objective == pytest.approx(enumerated(given))
    assert made.greedy is not None and made.objective <= made.greedy + 1e-9


def later(day: str, days: int) -> str:
    return str(dt.date.fromisoformat(day) + dt.timedelta(days))


def test_the_independent_recount_finds_whatever_is_wrong_with_a_plan() -> None:
    given = scenario(small(42))
    slots_ = slots.plan(given).placed
    assert recount.wrong(given, slots_) == []
    one, two, *_ = slots_
    spoilt = [
        ({"start": two.start}, "machine AMM-PRODIGY at AMM"), ({"lot": "LV-99"}, "no vector lot serves"),
        ({"lot": ""}, "no vector lot serves"), ({"released": later(one.released, -1)}, "the day of release"),
        ({"infusion": later(one.infusion, -1)}, "not there when lymphodepletion"),
        ({"infusion": later(one.infusion, 90), "lymphodepletion": later(one.lymphodepletion, 90)}, "after its due"),
        ({"infusion": later(one.infusion, 90), "lymphodepletion": later(one.lymphodepletion, 90)}, "product is held"),
        ({"collection": "2027-01-01"}, "nobody collects"), ({"collection": later(one.start, 1)}, "cells are not there"),
        ({"collection": "2027-01-05", "start": "2027-01-18"}, "held too long"), ({"patient": two.patient}, "one slot"),
        ({"start": later(one.start, 60)}, "outside its window"),
    ]  # fmt: skip
    for change, said in spoilt:
        found = recount.wrong(given, (replace(one, **change), *slots_[1:]))
        assert any(said in sentence for sentence in found), (change, found)
    for path, value, said in (("beds", 0, "bed  at AMM"), ("tests", 0, "tests  at AMM")):
        poor = replace(given, sites=(replace(given.sites[0], **{path: Figure(value, "", Basis.ASSUMED, "a test")}),))
        assert any(said in sentence for sentence in recount.wrong(poor, slots_)), path
    alone = replace(given, sites=(replace(given.sites[0], people=given.sites[0].people[:1]),))
    assert any("people at AMM" in sentence for sentence in recount.wrong(alone, slots_))
    few = replace(given.vector.lots[0], doses=1)
    poor = replace(given, vector=replace(given.vector, lots=(few,)))
    assert any("3 doses taken of 1" in sentence for sentence in recount.wrong(poor, slots_))


def test_a_chain_is_whole_and_in_order_and_one_machine_has_one_batch() -> None:
    made = planned(window=42)
    assert len(made.placed) == 3 and not made.unplaced
    days = sorted((s.start, s.end) for s in made.placed)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(days)), "a day of changeover stands between"
    for slot in made.placed:
        order = [slot.collection, slot.start, slot.end, slot.released, slot.lymphodepletion, slot.infusion]
        assert order == sorted(order) and slot.lot == "LV-26-07"
    first = min(made.placed, key=lambda s: s.start)
    assert first.patient == "P0", "the most urgent starts first"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 4), st.integers(0, 2), st.integers(0, 3), st.integers(3, 12), st.booleans())
def test_whatever_is_scarce_a_plan_breaks_nothing_and_says_why(
    doses: int, operators: int, beds: int, window: int, reserve: bool
) -> None:
    tree = small(window, objective__retry_reserve=reserve, vector__lots__0__doses=doses, vector__lots__1__doses=0)
    site = tree["sites"][0]
    site["people"] = [p for p in site["people"] if "-O" not in p["code"] or int(p["code"][-1]) <= max(1, operators)]
    site["beds"]["value"] = max(1, beds)
    given = scenario(tree)
    made, ways = slots.plan(given), Ways(given)
    said = {s.patient: (s.collection, s.start, s.infusion, s.carried) for s in made.placed}
    chains = []
    for patient in given.patients:
        for chain in ways.of(patient) if patient.code in said else ():
            days = [str(given.day(day or 0)) for day in (chain.collection, chain.start, chain.infusion)]
            if (*days, str(chain.carried)) == said[patient.code] and not chain.breaches:
                chains.append(chain)
    assert len(chains) == len(made.placed)
    assert verified(ways, chains) == [] and made.status == "optimal"
    assert len(made.placed) + len(made.unplaced) == 3 and len(made.placed) <= doses
    assert all(one.conflict and all(one.conflict) for one in made.unplaced)


REASONS: list[tuple[str, dict[str, Any]]] = [
    ("vector doses", {"vector__lots": []}),
    ("machines AMM-PRODIGY at AMM", {"sites__0__machines__0__out": [{**OUT, "why": "broken"}]}),
    ("leave none (AMM is out: war)", {"sites__0__out": [{**OUT, "why": "war"}]}),
    ("the due date is 2027-01-25", {"patients__0__due": "2027-01-25", "patients__1__due": "2027-01-25",
                                    "patients__2__due": "2027-01-25"}),
    ("people trained for manufacture at AMM", {"sites__0__people__0__away": [{**OUT, "why": "ill"}]}),
    ("the product is held 0 days at most", {"process__product_hold__value": 0}),
    ("the plan ends before the infusion", {"horizon": 20}),
    ("no way from AMM to any machine", {"objective__start_window": 1, "patients__0__ready": "2027-01-15",
                                       "patients__1__ready": "2027-01-15", "patients__2__ready": "2027-01-15"}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "change"), REASONS, ids=[said for said, _ in REASONS])
def test_why_not_names_the_one_constraint_that_closes_every_way(said: str, change: dict[str, Any]) -> None:
    assert not planned(window=42).unplaced
    made = planned(**({"window": 42} | change))
    assert len(made.unplaced) == 3 and not made.placed
    for one in made.unplaced:
        assert len(one.conflict) == 1 and said in one.conflict[0]


def test_why_not_names_the_machine_that_others_hold_and_what_would_be_nearest() -> None:
    made = planned(window=8)
    assert [one.patient for one in made.unplaced] == ["P1", "P2"] and [s.patient for s in made.placed] == ["P0"]
    told = made.unplaced[0]
    assert any("machines AMM-PRODIGY at AMM" in one or "room AMM-CR1" in one for one in told.conflict)
    assert told.ways > 0 and "would be possible without" in told.nearest


def booked(tree: dict[str, Any], made: slots.Slots, *locked: str) -> dict[str, Any]:
    for patient in tree["patients"]:
        slot = next(s for s in made.placed if s.patient == patient["code"])
        patient["booked"] = {"site": slot.site, "machine": slot.machine, "carried": slot.carried, "start": slot.start,
                             "collection": slot.collection, "infusion": slot.infusion,
                             "locked": slot.patient in locked}  # fmt: skip
    return tree


def test_a_plan_that_still_holds_is_kept_and_a_broken_machine_moves_only_whom_it_must() -> None:
    first = planned(window=60)
    again = slots.plan(scenario(booked(small(60), first)))
    assert not again.moved and all(s.kept for s in again.placed)
    last = max(first.placed, key=lambda s: s.start)
    down = {"first": last.start, "last": last.start, "why": "broken"}
    tree = booked(small(60), first)
    tree["sites"][0]["machines"][0]["out"] = [down]
    after = slots.plan(scenario(tree))
    assert after.moved == (last.patient,) and len(after.placed) == 3


def test_a_locked_slot_stays_even_where_another_would_be_better_and_its_fault_is_told() -> None:
    first = planned(window=60)
    free = planned(window=60, patients__0__ready="2027-02-01")
    assert next(s for s in free.placed if s.patient == "P0").start >= "2027-02-01"
    tree = booked(small(60), first, "P2")
    before = next(s for s in first.placed if s.patient == "P2")
    tree["objective"]["moved"] = 0
    kept = next(s for s in slots.plan(scenario(tree)).placed if s.patient == "P2")
    assert kept.locked and (kept.start, kept.infusion) == (before.start, before.infusion)
    tree["sites"][0]["machines"][0]["out"] = [{"first": before.start, "last": before.end, "why": "broken"}]
    told = slots.plan(scenario(tree))
    assert any("P2: machines AMM-PRODIGY at AMM" in one for one in told.faults)
    assert next(s for s in told.placed if s.patient == "P2").start == before.start


def test_a_locked_start_that_no_lot_serves_is_told_and_the_others_are_planned() -> None:
    tree = booked(small(60), planned(window=60), "P0")
    locked = tree["patients"][0]["booked"]["start"]
    held = next(p for p in planned(window=60).placed if p.patient == "P0")
    assert not slots.plan(scenario(tree)).faults
    tree["vector"]["lots"] = [{"code": "LATE", "doses": 2, "first": "2027-01-20", "last": "2027-12-31"}]
    made = slots.plan(scenario(tree))
    assert locked < "2027-01-20" and made.faults == ("P0: vector doses",) and len(made.placed) == 3
    lots = {s.patient: s.lot for s in made.placed}
    assert lots == {"P0": "", "P1": "LATE", "P2": "LATE"} and held.lot == "LV-26-07"


def test_a_failed_batch_is_made_again_from_cells_that_are_frozen_already() -> None:
    tree = small(60)
    tree["patients"][0] |= {"frozen_on": "2027-01-11", "ready": "2027-01-25"}
    made = slots.plan(scenario(tree))
    again = next(s for s in made.placed if s.patient == "P0")
    assert again.carried == "frozen" and again.collection == "2027-01-11" and again.start >= "2027-01-25"
    tree["process"]["frozen_hold"]["value"] = 10
    made = slots.plan(scenario(tree))
    assert [u.patient for u in made.unplaced] == ["P0"] and "held 10 days" in made.unplaced[0].conflict[0]


def test_room_is_kept_for_batches_that_fail() -> None:
    tight = {"sites__0__failure__value": 0.6, "horizon": 150}
    free = planned(window=26, **tight)
    kept = planned(window=26, objective__retry_reserve=True, **tight)
    assert not free.unplaced and kept.unplaced
    assert any("reserve for failed batches" in c for u in kept.unplaced for c in (*u.conflict, u.nearest))


def test_without_time_the_greedy_plan_is_told_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(small(42)))
    made = json.loads(run("plan", "slots", str(tmp_path / "a.json"), "--seconds", "0.000001", "--json").output)
    assert made["status"] == "feasible" and len(made["placed"]) == 3 and made["objective"] == made["greedy"]


def test_the_command_plans_writes_what_is_booked_and_plans_again(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(small(42)))
    said = run("plan", "slots", str(tmp_path / "a.json"), "--booked", str(tmp_path / "b.json"), "--lock", "P1")
    assert said.exit_code == 0, said.output
    assert "Proven best" in said.output and "3 placed, 0 not" in said.output
    made = json.loads(run("plan", "slots", str(tmp_path / "b.json"), "--json").output)
    assert made["moved"] == [] and [s["locked"] for s in made["placed"] if s["patient"] == "P1"] == [True]
    refused = run("plan", "slots", str(tmp_path / "a.json"), "--booked", str(tmp_path / "c.json"), "--lock", "P9")
    assert refused.exit_code == 1 and "P9" in refused.output + refused.stderr
