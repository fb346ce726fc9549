"""Protocol document: a trial's protocol as data, read strictly; no actions.

What nobody published is a parameter to be set: it stands in its place with no value, and whatever needs it refuses
until an amendment sets it. Every parameter and criterion names its source. The parts follow ICH M11 and ICH E6(R3)
appendix B (contents of a protocol; recalled and not re-read clause by clause).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules.action import Refused
from milenari.rules.protocol_units import READ_IN
from milenari.words import CODE, UNITS, Facts

ANCHORS = ("consent", "enrolment", "apheresis", "infusion")
CRITERIA = ("inclusion", "exclusion")
CONDITIONS = ("none", "no-crs", "no-crs-no-icans")
DENOMINATORS = ("enrolled", "infused")
CLOCKS = ("enrolment", "apheresis", "infusion")
ENDPOINTS = ("response", "time-to-event", "incidence", "level")
PARTS = ("guardian", "own", "data-use", "biobank")
BAND = ("code", "from_years", "to_years", "form_version", "required")
TO_BE_SET = "parameter-to-be-set"
SECTIONS = (
    "title", "phase", "product", "cohorts", "levels", "parameters", "eligibility", "visits", "endpoints", "analyses",
    "stopping", "consents", "countries",
)  # fmt: skip
MOST = 200


# -- what a document says -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter:
    """A value of the protocol with its unit and source; `value` is None where it is still to be set."""

    name: str
    value: Decimal | None
    unit: str
    source: str
    text: str = ""


@dataclass(frozen=True)
class PlannedVisit:
    """A visit as it is due: its day and window, or none of them while its anchor has not happened."""

    code: str
    title: str
    anchor: str
    forms: tuple[str, ...]
    due_on: date | None
    from_on: date | None
    to_on: date | None


@dataclass(frozen=True)
class Part:
    """One part of the consent: what it is for, the version of its form, and whether it is signed again by who is in."""

    code: str
    kind: str
    form_version: str
    languages: tuple[str, ...]
    required: bool
    again: bool


@dataclass(frozen=True)
class Band:
    """An age at which a country asks for the child's own word, by one form."""

    code: str
    from_years: int
    to_years: int
    form_version: str
    required: bool
    again: bool = False  # whether who has agreed by an older form is asked again by this one


def parameters(document: Facts) -> Iterator[Parameter]:
    """Every parameter wherever it stands, by a name that leads there."""
    yield from (_parameter(name, told) for name, told in document["parameters"].items())
    for level in document["levels"]:
        for key in ("dose", "low", "high"):
            yield _parameter(f"{level['code']}/{key}", level[key])
        for n, band in enumerate(level["bands"], 1):
            yield _parameter(f"{level['code']}/band-{n}", band["dose"])
        for fraction in level["fractions"]:
            yield _parameter(f"{level['code']}/{fraction['code']}", fraction["share"])
    for country, told in document["countries"].items():
        yield _parameter(f"{country}/majority-years", told["majority_years"])


def to_be_set(document: Facts) -> list[str]:
    """The names of what has no value yet, stopping boundaries among them."""
    lacking = [one.name for one in parameters(document) if one.value is None]
    return lacking + [f"stopping/{rule['code']}" for rule in document["stopping"] if not rule["boundary"]]


def parameter(document: Facts, name: str) -> Parameter:
    """A parameter by name; Refused when the protocol does not have it or has not set it."""
    found = next((one for one in parameters(document) if one.name == name), None)
    if found is None or found.value is None:
        raise Refused("parameter-to-be-set", parameter=name)
    return found


def level(document: Facts, code: str) -> Facts | None:
    """A dose level by its code."""
    return next((one for one in document["levels"] if one["code"] == code), None)


def parts(document: Facts) -> list[Part]:
    """The parts of the consent in their order."""
    return [
        Part(one["code"], one["kind"], one["form_version"], tuple(one["languages"]), one["required"], one["again"])
        for one in document["consents"]
    ]


def bands(document: Facts, country: str) -> list[Band]:
    """The assent bands of a country, youngest first; Refused when the protocol says nothing of the country."""
    if country not in document["countries"]:
        raise Refused("country-not-in-protocol", country=country)
    told = document["countries"][country]["bands"]
    return [Band(**{"again": False, **{name: b[name] for name in (*BAND, "again") if name in b}}) for b in told]


def majority(document: Facts, country: str) -> int:
    """The age in years at which one consents alone; Refused when it is not known."""
    bands(document, country)
    found = parameter(document, f"{country}/majority-years").value
    assert found is not None
    return int(found)


def visits(document: Facts, anchors: dict[str, date]) -> list[PlannedVisit]:
    """The schedule of assessments by the days on which its anchors happened; day 0 is the anchor's own day."""
    return [_planned(one, anchors.get(one["anchor"])) for one in document["visits"]]


def _planned(told: Facts, anchor: date | None) -> PlannedVisit:
    made = (told["code"], told["title"], told["anchor"], tuple(told["forms"]))
    if anchor is None:
        return PlannedVisit(*made, None, None, None)
    due = anchor + timedelta(days=told["day"])
    return PlannedVisit(*made, due, due - timedelta(days=told["minus"]), due + timedelta(days=told["plus"]))


