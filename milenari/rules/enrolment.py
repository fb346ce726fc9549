"""Enrolment: every criterion answered, none waived; a place in a dose level; and the therapy that is the participant's.

Nobody is enrolled without consent by the forms in force, under a version that the country has not approved, at a site
that is not active, or beyond a cap. No act waives a criterion: ICH E6(R3) 2.5 gives the investigator no such power
(recalled and not re-read). A token under a cap is spent by the act of enrolment itself.
"""

from __future__ import annotations

from dataclasses import replace
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
    action,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.allotment import Allotment, require_token
from milenari.rules.monitoring import require_running
from milenari.rules.participant import STUDY, Participant, require_consents, still_in, under
from milenari.rules.protocol import Protocol, known_site, require_active
from milenari.rules.protocol_document import level
from milenari.rules.referral import Journey
from milenari.words import Facts, Meaning, Role

FAILURES = ("not-eligible", "declined", "died", "other")
ANSWERS = ("yes", "no")


# -- actions --------------------------------------------------------------------------------------------


@action("confirm-trial-eligibility", roles=(Role.INVESTIGATOR,), meaning=Meaning.APPROVED)
class ConfirmTrialEligibility(Action):
    """Confirm that every criterion of the version in force is answered and met; none can be waived."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    answers: Facts = f.document("Answers to the criteria", help="code of each criterion: yes or no")


@action("fail-screening", roles=(Role.INVESTIGATOR, Role.PHYSICIAN), meaning=Meaning.PERFORMED)
class FailScreening(Action):
    """Record that screening ended without enrolment, and why."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    why: str = f.choice(FAILURES, "Why screening ended")
    criteria: tuple[str, ...] = f.codes("Criteria not met", required=False)


@action("enrol-participant", roles=STUDY, meaning=Meaning.APPROVED)
class EnrolParticipant(Action):
    """Enrol an eligible participant into a cohort and dose level, on an enrolment token where the level has a cap."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    cohort: str = f.code("Cohort")
    level: str = f.code("Dose level")
    allotment: str = f.ref("allotment", label="Allotment", touch=True, required=False)
    token: int | None = f.count("Token", low=1, required=False)


@action("link-journey", roles=(*STUDY, Role.PHYSICIAN), meaning=Meaning.APPROVED)
class LinkJourney(Action):
    """Say which therapy is this participant's; from then on its milestones are read there."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    journey: str = f.ref("journey", label="Journey", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(ConfirmTrialEligibility)
def _eligible(act: ConfirmTrialEligibility, asking: Asking, book: Book) -> Accepted:
    participant = still_in(known(book, act.about))
    refuse_if(participant.enrolled_on, "already-enrolled", participant=act.participant, on=participant.enrolled_on)
    number, document, country = under(book, participant, asking.today)
    require_consents(participant, document, country, asking.today)
    judge(document, act.answers)
    return Accepted(given={"number": number})


def judge(document: Facts, answers: Any) -> None:
    """Refused unless every criterion has an answer, inclusions yes and exclusions no."""
    wanted = {one["code"]: "yes" if one["kind"] == "inclusion" else "no" for one in document["eligibility"]}
    if not isinstance(answers, dict) or any(said not in ANSWERS for said in answers.values()):
        raise Refused("answers-unreadable", field="answers", options=list(ANSWERS))
    unknown = sorted(set(answers) - set(wanted))
    refuse_if(unknown, "criterion-unknown", field="answers", criteria=unknown)
    lacking = [code for code in wanted if code not in answers]
    refuse_if(lacking, "criterion-unanswered", field="answers", criteria=lacking)
    unmet = [code for code, said in wanted.items() if answers[code] != said]
    refuse_if(unmet, "criterion-not-met", field="answers", criteria=unmet)


@checks(FailScreening)
def _fail(act: FailScreening, asking: Asking, book: Book) -> None:
    participant = still_in(known(book, act.about))
    refuse_if(participant.enrolled_on, "already-enrolled", participant=act.participant, on=participant.enrolled_on)
    _, document, _ = under(book, participant, asking.today)
    there = {one["code"] for one in document["eligibility"]}
    unknown = sorted(set(act.criteria) - there)
    refuse_if(unknown, "criterion-unknown", field="criteria", criteria=unknown)
    unfit = (act.why == "not-eligible") != bool(act.criteria)
    refuse_if(unfit, "criteria-and-reason", field="criteria", why=act.why)


