"""Every command of every procedure is run as it is written, on nodes of its own; and the pages show them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.nodes import Node
from tests.exchange.test_exchange import material
from tests.journal import scratch

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "procedures"
BLOCK = re.compile(r"^```sh ([A-Z -]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PASSWORD = "a long enough password"
Network = dict[str, Node]


class Bench:
    """Where a procedure is carried out: a home and database for each node it names, a stick and a backup disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.homes: dict[str, tuple[Path, str]] = {}
        for name in ("stick", "backup", "bin"):
            (folder / name).mkdir(parents=True)
        program = folder / "bin" / "milenari"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m milenari "$@"\n')
        program.chmod(0o755)

    def fresh(self, site: str) -> None:
        home = self.folder / site
        home.mkdir()
        if scratch.ON_POSTGRES:
            self.homes[site] = home, scratch.url_of(scratch.create(home))
        else:
            self.homes[site] = home, f"sqlite:///{home / 'milenari.sqlite3'}"

    def node(self, node: Node) -> None:
        self.homes[node.site] = node.home, scratch.url_of(node.database)

    def run(self, name: str, demo: bool) -> str:
        told = []
        for sites, commands in BLOCK.findall((FOLDER / f"{name}.md").read_text()):
            for site in sites.split():
                told.append(self.do(site, commands, demo))
        assert told, f"{name} has no command"
        return "\n".join(told)

    def do(self, site: str, commands: str, demo: bool) -> str:
        home, url = self.homes.get(site, (self.folder, ""))
        env = {
            **os.environ, "MILENARI_HOME": str(home), "DATABASE_URL": url, "STICK": str(self.folder / "stick"),
            "BACKUP": str(self.folder / "backup"), "MIRROR_FOLDER": str(self.folder / "mirror"),
            "MILENARI_DEMO": "1" if demo else "", "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(FOLDER.parents[1]),
        }  # fmt: skip
        told = ""
        for line in commands.splitlines():  # each is a command of its own; enrol asks for a password, twice
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", line],
                env=env, input=f"{PASSWORD}\n{PASSWORD}\n", capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, f"{site}: {line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            told += done.stdout
        return told


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "bench")


@pytest.fixture
def four(network: Network, bench: Bench) -> Bench:
    for node in network.values():
        bench.node(node)
    return bench


def lost(bench: Bench, rom: Node) -> None:
    """Rome has a new, empty machine with the keys from the envelope."""
    bench.fresh("ROM-NEW")
    shutil.copytree(rom.home / "keys", bench.homes["ROM-NEW"][0] / "keys")


@pytest.mark.slow
def test_install_and_join(bench: Bench) -> None:
    bench.fresh("ROM")
    told = bench.run("install", demo=False)
    assert "It restores." in told and "This node may serve." in told
    bench.fresh("BCN")
    bench.do("BCN", 'milenari site new BCN --name "Clinic" --country ES --zone Europe/Madrid --control --yes', False)
    told = bench.run("join", demo=False)
    assert told.count("Charter 1 is in force: BCN, ROM.") == 2


@pytest.mark.slow
def test_memory_stick(network: Network, four: Bench) -> None:
    material(network["ROM"], 1)
    told = four.run("memory-stick", demo=True)
    assert "ROM and BCN: sound, in step" in told


@pytest.mark.slow
def test_restore(network: Network, four: Bench) -> None:
    rom = network["ROM"]
    four.do("ROM", 'milenari backup make "$BACKUP"', True)
    material(rom, 1)  # after the backup: only others have it
    rom_told = rom.root("ROM")
    for peer in ("BCN", "BEY", "AMM"):
        network[peer].receive(rom.send(network[peer]))
    lost(four, rom)
    told = four.run("restore", demo=True)
    assert "It restores." in told and "Sound:" in told
    assert f"ROM has {rom_told[0]} entries and may write again." in told


@pytest.mark.slow
def test_ransomware(network: Network, four: Bench) -> None:
    rom = network["ROM"]
    material(rom, 1)
    for peer in ("BCN", "BEY", "AMM"):
        network[peer].receive(rom.send(network[peer]))
    lost(four, rom)
    told = four.run("ransomware", demo=True)
    assert f"ROM has {rom.root('ROM')[0]} entries and may write again." in told and "Sound:" in told


@pytest.mark.slow
def test_key_loss_and_fork(network: Network, four: Bench) -> None:
    told = four.run("key-loss", demo=True)
    assert told.count("Charter 2 is in force") == 4 and "in force" in told and "CANNOT BE UNDONE" in told
    material(network["ROM"], 1)
    assert {o.state for o in network["BCN"].receive(network["ROM"].send(network["BCN"]))} == {"applied"}
    assert four.run("fork", demo=True).count("This node may serve.") == 4


def test_each_procedure_is_one_page_and_ships_with_the_node() -> None:
    from milenari.web.pages import procedures

    assert {name for name, _ in procedures.titles()} == {path.stem for path in FOLDER.glob("*.md")}
    for path in FOLDER.glob("*.md"):
        assert len(path.read_text().split()) <= 620, f"{path.name} is longer than a page"
        for link in re.findall(r"\]\(([a-z0-9-]+\.md)\)", path.read_text()):
            assert (FOLDER / link).exists(), f"{path.name} leads to {link}"


def test_a_procedure_is_shown_and_one_that_is_not_there_is_not(network: Network, client: Any) -> None:
    from milenari.demo import cast
    from milenari.journal.models import Credential

    with network["ROM"]:
        client.force_login(Credential.objects.get(person=next(p.person for p in cast.at("ROM"))))
        shown = client.get("/procedures/key-loss").content.decode()
        assert "<h1>A key is lost or stolen</h1>" in shown and 'href="/procedures/fork"' in shown
        assert "install" in client.get("/procedures").content.decode()
        assert client.get("/procedures/nothing").status_code == 404
        assert client.get("/procedures/..%2F..%2Fhouse").status_code == 404
