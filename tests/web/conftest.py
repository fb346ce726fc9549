"""What the tests of the pages share: a founded node in a home of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from milenari.journal import person
from tests.web import world as worlds
from tests.web.stage import story, told

__all__ = ["batch_world", "home", "story", "told", "world"]


@pytest.fixture
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.HOME, settings.DEMO = tmp_path, True
    # Argon2's cost protects a stolen database, which no test has; its parameters are tested in tests/journal.
    monkeypatch.setitem(person._COST, "time_cost", 1)
    monkeypatch.setitem(person._COST, "memory_cost", 64)
    return tmp_path


@pytest.fixture
def world(home: Path, db: None) -> worlds.World:
    return worlds.build()


@pytest.fixture
def batch_world(world: worlds.World) -> worlds.World:
    worlds.to_batch(world)
    return world
