"""Nothing that names a child leaves the sealed box: 200 invented identities, searched for everywhere.

Each identity is made of syllables that occur nowhere else, so that a hit is a leak and not a coincidence. The
search takes every column of every table, every proof and every published file, and each identifier in the shapes
in which it could have slipped through: cases, reversed, without accents, encoded, hashed, dates in other orders.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import unicodedata
import urllib.parse
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from milenari.demo import cast, story_network
from milenari.demo.teller import Teller, request
from milenari.journal import clock, perform, read, sealed, verify
from milenari.journal.sealed import Identity
from milenari.rules import chain
from milenari.words import to_plain

PATIENTS = 200
GRAM = 6
ENDS = ("el", "önä", "ís", "ouçá", "œur", "ßen", "ñiz", "ğlu", "řák", "ẵn")
ARABIC = "ءبتثجحخدذرزسشصضطظعغفقكلمنهوي"


def invented(number: int) -> Identity:
    """A name no text contains by chance: plain, accented, Arabic or very long, in turn."""
    seed = hashlib.sha256(f"child {number}".encode()).digest()
    core = "".join("zxqvwkjy"[b % 8] + "aeiou"[b % 5] for b in seed[:5])
    kind = number % 4
    if kind == 0:
        family, given = core.title(), core[::-1].title() + "o"
    elif kind == 1:
        family, given = (
            f"D'{core.title()}{ENDS[number % 10]}",
            f"{core[2:8].title()}-{ENDS[(number + 3) % 10].title()}ëx",
        )
    elif kind == 2:
        family = "".join(ARABIC[b % len(ARABIC)] for b in seed[5:13])
        given = "".join(ARABIC[b % len(ARABIC)] for b in seed[13:20])
    else:
        family, given = " ".join([core.title(), *["de la " + core[::-1].title()] * 12]), core.upper() + "anna"
    born = date(clock.now().year - 3 - number % 13, 1 + number % 12, 1 + number % 28)
    return Identity(family, given, born, f"HN-{core[:4].upper()}-{number:05d}")


def shapes(text: str) -> Iterator[str]:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for one in dict.fromkeys((text, text.lower(), text.upper(), bare, bare.lower(), text.replace(" ", ""))):
        yield one
        yield one[::-1]
        yield json.dumps(one)[1:-1]
        yield urllib.parse.quote(one)
        data = one.encode()
        for shift in range(3):
            # A base64 text depends on where in its group the value begins; the middle of each is certain.
            coded = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
            yield coded[(0, 2, 3)[shift] : len(coded) - (1 if (len(data) + shift) % 3 else 0)]
        yield data.hex()
        yield data.hex().upper()
        for make in (hashlib.sha256, hashlib.md5, hashlib.sha1):
            yield make(data).hexdigest()
            yield base64.b64encode(make(data).digest()).decode().rstrip("=")


def dates(born: date) -> Iterator[str]:
    yield born.isoformat()
    for form in (
        "%d/%m/%Y",
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%m/%d/%Y",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d%m%Y",
        "%d %B %Y",
        "%d %b %Y",
    ):
        yield born.strftime(form)


def needles(identity: Identity) -> set[str]:
    names = (identity.family_name, identity.given_name)
    fields = [*names, " ".join(names[::-1]), ", ".join(names), identity.hospital_number]
    found = {shape for field in fields for shape in shapes(field)}
    for form in dates(identity.born_on):
        found.add(form)
        found |= {make(form.encode()).hexdigest() for make in (hashlib.sha256, hashlib.md5, hashlib.sha1)}
        found |= {base64.b64encode(form.encode()).decode().rstrip("=")[:-1], form.encode().hex()}
    return {needle for needle in found if len(needle) >= GRAM}


class Haystack:
    """All that was written, indexed by six characters, so that a million searches take seconds."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.grams = {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}

    def holds(self, needle: str) -> bool:
        if any(needle[at : at + GRAM] not in self.grams for at in range(0, len(needle) - GRAM + 1, GRAM)):
            return False
        if needle.isdigit():  # eight digits occur in any long hash: alone they count only as a word
            return re.search(rf"(?<![0-9A-Za-z+/]){needle}(?![0-9A-Za-z+/])", self.text) is not None
        return needle in self.text


