"""Durable signed acts per second through the one door: one by one, and in batches of 100.

Every act is a real one (equipment registered and calibrated, material received and judged in turn): decided by
its rule, signed by its person, chained, posted to the registers, and on disk when perform returns. A batch is
one transaction and one disk sync, and one signed checkpoint over its entries. --writers adds the same one by
one from several processes at once, each on its own site (and so on its own log's lock).
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from statistics import median
from typing import Any

from benchmarks.common import parser, run

BATCH = 100


def measure(asked: Namespace) -> dict[str, Any]:
    from milenari.journal.perform import perform_all
    from tests.journal import book

    sites = [f"S{n}" for n in range(max(asked.writers, 1))]
    book.found(*sites)
    acts = book.work(10**9, sites[0])
    rates: dict[str, list[float]] = {"one by one": [], f"batches of {BATCH}": []}
    worst: list[float] = []
    perform_all(islice(acts, 40))
    for _ in range(asked.rounds):
        begin = last = time.perf_counter()
        for request in islice(acts, asked.size):
            perform_all([request])
            now = time.perf_counter()
            worst.append(now - last)
            last = now
        rates["one by one"].append(asked.size / (last - begin))
        begin = time.perf_counter()
        batches = max(1, asked.size // BATCH)
        for _ in range(batches):
            perform_all(islice(acts, BATCH))
        rates[f"batches of {BATCH}"].append(batches * BATCH / (time.perf_counter() - begin))
    found: dict[str, Any] = {name: median(many) for name, many in rates.items()}
    ratio = found[f"batches of {BATCH}"] / found["one by one"]
    worst.sort()
    result: dict[str, Any] = {
        "acts_per_second": found,
        "ratio": {"batches of 100 to one by one": ratio},
        "milliseconds_one_by_one": {
            "median": 1e3 * median(worst),
            "p99": 1e3 * worst[int(len(worst) * 0.99)],
            "longest": 1e3 * worst[-1],
        },
    }
    if asked.writers > 1:
        found[f"{asked.writers} writers"] = side_by_side(asked, sites)
        result["ratio"]["writers together to one"] = found[f"{asked.writers} writers"] / found["one by one"]
    return result


def side_by_side(asked: Namespace, sites: list[str]) -> float:
    from django.db import connections

    connections.close_all()
    with ProcessPoolExecutor(len(sites), mp_context=get_context("fork")) as pool:
        list(pool.map(_writer, sites, [10] * len(sites), [10**6] * len(sites)))  # start them and warm them up
        begin = time.perf_counter()
        list(pool.map(_writer, sites, [asked.size] * len(sites), [2 * 10**6] * len(sites)))
        return asked.size * len(sites) / (time.perf_counter() - begin)


def _writer(site: str, acts: int, start: int) -> None:
    from milenari.journal.perform import perform_all
    from tests.journal import book

    for request in book.work(acts, site, start=start):
        perform_all([request])


def tell(result: dict[str, Any]) -> str:
    lines = [f"{name:<18}{rate:>9.0f} acts per second" for name, rate in result["acts_per_second"].items()]
    lines += [f"{name}: {ratio:.2f} times as fast" for name, ratio in result["ratio"].items()]
    times = ", ".join(f"{name} {value:.1f}" for name, value in result["milliseconds_one_by_one"].items())
    return "\n".join([*lines, f"one act takes, in milliseconds: {times}"])


def main() -> int:
    made = parser(__doc__ or "", 400, "acts one by one, and in batches, in each round")
    made.add_argument("--rounds", type=int, default=5, help="rounds, taken in turns (default 5)")
    made.add_argument("--writers", type=int, default=2, help="processes side by side (default 2; 1 leaves it out)")
    return run("benchmarks.append", made.parse_args(), measure, tell)


if __name__ == "__main__":
    sys.exit(main())
