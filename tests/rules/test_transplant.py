"""A transplant after the infusion: recorded once, never before its cause, and in remission only after a response."""

from datetime import date, timedelta

from milenari.rules.followup import RecordDeath, RecordResponse
from milenari.rules.transplant import RecordTransplant
from tests.rules.cast import DAY, found, infused, next_day, referred

RESPONSE = RecordResponse(journey="J1", response="mrd-negative-cr", sensitivity="flow 1e-4")


def transplant(on: date = DAY, state: str = "in-remission") -> RecordTransplant:
    return RecordTransplant(journey="J1", on=on, donor="matched-sibling", state=state)


def test_a_transplant_in_remission_follows_a_response() -> None:
    book = infused()
    book.refused("remission-without-response", transplant(), "physician")
    book.do(RESPONSE, "physician")
    book.do(transplant(), "physician")
    kept = book.sheet("journey:J1").transplants
    assert [(one.on, one.donor, one.remission) for one in kept] == [(DAY, "matched-sibling", True)]
    assert book.sheet("journey:J1").events[-1][:2] == ("transplant", "in-remission")


def test_a_failed_response_is_no_remission_but_a_transplant_is_recorded_all_the_same() -> None:
    book = infused()
    book.do(RecordResponse(journey="J1", response="no-response", sensitivity="flow 1e-4"), "physician")
    book.refused("remission-without-response", transplant(), "physician")
    book.do(transplant(state="not-in-remission"), "physician")
    assert not book.sheet("journey:J1").transplants[0].remission


def test_a_transplant_comes_after_the_first_infusion() -> None:
    facts = referred().refused("not-infused", transplant(state="not-in-remission"), "physician")
    assert facts["journey"] == "J1"
    book = infused()
    book.refused("before-its-cause", transplant(DAY - timedelta(days=1), "not-in-remission"), "physician")
    book.do(transplant(DAY, "not-in-remission"), "physician")


def test_a_second_transplant_is_of_another_day() -> None:
    book = next_day()
    book.do(RESPONSE, "physician")
    book.do(transplant(DAY), "physician")
    book.refused("transplant-already-recorded", transplant(DAY), "physician")
    book.do(transplant(DAY + timedelta(days=1)), "physician")
    assert len(book.sheet("journey:J1").transplants) == 2


def test_nobody_is_transplanted_after_death_but_what_was_before_can_still_be_entered() -> None:
    book = next_day()
    book.do(RecordDeath(journey="J1", died_on=DAY, cause="infection"), "physician")
    book.refused("patient-died", transplant(DAY + timedelta(days=1), "not-in-remission"), "physician")
    book.do(transplant(DAY, "not-in-remission"), "physician")


def test_a_transplant_is_not_recorded_by_a_nurse() -> None:
    book = infused()
    act = transplant(state="not-in-remission")
    book.refused("role-not-allowed", act, "ward-nurse")
    assert not found(book.do(act, "physician"))
