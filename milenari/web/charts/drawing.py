"""Drawing: a declarative Vega-Lite description into SVG that stands in the page, by vl-convert on the server.

Nothing is fetched: a description carries its rows inline, and one that names an address or a picture is refused. What
comes out is clean for the page's content security policy (no script, no style), takes the page's font, and keeps
left-to-right order on a right-to-left page, so that axes and numbers read as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

import vl_convert
from django.utils.safestring import SafeString, mark_safe

VERSION = "6.4"  # of Vega-Lite; vl-convert carries several
KEPT = 256  # drawings held in memory
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
HERE = "https://page.invalid"  # stands for this site while Vega holds an address; taken off again

# The house's tokens, as in milenari.css; a test compares them.
INK, QUIET, LINE, PAPER, MAIN = "#17252f", "#50616d", "#c9d4db", "#fff", "#0b5a72"
GOOD, WARN, BAD = "#1c6b3c", "#7a5100", "#a3161c"


def theme() -> dict[str, Any]:
    """The look of every chart, as a Vega-Lite config."""
    text = {"labelColor": QUIET, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 600}
    return {
        "background": None,
        "font": "sans-serif",  # only to measure with; the page's own font is drawn
        "padding": 6,
        "view": {"stroke": None},
        "axis": {**text, "gridColor": LINE, "domainColor": QUIET, "tickColor": QUIET, "labelLimit": 220},
        "legend": {
            **text,
            "labelColor": INK,
            "orient": "top",
            "title": None,
            "labelLimit": 320,
            "symbolSize": 90,
            "columnPadding": 20,
        },
        "header": text,
        "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start"},
        "mark": {"color": MAIN},
        "text": {"color": INK, "fontSize": 12},
        "rule": {"color": QUIET},
        "line": {"color": MAIN, "strokeWidth": 1.5},
        "point": {"color": MAIN, "filled": True, "opacity": 1, "size": 70},
        "bar": {"color": MAIN},
        "range": {"category": [MAIN, WARN, GOOD, BAD, QUIET]},
    }


def svg(spec: dict[str, Any], *, title: str, description: str) -> SafeString:
    """The drawing of a Vega-Lite `spec` with inline rows; `title`, `description` and texts in it already translated.

    A row's `href` (a path of this site, or None) may be encoded as `href`, a text as `description`: then the mark is a
    link with that text as its name and tip. Without links the drawing is one picture to a screen reader.

    Raises ValueError for a spec that would fetch something, links to another site, or is no valid Vega-Lite.
    """
    for place in _places(spec):
        raise ValueError(f"a chart fetches nothing: {place}")
    return _drawn(json.dumps(spec, sort_keys=True, default=str), title, description)


def isolate(text: str) -> str:
    """A number or code inside a chart's sentence: kept left-to-right by Unicode isolates, since SVG has no `bdi`."""
    return f"\u2066{text}\u2069"


def warm() -> None:
    """Start the drawing engine before the first page asks for a chart (about half a second). Never before a fork."""
    svg({"data": {"values": []}, "mark": "point"}, title="", description="")


def _places(part: Any, inside: str = "spec") -> Iterator[str]:
    """Where a description names something outside itself. Rows are facts, not instructions: only links are read."""
    if isinstance(part, dict):
        for name, held in part.items():
            if name == "values" and isinstance(held, list):
                links = [row["href"] for row in held if isinstance(row, dict) and row.get("href") is not None]
                yield from (f"link to {x}" for x in links if not str(x).startswith("/") or str(x).startswith("//"))
            elif name in ("url", "fontFace") or held == "image":
                yield f"{inside}.{name}"
            else:
                yield from _places(held, f"{inside}.{name}")
    elif isinstance(part, list):
        for held in part:
            yield from _places(held, inside)


@lru_cache(maxsize=KEPT)
def _drawn(text: str, title: str, description: str) -> SafeString:
    spec = json.loads(text)
    _anchored(spec)
    spec["config"] = theme() | spec.get("config", {})
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[])
    name = "chart-" + sha256(f"{text}\0{title}\0{description}".encode()).hexdigest()[:12]
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own renderer's output
    linked = _cleaned(root, name)
    root.attrib = {
        "class": "chart", "viewBox": root.attrib["viewBox"], "direction": "ltr",
        "role": "group" if linked else "img", "aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-desc",
    }  # fmt: skip
    for place, (tag, said) in enumerate((("title", title), ("desc", description))):
        told = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
        told.text = said
        root.insert(place, told)
    return mark_safe(ElementTree.tostring(root, encoding="unicode"))  # noqa: S308 - serialised, so escaped


def _anchored(part: Any) -> None:
    """Vega resolves links against an address; give it one that is taken off again."""
    if isinstance(part, dict):
        for name, held in part.items():
            if name == "values" and isinstance(held, list):
                for row in held:
                    if isinstance(row, dict) and "href" in row:
                        row["href"] = HERE + (row["href"] or "")
            else:
                _anchored(held)
    elif isinstance(part, list):
        for held in part:
            _anchored(held)


def _cleaned(root: ElementTree.Element, name: str) -> bool:
    """Strip what only Vega's own viewer needs; whether there are links. Names of parts become this drawing's own."""
    linked = False
    ids = {part.attrib["id"]: f"{name}-{place}" for place, part in enumerate(root.findall(".//*[@id]"))}
    for part in root.iter():
        part.tag = str(part.tag).removeprefix(SVG)
        if part.tag == "a":
            linked = _linked(part) or linked
        for key in list(part.attrib):
            if key.startswith("aria-") or key in ("role", "style", "font-family", "pointer-events", "cursor"):
                del part.attrib[key]
            elif part.attrib[key].startswith("url(#"):
                part.set(key, f"url(#{ids[part.attrib[key][5:-1]]})")
            elif key == "id":
                part.set("id", ids[part.attrib["id"]])
        if part.tag == "text":
            part.set("unicode-bidi", "plaintext")
    return linked


def _linked(part: ElementTree.Element) -> bool:
    """A mark with an address becomes a link named by its description; one without becomes a plain group."""
    address = part.attrib.pop(LINK, "")
    part.attrib.clear()
    told = ElementTree.Element("title")
    told.text = part[0].get("aria-label", "") if len(part) else ""
    part.insert(0, told)
    if not address.startswith(HERE + "/"):
        part.tag = "g"
        return False
    part.set("href", address.removeprefix(HERE))
    return True
