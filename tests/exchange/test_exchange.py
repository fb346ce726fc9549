"""Parcels between four nodes: everything arrives once, whole, in any order, and nothing else gets in."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from milenari.rules.action import Refused
from tests.exchange.network import SITES
from tests.exchange.nodes import Node

Network = dict[str, Node]
VIAL = "LV-A3B1-L01-020"
CONTAINER = f"container:{VIAL}"


def exchange(nodes: Network, *route: str) -> list[Any]:
    """Parcels along a route of sites: the first sends to the second, that to the third..."""
    made: list[Any] = []
    for sender, receiver in pairwise(route):
        made += nodes[receiver].receive(nodes[sender].send(nodes[receiver]))
    return made


def material(node: Node, number: int) -> None:
    node.do("operator", "receive-material", material=f"{node.site}-X{number}", kind="TexMACS", maker_lot=f"L{number}",
            amount={"value": "5", "unit": "mL"}, expires_on="2030-01-01")  # fmt: skip


def hand_over(bcn: Node, to_site: str) -> None:
    bcn.do("vector-manager", "allocate-container", container=VIAL, to_site=to_site)
    bcn.do("vector-manager", "dispatch", what=CONTAINER, to_site=to_site)
    bcn.do("qa", "witness-dispatch", what=CONTAINER)


def converged(nodes: Network) -> bool:
    return all(len({node.root(log) for node in nodes.values()}) == 1 for log in SITES)


def test_four_nodes_hold_the_same_logs_and_sound_books(network: Network, workshop: Node) -> None:
    wanted = {log: workshop.root(log) for log in SITES}
    for node in network.values():
        assert {log: node.root(log) for log in SITES} == wanted
        report = node.report()
        assert report.sound, report.faults[:3]


def test_a_container_changes_hands_by_two_parcels(network: Network) -> None:
    bcn, rom = network["BCN"], network["ROM"]
    hand_over(bcn, "ROM")
    with pytest.raises(Refused, match="not-in-transit"):
        rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    assert [o.state for o in exchange(network, "BCN", "ROM")] == ["applied"]
    rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    with pytest.raises(Refused, match="in-transit"):
        bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="AMM")
    assert [o.state for o in exchange(network, "ROM", "BCN")] == ["applied"]
    with pytest.raises(Refused, match="held-elsewhere"):
        bcn.do("vector-manager", "allocate-container", container=VIAL, to_site="AMM")
    assert bcn.report().sound and rom.report().sound


def test_in_step_is_said_only_on_the_others_cosignature(network: Network) -> None:
    bcn, rom = network["BCN"], network["ROM"]
    material(rom, 1)
    exchange(network, "ROM", "BCN")
    assert bcn.standing("ROM").i_hold == rom.root("ROM")[0]
    assert rom.standing("BCN").they_hold < rom.root("ROM")[0] and not rom.standing("BCN").synced
    exchange(network, "BCN", "ROM")
    assert rom.standing("BCN").synced


def test_a_repeated_parcel_changes_nothing(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    parcels = rom.send(bcn)
    assert [o.state for o in bcn.receive(parcels)] == ["applied"]
    before = bcn.root("ROM")
    assert [o.state for o in bcn.receive(parcels * 2)] == ["repeated"]
    assert bcn.root("ROM") == before and bcn.report().sound


def test_the_transfer_log_keeps_every_parcel_with_entries_and_the_newest_without(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    for number in (1, 2):
        material(rom, number)
        exchange(network, "ROM", "BCN", "ROM")
    whole = [[x for x in node.moved() if x[3] < x[4]] for node in (rom, bcn)]
    for _ in range(3):
        exchange(network, "ROM", "BCN", "ROM")
    assert [[x for x in node.moved() if x[3] < x[4]] for node in (rom, bcn)] == whole
    size, other = rom.root("ROM")[0], bcn.root("BCN")[0]
    assert [x for x in bcn.moved() if x[3] == x[4]] == [
        ("received", "ROM", "ROM", size, size), ("sent", "ROM", "BCN", other, other),
    ]  # fmt: skip


def test_a_gap_waits_and_is_filled(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    first = rom.send(bcn)
    size = rom.root("ROM")[0]
    material(rom, 2)
    second = rom.send(bcn, since=size)
    waits = bcn.receive(second)
    assert [(o.state, o.refused.code) for o in waits] == [("waiting", "parcel-gap")]
    assert bcn.root("ROM")[0] < size
    assert sorted(o.state for o in bcn.receive(first)) == ["applied", "applied"]
    assert bcn.root("ROM") == rom.root("ROM")


def test_what_depends_on_another_log_waits_for_it(network: Network) -> None:
    """Rome received what Barcelona sent: Amman hears it from Rome first, and believes it with Barcelona's parcel."""
    bcn, rom, amm = network["BCN"], network["ROM"], network["AMM"]
    hand_over(bcn, "ROM")
    exchange(network, "BCN", "ROM")
    rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    assert [(o.state, o.refused.code) for o in exchange(network, "ROM", "AMM")] == [("waiting", "parcel-waits")]
    assert sorted(o.state for o in exchange(network, "BCN", "AMM")) == ["applied", "applied"]
    assert amm.root("ROM") == rom.root("ROM") and amm.report().sound


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_lost_repeated_or_out_of_order_all_converge(network: Network, seed: int) -> None:
    """A partition with acts at every site, then parcels at random; at the end one clean round."""
    chance = random.Random(seed)
    post: list[tuple[str, bytes]] = []
    for number in range(25):
        site = chance.choice(SITES[1:])
        material(network[site], number)
        if chance.random() < 0.4:
            to = chance.choice([s for s in SITES if s != site])
            post += [(to, one) for one in network[site].send(network[to])]
    chance.shuffle(post)
    for to, one in post:
        if chance.random() < 0.3:
            continue  # lost
        for outcome in network[to].receive([one] * chance.choice((1, 1, 2))):
            assert outcome.state in ("applied", "repeated", "waiting"), outcome
    for sender in SITES:
        for receiver in SITES:
            if sender != receiver:
                exchange(network, sender, receiver)
    assert converged(network)
    for node in network.values():
        assert node.report().sound


