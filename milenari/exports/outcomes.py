"""Outcomes: each participant's times and how they ended, under stated rules, as the analysis of a trial takes them.

Local days are counted, from enrolment, apheresis, first infusion or first response. Everybody who has the day a clock
starts from is there; nobody is dropped for being short of an outcome. A status that the rules do not name cannot come
out of here: `science/outcome/course.py` refuses it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from milenari.exports.analysis import RESPONDED
from milenari.exports.case import At, Case, Response
from milenari.exports.study import Taken
from milenari.words import utc

ALIVE, WITHDRAWN, ENDED, DEATH, RELAPSE, NO_RESPONSE, TRANSPLANT = (
    "alive", "withdrawn", "ended", "death", "relapse", "no-response", "transplant",
)  # fmt: skip
DAY = Decimal(86400)
SAMPLES, TRANSGENE = "b-cells", "copies"  # the casebook's form of expansion, and its item


@dataclass(frozen=True)
class Time:
    """How long one participant was seen from a clock's start, and how that ended."""

    key: str
    days: int
    status: str


def enrolled_on(case: Case) -> date | None:
    """The day of enrolment; outside of a protocol that of confirmed eligibility."""
    return case.assigned_on


def apheresed_on(case: Case) -> date | None:
    return min((bag.at.on for bag in case.collections), default=None)


def infused_on(case: Case) -> date | None:
    return case.first_given.on if case.first_given else None


def responded_on(case: Case) -> date | None:
    """The day of the first response."""
    return min((r.at.on for r in case.responses if r.response in RESPONDED), default=None)


CLOCKS: dict[str, Callable[[Case], date | None]] = {
    "enrolment": enrolled_on, "apheresis": apheresed_on, "infusion": infused_on, "response": responded_on,
}  # fmt: skip
# Who is counted: by the day that makes somebody one of them.
DENOMINATORS: dict[str, Callable[[Case], date | None]] = {
    "enrolled": enrolled_on, "apheresed": apheresed_on, "infused": infused_on, "responders": responded_on,
}  # fmt: skip


def counted(taken: Taken, denominator: str) -> list[Case]:
    """The participants of a denominator, in the order of their keys."""
    return [case for case in taken.cases if DENOMINATORS[denominator](case) is not None]


def last_on(case: Case) -> date:
    """The last day on which anything is known: death ends it."""
    if case.death:
        return case.death.on
    known = [on for told in CLOCKS.values() if (on := told(case))]
    known += [on for on in (case.withdrawn_on, case.ended_on) if on is not None]
    return max(case.last_on, *known) if known else case.last_on


def open_end(case: Case) -> str:
    """How a time stands at the last day known: whether more is to be learnt, and why not."""
    return DEATH if case.death else WITHDRAWN if case.withdrawn_on else ENDED if case.ended_on else ALIVE


def best_by(case: Case, days: int) -> Response | None:
    """The best response assessed by so many days after the first infusion."""
    return case.best_response(days)


def assessed(case: Case, days: int, today: date) -> bool:
    """Infused, and a response was assessed or the window has closed: who is not is too early to be judged."""
    begun = infused_on(case)
    return begun is not None and (best_by(case, days) is not None or begun + timedelta(days=days) <= today)


def survival(case: Case, clock: str) -> Time | None:
    """To death."""
    return _ended(case, clock, [])


def event_free(case: Case, clock: str, response_days: int, transplant: bool) -> Time | None:
    """To no response, relapse or death; no response counts at the clock's start. With ``transplant`` that ends it."""
    start = CLOCKS[clock](case)
    best = best_by(case, response_days)
    if start is not None and best is not None and best.response not in RESPONDED:
        return Time(case.key, 0, NO_RESPONSE)
    return _ended(case, clock, _relapses(case) + (_transplants(case) if transplant else []))


def relapse_free(case: Case, transplant: bool) -> Time | None:
    """From the first response to relapse or death, or with ``transplant`` to that, whichever is first."""
    return _ended(case, "response", _relapses(case) + (_transplants(case) if transplant else []))


def _relapses(case: Case) -> list[tuple[date, str]]:
    return [(r.at.on, RELAPSE) for r in case.relapses]


def _transplants(case: Case) -> list[tuple[date, str]]:
    """Those in remission; one for a relapse comes after what counts already."""
    return [(t.on, TRANSPLANT) for t in case.transplants if t.remission]


def _ended(case: Case, clock: str, others: list[tuple[date, str]]) -> Time | None:
    """To the first of what is named, death, or the last day known; of one day the event goes before death."""
    start = CLOCKS[clock](case)
    if start is None:
        return None
    found = [(on, 0, what) for on, what in others if on >= start]
    found += [(case.death.on, 1, DEATH)] if case.death else []
    on, _rank, what = min(found, default=(last_on(case), 2, open_end(case)))
    return Time(case.key, (on - start).days, what)


def b_cells(case: Case) -> list[tuple[str, Decimal, Decimal]]:
    """Days after the first infusion and B cells, up to relapse or transplant, which end what the cells can show."""
    stops = [r.at.on for r in case.relapses] + [t.on for t in case.transplants]
    stop = min(stops, default=None)
    return [(case.key, day, b.per_ul) for b in case.b_cells
            if (day := day_of(case, b.at)) is not None and day >= 0 and (stop is None or b.at.on < stop)]  # fmt: skip


def copies(case: Case) -> list[tuple[str, Decimal, Decimal]]:
    """Days after the first infusion and transgene in blood, from the casebook's pages of expansion."""
    told = []
    for page in case.pages:
        found = next((a.number for a in page.answers if a.item == TRANSGENE), None)
        if page.form != SAMPLES or found is None or not page.taken:
            continue
        day = day_of(case, At(utc(page.taken), page.saved_at.zone))
        if day is not None and day >= 0:
            told.append((case.key, day, found))
    return told


def day_of(case: Case, at: At) -> Decimal | None:
    """Days since the first infusion with the hour as a part of the day, to the fourth place."""
    if case.first_given is None:
        return None
    apart = Decimal(int((at.instant - case.first_given.instant).total_seconds()))
    return (apart / DAY).quantize(Decimal("0.0001"))
