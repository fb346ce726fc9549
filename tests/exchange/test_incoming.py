"""What arrives is checked whole, an armful at a time; and no member can accuse, silence or drown another by it."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import pytest

from milenari.journal import models
from milenari.journal.exchange import inbox, incoming, standing
from milenari.journal.exchange.parcel import waybill_of
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import Refused
from tests.drills.forging import JUNK, Forger
from tests.exchange.network import Network
from tests.exchange.test_exchange import exchange, material

LEFT_OUT = object()


@pytest.fixture
def forger(network: Network) -> Forger:
    return Forger(network, random.Random(5))


def test_a_member_that_alters_anothers_past_entries_accuses_nobody_of_a_fork(network: Network, forger: Forger) -> None:
    bcn = network["BCN"]
    for kind in ("past_altered", "entry_altered"):
        (outcome,) = bcn.receive([forger.make(kind)])
        assert (outcome.state, outcome.refused.code) == ("refused", "parcel-checkpoint"), kind
    assert bcn.standing("ROM").state == "sound"
    assert [o.state for o in bcn.receive([forger.honest])] == ["applied"]


def test_only_our_own_signature_says_that_we_lost_entries(network: Network, forger: Forger) -> None:
    bcn = network["BCN"]
    forged = forger.sealed(forger.bodies, log="BCN", start=10**4, end=10**4 + len(forger.bodies))
    (outcome,) = bcn.receive([forged])
    assert (outcome.state, outcome.refused.code) == ("refused", "parcel-checkpoint")
    material(bcn, 1)  # it still writes


def test_a_wrong_cosignature_refuses_its_own_parcel_and_no_other(network: Network, forger: Forger) -> None:
    bcn = network["BCN"]
    bad = forger.make("held_line_altered")
    assert [o.state for o in bcn.receive([bad, forger.honest])] == ["refused", "applied"]


def test_parcels_that_overlap_arrive_together(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    start = bcn.root("ROM")[0]
    parcels = []
    for number in range(4):
        material(rom, number)
        parcels += rom.send(bcn, since=start + number // 2)
    made = bcn.receive(parcels)
    assert {o.state for o in made} <= {"applied", "repeated"}, [(o.state, str(o.refused)) for o in made]
    assert bcn.root("ROM") == rom.root("ROM") and bcn.report().sound


def test_an_armful_that_is_too_small_for_what_belongs_together_grows(network: Network, monkeypatch: Any) -> None:
    """One parcel at a time fits the armful; Amman's stick has Rome's receipt before Barcelona's dispatch."""
    from tests.exchange.test_exchange import CONTAINER, hand_over

    bcn, rom, amm = network["BCN"], network["ROM"], network["AMM"]
    material(rom, 1)
    first = rom.send(amm)
    hand_over(bcn, "ROM")
    exchange(network, "BCN", "ROM")
    rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    material(rom, 2)
    monkeypatch.setattr(incoming, "ARMFUL", 1)
    stick = [*rom.send(amm, since=rom.root("ROM")[0] - 2), *first, *bcn.send(amm)]
    made = amm.receive(stick)
    assert {o.state for o in made} == {"applied"}, [(o.state, str(o.refused)) for o in made]
    assert amm.root("ROM") == rom.root("ROM") and amm.report().sound


def test_of_a_long_stick_only_an_armful_is_open_at_once(network: Network, monkeypatch: Any) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    start = bcn.root("ROM")[0]
    stick = []
    for number in range(6):
        material(rom, number)
        stick += rom.send(bcn, since=start + number)
    seen: list[int] = []
    real = incoming.Receiving.run

    def run(self: Any, arrived: Any) -> None:
        seen.append(len(arrived))
        real(self, arrived)

    monkeypatch.setattr(incoming, "ARMFUL", 2 * waybill_of(stick[0]).size)
    monkeypatch.setattr(incoming.Receiving, "run", run)
    made = bcn.receive(reversed(stick))  # type: ignore[arg-type]
    assert {o.state for o in made} == {"applied"} and max(seen) <= 2 and sum(seen) == 6
    with bcn:
        assert not list(inbox.folder().glob("*"))


