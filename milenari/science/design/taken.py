"""The dose taken at the end of a trial by BOIN or a toxicity interval design, with the rates it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from milenari.science.computed import Computed, share
from milenari.science.design.escalation import Counts, isotonic, selected, too_toxic

VERSION = "1"
REFERENCE = "Liu & Yuan 2015, doi:10.1111/rssc.12089"
LEAST = 3  # patients before a dose may be eliminated


@dataclass(frozen=True)
class Taken(Computed):
    """``rates`` are isotonic over the tried doses that were not eliminated, None for the others."""

    target: float
    certainty: float
    treated: Counts
    toxic: Counts
    rates: tuple[float | None, ...]
    dose: int | None


def taken(treated: Counts, toxic: Counts, target: float, certainty: float = 0.95) -> Taken:
    """Nearest isotonic rate to the target among doses tried and not eliminated."""
    share(certainty, "The certainty of elimination")
    dose = selected(treated, toxic, target, certainty, LEAST)
    over = [too_toxic(n, y, target, certainty, LEAST) for n, y in zip(treated, toxic, strict=True)]
    ceiling = over.index(True) if True in over else len(over)
    tried = [at for at in range(ceiling) if treated[at]]
    found = isotonic(tuple(treated[at] for at in tried), tuple(toxic[at] for at in tried)) if tried else ()
    by_dose = dict(zip(tried, found, strict=True))
    return Taken(
        method="isotonic-dose", version=VERSION, reference=REFERENCE, target=target, certainty=certainty,
        treated=treated, toxic=toxic, rates=tuple(by_dose.get(at) for at in range(len(treated))), dose=dose,
    )  # fmt: skip
