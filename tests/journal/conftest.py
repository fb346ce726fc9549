"""A small founded node for the journal's own tests: one site, one QA person, one IT administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from milenari.journal import clock, keys, perform, person
from milenari.journal.sign import Pen
from milenari.rules.network import FoundSite
from milenari.rules.people import EnrolPerson, GrantRole
from milenari.rules.stock import ReceiveMaterial
from milenari.words import Quantity, Role

PASSWORD, PIN = "correct horse battery", "2468"
BEGAN = date(2025, 10, 24)


@dataclass
class Node:
    """The founded site with the pens of its people."""

    site: str
    pens: dict[str, Pen]

    def do(self, action: Any, by: str = "BCN-QA", **more: Any) -> perform.Written:
        return perform.perform(action, by, self.pens[by], site=self.site, **more)

    def receive(self, code: str, **more: Any) -> perform.Written:
        """A small real act: book a material lot into quarantine."""
        return self.do(material(code), **more)


def material(code: str) -> ReceiveMaterial:
    return ReceiveMaterial(
        material=code,
        kind="TexMACS",
        maker_lot="L-778",
        amount=Quantity.parse("500", "mL"),
        expires_on=clock.now().date() + timedelta(days=200),
    )


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME, settings.DEMO = tmp_path, True
    return tmp_path


@pytest.fixture
def node(home: Path, db: None) -> Node:
    return found_node()


def found_node() -> Node:
    perform.open_log("BCN")
    pen = keys.node_pen("BCN")
    made = Node("BCN", {"node-BCN": pen})
    founding = FoundSite(
        site="BCN",
        name="Hospital Clínic",
        country="ES",
        zone="Europe/Madrid",
        control=True,
        site_roles=("vector", "control"),
        from_on=BEGAN,
    )
    made.do(founding, "node-BCN", role=Role.NODE)
    # IT before QA: once QA holds the pen, founding is over and the node enrols nobody.
    for code, name, role in (("BCN-IT", "Ivet Roca", "it-admin"), ("BCN-QA", "Quim Serra", "qa")):
        key = person.enrol(code, "BCN", PASSWORD, person.SecondFactor("pin", PIN))
        made.do(EnrolPerson(person=code, name=name, home="BCN", key=key), "node-BCN", role=Role.NODE)
        grant = GrantRole(person=code, granted=role, at_site="BCN", from_on=BEGAN)
        made.do(grant, "node-BCN", role=Role.NODE)
        made.pens[code] = person.open_pen(code, PASSWORD, PIN)
    return made
