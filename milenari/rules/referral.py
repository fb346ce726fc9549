"""Referral: a child is proposed, consents are given, eligibility is confirmed and a CoI is issued.

Names, birth dates and hospital numbers never appear here: the action carries a salted commitment and the
sealed record stays at the treating site. Governing requirements: ICH E6(R3) 2.8 (consent and assent);
ISBT 128 ST-028 (chain of identity before or at first collection).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.chain import require_coi
from milenari.rules.plan import slot_of
from milenari.words import Meaning, Quantity, Role, subject

CONSENTS = ("guardian-consent", "child-assent", "own-consent")
ADULT_MONTHS = 18 * 12
# Assent from 12 years: OPBG criteria, Blood 2023;142:146; a country's rules may say otherwise.
ASSENT_FROM_YEARS = 12
DAYS_PER_MONTH = Decimal("30.4375")


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """A consent as signed: its kind, the version of the form, the day."""

    kind: str
    version: str
    on: date


@dataclass(frozen=True)
class Infused:
    """A fraction that was given, with its cells."""

    dose: str
    batch: str
    part: int
    at: datetime
    cells_e6: Decimal


@dataclass(frozen=True)
class Grade:
    """One assessment of toxicity on one scale."""

    scale: str  # CRS or ICANS
    grade: int
    at: datetime


@dataclass(frozen=True)
class Transplanted:
    """A haematopoietic transplant after the infusion."""

    on: date
    donor: str
    remission: bool


@sheet("journey")
class Journey(Sheet):
    """One patient's way through the therapy, known by codes only."""

    process: str = ""
    sex: str = ""
    age_months: int = 0
    referred_at: datetime | None = None
    commitment: str = ""
    erased: bool = False
    consents: tuple[Given, ...] = ()
    withdrawn: bool = False
    withdrawn_on: date | None = None
    void: int = 0  # how many of the consents were given before the last withdrawal
    eligible_at: datetime | None = None
    weight_kg: Decimal | None = None
    weight_on: date | None = None
    coi: str = ""
    isbt_coi: str = ""
    slot_on: date | None = None
    planned_by: str = ""  # the plan whose day was booked; empty where nobody named one
    collections: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    infusions: tuple[Infused, ...] = ()
    grades: tuple[Grade, ...] = ()
    events: tuple[tuple[str, str, datetime], ...] = ()
    visits: tuple[tuple[str, date], ...] = ()
    transplants: tuple[Transplanted, ...] = ()
    died_on: date | None = None
    trials: tuple[tuple[str, str], ...] = ()  # protocol, participant
    stations: tuple[tuple[str, datetime, str], ...] = ()

    def age_months_on(self, on: date) -> int:
        """Whole months by the age at referral; exact to about one month, as only that leaves the site."""
        if self.referred_at is None:
            return self.age_months
        return self.age_months + int((on - self.referred_at.date()).days / DAYS_PER_MONTH)

    def has(self, consent: str, on: date) -> bool:
        """Whether the consent was signed by that day and not withdrawn since."""
        return any(given.kind == consent and given.on <= on for given in self.consents[self.void :])

    def reached(self, station: str, entry: Entry) -> Journey:
        if any(name == station for name, _, _ in self.stations):
            return self
        return replace(self, stations=(*self.stations, (station, entry.happened_at, entry.site)))


def missing_consent(journey: Journey, book: Book, site: str, on: date) -> str:
    """Which consent treatment still lacks that day: the guardian's, the child's assent, or one's own."""
    country = book.sheet(f"country:{book.sheet(f'site:{site}').country}")
    assent_from = int((country.rules or {}).get("assent_from_years", ASSENT_FROM_YEARS))
    months = journey.age_months_on(on)
    if months >= ADULT_MONTHS:
        return "" if journey.has("own-consent", on) else "own-consent"
    if not journey.has("guardian-consent", on):
        return "guardian-consent"
    return "child-assent" if months >= assent_from * 12 and not journey.has("child-assent", on) else ""


def own_consent_from(journey: Journey) -> date | None:
    """The day from which the rules ask for the patient's own consent; None once it is given or moot."""
    if journey.referred_at is None or journey.withdrawn or journey.erased or journey.died_on is not None:
        return None
    if any(given.kind == "own-consent" for given in journey.consents[journey.void :]):
        return None
    days = max(0, ceil((ADULT_MONTHS - journey.age_months) * DAYS_PER_MONTH))
    return journey.referred_at.date() + timedelta(days=days)


