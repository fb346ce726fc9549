"""Members: what a charter says, and whether one follows from the one before; no database.

A node keeps its charters in its book (``charter``); whoever checks a shipment's proof has them as one file. Both
read and follow them here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from milenari.journal import keys
from milenari.journal.canonical import CanonicalError, canonical, parse
from milenari.journal.note import NoteError, VerifierKey, open_note, split_note
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


def require_next(before: str, made: Charter, note: str) -> None:
    """Refused unless ``note``, which says ``made``, follows the charter ``before`` (or is the first, "").

    The first is signed by all of its own members.
    """
    held = Charter.parse(split_note(before)[0]) if before else None
    number = held.number + 1 if held else 1
    if made.number != number or made.previous != (digest(before) if before else ""):
        raise Refused("charter-not-next", number=made.number, expected=number)
    judging = held or replace(made, threshold=len(made.members))
    signed = _signers(note, judging)
    if len(signed) < judging.threshold:
        raise Refused("charter-signatures", signed=len(signed), needed=judging.threshold)
    _only_forward(held, made)


def follow(text: str) -> Charter:
    """The charter in force by a file of all of them, as ``milenari charter show --notes`` prints it."""
    found: Charter | None = None
    before = ""
    for note in split_notes(text):
        made = Charter.parse(_body_of(note))
        require_next(before, made, note)
        found, before = made, note
    if found is None:
        raise Refused("charter-unreadable", detail="there is none in it")
    return found


def split_notes(text: str) -> list[str]:
    """The notes of a file of charters, one after the other."""
    begins = [at for at in range(len(text)) if text.startswith(HEADING, at) and (at == 0 or text[at - 1] == "\n")]
    if not begins or text[: begins[0]].strip():
        raise Refused("charter-unreadable", detail="it does not begin like a charter")
    return [text[start:end].rstrip("\n") + "\n" for start, end in zip(begins, [*begins[1:], len(text)], strict=True)]


def _body_of(note: str) -> str:
    try:
        return split_note(note)[0]
    except NoteError as fault:
        raise Refused("charter-unreadable", detail=str(fault)[:200]) from fault


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
