"""Passport: what of a training passport from another site counts here, item by item, under two signatures.

The passport itself is a signed file with proofs; journal/passport.py verifies it, and the door takes no acceptance
that says anything else than the verified file. Governing requirement: EU GMP Part IV, personnel; earlier evidence is
accepted with a documented justification.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.curriculum import Curriculum
from milenari.rules.fitness import after_months, earliest
from milenari.rules.people import Evidence, Person, Training
from milenari.words import Facts, Meaning, Role

KEYS = {
    "entry", "procedure", "version", "item", "on", "until_on", "by", "reference", "score", "accepted", "why",
}  # fmt: skip


@sheet("passport")
class Passport(Sheet):
    """A passport that was read here: whose it is, for whom here, and what was decided of each item."""

    person: str = ""
    holder: str = ""
    from_site: str = ""
    sha256: str = ""
    decisions: tuple[Facts, ...] = ()
    by: str = ""
    confirmed_by: str = ""


@action("accept-passport", roles=(Role.QA, Role.TRAINER), meaning=Meaning.APPROVED, needs_reason=True)
class AcceptPassport(Action):
    """Decide of each item of a verified training passport whether it counts here; a second person confirms."""

    passport: str = f.new("passport", "Passport")
    person: str = f.ref("person", label="Person here")
    holder: str = f.code("Holder of the passport")
    from_site: str = f.code("Issued by")
    sha256: str = f.text("Hash of the file", longest=64)
    decisions: Facts = f.document("Decisions")


@action("confirm-passport", roles=(Role.QA,), meaning=Meaning.VERIFIED)
class ConfirmPassport(Action):
    """Second signature on what was accepted of a training passport; only now it counts."""

    passport: str = f.ref("passport", label="Passport", touch=True)
    person: str = f.ref("person", label="Person here", touch=True)


@checks(AcceptPassport)
def _accept(act: AcceptPassport, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="passport", code=act.passport)
    known(book, f"person:{act.person}")
    refuse_if(asking.by == act.person, "own-training", person=act.person)
    refuse_if(act.from_site == asking.site, "passport-from-here", site=asking.site)
    for told in _read(act.decisions):
        procedure, number, item = told["procedure"], told["version"], told["item"]
        if not told["accepted"]:
            refuse_if(not told["why"].strip(), "justification-missing", procedure=procedure, number=number, item=item)
            continue
        ended = told["until_on"] and date.fromisoformat(told["until_on"]) < asking.today
        refuse_if(
            ended, "passport-item-expired", until_on=told["until_on"], procedure=procedure, number=number, item=item
        )
        version = book.sheet(f"curriculum:{procedure}").find(number)
        fits = (version is None) if not item else version is not None and version.item(item)
        refuse_if(not fits, "passport-item-not-here", procedure=procedure, number=number, item=item)


def _read(decisions: Any) -> tuple[Facts, ...]:
    good = isinstance(decisions, list) and decisions and all(_readable(told) for told in decisions)
    refuse_if(not good, "decisions-unreadable")
    return tuple(decisions)


def _readable(told: Any) -> bool:
    return (
        isinstance(told, dict) and set(told) == KEYS and isinstance(told["accepted"], bool)
        and all(isinstance(value, str) for key, value in told.items() if key != "accepted")
    )  # fmt: skip


@checks(ConfirmPassport)
def _confirm(act: ConfirmPassport, asking: Asking, book: Book) -> Accepted:
    found: Passport = known(book, act.about)
    refuse_if(found.person != act.person, "passport-of-another", passport=act.passport, person=found.person)
    refuse_if(found.confirmed_by, "already-decided", of=act.about, decision="final")
    refuse_if(asking.by in (found.by, found.person), "own-work", person=asking.by)
    counted = []
    for told in found.decisions:
        if told["accepted"]:
            counted.append({**told, "until_on": _until(told, book)})
    return Accepted(given={"counted": counted})


def _until(told: Facts, book: Book) -> str:
    """The last day on which it counts here: what was attested there, or sooner if the curriculum here says so."""
    curriculum: Curriculum = book.sheet(f"curriculum:{told['procedure']}")
    version = curriculum.find(told["version"])
    item = version.item(told["item"]) if version else None
    here = after_months(date.fromisoformat(told["on"]), item.valid_months) if item and item.valid_months else None
    there = date.fromisoformat(told["until_on"]) if told["until_on"] else None
    found = earliest((here, there))
    return found.isoformat() if found else ""


@applies(AcceptPassport, "passport")
def _(found: Passport, act: AcceptPassport, entry: Entry) -> Passport:
    return replace(found, person=act.person, holder=act.holder, from_site=act.from_site, sha256=act.sha256,
                   decisions=_read(act.decisions), by=entry.by)  # fmt: skip


@applies(ConfirmPassport, "passport")
def _(found: Passport, act: ConfirmPassport, entry: Entry) -> Passport:
    return replace(found, confirmed_by=entry.by)


@applies(ConfirmPassport, "person")
def _(person: Person, act: ConfirmPassport, entry: Entry) -> Person:
    evidence, trainings = [*person.evidence], [*person.trainings]
    for told in entry.given["counted"]:
        on, until = date.fromisoformat(told["on"]), told["until_on"]
        if told["item"]:
            evidence.append(Evidence(
                told["procedure"], told["version"], told["item"], on, date.fromisoformat(until) if until else None,
                told["by"], entry.act, told["reference"], told["score"], passport=act.passport,
            ))  # fmt: skip
        else:
            ends = date.fromisoformat(until)
            trainings.append(Training(told["procedure"], told["version"], on, ends, told["by"]))
    return replace(person, evidence=tuple(evidence), trainings=tuple(trainings))
