"""Recorded: what this node's registers say about a planning scenario.

Two answers. `observations` is a record for calibration: one line a journey, batch or lot, in the scenario's own fields.
`network` is the scenario with whom and what the registers know in place of its own: cell processors with the batches
on them, people by role, vector lots on the shelf, patients who wait. What no register holds (shifts, rooms' capacity,
urgency, costs) stays as the scenario has it, and every omission is told in a note. The scenario must have been read by
`science.planning.checking` before, so that its tables are whole.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from django.db.models import Q

from milenari.registers import models as table
from milenari.registers import vector
from milenari.science.computed import Computed
from milenari.words import Facts, Role

PROCESSOR = "cell-processor"
TASKS = {
    Role.APHERESIS_NURSE: "apheresis", Role.OPERATOR: "manufacture", Role.QC_ANALYST: "qc", Role.QP: "release",
}  # fmt: skip
WAITING = ("referred", "consented", "eligible", "identified", "slot-booked")
"""Stations of somebody who has not been collected yet."""
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LEAST_YEARS = 1 / 12
"""A rate a year is not read from less than a month."""


def example() -> Facts:
    """The shipped scenario of the four hospitals, to start from."""
    told: Facts = json.loads(
        resources.files("milenari.science.planning").joinpath("data/milenari.json").read_text("utf-8")
    )
    return told


@dataclass(frozen=True)
class Seen:
    """One observation of a field: a value in the field's unit, for a rate `over` so many years; `of` what it was."""

    field: str
    value: float
    over: float | None
    of: str


@dataclass(frozen=True)
class Way:
    """A thing that went from one site to another and was received there."""

    what: str
    origin: str
    destination: str
    sent_at: datetime
    received_at: datetime


@dataclass(frozen=True)
class Network:
    """A scenario as JSON holds it, and what was left as it was or left out."""

    scenario: Facts
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Told(Computed):
    """All of it, as the command line prints it."""

    on: str
    scenario: Facts
    observations: tuple[Seen, ...]
    notes: tuple[str, ...]


# -- a record for calibration ---------------------------------------------------------------------------


def observations(
    tree: Facts, now: datetime, ways: Iterable[Way] = (), released: Mapping[str, datetime] | None = None
) -> list[Seen]:
    """What happened at the sites of this scenario, field by field. Drawn batches and those of qualification count
    nothing; a batch or lot that nobody decided on yet is no success. ``ways`` that ended and when lots were
    ``released`` are in no register; the journal tells them."""
    at = {site["code"]: n for n, site in enumerate(tree["sites"])}
    return [*_collections(), *_batches(at), *_referrals(at, now), *_lots(), *_transits(tree, ways), *_assays(tree),
            *_lot_releases(tree, released or {})]  # fmt: skip


CARRIED = {"collection": ("fresh", "frozen"), "dose": ("product",)}
"""What of a way goes along a lane of a scenario; vector does not."""


def _fitted(spread: Facts) -> bool:
    """Whether observations can move this spread: one that is fixed they cannot."""
    return spread["shape"] != "fixed"


def _transits(tree: Facts, ways: Iterable[Way]) -> Iterator[Seen]:
    for way in ways:
        carried = CARRIED.get(way.what.partition(":")[0], ())
        days = _days(way.sent_at, way.received_at)
        for at, lane in enumerate(tree["lanes"]):
            ends = (lane["origin"], lane["destination"]) == (way.origin, way.destination)
            if days is not None and ends and set(carried) & set(lane["carries"]) and _fitted(lane["transit"]):
                yield Seen(f"lanes[{at}].transit", days, None, way.what)
                break


def _assays(tree: Facts) -> Iterator[Seen]:
    """From sample to verified result, of the tests that are assays of the scenario by their code."""
    at = {_test(one["code"]): n for n, one in enumerate(tree["assays"]) if _fitted(one["duration"])}
    rows = table.Result.objects.filter(superseded=False, of__startswith="batch:").exclude(verified_at=None)
    drawn = {f"batch:{code}" for code in table.Batch.objects.filter(simulated=True).values_list("code", flat=True)}
    for row in rows.exclude(sampled_at=None).order_by("of", "test", "attempt"):
        days = _days(row.sampled_at, row.verified_at)
        if days is not None and _test(row.test) in at and row.of not in drawn:
            yield Seen(f"assays[{at[_test(row.test)]}].duration", days, None, row.of)


def _test(code: str) -> str:
    return code.casefold().replace("-", " ").strip()


def _lot_releases(tree: Facts, released: Mapping[str, datetime]) -> Iterator[Seen]:
    if not _fitted(tree["vector"]["release"]):
        return
    for row in table.Lot.objects.filter(code__in=released).order_by("code"):
        if (days := _days(row.harvested_at, released[row.code])) is not None:
            yield Seen("vector.release", days, None, f"lot:{row.code}")


def _days(first: datetime | None, last: datetime | None) -> float | None:
    """From one to the other in days; None where one is missing or they fall together or in the wrong order."""
    if first is None or last is None or last <= first:
        return None
    return round((last - first).total_seconds() / 86_400, 3)


