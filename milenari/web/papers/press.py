"""Press: a paper as PDF/A-3a and PDF/UA-1, the same bytes each time and on every machine.

The engine gets nothing but the paper's own data, the template and the house's fonts: no clock, no system
font, no network. The date in the document is that of its newest entry. ISO 19005-3 (level A), ISO 14289-1.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from milenari.web import wording
from milenari.web.papers import fonts
from milenari.web.papers.blocks import Block, qr
from milenari.web.papers.runs import PAGE, PAGES, runs, text_of

TEMPLATE = Path(__file__).parent / "paper.typ"
STANDARDS = ["a-3a", "ua-1"]
KEPT = 10  # documents whose working the typesetter keeps


@dataclass(frozen=True)
class File:
    """A file inside the paper; ``relationship`` is source, data, alternative or supplement."""

    name: str
    content: bytes
    mime: str
    description: str
    relationship: str = "data"


@dataclass(frozen=True)
class Paper:
    """One paper in one language: its name and subject, what stands in it, and the files it carries."""

    kind: str
    code: str
    name: str
    subject: Any
    at: datetime
    reference: str
    checkpoints: str
    blocks: list[Block] = field(default_factory=list)
    files: tuple[File, ...] = ()
    language: str = field(default_factory=lambda: get_language() or "en")
    rtl: bool = field(default_factory=get_language_bidi)

    @property
    def file_name(self) -> str:
        """What the download is called: kind, code, place in the log and language, in letters any disk takes."""
        kept = f"{self.kind}_{self.code}_{self.reference}_{self.language}"
        return "".join(sign if sign.isalnum() or sign in "-._" else "-" for sign in kept) + ".pdf"


def printed(paper: Paper) -> bytes:
    """The paper as the bytes of one PDF file."""
    return _pressed(paper, "pdf")[0]


def pictures(paper: Paper, dots_per_inch: float = 110) -> list[bytes]:
    """Each page as a PNG, for looking at."""
    return _pressed(paper, "png", dots_per_inch)


def _pressed(paper: Paper, form: Any, dots_per_inch: float = 144) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="milenari-paper-") as name:
        root = Path(name)
        (root / "paper.typ").write_bytes(TEMPLATE.read_bytes())
        (root / "data.json").write_text(json.dumps(_data(paper), ensure_ascii=False), encoding="utf-8")
        (root / "files").mkdir()
        for file in paper.files:
            (root / "files" / file.name).write_bytes(file.content)
        press = typst.Compiler(str(root / "paper.typ"), root=str(root), font_paths=fonts.letters())
        standards: Any = STANDARDS if form == "pdf" else []
        at = int(paper.at.timestamp())
        try:
            made = press.compile(format=form, pdf_standards=standards, ppi=dots_per_inch, timestamp=at)
        finally:
            _forget()
    assert made is not None
    return made if isinstance(made, list) else [made]


def _forget() -> None:
    """Let go of what the typesetter has worked out, some 20 MB a paper and never asked for again.

    It keeps that until ten further documents are set, so as many empty ones are; together a few milliseconds.
    """
    for _again in range(KEPT + 1):
        typst.compile(b"", font_paths=fonts.letters())


def _data(paper: Paper) -> dict[str, Any]:
    at = paper.at.astimezone(UTC)
    title = text_of(runs(paper.name)) + " " + text_of(runs(paper.subject))
    alt = _("The reference of this paper and the checkpoint of the log as a QR code")
    reference = f"{paper.kind} {paper.code} {paper.reference}"
    pages = _("Page %(page)s of %(pages)s") % {"page": PAGE, "pages": PAGES}
    return {
        "title": title, "author": "milenari", "keywords": [paper.kind, paper.code, paper.reference],
        "language": paper.language, "rtl": paper.rtl,
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "head": [*runs(paper.name), " ", *runs(paper.subject)],
        "reference": runs(wording.isolated(paper.reference)),
        "foot": runs(wording.isolated(f"{paper.kind} · {paper.code} · {paper.reference} · {paper.language}")),
        "pages": runs(pages), "network": runs(wording.isolated("milenari")),
        "name": runs(paper.name), "subject": runs(paper.subject),
        "qr": qr(f"{reference}\n{paper.checkpoints}".strip(), 27, alt),
        "blocks": paper.blocks,
        "files": [{"name": f.name, "relationship": f.relationship, "mime": f.mime, "description": f.description}
                  for f in paper.files],
    }  # fmt: skip
