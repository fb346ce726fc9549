"""Sizes: how large labels are, how fine their symbols are drawn, and how small their letters may become.

Sizes are those of common carriers; measure yours and choose the next smaller one. Letters shrink until the text
fits, never below ``least_pt``; a text that does not fit then is refused, not cut off. A symbol's module is a whole
number of the printer's dots, so that no edge falls between two of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """One label: width, height and margin in mm, letters in points, the wished width of a module in mm."""

    width: float
    height: float
    margin: float
    least_pt: float
    most_pt: float
    module: float
    full: bool  # whether product, maker and dates stand on it besides what identifies and warns
    bare: bool = False  # whether even the names of volume and temperature are left out


SIZES: dict[str, Size] = {
    "vial": Size(33, 13, 0.75, 4.5, 7, 0.25, False, True),  # a 2 mL cryovial
    "tube": Size(45, 20, 1.0, 5, 8, 0.25, False),  # a sample tube
    "small-bag": Size(50, 25, 1.25, 5, 9, 0.375, False),  # a 5 mL bag
    "bag": Size(76, 38, 1.5, 5, 10, 0.5, True),  # a 50 mL bag
    "large-bag": Size(90, 55, 2.0, 6, 12, 0.625, True),  # the insert of a 250 mL cryobag
    "a6": Size(105, 148, 5.0, 8, 16, 1.0, True),  # a shipper
}
FOR_KIND: dict[str, tuple[str, ...]] = {
    "collection-bag": ("large-bag", "bag"),
    "vector-container": ("vial", "small-bag", "bag"),
    "product-bag": ("bag", "large-bag", "small-bag"),
    "sample-tube": ("tube", "vial"),
    "shipper": ("a6",),
}
DPI = {"standard": 203.2, "fine": 300.0, "finest": 600.0}  # 203 is sold for 8 dots in a mm


def dots(size: Size, resolution: str) -> int:
    """How many printer dots one module of the symbol is wide: the nearest whole number, at least two."""
    return max(2, round(size.module * DPI[resolution] / 25.4))
