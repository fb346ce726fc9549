"""Content: the one object of which a label's text and its symbols are made (house rule LBL-2).

It is built from what the rule froze into the entry, never from a register or a screen, so that a label printed and
a label looked at years later say the same. No patient's name is among its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from milenari.rules import carrier
from milenari.words import Facts, day, utc


@dataclass(frozen=True)
class Content:
    """Everything on one label. Volumes in mL, cells in 10*6; instants in UTC, shown in ``zone``."""

    kind: str
    serial: str
    code: str
    symbol: str  # text of the house's own symbol
    size: str
    language: str
    site: str
    zone: str
    storage: str
    printed_on: date
    statements: tuple[str, ...]
    coi: str = ""
    copy: int = 1
    biohazard: bool = False
    of: str = ""
    product: str = ""
    lot: str = ""
    batch: str = ""
    volume_ml: str = ""
    cells_e6: str = ""
    part: int = 0
    parts: int = 0
    use_by: datetime | None = None
    expires_on: date | None = None
    made_at: datetime | None = None
    made_by: str = ""
    thing: str = ""
    transfer: int = 0
    to_site: str = ""
    from_name: str = ""
    to_name: str = ""
    sscc: str = ""
    scheme: str = "own"
    din: str = ""
    product_code: str = ""
    product_text: str = ""
    template: str = "1"

    @property
    def own(self) -> carrier.Carrier:
        """What the house's own symbol must say: the same fields that stand in the text."""
        return carrier.Carrier(self.kind, self.serial, self.code, self.coi)


_INSTANTS, _DAYS = ("use_by", "made_at"), ("expires_on", "printed_on")


def contents(given: Facts) -> list[Content]:
    """The labels of one act of printing, in their order, from its frozen facts."""
    return [_content({**given["content"], **label}) for label in given["labels"]]


def _content(facts: Facts) -> Content:
    values = dict(facts)
    values["statements"] = tuple(values["statements"]) + (("biohazard",) if values["biohazard"] else ())
    for name in _INSTANTS:
        values[name] = utc(values[name]) if values.get(name) else None
    for name in _DAYS:
        values[name] = day(values[name]) if values.get(name) else None
    return Content(**values)
