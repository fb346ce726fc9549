"""Person: logging in and the signature ceremony.

Both components (password and second factor) at the first signing of a continuous session, the password at
each later one, since it unlocks the key (21 CFR 11.200(a)(1)); a session ends by time or silence. Attempts
are limited (11.300(d)). The private key exists only between unlocking and signing.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import pyotp
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from milenari.journal import clock
from milenari.journal.keys import seal, unseal
from milenari.journal.models import Ceremony, Credential, Occurrence, Token
from milenari.journal.sign import Pen, public_text
from milenari.rules.action import Refused

SILENCE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
ATTEMPTS, LOCKED_FOR = 5, timedelta(minutes=15)
# Argon2id, RFC 9106 second recommended option scaled to a hospital tablet's patience (about 50 ms).
_COST = {"time_cost": 2, "memory_cost": 19_456, "parallelism": 1, "hash_len": 32, "type": Type.ID}


@dataclass(frozen=True)
class SecondFactor:
    """What to hand to a newly enrolled person: an authenticator secret, or in a demo a printed PIN."""

    kind: str
    secret: str

    def uri(self, person: str) -> str:
        return pyotp.TOTP(self.secret).provisioning_uri(name=person, issuer_name="milenari")


def new_totp() -> SecondFactor:
    """A fresh secret for the person's authenticator (RFC 6238)."""
    return SecondFactor("totp", pyotp.random_base32())


def enrol(person: str, site: str, password: str, second: SecondFactor, *, replace: bool = False) -> str:
    """Create a local credential; returns the public key that the EnrolPerson entry names.

    ``replace`` makes a new one after loss: the new key signs only once a ReplaceKey entry names it. A
    printed PIN is accepted only on a demo node.
    """
    demo = second.kind == "pin"
    if demo and not settings.DEMO:
        raise Refused("demo-credential", person=person)
    _require_strong(password, person)
    private = Ed25519PrivateKey.generate()
    held = Credential.objects.filter(person=person).first()
    if held and not replace:
        raise Refused("subject-exists", kind="credential", code=person)
    made = held or Credential(person=person)
    made.demo, made.failures, made.locked_until = demo, 0, None
    # The password unlocks the key and nothing else: a second verifier of it would only be one more to attack.
    made.set_unusable_password()
    made.wrapped_key = _wrap(password, private.private_bytes_raw(), person)
    made.second_factor = f"{site}:{seal(site, f'{second.kind}:{second.secret}'.encode(), person).hex()}"
    made.save()
    _end_tokens(person)
    return public_text(private.public_key())


def _end_tokens(person: str) -> None:
    """Whoever had the old password, or what was lost, keeps no way to read either."""
    Token.objects.filter(person=person, revoked_at=None).update(revoked_at=clock.now(), revoked_by=person)


def has_credential(person: str) -> bool:
    """Whether the person can log in on this node."""
    return Credential.objects.filter(person=person).exists()


def with_credential(persons: Iterable[str]) -> set[str]:
    """Those of these persons who can log in on this node."""
    return set(Credential.objects.filter(person__in=list(persons)).values_list("person", flat=True))


def _require_strong(password: str, person: str) -> None:
    try:
        validate_password(password)
    except ValidationError as fault:
        raise Refused("password-weak", person=person, detail=" ".join(fault.messages)) from fault


def _wrap(password: str, seed: bytes, person: str) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(12)
    return salt + nonce + AESGCM(_derive(password, salt)).encrypt(nonce, seed, person.encode())


def _derive(password: str, salt: bytes) -> bytes:
    return hash_secret_raw(password.encode(), salt, **_COST)  # type: ignore[arg-type]


def _unwrap(held: Credential, password: str) -> Ed25519PrivateKey | None:
    data = bytes(held.wrapped_key)
    try:
        seed = AESGCM(_derive(password, data[:16])).decrypt(data[16:28], data[28:], held.person.encode())
    except InvalidTag:
        return None
    return Ed25519PrivateKey.from_private_bytes(seed)


