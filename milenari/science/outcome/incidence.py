"""Shares of patients with an outcome, over every denominator asked for, with what is missing counted beside them.

Interval by Clopper & Pearson (exact) or Wilson; see `science/proportion.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from milenari.science import proportion
from milenari.science.computed import Computed, Unfit
from milenari.science.proportion import Share

VERSION = "1"


class Missing(StrEnum):
    """What a patient without a recorded outcome is: without the outcome, not counted, or a reason to refuse."""

    FAILURE = "failure"
    EXCLUDED = "excluded"
    REFUSED = "refused"


METHODS: dict[str, Callable[[int, int, float], Share]] = {"exact": proportion.exact, "wilson": proportion.wilson}


@dataclass(frozen=True)
class Rate:
    """One group under one denominator; ``recorded`` counts every outcome, ``missing`` those without one."""

    denominator: str
    group: str
    patients: int
    missing: int
    recorded: dict[str, int]
    share: Share


@dataclass(frozen=True)
class Rates(Computed):
    """``success`` are the outcomes that count."""

    success: tuple[str, ...]
    missing: Missing
    rates: tuple[Rate, ...]


def rates(outcomes: Sequence[str], success: Sequence[str], denominators: Mapping[str, Sequence[bool]],
          group: Sequence[str] = (), missing: Missing = Missing.REFUSED, interval: str = "exact",
          confidence: float = 0.95) -> Rates:  # fmt: skip
    """Shares of ``success`` among those a denominator counts; an empty outcome is missing."""
    _asked(outcomes, success, denominators, group)
    label = tuple(group) or ("",) * len(outcomes)
    made = []
    for name, counts in denominators.items():
        for each in sorted(set(label)):
            mine = [(at, o) for at, o in enumerate(outcomes) if counts[at] and label[at] == each]
            empty = [at for at, o in mine if not o]
            if empty and missing is Missing.REFUSED:
                raise Unfit("outcome-missing", f"{len(empty)} of {len(mine)} patients have no outcome. Say whether "
                            "they count as failures or are left out, and report it.", row=empty[0] + 1,
                            missing=len(empty))  # fmt: skip
            recorded = Counter(o for _, o in mine if o)
            of = len(mine) - (len(empty) if missing is Missing.EXCLUDED else 0)
            share = METHODS[interval](sum(recorded[s] for s in success), of, confidence)
            made.append(Rate(name, each, len(mine), len(empty), dict(sorted(recorded.items())), share))
    method, reference = (made[0].share.method, made[0].share.reference) if made else ("", "")
    return Rates(method=f"rate-{method}", version=VERSION, reference=reference, success=tuple(success), missing=missing,
                 rates=tuple(made))  # fmt: skip


def _asked(outcomes: Sequence[str], success: Sequence[str], denominators: Mapping[str, Sequence[bool]],
           group: Sequence[str]) -> None:  # fmt: skip
    if not success:
        raise Unfit("no-event-named", "No outcome is named that counts. Name at least one.")
    if not outcomes or not denominators:
        raise Unfit("too-few", "There are no patients, or no denominator is named.")
    lengths = {len(outcomes), *(len(c) for c in denominators.values()), *([len(group)] if group else [])}
    if len(lengths) > 1:
        raise Unfit("lengths-differ", "Outcomes, denominators and groups are one of each per patient.")
