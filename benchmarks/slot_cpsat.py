"""CP-SAT as a peer of the large slot benchmark, in a process of its own: its libraries and HiGHS' do not share one.

    python -m benchmarks.slot_cpsat SECONDS GAP < instance.json > answer.json

Each patient has an optional interval at each of their sites, its start a variable; the intervals of a site fill a
cumulative of as many units. One thread. The answer has the dated plan, the bound proven, and processor seconds.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date, timedelta
from typing import Any


def solved(instance: dict[str, Any], seconds: float, gap: float) -> dict[str, Any]:
    from ortools.sat.python import cp_model

    began = time.process_time()
    first, busy = date.fromisoformat(instance["first_monday"]), instance["busy"]
    made = cp_model.CpModel()
    at_site: list[list[Any]] = [[] for _ in instance["units"]]
    cost, told = [], []
    for person in instance["patients"]:
        ready = (date.fromisoformat(person["ready"]) - first).days
        last = min(ready + instance["window"], instance["days"] - 1)
        days = [day for day in range(ready, last + 1) if day % 7 < 5]
        ways = []
        for farther, site in enumerate(instance["sites_of_home"][person["home"]] if days else ()):
            here = made.new_bool_var("")
            start = made.new_int_var_from_domain(cp_model.Domain.from_values(days), "")
            at_site[site].append(made.new_optional_fixed_size_interval_var(start, busy, here, ""))
            # Days waited where the patient is here, else nothing.
            waited = made.new_int_var(0, last - ready, "")
            made.add(waited >= start - ready).only_enforce_if(here)
            ways.append((site, here, start))
            cost += [waited * person["weight"], here * (instance["farther_costs"] * farther)]
        dropped = made.new_bool_var("")
        made.add_exactly_one([here for _, here, _ in ways] + [dropped])
        cost.append(dropped * (instance["dropped_costs"] * person["weight"]))
        told.append(ways)
    for site, intervals in enumerate(at_site):
        made.add_cumulative(intervals, [1] * len(intervals), instance["units"][site])
    made.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    status = solver.solve(made)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    answer = None
    if found:
        answer = [next(({"site": site, "start": str(first + timedelta(days=solver.value(start)))}
                        for site, here, start in ways if solver.value(here)), None) for ways in told]  # fmt: skip
    return {"status": solver.status_name(status), "bound": solver.best_objective_bound, "answer": answer,
            "processor s": time.process_time() - began}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(solved(json.load(sys.stdin), float(sys.argv[1]), float(sys.argv[2]))))
