"""A published log is pulled with the checks of a parcel, and only under an agreement for every class of data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from milenari.journal import read
from milenari.journal.exchange import pull
from milenari.rules.action import Refused
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import material

Network = dict[str, Node]


@pytest.fixture
def published(network: Network, tmp_path: Path) -> Path:
    material(network["ROM"], 1)
    return publish(network["ROM"], tmp_path / "tiles")


def publish(node: Node, folder: Path) -> Path:
    with node:
        read.write_tiles(node.site, str(folder))
    return folder


def test_what_is_new_is_taken_and_confirmed(network: Network, published: Path) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    with bcn:
        assert pull.pull("ROM", str(published)).state == "applied"
        assert pull.pull("ROM", str(published)).state == "repeated"
    assert bcn.root("ROM") == rom.root("ROM") and bcn.report().sound
    rom.receive(bcn.send(rom))
    assert rom.standing("BCN").they_hold == rom.root("ROM")[0]


def test_it_goes_on_from_a_partial_bundle(network: Network, published: Path) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    with bcn:
        pull.pull("ROM", str(published))
    material(rom, 2)
    publish(rom, published)
    with bcn:
        assert pull.pull("ROM", str(published)).state == "applied"
    assert bcn.root("ROM") == rom.root("ROM")


def test_altered_tiles_change_nothing(network: Network, published: Path) -> None:
    bcn = network["BCN"]
    before = bcn.root("ROM")
    newest = max(
        (p for p in (published / "tile" / "entries").rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime
    )
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with bcn, pytest.raises(Refused, match="parcel-checkpoint"):
        pull.pull("ROM", str(published))
    newest.unlink()
    with bcn, pytest.raises(Refused, match="tiles-missing"):
        pull.pull("ROM", str(published))
    assert bcn.root("ROM") == before


def test_another_log_under_its_name_is_refused(network: Network, tmp_path: Path) -> None:
    material(network["BEY"], 1)
    other = publish(network["BEY"], tmp_path / "bey")
    with network["BCN"], pytest.raises(Refused, match="parcel-checkpoint"):
        pull.pull("ROM", str(other))


def test_without_an_agreement_for_every_class_nothing_is_taken(
    network: Network, published: Path, monkeypatch: Any
) -> None:
    from milenari.rules import exchange

    monkeypatch.setitem(exchange.CLASSES, "genome", ["vector"])  # a class that no agreement names
    with network["BCN"], pytest.raises(Refused, match="tiles-without-basis"):
        pull.pull("ROM", str(published))
