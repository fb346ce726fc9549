"""Slots of many patients on many sites: ours, CP-SAT with optional intervals and the greedy plan, one thread each.

    python -m benchmarks.large_slots [--sizes 25/4,500/40] [--seed 1] [--gap 0.0005] [--peer-seconds 60] [--json]

Not the product's planner: what `milenari plan slots` also holds (people, rooms, laboratory, vector, beds) is not in the
published benchmark. Instances: `slot_network.py`; ours: `slot_plan.py`; CP-SAT runs in a process of its own
(`slot_cpsat.py`), may stop at `--gap`, and stops after `--peer-seconds`. Every plan, the peers' too, is checked and
counted by `slot_verifier.py` from the instance and its dates alone. The ratios are of cost: the peer's to ours.
Processor seconds, building the model included, drawing the instance not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

from benchmarks.printed import parser, told

THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
SLACK_S = 600
"""What the peer's process may take beside its search: building its model and reading it."""


def by_cpsat(instance: dict[str, Any], seconds: float, gap: float) -> dict[str, Any]:
    """The peer's answer; it has a process of its own."""
    words = [sys.executable, "-m", "benchmarks.slot_cpsat", str(seconds), str(gap)]
    done = subprocess.run(words, input=json.dumps(instance), capture_output=True, text=True, check=True,  # noqa: S603
                          env={**os.environ, **THREADS}, timeout=seconds + SLACK_S)  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def run(patients: int, sites: int, asked: argparse.Namespace) -> dict[str, Any]:
    """One size: every plan with its cost as the verifier counts it, bounds, ratios and times."""
    from benchmarks import slot_network, slot_plan
    from benchmarks.slot_verifier import verified

    given = slot_network.Network(patients, sites, asked.seed)
    instance = given.instance()
    began = time.process_time()
    plain = slot_network.greedy(given)
    between = time.process_time()
    made = slot_plan.solve(given)
    took = time.process_time() - between
    cost, wrong = verified(instance, given.dated(made.plan))
    plain_cost, plain_wrong = verified(instance, given.dated(plain))
    dropped = Counter(slot is None for slot in given.dated(made.plan))[True]
    found: dict[str, Any] = {
        "columns": made.ways, "rows": made.rows, "patients in fractions": made.fractions,
        "plan": cost, "bound": round(made.bound, 2), "gap %": round(100 * (cost - made.bound) / cost, 4),
        "dropped": dropped, "processor s": round(took, 2), "violations": len(wrong), "greedy": plain_cost,
        "greedy to ours": round(plain_cost / cost, 3), "greedy, violations": len(plain_wrong),
        "greedy, processor s": round(between - began, 2),
    }  # fmt: skip
    if asked.peer_seconds > 0:
        peer = by_cpsat(instance, asked.peer_seconds, asked.gap)
        found |= {"CP-SAT": peer["status"], "CP-SAT, bound": peer["bound"],
                  "CP-SAT, processor s": round(peer["processor s"], 2)}  # fmt: skip
        if peer["answer"] is not None:
            theirs, broken = verified(instance, peer["answer"])
            found |= {"CP-SAT, plan": theirs, "CP-SAT to ours": round(theirs / cost, 3),
                      "CP-SAT, violations": len(broken)}  # fmt: skip
    return found


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--sizes", default="25/4,500/40", help="patients/sites, comma between")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--gap", type=float, default=0.0005, help="relative gap at which CP-SAT may stop")
    made.add_argument("--peer-seconds", type=float, default=60, help="time of CP-SAT; 0 leaves it out")
    asked = made.parse_args()
    os.environ |= THREADS  # before NumPy is loaded
    from benchmarks import slot_network, slot_plan

    slot_plan.solve(slot_network.Network(25, 4, 0))  # the solver is loaded
    found = {}
    for size in asked.sizes.split(","):
        patients, sites = (int(part) for part in size.split("/"))
        found[size] = run(patients, sites, asked)
        if not asked.json:
            told({size: found[size]}, False)
    if asked.json:
        told(found, True)


if __name__ == "__main__":
    main()
