"""The shared small vocabulary: ids, roles, meanings of a signature, quantities, limits.

Standard library only. Every room may import this file; it imports none of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

# Abbreviations that may appear in names; everything else is spelled out.
ABBREVIATIONS = (
    "VCN MOI TU CRS ICANS ICE CAPD QP QA QC CAPA OOS COI RCL CAR MRD IPC".split()
)  # fmt: skip


class Role(StrEnum):
    """What a person is authorised to act as at one site between two dates."""

    OPERATOR = "operator"
    QC_ANALYST = "qc-analyst"
    QA = "qa"
    QP = "qp"
    VECTOR_MANAGER = "vector-manager"
    APHERESIS_NURSE = "apheresis-nurse"
    WARD_NURSE = "ward-nurse"
    PHYSICIAN = "physician"
    TRAINER = "trainer"
    COORDINATOR = "coordinator"
    TRANSFER_LEAD = "transfer-lead"
    IT_ADMIN = "it-admin"
    # Of a trial: ICH E6(R3) names the investigator; the other two are the sponsor's.
    INVESTIGATOR = "investigator"
    DATA_MANAGER = "data-manager"
    STATISTICIAN = "statistician"
    # The node itself: founds its site and enrols the first officers, nothing else.
    NODE = "node"


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50(a)(3)); the list is closed."""

    PERFORMED = "performed"
    VERIFIED = "verified"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    QP_CERTIFIED = "qp-certified"
    RELEASED = "released"
    REJECTED = "rejected"


# UCUM codes in use -> what they measure. A reading in any other unit is refused.
# https://ucum.org ; annotations in braces carry the denominator or the thing counted.
UNITS: dict[str, str] = {
    "%": "share",
    "1": "number",
    "10*6": "cells",
    "10*6/kg": "cells per body weight",
    "10*6/mL": "cell concentration",
    "10*9/L": "cell concentration",
    "/uL": "cell concentration",
    "{copies}/{cell}": "vector copies per cell",
    "{copies}/{transduced cell}": "vector copies per transduced cell",
    "[EU]/mL": "endotoxin",
    "{TU}": "transducing units",
    "{TU}/mL": "functional titre",
    "{vp}/mL": "physical titre",
    "mL": "volume",
    "L": "volume",
    "uL": "volume",
    "g": "mass",
    "mg": "mass",
    "mg/m2": "dose per body surface",
    "g/dL": "mass concentration",
    "g/L": "mass concentration",
    "mg/L": "mass concentration",
    "kg": "mass",
    "ng/mL": "mass concentration",
    "pg/mL": "mass concentration",
    "[IU]": "activity",
    "[IU]/mL": "activity concentration",
    "h": "time",
    "d": "time",
    "mo": "time",
    "min": "time",
    "Cel": "temperature",
    "[pH]": "acidity",
    "{bag}": "count",
    "{container}": "count",
    "{copies}/100ng": "copies per 100 ng DNA",
    "{copies}": "copies",
    "{bead}": "beads",
    "cm": "length",
    "/min": "rate",
    "mm[Hg]": "pressure",
}

COMPARATORS = ("", "<", "<=", ">", ">=")
_NUMBER = re.compile(r"^\s*(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value: decimal number, UCUM unit and, when the assay only bounds it, a comparator.

    ``Quantity(Decimal("0.5"), "[EU]/mL", "<")`` is a result below the limit of quantification.
    """

    value: Decimal
    unit: str
    comparator: str = ""

    @classmethod
    def parse(cls, text: str, unit: str) -> Quantity:
        """Read ``"92.1"``, ``"<0.5"`` or ``"1.5e7"``; a comma, blank or word raises ValueError."""
        found = _NUMBER.match(text)
        if not found:
            raise ValueError(f"{text!r} is not a number such as 92.1 or <0.5")
        return cls(Decimal(found[2]), unit, found[1] or "")

    @classmethod
    def from_json(cls, data: dict[str, str]) -> Quantity:
        try:
            return cls(Decimal(data["value"]), data["unit"], data.get("comparator", ""))
        except (KeyError, TypeError, InvalidOperation) as fault:
            raise ValueError(f"{data!r} is not a quantity with value and unit") from fault

    def to_json(self) -> dict[str, str]:
        """Canonical form: a decimal string without exponent, so 1.5e7 and 15000000 are one value."""
        data = {"value": plain(self.value), "unit": self.unit}
        if self.comparator:
            data["comparator"] = self.comparator
        return data

    def __str__(self) -> str:
        return f"{self.comparator}{plain(self.value)} {self.unit}"


def plain(value: Decimal) -> str:
    """A decimal as digits without exponent or trailing zeros' ambiguity: keeps what was written."""
    return format(value, "f")


def utc(text: str) -> datetime:
    """Parse an ISO instant; one without a zone raises ValueError because its meaning is unknown."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return instant.astimezone(UTC)


def iso(instant: datetime) -> str:
    """An instant in UTC with milliseconds and Z, the one spelling used in entries."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(text: str) -> date:
    return date.fromisoformat(text)


def subject(kind: str, code: str) -> str:
    """The name by which entries and registers speak of one thing: ``batch:ROM-B-26-001``."""
    return f"{kind}:{code}"


def split_subject(name: str) -> tuple[str, str]:
    kind, _, code = name.partition(":")
    return kind, code


CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.*/_-]{0,59}$")

Facts = dict[str, Any]


def to_plain(value: Any) -> Any:
    """Facts as canonical JSON can hold them: decimals and instants as strings, no floats."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Quantity):
        return value.to_json()
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(item) for item in value]
    return value
