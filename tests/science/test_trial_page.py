"""What the page of trial numbers shows is what the commands answer, sign by sign."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from milenari.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "trial-numbers.md"


def blocks() -> list[str]:
    """Fenced blocks that begin with a command."""
    return re.findall(r"^```\n(\$ .*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def played(block: str) -> str:
    """The block as it comes out: every command of it, and under each what it prints, unless that goes to a file."""
    made = []
    for line in (line for line in block.splitlines() if line.startswith("$ ")):
        words = shlex.split(line[2:])
        target = words[-1] if len(words) > 1 and words[-2] == ">" else None
        assert words[0] == "milenari"
        told = CliRunner().invoke(main, words[1:-2] if target else words[1:])
        assert told.exit_code == 0, told.output
        made.append(line + "\n")
        if target:
            Path(target).write_text(told.output, encoding="utf-8")
        else:
            made.append(told.output)
    return "".join(made)


@pytest.mark.parametrize("at", range(len(blocks())))
def test_what_the_page_shows_is_what_the_command_answers(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    block = blocks()[at]
    assert played(block) == block


def test_the_page_shows_and_names_every_command() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for group in ("design", "analyse"):
        found = main.commands[group]
        assert isinstance(found, click.Group)
        for name in found.commands:
            assert f"`{name}`" in text, f"docs/trial-numbers.md does not name {group} {name}"
