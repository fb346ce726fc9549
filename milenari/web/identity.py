"""Identity: what names a child, on the form of a referral, and sealed in the same act as the entry is written."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from milenari.journal import read, referral
from milenari.journal.perform import Request, Written
from milenari.journal.referral import FIELDS
from milenari.rules.action import Refused
from milenari.web.forms import Box
from milenari.web.wording import labels


def boxes(typed: Mapping[str, str]) -> list[Box]:
    return [
        Box(name, "on" if name == "born_on" else "text", labels.COMMON[name], value=typed.get(name, ""), longest=120)
        for name in FIELDS
    ]


def refer(asked: Request, typed: Mapping[str, str], salt: bytes | None = None) -> Written:
    """Seal the identity and write its entry, both or neither; the second of two clicks finds the first."""
    with transaction.atomic():
        try:
            earlier = read.entry_of_act(asked.act)
        except Refused:
            return referral.refer(asked, typed, salt)
        code = asked.action.code
        if earlier.entry.by != asked.pen.person or earlier.entry.action.code != code:
            raise Refused("act-id-reused", act=asked.act, action=code)
        return Written(earlier.entry, earlier.site, earlier.index, earlier.position,
                       bytes.fromhex(earlier.leaf), repeated=True)  # fmt: skip
