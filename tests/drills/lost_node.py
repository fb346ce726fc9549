"""Lost node: machine, disk and backup of Rome are gone; its network plane comes back from the other sites.

What its peers have cosigned is given back and verified: same root, same registers, sound book. What Rome had written
and not sent is lost, and so are its logins and sealed identities, which never leave a node. It writes again only when
every member has said what it holds. Should the old disk turn up, what it sends of the lost part is a proved fork.
"""

from __future__ import annotations

import shutil
from typing import Any

from milenari.demo import teller
from milenari.journal import models, perform
from milenari.journal.exchange import charter, standing
from milenari.rules.action import Refused
from tests.drills.frame import Asked, Found
from tests.exchange import network
from tests.exchange.nodes import Node

UNSENT = 2
PEERS = ("BCN", "BEY", "AMM")


def drill(asked: Asked) -> Found:
    found, nodes = Found(), network.four(asked.folder)
    rome = nodes["ROM"]
    write(rome, 0, asked.of(30, 10_000))
    for peer in PEERS:
        nodes[peer].receive(rome.send(nodes[peer]))
        rome.receive(nodes[peer].send(rome))
    cosigned = rome.root("ROM")
    for peer in PEERS:
        found.check(rome.standing(peer).synced, f"{peer} has not cosigned all of Rome")
    write(rome, 10**6, UNSENT)
    found.counts["entries written"] = rome.root("ROM")[0]
    with rome:
        logins = list(models.Credential.objects.all())
    fresh = _envelope(asked, rome)
    with found.timed("network plane rebuilt from peers, with all checks"):
        with fresh:
            standing.begin_recovery("ROM")
        for number, peer in enumerate(PEERS):
            fresh.receive(nodes[peer].send(fresh, back=True))
            if number == 0:
                _silent(fresh, found)
        with fresh:
            given = standing.end_recovery("ROM")
    found.counts |= {"entries given back": given, "entries lost, never sent": rome.root("ROM")[0] - given}
    found.check(fresh.root("ROM") == cosigned, "what came back is not what was cosigned last")
    found.check(rome.root("ROM")[0] - given == UNSENT, "more is lost than was never sent")
    for log in network.SITES:
        held = {nodes[p].root(log) for p in PEERS} | {fresh.root(log)}
        found.check(len(held) == 1, f"the log of {log} differs between sites")
    with found.timed("verified: every signature, root and register row"):
        found.check(fresh.report().sound, "the rebuilt book does not verify")
    with fresh:
        found.counts |= {"logins given back": models.Credential.objects.count(),
                         "sealed identities given back": models.Sealed.objects.count()}  # fmt: skip
        models.Credential.objects.bulk_create(logins)  # people are enrolled again; here with what they had
    write(fresh, 2 * 10**6, 1)
    made = nodes["BCN"].receive(fresh.send(nodes["BCN"]))
    found.check([o.state for o in made] == ["applied"], f"Barcelona does not take what Rome writes now: {made}")
    made = nodes["BCN"].receive(rome.send(nodes["BCN"]))
    found.check(made[0].state == "forked", f"the old disk, turning up, was {made[0].state}")
    for node in (*nodes.values(), fresh):
        node.close()
    return found


def write(node: Node, first: int, many: int) -> None:
    """So many lots of material booked in, a few hundred a transaction."""
    with node:
        asked = [
            teller.request(teller.Teller({}, lambda line: None), "rom-operator", "ROM", "receive-material", _lot(n), "")
            for n in range(first, first + many)
        ]
        for cut in range(0, many, 500):
            perform.perform_all(asked[cut : cut + 500])


def _lot(number: int) -> dict[str, Any]:
    return {"material": f"ROM-L{number}", "kind": "TexMACS", "maker_lot": f"L{number}",
            "amount": {"value": "5", "unit": "mL"}, "expires_on": "2030-01-01"}  # fmt: skip


def _envelope(asked: Asked, rome: Node) -> Node:
    """A new machine with what lies in the sealed envelope: the site's keys, and the charters that anybody has."""
    fresh = Node(asked.folder / "new", "ROM")
    shutil.copytree(rome.home / "keys", fresh.home / "keys")
    with rome:
        notes = charter.notes()
    with fresh:
        for note in notes:
            charter.accept(note)
    return fresh


def _silent(fresh: Node, found: Found) -> None:
    """With one answer of three it does not write yet."""
    try:
        with fresh:
            standing.end_recovery("ROM")
    except Refused as refused:
        found.check(refused.code == "recovery-not-answered", f"refused as {refused.code}")
    else:
        found.check(False, "it writes again though two sites were not asked")
