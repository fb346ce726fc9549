"""The simulation against closed forms, SciPy, Ciw and SimPy; and identical whatever the order and number of workers.

Tolerance: three standard errors of the difference, stated in each test; seeds are fixed, so no test is left to luck.
"""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from milenari.science.computed import Unfit
from milenari.science.planning import chance, journeys, queues
from milenari.science.planning.checking import scenario
from milenari.science.planning.simulate import Campaign, Run, estimate, gini, ratio, replicated, simulate
from tests.science.planning_cases import changed, run, seed
from tests.science.simpy_network import Network


def figure(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "basis": "assumed", "source": "a test"}


def spread(shape: str, a: float, b: float | None = None, unit: str = "d") -> dict[str, Any]:
    return {
        "shape": shape,
        "a": a,
        "unit": unit,
        "basis": "assumed",
        "source": "a test",
        **({} if b is None else {"b": b}),
    }


def station(a_day: float, machines: int, service: dict[str, Any], bed_d: float = 0.0, beds: int = 1000) -> Any:
    """One hospital reduced to a queue: so many servers, then so many beds for a fixed time."""
    tree = changed(process__to_collection=spread("fixed", 0), process__manufacture=service)
    tree["sites"], tree["lanes"], tree["patients"] = tree["sites"][:1], [], []
    site = tree["sites"][0]
    site["referrals"]["value"], site["beds"]["value"], site["failure"]["value"] = a_day * 365.25, beds, 0
    site["machines"][0]["number"]["value"] = machines
    for name in ("releasing", "lymphodepletion", "rest"):
        tree["process"][name]["value"] = 0
    tree["process"]["bed"]["value"] = bed_d
    for tier in tree["process"]["tiers"]:
        tier["loss_42d"]["value"] = 0
    tree["assays"] = [{**tree["assays"][0], "duration": spread("fixed", 0)}]
    return scenario(tree)


def waits(given: Any, replications: int = 60, days: float = 2000.0) -> Any:
    asked = Run(warm_d=300, counted_d=days, with_vector=False, by_urgency=False)
    return simulate(given, asked, replications, seed=7)


def near(found: Any, expected: float) -> None:
    assert abs(found.mean - expected) < 3 * found.se, f"{found} is more than 3 standard errors from {expected}"
    assert found.se < 0.1 * expected, "an interval this wide shows nothing"


def erlang_c(servers: int, offered: float) -> float:
    """Probability of waiting, from Erlang B by its recursion."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (3, 0.8), (10, 0.9)])
def test_waiting_in_a_queue_of_many_servers_is_erlangs(servers: int, load: float) -> None:
    a_day = servers * load
    expected = erlang_c(servers, a_day) / (servers - a_day)
    given = station(a_day, servers, spread("exponential", 1.0))
    near(waits(given, days=2000.0 if servers < 10 else 1000.0).machine_wait_d, expected)


@pytest.mark.parametrize(
    "service", [spread("uniform", 0.2, 1.0), spread("lognormal", 0.5, 0.8), spread("gamma", 0.6, 0.5),
                spread("fixed", 0.6)]
)  # fmt: skip
def test_waiting_for_one_server_is_pollaczeks_and_khinchines(service: dict[str, Any]) -> None:
    given = station(1.2, 1, service)
    made = given.process.manufacture
    second = {"uniform": (1.0**3 - 0.2**3) / (3 * 0.8), "fixed": 0.36}.get(service["shape"])
    squares = second or made.mean**2 * (1 + made.second**2)
    near(waits(given).machine_wait_d, 1.2 * squares / (2 * (1 - 1.2 * made.mean)))


def test_a_second_station_sees_the_same_stream_and_waits_as_theory_says() -> None:
    """Burke: departures of M/M/c are Poisson, so beds held for a fixed day are M/D/1."""
    made = waits(station(0.7, 2, spread("exponential", 1.0), bed_d=1.0, beds=1))
    near(made.machine_wait_d, erlang_c(2, 0.7) / (2 - 0.7))
    near(made.bed_wait_d, 0.7 / (2 * (1 - 0.7)))


def test_one_lot_runs_out_as_a_poisson_count_says() -> None:
    """The newsvendor's question: P(N > doses). With one lot and nothing else it is exact."""
    tree = changed(vector__other_demand__value=0, process__to_collection=spread("fixed", 0))
    tree["sites"], tree["lanes"], tree["patients"] = tree["sites"][:1], [], []
    tree["sites"][0]["machines"][0]["number"]["value"] = tree["sites"][0]["rooms"][0]["batches"]["value"] = 500
    tree["sites"][0]["failure"]["value"] = 0
    tree["vector"]["lots"] = [{"code": "L", "doses": 35, "first": "2027-01-04", "last": "2030-01-01"}]
    made = simulate(scenario(tree), Run(warm_d=0, counted_d=365.25), 3000, seed=3)
    near(made.stock_out_probability, float(stats.poisson.sf(35, 29)))


