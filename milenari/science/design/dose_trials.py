"""What a dose-finding design does if the true rates are these: every path added up, or many trials drawn.

Exact: all paths of cohorts, merged where they lead to the same counts at the same dose, with their probabilities.
Simulated: trials drawn from PCG64 (O'Neill 2014) with the seed stated in the answer; the same seed gives the same
answer on any machine. The first cohort is at ``start``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Unfit, count
from milenari.science.design import binomial
from milenari.science.design.escalation import Advice, Counts, Rules

VERSION = "1"
MOST_STATES = 60_000  # different standings a path sum may have after one cohort; beyond it trials are drawn
MOST_TRIALS = 100_000

State = tuple[Counts, Counts, int]


@dataclass(frozen=True)
class AtDose:
    """Per dose: true rate, how often it is taken, patients and toxicities on average."""

    dose: int
    rate: float
    taken: float
    patients: float
    toxicities: float


@dataclass(frozen=True)
class DoseTrials(Computed):
    """``none_taken`` is how often no dose is taken; ``se`` is the largest error of a simulated share, 0 when exact."""

    design: str
    exact: bool
    seed: int | None
    trials: int | None
    cohort: int
    cohorts: int
    start: int
    at: tuple[AtDose, ...]
    none_taken: float
    patients: float
    toxicities: float
    se: float


def added_up(design: str, rules: Rules, rates: Sequence[float], cohort: int, cohorts: int, start: int = 1,
             reference: str = "") -> DoseTrials:  # fmt: skip
    """Exact properties, or Unfit when there are too many standings to add up."""
    true = _asked(rates, cohort, cohorts, start)
    zero: Counts = (0,) * len(true)
    layer: dict[State, float] = {(zero, zero, start): 1.0}
    ended: list[tuple[float, Counts, Counts, int | None]] = []
    outcomes = [binomial.pmf(cohort, p).tolist() for p in true]
    for _ in range(cohorts):
        further: dict[State, float] = {}
        for (treated, toxic, dose), chance in layer.items():
            for y, likely in enumerate(outcomes[dose - 1]):
                if likely == 0.0:
                    continue
                n_now, y_now = _plus(treated, dose, cohort), _plus(toxic, dose, y)
                told = rules.advise(n_now, y_now, dose)
                if not told.going_on:
                    ended.append((chance * likely, n_now, y_now, told.dose))
                else:
                    state = (n_now, y_now, told.dose or dose)
                    further[state] = further.get(state, 0.0) + chance * likely
            if len(further) > MOST_STATES:
                raise Unfit("too-many-paths", f"More than {MOST_STATES} different standings to add up. Draw trials "
                            "with a seed instead.", most=MOST_STATES)  # fmt: skip
        layer = further
    ended += [(p, n, y, rules.select(n, y)) for (n, y, _), p in layer.items()]
    return _told(design, true, [(p, n, y, dose) for p, n, y, dose in ended], cohort, cohorts, start, None, None,
                 reference)  # fmt: skip


def drawn(design: str, rules: Rules, rates: Sequence[float], cohort: int, cohorts: int, trials: int, seed: int,
          start: int = 1, reference: str = "") -> DoseTrials:  # fmt: skip
    """``trials`` trials drawn with ``seed``."""
    true = _asked(rates, cohort, cohorts, start)
    count(seed, 0, "The seed")
    if not 1 <= trials <= MOST_TRIALS:
        raise Unfit("size-out-of-range", f"{trials} trials are asked for; it is 1 to {MOST_TRIALS}.", given=trials)
    chance = np.random.Generator(np.random.PCG64(seed))
    fates = chance.random((trials, cohorts, cohort))
    advised: dict[State, Advice] = {}
    taken: dict[tuple[Counts, Counts], int | None] = {}
    ended: dict[tuple[Counts, Counts, int | None], int] = {}
    for fate in fates:
        treated: Counts = (0,) * len(true)
        toxic, dose = treated, start
        final: tuple[int | None] | None = None
        for outcome in fate:
            y = int((outcome < true[dose - 1]).sum())
            treated, toxic = _plus(treated, dose, cohort), _plus(toxic, dose, y)
            told = advised.get((treated, toxic, dose))
            if told is None:
                told = advised[treated, toxic, dose] = rules.advise(treated, toxic, dose)
            if not told.going_on:
                final = (told.dose,)
                break
            dose = told.dose or dose
        if final is None:
            if (treated, toxic) not in taken:
                taken[treated, toxic] = rules.select(treated, toxic)
            final = (taken[treated, toxic],)
        key = (treated, toxic, final[0])
        ended[key] = ended.get(key, 0) + 1
    rows = [(k / trials, n, y, dose) for (n, y, dose), k in ended.items()]
    return _told(design, true, rows, cohort, cohorts, start, seed, trials, reference)


def _asked(rates: Sequence[float], cohort: int, cohorts: int, start: int) -> tuple[float, ...]:
    true = binomial.doses(rates)
    count(cohort, 1, "Patients per cohort"), count(cohorts, 1, "The number of cohorts")
    if cohort * cohorts > 120:
        raise Unfit("size-out-of-range", f"{cohorts} cohorts of {cohort} are {cohort * cohorts} patients; at most 120.")
    if not 1 <= start <= len(true):
        raise Unfit("dose-count", f"The first dose is {start}; there are {len(true)} doses.", given=start)
    return true


def _plus(counts: Counts, dose: int, more: int) -> Counts:
    return (*counts[: dose - 1], counts[dose - 1] + more, *counts[dose:])


def _told(design: str, true: tuple[float, ...], ended: list[tuple[float, Counts, Counts, int | None]], cohort: int,
          cohorts: int, start: int, seed: int | None, trials: int | None, reference: str) -> DoseTrials:  # fmt: skip
    at = tuple(
        AtDose(k + 1, p, math.fsum(w for w, _, _, dose in ended if dose == k + 1),
               math.fsum(w * n[k] for w, n, _, _ in ended), math.fsum(w * y[k] for w, _, y, _ in ended))
        for k, p in enumerate(true)
    )  # fmt: skip
    none = math.fsum(w for w, _, _, dose in ended if dose is None)
    shares = [none, *(d.taken for d in at)]
    se = max(math.sqrt(max(0.0, s * (1 - s)) / trials) for s in shares) if trials else 0.0
    return DoseTrials(
        method=f"{design}-{'simulated' if trials else 'exact'}", version=VERSION, reference=reference, design=design,
        exact=trials is None, seed=seed, trials=trials, cohort=cohort, cohorts=cohorts, start=start, at=at,
        none_taken=none, patients=math.fsum(d.patients for d in at), toxicities=math.fsum(d.toxicities for d in at),
        se=se,
    )  # fmt: skip
