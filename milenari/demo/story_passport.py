"""A training passport: what an operator of Barcelona has shown there, accepted in part in Beirut under two signatures.

The passport is made and checked as on two nodes: signed by Barcelona's log key, proven by the charter, kept in Beirut
under its hash. What was observed and learned there counts; the media fill does not, since it was another room.
"""

from __future__ import annotations

from milenari.demo.story_readiness import PROCEDURE, TAUGHT
from milenari.demo.teller import Teller
from milenari.journal import passport

TO, HOLDER, HERE = "BEY", "bcn-operator", "bey-guest"
REFUSED = {
    "FILL": "Filled in another room and isolator; to be shown here",
    "READ": "Reads the edition that is in the room here, before the first step",
}


def tell(teller: Teller) -> None:
    with teller.scene("taught-trainer-bcn", "BCN", 39) as s:
        s.do("qa", "appoint-trainer", trainer=f"{PROCEDURE}/bcn-trainer", person="bcn-trainer", from_on=s.day(),
             until_on=s.day(-320), **TAUGHT)  # fmt: skip
    with teller.scene("taught-bcn", "BCN", 26) as s:
        held = {"person": HOLDER, **TAUGHT}
        s.do("operator", "confirm-reading", item="READ", **held)
        for item, shown in (("GMP", "certificate 41"), ("LOOK", "observed run"), ("FILL", "media fill 12")):
            s.do("trainer", "sign-training", item=item, on=s.day(), reference=f"{shown} (fictional)", **held)
        s.do("trainer", "sign-training", item="TEST", on=s.day(), score={"value": "92", "unit": "%"}, **held)
    with teller.scene("passport-bey", TO, 0, 7) as s:
        told = {} if s.told() else _decided()
        s.do("trainer", "accept-passport", "Same procedure, same instrument (fictional)", person=HERE, holder=HOLDER,
             from_site="BCN", **told)  # fmt: skip
        s.do("qa", "confirm-passport", passport=told.get("passport", "held"), person=HERE)


def _decided() -> dict[str, object]:
    """The passport as Barcelona issues it now, and Beirut's decision on each of its items."""
    found = passport.keep(passport.issue(HOLDER, TO))
    decisions = [
        {**item.facts(), "accepted": item.item not in REFUSED, "why": REFUSED.get(item.item, "")}
        for item in found.items
    ]  # fmt: skip
    return {"passport": found.code, "sha256": found.sha256, "decisions": decisions}
