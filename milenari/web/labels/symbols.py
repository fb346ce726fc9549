"""Symbols: the machine-readable marks of a label, each with what it must say when read again.

Data Matrix (ISO/IEC 16022) throughout, GS1 Data Matrix for the shipper's code; made by zxing-cpp and read back by
it from the picture, at the dots of the printer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import zxingcpp

from milenari.web.labels import gs1, isbt
from milenari.web.labels.content import Content


@dataclass(frozen=True)
class Symbol:
    """A symbol: its scheme, the text in it, and its modules row by row, ``1`` for dark."""

    scheme: str
    text: str
    rows: tuple[str, ...]

    @property
    def side(self) -> int:
        return len(self.rows)


def symbols(content: Content) -> list[Symbol]:
    """The symbols of a label: always the house's own, which bears the label's number; then that of a standard."""
    found = [_drawn("own", content.symbol)]
    if content.scheme == "isbt-128":
        found.append(_drawn("isbt-128", compound_of(content)))
    if content.sscc:
        found.append(_drawn("gs1", gs1.element_string(content.sscc), gs1=True))
    return found


def compound_of(content: Content) -> str:
    """The ISBT 128 compound message of a label: donation number, product, and the instant of expiry if there is one."""
    parts = [isbt.donation(content.din[:13]), f"=<{content.product_code}"]
    if content.use_by:
        parts.append(isbt.instant("&>", content.use_by, content.zone))
    return isbt.compound(*parts)


def _drawn(scheme: str, text: str, **how: bool) -> Symbol:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, **how)
    drawn: Any = made.to_image(scale=1, add_quiet_zones=False)  # lends its bytes, which its type does not say
    picture = memoryview(drawn)
    height, width = picture.shape or (0, 0)
    flat = picture.tobytes()
    rows = tuple("".join("0" if x else "1" for x in flat[n * width : (n + 1) * width]) for n in range(height))
    return Symbol(scheme, text, rows)
