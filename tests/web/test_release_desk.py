"""Release desk: what waits and why, review by exception, signing on the page, the drill and the path apart."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milenari.journal import clock, read
from milenari.registers import desk
from milenari.registers import models as table
from tests.web.stage import client_of, do, sampled_lot, secrets, story, told
from tests.web.test_access import text_of
from tests.web.test_qc import fields_of

__all__ = ["story", "told"]
BATCH = "batch:BEY-B-001"  # conditionally released, sterility and mycoplasma to come


def enter(test: str, word: str, of: str = BATCH) -> None:
    do("bey-analyst", "record-result", of=of, test=test, word=word, method="M")
    do("bey-analyst2", "verify-result", of=of, test=test)


def standing(name: str) -> tuple[str, ...]:
    return desk.lines([name])[0].standing


def entries(code: str, of: str = BATCH) -> list[Any]:
    return [seen.entry for seen in read.entries_about(of) if seen.entry.action.code == code]


# -- the queue ------------------------------------------------------------------------------------------


def test_what_is_not_decided_waits_with_its_reason_and_age(story: None) -> None:
    shown = text_of(client_of("bcn-qa").get("/release-desk"))
    assert "BEY-B-001" in shown and "released conditionally, late results to come" in shown
    harvested = table.Batch.objects.get(code="BEY-B-001").harvested_at
    assert harvested is not None and f"{(clock.now() - harvested).days} d" in shown
    assert "ROM-B-001" not in shown, "finally released: nothing waits"
    assert "AMM-B-DRILL" not in shown, "recalled: nothing waits"


def test_each_step_of_a_lot_is_the_reason_it_waits(story: None) -> None:
    lot = sampled_lot(tests=("ph",))
    assert {"unfilled", "untitred", "unsampled", "results"} <= set(standing(lot))
    do("bcn-analyst", "record-result", of=lot, test="ph", number={"value": "8.4", "unit": "[pH]"}, method="M")
    assert "unverified" in standing(lot) and "results" not in standing(lot)
    do("bcn-analyst2", "verify-result", of=lot, test="ph")
    assert {"failed", "investigation"} <= set(standing(lot)) and "unverified" not in standing(lot)


def test_late_results_lead_on_to_review_certification_and_release(story: None) -> None:
    assert standing(BATCH) == ("late",)
    for test, word in (("sterility", "sterile"), ("mycoplasma", "absent")):
        enter(test, word)
    assert standing(BATCH) == ("review",)
    do("bey-qa", "review-trail", of=BATCH)
    assert standing(BATCH) == ("certification",)
    do("bey-qp", "certify-batch", batch="BEY-B-001", stage="final")
    assert standing(BATCH) == ("release",)
    do("bey-qa", "release-batch", batch="BEY-B-001", stage="final")
    assert not any(line.row.code == "BEY-B-001" for line in desk.queue(None).lines)


def test_a_failed_late_result_stands_first_and_alarmed(story: None) -> None:
    sampled_lot()
    enter("sterility", "not sterile")
    lines = desk.queue(None).lines
    assert lines[0].row.code == "BEY-B-001" and lines[0].standing[0] == "alarm"
    assert "a late result failed" in text_of(client_of("bcn-qa").get("/release-desk"))


def test_the_queue_pages_through_everything_once(story: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 5):
        sampled_lot(f"LV-T-L{number}", tests=("ph",))
    enter("sterility", "not sterile")
    everything = [line.row.subject for line in desk.queue(None).lines]
    monkeypatch.setattr(desk, "PAGE", 2)
    first = desk.queue(None)
    paged = [line.row.subject for n in range(1, first.pages + 1) for line in desk.queue(None, page=n).lines]
    assert first.total == len(everything) == 6 and paged == everything


def test_the_queue_asks_the_same_number_of_questions_however_long_it_is(story: None) -> None:
    client = client_of("bcn-qa")
    client.get("/release-desk")
    with CaptureQueriesContext(connection) as few:
        client.get("/release-desk")
    for number in range(1, 5):
        sampled_lot(f"LV-T-L{number}", tests=("ph",))
    with CaptureQueriesContext(connection) as many:
        client.get("/release-desk")
    assert len(many) == len(few)


def test_a_person_sees_only_what_their_sites_decide(story: None) -> None:
    assert "Nothing waits for a decision" in text_of(client_of("rom-qa").get("/release-desk"))
    assert "No record before its decision matches" in text_of(client_of("bcn-qa").get("/release-desk?q=zzz"))
    assert client_of("rom-qa").get("/release/BEY-B-001").status_code == 403
    assert client_of("rom-qa").get("/release-late/BEY-B-001").status_code == 403
    assert client_of("rom-qa").get("/release-oos/BEY-B-002").status_code == 403
    assert client_of("bcn-qa").get("/release/NONE").status_code == 404


def test_a_batch_in_work_is_said_to_be_unfinished_and_one_recalled_to_be_decided_for_good(story: None) -> None:
    in_work = text_of(client_of("rom-qp").get("/release/ROM-B-003"))
    assert "ROM-B-003 is not harvested yet" in in_work and "decided for good" not in in_work
    assert "decided for good" in text_of(client_of("amm-qp").get("/release/AMM-B-DRILL"))


# -- review by exception --------------------------------------------------------------------------------


def exceptions(answer: Any) -> list[str]:
    part = answer.content.decode().partition('<ul class="exceptions">')[2].partition('id="rest-title"')[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", x)).strip() for x in part.split("<li class=")[1:]
            if 'class="kind"' in x]  # fmt: skip


def test_a_clean_record_shows_no_result_no_phase_and_no_material_among_the_exceptions(story: None) -> None:
    answer = client_of("bcn-qa").get("/release/ROM-B-001")
    found = " ".join(exceptions(answer))
    assert "viability_pct" not in found and "P010" not in found
    assert "Requirements met: 12 of 12" in text_of(answer), "one click away"


def test_what_is_missing_outside_repeated_or_open_is_listed(story: None) -> None:
    lot = sampled_lot(tests=("ph", "bsa"))
    do("bcn-analyst", "record-result", of=lot, test="ph", number={"value": "8.4", "unit": "[pH]"}, method="M")
    do("bcn-analyst2", "verify-result", of=lot, test="ph")
    do("bcn-operator", "open-deviation", of=lot, deviation="D-1", what="Pump stopped", severity="major")
    found = exceptions(client_of("bcn-qa").get(f"/release/{lot}"))
    said = " | ".join(found)
    for wanted in ("No sample was taken for", "Results still to come: bsa", "Test ph gave 8.4 pH",
                   "The investigation of ph is open", "Deviation D-1 is open. Pump stopped",
                   "has no titre"):  # fmt: skip
        assert wanted in said, wanted
    do("bcn-qa", "close-investigation", reason="buffer", of=lot, test="ph", conclusion="laboratory-error")
    said = " | ".join(exceptions(client_of("bcn-qa").get(f"/release/{lot}")))
    assert "Test ph was repeated after a laboratory error; the superseded result was 8.4 pH" in said
    assert "concluded: laboratory error" in said and "Test ph gave 8.4" not in said


def test_a_failing_alternative_is_told_with_the_one_that_passes(story: None) -> None:
    said = " ".join(exceptions(client_of("bcn-qa").get("/release/BEY-B-002")))
    assert "Test potency_a gave 82.0 %" in said and "its alternative passes" not in said
    assert "Out-of-specification supply" in said


def test_what_is_newer_than_the_last_review_is_marked(story: None) -> None:
    client = client_of("bcn-qa")
    before = text_of(client.get("/release/BEY-B-001"))
    do("bey-operator", "open-deviation", of=BATCH, deviation="D-9", what="Freezer alarm", severity="minor")
    after = text_of(client.get("/release/BEY-B-001"))
    count = [int(re.search(r"Entries since then: (\d+)", shown)[1]) for shown in (before, after)]  # type: ignore[index]
    assert count[1] == count[0] + 1
    do("bey-qa", "close-deviation", of=BATCH, deviation="D-9", root_cause="door", disposition="no-impact")
    do("bey-qa", "review-trail", of=BATCH)
    assert "Entries since then: 0." in text_of(client.get("/release/BEY-B-001"))


def test_a_result_entered_after_its_planned_time_is_an_exception(story: None) -> None:
    said = " | ".join(exceptions(client_of("bcn-qa").get("/release/BEY-B-001")))
    assert "came later than planned" not in said
    enter("mycoplasma", "absent")  # planned three days after a sample of six days ago
    found = exceptions(client_of("bcn-qa").get("/release/BEY-B-001"))
    late = [line for line in found if "The result of mycoplasma came later than planned" in line]
    assert late and "since the last review" in late[0], "and it is newer than the last review"


def test_a_trail_never_reviewed_says_so(story: None) -> None:
    lot = sampled_lot()
    assert "This trail was never reviewed." in text_of(client_of("bcn-qa").get(f"/release/{lot}"))


# -- deciding -------------------------------------------------------------------------------------------


def signed(who: str, url: str, code: str, **more: str) -> Any:
    """Sign the act that the page offers a form for."""
    client = client_of(who)
    page = client.get(url)
    form = re.search(rf'<form method="post" action="/do/{code}".*?</form>', page.content.decode(), re.S)
    assert form, f"{who} is offered no form for {code}"

    class Part:
        content = form[0].encode()

    return client.post(f"/do/{code}", {**fields_of(Part), **secrets(who), **more})


def test_review_certification_and_release_are_signed_on_the_page(story: None) -> None:
    for test, word in (("sterility", "sterile"), ("mycoplasma", "absent")):
        enter(test, word)
    url = f"/release/{BATCH}"
    answer = signed("bey-qa", url, "review-trail", remarks="late results")
    assert answer.status_code == 302 and answer.url == url, "back to the same page"
    assert signed("bey-qp", url, "certify-batch").status_code == 302
    assert entries("certify-batch")[-1].action.stage == "final"
    assert signed("bey-qa", url, "release-batch").status_code == 302
    assert table.Batch.objects.get(code="BEY-B-001").decision == "final"


def test_what_the_rule_would_refuse_is_said_beforehand_and_has_no_form(story: None) -> None:
    answer = client_of("bey-qp").get(f"/release/{BATCH}")
    assert 'action="/do/certify-batch"' not in answer.content.decode()
    assert "not now" in text_of(answer) and "mycoplasma" in text_of(answer).partition("What can be decided now")[2]
    analyst = text_of(client_of("bey-analyst").get(f"/release/{BATCH}"))
    assert "done by: Qualified Person" in analyst


def test_a_form_over_a_record_that_moved_on_is_refused(story: None) -> None:
    for test, word in (("sterility", "sterile"), ("mycoplasma", "absent")):
        enter(test, word)
    client = client_of("bey-qa")
    page = client.get(f"/release/{BATCH}")
    typed = fields_of(page)
    do("bey-operator", "open-deviation", of=BATCH, deviation="D-9", what="Freezer alarm", severity="minor")
    answer = client.post("/do/review-trail", {**typed, "of": BATCH, **secrets("bey-qa")})
    assert answer.status_code == 422 and not [e for e in entries("review-trail") if e.reason == ""][1:]


def test_after_a_failed_late_result_the_next_acts_are_those_of_the_alarm(story: None) -> None:
    enter("sterility", "not sterile")
    qp = client_of("bey-qp").get(f"/release/{BATCH}").content.decode()
    assert "/do/inform-physician?batch=BEY-B-001" in qp and "/recall/batch:BEY-B-001" in qp
    assert "/do/close-investigation" in client_of("bey-qa").get(f"/release/{BATCH}").content.decode()
    do("bey-qp", "inform-physician", batch="BEY-B-001", physician="bey-physician", agreed="no further fraction")
    assert "/do/inform-physician" not in client_of("bey-qp").get(f"/release/{BATCH}").content.decode()


def test_a_page_holds_one_signature_at_most(story: None) -> None:
    for test, word in (("sterility", "sterile"), ("mycoplasma", "absent")):
        enter(test, word)
    for who in ("bey-qa", "bey-qp", "bey-analyst"):
        assert client_of(who).get(f"/release/{BATCH}").content.decode().count('id="id_password"') <= 1


def test_the_stage_is_conditional_while_late_results_are_missing_and_final_after(story: None) -> None:
    shown = text_of(client_of("bey-qp").get(f"/release/{BATCH}"))
    assert "Late results still to come" in shown and "released conditionally only" in shown
    for test, word in (("sterility", "sterile"), ("mycoplasma", "absent")):
        enter(test, word)
    shown = text_of(client_of("bey-qp").get(f"/release/{BATCH}"))
    assert "No late result is outstanding." in shown


def test_a_certificate_that_no_longer_speaks_of_everything_says_so(story: None) -> None:
    enter("mycoplasma", "absent")
    assert "no longer valid for release" in text_of(client_of("bey-qa").get(f"/release/{BATCH}"))


def test_who_may_certify_is_named_with_the_end_of_the_delegation(story: None) -> None:
    shown = text_of(client_of("bey-qa").get(f"/release/{BATCH}"))
    until = table.Delegation.objects.filter(site="BEY", product="ARI-0001").values_list("to_on", flat=True)[0]
    assert "Named for this product at this site today: Samir Tannous" in shown and str(until) in shown


def test_a_batch_that_does_not_conform_leads_to_the_path_apart_and_never_looks_conforming(story: None) -> None:
    shown = text_of(client_of("bey-qp").get("/release/BEY-B-002"))
    assert "OUT OF SPECIFICATION" in shown and "Certify" not in shown.partition("What can be decided now")[2]
    apart = text_of(client_of("bey-qp").get("/release-oos/BEY-B-002"))
    assert "DOES NOT CONFORM" in apart and "No donor, no slot" in apart and "Potency below both limits" in apart
    assert "The authority must be told by" in apart
    conforming = text_of(client_of("bey-qp").get("/release-oos/BEY-B-001"))
    assert "this path is closed to it" in conforming and "DOES NOT CONFORM" not in conforming


def test_a_lot_is_reviewed_on_the_same_page(story: None) -> None:
    lot = sampled_lot()
    assert signed("bcn-qa", f"/release/{lot}", "review-trail").status_code == 302
    shown = text_of(client_of("bcn-qp").get(f"/release/{lot}"))
    assert "Release a vector lot not now" in re.sub(r"\s+", " ", shown)


# -- the late result ------------------------------------------------------------------------------------


def test_the_drill_says_what_stops_each_fraction_and_writes_nothing(story: None) -> None:
    before = sum(log["size"] for log in read.logs())
    shown = text_of(client_of("bey-qp").get("/release-late/BEY-B-001"))
    assert sum(log["size"] for log in read.logs()) == before
    for dose in ("BEY-B-001-F2", "BEY-B-001-F3"):
        assert f"{dose}: stopped A late result of batch BEY-B-001 failed: sterility" in shown
    assert "NOT STOPPED" not in shown and "Layla Sfeir" in shown and "Fractions given: 1. Not given: 2." in shown
    assert read.sheet(BATCH).alarm == "" and read.sheet(BATCH).result("sterility").status == "pending"


def test_the_drill_says_when_nobody_could_record_or_verify_the_result(story: None) -> None:
    yesterday = str((clock.now() - timedelta(days=1)).date())
    do("bey-qa", "end-role", reason="left", person="bey-analyst2", ended="qc-analyst", at_site="BEY", to_on=yesterday)
    shown = text_of(client_of("bcn-qa").get("/release-late/BEY-B-001"))
    assert "This could not be recorded" not in shown, "quality assurance may verify in the analyst's place"
    do("bey-qa", "end-role", reason="left", person="bey-analyst", ended="qc-analyst", at_site="BEY", to_on=yesterday)
    shown = text_of(client_of("bcn-qa").get("/release-late/BEY-B-001"))
    assert "This could not be recorded and verified here now." in shown


def test_what_followed_a_real_failing_result_is_told_from_its_entries(story: None) -> None:
    shown = text_of(client_of("bcn-qa").get("/release-late/AMM-B-DRILL"))
    assert "This happened." in shown and "6 min after it was recorded" in shown
    places = [shown.index(word) for word in ("Result recorded", "Physician informed performed", "Batch recalled")]
    assert places == sorted(places)
    enter("sterility", "not sterile")
    shown = text_of(client_of("bcn-qa").get("/release-late/BEY-B-001"))
    assert "not recorded yet" in shown, "nobody has recorded that the physician was told"


def test_the_drill_of_a_batch_without_late_tests_says_so(story: None) -> None:
    assert "No late result is outstanding" in text_of(client_of("bcn-qa").get("/release-late/ROM-B-001"))
