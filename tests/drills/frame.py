"""Frame: what a drill is asked and what it answers, which drills there are, and how one is started.

Each drill runs in a process and a scratch home of its own, on SQLite or on a PostgreSQL started for it, so that
nothing of one helps the next and its peak of memory is its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

SIZES = ("small", "full")
ENGINES = ("sqlite", "postgresql")
# Name -> number in the list of drills; the file of the same name has ``drill``.
DRILLS = {
    "partition": "1", "allocation": "1b", "hostile": "2", "restore": "3", "stolen_key": "4", "lost_node": "6",
    "kill": "7", "privacy": "9",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One run: how large, from which seed, in which empty folder."""

    size: str = "small"
    seed: int = 0
    folder: Path = Path()
    say: Callable[[str], object] = lambda line: None
    number: int = 0  # of schedules, parcels, rounds or kills; 0 leaves it to the size

    @property
    def full(self) -> bool:
        return self.size == "full"

    def of(self, small: int, full: int) -> int:
        """The number that fits the size."""
        return full if self.full else small

    def main(self, small: int, full: int) -> int:
        """The number by which this drill is large, unless another was asked for."""
        return self.number or self.of(small, full)


@dataclass
class Found:
    """What a drill saw: counts by name, seconds by name, and every promise that did not hold, in words."""

    counts: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.faults

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def check(self, holds: object, promise: str) -> bool:
        """Keep a broken promise; the drill goes on, so that one run shows all of them."""
        if not holds:
            self.faults.append(promise)
        return bool(holds)

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0) + time.perf_counter() - began, 3)


def peak_mb() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(name: str, asked: Asked) -> Found:
    """Play a drill here and now; its last fault is whatever it stumbled over itself."""
    found: Found = import_module(f"tests.drills.{name}").drill(asked)
    found.counts["peak_mb"] = round(peak_mb())
    return found


def run_apart(name: str, size: str, seed: int, engine: str, number: int = 0) -> dict[str, Any]:
    """Play a drill in a process of its own, on a fresh database of that engine; the answer as plain data."""
    with tempfile.TemporaryDirectory(prefix="milenari-drill-") as home, _database(engine) as more:
        env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        env |= {"MILENARI_HOME": home, "MILENARI_DEMO": "1", "DJANGO_SETTINGS_MODULE": "milenari.server.settings"}
        command = [
            sys.executable,
            "-m",
            "tests.drills",
            name,
            f"--size={size}",
            f"--seed={seed}",
            f"--number={number}",
            "--child",
        ]
        began = time.perf_counter()
        done = subprocess.run(command, env=env | more, stdout=subprocess.PIPE, text=True, check=False)
        told = done.stdout.splitlines()[-1:] or ["{}"]
        try:
            found = json.loads(told[0])
        except ValueError:
            found = {}
    if done.returncode not in (0, 1) or "faults" not in found:
        found = {"counts": {}, "seconds": {}, "faults": [f"the drill itself ended with {done.returncode}: see above"]}
    about = {"drill": name, "number": DRILLS[name], "engine": engine, "size": size, "seed": seed}
    return {**about, "passed": not found["faults"], "took_s": round(time.perf_counter() - began, 1), **found}


def play_child(name: str, size: str, seed: int, number: int) -> int:
    """In the child: the drill, and its answer as the last line."""
    import django

    django.setup()
    with tempfile.TemporaryDirectory(prefix="milenari-drill-") as folder:
        asked = Asked(size, seed, Path(folder), lambda line: print(line, file=sys.stderr, flush=True), number)
        found = run(name, asked)
    print(json.dumps(asdict(found)))
    return 0 if found.passed else 1


@contextlib.contextmanager
def _database(engine: str) -> Iterator[dict[str, str]]:
    if engine == "sqlite":
        yield {}
        return
    from tests.postgres import postgres

    with postgres() as url:
        yield {"DATABASE_URL": url}