def test_the_whole_network_agrees_with_the_same_network_in_simpy() -> None:
    """Stock, reorder, other demand, urgency, drop-out, failure, re-collection, testing, beds: five means, 3 SE."""
    given, asked = seed(), Run(warm_d=200, counted_d=400, reorder_at=30, reorder_litres=8)
    table, _ = replicated(given, asked, 800, 11)
    twins = [Network(given, asked, 1000 + k).counts for k in range(160)]
    ours = table.sum(axis=1)
    columns = {"referred": queues.REFERRED, "infused": queues.INFUSED_N, "died": queues.DIED, "batches": queues.BATCHES,
               "given_up": queues.GIVEN_UP, "vector_waited": queues.VECTOR_WAITED, "machine_wait": queues.MACHINE_WAIT,
               "to_infusion": queues.TO_INFUSION}  # fmt: skip
    for name, column in columns.items():
        a, b = estimate(ours[:, column]), estimate(np.array([float(t[name]) for t in twins]))
        assert b.mean > 0 and abs(a.mean - b.mean) < 3 * math.hypot(a.se, b.se), f"{name}: {a} against {b}"


def test_a_queue_agrees_with_ciw() -> None:
    import ciw

    found = []
    for k in range(12):
        ciw.seed(k)
        network = ciw.create_network(arrival_distributions=[ciw.dists.Exponential(2.4)],
                                     service_distributions=[ciw.dists.Exponential(1.0)],
                                     number_of_servers=[3])  # fmt: skip
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(900)
        found.append(float(np.mean([r.waiting_time for r in simulation.get_all_records() if r.arrival_date > 200])))
    theirs, ours = estimate(np.array(found)), waits(station(2.4, 3, spread("exponential", 1.0))).machine_wait_d
    assert abs(ours.mean - theirs.mean) < 3 * math.hypot(ours.se, theirs.se)


def test_the_same_seed_gives_the_same_answer_whatever_the_workers() -> None:
    given, asked = seed(), Run(warm_d=100, counted_d=200, reorder_at=30, reorder_litres=8)
    alone = simulate(given, asked, 70, seed=5)
    for workers in (2, 7):
        with ThreadPoolExecutor(workers) as pool:
            assert simulate(given, asked, 70, seed=5, spread_out=pool.map) == alone
    assert simulate(given, asked, 70, seed=6) != alone


def test_a_plan_does_not_change_who_comes() -> None:
    """Common random numbers: referrals are the same with more machines, with a hub, and without vector."""
    given = seed()
    base, _ = replicated(given, Run(warm_d=0, counted_d=300, with_vector=False), 20, 5)
    for other, asked in ((seed(sites__0__machines__0__number__value=2), Run(0, 300, with_vector=False)),
                         (given, Run(0, 300)), (given, Run(0, 300, with_vector=False, hubs=("ROM",)))):  # fmt: skip
        table, _ = replicated(other, asked, 20, 5)
        assert (table[:, :, queues.REFERRED] == base[:, :, queues.REFERRED]).all()


def test_nobody_is_lost_from_the_books_and_doses_add_up() -> None:
    table, sums = replicated(seed(), Run(warm_d=50, counted_d=300, campaigns=(Campaign(10, 12),)), 50, 9)
    total = table.sum(axis=1)
    settled = total[:, queues.INFUSED_N] + total[:, queues.DIED] + total[:, queues.GIVEN_UP]
    assert (settled + sums[:, journeys.OPEN] == total[:, queues.REFERRED]).all()
    used = sums[:, journeys.DOSES_USED] + sums[:, journeys.DOSES_EXPIRED] + sums[:, journeys.OTHER_SERVED]
    assert (sums[:, journeys.LOTS_MADE] == 1).all() and (used <= 32 + 150).all() and (used > 0).all()


@pytest.mark.parametrize("shape", range(5))
def test_what_is_drawn_has_the_distribution_it_should(shape: int) -> None:
    law = [None, stats.uniform(2, 3), stats.expon(scale=2), stats.lognorm(math.sqrt(math.log1p(0.25)), scale=2),
           stats.gamma(4, scale=0.5)][shape]  # fmt: skip
    row = np.array([float(shape), 2.0, 5.0 if shape == 1 else 0.5])
    found = [chance.draw(row, 1, 2, 3, k, 0) for k in range(4000)]
    if law is None:
        assert set(found) == {2.0}
    else:
        assert stats.kstest(found, law.cdf).pvalue > 0.001


