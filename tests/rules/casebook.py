"""The cast at a casebook: a participant in Rome, forms small enough to see through, and who does what."""

from __future__ import annotations

from typing import Any

from milenari.rules.casebook import SaveForm
from milenari.rules.casebook_form import DefineForm
from milenari.rules.casebook_page import page_code
from milenari.rules.participant import Participant
from milenari.words import Facts
from tests.rules.book import MemoryBook
from tests.rules.cast import referred

WHY = "agreed with the investigators"
PARTICIPANT = "ARI-PED-ROM-001"


def definition(**changes: Any) -> Facts:
    """A blood count with everything that a form can have, once."""
    made: Facts = {
        "title": {"en": "Blood count", "ar": "تعداد الدم"},
        "repeats": True,
        "codelists": {"OUT": [["WELL", "well"], ["ILL", {"en": "ill", "ar": "مريض"}]]},
        "items": [
            {"id": "bag", "label": "Bag", "type": "text", "longest": 60, "source": "infusion.bag"},
            {"id": "taken_on", "label": "Taken on", "type": "date", "required": True},
            {"id": "seen_at", "label": "Seen at", "type": "datetime"},
            {"id": "wbc", "label": "Leukocytes", "type": "decimal", "unit": "10*9/L", "places": 2, "low": "0",
             "high": "1000", "plausible_high": "100", "basis": "assumed", "required": True},
            {"id": "anc", "label": "Neutrophils", "type": "decimal", "unit": "10*9/L", "low": "0"},
            {"id": "days_ill", "label": "Days ill", "type": "integer", "unit": "d", "low": "0", "required": True,
             "asked_if": "state = 'ILL'"},
            {"id": "state", "label": "State", "type": "codelist", "codelist": "OUT", "required": True},
            {"id": "fever", "label": "Fever", "type": "yes-no"},
            {"id": "remark", "label": "Remark", "type": "text", "longest": 80},
            {"id": "pt", "label": "MedDRA code", "type": "integer", "unit": "1", "coding": "MedDRA"},
        ],
        "checks": [
            {"code": "parts", "item": "anc", "holds": "anc <= wbc", "severity": "hard",
             "says": "More parts than whole."},
            {"code": "fever-ill", "item": "fever", "holds": "not (fever = yes and state = 'WELL')", "severity": "soft",
             "says": "Fever, and well."},
        ],
    }  # fmt: skip
    return {**made, **changes}


def define(number: int = 1, form: str = "CBC", **changes: Any) -> DefineForm:
    return DefineForm(form=form, number=number, definition=definition(**changes))


WELL: Facts = {
    "taken_on": {"value": "2026-03-01"}, "wbc": {"value": "3.20", "unit": "10*9/L"}, "state": {"value": "WELL"},
}  # fmt: skip


def save(values: Any = None, repeat: int = 1, **changes: Any) -> SaveForm:
    """The blood count of day 28; ``values`` None: a child that is well."""
    given: Facts = {
        "page": page_code(PARTICIPANT, "D28", "CBC", repeat), "participant": PARTICIPANT, "visit": "D28", "form": "CBC",
        "number": 1, "repeat": repeat, "values": WELL if values is None else values or None,
    }  # fmt: skip
    return SaveForm(**{**given, **changes})


PAGE = page_code(PARTICIPANT, "D28", "CBC", 1)


def page_of(book: MemoryBook, code: str = PAGE) -> Any:
    return book.sheet(f"casebook-page:{code}")


def at_casebook(build: Any = referred) -> MemoryBook:
    """A book with the blood count in force and a participant linked to the girl's journey."""
    book: MemoryBook = build()
    book.sheets[f"participant:{PARTICIPANT}"] = Participant(PARTICIPANT, 1, "ROM", protocol="ARI-PED", journey="J1")
    book.do(define(), "data-manager", reason=WHY)
    return book
