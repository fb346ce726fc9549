"""A passkey signs one proposed entry and no other (W3C WebAuthn level 2, challenge = hash of the entry)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AuthenticatorData

from milenari.journal import clock, models, perform, read, sign, verify
from milenari.rules.action import Refused
from milenari.rules.people import ReplaceKey
from tests.journal.conftest import Node, material

RELYING_PARTY = "clinic.example"
PRESENT, VERIFIED = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV


class Authenticator:
    """An authenticator in software: an ES256 key that answers challenges as the browser passes them on."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        cose = ES256.from_cryptography_key(self.private.public_key())
        self.key = sign.passkey_text(RELYING_PARTY, cbor.encode(dict(cose)))

    def answer(self, challenge: bytes, flags: Any = PRESENT | VERIFIED, rp: str = RELYING_PARTY) -> dict[str, str]:
        client = json.dumps(
            {"type": "webauthn.get", "challenge": websafe_encode(challenge), "origin": f"https://{rp}"}
        ).encode()
        data = AuthenticatorData.create(sha256(rp.encode()).digest(), flags, 1)
        value = self.private.sign(bytes(data) + sha256(client).digest(), ec.ECDSA(SHA256()))
        return {"client_data": sign.b64(client), "authenticator_data": sign.b64(bytes(data)), "sig": sign.b64(value)}


@pytest.fixture
def held(node: Node) -> Authenticator:
    """The QA person's enrolled passkey."""
    made = Authenticator()
    node.do(ReplaceKey(person="BCN-QA", key=made.key), "BCN-IT", reason="passkey enrolled")
    return made


def pen(key: str, act: str, at: Any, assertion: dict[str, str]) -> sign.PasskeyPen:
    return sign.PasskeyPen("BCN-QA", key, at, act, assertion)


def propose(held: Authenticator, code: str) -> tuple[bytes, str, Any]:
    blank = pen(held.key, "", clock.now(), {})
    return perform.propose(perform.Request(material(code), blank, "BCN"))


def sign_and_perform(held: Authenticator, code: str, **flaws: Any) -> perform.Written:
    message, act, at = propose(held, code)
    assertion = held.answer(sign.challenge(message), **flaws)
    return perform.perform(material(code), "BCN-QA", pen(held.key, act, at, assertion), site="BCN")


def test_a_passkey_signs_the_entry_that_was_proposed(node: Node, held: Authenticator) -> None:
    written = sign_and_perform(held, "M1")
    seen = read.entry_of_act(written.entry.act)
    assert seen.signature["kind"] == "webauthn" and seen.signature["components"] == ["passkey"]
    assert verify.verify().sound


@pytest.mark.parametrize(
    "flaws",
    [{"flags": PRESENT}, {"flags": VERIFIED}, {"rp": "evil.example"}],
    ids=["holder not verified", "nobody present", "another site"],
)
def test_a_flawed_assertion_is_refused(node: Node, held: Authenticator, flaws: dict[str, Any]) -> None:
    _refused("signature-invalid", lambda: sign_and_perform(held, "M1", **flaws))
    sign_and_perform(held, "M1")


def test_an_assertion_for_one_entry_signs_no_other(node: Node, held: Authenticator) -> None:
    message, _, at = propose(held, "M1")
    assertion = held.answer(sign.challenge(message))
    _, act, _ = propose(held, "M2")
    _refused(
        "signature-invalid",
        lambda: perform.perform(material("M2"), "BCN-QA", pen(held.key, act, at, assertion), site="BCN"),
    )


def test_a_proposal_goes_stale(node: Node, held: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    message, act, at = propose(held, "M1")
    assertion = held.answer(sign.challenge(message))
    late = at + perform.PROPOSAL_HOLDS + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    _refused(
        "proposal-expired",
        lambda: perform.perform(material("M1"), "BCN-QA", pen(held.key, act, at, assertion), site="BCN"),
    )


def test_a_proposal_whose_subject_moved_on_is_refused(node: Node, held: Authenticator) -> None:
    message, act, at = propose(held, "M1")
    node.receive("M1")
    assertion = held.answer(sign.challenge(message))
    _refused(
        "subject-exists",
        lambda: perform.perform(material("M1"), "BCN-QA", pen(held.key, act, at, assertion), site="BCN"),
    )


def _refused(code: str, call: Callable[[], Any]) -> None:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.code == code


JUNK = (None, True, 0, -1, 2**53 - 1, "", "x", "QQ==", [], {}, [[]], {"a": {}}, "[" * 50_000, sign.b64(b"[" * 50_000))


@pytest.mark.parametrize("name", ["kind", "key", "components", "client_data", "authenticator_data", "sig", None])
def test_junk_in_the_place_of_a_signature_is_a_signature_that_does_not_stand(
    node: Node, held: Authenticator, name: str | None
) -> None:
    """Who sends an entry chooses every byte of it; whatever stands there ends in a refusal and nothing else."""
    written = sign_and_perform(held, "M1")
    entry = sign.read_entry(bytes(models.Entry.objects.get(act=written.entry.act).body))
    for junk in JUNK:
        block = junk if name is None else {**entry["signature"], name: junk}
        with pytest.raises(sign.SignatureError):
            sign.verify({**entry, "signature": block}, held.key)
    sign.verify(entry, held.key)


@pytest.mark.parametrize(
    "client", [b"[" * 50_000, b"null", b"[]", b"{}", b'{"type":1,"challenge":2,"origin":3}', b"\xff"]
)
def test_what_a_passkey_really_signed_is_still_read_with_care(node: Node, held: Authenticator, client: bytes) -> None:
    """The holder of the key itself sends an answer that is none."""
    written = sign_and_perform(held, "M1")
    entry = sign.read_entry(bytes(models.Entry.objects.get(act=written.entry.act).body))
    for data in (
        sign.unb64(entry["signature"]["authenticator_data"]),
        b"",
        bytes(37),
        bytes(32) + b"\x85\0\0\0\0" + b"\x81" * 9_000,
    ):
        value = held.private.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"client_data": sign.b64(client), "authenticator_data": sign.b64(data), "sig": sign.b64(value)}
        with pytest.raises(sign.SignatureError):
            sign.verify({**entry, "signature": entry["signature"] | parts}, held.key)
