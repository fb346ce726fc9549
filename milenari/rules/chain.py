"""Chain: the identifiers that tie every bag to one child, and their check characters.

ISO/IEC 7064 MOD 37-2 (as in ISBT 128 donation numbers, JPAC Red Book Annex 2); own chain-of-identity
scheme with a place for an ISBT 128 one (ST-028, structure 040), which needs an ICCBBA licence.
"""

from __future__ import annotations

from milenari.rules.action import Refused, refuse_if

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
# Letters and digits that gloves, handwriting and old printers confuse are left out of what we mint.
SPOKEN = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def check_character(text: str) -> str:
    """The MOD 37-2 check character of upper-case letters and digits; ValueError on anything else."""
    total = 0
    for sign in text:
        total = (total + ALPHABET[:36].index(sign)) * 2 % 37
    return ALPHABET[(38 - total) % 37]


def mint(site: str, random_bytes: bytes) -> str:
    """A new chain-of-identity code ``MLN-ROM-7K3F-9TQW-2HXM-C`` from at least 12 random bytes.

    The code says which site issued it and nothing about the child.
    """
    if len(random_bytes) < 12:
        raise ValueError("a chain-of-identity code needs at least 12 random bytes")
    body = "".join(SPOKEN[b % len(SPOKEN)] for b in random_bytes[:12])
    # One code in 37 would end in "*", which Code 39 scanners take for the end of the barcode: take the next.
    while (check := check_character("MLN" + site + body)) == "*":
        body = body[:-1] + SPOKEN[(SPOKEN.index(body[-1]) + 1) % len(SPOKEN)]
    return f"MLN-{site}-{body[:4]}-{body[4:8]}-{body[8:]}-{check}"


def require_coi(coi: str, site: str | None = None) -> None:
    """Refuse a code with a wrong check character, a wrong shape, or minted by another site."""
    parts = coi.split("-")
    good = len(parts) == 6 and parts[0] == "MLN" and all(len(p) == 4 for p in parts[2:5])
    body = "".join(parts[:-1])
    if not good or any(sign not in ALPHABET[:36] for sign in body):
        raise Refused("coi-unreadable", coi=coi)
    refuse_if(check_character(body) != parts[-1], "coi-check-wrong", coi=coi)
    refuse_if(site is not None and parts[1] != site, "coi-of-another-site", coi=coi, site=site)


def require_din(din: str) -> None:
    """Refuse an ISBT 128 donation identification number (13 characters + check) that does not check."""
    readable = len(din) == 14 and all(sign in ALPHABET[:36] for sign in din[:13])
    refuse_if(not readable, "din-unreadable", din=din)
    refuse_if(check_character(din[:13]) != din[13], "din-check-wrong", din=din)


def same_patient(expected: str, scanned: str, what: str) -> None:
    """Refuse a scan that belongs to any other patient; the heart of the whole platform."""
    refuse_if(scanned.strip() != expected, "another-patient", what=what, scanned=scanned.strip(), expected=expected)