def require_consent(journey: Journey, book: Book, site: str, on: date) -> None:
    """Refuse treatment without a valid consent that day, after its withdrawal, or after death."""
    refuse_if(journey.withdrawn, "consent-withdrawn", journey=journey.code)
    lacking = missing_consent(journey, book, site, on)
    refuse_if(lacking, "consent-missing", journey=journey.code, consent=lacking)
    refuse_if(journey.died_on is not None, "patient-died", journey=journey.code)


@sheet("coi")
class Coi(Sheet):
    """A chain of identity and the one journey it was issued to."""

    journey: str = ""


# -- actions --------------------------------------------------------------------------------------------


@action("refer-patient", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED)
class ReferPatient(Action):
    """Propose a patient for the product; identity stays sealed at this hospital."""

    journey: str = f.new("journey", "Journey code")
    process: str = f.ref("process", label="Product")
    age_months: int = f.count("Age in whole months", low=0, high=1200)
    sex: str = f.choice(("female", "male", "unknown"), "Sex")
    commitment: str = f.text("Commitment to the sealed identity", longest=80,
                             help="filled in by the node when name and birth date are sealed")  # fmt: skip


@action("record-consent", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED)
class RecordConsent(Action):
    """Record a guardian's consent, a child's assent or the patient's own consent, with the form's version."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    kind: str = f.choice(CONSENTS, "Kind")
    form_version: str = f.code("Form version")
    on: date = f.on("Signed on", past=True)


@action("withdraw-consent", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED, needs_reason=True)
class WithdrawConsent(Action):
    """Record that consent was withdrawn: treatment stops, the record stays."""

    journey: str = f.ref("journey", label="Journey", touch=True)


@action("confirm-eligibility", roles=(Role.PHYSICIAN,), meaning=Meaning.APPROVED)
class ConfirmEligibility(Action):
    """Confirm that the patient meets the protocol's criteria."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    protocol: str = f.code("Protocol and version")


@action("record-weight", roles=(Role.PHYSICIAN, Role.WARD_NURSE, Role.APHERESIS_NURSE), meaning=Meaning.PERFORMED)
class RecordWeight(Action):
    """Record the patient's body weight."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    weight: Quantity = f.quantity("kg", "Weight", low="1", high="200")
    on: date = f.on("Weighed on", past=True)


@action("issue-coi", roles=(Role.COORDINATOR, Role.PHYSICIAN), meaning=Meaning.APPROVED)
class IssueCoi(Action):
    """Issue the chain-of-identity code that every bag of this therapy will carry."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    coi: str = f.code("Chain of identity", help="proposed by the node from random bytes")
    isbt_coi: str = f.text("ISBT 128 chain of identity", required=False, longest=60)


