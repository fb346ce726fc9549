"""Consent due: who has to be asked again, why, and by when; no actions.

Three things ask again: coming of age, reaching the next age band, and an amendment whose form has to be signed by who
is in. Everything follows from the participant, the version in force in the country and the day; nothing is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from milenari.rules.coming_of_age import surely_adult, turns
from milenari.rules.participant import Participant
from milenari.rules.protocol import Protocol
from milenari.rules.protocol_document import bands, majority, parameters, parts
from milenari.words import Facts

REASONS = ("majority", "assent-band", "amendment")
WITHIN = "reconsent-within"


@dataclass(frozen=True)
class Due:
    """One signature that has to be asked for: from the first day it may be needed, by the day it surely is."""

    participant: str
    why: str
    part: str
    form_version: str
    from_on: date
    by_on: date

    def state(self, on: date) -> str:
        """How it stands that day."""
        return "upcoming" if on < self.from_on else "due" if on <= self.by_on else "overdue"


def due_consents(participant: Participant, protocol: Protocol, country: str, on: date) -> list[Due]:
    """What has to be signed again, soonest first; nothing for who never consented or is out."""
    version = protocol.in_force(country, on)
    first = participant.consented_on
    gone = participant.failed_on or participant.ended_on or participant.withdrawn & {"from-follow-up", "of-data-use"}
    if version is None or first is None or gone:
        return []
    since = min(a.on for a in protocol.approvals if (a.number, a.country) == (version.number, country))
    found = [
        *_majority(participant, version.document, country, first),
        *_bands(participant, version.document, country, first, on),
        *_amended(participant, version.document, country, since, on),
    ]
    return sorted(found, key=lambda one: (one.from_on, one.why, one.part))


def _majority(participant: Participant, document: Facts, country: str, first: date) -> list[Due]:
    may, surely = turns(participant, majority(document, country))
    if surely <= first:
        return []  # came in as an adult
    found = []
    for part in parts(document):
        mine = [one for one in participant.consents if one.part == part.code and one.signer == "participant"]
        if part.required and part.kind != "guardian" and not any(one.on >= may for one in mine):
            found.append(Due(participant.code, "majority", part.code, part.form_version, may, surely))
    return found


def _bands(participant: Participant, document: Facts, country: str, first: date, on: date) -> list[Due]:
    grown = turns(participant, majority(document, country))[1]
    found = []
    for band in bands(document, country):
        may, surely = turns(participant, band.from_years)
        outgrown = turns(participant, band.to_years + 1)[1] <= on or grown <= on
        crossed = first < surely < grown
        if band.required and crossed and not outgrown and participant.assent(band.code) is None:
            found.append(Due(participant.code, "assent-band", band.code, band.form_version, may, surely))
    return found


def _amended(participant: Participant, document: Facts, country: str, since: date, on: date) -> list[Due]:
    days = next((one.value for one in parameters(document) if one.name == WITHIN), None)
    by = since + timedelta(days=int(days or 0))
    other = "guardian" if surely_adult(participant, majority(document, country), on) else "own"
    found = []
    for part in parts(document):
        signed = participant.signed(part.code)
        if part.again and part.kind != other and signed and signed.form_version != part.form_version:
            found.append(Due(participant.code, "amendment", part.code, part.form_version, since, by))
    return [*found, *_amended_bands(participant, document, country, since, by, on)]


def _amended_bands(participant: Participant, document: Facts, country: str, since: date, by: date,
                   on: date) -> list[Due]:  # fmt: skip
    """The child's word by an amended form, where the amendment asks for it, while the child may be of that age."""
    found = []
    for band in bands(document, country):
        said = participant.assent(band.code)
        outgrown = turns(participant, band.to_years + 1)[1] <= on
        grown = surely_adult(participant, majority(document, country), on)
        if band.again and said is not None and said.form_version != band.form_version and not (outgrown or grown):
            found.append(Due(participant.code, "amendment", band.code, band.form_version, since, by))
    return found
