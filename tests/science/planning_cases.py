"""What the tests of planning share: the command line, the seed scenario with changes, and the published instances."""

from __future__ import annotations

import copy
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from milenari.cli import main
from milenari.science.planning.checking import scenario
from milenari.science.planning.scenario import Scenario

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="published instances are not beside this clone")
SEED: dict[str, Any] = json.loads(
    resources.files("milenari.science.planning").joinpath("data/milenari.json").read_text("utf-8")
)


def run(*words: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, list(words), input=given)


def changed(**paths: Any) -> dict[str, Any]:
    """The seed with values put in: sites__0__beds__value=3; a value of ... removes the name."""
    made: dict[str, Any] = copy.deepcopy(SEED)
    for path, value in paths.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        place: Any = made
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return made


def seed(**paths: Any) -> Scenario:
    return scenario(changed(**paths))
