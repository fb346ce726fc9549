"""Children: invented identities whose parts occur in no text by chance, and every shape in which one could leak.

Names in Latin and Arabic letters, hospital numbers in the ways that hospitals write them, birth dates. What is searched
for is each of them as it is and as somebody or some program could have changed it: cases, reversed, without accents,
romanised, URL- and JSON-escaped, base64 at every offset, hexadecimal, SHA-256, SHA-1 and MD5, dates in every order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import ahocorasick

from milenari.journal.sealed import Identity
from tests.scenarios.test_privacy import GRAM, invented, needles, shapes

TOGETHER = 2_000  # children whose shapes are held in memory at the same time

# One common way to write Arabic names in Latin letters (after ISO 233-2, short vowels unknown): enough to find a name
# that a program has romanised letter by letter.
ROMAN = dict(zip("ءبتثجحخدذرزسشصضطظعغفقكلمنهوي", (
    "'", "b", "t", "th", "j", "h", "kh", "d", "dh", "r", "z", "s", "sh", "s", "d", "t", "z", "'", "gh", "f", "q", "k",
    "l", "m", "n", "h", "w", "y"), strict=True))  # fmt: skip


def child(number: int) -> Identity:
    """A child of some number, always the same."""
    digits = f"{int.from_bytes(sha256(f'number {number}'.encode()).digest()[:8], 'big'):020d}"
    known = invented(number)
    forms = (
        known.hospital_number,
        digits[:10],  # plain digits
        f"NHC {digits[:4]} {digits[4:8]} {digits[8:12]}",
        f"{digits[:3]}/{digits[3:7]}-{digits[7:11]}",
        digits[:11].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),  # as written in Amman and Beirut
    )
    return replace(known, hospital_number=forms[number % len(forms)])


def wanted(identity: Identity) -> set[str]:
    """Everything that must be found nowhere."""
    found = needles(identity)
    for name in (identity.family_name, identity.given_name):
        if any(letter in ROMAN for letter in name):
            found |= set(shapes("".join(ROMAN.get(letter, letter) for letter in name)))
    bare = re.sub(r"[ /-]", "", identity.hospital_number)
    western = bare.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))
    for written in {bare, western}:
        found |= set(shapes(written))
    return {needle for needle in found if len(needle) >= GRAM}


def leaks(text: str, children: dict[int, Identity]) -> Iterator[tuple[int, str]]:
    """Which child is named in it, and how. Thousands of children have millions of shapes, and what leaves a node for
    them is hundreds of megabytes: a text is read once for all shapes of some children (Aho & Corasick 1975)."""
    numbers = list(children)
    for begin in range(0, len(numbers), TOGETHER):
        watch = ahocorasick.Automaton()
        for number in numbers[begin : begin + TOGETHER]:
            for needle in wanted(children[number]):
                watch.add_word(needle, (number, needle))
        watch.make_automaton()
        for last, (number, needle) in watch.iter(text):
            if not needle.isdigit() or _alone(text, last - len(needle) + 1, last + 1):
                yield number, needle


def _alone(text: str, begin: int, end: int) -> bool:
    """Whether these digits stand as a word: eight digits occur in any long hash."""
    around = text[max(0, begin - 1) : begin] + text[end : end + 1]
    return not re.search(r"[0-9A-Za-z+/]", around)
