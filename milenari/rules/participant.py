"""Participant: a child's way into a trial, state by state, each with its day; beside the journey, never instead of it.

Screened (a study number, no identity), consented and assented here; eligible, enrolled and linked in ``enrolment``.
Apheresed, manufactured and infused are read from the journey and typed by nobody. Governing requirements: ICH E6(R3)
2.8 (consent and assent before any trial procedure, by the approved form); Regulation (EU) No 536/2014 Articles 28 to 32
(recalled and not re-read).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.coming_of_age import band_on, surely_adult, surely_minor, turns
from milenari.rules.network import Site
from milenari.rules.protocol import Protocol, known_site, require_active, version_at
from milenari.rules.protocol_document import Part, bands, majority, parts
from milenari.words import Facts, Meaning, Role

SIGNERS = ("guardian", "two-guardians", "participant")
STUDY = (Role.INVESTIGATOR, Role.COORDINATOR)


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signed:
    """One part of the consent as signed: by which form, in which language, by whom, under which version."""

    part: str
    form_version: str
    language: str
    signer: str
    on: date
    number: str


@dataclass(frozen=True)
class Assent:
    """A child's own word, given or refused, by the form of an age band."""

    band: str
    form_version: str
    language: str
    agreed: bool
    on: date


@dataclass(frozen=True)
class Withdrawal:
    """From what one withdrew, and when."""

    mode: str
    on: date


@dataclass(frozen=True)
class Attempt:
    """One try to reach somebody who was not seen."""

    on: date
    by: str
    reached: bool


@sheet("participant")
class Participant(Sheet):
    """One participant of one trial, known by a study number."""

    protocol: str = ""
    protocol_version: str = ""  # the version of the newest consent, or that of screening before any
    site: str = ""
    age_months: int = 0
    screened_on: date | None = None
    consents: tuple[Signed, ...] = ()
    assents: tuple[Assent, ...] = ()
    eligible_on: date | None = None
    eligible_under: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    failed_on: date | None = None
    failed_why: str = ""
    failed_criteria: tuple[str, ...] = ()
    enrolled_on: date | None = None
    enrolled_under: str = ""
    cohort: str = ""
    level: str = ""
    allotment: str = ""
    token: int = 0
    journey: str = ""
    linked_on: date | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    ended_on: date | None = None
    ended_why: str = ""
    attempts: tuple[Attempt, ...] = ()
    adult_care_on: date | None = None
    adult_care: str = ""

    @property
    def consented_on(self) -> date | None:
        """When somebody first consented to the trial itself."""
        return min((one.on for one in self.consents), default=None)

    @property
    def assented_on(self) -> date | None:
        return min((one.on for one in self.assents if one.agreed), default=None)

    @property
    def status(self) -> str:
        """The newest of the states that are acts here, as lists show it."""
        if self.failed_on:
            return "screen-failed"
        if self.ended_on:
            return "ended"
        if self.withdrawals:
            return "withdrawn"
        steps = (("linked", self.linked_on), ("enrolled", self.enrolled_on), ("eligible", self.eligible_on),
                 ("assented", self.assented_on), ("consented", self.consented_on))  # fmt: skip
        return next((name for name, on in steps if on), "screened")

    @property
    def withdrawn(self) -> frozenset[str]:
        return frozenset(one.mode for one in self.withdrawals)

    def signed(self, part: str) -> Signed | None:
        """The newest signature under one part of the consent."""
        mine = [one for one in reversed(self.consents) if one.part == part]
        return max(mine, key=lambda one: one.on, default=None)

    def assent(self, band: str) -> Assent | None:
        """The child's newest word by the form of one band."""
        mine = [one for one in reversed(self.assents) if one.band == band]
        return max(mine, key=lambda one: one.on, default=None)


# -- actions --------------------------------------------------------------------------------------------


@action("screen-participant", roles=(*STUDY, Role.PHYSICIAN), meaning=Meaning.PERFORMED)
class ScreenParticipant(Action):
    """Give a child a study number for screening; nothing that names the child is asked."""

    participant: str = f.new("participant", "Participant", help="protocol, site and number, such as ARI-PED-ROM-001")
    protocol: str = f.ref("protocol", label="Protocol")
    age_months: int = f.count("Age in whole months", low=0, high=1200)


@action("record-trial-consent", roles=(Role.INVESTIGATOR, Role.PHYSICIAN), meaning=Meaning.PERFORMED)
class RecordTrialConsent(Action):
    """Record that a part of the trial's consent was signed: by which form, in which language, by whom."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    part: str = f.code("Part of the consent")
    form_version: str = f.code("Form version")
    language: str = f.code("Language of the form", help="such as it or ar")
    signer: str = f.choice(SIGNERS, "Signed by")
    on: date = f.on("Signed on", past=True)


@action("record-assent", roles=(Role.INVESTIGATOR, Role.PHYSICIAN), meaning=Meaning.PERFORMED)
class RecordAssent(Action):
    """Record a child's own word, a refusal as well, by the form of its age band."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    band: str = f.code("Age band")
    form_version: str = f.code("Form version")
    language: str = f.code("Language of the form", help="such as it or ar")
    word: str = f.choice(("agreed", "refused"), "The child's word")
    on: date = f.on("Said on", past=True)


# -- what consents hold ---------------------------------------------------------------------------------


def needed_parts(participant: Participant, document: Facts, country: str, on: date) -> list[Part]:
    """The required parts of the consent by the participant's age that day."""
    adult = surely_adult(participant, majority(document, country), on)
    other = "guardian" if adult else "own"
    return [part for part in parts(document) if part.required and part.kind != other]


