"""ISBT 128: the structures of donation numbers, products, dates and compound messages, written and read back.

Structures as in ISBT 128 ST-001, read in public parsers and in ST-017 examples. What a product code or a facility
number means is in tables that need a licence and are not shipped: a site loads its own (``tables``), and what cannot
be known without them is refused. The lengths of the chain-of-identity structure 040 (``&/``) are in a licensed
document (ST-028): it is neither written nor read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from milenari.rules.action import Refused
from milenari.rules.chain import ALPHABET, check_character


@dataclass(frozen=True)
class Item:
    """One data structure: its name, the text after its identifier, and its parts."""

    name: str
    text: str
    parts: tuple[str, ...]


# Data identifier -> name and the shape of what follows it (ST-001; digits d, letters and digits a).
_DAY, _MINUTE = r"(\d{6})", r"(\d{10})"
STRUCTURES: dict[str, tuple[str, re.Pattern[str]]] = {
    "=<": ("product-code", re.compile(r"([A-Z][A-Z0-9]{4})([A-Z0-9])([A-Z0-9]{2})")),
    "=>": ("expiry-date", re.compile(_DAY)),
    "&>": ("expiry-instant", re.compile(_MINUTE)),
    "=*": ("collection-date", re.compile(_DAY)),
    "&*": ("collection-instant", re.compile(_MINUTE)),
    "=}": ("production-date", re.compile(_DAY)),
    "&}": ("production-instant", re.compile(_MINUTE)),
    "=,": ("divisions", re.compile(r"(\d{6})")),
    "=/": ("processor-product", re.compile(r"([A-Z0-9]{5})([A-Z0-9]{6})([A-Z0-9]{5})")),
}
# The donation number has no second identifying sign: what follows "=" is the facility's own first letter or digit.
_DONATION = re.compile(r"([A-NP-Z1-9][A-Z0-9]{4})(\d{2})(\d{6})([0-9A-Z]{2})")
_COMPOUND = re.compile(r"=\+(\d{2})(\d{3})")


def flags(din: str) -> str:
    """Flag characters of type 3: the MOD 37-2 checksum of the 13 signs, plus 60 (JPAC Red Book, Annex 2)."""
    return str(ALPHABET.index(check_character(din)) + 60)


def donation(din: str) -> str:
    """Structure 001 of a donation number of 13 signs."""
    return f"={din}{flags(din)}"


def instant(identifier: str, at: datetime, zone: str) -> str:
    """A local day and minute as ``cyyjjjhhmm``; the century counts from 2000, 0 standing for 20xx."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{identifier}{local.year // 100 - 20}{local:%y%j%H%M}"


def day_of(text: str) -> date:
    """The day of ``cyyjjj``; ValueError when no calendar has it."""
    year, number = 2000 + 100 * int(text[0]) + int(text[1:3]), int(text[3:6])
    found = date(year, 1, 1) + timedelta(days=number - 1)
    if number < 1 or found.year != year:
        raise ValueError(f"{text!r} is no day of a year")
    return found


def instant_of(text: str, zone: str) -> datetime:
    """The instant of ``cyyjjjhhmm`` in a zone, in UTC."""
    on = day_of(text[:6])
    local = datetime(on.year, on.month, on.day, int(text[6:8]), int(text[8:10]), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def compound(*structures: str, sequence: str = "000") -> str:
    """A compound message (structure 023): how many structures follow, and in which registered sequence."""
    return f"=+{len(structures):02d}{sequence}{''.join(structures)}"


def read(text: str) -> list[Item]:
    """The structures in a scanned text, glued or in a compound message; refused when one is not whole."""
    found: list[Item] = []
    expected, rest = None, text
    if head := _COMPOUND.match(text):
        expected, rest = int(head[1]), text[head.end() :]
    while rest:
        item, used = _next(rest, text)
        found.append(item)
        rest = rest[used:]
    if not found or (expected is not None and expected != len(found)):
        raise Refused("isbt-unreadable", scanned=text[:80])
    return found


def _next(rest: str, whole: str) -> tuple[Item, int]:
    if rest.startswith("&/"):
        raise Refused("isbt-needs-licence", structure="040", scanned=whole[:80])
    if rest[:2] in STRUCTURES:
        name, shape = STRUCTURES[rest[:2]]
        start = 2
    elif rest.startswith("="):
        name, shape, start = "donation-number", _DONATION, 1
    else:
        raise Refused("isbt-unreadable", scanned=whole[:80])
    told = shape.match(rest, start)
    if told is None:
        raise Refused("isbt-unreadable", scanned=whole[:80])
    if name.endswith(("-date", "-instant")):
        try:
            day_of(told[1][:6])
        except ValueError as fault:
            raise Refused("isbt-unreadable", scanned=whole[:80]) from fault
    return Item(name, told[0], told.groups()), told.end()
