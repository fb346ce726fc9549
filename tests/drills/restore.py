"""Restore: a node is put back to a backup of two days ago and people carry on: no second holder, no number used twice.

Barcelona hands containers over for two days after its backup, then its machine is lost and the backup stands in. Rounds
differ in what can be reached then (mirror, peers, both, nothing), whether only the database was put back or the whole
machine, and whether somebody said that it was (`milenari restored`). Then everything is reachable again, the node
relearns, and all must come to one record. Time until it writes again is measured.

One case cannot be told from an ordinary start: the whole machine was put back, nobody says so, and neither mirror nor
peers are there. What can be undone is then written, and contradicts the lost entries: the drill wants that found as a
fork at the first contact, and no container handed over twice even so.
"""

from __future__ import annotations

import random
import shutil
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

from django.test import override_settings

from milenari.journal import models
from milenari.journal.exchange import anchor, relearn, standing
from milenari.journal.exchange import mirror as mirror_box
from milenari.journal.perform import NotWritten
from milenari.rules.action import Refused
from tests.drills import agreement
from tests.drills.acts import CONTAINERS, Acting, Calendar, clock_at, do, holders, one_holder
from tests.drills.frame import Asked, Found
from tests.exchange import network
from tests.exchange.box import Box
from tests.exchange.network import SITES, Network
from tests.exchange.nodes import Node

MOST_S = 30 * 60


