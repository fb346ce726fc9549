"""The signature ceremony and logging in: 21 CFR 11.200 and 11.300."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth import authenticate

from milenari.journal import clock, person, read, sign
from milenari.journal.canonical import canonical
from milenari.rules.action import Refused
from milenari.rules.people import EnrolPerson
from tests.journal.conftest import PASSWORD, PIN, Node


def refused(code: str, call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def test_the_first_signing_of_a_session_needs_both_components_a_later_one_the_password(node: Node) -> None:
    refused("second-factor-needed", lambda: person.open_pen("BCN-QA", PASSWORD, session="s"))
    first = person.open_pen("BCN-QA", PASSWORD, PIN, session="s")
    later = person.open_pen("BCN-QA", PASSWORD, session="s")
    assert first.components == ("password", "second-factor")
    assert later.components == ("password",)


def test_the_password_is_asked_at_every_signing(node: Node) -> None:
    person.open_pen("BCN-QA", PASSWORD, PIN, session="s")
    refused("login-failed", lambda: person.open_pen("BCN-QA", "", PIN, session="s"))


def test_a_silent_session_needs_both_components_again(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    person.open_pen("BCN-QA", PASSWORD, PIN, session="s")
    late = clock.now() + person.SILENCE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    refused("second-factor-needed", lambda: person.open_pen("BCN-QA", PASSWORD, session="s"))


def test_a_long_session_ends_even_when_it_is_busy(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.now()
    person.open_pen("BCN-QA", PASSWORD, PIN, session="s")
    for minutes in range(10, 8 * 60, 10):
        monkeypatch.setattr(clock, "now", lambda m=minutes: start + timedelta(minutes=m))
        assert person.in_session("s", "BCN-QA")
        person.Ceremony.objects.filter(session="s").update(last_at=clock.now())
    monkeypatch.setattr(clock, "now", lambda: start + person.LONGEST + timedelta(seconds=1))
    assert not person.in_session("s", "BCN-QA")


def test_one_persons_session_is_not_anothers(node: Node) -> None:
    person.open_pen("BCN-QA", PASSWORD, PIN, session="s")
    refused("second-factor-needed", lambda: person.open_pen("BCN-IT", PASSWORD, session="s"))


def test_logging_out_ends_the_signing_session(node: Node) -> None:
    person.open_pen("BCN-QA", PASSWORD, PIN, session="s")
    person.end_session("s")
    assert not person.in_session("s", "BCN-QA")


def test_five_wrong_attempts_lock_the_account_for_a_while(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(person.ATTEMPTS):
        refused("login-failed", lambda: person.check("BCN-QA", "wrong", PIN))
    refused("login-locked", lambda: person.check("BCN-QA", PASSWORD, PIN))
    later = clock.now() + person.LOCKED_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert person.check("BCN-QA", PASSWORD, PIN)


def test_a_right_password_with_a_wrong_pin_opens_nothing(node: Node) -> None:
    refused("login-failed", lambda: person.check("BCN-QA", PASSWORD, "0000"))
    assert person.check("BCN-QA", PASSWORD, PIN)


def test_a_stranger_and_a_wrong_password_are_told_the_same(node: Node) -> None:
    one = refused("login-failed", lambda: person.check("NOBODY", PASSWORD, PIN))
    other = refused("login-failed", lambda: person.check("BCN-QA", "wrong", PIN))
    assert set(one.facts) == set(other.facts)


def test_a_time_based_code_is_good_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    second = person.new_totp()
    key = person.enrol("BCN-OP", "BCN", PASSWORD, second)
    node.do(EnrolPerson(person="BCN-OP", name="Olga Prat", home="BCN", key=key), "BCN-IT")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    code = pyotp.TOTP(second.secret).at(now)
    assert person.check("BCN-OP", PASSWORD, code)
    refused("login-failed", lambda: person.check("BCN-OP", PASSWORD, code))


def test_a_real_node_makes_no_credential_with_a_printed_pin(node: Node, settings: Any) -> None:
    settings.DEMO = False
    refused("demo-credential", lambda: person.enrol("X", "BCN", PASSWORD, person.SecondFactor("pin", PIN)))
    refused("login-failed", lambda: person.check("BCN-QA", PASSWORD, PIN))


def test_a_real_node_refuses_to_start_with_demo_credentials(node: Node, settings: Any) -> None:
    from milenari.journal import start

    assert start.faults() == []
    settings.DEMO = False
    assert any("demo credential" in fault for fault in start.faults())


def test_django_logs_in_by_the_same_ceremony(node: Node) -> None:
    assert authenticate(None, person="BCN-QA", password=PASSWORD, second=PIN) is not None
    refused("login-failed", lambda: authenticate(None, person="BCN-QA", password=PASSWORD, second="1"))


@pytest.mark.parametrize("weak", ["short", "password123", "1234567890"])
def test_a_weak_password_is_refused_with_the_reason(node: Node, weak: str) -> None:
    found = refused("password-weak", lambda: person.enrol("BCN-X", "BCN", weak, person.SecondFactor("pin", PIN)))
    assert found.facts["detail"]
    refused("password-weak", lambda: person.rewrap("BCN-QA", PASSWORD, PIN, weak))
    assert person.open_pen("BCN-QA", PASSWORD, PIN)


def test_a_new_password_keeps_the_signing_key(node: Node) -> None:
    before = person.open_pen("BCN-QA", PASSWORD, PIN).key
    person.rewrap("BCN-QA", PASSWORD, PIN, "another horse battery")
    refused("login-failed", lambda: person.open_pen("BCN-QA", PASSWORD, PIN))
    assert person.open_pen("BCN-QA", "another horse battery", PIN).key == before


def test_the_entry_says_name_role_meaning_time_zone_and_components(node: Node) -> None:
    seen = read.entry_of_act(node.receive("M1", reason="delivered").entry.act)
    entry = seen.entry
    assert (entry.name, str(entry.role), str(entry.meaning), entry.zone) == (
        "Quim Serra",
        "qa",
        "performed",
        "Europe/Madrid",
    )
    assert seen.signature["components"] == ["password", "second-factor"]


def _signed(node: Node, code: str) -> dict[str, Any]:
    return sign.read_entry(read.entry_of_act(node.receive(code).entry.act).body)


def test_a_changed_byte_voids_the_signature(node: Node) -> None:
    entry = _signed(node, "M1")
    key = node.pens["BCN-QA"].key
    sign.verify(entry, key)
    for field, value in (
        ("happened_at", "2026-01-01T00:00:00.000Z"),
        ("meaning", "approved"),
        ("name", "Someone Else"),
        ("reason", "x"),
        ("role", "qp"),
        ("findings", [{"code": "x", "facts": {}}]),
        ("given", {"a": 1}),
        ("subjects", [["material:M1", 2]]),
    ):
        with pytest.raises(sign.SignatureError):
            sign.verify({**entry, field: value}, key)


def test_every_single_bit_of_an_entry_is_under_its_signature(node: Node) -> None:
    entry = _signed(node, "M1")
    key = node.pens["BCN-QA"].key
    body = bytearray(canonical(entry))
    for bit in range(0, len(body) * 8, 7):
        body[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError):
            sign.verify(sign.read_entry(bytes(body)), key)
        body[bit // 8] ^= 1 << bit % 8
    sign.verify(sign.read_entry(bytes(body)), key)


def test_a_signature_copied_to_another_entry_does_not_verify(node: Node) -> None:
    one, other = _signed(node, "M1"), _signed(node, "M2")
    with pytest.raises(sign.SignatureError):
        sign.verify({**other, "signature": one["signature"]}, node.pens["BCN-QA"].key)


def test_the_components_cannot_be_embellished_afterwards(node: Node) -> None:
    entry = _signed(node, "M1")
    entry["signature"]["components"] = ["passkey"]
    with pytest.raises(sign.SignatureError):
        sign.verify(entry, node.pens["BCN-QA"].key)


def test_a_lost_credential_is_replaced_and_the_old_key_signs_no_more_than_it_did(node: Node) -> None:
    from milenari.rules.people import ReplaceKey

    second = person.SecondFactor("pin", "9753")
    refused("subject-exists", lambda: person.enrol("BCN-QA", "BCN", "a new horse battery", second))
    key = person.enrol("BCN-QA", "BCN", "a new horse battery", second, replace=True)
    refused("login-failed", lambda: person.open_pen("BCN-QA", PASSWORD, PIN))
    node.pens["BCN-QA"] = person.open_pen("BCN-QA", "a new horse battery", "9753")
    refused("key-not-enrolled", lambda: node.receive("M1"))
    node.do(ReplaceKey(person="BCN-QA", key=key), "BCN-IT", reason="telephone lost")
    node.receive("M1")
