"""Participants made by hand: one infused in three fractions, one who died in remission, one never infused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from milenari.exports import case as c
from milenari.exports.case import At, Case
from milenari.exports.study import LogAt, PlannedVisit, Snapshot, Study, Taken

ROME = "Europe/Rome"
FIRST = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def at(days: float = 0, zone: str = ROME) -> At:
    return At(FIRST + timedelta(days=days), zone)


def fraction(part: int, cells: str, days: float | None, batch: str = "B1", kg: str = "20") -> c.Fraction:
    per_kg = (Decimal(cells) / Decimal(kg)).quantize(Decimal("0.000001"))
    given = at(days) if days is not None else None
    return c.Fraction(f"{batch}-F{part}", batch, part, Decimal(cells), Decimal(10), per_kg, given,
                      "ROM" if given else "")  # fmt: skip


def treated(key: str = "AAAA-0001", **changes: object) -> Case:
    """Three fractions, CRS of grade 2 that went, MRD-negative CR, aplasia and B cells back."""
    viability = c.Result("viability", "Viability", "95 %", Decimal(95), "%", "pass", "flow cytometry", at(-2))
    told: dict[str, Any] = {
        "key": key, "site": "ROM", "country": "IT", "sex": "female", "age_months": 98, "referred_at": at(-40),
        "consents": (c.Consent("guardian-consent", "3", at(-41).on), c.Consent("child-assent", "2", at(-41).on)),
        "eligible_on": at(-35).on, "assigned_on": at(-35).on, "weights": (c.Weight(Decimal(20), at(-36).on),),
        "collections": (c.Collection("BAG1", at(-20), "ROM", Decimal(120), Decimal(400), Decimal(97), at(-20)),),
        "products": (c.Product("B1", "ROM", "BAG1", "final", "LV-1", at(-19), at(-10), at(-2), Decimal(90),
                               (viability,), "2"),),
        "fractions": (fraction(1, "2", 0), fraction(2, "6", 1), fraction(3, "12", 3)),
        "handlings": (c.Handling("BAG1", "COLLECTING", at(-20), "ROM"), c.Handling("B1", "CULTURING", at(-19), "ROM"),
                      c.Handling("B1", "FILLING", at(-10), "ROM")),
        "grades": (c.Grade("CRS", 0, at(0.2)), c.Grade("CRS", 1, at(4), (("fever", "yes"), ("hypoxia", "none"))),
                   c.Grade("CRS", 2, at(5)), c.Grade("CRS", 0, at(8)), c.Grade("ICANS", 0, at(5))),
        "responses": (c.Response("mrd-negative-cr", at(28), "flow cytometry, one in ten thousand"),),
        "b_cells": (c.BCells(Decimal(0), at(28), True), c.BCells(Decimal(140), at(200), False)),
        "visits": (c.Visit("D28", at(28).on), c.Visit("M3", at(91).on)), "last_known": at(200),
    }  # fmt: skip
    return Case(**{**told, **changes})


def event(serious: bool = True) -> c.Event:
    why = ("hospitalisation",) if serious else ()
    return c.Event("AE-1", "Febrile neutropenia", at(5).on, 3, serious, why, "probable", "event-recovered", at(9).on)


def died(key: str = "BBBB-0002") -> Case:
    """One fraction, an answer, a relapse, a death; two fractions still in the freezer."""
    return treated(
        key, sex="male", fractions=(fraction(1, "2", 0, "B2"), fraction(2, "6", None, "B2")), b_cells=(), visits=(),
        collections=(c.Collection("BAG2", at(-21), "ROM", Decimal(100)),),
        products=(c.Product("B2", "ROM", "BAG2", "out-of-specification", "LV-1", at(-19), at(-10), at(-2)),),
        handlings=(), responses=(c.Response("cr", at(28)),), grades=(c.Grade("ICANS", 3, at(6)),),
        relapses=(c.Relapse(at(60), "marrow", "negative"),), death=c.Death(at(90).on, "leukaemia"),
        last_known=at(90), weights=(),
    )  # fmt: skip


def never_infused(key: str = "CCCC-0003") -> Case:
    """Eligible and collected; the batch was rejected and consent withdrawn."""
    return treated(
        key, fractions=(), grades=(), responses=(), b_cells=(), visits=(), handlings=(), last_known=None,
        collections=(c.Collection("BAG3", at(-20), "BCN", Decimal(110)),), country="ES", site="BCN",
        products=(c.Product("B3", "BCN", "BAG3", "rejected"),), withdrawn_on=at(-3).on,
    )  # fmt: skip


def screened(key: str = "DDDD-0004") -> Case:
    return Case(key, "ROM", "IT", "unknown", 40, at(5))


VISITS = (PlannedVisit("D7", 7), PlannedVisit("D28", 28), PlannedVisit("M3", 91))


def taken(*cases: Case, code: str = "ARI") -> Taken:
    """A study of these participants under a snapshot of two logs."""
    study = Study(code, "A study that nobody runs", "ARI-0001", "1", VISITS)
    logs = (LogAt("BCN", "milenari.example/BCN/journal/1", 40, "YmNu"),
            LogAt("ROM", "milenari.example/ROM/journal/1", 120, "cm9t"))  # fmt: skip
    found = cases or (treated(), died(), never_infused(), screened())
    return Taken(study, found, Snapshot(code, logs, datetime(2026, 11, 1, 12, 0, 30, tzinfo=UTC), "0.1.0"))


def day(offset: int) -> date:
    return at(offset).on
