"""Verifier: the one HTML file that checks a shipment's codes with no network, no node and nothing installed.

Its parts lie in ``data/verifier``; here they become one page with the network's charters inside. The
Content-Security-Policy names its only script and style by their hashes and allows no connection at all.
"""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from milenari.journal.exchange.members import follow

PARTS = Path(__file__).parent / "data" / "verifier"
LIBRARY = "noble-ed25519.js"
LANGUAGES = ("en", "es", "ca", "it", "fr", "ar")


def page(charters: str = "") -> str:
    """The page as text; ``charters`` are the notes of the network, or "" to have them given by who uses it."""
    if charters:
        follow(charters)
    style = _part("page.css")
    script = f"(() => {{\n{_library()}\n{_part('proof.js')}\n{_part('passkey.js')}\n{_part('page.js')}}})();\n"
    policy = "; ".join((
        "default-src 'none'", f"script-src '{_hash(script)}'", f"style-src '{_hash(style)}'", "img-src blob: data:",
        "media-src blob: mediastream:", "connect-src 'none'", "base-uri 'none'", "form-action 'none'",
    ))  # fmt: skip
    filled = {
        "policy": policy, "style": style, "script": script, "texts": _data(texts()),
        "charters": _data(charters),
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda found: filled[found[1]], _part("page.html"))


def texts() -> dict[str, Any]:
    """What the page says, by language; not by gettext, since the page has to say it with nothing around it."""
    return {language: json.loads(_part(f"texts/{language}.json")) for language in LANGUAGES}


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _library() -> str:
    """The Ed25519 library as it was published, its export turned into a value."""
    text = _part(LIBRARY)
    body, names = re.fullmatch(r"(.*)^export \{([^}]*)\};\s*", text, re.S | re.M).groups()  # type: ignore[union-attr]
    return f"const ed = (() => {{\n{body}\nreturn {{{names}}};\n}})();"


def _data(value: object) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()
