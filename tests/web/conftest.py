"""What the tests of the pages share: a founded node in a home of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.web import world as worlds


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME, settings.DEMO = tmp_path, True
    return tmp_path


@pytest.fixture
def world(home: Path, db: None) -> worlds.World:
    return worlds.build()


@pytest.fixture
def batch_world(world: worlds.World) -> worlds.World:
    worlds.to_batch(world)
    return world
