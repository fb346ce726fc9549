"""Hostile parcels: whatever arrives that is not exactly what a member's log says changes nothing and breaks nothing.

Strangers damage, cut, splice, swap, replay and invent parcels; a member with its own keys (the insider) signs waybills
over wrong ranges, states, entries, statements and bases; a thief of its log key signs a log of entries that no rule
ever saw. Nothing may be accepted: no table of the receiver changes except its transfer log; no outcome but a refusal
with its reason; memory stays bounded. In the end the honest parcel is applied.
"""

from __future__ import annotations

import random
import time
import traceback
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps

from milenari.journal.exchange import inbox, incoming
from milenari.rules.action import Refused
from tests.drills.forging import Forger
from tests.drills.frame import Asked, Found, peak_mb
from tests.drills.stranger import STRANGER
from tests.exchange import network

TOGETHER = 250  # parcels on one stick
MOST_GROWTH_MB = 256
"""Whatever comes, how much: sixteen bombs of 40 MB lie on a stick, and 250 parcels with all their outcomes."""
MOST_CREEP_MB = 8
"""What the second half of a run may add to the first: nothing may grow with the number of parcels ever seen."""
NOT_THE_BOOK = ("journal_transit", "journal_subtree")  # the transfer log, and hashes kept as a shortcut
SILENT = {"replayed", "held_is_stale"}  # nothing is wrong with these but that all was said before


def drill(asked: Asked) -> Found:
    found, chance = Found(), random.Random(asked.seed)
    nodes = network.four(asked.folder)
    forger = Forger(nodes, chance)
    kinds = list(STRANGER) + forger.kinds()
    here = nodes["BCN"]
    asked.say(f"{len(kinds)} kinds of hostile parcels")
    with here:
        before = state()
    memory, states, began, half = peak_mb(), Counter[str](), time.process_time(), 0.0
    total = asked.main(500, 1_000_000)
    with found.timed("hostile parcels"):
        for done in range(0, total, TOGETHER):
            half = half or (peak_mb() if done * 2 >= total else 0.0)
            stick = [_one(kinds, forger, chance) for _ in range(min(TOGETHER, total - done))]
            with here:
                _receive(stick, states, found)
                if done % (TOGETHER * 10) == 0:
                    found.check(state() == before, f"the receiver's book changed within the first {done} parcels")
                    asked.say(
                        f"{done + len(stick)} of {total} parcels, none accepted, book unchanged: {not found.faults}; "
                        f"grown by {peak_mb() - memory:.0f} MB, {time.process_time() - began:.0f} s of processor; "
                        + ", ".join(f"{code} {number}" for code, number in states.most_common())
                    )
    found.counts |= {"parcels": total, "kinds": len(kinds)}
    found.counts |= {f"said: {code}": number for code, number in states.most_common()}
    found.counts["memory_growth_mb"] = round(peak_mb() - memory)
    found.check(peak_mb() - memory < MOST_GROWTH_MB, f"memory grew by {peak_mb() - memory:.0f} MB")
    if total >= 100_000:  # below, the largest stick may still be to come
        found.counts["memory_growth_of_second_half_mb"] = round(peak_mb() - half)
        found.check(peak_mb() - half < MOST_CREEP_MB, f"memory grew by {peak_mb() - half:.0f} MB in the second half")
    with here:
        found.check(state() == before, "the receiver's book is not what it was")
    made = here.receive([forger.honest])
    found.check([o.state for o in made] == ["applied"], f"the honest parcel was {made[0].state}: {made[0].refused}")
    found.check(here.report().sound, "the receiver's book does not verify")
    for node in nodes.values():
        node.close()
    return found


def _one(kinds: list[Any], forger: Forger, chance: random.Random) -> tuple[str, bytes]:
    kind = kinds[chance.randrange(len(kinds))]
    if isinstance(kind, str):
        return kind, forger.make(kind)
    return kind.__name__, kind(forger.parcels, chance)


def _receive(stick: list[tuple[str, bytes]], states: Counter[str], found: Found) -> None:
    """One stick of hostile parcels; every outcome is counted by its reason, and every other than a no is a fault."""
    by_digest = {sha256(body).hexdigest(): kind for kind, body in stick}
    try:
        outcomes = incoming.receive([body for _, body in stick])
    except Exception as fault:  # the very thing that must not happen
        found.faults.append(f"a stick broke the receiver: {type(fault).__name__}: {fault}")
        _which(stick, found)
        return
    for outcome in outcomes:
        kind = by_digest.get(outcome.digest, "from the inbox")
        states[outcome.refused.code if outcome.refused else outcome.state] += 1
        good = outcome.state in ("refused", "waiting") or (outcome.state == "repeated" and kind in SILENT)
        if not good and len(found.faults) < 20:
            found.faults.append(f"{kind} was {outcome.state}: {outcome.refused}")
    for path in inbox.folder().glob("*"):
        found.count("left waiting in the inbox")
        path.unlink()


def _which(stick: list[tuple[str, bytes]], found: Found) -> None:
    """Name the kind of parcel that broke the receiver: each alone, since one in the inbox breaks all that follow."""
    for kind, body in stick:
        for path in inbox.folder().glob("*"):
            path.unlink()
        try:
            incoming.receive([body])
        except Refused:
            continue
        except Exception as fault:
            if len(found.faults) < 20:
                last = traceback.extract_tb(fault.__traceback__)[-1]
                where = f"{Path(last.filename).name}:{last.lineno}"
                found.faults.append(f"{kind} broke the receiver: {type(fault).__name__}: {str(fault)[:150]} ({where})")


def state() -> str:
    """A digest of every table of the present node, but for what a refusal may add to."""
    digest = sha256()
    for model in sorted(apps.get_models(), key=lambda m: m._meta.db_table):
        if model._meta.db_table not in NOT_THE_BOOK and model._meta.app_label in ("journal", "registers"):
            for row in model._default_manager.order_by("pk").values_list().iterator(2_000):
                digest.update(repr([bytes(x) if isinstance(x, memoryview) else x for x in row]).encode())
    return digest.hexdigest()
