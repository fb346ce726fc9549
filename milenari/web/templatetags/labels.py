"""Label accounts as a part of other pages: what was printed for a thing and what became of it."""

from __future__ import annotations

from typing import Any

from django import template

from milenari.registers import labels

register = template.Library()


@register.inclusion_tag("web/parts/label_accounts.html")
def label_accounts(name: str) -> dict[str, Any]:
    """The label accounts of one bag, lot or batch, each with its sum; nothing printed says so."""
    return {"name": name, "accounts": labels.accounts_of([name])}
