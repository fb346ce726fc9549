"""Reading by token: who gets in, what they see, and how a no looks."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from milenari.api import door, room
from milenari.journal import checkups, clock, read, tokens
from milenari.journal.models import Token
from milenari.journal.proof import check_proof
from tests.api.conftest import Caller, Calling
from tests.web import world as worlds
from tests.web.world import JOURNEY, World

SNAPSHOT = Path(__file__).with_name("openapi.json")
PROBLEM = {"code", "sentence", "facts", "field"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer, after making sure that it is the one expected."""
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert set(told) == PROBLEM and told["sentence"] and answer["Cache-Control"] == "no-store"
    return told


# -- the description ------------------------------------------------------------------------------------


def test_the_description_is_the_one_that_others_built_on() -> None:
    """After a wanted change: python -m tests.api.snapshot"""
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(room.description()))


def test_every_operation_says_how_it_refuses_and_no_name_hides_a_unit() -> None:
    described = room.description()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert {401, 403, 422, 429, 503} <= {int(status) for status in operation["responses"]}, (method, path)
            assert operation["operationId"] and operation["security"], path
    assert Client().get("/api/openapi.json").json()["info"]["title"] == "milenari"


# -- who gets in ----------------------------------------------------------------------------------------


def test_without_a_token_nothing_is_told(world: World) -> None:
    answer = Client().get("/api/journeys")
    problem(answer, 401, "token-missing")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    problem(Client().get("/api/journeys", headers={"Authorization": "Basic eDp5"}), 401, "token-missing")


def test_an_unknown_expired_or_revoked_token_is_refused(world: World, calling: Calling) -> None:
    problem(Caller("mil_nobody").get("me"), 401, "token-unknown")
    caller = calling("ROM-OP")
    assert caller.get("me").status_code == 200
    Token.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    problem(caller.get("me"), 401, "token-expired")
    other = calling("ROM-OP")
    assert other.get("me").status_code == 200
    tokens.revoke("ROM-OP", tokens.of_person("ROM-OP")[0].id)
    problem(other.get("me"), 401, "token-revoked")


def test_a_token_opens_its_scopes_and_no_other(world: World, calling: Calling) -> None:
    reader, auditor, actor = (calling("ROM-OP", scope) for scope in tokens.SCOPES)
    assert reader.get("journeys").status_code == auditor.get("entries").status_code == 200
    problem(reader.get("entries"), 403, "scope-missing")
    problem(auditor.get("journeys"), 403, "scope-missing")
    problem(reader.post("actions/record-weight", acted()), 403, "scope-missing")
    problem(actor.get("journeys"), 403, "scope-missing")


def acted() -> dict[str, Any]:
    return {"act": "some-act-1", "site": "ROM", "data": {},
            "signature": {"kind": "components", "password": "x", "second_factor": "y"}}  # fmt: skip