@checks(EnrolParticipant)
def _enrol(act: EnrolParticipant, asking: Asking, book: Book) -> Accepted:
    participant = still_in(known(book, act.about))
    refuse_if(participant.enrolled_on, "already-enrolled", participant=act.participant, on=participant.enrolled_on)
    protocol: Protocol = known(book, f"protocol:{participant.protocol}")
    version = require_active(book, protocol, participant.site, asking.today)
    country = known_site(book, participant.site).country
    require_consents(participant, version.document, country, asking.today)
    refuse_if(participant.eligible_on is None, "participant-not-eligible", participant=act.participant)
    since = participant.eligible_on
    refuse_if(since and asking.today < since, "before-its-cause", cause="eligibility", cause_at=since,
              happened_at=asking.today)  # fmt: skip
    refuse_if(participant.eligible_under != version.number, "eligibility-superseded", participant=act.participant,
              found=participant.eligible_under, expected=version.number)  # fmt: skip
    cohort = next((one for one in version.document["cohorts"] if one["code"] == act.cohort), None)
    fits = cohort is not None and act.level in cohort["levels"]
    refuse_if(not fits, "level-not-of-cohort", field="level", cohort=act.cohort, level=act.level)
    require_running(book, participant.protocol, act.level)
    told = level(version.document, act.level)
    assert told is not None
    if not told["tokens"]:
        refuse_if(act.allotment or act.token, "token-not-needed", field="allotment", level=act.level)
    else:
        refuse_if(not act.allotment or not act.token, "token-missing", field="allotment", level=act.level)
        require_token(act.allotment, act.token or 0, participant.protocol, act.level, participant.code, asking, book)
    return Accepted(given={"number": version.number})


@checks(LinkJourney)
def _link(act: LinkJourney, asking: Asking, book: Book) -> Accepted:
    participant = still_in(known(book, act.about))
    journey: Journey = known(book, f"journey:{act.journey}")
    refuse_if(participant.enrolled_on is None, "participant-not-enrolled", participant=act.participant)
    refuse_if(participant.journey, "participant-linked", participant=act.participant, journey=participant.journey)
    other = dict(journey.trials).get(participant.protocol)
    refuse_if(other, "journey-in-trial", journey=act.journey, protocol=participant.protocol, participant=other)
    protocol: Protocol = known(book, f"protocol:{participant.protocol}")
    product = protocol.versions[-1].document["product"]
    refuse_if(journey.process != product, "journey-of-another-product", journey=act.journey, found=journey.process,
              expected=product)  # fmt: skip
    return Accepted(findings=tuple(_doubts(participant, journey)))


def _doubts(participant: Participant, journey: Journey) -> list[Finding]:
    """What does not fit between a participant and the therapy that is said to be theirs."""
    found: list[Finding] = []
    if participant.screened_on is not None:
        theirs = journey.age_months_on(participant.screened_on)
        if abs(theirs - participant.age_months) > 1:
            found.append(Finding("participant-age-differs", {"participant": participant.age_months, "journey": theirs}))
    collected = next((at for name, at, _ in journey.stations if name == "collected"), None)
    if collected is not None and participant.enrolled_on is not None and collected.date() < participant.enrolled_on:
        found.append(
            Finding("collected-before-enrolment", {"collected": collected, "enrolled": participant.enrolled_on})
        )
    return found


# -- applies --------------------------------------------------------------------------------------------


@applies(ConfirmTrialEligibility, "participant")
def _(participant: Participant, act: ConfirmTrialEligibility, entry: Entry) -> Participant:
    return replace(participant, eligible_on=entry.today, eligible_under=entry.given["number"],
                   answers=tuple(sorted(act.answers.items())))  # fmt: skip


@applies(FailScreening, "participant")
def _(participant: Participant, act: FailScreening, entry: Entry) -> Participant:
    return replace(participant, failed_on=entry.today, failed_why=act.why, failed_criteria=act.criteria)


@applies(EnrolParticipant, "participant")
def _(participant: Participant, act: EnrolParticipant, entry: Entry) -> Participant:
    return replace(participant, enrolled_on=entry.today, enrolled_under=entry.given["number"], cohort=act.cohort,
                   level=act.level, allotment=act.allotment, token=act.token or 0)  # fmt: skip


@applies(EnrolParticipant, "allotment")
def _(found: Allotment, act: EnrolParticipant, entry: Entry) -> Allotment:
    return replace(found, spent=(*found.spent, (act.token or 0, act.participant)))


@applies(LinkJourney, "participant")
def _(participant: Participant, act: LinkJourney, entry: Entry) -> Participant:
    return replace(participant, journey=act.journey, linked_on=entry.today)


@applies(LinkJourney, "journey")
def _(journey: Journey, act: LinkJourney, entry: Entry) -> Journey:
    protocol = act.participant.rsplit("-", 2)[0]
    return replace(journey, trials=(*journey.trials, (protocol, act.participant)))