def _second_of(held: Credential) -> tuple[str, str]:
    return _unsealed(held.person, held.second_factor)


def _unsealed(person: str, text: str) -> tuple[str, str]:
    site, _, sealed = text.partition(":")
    kind, _, secret = unseal(site, bytes.fromhex(sealed), person).decode().partition(":")
    return kind, secret


def _second_holds(held: Credential, given: str, now: datetime) -> bool:
    kind, secret = _second_of(held)
    if kind == "pin":
        return settings.DEMO and hmac.compare_digest(secret, given.strip())
    # One time step of grace either way; a code is used once (RFC 6238 section 5.2).
    totp = pyotp.TOTP(secret)
    for step in (-1, 0, 1):
        number = int(now.timestamp()) // 30 + step
        if number > held.last_step and hmac.compare_digest(totp.generate_otp(number), given.strip()):
            held.last_step = number
            return True
    return False


def _guarded(person: str, now: datetime) -> Credential:
    held = Credential.objects.select_for_update().filter(person=person, is_active=True).first()
    if held is None:
        # Spend the time a real check takes, so that a stranger cannot list who works here.
        _derive("nobody", b"0" * 16)
        raise Refused("login-failed", person=person)
    if held.locked_until and now < held.locked_until:
        raise Refused("login-locked", person=person, until=held.locked_until)
    return held


def _failed(held: Credential, now: datetime, what: str) -> None:
    held.failures += 1
    told = [f"{what}-failed"]
    if held.failures >= ATTEMPTS:
        held.locked_until, held.failures = now + LOCKED_FOR, 0
        told.append("locked")
    held.save(update_fields=["failures", "locked_until"])
    for kind in told:
        note(held.person, kind)


def note(person: str, kind: str) -> None:
    """Keep that something happened to a person's credentials; local, shown to the person (21 CFR 11.300(d))."""
    Occurrence.objects.create(person=person, at=clock.now(), kind=kind)


def occurrences(person: str, most: int = 20) -> list[tuple[datetime, str]]:
    """What last happened to a person's credentials, newest first: when, and a code of ``KINDS``."""
    return list(Occurrence.objects.filter(person=person).order_by("-id").values_list("at", "kind")[:most])


KINDS = (
    "logged-in", "login-failed", "signature-failed", "locked", "password-changed", "factor-changed",
    "passkey-added", "passkey-removed", "passkey-failed", "token-made", "token-revoked",
)  # fmt: skip


def require_open(person: str) -> None:
    """Refused while the person's login is closed after too many wrong attempts, or when there is none."""
    held = Credential.objects.filter(person=person, is_active=True).first()
    if held is None:
        raise Refused("login-failed", person=person)
    if held.locked_until and clock.now() < held.locked_until:
        raise Refused("login-locked", person=person, until=held.locked_until)


def check(person: str, password: str, second: str, *, both: bool = True, what: str = "signature") -> Ed25519PrivateKey:
    """The person's unlocked key if every asked component holds, else Refused; failures are counted and kept.

    ``what`` says what the attempt was for, as it is kept: ``login`` or ``signature``.
    """
    now = clock.now()
    refusal: Refused | None = None
    with transaction.atomic():
        held = _guarded(person, now)
        private = _unwrap(held, password)
        good = private is not None and (not both or _second_holds(held, second, now))
        if good:
            held.failures = 0
            held.save(update_fields=["failures", "last_step"])
        else:
            _failed(held, now, what)
            refusal = Refused("login-failed", person=person)
    if refusal or private is None:
        raise refusal or Refused("login-failed", person=person)
    return private


def in_session(session: str, person: str) -> bool:
    """Whether this continuous session has already seen both components and is not silent too long."""
    return session_ends(session, person) is not None


