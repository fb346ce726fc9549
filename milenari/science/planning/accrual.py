"""How many patients a trial will have enrolled by a day, site by site, and when it has as many as it wants.

Each hospital enrols at a rate of its own, unknown before and learned from what it enrolled so far: a gamma prior around
the scenario's referrals times the eligible share, Poisson counts, so what is still to come is negative binomial. Totals
are exact convolutions, nothing is drawn. Anisimov & Fedorov 2007, Stat Med 26:4958-4975, doi:10.1002/sim.2956. Who is
referred is not yet who gets a slot or vector: `simulate` says how many of them are infused.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from milenari.science.computed import Computed, Unfit, Vector, count, share
from milenari.science.planning.scenario import Scenario

VERSION = "1"
REFERENCE = "Anisimov & Fedorov 2007, doi:10.1002/sim.2956"
YEAR_D = 365.25
MOST_WANTED = 5_000
LEVELS = (0.05, 0.5, 0.95)
TAIL = 30.0  # in units of the decay of what is left: 1 in 10^13
FARTHEST_D = 36_525  # a trial that is not full within a century is told as never


@dataclass(frozen=True)
class Opened:
    """A site of the trial: since when it is open (or will be), and how many it has enrolled until today."""

    on: dt.date
    enrolled: int = 0


@dataclass(frozen=True)
class SiteForecast:
    """One site: patients by the day asked for, with a 90 % interval; `rate` is a year's, as known today."""

    code: str
    opens: str
    enrolled: int
    rate: float
    mean: float
    low: int
    high: int


@dataclass(frozen=True)
class Accrual(Computed):
    """Totals by `by`, and the days on which `wanted` are reached: early (5 %), middle, late (95 %); None is never."""

    scenario: str
    on: str
    by: str
    eligible: float
    variation: float
    wanted: int
    enrolled: int
    mean: float
    low: int
    high: int
    probability: float
    reached_early: str | None
    reached_middle: str | None
    reached_late: str | None
    sites: tuple[SiteForecast, ...]


@dataclass(frozen=True)
class _Rate:
    """A site's rate a day as known today: gamma with this form and this rate; `wait` until it opens."""

    code: str
    form: float
    days: float
    wait: float

    def law(self, ahead: float) -> tuple[float, float]:
        """(form, chance of success) of the negative binomial count within so many days from today."""
        return self.form, self.days / (self.days + max(0.0, ahead - self.wait))


def forecast(scenario: Scenario, opened: Mapping[str, Opened], on: dt.date, by: dt.date, wanted: int,
             eligible: float = 0.5, variation: float = 0.5) -> Accrual:  # fmt: skip
    """Enrolment from `on` until `by`. `eligible` is the share of referrals that enrol, `variation` how uncertain a
    site's rate is before it has enrolled anybody (coefficient of variation)."""
    rates = _rates(scenario, opened, on, eligible, variation)
    count(wanted, 1, "The number of patients wanted")
    if wanted > MOST_WANTED:
        raise Unfit("too-many", f"{wanted} patients are wanted; at most {MOST_WANTED}.", given=wanted)
    if not 0 < (by - on).days <= FARTHEST_D:
        raise Unfit("not-a-time", f"The forecast ends on {by}; it ends after {on} and within a century.")
    ahead, enrolled = float((by - on).days), sum(one.enrolled for one in opened.values())
    sites = []
    for rate in rates:
        pmf, had = _pmf(rate, ahead), opened[rate.code].enrolled
        low, high = (_quantile(pmf, level) for level in (LEVELS[0], LEVELS[2]))
        mean = had + rate.form * max(0.0, ahead - rate.wait) / rate.days
        sites.append(SiteForecast(rate.code, str(opened[rate.code].on), had, rate.form / rate.days * YEAR_D, mean,
                                  had + low, had + high))  # fmt: skip
    total = _total(rates, ahead)
    missing = wanted - enrolled
    days = [_reached(rates, missing, level) for level in LEVELS]
    early, middle, late = (None if d is None else str(on + dt.timedelta(days=d)) for d in days)
    return Accrual(
        method="poisson-gamma-accrual", version=VERSION, reference=REFERENCE, scenario=scenario.name, on=str(on),
        by=str(by), eligible=eligible, variation=variation, wanted=wanted, enrolled=enrolled,
        mean=sum(one.mean for one in sites), low=enrolled + _quantile(total, LEVELS[0]),
        high=enrolled + _quantile(total, LEVELS[2]), probability=_full(rates, missing, ahead), reached_early=early,
        reached_middle=middle, reached_late=late, sites=tuple(sites),
    )  # fmt: skip


