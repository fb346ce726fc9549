"""Shipment: what a docket says once it is verified, with nothing but the network's charters.

What is checked: the checkpoint is signed by the log key that the charter names for a log of that length, each known
cosignature is good, each entry is canonical, of that site, and signed by the key it names. What cannot be known from
paper: whether the dispatch was recalled since, and whether a person's key had been taken back; the log's node refuses
such entries, and the parcel tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from milenari.journal import docket as dockets
from milenari.journal import sign
from milenari.journal.canonical import CanonicalError
from milenari.journal.docket import Docket
from milenari.journal.exchange.members import Charter, Member
from milenari.journal.note import Checkpoint, NoteError, VerifierKey, open_checkpoint, split_note, verify_cosignatures
from milenari.journal.tree import ProofError, leaf_hash
from milenari.rules.action import Refused
from milenari.words import Facts, iso

LEAVING = ("dispatch", "witness-dispatch")
CERTIFYING = ("certify-batch", "release-batch", "supply-oos", "release-lot")
"""Acts by which a Qualified Person or quality assurance lets a batch or lot go."""
ENDING = ("reject-batch", "recall-batch", "reject-lot", "recall-lot")
"""Acts after which it may no longer be used."""


@dataclass(frozen=True)
class Proven:
    """Entries shown to stand in one site's log: its place, who cosigned it and when, and what they say."""

    site: str
    country: str
    origin: str
    size: int
    cosigned: dict[str, datetime]
    strangers: tuple[str, ...]
    entries: tuple[tuple[int, str, dict[str, Any]], ...]  # number, leaf hash in hex, entry

    @property
    def digest(self) -> str:
        """One name for these entries, whoever cosigned them: SHA-256 over their leaf hashes in order."""
        return sha256(bytes.fromhex("".join(leaf for _, leaf, _ in self.entries))).hexdigest()


def check(docket: Docket, charter: Charter) -> Proven:
    """What the docket proves to members of this charter; ProofError (a sentence) when it proves nothing."""
    try:
        body, signatures = split_note(docket.note)
        told = Checkpoint.parse(body)
        member = next((m for m in charter.members if told.origin in m.origins()), None)
        if member is None:
            raise ProofError(f"The log {told.origin} is of no member of the network by charter {charter.number}.")
        _by_key_in_force(docket.note, told, member)
        witnesses = {VerifierKey.parse(m.witness): m.site for m in charter.members if m.site != member.site}
        times = verify_cosignatures(docket.note, *witnesses)
    except NoteError as fault:
        raise ProofError(str(fault)) from None
    names = {key.name: site for key, site in witnesses.items()}
    own = {VerifierKey.parse(key).name for key in member.every_key()}
    return Proven(
        member.site, member.country, told.origin, told.size,
        {names[name]: datetime.fromtimestamp(at, UTC) for name, at in sorted(times.items())},
        tuple(sorted({s.name for s in signatures} - set(times) - own)),
        tuple((one.index, leaf_hash(one.body).hex(), _entry(one, member)) for one in docket.entries),
    )  # fmt: skip


def _by_key_in_force(note: str, told: Checkpoint, member: Member) -> None:
    """The checkpoint is signed by the key that was good at its length: an earlier key counts only below its end."""
    wanted = VerifierKey.parse(member.key_for_checkpoint(told.size))
    claimed = {(s.name, s.key_id) for s in split_note(note)[1]}
    revoked = [key for key in map(VerifierKey.parse, member.every_key()) if (key.name, key.key_id) in claimed]
    if revoked and (wanted.name, wanted.key_id) not in claimed:
        raise ProofError(
            f"The checkpoint is signed by a key of {member.site} that is not good for a log of {told.size} entries: it "
            f"was replaced. Treat the box as of unknown origin and call {member.site}."
        )
    open_checkpoint(note, wanted, told.origin)


def _entry(one: dockets.Placed, member: Member) -> dict[str, Any]:
    try:
        entry = sign.read_entry(one.body)
        if entry["site"] != member.site:
            raise ProofError(f"Entry {one.index} says it is of {entry['site']}, in the log of {member.site}.")
        sign.verify(entry, entry["signature"]["key"])
        _shaped(entry)
    except (CanonicalError, sign.SignatureError, KeyError, TypeError, AttributeError) as fault:
        raise ProofError(f"Entry {one.index} of {member.site} is not signed as it should be: {fault}.") from None
    return entry


