"""The one form: drawn from an action's fields, signed, refused with everything kept, done once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from milenari.journal import perform, person, read, sealed
from milenari.registers import questions
from milenari.rules.action import ACTIONS, Refused
from milenari.web import signing, zones
from milenari.words import Role
from tests.web.test_access import text_of
from tests.web.world import JOURNEY, PASSWORD, PIN, World, logged_in, to_batch, today

SIGNED = {"password": PASSWORD, "second": PIN}


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    assert found, name
    return found[1]


def weigh(client: Client, weight: str = "21", **more: Any) -> Any:
    form = client.get(f"/do/record-weight?journey={JOURNEY}")
    data = {"journey": JOURNEY, "weight": weight, "weight.unit": "kg", "on": str(today()),
            "act": hidden(form, "act"), "seen": hidden(form, "seen"), **SIGNED, **more}  # fmt: skip
    return client.post("/do/record-weight", data)


def test_every_action_has_a_form_with_a_box_for_each_field(world: World) -> None:
    client = logged_in("ROM-COO")
    for code, cls in ACTIONS.items():
        answer = client.get(f"/do/{code}")
        if set(cls.roles) == {Role.NODE}:  # what a node says in its own name has no form for anybody
            assert answer.status_code == 404, code
            continue
        source = answer.content.decode()
        sealed_away = {"commitment", "age_months"} if code == "refer-patient" else set()
        missing = [name for name in cls.fields if name not in sealed_away and f'id="id_{name}"' not in source]
        assert not missing, f"{code}: {missing}"


def test_an_unknown_action_is_no_page(world: World) -> None:
    assert logged_in("ROM-PHY").get("/do/fly-away").status_code == 404


def test_a_form_shows_unit_bounds_and_the_meaning_of_the_signature(world: World) -> None:
    shown = text_of(logged_in("ROM-PHY").get(f"/do/record-weight?journey={JOURNEY}"))
    assert "Possible: from 1 kg to 200 kg." in shown and "I did this as recorded here." in shown
    assert "Lucia De Santis" in shown and "physician" in shown


def test_an_act_is_written_and_leads_to_its_journey_with_its_findings(world: World) -> None:
    client = logged_in("ROM-PHY")
    answer = weigh(client, "26")
    assert answer.status_code == 302 and answer["Location"] == f"/journey/{JOURNEY}"
    shown = text_of(client.get(answer["Location"]))
    assert "Weight recorded" in shown and "Please weigh again" in shown
    assert "was 20 kg, now 26 kg" in shown


def test_a_refusal_keeps_what_was_typed_and_stands_at_its_field(world: World) -> None:
    answer = weigh(logged_in("ROM-PHY"), "500", reason="typed by hand")
    source = answer.content.decode()
    assert answer.status_code == 422 and "is impossible; possible is from" in text_of(answer)
    assert 'value="500"' in source and "typed by hand" in source and 'id="id_weight_error"' in source
    assert 'href="#id_weight"' in source and PASSWORD not in source


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"weight": "abc"}, "cannot be read"),
        ({"weight": "20,5"}, "cannot be read"),
        ({"weight": ""}, "is missing"),
        ({"on": str(today(5))}, "lies in the future"),
        ({"on": "yesterday"}, "cannot be read"),
        ({"journey": "NONE"}, "No journey NONE is known"),
        ({"happened_at": "2999-01-01T10:00"}, "lies in the future"),
        ({"password": "wrong"}, "are not right"),
        ({"second": ""}, "the second factor is needed"),
        ({"second": "0000"}, "are not right"),
    ],
)
def test_each_fault_of_typing_is_a_sentence(world: World, typed: dict[str, str], told: str) -> None:
    answer = weigh(logged_in("ROM-PHY"), **typed)
    assert answer.status_code == 422 and told in text_of(answer)
    assert len(read.entries_about(f"journey:{JOURNEY}")) == 5


def test_the_second_factor_is_asked_only_at_the_first_signature(world: World) -> None:
    client = logged_in("ROM-PHY")
    assert 'name="second"' in client.get("/do/record-weight").content.decode()
    assert weigh(client).status_code == 302
    assert 'name="second"' not in client.get("/do/record-weight").content.decode()
    assert weigh(client, "22", second="").status_code == 302
    kinds = [e.signature["components"] for e in read.entries_about(f"journey:{JOURNEY}")[-2:]]
    assert kinds == [["password", "second-factor"], ["password"]]


def test_a_double_click_writes_once(world: World) -> None:
    client = logged_in("ROM-PHY")
    first, second = weigh(client, act="one-act"), weigh(client, act="one-act", seen="")
    assert first.status_code == second.status_code == 302
    assert len(read.entries_about(f"journey:{JOURNEY}")) == 6


def test_an_act_id_used_for_something_else_gets_a_new_one(world: World) -> None:
    client = logged_in("ROM-PHY")
    weigh(client, act="one-act")
    answer = weigh(client, "23", act="one-act", seen="")
    assert answer.status_code == 422 and "was used before" in text_of(answer)
    assert hidden(answer, "act") != "one-act"


def test_the_second_writer_is_told_and_overwrites_nothing(world: World) -> None:
    mine, other = logged_in("ROM-PHY"), logged_in("ROM-COO")
    form = mine.get(f"/do/record-weight?journey={JOURNEY}")
    assert weigh(other, "21").status_code == 302
    late = weigh(mine, "22", act=hidden(form, "act"), seen=hidden(form, "seen"))
    assert late.status_code == 422 and "changed while you were filling in" in text_of(late)
    again = weigh(mine, "22", act=hidden(late, "act"), seen=hidden(late, "seen"))
    assert again.status_code == 302


def test_a_form_of_another_role_says_whose_it_is_and_signing_is_refused(world: World) -> None:
    client = logged_in("ROM-OP")
    assert "This is done by: physician, ward nurse, apheresis nurse" in text_of(client.get("/do/record-weight"))
    answer = weigh(client)
    assert answer.status_code == 422 and "You act as operator, but this is done by" in text_of(answer)


def test_what_cannot_be_kept_is_told_with_everything_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise perform.NotWritten("disk-full", "database or disk is full")

    monkeypatch.setattr(signing, "perform_all", full)
    answer = weigh(logged_in("ROM-PHY"), "21.5")
    assert answer.status_code == 503 and "disk is full" in text_of(answer)
    assert 'value="21.5"' in answer.content.decode()


def test_a_database_that_fails_while_unlocking_the_key_is_told_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in("ROM-PHY")

    def locked(*_: Any, **__: Any) -> Any:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(person, "open_pen", locked)
    assert weigh(client, "21.5").status_code == 503


def test_a_referral_seals_the_identity_and_keeps_it_out_of_the_entry(world: World) -> None:
    client = logged_in("ROM-PHY")
    data = {"journey": "ROM-J-2", "process": "ARI", "sex": "male", "family_name": "Inesistente", "given_name": "Luca",
            "born_on": str(today(-365 * 9)), "hospital_number": "FICT-2", "act": "refer-1", **SIGNED}  # fmt: skip
    assert client.post("/do/refer-patient", data).status_code == 302
    entry = read.entry_of_act("refer-1")
    assert b"Inesistente" not in entry.body and b"Luca" not in entry.body
    assert sealed.proves("ROM-J-2", entry.entry.action.commitment) and entry.entry.action.age_months in (107, 108)
    assert client.post("/do/refer-patient", data).status_code == 302, "the second of two clicks finds the first"
    assert sealed.proves("ROM-J-2", entry.entry.action.commitment)


def test_a_refused_referral_leaves_no_sealed_identity(world: World) -> None:
    client = logged_in("ROM-PHY")
    data = {"journey": "ROM-J-3", "process": "NONE", "sex": "male", "family_name": "Inesistente", "given_name": "Luca",
            "born_on": "2017-05-05", "hospital_number": "FICT-3", "act": "refer-2", **SIGNED}  # fmt: skip
    assert client.post("/do/refer-patient", data).status_code == 422
    assert sealed.open_sealed("ROM-J-3") is None
    taken = client.post("/do/refer-patient", {**data, "journey": JOURNEY, "process": "ARI"})
    assert taken.status_code == 422 and sealed.open_sealed(JOURNEY) is not None, "the first child's stays"


@pytest.mark.parametrize(
    ("born", "told"),
    [("", "are all needed"), ("05/05/2017", "cannot be read"), (str(today(3)), "birth date lies in the future")],
)
def test_a_birth_date_that_cannot_be_is_refused(world: World, born: str, told: str) -> None:
    data = {"journey": "ROM-J-3", "process": "ARI", "sex": "male", "family_name": "I", "given_name": "L",
            "born_on": born, "hospital_number": "FICT-3", **SIGNED}  # fmt: skip
    answer = logged_in("ROM-PHY").post("/do/refer-patient", data)
    assert answer.status_code == 422 and told in text_of(answer) and 'value="FICT-3"' in answer.content.decode()


def test_the_node_proposes_a_chain_of_identity_with_a_right_check_character(world: World) -> None:
    from milenari.rules.chain import require_coi

    form = logged_in("ROM-COO").get(f"/do/issue-coi?journey={JOURNEY}")
    require_coi(hidden_id(form, "coi"), "ROM")


def hidden_id(answer: Any, name: str) -> str:
    found = re.search(rf'id="id_{name}" name="{name}" value="([^"]*)"', answer.content.decode())
    assert found
    return found[1]


def test_a_step_is_drawn_from_the_recipe_and_signed(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    form = client.get("/do/sign-step?batch=ROM-B-1")
    shown = text_of(form)
    assert (
        hidden_id(form, "phase") == "P1"
        and "Limit: at least 70 %." in shown
        and "Possible: from 0 % to 100 %." in shown
    )
    data = {"batch": "ROM-B-1", "phase": "P1", "readings.viability": "65", "readings.viability.unit": "%",
            "equipment": "PRO-1", "act": hidden(form, "act"), "seen": hidden(form, "seen"), **SIGNED}  # fmt: skip
    missing = client.post("/do/sign-step", {**data, "readings.viability": ""})
    assert missing.status_code == 422 and "also asks for viability" in text_of(missing)
    answer = client.post("/do/sign-step", data)
    assert answer.status_code == 302 and answer["Location"] == "/batch/ROM-B-1"
    shown = text_of(client.get("/batch/ROM-B-1"))
    assert (
        "outside its limit" in shown and "A reading outside its limit" in shown and "waits for a second person" in shown
    )


def test_the_wrong_wristband_stops_with_the_word(batch_world: World) -> None:
    other = batch_world.coi[:-1] + ("A" if batch_world.coi[-1] != "A" else "B")
    data = {
        "collection": "ROM-C-9",
        "journey": JOURNEY,
        "wristband": other,
        "volume": "100",
        "volume.unit": "mL",
        **SIGNED,
    }
    answer = logged_in("ROM-NUR").post("/do/collect-cells", data)
    assert (
        answer.status_code == 422
        and "STOP." in text_of(answer)
        and 'id="id_wristband_error"' in answer.content.decode()
    )


def test_a_document_that_cannot_be_read_names_line_and_column(world: World) -> None:
    data = {"process": "ARI", "number": "2", "title": "x", "recipe": '{\n "kind": oops}', **SIGNED}
    answer = logged_in("BCN-QA").post("/do/approve-process", data)
    assert answer.status_code == 422 and "at line 2, column 10" in text_of(answer)


def test_a_document_nested_without_end_is_refused_like_any_other_that_cannot_be_read(world: World) -> None:
    data = {"process": "ARI", "number": "2", "title": "x", "recipe": "[" * 100_000, **SIGNED}
    answer = logged_in("BCN-QA").post("/do/approve-process", data)
    assert answer.status_code == 422 and "at line 1" in text_of(answer)


def test_a_code_without_its_kind_is_completed_when_only_one_fits(batch_world: World) -> None:
    data = {"of": "ROM-B-1", "deviation": "DEV-1", "what": "bag clamp slipped", "severity": "minor", **SIGNED}
    assert logged_in("ROM-OP").post("/do/open-deviation", data)["Location"] == "/batch/ROM-B-1"
    assert "bag clamp slipped" in text_of(logged_in("ROM-QA").get("/batch/ROM-B-1"))


def test_when_it_happened_is_said_on_the_sites_clock(world: World) -> None:
    earlier = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
    client = logged_in("ROM-PHY")
    assert weigh(client, happened_at=zones.local(earlier, "Europe/Rome"), act="earlier").status_code == 302
    assert read.entry_of_act("earlier").entry.happened_at == earlier
    assert "written at" in text_of(client.get(f"/journey/{JOURNEY}"))


@pytest.mark.parametrize(
    ("text", "which", "expected"),
    [
        ("2026-07-01T10:00", "", "2026-07-01T08:00:00+00:00"),
        ("2026-10-25T02:30", "first", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30", "second", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25T02:30", "", "local-time-twice"),
        ("2026-03-29T02:30", "", "local-time-skipped"),
        ("2026-07-01T10:00+02:00", "", "2026-07-01T08:00:00+00:00"),
        ("at ten", "", "field-unreadable"),
    ],
)
def test_a_local_time_that_the_clocks_skipped_or_repeated_is_asked_about(text: str, which: str, expected: str) -> None:
    try:
        found = zones.instant("at", text, "Europe/Rome", which).isoformat()
    except Refused as refused:
        found = refused.code
    assert found == expected


def test_a_question_answers_without_knowing_the_reader(world: World) -> None:
    to_batch(world)
    listed = questions.journeys(text="rom-b-1")
    assert listed.total == 1 and listed.lines[0].batch is not None
    assert questions.journeys(sites={"BCN"}).total == 0