def test_a_stranger_does_not_fill_the_transfer_log(network: Network, monkeypatch: Any) -> None:
    bcn = network["BCN"]
    monkeypatch.setattr(standing, "KEPT_UNKNOWN", 5)
    for _ in range(3):
        bcn.receive([random.randbytes(50) for _ in range(8)])
    with bcn:
        assert models.Transit.objects.filter(peer="").count() == 5


def test_a_root_is_compared_from_few_reads_and_an_accusation_from_every_leaf(network: Network) -> None:
    bcn = network["BCN"]
    with bcn:
        leaves = [
            bytes(x) for x in models.Entry.objects.filter(site="ROM").order_by("index").values_list("leaf", flat=True)
        ]
        for size in {1, 7, 128, 255, 256, 257, len(leaves)} & set(range(len(leaves) + 1)):
            root = Frontier.of(leaves[:size]).root()
            assert standing.has_root("ROM", size, root, "default")
            assert not standing.has_root("ROM", size, bytes(32), "default")
        assert standing.has_root("ROM", 0, Frontier().root(), "default")
        # A kept hash that is wrong accuses nobody.
        models.Subtree.objects.filter(site="ROM").update(root=bytes(32))
        assert standing.has_root("ROM", len(leaves), Frontier.of(leaves).root(), "default")


def test_a_node_that_is_told_of_its_restore_writes_nothing(network: Network, tmp_path: Any) -> None:
    bcn = network["BCN"]
    with bcn:
        standing.begin_relearning("BCN")
    with pytest.raises(Refused, match="node-set-back"):
        material(bcn, 1)


def test_a_database_put_back_on_its_machine_is_noticed_without_anybody(network: Network, tmp_path: Any) -> None:
    import shutil

    bcn = network["BCN"]
    backup = bcn.copy(tmp_path / "backup")
    material(bcn, 1)
    shutil.copytree(bcn.home / "watermark", backup.home / "watermark")
    with pytest.raises(Refused, match="node-set-back"):
        material(backup, 2)
    exchange({**network, "ROM": network["ROM"], "BCN": bcn}, "BCN", "ROM")
    parcels = network["ROM"].send(backup, back=True)
    backup.receive(parcels)
    backup.receive(parcels)
    assert backup.root("BCN") == bcn.root("BCN")
    material(backup, 2)
    backup.close()


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(data, (dict, list)):
        for name in list(data) if isinstance(data, dict) else range(len(data)):
            yield from _places(data[name], (*path, name))


def test_an_entry_with_anything_in_any_place_is_refused_or_read_in_its_shape(network: Network) -> None:
    """Who holds a log key chooses every byte: each part in turn is left out or becomes junk."""
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    with rom:
        body = bytes(models.Entry.objects.filter(site="ROM").order_by("-index").first().body)
        data = json.loads(body)
    codes, read = Counter[str](), 0
    with bcn:
        receiving = incoming.Receiving("default", None, {"BCN"})
        for path in _places(data):
            for junk in (*JUNK, LEFT_OUT):
                bad = copy.deepcopy(data)
                place = bad
                for name in path[:-1]:
                    place = place[name]
                if not path:
                    bad = junk
                elif junk is LEFT_OUT:
                    del place[path[-1]]
                else:
                    place[path[-1]] = junk
                made = json.dumps(bad if bad is not LEFT_OUT else "", sort_keys=True, separators=(",", ":")).encode()
                try:
                    entry = receiving.read("ROM", 1, made, leaf_hash(made)).entry
                except Refused as refused:
                    codes[refused.code] += 1
                    continue
                read += 1
                assert isinstance(hash((entry.act, entry.by, entry.site, entry.zone, entry.subjects)), int)
                assert all(":" in name and type(version) is int for name, version in entry.subjects)
                assert all(isinstance(text, str) for move in entry.moves for text in astuple(move))
        receiving.read("ROM", 1, body, leaf_hash(body))
    assert set(codes) == {"parcel-entry", "software-older"} and codes["parcel-entry"] > 500 and read > 50
