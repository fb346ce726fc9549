"""How templates write the conditions of a form."""

from __future__ import annotations

from django import template

from milenari.rules.casebook_expression import Condition, write

register = template.Library()


@register.filter
def expression(condition: Condition) -> str:
    """A condition in the language of forms."""
    return write(condition)
