"""The bench: one task at a time, scanned, judged, signed; a second person beside; every refusal loses nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from milenari.journal import person, read
from milenari.rules.batch import Batch
from milenari.web import running, zones
from milenari.web.papers import shelf
from tests.web.test_access import text_of
from tests.web.world import PASSWORD, PIN, World, logged_in, today

RUN, BATCH = "/run/ROM-B-1", "batch:ROM-B-1"
SIGNED = {"password": PASSWORD, "second": PIN}
BESIDE = {"beside": "1", "second.person": "ROM-TWO", "second.password": PASSWORD, "second.factor": PIN}


@pytest.fixture
def bench(batch_world: World) -> World:
    """A started batch; the second operator is trained as well."""
    batch_world.do("ROM-QA", "record-training", person="ROM-TWO", procedure="SOP-ARI", number="1", on=str(today()),
                   until_on=str(today(300)))  # fmt: skip
    return batch_world


def hidden(answer: Any) -> dict[str, str]:
    """What the bench's form carries that nobody types."""
    source = answer.content.decode()
    form = source[source.index('<form method="post" action="/run/') :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[: form.index("</form>")])
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def send(client: Client, page: Any = None, **typed: str) -> Any:
    return client.post(RUN, {**hidden(page or client.get(RUN)), **typed})


def sign_first(client: Client, **typed: str) -> Any:
    return send(client, **{"readings.viability": "95", "equipment": "PRO-1", **SIGNED, **typed})


def sheet() -> Any:
    return read.sheet(BATCH)


# -- what is shown --------------------------------------------------------------------------------------


def test_the_bench_shows_one_task_where_it_stands_and_what_is_left(bench: World) -> None:
    answer = logged_in("ROM-OP").get(RUN)
    shown, source = text_of(answer), answer.content.decode()
    assert "Phase 1 of 3" in shown and "selection" in shown and "CD4 CD8" in shown
    assert "at least 70 %" in shown and "What is left" in shown and "P3" in shown
    assert source.count('<button class="primary">') == 1
    # The only unit is fixed, and the instrument that is fit here stands in the field already.
    assert 'name="readings.viability.unit" value="%"' in source
    # It is not focused before the script can select it: a scan would be written behind what is proposed.
    assert re.search(r'name="equipment" value="PRO-1"[^>]*data-scan', source) and "autofocus" not in source
    assert "Since the batch was started" in shown and "Cells were to be used by" in shown


def test_a_batch_that_is_not_there_or_not_ones_own_is_a_sentence(bench: World) -> None:
    assert logged_in("ROM-OP").get("/run/NONE").status_code == 404
    bench.do("BCN-QA", "record-training", person="BCN-VEC", procedure="SOP-ARI", number="1", on=str(today()),
             until_on=str(today(9)))  # fmt: skip
    assert logged_in("BCN-VEC").get(RUN).status_code == 403


def test_who_has_another_role_is_told_whose_task_it_is(bench: World) -> None:
    assert re.search(r"This is done by:\s+operator\s*\.", text_of(logged_in("ROM-NUR").get(RUN)))
    assert "This is done by:" not in text_of(logged_in("ROM-OP").get(RUN))


def test_who_is_not_trained_is_told_before_anything_is_typed(batch_world: World) -> None:
    told = "As it stands, signing will be refused."
    assert told in text_of(logged_in("ROM-TWO").get(RUN))
    assert told not in text_of(logged_in("ROM-OP").get(RUN))


# -- signing --------------------------------------------------------------------------------------------


def test_a_step_is_signed_at_the_bench_and_the_next_task_comes(bench: World) -> None:
    client = logged_in("ROM-OP")
    answer = sign_first(client)
    assert answer.status_code == 302 and answer["Location"] == RUN
    (done,) = sheet().steps
    assert (done.phase, done.equipment, dict(done.readings)["viability"].value) == ("P1", "PRO-1", 95)
    shown = text_of(client.get(RUN))
    assert "Step signed" in shown and "What was signed: compare it with what you see" in shown and "95 %" in shown


