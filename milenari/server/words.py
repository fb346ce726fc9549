"""Words: what the interface says in the reader's language, taken from the screens' wording.

The two rooms do not know each other; this one knows both (decision 10).
"""

from __future__ import annotations

import re
from html import unescape

from django.utils.html import strip_tags
from django.utils.translation import get_language_bidi

from milenari.rules.action import Refused
from milenari.web import wording

LEFT_TO_RIGHT, FIRST_STRONG, END = "\u2066", "\u2068", "\u2069"


def plain(markup: str) -> str:
    """A sentence without its markup; in right-to-left text its isolated parts stay isolated (Unicode UAX 9)."""
    if get_language_bidi():
        markup = re.sub(r'<bdi dir="ltr"[^>]*>', LEFT_TO_RIGHT, markup)
        markup = re.sub(r"<bdi[^>]*>", FIRST_STRONG, markup).replace("</bdi>", END)
    return unescape(strip_tags(markup))


class Words:
    """The wording that the interface is given at start."""

    def refusal(self, refused: Refused, action: str) -> str:
        if refused.code in wording.NOT_WRITTEN:
            return plain(wording.not_written(refused.code))
        return plain(wording.refusal(refused, action=action))

    def title(self, action: str) -> str:
        return plain(wording.title(action))
