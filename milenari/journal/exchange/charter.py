"""Charter: who the network is, by which keys, said by the members themselves.

A charter is a signed note: canonical JSON with the members and their public keys, signed with the root keys of at
least ``threshold`` members of the charter before it (of all its own members for the first). Each names the digest of
the one before, so there is one line of them. Keys rotate and are revoked by the next charter: a log's old key stays
good for the entries below the one at which the new key took over, and for nothing after. Whoever holds fewer root
keys than the threshold changes nothing. Formats: c2sp.org/signed-note.
"""

from __future__ import annotations

import json
from functools import lru_cache

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from milenari.journal import models
from milenari.journal.exchange.members import Charter, Member, digest, require_next
from milenari.journal.note import NoteError, NoteKey, add_signatures, sign_note, split_note
from milenari.rules.action import Refused

__all__ = [
    "Charter", "Member", "accept", "digest", "newest_note", "notes", "present", "propose", "read", "require_present",
    "sign", "text_of",
]  # fmt: skip


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
        require_next(held[-1] if held else "", made, note)
        before = read(held[-1]) if held else made
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


def text_of(member: Member) -> str:
    """A member as the file that is handed to the others when a site wants to join."""
    return json.dumps(member.to_json(), indent=1) + "\n"
