"""A trial for the rules' tests: the shipped protocol opened in Barcelona, approved in Italy, Rome active."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from milenari.rules.allotment import AcceptTokens, IssueTokens, SetCap
from milenari.rules.enrolment import ConfirmTrialEligibility, EnrolParticipant, LinkJourney
from milenari.rules.participant import RecordAssent, RecordTrialConsent, ScreenParticipant
from milenari.rules.protocol import ActivateTrialSite, AmendProtocol, ApproveProtocolVersion, OpenProtocol
from milenari.words import Facts
from tests.rules.book import MemoryBook
from tests.rules.cast import DAY, FAR, referred, station

DATA = Path(__file__).resolve().parents[2] / "milenari" / "web" / "data" / "protocols" / "ari_ped.json"
TRIAL, WHO, OTHER = "ARI-PED", "ARI-PED-ROM-001", "ARI-PED-ROM-002"
CONTROL = {"site": "BCN"}


def document(**changed: object) -> Facts:
    """The shipped protocol, for the product of these tests; its parts may be changed."""
    told = json.loads(DATA.read_text())
    return copy.deepcopy({**told, "product": "ARI", **changed})


def amended(again: bool = False) -> Facts:
    """The next version: the attempts before somebody is lost are set, and the guardian's form is a new one."""
    told = document()
    told["parameters"]["contact-attempts"] = {"value": "3", "unit": "1", "source": "assumed"}
    told["consents"][0] |= {"form_version": "G2", "again": again}
    return told


OPEN = OpenProtocol(protocol=TRIAL, number="1.0", document=document())
AMEND = AmendProtocol(protocol=TRIAL, number="1.1", document=amended(again=True))


def approve(country: str = "IT", number: str = "1.0") -> ApproveProtocolVersion:
    return ApproveProtocolVersion(
        protocol=TRIAL, number=number, country=country, authority="the authority", reference=f"{country}-7", on=DAY
    )


def activate(site: str = "ROM") -> ActivateTrialSite:
    return ActivateTrialSite(protocol=TRIAL, at_site=site, on=DAY)


def screen(who: str = WHO, months: int = 96) -> ScreenParticipant:
    return ScreenParticipant(participant=who, protocol=TRIAL, age_months=months)


def consent(part: str = "guardian", form: str = "G1", signer: str = "guardian", who: str = WHO) -> RecordTrialConsent:
    return RecordTrialConsent(participant=who, part=part, form_version=form, language="it", signer=signer, on=DAY)


def assent(band: str = "A12", word: str = "agreed", who: str = WHO) -> RecordAssent:
    return RecordAssent(participant=who, band=band, form_version=f"{band}-1", language="it", word=word, on=DAY)


DATA_USE = consent("data", "D1")


def answers(**changed: str) -> Facts:
    met = {one["code"]: "yes" if one["kind"] == "inclusion" else "no" for one in document()["eligibility"]}
    return {**met, **changed}


def confirm(who: str = WHO, **changed: str) -> ConfirmTrialEligibility:
    return ConfirmTrialEligibility(participant=who, answers=answers(**changed))


def enrol(who: str = WHO, token: int = 1, cohort: str = "P1", level: str = "DL1") -> EnrolParticipant:
    return EnrolParticipant(participant=who, cohort=cohort, level=level, allotment="T-ROM", token=token)


def link(who: str = WHO, journey: str = "J1") -> LinkJourney:
    return LinkJourney(participant=who, journey=journey)


@station
def open_trial() -> MemoryBook:
    """The protocol opened and approved in Italy, Rome active with three enrolment tokens; a girl referred there."""
    book = referred()
    book.do(OPEN, "coordinator", **CONTROL)
    book.do(approve(), "coordinator", **CONTROL)
    book.do(activate(), "coordinator", **CONTROL)
    cap = SetCap(cap="CAP", trial=TRIAL, level="DL1", most=12)
    book.do(cap, "coordinator", **CONTROL, reason="protocol")
    issue = IssueTokens(cap="CAP", allotment="T-ROM", to_site="ROM", count=3, expires_on=FAR)
    book.do(issue, "coordinator", **CONTROL)
    book.do(AcceptTokens(allotment="T-ROM"), "coordinator")
    return book


@station
def screened() -> MemoryBook:
    """A girl of eight with a study number."""
    book = open_trial()
    book.do(screen(), "investigator")
    return book


@station
def consented() -> MemoryBook:
    """Her guardian has signed every required part."""
    book = screened()
    book.do(consent(), "investigator")
    book.do(DATA_USE, "investigator")
    return book


@station
def eligible() -> MemoryBook:
    """Every criterion is answered and met."""
    book = consented()
    book.do(confirm(), "investigator")
    return book


@station
def enrolled() -> MemoryBook:
    """She is in, on token 1."""
    book = eligible()
    book.do(enrol(), "investigator")
    return book


@station
def linked() -> MemoryBook:
    """Her therapy is J1."""
    book = enrolled()
    book.do(link(), "investigator")
    return book
