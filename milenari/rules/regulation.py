"""Regulation: what the law of a country asks for, as versioned data, with how each requirement stands and until when.

Nothing of it is written in code: the map is loaded by signed acts, each item with its source and whether that source
was read. Items may be gates: on a site's going live, and on what crosses a border. Regulation (EC) 1394/2007 Article
28(2), Directive 2009/41/EC and others stand in the data, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.network import Site
from milenari.words import CODE, Facts, Meaning, Role

LEGAL_BASES = ("hospital-exemption", "clinical-trial", "import-export", "gmo", "tissue", "health-data", "manufacture")
GATES = ("none", "go-live", "export", "import")
STANDS = ("open", "in-progress", "met", "not-applicable")
READ = ("source-read", "recomputed", "unverified")
ITEM_KEYS = ("code", "basis", "requirement", "source", "read", "gate")
MORE_KEYS = ("products", "things", "state", "evidence", "owner", "from_on", "to_on")
THINGS = ("container", "collection", "dose")


@dataclass(frozen=True)
class Requirement:
    """One requirement of a country as it stood from a day on."""

    code: str
    basis: str
    requirement: str
    source: str
    read: str
    gate: str
    products: tuple[str, ...]  # none named means every product
    things: tuple[str, ...]  # of a border gate: what is carried; none named means everything
    state: str
    evidence: str
    owner: str
    from_on: date | None
    to_on: date | None
    entered_on: date
    entered_by: str

    def holds(self, on: date) -> bool:
        """Whether it is met on that day, or asks for nothing."""
        begun = self.from_on is None or self.from_on <= on
        return self.state == "not-applicable" or (
            self.state == "met" and begun and (self.to_on is None or on <= self.to_on)
        )


@sheet("regulation")
class Regulation(Sheet):
    """The regulatory map of one country, with all that was ever entered, oldest first."""

    entered: tuple[Requirement, ...] = ()

    def current(self) -> list[Requirement]:
        """Each requirement as it was last entered."""
        return list({r.code: r for r in self.entered}.values())

    def find(self, code: str) -> Requirement | None:
        """One requirement as it was last entered."""
        return next((r for r in reversed(self.entered) if r.code == code), None)

    def changed_since(self, on: date) -> list[tuple[Requirement | None, Requirement]]:
        """What was entered on or after a day: as it had been before that day, and as it is now."""
        before = {r.code: r for r in self.entered if r.entered_on < on}
        now = {r.code: r for r in self.entered if r.entered_on >= on}
        return [(before.get(code), found) for code, found in now.items()]

    def gates(self, gate: str, product: str, thing: str = "") -> list[Requirement]:
        """What stands at a gate for a product, and at a border for one kind of thing."""
        return [
            r for r in self.current()
            if r.gate == gate and (not product or not r.products or product in r.products)
            and (not thing or not r.things or thing in r.things)
        ]  # fmt: skip


@action("amend-regulatory-map", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class AmendRegulatoryMap(Action):
    """Enter requirements into a country's regulatory map, or enter them anew as they read now."""

    regulation: str = f.ref("regulation", label="Regulatory map", touch=True, help="country code such as IT")
    requirements: Facts = f.document("Requirements")


@action("state-requirement", roles=(Role.QA,), meaning=Meaning.APPROVED)
class StateRequirement(Action):
    """State how a requirement of the regulatory map stands now, on what evidence and between which days."""

    regulation: str = f.ref("regulation", label="Regulatory map", touch=True)
    item: str = f.code("Requirement")
    state: str = f.choice(STANDS, "State of the requirement")
    evidence: str = f.text("Evidence", required=False, longest=600)
    from_on: date | None = f.on("Valid from", required=False)
    to_on: date | None = f.on("Valid to", required=False)


@checks(AmendRegulatoryMap)
def _amend(act: AmendRegulatoryMap, asking: Asking, book: Book) -> None:
    _require_country(act.regulation, asking, book)
    listed = act.requirements.get("requirements") if isinstance(act.requirements, dict) else None
    if not isinstance(listed, list) or not listed:
        raise Refused("map-unreadable", where="requirements", fault="is missing, empty or no list")
    codes = [_read(f"requirement {n}", item) for n, item in enumerate(listed, 1)]
    twice = sorted({c for c in codes if codes.count(c) > 1})
    refuse_if(twice, "map-unreadable", where=", ".join(twice), fault="stands there twice")


def _require_country(country: str, asking: Asking, book: Book) -> None:
    """The map of a country is kept by a site of that country, or by the control site."""
    here: Site = known(book, f"site:{asking.site}")
    known(book, f"country:{country}")
    refuse_if(here.country != country and not here.control, "map-of-another-country", country=country,
              site=asking.site)  # fmt: skip


