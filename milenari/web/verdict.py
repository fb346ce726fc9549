"""Verdict: may this bag be given to this patient now? Asked of the rules, never computed here.

What the rules of the infusion would answer to the whole chain (first scan, second person's scan, infusion) is
asked on a copy of the book in which the earlier acts of the chain are supposed. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from milenari.journal import ask
from milenari.rules.action import Refused
from milenari.rules.apheresis import CollectCells
from milenari.rules.chain import require_coi
from milenari.rules.infusion import NURSES, AdministerFraction, ConfirmBedside, DecideFraction, ScanBedside
from milenari.web import wording
from milenari.web.access import Acting
from milenari.web.wording import bedside as words
from milenari.words import Role

SOMEBODY = "somebody else"  # who the second person will be is not known before they sign


@dataclass(frozen=True)
class Verdict:
    """One answer for the person at the bed: how it looks, in very few words, why, and whom to call."""

    look: str  # give, wait or stop
    code: str
    words: Any
    sentence: Any
    call: tuple[Role, ...]

    @property
    def give(self) -> bool:
        return self.look == "give"


def asker(who: Acting) -> ask.Asker:
    """The person in the role in which they may act at the bed, or in their present one, which the rule refuses."""
    role = next((r for r in (who.role, *who.here) if r in NURSES), who.role)
    return ask.Asker(who.person, role, who.site)


def of_scan(who: Acting, dose: str, wristband: str, bag: str) -> Verdict:
    """What the rules say to these two scans, and to giving the fraction once both persons have scanned."""
    book = ask.Supposed()
    me = asker(who)
    try:
        scan = ScanBedside.from_data({"dose": dose, "wristband": wristband.strip(), "bag": bag.strip()})
        second = ConfirmBedside.from_data(scan.data())
    except Refused as fault:
        return refused(fault, who.zone, ScanBedside.code)
    answer = book.ask(scan, me)
    if isinstance(answer, Refused):
        held = answer.code == "not-decided" and answer.facts.get("decision") == "hold"
        return refused(_misread(answer, wristband.strip()), who.zone, ScanBedside.code, "held" if held else "")
    book.suppose(scan, me, answer)
    # The second person is not here yet: only that somebody else scans the same is supposed.
    book.suppose(second, ask.Asker(SOMEBODY, me.role, me.site))
    return _to_give(book, me, dose, who.zone)


def _misread(answer: Refused, wristband: str) -> Refused:
    """A wristband that is nobody's code was read badly: scanned again, before anybody is alarmed."""
    if answer.code != "another-patient" or answer.facts.get("what") != "wristband":
        return answer
    try:
        require_coi(wristband)
    except Refused as fault:
        return fault
    return answer


def of_dose(who: Acting, dose: str) -> Verdict:
    """What the rules say to giving a fraction as its record stands now, after both scans."""
    return _to_give(ask.Supposed(), asker(who), dose, who.zone, now=True)


def of_first_scan(who: Acting, dose: str) -> Verdict:
    """What the rules say to giving a fraction of which only the first scan is signed."""
    book, me = ask.Supposed(), asker(who)
    found = book.sheet(f"dose:{dose}")
    book.suppose(ConfirmBedside(dose=dose, wristband=found.coi, bag=dose), ask.Asker(SOMEBODY, me.role, me.site))
    return _to_give(book, me, dose, who.zone)


def of_decision(who: Acting, dose: str, physician: str) -> Verdict | None:
    """What stands against a physician's decision to give this fraction now; None when nothing does."""
    act = DecideFraction(dose=dose, decision="administer", remarks="")
    answer = ask.Supposed().ask(act, ask.Asker(physician, Role.PHYSICIAN, who.site))
    return refused(answer, who.zone, DecideFraction.code) if isinstance(answer, Refused) else None


def _to_give(book: ask.Supposed, me: ask.Asker, dose: str, zone: str, now: bool = False) -> Verdict:
    journey = book.sheet(f"dose:{dose}").journey
    answer = book.ask(AdministerFraction(dose=dose, journey=journey), me)
    if isinstance(answer, Refused):
        return refused(answer, zone, AdministerFraction.code)
    nonconforming = book.sheet(f"batch:{book.sheet(f'dose:{dose}').batch}").decision == "out-of-specification"
    big, sentence = (words.GIVE_NOW, words.GIVE_NOW_SENTENCE) if now else (words.GIVE, words.GIVE_SENTENCE)
    return Verdict("give", "nonconforming" if nonconforming else "", big, sentence, ())


def refused(why: Refused, zone: str, action: str = ScanBedside.code, code: str = "") -> Verdict:
    """The verdict of a refusal; a code that has no words of its own is a stop."""
    code = code or why.code
    look = "wait" if code in words.WAIT else "stop"
    big = words.WAIT.get(code) or words.STOP.get(code) or words.STOP_OTHERWISE
    return Verdict(look, code, big, wording.refusal(why, zone, action), words.CALL.get(code, words.CALL_OTHERWISE))


def at_chair(why: Refused, zone: str, wristband: str, action: str = CollectCells.code) -> Verdict:
    """The verdict of a refusal at the apheresis chair, where nothing is given but something is taken."""
    why = _misread(why, wristband)
    if why.code == "subject-unknown":
        try:
            require_coi(wristband)
        except Refused as fault:
            why = fault
    look = "wait" if why.code in words.WAIT else "stop"
    big = words.AT_CHAIR.get(why.code) or words.WAIT.get(why.code) or words.AT_CHAIR_OTHERWISE
    call = words.CALL.get(why.code, (Role.PHYSICIAN, Role.COORDINATOR))
    return Verdict(look, why.code, big, wording.refusal(why, zone, action), call)
