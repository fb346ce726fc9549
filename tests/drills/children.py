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

import numpy as np

from milenari.journal.sealed import Identity
from tests.scenarios.test_privacy import GRAM, invented, needles, shapes

PIECE = 1 << 16  # signs of a text hashed at a time
BITS, FACTORS = 26, (0x0019660D, 0x41C64E6D)  # known multipliers of 32-bit generators (Numerical Recipes; POSIX rand)

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


class Watch:
    """Everything that must be found nowhere, of thousands of children: millions of shapes.

    What leaves a node for them is gigabytes, so a text is read once for all of them: of every place the next six signs
    are hashed in two ways, and only where both hashes are some shape's is the place compared (after Karp & Rabin 1987).
    """

    def __init__(self, children: dict[int, Identity]) -> None:
        self.shapes: dict[str, list[tuple[int, str]]] = {}
        for number, identity in children.items():
            for needle in wanted(identity):
                self.shapes.setdefault(needle[:GRAM], []).append((number, needle))
        starts = _signs("".join(self.shapes))
        self.known = []
        for factor in FACTORS:
            known = np.zeros(1 << BITS, bool)
            known[_hashed(starts, factor)[::GRAM]] = True
            self.known.append(np.packbits(known, bitorder="little"))  # small enough for a processor's cache

    def leaks(self, text: str) -> Iterator[tuple[int, str]]:
        """Which child is named in it, and how."""
        for begin in range(0, len(text) - GRAM + 1, PIECE):
            signs = _signs(text[begin : begin + PIECE + GRAM - 1])
            places = np.arange(len(signs) - GRAM + 1)
            for known, factor in zip(self.known, FACTORS, strict=True):
                hashed = _hashed(signs, factor)[places]
                places = places[known[hashed >> 3] >> (hashed & 7).astype(np.uint8) & 1 == 1]
            for at in (places + begin).tolist():
                for number, needle in self.shapes.get(text[at : at + GRAM], ()):
                    end = at + len(needle)
                    if text.startswith(needle, at) and (not needle.isdigit() or _alone(text, at, end)):
                        yield number, needle


def _signs(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _hashed(signs: np.ndarray, factor: int) -> np.ndarray:
    """Of each six signs in turn a multiplicative hash, (n - 5,) of BITS bits."""
    by, squared = np.uint32(factor), np.uint32(factor**2 % (1 << 32))
    two = signs[:-1] * by + signs[1:]
    six = (two[:-4] * squared + two[2:-2]) * squared + two[4:]
    return six * np.uint32(0x9E3779B1) >> np.uint32(32 - BITS)  # near 2^32 over the golden ratio: mixes upwards


def _alone(text: str, begin: int, end: int) -> bool:
    """Whether these digits stand as a word: eight digits occur in any long hash."""
    around = text[max(0, begin - 1) : begin] + text[end : end + 1]
    return not re.search(r"[0-9A-Za-z+/]", around)
