"""Forms: one form for every action, drawn from its declared fields.

A box is one field as a template draws it: label, help, what was typed, units, physical bounds and the
sentence of a refusal that is its fault. Reading a form gives the action's data or raises Refused; the
limits themselves are judged by the rule alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.utils.safestring import SafeString

from milenari.journal import read
from milenari.registers import waiting
from milenari.rules.action import Action, Refused
from milenari.rules.carrier import thing_scanned
from milenari.rules.fields import Spec
from milenari.web import wording, zones
from milenari.web.access import Acting
from milenari.web.wording import vocabulary
from milenari.words import Facts, split_subject, subject

UNIT, WHICH = ".unit", ".which"
# Scanned at the bag or the bed: drawn large, and Enter goes to the next field instead of sending.
SCANNED = ("wristband", "label", "bag", "equipment", "container", "material", "collection", "what", "dose", "paper")
# Where a thing's own code is meant: a scan of its label, or of a step on a paper form, stands for that code.
THINGS = ("equipment", "material", "container", "paper")


@dataclass
class Box:
    name: str
    kind: str
    label: Any
    help: SafeString | str = ""
    required: bool = True
    value: str = ""
    unit: str = ""
    options: list[tuple[str, Any]] = field(default_factory=list)
    choices: list[waiting.Choice] = field(default_factory=list)
    low: Any = None
    high: Any = None
    bound_unit: str = ""
    limit: Any = None
    longest: int = 0
    scan: bool = False
    censored: bool = False
    twice: bool = False
    zone: str = ""
    error: SafeString | str = ""
    inside: list[Box] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"id_{self.name}"


class ActionForm:
    """The form of one action for one person at one site, over what was typed or prefilled."""

    def __init__(self, cls: type[Action], acting: Acting, typed: Mapping[str, str]) -> None:
        self.cls, self.acting, self.typed = cls, acting, typed

    def value(self, name: str) -> str:
        return str(self.typed.get(name, "")).strip()

    # -- drawing ----------------------------------------------------------------------------------------

    def boxes(self) -> list[Box]:
        return [self._box(name, spec) for name, spec in self.cls.fields.items() if not self._hidden(name)]

    def _hidden(self, name: str) -> bool:
        if self.cls.code == "refer-patient":
            return name in ("commitment", "age_months")
        if self.cls.code == "record-result" and name in ("number", "word"):
            # Of the two, only the one that the named test can take: a word has no unit to choose.
            found = self._criterion()
            return found is not None and found.op != "report" and (name == "number") is found.qualitative
        return False

    def _box(self, name: str, spec: Spec) -> Box:
        box = Box(
            name, spec.kind, wording.label(spec.label), wording.help_text(spec.help), spec.required,
            self.typed.get(name, ""), low=spec.low, high=spec.high, longest=spec.longest, zone=self.acting.zone,
            scan=name in SCANNED and spec.kind in ("code", "ref"), censored=spec.censored,
        )  # fmt: skip
        if spec.kind == "choice":
            table = vocabulary.ROLES if name in ("granted", "ended") else vocabulary.OPTIONS
            box.options = [(code, wording.word(table, code)) for code in spec.of]
        elif spec.kind == "quantity":
            self._units(box, spec)
        elif spec.kind == "ref":
            for kind in spec.of:
                box.choices += waiting.choices(kind, self.acting.site, full=len(spec.of) > 1)
        elif spec.kind == "readings":
            box.inside = self._readings()
        elif spec.kind == "at":
            box.twice = bool(self.typed.get(name + WHICH) is not None)
        elif name in ("test", "tests", "phase"):
            box.choices = [waiting.Choice(code) for code in self._codes(name)]
        if (self.cls.code, name) == ("record-result", "word"):
            found = self._criterion()
            box.options = [(word, wording.isolated(word)) for word in (found.options if found else ())]
        return box

    def _units(self, box: Box, spec: Spec) -> None:
        units = spec.of
        if self.cls.code == "record-result":
            found = self._criterion()
            if found:
                units = (found.unit.removesuffix("/kg") if found.per_kg else found.unit,) if found.unit else ()
                box.limit = found
        box.options = _units(units)
        box.unit = self.typed.get(box.name + UNIT, "") or (units[0] if len(units) == 1 else "")
        box.bound_unit = units[0] if len(units) == 1 else ""

    def _tested(self) -> Any:
        name = self.value("of")
        return read.sheet(name) if ":" in name and split_subject(name)[0] in ("batch", "lot") else None

    def _criterion(self) -> Any:
        tested = self._tested()
        return tested.criterion(self.value("test")) if tested is not None else None

    def _codes(self, name: str) -> list[str]:
        if name == "phase":
            batch = self.batch()
            if batch is None:
                return []
            following = batch.next_phase()
            due = batch.awaiting_verification()
            return list(due) if self.cls.code == "verify-step" else [following["code"]] if following else []
        tested = self._tested()
        return [c.test for c in tested.criteria] if tested is not None else []

    def batch(self) -> Any:
        """The batch that the form is about, if it names one that exists."""
        code = self.value("batch")
        found = read.sheet(subject("batch", code)) if code else None
        return found if found is not None and found.exists else None

    def _readings(self) -> list[Box]:
        batch = self.batch()
        phase = batch.next_phase() if batch is not None else None
        return [self._reading(defined) for defined in (phase or {}).get("readings", ())]

    def _reading(self, defined: Facts) -> Box:
        name = f"readings.{defined['code']}"
        units = tuple(defined.get("units", ()))
        box = Box(
            name, "quantity" if units else "choice" if defined.get("options") else "text",
            wording.isolated(defined["code"]), value=self.typed.get(name, ""), low=defined.get("low"),
            high=defined.get("high"), bound_unit=units[0] if len(units) == 1 else "",
            limit=defined if defined.get("op", "report") != "report" else None, longest=80,
        )  # fmt: skip
        if defined.get("label"):
            box.label = defined["label"]
        if units:
            box.options = _units(units)
            box.unit = self.typed.get(name + UNIT, "") or (units[0] if len(units) == 1 else "")
        else:
            box.options = [(word, word) for word in defined.get("options", ())]
        return box

    # -- reading ----------------------------------------------------------------------------------------

    def data(self) -> Facts:
        """What was typed as the action's data; Refused names the field at fault."""
        return {name: self._typed(name, spec) for name, spec in self.cls.fields.items()}

    def _typed(self, name: str, spec: Spec) -> Any:
        text = self.value(name)
        if name in THINGS and spec.kind in ("ref", "code") and len(spec.of) < 2 and text:
            text = thing_scanned(text.split()[0])
        if spec.kind == "quantity":
            return {"value": text, "unit": self.value(name + UNIT)} if text else None
        if spec.kind == "readings":
            return self._typed_readings()
        if spec.kind == "at":
            return zones.instant(name, text, self.acting.zone, self.value(name + WHICH)) if text else None
        if spec.kind == "document":
            return _document(name, text) if text else None
        if spec.kind == "ref" and len(spec.of) > 1 and text and ":" not in text:
            return waiting.resolve(text, spec.of)
        if spec.kind == "flag":
            return text or False
        return text or None

    def _typed_readings(self) -> Facts:
        found: Facts = {}
        for name in self.typed:
            if not name.startswith("readings.") or name.endswith(UNIT) or not self.value(name):
                continue
            code = name.removeprefix("readings.")
            unit = self.value(name + UNIT)
            found[code] = {"value": self.value(name), "unit": unit} if name + UNIT in self.typed else self.value(name)
        return found

    def happened_at(self) -> datetime | None:
        text = self.value("happened_at")
        if not text:
            return None
        return zones.instant("happened_at", text, self.acting.zone, self.value("happened_at" + WHICH))

    def subjects(self) -> list[str]:
        """The existing subjects that the fields name, as far as they are filled in."""
        found = []
        for name, spec in self.cls.fields.items():
            text = self.value(name)
            if spec.touch and spec.kind == "ref" and text:
                found.append(text if ":" in text else subject(spec.of[0], text))
        return found


