"""Rows: what each subject's folded state looks like in the registers. Pure; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models as orm

from milenari.registers import models as table
from milenari.rules import followup, referral
from milenari.rules.action import Entry
from milenari.rules.specification import compared
from milenari.words import Quantity, split_subject


@dataclass(frozen=True)
class Row:
    table: type[table.Register]
    key: str
    values: dict[str, Any]


MOST, FINEST = Decimal(10) ** 18, Decimal(1).scaleb(-9)  # what a number column can hold
Rows = Callable[[str, Any], Iterator[Row]]
_ROWS: dict[str, Rows] = {}


def rows_for(kind: str) -> Callable[[Rows], Rows]:
    def declare(function: Rows) -> Rows:
        _ROWS[kind] = function
        return function

    return declare


def rows_of(name: str, sheet: Any) -> dict[tuple[type, str], Row]:
    """Every register row of one subject in its present state, by table and key."""
    if not sheet.exists:
        return {}
    kind, code = split_subject(name)
    found = [_subject(name, kind, code, sheet), *(_ROWS[kind](code, sheet) if kind in _ROWS else ())]
    return {(row.table, row.key): row for row in found}


def changed(name: str, before: Any, after: Any) -> list[Row]:
    """The rows that differ between two states of a subject. A row never disappears: state says why."""
    old = rows_of(name, before)
    return [row for place, row in rows_of(name, after).items() if place not in old or old[place] != row]


def postings(entry: Entry) -> Iterator[Row]:
    for number, move in enumerate(entry.moves):
        for sign, account in ((-1, move.given_by), (1, move.received_by)):
            values = {
                "account": account,
                "item": move.item,
                "unit": move.unit,
                "act": entry.act,
                "amount": sign * Decimal(move.amount),
                "at": entry.happened_at,
            }
            yield Row(table.Posting, f"{entry.act}/{number}/{'given' if sign < 0 else 'received'}", values)


@cache
def upsert(model: type[table.Register], entry: str = "") -> tuple[str, tuple[str, ...]]:
    """INSERT ... ON CONFLICT for a register table; the same statement serves SQLite and PostgreSQL.

    ``entry`` is SQL that takes the place of the entry's number, when that is not known yet.
    """
    fields = [f for f in model._meta.concrete_fields if isinstance(f, orm.Field)]
    columns = [f'"{f.column}"' for f in fields]
    updates = ", ".join(f"{c} = excluded.{c}" for c in columns if c != '"key"')
    marks = ", ".join(entry if entry and f.name == "entry" else "%s" for f in fields)
    sql = (
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({marks})'  # noqa: S608
        f' ON CONFLICT ("key") DO UPDATE SET {updates}'
    )
    return sql, tuple(f.name for f in fields if not entry or f.name != "entry")


def _subject(name: str, kind: str, code: str, sheet: Any) -> Row:
    state = getattr(sheet, "decision", "") or getattr(sheet, "status", "")
    about = getattr(sheet, "title", "") or getattr(sheet, "name", "") or getattr(sheet, "journey", "")
    values = {"kind": kind, "code": code, "site": sheet.owner, "state": state, "about": about[:160]}
    return Row(table.Subject, name, values)


@rows_for("site")
def _site(code: str, site: Any) -> Iterator[Row]:
    roles = " ".join(role for role, _, _ in site.roles)
    values = {"code": code, "name": site.name, "country": site.country, "zone": site.zone}
    yield Row(table.Site, code, {**values, "control": site.control, "roles": roles})
    for n, held in enumerate(site.authorisations):
        values = {"site": code, "number": held.number, "authority": held.authority, "basis": held.basis}
        values |= {"product": held.product, "from_on": held.from_on, "to_on": held.to_on}
        yield Row(table.Authorisation, f"{code}/{n}", values)
    for n, (product, from_on, until_on) in enumerate(site.qualified):
        stopped = dict(site.suspended).get(product)
        values = {"site": code, "product": product, "from_on": from_on, "until_on": until_on}
        yield Row(table.Qualification, f"{code}/{n}", {**values, "suspended_on": stopped})


@rows_for("masterfile")
def _masterfile(code: str, kept: Any) -> Iterator[Row]:
    for edition in kept.editions:
        for site, version in edition.annexes:
            values = {"product": code, "edition": edition.number, "site": site, "process_version": version}
            yield Row(table.Annex, f"{code}/{edition.number}/{site}", {**values, "from_on": edition.from_on})


@rows_for("person")
def _person(code: str, person: Any) -> Iterator[Row]:
    yield Row(table.Person, code, {"code": code, "name": person.name, "site": person.home})
    for n, grant in enumerate(person.grants):
        values = {"person": code, "role": str(grant.role), "site": grant.site, "from_on": grant.from_on}
        yield Row(table.Role, f"{code}/{n}", {**values, "to_on": grant.to_on, "emergency": grant.emergency})
    for n, made in enumerate(person.trainings):
        values = {"person": code, "procedure": made.procedure, "number": made.version}
        yield Row(table.Training, f"{code}/{n}", {**values, "until_on": made.until_on})
    for n, named in enumerate(person.delegations):
        values = {"person": code, "product": named.product, "site": named.site, "from_on": named.from_on}
        yield Row(table.Delegation, f"{code}/{n}", {**values, "to_on": named.to_on})


@rows_for("material")
def _material(code: str, lot: Any) -> Iterator[Row]:
    values = {"code": code, "kind": lot.kind, "status": lot.status, "site": lot.owner, "unit": lot.unit}
    more = {"maker_lot": lot.maker_lot, "expires_on": lot.expires_on, "left": lot.left}
    yield Row(table.Material, code, {**values, **more})


@rows_for("equipment")
def _equipment(code: str, found: Any) -> Iterator[Row]:
    values = {"code": code, "kind": found.kind, "site": found.owner}
    yield Row(table.Equipment, code, {**values, "calibrated_until": found.calibrated_until, "retired": found.retired})


@rows_for("campaign")
def _campaign(code: str, campaign: Any) -> Iterator[Row]:
    values = {"code": code, "site": campaign.owner, "process": campaign.process, "lots": len(campaign.lots)}
    yield Row(table.Campaign, code, {**values, "opened_at": campaign.opened_at})


def _carried(held: Any) -> dict[str, Any]:
    """Where a thing is bound for since when, and what keeps it from use: a signature out or in, damage not judged."""
    custody = "dispatching" if held.sending_to else "receiving" if held.receipt_open else ""
    sent_at = held.last_at if held.bound_for else None
    values = {"bound_for": held.bound_for, "transfer": held.transfer, "sent_at": sent_at}
    return {**values, "custody": custody or ("damaged" if held.damaged else "")}


def _certified(batch: Any) -> str:
    """The stage of the newest certificate that still speaks of everything done."""
    fresh = batch.certificates and batch.changed_version <= batch.certified_version
    return str(batch.certificates[-1][0]) if fresh else ""


def _progress(tested: Any) -> dict[str, Any]:
    """How far the testing of a batch or lot has come."""
    found = tested.requirements().values()
    worst = next((w for w in ("fail", "undecided", "missing") if w in found), "pass" if found else "")
    unsampled = [c.test for c in tested.criteria if tested.result(c.test) is None]
    reviewed = tested.reviewed_version >= tested.changed_version > 0
    return {"unsampled": " ".join(unsampled)[:500], "verdict": worst, "trail_reviewed": reviewed}


@rows_for("lot")
def _lot(code: str, lot: Any) -> Iterator[Row]:
    titre = lot.titre
    values = {
        "code": code,
        "site": lot.owner,
        "campaign": lot.campaign,
        "process": lot.process,
        "process_version": lot.process_version,
        "decision": lot.decision,
        "recalled": lot.recalled,
        "cell_bank": lot.cell_bank,
        "plasmids": " ".join(lot.plasmids),
        "harvested_at": lot.harvested_at,
        "expires_on": lot.expires_on,
        "volume_ml": lot.volume_ml,
        "titre_tu_per_ml": titre.value if titre else None,
        "titre_uncertainty_pct": titre.uncertainty_pct if titre else None,
        "titre_method": titre.method if titre else "",
        "titre_cell_line": titre.cell_line if titre else "",
        "containers": len(lot.containers),
        **_progress(lot),
    }
    yield Row(table.Lot, code, values)
    yield from _tested(f"lot:{code}", lot)


@rows_for("container")
def _container(code: str, held: Any) -> Iterator[Row]:
    values = {
        "code": code,
        "lot": held.lot,
        "site": held.owner,
        "allocated_to": held.allocated_to,
        "journey": held.journey,
        "spent_in": held.spent_in,
        **_carried(held),
        "volume_ml": held.volume_ml,
    }
    yield Row(table.Container, code, values)


@rows_for("journey")
def _journey(code: str, journey: Any) -> Iterator[Row]:
    first = journey.infusions[0].at if journey.infusions else None
    values = {
        "code": code,
        "site": journey.owner,
        "process": journey.process,
        "coi": journey.coi,
        "sex": journey.sex,
        "station": journey.stations[-1][0] if journey.stations else "",
        "batch": journey.batches[-1] if journey.batches else "",
        "age_months": journey.age_months,
        "weight_kg": journey.weight_kg,
        "slot_on": journey.slot_on,
        "referred_at": journey.referred_at,
        "infused_at": first,
        "withdrawn": journey.withdrawn,
        "erased": journey.erased,
        "died_on": journey.died_on,
        "own_consent_on": referral.own_consent_from(journey),
    }
    yield Row(table.Journey, code, values)
    for n, (station, at, site) in enumerate(journey.stations):
        yield Row(table.Station, f"{code}/{n}", {"journey": code, "name": station, "at": at, "site": site})
    for n, grade in enumerate(journey.grades):
        values = {"journey": code, "kind": grade.scale, "value": str(grade.grade), "at": grade.at}
        yield Row(table.Outcome, f"{code}/grade/{n}", values)
    for n, (kind, value, at) in enumerate(journey.events):
        yield Row(table.Outcome, f"{code}/event/{n}", {"journey": code, "kind": kind, "value": value, "at": at})
    if first:
        seen = dict(journey.visits)
        for visit in followup.schedule(first.date()):
            values = {"journey": code, "visit": visit.code, "due_on": visit.due_on, "from_on": visit.from_on}
            values |= {"to_on": visit.to_on, "seen_on": seen.get(visit.code), "site": journey.owner}
            yield Row(table.Visit, f"{code}/{visit.code}", values)


@rows_for("collection")
def _collection(code: str, bag: Any) -> Iterator[Row]:
    values = {
        "code": code,
        "journey": bag.journey,
        "coi": bag.coi,
        "site": bag.owner,
        "used_in": bag.used_in,
        **_carried(bag),
        "collected_at": bag.collected_at,
        "labelled_at": bag.labelled_at,
        "accepted_at": bag.accepted_at,
        "use_by": bag.use_by(),
        "volume_ml": bag.volume_ml,
        "cd3_e6": bag.cd3_e6,
        "viability_pct": bag.viability_pct,
    }
    yield Row(table.Collection, code, values)


@rows_for("batch")
def _batch(code: str, batch: Any) -> Iterator[Row]:
    phase = batch.next_phase()
    values = {
        "code": code,
        "site": batch.owner,
        "journey": batch.journey,
        "coi": batch.coi,
        "collection": batch.collection,
        "process": batch.process,
        "process_version": batch.process_version,
        "edition": batch.edition,
        "authorisation": batch.authorisation,
        "container": batch.container,
        "phase": phase["code"] if phase else "",
        "decision": batch.decision,
        "alarm": batch.alarm,
        "on_hold": batch.on_hold,
        "started_at": batch.started_at,
        "harvested_at": batch.harvested_at,
        "released_at": batch.released_at,
        "awaiting": " ".join(batch.awaiting_verification())[:300],
        "supply_step": batch.supply[-1][0] if batch.supply else "",
        "certified": _certified(batch),
        "cells_e6": batch.cells_e6,
        "weight_kg": batch.weight_kg,
        "steps_done": len(batch.steps),
        "steps_all": len(batch.phases),
        "reconciled": batch.reconciled,
        "purpose": batch.purpose,
        "donation": batch.donation,
        "simulated": batch.simulated,
        **_progress(batch),
    }
    yield Row(table.Batch, code, values)
    for done in batch.steps:
        values = {"batch": code, "phase": done.phase, "by": done.by, "at": done.at}
        values |= {"verified_by": done.verified_by, "equipment": done.equipment}
        yield Row(table.Step, f"{code}/{done.phase}", values)
    for n, (stage, by, at) in enumerate(batch.certificates):
        yield Row(table.Certificate, f"{code}/{n}", {"batch": code, "stage": stage, "by": by, "at": at})
    yield from _tested(f"batch:{code}", batch)


def _result(name: str, tested: Any, result: Any) -> dict[str, Any]:
    limit = tested.criterion(result.test)
    measured = isinstance(result.value, Quantity)
    amount, unit = None, limit.unit
    if measured and (not limit.per_kg or tested.weight_kg):
        amount, unit = compared(limit, result.value, tested.weight_kg)
        amount = amount.quantize(FINEST) if abs(amount) < MOST else None
    return {
        "of": name, "test": result.test, "sample": result.sample, "status": result.status, "outcome": result.outcome,
        "value": str(result.value or ""), "method": result.method, "by": result.by,
        "arithmetic": result.arithmetic[:200],
        "site": tested.owner, "process": tested.process, "journey": getattr(tested, "journey", ""),
        "at": result.at, "sampled_at": result.sampled_at, "due_at": result.due_at, "attempt": result.attempt,
        "verified_by": result.verified_by, "verified_at": result.verified_at,
        "superseded": result in tested.superseded, "amount": amount,
        "comparator": result.value.comparator if measured else "",
        "attribute": limit.attribute[:120], "op": limit.op, "limit": limit.limit[:80], "high": limit.high[:80],
        "unit": unit, "late": limit.late, "per_kg": limit.per_kg,
    }  # fmt: skip


def _tested(name: str, tested: Any) -> Iterator[Row]:
    for result in (*tested.superseded, *tested.results):
        yield Row(table.Result, f"{name}/{result.test}/{result.attempt}", _result(name, tested, result))
    for deviation in tested.deviations:
        values = {
            "of": name,
            "code": deviation.code,
            "what": deviation.what,
            "severity": deviation.severity,
            "disposition": deviation.disposition,
            "closed_by": deviation.closed_by,
            "opened_by": deviation.opened_by,
            "opened_at": deviation.opened_at,
        }
        yield Row(table.Deviation, f"{name}/{deviation.code}", values)
    for n, found in enumerate(tested.investigations):
        values = {
            "of": name,
            "test": found.test,
            "conclusion": found.conclusion,
            "closed_by": found.closed_by,
        }
        yield Row(table.Investigation, f"{name}/{n}", {**values, "opened_at": found.opened_at})


@rows_for("attachment")
def _attachment(code: str, held: Any) -> Iterator[Row]:
    values = {"code": code, "of": held.of, "item": held.item, "sha256": held.sha256, "name": held.name}
    values |= {"media_type": held.media_type, "size": held.size, "shows": held.shows, "by": held.by}
    yield Row(table.Attachment, code, {**values, "at": held.at, "withdrawn": held.withdrawn})


@rows_for("label")
def _label(code: str, label: Any) -> Iterator[Row]:
    names = "kind of thing account coi language size scheme status run copy printed_at".split()
    yield Row(table.Label, code, {"code": code, "site": label.owner, **{name: getattr(label, name) for name in names}})


@rows_for("dose")
def _dose(code: str, dose: Any) -> Iterator[Row]:
    values = {
        "code": code,
        "batch": dose.batch,
        "journey": dose.journey,
        "coi": dose.coi,
        "site": dose.owner,
        **_carried(dose),
        "part": dose.part,
        "cells_e6": dose.cells_e6,
        "volume_ml": dose.volume_ml,
        "decision": dose.decision,
        "use_by": dose.use_by,
        "given_at": dose.given_at,
    }
    yield Row(table.Dose, code, values)


@rows_for("arrival")
def _arrival(code: str, found: Any) -> Iterator[Row]:
    names = "what from_site number of status place seal intact booked_by booked_at dispatched_at cosigned released"
    values = {name: getattr(found, name) for name in names.split()}
    yield Row(table.Arrival, code, {"code": code, "site": found.owner, **values})
