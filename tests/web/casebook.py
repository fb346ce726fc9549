"""A trial with one participant at the small network of the pages, and the forms it needs in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import milenari
from tests.rules.trial import document
from tests.web import world as worlds

PARTICIPANT = "ARI-PED-ROM-001"
FORMS = Path(milenari.__file__).parent / "web" / "data" / "forms"


def at_casebook(world: worlds.World, *forms: str) -> None:
    """The trial opened, a child screened in Rome, the named forms in force; who enters, signs and manages data."""
    begins = str(worlds.today(-100))
    for by, who, role in (("BCN-QA", "BCN-VEC", "vector-manager"), ("ROM-QA", "ROM-PHY", "investigator"),
                          ("ROM-QA", "ROM-TWO", "data-manager")):  # fmt: skip
        world.do(by, "grant-role", person=who, granted=role, at_site=who[:3], from_on=begins)
    on, trial = str(worlds.today()), "ARI-PED"
    world.do("BCN-QA", "open-protocol", protocol=trial, number="1.0", document=document())
    world.do("BCN-QA", "approve-protocol-version", protocol=trial, number="1.0", country="IT", authority="AIFA",
             reference="IT-7", on=on)  # fmt: skip
    world.do("BCN-QA", "activate-trial-site", protocol=trial, at_site="ROM", on=on)
    world.do("ROM-PHY", "screen-participant", participant=PARTICIPANT, protocol=trial, age_months="96")
    for code in forms:
        world.do("ROM-TWO", "define-form", form=code, number="1", definition=definition(code), reason="agreed")


def definition(code: str) -> Any:
    return json.loads((FORMS / f"{code}.json").read_text())
