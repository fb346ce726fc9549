"""Checks a dated answer of the large slot benchmark against its instance; shares no code or table with any planner.

It reads what `Network.instance` wrote and what is said to be the plan, day by day by the calendar, and says what is
wrong in words and what the plan costs by its own sum.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any


def verified(instance: dict[str, Any], answer: list[dict[str, Any] | None]) -> tuple[int, list[str]]:
    """(cost, everything that is wrong) of an answer, one item a patient in the instance's order."""
    wrong: list[str] = []
    people = instance["patients"]
    if len(answer) != len(people):
        wrong.append(f"{len(people)} patients have {len(answer)} answers")
    opening = date.fromisoformat(instance["first_monday"])
    closing = opening + timedelta(days=instance["days"])
    taken: dict[tuple[int, date], int] = defaultdict(int)
    cost = 0
    for number, (person, slot) in enumerate(zip(people, answer, strict=False)):
        if slot is None:
            cost += instance["dropped_costs"] * person["weight"]
            continue
        ready, start, site = date.fromisoformat(person["ready"]), date.fromisoformat(slot["start"]), slot["site"]
        allowed = instance["sites_of_home"][person["home"]]
        waited = (start - ready).days
        if site not in allowed:
            wrong.append(f"patient {number} is sent to site {site}, which does not serve home {person['home']}")
            continue
        if start.isoweekday() > 5:
            wrong.append(f"patient {number} starts on {start}, a weekend")
        if not 0 <= waited <= instance["window"]:
            wrong.append(f"patient {number} starts {waited} days after {ready}")
        if not opening <= start < closing:
            wrong.append(f"patient {number} starts on {start}, outside the time that is planned")
        cost += person["weight"] * waited + instance["farther_costs"] * allowed.index(site)
        for later in range(instance["busy"]):
            taken[site, start + timedelta(days=later)] += 1
    for (site, day), number in sorted(taken.items()):
        if number > instance["units"][site]:
            wrong.append(f"site {site} has {number} batches on {day} in {instance['units'][site]} units")
    return cost, wrong
