"""A shipment made of nothing but seeds: charters, keys, entries and dockets, for whatever reads them without a node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fido2.utils import websafe_encode

from milenari.journal import docket as dockets
from milenari.journal import sign
from milenari.journal.canonical import canonical
from milenari.journal.docket import Docket, Placed
from milenari.journal.exchange.members import Charter, Member, digest
from milenari.journal.note import COSIGNATURE, Checkpoint, NoteKey, add_signatures, cosign, sign_note
from milenari.journal.tree import inclusion_proof, leaf_hash, root_of
from tests.journal.authenticator import FLAG, Authenticator

SITES = {"BCN": "ES", "ROM": "IT", "BEY": "LB", "AMM": "JO"}
WHAT, LOT = "container:LV-1-007", "lot:LV-1"


def key(site: str, what: str, kind: int = 1) -> NoteKey:
    name = f"milenari.example/{site}/{what}"
    return NoteKey.from_seed(name, sha256(name.encode()).digest(), kind)


def member(site: str) -> Member:
    made = [key(site, what, kind).verifier.encode() for what, kind in
            (("journal/1", 1), ("root", 1), ("witness", COSIGNATURE))]  # fmt: skip
    return Member(site, SITES[site], *made)


def founded() -> tuple[str, Charter]:
    """The first charter, signed by all its members."""
    made = Charter(1, "", 3, tuple(member(site) for site in SITES))
    return sign_note(made.body(), *(key(site, "root") for site in SITES)), made


def rotated(since: int) -> str:
    """Both charters: Barcelona's log key is replaced from that entry on."""
    first, made = founded()
    new = key("BCN", "journal/2").verifier.encode()
    changed = tuple(
        replace(m, log=new, since=since, earlier=((m.log, since),)) if m.site == "BCN" else m for m in made.members
    )
    second = Charter(2, digest(first), 3, changed)
    return first + sign_note(second.body(), *(key(site, "root") for site in ("ROM", "BEY", "AMM")))


def pen(person: str) -> sign.Pen:
    return sign.Pen(person, Ed25519PrivateKey.from_private_bytes(sha256(person.encode()).digest()), ("password",))


def entry(action: str, by: str, name: str, role: str, meaning: str, number: int, **told: Any) -> bytes:
    """The signed bytes of one act at Barcelona."""
    return sign.complete(statement(action, by, name, role, meaning, number, **told), pen(by))


def statement(action: str, by: str, name: str, role: str, meaning: str, number: int, **told: Any) -> dict[str, Any]:
    return {
        "act": f"00000000-0000-4000-8000-{number:012d}", "action": action, "by": by, "data": told["data"],
        "findings": [], "format": 1, "given": told.get("given", {}),
        "happened_at": f"2026-11-23T07:{number:02d}:00.000Z",
        "meaning": meaning, "moves": [], "name": name, "reason": "", "role": role, "site": "BCN",
        "subjects": [[told["about"], 3]], "written_at": f"2026-11-23T07:{number:02d}:01.000Z", "zone": "Europe/Madrid",
    }  # fmt: skip


def entries() -> list[bytes]:
    """Certified is not asked of a lot: released, dispatched, witnessed; and others between."""
    other = [entry("judge-material", "BCN-QA", "Q", "qa", "approved", n, about=f"material:M{n}",
                   data={"material": f"M{n}", "status": "released"}) for n in range(20)]  # fmt: skip
    other[5] = entry("release-lot", "BCN-QP", "Núria Qualificada", "qp", "released", 5, about=LOT,
                     data={"expires_on": "2028-01-01", "lot": "LV-1"})  # fmt: skip
    data = {"shipper": "SH-12", "to_site": "ROM", "what": WHAT}
    other[11] = entry("dispatch", "BCN-VM", "Marc Vector", "vector-manager", "performed", 11, about=WHAT, data=data,
                      given={"leaves": False, "of": LOT, "transfer": 1})  # fmt: skip
    other[12] = sign.complete(witness(), pen("BCN-QA"))
    return other


def witness() -> dict[str, Any]:
    return statement("witness-dispatch", "BCN-QA", "سليم Qualitat", "qa", "verified", 12, about=WHAT,
                     data={"what": WHAT}, given={"leaves": True, "transfer": 1})  # fmt: skip


def by_passkey(device: Authenticator, of: dict[str, Any] | None = None, flags: Any = FLAG.UP | FLAG.UV,
               key: str = "", **changed: str) -> Docket:  # fmt: skip
    """The dispatch with its second signature by a passkey; in what is to be refused: of another entry, with other
    flags, under another key, or with other parts."""
    block = {"components": ["passkey"], "key": key or device.key, "kind": sign.PASSKEY}
    asked = sign.challenge(canonical({**(of or witness()), "signature": block}))
    options = {"challenge": websafe_encode(asked), "allowCredentials": [{"id": websafe_encode(device.id)}]}
    told = device.signed({"publicKey": options, "proposal": ""}, flags)
    parts = {name: told[f"passkey.{name}"] for name in ("client_data", "authenticator_data", "sig")}
    bodies = entries()
    bodies[12] = canonical({**witness(), "signature": {**block, **parts, **changed}})
    return docket([11, 12], bodies).docket


@dataclass(frozen=True)
class Made:
    """A docket of these entries, and its codes."""

    docket: Docket

    @property
    def codes(self) -> list[str]:
        return dockets.codes(self.docket)


def docket(which: list[int], bodies: list[bytes] | None = None, log: NoteKey | None = None,
           cosigners: tuple[str, ...] = ("ROM", "BEY", "AMM"), size: int = 0) -> Made:  # fmt: skip
    bodies = bodies or entries()
    log = log or key("BCN", "journal/1")
    leaves = [leaf_hash(body) for body in bodies]
    # A long log's proof length without its entries: each further leaf is a hash of its number.
    leaves += [sha256(n.to_bytes(8, "big")).digest() for n in range(len(leaves), size)]
    body = Checkpoint(log.name, len(leaves), root_of(leaves)).body()
    lines = [cosign(body, key(site, "witness", COSIGNATURE), 1_795_000_000) for site in cosigners]
    note = add_signatures(sign_note(body, log), *lines)
    return Made(Docket(tuple(Placed(i, bodies[i], tuple(inclusion_proof(leaves, i))) for i in which), note))


def shipment(**how: Any) -> str:
    """The text of all codes of the form: dispatch and release."""
    return "\n".join([*docket([11, 12], **how).codes, *docket([5], **how).codes])


def flipped() -> str:
    """An entry changed after it was signed into the log, packed as if nothing had happened."""
    bodies = entries()
    made = docket([11, 12], bodies).docket
    bad = made.entries[0].body.replace(b'"to_site":"ROM"', b'"to_site":"AMM"')
    leaves = [leaf_hash(body) for body in bodies]
    leaves[11] = leaf_hash(bad)
    body = Checkpoint(key("BCN", "journal/1").name, len(leaves), root_of(leaves)).body()
    old = made.note.partition("\n\n")[2]
    placed = tuple(Placed(i, bad if i == 11 else bodies[i], tuple(inclusion_proof(leaves, i))) for i in (11, 12))
    return "\n".join(dockets.codes(Docket(placed, body + "\n" + old)))