def test_a_refusal_keeps_everything_but_the_password_and_stands_at_its_field(bench: World) -> None:
    answer = sign_first(logged_in("ROM-OP"), **{"readings.viability": "101", "reason": "slow"})
    source = answer.content.decode()
    assert answer.status_code == 422 and "is impossible" in text_of(answer)
    assert 'value="101"' in source and "slow" in source and PASSWORD not in source
    assert 'href="#id_readings.viability"' in source and sheet().steps == ()


def test_a_half_sent_form_writes_nothing(bench: World) -> None:
    client = logged_in("ROM-OP")
    answer = sign_first(client, **{"readings.viability": ""})
    assert answer.status_code == 422 and "This was not recorded" in text_of(answer)
    assert sheet().steps == ()


def test_a_reading_beyond_its_limit_is_taken_and_said(bench: World) -> None:
    client = logged_in("ROM-OP")
    assert sign_first(client, **{"readings.viability": "60"}).status_code == 302
    assert "outside its limit" in text_of(client.get(RUN))
    assert [d.code for d in sheet().open_deviations()] == ["D-P1-viability"]


def test_what_was_typed_for_one_task_is_not_put_into_the_next(bench: World) -> None:
    client, other = logged_in("ROM-OP"), logged_in("ROM-TWO")
    page = client.get(RUN)
    assert sign_first(other).status_code == 302
    answer = send(client, page, **{"readings.viability": "91", "equipment": "PRO-1", **SIGNED})
    shown = text_of(answer)
    assert answer.status_code == 422 and "The batch has moved on since" in shown
    assert 'value="91"' not in answer.content.decode() and len(sheet().steps) == 1


def test_a_double_tap_writes_once(bench: World) -> None:
    client = logged_in("ROM-OP")
    page = client.get(RUN)
    typed = {"readings.viability": "95", "equipment": "PRO-1", **SIGNED}
    assert send(client, page, **typed).status_code == send(client, page, **typed).status_code == 302
    assert len(sheet().steps) == 1


def test_only_what_belongs_to_a_batch_is_signed_here_and_only_about_this_one(bench: World) -> None:
    client = logged_in("ROM-OP")
    assert client.post(RUN, {"do": "release-batch", **SIGNED}).status_code == 404
    assert client.post(RUN, {"do": "", **SIGNED}).status_code == 404
    assert sign_first(client, batch="ROM-B-9").status_code == 302
    assert len(sheet().steps) == 1


def test_material_goes_in_by_scan_with_the_lot_to_use_first_and_its_only_unit_filled_in(world: World) -> None:
    from tests.web.world import to_batch

    to_batch(world)
    world.do("ROM-OP", "receive-material", material="BEADS-0", kind="CD4-BEADS", maker_lot="M0",
             amount={"value": "3", "unit": "mL"}, expires_on=str(today(9)))  # fmt: skip
    world.do("ROM-QA", "judge-material", material="BEADS-0", status="released")
    supply = running.lots_for("CD4-BEADS", "ROM", today())
    assert (supply.first, supply.unit) == ("BEADS-0", "mL")
    assert [code for code, _ in supply.offered] == ["BEADS-0", "BEADS-1"]
    assert running.lots_for("CD4-BEADS", "ROM", today(20)).first == "BEADS-1"  # the other has expired by then
    assert running.lots_for("CD4-BEADS", "BCN", today()).first == ""


def test_only_an_instrument_that_a_step_would_take_is_offered_and_the_bench_says_why_another_is_not(
    bench: World,
) -> None:
    bench.do("ROM-QA", "register-equipment", equipment="PRO-2", kind="prodigy", calibrated_until=str(today(100)))
    offered = [code for code, _ in running.equipment_for(sheet(), "prodigy", "ROM", today()).offered]
    assert offered == ["PRO-1", "PRO-2"]
    # In calibration still, but its maintenance is planned and was never done.
    bench.do("ROM-QA", "schedule-upkeep", what="equipment:PRO-1", task="maintenance", every_d=30)
    supply = running.equipment_for(sheet(), "prodigy", "ROM", today())
    assert (supply.first, [code for code, _ in supply.offered]) == ("PRO-2", ["PRO-2"])
    assert running.equipment_for(sheet(), "prodigy", "ROM", today(101)).offered == []
    bench.do("ROM-OP", "block-use", what="equipment:PRO-2", reason="a noise in the pump")
    assert running.equipment_for(sheet(), "prodigy", "ROM", today()).offered == []
    told = text_of(logged_in("ROM-OP").get(f"{RUN}?show=cannot"))
    assert "No instrument of class prodigy is fit for use today." in told and "a noise in the pump" in told
    bench.do("ROM-OP", "record-upkeep", what="equipment:PRO-1", task="maintenance", on=str(today()), outcome="passed")
    assert running.equipment_for(sheet(), "prodigy", "ROM", today()).first == "PRO-1"
    assert "is fit for use today" not in text_of(logged_in("ROM-OP").get(f"{RUN}?show=cannot"))


