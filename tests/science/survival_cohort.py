"""The published cohorts of the survival-aware i-SHIPMENT extension, made by their recipe from a .dat file.

Recipe (github.com/NegarSadeghiii/CAR-T-Supply-Chain, cart_data.py): patients in the file's order; 30 % in tier H and
40 % in M by Python's shuffle with seed 0; the cohort copied, its days scaled to 1 to 88, each with a jitter of up to
three days from seed 1.
"""

from __future__ import annotations

import random
from collections import Counter

from milenari.science.planning import ishipment
from milenari.science.planning.dat import parse
from milenari.science.planning.ishipment_wait import LAST_DAY, Group


def named(text: str, copies: int) -> dict[str, Group]:
    """Each patient's collection site, tier and day, by the published names."""
    dat = parse(text, "base", ishipment.INDICES)
    where = {patient: (centre, int(day)) for patient, centre, day in dat.table("INC")}
    order = list(dat.members("p"))
    shuffled = list(order)
    random.Random(0).shuffle(shuffled)
    high, medium = round(len(order) * 0.3), round(len(order) * 0.4)
    tier = {name: "H" if at < high else "M" if at < high + medium else "L" for at, name in enumerate(shuffled)}
    days = [day for _, day in where.values()]
    scale = (LAST_DAY - 1) / (max(days) - min(days))
    jitter = random.Random(1)
    made: dict[str, Group] = {}
    for copy in range(copies):
        for name in order:
            centre, day = where[name]
            moved = round(1 + (day - min(days)) * scale + jitter.randint(-3, 3))
            made[f"{name}r{copy}"] = (centre, tier[name], min(LAST_DAY, max(1, moved)))
    return made


def cohort(text: str, copies: int) -> dict[Group, int]:
    """Patients by collection site, tier and day."""
    return dict(Counter(named(text, copies).values()))


def written(groups: dict[Group, int]) -> str:
    """The cohort as the table that `milenari plan solve --waiting` reads."""
    return "\n".join(["centre,tier,day,patients", *(f"{c},{t},{d},{n}" for (c, t, d), n in sorted(groups.items()))])
