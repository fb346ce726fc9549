"""Partition: two weeks in which four sites rarely hear of each other, then healing: one record, or it failed.

Each schedule: random acts at every site, and a random post of parcels between them by link and by stick, lost, late,
repeated, out of order. On no evening may two sites hold one container. After the links are back all logs, registers
and custody sums must agree, also when the registers are rebuilt. Then the time to catch up is measured on a backlog.
"""

from __future__ import annotations

import random
import shutil

from milenari.demo import teller
from milenari.journal import perform
from tests.drills import agreement
from tests.drills.acts import _TELLER, Acting, Calendar, clock_at, one_holder
from tests.drills.frame import Asked, Found
from tests.exchange import network
from tests.exchange.network import SITES, Network

DAYS = 14


def drill(asked: Asked) -> Found:
    found = Found()
    for number in range(asked.main(1, 50)):
        folder = asked.folder / f"schedule-{number}"
        nodes = network.four(folder)
        with clock_at(Calendar()) as _, found.timed("schedules"):
            schedule(nodes, random.Random(f"{asked.seed}/{number}"), asked, found)
        for node in nodes.values():
            node.close()
        shutil.rmtree(folder)
        found.count("schedules")
        asked.say(f"schedule {number + 1}: {len(found.faults)} faults so far")
    catch_up(asked, found)
    return found


def schedule(nodes: Network, chance: random.Random, asked: Asked, found: Found) -> None:
    """Two weeks of acts with a bad post, then healing and comparison."""
    acting = Acting(nodes, chance)
    post: list[tuple[str, bytes]] = []
    for _ in range(DAYS):
        for _ in range(asked.of(4, 24)):
            acting.once(chance.choice(SITES))
            if chance.random() < 0.15:
                _write(nodes, chance, post, found)
        chance.shuffle(post)
        later = []
        for to, parcel in post:
            fate = chance.random()
            if fate < 0.25:
                found.count("parcels lost")
            elif fate < 0.45:
                later.append((to, parcel))
            else:
                _deliver(nodes, to, [parcel] * chance.choice((1, 1, 2)), found)
                if fate > 0.85:
                    later.append((to, parcel))  # and once more another day
        post[:] = later
        one_holder(nodes, found)
    found.count("acts done", acting.done)
    found.count("acts refused", sum(acting.refused.values()))
    for code, number in acting.refused.items():
        found.count(f"refused: {code}", number)
    with found.timed("healing"):
        rounds = heal(nodes, found)
    found.counts["rounds to heal, at most"] = max(rounds, found.counts.get("rounds to heal, at most", 0))
    agreement.check(nodes, found, whole=asked.full)


def _write(nodes: Network, chance: random.Random, post: list[tuple[str, bytes]], found: Found) -> None:
    """A site writes to another: its own log, or by stick all it holds."""
    sender, to = chance.sample(SITES, 2)
    relay = chance.random() < 0.3
    made = nodes[sender].send(nodes[to], relay=relay)
    post += [(to, parcel) for parcel in made]
    found.count("parcels by stick" if relay else "parcels by link", len(made))


def _deliver(nodes: Network, to: str, parcels: list[bytes], found: Found) -> None:
    for outcome in nodes[to].receive(parcels):
        found.count(f"parcels {outcome.state}")
        good = outcome.state in ("applied", "repeated", "waiting")
        found.check(good, f"an honest parcel of {outcome.log} for {to} was {outcome.state}: {outcome.refused}")


def heal(nodes: Network, found: Found, most: int = 8) -> int:
    """Everybody to everybody until all logs are equal and everybody has said so; how many rounds it took."""
    for turn in range(1, most + 1):
        for sender in SITES:
            for to in SITES:
                if sender != to:
                    _deliver(nodes, to, nodes[sender].send(nodes[to]), found)
        in_step = all(node.standing(peer).synced for site, node in nodes.items() for peer in SITES if peer != site)
        if agreement.converged(nodes) and in_step:
            return turn
    found.check(False, f"not in step after {most} rounds")
    return most


def catch_up(asked: Asked, found: Found) -> None:
    """How long a node takes to check and apply a backlog that was really written, and what that is per 10^5 entries."""
    entries = asked.of(400, 20_000)
    nodes = network.four(asked.folder / "backlog")
    rom, bcn = nodes["ROM"], nodes["BCN"]
    start = rom.root("ROM")[0]
    with rom:
        for cut in range(0, entries, 200):
            requests = []
            for n in range(cut, min(cut + 200, entries)):
                data = {"material": f"ROM-C{n}", "kind": "TexMACS", "maker_lot": "L", "expires_on": "2030-01-01",
                        "amount": {"value": "5", "unit": "mL"}}  # fmt: skip
                requests.append(teller.request(_TELLER, "rom-operator", "ROM", "receive-material", data))
            perform.perform_all(requests)
    with found.timed("catch-up: packing"):
        parcels = rom.send(bcn, since=start)
    with found.timed("catch-up: checking and applying"):
        made = bcn.receive(parcels)
    found.check({o.state for o in made} == {"applied"}, f"the backlog was {[(o.state, str(o.refused)) for o in made]}")
    found.check(rom.root("ROM") == bcn.root("ROM"), "the backlog did not arrive whole")
    took = found.seconds["catch-up: packing"] + found.seconds["catch-up: checking and applying"]
    found.counts |= {
        "backlog entries": entries, "backlog bytes per entry": round(sum(map(len, parcels)) / entries, 1),
        "catch-up s per 100000 entries (scaled)": round(took * 100_000 / entries, 1),
    }  # fmt: skip
    for node in nodes.values():
        node.close()
