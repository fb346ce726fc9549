"""A small real node for fault tests and benchmarks: sites with their logs, a QA person each, and acts to do.

Everything goes through the one door, with real signatures; nothing is put into a table by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from milenari import rules
from milenari.journal import clock, keys
from milenari.journal.perform import Request, Written, open_log, perform
from milenari.journal.sign import Pen
from milenari.rules.action import Action
from milenari.rules.equipment import CalibrateEquipment, RegisterEquipment
from milenari.rules.network import FoundSite
from milenari.rules.people import EnrolPerson, GrantRole
from milenari.rules.stock import JudgeMaterial, ReceiveMaterial
from milenari.words import Quantity, Role

rules.load()
SITE = "ROM"


def today() -> date:
    return clock.now().date()


def pen_of(person: str) -> Pen:
    """The same key each time, so that a process started later can sign as the same person."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(person.encode()).digest())
    return Pen(person, private, ("password", "second-factor"))


def person_of(site: str, role: Role = Role.QA) -> str:
    return f"{role}-{site.lower()}"


def found(*sites: str, roles: tuple[Role, ...] = (Role.QA, Role.OPERATOR)) -> None:
    """Open the log of each site, found it, and enrol one person for each role."""
    since = today() - timedelta(days=30)
    for number, site in enumerate(sites or (SITE,)):
        open_log(site)
        node = keys.node_pen(site)
        acts: list[Action] = [
            FoundSite(site=site, name=f"Hospital {site}", country="IT", zone="Europe/Rome",
                      control=not number, site_roles=("infusion",), from_on=since)
        ]  # fmt: skip
        for role in sorted(roles, key=lambda role: role is Role.QA):  # with QA in place, founding is over
            person = person_of(site, role)
            acts.append(EnrolPerson(person=person, name=f"Person {person}", home=site, key=pen_of(person).key))
            acts.append(GrantRole(person=person, granted=str(role), at_site=site, from_on=since))
        for act in sorted(acts, key=lambda act: isinstance(act, GrantRole)):
            perform(act, node.person, node, site=site, role=Role.NODE)


def register(code: str) -> RegisterEquipment:
    until = today() + timedelta(days=300)
    return RegisterEquipment(equipment=code, kind="centrifuge", calibrated_until=until)


def calibrate(code: str, days: int = 400) -> CalibrateEquipment:
    return CalibrateEquipment(equipment=code, on=today(), calibrated_until=today() + timedelta(days=days))


def receive(code: str) -> ReceiveMaterial:
    amount = Quantity.from_json({"value": "500", "unit": "mL"})
    return ReceiveMaterial(material=code, kind="medium", maker_lot="LOT-1", amount=amount,
                           expires_on=today() + timedelta(days=90))  # fmt: skip


def judge(code: str, status: str = "released") -> JudgeMaterial:
    return JudgeMaterial(material=code, status=status)


def request(action: Action, site: str = SITE, role: Role = Role.QA, **more: Any) -> Request:
    return Request(action, pen_of(person_of(site, role)), site, role, **more)


def do(action: Action, site: str = SITE, role: Role = Role.QA, **more: Any) -> Written:
    pen = pen_of(person_of(site, role))
    return perform(action, pen.person, pen, site=site, role=role, **more)


def work(number: int, site: str = SITE, start: int = 0) -> Iterator[Request]:
    """A mixed book of ``number`` acts: equipment registered and calibrated, material received and judged."""
    for n in range(start, start + number):
        code, kind = f"{site}-{n // 4}", n % 4
        if kind == 0:
            yield request(register(f"C-{code}"), site)
        elif kind == 1:
            yield request(receive(f"M-{code}"), site, Role.OPERATOR)
        elif kind == 2:
            yield request(calibrate(f"C-{code}"), site)
        else:
            yield request(judge(f"M-{code}"), site)
