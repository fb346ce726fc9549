"""Referral: a child's identity sealed and its entry written in one transaction, both or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from milenari.journal import clock, read, sealed
from milenari.journal.perform import Request, Written, perform_all
from milenari.rules.action import Action, Refused
from milenari.rules.referral import ReferPatient

FIELDS = ("family_name", "given_name", "born_on", "hospital_number")


def identity_of(told: Mapping[str, str], today: date) -> sealed.Identity:
    """The identity as it was told; Refused when something is missing or the child is not yet born."""
    texts = {name: str(told.get(name, "")).strip() for name in FIELDS}
    missing = next((name for name in FIELDS if not texts[name]), "")
    if missing:
        raise Refused("identity-incomplete", field=missing)
    try:
        born_on = date.fromisoformat(texts["born_on"])
    except ValueError as fault:
        raise Refused("field-unreadable", field="born_on", found=texts["born_on"][:20], kind="on") from fault
    if born_on > today:
        raise Refused("born-in-future", field="born_on")
    return sealed.Identity(texts["family_name"], texts["given_name"], born_on, texts["hospital_number"])


def refer(asked: Request, told: Mapping[str, str], salt: bytes | None = None) -> Written:
    """Seal what names the child and write the referral with the commitment to it; a repeated act finds its entry.

    The salt is given only where a passkey has signed the commitment before anything was sealed.
    """
    on = (asked.happened_at or clock.now()).date()
    action: Any = asked.action
    with transaction.atomic():
        if earlier := _earlier(asked):
            return earlier
        child = identity_of(told, on)
        commitment = sealed.keep(asked.site, action.journey, child, salt)
        made = replace(action, commitment=commitment, age_months=child.age_months(on))
        return perform_all([replace(asked, action=made)])[0]


def _earlier(asked: Request) -> Written | None:
    """What this very act wrote before: the second of two clicks seals nothing again."""
    try:
        seen = read.entry_of_act(asked.act)
    except Refused:
        return None
    if seen.entry.by != asked.pen.person or seen.entry.action.code != asked.action.code:
        raise Refused("act-id-reused", act=asked.act, action=asked.action.code)
    return Written(seen.entry, seen.site, seen.index, seen.position, bytes.fromhex(seen.leaf), repeated=True)


def same(one: Action, other: Action) -> bool:
    """Whether two actions ask for the same; what the node itself sealed for a referral is left out."""
    if isinstance(one, ReferPatient) and isinstance(other, ReferPatient):
        one = replace(one, commitment=other.commitment, age_months=other.age_months)
    return one == other