def test_a_token_is_worth_as_much_as_its_person_today(world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    assert caller.get("journeys").json()["total"] == 1
    world.do("ROM-QA", "end-role", person="ROM-OP", ended="operator", at_site="ROM", to_on=str(worlds.today(-1)),
             reason="left")  # fmt: skip
    problem(caller.get("journeys"), 403, "no-role-today")


def test_too_many_calls_of_one_token_have_to_wait(
    world: World, calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttle = room.api.throttle[0] if isinstance(room.api.throttle, list) else room.api.throttle
    monkeypatch.setattr(throttle, "num_requests", 3)
    caller, other = calling("ROM-OP"), calling("ROM-QA")
    assert [caller.get("me").status_code for _ in range(3)] == [200] * 3
    answer = caller.get("me")
    problem(answer, 429, "too-many-requests")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert other.get("me").status_code == 200


def test_whoever_tries_tokens_is_slowed_down_and_a_right_one_is_not(world: World, calling: Calling) -> None:
    right = calling("ROM-OP")
    for n in range(door.WRONG):
        problem(Caller(f"mil_{n}").get("me"), 401, "token-unknown")
    answer = Caller("mil_x").get("me")
    problem(answer, 429, "too-many-requests")
    assert answer["Retry-After"]
    assert right.get("me").status_code == 200
    cache.clear()
    problem(Caller("mil_x").get("me"), 401, "token-unknown")


# -- what is seen ---------------------------------------------------------------------------------------


def test_who_am_i(world: World, calling: Calling) -> None:
    told = calling("ROM-COO").get("me").json()
    assert told["roles"] == {"ROM": ["coordinator", "physician"]} and told["sees"] == ["ROM"]
    assert told["scopes"] == list(tokens.SCOPES) and told["keys"][0].startswith("ed25519:")
    assert calling("BCN-QA").get("me").json()["sees"] is None


def test_another_sites_therapy_is_invisible_everywhere(batch_world: World, calling: Calling) -> None:
    batch_world.do("BCN-QA", "grant-role", person="BCN-VEC", granted="vector-manager", at_site="BCN",
                   from_on=str(worlds.today()))  # fmt: skip
    stranger, own, control = calling("BCN-VEC"), calling("ROM-OP"), calling("BCN-QA")
    act = read.entries_about("batch:ROM-B-1")[0].act
    for path in (f"journeys/{JOURNEY}", "batches/ROM-B-1", f"entries/{act}", f"entries/{act}/proof",
                 f"entries/{act}/bytes", f"entries/{act}/checks", "subjects/batch:ROM-B-1/entries"):  # fmt: skip
        problem(stranger.get(path), 403, "page-not-for-you")
        assert own.get(path).status_code == control.get(path).status_code == 200, path
    for path in ("journeys", "batches", "results", "entries?action=start-batch"):
        assert stranger.get(path).json()["total"] == 0, path
    assert own.get("batches").json()["total"] == own.get("entries?action=start-batch").json()["total"] == 1
    problem(stranger.get("waiting?site=ROM"), 403, "page-not-for-you")
    assert own.get("waiting?site=ROM").json()["items"][0]["title"] == "Sign a step"


def test_no_answer_names_a_patient(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    for path in ("journeys", f"journeys/{JOURNEY}", "entries?limit=200", f"subjects/journey:{JOURNEY}/entries"):
        body = caller.get(path).content.decode()
        assert "Immaginaria" not in body and "FICT-1" not in body, path


def test_what_is_not_there_is_not_found(world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    for path, code in (("journeys/NO", "subject-unknown"), ("batches/NO", "subject-unknown"),
                       ("lots/NO", "subject-unknown"), ("lots/NO/trace", "subject-unknown"),
                       ("entries/NO", "entry-unknown"), ("logs/NO/checkpoint", "subject-unknown"),
                       ("actions/no-such", "action-unknown"), ("nowhere/at/all", "address-unknown")):  # fmt: skip
        problem(caller.get(path), 404, code)


def test_a_misspelt_filter_is_refused_instead_of_passed_over(world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    assert problem(caller.get("journeys?statoin=referred"), 422, "parameter-unknown")["field"] == "statoin"
    assert problem(caller.get("journeys?limit=0"), 422, "request-unreadable")["field"] == "limit"
    assert problem(caller.get("journeys?limit=201"), 422, "request-unreadable")["field"] == "limit"
    problem(caller.get("entries?happened_from=2026-01-01"), 422, "request-unreadable")
    problem(caller.get("journeys?text=%00"), 422, "request-unreadable")


def test_numbers_are_texts_and_instants_are_utc(batch_world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    whole = caller.get(f"journeys/{JOURNEY}").json()
    assert whole["journey"]["weight_kg"] == "20" and whole["collections"][0]["cd3_e6"] == "1000"
    assert whole["journey"]["referred_at"].endswith("Z") and whole["batches"][0]["code"] == "ROM-B-1"
    assert caller.get("batches/ROM-B-1").json()["batch"]["decision"] == ""
    assert caller.get("batches?decision=").json()["total"] == 1
    assert caller.get("batches?decision=final").json()["total"] == 0


def test_lists_are_paged_with_their_total_in_as_many_questions_as_ever(batch_world: World, calling: Calling) -> None:
    caller = calling("BCN-QA")
    whole = caller.get("entries?limit=200&sort=written").json()
    part = caller.get("entries?limit=5&offset=3&sort=written").json()
    assert part["items"] == whole["items"][3:8] and part["total"] == whole["total"] == len(whole["items"])
    counts = []
    for limit in (1, 100):
        with CaptureQueriesContext(connection) as asked:
            caller.get(f"entries?limit={limit}")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_entry_comes_with_bytes_proof_and_checks(world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    told = caller.get("entries/ROM/3").json()
    body = caller.get("entries/ROM/3/bytes").content
    assert json.loads(body) == told["entry"] and told["log"] == "ROM/3"
    key = next(log["verifier_key"] for log in caller.get("logs").json() if log["site"] == "ROM")
    assert check_proof(caller.get("entries/ROM/3/proof").content, key).entry == body
    assert all(check["good"] for check in caller.get("entries/ROM/3/checks").json())
    assert caller.get("logs/ROM/checkpoint").content.decode().startswith("milenari.example/ROM/journal/1\n")


def test_the_state_of_verification_is_told(world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    assert caller.get("verification").json() == {"last_whole": None, "lately": []}
    checkups.run(checkups.begin("ROM-QA"))
    last = caller.get("verification").json()["last_whole"]
    assert last["state"] == "sound" and last["by"] == "ROM-QA" and last["first_bad"] is None


def test_a_problem_speaks_the_language_that_was_asked_for(world: World, calling: Calling) -> None:
    spoken = {
        language: problem(calling("ROM-OP", language=language).get("journeys/NO"), 404, "subject-unknown")["sentence"]
        for language in ("en", "it", "ar")
    }
    assert len(set(spoken.values())) == 3 and "<" not in "".join(spoken.values())
    assert "\u2066NO\u2069" in spoken["ar"] and "\u2066" not in spoken["it"]


def test_the_actions_say_what_they_take(world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    listed = {action["code"]: action for action in caller.get("actions").json()}
    weight = next(field for field in listed["record-weight"]["fields"] if field["name"] == "weight")
    assert weight["of"] == ["kg"] and weight["low"] and weight["kind"] == "quantity"
    assert caller.get("actions/record-weight").json() == listed["record-weight"]
    refer = listed["refer-patient"]
    assert refer["needs_identity"] and "commitment" not in {field["name"] for field in refer["fields"]}
