"""Files: what is attached to a subject as a page lists it, and where one attaches more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from milenari.journal import attached
from milenari.registers import attachments, sight
from milenari.rules.action import Refused
from milenari.rules.attachment import KINDS
from milenari.web.access import Acting
from milenari.words import split_subject


@dataclass(frozen=True)
class File:
    """One attached file: its row, and whether its bytes are ``there``, ``missing``, ``altered`` or ``withdrawn``."""

    row: Any
    state: str

    @property
    def picture(self) -> bool:
        return self.state == "there" and self.row.media_type.startswith("image/")


def files_of(*names: str) -> list[File]:
    """The files beside these subjects, oldest first; an attachment's own name stands for itself."""
    own = [split_subject(name)[1] for name in names if name.startswith("attachment:")]
    rows = [*attachments.attachments_of(*names), *(row for code in own if (row := attachments.attachment(code)))]
    return [
        File(row, "withdrawn" if row.withdrawn else attached.state_of(row.sha256, row.size))
        for row in rows
    ]  # fmt: skip


def takes_files(name: str) -> bool:
    """Whether something may be attached to this kind of thing."""
    return split_subject(name)[0] in KINDS


def require_sight(who: Acting, name: str) -> None:
    """Refused unless the person sees the thing that a file belongs to."""
    if not sight.may_see(name, who.sees):
        raise Refused("page-not-for-you", site=who.site)
