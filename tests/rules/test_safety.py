"""Safety: what a site and the sponsor write down of an adverse event, each refusal beside the act that is allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from milenari.rules.adverse_event import class_of, clocks_of, standing_of
from milenari.rules.protocol import Version
from milenari.rules.safety import AmendAdverseEvent, AssessAdverseEvent, CloseAdverseEvent, NotifySponsor
from milenari.rules.safety_review import ReviewAdverseEvent, SubmitSusarReport
from tests.rules.book import MemoryBook, found
from tests.rules.trialling import EVENT, TRIAL, WHO, graded, participant, report, trial

HOUR = timedelta(hours=1)
ASSESS = AssessAdverseEvent(event=EVENT, product="possible", lymphodepletion="unlikely", procedure="not-related",
                            method="WHO-UMC")  # fmt: skip
TELL = NotifySponsor(event=EVENT, how="by the platform and by telephone")
REVIEW = ReviewAdverseEvent(review=EVENT, product="probable", lymphodepletion="unlikely", procedure="not-related",
                            method="WHO-UMC", expectedness="unexpected", information="IB-3")  # fmt: skip
SUBMIT = SubmitSusarReport(review=EVENT, kind="initial", case_number="ES-MIL-0001", trial_number="2026-500001-11-00",
                           narrative="A girl of eight...", recipient="EudraVigilance", receipt="EVR-77")  # fmt: skip
CLOSE = CloseAdverseEvent(event=EVENT)


def reported(**changes: Any) -> MemoryBook:
    book = trial()
    book.do(report(book, **changes), "investigator")
    return book


def test_a_trial_is_graded_by_the_version_its_protocol_names():
    for named, other in (("5", "v6"), ("6", "v5")):
        book = trial()
        told = {"parameters": {"ctcae-version": {"value": named, "unit": "1", "source": "protocol"}}}
        version = Version("1.0", told, "", "BCN-COORDINATOR", book.now)
        book.sheets[f"protocol:{TRIAL}"] = replace(book.sheet(f"protocol:{TRIAL}"), versions=(version,))
        book.sheets[f"participant:{WHO}"] = replace(book.sheet(f"participant:{WHO}"), protocol_version="1.0")
        facts = book.refused("grade-by-another-version", report(book, grade=3, ctcae_version=other), "investigator")
        assert facts["option"] == f"v{named}"
        book.do(report(book, grade=3, ctcae_version=f"v{named}"), "investigator")
        book.refused("grade-by-another-version", amend(book, grade=3, ctcae_version=other), "investigator",
                     reason="graded anew")  # fmt: skip
    silent = trial()
    silent.do(report(silent, grade=3, ctcae_version="v6"), "investigator")


def amend(book: MemoryBook, **changes: Any) -> AmendAdverseEvent:
    act = report(book, **changes)
    told = {name: getattr(act, name) for name in act.fields if name not in ("event", "participant")}
    return AmendAdverseEvent(event=EVENT, **told)


def sponsored(**changes: Any) -> MemoryBook:
    """Told, assessed, and reviewed by the sponsor as unexpected."""
    book = reported(**changes)
    book.do(TELL, "investigator")
    book.do(ASSESS, "investigator")
    book.do(REVIEW, "physician", site="BCN")
    return book


def _class(book: MemoryBook) -> str:
    return class_of(book.sheet(f"adverseevent:{EVENT}"), book.sheet(f"eventreview:{EVENT}"))


def _clocks(book: MemoryBook) -> dict[str, str]:
    held = book.sheet(f"adverseevent:{EVENT}"), book.sheet(f"eventreview:{EVENT}")
    return {c.kind: c.state(book.now) for c in clocks_of(*held, "Europe/Madrid")}


def test_an_event_is_reported_in_the_reporters_words_and_a_serious_one_starts_a_clock():
    book = trial()
    entry = book.do(report(book), "ward-nurse")
    event = book.sheet(f"adverseevent:{EVENT}")
    assert (event.now.term, event.protocol, event.journey, event.status) == ("fever and shivering", "ARI-PED", "J-1",
                                                                             "open")  # fmt: skip
    assert found(entry) == ["serious-event"] and _clocks(book) == {"sponsor": "due"}
    book.refused("subject-exists", report(book), "investigator")
    assert _clocks(book.later(hours=22)) == {"sponsor": "overdue"}
    plain = trial()
    assert found(plain.do(report(plain, hospitalisation=False), "investigator")) == []
    assert _clocks(plain) == {} and _class(plain) == "ae"


def test_an_events_code_begins_with_its_participant_of_this_site():
    book = trial()
    book.refused("event-code-wrong", report(book, event="AE-1"), "investigator")
    book.refused("event-code-wrong", report(book, event=f"{WHO}/"[:-1] + "-9/AE-1"), "investigator")
    book.refused("held-elsewhere", report(book), "investigator", site="BEY")
    book.refused("subject-unknown", report(book, participant="ARI-PED-ROM-009", event="ARI-PED-ROM-009/1"),
                 "investigator")  # fmt: skip
    book.refused("role-not-allowed", report(book), "operator")


def test_what_contradicts_itself_is_refused():
    book = trial()
    yesterday = (book.now - timedelta(days=1)).date()
    book.refused("dates-reversed", report(book, ended_on=yesterday), "investigator")
    book.refused("before-its-cause", report(book, known_at=book.now - timedelta(days=2)), "investigator")
    book.refused("death-and-outcome-differ", report(book, death=True), "investigator")
    book.refused("death-and-outcome-differ", report(book, outcome="fatal"), "investigator")
    book.refused("grade-without-version", report(book, grade=3), "investigator")
    book.refused("grade-and-outcome-differ", report(book, grade=5, ctcae_version="v5"), "investigator")
    book.refused("grade-and-outcome-differ", report(book, grade=4, ctcae_version="v5", death=True, outcome="fatal"),
                 "investigator")  # fmt: skip
    book.do(report(book, grade=5, ctcae_version="v5", death=True, outcome="fatal", ctcae="Death NOS"), "investigator")


def test_a_grade_of_the_bedside_is_taken_from_the_record_and_typed_by_nobody():
    book = trial()
    book.refused("no-grade-in-the-record", report(book, scale="CRS"), "investigator")
    seen = tuple(graded("CRS", grade, book.now - timedelta(minutes=m)) for grade, m in ((2, 90), (3, 60), (1, 30)))
    participant(book, grades=(*seen, graded("CRS", 4, book.now - timedelta(days=9)), graded("ICANS", 4, book.now)))
    book.refused("grade-in-the-record", report(book, scale="CRS", grade=2, ctcae_version="v5"), "investigator")
    book.do(report(book, scale="CRS"), "investigator")
    assert book.sheet(f"adverseevent:{EVENT}").now.grade == 3  # the gravest since it began, of its own scale


def test_an_amendment_keeps_what_was_told_and_opens_a_closed_event():
    book = reported(hospitalisation=False, outcome="event-recovered")
    book.refused("reason-missing", amend(book), "investigator")
    book.do(ASSESS, "investigator")
    book.do(CLOSE, "investigator")
    book.refused("event-closed", CLOSE, "investigator")
    entry = book.do(amend(book, life_threatening=True), "investigator", reason="she was moved to intensive care")
    event = book.sheet(f"adverseevent:{EVENT}")
    assert found(entry) == ["serious-event"] and event.status == "open" and len(event.tellings) == 2
    assert event.tellings[0].criteria == () and event.now.reason == "she was moved to intensive care"
    assert event.now.criteria == ("life-threatening", "hospitalisation")


def test_the_sponsor_is_told_of_each_telling_once_and_late_is_said():
    book = reported()
    book.do(TELL, "physician")
    assert _clocks(book)["sponsor"] == "done"
    book.refused("nothing-to-tell", TELL, "physician")
    book.do(amend(book, term="sepsis"), "investigator", reason="blood culture")
    book.do(TELL, "investigator")
    late = reported().later(hours=30)
    assert found(late.do(TELL, "investigator")) == ["sponsor-told-late"]
    minor = reported(hospitalisation=False)
    minor.refused("nothing-to-tell", TELL, "investigator")


def test_an_assessment_names_its_method_and_the_version_it_was_judged_against():
    book = reported()
    expected = replace(ASSESS, expectedness="expected")
    book.refused("safety-information-missing", expected, "investigator")
    book.refused("role-not-allowed", ASSESS, "physician")
    book.refused("before-its-cause", ASSESS, "investigator", at=book.now - 9 * HOUR)
    book.do(replace(expected, information="IB-3"), "investigator")
    book.refused("reason-missing", ASSESS, "investigator")
    book.do(ASSESS, "investigator", reason="blood culture stayed negative")
    assert len(book.sheet(f"adverseevent:{EVENT}").opinions) == 2


def test_the_sponsor_reviews_second_and_makes_nothing_less_of_it():
    book = reported()
    book.do(TELL, "investigator")
    book.do(ASSESS, "investigator")
    book.refused("not-the-control-site", REVIEW, "physician")
    book.refused("role-not-allowed", REVIEW, "coordinator", site="BCN")
    less = replace(REVIEW, product="not-related")
    entry = book.do(less, "physician", site="BCN")
    assert found(entry) == ["opinions-differ", "susar-suspected"]
    held = book.sheet(f"adverseevent:{EVENT}"), book.sheet(f"eventreview:{EVENT}")
    assert standing_of(*held).product == "possible" and _class(book) == "susar"
    book.refused("reason-missing", less, "physician", site="BCN")
    denied = replace(ASSESS, product="unlikely")
    book.do(denied, "investigator", reason="a virus was found")
    assert _class(book) == "sae"  # both agree on less
    own = reported()
    own.sheets[f"adverseevent:{EVENT}"] = replace(own.sheet(f"adverseevent:{EVENT}"), tellings=(
        replace(own.sheet(f"adverseevent:{EVENT}").now, by="BCN-PHYSICIAN"),))  # fmt: skip
    own.refused("own-work", REVIEW, "physician", site="BCN")


def test_a_susar_is_reported_whole_and_the_receipt_stops_the_clock():
    book = sponsored()
    assert _class(book) == "susar" and _clocks(book)["authority"] == "due"
    book.refused("report-without-first", replace(SUBMIT, kind="follow-up"), "coordinator", site="BCN")
    book.refused("not-the-control-site", SUBMIT, "coordinator")
    entry = book.do(SUBMIT, "coordinator", site="BCN")
    assert found(entry) == [] and _clocks(book)["authority"] == "done"
    assert book.sheet(f"eventreview:{EVENT}").reports[0].receipt == "EVR-77"
    book.refused("report-already-made", SUBMIT, "coordinator", site="BCN")
    book.do(replace(SUBMIT, kind="follow-up"), "physician", site="BCN")


def test_a_report_that_lacks_something_names_it():
    book = sponsored(meddra="")
    facts = book.refused("report-incomplete", SUBMIT, "coordinator", site="BCN")
    assert facts["missing"] == ["E.i.2.1b"]
    book.do(replace(SUBMIT, meddra="10037660"), "coordinator", site="BCN")
    untold = reported()
    untold.do(ASSESS, "investigator")
    untold.refused("subject-unknown", SUBMIT, "coordinator", site="BCN")  # the sponsor has not looked at it
    untold.do(REVIEW, "physician", site="BCN")
    facts = untold.refused("report-incomplete", SUBMIT, "coordinator", site="BCN")
    assert facts["missing"] == ["C.1.4", "C.1.5"]


def test_what_both_hold_to_be_expected_is_not_reported_at_once():
    book = reported()
    book.do(TELL, "investigator")
    book.do(ASSESS, "investigator")
    assert _class(book) == "possible-susar" and _clocks(book)["authority"] == "due"
    book.do(replace(REVIEW, expectedness="expected"), "physician", site="BCN")
    assert _class(book) == "sar" and "authority" not in _clocks(book)
    book.refused("not-a-susar", SUBMIT, "coordinator", site="BCN")


def test_a_report_after_its_day_is_said_to_be_late():
    book = sponsored(death=True, outcome="fatal")
    assert _clocks(book)["authority-urgent"] == "due"
    assert found(book.copy().later(days=7).do(SUBMIT, "coordinator", site="BCN")) == []
    late = book.later(days=8)
    assert found(late.do(SUBMIT, "coordinator", site="BCN")) == ["susar-reported-late"]
    assert _clocks(late)["authority-rest"] == "due"
    assert found(late.later(days=9).do(replace(SUBMIT, kind="follow-up"), "coordinator", site="BCN")) == [
        "susar-reported-late"]  # fmt: skip


def test_an_event_is_closed_when_nothing_of_it_is_owed():
    book = reported()
    book.refused("event-not-assessed", CLOSE, "investigator")
    book.do(ASSESS, "investigator")
    open_ = reported(outcome="unknown")
    open_.do(ASSESS, "investigator")
    open_.refused("outcome-open", CLOSE, "investigator")
    book.refused("sponsor-not-told", CLOSE, "investigator")
    book.do(TELL, "investigator")
    book.refused("event-not-reviewed", CLOSE, "investigator")
    book.do(REVIEW, "physician", site="BCN")
    book.refused("report-owed", CLOSE, "investigator")
    book.do(SUBMIT, "coordinator", site="BCN")
    book.do(CLOSE, "investigator")
    assert book.sheet(f"adverseevent:{EVENT}").status == "closed"