def _read(where: str, item: Any) -> str:
    if not isinstance(item, dict):
        raise Refused("map-unreadable", where=where, fault="is not a mapping")
    lacking = [key for key in ITEM_KEYS if not item.get(key)]
    refuse_if(lacking, "map-unreadable", where=where, fault=f"has no {', '.join(lacking)}")
    unknown = sorted(set(item) - {*ITEM_KEYS, *MORE_KEYS})
    refuse_if(unknown, "map-unreadable", where=where, fault=f"has unknown {', '.join(unknown)}")
    refuse_if(not CODE.match(str(item["code"])), "map-unreadable", where=where, fault="has a code that is none")
    for key, options in (("basis", LEGAL_BASES), ("read", READ), ("gate", GATES), ("state", STANDS)):
        refuse_if(item.get(key, "open") not in options, "map-unreadable", where=where,
                  fault=f"has a {key} that is none of {', '.join(options)}")  # fmt: skip
    for key in ("products", "things"):
        good = isinstance(item.get(key, []), list) and all(isinstance(x, str) for x in item.get(key, []))
        refuse_if(not good, "map-unreadable", where=where, fault=f"has {key} that are no list of codes")
    strange = sorted(set(item.get("things", [])) - set(THINGS))
    refuse_if(strange, "map-unreadable", where=where, fault=f"names things nobody carries: {', '.join(strange)}")
    days = [_day(where, key, item.get(key)) for key in ("from_on", "to_on")]
    refuse_if(days[0] and days[1] and days[1] < days[0], "dates-reversed", field="to_on")
    return str(item["code"])


def _day(where: str, key: str, text: Any) -> date | None:
    if text in (None, ""):
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError as fault:
        raise Refused("map-unreadable", where=where, fault=f"has a {key} that is no day") from fault


@checks(StateRequirement)
def _state(act: StateRequirement, asking: Asking, book: Book) -> None:
    _require_country(act.regulation, asking, book)
    found: Regulation = known(book, act.about)
    refuse_if(found.find(act.item) is None, "requirement-unknown", country=act.regulation, item=act.item)
    refuse_if(act.state == "met" and not act.evidence, "requirement-without-evidence", item=act.item)
    refuse_if(act.from_on and act.to_on and act.to_on < act.from_on, "dates-reversed", field="to_on")


# -- gates ----------------------------------------------------------------------------------------------


def go_live_reasons(book: Book, site: Site, product: str, on: date) -> Iterator[Refused]:
    """The requirements of the site's country that stand between it and its first patient, not met that day."""
    for asked in book.sheet(f"regulation:{site.country}").gates("go-live", product):
        if not asked.holds(on):
            yield Refused("requirement-not-met", country=site.country, item=asked.code, requirement=asked.requirement,
                          state=asked.state, to_on=asked.to_on)  # fmt: skip


def require_permits(book: Book, from_site: str, to_site: str, what: str, product: str, on: date) -> None:
    """Refuse to send across a border without the permits that either country's map asks for."""
    leaving, arriving = (book.sheet(f"site:{code}").country for code in (from_site, to_site))
    if leaving == arriving:
        return
    thing = what.partition(":")[0]
    for gate, country in (("export", leaving), ("import", arriving)):
        for asked in book.sheet(f"regulation:{country}").gates(gate, product, thing):
            refuse_if(not asked.holds(on), "permit-missing", country=country, item=asked.code, subject=what,
                      requirement=asked.requirement, state=asked.state)  # fmt: skip


@applies(AmendRegulatoryMap, "regulation")
def _(held: Regulation, act: AmendRegulatoryMap, entry: Entry) -> Regulation:
    made = tuple(
        Requirement(
            code=item["code"], basis=item["basis"], requirement=item["requirement"], source=item["source"],
            read=item["read"], gate=item["gate"], products=tuple(item.get("products", ())),
            things=tuple(item.get("things", ())), state=item.get("state", "open"),
            evidence=item.get("evidence", ""), owner=item.get("owner", ""),
            from_on=_day("", "", item.get("from_on")), to_on=_day("", "", item.get("to_on")),
            entered_on=entry.today, entered_by=entry.by,
        )
        for item in act.requirements["requirements"]
    )  # fmt: skip
    return replace(held, entered=(*held.entered, *made))


@applies(StateRequirement, "regulation")
def _(held: Regulation, act: StateRequirement, entry: Entry) -> Regulation:
    last = held.find(act.item)
    if last is None:
        return held
    made = replace(last, state=act.state, evidence=act.evidence, from_on=act.from_on, to_on=act.to_on,
                   entered_on=entry.today, entered_by=entry.by)  # fmt: skip
    return replace(held, entered=(*held.entered, made))
