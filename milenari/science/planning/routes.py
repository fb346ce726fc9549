"""Where each hospital's batches are made, and along which lanes cells and product go."""

from __future__ import annotations

import math

from milenari.science.computed import Unfit
from milenari.science.planning.scenario import Carried, Lane, Scenario, Site

CELLS, PRODUCT = (Carried.FROZEN, Carried.FRESH), (Carried.PRODUCT,)


def makers(scenario: Scenario, hubs: tuple[str, ...]) -> list[Site]:
    """Hospital by hospital the site that makes for it."""
    for code in hubs:
        if code not in [one.code for one in scenario.sites]:
            raise Unfit("scenario-unknown", f"There is no site {code} to make batches at.", given=code)
    return [_makes(scenario, site, hubs) for site in scenario.sites]


def ways(scenario: Scenario, hubs: tuple[str, ...]) -> list[tuple[Lane | None, Lane | None]]:
    """Hospital by hospital the lane of its cells and the lane of its product; None where nothing is sent."""
    return [(_way(scenario, site, maker, CELLS), _way(scenario, maker, site, PRODUCT))
            for site, maker in zip(scenario.sites, makers(scenario, hubs), strict=True)]  # fmt: skip


def _makes(scenario: Scenario, site: Site, hubs: tuple[str, ...]) -> Site:
    here = not hubs or site.code in hubs
    if here and any(m.number.whole for m in site.machines):
        return site
    fit = [one for one in scenario.sites if (not hubs or one.code in hubs) and _reached(scenario, site, one)]
    if not fit:
        raise Unfit("scenario-lane", f"Nothing can be made for {site.code}: no machine there, and no lane to a "
                    "site with one and back.", site=site.code)  # fmt: skip
    return min(fit, key=lambda one: (_mean_way(scenario, site, one), one.code))


def _reached(scenario: Scenario, site: Site, other: Site) -> bool:
    """Whether a machine stands at the other site, cells get there and the product back."""
    if not sum(machine.number.whole for machine in other.machines):
        return False
    there = [scenario.lane(site.code, other.code, one) for one in CELLS]
    back = scenario.lane(other.code, site.code, Carried.PRODUCT)
    return other.code == site.code or (back is not None and any(there))


def _mean_way(scenario: Scenario, site: Site, other: Site) -> float:
    if site.code == other.code:
        return 0.0
    lane = scenario.lane(other.code, site.code, Carried.PRODUCT)
    return math.inf if lane is None else lane.transit.mean


def _way(scenario: Scenario, origin: Site, destination: Site, carried: tuple[Carried, ...]) -> Lane | None:
    if origin.code == destination.code:
        return None
    lane = next(filter(None, (scenario.lane(origin.code, destination.code, one) for one in carried)), None)
    if lane is None:
        raise Unfit("scenario-lane", f"There is no lane from {origin.code} to {destination.code}.", site=origin.code)
    return lane
