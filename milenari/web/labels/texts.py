"""Texts: what a person reads on a label, in the label's own language, every value from the one content object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from milenari.web.labels import gs1
from milenari.web.labels.content import Content
from milenari.web.labels.sizes import SIZES
from milenari.web.papers.fonts import printable

LOUD, KEY, PLAIN, SMALL = "loud", "key", "plain", "small"

TITLES = {
    "collection-bag": _("Collected cells"),
    "vector-container": _("Viral vector"),
    "product-bag": _("CAR-T cells"),
    "sample-tube": _("Sample"),
    "shipper": _("Biological material in transport"),
}
THINGS = {
    "collection": _("Collected cells"),
    "container": _("Viral vector"),
    "dose": _("CAR-T cells"),
}
STATEMENTS = {
    "autologous-only": _("For autologous use only"),
    "trial-only": _("For clinical trial use only"),
    "not-for-infusion": _("Not for infusion. For further manufacture or testing only."),
    "intravenous": _("For intravenous infusion. Check the patient twice."),
    "do-not-irradiate": _("Do not irradiate"),
    "gm-organisms": _("Contains genetically modified organisms"),
    "gm-cells": _("Contains genetically modified cells"),
    "out-of-specification": _("Out of specification: supplied at the physician's request"),
    "biohazard": _("Biological hazard"),
    "urgent-material": _("Made for patients. Keep upright, deliver without delay."),
}
SHORT = {
    "autologous-only": _("Autologous use only"),
    "not-for-infusion": _("Not for infusion"),
    "gm-organisms": _("Genetically modified"),
    "gm-cells": _("Genetically modified cells"),
}
STORAGE = {
    "vapour-phase": _("Keep in the vapour of liquid nitrogen, at most %(limit)s"),
    "deep-frozen": _("Keep deep-frozen, at most %(limit)s"),
    "refrigerated": _("Keep refrigerated, %(limit)s"),
    "room-temperature": _("Keep at %(limit)s, do not freeze"),
}
STORAGE_SHORT = _("Store: %(limit)s")
LIMITS = {"vapour-phase": "−150 °C", "deep-frozen": "−60 °C", "refrigerated": "2–8 °C", "room-temperature": "15–25 °C"}
UPPER_ONLY = ("vapour-phase", "deep-frozen")
CAPTIONS: dict[str, Any] = {
    "coi": _("Chain of identity"),
    "code": _("Code"),
    "product": _("Product"),
    "lot": _("Lot"),
    "batch": _("Batch"),
    "part": _("Fraction"),
    "cells": _("CAR-positive viable cells"),
    "volume": _("Volume"),
    "use_by": _("Use by"),
    "expires": _("Expiry"),
    "no_expiry": _("Expiry: by the lot's certificate"),
    "collected": _("Collected"),
    "sampled": _("Sampled"),
    "harvested": _("Harvested"),
    "made_by": _("Made at"),
    "from": pgettext_lazy("sender on a shipping label", "From"),
    "to": pgettext_lazy("receiver on a shipping label", "To"),
    "transfer": _("Transfer number"),
    "din": _("Donation identification number"),
    "label": _("Label"),
    "specimen": _("SPECIMEN"),
}


@dataclass(frozen=True)
class Line:
    """One line of a label: a caption, a value that is never broken or turned around, or a sentence."""

    level: str
    caption: str = ""
    value: str = ""
    tail: str = ""
    alone: bool = False  # on a line of its own however small the label


def lines(content: Content) -> list[Line]:
    """The text of a label, most important first; small labels leave out what does not identify or warn."""
    full = SIZES[content.size].full
    with override(content.language):
        made = [*_head(content, full), *_body(content, full), *_foot(content, full)]
        return [
            replace(x, caption=printable(x.caption), value=printable(x.value), tail=printable(x.tail))
            for x in made
            if x.caption or x.value
        ]


def specimen(content: Content) -> str:
    """The word that lies across a picture which is not a label."""
    with override(content.language):
        return str(CAPTIONS["specimen"])


def _of(name: str, value: Any, level: str = PLAIN, alone: bool = False) -> list[Line]:
    return [Line(level, f"{CAPTIONS[name]}:", str(value), alone=alone)] if value not in ("", None) else []


def _head(content: Content, full: bool) -> list[Line]:
    title = THINGS[content.thing] if content.kind == "shipper" else TITLES[content.kind]
    found = [Line(LOUD, str(TITLES["shipper"]))] if content.kind == "shipper" else []
    if content.kind == "shipper":
        found.append(Line(KEY, f"{title}:", content.code))
    else:
        found += [Line(LOUD, str(title), alone=True)] if full else []
        found.append(Line(KEY, "" if not full else f"{CAPTIONS['code']}:", content.code, alone=True))
    if content.coi:
        found.append(Line(KEY, f"{CAPTIONS['coi']}:" if full else "", content.coi, alone=True))
    return found


def _body(content: Content, full: bool) -> list[Line]:
    if content.kind == "shipper":
        return _transport(content)
    bare = SIZES[content.size].bare
    found: list[Line] = []
    if full:
        found += _of("product", content.product_text or content.product)
        found += _of("lot", content.lot)
        found += _of("batch", content.batch)
        found += _of("made_by", content.made_by)
        found += _of("din", content.din)
    if content.parts:
        found += _of("part", f"{content.part}/{content.parts}")
    if content.cells_e6 and full:
        found += _of("cells", f"{content.cells_e6} × 10⁶")
    if content.volume_ml:
        found += [Line(PLAIN, "", f"{content.volume_ml} mL")] if bare else _of("volume", f"{content.volume_ml} mL")
    if full or content.kind == "sample-tube":
        dated = {"collection-bag": "collected", "sample-tube": "sampled"}.get(content.kind, "harvested")
        found += _of(dated, _when(content.made_at, content.zone))
    until = _until(content, bare)
    return [*found, *until] if full else [*until, *found]


def _until(content: Content, bare: bool) -> list[Line]:
    if content.use_by:
        return _of("use_by", _when(content.use_by, content.zone), KEY, True)
    if content.expires_on:
        return _of("expires", content.expires_on.isoformat(), KEY, not bare)
    return [Line(PLAIN, str(CAPTIONS["no_expiry"]))] if content.kind == "vector-container" else []


def _transport(content: Content) -> list[Line]:
    named = [
        Line(KEY, f"{CAPTIONS['from']}:", content.site),
        Line(PLAIN, content.from_name),
        Line(KEY, f"{CAPTIONS['to']}:", content.to_site),
        Line(PLAIN, content.to_name),
    ]
    number = [Line(SMALL, "", gs1.element_string(content.sscc))] if content.sscc else []
    return [*named, *_of("transfer", content.transfer), *number]


def _foot(content: Content, full: bool) -> list[Line]:
    limit = LIMITS[content.storage]
    if full:
        sentence = str(STORAGE[content.storage])
    else:
        sentence = "%(limit)s" if SIZES[content.size].bare else str(STORAGE_SHORT)
        limit = f"≤ {limit}" if content.storage in UPPER_ONLY else limit
    before, _sep, behind = sentence.partition("%(limit)s")
    found = [Line(PLAIN, before.strip(), limit, behind)]
    for code in content.statements:
        told = STATEMENTS[code] if full else SHORT.get(code)
        loud = code in ("autologous-only", "not-for-infusion", "biohazard", "out-of-specification")
        if told is None and not full:
            told = STATEMENTS[code] if loud or code == "trial-only" else None
        if told is not None:
            found.append(Line(KEY if loud else PLAIN, str(told)))
    found += [Line(SMALL, f"{CAPTIONS['label']}:" if full else "", content.serial)]
    return found


def _when(at: datetime | None, zone: str) -> str:
    """A local time with its zone and offset, so that it can be misread nowhere."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M} {local:%z}"
