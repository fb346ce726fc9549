"""Keys change hands by charter: work and exchange go on, and whoever has the old key is refused from there on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from milenari.journal import clock, keys, models
from milenari.journal.exchange import charter, outgoing, succession
from milenari.rules.action import Refused
from tests.exchange.nodes import Node, charter_of
from tests.exchange.test_exchange import material

Network = dict[str, Node]
SITES = ("BCN", "ROM", "BEY", "AMM")


def passed(frm: Node, to: Node, **more: Any) -> list[str]:
    return [o.state if o.refused is None else o.refused.code for o in to.receive(frm.send(to, **more))]


def in_step(network: Network) -> None:
    for _ in range(3):
        for one in network.values():
            for other in network.values():
                if one is not other:
                    states = passed(one, other)
                    assert set(states) <= {"applied", "repeated"}, (one.site, other.site, states)


def next_charter(network: Network, member: charter.Member, signers: tuple[str, ...]) -> str:
    """The charter with one member as it now names itself, signed by these."""
    roots = []
    for site in signers:
        with network[site]:
            roots.append(succession.root_key(site))
    with network[member.site]:
        now = charter.require_present()
        members = [member if m.site == member.site else m for m in now.members]
        return charter_of(members, now.threshold, roots)


def put_in_force(network: Network, note: str, *sites: str) -> None:
    for site in sites or SITES:
        with network[site]:
            charter.accept(note)


def rotated(network: Network, site: str, *kinds: str, stolen: bool = False) -> charter.Member:
    with network[site]:
        return succession.replace_keys(site, kinds, stolen=stolen)


def test_a_new_log_key_takes_over_where_the_charter_says_and_nobody_has_to_wait(network: Network) -> None:
    rom = network["ROM"]
    in_step(network)
    member = rotated(network, "ROM", "log")
    at, _ = rom.root("ROM")
    assert member.since == at and member.earlier[-1][1] == at
    material(rom, 1)  # the charter travels for days: work goes on under the old key
    assert passed(rom, network["BCN"]) == ["applied"]
    note = next_charter(network, member, ("BCN", "BEY", "AMM"))  # three of four, without Rome itself
    put_in_force(network, note)
    assert network["BCN"].standing("ROM").state == "unconfirmed"  # an entry past it, by the old key only
    assert network["BCN"].report().sound and rom.report().sound
    material(rom, 2)
    with rom:
        head = models.Head.objects.get(site="ROM")
        assert succession.signed_by(head.checkpoint, member.log)
        assert not succession.signed_by(head.checkpoint, member.earlier[-1][0])
    in_step(network)
    for node in network.values():
        assert node.report().sound, node.report().faults
        assert node.root("ROM") == rom.root("ROM")
    assert rom.standing("BCN").synced and network["BCN"].standing("ROM").state == "sound"


def test_the_new_key_confirms_what_the_old_one_signed_though_nothing_new_is_written(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    in_step(network)
    member = rotated(network, "ROM", "log")
    material(rom, 1)
    in_step(network)
    put_in_force(network, next_charter(network, member, ("BCN", "ROM", "BEY")))
    assert bcn.standing("ROM").state == "unconfirmed"
    assert passed(rom, bcn) == ["repeated"]
    assert bcn.standing("ROM").state == "sound"
    in_step(network)
    assert rom.standing("BCN").synced and bcn.report().sound


def test_a_thief_with_the_old_key_is_refused_by_everybody_after_the_charter(network: Network, tmp_path: Any) -> None:
    rom, bcn, bey = network["ROM"], network["BCN"], network["BEY"]
    in_step(network)
    theft = clock.now() - timedelta(seconds=1)
    thief = rom.copy(tmp_path / "thief")  # keys, logins, database: everything of that day
    material(rom, 1)
    member = rotated(network, "ROM", "log", stolen=True)
    note = next_charter(network, member, ("BCN", "BEY", "AMM"))
    put_in_force(network, note)
    obeys = thief.copy(tmp_path / "obeys")
    with obeys:
        charter.accept(note)  # the charter is public
    with pytest.raises(keys.KeyMissing):
        material(obeys, 8)  # but nothing signs for what comes after
    obeys.close()
    material(thief, 9)  # so the thief goes on under the charter before, which names the old key
    for node in (bcn, bey):
        before = node.root("ROM")
        for parcel in forged(thief, node.site):
            codes = {o.refused.code for o in node.receive([parcel]) if o.refused}
            assert codes <= {"parcel-signature"} and codes, codes
        assert node.root("ROM") == before
    in_step(network)
    assert all(node.report().sound for node in network.values())
    with rom:
        suspects = succession.to_be_looked_at("ROM", theft)
    assert [one.action for one in suspects].count("receive-material") == 1


def forged(thief: Node, to: str) -> list[bytes]:
    with thief:
        return list(outgoing.parcels("ROM", to))


def test_after_a_theft_the_new_key_takes_over_at_what_everybody_has_confirmed(network: Network) -> None:
    rom = network["ROM"]
    in_step(network)
    confirmed, _ = rom.root("ROM")
    material(rom, 1)
    passed(rom, network["BCN"])  # Beirut and Amman have not heard of it
    with rom:
        assert succession.member_here("ROM").since == 0
    assert rotated(network, "ROM", "log", stolen=True).since == confirmed


def test_a_fork_by_a_thief_ends_with_the_charter_for_those_who_hold_the_true_history(
    network: Network, tmp_path: Any
) -> None:
    rom, bcn, bey = network["ROM"], network["BCN"], network["BEY"]
    in_step(network)
    thief = rom.copy(tmp_path / "thief")
    material(rom, 1)
    material(thief, 9)
    assert passed(rom, bcn) == ["applied"]
    assert "log-forked" in [o.refused.code for o in bcn.receive(forged(thief, "BCN")) if o.refused]
    material(rom, 2)
    assert passed(rom, bcn) == ["log-forked"] and bcn.standing("ROM").state == "forked"
    member = rotated(network, "ROM", "log", stolen=True)
    put_in_force(network, next_charter(network, member, ("BCN", "ROM", "AMM")))
    assert passed(rom, bcn) == ["applied"]
    assert bcn.standing("ROM").state == "sound" and bcn.report().sound
    with bcn:
        assert models.Fork.objects.filter(site="ROM").exists()  # the proof stays
    assert passed(rom, bey) == ["applied"]


def test_witness_root_and_box_keys_change_the_same_way(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    in_step(network)
    member = rotated(network, "ROM", "witness", "root", "box")
    put_in_force(network, next_charter(network, member, ("BCN", "BEY", "AMM")))
    assert bcn.standing("ROM").they_hold == 0  # what the old witness key said proves nothing any more
    in_step(network)
    assert bcn.standing("ROM").synced
    # The next charter counts the new root of Rome, and not the old one.
    again = rotated(network, "ROM", "log")
    with rom:
        old_root = keys.root_key("ROM")
    with bcn, pytest.raises(Refused, match="charter-signatures"):
        now = charter.require_present()
        members = [again if m.site == "ROM" else m for m in now.members]
        charter.accept(charter_of(members, 3, [keys.root_key("BCN"), old_root]))
    put_in_force(network, next_charter(network, again, ("BCN", "ROM", "BEY")))
    material(rom, 2)
    in_step(network)


def test_making_keys_twice_before_the_charter_makes_one(network: Network) -> None:
    first = rotated(network, "ROM", "log")
    assert rotated(network, "ROM", "log") == first
    with network["ROM"]:
        assert len(keys.files("ROM", "log")) == 2


def test_parcels_are_encrypted_for_their_receiver_and_old_box_keys_still_open_them(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    under_way = rom.send(bcn)
    assert all(b"age-encryption.org/v1" in one for one in under_way)
    member = rotated(network, "BCN", "box")
    put_in_force(network, next_charter(network, member, ("BCN", "BEY", "AMM")))
    assert [o.state for o in bcn.receive(under_way)] == ["applied"]
    material(rom, 2)
    for_new = rom.send(bcn)
    with bcn:
        keys.files("BCN", "box")[-1].rename(bcn.home / "away")
    assert [o.refused.code for o in bcn.receive(for_new) if o.refused] == ["parcel-box"]
    with bcn:
        (bcn.home / "away").rename(bcn.home / "keys" / "BCN.box.2.key")
    assert [o.state for o in bcn.receive(for_new)] == ["applied"]


def test_a_member_without_a_box_key_is_sent_nothing_unless_the_carrier_encrypts(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    with bcn:
        now = charter.require_present()
    bare = replace(now.require("BCN"), box="")
    put_in_force(network, next_charter(network, bare, ("BCN", "BEY", "AMM")))
    with pytest.raises(Refused, match="receiver-without-box"):
        rom.send(bcn)
    plain = rom.send(bcn, unencrypted=True)
    assert not any(b"age-encryption.org/v1" in one for one in plain)
    assert [o.state for o in bcn.receive(plain)] == ["applied"]


def test_a_charter_from_before_box_keys_reads_and_writes_as_it_was() -> None:
    old = '{"country":"ES","earlier":[],"log":"L","root":"R","since":0,"site":"BCN","witness":"W"}'
    made = charter.Member.from_json(json.loads(old))
    assert made.box == "" and json.dumps(made.to_json(), sort_keys=True, separators=(",", ":")) == old


def test_a_bit_flipped_in_an_encrypted_parcel_is_refused(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    (one,) = rom.send(bcn)
    before = bcn.root("ROM")
    for at in range(1, len(one), max(len(one) // 60, 1)):
        bad = one[:-at] + bytes([one[-at] ^ 1]) + one[len(one) - at + 1 :]
        assert [o.state for o in bcn.receive([bad])] == ["refused"], at
    assert bcn.root("ROM") == before
    assert [o.state for o in bcn.receive([one])] == ["applied"]
