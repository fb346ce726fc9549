"""A scenario simulated: replications with common random numbers, means with confidence intervals.

`simulate` takes a `spread_out` function that means `map`: the machine's cores or a cluster's. Each replication
is a function of scenario, seed and its number alone, so neither order nor number of workers changes the answer.
Intervals are Student's t over replications; Law 2015, Simulation Modeling and Analysis, chapter 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milenari.science.computed import Computed, Unfit, Vector, count
from milenari.science.planning import outages
from milenari.science.planning.figure import Spread
from milenari.science.planning.outages import SHAPES, campaign_failure
from milenari.science.planning.routes import makers, ways
from milenari.science.planning.scenario import Scenario

VERSION = "1"
REFERENCE = "Law 2015, Simulation Modeling and Analysis; docs/planning.md"
SpreadOut = Callable[[Callable[[Sequence[int]], Any], Iterable[Sequence[int]]], Iterable[Any]]
CHUNK = 16  # replications a worker takes at once
YEAR_D = 365.25
MOST_D, MOST_CAMPAIGNS, MOST_PATIENTS = 20_000, 1_000, 2_000_000
TAIL_D = 400.0  # how long those counted are followed after the last referral that counts


@dataclass(frozen=True)
class Campaign:
    """A campaign that begins on a day, and its litres."""

    day: float
    litres: float


@dataclass(frozen=True)
class Run:
    """What is simulated over a scenario: time, campaigns, rules."""

    warm_d: float = 365.0
    counted_d: float = 730.0
    campaigns: tuple[Campaign, ...] = ()
    reorder_at: float = -1.0  # doses on hand and coming at which a campaign of `reorder_litres` begins; below 0: never
    reorder_litres: float = 0.0
    by_urgency: bool = True
    with_vector: bool = True
    # Batches are made at the nearest of these, where all machines then stand. Without any, at home where there is a
    # machine, else at the nearest site that has one.
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its 95 % interval."""

    mean: float
    ci_low: float
    ci_high: float
    se: float


@dataclass(frozen=True)
class Hospital:
    """One hospital's patients."""

    code: str
    country: str
    referred: Estimate
    infused: Estimate
    lost_waiting: Estimate
    to_infusion_d: Estimate
    vein_to_vein_d: Estimate


@dataclass(frozen=True)
class Simulated(Computed):
    """The network's figures; shares are of patients referred while counted."""

    scenario: str
    seed: int
    replications: int
    warm_d: float
    counted_d: float
    referred: Estimate
    infused: Estimate
    infused_share: Estimate
    lost_waiting_share: Estimate
    given_up_share: Estimate
    to_infusion_d: Estimate
    vein_to_vein_d: Estimate
    machine_wait_d: Estimate
    bed_wait_d: Estimate
    vector_waited_share: Estimate
    vector_wait_d: Estimate
    stock_out_d: Estimate
    stock_out_probability: Estimate
    doses_used: Estimate
    doses_expired: Estimate
    lots_made: Estimate
    lots_rejected: Estimate
    other_short: Estimate
    cost_per_infused_eur: Estimate
    gini: float
    hospitals: tuple[Hospital, ...]
    events: int


@dataclass(frozen=True)
class Inputs:
    """A scenario as the compiled replication takes it."""

    arrays: tuple[Any, ...]
    most: int