def _shaped(entry: dict[str, Any]) -> None:
    words = ("act", "action", "by", "name", "role", "meaning", "happened_at", "site", "reason")
    if any(not isinstance(entry[word], str) for word in words) or not isinstance(entry["data"], dict):
        raise CanonicalError("entry", "does not have the parts of an entry")
    if not isinstance(entry["given"], dict):
        raise CanonicalError("given", "is not a list of facts")


# -- what entries say -------------------------------------------------------------------------------------


def signature(index: int, entry: dict[str, Any]) -> Facts:
    """Who signed an entry, as what, and what the signature says."""
    words = ("action", "by", "name", "role", "meaning", "happened_at")
    return {"entry": f"{entry['site']}/{index}", **{word: entry[word] for word in words}}


def dispatch_of(proven: Proven, charter: Charter) -> Facts | None:
    """The dispatch in a docket with everything needed to receive it; None when it speaks of none.

    ProofError for one that has not left: where two signatures are needed, the second has to be there too.
    """
    sent = [(i, leaf, e) for i, leaf, e in proven.entries if e["action"] in LEAVING]
    if not sent:
        return None
    try:
        begun = [x for x in sent if x[2]["action"] == "dispatch"]
        left = [x for x in sent if x[2]["given"]["leaves"] is True]
        if len(begun) != 1 or len(left) != 1 or len(sent) > 2:
            raise ProofError("The proof does not show one dispatch with all its signatures: it has not left.")
        data, given = begun[0][2]["data"], left[0][2]["given"]
        same = all(
            e["data"]["what"] == data["what"] and e["given"]["transfer"] == given["transfer"] for _, _, e in sent
        )
        if not same or left[0][0] < begun[0][0]:
            raise ProofError("The signatures in the proof are not of one and the same dispatch.")
        receiver = charter.member(data["to_site"])
        index, leaf, entry = left[0]
        return {
            "what": str(data["what"]), "from_site": proven.site, "from_country": proven.country,
            "to_site": str(data["to_site"]), "to_country": receiver.country if receiver else "",
            "transfer": int(given["transfer"]), "of": str(begun[0][2]["given"].get("of", "")),
            "shipper": str(data.get("shipper", "")), "dispatched_at": entry["happened_at"], "act": entry["act"],
            "leaf": leaf, "entry": f"{proven.site}/{index}", "log_size": proven.size,
            "signed": [signature(i, e) for i, _, e in sent],
            "cosigned": {site: iso(at) for site, at in proven.cosigned.items()},
        }  # fmt: skip
    except (KeyError, TypeError, ValueError) as fault:
        raise ProofError(f"The dispatch in the proof cannot be read: {fault}.") from None


def release_of(proven: Proven, of: str) -> list[Facts]:
    """Who certified and released a batch or lot, oldest first; empty when the docket speaks of something else."""
    found = []
    for index, leaf, entry in proven.entries:
        if entry["action"] in (*CERTIFYING, *ENDING) and _about(entry) == of:
            stage = str(entry["data"].get("stage", ""))
            cosigned = sorted(proven.cosigned)
            found.append({**signature(index, entry), "stage": stage, "leaf": leaf, "cosigned": cosigned})
    return found


def _about(entry: dict[str, Any]) -> str:
    data = entry["data"]
    return next((f"{kind}:{data[kind]}" for kind in ("batch", "lot") if kind in data), "")


def read(text: str, charter: Charter) -> Facts:
    """What a receiver scanned, verified: ``dispatch``, ``release``, ``released`` and ``digest``; Refused otherwise."""
    try:
        return _read(text, charter)
    except ProofError as fault:
        raise Refused("proof-refused", detail=str(fault)) from None


def _read(text: str, charter: Charter) -> Facts:
    proven = [check(one, charter) for one in dockets.read_codes(text)]
    told = [(p, found) for p in proven if (found := dispatch_of(p, charter))]
    if len(told) != 1:
        raise ProofError(f"The codes speak of {len(told)} dispatches; scan those of one shipment form.")
    sent, dispatch = told[0]
    release = [line for p in proven for line in release_of(p, dispatch["of"])]
    if any(p is not sent and not release_of(p, dispatch["of"]) for p in proven):
        raise ProofError("One of the codes belongs to another shipment. Scan those of one shipment form.")
    return {"dispatch": dispatch, "release": release, "released": may_be_used(release), "digest": sent.digest}


def may_be_used(release: list[Facts]) -> bool:
    """Whether the newest decision among these lets the batch or lot go, and none ended it."""
    decisive = [line["action"] for line in release if line["action"] != "certify-batch"]
    return bool(decisive) and decisive[-1] in CERTIFYING
