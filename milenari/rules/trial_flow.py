"""Flow of a trial: how far each participant came, and why who came no further; no actions.

Steps that only a trial knows come from the participant; apheresis, product and infusion from the journey. Everybody is
counted at every step up to the furthest they reached, so the sums close: who reached a step went on, was lost there
with a reason, or is under way. After CONSORT 2010, flow of participants (recalled and not re-read).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

STEPS = ("screened", "consented", "eligible", "enrolled", "apheresed", "manufactured", "infused", "followed")


@dataclass(frozen=True)
class Course:
    """How far one participant came: the day of each step that was reached, and how it ended if it did."""

    code: str
    site: str = ""
    days: dict[str, date] = field(default_factory=dict)
    lost: str = ""  # why, where participation ended before its time
    lost_on: date | None = None

    @property
    def furthest(self) -> str:
        """The last step reached; nobody is there without having been screened."""
        return next((step for step in reversed(STEPS) if step in self.days), STEPS[0])

    @property
    def skipped(self) -> tuple[str, ...]:
        """Steps without a day below one that was reached: something is missing in the record."""
        return tuple(step for step in STEPS[: STEPS.index(self.furthest)] if step not in self.days)


@dataclass(frozen=True)
class Step:
    """One step: how many reached it, how many went on, who was lost why, and who is under way."""

    name: str
    reached: int
    went_on: int
    under_way: int
    lost: tuple[tuple[str, int], ...]

    @property
    def all_lost(self) -> int:
        """How many did not go on, for any reason."""
        return sum(count for _, count in self.lost)


@dataclass(frozen=True)
class Flow:
    """The steps in their order, and whose record has a gap."""

    steps: tuple[Step, ...]
    gaps: tuple[str, ...]


def ended(
    *,
    failed: str,
    ended_why: str,
    modes: Sequence[str],
    died: bool,
    consent_withdrawn: bool,
    rejected: bool,
    treated: bool,
) -> str:
    """Why participation ended before its time; empty while it goes on. What came first in this order is said."""
    if failed:
        return failed
    if died:
        return "died"
    if ended_why:
        return "" if ended_why == "completed" else ended_why
    gone = [mode for mode in ("of-data-use", "from-follow-up", "from-treatment") if mode in modes]
    if treated:
        gone = [mode for mode in gone if mode != "from-treatment"]
    if gone:
        return gone[0]
    if consent_withdrawn and not treated:
        return "consent-withdrawn"
    return "product-rejected" if rejected and not treated else ""


def flow(courses: Sequence[Course]) -> Flow:
    """The flow of these participants through every step."""
    at = {step: [c for c in courses if c.furthest == step] for step in STEPS}
    steps = []
    for n, name in enumerate(STEPS):
        here = at[name]
        beyond = sum(len(at[later]) for later in STEPS[n + 1 :])
        lost = Counter(c.lost for c in here if c.lost)
        under_way = sum(1 for c in here if not c.lost)
        rows = tuple(sorted(lost.items(), key=lambda row: (-row[1], row[0])))
        steps.append(Step(name, len(here) + beyond, beyond, under_way, rows))
    return Flow(tuple(steps), tuple(c.code for c in courses if c.skipped))
