"""Reasons of a plan, read from the science's own sentences and worded again."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.utils import translation

from milenari.science.planning.chain import resource_words
from milenari.web.wording.plan_reasons import reason

RESOURCES = (
    "machine/BCN/BCN-PRODIGY", "room/BCN/BCN-CR1", "bed/AMM", "collection/ROM", "tests/BEY", "reserve/BCN/BCN-PRODIGY",
    "vector/", "people/BCN/manufacture/day", "people/BCN/manufacture+collection/late shift",
)  # fmt: skip
RULES = (
    "cells are held 30 days at most", "cells are held 2.5 days at most", "the product is held 90 days at most",
    "nothing goes from BCN to AMM", "the way BEY-ROM/fresh is closed: airport closed", "AMM is out: power",
    "the due date is 2026-12-24", "the plan ends before the infusion",
    "nothing: a slot is free, and the plan found it dearer than none",
)  # fmt: skip
SENTENCES = (
    *(resource_words(one) for one in RESOURCES),
    *(f"{resource_words(one)}, taken, out or too few between 2026-12-01 and 2026-12-03" for one in RESOURCES),
    *RULES,
)


def plain(said: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", said))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_in_english_a_reason_says_what_the_science_says(sentence: str) -> None:
    with translation.override("en"):
        told = reason(sentence)
    assert 'lang="en"' not in told, "no shape fits it"
    assert plain(told).replace("manufacture, collection", "manufacture or collection") == sentence


@pytest.mark.parametrize("sentence", SENTENCES)
def test_in_arabic_no_word_of_it_stays_english_but_what_somebody_named(sentence: str) -> None:
    with translation.override("ar"):
        left = re.findall(r"[a-z]{3,}", plain(re.sub(r"<bdi.*?</bdi>", "", reason(sentence))))
    assert not left


def test_what_no_shape_fits_stays_and_is_marked_as_english() -> None:
    with translation.override("ar"):
        told = reason("no way from AMM to any <machine>")
    assert told == '<bdi lang="en">no way from AMM to any &lt;machine&gt;</bdi>'


def test_what_somebody_wrote_is_escaped() -> None:
    assert "<script>" not in reason("AMM is out: <script>alert(1)</script>")
