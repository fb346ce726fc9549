"""The account page: password, second factor, passkeys, and what lately happened with them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any, cast

import pyotp
import pytest
from django.test import Client

from milenari.journal import clock, passkey, person, read, verify
from milenari.rules.referral import ReferPatient
from tests.journal.authenticator import FLAG, Authenticator
from tests.web.test_access import text_of
from tests.web.test_act import weigh
from tests.web.world import JOURNEY, PASSWORD, PIN, World, logged_in, today

OLD = {"password": PASSWORD, "second": PIN}
NEW = "another horse battery"


# -- password and second factor -------------------------------------------------------------------------


def test_a_new_password_keeps_this_session_and_ends_the_others(world: World) -> None:
    here, there = logged_in("ROM-PHY"), logged_in("ROM-PHY")
    answer = here.post("/account/password", {**OLD, "new_password": NEW, "again": NEW})
    assert answer.status_code == 302 and "is changed" in text_of(here.get("/account"))
    assert there.get("/account").status_code == 302, "logged out"
    assert Client().post("/login", {"person": "ROM-PHY", **OLD}).status_code == 422
    assert Client().post("/login", {"person": "ROM-PHY", "password": NEW, "second": PIN}).status_code == 302
    assert weigh(here, password=NEW).status_code == 302, "the signing key is the same"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"again": "something else"}, "are not the same"),
        ({"password": "wrong"}, "are not right"),
        ({"second": "0000"}, "are not right"),
        ({"new_password": "short", "again": "short"}, "too weak"),
    ],
)
def test_a_password_that_is_not_changed_says_why(world: World, typed: dict[str, str], told: str) -> None:
    client = logged_in("ROM-PHY")
    answer = client.post("/account/password", {**OLD, "new_password": NEW, "again": NEW, **typed})
    assert answer.status_code == 422 and told in text_of(answer) and NEW not in answer.content.decode()
    assert Client().post("/login", {"person": "ROM-PHY", **OLD}).status_code == 302


def secret_of(client: Client) -> str:
    found = re.search(r'class="code">([A-Z2-7 ]{32,})<', client.get("/account").content.decode())
    assert found
    return found[1].replace(" ", "")


def test_an_authenticator_counts_only_after_its_first_code(world: World) -> None:
    client = logged_in("ROM-PHY")
    assert client.post("/account/factor", {**OLD, "second": "1"}).status_code == 422
    assert client.post("/account/factor", OLD).status_code == 302
    assert "<svg" in client.get("/account").content.decode()
    made = pyotp.TOTP(secret_of(client))
    wrong = client.post("/account/factor/confirm", {"code": "000000"})
    assert wrong.status_code == 422 and "is unchanged" in text_of(wrong)
    assert secret_of(client) == made.secret, "the same key, to try again"
    assert Client().post("/login", {"person": "ROM-PHY", **OLD}).status_code == 302, "the old one still counts"
    assert client.post("/account/factor/confirm", {"code": made.at(clock.now())}).status_code == 302
    assert "Authenticator with changing codes" in text_of(client.get("/account"))
    assert Client().post("/login", {"person": "ROM-PHY", **OLD}).status_code == 422
    later = {"person": "ROM-PHY", "password": PASSWORD, "second": made.at(clock.now() + timedelta(seconds=30))}
    assert Client().post("/login", later).status_code == 302


def test_leaving_the_new_authenticator_changes_nothing(world: World) -> None:
    client = logged_in("ROM-PHY")
    client.post("/account/factor", OLD)
    client.post("/account/factor/confirm", {"leave": "1"})
    assert "<svg" not in client.get("/account").content.decode()
    assert Client().post("/login", {"person": "ROM-PHY", **OLD}).status_code == 302


def test_a_signing_session_is_ended_by_hand(world: World) -> None:
    client = logged_in("ROM-PHY")
    weigh(client)
    assert "open until" in text_of(client.get("/account"))
    client.post("/account/session/end")
    assert "asks for both components" in text_of(client.get("/account"))
    assert 'name="second"' in client.get("/do/record-weight").content.decode()


def test_wrong_attempts_of_others_are_shown_to_the_person(world: World) -> None:
    Client().post("/login", {"person": "ROM-PHY", "password": "wrong", "second": "1"})
    client = logged_in("ROM-PHY")
    weigh(client, password="wrong")
    shown = text_of(client.get("/account"))
    for told in ("Login failed", "Logged in", "Signature failed"):
        assert told in shown, told
    assert "Login failed" not in text_of(logged_in("ROM-COO").get("/account"))


def test_nothing_of_an_account_is_open_to_strangers(world: World) -> None:
    for path in ("", "/password", "/factor", "/factor/confirm", "/passkey/begin", "/passkey/make", "/passkey/change"):
        assert Client().post(f"/account{path}", {}).status_code == 302


# -- passkeys -------------------------------------------------------------------------------------------


def made(client: Client, label: str = "Badge", held: Authenticator | None = None) -> Authenticator:
    held = held or Authenticator()
    options = client.post("/account/passkey/begin", OLD).json()
    answer = client.post("/account/passkey/make", {"answer": json.dumps(held.made(options)), "label": label})
    assert answer.status_code == 302, text_of(answer)
    return held


def enrolled(world: World, client: Client) -> Authenticator:
    """A passkey of the physician, enrolled by IT through the page that offers it."""
    held = made(client)
    it = logged_in("ROM-IT")
    link = re.search(r'href="(/do/replace-key\?[^"]+)"', it.get("/account").content.decode())
    assert link
    form = it.get(link[1].replace("&amp;", "&")).content.decode()
    assert held.key in form
    data = {"person": "ROM-PHY", "key": held.key, "reason": "asked her", "back": "/account", **OLD}
    assert it.post("/do/replace-key", data)["Location"] == "/account"
    return held


def weight(act: str = "weigh-1", value: str = "21") -> dict[str, str]:
    return {"journey": JOURNEY, "weight": value, "weight.unit": "kg", "on": str(today()), "act": act}


def proposed(client: Client, data: dict[str, str], **more: str) -> dict[str, Any]:
    which = passkey.held("ROM-PHY")[0].id
    answer = client.post("/do/record-weight", {**data, "passkey": which, "passkey.ask": "1", **more})
    assert answer["Content-Type"] == "application/json", text_of(answer)
    return dict(answer.json())


def not_proposed(client: Client, data: dict[str, str]) -> str:
    which = passkey.held("ROM-PHY")[0].id
    answer = client.post("/do/record-weight", {**data, "passkey": which, "passkey.ask": "1"})
    assert answer.status_code == 422
    return text_of(answer)


def test_a_passkey_is_made_enrolled_by_it_and_signs(world: World) -> None:
    client = logged_in("ROM-PHY")
    held = enrolled(world, client)
    assert "Sign with passkey" in text_of(client.get("/do/record-weight"))
    answer = client.post("/do/record-weight", {**weight(), **held.signed(proposed(client, weight()))})
    assert answer.status_code == 302, text_of(answer)
    seen = read.entry_of_act("weigh-1")
    assert seen.signature["kind"] == "webauthn" and seen.signature["components"] == ["passkey"]
    assert verify.verify().sound


def test_a_passkey_that_it_has_not_enrolled_signs_nothing(world: World) -> None:
    client = logged_in("ROM-PHY")
    made(client)
    assert "waits for IT" in text_of(client.get("/account"))
    assert "Sign with passkey" not in text_of(client.get("/do/record-weight"))
    assert "has no passkey that can sign here" in not_proposed(client, weight())


def test_nobody_is_asked_for_a_fingerprint_in_vain(world: World) -> None:
    client = logged_in("ROM-PHY")
    enrolled(world, client)
    assert "is impossible" in not_proposed(client, weight(value="500"))
    which = passkey.held("ROM-PHY")[0].id
    answer = client.post("/do/record-weight", {**weight(value="500"), "passkey": which})
    assert answer.status_code == 422 and "is impossible" in text_of(answer), "the page says why, at its field"
    unused = client.post("/do/record-weight", {**weight(), "passkey": which})
    assert unused.status_code == 422 and "No passkey signed this form" in text_of(unused)
    assert 'value="21"' in unused.content.decode()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"weight": "22"}, "does not verify"),
        ({"reason": "added afterwards"}, "does not verify"),
        ({"act": "another"}, "does not verify"),
        ({"passkey.sig": "AAAA"}, "does not verify"),
        ({"passkey.proposal": "made up"}, "No passkey signed"),
    ],
)
def test_a_byte_changed_after_the_signature_is_refused(world: World, sent: dict[str, str], code: str) -> None:
    client = logged_in("ROM-PHY")
    held = enrolled(world, client)
    before = len(read.entries_about(f"journey:{JOURNEY}"))
    answer = client.post("/do/record-weight", {**weight(), **held.signed(proposed(client, weight())), **sent})
    assert answer.status_code == 422 and code in text_of(answer)
    assert len(read.entries_about(f"journey:{JOURNEY}")) == before
    assert weigh(client).status_code == 302, "the password still does"


def test_a_holder_that_was_not_verified_signs_nothing(world: World) -> None:
    client = logged_in("ROM-PHY")
    held = enrolled(world, client)
    assertion = held.signed(proposed(client, weight()), flags=FLAG.UP)
    answer = client.post("/do/record-weight", {**weight(), **assertion})
    assert answer.status_code == 422 and "does not verify" in text_of(answer)
    assert "Signature by passkey did not verify" in text_of(client.get("/account"))


def test_one_persons_proposal_is_nobody_elses(world: World) -> None:
    client = logged_in("ROM-PHY")
    held = enrolled(world, client)
    assertion = held.signed(proposed(client, weight()))
    other = logged_in("ROM-COO").post("/do/record-weight", {**weight(), **assertion})
    assert other.status_code == 422 and "No passkey signed" in text_of(other)


def test_a_referral_is_signed_by_passkey_with_its_sealed_identity(world: World) -> None:
    from milenari.journal import sealed

    client = logged_in("ROM-PHY")
    held = enrolled(world, client)
    data = {"journey": "ROM-J-2", "process": "ARI", "sex": "male", "family_name": "Inesistente", "given_name": "Luca",
            "born_on": str(today(-365 * 9)), "hospital_number": "FICT-2", "act": "refer-1"}  # fmt: skip
    options = client.post("/do/refer-patient", {**data, "passkey": "", "passkey.ask": "1"}).json()
    assert client.post("/do/refer-patient", {**data, **held.signed(options)}).status_code == 302
    assert sealed.proves("ROM-J-2", cast("ReferPatient", read.entry_of_act("refer-1").entry.action).commitment)


def test_a_second_person_signs_with_a_passkey_at_anothers_device(world: World) -> None:
    held = enrolled(world, logged_in("ROM-PHY"))
    shared = logged_in("ROM-OP")
    data = {**weight(), "beside": "1", "second.person": "ROM-PHY"}
    assert "Sign with a passkey" in text_of(shared.get("/do/record-weight?beside=1"))
    options = shared.post("/do/record-weight", {**data, "passkey": "", "passkey.ask": "1"}).json()
    assert shared.post("/do/record-weight", {**data, **held.signed(options)}).status_code == 302
    assert read.entry_of_act("weigh-1").entry.by == "ROM-PHY"


def test_a_closed_login_signs_by_no_passkey_either(world: World) -> None:
    client = logged_in("ROM-PHY")
    enrolled(world, client)
    for _ in range(person.ATTEMPTS):
        weigh(client, password="wrong")
    assert "Too many attempts" in not_proposed(client, weight())


def test_a_passkey_is_renamed_ended_and_removed(world: World) -> None:
    client = logged_in("ROM-PHY")
    held = enrolled(world, client)
    which = passkey.held("ROM-PHY")[0].id
    client.post("/account/passkey/change", {"passkey": which, "label": "Key on the badge"})
    assert "Key on the badge" in client.get("/account").content.decode()
    kept = client.post("/account/passkey/change", {"passkey": which, "remove": "1"})
    assert kept.status_code == 422 and "still signs" in text_of(kept)
    data = {"person": "ROM-PHY", "key": held.key, "reason": "lost", "back": "/account", **OLD}
    assert client.post("/do/withdraw-key", data).status_code == 302
    assert "has no passkey that can sign here" in not_proposed(client, weight())
    client.post("/account/passkey/change", {"passkey": which, "remove": "1"})
    assert passkey.held("ROM-PHY") == []
    foreign = client.post("/account/passkey/change", {"passkey": "none", "remove": "1"})
    assert foreign.status_code == 422 and "has no passkey" in text_of(foreign)


@pytest.mark.parametrize("flaw", ["relying party", "origin", "challenge", "nothing asked", "not json"])
def test_an_answer_to_something_else_makes_no_passkey(world: World, flaw: str) -> None:
    client = logged_in("ROM-PHY")
    held = Authenticator("evil.example") if flaw == "relying party" else Authenticator()
    if flaw == "origin":
        held.origin = "https://evil.example"
    options = client.post("/account/passkey/begin", OLD).json()
    if flaw == "challenge":
        options["publicKey"]["challenge"] = "A" * 43
    if flaw == "nothing asked":
        client.post("/account/passkey/make", {"answer": "{}"})
    answer = "not json" if flaw == "not json" else json.dumps(held.made(options))
    told = client.post("/account/passkey/make", {"answer": answer, "label": "x"})
    assert told.status_code == 422 and "was not made" in text_of(told) and passkey.held("ROM-PHY") == []


def test_a_passkey_is_made_only_by_whoever_gives_both_components(world: World) -> None:
    client = logged_in("ROM-PHY")
    answer = client.post("/account/passkey/begin", {**OLD, "password": "wrong"})
    told = answer.json()
    assert answer.status_code == 422 and told["code"] == "login-failed" and "<" not in told["sentence"]
