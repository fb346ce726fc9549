"""Attachment: a photograph or file kept beside the record, named in the journal by the hash of its bytes.

The entry carries hash, size and what the file shows; the bytes stay on the node. Withdrawing destroys the bytes
and leaves the entry. EU GMP Chapter 4, 4.20 (attachments to the batch record); GDPR Art. 5(1)(c), since a
photograph may show a name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.testing import Tested
from milenari.words import Meaning, Role

KINDS = ("batch", "lot", "journey", "collection", "dose", "container", "material", "equipment", "evidence", "gaps")
MEDIA = ("image/jpeg", "image/png", "image/webp", "application/pdf", "text/plain")
LARGEST = 10_000_000  # bytes; a tablet's photograph has three to six million
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


@sheet("attachment")
class Attachment(Sheet):
    """One file beside one subject: what it is, what it shows, and whether it was withdrawn."""

    of: str = ""
    item: str = ""
    sha256: str = ""
    name: str = ""
    media_type: str = ""
    size: int = 0
    shows: str = ""
    by: str = ""
    at: datetime | None = None
    withdrawn: str = ""


@action("attach-file", roles=tuple(r for r in Role if r not in (Role.NODE, Role.IT_ADMIN)),
        meaning=Meaning.PERFORMED)  # fmt: skip
class AttachFile(Action):
    """Keep a photograph or file beside the record of a thing, named by the hash of its bytes."""

    of: str = f.ref(*KINDS, label="What it belongs to", touch=True)
    attachment: str = f.new("attachment", "Attachment code")
    item: str = f.code("Result or deviation", required=False, help="if it is about one of them: its code")
    sha256: str = f.text("Hash of the file", longest=64)
    name: str = f.text("File name", longest=120)
    media_type: str = f.choice(MEDIA, "Kind of file")
    size: int = f.count("Size in bytes", low=1, high=LARGEST)
    shows: str = f.text("What it shows", longest=300)


@action("withdraw-file", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class WithdrawFile(Action):
    """Withdraw an attached file that must not be kept, such as one that shows a name; its bytes are destroyed."""

    attachment: str = f.ref("attachment", label="Attachment", touch=True)


@checks(AttachFile)
def _attach(act: AttachFile, asking: Asking, book: Book) -> None:
    thing = known(book, act.of)
    refuse_if(book.sheet(f"attachment:{act.attachment}").exists, "subject-exists", kind="attachment",
              code=act.attachment)  # fmt: skip
    refuse_if(not _SHA256.match(act.sha256), "hash-unreadable", found=act.sha256)
    if act.item:
        refuse_if(act.item not in _items(thing), "item-unknown", of=act.of, item=act.item)


def _items(thing: Any) -> set[str]:
    """The results and deviations of a tested thing, by their codes."""
    if not isinstance(thing, Tested):
        return set()
    tests = (*thing.superseded, *thing.results)
    return {r.test for r in tests} | {d.code for d in thing.deviations}


@checks(WithdrawFile)
def _withdraw(act: WithdrawFile, asking: Asking, book: Book) -> Accepted:
    found: Attachment = known(book, act.about)
    refuse_if(found.withdrawn, "file-withdrawn", attachment=act.attachment)
    # The thing may have gone to another hospital since; its file can be withdrawn all the same.
    here = (found.of,) if book.sheet(found.of).owner == asking.site and not book.sheet(found.of).bound_for else ()
    return Accepted(also=here, given={"sha256": found.sha256, "of": found.of})


@applies(AttachFile, "attachment")
def _(made: Attachment, act: AttachFile, entry: Entry) -> Attachment:
    return replace(
        made, of=act.of, item=act.item, sha256=act.sha256, name=act.name, media_type=act.media_type,
        size=act.size, shows=act.shows, by=entry.by, at=entry.happened_at,
    )  # fmt: skip


@applies(WithdrawFile, "attachment")
def _(found: Attachment, act: WithdrawFile, entry: Entry) -> Attachment:
    return replace(found, withdrawn=entry.reason)


@applies(AttachFile, "batch", "lot")
def _(tested: Tested, act: AttachFile, entry: Entry) -> Any:
    return replace(tested, changed_version=entry.version_of(act.of))


@applies(WithdrawFile, "batch", "lot")
def _(tested: Tested, act: WithdrawFile, entry: Entry) -> Any:
    return replace(tested, changed_version=entry.version_of(entry.given["of"]))
