"""Procedures: one page each for what IT and quality assurance do when something has to be set up or has gone wrong."""

from __future__ import annotations

import re
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

from milenari.web.access import page

FOLDER = Path(__file__).resolve().parent.parent / "procedures"
_NAME = re.compile(r"[a-z0-9-]{1,60}\Z")


def titles() -> list[tuple[str, str]]:
    """Every procedure that ships with the node: its name and its title."""
    return [(path.stem, path.read_text().partition("\n")[0].removeprefix("# ")) for path in sorted(FOLDER.glob("*.md"))]


@page
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "web/procedures.html", {"procedures": titles()})


@page
def procedure(request: HttpRequest, name: str) -> HttpResponse:
    path = FOLDER / f"{name}.md"
    if not _NAME.match(name) or not path.is_file():
        raise Http404
    text = re.sub(r"\]\(([a-z0-9-]+)\.md\)", lambda m: f"]({reverse('procedure', args=[m[1]])})", path.read_text())
    title, _, body = text.partition("\n")
    # html=False: whatever stands in the file, no markup but Markdown's own comes out.
    drawn = MarkdownIt("commonmark", {"html": False}).render(body)
    shown = {"title": title.removeprefix("# "), "body": mark_safe(drawn)}  # noqa: S308 - our own files, escaped
    return render(request, "web/procedure.html", shown)
