"""Check: a label's picture is read again by software and compared with its content before it may be printed.

House rule LBL-1. The picture is reduced to the black and white dots of a thermal head, all symbols in it are read,
and what they say is parsed and compared field by field with the one content object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import zxingcpp

from milenari.rules import carrier
from milenari.rules.action import Refused
from milenari.web.labels import gs1, isbt
from milenari.web.labels.content import Content
from milenari.web.labels.picture import NotAPicture, dots_of
from milenari.web.labels.symbols import compound_of

_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)


@dataclass(frozen=True)
class Difference:
    """What a picture said otherwise than the content: the field, what was meant, what was read."""

    field: str
    meant: str
    read: str


@dataclass(frozen=True)
class Verdict:
    """What reading one picture back gave; it may be printed only if nothing differs."""

    content: Content
    read: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def good(self) -> bool:
        return not self.differences


def verdict(content: Content, png: bytes) -> Verdict:
    """Read one picture and compare everything in it with the content."""
    try:
        dots = dots_of(png)
    except NotAPicture as fault:
        return Verdict(content, (), (Difference("picture", "PNG", str(fault)),))
    lent: Any = dots.data  # bytes do; its type names arrays only
    view = zxingcpp.ImageView(lent, dots.width, dots.height, zxingcpp.ImageFormat.Lum)
    found = zxingcpp.read_barcodes(view, formats=_FORMATS)
    read = tuple(sorted(x.text for x in found))
    differences = [*_own(content, read), *_isbt(content, read), *_gs1(content, read)]
    meant = 1 + (content.scheme == "isbt-128") + bool(content.sscc)
    if len(read) != meant:
        differences.append(Difference("symbols", str(meant), str(len(read))))
    return Verdict(content, read, tuple(differences))


def _own(content: Content, read: Sequence[str]) -> list[Difference]:
    said = None
    for text in read:
        try:
            said = said or carrier.read(text)
        except Refused as refused:
            return [Difference("symbol", content.symbol, f"{text} ({refused.code})")]
    if said is None:
        return [Difference("symbol", content.symbol, "")]
    meant = content.own
    pairs = (("kind", meant.kind, said.kind), ("serial", meant.serial, said.serial), ("code", meant.code, said.code),
             ("coi", meant.coi, said.coi))  # fmt: skip
    return [Difference(name, a, b) for name, a, b in pairs if a != b]


def _isbt(content: Content, read: Sequence[str]) -> list[Difference]:
    if content.scheme != "isbt-128":
        return []
    text = next((x for x in read if x.startswith(("=", "&"))), "")
    try:
        items = {item.name: item for item in isbt.read(text)}
    except Refused:
        return [Difference("isbt-128", compound_of(content), text)]
    donated, product, expiry = (items.get(x) for x in ("donation-number", "product-code", "expiry-instant"))
    same = donated is not None and "".join(donated.parts[:3]) == content.din[:13]
    same = same and product is not None and "".join(product.parts) == content.product_code
    if content.use_by:
        minute = content.use_by.replace(second=0, microsecond=0)
        same = same and expiry is not None and isbt.instant_of(expiry.parts[0], content.zone) == minute
    return [] if same else [Difference("isbt-128", compound_of(content), text)]


def _gs1(content: Content, read: Sequence[str]) -> list[Difference]:
    if not content.sscc:
        return []
    found = next((x for x in map(gs1.read_sscc, read) if x), "")
    return [] if found == content.sscc else [Difference("gs1", content.sscc, found)]


def require_readable(verdicts: Sequence[Verdict]) -> None:
    """Refuse to print when a picture says anything else than its content; says which label and what differed."""
    for one in verdicts:
        for differing in one.differences:
            raise Refused("label-read-differently", label=one.content.serial, differing=differing.field,
                          expected=differing.meant, found=differing.read)  # fmt: skip