def inputs(scenario: Scenario, run: Run) -> Inputs:
    """Rates a day, spreads as (shape, a, b), and where each hospital's batches are made."""
    _fit(scenario, run)
    sites, process, vector = scenario.sites, scenario.process, scenario.vector
    rate = np.array([float(site.referrals) / YEAR_D for site in sites])
    machines = np.array([sum(m.number.whole for m in site.machines) for site in sites], np.int64)
    at = [sites.index(site) for site in makers(scenario, run.hubs)]
    if run.hubs:  # the same number of machines, in other places
        for home, maker in enumerate(at):
            if maker != home:
                machines[maker] += machines[home]
                machines[home] = 0
    way_in, way_out = (np.array([_spread(lane.transit) if lane else _fixed(0.0) for lane in lanes])
                       for lanes in zip(*ways(scenario, run.hubs), strict=True))  # fmt: skip
    share = np.cumsum([float(tier.share) for tier in process.tiers])
    hazard = np.array([-math.log1p(-float(tier.loss_42d)) / 42.0 for tier in process.tiers])
    stay = _fixed(float(process.bed))
    steps = np.array([_spread(x) for x in (process.to_collection, process.manufacture)] + [stay] +
                     [_spread(x) for x in (vector.titre, vector.recovery, vector.release)])  # fmt: skip
    tests = np.array([_spread(a.duration) for a in scenario.assays if a.before_release])
    numbers = np.array([run.warm_d, run.warm_d + run.counted_d, TAIL_D, float(process.attempts),
                        float(process.recollection), float(process.recovery),
                        float(process.lymphodepletion) + float(process.rest), float(run.by_urgency),
                        float(run.with_vector), float(process.releasing)])  # fmt: skip
    lots = np.array([[float(x.doses), float(scenario.at(x.first)), float(scenario.at(x.last)) + 1.0]
                     for x in vector.lots]).reshape(-1, 3)  # fmt: skip
    campaigns = np.array([[c.day, c.litres] for c in run.campaigns], np.float64).reshape(-1, 2)
    per_litre = vector.doses_of(1.0, vector.titre.mean, vector.recovery.mean) * (1 - float(vector.rejection))
    policy = np.array([run.reorder_at, run.reorder_litres, float(vector.campaign), float(vector.other_demand) / YEAR_D,
                       float(vector.retained), float(vector.dose), float(vector.rejection), float(vector.shelf_life),
                       per_litre, campaign_failure(scenario),
                       float([site.code for site in sites].index(vector.site))])  # fmt: skip
    expected = float(rate.sum()) * (run.warm_d + run.counted_d + TAIL_D)
    beds = np.array([site.beds.whole for site in sites], np.int64)
    failing = np.array([float(site.failure) for site in sites])
    arrays = (rate, machines, beds, failing, np.array(at, np.int64), way_in, way_out, share, hazard, steps, tests,
              numbers, lots, campaigns, policy,
              *outages.arrays(scenario, run.hubs, run.warm_d + run.counted_d + TAIL_D))  # fmt: skip
    most = int(expected + 10 * math.sqrt(expected) + 100)
    if most > MOST_PATIENTS:
        raise Unfit("too-many", f"About {expected:,.0f} patients come in a replication; at most {MOST_PATIENTS:,} fit. "
                    "Shorten the time that is counted.", patients=most)  # fmt: skip
    return Inputs(arrays, most)


def _fit(scenario: Scenario, run: Run) -> None:
    """Refuse a run that says nothing, before anything is computed."""
    if not (run.warm_d >= 0 and run.counted_d > 0 and run.warm_d + run.counted_d <= MOST_D):
        raise Unfit("not-a-time", "The warm-up is at least 0 days and the counted time above 0, together at most "
                    f"{MOST_D:,} days.", warm=run.warm_d, counted=run.counted_d)  # fmt: skip
    largest = float(scenario.vector.most_litres)
    for one in run.campaigns:
        if not 0 <= one.day <= MOST_D:
            raise Unfit(
                "not-a-time", f"A campaign begins on day {one.day:g}; it begins on day 0 or later.", day=one.day
            )
        if not 0 < one.litres <= largest:
            raise Unfit("not-a-volume", f"A campaign has {one.litres:g} L; it has more than 0 L and at most the "
                        f"{largest:g} L of vector.most_litres.", litres=one.litres)  # fmt: skip
    if run.reorder_at >= 0 and not 0 < run.reorder_litres <= largest:
        raise Unfit("not-a-volume", f"Campaigns are ordered at {run.reorder_at:g} doses with {run.reorder_litres:g} L; "
                    f"say more than 0 L and at most the {largest:g} L of vector.most_litres.",
                    litres=run.reorder_litres)  # fmt: skip
    if not math.isfinite(run.reorder_at):
        raise Unfit("not-a-number", f"The stock at which campaigns are ordered is {run.reorder_at:g}.")
    if len(run.campaigns) + len(scenario.vector.lots) > MOST_CAMPAIGNS:
        raise Unfit("too-many", f"Lots and campaigns together are more than {MOST_CAMPAIGNS}.")