def _collections() -> Iterator[Seen]:
    first: dict[str, datetime | None] = {}
    rows = table.Collection.objects.exclude(collected_at=None).order_by("collected_at", "code")
    for journey, when in rows.values_list("journey", "collected_at"):
        first.setdefault(journey, when)
    for code, when in table.Journey.objects.filter(code__in=first).order_by("code").values_list("code", "referred_at"):
        if (days := _days(when, first[code])) is not None:
            yield Seen("process.to_collection", days, None, f"journey:{code}")


def _batches(at: dict[str, int]) -> Iterator[Seen]:
    for row in table.Batch.objects.filter(simulated=False, purpose="").order_by("code"):
        if (days := _days(row.started_at, row.harvested_at)) is not None:
            yield Seen("process.manufacture", days, None, f"batch:{row.code}")
        rejected = row.decision == "rejected"
        if (rejected or row.released_at) and row.site in at:
            yield Seen(f"sites[{at[row.site]}].failure", float(rejected), None, f"batch:{row.code}")


def _referrals(at: dict[str, int], now: datetime) -> Iterator[Seen]:
    for code, place in at.items():
        rows = table.Journey.objects.filter(site=code).exclude(referred_at=None).order_by("referred_at")
        days = list(rows.values_list("referred_at", flat=True))
        years = (_days(days[0], now) or 0.0) / 365.25 if days else 0.0
        if years >= LEAST_YEARS:
            # The first one opens the time that is counted, so it is not counted itself.
            yield Seen(f"sites[{place}].referrals", len(days) - 1, round(years, 4), f"site:{code}")


def _lots() -> Iterator[Seen]:
    for row in table.Lot.objects.exclude(decision="").order_by("code"):
        if row.decision in ("final", "rejected"):
            yield Seen("vector.rejection", float(row.decision == "rejected"), None, f"lot:{row.code}")
        if row.titre_tu_per_ml:
            yield Seen("vector.titre", float(row.titre_tu_per_ml), None, f"lot:{row.code}")


# -- a scenario of what is there ------------------------------------------------------------------------


def network(tree: Facts, now: datetime, tier: str = "") -> Network:
    """The scenario from today on. ``tier`` is the urgency of patients, which no register holds; by default the one most
    referrals have."""
    made, notes = copy.deepcopy(tree), list[str]()
    today = now.date()
    made["starts_on"] = today.isoformat()
    made["name"] = f"{tree['name']}, from the record of {today}"
    for site in made["sites"]:
        _site(made, site, today, notes)
    made["vector"]["lots"] = _shelf(made, today, notes)
    made["patients"] = _patients(made, today, tier, notes)
    return Network(made, tuple(notes))


def _figure(value: float, unit: str, source: str) -> Facts:
    return {"value": value, "unit": unit, "basis": "calibrated", "source": source}


def _site(made: Facts, site: Facts, today: date, notes: list[str]) -> None:
    code = site["code"]
    if not table.Site.objects.filter(code=code).exists():
        notes.append(f"{code}: this node does not know the site; its machines and people stay as they were.")
        return
    machines = [] if not site["rooms"] else _machines(made, site, today, notes)
    if machines:
        site["machines"] = machines
    else:
        notes.append(f"{code}: no {PROCESSOR} is registered; its machines stay as they were.")
    people = _people(made, code, today)
    trained = {task for one in people for task in one["trained"]}
    for task in sorted(set(TASKS.values()) - trained):
        kept = [{**one, "trained": [task]} for one in site["people"] if task in one["trained"]]
        if kept:
            notes.append(f"{code}: nobody in the record has a role for {task}; the scenario's people for it stay.")
        people += [{**one, "code": f"{one['code']}:{task}"} for one in kept]
    site["people"], site["people_basis"] = people, "assumed"
    site["people_source"] = (
        f"roles held on {today} in the record; shifts and days are not in it: everybody in the first shift, every day"
    )


def _machines(made: Facts, site: Facts, today: date, notes: list[str]) -> list[Facts]:
    """One machine each, in the site's first room; closed while a batch that is not harvested is on it."""
    found = []
    days = float(made["process"]["manufacture_planned"]["value"]) + float(made["process"]["changeover"]["value"])
    for row in table.Equipment.objects.filter(site=site["code"], kind=PROCESSOR, retired=False).order_by("code"):
        if row.calibrated_until and row.calibrated_until < today:
            notes.append(f"{row.code}: its calibration ended on {row.calibrated_until}; it is left out.")
            continue
        if row.calibrated_until and (row.calibrated_until - today).days < made["horizon"]:
            notes.append(f"{row.code}: its calibration ends on {row.calibrated_until}; the plan goes on beyond it.")
        source = f"equipment:{row.code} in the record on {today}"
        machine: Facts = {"code": row.code, "room": site["rooms"][0]["code"], "number": _figure(1, "{machine}", source)}
        if busy := _busy(row.code, today, days):
            machine["out"] = busy
        found.append(machine)
    return found