def everything(published: Path) -> str:
    """Every column of every table, every file of the published logs and the keys' names, as one text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                parts += [_text(value) for value in row if value is not None]
    for path in sorted(published.rglob("*")):
        parts.append(str(path.relative_to(published)))
        if path.is_file():
            data = path.read_bytes()
            parts.append(_text(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data))
    return "\n".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        data = bytes(value)
        return data.decode("utf-8", "replace") + "\n" + data.decode("latin-1")
    return str(value)


@pytest.fixture
def network(db: None, tmp_path: Path, settings: Any) -> Teller:
    settings.DEMO, settings.HOME = True, tmp_path / "home"
    for site in cast.SITES:
        perform.open_log(site)
    for player in cast.CAST.values():
        cast.enrol(player)
    teller = Teller({}, lambda line: None)
    story_network.tell(teller)
    return teller


def treat(teller: Teller, number: int, identity: Identity) -> str:
    """Refer, consent, confirm, identify and collect one child in Rome; gives the journey's code."""
    journey, coi = f"PRIV-J-{number:03d}", chain.mint("ROM", os.urandom(12))
    today = teller.start.date()
    months = identity.age_months(today)
    commitment = sealed.keep("ROM", journey, identity)
    form = {"journey": journey, "form_version": "ICF-1", "on": today.isoformat()}
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("physician", "refer-patient", {"journey": journey, "process": "ARI-0001", "age_months": months,
                                        "sex": "unknown", "commitment": commitment}),
        ("physician", "record-consent", {**form, "kind": "guardian-consent"}),
        ("physician", "record-consent", {**form, "kind": "child-assent"}),
        ("physician", "confirm-eligibility", {"journey": journey, "protocol": "DEMO-1"}),
        ("coordinator", "issue-coi", {"journey": journey, "coi": coi}),
        ("apheresis", "collect-cells", {"collection": f"{journey}-A", "journey": journey, "wristband": coi,
                                        "volume": {"value": "100", "unit": "mL"}}),
    ]  # fmt: skip
    perform.perform_all([request(teller, f"rom-{post}", "ROM", code, data) for post, code, data in acts])
    return journey


def test_no_identifier_of_two_hundred_children_is_found_anywhere(network: Teller, tmp_path: Path) -> None:
    known = {n: invented(n) for n in range(PATIENTS)}
    journeys = {n: treat(network, n, identity) for n, identity in known.items()}
    published = tmp_path / "published"
    for site in cast.SITES:
        read.write_tiles(site, str(published / site))
    text = everything(published)
    page, _ = read.search(action="refer-patient", limit=50)
    proofs = "\n".join(read.proof_of(seen) for seen in page)
    shown = "\n".join(str(to_plain(read.sheet(f"journey:{journey}").__dict__)) for journey in journeys.values())
    hay = Haystack("\n".join((text, proofs, shown)))

    hits = {(n, needle) for n, identity in known.items() for needle in needles(identity) if hay.holds(needle)}
    assert not hits, sorted(hits)[:5]
    assert journeys[0] in hay.text and "PRIV-J-199-A" in hay.text, "the search sees what is there"
    for n in (0, 1, 2, 3):
        assert sealed.open_sealed(journeys[n]) == known[n], "and the hospital still knows its patients"


def test_the_search_finds_every_shape() -> None:
    identity = invented(1)
    for leaked in (identity.family_name.upper(), identity.given_name[::-1], f"born {identity.born_on:%d.%m.%Y}",
                   base64.b64encode(f"x{identity.family_name}x".encode()).decode(),
                   hashlib.sha256(identity.hospital_number.encode()).hexdigest()):  # fmt: skip
        hay = Haystack(f"some words before, {leaked}, and after")
        assert any(hay.holds(needle) for needle in needles(identity)), leaked


def test_a_name_typed_into_a_reason_is_found(network: Teller, tmp_path: Path) -> None:
    """The search is not blind to the journal: what a careless person types is in the book for good."""
    for number in (1, 2):
        identity = invented(number)
        data = {"journey": treat(network, number, identity)}
        reason = f"Mother of {identity.given_name.lower()} called"
        perform.perform_all([request(network, "rom-physician", "ROM", "withdraw-consent", data, reason)])
        hay = Haystack(everything(tmp_path / "nothing"))
        assert {n for n in needles(identity) if hay.holds(n)}


def test_erasing_one_child_leaves_the_book_whole(network: Teller) -> None:
    first, second = (treat(network, n, invented(n)) for n in (7, 8))
    commitment = read.sheet(f"journey:{first}").commitment
    assert sealed.proves(first, commitment)
    data = {"journey": first}
    perform.perform_all([request(network, "rom-qa", "ROM", "erase-identity", data, "Asked for by the parents")])
    sealed.forget(first)
    assert sealed.open_sealed(first) is None
    assert not sealed.proves(first, commitment)
    assert sealed.open_sealed(second) == invented(8)
    assert read.sheet(f"journey:{first}").erased
    assert read.sheet(f"journey:{first}").commitment == commitment
    report = verify.verify()
    assert report.sound, report.first_bad()
