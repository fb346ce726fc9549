"""How long it takes to verify the whole book, and to rebuild the registers from it.

Verification reads every entry: canonical bytes, leaf, Merkle root against the signed checkpoint, every person's
signature, every subject's versions, and every register row against a fresh fold. Each step runs in a process of
its own, so that its peak memory is its own; what the process needs before it begins is told as well.
The plain reference of the same run reads and hashes the entries and nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from argparse import Namespace
from itertools import islice
from resource import RUSAGE_SELF, getrusage
from typing import Any

from benchmarks.common import parser, run

FULL = 100_000
STEPS = ("hash only", "verify", "rebuild")


def measure(asked: Namespace) -> dict[str, Any]:
    from milenari.journal.perform import perform_all
    from tests.journal import book

    size = FULL if asked.full else asked.size
    book.found("S0", "S1")
    begin = time.perf_counter()
    logs = [book.work(size // 2, site) for site in ("S0", "S1")]
    while batches := [batch for log in logs if (batch := list(islice(log, 500)))]:
        for batch in batches:
            perform_all(batch)
    wrote = time.perf_counter() - begin
    steps = {}
    for step in STEPS:
        command = [sys.executable, "-m", "benchmarks.verify", "--step", step]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
        steps[step] = json.loads(done.stdout.splitlines()[-1])
    entries = steps["verify"]["entries"]
    hashing, verifying = steps["hash only"]["seconds"], steps["verify"]["seconds"]
    return {
        "entries": entries,
        "written_in_seconds": wrote,
        "steps": {name: {**found, "entries_per_second": entries / found["seconds"]} for name, found in steps.items()},
        "ratio": {"verify to hash only": verifying / hashing},
    }


def one_step(step: str) -> dict[str, Any]:
    import django

    django.setup()
    from django.db import connection

    from milenari.journal import verify
    from milenari.journal.models import Entry
    from milenari.journal.tree import Frontier, leaf_hash

    connection.ensure_connection()
    before, begin = peak(), time.perf_counter()
    result: dict[str, Any] = {}
    if step == "hash only":
        bodies = Entry.objects.filter(site="S0").order_by("index").values_list("body", flat=True).iterator(2000)
        Frontier.of(leaf_hash(bytes(body)) for body in bodies)
        bodies = Entry.objects.filter(site="S1").order_by("index").values_list("body", flat=True).iterator(2000)
        Frontier.of(leaf_hash(bytes(body)) for body in bodies)
    elif step == "verify":
        report = verify.verify()
        if not report.sound:
            raise SystemExit(f"the book does not verify: {report.first_bad()}")
        result = {"entries": report.entries, "rows": report.register_rows}
    else:
        result = {"rows": verify.rebuild()}
    return {**result, "seconds": time.perf_counter() - begin, "peak_mb": peak(), "before_mb": before}


def peak() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def tell(result: dict[str, Any]) -> str:
    lines = [f"{result['entries']} entries, written in {result['written_in_seconds']:.1f} s (batches of 500)"]
    for name, found in result["steps"].items():
        rows = f", {found['rows']} register rows" if "rows" in found else ""
        memory = f"{found['peak_mb']:.0f} MB at most ({found['before_mb']:.0f} before it began)"
        lines.append(
            f"{name:<10}{found['seconds']:>8.2f} s {found['entries_per_second']:>8.0f} entries/s, {memory}{rows}"
        )
    return "\n".join([*lines, f"verifying takes {result['ratio']['verify to hash only']:.0f} times as long as hashing"])


def main() -> int:
    made = parser(__doc__ or "", 5_000, "entries in the book")
    made.add_argument("--full", action="store_true", help=f"{FULL} entries, whatever --size says")
    made.add_argument("--step", choices=STEPS, help="(used by itself) one step on the database of the environment")
    asked = made.parse_args()
    if asked.step:
        print(json.dumps(one_step(asked.step)))
        return 0
    return run("benchmarks.verify", asked, measure, tell)


if __name__ == "__main__":
    sys.exit(main())