def _busy(machine: str, today: date, days: float) -> list[Facts]:
    on_it = table.Step.objects.filter(equipment=machine).values("batch")
    rows = table.Batch.objects.filter(code__in=on_it, decision="", harvested_at=None).exclude(started_at=None)
    spans = []
    for code, started_at in rows.order_by("started_at", "code").values_list("code", "started_at"):
        last = started_at.date() + timedelta(days=days) if started_at else today
        if last >= today:
            spans.append({"first": today.isoformat(), "last": last.isoformat(), "why": f"batch {code} is on it"})
    return spans


def _people(made: Facts, site: str, today: date) -> list[Facts]:
    held: dict[str, set[str]] = {}
    rows = table.Role.objects.filter(site=site, role__in=list(TASKS), from_on__lte=today)
    for person, role in rows.filter(Q(to_on=None) | Q(to_on__gte=today)).values_list("person", "role"):
        held.setdefault(person, set()).add(TASKS[Role(role)])
    shift = made["shifts"][0]
    return [{"code": who, "trained": sorted(held[who]), "shift": shift, "days": WEEK} for who in sorted(held)]


def _shelf(made: Facts, today: date, notes: list[str]) -> list[Facts]:
    """Lots with unspent containers; a lot that waits for its release comes when one usually does."""
    release = made["vector"]["release"]
    wait = (float(release["a"]) + float(release["b"])) / 2 if release["shape"] == "uniform" else float(release["a"])
    lots = table.Lot.objects.filter(recalled="", decision__in=["", "final"]).order_by("code")
    found = []
    for stock in vector.stocks(list(lots), today):
        row, doses = stock.lot, stock.containers
        if not doses or stock.expired:
            continue
        first = today
        if not row.decision:
            if row.harvested_at is None:
                continue
            first = max(today, row.harvested_at.date() + timedelta(days=round(wait)))
            notes.append(f"{row.code}: not released; counted from {first}, {wait:g} d after its harvest.")
        last = row.expires_on
        if last is None:
            begins = row.harvested_at.date() if row.harvested_at else today
            last = begins + timedelta(days=int(made["vector"]["shelf_life"]["value"]))
            notes.append(f"{row.code}: no expiry is recorded; the scenario's shelf life is taken, to {last}.")
        if last < first:
            notes.append(f"{row.code}: expires on {last}, before it can be used; it is left out.")
            continue
        found.append({"code": row.code, "first": first.isoformat(), "last": last.isoformat(), "doses": doses})
    return found


def _patients(made: Facts, today: date, tier: str, notes: list[str]) -> list[Facts]:
    tiers = made["process"]["tiers"]
    urgency = tier or max(tiers, key=lambda one: float(one["share"]["value"]))["code"]
    places = {site["code"]: {machine["code"] for machine in site["machines"]} for site in made["sites"]}
    to_collection = timedelta(days=round(_mean(made["process"]["to_collection"])))
    slots = _accepted()
    rows = table.Journey.objects.filter(withdrawn=False, erased=False, died_on=None, station__in=WAITING)
    found = []
    for row in rows.order_by("code"):
        if row.referred_at is None:
            continue
        referred = row.referred_at.date()
        if row.site not in places:
            notes.append(f"{row.code}: its hospital {row.site} is not in the scenario; it is left out.")
            continue
        ready = max(today, row.slot_on or referred + to_collection)
        patient: Facts = {"code": row.code, "hospital": row.site, "tier": urgency, "ready": ready.isoformat()}
        patient["referred"] = referred.isoformat()
        slot = slots.get(row.code)
        if slot and slot.collection == row.slot_on and slot.collection >= today:
            if slot.machine in places.get(slot.site, ()):
                patient["booked"] = {
                    "site": slot.site, "machine": slot.machine,
                    "carried": "fresh" if slot.site == row.site else "frozen",
                    **{name: getattr(slot, name).isoformat() for name in ("collection", "start", "infusion")},
                }  # fmt: skip
            else:
                notes.append(f"{row.code}: booked on {slot.machine} at {slot.site}, which is not there; planned anew.")
        found.append(patient)
    if found:
        notes.append(f"Urgency is in no register: all {len(found)} patients are taken as {urgency}.")
    held = table.Journey.objects.filter(withdrawn=False, erased=False, died_on=None, station="collected").count()
    if held:
        notes.append(f"Collected and waiting for manufacture, not planned here: {held}.")
    return found


def _accepted() -> dict[str, Any]:
    """The slots of accepted plans by journey, those of newer plans over those of older ones."""
    plans = (
        table.Plan.objects.filter(kind="slots", state="accepted").order_by("decided_at").values_list("code", flat=True)
    )
    return {slot.journey: slot for plan in plans for slot in table.PlanSlot.objects.filter(plan=plan)}


def _mean(spread: Facts) -> float:
    a, b = float(spread["a"]), float(spread.get("b") or 0)
    return (a + b) / 2 if spread["shape"] == "uniform" else a


__all__ = ["Network", "Seen", "Way", "example", "network", "observations"]
