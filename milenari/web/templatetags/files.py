"""Files beside a subject, for every page that shows one: ``{% files_beside journey.subject parts.collections %}``."""

from __future__ import annotations

from typing import Any

from django import template

from milenari.registers import questions
from milenari.web.files import files_of, takes_files

register = template.Library()


@register.inclusion_tag("web/parts/files_beside.html", takes_context=True)
def files_beside(context: Any, name: str, *parts: Any) -> dict[str, Any]:
    """The files of a subject and of the parts shown on the same page, and the way to attach one."""
    names = [name, *(row.subject for rows in parts for row in rows or ())]
    files = files_of(*names)
    acting = context.get("acting")
    return {
        "name": name, "files": files, "takes": takes_files(name), "zone": acting.zone if acting else "UTC",
        "names": questions.names_of(file.row.by for file in files) if files else {},
        "back": context["request"].get_full_path() if "request" in context else "",
    }  # fmt: skip
