"""A small network for the pages: a control site and one hospital, with people and one referred child.

Founded through the one door like any node. Nobody here exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from milenari.journal import clock, keys, person, sealed
from milenari.journal.perform import Written, open_log, perform
from milenari.journal.sign import Pen
from milenari.rules.action import ACTIONS
from milenari.rules.chain import mint
from milenari.words import Role
from tests.rules import recipes

PASSWORD, PIN = "correct horse battery", "2468"
# Person -> printed name and roles at their own site.
PEOPLE = {
    "BCN-QA": ("Quim Serra", ("qa",)),
    "BCN-VEC": ("Núria Soler", ()),
    "ROM-QA": ("Franca Moro", ("qa",)),
    "ROM-PHY": ("Lucia De Santis", ("physician",)),
    "ROM-COO": ("Elisa Marchetti", ("coordinator", "physician")),
    "ROM-NUR": ("Ilaria Fontana", ("apheresis-nurse", "ward-nurse")),
    "ROM-OP": ("Marco Bellini", ("operator",)),
    "ROM-TWO": ("Paola Gentile", ("operator", "trainer")),
    "ROM-IT": ("Nicolò Greco", ("it-admin",)),
}
JOURNEY = "ROM-J-1"


@dataclass
class World:
    coi: str = ""
    pens: dict[str, Pen] = field(default_factory=dict)

    def do(self, by: str, code: str, **data: Any) -> Written:
        """One act through the door, by the person's own site and the first role that fits."""
        who = by if by.startswith("node-") else self.pens[by].person
        site = data.pop("_site", by.removeprefix("node-")[:3])
        more = {name: data.pop(name) for name in ("reason", "happened_at", "act") if name in data}
        role = Role.NODE if by.startswith("node-") else None
        return perform(ACTIONS[code].from_data(data), who, self.pens[by], site=site, role=role, **more)


def today(days: int = 0) -> date:
    """The day at these sites, which for an hour or two of the night is not that of the clock's zone."""
    return clock.now().astimezone(ZoneInfo("Europe/Rome")).date() + timedelta(days=days)


def build() -> World:
    """Two founded sites, their people, an approved process, and one child with consent and weight."""
    world = World()
    begins, ends = str(today(-100)), str(today(300))
    for site, country, zone in (("BCN", "ES", "Europe/Madrid"), ("ROM", "IT", "Europe/Rome")):
        open_log(site)
        world.pens[f"node-{site}"] = keys.node_pen(site)
        names = {"site": site, "name": f"Hospital {site}", "country": country, "zone": zone, "from_on": begins}
        roles = ["vector", "control"] if site == "BCN" else ["apheresis", "manufacture", "qc", "infusion"]
        founder = "node-BCN" if site == "BCN" else "BCN-QA"
        world.do(founder, "found-site", control=site == "BCN", site_roles=roles, **names)
        _people(world, site, begins)
    world.do("BCN-QA", "approve-process", process="ARI", number="1", title="Test product", recipe=recipes.cell_recipe())
    world.do("BCN-QA", "set-country-rules", country="IT", rules={"custody_signatures": {}})
    world.do("BCN-QA", "grant-authorisation", site="ROM", number="N-1", authority="AIFA", basis="trial", product="ARI",
             from_on=begins, to_on=ends)  # fmt: skip
    world.do("BCN-QA", "qualify-site", site="ROM", product="ARI", evidence="audit", from_on=begins, until_on=ends)
    world.do("BCN-QA", "effect-master-file", masterfile="ARI", number="1", annexes={"ROM": "1"}, from_on=begins)
    _child(world)
    return world


def _people(world: World, site: str, begins: str) -> None:
    node = f"node-{site}"
    mine = {code: told for code, told in PEOPLE.items() if code.startswith(site)}
    # Everybody is enrolled before quality assurance holds the pen: with it the founding is over.
    for code, (name, _) in mine.items():
        key = person.enrol(code, site, PASSWORD, person.SecondFactor("pin", PIN))
        world.do(node, "enrol-person", person=code, name=name, home=site, key=key)
    for code, (_, roles) in sorted(mine.items(), key=lambda told: "qa" in told[1][1]):
        for role in roles:
            world.do(node, "grant-role", person=code, granted=role, at_site=site, from_on=begins)
    for code in mine:
        world.pens[code] = person.open_pen(code, PASSWORD, PIN)


def _child(world: World) -> None:
    identity = sealed.Identity("Immaginaria", "Giulia", today(-365 * 7), "FICT-1")
    commitment = sealed.keep("ROM", JOURNEY, identity)
    world.do("ROM-PHY", "refer-patient", journey=JOURNEY, process="ARI", age_months="84", sex="female",
             commitment=commitment)  # fmt: skip
    world.do("ROM-PHY", "record-consent", journey=JOURNEY, kind="guardian-consent", form_version="1", on=str(today()))
    world.do("ROM-PHY", "confirm-eligibility", journey=JOURNEY, protocol="TEST-1")
    world.do("ROM-PHY", "record-weight", journey=JOURNEY, weight={"value": "20", "unit": "kg"}, on=str(today()))
    world.coi = mint("ROM", bytes(range(16)))
    world.do("ROM-COO", "issue-coi", journey=JOURNEY, coi=world.coi)


def to_batch(world: World, batch: str = "ROM-B-1") -> None:
    """Go on to a started batch, whose first phase waits."""
    world.do("ROM-QA", "record-training", person="ROM-OP", procedure="SOP-ARI", number="1", on=str(today()),
             until_on=str(today(300)))  # fmt: skip
    bag = {"collection": "ROM-C-1"}
    world.do(
        "ROM-NUR", "collect-cells", journey=JOURNEY, wristband=world.coi, volume={"value": "120", "unit": "mL"}, **bag
    )
    world.do("ROM-NUR", "label-bag", wristband=world.coi, label=world.coi, **bag)
    world.do(
        "ROM-NUR", "count-cells", cd3={"value": "1000", "unit": "10*6"}, viability={"value": "98", "unit": "%"}, **bag
    )
    world.do("ROM-OP", "accept-collection", label=world.coi, **bag)
    world.do("ROM-OP", "start-batch", batch=batch, journey=JOURNEY, process_version="1", label=world.coi, **bag)
    world.do("ROM-OP", "receive-material", material="BEADS-1", kind="CD4-BEADS", maker_lot="M1",
             amount={"value": "10", "unit": "mL"}, expires_on=str(today(100)))  # fmt: skip
    world.do("ROM-QA", "judge-material", material="BEADS-1", status="released")
    world.do("ROM-QA", "register-equipment", equipment="PRO-1", kind="prodigy", calibrated_until=str(today(100)))
    world.do("ROM-OP", "consume-material", batch=batch, material="BEADS-1", amount={"value": "1", "unit": "mL"})


def logged_in(who: str, client: Client | None = None) -> Client:
    client = client or Client()
    answer = client.post("/login", {"person": who, "password": PASSWORD, "second": PIN})
    assert answer.status_code == 302, answer.content.decode()
    return client
