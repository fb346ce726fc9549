"""Charter: who the network is, by which keys, said by the members themselves.

A charter is a signed note: canonical JSON with the members and their public keys, signed with the root keys of at
least ``threshold`` members of the charter before it (of all its own members for the first). Each names the digest of
the one before, so there is one line of them. Keys rotate and are revoked by the next charter: a log's old key stays
good for the entries below the one at which the new key took over, and for nothing after. Whoever holds fewer root
keys than the threshold changes nothing. Formats: c2sp.org/signed-note.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from milenari.journal import keys, models
from milenari.journal.canonical import CanonicalError, canonical, parse
from milenari.journal.note import NoteError, NoteKey, VerifierKey, add_signatures, open_note, sign_note, split_note
from milenari.rules.action import Refused

HEADING = "milenari network charter\n"


@dataclass(frozen=True)
class Member:
    """A site of the network with its public keys, each as a C2SP verifier key.

    ``log`` signs its checkpoints from entry ``since`` on; ``earlier`` are keys that were good below an entry.
    ``root`` signs charters and is kept apart from the node; ``witness`` cosigns other sites' checkpoints. Parcels are
    encrypted for ``box``, an age recipient; a charter from before there was one does not name it.
    """

    site: str
    country: str
    log: str
    root: str
    witness: str
    since: int = 0
    earlier: tuple[tuple[str, int], ...] = ()
    box: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Member:
        earlier = tuple((str(key), int(below)) for key, below in data["earlier"])
        words = {name: str(data[name]) for name in ("site", "country", "log", "root", "witness")}
        return cls(**words, since=int(data["since"]), earlier=earlier, box=str(data.get("box", "")))

    def to_json(self) -> dict[str, Any]:
        named = {"box": self.box} if self.box else {}
        return {
            "site": self.site, "country": self.country, "log": self.log, "root": self.root,
            "witness": self.witness, "since": self.since, "earlier": [list(pair) for pair in self.earlier], **named,
        }  # fmt: skip

    @property
    def origin(self) -> str:
        return VerifierKey.parse(self.log).name

    def key_at(self, index: int) -> str:
        """The log key that was good for the entry at this index."""
        return next((key for key, below in self.earlier if index < below), self.log)

    def origins(self) -> set[str]:
        """Every name that this log ever had."""
        return {VerifierKey.parse(key).name for key in self.every_key()}

    def every_key(self) -> tuple[str, ...]:
        """Every key that was ever good for this log, the present one first."""
        return (self.log, *(key for key, _ in self.earlier))

    def key_for_checkpoint(self, size: int) -> str:
        """The key that has to sign a checkpoint of this size; the last entry under it decides."""
        return self.key_at(max(size - 1, 0))


@dataclass(frozen=True)
class Charter:
    """One statement of who the network is."""

    number: int
    previous: str
    threshold: int
    members: tuple[Member, ...]

    def body(self) -> str:
        data = {
            "number": self.number, "previous": self.previous, "threshold": self.threshold,
            "members": [member.to_json() for member in self.members],
        }  # fmt: skip
        return HEADING + canonical(data).decode() + "\n"

    @classmethod
    def parse(cls, body: str) -> Charter:
        """The charter in a note's text; Refused when it is none."""
        try:
            if not body.startswith(HEADING):
                raise ValueError("it does not begin like a charter")
            data = parse(body.removeprefix(HEADING).removesuffix("\n").encode())
            made = cls(
                int(data["number"]), str(data["previous"]), int(data["threshold"]),
                tuple(Member.from_json(m) for m in data["members"]),
            )  # fmt: skip
            made.check()
            if made.body() != body:
                raise ValueError("it is not written the one canonical way")
        except (CanonicalError, NoteError, KeyError, TypeError, ValueError) as fault:
            raise Refused("charter-unreadable", detail=str(fault)[:200]) from fault
        return made

    def check(self) -> None:
        """ValueError when it could not be a network: no members, one twice, a threshold nobody or anybody meets."""
        sites = [member.site for member in self.members]
        if not sites or len(set(sites)) != len(sites):
            raise ValueError("a site is named twice, or none at all")
        if not len(sites) // 2 < self.threshold <= len(sites):
            raise ValueError("the threshold must be more than half of the members and at most all of them")
        for kind in ("log", "root", "witness"):
            if len({getattr(m, kind) for m in self.members} | {VerifierKey.parse(getattr(m, kind)).name for m in
                   self.members}) != 2 * len(sites):  # fmt: skip
                raise ValueError(f"two sites share a {kind} key or its name: they would count as two and be one")
        boxes = [member.box for member in self.members if member.box]
        if len(set(boxes)) != len(boxes):
            raise ValueError("two sites share a box key: each could read what is meant for the other")
        for box in boxes:
            keys.close_box(box, b"")  # ValueError when nothing could be encrypted for it
        for member in self.members:
            names = [VerifierKey.parse(key).name for key in (*member.every_key(), member.root, member.witness)]
            if len({VerifierKey.parse(member.log).name, names[-1], names[-2]}) != 3:
                raise ValueError(f"two keys of {member.site} have one name")

    def member(self, site: str) -> Member | None:
        return next((m for m in self.members if m.site == site), None)

    def require(self, site: str) -> Member:
        """The member; Refused for a site outside the network."""
        found = self.member(site)
        if found is None:
            raise Refused("site-not-a-member", site=site, charter=self.number)
        return found


