"""Vector campaigns: how many, how large, when, so that at most a share of patients waits for vector, at least cost.

Sample-average programme over drawn futures of demand, titre, recovery, rejection and time to release: periods of thirty
days, a campaign or none in each, its litres continuous. In a future a period's patients count as waiting when all doses
released by its end are fewer than all doses wanted by then; the share of patients in such periods, averaged over the
futures, is at most x. The plan is then simulated with other chance; when more than x wait there, the programme is
solved again for less. Reference: Pagnoncelli, Ahmed & Shapiro 2009, J Optim Theory Appl 142:399-416,
doi:10.1007/s10957-009-9523-6. Expiry is in the simulation, not in the programme.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milenari.science.computed import Computed, Unfit, count, share
from milenari.science.planning.figure import Spread
from milenari.science.planning.programme import Outcome, Programme, Status
from milenari.science.planning.scenario import Scenario
from milenari.science.planning.simulate import YEAR_D, Campaign, Estimate, Run, SpreadOut, simulate

VERSION = "1"
REFERENCE = "Pagnoncelli, Ahmed & Shapiro 2009, doi:10.1007/s10957-009-9523-6"
PERIOD_D = 30
LITRE_STEP = 0.5  # litres of a plan are rounded up to this
ROUNDS, TIGHTER = 5, 0.6


@dataclass(frozen=True)
class Futures:
    """Drawn futures: doses wanted by period, doses a litre of a campaign yields, and the period of their release."""

    wanted: NDArray[np.float64]  # future x period
    per_litre: NDArray[np.float64]  # future x period of the campaign
    there: NDArray[np.int64]  # future x period of the campaign
    lots: NDArray[np.float64]  # doses of known lots there by the end of a period


@dataclass(frozen=True)
class Planned:
    """A campaign of the plan."""

    begins_on: str
    litres: float
    doses_expected: float


@dataclass(frozen=True)
class Campaigns(Computed):
    """The plan. `counted_from` is the first day a campaign begun today can help; before it, lots known today decide.

    `waiting_saa` is what the programme held, `waiting` the share that waited in the simulation, `holds` whether its
    upper limit is at most x. `average_plan_waiting` is what the plan made for average figures would let wait.
    """

    scenario: str
    most_waiting: float
    years: float
    futures: int
    seed: int
    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    campaigns: tuple[Planned, ...]
    litres: float
    counted_from: str
    waiting_saa: float | None
    waiting: Estimate | None
    waiting_before: Estimate | None
    holds: bool
    expired: Estimate | None
    rounds: int
    average_plan_cost: float | None
    average_plan_waiting: Estimate | None
    reasons: tuple[str, ...]
    columns: int
    rows: int


def plan(scenario: Scenario, most_waiting: float = 0.05, years: float = 2.0, futures: int = 40, seed: int = 1,
         replications: int = 1000, seconds: float = 60.0, gap: float = 0.01,
         spread_out: SpreadOut = map) -> Campaigns:  # fmt: skip
    """Campaigns over so many years."""
    share(most_waiting, "The share of patients that may wait")
    count(futures, 2, "The number of futures")
    if not (0.5 <= years <= 10):
        raise Unfit("not-a-time", f"Campaigns are planned for half a year to ten years, not {years:g}.", years=years)
    periods = max(2, round(years * YEAR_D / PERIOD_D))
    first = _first_helped(scenario)
    if first >= periods:
        raise Unfit("not-a-time", f"Vector begun today is released in period {first} of {PERIOD_D} days, after the "
                    f"{periods} of the plan. Plan for longer.", years=years)  # fmt: skip
    drawn, average = _futures(scenario, periods, futures, seed), _average(scenario, periods)
    asked, made, rounds, saa = most_waiting, None, 0, None
    outcome, litres = _solve(scenario, drawn, first, asked, seconds, gap)
    while litres is not None and rounds < ROUNDS:
        rounds += 1
        made = _tried(scenario, litres, first, periods, replications, seed + 1, spread_out)
        saa = asked
        if made[0].ci_high <= most_waiting:
            break
        asked *= TIGHTER
        tighter, more = _solve(scenario, drawn, first, asked, seconds, gap)
        if more is None:
            break
        outcome, litres = tighter, more
    plain, plain_litres = _solve(scenario, average, first, most_waiting, seconds, gap)
    plain_made = plain_litres is not None and _tried(scenario, plain_litres, first, periods, replications, seed + 1,
                                                     spread_out)  # fmt: skip
    vector = scenario.vector
    each = vector.doses_of(1, vector.titre.mean, vector.recovery.mean) * (1 - float(vector.rejection))
    chosen = [] if litres is None else [(t, one) for t, one in enumerate(litres) if one > 0]
    holds = made is not None and made[0].ci_high <= most_waiting
    return Campaigns(
        method="sample-average-campaigns", version=VERSION, reference=REFERENCE, scenario=scenario.name,
        most_waiting=most_waiting, years=years, futures=futures, seed=seed, status=outcome.status,
        objective=outcome.objective, bound=outcome.bound, gap=outcome.gap,
        campaigns=tuple(Planned(str(scenario.day(t * PERIOD_D)), one, one * each) for t, one in chosen),
        litres=sum(one for _, one in chosen), counted_from=str(scenario.day(first * PERIOD_D)), waiting_saa=saa,
        waiting=made[0] if made else None, waiting_before=made[1] if made else None, holds=holds,
        expired=made[2] if made else None, rounds=rounds, average_plan_cost=plain.objective,
        average_plan_waiting=plain_made[0] if plain_made else None,
        reasons=() if holds else _reasons(scenario, drawn, litres, most_waiting, made), columns=outcome.columns,
        rows=outcome.rows,
    )  # fmt: skip


def _first_helped(scenario: Scenario) -> int:
    """The first period whose patients a campaign begun on day 0 can serve, late releases included."""
    return math.ceil((float(scenario.vector.campaign) + scenario.vector.release.quantile(0.95)) / PERIOD_D)


def doses_a_day(scenario: Scenario) -> float:
    """Doses wanted a day: every referral, batches made again, and demand outside the scenario."""
    process = scenario.process
    again = float(process.recollection) if process.attempts.whole > 1 else 0.0
    made = sum(float(site.referrals) * (1 + float(site.failure) * again) for site in scenario.sites)
    return (made + float(scenario.vector.other_demand)) / YEAR_D


def _lots(scenario: Scenario, periods: int) -> NDArray[np.float64]:
    ends = [(p + 1) * PERIOD_D for p in range(periods)]
    return np.array(
        [sum(lot.doses for lot in scenario.vector.lots if scenario.at(lot.first) < end) for end in ends], float
    )


def _futures(scenario: Scenario, periods: int, futures: int, seed: int) -> Futures:
    chance = np.random.Generator(np.random.Philox(seed))
    vector = scenario.vector

    def values(spread: Spread) -> NDArray[np.float64]:
        uniform = chance.random((futures, periods))
        return np.array([[spread.quantile(float(u)) for u in row] for row in uniform])

    wanted = chance.poisson(doses_a_day(scenario) * PERIOD_D, (futures, periods)).astype(float)
    passed = chance.random((futures, periods)) >= float(vector.rejection)
    litre = values(vector.titre) * np.minimum(1.0, values(vector.recovery)) * passed
    released = float(vector.campaign) + values(vector.release) + np.arange(periods) * PERIOD_D
    return Futures(wanted, litre * vector.doses_of(1, 1, 1), (released // PERIOD_D).astype(np.int64) + 1,
                   _lots(scenario, periods))  # fmt: skip


def _average(scenario: Scenario, periods: int) -> Futures:
    """One future in which everything is as on average: what a plan without uncertainty is made for."""
    vector = scenario.vector
    wanted = np.full((1, periods), doses_a_day(scenario) * PERIOD_D)
    litre = vector.doses_of(1, vector.titre.mean, vector.recovery.mean) * (1 - float(vector.rejection))
    released = float(vector.campaign) + vector.release.mean + np.arange(periods) * PERIOD_D
    return Futures(wanted, np.full((1, periods), litre), (released // PERIOD_D).astype(np.int64)[None, :] + 1,
                   _lots(scenario, periods))  # fmt: skip


def _solve(scenario: Scenario, drawn: Futures, first: int, most_waiting: float, seconds: float,
           gap: float) -> tuple[Outcome, list[float] | None]:  # fmt: skip
    """(how it ended, litres by period or nothing)."""
    futures, periods = drawn.wanted.shape
    vector, made = scenario.vector, Programme()
    begun = [made.column(float(vector.campaign_cost), high=1, whole=True) for _ in range(periods)]
    litres = [made.column(float(vector.litre_cost)) for _ in range(periods)]
    for z, amount in zip(begun, litres, strict=True):
        made.row([(amount, 1.0), (z, -float(vector.most_litres))], high=0.0)
    waiting: list[tuple[int, float]] = []
    for w in range(futures):
        wanted = np.cumsum(drawn.wanted[w])
        for p in range(first, periods):
            short = float(wanted[p] - drawn.lots[p])
            if short <= 0:
                continue
            column = made.column(0.0, high=1, whole=True)
            waiting.append((column, float(drawn.wanted[w, p])))
            there = [(litres[t], float(drawn.per_litre[w, t])) for t in range(periods) if drawn.there[w, t] <= p]
            made.row([*there, (column, short)], low=short)
    total = float(drawn.wanted[:, first:].sum())
    made.row(waiting, high=most_waiting * total)
    outcome = made.solve(seconds, gap)
    if not outcome.found:
        return outcome, None
    if made.breaches(outcome.values):
        raise ArithmeticError("the solver's plan of campaigns breaks its rows")
    found = [math.ceil(float(outcome.values[c]) / LITRE_STEP - 1e-6) * LITRE_STEP for c in litres]
    return outcome, [min(one, float(vector.most_litres)) for one in found]


def _tried(scenario: Scenario, litres: list[float], first: int, periods: int, replications: int, seed: int,
           spread_out: SpreadOut) -> tuple[Estimate, Estimate, Estimate]:  # fmt: skip
    """The plan under other chance: (share waiting once it can help, share waiting before, doses expired)."""
    begun = tuple(Campaign(float(t * PERIOD_D), one) for t, one in enumerate(litres) if one > 0)
    after = simulate(scenario, Run(float(first * PERIOD_D), float((periods - first) * PERIOD_D), begun), replications,
                     seed, spread_out)  # fmt: skip
    before = simulate(scenario, Run(0.0, float(first * PERIOD_D), begun), replications, seed, spread_out)
    return after.vector_waited_share, before.vector_waited_share, after.doses_expired


def _reasons(scenario: Scenario, drawn: Futures, litres: list[float] | None, most_waiting: float,
             made: Any) -> tuple[str, ...]:  # fmt: skip
    if litres is None:
        periods = drawn.wanted.shape[1]
        largest = scenario.vector.most_litres.value
        each = float(np.mean(drawn.per_litre)) * largest
        return (f"a campaign of {largest:g} L in every one of {periods} periods yields {each:.0f} doses on average, "
                f"{float(np.mean(drawn.wanted)):.1f} are wanted in a period, and no choice of campaigns keeps the "
                f"share that waits at {most_waiting:g}",)  # fmt: skip
    return (f"in the simulation {made[0].mean:.3f} of patients wait, interval to {made[0].ci_high:.3f}, and {ROUNDS} "
            "rounds of planning for less did not bring it below",)  # fmt: skip
