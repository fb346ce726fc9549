"""Acts by the interface: a token never signs; what does; and that a retry doubles nothing."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from milenari.journal import clock, read, sealed, tokens, verify
from milenari.journal.models import Entry
from tests.api.conftest import Caller, Calling
from tests.api.test_reading import problem
from tests.journal.test_passkey import Authenticator
from tests.web import world as worlds
from tests.web.world import JOURNEY, PASSWORD, PIN, World

BOTH = {"kind": "components", "password": PASSWORD, "second_factor": PIN}
IDENTITY = {"family_name": "Fantasia", "given_name": "Luca", "born_on": "2019-05-04", "hospital_number": "FICT-2"}


def weight(act: str = "weight-0001", **more: Any) -> dict[str, Any]:
    data = {"journey": JOURNEY, "weight": {"value": "21.5", "unit": "kg"}, "on": str(worlds.today())}
    return {"act": act, "site": "ROM", "role": "physician", "data": data, "signature": BOTH} | more


def test_an_act_with_both_components_is_written_and_signed_by_the_person(world: World, calling: Calling) -> None:
    answer = calling("ROM-PHY").post("actions/record-weight", weight(reason="weighed again"))
    told = answer.json()
    assert answer.status_code == 201 and told["repeated"] is False and told["about"] == f"journey:{JOURNEY}"
    seen = read.entry_of_act("weight-0001")
    assert (seen.entry.by, seen.entry.role, seen.entry.reason) == ("ROM-PHY", "physician", "weighed again")
    assert seen.signature["components"] == ["password", "second-factor"] and told["log"] == f"ROM/{seen.index}"
    assert verify.verify().sound


def test_a_token_alone_signs_nothing(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    asked = weight()
    del asked["signature"]
    before = Entry.objects.count()
    problem(caller.post("actions/record-weight", asked), 422, "request-unreadable")
    for wrong in ({**BOTH, "password": "guessed it wrong"}, {**BOTH, "second_factor": "0000"}):
        problem(caller.post("actions/record-weight", weight(signature=wrong)), 403, "login-failed")
    problem(caller.post("actions/record-weight", weight(signature={**BOTH, "second_factor": ""})), 422,
            "second-factor-needed")  # fmt: skip
    assert Entry.objects.count() == before


def test_wrong_signatures_close_the_login_for_a_while(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    for _ in range(5):
        problem(caller.post("actions/record-weight", weight(signature={**BOTH, "second_factor": "1"})), 403,
                "login-failed")  # fmt: skip
    answer = caller.post("actions/record-weight", weight())
    problem(answer, 429, "login-locked")
    assert 0 < int(answer["Retry-After"]) <= 15 * 60


def test_sending_an_act_again_gives_the_first_entry_and_needs_no_new_code(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    first = caller.post("actions/record-weight", weight())
    before = Entry.objects.count()
    used = weight(signature={**BOTH, "second_factor": "used up"})
    again = caller.post("actions/record-weight", used)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"repeated": True} and Entry.objects.count() == before


def test_an_act_id_is_not_used_for_something_else_or_by_another(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    assert caller.post("actions/record-weight", weight()).status_code == 201
    other = weight()
    other["data"]["weight"]["value"] = "30"
    problem(caller.post("actions/record-weight", other), 409, "act-id-reused")
    problem(calling("ROM-COO").post("actions/record-weight", weight()), 409, "act-id-reused")


def test_what_the_rule_refuses_is_refused_with_its_code_facts_and_field(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    wrong = weight()
    wrong["data"]["weight"] = {"value": "21500", "unit": "kg"}
    told = problem(caller.post("actions/record-weight", wrong), 422, "reading-impossible")
    assert told["field"] == "weight" and told["facts"]["unit"] == "kg"
    problem(calling("ROM-OP").post("actions/record-weight", weight(role="operator")), 422, "role-not-allowed")
    problem(caller.post("actions/record-weight", weight(site="BCN")), 403, "role-not-held")
    problem(caller.post("actions/record-weight", weight(role="node")), 403, "role-not-held")
    unknown = weight()
    unknown["data"]["journey"] = "NO"
    problem(caller.post("actions/record-weight", unknown), 422, "subject-unknown")
    problem(caller.post("actions/no-such-thing", weight()), 404, "action-unknown")
    assert caller.post("actions/record-weight", weight()).status_code == 201


def test_a_floating_point_number_or_an_unknown_name_is_refused(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    floating = weight()
    floating["data"]["weight"]["value"] = 21.5
    told = problem(caller.post("actions/record-weight", floating), 422, "number-not-exact")
    assert told["field"] == "data.weight.value"
    problem(caller.post("actions/record-weight", weight(resaon="x")), 422, "request-unreadable")
    problem(caller.post("actions/record-weight", "{"), 422, "request-unreadable")
    broken = json.dumps(weight()).replace("21.5", "\\ud800")
    problem(caller.post("actions/record-weight", broken), 422, "request-unreadable")
    deep = weight()
    deep["data"]["weight"] = json.loads("[" * 60 + "]" * 60)
    problem(caller.post("actions/record-weight", deep), 422, "request-unreadable")


def test_what_moved_on_meanwhile_is_not_overwritten(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    version = read.sheet(f"journey:{JOURNEY}").version
    name = f"journey:{JOURNEY}"
    problem(caller.post("actions/record-weight", weight(seen={name: version - 1})), 409, "changed-meanwhile")
    assert caller.post("actions/record-weight", weight(seen={name: version})).status_code == 201


def test_a_password_is_taken_over_an_encrypted_connection_only(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    body = json.dumps(weight())
    told = {"content_type": "application/json", "headers": caller.headers, "REMOTE_ADDR": "192.0.2.7"}
    problem(Client().post("/api/actions/record-weight", body, **told), 403, "needs-encryption")
    assert Client().post("/api/actions/record-weight", body, secure=True, **told).status_code == 201


# -- passkeys -------------------------------------------------------------------------------------------


@pytest.fixture
def passkey(world: World) -> Authenticator:
    made = Authenticator()
    world.do("ROM-IT", "replace-key", person="ROM-PHY", key=made.key, reason="passkey")
    return made


def proposed(caller: Caller, passkey: Authenticator, act: str = "weight-0002") -> dict[str, Any]:
    asked = weight(act) | {"key": passkey.key}
    del asked["signature"]
    answer = caller.post("actions/record-weight/proposal", asked)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def assertion(passkey: Authenticator, told: dict[str, Any]) -> dict[str, Any]:
    challenge = base64.urlsafe_b64decode(told["challenge_base64url"] + "=")
    return {"kind": "webauthn", "key": told["key"], "written_at": told["written_at"],
            "assertion": passkey.answer(challenge)}  # fmt: skip


def test_a_passkey_signs_the_proposed_bytes_and_no_others(
    world: World, calling: Calling, passkey: Authenticator
) -> None:
    caller = calling("ROM-PHY")
    told = proposed(caller, passkey)
    assert told["relying_party"] == "clinic.example" and not Entry.objects.filter(act="weight-0002").exists()
    signature = assertion(passkey, told)
    changed = weight("weight-0002", signature=signature)
    changed["data"]["weight"]["value"] = "99"
    problem(caller.post("actions/record-weight", changed), 422, "signature-invalid")
    problem(caller.post("actions/record-weight", weight("weight-0003", signature=signature)), 422, "signature-invalid")
    assert caller.post("actions/record-weight", weight("weight-0002", signature=signature)).status_code == 201
    seen = read.entry_of_act("weight-0002")
    assert seen.signature["components"] == ["passkey"] and base64.b64decode(told["message_base64"]) != seen.body
    assert verify.verify().sound
    again = caller.post("actions/record-weight", weight("weight-0002", signature=signature))
    assert again.status_code == 200 and again.json()["repeated"]


def test_a_proposal_is_good_for_two_minutes(
    world: World, calling: Calling, passkey: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = calling("ROM-PHY")
    told = proposed(caller, passkey)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=3))
    answer = caller.post("actions/record-weight", weight("weight-0002", signature=assertion(passkey, told)))
    problem(answer, 422, "proposal-expired")
    assert datetime.fromisoformat(told["good_until"]) - now <= timedelta(minutes=2, seconds=1)


def test_a_bare_key_and_anothers_passkey_sign_nothing(world: World, calling: Calling, passkey: Authenticator) -> None:
    caller = calling("ROM-PHY")
    told = proposed(caller, passkey)
    bare = assertion(passkey, told) | {"key": world.pens["ROM-PHY"].key}
    problem(caller.post("actions/record-weight", weight("weight-0002", signature=bare)), 422, "signature-kind-refused")
    other = calling("ROM-COO")
    stolen = weight("weight-0002", signature=assertion(passkey, told))
    problem(other.post("actions/record-weight", stolen), 422, "key-not-enrolled")
    asked = weight("weight-0004") | {"key": world.pens["ROM-PHY"].key}
    del asked["signature"]
    problem(caller.post("actions/record-weight/proposal", asked), 422, "signature-kind-refused")
    problem(other.post("actions/record-weight/proposal", asked | {"key": passkey.key}), 422, "key-not-enrolled")


def test_a_proposal_that_the_rule_refuses_is_refused_at_once(
    world: World, calling: Calling, passkey: Authenticator
) -> None:
    asked = weight() | {"key": passkey.key}
    del asked["signature"]
    asked["data"]["weight"]["unit"] = "g"
    problem(calling("ROM-PHY").post("actions/record-weight/proposal", asked), 422, "reading-wrong-unit")


# -- referral -------------------------------------------------------------------------------------------


def referral(**more: Any) -> dict[str, Any]:
    data = {"journey": "ROM-J-2", "process": "ARI", "sex": "male"}
    told = {"act": "refer-0001", "site": "ROM", "data": data, "signature": BOTH, "identity": IDENTITY}
    return told | more


def test_a_referral_seals_the_identity_and_writes_no_name(world: World, calling: Calling) -> None:
    caller = calling("ROM-PHY")
    answer = caller.post("actions/refer-patient", referral())
    assert answer.status_code == 201, answer.content
    body = read.entry_of_act("refer-0001").body
    assert b"Fantasia" not in body and b"FICT-2" not in body and b"sha256:" in body
    held = sealed.open_sealed("ROM-J-2")
    assert held and held.family_name == "Fantasia"
    again = caller.post("actions/refer-patient", referral())
    assert again.status_code == 200 and again.json()["repeated"]


def test_a_referral_without_identity_or_with_a_commitment_from_outside_is_refused(
    world: World, calling: Calling
) -> None:
    caller = calling("ROM-PHY")
    problem(caller.post("actions/refer-patient", referral(identity=None)), 422, "identity-incomplete")
    missing = IDENTITY | {"given_name": " "}
    assert (
        problem(caller.post("actions/refer-patient", referral(identity=missing)), 422, "identity-incomplete")["field"]
        == "given_name"
    )
    unborn = IDENTITY | {"born_on": str(worlds.today(5))}
    problem(caller.post("actions/refer-patient", referral(identity=unborn)), 422, "born-in-future")
    given = referral()
    given["data"]["commitment"] = "sha256:00"
    problem(caller.post("actions/refer-patient", given), 422, "sealed-by-the-node")
    problem(caller.post("actions/record-weight", weight(identity=IDENTITY)), 422, "identity-incomplete")
    assert sealed.open_sealed("ROM-J-2") is None
    wrong = referral()
    wrong["data"]["process"] = "NO"
    problem(caller.post("actions/refer-patient", wrong), 422, "subject-unknown")
    assert sealed.open_sealed("ROM-J-2") is None, "what was refused left nothing sealed"
    assert caller.post("actions/refer-patient", referral()).status_code == 201


def test_a_full_disk_is_a_problem_that_may_be_sent_again(
    world: World, calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    from milenari.journal import perform

    def full(*_: Any) -> None:
        raise perform.NotWritten("disk-full", "no space")

    caller = calling("ROM-PHY")
    with monkeypatch.context() as broken:
        broken.setattr(perform, "_write", full)
        told = problem(caller.post("actions/record-weight", weight()), 503, "disk-full")
        assert "disk is full" in told["sentence"]
    assert caller.post("actions/record-weight", weight()).status_code == 201


def test_a_token_to_act_does_not_read(world: World) -> None:
    caller = Caller(tokens.make("ROM-PHY", "acts only", [tokens.ACT]))
    assert caller.post("actions/record-weight", weight()).status_code == 201
    problem(caller.get("entries/weight-0001"), 403, "scope-missing")
