"""Networks of 4, 40 and 400 sites: the compiled simulation against the same network in SimPy, one thread each; engines.

A larger network is the shipped one, many times over with its vector, stock and demand, every hospital making at home.
Times are processor seconds of a thread; `engines` takes the clock, because it is about cores.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import statistics
import time
from typing import Any

from benchmarks.planning import apart, timed

DAYS = (200, 400)
MOST_TWINS = {4: 60, 40: 20, 400: 6}


def scaled(sites: int) -> Any:
    """The shipped network as often as it goes into so many sites, all fed from one stock."""
    from milenari.science.planning.checking import scenario
    from tests.science.planning_cases import SEED

    tree = copy.deepcopy(SEED)
    times, four = sites // 4, tree["sites"]
    tree["sites"] = [copy.deepcopy(site) | {"code": f"{site['code']}{k}"} for k in range(times) for site in four]
    tree["lanes"], tree["patients"] = [], []
    vector = tree["vector"]
    vector["site"] = f"{vector['site']}0"
    for name in ("other_demand", "most_litres"):
        vector[name]["value"] *= times
    for lot in vector["lots"]:
        lot["doses"] *= times
    return scenario(tree)


def network(sites: int, size: int) -> dict[str, Any]:
    """One size: milliseconds a replication, the ratio, and how far eight means are apart in standard errors."""
    from milenari.science.planning import journeys, queues
    from milenari.science.planning.simulate import Run, replicated
    from tests.science.simpy_network import Network

    times = sites // 4
    given, asked = scaled(sites), Run(*DAYS, reorder_at=30 * times, reorder_litres=8 * times)
    replicated(given, asked, 2, 1)
    twins, theirs = timed(
        lambda: [Network(given, asked, k).counts for k in range(max(2, MOST_TWINS[sites] * size // 4))]
    )
    (table, sums), mine = timed(lambda: replicated(given, asked, 10 * len(twins), 1))
    total = table.sum(axis=1)
    columns = {"referred": queues.REFERRED, "infused": queues.INFUSED_N, "died": queues.DIED, "batches": queues.BATCHES,
               "given_up": queues.GIVEN_UP, "vector_waited": queues.VECTOR_WAITED, "machine_wait": queues.MACHINE_WAIT,
               "to_infusion": queues.TO_INFUSION}  # fmt: skip
    gaps = {name: apart(list(total[:, at]), [float(t[name]) for t in twins]) for name, at in columns.items()}
    farthest = max(gaps, key=lambda name: gaps[name])
    return {"patients a year": sum(float(site.referrals) for site in given.sites),
            "ours, ms a replication": 1000 * mine / len(total), "SimPy, ms a replication": 1000 * theirs / len(twins),
            "times SimPy": theirs / len(twins) / (mine / len(total)),
            "ours, events/s": sums[:, journeys.EVENTS].sum() / mine, "SimPy replications": len(twins),
            "largest distance of eight means, standard errors": gaps[farthest], "of": farthest}  # fmt: skip


def engines(size: int) -> dict[str, Any]:
    """The same replications on one thread and on two workers of each engine, in turn; an engine's start is left out."""
    from milenari.cli.plan.engines import Engine
    from milenari.science.planning.simulate import Run, replicated
    from tests.science.planning_cases import seed

    given, asked, number = seed(), Run(365, 1095, reorder_at=30, reorder_litres=8), 2500 * size
    made: dict[str, Any] = {"replications": number, "load before": os.getloadavg()[0]}

    def paired(spread_out: Any) -> tuple[float, bool]:
        replicated(given, asked, 64, 1, spread_out)
        shares, same = [], True
        for _ in range(3):
            began = time.perf_counter()
            alone = replicated(given, asked, number, 1)
            one = time.perf_counter() - began
            began = time.perf_counter()
            both = replicated(given, asked, number, 1, spread_out)
            shares.append(one / (time.perf_counter() - began) / 2)
            same = same and all((a == b).all() for a, b in zip(alone, both, strict=True))
        return statistics.median(shares), same

    for name in ("threads", "joblib", "dask"):
        share, same = Engine(name, 2).run(paired)
        made |= {f"{name}, two workers: efficiency, median of three": share, f"{name}: identical": same}
    return made


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--size", type=int, default=4, help="replications are multiples of this (default 4)")
    made.add_argument("--only", choices=["4", "40", "400", "engines"])
    made.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = made.parse_args()
    found = {f"{sites} sites": network(sites, asked.size) for sites in MOST_TWINS if asked.only in (None, str(sites))}
    if asked.only in (None, "engines"):
        found["engines"] = engines(asked.size)
    if asked.json:
        print(json.dumps(found))
        return
    for name, rows in found.items():
        print(name)
        for said, value in rows.items():
            print(f"  {said:<50} {value:,.4g}" if isinstance(value, float) else f"  {said:<50} {value}")


if __name__ == "__main__":
    main()