def _mirror_clock(calendar: Calendar) -> Any:
    """What the mirror, a machine of its own, takes for the time: the same calendar."""

    class Shown(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return calendar.at

    return mock.patch.object(mirror_box, "datetime", Shown)


def drill(asked: Asked) -> Found:
    found, chance = Found(), random.Random(asked.seed)
    cases = list(product((True, False), (True, False), ("database", "machine"), (True, False)))
    for number in range(asked.main(6, 96)):
        # At the small size: nothing reachable, then the mirror, each with what the machine itself may know.
        case = cases[number % len(cases)] if asked.full else cases[(15, 14, 13, 7, 3, 11)[number]]
        folder = asked.folder / str(number)
        _round(asked, folder, chance, found, *case)
        shutil.rmtree(folder)
        asked.say(f"round {number + 1}: {len(found.faults)} faults so far")
    if "longest" in found.seconds:  # every round but those that end in a fork
        found.counts["longest until it wrote again, s"] = found.seconds.pop("longest")
        found.check(found.counts["longest until it wrote again, s"] < MOST_S, "it took more than half an hour")
    return found


def _round(
    asked: Asked, folder: Path, chance: random.Random, found: Found, mirror: bool, peers: bool, what: str, said: bool
) -> None:
    case = f"mirror {'there' if mirror else 'away'}, peers {'there' if peers else 'away'}, {what}, said: {said}"
    nodes = network.four(folder)
    box = Box(folder / "mirror", nodes["BCN"])
    with override_settings(MIRROR=box.address):
        calendar = Calendar()
        with clock_at(calendar), _mirror_clock(calendar):
            _days(nodes, chance, 12)
            backup = nodes["BCN"].copy(folder / "restored")
            for hours in range(0, 48, 6):
                calendar.later(hours=6)
                _days(nodes, chance, 4)
                if hours == 18:
                    _exchange(nodes, chance)
            lost = nodes["BCN"].root("BCN")[0]
            if what == "database" and (nodes["BCN"].home / "watermark").exists():
                shutil.copytree(nodes["BCN"].home / "watermark", backup.home / "watermark", dirs_exist_ok=True)
            old = nodes.pop("BCN")
            before = backup.root("BCN")[0]
            nodes = {"BCN": backup, **nodes}
            if not mirror:
                box.off()
            blind = _carry_on(nodes, chance, found, peers, said, case)
            if not mirror:
                box.on()
            anchor._asked_in_vain.clear()
            found.count("rounds")
            found.count("entries lost with the machine", lost - before)
            if blind:
                _forked(nodes, found, case)
            else:
                _back(nodes, found, case, asked.full)
                # What neither mirror nor peers held when the machine was lost, nobody has seen: it is gone.
                held = max(box.size, *(nodes[peer].root("BCN")[0] for peer in SITES[1:]))
                found.check(backup.root("BCN")[0] >= held, f"{case}: not everything was relearned")
                found.count("entries that only the lost machine had", max(0, lost - held))
            old.close()
        box.off()
    for node in nodes.values():
        node.close()


def _days(nodes: Network, chance: random.Random, acts: int) -> None:
    acting = Acting(nodes, chance)
    for _ in range(acts):
        acting.once("BCN", acting.custody() if chance.random() < 0.6 else None)
    vial = chance.choice(CONTAINERS)
    to = chance.choice(SITES[1:])
    for post, code, data in (
        ("vector-manager", "allocate-container", {"container": vial, "to_site": to}),
        ("vector-manager", "dispatch", {"what": f"container:{vial}", "to_site": to}),
        ("qa", "witness-dispatch", {"what": f"container:{vial}"}),
    ):
        _try(nodes["BCN"], post, code, data)


def _try(node: Node, post: str, code: str, data: dict[str, Any]) -> bool:
    try:
        do(node, post, code, **data)
    except (Refused, NotWritten):
        return False
    return True


def _exchange(nodes: Network, chance: random.Random) -> None:
    """Some of it reaches the others before the machine is lost, and is received there."""
    for to in SITES[1:]:
        nodes[to].receive(nodes["BCN"].send(nodes[to]))
        acting = Acting({to: nodes[to]}, chance)
        for _ in range(4):
            acting.once(to, [acting._receive])


def _carry_on(nodes: Network, chance: random.Random, found: Found, peers: bool, said: bool, case: str) -> bool:
    """People go on at the restored node; True when it wrote what it could not know was written before."""
    bcn = nodes["BCN"]
    size = bcn.root("BCN")[0]
    if said:
        with bcn:
            standing.begin_relearning("BCN")
    if peers:
        for peer in SITES[1:]:
            bcn.receive(nodes[peer].send(bcn))
    done = 0
    for vial in CONTAINERS:
        to = chance.choice(SITES[1:])
        done += _try(bcn, "vector-manager", "allocate-container", {"container": vial, "to_site": to})
        sent = _try(bcn, "vector-manager", "dispatch", {"what": f"container:{vial}", "to_site": to})
        found.check(not sent, f"{case}: the restored node handed {vial} over")
        found.count("hand-overs tried at the restored node")
    wrote = bcn.root("BCN")[0] > size
    found.count("restored nodes that wrote before relearning", wrote)
    return wrote


def _back(nodes: Network, found: Found, case: str, whole: bool) -> None:
    """Relearn from the mirror, exchange, and compare."""
    bcn = nodes["BCN"]
    name = f"back ({case})"
    with found.timed(name):
        with bcn:
            relearn.relearn("BCN")
        for peer in SITES[1:]:
            for _ in range(2):  # the first says what they hold, the second gives it
                bcn.receive(nodes[peer].send(bcn, back=True))
        with bcn:
            standing.end_recovery("BCN")
        worked = _try(bcn, "operator", "receive-material", {
            "material": "BCN-AFTER", "kind": "TexMACS", "maker_lot": "L", "expires_on": "2030-01-01",
            "amount": {"value": "5", "unit": "mL"}})  # fmt: skip
    found.seconds["longest"] = max(found.seconds.get("longest", 0.0), found.seconds.pop(name))
    found.check(worked, f"{case}: after relearning it does not write")
    for _ in range(3):
        for sender in SITES:
            for to in SITES:
                if sender != to:
                    for o in nodes[to].receive(nodes[sender].send(nodes[to])):
                        found.check(
                            o.state in ("applied", "repeated", "waiting"), f"{case}: {o.log} {o.state} {o.refused}"
                        )
    one_holder(nodes, found, f"{case}: ")
    agreement.check(nodes, found, rebuilt=False, whole=whole)


def _forked(nodes: Network, found: Found, case: str) -> None:
    """What was written blindly is found as a fork by whoever held the lost entries, and nothing more is taken."""
    found.count("blind restores found as forks")
    bcn = nodes["BCN"]
    with bcn:
        try:
            relearn.relearn("BCN")
            noticed = False
        except Refused as no:
            noticed = no.code in ("log-forked", "parcel-gap")
        noticed = noticed or models.SetBack.objects.filter(site="BCN").exists()
    found.check(noticed, f"{case}: the mirror holds another history and nobody noticed")
    for container, held in holders(nodes).items():
        sent = [site for site in held if site != "BCN"]
        found.check(len(sent) <= 1, f"{case}: {container} is held at {sent} at once")
    found.check(not _try(bcn, "vector-manager", "dispatch", {"what": f"container:{CONTAINERS[0]}", "to_site": "ROM"}),
                f"{case}: a node whose log forked hands over")  # fmt: skip
