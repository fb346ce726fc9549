"""Stolen key: of a copied site key, or of a whole copied node without its people's keys, nobody is ever infused.

Amman's log key is stolen. The thief forges a dispatch of a dose to Beirut: with the key alone he does not know the log,
so his own is a second history, proved by the first site that sees it; with the whole database he can continue the true
log, but every entry needs the key of a person who holds the role. The dose is never received and never given. A third
thief also has a person's keys (a coerced colleague) and sends one vial to two sites from two copies of the node: both
histories are well signed, and the first two sites that meet prove it, after which neither takes the vial in. Then the
key is rotated by the members, and the stolen one signs nothing any more.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from milenari.journal import clock, models, sign
from milenari.journal.canonical import canonical, parse
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import parcel, succession
from milenari.journal.note import Checkpoint, NoteKey, sign_note
from milenari.journal.sign import Pen
from milenari.journal.tree import Frontier, leaf_hash
from milenari.rules.action import ACTIONS, Refused
from milenari.words import Role, iso
from tests.drills.frame import Asked, Found
from tests.exchange import network
from tests.exchange.network import Network
from tests.exchange.nodes import Node

DOSE, JOURNEY = "AMM-B-001-F1", "AMM-J-001"
WHAT = f"dose:{DOSE}"
VIAL = "LV-A3B1-L01-020"


def drill(asked: Asked) -> Found:
    found, nodes = Found(), network.four(asked.folder)
    thief = nodes["AMM"].copy(asked.folder / "thief")
    rounds = asked.of(1, 200)
    for _ in range(rounds):
        _whole_database(nodes, thief, found)
    _key_only(nodes, found)
    _rotation(nodes, found)
    _two_histories(nodes, asked, found)
    for node in (*nodes.values(), thief):
        with node:
            found.check(node.report().sound, f"the book of {node.home.parent.name}/{node.site} does not verify")
        node.close()
    return found


# -- what the thief writes --------------------------------------------------------------------------------


def dispatch(by: str, role: str, version: int) -> dict[str, Any]:
    """What an entry says that sends the dose away, as the thief would have it."""
    now = iso(clock.now())
    return {
        "act": str(uuid.uuid4()), "action": "dispatch", "by": by, "name": "A. Thief", "role": role, "site": "AMM",
        "data": {"what": WHAT, "to_site": "BEY"}, "findings": [], "format": 1, "given": {"transfer": 1, "leaves": True},
        "happened_at": now, "written_at": now, "meaning": str(ACTIONS["dispatch"].meaning), "moves": [], "reason": "",
        "subjects": [[WHAT, version]], "zone": "Asia/Amman",
    }  # fmt: skip


def packed(log: NoteKey, start: int, grown: Frontier, bodies: list[bytes], to: Node) -> bytes:
    """A parcel of Amman's log under a checkpoint and a waybill that the stolen key signs."""
    note = sign_note(Checkpoint(log.name, grown.size, grown.root()).body(), log)
    with to:
        receiver = charters.require_present().require(to.site)
    country, box = receiver.country, receiver.box
    basis = {"product": {"basis": "forged", "country": country, "to_on": "2099-01-01"}}
    return parcel.pack(
        bodies, log, log="AMM", sender="AMM", receiver=to.site, start=start, end=start + len(bodies), checkpoint=note,
        classes=basis, box=box, held=(), made_at=parcel.written(clock.now()),
    )  # fmt: skip


def never_given(beirut: Node, found: Found) -> None:
    """Beirut can neither take the dose in nor give it."""
    for post, code, data in (
        ("operator", "receive", {"what": WHAT, "transfer": 1, "intact": "intact"}),
        ("physician", "decide-fraction", {"dose": DOSE, "decision": "administer"}),
        ("ward", "administer-fraction", {"dose": DOSE, "journey": JOURNEY}),
    ):
        try:
            beirut.do(post, code, reason="as on the papers", **data)
        except Refused as refused:
            found.count(f"{code} refused: {refused.code}")
        else:
            found.check(False, f"Beirut could {code} on a forged dispatch")


# -- the whole database, but no person's key --------------------------------------------------------------


def _whole_database(nodes: Network, thief: Node, found: Found) -> None:
    beirut, before = nodes["BEY"], nodes["BEY"].root("AMM")
    with thief:
        log, node_pen = succession.present_log_key("AMM"), succession.node_pen("AMM")
        head = models.Head.objects.get(site="AMM")
        frontier, size = Frontier.from_bytes(bytes(head.frontier)), head.size
        version = models.Touch.objects.filter(subject=WHAT).count() + 1
        old = models.Entry.objects.filter(site="AMM", action="dispatch").first() or models.Entry.objects.filter(
            site="AMM"
        ).exclude(person="node-AMM").first()  # fmt: skip
        assert old is not None
        held = bytes(old.body)
    signed = parse(held)["signature"]
    own = Pen("amm-operator", Ed25519PrivateKey.generate(), ("password", "second-factor"))
    as_person, as_node = dispatch("amm-operator", "operator", version), dispatch("node-AMM", str(Role.NODE), version)
    kinds: dict[str, Callable[[], bytes]] = {
        "his own key": lambda: sign.complete(as_person, own),
        "the node's key": lambda: sign.complete(as_node, node_pen),
        "the node's key as a person": lambda: sign.complete(as_person, replace_pen(node_pen, "amm-operator")),
        "a signature from another entry": lambda: canonical({**as_person, "signature": signed}),
        "an old entry once more": lambda: held,
    }
    for kind, write in kinds.items():
        body = write()
        made = beirut.receive([packed(log, size, frontier.append(leaf_hash(body)), [body], beirut)])[0]
        code = made.refused.code if made.refused else ""
        found.count(f"{kind}: {code}")
        found.check(made.state == "refused", f"a dispatch forged with {kind} was {made.state} in Beirut")
    found.check(beirut.root("AMM") == before, "Amman's log in Beirut is not what it was")
    never_given(beirut, found)