def _units(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """UCUM codes with what people write; a single pure number needs no unit beside its field."""
    return [(code, wording.unit(code) or ("1" if len(codes) > 1 else "")) for code in codes]


def _document(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)  # refuses what is nested without end, which the standard library falls over
    except orjson.JSONDecodeError as fault:
        raise Refused(
            "document-unreadable", field=name, line=fault.lineno, column=fault.colno, fault=fault.msg
        ) from fault


# -- whose fault a refusal is ---------------------------------------------------------------------------

_FIELD_OF = {
    "reason-missing": ("reason",),
    "login-failed": ("password", "second"),
    "login-locked": ("password",),
    "second-factor-needed": ("second",),
    "subject-exists": ("journey", "batch", "lot", "campaign", "collection", "material", "equipment", "person", "site",
                       "deviation", "number"),
    "step-out-of-order": ("phase",),
    "reading-missing": ("readings",),
    "reading-unknown": ("readings",),
    "material-not-scanned": ("material",),
    "equipment-not-scanned": ("equipment",),
    "result-number-or-word": ("number", "word"),
    "result-not-a-word": ("word", "number"),
    "before-its-cause": ("happened_at",),
    "coi-taken": ("coi",),
    "process-version-not-in-force": ("process_version",),
    "recipe-unreadable": ("recipe",),
    "specification-unreadable": ("recipe",),
    "annexes-unreadable": ("annexes",),
    "country-rules-unreadable": ("rules",),
    "transfer-number-wrong": ("transfer",),
    "more-than-there-is": ("amount", "container_volume", "volume"),
    "cells-unaccounted": ("discarded",),
    "identity-incomplete": ("family_name",),
    "born-in-future": ("born_on",),
    "another-bag": ("bag",),
}  # fmt: skip
_WHAT_OF = {"wristband": "wristband", "bag label": "label", "vector container": "container", "collection": "collection"}


def at_fault(refused: Refused, boxes: Mapping[str, Any]) -> str:
    """The name of the box that a refusal is about, or nothing when it is about no single one."""
    facts = refused.facts
    told = str(facts.get("field", ""))
    for name in (
        told,
        f"readings.{told}",
        _WHAT_OF.get(str(facts.get("what", "")), ""),
        *_FIELD_OF.get(refused.code, ()),
    ):
        if name and name in boxes:
            return name
    for value in facts.values():
        matching = [name for name, box in boxes.items() if isinstance(value, str) and value and box.value in (
            value, value.partition(":")[2] or value)]  # fmt: skip
        if len(matching) == 1:
            return matching[0]
    return ""
