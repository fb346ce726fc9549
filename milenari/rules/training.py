"""Training: who has been shown to work under which version of a procedure, by whom, until when.

Governing requirements: 21 CFR 11.10(i); EU GMP Part IV, personnel. A step refuses the untrained.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    action,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.people import Person, Training
from milenari.words import Meaning, Role


@action("record-training", roles=(Role.TRAINER, Role.QA), meaning=Meaning.APPROVED)
class RecordTraining(Action):
    """State that a person is trained on a version of a procedure until a date."""

    person: str = f.ref("person", label="Person", touch=True)
    procedure: str = f.code("Procedure")
    number: str = f.code("Version")
    on: date = f.on("Trained on", past=True)
    until_on: date = f.on("Valid until")


@checks(RecordTraining)
def _record(act: RecordTraining, asking: Asking, book: Book) -> None:
    known(book, act.about)
    refuse_if(asking.by == act.person, "own-training", person=act.person)
    refuse_if(act.until_on < act.on, "dates-reversed", field="until_on")


@applies(RecordTraining, "person")
def _(person: Person, act: RecordTraining, entry: Entry) -> Person:
    made = Training(act.procedure, act.number, act.on, act.until_on, entry.by)
    return replace(person, trainings=(*person.trainings, made))


def require_training(book: Book, person: str, training: dict[str, str], on: date) -> None:
    """Refuse a step by someone not trained on the procedure version that the recipe names."""
    procedure, number = training["procedure"], training["version"]
    refuse_if(not book.sheet(f"person:{person}").trained(procedure, number, on), "untrained",
              person=person, procedure=procedure, number=number)  # fmt: skip
