"""Plans on screen: read from the files of a run, signed, decided, drawn, and booked slot by slot."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from milenari.journal import attached, clock, read
from milenari.registers import models as table
from milenari.registers import planning
from milenari.rules.action import Refused
from tests.web.stage import client_of, do, secrets
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
SCENARIO = b'{"name": "spring"}'
REASON = "decided in the weekly call"


def waiting() -> table.Journey:
    """A patient in Rome whose collection may be booked, or booked again for a second one."""
    found = table.Journey.objects.filter(site="ROM", withdrawn=False, died_on=None).exclude(coi="")
    return found.exclude(station__in=planning.OVER).order_by("-code")[0]


def day(days: int) -> str:
    return str((clock.now() + timedelta(days=days)).date())


def run_of(journey: str) -> dict[str, Any]:
    """What the planning command prints for one patient placed and one not."""
    slot = {"patient": journey, "hospital": "ROM", "site": "ROM", "machine": "ROM-P1", "carried": "fresh",
            "collection": day(9), "start": day(10), "end": day(22), "released": day(29), "lymphodepletion": day(31),
            "infusion": day(36), "lot": "", "kept": False, "locked": False, "waited_d": 36}  # fmt: skip
    left = {"patient": "AMM-J-999", "conflict": ["no machine in Amman", "the lane is closed"], "nearest": "", "ways": 4}
    return {"method": "time-indexed-slots", "version": "1", "objective": 36.5, "bound": 36.5, "gap": 0.0,
            "placed": [slot], "unplaced": [left], "seconds": 1.2}  # fmt: skip


def given(plan: dict[str, Any] | bytes, **more: str) -> dict[str, Any]:
    body = plan if isinstance(plan, bytes) else json.dumps(plan).encode()
    return {"read": "1", "plan": "P-1", "title": "Slots in spring", "file": SimpleUploadedFile("plan.json", body),
            "scenario_file": SimpleUploadedFile("s.json", SCENARIO), **more}  # fmt: skip


def hidden(page: Any, name: str) -> str:
    from html import unescape

    text = page.content.decode()
    start = text.index(f'name="{name}" value="') + len(f'name="{name}" value="')
    return unescape(text[start : text.index('"', start)])


def kept(client: Client, journey: str) -> None:
    page = client.post("/plans/keep", given(run_of(journey)))
    assert page.status_code == 200, text_of(page)
    fields = {name: hidden(page, name) for name in ("act", "kind", "method", "scenario", "answer", "plan", "title")}
    done = client.post("/plans/keep", fields | secrets("rom-coordinator"))
    assert done.status_code == 302 and done["Location"] == "/plans/of/P-1", text_of(done)


def test_a_run_is_read_shown_signed_decided_and_booked() -> None:
    one, client = waiting(), client_of("rom-coordinator")
    assert "P-1" not in text_of(client.get("/plans"))
    kept(client, one.code)
    plan = read.sheet("plan:P-1")
    assert (plan.status, plan.scenario) == ("proposed", sha256(SCENARIO).hexdigest())
    assert plan.answer["objective"] == "36.5" and plan.method == "time-indexed-slots 1"
    page = client.get("/plans/of/P-1")
    said = text_of(page)
    assert one.code in said and "no machine in Amman" in said and "Accept or decline a plan" in said
    assert page.content.decode().count('role="img"') + page.content.decode().count("<svg") >= 2
    assert "slot_on=" not in page.content.decode()  # nothing is booked from a plan that nobody accepted
    do("rom-coordinator", "decide-plan", REASON, plan="P-1", decision="accepted")
    body = client.get("/plans/of/P-1").content.decode()
    assert f"/do/book-slot?journey={one.code}&amp;slot_on={day(9)}&amp;plan=P-1" in body
    do("rom-coordinator", "book-slot", journey=one.code, slot_on=day(9), plan="P-1")
    assert planning.lines("P-1", None)[0].state == "booked"
    assert "slot_on=" not in client.get("/plans/of/P-1").content.decode()
    assert "P-1" in text_of(client.get("/plans?state=accepted")) and "No plan fits" in text_of(
        client.get("/plans?q=zzz")
    )


def test_who_has_no_patient_in_it_does_not_see_it_and_a_hospital_sees_its_own_only() -> None:
    one = waiting()
    run = run_of(one.code)
    run["placed"].append({**run["placed"][0], "patient": "BEY-J-777", "hospital": "BEY", "machine": "BEY-P1"})
    kind, method, answer = planning.as_plan(run)
    do("bcn-coordinator", "keep-plan", plan="P-2", kind=kind, title="Both", scenario="b" * 64, method=method,
       answer=answer)  # fmt: skip
    mine = text_of(client_of("rom-coordinator").get("/plans/of/P-2"))
    assert one.code in mine and "BEY-J-777" not in mine and "no machine in Amman" not in mine
    assert client_of("amm-coordinator").get("/plans/of/P-2").status_code == 403
    assert "P-2" not in text_of(client_of("amm-coordinator").get("/plans"))
    whole = text_of(client_of("bcn-coordinator").get("/plans/of/P-2"))
    assert one.code in whole and "BEY-J-777" in whole and "no machine in Amman" in whole


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"file": b"%PDF-1.7"}, "no answer of a planning run"),
        ({"file": b"[" * 100_000}, "no answer of a planning run"),
        ({"file": b'{"method": "something else"}'}, "no answer of a planning run"),
        ({"file": b'{"method": "time-indexed-slots", "placed": 4, "unplaced": []}'}, "no answer of a planning run"),
        ({"scenario_file": None}, "file is missing. The plan is kept with the digest"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_to_do_and_keeps_what_was_typed(files: dict[str, Any], said: str) -> None:
    client, sent = client_of("rom-coordinator"), given(run_of("ROM-J-1"))
    for name, body in files.items():
        sent.pop(name)
        if body is not None:
            sent[name] = SimpleUploadedFile("x.json", body)
    page = client.post("/plans/keep", sent)
    assert page.status_code == 422 and said in text_of(page)
    assert hidden(page, "title") == "Slots in spring" and 'name="kind"' not in page.content.decode()


def test_more_bytes_than_are_read_are_refused_before_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "LARGEST", 100)
    page = client_of("rom-coordinator").post("/plans/keep", given(run_of("ROM-J-1")))
    assert page.status_code == 422 and "The file has" in text_of(page)


def test_a_form_that_brings_back_something_else_than_it_was_given_is_refused() -> None:
    client = client_of("rom-coordinator")
    fields = {"act": "a-1", "plan": "P-1", "title": "t", "kind": "slots", "method": "m", "scenario": "a" * 64}
    page = client.post("/plans/keep", fields | {"answer": "[" * 100_000} | secrets("rom-coordinator"))
    assert page.status_code == 422 and "cannot be read" in text_of(page)
    assert not table.Plan.objects.filter(code="P-1").exists()


def test_how_a_slot_stands_and_where_it_leads() -> None:
    """Nobody is offered a slot who needs none, and no picture leads to a page that is not there."""
    one = waiting()
    over = table.Journey.objects.filter(site="ROM", station__in=planning.OVER).exclude(slot_on=day(9))[0]
    run = run_of(one.code)
    run["placed"] += [{**run["placed"][0], "patient": code} for code in (over.code, "ROM-J-999")]
    kind, method, answer = planning.as_plan(run)
    do("rom-coordinator", "keep-plan", plan="P-5", kind=kind, title="t", scenario="d" * 64, method=method,
       answer=answer)  # fmt: skip
    do("rom-coordinator", "decide-plan", REASON, plan="P-5", decision="accepted")
    states = {line.slot.journey: line.state for line in planning.lines("P-5", None)}
    assert (
        states[over.code] == "over" and states["ROM-J-999"] == "unknown" and states[one.code] in ("open", "otherwise")
    )
    body = client_of("rom-coordinator").get("/plans/of/P-5").content.decode()
    assert body.count("/do/book-slot?") == 1 and f"journey={one.code}" in body
    assert f'href="/journey/{over.code}"' in body and "/journey/ROM-J-999" not in body
    assert "weighted days" in body


def test_a_plan_that_does_not_exist_is_said_so() -> None:
    assert client_of("rom-coordinator").get("/plans/of/P-9").status_code == 404


def test_other_plans_are_read_from_their_commands_too() -> None:
    doses = {"method": "stated-rule-allocation", "version": "1", "doses": 1, "decisions": [
        {"place": 1, "patient": "J1", "country": "IT", "given": True, "points": 9.5, "reason": "urgency"}]}  # fmt: skip
    assert planning.as_plan(doses)[2]["lines"][0]["journey"] == "J1"
    made = {"method": "sample-average-campaigns", "version": "1", "objective": 1.5e6, "bound": None, "seed": 3,
            "campaigns": [{"begins_on": "2027-01-04", "litres": 123.5, "doses_expected": 9.0}]}  # fmt: skip
    kind, _, answer = planning.as_plan(made)
    assert (kind, answer["lines"][0]["litres"], answer["objective"]) == ("campaigns", "123.5", "1500000")
    with pytest.raises(Refused) as caught:
        planning.as_plan({**made, "campaigns": [{"begins_on": "soon", "litres": 1}]})
    assert caught.value.code == "plan-unreadable"


@pytest.mark.parametrize("kind", ["allocation", "campaigns"])
def test_plans_of_every_kind_have_a_page(kind: str) -> None:
    lines = {
        "allocation": [{"journey": "J1", "country": "IT", "given": True, "place": 1, "reason": "waits longest"},
                       {"journey": "J2", "country": "LB", "given": False, "place": 2, "reason": "one dose"}],
        "campaigns": [{"begins": "2027-01-04", "litres": "123.5"}],
    }[kind]  # fmt: skip
    do("bcn-vector-manager", "keep-plan", plan="P-3", kind=kind, title="t", scenario="c" * 64, method="m",
       answer={"lines": lines})  # fmt: skip
    do("bcn-coordinator", "decide-plan", REASON, plan="P-3", decision="accepted")
    body = client_of("bcn-coordinator").get("/plans/of/P-3").content.decode()
    assert ("123.5" in body) == (kind == "campaigns")
    assert ("/do/allocate-container?journey=J1&amp;plan=P-3" in body) == (kind == "allocation")
    assert "journey=J2" not in body
