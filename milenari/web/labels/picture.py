"""Picture: what a printer would make of a label: a PNG as black and white dots, for reading back.

Reads the PNG that the typesetter writes (8 bits a channel, not interlaced, ISO/IEC 15948) and no other. A thermal
head knows no grey: what is darker than the middle is a dot.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


class NotAPicture(ValueError):
    """These bytes are no PNG of the kind that the typesetter writes."""


@dataclass(frozen=True)
class Dots:
    """Black and white dots row by row, one byte each: 0 is black, 255 white."""

    width: int
    height: int
    data: bytes


def dots_of(png: bytes) -> Dots:
    """The dots of a PNG by its first channel; NotAPicture when it is another format."""
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        raise NotAPicture("no PNG signature")
    parts = dict[bytes, bytes]()
    for name, data in _chunks(png):
        parts[name] = parts.get(name, b"") + data
    width, height, depth, colour, _packing, _filter, interlaced = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    if depth != 8 or colour not in _CHANNELS or interlaced:
        raise NotAPicture(f"depth {depth}, colour type {colour}, interlaced {interlaced}")
    channels = _CHANNELS[colour]
    raw = zlib.decompress(parts[b"IDAT"])
    stride = width * channels + 1
    rows, above = [], bytes(width)
    for n in range(height):
        line = raw[n * stride : (n + 1) * stride]
        # Filters work channel by channel, so the first channel alone can be restored.
        above = _restored(line[0], line[1::channels], above)
        rows.append(above.translate(_INK))
    return Dots(width, height, b"".join(rows))


_INK = bytes(0 if grey < 128 else 255 for grey in range(256))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _restored(kind: int, line: bytes, above: bytes) -> bytes:
    """One row with its filter undone (ISO/IEC 15948, 9.2)."""
    if kind == 0:
        return line
    if kind == 2:
        return bytes((a + b) & 255 for a, b in zip(line, above, strict=True)) if any(line) else above
    out = bytearray(len(line))
    left = corner = 0
    for n, value in enumerate(line):
        up = above[n]
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = _paeth(left, up, corner)
        left, corner = (value + guess) & 255, up
        out[n] = left
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    by_left, by_up, by_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner
