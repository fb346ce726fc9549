"""The flow of a trial closes for any history; what has to be signed again follows from days alone."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.consent_due import due_consents
from milenari.rules.participant import Assent, Participant, Signed
from milenari.rules.protocol import Approval, Protocol, Version
from milenari.rules.protocol_document import read_document
from milenari.rules.trial_flow import STEPS, Course, ended, flow
from tests.rules.cast import DAY
from tests.rules.trial import (
    AMEND,
    CONTROL,
    DATA_USE,
    TRIAL,
    WHO,
    amended,
    approve,
    assent,
    consent,
    document,
    open_trial,
    screen,
)

REASONS = ("", "not-eligible", "died", "from-follow-up", "product-rejected")
ON = timedelta(days=1)


@st.composite
def histories(draw: st.DrawFn) -> list[Course]:
    """Any steps in any order of days, with gaps, ended or not."""
    found = []
    for n in range(draw(st.integers(0, 30))):
        reached = draw(st.sets(st.sampled_from(STEPS[1:])))
        days = {step: DAY + timedelta(days=draw(st.integers(0, 400))) for step in ("screened", *sorted(reached))}
        found.append(Course(f"P-{n}", "ROM", days, draw(st.sampled_from(REASONS))))
    return found


@given(histories())
def test_the_sums_of_the_flow_close_for_any_history_and_each_loss_has_a_reason(courses: list[Course]) -> None:
    found = flow(courses)
    assert found.steps[0].reached == len(courses)
    for step, after in zip(found.steps, [*found.steps[1:], None], strict=True):
        assert step.reached == step.went_on + step.all_lost + step.under_way
        assert step.went_on == (after.reached if after else 0)
        assert all(reason and count > 0 for reason, count in step.lost)
    lost: Counter[str] = Counter()
    for step in found.steps:
        lost.update(dict(step.lost))
    assert lost == Counter(c.lost for c in courses if c.lost)
    assert sum(step.under_way for step in found.steps) == sum(1 for c in courses if not c.lost)
    assert set(found.gaps) == {c.code for c in courses if c.skipped}


def test_a_gap_in_the_record_is_named_and_not_hidden() -> None:
    whole = {step: DAY for step in STEPS[:4]}
    gap = {step: on for step, on in whole.items() if step != "consented"}
    found = flow([Course("A", "ROM", whole), Course("B", "ROM", gap)])
    assert found.gaps == ("B",) and [step.reached for step in found.steps] == [2, 2, 2, 2, 0, 0, 0, 0]


def why(treated: bool = False, modes: tuple[str, ...] = (), **told: Any) -> str:
    facts: dict[str, Any] = {
        "failed": "",
        "ended_why": "",
        "died": False,
        "consent_withdrawn": False,
        "rejected": False,
        **told,
    }
    return ended(modes=modes, treated=treated, **facts)


def test_why_somebody_is_lost_follows_from_the_record() -> None:
    assert why() == "" and why(ended_why="completed") == ""
    assert why(failed="declined", died=True) == "declined" and why(died=True, ended_why="other") == "died"
    assert why(modes=("from-treatment",)) == "from-treatment" and why(True, ("from-treatment",)) == ""
    assert why(True, ("from-treatment", "of-data-use")) == "of-data-use"
    assert why(rejected=True) == "product-rejected" and why(True, rejected=True) == ""
    assert why(consent_withdrawn=True) == "consent-withdrawn" and why(True, consent_withdrawn=True) == ""


# -- what is to be signed again ---------------------------------------------------------------------------


def in_force(told: dict[str, object] | None = None, on: date = DAY) -> Protocol:
    at = open_trial().sheet(f"protocol:{TRIAL}").versions[0].at
    return Protocol(
        code=TRIAL, version=1, versions=(Version("1.0", told or document(), "", "BCN-QA", at),),
        approvals=(Approval("1.0", "IT", "the authority", "7", on),),
    )  # fmt: skip


def child(months: int, **more: Any) -> Participant:
    signed = (
        Signed("guardian", "G1", "it", "guardian", DAY, "1.0"),
        Signed("data", "D1", "it", "guardian", DAY, "1.0"),
    )
    facts: dict[str, Any] = {"site": "ROM", "screened_on": DAY, "consents": signed, **more}
    return Participant(code=WHO, version=1, protocol=TRIAL, age_months=months, **facts)


def test_majority_asks_for_ones_own_consent_on_the_right_day() -> None:
    due = due_consents(child(17 * 12 + 6), in_force(), "IT", DAY)
    own = [one for one in due if one.why == "majority"]
    assert {one.part for one in own} == {"own", "data"}
    assert {(one.from_on, one.by_on) for one in own} == {(date(2026, 8, 3), date(2026, 9, 2))}
    one = own[0]
    days = (one.from_on - ON, one.from_on, one.by_on, one.by_on + ON)
    assert [one.state(on) for on in days] == ["upcoming", "due", "due", "overdue"]
    now = Signed("own", "O1", "it", "participant", date(2026, 8, 20), "1.0")
    grown = child(17 * 12 + 6)
    signed = Participant(**{**grown.__dict__, "consents": (*grown.consents, now)})
    assert {d.part for d in due_consents(signed, in_force(), "IT", DAY) if d.why == "majority"} == {"data"}


def test_a_band_that_is_crossed_asks_for_the_childs_word_and_one_that_was_past_does_not() -> None:
    due = [one for one in due_consents(child(11 * 12 + 11), in_force(), "IT", DAY) if one.why == "assent-band"]
    assert [(one.part, one.from_on, one.by_on) for one in due] == [("A12", date(2026, 3, 3), date(2026, 4, 2))]
    assert not [one for one in due_consents(child(13 * 12), in_force(), "IT", DAY) if one.why == "assent-band"]


def test_an_amended_form_is_signed_again_only_where_the_amendment_asks() -> None:
    for again, wanted in ((True, [("guardian", "G2")]), (False, [])):
        due = due_consents(child(96), in_force(amended(again)), "IT", DAY)
        assert [(one.part, one.form_version) for one in due if one.why == "amendment"] == wanted


def test_an_amended_assent_is_asked_again_only_where_the_amendment_asks_and_the_child_is_of_that_age() -> None:
    told = Assent("A12", "A12-1", "it", True, DAY)

    def asked(again: bool, months: int, *said: Assent) -> list[tuple[str, str]]:
        made = deepcopy(document())
        made["countries"]["IT"]["bands"] = [
            {**band, "form_version": "A12-2", "again": again} if band["code"] == "A12" else band
            for band in made["countries"]["IT"]["bands"]
        ]
        due = due_consents(child(months, assents=said), in_force(read_document(made)), "IT", DAY)
        return [(one.part, one.form_version) for one in due if one.why == "amendment"]

    assert asked(True, 13 * 12, told) == [("A12", "A12-2")]
    assert asked(False, 13 * 12, told) == []
    assert asked(True, 13 * 12) == []  # never asked by the older form: nothing to renew
    assert asked(True, 13 * 12, told, replace(told, form_version="A12-2")) == []
    assert asked(True, 19 * 12, told) == []


def test_who_is_out_is_asked_nothing() -> None:
    assert due_consents(child(17 * 12), in_force(), "IT", DAY)
    assert not due_consents(child(17 * 12, ended_on=DAY), in_force(), "IT", DAY)
    assert not due_consents(child(17 * 12, failed_on=DAY), in_force(), "IT", DAY)
    assert not due_consents(child(17 * 12, consents=()), in_force(), "IT", DAY)
    assert not due_consents(child(17 * 12), in_force(), "JO", DAY)


def test_the_same_by_acts_a_child_near_twelve_and_an_amendment() -> None:
    book = open_trial()
    book.do(screen(months=11 * 12 + 11), "investigator")
    book.do(consent(), "investigator")
    book.do(DATA_USE, "investigator")
    book.do(AMEND, "coordinator", **CONTROL, reason="a new form")
    book.do(approve("IT", "1.1"), "coordinator", **CONTROL)

    def asked() -> list[str]:
        due = due_consents(book.sheet(f"participant:{WHO}"), book.sheet(f"protocol:{TRIAL}"), "IT", DAY)
        return [one.part for one in due if one.why != "majority"]

    assert asked() == ["guardian", "A12"]
    book.do(consent(form="G2"), "investigator")
    assert asked() == ["A12"]
    book.later(days=20)
    told = assent()
    book.do(type(told)(**{**told.__dict__, "on": DAY + 20 * ON}), "investigator")
    assert asked() == []
