"""Participants: each state by its own act, each refusal beside the same act accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milenari.rules.coming_of_age import add_months, turns
from milenari.rules.enrolment import FailScreening
from milenari.rules.leaving import (
    EndParticipation,
    RecordAdultCare,
    RecordContactAttempt,
    WithdrawParticipant,
    goes_on,
)
from milenari.rules.monitoring import PlaceHold
from milenari.rules.participant import Participant
from tests.rules.book import MemoryBook, found
from tests.rules.cast import DAY, collected
from tests.rules.trial import (
    AMEND,
    CONTROL,
    DATA_USE,
    OTHER,
    WHO,
    answers,
    approve,
    assent,
    confirm,
    consent,
    consented,
    document,
    eligible,
    enrol,
    enrolled,
    link,
    linked,
    open_trial,
    screen,
    screened,
)

WHY = {"reason": "as the family asked"}


def of(book: MemoryBook, who: str = WHO) -> Participant:
    made: Participant = book.sheet(f"participant:{who}")
    return made


def test_a_study_number_names_protocol_site_and_number() -> None:
    book = open_trial()
    for wrong in ("ARI-PED-BEY-001", "ARI-PED-ROM-1", "ARI-PED-ROM-00A", "X-ROM-001"):
        book.refused("participant-code-wrong", screen(wrong), "investigator")
    book.do(screen(), "investigator")
    book.refused("subject-exists", screen(), "investigator")
    assert (of(book).status, of(book).site, of(book).protocol_version) == ("screened", "ROM", "1.0")


def test_a_site_whose_country_has_approved_nothing_screens_nobody() -> None:
    book = open_trial()
    book.refused("protocol-not-approved", screen("ARI-PED-BEY-001"), "investigator", site="BEY")


def test_a_consent_is_by_the_form_in_force_in_a_language_it_is_in_by_whom_may_sign() -> None:
    book = screened()
    book.refused("consent-part-unknown", consent("none"), "investigator")
    book.refused("consent-form-superseded", consent(form="G0"), "investigator")
    book.refused("consent-language-unknown", replace(consent(), language="xx"), "investigator")
    book.refused("signer-unfit", consent(signer="participant"), "investigator")
    book.refused("minor-cannot-consent", consent("own", "O1", "participant"), "investigator")
    book.refused("before-its-cause", replace(consent(), on=DAY - timedelta(days=1)), "investigator")
    book.do(consent(), "investigator")
    assert of(book).status == "consented" and of(book).consents[0].number == "1.0"


def test_an_adult_consents_alone() -> None:
    book = open_trial()
    book.do(screen(months=230), "investigator")
    book.refused("adult-consents-alone", consent(), "investigator")
    book.do(consent("own", "O1", "participant"), "investigator")
    book.do(consent("data", "D1", "participant"), "investigator")
    book.do(confirm(), "investigator")


def test_a_childs_word_is_by_the_form_of_its_age() -> None:
    book = open_trial()
    book.do(screen(months=12 * 13), "investigator")
    book.refused("assent-band-unknown", replace(assent(), band="A99"), "investigator")
    book.refused("assent-band-of-another-age", assent("A7"), "investigator")
    book.refused("consent-form-superseded", replace(assent(), form_version="A12-0"), "investigator")
    book.do(assent(), "investigator")
    assert of(book).status == "assented"


def test_every_criterion_is_answered_and_met_and_nothing_is_waived() -> None:
    book = consented()
    screened().refused("trial-consent-missing", confirm(), "investigator")
    book.refused("criterion-unanswered", replace(confirm(), answers={"I1": "yes"}), "investigator")
    book.refused("criterion-unknown", replace(confirm(), answers={**answers(), "I9": "yes"}), "investigator")
    book.refused("answers-unreadable", confirm(I1="waived"), "investigator")
    assert book.refused("criterion-not-met", confirm(I3="no"), "investigator")["criteria"] == ["I3"]
    assert book.refused("criterion-not-met", confirm(E1="yes"), "investigator")["criteria"] == ["E1"]
    book.refused("role-not-allowed", confirm(), "coordinator")
    book.do(confirm(), "investigator")
    assert of(book).status == "eligible"


def test_a_child_of_twelve_is_asked_and_its_no_counts() -> None:
    book = open_trial()
    book.do(screen(months=12 * 12), "investigator")
    book.do(consent(), "investigator")
    book.do(DATA_USE, "investigator")
    book.refused("assent-missing", confirm(), "investigator")
    no = book.copy()
    no.do(assent(word="refused"), "investigator")
    no.refused("assent-refused", confirm(), "investigator")
    book.do(assent(), "investigator")
    book.do(confirm(), "investigator")


def test_a_screening_failure_names_its_criteria() -> None:
    book = consented()
    book.refused("criteria-and-reason", FailScreening(participant=WHO, why="not-eligible"), "investigator")
    book.refused(
        "criteria-and-reason", FailScreening(participant=WHO, why="declined", criteria=("I1",)), "investigator"
    )
    unknown = FailScreening(participant=WHO, why="not-eligible", criteria=("I99",))
    book.refused("criterion-unknown", unknown, "investigator")
    book.do(FailScreening(participant=WHO, why="not-eligible", criteria=("I4",)), "investigator")
    assert of(book).status == "screen-failed"
    book.refused("participant-out", consent(), "investigator")


def test_enrolment_spends_a_token_of_this_site_and_level_once() -> None:
    book = eligible()
    consented().refused("participant-not-eligible", enrol(), "investigator")
    book.refused("token-missing", replace(enrol(), allotment="", token=None), "investigator")
    book.refused("token-not-to-spend", enrol(token=9), "investigator")
    book.refused("level-not-of-cohort", enrol(level="DL9"), "investigator")
    book.refused("level-not-of-cohort", enrol(cohort="P2", level="DL2"), "investigator")
    book.refused("token-of-another-level", enrol(level="DL2"), "investigator")
    book.do(enrol(), "investigator")
    assert of(book).level == "DL1" and book.sheet("allotment:T-ROM").spent == ((1, WHO),)
    book.refused("already-enrolled", enrol(token=2), "investigator")
    book.refused("already-enrolled", confirm(), "investigator")
    book.refused("already-enrolled", FailScreening(participant=WHO, why="declined"), "investigator")
    book.do(screen(OTHER), "investigator")
    book.do(consent(who=OTHER), "investigator")
    book.do(consent("data", "D1", who=OTHER), "investigator")
    book.do(confirm(OTHER), "investigator")
    book.refused("token-not-to-spend", enrol(OTHER, token=1), "investigator")
    book.do(enrol(OTHER, token=2), "investigator")


def test_nobody_is_enrolled_while_the_trial_or_the_level_is_on_hold() -> None:
    book = eligible()
    other = book.copy()
    other.do(PlaceHold(hold="ARI-PED", level="DL2"), "coordinator", **CONTROL, reason="two events")
    other.do(enrol(), "investigator")
    book.do(PlaceHold(hold="ARI-PED", level="DL1"), "coordinator", **CONTROL, reason="two events")
    book.refused("trial-on-hold", enrol(), "investigator")


def test_a_level_without_a_cap_takes_no_token() -> None:
    free = document()
    free["levels"][0]["tokens"] = False
    free["phase"] = "II"
    book = consented()
    book.do(replace(AMEND, document=free), "coordinator", **CONTROL, reason="no cap")
    book.do(approve("IT", "1.1"), "coordinator", **CONTROL)
    book.do(confirm(), "investigator")
    book.refused("token-not-needed", enrol(), "investigator")
    book.do(replace(enrol(), allotment="", token=None), "investigator")


def test_an_amendment_asks_for_its_form_and_its_criteria_again() -> None:
    book = eligible()
    book.copy().do(enrol(), "investigator")
    book.do(AMEND, "coordinator", **CONTROL, reason="a new form")
    book.copy().do(enrol(), "investigator")  # not approved in Italy yet
    book.do(approve("IT", "1.1"), "coordinator", **CONTROL)
    book.refused("trial-consent-superseded", enrol(), "investigator")
    book.do(consent(form="G2"), "investigator")
    book.refused("eligibility-superseded", enrol(), "investigator")
    book.do(confirm(), "investigator")
    book.do(enrol(), "investigator")
    assert (of(book).enrolled_under, of(book).protocol_version) == ("1.1", "1.1")


def test_a_therapy_is_one_participants_in_a_trial() -> None:
    book = enrolled()
    eligible().refused("participant-not-enrolled", link(), "investigator")
    book.refused("subject-unknown", link(journey="NONE"), "investigator")
    other = book.copy()
    other.sheets["journey:J1"] = replace(book.sheet("journey:J1"), process="LV")
    other.refused("journey-of-another-product", link(), "investigator")
    book.do(link(), "investigator")
    assert of(book).status == "linked" and book.sheet("journey:J1").trials == (("ARI-PED", WHO),)
    book.refused("participant-linked", link(), "investigator")
    book.do(screen(OTHER), "investigator")
    book.do(consent(who=OTHER), "investigator")
    book.do(consent("data", "D1", who=OTHER), "investigator")
    book.do(confirm(OTHER), "investigator")
    book.do(enrol(OTHER, token=2), "investigator")
    book.refused("journey-in-trial", link(OTHER), "investigator")


def test_what_does_not_fit_between_child_and_therapy_is_found() -> None:
    book = enrolled()
    assert found(book.copy().do(link(), "investigator")) == []
    book.sheets[f"participant:{WHO}"] = replace(of(book), age_months=50)
    assert found(book.do(link(), "investigator")) == ["participant-age-differs"]
    late = enrolled()
    late.sheets["journey:J1"] = collected().sheet("journey:J1")
    late.sheets[f"participant:{WHO}"] = replace(of(late), enrolled_on=DAY + timedelta(days=3))
    assert found(late.do(link(), "investigator")) == ["collected-before-enrolment"]


@pytest.mark.parametrize(
    ("mode", "left"),
    [
        ("from-treatment", ("follow-up", "new-data", "use-of-data", "safety")),
        ("from-follow-up", ("use-of-data", "safety")),
        ("of-data-use", ("safety",)),
    ],
)
def test_a_withdrawal_says_from_what_and_nothing_is_lost(mode: str, left: tuple[str, ...]) -> None:
    book = linked()
    assert goes_on(of(book))[0] == "treatment"
    withdraw = WithdrawParticipant(participant=WHO, mode=mode, on=DAY)
    screened().refused("no-consent-to-withdraw", withdraw, "investigator", **WHY)
    book.refused("reason-missing", withdraw, "investigator")
    kept = (of(book).consents, of(book).answers, of(book).journey)
    book.do(withdraw, "investigator", **WHY)
    assert goes_on(of(book)) == left and (of(book).consents, of(book).answers, of(book).journey) == kept
    book.refused("already-withdrawn", withdraw, "investigator", **WHY)
    book.refused("participant-out", consent(), "investigator")


def attempt(reached: bool = False, day: int = 0) -> RecordContactAttempt:
    return RecordContactAttempt(participant=WHO, by="phone", reached=reached, on=DAY + timedelta(days=day))


def test_nobody_is_lost_before_the_protocols_number_of_attempts() -> None:
    lost = EndParticipation(participant=WHO, why="lost-to-follow-up", on=DAY)
    book = linked()
    book.refused("parameter-to-be-set", lost, "investigator", **WHY)
    book.do(AMEND, "coordinator", **CONTROL, reason="attempts set")
    book.do(approve("IT", "1.1"), "coordinator", **CONTROL)
    for told in (attempt(), attempt(), attempt(reached=True), attempt(), attempt()):
        book.do(told, "investigator")
    assert book.refused("too-few-attempts", lost, "investigator", **WHY)["tried"] == 2
    book.do(attempt(), "data-manager")
    book.do(lost, "investigator", **WHY)
    assert of(book).status == "ended"
    book.refused("participant-out", attempt(), "investigator")
    book.refused(
        "participant-out", WithdrawParticipant(participant=WHO, mode="of-data-use", on=DAY), "physician", **WHY
    )


def test_participation_ends_after_enrolment_with_its_reason() -> None:
    end = EndParticipation(participant=WHO, why="manufacture-failed", on=DAY)
    eligible().refused("participant-not-enrolled", end, "investigator", **WHY)
    book = enrolled()
    book.refused("before-its-cause", replace(end, on=DAY - timedelta(days=9)), "investigator", **WHY)
    book.do(end, "investigator", **WHY)
    book.refused("participant-out", end, "investigator", **WHY)


def test_the_move_to_adult_care_is_recorded_once() -> None:
    move = RecordAdultCare(participant=WHO, clinic="Adult haematology", on=DAY)
    eligible().refused("participant-not-enrolled", move, "investigator")
    book = linked()
    book.do(move, "investigator")
    book.refused("already-in-adult-care", move, "investigator")


def test_who_left_follow_up_is_not_called() -> None:
    book = linked()
    book.copy().do(attempt(), "investigator")
    book.do(WithdrawParticipant(participant=WHO, mode="from-follow-up", on=DAY), "investigator", **WHY)
    book.refused("participant-out", attempt(), "investigator")


# -- ages ------------------------------------------------------------------------------------------------


def test_months_are_counted_to_the_end_of_short_ones() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 12, 5), -12) == date(2025, 12, 5)


@given(st.dates(date(2005, 1, 1), date(2020, 12, 28)), st.integers(0, 6000), st.integers(1, 25))
def test_a_birthday_that_is_not_known_lies_between_the_two_days(born: date, later: int, years: int) -> None:
    told = born + timedelta(days=later)
    months = (told.year - born.year) * 12 + told.month - born.month - (told.day < born.day)
    who = Participant(code="X", age_months=months, screened_on=told)
    first, sure = turns(who, years)
    birthday = add_months(born, years * 12)
    slack = timedelta(days=3)  # months of unlike length: the 31st has no twin in February
    assert first - slack <= birthday <= sure + slack and (sure - first).days <= 31
