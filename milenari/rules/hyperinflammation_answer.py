"""Hyperinflammation answer: what a physician makes of an alert, which closes it for this rise of ferritin.

The alert follows from the casebook; whether it is IEC-HS, and of which grade (1 to 5, Hines et al. 2023,
doi:10.1016/j.jtct.2023.03.006, recalled), a person says. Governing requirement: ICH E6(R3) annex 1, 2.7 (abnormal
values that matter for safety are judged by the investigator; clause recalled and not re-read).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

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
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.hyperinflammation import alerts_in
from milenari.words import Meaning, Role

IT_IS = "iec-hs"
JUDGEMENTS = (IT_IS, "another-cause", "watched")


@dataclass(frozen=True)
class Answer:
    """What was made of the alert of one rise: by whom, when, and the grade where it is IEC-HS."""

    begun: str
    judgement: str
    grade: int | None
    by: str
    at: datetime
    reason: str


@sheet("hyperinflammation")
class Hyperinflammation(Sheet):
    """The answers to the alerts of one participant, by the study number."""

    answers: tuple[Answer, ...] = ()

    @property
    def status(self) -> str:
        """As lists show it."""
        return self.answers[-1].judgement if self.answers else ""

    def answer(self, begun: str) -> Answer | None:
        """The newest answer to the alert of the rise that began on this page."""
        return next((one for one in reversed(self.answers) if one.begun == begun), None)


@action("answer-iec-hs-alert", roles=(Role.INVESTIGATOR, Role.PHYSICIAN), meaning=Meaning.REVIEWED)
class AnswerIecHsAlert(Action):
    """Answer an alert of hyperinflammation: it is IEC-HS, with its grade; it has another cause; or it is watched."""

    alert: str = f.ref("hyperinflammation", label="Participant", touch=True, help="study number")
    begun: str = f.ref("casebook-page", label="Page on which the rise began")
    judgement: str = f.choice(JUDGEMENTS, "Judgement of the alert")
    grade: int | None = f.count("Grade of IEC-HS", low=1, high=5, required=False)


@checks(AnswerIecHsAlert)
def _answer(act: AnswerIecHsAlert, asking: Asking, book: Book) -> Accepted:
    participant = known(book, f"participant:{act.alert}")
    refuse_if(participant.owner != asking.site, "held-elsewhere", subject=f"participant:{act.alert}",
              owner=participant.owner)  # fmt: skip
    alert = next((one for one in alerts_in(book, act.alert) if one.begun == act.begun), None)
    if alert is None:
        raise Refused("no-alert-stands", participant=act.alert, page=act.begun)
    after(asking.happened_at, alert.at, "sample")
    refuse_if((act.judgement == IT_IS) != (act.grade is not None), "grade-and-judgement-differ", field="grade")
    held: Hyperinflammation = book.sheet(act.about)
    again = held.answer(act.begun) is not None
    refuse_if(again and not asking.reason.strip(), "reason-missing", action=act.code)
    return Accepted(given={"criteria": [one.code for one in alert.reasons], "page": alert.page})


@applies(AnswerIecHsAlert, "hyperinflammation")
def _(held: Hyperinflammation, act: AnswerIecHsAlert, entry: Entry) -> Hyperinflammation:
    made = Answer(act.begun, act.judgement, act.grade, entry.by, entry.happened_at, entry.reason)
    return replace(held, answers=(*held.answers, made))
