"""Drills at their small size; ``script/drill NAME`` plays each at full size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.drills.frame import DRILLS, Asked, run


@pytest.mark.slow
@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_is_passed(name: str, tmp_path: Path, django_db_blocker: Any, settings: Any) -> None:
    settings.DEMO = True
    with django_db_blocker.unblock():
        found = run(name, Asked("small", 0, tmp_path))
    assert found.passed, (found.faults[:5], found.counts)
