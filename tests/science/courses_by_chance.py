"""Small data sets full of ties and zero times, drawn from a seed, and an oracle that shares nothing with the method.

The oracle is Efron's redistribution to the right (1967, Proc 5th Berkeley Symp 4:831-853): everybody has the same
share; who leaves without an event gives theirs in equal parts to all who are seen longer. Shares are exact fractions.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from milenari.science.outcome.course import Courses, courses
from milenari.science.outcome.terms import Interval, Terms

HERE = Path(__file__).parent
RECORDED = HERE / "data" / "outcomes_by_r.json"
JUDGE = HERE / "judge.R"

Set = dict[str, Any]


def terms(event: Sequence[str] = ("1",), competing: Sequence[str] = ("2",), censored: Sequence[str] = ("0",),
          interval: Interval = Interval.LOG_LOG, confidence: float = 0.95) -> Terms:  # fmt: skip
    return Terms("all", "infusion", tuple(event), tuple(competing), tuple(censored), interval, confidence)


def drawn(seed: int, least: int = 1, most: int = 24) -> Set:
    """Times are whole days from 0 on, so few that most are shared; groups and strata beside them."""
    chance = random.Random(seed)
    n = chance.randint(least, most)
    last = chance.choice([2, 4, 9, 30])
    return {
        "time": [chance.randint(0, last) for _ in range(n)],
        "status": [chance.choice("00112" if seed % 2 else "012") for _ in range(n)],
        "group": [chance.choice("abc" if seed % 3 == 0 else "ab") for _ in range(n)],
        "stratum": [chance.choice("xy") for _ in range(n)],
    }


def read(one: Set, rules: Terms, *labels: str) -> Courses:
    return courses(one["time"], one["status"], rules, *(one[name] for name in labels))


def redistributed(one: Set) -> dict[str, dict[int, Fraction]]:
    """The share that has had event 1, or 2, by each distinct time."""
    times, statuses = one["time"], one["status"]
    share = [Fraction(1, len(times))] * len(times)
    for t in sorted(set(times)):
        later = [at for at, other in enumerate(times) if other > t]
        given = sum((share[at] for at, other in enumerate(times) if other == t and statuses[at] == "0"), Fraction())
        for at in later:
            share[at] += given / len(later)
    return {
        kind: {
            t: sum((share[at] for at, s in enumerate(statuses) if s == kind and times[at] <= t), Fraction())
            for t in sorted(set(times))
        }
        for kind in "12"
    }


@cache
def r_is_here() -> bool:
    """Rscript with survival and cmprsk."""
    if shutil.which("Rscript") is None:
        return False
    asked = "q(status = !(requireNamespace('survival', quietly = TRUE) && requireNamespace('cmprsk', quietly = TRUE)))"
    return subprocess.run(["Rscript", "-e", asked], capture_output=True, check=False).returncode == 0


def judged(sets: Sequence[Set], folder: Path) -> list[dict[str, Any]]:
    """What R says of the sets."""
    rows = ["set,time,status,group,stratum"]
    for k, one in enumerate(sets):
        rows += [f"{k},{t},{s},{g},{x}" for t, s, g, x in
                 zip(one["time"], one["status"], one["group"], one["stratum"], strict=True)]  # fmt: skip
    given, told = folder / "sets.csv", folder / "told.csv"
    given.write_text("\n".join(rows) + "\n", encoding="utf-8")
    subprocess.run(["Rscript", str(JUDGE), str(given), str(told)], check=True, capture_output=True)
    made: list[dict[str, Any]] = [{} for _ in sets]
    for line in told.read_text(encoding="utf-8").splitlines():
        k, what, values = line.split(",", 2)
        made[int(k)][what] = [None if v in ("NA", "NaN", "Inf") else float(v) for v in values.split(",")]
    return made


def recorded() -> list[tuple[Set, dict[str, Any]]]:
    return [(case["given"], case["told"]) for case in json.loads(RECORDED.read_text(encoding="utf-8"))["cases"]]