def test_a_scanned_label_stands_for_the_thing_it_is_on(bench: World) -> None:
    from milenari.rules.carrier import Carrier, serial_of, write

    client = logged_in("ROM-OP")
    label = write(Carrier("vector-container", serial_of("ROM", 7), "PRO-1", ""))
    assert sign_first(client, equipment=label[:-1] + "!").status_code == 422
    assert sign_first(client, equipment=label).status_code == 302
    assert sheet().steps[0].equipment == "PRO-1"


# -- the second person ----------------------------------------------------------------------------------


def test_a_second_person_signs_on_the_same_device_and_nobody_is_logged_out(bench: World) -> None:
    client = logged_in("ROM-OP")
    sign_first(client)
    page = client.get(RUN)
    assert "Second person" in text_of(page) and 'name="second.person"' in page.content.decode()
    answer = send(client, page, **BESIDE)
    assert answer.status_code == 302 and sheet().steps[0].verified_by == "ROM-TWO"
    entry = read.entries_about(BATCH)[-1].entry
    assert (entry.by, str(entry.role), str(entry.meaning)) == ("ROM-TWO", "operator", "verified")
    shown = text_of(client.get(RUN))
    assert "Marco Bellini" in shown and "Phase 2 of 3" in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"second.person": "ROM-OP"}, "second person"),
        ({"second.person": "ROM-PHY"}, "role"),
        ({"second.person": "ROM-NOBODY"}, "are not right"),
        ({"second.password": "wrong"}, "are not right"),
        ({"second.factor": ""}, "second factor is needed"),
        ({"second.factor": "0000"}, "are not right"),
    ],
)
def test_a_wrong_second_person_is_refused_with_a_sentence_and_nothing_is_lost(
    bench: World, typed: dict[str, str], told: str
) -> None:
    client = logged_in("ROM-OP")
    sign_first(client)
    answer = send(client, **{**BESIDE, **typed})
    assert answer.status_code == 422 and told in text_of(answer)
    assert sheet().steps[0].verified_by == "" and PASSWORD not in answer.content.decode()
    assert f'value="{typed.get("second.person", "ROM-TWO")}"' in answer.content.decode()
    assert send(client, **BESIDE).status_code == 302
    assert client.get("/account").status_code == 200