def digest(note: str) -> str:
    """SHA-256 of a charter's text, as the next charter names it; who signed it does not matter."""
    return sha256(split_note(note)[0].encode()).hexdigest()


def notes(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Every charter of this node, the first one first."""
    return list(models.Charter.objects.using(using).order_by("number").values_list("note", flat=True))


def present(using: str = DEFAULT_DB_ALIAS) -> Charter | None:
    """The charter in force on this node; None before it belongs to a network."""
    note = newest_note(using)
    return read(note) if note else None


def newest_note(using: str = DEFAULT_DB_ALIAS) -> str:
    """The note of the charter in force; empty before there is one."""
    return models.Charter.objects.using(using).order_by("-number").values_list("note", flat=True).first() or ""


@lru_cache(maxsize=64)
def read(note: str) -> Charter:
    """The charter of a note that was accepted here; read once, since every act asks which key signs."""
    return Charter.parse(split_note(note)[0])


def require_present(using: str = DEFAULT_DB_ALIAS) -> Charter:
    """The charter in force; Refused on a node that belongs to no network."""
    found = present(using)
    if found is None:
        raise Refused("no-network")
    return found


def propose(members: list[Member], threshold: int, using: str = DEFAULT_DB_ALIAS) -> str:
    """The unsigned text of the next charter."""
    held = notes(using)
    made = Charter(len(held) + 1, digest(held[-1]) if held else "", threshold, tuple(members))
    body = made.body()
    return Charter.parse(body).body()


def sign(proposal: str, key: NoteKey) -> str:
    """The proposal with one more root signature; ``proposal`` is its bare text or a note some have signed."""
    if "\n\n" not in proposal:
        return sign_note(proposal, key)
    lines = sign_note(split_note(proposal)[0], key).splitlines()
    return add_signatures(proposal, lines[-1])


def accept(note: str, using: str = DEFAULT_DB_ALIAS) -> Charter:
    """Put the next charter in force on this node, or Refused with what it lacks. Repeating one is harmless."""
    with transaction.atomic(using=using):
        held = notes(using)
        try:
            body, _ = split_note(note)
        except NoteError as fault:
            raise Refused("charter-unreadable", detail=str(fault)[:200]) from fault
        made = Charter.parse(body)
        if made.number <= len(held):
            if split_note(held[made.number - 1])[0] != body:
                raise Refused("charter-forked", number=made.number)
            return made
        if made.number != len(held) + 1 or made.previous != (digest(held[-1]) if held else ""):
            raise Refused("charter-not-next", number=made.number, expected=len(held) + 1)
        before = Charter.parse(split_note(held[-1])[0]) if held else replace(made, threshold=len(made.members))
        signed = _signers(note, before)
        if len(signed) < before.threshold:
            raise Refused("charter-signatures", signed=len(signed), needed=before.threshold)
        _only_forward(before if held else None, made)
        try:
            models.Charter.objects.using(using).create(number=made.number, note=note)
        except IntegrityError as fault:
            raise Refused("changed-meanwhile", subject="", detail=str(fault)[:120]) from fault
        # What a replaced witness key said proves nothing any more: whoever stole it could have said it.
        own = set(models.Head.objects.using(using).filter(own=True).values_list("site", flat=True))
        for member in made.members:
            old = before.member(member.site) if member.site not in own else None
            if old is not None and old.witness != member.witness:
                models.Cosignature.objects.using(using).filter(by=member.site).delete()
    return made


def _signers(note: str, before: Charter) -> list[str]:
    roots = {member.root: member.site for member in before.members}
    try:
        _, good = open_note(note, *(VerifierKey.parse(root) for root in roots))
    except NoteError as fault:
        raise Refused("charter-unreadable", detail=str(fault)[:200]) from fault
    names = {VerifierKey.parse(root).name: site for root, site in roots.items()}
    return sorted({names[name] for name in good})


def _only_forward(before: Charter | None, made: Charter) -> None:
    """What was once said about a log's past is not unsaid: a changed key keeps the old one for the entries below."""
    for old in before.members if before else ():
        new = made.member(old.site)
        if new is None:
            continue
        kept = (*old.earlier, (old.log, new.since)) if new.log != old.log else old.earlier
        if new.earlier != kept or (new.log == old.log and new.since != old.since) or new.since < old.since:
            raise Refused("charter-rewrites-past", site=old.site)


def text_of(member: Member) -> str:
    """A member as the file that is handed to the others when a site wants to join."""
    return json.dumps(member.to_json(), indent=1) + "\n"
