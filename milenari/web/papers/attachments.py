"""Attachments: the photographs and files of a record inside the paper, with their hash printed beside them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from milenari.journal import attached
from milenari.rules.action import Refused
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import File
from milenari.web.papers.record import Record


def _kept(record: Record) -> list[Any]:
    """The entries that attached a file which was not withdrawn since."""
    gone = {one.entry.action.attachment for one in record.entries("withdraw-file")}
    return [e for e in record.entries("attach-file") if e.entry.action.attachment not in gone]


def files(record: Record) -> tuple[File, ...]:
    """The bytes that are on this node and whole; what is missing or altered is said by ``listed``."""
    found = []
    for one in _kept(record):
        act = one.entry.action
        try:
            content = attached.open_kept(act.sha256)
        except Refused:
            continue
        ending = act.media_type.rpartition("/")[2].replace("jpeg", "jpg").replace("plain", "txt")
        name = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in act.attachment)
        found.append(File(f"attachment-{name}.{ending}", content, act.media_type, f"Attachment {act.attachment}",
                          "supplement"))  # fmt: skip
    return tuple(found)


def listed(record: Record, inside: Iterable[File]) -> list[b.Block]:
    """Every file inside the paper with its size in bytes and SHA-256, and those that should be and are not."""
    rows = []
    held = set()
    for file in inside:
        name = sha256(file.content).hexdigest()
        held.add(name)
        rows.append(b.row(b.line(wording.isolated(file.name), strong=True), wording.number(len(file.content)),
                          wording.isolated(name)))  # fmt: skip
    for one in _kept(record):
        act = one.entry.action
        if act.sha256 not in held:
            lost = [b.line(wording.isolated(act.attachment), strong=True), b.line(_("not on this node"), "bad")]
            rows.append(b.row(lost, wording.number(act.size), wording.isolated(act.sha256), look="bad"))
    titles = [(_("File"), 1.2), (_("Size in bytes"), 0.7), (_("Hash of the file"), 2.8)]
    return [b.heading(_("Attached to this document")), b.table(titles, rows, size=7.2)]
