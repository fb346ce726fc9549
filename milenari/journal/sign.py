"""Sign: a person's signature over the exact bytes of an entry, and its verification.

The signature block names how it was made; everything but the signature value itself is under it, so a
changed byte or a copy into another entry does not verify. 21 CFR 11.50, 11.70, 11.200; W3C WebAuthn 2.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData, CollectedClientData

from milenari.journal.canonical import CanonicalError, canonical, parse, respelled

ED25519, PASSKEY = "ed25519", "webauthn"


class SignatureError(ValueError):
    """A signature that does not stand; the sentence says why."""


def b64(data: bytes) -> str:
    """Bytes as standard base64 text."""
    return base64.b64encode(data).decode()


def unb64(text: str) -> bytes:
    """Base64 text as bytes; SignatureError when it is not base64."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise SignatureError("the signature block is not base64") from fault
    # Spare bits in the last sign would give one signature several spellings, so entries could be changed.
    if b64(data) != text:
        raise SignatureError("the signature block is not base64 in its one spelling")
    return data


def public_text(key: Ed25519PublicKey) -> str:
    """The text by which an EnrolPerson entry names a key: ``ed25519:`` and base64."""
    return f"{ED25519}:{b64(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}"


@dataclass
class Pen:
    """A person's unlocked key and what unlocked it. ``components`` goes into every entry it signs."""

    person: str
    private: Ed25519PrivateKey
    components: tuple[str, ...]
    written_at: datetime | None = None
    act: str | None = None
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = public_text(self.private.public_key())

    def block(self) -> dict[str, Any]:
        return {"kind": ED25519, "key": self.key, "components": list(self.components)}

    def sign(self, message: bytes) -> dict[str, Any]:
        return {"sig": b64(self.private.sign(message))}


@dataclass
class PasskeyPen:
    """A passkey's assertion over one proposed entry; it can sign that entry and no other."""

    person: str
    key: str
    written_at: datetime
    act: str
    assertion: dict[str, str]
    components: tuple[str, ...] = ("passkey",)

    def block(self) -> dict[str, Any]:
        return {"kind": PASSKEY, "key": self.key, "components": list(self.components)}

    def sign(self, message: bytes) -> dict[str, Any]:
        return dict(self.assertion)


def message_of(entry: dict[str, Any]) -> bytes:
    """The bytes a signature covers: the whole entry without the signature values."""
    return canonical(_unsigned(entry))


def _unsigned(entry: dict[str, Any]) -> dict[str, Any]:
    block = {k: v for k, v in entry["signature"].items() if k in ("kind", "key", "components")}
    return {**entry, "signature": block}


def complete(statement: dict[str, Any], pen: Pen | PasskeyPen) -> bytes:
    """Sign a statement: the canonical bytes of the whole entry, checked before they are returned."""
    entry = {**statement, "signature": pen.block()}
    entry["signature"] |= pen.sign(canonical(entry))
    if isinstance(pen, PasskeyPen):
        verify(entry, pen.key)
    return canonical(entry)


def verify(entry: dict[str, Any], *keys: str) -> None:
    """Check the signature of an entry, as ``read_entry`` gave it, against the keys its person holds; SignatureError.

    Whatever stands in its place: who sends an entry chooses every byte of it.
    """
    block = entry.get("signature")
    if not isinstance(block, dict) or not all(isinstance(block.get(name), str) for name in ("kind", "key")):
        raise SignatureError("what stands as its signature is none: it needs a kind, a key and a value")
    if block["key"] not in keys:
        raise SignatureError("signed with a key that is not this person's")
    message = respelled(_unsigned(entry))
    kind, _, public = block["key"].partition(":")
    if kind != block["kind"]:
        raise SignatureError("the signature's kind is not its key's")
    try:
        if kind == ED25519:
            _public(public).verify(unb64(block.get("sig", "")), message)
        elif kind == PASSKEY:
            _verify_passkey(block, public, message)
        else:
            raise SignatureError(f"signatures of kind {kind!r} are unknown")
    except (InvalidSignature, KeyError, ValueError, TypeError) as fault:
        if isinstance(fault, SignatureError):
            raise
        raise SignatureError("the signature does not verify: the entry is not what was signed") from fault


@lru_cache(maxsize=1_000)
def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(unb64(text))


def challenge(message: bytes) -> bytes:
    """What a passkey is asked to sign: the SHA-256 of the entry's bytes."""
    return sha256(b"milenari entry\n" + message).digest()


def _verify_passkey(block: dict[str, Any], public: str, message: bytes) -> None:
    """The value first: what the key's holder did not sign is never parsed, so nobody else reaches the parsers."""
    client_bytes, data_bytes = unb64(block["client_data"]), unb64(block["authenticator_data"])
    relying_party, _, cose = public.partition(":")
    CoseKey.parse(_cbor(unb64(cose))).verify(data_bytes + sha256(client_bytes).digest(), unb64(block["sig"]))
    try:
        client, data = CollectedClientData(client_bytes), AuthenticatorData(data_bytes)
    except (AttributeError, IndexError, RecursionError, struct.error) as fault:
        raise SignatureError("the passkey's answer is not written as one") from fault
    if client.type != CollectedClientData.TYPE.GET or client.challenge != challenge(message):
        raise SignatureError("the passkey signed something else than this entry")
    if data.rp_id_hash != sha256(relying_party.encode()).digest():
        raise SignatureError("the passkey belongs to another site")
    if not data.is_user_present() or not data.is_user_verified():
        raise SignatureError("the passkey did not verify its holder (fingerprint, face or PIN)")


def _cbor(data: bytes) -> Any:
    from fido2 import cbor

    return cbor.decode(data)


def passkey_text(relying_party: str, cose: bytes) -> str:
    """The text by which an entry names a passkey: kind, relying party and COSE key in base64."""
    return f"{PASSKEY}:{relying_party}:{b64(cose)}"


def read_entry(body: bytes) -> dict[str, Any]:
    """An entry's JSON from exact bytes; raises CanonicalError when they are not canonical."""
    data = parse(bytes(body))
    if not isinstance(data, dict) or "signature" not in data:
        raise CanonicalError("entry", "is not an entry: it has no signature")
    return data
