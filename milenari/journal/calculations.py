"""Calculations: planning runs begun on screen, each in a process of its own; how far one is, how it is ended.

A run notes every second that it lives, and looks whether it was asked to stop. When its time is up it tells the best
plan so far with its gap; a run that was stopped, or whose process is gone, leaves nothing but that note. Two run at a
time. What comes out is advice on this node's screen until somebody keeps it as a plan.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

from milenari.journal import clock, comparisons, scenarios
from milenari.journal.models import Calculation
from milenari.rules.action import Refused
from milenari.science.unfit import Unfit
from milenari.words import Facts

BEAT_S = 1.0
SILENT = timedelta(seconds=60)  # a run that has said nothing this long is gone
AT_ONCE, KEPT = 2, 500
MOST_S, MOST_REPLICATIONS, MOST_DAYS = 900, 20_000, 3_650
KINDS = ("slots", "simulate", *comparisons.KINDS)
SIMULATED = {
    "replications": (2, MOST_REPLICATIONS),
    "days": (30, MOST_DAYS),
    "seed": (0, 2**31),
    "reorder_at": (0, 10_000),
    "litres": (0, 10_000),
}  # no litres: as if vector never ran out
BOUNDS: dict[str, dict[str, tuple[int, int]]] = {
    "slots": {"seconds": (1, MOST_S)},
    **dict.fromkeys(("simulate", *comparisons.KINDS), SIMULATED),
}


@dataclass(frozen=True)
class Run:
    """A run as screens show it; ``state`` is running, stopping, stopped, gone, failed or done."""

    id: int
    kind: str
    scenario: scenarios.Kept
    by: str
    asked: Facts
    begun_at: datetime
    ended_at: datetime | None
    state: str
    done: int
    expected: int
    seconds: int
    answer: Facts | None
    fault: str

    @property
    def percent(self) -> int:
        return min(99, 100 * self.done // self.expected) if self.expected else 0


def _state(row: Calculation, now: datetime) -> str:
    if row.ended_at is not None:
        return "done" if row.answer is not None else "failed" if row.fault else "stopped"
    if now - row.beat_at >= SILENT:
        return "gone"
    return "stopping" if row.stop else "running"


def _run(row: Calculation) -> Run:
    now = clock.now()
    spent = int(((row.ended_at or (row.beat_at if _state(row, now) == "gone" else now)) - row.begun_at).total_seconds())
    return Run(row.pk, row.kind, scenarios.shown(row.scenario), row.by, row.asked, row.begun_at, row.ended_at,
               _state(row, now), row.done, row.expected, max(0, spent), row.answer, row.fault)  # fmt: skip


def of(sees: frozenset[str] | None) -> QuerySet[Calculation, Calculation]:
    """The runs over scenarios of these sites (None: of all), the newest first, without their answers."""
    found = Calculation.objects.select_related("scenario").defer("answer", "scenario__text").order_by("-id")
    return found if sees is None else found.filter(scenario__site__in=sees)


def shown(rows: Iterable[Calculation]) -> list[Run]:
    """Rows of a list as screens show them."""
    return [_run(row) for row in rows]


def one(number: int, sees: frozenset[str] | None) -> Run:
    """A run by its number; Refused when there is none, or not for this person."""
    row = of(sees).filter(pk=number).first()
    if row is None:
        raise Refused("calculation-unknown", number=number)
    return _run(row)


def checked(kind: str, asked: Facts) -> Facts:
    """What may be asked of a run; Refused names the field that is out of bounds."""
    for name, (low, high) in BOUNDS[kind].items():
        if type(asked.get(name)) is not int or not low <= asked[name] <= high:
            raise Refused("calculation-bounds", field=name, least=low, most=high)
    more = {"more": comparisons.kept(kind, asked["more"])} if kind in comparisons.KINDS else {}
    return {name: asked[name] for name in BOUNDS[kind]} | more


def _expected(kind: str, asked: Facts) -> int:
    if kind in comparisons.KINDS:
        return comparisons.expected(kind, asked)
    return int(asked["seconds"] if kind == "slots" else asked["replications"])


def begin(kind: str, scenario: scenarios.Kept, by: str, asked: Facts) -> int:
    """Note that a run begins; Refused while as many run as may at once."""
    asked, now = checked(kind, asked), clock.now()
    with transaction.atomic():
        alive = Calculation.objects.select_for_update().filter(ended_at=None, beat_at__gt=now - SILENT)
        if len(alive) >= AT_ONCE:
            raise Refused("calculations-running", number=AT_ONCE)
        made = Calculation.objects.create(
            kind=kind, scenario_id=scenario.id, by=by, asked=asked, begun_at=now, beat_at=now,
            expected=_expected(kind, asked))  # fmt: skip
        for old in Calculation.objects.order_by("-id")[KEPT:]:
            old.delete()
    return int(made.pk)


def launch(kind: str, scenario: scenarios.Kept, by: str, asked: Facts) -> int:
    """Begin a run and compute it in a process of its own; returns its number."""
    number = begin(kind, scenario, by, asked)
    words = [sys.executable, "-m", "milenari", "plan", "calculate", str(number)]
    quiet = subprocess.DEVNULL
    subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    return number


def ask_to_stop(run: Run) -> None:
    """Ask a run to end; it does within a few seconds. Nothing happens to one that has ended."""
    Calculation.objects.filter(pk=run.id, ended_at=None).update(stop=True)


def work(number: int) -> bool:
    """Compute a run that was begun, noting how far it is; whether it came to its end (False: it was stopped).

    The computing is in a thread that ends with this process, so that it is gone when its run was stopped.
    """
    row = Calculation.objects.get(pk=number)
    tree, scenario = scenarios.opened(scenarios.shown(row.scenario))
    kind, asked, begun = row.kind, row.asked, clock.now()
    trees = tree, comparisons.other(asked)
    told: Facts = {}
    over = Event()
    count = [0]

    def compute() -> None:
        try:
            told["answer"] = _computed(kind, trees, scenario, asked, count)
        except (Unfit, ArithmeticError) as fault:
            told["fault"] = str(fault)
        except MemoryError:
            told["fault"] = "The memory of this machine does not suffice. Ask for less."
        finally:
            over.set()
            connections.close_all()

    Thread(target=compute, daemon=True).start()
    while not over.wait(BEAT_S):
        passed = int((clock.now() - begun).total_seconds())
        Calculation.objects.filter(pk=number).update(beat_at=clock.now(), done=passed if kind == "slots" else count[0])
        if Calculation.objects.filter(pk=number, stop=True).exists():
            Calculation.objects.filter(pk=number).update(beat_at=clock.now(), ended_at=clock.now())
            return False
    now = clock.now()
    fault = "" if "answer" in told else told.get("fault", "The run ended without an answer; its scenario is unchanged.")
    Calculation.objects.filter(pk=number).update(
        beat_at=now, ended_at=now, answer=told.get("answer"), fault=fault, done=row.expected)  # fmt: skip
    return True


def _computed(kind: str, trees: tuple[Any, Any], scenario: Any, asked: Facts, count: list[int]) -> Facts:
    if kind == "slots":
        from milenari.science.planning import slots

        planned: Facts = slots.plan(scenario, float(asked["seconds"])).to_json()
        return planned
    from milenari.science.planning import simulate

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def spread_out(one: Callable[[Sequence[int]], Any], chunks: Iterable[Sequence[int]]) -> Iterable[Any]:
            work = list(chunks)
            for chunk, found in zip(work, pool.map(one, work), strict=True):
                count[0] += len(chunk)
                yield found

        if kind in comparisons.KINDS:
            return comparisons.computed(kind, trees, asked, spread_out)
        found: Facts = simulate.simulate(
            scenario, comparisons.rules(asked), asked["replications"], asked["seed"], spread_out).to_json()  # fmt: skip
    return found
