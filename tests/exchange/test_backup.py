"""Backups restore, and say when they would not; a restored node asks before it writes."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pyrage
import pytest

from milenari.journal import backup, keys, models
from milenari.rules.action import Refused
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import material

Network = dict[str, Node]


def made(node: Node, folder: Path) -> Path:
    with node:
        return backup.make(folder)


def test_a_backup_restores_and_equals_what_others_have_cosigned(network: Network, tmp_path: Path) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    bcn.receive(rom.send(bcn))
    rom.receive(bcn.send(rom))
    path = made(rom, tmp_path)
    with rom:
        checked = backup.check(path)
    assert checked.good and any("cosigned by BCN" in one for one in checked.compared), checked
    assert checked.entries == sum(log["entries"] for log in checked.manifest["logs"].values())


def test_the_keys_are_not_in_it_and_only_the_box_key_opens_it(network: Network, tmp_path: Path) -> None:
    path = made(network["ROM"], tmp_path)
    with network["BCN"], pytest.raises(Refused, match="backup-not-opened"):
        backup.check(path)
    with network["ROM"]:
        identity = pyrage.x25519.Identity.from_str(keys.files("ROM", "box")[0].read_text().strip())
        secret = (keys.folder() / "ROM.log.key").read_bytes()
    plain = tmp_path / "plain.tar.gz"
    plain.write_bytes(pyrage.decrypt(path.read_bytes(), [identity]))
    with tarfile.open(plain) as tar:
        assert not any("keys" in name.split("/") for name in tar.getnames())
        assert all(secret not in tar.extractfile(m).read() for m in tar.getmembers() if m.isfile())  # type: ignore[union-attr]


def test_a_damaged_backup_is_refused_and_nothing_stays_behind(network: Network, tmp_path: Path) -> None:
    path = made(network["ROM"], tmp_path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with network["ROM"]:
        with pytest.raises(Refused, match="backup-not-opened"):
            backup.check(path)
        with pytest.raises(Refused, match="restore-not-empty"):
            backup.restore(path)
    assert not list(network["ROM"].home.glob("backup-*"))


def test_a_backup_of_another_history_than_the_cosigned_one_is_found(
    network: Network, tmp_path: Path, monkeypatch: Any
) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    twin = rom.copy(tmp_path / "twin")
    material(rom, 1)
    material(twin, 2)
    path = made(twin, tmp_path)
    bcn.receive(rom.send(bcn))
    rom.receive(bcn.send(rom))
    with rom:
        checked = backup.check(path)
    assert not checked.good and any("cosigned another root" in fault for fault in checked.faults)
    twin.close()


def test_a_manifest_that_says_more_rows_is_found(network: Network, tmp_path: Path, monkeypatch: Any) -> None:
    rows = backup._rows
    with monkeypatch.context() as patched:
        patched.setattr(backup, "_rows", lambda using: {**rows(using), "journal_entry": 1})
        path = made(network["ROM"], tmp_path)
    with network["ROM"]:
        assert any("journal_entry" in fault for fault in backup.check(path).faults)
        assert models.Head.objects.filter(site="ROM").exists()  # the node itself was not touched