@action("book-slot", roles=(Role.COORDINATOR,), meaning=Meaning.APPROVED)
class BookSlot(Action):
    """Book the day of collection, from which manufacture follows."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    slot_on: date = f.on("Collection day")
    plan: str = f.ref("plan", label="Plan", required=False, help="the accepted plan that this day follows")


@action("erase-identity", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class EraseIdentity(Action):
    """State that the key of the sealed identity is destroyed; the coded record stays whole."""

    journey: str = f.ref("journey", label="Journey", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(ReferPatient)
def _refer(act: ReferPatient, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="journey", code=act.journey)
    known(book, f"process:{act.process}")
    site = known(book, f"site:{asking.site}")
    refuse_if(not site.has_role("infusion", asking.today), "site-role-missing", site=asking.site, role="infusion")
    held = site.authorisation_for(act.process, asking.today)
    refuse_if(held is None, "not-authorised", site=asking.site, product=act.process)


@checks(RecordConsent)
def _consent(act: RecordConsent, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    minor = journey.age_months_on(act.on) < ADULT_MONTHS
    refuse_if(act.kind == "own-consent" and minor, "minor-cannot-consent", journey=act.journey)
    refuse_if(act.kind != "own-consent" and not minor, "adult-consents-alone", journey=act.journey)
    since = journey.withdrawn_on
    refuse_if(since is not None and act.on < since, "before-its-cause", cause="withdrawal", cause_at=since,
              happened_at=act.on)  # fmt: skip


@checks(WithdrawConsent)
def _withdraw(act: WithdrawConsent, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    refuse_if(not journey.consents, "no-consent-to-withdraw", journey=act.journey)


@checks(ConfirmEligibility)
def _eligible(act: ConfirmEligibility, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    require_consent(journey, book, asking.site, asking.today)
    after(asking.happened_at, journey.referred_at, "referral")


@checks(RecordWeight)
def _weight(act: RecordWeight, asking: Asking, book: Book) -> Accepted:
    journey: Journey = known(book, act.about)
    last = journey.weight_kg
    # A tenth of the body weight gained or lost between two weighings is asked about, not refused.
    jump = last is not None and abs(act.weight.value - last) * 10 > last
    facts = {"before": str(last), "now": str(act.weight.value)}
    return Accepted(findings=(Finding("weight-jump", facts),) if jump else ())


@checks(IssueCoi)
def _issue(act: IssueCoi, asking: Asking, book: Book) -> Accepted:
    journey: Journey = known(book, act.about)
    refuse_if(journey.coi, "coi-already-issued", journey=act.journey, coi=journey.coi)
    refuse_if(journey.eligible_at is None, "not-eligible", journey=act.journey)
    require_consent(journey, book, asking.site, asking.today)
    require_coi(act.coi, asking.site)
    name = subject("coi", act.coi)
    refuse_if(book.sheet(name).exists, "coi-taken", coi=act.coi)
    return Accepted(also=(name,))


@checks(BookSlot)
def _slot(act: BookSlot, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    refuse_if(not journey.coi, "coi-missing", journey=act.journey)
    require_consent(journey, book, asking.site, asking.today)
    refuse_if(act.slot_on < asking.today, "slot-in-the-past", slot_on=act.slot_on)
    if act.plan:
        planned = slot_of(book, act.plan, act.journey)
        refuse_if(act.slot_on != planned.collection, "slot-not-of-plan", field="slot_on", plan=act.plan,
                  journey=act.journey, slot_on=act.slot_on, expected=planned.collection)  # fmt: skip


@checks(EraseIdentity)
def _erase(act: EraseIdentity, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    refuse_if(journey.erased, "identity-already-erased", journey=act.journey)


# -- applies --------------------------------------------------------------------------------------------


@applies(ReferPatient, "journey")
def _(journey: Journey, act: ReferPatient, entry: Entry) -> Journey:
    made = replace(
        journey, process=act.process, sex=act.sex, age_months=act.age_months,
        commitment=act.commitment, referred_at=entry.happened_at,
    )  # fmt: skip
    return made.reached("referred", entry)


@applies(RecordConsent, "journey")
def _(journey: Journey, act: RecordConsent, entry: Entry) -> Journey:
    made = Given(act.kind, act.form_version, act.on)
    return replace(journey, consents=(*journey.consents, made), withdrawn=False).reached("consented", entry)


@applies(WithdrawConsent, "journey")
def _(journey: Journey, act: WithdrawConsent, entry: Entry) -> Journey:
    # A new consent does not revive the old ones: whoever withdrew is asked again.
    made = replace(journey, withdrawn=True, withdrawn_on=entry.today, void=len(journey.consents))
    return made.reached("withdrawn", entry)


@applies(ConfirmEligibility, "journey")
def _(journey: Journey, act: ConfirmEligibility, entry: Entry) -> Journey:
    return replace(journey, eligible_at=entry.happened_at).reached("eligible", entry)


@applies(RecordWeight, "journey")
def _(journey: Journey, act: RecordWeight, entry: Entry) -> Journey:
    if journey.weight_on is not None and act.on < journey.weight_on:
        return journey  # an older weighing entered late does not replace the newer one
    return replace(journey, weight_kg=act.weight.value, weight_on=act.on)


@applies(IssueCoi, "journey")
def _(journey: Journey, act: IssueCoi, entry: Entry) -> Journey:
    return replace(journey, coi=act.coi, isbt_coi=act.isbt_coi).reached("identified", entry)


@applies(IssueCoi, "coi")
def _(coi: Coi, act: IssueCoi, entry: Entry) -> Coi:
    return replace(coi, journey=act.journey)


@applies(BookSlot, "journey")
def _(journey: Journey, act: BookSlot, entry: Entry) -> Journey:
    return replace(journey, slot_on=act.slot_on, planned_by=act.plan).reached("slot-booked", entry)


@applies(EraseIdentity, "journey")
def _(journey: Journey, act: EraseIdentity, entry: Entry) -> Journey:
    return replace(journey, erased=True)
