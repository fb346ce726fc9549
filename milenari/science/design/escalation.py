"""What all dose-finding designs share: paths of cohorts, what is advised next, and the dose taken at the end.

A path is written as in the literature, ``1NNN 2NTN``: three patients at dose 1, none with a dose-limiting toxicity (T),
then three at dose 2, one with. Doses are counted from 1. The dose at the end is chosen by isotonic regression of the
observed rates (Liu & Yuan 2015, J R Stat Soc C 64:507-523, doi:10.1111/rssc.12089, section 3; Ji & Wang 2013,
J Clin Oncol 31:1785-1791, doi:10.1200/JCO.2012.45.7903, for mTPI).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from milenari.science.computed import Computed, Unfit, count, share

Counts = tuple[int, ...]
COHORT = re.compile(r"(\d+)([NT]+)")


class Decision(StrEnum):
    """What the data at the current dose say; eliminate is: this dose and all above are left for good."""

    ESCALATE = "escalate"
    STAY = "stay"
    DE_ESCALATE = "de-escalate"
    ELIMINATE = "eliminate"
    STOP = "stop"


@dataclass(frozen=True)
class Advice:
    """The dose of the next cohort, or at a stop the dose taken (None: no dose is safe enough)."""

    dose: int | None
    going_on: bool
    decision: Decision


class Rules(Protocol):
    """A dose-finding design: patients and toxicities per dose, and the dose given last, lead to advice."""

    def advise(self, treated: Counts, toxic: Counts, current: int) -> Advice:
        """What to do next."""

    def select(self, treated: Counts, toxic: Counts) -> int | None:
        """The dose taken when patients are used up, None when none is."""


@dataclass(frozen=True)
class Standing(Computed):
    """Where a path has led."""

    path: str
    treated: Counts
    toxic: Counts
    eliminated: Counts
    current: int
    next_dose: int | None
    going_on: bool
    decision: Decision


class Judged(dict[tuple[int, int], Decision]):
    """Decisions by patients and toxicities at a dose, each made once, when it is first asked for."""

    def __init__(self, judge: Callable[[int, int], Decision]):
        super().__init__()
        self.judge = judge

    def __missing__(self, counts: tuple[int, int]) -> Decision:
        made = self[counts] = self.judge(*counts)
        return made


def counted(path: str, doses: int) -> tuple[Counts, Counts, int]:
    """Patients and toxicities per dose and the last dose (1 before anybody), or Unfit with the word that is wrong."""
    count(doses, 1, "The number of doses")
    treated, toxic, current = [0] * doses, [0] * doses, 1
    for word in path.split():
        found = COHORT.fullmatch(word.upper())
        if found is None or not 1 <= int(found[1]) <= doses:
            raise Unfit("path-unreadable", f"The path has {word!r}. Write dose and outcomes, N without and T with a "
                        f"dose-limiting toxicity, such as 1NNN 2NTN; doses are 1 to {doses}.", word=word)  # fmt: skip
        current = int(found[1])
        treated[current - 1] += len(found[2])
        toxic[current - 1] += found[2].count("T")
    return tuple(treated), tuple(toxic), current


def tallies(treated: Counts, toxic: Counts) -> None:
    """Counts that fit each other, or Unfit."""
    if not treated or len(treated) != len(toxic):
        raise Unfit("path-unreadable", f"{len(treated)} counts of patients and {len(toxic)} of toxicities: give one of "
                    "each per dose.")  # fmt: skip
    for at, (n, y) in enumerate(zip(treated, toxic, strict=True)):
        count(n, 0, f"The number treated at dose {at + 1}"), count(y, 0, f"The number of toxicities at dose {at + 1}")
        if y > n:
            raise Unfit("more-than-all", f"Dose {at + 1}: {y} toxicities of {n} patients. Correct the counts.",
                        dose=at + 1)  # fmt: skip


def too_toxic(n: int, y: int, target: float, certainty: float, least: int = 0) -> bool:
    """P(rate above target | y of n) beyond ``certainty``, uniform prior, judged from ``least`` patients on."""
    from scipy import special

    return y > 0 and n >= least and float(special.betainc(y + 1, n - y + 1, target)) < 1 - certainty


def by_decision(treated: Counts, toxic: Counts, current: int, decisions: dict[tuple[int, int], Decision]) -> Advice:
    """Advice of a design that judges each dose by its own counts alone; a dose never tried is not judged."""
    told = [decisions[n, y] if n else Decision.STAY for n, y in zip(treated, toxic, strict=True)]
    open_doses = next((at for at, d in enumerate(told) if d is Decision.ELIMINATE), len(told))
    here = told[current - 1]
    if open_doses == 0:
        return Advice(None, False, Decision.STOP)
    if not treated[current - 1]:
        return Advice(min(current, open_doses), True, Decision.STAY)
    step = {Decision.ESCALATE: 1, Decision.STAY: 0}.get(here, -1)
    return Advice(max(1, min(current + step, open_doses, len(told))), True, here)


def eliminated(treated: Counts, toxic: Counts, decisions: dict[tuple[int, int], Decision]) -> Counts:
    """Doses that are left for good."""
    told = [n and decisions[n, y] is Decision.ELIMINATE for n, y in zip(treated, toxic, strict=True)]
    return tuple(range(told.index(True) + 1, len(told) + 1)) if True in told else ()


def isotonic(treated: Counts, toxic: Counts) -> tuple[float, ...]:
    """Rates that never fall with dose, nearest to the observed ones; every dose has been tried.

    Weights are the inverse variances of a Beta(0.05, 0.05) posterior, as in the published software of the designs.
    """
    from scipy.optimize import isotonic_regression

    n, y = np.asarray(treated, dtype=float), np.asarray(toxic, dtype=float)
    mean = (y + 0.05) / (n + 0.1)
    variance = (y + 0.05) * (n - y + 0.05) / ((n + 0.1) ** 2 * (n + 1.1))
    return tuple(float(x) for x in isotonic_regression(mean, weights=1 / variance).x)


def selected(treated: Counts, toxic: Counts, target: float, certainty: float = 0.95, least: int = 3) -> int | None:
    """The tried dose, not eliminated, whose isotonic rate is nearest to the target.

    Of equal distances the lower dose is taken when both lie above the target and the higher one when both lie below.
    """
    tallies(treated, toxic)
    share(target, "The target")
    bad = [too_toxic(n, y, target, certainty, least) for n, y in zip(treated, toxic, strict=True)]
    ceiling = bad.index(True) if True in bad else len(bad)
    tried = [at for at in range(ceiling) if treated[at]]
    if not tried:
        return None
    rates = isotonic(tuple(treated[at] for at in tried), tuple(toxic[at] for at in tried))
    near = [abs(rate + at * 1e-10 - target) for at, rate in enumerate(rates, start=1)]
    return tried[near.index(min(near))] + 1
