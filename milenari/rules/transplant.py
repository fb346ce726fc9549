"""Transplant: a haematopoietic transplant after the infusion, which competes with relapse in the trial's analysis.

A transplant in remission takes away the chance of seeing whether the cells alone would have held: it is counted as a
competing event and not as a relapse or as nothing (EMA guideline on anticancer products, Appendix 1, on subsequent
therapy; recalled and not re-read). The kinds of donor are those of the EBMT's forms, recalled.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, action, applies, checks, known, refuse_if
from milenari.rules.followup import local
from milenari.rules.referral import Journey, Transplanted
from milenari.words import Meaning, Role

DONORS = ("matched-sibling", "matched-unrelated", "haploidentical", "cord-blood", "autologous", "other")
REMISSION, NO_REMISSION = "in-remission", "not-in-remission"
ANSWERED = ("mrd-negative-cr", "cr", "cri")


@action("record-transplant", roles=(Role.INVESTIGATOR, Role.PHYSICIAN), meaning=Meaning.PERFORMED)
class RecordTransplant(Action):
    """Record a haematopoietic transplant after the infusion: when, from whom, in remission or not."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    on: date = f.on("Transplanted on", past=True)
    donor: str = f.choice(DONORS, "Donor")
    state: str = f.choice((REMISSION, NO_REMISSION), "State of the disease at the transplant")


@checks(RecordTransplant)
def _transplant(act: RecordTransplant, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    refuse_if(not journey.infusions, "not-infused", journey=journey.code)
    died, begun = journey.died_on, local(journey.infusions[0].at, asking)
    refuse_if(died is not None and act.on > died, "patient-died", journey=journey.code)
    refuse_if(act.on < begun, "before-its-cause", cause="first infusion", cause_at=begun, happened_at=act.on)
    refuse_if(any(t.on == act.on for t in journey.transplants), "transplant-already-recorded", on=act.on)
    answered = any(name == "response" and what in ANSWERED for name, what, _ in journey.events)
    refuse_if(act.state == REMISSION and not answered, "remission-without-response", journey=journey.code)


@applies(RecordTransplant, "journey")
def _(journey: Journey, act: RecordTransplant, entry: Entry) -> Journey:
    told = (*journey.events, ("transplant", act.state, entry.happened_at))
    made = Transplanted(act.on, act.donor, act.state == REMISSION)
    return replace(journey, events=told, transplants=(*journey.transplants, made))
