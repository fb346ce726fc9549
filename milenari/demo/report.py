"""Report: where every journey of the story stands, what was refused, and whether the book is whole."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from milenari.demo import attempts, published
from milenari.demo.story_patient import CHILDREN
from milenari.demo.story_vector import LOT, RECALLED
from milenari.demo.teller import Teller, told
from milenari.journal import read, verify
from milenari.registers.models import Posting
from milenari.words import iso, to_plain

# What the story promises: the newest station, the batch's decision and the number of fractions given.
EXPECTED = {
    "ROM-J-001": ("response", "final", 3),
    "ROM-J-002": ("referred", None, 0),
    "ROM-J-003": ("manufacture-started", "", 0),
    "ROM-J-004": ("manufacture-started", "", 0),
    "BEY-J-001": ("infused", "conditional", 1),
    "BEY-J-002": ("response", "out-of-specification", 1),
    "BEY-J-003": ("collected", None, 0),
    "AMM-J-001": ("manufacture-started", "final", 0),
    "AMM-J-002": ("slot-booked", None, 0),
    "AMM-J-DRILL": ("response", "recalled", 1),
    "AMM-J-H01": ("manufacture-started", "final", 0),
    "AMM-J-H02": ("manufacture-started", "final", 0),
    "AMM-J-H03": ("manufacture-started", "final", 0),
}
# Whose published results a journey's batch carries, and where they were printed.
_ELSEWHERE = f"{published.HCAR_SOURCE}; another product, made nowhere in this network"
REPLAYS = {
    "ROM-J-001": ("ARI0001/01", published.ARI_SOURCE),
    "BEY-J-001": ("ARI0001/02", published.ARI_SOURCE),
    "AMM-J-001": ("ARI0001/03", published.ARI_SOURCE),
    "AMM-J-H01": ("HCAR19 batch 1", _ELSEWHERE),
    "AMM-J-H02": ("HCAR19 batch 2", _ELSEWHERE),
    "AMM-J-H03": ("HCAR19 batch 3", _ELSEWHERE),
}


def report() -> dict[str, Any]:
    """The story as plain data; ``problems`` is empty when everything is as promised."""
    held = told()
    teller = Teller(held, lambda line: None)
    total = read.search(limit=1)[1]
    journeys = [_journey(code) for code in CHILDREN]
    refusals = attempts.all_attempts(teller)
    checked = verify.verify()
    found: dict[str, Any] = {
        "loaded_at": iso(teller.start),
        "entries": total,
        "continued": total - len(held),
        "journeys": journeys,
        "lots": [_lot(code) for code in (LOT, RECALLED)],
        "refusals": refusals,
        "custody": custody(),
        "verification": {
            "sound": checked.sound,
            "faults": [str(fault) for fault in checked.faults[:20]],
            "sites": checked.sites,
            "register_rows": checked.register_rows,
        },
    }
    found["problems"] = _problems(found)
    return dict(to_plain(found))


def _journey(code: str) -> dict[str, Any]:
    journey = read.sheet(f"journey:{code}")
    batch = read.sheet(f"batch:{journey.batches[-1]}") if journey.batches else None
    found: dict[str, Any] = {
        "journey": code,
        "site": journey.owner,
        "coi": journey.coi,
        "process": journey.process,
        "stations": [{"station": s, "at": at, "site": site} for s, at, site in journey.stations],
        "fractions": [{"dose": i.dose, "at": i.at, "cells_e6": i.cells_e6} for i in journey.infusions],
        "grades": [{"scale": g.scale, "grade": g.grade, "at": g.at} for g in journey.grades],
        "visits": [{"visit": visit, "on": on} for visit, on in journey.visits],
        "batch": None,
    }
    if batch is not None:
        next_phase = batch.next_phase()
        replay_of, source = REPLAYS.get(code, ("", "fictional"))
        found["batch"] = {
            "code": batch.code,
            "process_version": batch.process_version,
            "decision": batch.decision,
            "replay_of": replay_of,
            "source": source,
            "container": batch.container,
            "steps": len(batch.steps),
            "next_phase": next_phase["code"] if next_phase else "",
            "awaiting_verification": list(batch.awaiting_verification()),
            "open_deviations": [d.code for d in batch.open_deviations()],
            "requirements": batch.requirements() if batch.results else {},
            "alarm": batch.alarm,
        }
    return found


def _lot(code: str) -> dict[str, Any]:
    lot = read.sheet(f"lot:{code}")
    containers = [read.sheet(f"container:{c}") for c in lot.containers]
    return {
        "lot": code,
        "decision": lot.decision,
        "recalled": lot.recalled,
        "expires_on": lot.expires_on,
        "titre_tu_per_ml": lot.titre.value if lot.titre else None,
        "titre_method": lot.titre.method if lot.titre else "",
        "containers": len(containers),
        "spent": {c.code: c.spent_in for c in containers if c.spent_in},
        "in_transit": {c.code: c.bound_for for c in containers if c.bound_for},
    }


def custody() -> dict[str, Any]:
    """Sums of the postings: each act and each thing carried must come to nought, with one holder at most."""
    acts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    holders: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    count = 0
    for line in Posting.objects.all():
        count += 1
        acts[line.act, line.item, line.unit] += line.amount
        if line.item.partition(":")[0] in ("container", "collection", "dose"):
            holders[line.item][line.account] += line.amount
    sums = {item: sum(accounts.values()) for item, accounts in holders.items()}
    twice = [
        item for item, accounts in holders.items()
        if sum(1 for name, held in accounts.items() if name != "world" and held > 0) > 1
    ]  # fmt: skip
    return {
        "postings": count,
        "things": len(holders),
        "acts_not_zero": sorted({act for (act, _, _), amount in acts.items() if amount}),
        "things_not_zero": sorted(item for item, amount in sums.items() if amount),
        "held_twice": twice,
    }


def _problems(found: dict[str, Any]) -> list[str]:
    problems = []
    if not found["verification"]["sound"]:
        problems.append(f"the book does not verify: {found['verification']['faults'][:1]}")
    for key in ("acts_not_zero", "things_not_zero", "held_twice"):
        if found["custody"][key]:
            problems.append(f"custody: {key}: {found['custody'][key][:3]}")
    # Who goes on working in the demo moves the journeys: then only the book itself is judged.
    if found["continued"]:
        return problems
    for journey in found["journeys"]:
        station = journey["stations"][-1]["station"] if journey["stations"] else ""
        decision = journey["batch"]["decision"] if journey["batch"] else None
        stands = (station, decision, len(journey["fractions"]))
        if stands != EXPECTED[journey["journey"]]:
            problems.append(f"{journey['journey']} stands at {stands}, not at {EXPECTED[journey['journey']]}")
    for refusal in found["refusals"]:
        if refusal["code"] != refusal["expected"]:
            got = refusal["code"] or "it was accepted"
            problems.append(f"to {refusal['what']} should be refused as {refusal['expected']}: {got}")
    return problems


def lines(found: dict[str, Any]) -> list[str]:
    """The report as lines for a terminal."""
    out = [f"Loaded {found['loaded_at']}: {found['entries']} entries, {found['custody']['postings']} postings"]
    for journey in found["journeys"]:
        batch = journey["batch"] or {}
        station = journey["stations"][-1]["station"] if journey["stations"] else "-"
        replay = f", replay of {batch['replay_of']} ({batch['source']})" if batch.get("replay_of") else ""
        made = f"; batch {batch['code']} {batch['decision'] or 'in work'}{replay}" if batch else ""
        given = f"; {len(journey['fractions'])} given" if journey["fractions"] else ""
        out.append(f"  {journey['journey']:12} {journey['coi'] or '(no code yet)':24} {station}{made}{given}")
        passed = [f"{s['station']} {str(s['at'])[:16].replace('T', ' ')}Z" for s in journey["stations"]]
        out += [" " * 15 + ", ".join(passed[n : n + 4]) for n in range(0, len(passed), 4)]
    out.append("Refused, as it should be:")
    out += [f"  {refusal['code']:30} {refusal['what']}" for refusal in found["refusals"]]
    sound = "sound" if found["verification"]["sound"] else "NOT SOUND"
    out.append(f"The book is {sound}; {found['verification']['register_rows']} register rows agree with it.")
    out += [f"PROBLEM: {problem}" for problem in found["problems"]]
    return out


__all__ = ["custody", "lines", "report"]