def test_an_untrained_second_person_is_refused(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    sign_first(client)
    assert "not trained" in text_of(send(client, **BESIDE))
    assert sheet().steps[0].verified_by == ""


def test_attempts_of_the_second_person_are_counted_as_at_the_login(bench: World) -> None:
    client = logged_in("ROM-OP")
    sign_first(client)
    for _ in range(person.ATTEMPTS):
        send(client, **{**BESIDE, "second.password": "wrong"})
    assert "Too many attempts" in text_of(send(client, **BESIDE))
    assert sheet().steps[0].verified_by == ""


def test_who_did_not_do_the_step_may_verify_it_in_their_own_session(bench: World) -> None:
    sign_first(logged_in("ROM-OP"))
    other = logged_in("ROM-TWO")
    page = other.get(RUN)
    assert 'name="second.person"' not in page.content.decode()
    assert "Another person signs on this device" in text_of(page)
    assert send(other, page, **SIGNED).status_code == 302
    assert sheet().steps[0].verified_by == "ROM-TWO"


# -- pause, deviation, cannot ---------------------------------------------------------------------------


def test_a_pause_stops_the_batch_and_quality_assurance_resumes_it_at_the_same_device(bench: World) -> None:
    client = logged_in("ROM-OP")
    page = client.get(RUN + "?show=hold-batch")
    assert send(client, page, **SIGNED).status_code == 422  # a pause says why
    assert send(client, page, reason="power cut", **SIGNED).status_code == 302
    shown = client.get(RUN)
    assert "power cut" in text_of(shown) and "Resume a batch" in text_of(shown)
    assert 'name="second.person"' in shown.content.decode()  # an operator cannot, whoever comes signs here
    assert "show=hold-batch" not in shown.content.decode()
    assert sign_first(client).status_code == 422
    qa = {**BESIDE, "second.person": "ROM-QA", "reason": "power is back"}
    assert send(client, shown, **qa).status_code == 302 and sheet().on_hold == ""


def test_a_deviation_is_opened_at_the_bench_under_a_code_that_is_free(bench: World) -> None:
    client = logged_in("ROM-OP")
    for number in ("1", "2"):
        page = client.get(RUN + "?show=open-deviation")
        assert f'value="D-ROM-B-1-{number}"' in page.content.decode()
        typed = {"deviation": f"D-ROM-B-1-{number}", "what": "the tubing leaks", "severity": "minor", **SIGNED}
        assert send(client, page, **typed).status_code == 302
    assert len(sheet().deviations) == 2


def test_i_cannot_do_this_now_says_what_is_missing_and_what_one_can_do(bench: World) -> None:
    client = logged_in("ROM-OP")
    shown = text_of(client.get(RUN + "?show=cannot"))
    assert "are here and fit" in shown and "Pause the batch" in shown
    sign_first(client)
    send(client, **BESIDE)
    shown = text_of(client.get(RUN + "?show=cannot"))
    assert "No vector container for this patient is here" in shown


# -- paper ----------------------------------------------------------------------------------------------


def test_a_step_from_paper_needs_its_time_and_reason_and_the_second_person_scans_the_same_form(bench: World) -> None:
    client = logged_in("ROM-OP")
    # The code on the sheet is the form's number and the phase.
    paper = {"paper": "F-1 P1", "reason": "the network was down"}
    started = sheet().steps or read.entries_about(BATCH)[-1].entry.happened_at
    answer = sign_first(client, **paper)
    assert answer.status_code == 422 and "give the time" in text_of(answer)
    assert '<details class="later" open>' in answer.content.decode()
    at = zones.local(started + timedelta(milliseconds=1), "Europe/Rome")
    answer = sign_first(client, **paper, happened_at=_later_of(at))
    assert answer.status_code == 302, text_of(answer)
    assert sheet().steps[0].paper == "F-1"
    shown = text_of(client.get(RUN))
    assert "entered from paper" in shown
    assert "take that form in hand" in text_of(send(client, **BESIDE, paper="F-2"))
    assert send(client, **BESIDE, paper="F-1").status_code == 302
    assert "entered from paper" in text_of(client.get("/batch/ROM-B-1"))


def _later_of(at: str) -> str:
    """The next whole second, waited for: a step from paper lies before now and after the batch's start."""
    import time

    time.sleep(2.1)
    stamp = zones.instant("happened_at", at, "Europe/Rome") + timedelta(seconds=1)
    return zones.local(stamp, "Europe/Rome")


# -- clocks ---------------------------------------------------------------------------------------------


def test_a_length_of_time_is_said_in_its_two_largest_units() -> None:
    spans = [(59, "0 min"), (60, "1 min"), (3900, "1 h 05 min"), (-3900, "1 h 05 min"), (93600, "1 d 2 h")]
    assert [(s, running.span(timedelta(seconds=s))) for s, _ in spans] == spans


def test_a_clock_warns_in_its_last_hour_and_is_late_afterwards(bench: World) -> None:
    client = logged_in("ROM-OP")
    sign_first(client)
    send(client, **BESIDE)
    batch = sheet()
    limit = batch.steps[0].at + timedelta(hours=30)
    looks = []
    for before in (2, 0.5, -0.5):
        (due,) = [c for c in running.clocks(batch, None, limit - timedelta(hours=before)) if c.code == "begin-by"]
        looks.append((due.at == limit, due.warn, due.late))
    assert looks == [(True, False, False), (True, True, False), (True, False, True)]
    assert "Sign this phase by" in text_of(client.get(RUN))


def test_the_bench_asks_the_database_as_often_for_many_files_and_lots_as_for_few(
    bench: World, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = logged_in("ROM-OP")
    client.get(RUN)
    with CaptureQueriesContext(connection) as asked:
        client.get(RUN)
        few = len(asked)
    for n in range(6):
        bench.do("ROM-QA", "register-equipment", equipment=f"PRO-{n + 2}", kind="prodigy",
                 calibrated_until=str(today(100)))  # fmt: skip
        bench.do("ROM-OP", "open-deviation", of=BATCH, deviation=f"D-{n}", what="a drop", severity="minor")
    client.get(RUN)  # the sheet is folded anew once
    with django_assert_num_queries(few):
        client.get(RUN)


# -- the room -------------------------------------------------------------------------------------------


def _in_a_room(bench: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch started under a recipe whose first phase asks for a cleared room of grade C, which there is."""
    for code, grade in (("CLEAN-1", "C"), ("STORE-1", "D")):
        bench.do("ROM-QA", "register-room", room=code, title=code, grade=grade, qualified_until=str(today(90)))
    asked = {"room": "C", "clearance": {"of": ["room"], "second_person": True}}

    def phases(batch: Batch) -> list[Any]:
        return [phase | asked if n == 0 else phase for n, phase in enumerate((batch.recipe or {})["phases"])]

    monkeypatch.setattr(Batch, "phases", property(phases))


def test_a_room_is_cleared_confirmed_and_named_on_the_bench_before_its_step(
    bench: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_a_room(bench, monkeypatch)
    client = logged_in("ROM-OP")
    page = client.get(RUN)
    source = page.content.decode()
    assert hidden(page)["do"] == "clear-line" and "CLEAN-1" in source and "STORE-1" not in source
    yes = {"material_gone": "on", "papers_gone": "on", "clean": "on"}
    refused = send(client, what="room:CLEAN-1", **SIGNED, **{**yes, "clean": ""})
    assert refused.status_code == 422 and read.sheet("room:CLEAN-1").clearances == ()
    assert send(client, what="room:CLEAN-1", **SIGNED, **yes).status_code == 302
    page = client.get(RUN)
    assert hidden(page)["do"] == "confirm-clearance" and 'name="second.person"' in page.content.decode()
    assert send(client, what="room:CLEAN-1", **BESIDE).status_code == 302
    assert read.sheet("room:CLEAN-1").clearances[-1].second_by == "ROM-TWO"
    page = client.get(RUN)
    assert hidden(page)["do"] == "sign-step" and re.search(r'name="room" value="CLEAN-1"', page.content.decode())
    assert sign_first(client, room="CLEAN-1").status_code == 302
    assert sheet().steps[0].room == "CLEAN-1"
    shown = client.get("/batch/ROM-B-1").content.decode()
    assert "CLEAN-1" in shown
    record = shelf.KINDS["batch-record"].make(shelf.Wanted(BATCH))
    assert "CLEAN-1" in str(record.blocks)


def test_the_paper_form_has_a_place_for_the_room_and_its_clearance(
    bench: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def printed(form: str) -> str:
        bench.do("ROM-OP", "issue-paper-form", batch="ROM-B-1", form=form, reason="power is failing")
        return str(shelf.KINDS["paper-form"].make(shelf.Wanted(f"form:{form}")).blocks)

    assert "Room code" not in printed("ROM-B-1-P1")
    _in_a_room(bench, monkeypatch)
    asked = printed("ROM-B-1-P2")
    assert asked.count("Room code") == 1 and "Clearance confirmed by" in asked and "Room grade" in asked


def test_a_step_in_a_room_that_is_due_or_not_cleared_is_refused_on_the_bench(
    bench: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_a_room(bench, monkeypatch)
    client = logged_in("ROM-OP")
    told = {"do": "sign-step", "task": "sign-step/P1/P1", "phase": "P1", "room": "CLEAN-1"}
    assert "is not cleared for batch" in text_of(sign_first(client, **told))
    bench.do("ROM-QA", "schedule-upkeep", what="room:CLEAN-1", task="cleaning", every_d="7")
    assert "clean" in text_of(sign_first(client, **told)).lower() and not sheet().steps
    cannot = text_of(client.get(f"{RUN}?show=cannot"))
    assert "No room of grade C or cleaner is fit for use here today" in cannot
