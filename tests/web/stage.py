"""The demonstration's whole story, told once for a file of tests; what each test does to it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings

from milenari import demo
from milenari.demo import cast
from milenari.journal import person
from milenari.journal.perform import Written, perform
from milenari.rules.action import ACTIONS
from milenari.words import Role


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The story in one transaction that is undone when the file is through."""
    home = tmp_path_factory.mktemp("home")
    cheap = patch.dict(person._COST, {"time_cost": 1, "memory_cost": 64})
    with django_db_blocker.unblock(), override_settings(HOME=home, DEMO=True), cheap:
        # As in tests/scenarios: migrating looks at foreign keys, which cannot be changed inside a transaction.
        connection.ensure_connection()
        connection.disable_constraint_checking()
        try:
            with transaction.atomic():
                demo.prepare(say=lambda _: None)
                yield
                transaction.set_rollback(True)
        finally:
            connection.enable_constraint_checking()


@pytest.fixture
def story(told: None, db: None) -> None:
    """The story as it was told, whatever the test before did to it."""


def client_of(who: str) -> Client:
    """Somebody of the cast, logged in."""
    client, login = Client(), next(x for x in demo.logins() if x["person"] == who)
    answer = client.post("/login", {"person": who, "password": login["password"], "second": login["pin"]})
    assert answer.status_code == 302, answer.content.decode()
    return client


def secrets(who: str) -> dict[str, str]:
    """What a member of the cast types to sign."""
    player = cast.CAST[who]
    return {"password": player.password, "second": player.pin}


def do(who: str, code: str, reason: str = "", role: Role | None = None, **data: Any) -> Written:
    """One act of a member of the cast through the door, now."""
    player = cast.CAST[who]
    return perform(ACTIONS[code].from_data(data), who, cast.pen(player), site=player.site, role=role, reason=reason)


def sampled_lot(lot: str = "LV-T-L1", tests: tuple[str, ...] = ("ph", "endotoxin", "sterility", "bsa")) -> str:
    """A new vector lot in Barcelona whose tests are sampled and not entered."""
    amount = {"value": "100", "unit": "mL"}
    campaign = lot.replace("-L", "-C")
    do("bcn-vector-manager", "open-campaign", campaign=campaign, process="LV-A3B1", plasmids=["P1"], cell_bank="M1",
       scale={"value": "5", "unit": "L"})  # fmt: skip
    do("bcn-vector-manager", "harvest-vector", campaign=campaign, lot=lot, volume=amount)
    do("bcn-analyst", "take-sample", of=f"lot:{lot}", sample=f"{lot}-S1", tests=list(tests))
    return f"lot:{lot}"
