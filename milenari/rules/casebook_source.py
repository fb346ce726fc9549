"""Casebook source: what of a form comes from the record, and how it is found there; no actions.

Product, dose, vector, custody and times are signed where they happen, once; a form shows them and nobody types them
again. `nth` is the number of a repeating page, such as of the fraction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from milenari.rules.action import Sheets
from milenari.rules.referral import Journey

Found = str | Decimal | int | datetime | None


@dataclass(frozen=True)
class Source:
    """A place of the record: type and unit of what stands there, and how it is found."""

    type: str
    unit: str
    find: Callable[[Sheets, Journey, int], Found]


def _given(book: Sheets, journey: Journey, nth: int) -> Any:
    return journey.infusions[nth - 1] if 1 <= nth <= len(journey.infusions) else None


def _dose(book: Sheets, journey: Journey, nth: int) -> Any:
    given = _given(book, journey, nth)
    return book.sheet(f"dose:{given.dose}") if given else None


def _batch(book: Sheets, journey: Journey, nth: int) -> Any:
    given = _given(book, journey, nth)
    code = given.batch if given else journey.batches[-1] if journey.batches else ""
    return book.sheet(f"batch:{code}") if code else None


def _bag(book: Sheets, journey: Journey, nth: int) -> Any:
    return book.sheet(f"collection:{journey.collections[nth - 1]}") if 1 <= nth <= len(journey.collections) else None


def _of(finder: Callable[[Sheets, Journey, int], Any], name: str) -> Callable[[Sheets, Journey, int], Found]:
    """What stands under a name on the found sheet; an empty word is nothing."""

    def find(book: Sheets, journey: Journey, nth: int) -> Found:
        found = finder(book, journey, nth)
        value = getattr(found, name) if found is not None else None
        return None if value == "" else value

    return find


def _journey(book: Sheets, journey: Journey, nth: int) -> Journey:
    return journey


def _lot(book: Sheets, journey: Journey, nth: int) -> Found:
    batch = _batch(book, journey, nth)
    return (book.sheet(f"container:{batch.container}").lot or None) if batch is not None and batch.container else None


def _certified(book: Sheets, journey: Journey, nth: int) -> Found:
    batch = _batch(book, journey, nth)
    return batch.certificates[-1][2] if batch is not None and batch.certificates else None


SOURCES: dict[str, Source] = {
    "journey.product": Source("text", "", _of(_journey, "process")),
    "journey.coi": Source("text", "", _of(_journey, "coi")),
    "journey.sex": Source("text", "", _of(_journey, "sex")),
    "journey.age": Source("integer", "mo", _of(_journey, "age_months")),
    "journey.weight": Source("decimal", "kg", _of(_journey, "weight_kg")),
    "journey.died_on": Source("date", "", _of(_journey, "died_on")),
    "apheresis.bag": Source("text", "", _of(_bag, "code")),
    "apheresis.collected_at": Source("datetime", "", _of(_bag, "collected_at")),
    "apheresis.volume": Source("decimal", "mL", _of(_bag, "volume_ml")),
    "apheresis.accepted_at": Source("datetime", "", _of(_bag, "accepted_at")),
    "apheresis.held_by": Source("text", "", _of(_bag, "owner")),
    "batch.code": Source("text", "", _of(_batch, "code")),
    "batch.version": Source("text", "", _of(_batch, "process_version")),
    "batch.made_at": Source("text", "", _of(_batch, "owner")),
    "batch.started_at": Source("datetime", "", _of(_batch, "started_at")),
    "batch.harvested_at": Source("datetime", "", _of(_batch, "harvested_at")),
    "batch.certified_at": Source("datetime", "", _certified),
    "batch.released_at": Source("datetime", "", _of(_batch, "released_at")),
    "batch.container": Source("text", "", _of(_batch, "container")),
    "batch.weight": Source("decimal", "kg", _of(_batch, "weight_kg")),
    "vector.lot": Source("text", "", _lot),
    "infusion.bag": Source("text", "", _of(_given, "dose")),
    "infusion.fraction": Source("integer", "1", _of(_given, "part")),
    "infusion.given_at": Source("datetime", "", _of(_given, "at")),
    "infusion.cells": Source("decimal", "10*6", _of(_given, "cells_e6")),
    "infusion.volume": Source("decimal", "mL", _of(_dose, "volume_ml")),
    "infusion.decided_at": Source("datetime", "", _of(_dose, "decided_at")),
    "infusion.scanned_by": Source("text", "", _of(_dose, "scanned_by")),
    "infusion.confirmed_by": Source("text", "", _of(_dose, "confirmed_by")),
}
