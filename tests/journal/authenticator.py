"""An authenticator in software: makes a passkey (ES256 unless asked) and answers as a browser passes it on."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from fido2 import cbor
from fido2.cose import ES256, ES384, RS256, CoseKey, EdDSA
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from milenari.journal import sign

FLAG = AuthenticatorData.FLAG
# By kind: how a key is made, and what its private half is told beside the bytes to sign.
KINDS: dict[type[CoseKey], tuple[Any, tuple[Any, ...]]] = {
    ES256: (lambda: ec.generate_private_key(ec.SECP256R1()), (ec.ECDSA(SHA256()),)),
    ES384: (lambda: ec.generate_private_key(ec.SECP384R1()), (ec.ECDSA(SHA384()),)),
    EdDSA: (ed25519.Ed25519PrivateKey.generate, ()),
    RS256: (lambda: rsa.generate_private_key(65537, 2048), (padding.PKCS1v15(), SHA256())),
}


class Authenticator:
    """One key of one person for one relying party; its holder is verified unless the flags say otherwise."""

    def __init__(
        self, relying_party: str = "localhost", origin: str = "http://localhost:8000", kind: type[CoseKey] = ES256
    ) -> None:
        self.relying_party, self.origin = relying_party, origin
        make, self.how = KINDS[kind]
        self.private = make()
        self.cose = dict(kind.from_cryptography_key(self.private.public_key()))  # type: ignore[no-untyped-call]
        self.id = sha256(str(self.cose).encode()).digest()
        self.key = sign.passkey_text(relying_party, cbor.encode(self.cose))

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to "make a passkey", as the page sends it."""
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, ES256(self.cose))
        flags = FLAG.UP | FLAG.UV | FLAG.AT
        data = AuthenticatorData.create(sha256(self.relying_party.encode()).digest(), flags, 0, credential)
        attestation = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", options["publicKey"]["challenge"])
        told = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(bytes(attestation))}
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": told}

    def signed(self, options: dict[str, Any], flags: Any = FLAG.UP | FLAG.UV) -> dict[str, str]:
        """The answer to "sign this challenge", by the names under which the page sends it."""
        asked = [websafe_decode(one["id"]) for one in options["publicKey"]["allowCredentials"]]
        assert self.id in asked, "asked for another passkey"
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(sha256(self.relying_party.encode()).digest(), flags, 1)
        value = self.private.sign(bytes(data) + sha256(client).digest(), *self.how)
        return {
            "passkey.proposal": options["proposal"],
            "passkey.client_data": sign.b64(client),
            "passkey.authenticator_data": sign.b64(bytes(data)),
            "passkey.sig": sign.b64(value),
        }

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()
