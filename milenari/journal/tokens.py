"""Tokens: personal keys to the interface, shown once, kept as a digest, and never a signature.

A token says which person's reading a program does, within its scopes, until it expires or is revoked. It
opens no more than that person may see that day. Because it is one component that a program stores, it signs
nothing: see decision 10. 256 random bits need no slow hash; guessing is also limited at the door of the API.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import DatabaseError, transaction

from milenari.journal import clock
from milenari.journal.models import Credential, Token
from milenari.rules.action import Refused

READ, AUDIT, ACT = "read", "read-audit", "act"
SCOPES = (READ, AUDIT, ACT)
PREFIX = "mil_"
DAYS, MOST_DAYS = 90, 366
MOST = 20  # live tokens a person may have at a time
NAME_LENGTH = 80
USED_EVERY = timedelta(minutes=5)  # how exactly "last used" is kept: not a write for each request


@dataclass(frozen=True)
class Bearer:
    """Who came with a valid token, and what it opens."""

    token: int
    person: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Held:
    """A token as its person sees it in the list: never the token itself, only how it starts."""

    id: int
    name: str
    start: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    live: bool


def make(person: str, name: str, scopes: Collection[str], days: int = DAYS) -> str:
    """A new token of this person; the text is given back once and kept nowhere."""
    name = name.strip()
    now = clock.now()
    if not name or len(name) > NAME_LENGTH:
        raise Refused("token-name-missing", field="name", longest=NAME_LENGTH)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Refused("token-scope-missing", field="scopes")
    if not 1 <= days <= MOST_DAYS:
        raise Refused("token-days-wrong", field="days", found=days, longest=MOST_DAYS)
    with transaction.atomic():
        if Token.objects.filter(person=person, revoked_at=None, expires_at__gt=now).count() >= MOST:
            raise Refused("token-too-many", most=MOST)
        text = PREFIX + secrets.token_urlsafe(32)
        Token.objects.create(
            person=person, name=name, digest=_digest(text), start=text[: len(PREFIX) + 4],
            scopes=[scope for scope in SCOPES if scope in scopes], made_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
    return text


def of_person(person: str) -> list[Held]:
    """A person's tokens, newest first, with those that are over."""
    now = clock.now()
    return [
        Held(row.pk, row.name, row.start, tuple(row.scopes), row.made_at, row.expires_at, row.revoked_at, row.used_at,
             row.revoked_at is None and row.expires_at > now)
        for row in Token.objects.filter(person=person).order_by("-id")[:200]
    ]  # fmt: skip


def revoke(person: str, token: int) -> None:
    """End one of one's own tokens at once; a second time changes nothing."""
    rows = Token.objects.filter(pk=token, person=person)
    if not rows.exists():
        raise Refused("token-not-yours", token=token)
    rows.filter(revoked_at=None).update(revoked_at=clock.now(), revoked_by=person)


def revoke_all(person: str, by: str) -> int:
    """End every token of a person, when their login is closed or their password changed; returns how many."""
    return Token.objects.filter(person=person, revoked_at=None).update(revoked_at=clock.now(), revoked_by=by)


def bearer(text: str) -> Bearer:
    """Who comes with this token; Refused when it is unknown, over, or revoked."""
    now = clock.now()
    held = Token.objects.filter(digest=_digest(text)).first()
    if held is None or not Credential.objects.filter(person=held.person, is_active=True).exists():
        raise Refused("token-unknown")
    if held.revoked_at is not None:
        raise Refused("token-revoked", name=held.name, at=held.revoked_at)
    if held.expires_at <= now:
        raise Refused("token-expired", name=held.name, at=held.expires_at)
    if held.used_at is None or now - held.used_at > USED_EVERY:
        _used(held.pk, now)
    return Bearer(held.pk, held.person, held.name, tuple(held.scopes), held.expires_at)


def _used(token: int, now: datetime) -> None:
    try:
        with transaction.atomic():
            Token.objects.filter(pk=token).update(used_at=now)
    except DatabaseError:
        return  # a read-only node still answers readers


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