def test_the_normal_quantile_is_scipys_to_twelve_digits() -> None:
    for p in (1e-12, 1e-5, 0.02, 0.3, 0.5, 0.7, 0.975, 1 - 1e-9):
        assert chance.normal(p) == pytest.approx(float(special.ndtri(p)), rel=1e-12, abs=1e-14)


def test_machine_code_kept_on_disk_is_not_used_once_anything_it_depends_on_has_changed() -> None:
    code = compile("lambda x: LIMIT + called(x)", "asked", "eval").co_consts[0]  # its names are given below

    def mark(**held: Any) -> str:
        made: str = chance.mark(FunctionType(code, held), "int64(int64)")
        return made

    one, other = (SimpleNamespace(py_func=SimpleNamespace(__qualname__=name)) for name in ("called_a", "called_b"))
    assert mark(LIMIT=3, called=one) == mark(LIMIT=3, called=one)
    assert len({mark(LIMIT=3, called=one), mark(LIMIT=4, called=one), mark(LIMIT=3, called=other)}) == 3
    assert journeys.replicate.py_func.__qualname__ == "replicate_" + journeys.replicate.py_func.__qualname__[-16:]


def test_intervals_and_inequality_are_what_their_formulas_say() -> None:
    x = np.array([1.0, 2.0, 4.0, 9.0])
    low, high = stats.t.interval(0.95, 3, loc=4.0, scale=stats.sem(x))
    assert (estimate(x).ci_low, estimate(x).ci_high) == pytest.approx((low, high))
    assert ratio(x, 2 * x).mean == 0.5 and ratio(x, 2 * x).se == pytest.approx(0, abs=1e-15)
    assert gini(np.array([1.0, 1.0]), np.array([3.0, 1.0])) == 0
    assert gini(np.array([0.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.5)


def test_the_command_answers_in_words_and_json_and_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    words = ["simulate", str(tmp_path / "a.json"), "--replications", "20", "--days", "200", "--warm-up", "50"]
    said = run(*words, "--reorder-at", "30", "--litres", "8", "--workers", "2")
    assert said.exit_code == 0 and "lost while waiting" in said.output and "Gini" in said.output
    one, two = (json.loads(run(*words, "--workers", w, "--json").output) for w in "13")
    one.pop("seconds"), two.pop("seconds")
    assert one == two and one["replications"] == 20
    bad = [(["--days", "0"], "not-a-time"), (["--warm-up", "-1"], "not-a-time"), (["--days", "inf"], "not-a-time"),
           (["--days", "nan"], "not-a-time"), (["--hub", "PAR"], "scenario-unknown"),
           (["--campaign", "-3", "5"], "not-a-time"), (["--campaign", "3", "0"], "not-a-volume"),
           (["--campaign", "3", "1e9"], "not-a-volume"), (["--reorder-at", "5"], "not-a-volume"),
           (["--reorder-at", "nan"], "not-a-number")]  # fmt: skip
    for more, code in bad:
        refused = run(*words, *more, "--json")
        assert refused.exit_code == 1 and json.loads(refused.output)["refused"] == code, more


def test_a_crowd_that_does_not_fit_is_refused_before_it_is_simulated() -> None:
    assert simulate(seed(), Run(0, 10), 2).replications == 2
    with pytest.raises(Unfit) as refused:
        simulate(seed(sites__0__referrals__value=1_000_000), Run(0, 10_000), 2)
    assert refused.value.code == "too-many"


def test_an_interrupted_run_ends_clean_and_the_next_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    words = ["simulate", str(tmp_path / "a.json"), "--replications", "4800", "--days", "50", "--json"]
    begun, compiled = [], journeys.replicate

    def interrupted(seed: int, number: int, *given: Any) -> Any:
        begun.append(number)
        if len(begun) > 40:
            raise KeyboardInterrupt
        return compiled(seed, number, *given)

    monkeypatch.setattr(journeys, "replicate", interrupted)
    for workers in "12":
        begun.clear()
        ended = run(*words, "--workers", workers)
        assert ended.exit_code == 1 and ended.stdout == "" and "Aborted!" in ended.stderr
        assert 40 < len(begun) < 2400, "what had not begun is dropped"
    monkeypatch.undo()
    assert json.loads(run(*words).output)["replications"] == 4800


def test_a_hospital_that_nothing_reaches_is_refused() -> None:
    tree = changed()
    tree["sites"][3]["machines"] = []
    tree["lanes"] = [lane for lane in tree["lanes"] if "BEY" not in lane["code"]]
    assert simulate(seed(), Run(0, 50), 2).referred.mean > 0
    with pytest.raises(Unfit) as refused:
        simulate(scenario(tree), Run(0, 50), 2)
    assert "Nothing can be made for BEY" in refused.value.sentence
