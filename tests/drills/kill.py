"""Kill: kill -9 while parcels are written, received and applied; nothing is half there, and the next try completes it.

The processes are real (forked), as are their databases; the blow falls at a random moment of the work. After each the
node's book must verify, hold whole parcels only, and take the same parcels again to the end; what was acknowledged
before the blow must be there.
"""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connections

from milenari.journal import models
from milenari.journal.exchange import inbox, incoming, parcel
from tests.drills.acts import do
from tests.drills.frame import Asked, Found
from tests.exchange import network
from tests.exchange.network import Network
from tests.exchange.nodes import Node


def drill(asked: Asked) -> Found:
    found, chance = Found(), random.Random(asked.seed)
    nodes = network.four(asked.folder)
    rom, bcn = nodes["ROM"], nodes["BCN"]
    took = _rehearse(nodes, chance)
    post = asked.folder / "post"
    post.mkdir()
    kills = asked.main(24, 3_000)
    with found.timed("kills"):
        for number in range(kills):
            _write(rom, chance, number)
            if chance.random() < 0.3:
                aim(took, "send", _kill_sending(nodes, found, chance, took["send"]))
            aim(took, "receive", _kill_receiving(nodes, found, chance, took["receive"]))
            if asked.full and number % 100 == 0:
                for node in (rom, bcn):
                    report = node.report()
                    found.check(report.sound, f"after kill {number} {node.site} does not verify: {report.faults[:1]}")
            if number % asked.of(6, 50) == 0:
                asked.say(f"{number + 1} of {kills}: {found.counts}, {len(found.faults)} faults so far")
    found.check(found.counts.get("kills while receiving"), "no blow fell while a parcel was received")
    found.check(rom.root("ROM") == bcn.root("ROM"), "in the end the receiver does not hold all")
    for node in (rom, bcn):
        found.check(node.report().sound, f"in the end {node.site} does not verify")
    for node in nodes.values():
        node.close()
    return found


def _rehearse(nodes: Network, chance: random.Random) -> dict[str, float]:
    """How long sending and receiving take when nobody is killed."""
    rom, bcn = nodes["ROM"], nodes["BCN"]
    _write(rom, chance, -1)
    began = time.perf_counter()
    parcels = rom.send(bcn)
    sent = time.perf_counter()
    bcn.receive(parcels)
    return {"send": sent - began, "receive": time.perf_counter() - sent}


def aim(took: dict[str, float], work: str, died: bool) -> None:
    """The machine may be faster or slower by now: the next blow comes earlier after a miss, else a little later."""
    took[work] *= 1.1 if died else 0.75


def _write(rom: Node, chance: random.Random, number: int) -> None:
    for n in range(chance.randrange(1, 4)):
        do(rom, "operator", "receive-material", material=f"ROM-K{number}-{n}", kind="TexMACS", maker_lot="L",
           amount={"value": "5", "unit": "mL"}, expires_on="2030-01-01")  # fmt: skip


def killed(work: Callable[[], Any], after: float) -> bool:
    """Do the work in a process of its own and kill it after so many seconds of work; True if it was killed."""
    connections.close_all()
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(go, b"!")
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.read(ready, 1)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(ready)
    os.close(go)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("the child ended by itself: see its traceback above")
    return os.WIFSIGNALED(status)


def _kill_sending(nodes: Network, found: Found, chance: random.Random, took: float) -> bool:
    """A sender that dies has told nobody anything wrong: the next try makes the same parcel again."""
    rom, bcn = nodes["ROM"], nodes["BCN"]
    before = rom.root("ROM")
    died = killed(lambda: rom.send(bcn), chance.uniform(0, took))
    found.count("kills while sending" if died else "sent faster than the blow")
    found.check(rom.root("ROM") == before, "sending changed the sender's log")
    return died


def _kill_receiving(nodes: Network, found: Found, chance: random.Random, took: float) -> bool:
    rom, bcn = nodes["ROM"], nodes["BCN"]
    start = bcn.root("ROM")[0]
    parcels = rom.send(bcn, since=start)
    rungs = {start, *(parcel.waybill_of(one).end for one in parcels)}
    died = killed(lambda: bcn.receive(parcels), chance.uniform(0, took))
    found.count("kills while receiving" if died else "receipts that were faster than the blow")
    size = bcn.root("ROM")[0]
    found.check(size in rungs, f"half a parcel was applied: {size} of {sorted(rungs)}")
    with bcn:
        held = models.Entry.objects.filter(site="ROM").count()
        said = models.Cosignature.objects.filter(site="ROM", by="BCN").values_list("size", flat=True).first() or 0
    found.check(held == size, f"the head says {size} entries, the book holds {held}")
    found.check(said <= size, f"it has signed for {said} entries and holds {size}")
    found.count("killed after the commit" if died and size > start else "killed before the commit", died)
    with bcn:
        found.count("parcels found in the inbox after a kill", len(list(inbox.folder().glob("*.parcel"))))
        # Sometimes from the inbox alone: what had arrived whole needs not be sent again.
        again = parcels if chance.random() < 0.5 or not list(inbox.folder().glob("*.parcel")) else []
        made = incoming.receive(again)
        left = list(inbox.folder().glob("*.parcel"))
    found.check(not left, f"parcels stay in the inbox: {[p.name for p in left]}")
    found.check({o.state for o in made} <= {"applied", "repeated"}, f"the second try was {[o.state for o in made]}")
    found.check(bcn.root("ROM") == rom.root("ROM"), "after the second try the receiver does not hold all")
    return died
