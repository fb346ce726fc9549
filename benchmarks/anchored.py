"""What it costs to have a local mirror hold every entry before it is kept, against keeping it alone.

The mirror is the product's own (``milenari mirror serve``), in a process of its own on this machine and disk: its
network is loopback, so a real one adds the round trip of the hospital's network, and its own disk takes the second
sync off ours. Every act of the run is anchored, though in the product only those are that cannot be undone (dispatch,
receipt, spending, release, infusion); the door and the protocol are the product's.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.common import parser, run

SITE = "S0"


def measure(asked: Namespace) -> dict[str, Any]:
    from django.conf import settings

    from milenari.journal import keys, perform
    from milenari.journal.exchange import mirror
    from tests.journal import book
    from tests.postgres import free_port

    book.found(SITE)
    perform.ANCHORED = frozenset({"register-equipment", "receive-material", "calibrate-equipment", "judge-material"})
    acts = book.work(10**9, SITE)
    times: dict[str, list[float]] = {"alone": [], "mirrored": []}
    with tempfile.TemporaryDirectory(prefix="milenari-mirror-", dir=asked.dir) as folder:
        key = mirror.found(Path(folder), "milenari.example/S0/mirror")
        mirror.admit(Path(folder), SITE, keys.log_key(SITE).verifier.encode())
        (keys.folder() / "mirror.vkey").write_text(key.verifier.encode())
        port = free_port()
        command = [sys.executable, "-m", "milenari", "mirror", "serve", folder, "--port", str(port)]
        box = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            _wait(port)
            for way in ("alone", "mirrored") * asked.rounds:
                settings.MIRROR = f"http://127.0.0.1:{port}" if way == "mirrored" else ""
                perform.perform_all(islice(acts, 1))  # what the mirror missed meanwhile travels with this one
                for request in islice(acts, asked.size):
                    begin = time.perf_counter()
                    perform.perform_all([request])
                    times[way].append(time.perf_counter() - begin)
            held = mirror.opened(Path(folder)).stores[SITE].size
        finally:
            box.terminate()
            box.wait(20)
    told = {way: _told(many) for way, many in times.items()}
    return {
        "milliseconds": told,
        "held_by_mirror": held,
        "ratio": {"mirrored to alone, median": told["mirrored"]["median"] / told["alone"]["median"]},
    }


def _wait(port: int) -> None:
    import socket

    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the mirror does not answer")


def _told(many: list[float]) -> dict[str, float]:
    many = sorted(many)
    return {"median": 1e3 * median(many), "p99": 1e3 * many[int(len(many) * 0.99)], "longest": 1e3 * many[-1]}


def tell(result: dict[str, Any]) -> str:
    lines = [
        f"{way:<10} {told['median']:>7.1f} ms median {told['p99']:>7.1f} ms p99 {told['longest']:>7.1f} ms longest"
        for way, told in result["milliseconds"].items()
    ]
    ratio = result["ratio"]["mirrored to alone, median"]
    return "\n".join([*lines, f"with the mirror {ratio:.2f} times the time; it held {result['held_by_mirror']}"])


def main() -> int:
    made = parser(__doc__ or "", 200, "acts each way in each round")
    made.add_argument("--rounds", type=int, default=5, help="rounds, taken in turns (default 5)")
    return run("benchmarks.anchored", made.parse_args(), measure, tell)


if __name__ == "__main__":
    sys.exit(main())
