"""Procedure: the master recipe, its specification and dosing protocol, and the network's master file.

ISA-88 levels: the master recipe is versioned data; a batch receives a frozen copy (the control recipe).
Governing requirements: ISA-88.00.01; Directive (EU) 2017/1572; UK SI 2025/87 (master file, site annexes).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.change import require_effected
from milenari.rules.network import control_site
from milenari.rules.room import workplace_fault
from milenari.rules.specification import OPS, PASS, Criterion, judge, read_specification
from milenari.words import UNITS, Facts, Meaning, Quantity, Role

PHASE_KEYS = {
    "code", "unit_procedure", "operation", "phase", "readings", "equipment", "materials", "verify",
    "vector", "within_h", "instruction", "room", "clearance",
}  # fmt: skip
PROTOCOL_KEYS = (
    "name",
    "min_interval_h",
    "max_interval_d",
    "max_crs",
    "max_icans",
    "weight_max_age_d",
    "capd_below_years",
    "b_cell_aplasia_below_per_ul",
)
KINDS = ("cell-product", "vector")
READING_KEYS = {"code", "label", "units", "low", "high", "op", "limit", "limit_high", "options"}


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProcessVersion:
    """An approved recipe and the day on which a newer one superseded it."""

    number: str
    recipe: Facts
    approved_on: date
    approved_by: str
    superseded_on: date | None = None


@sheet("process")
class Process(Sheet):
    """A product's process with all versions it ever had."""

    title: str = ""
    versions: tuple[ProcessVersion, ...] = ()

    def find(self, number: str) -> ProcessVersion | None:
        return next((v for v in self.versions if v.number == number), None)

    def require(self, product: str, number: str) -> ProcessVersion:
        """The version, if it is in force; Refused otherwise."""
        version = self.find(number)
        if version is None or version.superseded_on is not None:
            raise Refused("process-version-superseded", process=product, number=number)
        return version

    def current(self) -> ProcessVersion | None:
        return next((v for v in reversed(self.versions) if v.superseded_on is None), None)


@dataclass(frozen=True)
class Edition:
    """Which site works under which process version, from a day on."""

    number: str
    annexes: tuple[tuple[str, str], ...]  # site, process version in force there
    from_on: date


@sheet("masterfile")
class MasterFile(Sheet):
    """The editions of one product's master file, oldest first."""

    editions: tuple[Edition, ...] = ()

    def effective(self, on: date) -> Edition | None:
        begun = [e for e in self.editions if e.from_on <= on]
        return begun[-1] if begun else None


# -- actions --------------------------------------------------------------------------------------------


