"""What a form offers to choose from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from milenari.journal import clock
from milenari.registers import waiting
from milenari.rules.stock import JudgeMaterial, ReceiveMaterial
from milenari.words import Quantity
from tests.journal.conftest import Node, home, node  # noqa: F401  fixtures
from tests.journal.test_perform import second_qa


def lot(code: str, days: int) -> ReceiveMaterial:
    amount = Quantity.parse("5", "mL")
    until = clock.now().date() + timedelta(days=days)
    return ReceiveMaterial(material=code, kind="medium", maker_lot="L", amount=amount, expires_on=until)


def test_the_lot_to_be_used_first_is_offered_first_and_what_may_not_be_used_last(
    node: Node,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for code, days in (("LATER", 90), ("SOON", 30), ("GONE", 10), ("HELD", 20)):
        node.do(lot(code, days))
    second = second_qa(node)
    for code in ("LATER", "SOON", "GONE"):
        node.do(JudgeMaterial(material=code, status="released"), second)
    now = datetime.now(UTC)
    monkeypatch.setattr(waiting.timezone, "now", lambda: now + timedelta(days=12))
    offered = waiting.choices("material", "BCN")
    assert [choice.value for choice in offered] == ["SOON", "LATER", "GONE", "HELD"]
    assert (now + timedelta(days=10)).date().isoformat() in offered[2].about
