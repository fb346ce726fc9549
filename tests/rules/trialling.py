"""A trial for the tests of safety and monitoring: one protocol, and participants at Rome with journeys of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from milenari.rules.participant import Participant
from milenari.rules.protocol import Protocol
from milenari.rules.referral import Grade, Infused, Journey
from milenari.rules.safety import ReportAdverseEvent
from tests.rules.book import MemoryBook
from tests.rules.cast import network, q

TRIAL, WHO = "ARI-PED", "ARI-PED-ROM-001"
EVENT = f"{WHO}/AE-1"


def participant(book: MemoryBook, number: int = 1, *, infused_days_ago: int = 40, level: str = "DL1",
                **changes: Any) -> str:  # fmt: skip
    """One participant with a journey that was infused so many days ago; nobody is infused below nought."""
    code, journey = f"{TRIAL}-ROM-{number:03}", f"J-{number}"
    at = book.now - timedelta(days=infused_days_ago)
    given = (Infused(f"B{number}-F1", f"B{number}", 1, at, q("20", "10*6").value),) if infused_days_ago >= 0 else ()
    sheet = Journey(code=journey, version=1, owner="ROM", process="ARI", infusions=given, age_months=96)
    book.sheets[f"journey:{journey}"] = replace(sheet, **changes)
    held = Participant(code=code, version=1, owner="ROM", protocol=TRIAL, site="ROM", journey=journey, level=level)
    book.sheets[f"participant:{code}"] = held
    return code


def trial() -> MemoryBook:
    """The network with a protocol and one infused participant."""
    book = network()
    book.sheets[f"protocol:{TRIAL}"] = Protocol(code=TRIAL, version=1, owner="BCN")
    participant(book)
    return book


def graded(scale: str, grade: int, at: datetime) -> Grade:
    return Grade(scale, grade, at)


def report(book: MemoryBook, **changes: Any) -> ReportAdverseEvent:
    """A hospitalisation for fever that Rome has known of for two hours."""
    begun = book.now - timedelta(hours=2)
    told = {"event": EVENT, "participant": WHO, "term": "fever and shivering", "begun_on": begun.date(),
            "outcome": "event-ongoing", "taken": "treated", "hospitalisation": True, "known_at": begun,
            "meddra": "10037660"}  # fmt: skip
    return ReportAdverseEvent(**{**told, **changes})
