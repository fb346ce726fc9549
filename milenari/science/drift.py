"""Which signals a series of results gives against a frozen baseline, each with an identity of its own.

A signal is one episode: a run of neighbouring results at which one test stands. Its id is made of the series' name,
the baseline, the test with its convention and settings, and the key of the result at which the episode began; so
results that come later never change the id of an earlier signal, and a task is opened once. Keys are unique names of
results, e.g. batch numbers, in time order. Tests: Nelson's rules, EWMA and CUSUM (see those files for references).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science import cusum, ewma, nelson
from milenari.science.baseline import Baseline
from milenari.science.computed import Computed, Real, Unfit, Vector, sample
from milenari.science.nelson import Flags

VERSION = "1"


@dataclass(frozen=True)
class Result:
    """One value under the name of what was measured."""

    key: str
    value: Real


@dataclass(frozen=True)
class Watch:
    """Which tests run, and with which settings; they are part of every signal's identity."""

    convention: nelson.Convention = nelson.Convention.NELSON
    rules: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    ewma_weight: float | None = 0.2
    ewma_reach: float = 3.0
    cusum_slack: float | None = 0.5
    cusum_decision: float = 5.0


@dataclass(frozen=True)
class Signal:
    """``test`` is nelson-1 to nelson-8, ewma-high, ewma-low, cusum-high or cusum-low.

    ``first`` is the result at which it arose, ``last`` the newest at which it stands; ``count`` results in between.
    """

    id: str
    test: str
    convention: str
    first: str
    last: str
    count: int
    value: float


@dataclass(frozen=True)
class Drift(Computed):
    """All signals in order of their first result, then of the test."""

    series: str
    baseline: Baseline
    n: int
    signals: tuple[Signal, ...]


def signals(series: str, results: Sequence[Result], base: Baseline, tests: Watch | None = None) -> Drift:
    """Every episode in the series. Raises Unfit: a key twice, a value that is no number, an unknown rule."""
    wanted = tests or Watch()
    keys = [result.key for result in results]
    if len(set(keys)) < len(keys):
        seen: set[str] = set()
        twice = next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unfit("key-twice", f"{twice} stands in the series twice. Give each result a name of its own.", key=twice)
    possible = nelson.LENGTHS[wanted.convention].rules
    unknown = [rule for rule in wanted.rules if rule not in range(1, 9)]
    if unknown:
        raise Unfit("rule-unknown", f"There is no rule {unknown[0]}; Nelson's rules are 1 to 8.", rule=unknown[0])
    found: list[Signal] = []
    if results:
        x = sample((result.value for result in results), "value", 1, varying=False)
        for name, how, flagged in _tested(x, base, wanted, possible):
            found += _episodes(series, base, name, how, keys, x, flagged)
    order = {key: at for at, key in enumerate(keys)}
    return Drift(
        method="drift-signals", version=VERSION, series=series, baseline=base, n=len(keys),
        reference=f"{nelson.REFERENCE}; {ewma.REFERENCE}; {cusum.REFERENCE}",
        signals=tuple(sorted(found, key=lambda s: (order[s.first], s.test))),
    )  # fmt: skip


def new_signals(found: Drift, known: Iterable[str]) -> tuple[Signal, ...]:
    """Those without a task yet: whose id is not among the known ones."""
    opened = set(known)
    return tuple(signal for signal in found.signals if signal.id not in opened)


def _tested(x: Vector, base: Baseline, wanted: Watch, possible: tuple[int, ...]) -> Iterable[tuple[str, str, Flags]]:
    flags = nelson.flags(x, base.centre, base.sigma, wanted.convention)
    for rule in wanted.rules:
        if rule in possible:
            yield f"nelson-{rule}", str(wanted.convention), flags[rule]
    if wanted.ewma_weight is not None:
        z, width = ewma.averaged(x, base, wanted.ewma_weight, wanted.ewma_reach, False)
        how = f"weight {wanted.ewma_weight:g}, reach {wanted.ewma_reach:g}"
        yield "ewma-high", how, z - base.centre > width
        yield "ewma-low", how, base.centre - z > width
    if wanted.cusum_slack is not None:
        up, down, limit = cusum.sums(x, base, wanted.cusum_slack, wanted.cusum_decision)
        how = f"k {wanted.cusum_slack:g}, h {wanted.cusum_decision:g}"
        yield "cusum-high", how, up > limit
        yield "cusum-low", how, down > limit


def _episodes(series: str, base: Baseline, test: str, how: str, keys: Sequence[str], x: Vector,
              flagged: Flags) -> list[Signal]:  # fmt: skip
    edges = np.diff(np.concatenate(([0], flagged.astype(np.int8), [0])))
    made = []
    for first, after in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        text = "\n".join((series, base.name, test, VERSION, how, keys[first]))
        made.append(Signal(
            id=hashlib.sha256(text.encode()).hexdigest()[:24], test=test, convention=how, first=keys[first],
            last=keys[after - 1], count=after - first, value=float(x[first]),
        ))  # fmt: skip
    return made
