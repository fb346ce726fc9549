"""Four nodes for each test of the exchange, copied from one set (tests/exchange/network.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.exchange import network as made
from tests.exchange.network import Network
from tests.exchange.nodes import Node


@pytest.fixture(scope="session")
def workshop(django_db_blocker: Any) -> Node:
    with django_db_blocker.unblock():
        return made.workshop()


@pytest.fixture(scope="session")
def moved(django_db_blocker: Any) -> Network:
    with django_db_blocker.unblock():
        return made.moved()


@pytest.fixture
def network(moved: Network, tmp_path: Path, django_db_blocker: Any, settings: Any) -> Iterator[Network]:
    settings.DEMO = True
    with django_db_blocker.unblock():
        nodes = made.four(tmp_path)
        yield nodes
        for node in nodes.values():
            node.close()
