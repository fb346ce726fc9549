"""Quality control: what is due, worksheets under one signature, the path of a result, charts of batches."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milenari.journal import clock, read
from milenari.registers import models as table
from milenari.registers import quality
from milenari.science.control_chart import FEWEST
from tests.web.stage import client_of, do, sampled_lot, secrets, story, told
from tests.web.test_access import text_of

__all__ = ["story", "told"]
LOT = "lot:LV-T-L1"


def fields_of(answer: Any) -> dict[str, str]:
    """What a form holds before anybody types: its hidden fields and proposed values."""
    page = answer.content.decode()
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def number_of(typed: dict[str, str], test: str) -> str:
    return next(name[5:] for name, value in typed.items() if name.startswith("test.") and value == test)


def sheet_of(client: Any, url: str = f"/qc/enter?of={LOT}") -> dict[str, str]:
    answer = client.get(url)
    assert answer.status_code == 200
    return fields_of(answer)


def row(test: str, of: str = LOT) -> table.Result:
    return table.Result.objects.filter(of=of, test=test).order_by("-attempt")[0]


# -- what is due ----------------------------------------------------------------------------------------


def test_what_is_due_first_stands_first_and_what_has_no_time_says_so(story: None) -> None:
    sampled_lot()
    shown = text_of(client_of("bcn-analyst").get("/qc?q=LV-T-L1"))
    places = [shown.index(f"{test} {limit}") for test, limit in (("endotoxin", "less than"), ("ph", "from"))]
    assert places == sorted(places), "endotoxin is planned within a day, pH has no planned time"
    assert shown.count("no due time set") == 2, "pH and the reported test"
    assert "overdue" not in shown.partition("Open results")[2].partition("open result")[2]


def test_a_result_past_its_time_is_overdue_and_counted(story: None) -> None:
    seen = text_of(client_of("bcn-qa").get("/qc?status=overdue"))
    late = table.Result.objects.filter(status="pending", due_at__lt=clock.now()).count()
    assert late >= 1 and f"{late} open result" in seen and "overdue" in seen
    assert quality.counted(None, clock.now()).overdue == late
    assert quality.counted(None, clock.now() - timedelta(days=400)).overdue == 0


def test_the_due_time_is_the_sample_plus_the_planned_hours(story: None) -> None:
    sampled_lot()
    assert row("sterility").due_at == row("sterility").sampled_at + timedelta(hours=360)
    assert row("ph").due_at is None


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [("q=beY-b-001", "BEY-B-001", "AMM-B-DRILL"), ("test=sterility", "sterility", "mycoplasmalate"),
     ("site=AMM", "AMM-B-DRILL", "BEY-B-001"), ("status=recorded", "LV-A3B1-L07", "BEY-B-001"),
     ("status=nonsense", "BEY-B-001", "zzz"), ("site=BEY&page=99", "BEY-B-001", "zzz"), ("page=x", "BEY-B-001", "zzz")],
)  # fmt: skip
def test_the_list_is_searched_and_filtered(story: None, query: str, there: str, gone: str) -> None:
    shown = text_of(client_of("bcn-qa").get(f"/qc?{query}")).partition("Open results")[2]
    listed = shown.partition("Show all")[2] or shown
    assert there in listed and gone not in listed.replace(" ", "").replace("AMM·", "")


def test_a_person_sees_the_results_of_their_own_sites_only(story: None) -> None:
    shown = text_of(client_of("rom-analyst").get("/qc"))
    assert "BEY-B-001" not in shown and "No result is open at the sites you see" in shown
    assert client_of("rom-analyst").get("/qc/result?of=batch:AMM-B-DRILL&test=sterility").status_code == 403


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(story: None) -> None:
    client = client_of("bcn-qa")
    client.get("/qc")
    with CaptureQueriesContext(connection) as few:
        client.get("/qc")
    for number in range(1, 4):
        sampled_lot(f"LV-T-L{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/qc")
    assert len(many) == len(few)


# -- worksheets -----------------------------------------------------------------------------------------


def test_several_results_are_recorded_under_one_signature_each_its_own_entry(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    ph, endotoxin = number_of(typed, "ph"), number_of(typed, "endotoxin")
    typed |= {f"number.{ph}": "7.2", f"number.{endotoxin}": "0.5", f"bound.{endotoxin}": "<", **secrets("bcn-analyst")}
    answer = client.post("/qc/enter", typed, follow=True)
    assert answer.status_code == 200 and "2 results recorded" in text_of(answer)
    assert (row("ph").value, row("endotoxin").value) == ("7.2 [pH]", "<0.5 [EU]/mL")
    assert row("sterility").status == "pending", "what is left empty stays open"
    entries = [seen.entry for seen in read.entries_about(LOT) if seen.entry.action.code == "record-result"]
    assert len(entries) == 2 and len({entry.act for entry in entries}) == 2


def test_one_refused_line_keeps_all_of_them_from_being_recorded(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    ph, endotoxin = number_of(typed, "ph"), number_of(typed, "endotoxin")
    typed |= {f"number.{ph}": "7.2", f"number.{endotoxin}": "-1", **secrets("bcn-analyst")}
    answer = client.post("/qc/enter", typed)
    shown = text_of(answer)
    assert answer.status_code == 422 and "none was recorded" in shown and 'value="7.2"' in answer.content.decode()
    assert "cannot" in shown or "possible" in shown
    assert row("ph").status == row("endotoxin").status == "pending"
    typed |= {f"number.{endotoxin}": "0.1", **secrets("bcn-analyst")}
    assert client.post("/qc/enter", typed).status_code == 302
    assert row("ph").status == row("endotoxin").status == "recorded"


def test_comparing_says_what_is_outside_and_records_nothing(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    ph, endotoxin = number_of(typed, "ph"), number_of(typed, "endotoxin")
    answer = client.post("/qc/enter", {**typed, f"number.{ph}": "8.0", f"number.{endotoxin}": "20", "check": "1",
                                       f"bound.{endotoxin}": "<"})  # fmt: skip
    page = answer.content.decode()
    said = dict(re.findall(r'<output class="verdict (\w+)" id="said_(\d+)"', page))
    assert answer.status_code == 200 and said == {"fail": ph, "undecided": endotoxin}
    assert row("ph").status == "pending" and 'value="8.0"' in page


def test_what_lies_outside_is_told_again_after_signing(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    typed |= {f"number.{number_of(typed, 'ph')}": "8.0", **secrets("bcn-analyst")}
    shown = text_of(client.post("/qc/enter", typed, follow=True))
    assert "1 result recorded" in shown and "does not meet its limit as entered" in shown


def test_a_wrong_password_records_nothing_and_keeps_what_was_typed(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    typed |= {f"number.{number_of(typed, 'ph')}": "7.2", "password": "wrong", "second": "000000"}
    answer = client.post("/qc/enter", typed)
    assert answer.status_code == 422 and 'value="7.2"' in answer.content.decode() and row("ph").status == "pending"


def test_a_worksheet_with_nothing_in_it_says_so(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    answer = client.post("/qc/enter", {**sheet_of(client), **secrets("bcn-analyst")})
    assert answer.status_code == 422 and "Nothing is filled in yet." in text_of(answer)


def test_sending_a_worksheet_twice_records_it_once(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    typed |= {f"number.{number_of(typed, 'ph')}": "7.2", **secrets("bcn-analyst")}
    assert client.post("/qc/enter", typed).status_code == 302
    again = client.post("/qc/enter", typed)
    assert again.status_code == 422, "the line is gone from the sheet, nothing is entered a second time"
    assert sum(s.entry.action.code == "record-result" for s in read.entries_about(LOT)) == 1


def test_a_sheet_over_a_changed_product_is_refused(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-analyst")
    typed = sheet_of(client)
    number = {"value": "1", "unit": "ng/mL"}
    do("bcn-analyst2", "record-result", of=LOT, test="bsa", number=number, method="M")
    typed |= {f"number.{number_of(typed, 'ph')}": "7.2", **secrets("bcn-analyst")}
    answer = client.post("/qc/enter", typed)
    assert answer.status_code == 422 and row("ph").status == "pending"


def test_whoever_may_not_record_is_told_who_does(story: None) -> None:
    sampled_lot()
    client = client_of("bcn-qa")
    typed = sheet_of(client)
    typed |= {f"number.{number_of(typed, 'ph')}": "7.2", **secrets("bcn-qa")}
    answer = client.post("/qc/enter", typed)
    assert answer.status_code == 422 and "quality control analyst" in text_of(answer) and row("ph").status == "pending"


def test_verification_takes_other_persons_results_and_never_ones_own(story: None) -> None:
    sampled_lot()
    number = {"value": "7.2", "unit": "[pH]"}
    do("bcn-analyst", "record-result", of=LOT, test="ph", number=number, method="M")
    do("bcn-analyst2", "record-result", of=LOT, test="bsa", number={"value": "1", "unit": "ng/mL"}, method="M")
    client = client_of("bcn-analyst")
    answer = client.get(f"/qc/verify?of={LOT}")
    typed = fields_of(answer)
    ph, bsa = number_of(typed, "ph"), number_of(typed, "bsa")
    page = answer.content.decode()
    assert f'name="take.{bsa}"' in page and f'name="take.{ph}"' not in page and "your own work" in page
    forced = client.post("/qc/verify", {**typed, f"take.{ph}": "on", f"take.{bsa}": "on", **secrets("bcn-analyst")})
    assert forced.status_code == 422 and row("bsa").status == "recorded", "all or none"
    done = client.post("/qc/verify", {**typed, f"take.{bsa}": "on", **secrets("bcn-analyst")}, follow=True)
    assert "1 result verified" in text_of(done)
    assert (row("bsa").status, row("bsa").verified_by, row("ph").status) == ("verified", "bcn-analyst", "recorded")


def test_an_empty_worksheet_says_what_waits_elsewhere(story: None) -> None:
    sampled_lot()
    shown = text_of(client_of("bcn-analyst").get("/qc/enter?test=nothing"))
    assert "No result of this kind waits" in shown and "endotoxin" in shown


# -- the path of one result -----------------------------------------------------------------------------


def stage(answer: Any, title: str) -> str:
    """The tag of a station of the way: done, here now, ahead or not taken."""
    found = re.search(
        rf"<h3[^>]*>{re.escape(title)}</h3>\s*<p class=\"state\"><span[^>]*>([^<]+)", answer.content.decode()
    )
    assert found, title
    return found[1]


def test_the_way_of_a_failing_result_shows_what_is_next_and_by_whom(story: None) -> None:
    sampled_lot()
    url, client = f"/qc/result?of={LOT}&test=ph", client_of("bcn-qa")
    assert stage(client.get(url), "Result recorded") == "here now"
    do("bcn-analyst", "record-result", of=LOT, test="ph", number={"value": "8.2", "unit": "[pH]"}, method="M")
    answer = client.get(url)
    assert stage(answer, "Verified by a second person") == "here now" and "/do/verify-result" in answer.content.decode()
    do("bcn-analyst2", "verify-result", of=LOT, test="ph")
    answer = client.get(url)
    assert stage(answer, "Out of specification: investigation") == "here now"
    assert "/do/close-investigation" in answer.content.decode()
    assert stage(answer, "Laboratory error proven: tested once more") == "ahead"
    analyst = text_of(client_of("bcn-analyst").get(url))
    assert "done by: quality assurance" in analyst


def test_a_proven_laboratory_error_leads_back_to_a_new_attempt(story: None) -> None:
    sampled_lot()
    do("bcn-analyst", "record-result", of=LOT, test="ph", number={"value": "8.2", "unit": "[pH]"}, method="M")
    do("bcn-analyst2", "verify-result", of=LOT, test="ph")
    do("bcn-qa", "close-investigation", reason="buffer expired", of=LOT, test="ph", conclusion="laboratory-error")
    answer = client_of("bcn-qa").get(f"/qc/result?of={LOT}&test=ph")
    shown = text_of(answer)
    assert stage(answer, "Laboratory error proven: tested once more") == "done" and "superseded" in shown
    assert stage(answer, "Result recorded") == "here now" and stage(answer, "Meets its limit") == "ahead"
    listed = text_of(client_of("bcn-qa").get("/qc?test=ph"))
    assert "repeated" in listed, "the new attempt waits on the list"


def test_a_confirmed_result_leads_to_the_decision_and_never_to_another_test(story: None) -> None:
    sampled_lot()
    do("bcn-analyst", "record-result", of=LOT, test="ph", number={"value": "8.2", "unit": "[pH]"}, method="M")
    do("bcn-analyst2", "verify-result", of=LOT, test="ph")
    do("bcn-qa", "close-investigation", reason="no error found", of=LOT, test="ph", conclusion="confirmed")
    answer = client_of("bcn-qa").get(f"/qc/result?of={LOT}&test=ph")
    assert stage(answer, "Confirmed: the product does not conform") == "here now"
    assert "/do/reject-lot" in answer.content.decode() and "/do/record-result" not in answer.content.decode()
    assert stage(answer, "Laboratory error proven: tested once more") == "not taken"


def test_a_passing_result_takes_no_investigation(story: None) -> None:
    answer = client_of("bcn-qa").get("/qc/result?of=batch:ROM-B-001&test=vcn")
    assert stage(answer, "Meets its limit") == "done"
    assert stage(answer, "Out of specification: investigation") == "not taken"


@pytest.mark.parametrize(
    "query", ["", "of=batch:NONE&test=x", "of=journey:ROM-J-001&test=x", "of=batch:ROM-B-001&test=x"]
)
def test_a_way_of_nothing_is_refused_in_a_sentence(story: None, query: str) -> None:
    answer = client_of("bcn-qa").get(f"/qc/result?{query}")
    assert answer.status_code in (404, 422) and len(text_of(answer)) > 100


# -- charts ---------------------------------------------------------------------------------------------


def test_few_results_are_drawn_without_limits_and_say_so(story: None) -> None:
    answer = client_of("bcn-qa").get("/qc/chart?series=ARI-0001|viability_pct")
    page, shown = answer.content.decode(), text_of(answer)
    assert "Not enough data for control limits" in shown and "control limit " not in page.partition("<svg")[2]
    assert "specification: at least" in page and 'href="/batch/ROM-B-001"' in page.partition("<svg")[2]
    assert "ARI0001/01" in shown, "the published lots are among the points"


def test_enough_results_have_a_mean_and_limits_in_the_picture_and_in_words(
    story: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [Decimal(x) for x in "49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1".split()]
    rows = [
        table.Result(of=f"batch:B{n}", test="viability_pct", site="ROM", process="ARI-0001", outcome="pass", amount=v,
                     value=f"{v} %", op="ge", limit="40", unit="%", attribute="viability", at=clock.now())
        for n, v in enumerate(values)
    ]  # fmt: skip
    monkeypatch.setattr(quality, "points", lambda *_: rows)
    answer = client_of("bcn-qa").get("/qc/chart?series=ARI-0001|viability_pct")
    shown = text_of(answer)
    assert "mean 50.81 %, control limits 45.82 % and 55.8 %" in shown and "provisional" in shown
    assert "Not enough data" not in shown and "mean \u206650.81\u2069" in answer.content.decode()
    monkeypatch.setattr(quality, "points", lambda *_: rows[: FEWEST - 1])
    assert "Not enough data" in text_of(client_of("bcn-qa").get("/qc/chart?series=ARI-0001|viability_pct"))


def test_a_quantity_that_cannot_be_negative_has_no_lower_limit_below_zero(
    story: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [Decimal(x) for x in "0.4 0.5 0.4 3 0.5 0.4 0.5 0.4".split()]
    rows = [
        table.Result(of="batch:ROM-B-001", test="viability_pct", site="ROM", outcome="pass", amount=v, value=f"{v} %",
                     op="le", limit="10", unit="%", attribute="viability", at=clock.now())
        for v in values
    ]  # fmt: skip
    monkeypatch.setattr(quality, "points", lambda *_: rows)
    answer = client_of("bcn-qa").get("/qc/chart?series=ARI-0001|viability_pct")
    assert "The lower one would lie below zero, so there is none." in text_of(answer)
    assert answer.content.decode().count("control limit \u2066") == 2 * 2, (
        "of results and of ranges, each with its edge"
    )
    for row in rows:
        row.test = "potency_b"  # a difference, which may be negative
    assert "control limits -" in text_of(client_of("bcn-qa").get("/qc/chart?series=ARI-0001|viability_pct"))


def test_bounds_are_counted_apart_and_never_averaged(story: None) -> None:
    answer = client_of("bcn-qa").get("/qc/chart?series=ARI-0001|endotoxin")
    shown = text_of(answer)
    assert "Results with a number: 0" in shown and "known only as a bound: 5" in shown and "≤0.5 EU/mL" in shown


def test_a_test_answered_by_a_word_is_counted_not_drawn(story: None) -> None:
    answer = client_of("bcn-qa").get("/qc/chart?series=ARI-0001|rcl")
    assert "5 of 5 results as required" in text_of(answer) and "<svg" not in answer.content.decode()


def test_a_result_outside_its_limit_is_said_in_a_word(story: None) -> None:
    answer = client_of("bcn-qa").get("/qc/chart?series=ARI-0001|potency_b")
    assert "outside the specification" in text_of(answer) and "diamond" not in text_of(answer)


def test_a_chart_without_a_question_or_an_answer_says_so(story: None) -> None:
    client = client_of("bcn-qa")
    assert "Choose a process and a test" in text_of(client.get("/qc/chart"))
    assert "Choose a process and a test" in text_of(client.get("/qc/chart?series=nonsense"))
    assert "No verified result of this test at this site" in text_of(
        client.get("/qc/chart?series=ARI-0001|viability_pct&site=BCN")
    )