def _spread(spread: Spread) -> list[float]:
    return [float(SHAPES[spread.shape]), spread.a, spread.second]


def _fixed(value: float) -> list[float]:
    return [0.0, value, 0.0]


def simulate(scenario: Scenario, run: Run, replications: int = 200, seed: int = 1,
             spread_out: SpreadOut = map) -> Simulated:  # fmt: skip
    """The network under these rules."""
    table, sums = replicated(scenario, run, replications, seed, spread_out)
    return told(scenario, run, seed, table, sums)


@dataclass(frozen=True)
class Work:
    """Replications by their numbers; a value, so that it can be sent to another process or machine."""

    seed: int
    given: Inputs

    def __call__(self, numbers: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Counts and figures of each; two arrays, since what travels between processes is packed one by one."""
        from milenari.science.planning import journeys

        run_one: Callable[..., Any] = journeys.replicate
        made = [run_one(self.seed, number, *self.given.arrays, self.given.most) for number in numbers]
        return np.array([one[0] for one in made]), np.array([one[1] for one in made])


def replicated(scenario: Scenario, run: Run, replications: int, seed: int,
               spread_out: SpreadOut = map) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """(counts by replication and hospital, single figures by replication), in the order of replications."""
    from milenari.science.planning.journeys import OVERFLOW

    count(replications, 2, "The number of replications")
    count(seed, 0, "The seed")
    given = inputs(scenario, run)
    chunks = [range(first, min(first + CHUNK, replications)) for first in range(0, replications, CHUNK)]
    made = list(spread_out(Work(seed, given), chunks))
    table, sums = (np.concatenate([one[n] for one in made]) for n in (0, 1))
    if sums[:, OVERFLOW].any():
        raise Unfit("too-many", "More patients came than a replication holds; shorten the time that is counted.")
    return table, sums


def estimate(values: Vector) -> Estimate:
    """The mean and its 95 % interval by Student's t."""
    from scipy import stats

    mean, n = float(np.mean(values)), len(values)
    se = float(np.std(values, ddof=1) / math.sqrt(n))
    reach = float(stats.t.ppf(0.975, n - 1)) * se
    return Estimate(mean, mean - reach, mean + reach, se)


def ratio(top: Vector, bottom: Vector) -> Estimate:
    """A ratio of two means with its interval by the delta method; zero where nothing was counted."""
    below = float(np.mean(bottom))
    if below == 0:
        return Estimate(0.0, 0.0, 0.0, 0.0)
    share = float(np.mean(top)) / below
    around = estimate((top - share * bottom) / below)
    return replace(around, mean=share, ci_low=share + around.ci_low, ci_high=share + around.ci_high)


def gini(shares: Vector, weights: Vector) -> float:
    """Gini's coefficient of a share over hospitals weighted by their patients."""
    total, mean = float(weights.sum()), float(np.dot(shares, weights))
    if total == 0 or mean == 0:
        return 0.0
    apart = np.abs(shares[:, None] - shares[None, :]) * weights[:, None] * weights[None, :]
    return float(apart.sum() / (2 * total * mean))


def told(scenario: Scenario, run: Run, seed: int, table: Any, sums: Any) -> Simulated:
    """The figures of what was counted."""
    from milenari.science.planning import journeys as j
    from milenari.science.planning import queues as q

    total = table.sum(axis=1)
    referred, infused, batches = total[:, q.REFERRED], total[:, q.INFUSED_N], total[:, q.BATCHES]
    lost = total[:, q.DIED]
    codes = []
    for at, site in enumerate(scenario.sites):
        mine = table[:, at, :]
        codes.append(Hospital(
            site.code, site.country, estimate(mine[:, q.REFERRED]), estimate(mine[:, q.INFUSED_N]),
            ratio(mine[:, q.DIED], mine[:, q.REFERRED]),
            ratio(mine[:, q.TO_INFUSION], mine[:, q.INFUSED_N]),
            ratio(mine[:, q.VEIN_TO_VEIN], mine[:, q.INFUSED_N])))  # fmt: skip
    shares = np.array([h.infused.mean / h.referred.mean if h.referred.mean else 0.0 for h in codes])
    return Simulated(
        method="event-simulation", version=VERSION, reference=REFERENCE, scenario=scenario.name, seed=seed,
        replications=len(table), warm_d=run.warm_d, counted_d=run.counted_d, referred=estimate(referred),
        infused=estimate(infused), infused_share=ratio(infused, referred), lost_waiting_share=ratio(lost, referred),
        given_up_share=ratio(total[:, q.GIVEN_UP], referred), to_infusion_d=ratio(total[:, q.TO_INFUSION], infused),
        vein_to_vein_d=ratio(total[:, q.VEIN_TO_VEIN], infused),
        machine_wait_d=ratio(total[:, q.MACHINE_WAIT], batches),
        bed_wait_d=ratio(total[:, q.BED_WAIT], infused), vector_waited_share=ratio(total[:, q.VECTOR_WAITED], referred),
        vector_wait_d=ratio(total[:, q.VECTOR_WAIT], referred), stock_out_d=estimate(sums[:, j.STOCK_OUT_D]),
        stock_out_probability=estimate((total[:, q.VECTOR_WAITED] > 0).astype(np.float64)),
        doses_used=estimate(sums[:, j.DOSES_USED]), doses_expired=estimate(sums[:, j.DOSES_EXPIRED]),
        lots_made=estimate(sums[:, j.LOTS_MADE]), lots_rejected=estimate(sums[:, j.LOTS_REJECTED]),
        other_short=estimate(sums[:, j.OTHER_SHORT]),
        cost_per_infused_eur=ratio(paid(scenario, run, table, sums), infused),
        gini=gini(shares, np.array([h.referred.mean for h in codes])), hospitals=tuple(codes),
        events=int(sums[:, j.EVENTS].sum()),
    )  # fmt: skip


def paid(scenario: Scenario, run: Run, table: NDArray[np.float64], sums: NDArray[np.float64]) -> Vector:
    """EUR of each replication: batches, collections, transport, beds, machines and rooms of the counted time, and
    campaigns in proportion to it. A product that arrives for somebody who has died is not counted on its way back."""
    from milenari.science.planning import journeys as j
    from milenari.science.planning import queues as q

    costs, process, vector, total = scenario.costs, scenario.process, scenario.vector, table.sum(axis=1)
    years = run.counted_d / YEAR_D
    standing = years * (float(costs.machine_year) * sum(m.number.whole for s in scenario.sites for m in s.machines)
                        + float(costs.room_year) * sum(len(s.rooms) for s in scenario.sites))  # fmt: skip
    stay = float(process.bed) + float(process.lymphodepletion) + float(process.rest)
    part = run.counted_d / (run.warm_d + run.counted_d)
    campaigns = part * (
        float(vector.campaign_cost) * sums[:, j.LOTS_MADE] + float(vector.litre_cost) * sums[:, j.LITRES]
    )
    there, back = np.array([[float(lane.cost) if lane else 0.0 for lane in lanes]
                            for lanes in ways(scenario, run.hubs)]).T  # fmt: skip
    transport = table[:, :, q.BATCHES] @ there + table[:, :, q.INFUSED_N] @ back
    made: Vector = (total[:, q.BATCHES] * (float(costs.batch) + float(costs.collection)) + standing + campaigns
                    + transport + total[:, q.INFUSED_N] * stay * float(costs.bed_day))  # fmt: skip
    return made
