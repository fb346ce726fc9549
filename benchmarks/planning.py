"""Planning against its peers: the same models in SimPy and Ciw, one thread each, processor time; published instances.

Every row says how often ours is faster and by how many standard errors the means differ. SimPy runs the whole network
by `tests/science/simpy_network.py`, written independently of the product's simulation. Without `--instances DIR` (the
folder with the published .dat files) those rows are left out and the output says so.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.printed import parser, timed, told

LOAD, SERVERS = 0.8, 3


def repeated(run: Callable[[int], float], times: int) -> list[float]:
    """The answers of a run to as many seeds."""
    return [run(seed) for seed in range(times)]


def apart(ours: list[float], theirs: list[float]) -> float:
    """By how many standard errors two means differ."""
    error = math.hypot(*(statistics.stdev(one) / math.sqrt(len(one)) for one in (ours, theirs)))
    return abs(statistics.mean(ours) - statistics.mean(theirs)) / error


def queue(size: int) -> dict[str, Any]:
    """M/M/3 at load 0.8: mean wait and customers a second; Erlang C is the truth."""
    import ciw
    import simpy

    from milenari.science.planning.queues import BATCHES, MACHINE_WAIT
    from milenari.science.planning.simulate import Run, replicated
    from tests.science.test_plan_simulation import erlang_c, spread, station

    days, warm, rate = 1000.0, 200.0, LOAD * SERVERS
    given = station(rate, SERVERS, spread("exponential", 1.0))
    asked = Run(warm, days, with_vector=False, by_urgency=False)
    replicated(given, asked, 2, 1)
    (table, _), mine = timed(lambda: replicated(given, asked, 20 * size, 1))
    total = table.sum(axis=1)
    ours = list(total[:, MACHINE_WAIT] / total[:, BATCHES])

    def by_simpy(seed: int) -> float:
        # The peer's own way to draw, the fastest for one number at a time; it keeps no secret.
        chance, env, waits = random.Random(seed), simpy.Environment(), []  # noqa: S311
        servers = simpy.Resource(env, SERVERS)

        def customer() -> Any:
            came = env.now
            with servers.request() as turn:
                yield turn
                if came > warm:
                    waits.append(env.now - came)
                yield env.timeout(chance.expovariate(1.0))

        def arrivals() -> Any:
            while True:
                yield env.timeout(chance.expovariate(rate))
                env.process(customer())

        env.process(arrivals())
        env.run(until=warm + days)
        return statistics.mean(waits)

    def by_ciw(seed: int) -> float:
        ciw.seed(seed)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(rate)], service_distributions=[ciw.dists.Exponential(1.0)],
            number_of_servers=[SERVERS])  # fmt: skip
        made = ciw.Simulation(network)
        made.simulate_until_max_time(warm + days)
        return statistics.mean(r.waiting_time for r in made.get_all_records() if r.arrival_date > warm)

    truth = erlang_c(SERVERS, rate) / (SERVERS - rate)
    customers = rate * (warm + days)
    made = {"Erlang C": truth, "ours": statistics.mean(ours), "ours, customers/s": customers * len(ours) / mine,
            "ours, errors from Erlang C": abs(statistics.mean(ours) - truth)
            / (statistics.stdev(ours) / math.sqrt(len(ours)))}  # fmt: skip
    for name, peer in (("SimPy", by_simpy), ("Ciw", by_ciw)):
        waits, theirs = timed(repeated, peer, 2 * size)
        made |= {f"{name}, customers/s": customers * len(waits) / theirs,
                 f"times {name}": (theirs / len(waits)) / (mine / len(ours)),
                 f"errors from {name}": apart(ours, waits)}  # fmt: skip
    return made


def network(size: int) -> dict[str, Any]:
    """The four hospitals with stock, reorder, drop-out, re-collection, testing and beds, 600 days."""
    from milenari.science.planning import journeys, queues
    from milenari.science.planning.simulate import Run, replicated
    from tests.science.planning_cases import seed
    from tests.science.simpy_network import Network

    given, asked = seed(), Run(200, 400, reorder_at=30, reorder_litres=8)
    replicated(given, asked, 2, 1)
    (table, sums), mine = timed(lambda: replicated(given, asked, 100 * size, 1))
    twins, theirs = timed(lambda: [Network(given, asked, k).counts for k in range(10 * size)])
    total = table.sum(axis=1)
    columns = {"referred": queues.REFERRED, "infused": queues.INFUSED_N, "died": queues.DIED,
               "waited for vector": queues.VECTOR_WAITED, "days to infusion": queues.TO_INFUSION}  # fmt: skip
    named = {"waited for vector": "vector_waited", "days to infusion": "to_infusion"}
    return {
        "ours, ms a replication": 1000 * mine / len(total), "ours, events/s": sums[:, journeys.EVENTS].sum() / mine,
        "SimPy, ms a replication": 1000 * theirs / len(twins), "times SimPy": theirs / len(twins) / (mine / len(total)),
    } | {f"errors from SimPy, {name}": apart(list(total[:, at]), [float(t[named.get(name, name)]) for t in twins])
         for name, at in columns.items()}  # fmt: skip


def workers(size: int) -> dict[str, Any]:
    """The same replications on one and on two threads: the same bits, and how much of the second core is used."""
    from milenari.science.planning.simulate import Run, replicated
    from tests.science.planning_cases import seed

    given, asked = seed(), Run(365, 1095, reorder_at=30, reorder_litres=8)
    replicated(given, asked, 2, 1)
    began = time.perf_counter()
    alone = replicated(given, asked, 1000 * size, 1)
    one = time.perf_counter() - began
    with ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        both = replicated(given, asked, 1000 * size, 1, pool.map)
        two = time.perf_counter() - began
    return {"replications": 1000 * size, "one thread, s": one, "two threads, s": two, "efficiency": one / two / 2,
            "identical": all((a == b).all() for a, b in zip(alone, both, strict=True))}  # fmt: skip


def stock_out(size: int) -> dict[str, Any]:
    """Three years of stock: campaigns on a calendar at the mean need against a reorder point, out of sample."""
    from milenari.science.planning.campaigns import doses_a_day
    from milenari.science.planning.queues import REFERRED, VECTOR_WAITED
    from milenari.science.planning.simulate import Campaign, Run, replicated
    from tests.science.planning_cases import seed

    given, made = seed(), {}
    vector = given.vector
    each = vector.doses_of(10, vector.titre.mean, vector.recovery.mean) * (1 - float(vector.rejection))
    gap = each / doses_a_day(given)
    calendar = tuple(Campaign(k * gap, 10) for k in range(int(1095 / gap)))
    for name, asked in (("calendar at mean need", Run(180, 915, calendar)),
                        ("reorder at 40 doses", Run(180, 915, reorder_at=40, reorder_litres=10))):  # fmt: skip
        replicated(given, asked, 2, 1)
        (table, sums), mine = timed(replicated, given, asked, 500 * size, 99)
        total = table.sum(axis=1)
        made |= {f"{name}: P(somebody waits)": float((total[:, VECTOR_WAITED] > 0).mean()),
                 f"{name}: share who wait": total[:, VECTOR_WAITED].sum() / total[:, REFERRED].sum(),
                 f"{name}: litres a run": float(sums[:, -1].mean()),
                 f"{name}: s for 100,000 replications": mine / len(total) * 1e5}  # fmt: skip
    return made


def slots(_: int) -> dict[str, Any]:
    """The shipped scenario: exact plan, greedy plan, recounted."""
    from milenari.science.planning import recount
    from milenari.science.planning import slots as science
    from tests.science.planning_cases import seed

    given = seed()
    made, mine = timed(lambda: science.plan(given, 120))
    return {"patients": len(given.patients), "columns": made.columns, "rows": made.rows, "exact": made.objective,
            "bound": made.bound, "greedy": made.greedy, "processor s": mine,
            "recounted wrong": len(recount.wrong(given, made.placed))}  # fmt: skip


def _solved(path: Path) -> Any:
    from milenari.science.planning import ishipment

    return ishipment.solve(ishipment.instance(path.read_text("utf-8"), path.name, None), 2, 120, 0.0)


def instances(folder: Path) -> dict[str, Any]:
    """The published i-SHIPMENT files, at most two facilities."""
    made, whole = {}, 0.0
    for path in sorted(folder.glob("Data*.dat")):
        solved, mine = timed(_solved, path)
        whole += mine
        made[f"{path.stem}: USD, gap, processor s"] = [solved.objective_usd, solved.gap, round(mine, 2)]
    return made | {"all, processor s": whole}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--size", type=int, default=4, help="replications are multiples of this (default 4)")
    made.add_argument("--only", choices=["queue", "network", "workers", "stock_out", "slots", "instances"])
    made.add_argument("--instances", type=Path, help="folder of the published .dat files")
    asked = made.parse_args()
    found: dict[str, Any] = {}
    for work in (queue, network, workers, stock_out, slots):
        if asked.only in (None, work.__name__):
            found[work.__name__] = work(asked.size)
    if asked.instances and asked.only in (None, "instances"):
        found["instances"] = instances(asked.instances)
    told(found, asked.json)
    if not asked.instances and not asked.json:
        print("instances: left out, --instances DIR was not given")


if __name__ == "__main__":
    main()
