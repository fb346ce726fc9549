"""A box on its way: its form proves it to whoever has the charters, and the receiver books it before its data come."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.utils.translation import override
from PIL import Image

from milenari.journal import docket as dockets
from milenari.journal import keys, shipment
from milenari.journal.docket import Docket
from milenari.journal.exchange import charter, members, shipping
from milenari.journal.note import add_signatures, split_note
from milenari.journal.tree import ProofError
from milenari.registers import transit
from milenari.rules.action import Refused
from milenari.web.papers import codes, press, shelf
from tests.exchange.nodes import Node
from tests.exchange.test_exchange import CONTAINER, VIAL, exchange, hand_over

Network = dict[str, Node]
ARRIVAL = f"ROM-C-{VIAL}"


def policy(node: Node) -> str:
    with node:
        return "".join(charter.notes())


def shipped(network: Network, cosigners: tuple[str, ...] = ("BEY", "AMM")) -> list[shipping.Carried]:
    """Dispatched in Barcelona to Rome, cosigned by others, and nothing of it has reached Rome."""
    bcn = network["BCN"]
    hand_over(bcn, "ROM")
    for site in cosigners:
        exchange(network, "BCN", site, "BCN")
    with bcn:
        return shipping.carried(CONTAINER, 1)


def text_of(made: list[shipping.Carried]) -> str:
    return "\n".join(text for one in made for text in one.texts)


def booked(node: Node, proof: str, **changed: Any) -> Any:
    told = {"arrival": ARRIVAL, "what": CONTAINER, "transfer": 1, "proof": proof, "seal": "unbroken",
            "intact": "intact", "place": "Q-1"}  # fmt: skip
    return node.do("operator", "record-arrival", **{**told, **changed})


def test_the_form_proves_dispatch_and_release_to_whoever_has_the_charters(network: Network) -> None:
    made = shipped(network)
    assert [one.of for one in made] == ["dispatch", "release"]
    assert made[0].cosigned == ("AMM", "BEY") and all(len(one.texts) == 1 for one in made)
    told = shipment.read(text_of(made), members.follow(policy(network["ROM"])))
    sent = told["dispatch"]
    assert (sent["what"], sent["from_site"], sent["to_site"], sent["transfer"]) == (CONTAINER, "BCN", "ROM", 1)
    assert (sent["from_country"], sent["to_country"], sent["of"]) == ("ES", "IT", "lot:LV-A3B1-L01")
    assert [s["action"] for s in sent["signed"]] == ["dispatch", "witness-dispatch"]
    assert sorted(sent["cosigned"]) == ["AMM", "BEY"]
    assert told["release"][-1]["meaning"] == "released" and told["released"]


def test_the_proof_is_small_enough_for_one_code(network: Network) -> None:
    for one in shipped(network, ("BEY", "AMM")):
        assert len(dockets.pack(one.docket)) <= 2331


def test_it_is_the_same_proof_as_the_c2sp_texts(network: Network) -> None:
    one = shipped(network)[0]
    again = Docket.of(one.docket.proofs())
    assert dockets.pack(again) == dockets.pack(one.docket)


def test_what_nobody_has_cosigned_says_so_and_is_the_same_each_time(network: Network) -> None:
    made = shipped(network, ())
    assert made[0].cosigned == ()
    with network["BCN"]:
        assert shipping.carried(CONTAINER, 1) == made
        paper = shelf.KINDS["transfer-form"].make(shelf.Wanted(CONTAINER))
    assert "not cosigned yet" in str(paper.blocks)
    assert shipment.read(text_of(made), members.follow(policy(network["ROM"])))["dispatch"]["cosigned"] == {}


def forged(docket: Docket, **how: Any) -> Docket:
    one = docket.entries[0]
    body = one.body.replace(b'"ROM"', b'"AMM"') if how.get("entry") else one.body
    return Docket((dockets.Placed(one.index, body, one.hashes), *docket.entries[1:]), how.get("note", docket.note))


def test_a_changed_entry_a_strange_key_and_a_cut_proof_are_refused(network: Network) -> None:
    made = shipped(network)[0]
    rule = members.follow(policy(network["ROM"]))
    with pytest.raises(ProofError, match="root"):
        dockets.pack(forged(made.docket, entry=True))
    body, lines = split_note(made.docket.note)
    with network["ROM"]:
        stranger = keys.log_key("ROM")
    signed = body + "\n" + lines[0].line().replace(lines[0].line().split(" ")[-1], "AAAAAAAA") + "\n"
    with pytest.raises((ProofError, ValueError)):
        shipment.check(forged(made.docket, note=signed), rule)
    theirs = made.docket.note.replace(lines[0].name, stranger.name)
    with pytest.raises(ProofError):
        shipment.check(forged(made.docket, note=theirs), rule)
    with pytest.raises(ProofError, match="not a whole code"):
        dockets.read_codes(made.texts[0][:-40])
    with pytest.raises(Refused, match="proof-refused"):
        shipment.read(made.texts[0].replace(":", ":1", 1), rule)


def test_a_bad_cosignature_of_a_member_is_refused_and_a_strangers_is_only_named(network: Network) -> None:
    docket = shipped(network)[0].docket
    rule = members.follow(policy(network["ROM"]))
    line = next(s for s in split_note(docket.note)[1] if "AMM" in s.name)
    bad = type(line)(line.name, line.key_id, line.value[:-1] + bytes([line.value[-1] ^ 1]))
    with pytest.raises(ProofError, match="cosignature"):
        shipment.check(forged(docket, note=docket.note.replace(line.line(), bad.line())), rule)
    other = type(line)("elsewhere.example/witness", b"abcd", line.value)
    found = shipment.check(forged(docket, note=add_signatures(docket.note, other.line())), rule)
    assert found.strangers == ("elsewhere.example/witness",) and "AMM" in found.cosigned


def test_a_key_taken_back_is_refused_for_what_came_after_it_and_good_for_what_came_before(network: Network) -> None:
    """Revocation is positional: the charter says up to which entry an earlier key was good."""
    docket = shipped(network, ())[0].docket
    rule = members.follow(policy(network["ROM"]))
    with network["ROM"]:
        fresh = keys.log_key("ROM").verifier
    new = type(fresh)("milenari.example/BCN/journal/2", fresh.public_key).encode()

    def rotated(since: int) -> members.Charter:
        changed = tuple(
            type(m)(m.site, m.country, new, m.root, m.witness, since, ((m.log, since),)) if m.site == "BCN" else m
            for m in rule.members
        )
        return members.Charter(rule.number + 1, "", rule.threshold, changed)

    size = int(docket.note.split("\n")[1])
    assert shipment.check(docket, rotated(size)).site == "BCN"
    with pytest.raises(ProofError, match="was replaced"):
        shipment.check(docket, rotated(size - 1))


def test_charters_that_do_not_follow_from_each_other_are_no_policy(network: Network) -> None:
    notes = policy(network["ROM"])
    assert members.follow(notes).number == 1
    for wrong in ("", "hello", notes + notes, notes.replace('"threshold":3', '"threshold":4')):
        with pytest.raises(Refused):
            members.follow(wrong)
    short = "".join(line + "\n" for line in notes.splitlines()[:-1])
    with pytest.raises(Refused, match="charter-signatures"):
        members.follow(short)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_printed_form_is_read_back_from_its_raster(network: Network, tmp_path: Path, language: str) -> None:
    made = shipped(network)
    with network["BCN"], override(language):
        content = press.printed(shelf.KINDS["transfer-form"].make(shelf.Wanted(CONTAINER)))
    (tmp_path / "form.pdf").write_bytes(content)
    subprocess.run(["pdftoppm", "-r", "200", "-png", "form.pdf", "page"], cwd=tmp_path, check=True)
    found = {
        code.text
        for page in sorted(tmp_path.glob("page*.png"))
        for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(page.read_bytes())))
    }
    assert {text for one in made for text in one.texts} <= found


def test_a_code_that_is_not_read_back_is_not_printed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped(network)
    with network["BCN"]:
        shelf.KINDS["transfer-form"].make(shelf.Wanted(CONTAINER))
        monkeypatch.setattr(codes, "QUIET", 0)
        monkeypatch.setattr(codes, "DOTS", 1)
        monkeypatch.setattr(codes, "read_back", lambda symbol: "MP1:1/1:00000000::")
        with pytest.raises(Refused, match="code-not-readable"):
            shelf.KINDS["transfer-form"].make(shelf.Wanted(CONTAINER))


def test_receipt_before_the_parcel_and_then_with_it(network: Network) -> None:
    rom, bcn = network["ROM"], network["BCN"]
    proof = text_of(shipped(network))
    with pytest.raises(Refused, match="not-in-transit"):
        rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    written = booked(rom, proof)
    assert written.entry.given["dispatch"]["what"] == CONTAINER and written.entry.given["released"]
    assert [f.code for f in written.entry.findings] == []
    with rom:
        row = transit.open_arrivals(["ROM"]).get()
        assert (row.what, row.from_site, row.number, row.status) == (CONTAINER, "BCN", 1, "arrived")
    with pytest.raises(Refused, match="arrival-already-booked"):
        booked(rom, proof)
    with pytest.raises(Refused, match="held-elsewhere"):
        rom.do("coordinator", "allocate-container", container=VIAL, to_site="ROM")
    assert {o.state for o in exchange(network, "BCN", "ROM")} == {"applied"}
    with rom:
        line = next(x for x in transit.on_its_way(["ROM"]) if x.subject == CONTAINER)
        assert line.arrived is not None and line.arrived.code == ARRIVAL
    rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    with rom:
        assert not transit.open_arrivals(["ROM"]).exists()
    exchange(network, "ROM", "BCN")
    for node in (rom, bcn):
        assert node.report().sound, node.report().faults[:3]


def test_the_door_refuses_what_does_not_verify(network: Network) -> None:
    made = shipped(network)
    rom, amm = network["ROM"], network["AMM"]
    good = text_of(made)
    wrong = good[:60] + ("A" if good[60] != "A" else "B") + good[61:]
    with pytest.raises(Refused, match="proof-refused"):
        booked(rom, wrong)
    with pytest.raises(Refused, match="proof-refused"):
        booked(rom, made[1].texts[0])
    with pytest.raises(Refused, match="proof-for-another-site"):
        booked(amm, good, arrival=f"AMM-C-{VIAL}")
    with pytest.raises(Refused, match="transfer-number-wrong"):
        booked(rom, good, transfer=2)
    booked(rom, good)


def test_a_dispatch_from_a_forked_log_contradicts_what_the_form_proved(network: Network, tmp_path: Path) -> None:
    """The form is of a stolen key's history: what the parcel brings is another dispatch, and receipt is refused."""
    rom, bcn = network["ROM"], network["BCN"]
    thief = bcn.copy(tmp_path / "thief")
    hand_over(thief, "ROM")
    with thief:
        proof = text_of(shipping.carried(CONTAINER, 1))
    thief.close()
    written = booked(rom, proof)
    assert [f.code for f in written.entry.findings] == ["proof-not-cosigned"]
    hand_over(bcn, "ROM")
    exchange(network, "BCN", "ROM")
    with pytest.raises(Refused, match="arrival-contradicted"):
        rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")
    rom.do("qa", "settle-arrival", arrival=ARRIVAL, outcome="came-different", reason="called Barcelona: not theirs")
    rom.do("operator", "receive", what=CONTAINER, transfer=1, intact="intact")


def test_a_node_of_no_network_cannot_verify_a_form(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = text_of(shipped(network))
    monkeypatch.setattr(charter, "present", lambda using="default": None)
    with pytest.raises(Refused, match="no-network"):
        booked(network["ROM"], proof)
