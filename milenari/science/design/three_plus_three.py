"""The 3+3 rules.

Storer 1989, Biometrics 45:925-937, doi:10.2307/2531693 (design A). Three patients at a dose: none with a dose-limiting
toxicity, go up; one, treat three more there; two or more, the dose is above the maximum tolerated one. One of six, go
up; two or more of six, above. A cohort once begun is completed before it is judged. Without de-escalation the dose
below is taken; with it, a dose below that has only three patients is filled to six first and taken if at most one of
six has a toxicity.
"""

from __future__ import annotations

from dataclasses import dataclass

from milenari.science.computed import Unfit
from milenari.science.design.escalation import Advice, Counts, Decision

VERSION = "1"
REFERENCE = "Storer 1989, doi:10.2307/2531693"


@dataclass(frozen=True)
class ThreePlusThree:
    """``de_escalate`` fills the dose below to six before it is taken."""

    de_escalate: bool = False

    def advise(self, treated: Counts, toxic: Counts, current: int) -> Advice:
        for at, (n, y) in enumerate(zip(treated, toxic, strict=True)):
            if n > 6 or (n > 3 and y == 0 and not self.de_escalate):
                raise Unfit("not-three-plus-three", f"Dose {at + 1} has {n} patients, {y} with a toxicity; by these "
                            "rules no patient is added there.", dose=at + 1)  # fmt: skip
        n, y = treated[current - 1], toxic[current - 1]
        if n % 3:
            return Advice(current, True, Decision.STAY)
        over = next((at for at, y in enumerate(toxic) if y >= 2), None)  # the lowest dose found too toxic
        if over is not None:
            return self._below(treated, over)
        if n == 0 or (n == 3 and y == 1):
            return Advice(current, True, Decision.STAY)
        if current == len(treated):
            return Advice(current, False, Decision.STOP)
        return Advice(current + 1, True, Decision.ESCALATE)

    def select(self, treated: Counts, toxic: Counts) -> int | None:
        return self.advise(treated, toxic, max((at + 1 for at, n in enumerate(treated) if n), default=1)).dose

    def _below(self, treated: Counts, over: int) -> Advice:
        if over == 0:
            return Advice(None, False, Decision.STOP)
        if self.de_escalate and treated[over - 1] < 6:
            return Advice(over, True, Decision.DE_ESCALATE)
        return Advice(over, False, Decision.STOP)
