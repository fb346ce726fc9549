"""Passkey: which authenticators a person has on this node, how one is taken on, and what it is asked to sign.

A passkey is made at the person's own device and signs nothing until a ReplaceKey entry names its public key,
as any other signing key. Its signature is over the bytes of one entry, with the holder verified by PIN,
fingerprint or face: two components each time (21 CFR 11.200(a)(1)). W3C WebAuthn level 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from fido2 import cbor
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from milenari.journal import clock, fold, person, sign
from milenari.journal.models import Credential, Occurrence
from milenari.journal.perform import PROPOSAL_HOLDS, Request, propose
from milenari.rules.action import Refused

MOST = 10
_SALT = "milenari passkey proposal"


@dataclass(frozen=True)
class Passkey:
    """One authenticator of a person; ``enrolled`` once the journal names its key, ``here`` if it fits this address."""

    id: str
    key: str
    label: str
    made_at: datetime
    enrolled: bool
    ended: bool
    here: bool

    @property
    def usable(self) -> bool:
        return self.enrolled and self.here


def held(code: str) -> list[Passkey]:
    """The passkeys of a person on this node, oldest first."""
    kept = Credential.objects.filter(person=code, is_active=True).values_list("passkeys", flat=True).first()
    if not kept:
        return []
    enrolled = fold.DiskBook().sheet(f"person:{code}")
    domain = f"{sign.PASSKEY}:{settings.PASSKEY_DOMAIN}:"
    return [
        Passkey(one["id"], one["key"], one["label"], datetime.fromisoformat(one["at"]), one["key"] in enrolled.keys,
                one["key"] in enrolled.ended_keys, one["key"].startswith(domain))
        for one in kept
    ]  # fmt: skip


def usable(code: str) -> list[Passkey]:
    """The passkeys with which a person can sign here today."""
    return [one for one in held(code) if one.usable]


def anybody() -> bool:
    """Whether anybody on this node has a passkey at all."""
    return Credential.objects.exclude(passkeys=[]).exists()


def waiting(site: str) -> list[tuple[str, Passkey]]:
    """Passkeys of this site's people that the journal does not name yet: IT enrols them (at most 50 persons)."""
    own = fold.DiskBook().sheet(f"roll:{site}").persons
    people = Credential.objects.filter(person__in=own, is_active=True).exclude(passkeys=[]).order_by("person")
    found = [(code, one) for code in people.values_list("person", flat=True)[:50] for one in held(code)]
    return [(code, one) for code, one in found if not one.enrolled and not one.ended]


# -- taking one on --------------------------------------------------------------------------------------


def _server() -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=settings.PASSKEY_DOMAIN, name="milenari"))


