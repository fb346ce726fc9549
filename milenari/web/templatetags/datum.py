"""Datum: a value on a screen that opens the signed entry by which it came to be."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def datum(act: str | None, value: Any) -> Any:
    """The value as a quiet link to its entry; the value alone where no entry is known."""
    if not act:
        return value if value is not None else ""
    title = _("Who entered this, when and why")
    return format_html('<a class="datum" href="{}" title="{}">{}</a>', reverse("entry", args=[act]), title, value)


@register.filter
def nth(acts: Any, number: int) -> str:
    """The act at a place of a list, or nothing."""
    return acts[number] if acts and -len(acts) <= number < len(acts) else ""


@register.filter
def at(held: Any, key: Any) -> Any:
    """What a mapping holds under a key, or nothing."""
    return held.get(key, "") if held else ""
