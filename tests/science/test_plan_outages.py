"""Outages in the simulation: the SimPy twin agrees, nothing changes without them, and each does what it says."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from milenari.science.computed import Unfit
from milenari.science.planning import halts, journeys, outages, queues
from milenari.science.planning.checking import scenario
from milenari.science.planning.simulate import Campaign, Run, estimate, inputs, replicated
from tests.science.planning_cases import changed, run, seed
from tests.science.simpy_network import Network
from tests.science.test_plan_simulation import figure, spread

BEFORE = {  # of the answers that this simulation gave before it knew outages, rounded to a millionth
    Run(200, 400, reorder_at=30, reorder_litres=8): "a580fb9f3106d4f18216b66fdff617d49061e5737aabca561481252c44eb9c3e",
    Run(100, 300, (Campaign(10, 12),), hubs=("ROM",)):
        "39662b1bcce6a322a277700f32c6e168b49c24601543d67293f41d37ce1fbbd5",
    Run(50, 200, with_vector=False, by_urgency=False, hubs=("BCN", "AMM")):
        "f6370e476148ebc30bddc4049a206a32684a73fbd8782d57a9aa6d1628b34c90",
}  # fmt: skip


def outage(kind: str, at: str, every: float, lasts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "code": f"{kind} {at}",
        "kind": kind,
        "at": at,
        "every": spread("exponential", every),
        "lasts": lasts,
        **more,
    }


CLOSED = [{"first": "2027-06-01", "last": "2027-06-20", "why": "a test"}]
TROUBLES = [
    outage("border", "JO-LB", 60, spread("gamma", 8, 0.5)), outage("courier", "ROM-BCN", 40, spread("uniform", 2, 9)),
    outage("power", "BCN", 70, spread("lognormal", 2, 0.6), lost=figure(0.4, "1")),
    outage("power", "AMM", 50, spread("exponential", 2)), outage("machine", "BCN", 90, spread("exponential", 15)),
    outage("staff", "AMM", 80, spread("fixed", 7)),
    {"code": "suite", "kind": "campaign", "at": "BCN", "lost": figure(0.25, "1")},
]  # fmt: skip


def troubled() -> dict[str, Any]:
    """The seed with every kind of outage, planned and at random."""
    tree = changed(outages=TROUBLES, sites__2__out=CLOSED, sites__0__machines__0__out=CLOSED)
    for lane in tree["lanes"]:
        if lane["code"] == "BCN-ROM":
            lane["closed"] = CLOSED
    return tree


def digest(*answers: Any) -> str:
    return hashlib.sha256(b"".join((np.round(one, 6) + 0.0).tobytes() for one in answers)).hexdigest()


@pytest.mark.parametrize("asked", list(BEFORE))
def test_without_outages_the_answers_are_those_of_before(asked: Run) -> None:
    assert digest(*replicated(seed(), asked, 24, 5)) == BEFORE[asked]
    assert digest(*replicated(scenario(troubled()), asked, 24, 5)) != BEFORE[asked]


@settings(max_examples=15, deadline=None)
@for_all(kind=st.sampled_from([("power", "BCN"), ("staff", "AMM"), ("machine", "ROM"), ("courier", "ROM-BCN"),
                               ("border", "JO"), ("border", "ES-IT")]),
         every=st.floats(0.5, 400), hubs=st.sampled_from([(), ("BCN", "AMM")]))  # fmt: skip
def test_an_outage_of_zero_length_changes_nothing(kind: tuple[str, str], every: float, hubs: tuple[str, ...]) -> None:
    asked = Run(50, 150, reorder_at=30, reorder_litres=8, hubs=hubs)
    none = replicated(seed(), asked, 4, 7)
    short = scenario(outages.with_outage(changed(), *kind, every_d=every, lasts_d=0.0))
    assert all((a == b).all() for a, b in zip(none, replicated(short, asked, 4, 7), strict=True))
    long = scenario(outages.with_outage(changed(), *kind, every_d=min(every, 20.0), lasts_d=10.0))
    if len(inputs(long, asked).arrays[15]):  # where it hits anybody, the same outage with a length is felt
        assert any((a != b).any() for a, b in zip(none, replicated(long, asked, 4, 7), strict=True))


def test_the_network_with_every_outage_agrees_with_the_same_network_in_simpy() -> None:
    """Two hubs, borders, couriers, power with lost batches, machines, staff, campaigns, closures: three standard errors
    of the difference."""
    given, asked = scenario(troubled()), Run(60, 400, reorder_at=30, reorder_litres=8, hubs=("BCN", "AMM"))
    table, _ = replicated(given, asked, 1500, 11)
    without, _ = replicated(seed(), asked, 1500, 11)
    twins = [Network(given, asked, 1000 + k).counts for k in range(150)]
    ours = table.sum(axis=1)
    columns = {"referred": queues.REFERRED, "infused": queues.INFUSED_N, "died": queues.DIED, "batches": queues.BATCHES,
               "given_up": queues.GIVEN_UP, "vector_waited": queues.VECTOR_WAITED, "machine_wait": queues.MACHINE_WAIT,
               "to_infusion": queues.TO_INFUSION}  # fmt: skip
    for name, column in columns.items():
        a, b = estimate(ours[:, column]), estimate(np.array([float(t[name]) for t in twins]))
        assert b.mean > 0 and abs(a.mean - b.mean) < 3 * math.hypot(a.se, b.se), f"{name}: {a} against {b}"
    assert estimate((ours - without.sum(axis=1))[:, queues.MACHINE_WAIT]).ci_low > 0, "outages are felt"


def test_outages_change_no_patient_and_no_other_outage() -> None:
    """Common random numbers: the same referrals, and the same failures of one outage beside another."""
    asked = Run(0, 300, with_vector=False)
    base, _ = replicated(seed(), asked, 20, 5)
    table, _ = replicated(scenario(troubled()), asked, 20, 5)
    assert (table[:, :, queues.REFERRED] == base[:, :, queues.REFERRED]).all()
    both = inputs(scenario(changed(outages=TROUBLES)), asked).arrays[15:19]
    alone = inputs(scenario(changed(outages=TROUBLES[3:4])), asked).arrays[15:19]
    made, begins, _ = halts.spans(5, 3, *both, 900.0)
    lone, _, _ = halts.spans(5, 3, *alone, 900.0)
    at = [row for row in range(len(both[0])) if (both[0][row] == alone[0][0]).all()]
    assert len(at) == 1 and len(lone) > 5 and (made[begins[at[0]] : begins[at[0] + 1]] == lone).all()


def test_a_closed_site_makes_nothing_and_a_closed_lane_carries_nothing() -> None:
    """Closed for good from the first day: no batch at the site, nobody infused over the lane; open: some."""
    ever = [{"first": "2027-01-01", "last": "2036-01-01", "why": "a test"}]
    asked = Run(0, 200, with_vector=False, hubs=("BCN", "AMM"))
    open_, _ = replicated(seed(), asked, 5, 2)
    assert (open_[:, :, queues.BATCHES].sum(axis=0) > 0).all() and (open_[:, :, queues.INFUSED_N].sum(axis=0) > 0).all()
    tree = changed(sites__0__out=ever)
    shut, _ = replicated(scenario(tree), asked, 5, 2)  # Barcelona makes for itself and for Rome
    assert not shut[:, :2, queues.BATCHES].any() and shut[:, 2:, queues.BATCHES].sum() > 0
    lanes = changed()
    for lane in lanes["lanes"]:
        lane["closed"] = ever
    shut, _ = replicated(scenario(lanes), asked, 5, 2)
    assert (shut[:, [0, 2], queues.INFUSED_N] == open_[:, [0, 2], queues.INFUSED_N]).all()
    assert not shut[:, [1, 3], queues.INFUSED_N].any()


def test_nobody_there_to_make_is_a_day_without_a_start() -> None:
    ever = [{"first": "2027-01-01", "last": "2036-01-01", "why": "a test"}]
    tree, asked = changed(), Run(0, 200, with_vector=False)
    makers = [one for one in tree["sites"][1]["people"] if "manufacture" in one["trained"]]
    for one in makers[1:]:
        one["away"] = ever
    some, _ = replicated(scenario(tree), asked, 5, 2)
    makers[0]["away"] = ever
    none, _ = replicated(scenario(tree), asked, 5, 2)
    assert some[:, 1, queues.BATCHES].any() and not none[:, 1, queues.BATCHES].any()


def test_machines_out_wait_for_their_end_and_broken_batches_are_made_again() -> None:
    asked = Run(0, 300, with_vector=False)
    base, _ = replicated(seed(), asked, 40, 2)
    tree = changed(outages=[outage("power", "BCN", 10, spread("fixed", 0.5), lost=figure(1.0, "1"))])
    lost, _ = replicated(scenario(tree), asked, 40, 2)
    kept, _ = replicated(scenario(changed(outages=[outage("power", "BCN", 10, spread("fixed", 0.5))])), asked, 40, 2)
    given_up = [one[:, 0, queues.GIVEN_UP].sum() for one in (base, kept, lost)]
    assert given_up[2] > 3 * given_up[1] and (lost[:, 1:] == base[:, 1:]).all(), "the others feel nothing"
    fails = changed(outages=[{"code": "suite", "kind": "campaign", "at": "BCN", "lost": figure(1.0, "1")}])
    _, sums = replicated(scenario(fails), Run(0, 300, (Campaign(5, 12),)), 5, 2)
    assert (sums[:, journeys.LOTS_REJECTED] == 1).all()


@pytest.mark.parametrize(
    ("one", "path"),
    [(outage("power", "PAR", 9, spread("fixed", 1)), "outages[0].at"),
     (outage("border", "JO-FR", 9, spread("fixed", 1)), "outages[0].at"),
     (outage("courier", "BCN", 9, spread("fixed", 1)), "outages[0].at"),
     (outage("staff", "BCN", 9, spread("fixed", 1), lost=figure(0.1, "1")), "outages[0].lost"),
     (outage("power", "BCN", 9, spread("fixed", -1)), "outages[0].lasts"),
     ({"code": "x", "kind": "power", "at": "BCN", "lasts": spread("fixed", 1)}, "outages[0].every"),
     ({"code": "x", "kind": "campaign", "at": "BCN"}, "outages[0].lost"),
     ({"code": "x", "kind": "campaign", "at": "ROM", "lost": figure(0.1, "1")}, "outages[0].at"),
     (outage("campaign", "BCN", 9, spread("fixed", 1), lost=figure(0.1, "1")), "outages[0].every")],
)  # fmt: skip
def test_an_outage_that_says_nothing_is_refused_at_its_field(one: dict[str, Any], path: str) -> None:
    assert len(scenario(changed(outages=TROUBLES)).outages) == len(TROUBLES)
    with pytest.raises(Unfit) as refused:
        scenario(changed(outages=[one]))
    assert str(refused.value.facts["field"]).startswith(path)


def test_an_outage_that_never_leaves_off_is_refused() -> None:
    assert len(replicated(scenario(outages.with_outage(changed(), "power", "BCN", 1.0, 0.1)), Run(0, 50), 2, 1)) == 2
    with pytest.raises(Unfit) as refused:
        replicated(scenario(outages.with_outage(changed(), "power", "BCN", 0.001, 0.1)), Run(0, 50), 2, 1)
    assert refused.value.code == "too-many"


def test_the_commands_take_outages(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    words = [str(tmp_path / "a.json"), "--replications", "20", "--days", "100", "--warm-up", "50", "--json"]
    more = ["--outage", "power", "BCN", "30", "10", "--campaign-failure", "0.5"]
    calm, troubled_ = (json.loads(run("simulate", *words, *one).output) for one in ([], more))
    assert troubled_["machine_wait_d"]["mean"] > calm["machine_wait_d"]["mean"]
    made = json.loads(run("plan", "compare", *words, "--hub", "BCN", *more).output)
    assert [one["name"] for one in made["designs"]] == ["as it is", "hub BCN", "as it is, outages", "hub BCN, outages"]
    swept = json.loads(run("plan", "sweep", *words, *more, "--range", "outages[0].lasts.a", "1", "20").output)
    assert swept["swings"][0]["at_high"]["mean"] > swept["swings"][0]["at_low"]["mean"]
    said = run("plan", "compare", *words[:-1], "--outage", "power", "PAR", "30", "10", "--hub", "BCN", "--json")
    assert said.exit_code == 1 and "PAR" in json.loads(said.output)["sentence"]
    shown = json.loads(run("plan", "example", "--outages").output)
    assert {one.kind for one in scenario(shown).outages} == set(outages.Trouble)
    assert all(held.source for _, held in scenario(shown).figures())
