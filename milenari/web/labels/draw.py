"""Draw: labels as PDF for the printer and as pictures at the printer's dots, each at its true size.

The typesetter gets the content's text and symbols, the house's fonts and nothing else; it measures every text and
refuses one that does not fit at the least size, so nothing ever runs over an edge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import get_language_info

from milenari.rules.action import Refused
from milenari.web.labels import sizes, texts
from milenari.web.labels.content import Content
from milenari.web.labels.symbols import symbols
from milenari.web.papers.fonts import letters

TEMPLATE = Path(__file__).parent / "label.typ"


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def _described(content: Content, resolution: str, specimen: bool) -> dict[str, Any]:
    size = sizes.SIZES[content.size]
    return {
        "serial": content.serial,
        "width": size.width,
        "height": size.height,
        "margin": size.margin,
        "least": size.least_pt,
        "most": size.most_pt,
        "language": content.language,
        "rtl": bool(get_language_info(content.language)["bidi"]),
        "lines": [{**asdict(line), "scale": "large" if size.full else "little"} for line in texts.lines(content)],
        "symbols": [
            {"rows": list(x.rows), "text": x.text, "dots": sizes.dots(size, resolution)} for x in symbols(content)
        ],
        "specimen": texts.specimen(content) if specimen else "",
    }


def _inputs(contents: Sequence[Content], resolution: str, specimen: bool) -> dict[str, str]:
    told = {
        "title": " ".join(dict.fromkeys(x.code for x in contents)),
        "dpi": sizes.DPI[resolution],
        "labels": [_described(x, resolution, specimen) for x in contents],
    }
    return {"labels": json.dumps(told)}


def _compiled(contents: Sequence[Content], resolution: str, specimen: bool, **how: Any) -> Any:
    try:
        return typst.compile(
            _template(), font_paths=letters(), ignore_system_fonts=True,
            sys_inputs=_inputs(contents, resolution, specimen), **how,
        )  # fmt: skip
    except typst.TypstError as fault:
        named = next((x for x in contents if f"does not fit: {x.serial}" in str(fault)), None)
        if named is None:
            raise
        least = sizes.SIZES[named.size].least_pt
        raise Refused("label-text-too-long", code=named.code, size=named.size, least_pt=f"{least:g}") from fault


def pictures(contents: Sequence[Content], resolution: str, specimen: bool = False) -> list[bytes]:
    """One PNG a label at the printer's dots; refused when a text does not fit."""
    made = _compiled(contents, resolution, specimen, format="png", ppi=sizes.DPI[resolution])
    return made if isinstance(made, list) else [made]


def sheet(contents: Sequence[Content], resolution: str) -> bytes:
    """The labels as one PDF, one a page at its true size, with selectable text."""
    made: bytes = _compiled(contents, resolution, False, format="pdf", timestamp=0)
    return made
