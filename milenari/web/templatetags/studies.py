"""How templates write the states, verdicts and margins of studies."""

from __future__ import annotations

from typing import Any

from django import template

from milenari.web.pages import studies
from milenari.web.pages.studies import margin_in_words
from milenari.web.wording import comparing

register = template.Library()


@register.filter
def study_look(state: str) -> str:
    """The look of the tag of a study's state."""
    return comparing.LOOKS.get(state, "open")


@register.filter
def verdict_look(verdict: str) -> str:
    """The look of the tag of an attribute's verdict."""
    return comparing.VERDICT_LOOKS.get(verdict, "open")


@register.filter
def margin(row: dict[str, Any]) -> Any:
    """The margin or range of a protocol's row, in words."""
    return margin_in_words(row)


@register.filter
def figure(value: Any, unit: str = "") -> Any:
    """A computed number to four significant digits."""
    return studies.figure(value, unit)