def _parameter(name: str, told: Facts) -> Parameter:
    value = told["value"]
    return Parameter(
        name, None if value is None else Decimal(value), told["unit"], told["source"], told.get("text", "")
    )


# -- reading it -----------------------------------------------------------------------------------------


def read_document(told: Any) -> Facts:
    """The document when it is whole, or Refused with the place and the fault."""
    found = _keys("protocol", told, SECTIONS)
    for name in ("title", "phase", "product"):
        _words(name, found[name])
    _list("cohorts", found["cohorts"], _cohort, least=1)
    _list("levels", found["levels"], _level, least=1)
    if not isinstance(found["parameters"], dict):
        raise _bad("parameters", "is not a mapping")
    for name, one in found["parameters"].items():
        _read_parameter(f"parameter {name}", one, READ_IN.get(name, ""))
    _list("eligibility", found["eligibility"], _criterion, least=1)
    _list("visits", found["visits"], _visit, least=1)
    _list("endpoints", found["endpoints"], _endpoint)
    _list("analyses", found["analyses"], _analysis)
    _list("stopping", found["stopping"], _stopping)
    _list("consents", found["consents"], _part, least=1)
    if not isinstance(found["countries"], dict) or not found["countries"]:
        raise _bad("countries", "names no country")
    for country, one in found["countries"].items():
        _country(f"country {country}", one)
    _belongs(found)
    return found


def _belongs(found: Facts) -> None:
    """That what names something else names what is there."""
    levels = {one["code"] for one in found["levels"]}
    for cohort in found["cohorts"]:
        if strange := sorted(set(cohort["levels"]) - levels):
            raise _bad(f"cohort {cohort['code']}", f"names no dose level of the protocol: {', '.join(strange)}")
    endpoints = {one["code"] for one in found["endpoints"]}
    for analysis in found["analyses"]:
        if analysis["endpoint"] not in endpoints:
            raise _bad(f"analysis {analysis['code']}", "names no endpoint of the protocol")
    kinds = [one["kind"] for one in found["consents"] if one["required"]]
    for kind in ("guardian", "own"):
        if kind not in kinds:
            raise _bad("consents", f"has no required part of the kind {kind}")


def _cohort(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "title", "levels"))
    _words(f"{where}, title", one["title"])
    _codes(f"{where}, levels", one["levels"])


def _level(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "title", "dose", "low", "high", "bands", "fractions", "tokens"))
    _words(f"{where}, title", one["title"])
    for key in ("dose", "low", "high"):
        _read_parameter(f"{where}, {key}", one[key])
    _flag(f"{where}, tokens", one["tokens"])
    last = -1
    for n, band in enumerate(_rows(f"{where}, bands", one["bands"]), 1):
        here = f"{where}, band {n}"
        _keys(here, band, ("from_kg", "to_kg", "dose"))
        _read_parameter(f"{here}, dose", band["dose"])
        if not last < _whole(f"{here}, from_kg", band["from_kg"]) < _whole(f"{here}, to_kg", band["to_kg"]):
            raise _bad(here, "does not begin where the one before ends, or ends before it begins")
        last = band["to_kg"] - 1
    shares: list[Decimal | None] = []
    for fraction in _rows(f"{where}, fractions", one["fractions"]):
        here = f"{where}, fraction {fraction.get('code', '') if isinstance(fraction, dict) else ''}"
        _keys(here, fraction, ("code", "share", "condition"))
        _choice(f"{here}, condition", fraction["condition"], CONDITIONS)
        shares.append(_read_parameter(f"{here}, share", fraction["share"]))
    known = [share for share in shares if share is not None]
    if shares and len(known) == len(shares) and sum(known) != 100:
        raise _bad(f"{where}, fractions", "do not add up to 100 %")


def _criterion(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "kind", "text", "source"))
    _choice(f"{where}, kind", one["kind"], CRITERIA)
    for key in ("text", "source"):
        _words(f"{where}, {key}", one[key])


def _visit(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "title", "anchor", "day", "minus", "plus", "forms"))
    _words(f"{where}, title", one["title"])
    _choice(f"{where}, anchor", one["anchor"], ANCHORS)
    if type(one["day"]) is not int:
        raise _bad(f"{where}, day", "is no whole number")
    for key in ("minus", "plus"):
        _whole(f"{where}, {key}", one[key])
    _codes(f"{where}, forms", one["forms"])


def _endpoint(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "title", "kind", "clock", "denominators", "events", "censored", "source"))
    for key in ("title", "source"):
        _words(f"{where}, {key}", one[key])
    _choice(f"{where}, kind", one["kind"], ENDPOINTS)
    _choice(f"{where}, clock", one["clock"], CLOCKS)
    for chosen in _rows(f"{where}, denominators", one["denominators"]):
        _choice(f"{where}, denominators", chosen, DENOMINATORS)
    for key in ("events", "censored"):
        _codes(f"{where}, {key}", one[key])


