"""Runs: what the pages say, as a printer needs it: plain text and isolated parts with their direction.

The words on paper are the very words of the screens: the wording gives HTML with ``<bdi>`` around every
fact, and this file turns that into runs. A limit is therefore the same sentence on every page and paper.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from milenari.web.papers import fonts

Run = str | dict[str, Any]
Runs = list[Run]
# A code or number up to this length stays on one line.
WHOLE = 26
PAGE, PAGES = "\ue000", "\ue001"
_MARKS = {PAGE: "page", PAGES: "pages"}


def direction(text: str) -> str:
    """ "rtl" or "ltr" by the first letter that has a direction, as ``<bdi>`` without one does."""
    for sign in text:
        way = unicodedata.bidirectional(sign)
        if way in ("R", "AL"):
            return "rtl"
        if way == "L":
            return "ltr"
    return "ltr"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: Runs = []
        self.open: list[tuple[str, str, set[str]]] = []  # tag, direction, looks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.runs.append({"br": True})
            return
        given = dict(attrs)
        looks = set((given.get("class") or "").split())
        if tag == "strong":
            looks.add("strong")
        self.open.append((tag, (given.get("dir") or "auto") if tag == "bdi" else "", looks))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place][0] == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        text = fonts.printable(" ".join(data.split("\n")))
        if not text:
            return
        ways = [way for _, way, _ in self.open if way]
        looks: set[str] = set().union(*(look for _, _, look in self.open)) if self.open else set()
        strong, quiet = "strong" in looks, bool(looks & {"quiet", "zone"})
        if not ways and not strong and not quiet:
            self.runs.extend(_marked(text))
            return
        run: dict[str, Any] = {"t": text}
        if ways:
            way = direction(text) if ways[-1] == "auto" else ways[-1]
            # A name with blanks may end a line: kept whole in a narrow column, it would stand around the next name.
            run |= {"dir": way, "whole": len(text) <= WHOLE and (ways[-1] != "auto" or " " not in text)}
            if len(text) > WHOLE and " " not in text:
                run["t"] = _breakable(text)
        if strong:
            run["strong"] = True
        if quiet:
            run["quiet"] = True
        self.runs.append(run)


def _marked(text: str) -> Runs:
    runs: Runs = []
    rest = text
    while rest:
        cut = next((i for i, sign in enumerate(rest) if sign in _MARKS), len(rest))
        if cut:
            runs.append(rest[:cut])
        if cut < len(rest):
            runs.append({"mark": _MARKS[rest[cut]]})
        rest = rest[cut + 1 :]
    return runs


def _breakable(text: str) -> str:
    """A long code without blanks gets places where a line may end."""
    return "\u200b".join(text[i : i + 16] for i in range(0, len(text), 16))


def runs(value: Any) -> Runs:
    """Anything the wording gives (HTML that is safe, or text that is not) as runs."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    return list(_read(value if isinstance(value, SafeString) else str(conditional_escape(str(value)))))


@lru_cache(maxsize=4096)  # names, roles and words of closed lists stand on a long paper a thousand times
def _read(text: str) -> tuple[Run, ...]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return tuple(_joined_instants(reader.runs))


def _joined_instants(found: Runs) -> Runs:
    """Neighbours that were one isolated text (a time and its zone) stay one text, so that nothing parts them."""
    joined: Runs = []
    for run in found:
        last = joined[-1] if joined else None
        both = isinstance(run, dict) and isinstance(last, dict) and run.get("dir") and run.get("dir") == last.get("dir")
        if both and run.get("quiet") and last["t"].endswith(" "):  # type: ignore[index, union-attr]
            text = last["t"] + run["t"]  # type: ignore[index]
            joined[-1] = {**last, "t": text, "whole": len(text) <= WHOLE}  # type: ignore[dict-item]
        else:
            joined.append(run)
    return joined


def text_of(found: Iterable[Run]) -> str:
    """The bare text of runs, for titles and file names."""
    return "".join(run if isinstance(run, str) else run.get("t", " ") for run in found).replace("\u200b", "")