@action("approve-process", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ApproveProcess(Action):
    """Approve a version of a process: recipe, specification and protocol as data; supersedes the last."""

    process: str = f.ref("process", label="Process", touch=True)
    number: str = f.code("Version")
    title: str = f.text("Title", longest=160)
    recipe: Facts = f.document("Master recipe")
    change: str = f.ref("change", label="Change it comes from", required=False)


@action("effect-master-file", roles=(Role.QA,), meaning=Meaning.APPROVED)
class EffectMasterFile(Action):
    """Put an edition of the master file in force: which site works under which process version."""

    masterfile: str = f.ref("masterfile", label="Product", touch=True)
    number: str = f.code("Edition")
    annexes: Facts = f.document("Site annexes", help="site code and process version, such as {ROM: 2}")
    from_on: date = f.on("In force from")


# -- checks ---------------------------------------------------------------------------------------------


@checks(ApproveProcess)
def _approve(act: ApproveProcess, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    process: Process = book.sheet(act.about)
    refuse_if(process.find(act.number), "subject-exists", kind="process version", code=act.number)
    read_recipe(act.recipe)
    require_effected(book, act.change)


@checks(EffectMasterFile)
def _effect(act: EffectMasterFile, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    process: Process = known(book, f"process:{act.masterfile}")
    refuse_if(not isinstance(act.annexes, dict) or not act.annexes, "annexes-unreadable")
    for site, number in act.annexes.items():
        known(book, f"site:{site}")
        version = process.find(str(number))
        refuse_if(not version, "process-version-unknown", process=act.masterfile, number=number)
        refuse_if(version and version.superseded_on, "process-version-superseded",
                  process=act.masterfile, number=number)  # fmt: skip
    taken = any(e.number == act.number for e in book.sheet(act.about).editions)
    refuse_if(taken, "subject-exists", kind="edition", code=act.number)
    last = book.sheet(act.about).editions[-1:]
    refuse_if(last and act.from_on < last[0].from_on, "before-its-cause", cause="last edition",
              cause_at=last[0].from_on if last else "", happened_at=act.from_on)  # fmt: skip


def read_recipe(recipe: Any) -> tuple[Criterion, ...]:
    """Refuse a recipe that could not be executed, saying where; returns its specification."""
    if not isinstance(recipe, dict):
        raise Refused("recipe-unreadable", where="recipe", fault="is not a mapping")
    for key in ("kind", "training", "phases", "specification"):
        refuse_if(key not in recipe, "recipe-unreadable", where=key, fault="is missing")
    refuse_if(recipe["kind"] not in KINDS, "recipe-unreadable", where="kind",
              fault=f"is none of {', '.join(KINDS)}")  # fmt: skip
    training = recipe["training"]
    trained = isinstance(training, dict) and training.get("procedure") and training.get("version")
    refuse_if(not trained, "recipe-unreadable", where="training", fault="names no procedure and version")
    refuse_if(not isinstance(recipe["phases"], list), "recipe-unreadable", where="phases", fault="is no list")
    seen: set[str] = set()
    for number, phase in enumerate(recipe["phases"], 1):
        where = f"phase {number}"
        refuse_if(not isinstance(phase, dict), "recipe-unreadable", where=where, fault="is not a mapping")
        for key in ("code", "unit_procedure", "operation", "phase"):
            refuse_if(not phase.get(key), "recipe-unreadable", where=where, fault=f"has no {key}")
        refuse_if(phase["code"] in seen, "recipe-unreadable", where=where, fault="has a code already used")
        refuse_if(set(phase) - PHASE_KEYS, "recipe-unreadable", where=where,
                  fault=f"has unknown {', '.join(sorted(set(phase) - PHASE_KEYS))}")  # fmt: skip
        seen.add(phase["code"])
        if "within_h" in phase:
            _whole(where, "within_h", phase["within_h"])
        refuse_if(not isinstance(phase.get("instruction", ""), str), "recipe-unreadable", where=where,
                  fault="has an instruction that is no text")  # fmt: skip
        listed = [phase.get(key, []) for key in ("readings", "materials")]
        refuse_if(not all(isinstance(x, list) for x in listed), "recipe-unreadable", where=where,
                  fault="has readings or materials that are no list")  # fmt: skip
        placed = workplace_fault(phase)
        refuse_if(placed, "recipe-unreadable", where=where, fault=placed)
        names = [_read_reading(where, reading) for reading in phase.get("readings", [])]
        refuse_if(len(set(names)) < len(names), "recipe-unreadable", where=where, fault="has a reading twice")
    if recipe["kind"] == "cell-product":
        _read_product(recipe)
    return read_specification(recipe["specification"])


def _read_product(recipe: Facts) -> None:
    """What only a patient's product has: the dosing protocol and how long its cells may wait."""
    refuse_if(not recipe["phases"], "recipe-unreadable", where="phases", fault="is empty")
    protocol = recipe.get("protocol")
    refuse_if(not isinstance(protocol, dict), "recipe-unreadable", where="protocol", fault="is missing")
    missing = [k for k in PROTOCOL_KEYS if k not in recipe["protocol"]]
    refuse_if(missing, "recipe-unreadable", where="protocol", fault=f"has no {', '.join(missing)}")
    for key in (*PROTOCOL_KEYS[1:], "grade_max_age_h"):
        if key in recipe["protocol"]:
            _whole("protocol", key, recipe["protocol"][key])
    refuse_if("collection_hold_h" not in recipe, "recipe-unreadable", where="collection_hold_h",
              fault="is missing")  # fmt: skip
    hold = _whole("recipe", "collection_hold_h", recipe["collection_hold_h"])
    refuse_if(hold == 0, "recipe-unreadable", where="recipe", fault="allows no time to hold the collection")
    refuse_if("product_shelf_life_h" not in recipe, "recipe-unreadable", where="product_shelf_life_h",
              fault="is missing")  # fmt: skip
    life = _whole("recipe", "product_shelf_life_h", recipe["product_shelf_life_h"])
    refuse_if(life == 0, "recipe-unreadable", where="recipe", fault="gives the product no shelf life")
    _number("recipe", "reconciliation_tolerance_pct", recipe.get("reconciliation_tolerance_pct", "0"))
    fractions(recipe["protocol"])


def fractions(protocol: Facts) -> list[Decimal]:
    """10*6 cells per kg of each fraction, from per-kg doses or from shares of a planned dose.

    BE-01 as amended: 10/30/60 % of a planned dose; BE-02: 0.1, 0.3, 0.6, 2.0 x 10^6 per kg.
    """
    if protocol.get("per_kg"):
        doses = [_number("protocol", "per_kg", dose) for dose in protocol["per_kg"]]
    elif protocol.get("shares_pct") and "planned_per_kg" in protocol:
        planned = _number("protocol", "planned_per_kg", protocol["planned_per_kg"])
        shares = [_number("protocol", "shares_pct", share) for share in protocol["shares_pct"]]
        refuse_if(sum(shares) > 100, "recipe-unreadable", where="protocol", fault="shares exceed the whole")
        doses = [planned * share / 100 for share in shares]
    else:
        raise Refused("recipe-unreadable", where="protocol", fault="has neither per_kg nor shares_pct")
    refuse_if(any(d <= 0 for d in doses), "recipe-unreadable", where="protocol", fault="has an empty fraction")
    return doses


def _whole(where: str, key: str, value: Any) -> int:
    good = isinstance(value, (int, str)) and not isinstance(value, bool) and str(value).isdecimal()
    refuse_if(not good, "recipe-unreadable", where=where, fault=f"{key} is not a whole number")
    return int(value)


def _number(where: str, key: str, value: Any) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation as fault:
        raise Refused("recipe-unreadable", where=where, fault=f"{key} is not a decimal") from fault
    refuse_if(not found.is_finite() or isinstance(value, float), "recipe-unreadable", where=where,
              fault=f"{key} is not a decimal")  # fmt: skip
    return found


def _read_reading(phase: str, reading: Any) -> str:
    good = isinstance(reading, dict) and reading.get("code") and not set(reading) - READING_KEYS
    where = f"{phase}, reading {reading['code']}" if good else phase
    refuse_if(not good, "recipe-unreadable", where=where,
              fault="needs a code and may have " + ", ".join(sorted(READING_KEYS)))  # fmt: skip
    for unit in reading.get("units", []):
        refuse_if(unit not in UNITS, "recipe-unreadable", where=where, fault=f"unit {unit} is unknown")
    op = reading.get("op", "report")
    for key in ("low", "high", "limit", "limit_high"):
        if key in reading and op != "eq":
            _number(where, key, reading[key])
    needed = {"report": (), "between": ("limit", "limit_high")}.get(op, ("limit",))
    complete = op in OPS and all(reading.get(key) for key in needed)
    refuse_if(not complete, "recipe-unreadable", where=where, fault=f"cannot be compared by {op}")
    # A number without a unit is none; a word has no order.
    refuse_if(bool(reading.get("units")) == (op == "eq") and op != "report", "recipe-unreadable",
              where=where, fault=f"cannot be compared by {op} in {reading.get('units')}")  # fmt: skip
    return str(reading["code"])


def check_reading(defined: Facts, value: Quantity | str) -> Criterion | None:
    """Refuse a reading nature does not allow or of the wrong kind; return its limit as a criterion."""
    units = tuple(defined.get("units", ()))
    if units:
        if not isinstance(value, Quantity):
            raise Refused("reading-without-unit", field=defined["code"], units=list(units))
        low, high = (Decimal(defined[k]) if k in defined else None for k in ("low", "high"))
        try:
            f.bounded(defined["code"], value, units, low, high)
        except f.BadField as fault:
            raise Refused(fault.code, **fault.facts) from fault
    elif not isinstance(value, str):
        raise Refused("result-not-a-word", test=defined["code"], found=str(value))
    elif defined.get("options") and value not in defined["options"]:
        raise Refused("field-not-an-option", field=defined["code"], found=value, options=defined["options"])
    if "op" not in defined:
        return None
    return Criterion(
        test=defined["code"], attribute=defined.get("label", ""), method="", op=defined["op"],
        limit=defined.get("limit", ""), high=defined.get("limit_high", ""), unit=units[0] if units else "",
    )  # fmt: skip


def judged_readings(phase: Facts, readings: f.Readings) -> list[Finding]:
    """Every reading the phase asks for, and no other; one beyond its limit becomes a finding."""
    given, defined = dict(readings), {r["code"]: r for r in phase.get("readings", ())}
    unknown, lacking = sorted(set(given) - set(defined)), sorted(set(defined) - set(given))
    refuse_if(unknown, "reading-unknown", phase=phase["code"], readings=unknown)
    refuse_if(lacking, "reading-missing", phase=phase["code"], readings=lacking)
    found = []
    for code, value in given.items():
        criterion = check_reading(defined[code], value)
        if criterion is not None and judge(criterion, value).outcome != PASS:
            deviation = f"D-{phase['code']}-{code}"
            facts = {"phase": phase["code"], "reading": code, "found": str(value), "deviation": deviation}
            found.append(Finding("out-of-limit", facts))
    return found


def begun_late(phase: Facts, previous: datetime | None, at: datetime) -> list[Finding]:
    """A phase begun later after the previous one than the recipe allows."""
    if "within_h" not in phase or previous is None:
        return []
    hours = (at - previous).total_seconds() / 3600
    if hours <= int(phase["within_h"]):
        return []
    facts = {"phase": phase["code"], "hours": f"{hours:.1f}", "allowed": str(phase["within_h"]),
             "deviation": f"D-{phase['code']}-time"}  # fmt: skip
    return [Finding("hold-time-exceeded", facts)]


# -- applies --------------------------------------------------------------------------------------------


@applies(ApproveProcess, "process")
def _(process: Process, act: ApproveProcess, entry: Entry) -> Process:
    old = tuple(v if v.superseded_on else replace(v, superseded_on=entry.today) for v in process.versions)
    made = ProcessVersion(act.number, act.recipe, entry.today, entry.by)
    return replace(process, title=act.title, versions=(*old, made))


@applies(EffectMasterFile, "masterfile")
def _(master: MasterFile, act: EffectMasterFile, entry: Entry) -> MasterFile:
    annexes = tuple(sorted((site, str(number)) for site, number in act.annexes.items()))
    return replace(master, editions=(*master.editions, Edition(act.number, annexes, act.from_on)))