def replace_pen(pen: Pen, person: str) -> Pen:
    return Pen(person, pen.private, pen.components)


# -- the key alone ----------------------------------------------------------------------------------------


def _key_only(nodes: Network, found: Found) -> None:
    """He begins the log anew, or goes on from a size that he was told: a fork at once, or a root that does not fit."""
    rome = nodes["ROM"]
    with nodes["AMM"]:
        key = succession.present_log_key("AMM")
    before, (size, _) = rome.root("AMM"), rome.root("AMM")
    own = Pen("amm-operator", Ed25519PrivateKey.generate(), ("password", "second-factor"))
    body = sign.complete(dispatch("amm-operator", "operator", 1), own)
    blind = Frontier(size, tuple(os.urandom(32) for _ in range(size.bit_count()))).append(leaf_hash(body))
    made = rome.receive([packed(key, size, blind, [body], rome)])[0]
    found.check(made.state == "refused", f"a log continued blindly was {made.state}")
    found.count(f"continued blindly: {made.refused.code if made.refused else ''}")
    made = rome.receive([packed(key, 0, Frontier.of([leaf_hash(body)]), [body], rome)])[0]
    found.check(made.state == "forked", f"a log begun anew was {made.state}: {made.refused}")
    found.count(f"begun anew: {made.refused.code if made.refused else ''}")
    found.check(rome.root("AMM") == before, "Amman's log in Rome is not what it was")
    with rome:
        proofs = models.Fork.objects.filter(site="AMM")
        found.check(proofs.count() >= 1, "Rome keeps no proof of the second history")


# -- the members take the key away ------------------------------------------------------------------------


def _rotation(nodes: Network, found: Found) -> None:
    """A new key by the signatures of three of four members; from then on the stolen one signs nothing."""
    amman, beirut = nodes["AMM"], nodes["BEY"]
    with found.timed("rotation, from new key to all four nodes"):
        with amman:
            stolen, now = succession.present_log_key("AMM"), charters.require_present()
            mine = succession.replace_keys("AMM", ["log"], stolen=True)
            note = charters.propose([mine if m.site == "AMM" else m for m in now.members], now.threshold)
        for site in ("AMM", "ROM", "BEY"):
            with nodes[site]:
                note = charters.sign(note, succession.root_key(site))
        for node in nodes.values():
            with node:
                charters.accept(note)
    amman.do("qa", "end-exchange", reason="the contract ended", agreement="AMM-BCN", data_class="clinical",
             last_on="2020-01-01")  # fmt: skip
    made = beirut.receive(amman.send(beirut))
    found.check({o.state for o in made} == {"applied"}, f"the new key is not taken: {[str(o.refused) for o in made]}")
    with amman:
        head = models.Head.objects.get(site="AMM")
        frontier, size = Frontier.from_bytes(bytes(head.frontier)), head.size
    own = Pen("amm-operator", Ed25519PrivateKey.generate(), ("password", "second-factor"))
    body = sign.complete(dispatch("amm-operator", "operator", 9), own)
    stale = packed(stolen, size, frontier.append(leaf_hash(body)), [body], beirut)
    refused = beirut.receive([stale])[0]
    found.check(refused.state == "refused", f"the stolen key still signs: {refused.state}")
    found.count(f"after rotation: {refused.refused.code if refused.refused else ''}")
    found.check(now.number + 1 == _number(beirut), "Beirut is not on the new charter")


def _number(node: Node) -> int:
    with node:
        return charters.require_present().number


# -- one vial to two sites, with a person's keys ----------------------------------------------------------


def _two_histories(nodes: Network, asked: Asked, found: Found) -> None:
    barcelona, rome, beirut = nodes["BCN"], nodes["ROM"], nodes["BEY"]
    twin = barcelona.copy(asked.folder / "twin")
    for node, to in ((barcelona, rome), (twin, beirut)):
        node.do("vector-manager", "allocate-container", container=VIAL, to_site=to.site)
        node.do("vector-manager", "dispatch", what=f"container:{VIAL}", to_site=to.site)
        node.do("qa", "witness-dispatch", what=f"container:{VIAL}")
        made = to.receive(node.send(to))
        found.check({o.state for o in made} == {"applied"}, f"a well signed history is {made[0].refused}")
    with found.timed("first contact of the two sites"):
        rome.receive(beirut.send(rome))
        beirut.receive(rome.send(beirut))
    for node in (rome, beirut):
        found.check(node.standing("BCN").state == "forked", f"{node.site} has not proved the fork at first contact")
        try:
            node.do("operator", "receive", what=f"container:{VIAL}", transfer=1, intact="intact")
        except Refused as refused:
            found.check(refused.code == "log-forked", f"{node.site} refuses for another reason: {refused.code}")
            found.count(f"receive of the vial sent twice: {refused.code}")
        else:
            found.check(False, f"{node.site} takes in a vial that was sent to two sites")
    twin.close()
