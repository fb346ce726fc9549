"""Small counts: how many, said so that nobody at another hospital is singled out by a number.

A hospital's own people see its numbers, and those who oversee the network see all. To everybody else a count below
five is told in a word, and what is computed from fewer than five is not told at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.network import Interval
from milenari.web import wording
from milenari.web.access import Acting

FEWEST = 5


def counted(who: Acting, site: str, number: int) -> SafeString | str:
    """The number where it may be told; otherwise that it is small."""
    return wording.number(number) if told(who, site, number) else _("fewer than five")


def told(who: Acting, site: str, number: int) -> bool:
    return who.may_see(site) or number >= FEWEST


@dataclass(frozen=True)
class Took:
    """One interval at one site as it may be shown; without figures where too few therapies would be singled out."""

    found: Interval
    what: Any
    number: SafeString | str
    shown: bool


def took(who: Acting, found: Interval, what: Any) -> Took:
    return Took(found, what, counted(who, found.site, found.number), told(who, found.site, found.number))
