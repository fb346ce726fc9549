"""Sealed: a patient's identity under that patient's own key, only on the node of the treating site.

The entry carries a salted commitment. Erasure destroys key, salt and ciphertext: the chain stays whole
and the commitment can no longer be linked to anybody (EDPB 01/2025, 02/2025; GDPR Art. 17).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import DatabaseError, transaction

from milenari.journal import attached, clock
from milenari.journal.canonical import canonical
from milenari.journal.keys import seal, unseal
from milenari.journal.models import Reading, Sealed
from milenari.rules.action import Entry, Refused
from milenari.rules.attachment import WithdrawFile
from milenari.rules.referral import EraseIdentity


@dataclass(frozen=True)
class Identity:
    """What names a child; it never enters an entry, an export or a label that leaves the hospital."""

    family_name: str
    given_name: str
    born_on: date
    hospital_number: str

    def age_months(self, on: date) -> int:
        whole = (on.year - self.born_on.year) * 12 + on.month - self.born_on.month
        return whole - (on.day < self.born_on.day)


def commitment(salt: bytes, identity: Identity) -> str:
    """The salted commitment of an identity: what an entry may say of it."""
    return _commitment(salt, {k: str(v) for k, v in asdict(identity).items()})


def keep(site: str, journey: str, identity: Identity, salt: bytes | None = None) -> str:
    """Seal an identity on this node; returns the commitment for the ReferPatient action.

    The salt is given only where a passkey signs: its entry's bytes are settled before anything is sealed.
    """
    data = {k: str(v) for k, v in asdict(identity).items()}
    salt = salt or os.urandom(32)
    key, nonce = AESGCM.generate_key(256), os.urandom(12)
    plain = json.dumps({"identity": data, "salt": salt.hex()}).encode()
    ciphertext = nonce + AESGCM(key).encrypt(nonce, plain, journey.encode())
    with transaction.atomic():
        if Sealed.objects.filter(journey=journey).exists():
            raise Refused("subject-exists", kind="sealed identity", code=journey)
        Sealed.objects.create(journey=journey, site=site, wrapped_key=seal(site, key, journey), ciphertext=ciphertext)
    return _commitment(salt, data)


def _commitment(salt: bytes, data: dict[str, str]) -> str:
    return "sha256:" + sha256(salt + canonical(data)).hexdigest()


def open_sealed(journey: str) -> Identity | None:
    """The identity, or None when it was erased or is not kept on this node."""
    found = Sealed.objects.filter(journey=journey).first()
    if found is None or found.erased_at is not None:
        return None
    data = _open(found)["identity"]
    return Identity(
        family_name=data["family_name"],
        given_name=data["given_name"],
        born_on=date.fromisoformat(data["born_on"]),
        hospital_number=data["hospital_number"],
    )


def shown_to(journey: str, person: str) -> Identity | None:
    """The identity for a person's eyes; that they looked is kept (ICH E6(R3) 4.2.2, access logging)."""
    identity = open_sealed(journey)
    if identity is None:
        return None
    try:
        with transaction.atomic():
            Reading.objects.create(journey=journey, person=person, at=clock.now())
    except DatabaseError:
        return None  # a look that cannot be kept (read-only, disk full) is not given
    return identity


def readings(journey: str) -> list[tuple[str, datetime]]:
    """Who has looked at a journey's identity, and when, newest first."""
    return list(Reading.objects.filter(journey=journey).order_by("-id").values_list("person", "at"))


def _open(found: Sealed) -> dict[str, dict[str, str]]:
    key = unseal(found.site, bytes(found.wrapped_key), found.journey)
    ciphertext = bytes(found.ciphertext)
    opened = AESGCM(key).decrypt(ciphertext[:12], ciphertext[12:], found.journey.encode())
    return dict(json.loads(opened))


def proves(journey: str, commitment: str) -> bool:
    """Whether the sealed identity is the one committed to when the patient was referred."""
    found = Sealed.objects.filter(journey=journey, erased_at=None).first()
    if found is None:
        return False
    opened = _open(found)
    return _commitment(bytes.fromhex(str(opened["salt"])), opened["identity"]) == commitment


def obey(entry: Entry) -> None:
    """Carry out what an accepted entry says about sealed data, in the entry's own transaction.

    The record can therefore not say "erased" while the key still exists.
    """
    if isinstance(entry.action, EraseIdentity):
        forget(entry.action.journey)
    elif isinstance(entry.action, WithdrawFile):
        attached.obey_withdrawal(entry.given["sha256"])


def forget(journey: str) -> None:
    """Destroy key, salt and ciphertext; what remains is that there was an identity, and when it went."""
    Sealed.objects.filter(journey=journey).update(wrapped_key=b"", ciphertext=b"", erased_at=clock.now())


def discard(journey: str) -> None:
    """Remove what was sealed for a referral that was then refused: nothing refers to it."""
    Sealed.objects.filter(journey=journey, erased_at=None).delete()
