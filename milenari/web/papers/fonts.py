"""Fonts: the letters that papers and labels are printed with, and what they cannot print.

The fonts travel with the platform (Noto, OFL), so a paper has the same bytes on every machine. A sign that
they do not hold is printed as its code point in brackets: nothing vanishes, and no record stays unprinted
because somebody typed an unusual letter. The same holds for controls that would turn text around.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from pathlib import Path

import typst

FOLDER = Path(__file__).parent / "fonts"
# Needs no letter: where a line may end, and the marks that become page numbers.
UNSEEN = "\u200b\ue000\ue001"


@cache
def letters() -> typst.Fonts:
    """The house's fonts for the typesetter, and no other."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


@cache
def covered() -> frozenset[int]:
    """Code points that both weights of a family hold, or the mathematical signs (one weight)."""
    upright: set[int] = set()
    for family in ("NotoSans", "NotoSansArabic"):
        upright |= _held(FOLDER / f"{family}-Regular.ttf") & _held(FOLDER / f"{family}-Bold.ttf")
    return frozenset(upright | _held(FOLDER / "NotoSansMath-Regular.ttf"))


def _held(font: Path) -> set[int]:
    """The code points of a TrueType file's character map (formats 4 and 12)."""
    data = font.read_bytes()
    tables = {data[at : at + 4]: at for at in range(12, 12 + 16 * struct.unpack(">H", data[4:6])[0], 16)}
    start = struct.unpack(">I", data[tables[b"cmap"] + 8 : tables[b"cmap"] + 12])[0]
    held: set[int] = set()
    for number in range(struct.unpack(">H", data[start + 2 : start + 4])[0]):
        record = start + 4 + 8 * number
        at = start + struct.unpack(">I", data[record + 4 : record + 8])[0]
        form = struct.unpack(">H", data[at : at + 2])[0]
        if form == 12:
            for group in range(struct.unpack(">I", data[at + 12 : at + 16])[0]):
                first, last = struct.unpack(">II", data[at + 16 + 12 * group : at + 24 + 12 * group])
                held.update(range(first, last + 1))
        elif form == 4:
            half = struct.unpack(">H", data[at + 6 : at + 8])[0]
            lasts = struct.unpack(f">{half // 2}H", data[at + 14 : at + 14 + half])
            firsts = struct.unpack(f">{half // 2}H", data[at + 16 + half : at + 16 + 2 * half])
            for first, last in zip(firsts, lasts, strict=True):
                held.update(range(first, last + 1))
    return held - {0xFFFF}


def printable(text: str) -> str:
    """The text with every sign that would be missing, or would turn other text around, as its code point."""
    return "".join(sign if _prints(sign) else f"[U+{ord(sign):04X}]" for sign in unicodedata.normalize("NFC", text))


def _prints(sign: str) -> bool:
    if sign in UNSEEN:
        return True
    if unicodedata.category(sign) in ("Cc", "Cf"):
        return False
    return ord(sign) in covered()
