"""Leaving: how participation ends or shrinks, what is tried before somebody counts as lost, and adult care.

Withdrawal has three modes, and none erases what was recorded before: Regulation (EU) No 536/2014 Article 28(3) (what
was done, and the use of data obtained before withdrawal, are not affected), Regulation (EU) 2016/679 Article 17(3)(d)
(recalled and not re-read).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, action, applies, checks, known, refuse_if
from milenari.rules.participant import STUDY, Attempt, Participant, Withdrawal
from milenari.rules.protocol import known_site, version_at
from milenari.rules.protocol_document import parameter
from milenari.words import Meaning, Role

MODES = ("from-treatment", "from-follow-up", "of-data-use")
ENDS = ("completed", "manufacture-failed", "disease", "adverse-event", "physician", "lost-to-follow-up", "other")
WAYS = ("phone", "letter", "e-mail", "family-doctor", "registry", "visit")
# What goes on and what stops, by mode; what was recorded before is always kept.
GOES_ON = {
    "from-treatment": ("follow-up", "new-data", "use-of-data", "safety"),
    "from-follow-up": ("use-of-data", "safety"),
    "of-data-use": ("safety",),
}
ATTEMPTS = "contact-attempts"


def goes_on(participant: Participant) -> tuple[str, ...]:
    """What goes on after every withdrawal together; all of it where there was none."""
    held = set(GOES_ON["from-treatment"]) | {"treatment"}
    for mode in participant.withdrawn:
        held &= set(GOES_ON[mode])
    return tuple(one for one in ("treatment", *GOES_ON["from-treatment"]) if one in held)


@action("withdraw-participant", roles=(Role.INVESTIGATOR, Role.PHYSICIAN), meaning=Meaning.PERFORMED, needs_reason=True)
class WithdrawParticipant(Action):
    """Record that a participant withdrew from treatment, from follow-up, or the use of new data; what was is kept."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    mode: str = f.choice(MODES, "Withdraws")
    on: date = f.on("Withdrawn on", past=True)


@action("end-participation", roles=(Role.INVESTIGATOR,), meaning=Meaning.APPROVED, needs_reason=True)
class EndParticipation(Action):
    """End an enrolled participant's part in the trial, and say why; death and withdrawal have acts of their own."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    why: str = f.choice(ENDS, "Why it ended")
    on: date = f.on("Ended on", past=True)


@action("record-contact-attempt", roles=(*STUDY, Role.PHYSICIAN, Role.WARD_NURSE, Role.DATA_MANAGER),
        meaning=Meaning.PERFORMED)  # fmt: skip
class RecordContactAttempt(Action):
    """Record a try to reach somebody who missed a visit; nobody counts as lost before the protocol's number of them."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    by: str = f.choice(WAYS, "Tried by")
    reached: bool = f.flag("Reached")
    on: date = f.on("Tried on", past=True)


@action("record-adult-care", roles=STUDY, meaning=Meaning.PERFORMED)
class RecordAdultCare(Action):
    """Record that an adult clinic has taken over the follow-up visits of a participant who grew up."""

    participant: str = f.ref("participant", label="Participant", touch=True)
    clinic: str = f.text("Adult clinic", longest=120, help="no name of a person")
    on: date = f.on("Taken over on", past=True)


def _since_screening(participant: Participant, on: date) -> None:
    since = participant.screened_on
    refuse_if(since and on < since, "before-its-cause", cause="screening", cause_at=since, happened_at=on)


def _not_out(participant: Participant) -> None:
    """Refused when participation is over altogether; who withdrew in part is still there."""
    refuse_if(participant.failed_on, "participant-out", participant=participant.code, on=participant.failed_on,
              why="screen-failed")  # fmt: skip
    refuse_if(participant.ended_on, "participant-out", participant=participant.code, on=participant.ended_on,
              why=participant.ended_why)  # fmt: skip


@checks(WithdrawParticipant)
def _withdraw(act: WithdrawParticipant, asking: Asking, book: Book) -> None:
    participant: Participant = known(book, act.about)
    _not_out(participant)
    _since_screening(participant, act.on)
    refuse_if(participant.consented_on is None, "no-consent-to-withdraw", journey=act.participant)
    refuse_if(act.mode in participant.withdrawn, "already-withdrawn", participant=act.participant, mode=act.mode)


@checks(EndParticipation)
def _end(act: EndParticipation, asking: Asking, book: Book) -> None:
    participant: Participant = known(book, act.about)
    _not_out(participant)
    refuse_if(participant.enrolled_on is None, "participant-not-enrolled", participant=act.participant)
    since = participant.enrolled_on
    refuse_if(since and act.on < since, "before-its-cause", cause="enrolment", cause_at=since, happened_at=act.on)
    if act.why != "lost-to-follow-up":
        return
    protocol = known(book, f"protocol:{participant.protocol}")
    document = version_at(book, protocol, participant.site, asking.today).document
    asked = parameter(document, ATTEMPTS).value
    tried = unanswered(participant)
    assert asked is not None
    refuse_if(tried < asked, "too-few-attempts", participant=act.participant, tried=tried, asked=int(asked))


def unanswered(participant: Participant) -> int:
    """How many tries in a row, the newest last, have reached nobody."""
    count = 0
    for attempt in sorted(participant.attempts, key=lambda one: one.on):
        count = 0 if attempt.reached else count + 1
    return count


@checks(RecordContactAttempt)
def _attempt(act: RecordContactAttempt, asking: Asking, book: Book) -> None:
    participant: Participant = known(book, act.about)
    _not_out(participant)
    _since_screening(participant, act.on)
    gone = participant.withdrawn & {"from-follow-up", "of-data-use"}
    refuse_if(gone, "participant-out", participant=act.participant, on=participant.withdrawals[-1].on
              if participant.withdrawals else None, why=min(gone, default=""))  # fmt: skip


@checks(RecordAdultCare)
def _adult(act: RecordAdultCare, asking: Asking, book: Book) -> None:
    participant: Participant = known(book, act.about)
    _not_out(participant)
    _since_screening(participant, act.on)
    refuse_if(participant.enrolled_on is None, "participant-not-enrolled", participant=act.participant)
    known_site(book, participant.site)
    refuse_if(participant.adult_care_on, "already-in-adult-care", participant=act.participant,
              on=participant.adult_care_on)  # fmt: skip


@applies(WithdrawParticipant, "participant")
def _(participant: Participant, act: WithdrawParticipant, entry: Entry) -> Participant:
    return replace(participant, withdrawals=(*participant.withdrawals, Withdrawal(act.mode, act.on)))


@applies(EndParticipation, "participant")
def _(participant: Participant, act: EndParticipation, entry: Entry) -> Participant:
    return replace(participant, ended_on=act.on, ended_why=act.why)


@applies(RecordContactAttempt, "participant")
def _(participant: Participant, act: RecordContactAttempt, entry: Entry) -> Participant:
    return replace(participant, attempts=(*participant.attempts, Attempt(act.on, act.by, act.reached)))


@applies(RecordAdultCare, "participant")
def _(participant: Participant, act: RecordAdultCare, entry: Entry) -> Participant:
    return replace(participant, adult_care_on=act.on, adult_care=act.clinic)
