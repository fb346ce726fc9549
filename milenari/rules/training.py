"""Training: what a person has shown of a curriculum, attested by whom; who may attest it; who named whom a trainer.

Governing requirements: 21 CFR 11.10(i); EU GMP Part IV, personnel. A step refuses the untrained and names what
is missing. Where no curriculum exists, a trainer's statement on the whole procedure counts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
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
from milenari.rules.competence import Appointment, Shown, standing
from milenari.rules.curriculum import Curriculum, Item
from milenari.rules.fitness import Fitness, after_months
from milenari.rules.people import Evidence, Person, Training
from milenari.words import Facts, Meaning, Quantity, Role, plain

EVERYBODY = tuple(role for role in Role if role is not Role.NODE)


@sheet("trainer")
class Trainer(Sheet):
    """One person as a trainer of one procedure; its code is PROCEDURE/PERSON."""

    appointments: tuple[Appointment, ...] = ()

    def may_sign(self, number: str, item: str, on: date) -> bool:
        """Whether the holder may sign an item of a version for others on a day."""
        return any(a.covers(number, item, on) for a in self.appointments)

    def may_appoint(self, number: str, items: tuple[str, ...], on: date) -> bool:
        """Whether the holder may name others for these items; no items means all of them."""
        held = [a for a in self.appointments if a.may_appoint and a.covers(number, a.items[0] if a.items else "", on)]
        return any(not a.items or (items and set(items) <= set(a.items)) for a in held)


def trainer_code(procedure: str, person: str) -> str:
    """The code under which a person is a trainer of a procedure."""
    return f"{procedure}/{person}"


# -- actions --------------------------------------------------------------------------------------------


@action("record-training", roles=(Role.TRAINER, Role.QA), meaning=Meaning.APPROVED)
class RecordTraining(Action):
    """State that a person is trained on a version of a procedure until a date."""

    person: str = f.ref("person", label="Person", touch=True)
    procedure: str = f.code("Procedure")
    number: str = f.code("Version")
    on: date = f.on("Trained on", past=True)
    until_on: date = f.on("Valid until")


@action("confirm-reading", roles=EVERYBODY, meaning=Meaning.PERFORMED)
class ConfirmReading(Action):
    """State that you have read and understood what a curriculum names."""

    person: str = f.ref("person", label="Yourself", touch=True)
    procedure: str = f.code("Procedure")
    number: str = f.code("Version")
    item: str = f.code("Item of the curriculum")


@action("sign-training", roles=(Role.TRAINER,), meaning=Meaning.APPROVED)
class SignTraining(Action):
    """Attest one item of a curriculum for a person: a supervised run, an observation, a media fill, a score."""

    person: str = f.ref("person", label="Person", touch=True)
    procedure: str = f.code("Procedure")
    number: str = f.code("Version")
    item: str = f.code("Item of the curriculum")
    on: date = f.on("Shown on", past=True)
    reference: str = f.text("Run, certificate or report", required=False, longest=120)
    score: Quantity | None = f.quantity("%", "Score", low="0", high="100", required=False)


@action("withdraw-training", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class WithdrawTraining(Action):
    """Withdraw what was attested of an item, or stated of a whole version: it counts no more."""

    person: str = f.ref("person", label="Person", touch=True)
    procedure: str = f.code("Procedure")
    number: str = f.code("Version")
    item: str = f.code("Item of the curriculum", required=False, help="left empty for a statement on the whole")


@action("appoint-trainer", roles=(Role.TRAINER, Role.QA), meaning=Meaning.APPROVED)
class AppointTrainer(Action):
    """Name somebody who may attest items of a curriculum, perhaps of another site, until a day."""

    trainer: str = f.ref("trainer", label="Trainer", touch=True, help="procedure and person, such as SOP-1/ROM-TRN")
    procedure: str = f.code("Procedure")
    person: str = f.ref("person", label="Person")
    number: str = f.code("Version")
    items: tuple[str, ...] = f.codes("Items", required=False, help="all of them, if left empty")
    may_appoint: bool = f.flag("May name other trainers")
    from_on: date = f.on("From")
    until_on: date = f.on("Valid until")


@action("withdraw-trainer", roles=(Role.QA, Role.TRAINER), meaning=Meaning.APPROVED, needs_reason=True)
class WithdrawTrainer(Action):
    """End a trainer's appointments for a procedure from today; what was attested before stands."""

    trainer: str = f.ref("trainer", label="Trainer", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


def curriculum_item(book: Book, procedure: str, number: str, code: str) -> Item:
    """The item of a version's curriculum, or a refusal that says what there is."""
    version = book.sheet(f"curriculum:{procedure}").find(number)
    if version is None:
        raise Refused("no-curriculum", procedure=procedure, number=number)
    item: Item | None = version.item(code)
    if item is None:
        codes = [x.code for x in version.items]
        raise Refused("item-unknown", item=code, procedure=procedure, number=number, items=codes)
    return item


@checks(RecordTraining)
def _record(act: RecordTraining, asking: Asking, book: Book) -> None:
    known(book, act.about)
    refuse_if(asking.by == act.person, "own-training", person=act.person)
    refuse_if(act.until_on < act.on, "dates-reversed", field="until_on")
    followed = book.sheet(f"curriculum:{act.procedure}").find(act.number)
    refuse_if(followed, "training-by-curriculum", procedure=act.procedure, number=act.number)


def _until(item: Item, on: date) -> str:
    return after_months(on, item.valid_months).isoformat() if item.valid_months else ""


@checks(ConfirmReading)
def _read(act: ConfirmReading, asking: Asking, book: Book) -> Accepted:
    known(book, act.about)
    refuse_if(act.person != asking.by, "reading-of-another", person=act.person)
    item = curriculum_item(book, act.procedure, act.number, act.item)
    refuse_if(item.kind != "read", "item-needs-trainer", item=act.item)
    return Accepted(given={"until_on": _until(item, asking.today), "reference": f"{item.reference} {item.version}"})


@checks(SignTraining)
def _sign(act: SignTraining, asking: Asking, book: Book) -> Accepted:
    person: Person = known(book, act.about)
    refuse_if(asking.by == act.person, "own-training", person=act.person)
    item = curriculum_item(book, act.procedure, act.number, act.item)
    refuse_if(item.kind == "read", "item-read-by-oneself", item=act.item)
    trainer: Trainer = book.sheet(f"trainer:{trainer_code(act.procedure, asking.by)}")
    days = (act.on, asking.today)  # as it was shown, and as it is signed
    authorised = all(trainer.may_sign(act.number, act.item, day) for day in days)
    refuse_if(not authorised, "trainer-not-appointed", person=asking.by, procedure=act.procedure, number=act.number,
              item=act.item)  # fmt: skip
    if item.kind == "supervised-runs":
        refuse_if(not act.reference, "run-missing", item=act.item)
        counted = any(
            e.procedure == act.procedure and e.item == act.item and e.reference == act.reference and not e.withdrawn
            for e in person.evidence
        )
        refuse_if(counted, "run-counted", run=act.reference, person=act.person)
    if item.kind != "assessment":
        return Accepted(given={"until_on": _until(item, act.on), "passed": True})
    if act.score is None:
        raise Refused("score-missing", item=act.item)
    passed = act.score.value >= Decimal(item.pass_score)
    failed = Finding("assessment-failed", {"item": act.item, "found": plain(act.score.value),
                                           "needed": item.pass_score, "unit": "%"})  # fmt: skip
    given = {"until_on": _until(item, act.on), "passed": passed}
    return Accepted(given=given, findings=() if passed else (failed,))


@checks(WithdrawTraining)
def _withdraw(act: WithdrawTraining, asking: Asking, book: Book) -> None:
    person: Person = known(book, act.about)
    held: list[Any] = [e for e in person.evidence if e.item == act.item] if act.item else [*person.trainings]
    found = [x for x in held if x.procedure == act.procedure and x.version == act.number and not x.withdrawn]
    refuse_if(not found, "nothing-to-withdraw", person=act.person, procedure=act.procedure, number=act.number)


@checks(AppointTrainer)
def _appoint(act: AppointTrainer, asking: Asking, book: Book) -> Accepted:
    expected = trainer_code(act.procedure, act.person)
    refuse_if(act.trainer != expected, "trainer-code-wrong", found=act.trainer, expected=expected)
    refuse_if(act.person == asking.by, "own-appointment", person=act.person)
    refuse_if(act.until_on < act.from_on, "dates-reversed", field="until_on")
    for code in act.items:
        curriculum_item(book, act.procedure, act.number, code)
    version = book.sheet(f"curriculum:{act.procedure}").find(act.number)
    refuse_if(version is None, "no-curriculum", procedure=act.procedure, number=act.number)
    root = asking.role is Role.QA and book.sheet(f"site:{asking.site}").control
    own: Trainer = book.sheet(f"trainer:{trainer_code(act.procedure, asking.by)}")
    allowed = root or own.may_appoint(act.number, act.items, asking.today)
    refuse_if(not allowed, "may-not-appoint", person=asking.by, procedure=act.procedure, number=act.number)
    return Accepted(given={"root": root})


@checks(WithdrawTrainer)
def _end(act: WithdrawTrainer, asking: Asking, book: Book) -> None:
    found: Trainer = known(book, act.about)
    held = [a for a in found.appointments if a.withdrawn_on is None and a.until_on >= asking.today]
    refuse_if(not held, "not-a-trainer", trainer=act.trainer)


# -- how things stand -----------------------------------------------------------------------------------


def shown_by(book: Book, person: str, procedure: str) -> Shown:
    """What somebody brings for a procedure, from the book."""
    found: Person = book.sheet(f"person:{person}")
    trainer: Trainer = book.sheet(f"trainer:{trainer_code(procedure, person)}")
    last = dict(book.sheet(f"practice:{person}").last).get(procedure)
    return Shown(found.trainings, found.evidence, trainer.appointments, last)


def training_state(book: Book, person: str, training: Facts, on: date, role: str = "") -> Fitness:
    """Whether a person may work under the procedure version a recipe names: exactly what is missing; until when."""
    procedure, number = training["procedure"], str(training["version"])
    curriculum: Curriculum = book.sheet(f"curriculum:{procedure}")
    roles = (str(role),) if role else ()
    found = standing(curriculum, number, shown_by(book, person, procedure), on, roles, procedure)
    return found.fitness(person, on)


def training_ends(person: Person, procedure: str) -> set[date]:
    """Every last day of what a person has shown or was attested of a procedure."""
    stated = {t.until_on for t in person.trainings if t.procedure == procedure}
    return stated | {e.until_on for e in person.evidence if e.procedure == procedure and e.until_on is not None}


def require_training(book: Book, person: str, training: Facts, on: date, role: str = "") -> None:
    """Refuse a step by someone not trained on the procedure version that the recipe names."""
    training_state(book, person, training, on, role).require()


# -- applies --------------------------------------------------------------------------------------------


@applies(RecordTraining, "person")
def _(person: Person, act: RecordTraining, entry: Entry) -> Person:
    made = Training(act.procedure, act.number, act.on, act.until_on, entry.by)
    return replace(person, trainings=(*person.trainings, made))


def until_of(given: Facts) -> date | None:
    """The frozen last day of a piece of evidence; nothing if only inactivity ends it."""
    return date.fromisoformat(given["until_on"]) if given["until_on"] else None


@applies(ConfirmReading, "person")
def _(person: Person, act: ConfirmReading, entry: Entry) -> Person:
    made = Evidence(act.procedure, act.number, act.item, entry.today, until_of(entry.given), entry.by, entry.act,
                    entry.given["reference"])  # fmt: skip
    return replace(person, evidence=(*person.evidence, made))


@applies(SignTraining, "person")
def _(person: Person, act: SignTraining, entry: Entry) -> Person:
    score = plain(act.score.value) if act.score else ""
    made = Evidence(act.procedure, act.number, act.item, act.on, until_of(entry.given), entry.by, entry.act,
                    act.reference, score, entry.given["passed"])  # fmt: skip
    return replace(person, evidence=(*person.evidence, made))


@applies(WithdrawTraining, "person")
def _(person: Person, act: WithdrawTraining, entry: Entry) -> Person:
    def kept(held: Any, item: str) -> Any:
        meant = held.procedure == act.procedure and held.version == act.number and item == act.item
        return replace(held, withdrawn=True) if meant else held

    return replace(person, trainings=tuple(kept(t, "") for t in person.trainings),
                   evidence=tuple(kept(e, e.item) for e in person.evidence))  # fmt: skip


@applies(AppointTrainer, "trainer")
def _(trainer: Trainer, act: AppointTrainer, entry: Entry) -> Trainer:
    made = Appointment(act.number, act.items, act.may_appoint, act.from_on, act.until_on, entry.by, entry.site,
                       entry.given["root"])  # fmt: skip
    return replace(trainer, appointments=(*trainer.appointments, made))


@applies(WithdrawTrainer, "trainer")
def _(trainer: Trainer, act: WithdrawTrainer, entry: Entry) -> Trainer:
    return replace(trainer, appointments=tuple(
        a if a.withdrawn_on else replace(a, withdrawn_on=entry.today) for a in trainer.appointments
    ))  # fmt: skip
