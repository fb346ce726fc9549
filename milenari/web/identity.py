"""Identity: what names a child, on the form of a referral."""

from __future__ import annotations

from collections.abc import Mapping

from milenari.journal.referral import FIELDS
from milenari.web.forms import Box
from milenari.web.wording import labels


def boxes(typed: Mapping[str, str]) -> list[Box]:
    return [
        Box(name, "on" if name == "born_on" else "text", labels.COMMON[name], value=typed.get(name, ""), longest=120)
        for name in FIELDS
    ]
