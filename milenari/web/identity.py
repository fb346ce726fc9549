"""Identity: what names a child, read from the form of a referral and sealed in the same act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from django.db import transaction

from milenari.journal import read, sealed
from milenari.journal.perform import Request, Written, perform_all
from milenari.rules.action import Refused
from milenari.web.forms import Box
from milenari.web.wording import labels

FIELDS = ("family_name", "given_name", "born_on", "hospital_number")


def boxes(typed: Mapping[str, str]) -> list[Box]:
    return [
        Box(name, "on" if name == "born_on" else "text", labels.COMMON[name], value=typed.get(name, ""), longest=120)
        for name in FIELDS
    ]


def read_identity(typed: Mapping[str, str], today: date) -> sealed.Identity:
    """The identity as typed; Refused when something of it is missing or the child is not yet born."""
    family, given, born, number = (typed.get(name, "").strip() for name in FIELDS)
    if not (family and given and born and number):
        missing = next(name for name in FIELDS if not typed.get(name, "").strip())
        raise Refused("identity-incomplete", field=missing)
    try:
        found = sealed.Identity(family, given, date.fromisoformat(born), number)
    except ValueError as fault:
        raise Refused("field-unreadable", field="born_on", found=born[:80], kind="on") from fault
    if found.born_on > today:
        raise Refused("born-in-future", field="born_on")
    return found


def refer(asked: Request, identity: sealed.Identity, salt: bytes | None = None) -> Written:
    """Seal the identity and write its entry, both or neither; the second of two clicks finds the first."""
    with transaction.atomic():
        try:
            earlier = read.entry_of_act(asked.act)
        except Refused:
            pass
        else:
            code = asked.action.code
            if earlier.entry.by != asked.pen.person or earlier.entry.action.code != code:
                raise Refused("act-id-reused", act=asked.act, action=code)
            return Written(earlier.entry, earlier.site, earlier.index, earlier.position,
                           bytes.fromhex(earlier.leaf), repeated=True)  # fmt: skip
        journey = asked.action.about.partition(":")[2]
        commitment = sealed.keep(asked.site, journey, identity, salt)
        action = type(asked.action).from_data({**asked.action.data(), "commitment": commitment})
        return perform_all([replace(asked, action=action)])[0]
