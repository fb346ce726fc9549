"""The large slot benchmark: a verifier that finds every way of spoiling a plan, and plans that nobody can better."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from benchmarks import large_slots, slot_network, slot_plan
from benchmarks.slot_verifier import verified
from milenari.science.planning.programme import Programme

GIVEN = slot_network.Network(25, 4, 1)
INSTANCE = GIVEN.instance()
MADE = slot_plan.solve(GIVEN)
ANSWER = GIVEN.dated(MADE.plan)
Slots = list[dict[str, Any] | None]


def day(answer: Slots, number: int, days: int) -> None:
    slot = answer[number]
    assert slot is not None
    slot["start"] = str(date.fromisoformat(slot["start"]) + timedelta(days=days))


def crowd(answer: Slots) -> None:
    """Everybody of one home at its own site on the first patient's day."""
    home = INSTANCE["patients"][0]["home"]
    for number, person in enumerate(INSTANCE["patients"]):
        if person["home"] == home:
            answer[number] = {"site": home, "start": (answer[0] or {})["start"]}


def to_weekend(answer: Slots) -> None:
    slot = answer[0]
    assert slot is not None
    day(answer, 0, 6 - date.fromisoformat(slot["start"]).isoweekday())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda a: day(a, 0, -70), "days after"),
        (lambda a: day(a, 0, 70), "days after"),
        (to_weekend, "a weekend"),
        (lambda a: a[0].update(site=99), "does not serve home"),
        (lambda a: a.pop(), "25 patients have 24 answers"),
        (lambda a: a.append(None), "25 patients have 26 answers"),
        (crowd, "batches on"),
    ],
)
def test_a_spoilt_plan_is_found_out(spoil: Callable[[Slots], Any], said: str) -> None:
    assert verified(INSTANCE, ANSWER) == (1299, [])
    spoilt = copy.deepcopy(ANSWER)
    spoil(spoilt)
    assert any(said in one for one in verified(INSTANCE, spoilt)[1])


def test_who_is_dropped_costs_what_the_instance_says_and_a_day_later_its_weight() -> None:
    less = [None, *ANSWER[1:]]
    alone = verified(INSTANCE, [ANSWER[0], *[None] * 24])[0] - verified(INSTANCE, [None] * 25)[0]
    assert verified(INSTANCE, less)[0] == 1299 - alone and alone < 0
    weights = sum(one["weight"] for one in INSTANCE["patients"])
    assert verified(INSTANCE, [None] * 25)[0] == 400 * weights


def plainly(given: slot_network.Network) -> float:
    """The best cost by the programme written out: every way, a row a site and calendar day."""
    made = Programme()
    inside: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for group in given.patients:
        mine = []
        for place in given.ways(group):
            mine.append((made.column(given.cost(place), high=1, whole=True), 1.0))
            for later in range(slot_network.BUSY if place[1] is not None else 0):
                inside.setdefault((given.site(place), place[2] + later), []).append(mine[-1])
        made.row(mine, 1, 1)
    for (site, _), taken in inside.items():
        made.row(taken, high=given.units[site])
    found = made.solve(60).objective
    assert found is not None
    return found


@pytest.mark.parametrize(("patients", "sites", "seed"), [(25, 4, 1), (30, 6, 3)])
def test_a_plan_by_prices_is_within_its_bound_and_the_bound_holds(
    patients: int, sites: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = slot_network.Network(patients, sites, seed)
    best = plainly(given)
    for strip in (3, 120):  # with many strips, too
        monkeypatch.setattr(slot_plan, "STRIP", strip)
        made = slot_plan.solve(given)
        cost, wrong = verified(given.instance(), given.dated(made.plan))
        assert not wrong and made.bound <= best + 1e-6 <= cost + 2e-6
        assert made.bound == pytest.approx(best, rel=0.02), "the linear programme's own bound"
    plain, wrong = verified(given.instance(), given.dated(slot_network.greedy(given)))
    assert not wrong and cost <= plain


def test_the_peer_in_its_own_process_comes_to_the_same_cost() -> None:
    pytest.importorskip("ortools")
    given = slot_network.Network(8, 2, 5)
    told = large_slots.by_cpsat(given.instance(), 20, 0.0)
    assert told["status"] == "OPTIMAL"
    cost, wrong = verified(given.instance(), told["answer"])
    assert not wrong and cost == told["bound"] == pytest.approx(plainly(given))