def begin(code: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is to ask an authenticator for, and the state to keep until it answers."""
    known = [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(one.id))
        for one in held(code)
    ]
    if len(known) >= MOST:
        raise Refused("passkeys-enough", person=code, most=MOST)
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=code.encode(), name=code, display_name=name), credentials=known,
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return dict(options), dict(state)


def complete(code: str, state: Mapping[str, Any], answer: Mapping[str, Any], label: str) -> Passkey:
    """Keep the passkey that an authenticator made; Refused when the answer is not to what was asked."""
    try:
        data = _server().register_complete(dict(state), dict(answer))
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Refused("passkey-not-made", person=code, detail=str(fault)[:120]) from fault
    made = data.credential_data
    if made is None:
        raise Refused("passkey-not-made", person=code, detail="no credential")
    key = sign.passkey_text(settings.PASSKEY_DOMAIN, cbor.encode(dict(made.public_key)))
    kept = {"id": websafe_encode(made.credential_id), "key": key, "label": label.strip()[:60] or "Passkey",
            "at": clock.now().isoformat()}  # fmt: skip
    with transaction.atomic():
        mine = Credential.objects.select_for_update().get(person=code)
        mine.passkeys = [*(one for one in mine.passkeys if one["id"] != kept["id"]), kept]
        mine.save(update_fields=["passkeys"])
        Occurrence.objects.create(person=code, at=clock.now(), kind="passkey-added")
    return next(one for one in held(code) if one.id == kept["id"])


def rename(code: str, which: str, label: str) -> None:
    """Give a passkey another name; nothing else of it changes."""
    with transaction.atomic():
        mine = Credential.objects.select_for_update().get(person=code)
        _require(mine, which)
        named = label.strip()[:60]
        mine.passkeys = [
            {**one, "label": named or one["label"]} if one["id"] == which else one for one in mine.passkeys
        ]
        mine.save(update_fields=["passkeys"])


def forget(code: str, which: str) -> None:
    """Take a passkey off this node; only once a WithdrawKey entry has ended its key, or it was never enrolled."""
    with transaction.atomic():
        mine = Credential.objects.select_for_update().get(person=code)
        _require(mine, which)
        if any(one.id == which and one.enrolled for one in held(code)):
            raise Refused("passkey-still-signs", person=code)
        mine.passkeys = [one for one in mine.passkeys if one["id"] != which]
        mine.save(update_fields=["passkeys"])
        Occurrence.objects.create(person=code, at=clock.now(), kind="passkey-removed")


def _require(mine: Credential, which: str) -> None:
    if not any(one["id"] == which for one in mine.passkeys):
        raise Refused("no-passkey", person=mine.person)


# -- signing with one -----------------------------------------------------------------------------------


def choose(code: str, which: str = "") -> Passkey:
    """The person's usable passkey of that id, or the newest one; Refused when there is none."""
    person.require_open(code)
    found = [one for one in usable(code) if which in ("", one.id)]
    if not found:
        raise Refused("no-passkey", person=code)
    return found[-1]


def blank(code: str, which: str = "") -> sign.PasskeyPen:
    """A pen of that passkey which has signed nothing: good for ``ask``, refused by ``perform``."""
    return sign.PasskeyPen(code, choose(code, which).key, clock.now(), "", {})


def ask(asked: Request, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the browser hands to the authenticator for one act, and the sealed proposal to send back with it.

    The challenge is the hash of the very bytes that the entry will have. ``more`` is kept in the proposal.
    Raises whatever the rule refuses: nobody is asked for a fingerprint in vain.
    """
    used = next(one for one in usable(asked.pen.person) if one.key == asked.pen.key)
    message, act, at = propose(asked)
    proposal = {"person": asked.pen.person, "key": used.key, "act": act, "at": at.isoformat(), **(more or {})}
    return {
        "publicKey": {
            "challenge": websafe_encode(sign.challenge(message)),
            "rpId": settings.PASSKEY_DOMAIN,
            "allowCredentials": [{"type": "public-key", "id": used.id}],
            "userVerification": "required",
            "timeout": int(PROPOSAL_HOLDS / timedelta(milliseconds=1)),
        },
        "proposal": signing.dumps(proposal, salt=_SALT, compress=True),
    }


def proposal(code: str, token: str) -> dict[str, str]:
    """The proposal that this node made to this person; Refused when it is nobody's or somebody else's."""
    try:
        found: dict[str, str] = signing.loads(token, salt=_SALT)
    except signing.BadSignature as fault:
        raise Refused("passkey-not-used", person=code) from fault
    if found.get("person") != code:
        raise Refused("passkey-not-used", person=code)
    return found


def pen(code: str, token: str, assertion: Mapping[str, str]) -> sign.PasskeyPen:
    """The pen of a passkey that has signed the proposal; the door checks the signature over the entry itself."""
    person.require_open(code)
    found = proposal(code, token)
    if not any(one.key == found["key"] for one in usable(code)):
        raise Refused("key-not-enrolled", person=code)
    parts = {name: str(assertion.get(name, "")) for name in ("client_data", "authenticator_data", "sig")}
    return sign.PasskeyPen(code, found["key"], datetime.fromisoformat(found["at"]), found["act"], parts)
