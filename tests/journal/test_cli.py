"""The command line: help with an example everywhere, JSON everywhere, and proofs that stand alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from django.db import connection

from milenari.cli import main
from milenari.journal import read
from tests.journal.conftest import PASSWORD, PIN, Node


def everything(group: click.Group, before: str = "") -> dict[str, click.Command]:
    """Every command by its whole name, those of groups included."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        inside = everything(command, f"{before}{name} ") if isinstance(command, click.Group) else {}
        found |= inside or {f"{before}{name}": command}
    return found


COMMANDS = everything(main)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(main, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert f"milenari {name}" in shown.output.split("Example:")[1]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_answers_in_json(name: str) -> None:
    assert any("--json" in p.opts for p in COMMANDS[name].params if isinstance(p, click.Option))


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(words), env={"MILENARI_PASSWORD": PASSWORD, "MILENARI_SECOND": PIN})
    return done.exit_code, done.output


RECEIVE = ("do", "receive-material", "material=M1", "kind=TexMACS", "maker_lot=L1", "amount=500 mL",
           "expires_on=2027-05-01", "--by", "BCN-QA", "--site", "BCN")  # fmt: skip


def test_an_act_is_done_shown_and_verified_from_the_command_line(node: Node) -> None:
    code, said = run(*RECEIVE, "--json")
    assert code == 0, said
    act = json.loads(said)["act"]
    assert any(row["act"] == act for row in json.loads(run("show", "material:M1", "--json")[1]))
    code, said = run("verify", "--json")
    assert code == 0 and json.loads(said)["sound"]


def test_a_refusal_is_a_sentence_and_exit_code_one(node: Node) -> None:
    assert run(*RECEIVE)[0] == 0
    code, said = run(*RECEIVE)
    assert code == 1 and "subject-exists" in said


def test_a_refusal_in_json_carries_its_code(node: Node) -> None:
    code, said = run(*RECEIVE[:-1], "BEY", "--json")
    assert code == 1 and json.loads(said)["refused"] == "site-not-here"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("do", "fly", "--by", "X", "--site", "BCN"), "action-unknown"),
        ((*RECEIVE, "colour=red"), "field-unknown"),
        ((*RECEIVE, "amount=500"), "reading-without-unit"),
        (("show", "batch:NONE"), "subject-unknown"),
        (("proof", "BCN/999"), "entry-unknown"),
    ],
)
def test_wrong_input_says_what_was_wrong(node: Node, words: tuple[str, ...], expected: str) -> None:
    code, said = run(*words)
    assert code == 1 and expected in said


def test_a_proof_is_checked_by_a_bare_process_with_only_the_public_key(node: Node, tmp_path: Path) -> None:
    text = run("proof", "BCN/2")[1]
    file, key = tmp_path / "entry.proof", tmp_path / "bcn.key"
    file.write_text(text)
    key.write_text(read.logs()[0]["verifier_key"])
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("MILENARI", "DJANGO", "DATABASE"))}
    words = [sys.executable, "-m", "milenari", "verify-proof", str(file), "--key", str(key)]
    good = subprocess.run(words, env=bare, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert good.returncode == 0 and "Proven: entry 2" in good.stdout
    file.write_text(text.replace("1", "2", 1) if "1" in text else text + "x")
    bad = subprocess.run(words, env=bare, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert bad.returncode == 1 and "Not proven" in bad.stderr


def test_the_log_is_published_as_tiles(node: Node, tmp_path: Path) -> None:
    from milenari.journal.tiles import read_log

    assert run("publish", "BCN", str(tmp_path / "log"))[0] == 0
    head = read.logs()[0]
    bodies = list(read_log(tmp_path / "log", head["verifier_key"]))
    assert len(bodies) == head["size"]
    assert bodies[2] == read.entry_of_act("BCN/2").body


def test_a_node_with_a_dropped_trigger_does_not_serve(node: Node) -> None:
    from milenari.journal import guard

    with connection.cursor() as cursor:
        name = "guard_journal_entry_delete" if connection.vendor == "sqlite" else "guard_journal_entry"
        cursor.execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else " ON journal_entry"))
    try:
        code, said = run("serve", "--json")
        assert code == 1 and json.loads(said)["refused"] == "node-not-sound" and name in said
    finally:
        guard.install()


def test_a_new_colleague_gets_a_login_a_key_and_a_code_for_the_authenticator(node: Node) -> None:
    words = ["credential", "BCN-OP9", "--site", "BCN", "--password", "a long enough password"]
    code, said = run(*words)
    assert code == 0, said
    key = said.split("key: ")[1].split()[0]
    assert "otpauth://totp/" in said and "▄" in said
    enrol = ("do", "enrol-person", "person=BCN-OP9", "name=Olga Prat", "home=BCN", f"key={key}",
             "--by", "BCN-IT", "--site", "BCN")  # fmt: skip
    assert run(*enrol)[0] == 0
    code, said = run(*words, "--json")
    assert code == 1 and json.loads(said)["refused"] == "subject-exists"
    assert run(*words, "--replace")[0] == 0