def test_nothing_altered_gets_in(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    (parcel,) = rom.send(bcn)
    before, chance = bcn.root("ROM"), random.Random(7)
    for _ in range(150):
        bad = bytearray(parcel)
        kind = chance.randrange(4)
        at = chance.randrange(len(bad))
        if kind == 0:
            bad[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del bad[at:]
        elif kind == 2:
            bad[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
        else:
            del bad[at : at + chance.randrange(1, 9)]
        for outcome in bcn.receive([bytes(bad)]):
            assert outcome.state == "refused", (kind, at, outcome)
    assert bcn.root("ROM") == before
    assert [o.state for o in bcn.receive([parcel])] == ["applied"]


def test_a_parcel_for_another_is_not_opened(network: Network) -> None:
    material(network["ROM"], 1)
    outcome = network["AMM"].receive(network["ROM"].send(network["BCN"]))[0]
    assert (outcome.state, outcome.refused.code) == ("refused", "parcel-for-another")


def test_without_a_legal_basis_nothing_leaves(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    assert rom.send(bcn)
    rom.do("qa", "end-exchange", reason="the contract ended", agreement="ROM-BCN", data_class="operations",
           last_on="2020-01-01")  # fmt: skip
    with pytest.raises(Refused, match="not-agreed"):
        rom.send(bcn)


def test_two_histories_of_one_log_are_proved_and_nothing_more_of_it_is_taken(network: Network, tmp_path: Any) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    thief = rom.copy(tmp_path / "thief")
    material(rom, 1)
    material(thief, 2)
    assert [o.state for o in exchange(network, "ROM", "BCN")] == ["applied"]
    outcome = bcn.receive(thief.send(bcn))[0]
    assert (outcome.state, outcome.refused.code) == ("forked", "log-forked")
    material(rom, 3)
    assert [o.state for o in exchange(network, "ROM", "BCN")] == ["forked"]
    assert bcn.standing("ROM").state == "forked" and bcn.report().sound
    thief.close()


def test_a_node_set_back_to_a_backup_writes_nothing_until_it_has_relearned_its_log(
    network: Network, tmp_path: Any
) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    backup = rom.copy(tmp_path / "backup")
    material(rom, 1)
    material(rom, 2)
    exchange(network, "ROM", "BCN")
    lost = rom.root("ROM")
    restored = {**network, "ROM": backup}
    # The first parcel of a peer carries what it holds of ours: more than we have.
    exchange(restored, "BCN", "ROM")
    assert backup.standing("BCN").state == "set-back"
    with pytest.raises(Refused, match="node-set-back"):
        material(backup, 3)
    backup.receive(bcn.send(backup, back=True))
    assert backup.root("ROM") == lost
    material(backup, 3)
    assert [o.state for o in exchange(restored, "ROM", "BCN")] == ["applied"]
    assert backup.report().sound
    backup.close()


@pytest.fixture
def lawless(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine in a thief's hands: whatever is asked is accepted, by whoever holds a key, and signed."""
    from milenari.journal import perform
    from milenari.rules.action import Accepted
    from milenari.rules.fields import subjects_of

    def accept(act: Any, asking: Any, book: Any) -> Accepted:
        return Accepted(also=tuple(dict.fromkeys(subjects_of(act))), given={"transfer": 1, "leaves": True})

    def use(on: bool) -> None:
        monkeypatch.setattr(perform, "decide", accept if on else decide)
        monkeypatch.setattr(perform, "_check_pen", (lambda *told: None) if on else check)

    decide, check = perform.decide, perform._check_pen
    return use


def refused_there(nodes: Network, code: str) -> None:
    outcome = nodes["BCN"].receive(nodes["ROM"].send(nodes["BCN"]))[0]
    assert (outcome.state, outcome.refused.code) == ("refused", code), outcome
    assert nodes["BCN"].report().sound


def test_a_stolen_site_key_moves_nothing_that_another_site_holds(network: Network, lawless: Any) -> None:
    before = network["BCN"].root("ROM")
    lawless(True)
    network["ROM"].do("operator", "dispatch", what=CONTAINER, to_site="BEY")
    lawless(False)
    refused_there(network, "parcel-custody")
    assert network["BCN"].root("ROM") == before


def protocol_at(node: Node, code: str) -> list[tuple[str, str]]:
    with node:
        from milenari.journal import read

        return [(one.number, one.document["title"]) for one in read.sheet(f"protocol:{code}").versions]


def test_the_same_version_of_a_protocol_written_at_two_sites_counts_once_and_is_seen(
    network: Network, lawless: Any
) -> None:
    """Two hospitals write version 1.2 of a protocol, and open one of the same code, before they exchange."""
    from milenari.demo.story_trial import document

    def written(title: str) -> Any:
        return {**document(amended=True), "title": title}

    def write(site: str) -> None:
        node = network[site]
        node.do("coordinator", "amend-protocol", "written", protocol="ARI-PED", number="1.2", document=written(site))
        node.do("coordinator", "open-protocol", protocol="ARI-PED-3", number="1.0", document=written(site))

    with pytest.raises(Refused) as caught:  # a node that keeps the rules does not come to it
        write("ROM")
    assert caught.value.code == "held-elsewhere" or caught.value.code == "not-the-control-site"
    lawless(True)
    write("ROM")
    lawless(False)
    write("BCN")
    taken = {site: network[site].root("ROM") for site in ("BCN", "BEY")}
    for site in ("BEY", "BCN"):  # Beirut hears of Rome's before it hears of Barcelona's
        outcome = network[site].receive(network["ROM"].send(network[site]))[0]
        assert (outcome.state, outcome.refused.code) == ("refused", "parcel-entry-authority"), outcome
        assert outcome.refused.facts["detail"] == "not-the-control-site"
        assert network[site].root("ROM") == taken[site]  # nothing of Rome's is taken until somebody has looked
    assert {o.state for o in exchange(network, "BCN", "BEY")} == {"applied"}
    for site in ("BCN", "BEY"):
        assert protocol_at(network[site], "ARI-PED")[-1] == ("1.2", "BCN")
        assert protocol_at(network[site], "ARI-PED-3") == [("1.0", "BCN")]
        assert network[site].report().sound
    # Rome, which holds its own, takes nothing of Barcelona's over it: both sides see it until somebody settles it.
    back = network["ROM"].receive(network["BCN"].send(network["ROM"]))[0]
    assert (back.state, back.refused.code) == ("refused", "parcel-custody"), back
    assert protocol_at(network["ROM"], "ARI-PED-3") == [("1.0", "ROM")]


def test_a_stolen_site_key_makes_nobody_a_person(network: Network, lawless: Any) -> None:
    lawless(True)
    with network["ROM"]:
        from milenari.demo import teller
        from milenari.journal import perform

        told = {"person": "rom-ghost", "name": "Nobody", "home": "ROM", "key": "ed25519:AAAA"}
        asked = teller.request(teller.Teller({}, str), "node-ROM", "ROM", "enrol-person", told)
        perform.perform_all([asked])
    lawless(False)
    refused_there(network, "parcel-entry-authority")


def test_an_entry_is_signed_by_a_key_its_person_had(network: Network, lawless: Any) -> None:
    lawless(True)
    with network["ROM"]:
        from milenari.demo import teller
        from milenari.journal import perform
        from tests.journal.book import pen_of

        told = {"material": "ROM-X1", "kind": "TexMACS", "maker_lot": "L1", "amount": {"value": "5", "unit": "mL"},
                "expires_on": "2030-01-01"}  # fmt: skip
        asked = teller.request(teller.Teller({}, str), "rom-operator", "ROM", "receive-material", told)
        perform.perform_all([perform.Request(asked.action, pen_of("rom-operator"), "ROM", asked.role)])
    lawless(False)
    refused_there(network, "parcel-entry-signature")


def test_an_entry_is_written_by_somebody_with_the_role(network: Network, lawless: Any) -> None:
    lawless(True)
    network["ROM"].do("operator", "judge-material", material="ROM-TEXMACS-1", status="released")
    lawless(False)
    refused_there(network, "parcel-entry-authority")


def test_a_checkpoint_of_another_key_is_no_checkpoint(network: Network) -> None:
    """Amman passes on Rome's entries under a state that it signed itself."""
    from milenari.journal import keys
    from milenari.journal.exchange import parcel
    from milenari.journal.note import Checkpoint, sign_note, split_note

    rom, amm, bcn = network["ROM"], network["AMM"], network["BCN"]
    material(rom, 1)
    (whole,) = rom.send(amm)
    with amm:
        bill = parcel.waybill_of(whole)
        body, _ = split_note(bill.checkpoint)
        told = {name: getattr(bill, name) for name in ("log", "start", "end", "classes", "held", "made_at")}
        told["classes"] = {name: {**one, "country": "ES"} for name, one in bill.classes.items()}
        entries = parcel.Parcel(bill, whole[len(parcel.MAGIC) + 4 + _length(whole) :], "", 0).unpack()
        forged = parcel.pack(entries, keys.log_key("AMM"), **told | {
            "sender": "AMM", "receiver": "BCN", "held": (),
            "checkpoint": sign_note(Checkpoint.parse(body).body(), keys.log_key("AMM")),
        })  # fmt: skip
    outcome = bcn.receive([forged])[0]
    assert (outcome.state, outcome.refused.code) == ("refused", "parcel-checkpoint")


def _length(whole: bytes) -> int:
    from milenari.journal.exchange import parcel

    return int.from_bytes(whole[len(parcel.MAGIC) : len(parcel.MAGIC) + 4], "big")


def test_a_bomb_is_not_unpacked(network: Network) -> None:
    import zlib

    from milenari.journal import keys
    from milenari.journal.exchange import parcel

    rom, bcn = network["ROM"], network["BCN"]
    material(rom, 1)
    (whole,) = rom.send(bcn)
    head = whole[: len(parcel.MAGIC) + 4 + _length(whole)]
    bomb = zlib.compress(bytes(200_000_000), 9)
    with bcn:
        closed = keys.close_box(keys.newest("BCN", "box"), bomb)
    for packed, code in ((closed, "parcel-damaged"), (bomb, "parcel-box")):
        outcome = bcn.receive([head + packed])[0]
        assert (outcome.state, outcome.refused.code) == ("refused", code)


def test_a_lost_node_is_rebuilt_from_the_others_and_writes_only_then(network: Network, tmp_path: Any) -> None:
    import shutil

    from milenari.journal import models
    from milenari.journal.exchange import charter, standing

    rom = network["ROM"]
    material(rom, 1)
    for to in ("BCN", "BEY", "AMM"):
        exchange(network, "ROM", to)
    whole = rom.root("ROM")
    new = Node(tmp_path / "new", "ROM")
    shutil.copytree(rom.home / "keys", new.home / "keys")
    with rom:
        notes, people = charter.notes(), list(models.Credential.objects.all())
    with new:
        for note in notes:
            charter.accept(note)
        models.Credential.objects.bulk_create(people)
        standing.begin_recovery("ROM")
        with pytest.raises(Refused, match="recovery-not-empty"):
            standing.begin_recovery("ROM")
    new.receive(network["BCN"].send(new, back=True))
    with pytest.raises(Refused, match="node-set-back"):
        material(new, 2)
    with new, pytest.raises(Refused, match="recovery-not-answered"):
        standing.end_recovery("ROM")
    for peer in ("BEY", "AMM"):
        new.receive(network[peer].send(new, back=True))
    with new:
        assert standing.end_recovery("ROM") == whole[0]
    assert new.root("ROM") == whole and new.report().sound
    material(new, 2)
    assert [o.state for o in exchange({**network, "ROM": new}, "ROM", "BCN")] == ["applied"]
    new.close()


def test_a_node_is_recovered_with_its_own_key_only(network: Network, tmp_path: Any) -> None:
    import shutil

    from milenari.journal.exchange import charter, standing

    new = Node(tmp_path / "new", "ROM")
    shutil.copytree(network["AMM"].home / "keys", new.home / "keys")
    (new.home / "keys" / "AMM.log.key").rename(new.home / "keys" / "ROM.log.key")
    with network["ROM"]:
        notes = charter.notes()
    with new:
        for note in notes:
            charter.accept(note)
        with pytest.raises(Refused, match="recovery-wrong-key"):
            standing.begin_recovery("ROM")
    new.close()


def test_the_same_log_from_two_senders_at_once_is_taken_once(network: Network) -> None:
    rom, bcn, bey = network["ROM"], network["BCN"], network["BEY"]
    material(rom, 1)
    own = rom.send(bcn)
    bey.receive(rom.send(bey))
    relayed = bey.send(bcn, relay=True)
    made = bcn.receive([*own, *relayed])
    states = [o.state for o in made if o.log == "ROM"]
    assert sorted(states) == ["applied", "repeated"], [(o.log, o.state, o.refused) for o in made]
    assert bcn.root("ROM") == rom.root("ROM") and bcn.report().sound