def _analysis(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "endpoint", "method", "when"))
    for key in ("endpoint", "method", "when"):
        _words(f"{where}, {key}", one[key])


def _stopping(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "title", "event", "numerator", "denominator", "boundary", "source"))
    for key in ("title", "event", "numerator", "source"):
        _words(f"{where}, {key}", one[key])
    _choice(f"{where}, denominator", one["denominator"], DENOMINATORS)
    last = (0, 0)
    for pair in _rows(f"{where}, boundary", one["boundary"]):
        good = isinstance(pair, list) and len(pair) == 2 and all(type(n) is int for n in pair)
        if not good or not (pair[0] > last[0] and last[1] <= pair[1] <= pair[0]):
            raise _bad(f"{where}, boundary", "is no rising list of pairs of patients and events")
        last = (pair[0], pair[1])


def _part(where: str, told: Any) -> None:
    one = _keys(where, told, ("code", "kind", "form_version", "languages", "required", "again"))
    _choice(f"{where}, kind", one["kind"], PARTS)
    _code(f"{where}, form_version", one["form_version"])
    if not one["languages"]:
        raise _bad(f"{where}, languages", "names no language")
    _codes(f"{where}, languages", one["languages"])
    for key in ("required", "again"):
        _flag(f"{where}, {key}", one[key])


def _country(where: str, told: Any) -> None:
    one = _keys(where, told, ("majority_years", "bands"))
    _read_parameter(f"{where}, majority_years", one["majority_years"])
    last = -1
    for n, band in enumerate(_rows(f"{where}, bands", one["bands"]), 1):
        here = f"{where}, band {n}"
        _keys(here, band, (*BAND, "source"), also=("again",))
        _flag(f"{here}, again", band.get("again", False))
        _code(f"{here}, code", band["code"])
        _code(f"{here}, form_version", band["form_version"])
        _flag(f"{here}, required", band["required"])
        _words(f"{here}, source", band["source"])
        if (
            not last
            < _whole(f"{here}, from_years", band["from_years"])
            <= _whole(f"{here}, to_years", band["to_years"])
        ):
            raise _bad(here, "overlaps the one before, or ends before it begins")
        last = band["to_years"]


def _read_parameter(where: str, told: Any, unit: str = "") -> Decimal | None:
    one = _keys(where, told, ("value", "unit", "source"), also=("text",))
    if one["unit"] not in ([unit] if unit else [*UNITS, "a", "mg/m2"]):
        raise _bad(where, "has a unit that is not in use")
    _words(f"{where}, source", one["source"])
    if one["value"] is None:
        if one["source"] != TO_BE_SET and not one["source"].startswith(f"{TO_BE_SET}: "):
            raise _bad(where, f"has no value, and its source does not say {TO_BE_SET}")
        return None
    try:
        found = Decimal(one["value"]) if isinstance(one["value"], str) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise _bad(where, "has a value that is no decimal written as text, or below nought")
    return found


def _keys(where: str, told: Any, keys: tuple[str, ...], also: tuple[str, ...] = ()) -> Facts:
    if not isinstance(told, dict):
        raise _bad(where, "is not a mapping")
    if lacking := [key for key in keys if key not in told]:
        raise _bad(where, f"has no {', '.join(lacking)}")
    if unknown := sorted(set(told) - {*keys, *also}):
        raise _bad(where, f"has unknown {', '.join(unknown)}")
    if "code" in told:
        _code(f"{where}, code", told["code"])
    return told


def _list(name: str, told: Any, read: Any, least: int = 0) -> None:
    rows = _rows(name, told)
    if len(rows) < least:
        raise _bad(name, "has nothing in it")
    for number, one in enumerate(rows, 1):
        read(f"{name} {number}", one)
    codes = [one["code"] for one in rows]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise _bad(f"{name} {twice[0]}", "stands there twice")


def _rows(where: str, told: Any) -> list[Any]:
    if not isinstance(told, list) or len(told) > MOST:
        raise _bad(where, f"is no list of at most {MOST}")
    return told


def _codes(where: str, told: Any) -> None:
    for one in _rows(where, told):
        _code(where, one)


def _code(where: str, told: Any) -> None:
    if not isinstance(told, str) or not CODE.match(told):
        raise _bad(where, "is no code")


def _words(where: str, told: Any) -> None:
    if not isinstance(told, str) or not told.strip():
        raise _bad(where, "is no text, or empty")


def _flag(where: str, told: Any) -> None:
    if type(told) is not bool:
        raise _bad(where, "is neither true nor false")


def _whole(where: str, told: Any) -> int:
    if type(told) is not int or told < 0:
        raise _bad(where, "is no whole number from nought")
    return int(told)


def _choice(where: str, told: Any, options: tuple[str, ...]) -> None:
    if told not in options:
        raise _bad(where, f"is none of {', '.join(options)}")


def _bad(where: str, fault: str) -> Refused:
    return Refused("protocol-unreadable", field="document", where=where, fault=fault)