def _rates(scenario: Scenario, opened: Mapping[str, Opened], on: dt.date, eligible: float,
           variation: float) -> list[_Rate]:  # fmt: skip
    share(eligible, "The share of referrals that enrol")
    if not (math.isfinite(variation) and variation > 0):
        raise Unfit("not-positive", f"The variation of rates between sites is {variation:g}; it is above zero.")
    if not opened:
        raise Unfit("too-few", "No site of the trial is named.")
    known = {site.code: site for site in scenario.sites}
    made = []
    for code, one in opened.items():
        if code not in known:
            raise Unfit("scenario-unknown", f"There is no site {code} in the scenario.", given=code)
        count(one.enrolled, 0, f"The number enrolled at {code}")
        worked = (on - one.on).days
        if one.enrolled and worked <= 0:
            raise Unfit("not-a-time", f"{code} opens on {one.on}, not before {on}, and has enrolled {one.enrolled} "
                        "already.", site=code)  # fmt: skip
        daily = float(known[code].referrals) * eligible / YEAR_D
        if daily <= 0:
            raise Unfit("not-positive", f"{code} has no referrals in the scenario, so nothing is known of its rate.",
                        site=code)  # fmt: skip
        form = 1 / variation**2
        made.append(_Rate(code, form + one.enrolled, form / daily + max(0, worked), float(max(0, -worked))))
    return made


def _pmf(rate: _Rate, ahead: float, most: int = 0) -> Vector:
    """Probabilities of 0, 1, 2, ... patients: of so many, or until less than 1 in 10^12 are left."""
    from scipy.special import gammaln, xlog1py

    form, success = rate.law(ahead)
    if success == 1.0:
        return np.ones(1)
    mean = form * (1 - success) / success
    far = mean + 10 * math.sqrt(mean / success) + TAIL / success  # the tail falls by a factor of e each 1/success
    counts = np.arange(most or int(far) + 2, dtype=np.float64)
    chance = gammaln(form + counts) - gammaln(form) - gammaln(counts + 1) + form * math.log(success)
    return np.asarray(np.exp(chance + xlog1py(counts, -success)), np.float64)


def _total(rates: list[_Rate], ahead: float) -> Vector:
    total = np.ones(1)
    for rate in rates:
        total = np.convolve(total, _pmf(rate, ahead))
    return total


def _quantile(pmf: Vector, level: float) -> int:
    return int(np.searchsorted(np.cumsum(pmf), level * (1 - 1e-12)))


def _full(rates: list[_Rate], missing: int, ahead: float) -> float:
    """The probability that the missing patients are there within so many days."""
    if missing <= 0:
        return 1.0
    short = np.ones(1)
    for rate in rates:
        short = np.convolve(short, _pmf(rate, ahead, missing))[:missing]
    return float(max(0.0, 1.0 - short.sum()))


def _reached(rates: list[_Rate], missing: int, level: float) -> int | None:
    """The first day from today by which the missing patients are there with this probability."""
    if missing <= 0:
        return 0
    low, high = 0, FARTHEST_D
    if _full(rates, missing, float(high)) < level:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _full(rates, missing, float(middle)) >= level:
            high = middle
        else:
            low = middle
    return high