def require_consents(participant: Participant, document: Facts, country: str, on: date) -> None:
    """Refused unless every required part is signed by the form in force and the child has agreed where asked."""
    for part in needed_parts(participant, document, country, on):
        signed = participant.signed(part.code)
        refuse_if(signed is None or signed.on > on, "trial-consent-missing", participant=participant.code,
                  part=part.code)  # fmt: skip
        assert signed is not None
        refuse_if(signed.form_version != part.form_version, "trial-consent-superseded", participant=participant.code,
                  part=part.code, found=signed.form_version, expected=part.form_version)  # fmt: skip
    if surely_adult(participant, majority(document, country), on):
        return
    band = band_on(participant, bands(document, country), on)
    if band is None or not band.required:
        return
    said = participant.assent(band.code)
    refuse_if(said is None or said.on > on, "assent-missing", participant=participant.code, band=band.code)
    assert said is not None
    refuse_if(not said.agreed, "assent-refused", participant=participant.code, on=said.on)


def still_in(participant: Participant) -> Participant:
    """The participant, refused when nothing more may be recorded on the way into the trial."""
    refuse_if(participant.failed_on, "participant-out", participant=participant.code, on=participant.failed_on,
              why="screen-failed")  # fmt: skip
    refuse_if(participant.ended_on, "participant-out", participant=participant.code, on=participant.ended_on,
              why=participant.ended_why)  # fmt: skip
    last = participant.withdrawals[-1] if participant.withdrawals else None
    refuse_if(last, "participant-out", participant=participant.code, on=last and last.on, why=last and last.mode)
    return participant


# -- checks ---------------------------------------------------------------------------------------------


@checks(ScreenParticipant)
def _screen(act: ScreenParticipant, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="participant", code=act.participant)
    protocol: Protocol = known(book, f"protocol:{act.protocol}")
    version = require_active(book, protocol, asking.site, asking.today)
    begin = f"{act.protocol}-{asking.site}-"
    number = act.participant.removeprefix(begin)
    good = act.participant.startswith(begin) and len(number) == 3 and number.isascii() and number.isdigit()
    refuse_if(not good, "participant-code-wrong", field="participant", found=act.participant, expected=f"{begin}001")
    return Accepted(given={"number": version.number})


def under(book: Book, participant: Participant, on: date) -> tuple[str, Facts, str]:
    """Number and document of the version in force at the participant's site that day, and the country."""
    site: Site = known_site(book, participant.site)
    version = version_at(book, known(book, f"protocol:{participant.protocol}"), participant.site, on)
    return version.number, version.document, site.country


def _not_before_screening(participant: Participant, on: date) -> None:
    since = participant.screened_on
    refuse_if(since and on < since, "before-its-cause", cause="screening", cause_at=since, happened_at=on)


@checks(RecordTrialConsent)
def _consent(act: RecordTrialConsent, asking: Asking, book: Book) -> Accepted:
    participant = still_in(known(book, act.about))
    _not_before_screening(participant, act.on)
    number, document, country = under(book, participant, act.on)
    part = next((one for one in parts(document) if one.code == act.part), None)
    if part is None:
        raise Refused("consent-part-unknown", field="part", found=act.part,
                      known=[one.code for one in parts(document)])  # fmt: skip
    refuse_if(act.form_version != part.form_version, "consent-form-superseded", field="form_version",
              found=act.form_version, expected=part.form_version, part=part.code)  # fmt: skip
    refuse_if(act.language not in part.languages, "consent-language-unknown", field="language", found=act.language,
              known=list(part.languages))  # fmt: skip
    years = majority(document, country)
    own = act.signer == "participant"
    refuse_if(part.kind in ("guardian", "own") and own != (part.kind == "own"), "signer-unfit", field="signer",
              part=part.code, signer=act.signer)  # fmt: skip
    refuse_if(own and surely_minor(participant, years, act.on), "minor-cannot-consent", journey=participant.code)
    refuse_if(not own and surely_adult(participant, years, act.on), "adult-consents-alone", journey=participant.code)
    return Accepted(given={"number": number})


@checks(RecordAssent)
def _assent(act: RecordAssent, asking: Asking, book: Book) -> None:
    participant = still_in(known(book, act.about))
    _not_before_screening(participant, act.on)
    _, document, country = under(book, participant, act.on)
    band = next((one for one in bands(document, country) if one.code == act.band), None)
    if band is None:
        raise Refused("assent-band-unknown", field="band", found=act.band,
                      known=[one.code for one in bands(document, country)])  # fmt: skip
    begins, ends = turns(participant, band.from_years)[0], turns(participant, band.to_years + 1)[1]
    refuse_if(not begins <= act.on < ends, "assent-band-of-another-age", field="band", band=act.band, begins=begins,
              ends=ends)  # fmt: skip
    refuse_if(act.form_version != band.form_version, "consent-form-superseded", field="form_version",
              found=act.form_version, expected=band.form_version, part=band.code)  # fmt: skip


# -- applies --------------------------------------------------------------------------------------------


@applies(ScreenParticipant, "participant")
def _(participant: Participant, act: ScreenParticipant, entry: Entry) -> Participant:
    return replace(participant, protocol=act.protocol, site=entry.site, age_months=act.age_months,
                   screened_on=entry.today, protocol_version=entry.given["number"])  # fmt: skip


@applies(RecordTrialConsent, "participant")
def _(participant: Participant, act: RecordTrialConsent, entry: Entry) -> Participant:
    number = entry.given["number"]
    made = Signed(act.part, act.form_version, act.language, act.signer, act.on, number)
    return replace(participant, consents=(*participant.consents, made), protocol_version=number)


@applies(RecordAssent, "participant")
def _(participant: Participant, act: RecordAssent, entry: Entry) -> Participant:
    made = Assent(act.band, act.form_version, act.language, act.word == "agreed", act.on)
    return replace(participant, assents=(*participant.assents, made))