def session_ends(session: str, person: str) -> datetime | None:
    """When a signing session that is open ends by itself if nothing more is signed; None when none is open."""
    found = Ceremony.objects.filter(session=session, person=person).first()
    ends = min(found.last_at + SILENCE, found.opened_at + LONGEST) if found else None
    return ends if ends and clock.now() <= ends else None


def open_pen(person: str, password: str, second: str = "", *, session: str = "") -> Pen:
    """The ceremony before one signed act; ``session`` is the continuous session it belongs to."""
    again = bool(session) and in_session(session, person)
    if not again and not second:
        raise Refused("second-factor-needed", person=person)
    private = check(person, password, second, both=not again)
    now = clock.now()
    if session and again:
        Ceremony.objects.filter(session=session).update(last_at=now)
    elif session:
        begun = {"person": person, "opened_at": now, "last_at": now}
        Ceremony.objects.update_or_create(session=session, defaults=begun)
    return Pen(person, private, ("password",) if again else ("password", "second-factor"))


def beside(session: str, person: str) -> str:
    """The name of the session in which somebody else signs at this device, apart from the one logged in."""
    return sha256(f"{session}\n{person}".encode()).hexdigest()


def end_session(session: str) -> None:
    """End a signing session: the next signature needs both components again, also from whoever signed beside it."""
    signed_here = Ceremony.objects.values_list("person", flat=True).distinct()
    names = [session, *(beside(session, person) for person in signed_here)]
    Ceremony.objects.filter(session__in=names).delete()


def rewrap(person: str, password: str, second: str, new_password: str) -> None:
    """Change one's password; the signing key stays the same under the new one."""
    private = check(person, password, second)
    _require_strong(new_password, person)
    with transaction.atomic():
        held = Credential.objects.select_for_update().get(person=person)
        held.set_unusable_password()  # a new random value, which ends the person's other sessions
        held.wrapped_key = _wrap(new_password, private.private_bytes_raw(), person)
        held.save()
        _end_tokens(person)
        note(person, "password-changed")


def factor_kind(person: str) -> str:
    """Which second factor a person has: ``totp``, or ``pin`` on a demo node."""
    return _second_of(Credential.objects.get(person=person))[0]


def offer_factor(person: str, password: str, second: str) -> tuple[SecondFactor, str]:
    """A new authenticator secret for somebody who gave both components, and its sealed form to keep meanwhile.

    Nothing changes yet: it counts once ``take_factor`` has seen a code made with it.
    """
    check(person, password, second)
    site = Credential.objects.get(person=person).second_factor.partition(":")[0]
    made = new_totp()
    return made, f"{site}:{seal(site, f'{made.kind}:{made.secret}'.encode(), person).hex()}"


def offered(person: str, sealed: str) -> SecondFactor:
    """The offered secret again, to draw it again."""
    return SecondFactor(*_unsealed(person, sealed))


def take_factor(person: str, sealed: str, code: str) -> None:
    """Make the offered authenticator the person's second factor, if this code is of it; else Refused."""
    now = clock.now()
    with transaction.atomic():
        held = Credential.objects.select_for_update().get(person=person)
        before, held.second_factor, held.last_step = held.last_step, sealed, 0
        good = _second_holds(held, code, now)
        if good:
            held.last_step = max(before, held.last_step)
            held.set_unusable_password()
            held.save()
            note(person, "factor-changed")
    if not good:
        raise Refused("factor-code-wrong", person=person)


def demo_credentials() -> int:
    """How many credentials a real node would refuse to start with."""
    return Credential.objects.filter(demo=True).count()


class CredentialBackend(BaseBackend):
    """Django's login by person code, password and second factor."""

    def authenticate(self, request: HttpRequest | None, person: str = "", password: str = "",
                     second: str = "", **_: object) -> Credential | None:  # fmt: skip
        check(person, password, second, what="login")
        note(person, "logged-in")
        return Credential.objects.get(person=person)

    def get_user(self, user_id: int) -> Credential | None:
        return Credential.objects.filter(pk=user_id, is_active=True).first()
