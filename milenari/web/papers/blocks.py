"""Blocks: what a paper is made of, as the printer's template (paper.typ) reads it.

Everything goes through ``runs``: a paper says exactly what the wording says, facts isolated.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import bidirectional
from xml.etree import ElementTree

import segno
import vl_convert
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from milenari.web import wording
from milenari.web.papers import fonts
from milenari.web.papers.runs import runs

Block = dict[str, Any]
DOTS = 3  # dots of a picture for one of the drawing's
UNSEEN = dict.fromkeys((0x2066, 0x2067, 0x2068, 0x2069))  # isolates, which have no letter and no use in a picture


def heading(text: Any, level: int = 2) -> Block:
    return {"k": "h", "level": level, "text": runs(_begun(text))}


def paragraph(text: Any, look: str = "") -> Block:
    return {"k": "p", "text": runs(text), "look": look}


def banner(look: str, title: Any, text: Any = "") -> Block:
    """A verdict that nobody overlooks; ``look`` is bad, warn, good or soft."""
    return {"k": "banner", "look": look, "title": runs(_begun(title)), "text": runs(text)}


def _begun(title: Any) -> Any:
    """A word of a closed list as the beginning of a line: with a capital where the script has them."""
    worded = conditional_escape(title)
    if worded.startswith("<"):
        return worded  # a code stays as it is
    return mark_safe(worded[:1].upper() + worded[1:])  # noqa: S308 - escaped above


def facts(items: Iterable[tuple[Any, Any]], columns: int = 3) -> Block:
    return {"k": "facts", "columns": columns, "items": [[runs(label), runs(value)] for label, value in items]}


def bullets(items: Iterable[Any]) -> Block:
    return {"k": "list", "items": [runs(item) for item in items]}


def line(value: Any, look: str | None = None, *, quiet: bool = False, strong: bool = False) -> Block:
    """One line of a cell; with a look it is a tag."""
    return {"runs": runs(value), "look": look, "quiet": quiet, "strong": strong}


def cell(value: Any) -> list[Block]:
    """A cell from a value, a line, or a list of them; nothing is written as a dash."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, (list, tuple)):
        return [made for one in value for made in cell(one)] or [line("—", quiet=True)]
    return [line(value if value not in (None, "") else "—")]


def row(*cells: Any, look: str = "") -> Block:
    return {"cells": [cell(one) for one in cells], "look": look}


def table(columns: Sequence[tuple[Any, float]], rows: Iterable[Block], empty: Any = "", size: float = 7.8) -> Block:
    """A table; a column is its title and its share of the width (0: as wide as it needs)."""
    return {
        "k": "table", "columns": [{"title": runs(title), "w": share} for title, share in columns],
        "rows": list(rows), "empty": runs(empty or _("None.")), "size": size,
    }  # fmt: skip


def by_hand(rows: Iterable[Any]) -> Block:
    """Rows for ink: what is to be signed, then name, signature, date and time."""
    titles = [_("What is signed"), _("Printed name"), _("Signature"), _("Date and time, with time zone")]
    return {"k": "sign", "titles": [runs(title) for title in titles], "rows": [runs(one) for one in rows]}


def picture(drawn: str, width_mm: float) -> Block:
    """A chart of the pages, so wide; its letters are the paper's own. Its title and description are its alternative."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 - drawn by this house
    told = [root.findtext("title") or "", root.findtext("desc") or ""]
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("font-family", "Noto Sans, Noto Sans Arabic, Noto Sans Math")
    for part in root.iter("a"):
        part.tag = "g"
        part.attrib.pop("href", None)
    svg = ElementTree.tostring(root, encoding="unicode").translate(UNSEEN)
    if any(bidirectional(sign) in ("R", "AL") for sign in "".join(root.itertext())):
        svg = _dots(svg, root.attrib["viewBox"])
    return {"k": "picture", "svg": svg, "width": width_mm, "alt": " ".join(told).translate(UNSEEN).strip()}


def _dots(svg: str, box: str) -> str:
    """The picture in dots: the printer cannot name the joined letters of a drawing, and then the paper is no PDF/A."""
    vl_convert.register_font_directory(str(fonts.FOLDER))
    png = b64encode(vl_convert.svg_to_png(svg, scale=DOTS, ppi=72)).decode()
    left, top, wide, tall = box.split()
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><image x="{left}" y="{top}" width="{wide}" '
            f'height="{tall}" href="data:image/png;base64,{png}"/></svg>')  # fmt: skip


def pictures(drawn: Iterable[str], width_mm: float) -> Block:
    """Charts beside each other, two in a row, each so wide."""
    return {"k": "pictures", "pictures": [picture(one, width_mm) for one in drawn]}


def together(*parts: Block) -> Block:
    """Blocks that stay on one page."""
    return {"k": "group", "blocks": list(parts)}


def new_page() -> Block:
    return {"k": "break"}


def qr(text: str, width_mm: float, alt: str) -> Block:
    """A QR code as SVG; the text is also printed wherever this is used."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, svgns=True, nl=False)
    return {"svg": out.getvalue().decode(), "width": width_mm, "alt": alt}


def labelled(label: Any, value: Any) -> SafeString:
    """A label, a colon and what a person wrote, in its own direction."""
    return format_html("{}: <bdi>{}</bdi>", label, value)


def labelled_as(label: Any, value: Any) -> SafeString:
    """A label, a colon and what the wording says, its parts isolated already."""
    return format_html("{}: {}", label, value)


def said(value: Any) -> SafeString:
    """What a person or a recipe wrote, in its own direction."""
    return format_html("<bdi>{}</bdi>", value) if value not in (None, "") else SafeString("")


def two_lines(value: Any, under: Any) -> SafeString:
    """What a person or a recipe wrote, and a quiet line under it."""
    return format_html('<bdi>{}</bdi><br><span class="quiet">{}</span>', value, under)


def after(first: Any, second: Any) -> SafeString:
    """Two parts of one line, with the language's comma between them."""
    return wording.joined([conditional_escape(first), conditional_escape(second)])


def by_fields(
    title: Any, fields: Iterable[tuple[Any, Any, Iterable[Any], Any]], hands: Iterable[Any], notes: Iterable[Any] = (),
    code: str = "",
) -> Block:  # fmt: skip
    """A frame to be filled in by hand: (label, limit, options or none, unit) for each field, then empty boxes.

    ``code`` is printed as a QR code, for the scanner when the sheet is entered afterwards.
    """
    heads = [_("What"), _("Limit"), _("Written by hand"), _("Unit")]
    picture = qr(code, 15, _("The number of this form as a code")) if code else {"svg": "", "width": 0, "alt": ""}
    return {
        "k": "form", "title": runs(title), "titles": [runs(head) for head in heads], **picture,
        "notes": [runs(note) for note in notes], "hands": [runs(hand) for hand in hands],
        "fields": [
            {"label": runs(label), "limit": runs(limit), "options": [runs(o) for o in options], "unit": runs(unit)}
            for label, limit, options, unit in fields
        ],
    }  # fmt: skip


def filled(template: Any, **facts: Any) -> SafeString:
    """A translated sentence with its facts, which the wording has isolated, in their places."""
    escaped = {key: conditional_escape(value) for key, value in facts.items()}
    return mark_safe(conditional_escape(str(template)) % escaped)  # noqa: S308 - both are escaped
