"""Record: the entries a paper is printed from, and the sheets folded from them, as of one place in the log.

A paper says nothing that its entries do not: sheets are folded here from the entries up to the place asked
for, never read from the registers, so a paper of last year is the same paper today.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from milenari.journal import extract, read
from milenari.journal.read import Seen
from milenari.rules.action import Refused, blank, fold_in
from milenari.web import telling, wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import File
from milenari.web.wording import vocabulary
from milenari.words import Role, split_subject

# The fields that say which step, test or thing an act was about, beside the record's own subject.
_NAMING = ("phase", "test", "sample", "material", "container", "dose", "deviation", "stage", "collection", "paper",
           "form", "visit", "scale", "attachment")  # fmt: skip


def _which(act: Any) -> list[Any]:
    named = [str(getattr(act, name)) for name in _NAMING if getattr(act, name, "") and name in act.fields]
    return [b.line(wording.isolated(" · ".join(named)), quiet=True)] if named else []


class Record:
    """Entries about some subjects up to a place in the log ("" for all there are).

    The entries of ``about`` are what is printed and attached; those of ``beside`` only say how things stand.
    """

    def __init__(self, about: Iterable[str], at: str = "", zone: str = "UTC", beside: Iterable[str] = ()) -> None:
        self.about = list(dict.fromkeys(about))
        also = set(beside) - set(self.about)
        self.upto = read.entry_of_act(at).position if at else None
        self.zone = zone
        self.seen = self._until(read.entries_about(*self.about))
        if not self.seen:
            kind, code = split_subject(self.about[0])
            raise Refused("subject-unknown", kind=kind, code=code)
        read_too = self._until(read.entries_about(*also)) if also else []
        self.newest = max([*self.seen, *read_too], key=lambda s: s.position)
        if self.upto is None:
            self.upto = self.newest.position
        self.attached = list(self.seen)
        self.sheets: dict[str, Any] = {}
        self._fold(self.seen, set(self.about))
        self._fold(read_too, also)

    def _until(self, seen: list[Seen]) -> list[Seen]:
        return [s for s in seen if self.upto is None or s.position <= self.upto]

    def _fold(self, seen: list[Seen], wanted: set[str]) -> None:
        for one in seen:
            for name, version in one.entry.subjects:
                before = self.sheets.get(name, blank(name))
                if name in wanted and version == before.version + 1:
                    self.sheets[name] = fold_in(before, name, one.entry)

    def sheet(self, name: str) -> Any:
        """The state of a subject as of this record; a blank one when nothing was written about it by then."""
        return self.sheets.get(name) or blank(name)

    def look_at(self, *names: str) -> None:
        """Fold further subjects that the paper mentions without being about them (lots, instruments...)."""
        new = {name for name in names if name and name not in self.sheets}
        if new:
            self._fold(self._until(read.entries_about(*new)), new)

    def only(self, *actions: str) -> Record:
        """The same record of which only these actions are printed and attached."""
        self.seen = [one for one in self.seen if one.entry.action.code in actions]
        self.attached = list(self.seen)
        if self.seen:
            self.newest = max(self.seen, key=lambda s: s.position)
        return self

    @property
    def reference(self) -> str:
        return f"{self.newest.site}/{self.newest.index}"

    @property
    def at(self) -> datetime:
        """When the newest entry was written: the date of the paper."""
        return self.newest.entry.written_at

    @cached_property
    def told(self) -> list[telling.Told]:
        return telling.tell(self.seen, self.about)

    @cached_property
    def names(self) -> dict[str, str]:
        """Printed names as they were when these people signed."""
        return {one.entry.by: one.entry.name for one in self.seen}

    @cached_property
    def roles(self) -> dict[tuple[str, datetime], Any]:
        return {(one.entry.by, one.entry.happened_at): one.entry.role for one in self.seen}

    def entries(self, *actions: str) -> list[Any]:
        """The entries of these actions, oldest first."""
        return [one for one in self.seen if one.entry.action.code in actions]

    # -- what every paper says about its own source ----------------------------------------------------

    @cached_property
    def extract(self) -> extract.Extract:
        return extract.extract(self.attached)

    @property
    def checkpoints(self) -> str:
        """The unsigned text of each log's checkpoint, as it goes into the QR code; root in base64."""
        return "\n".join(log.body.strip() for log in self.extract.logs)

    def person(self, code: str, role: Any = None) -> list[Any]:
        """Printed name, under it the code and the role acted in."""
        if role is Role.NODE:
            return [wording.word(vocabulary.ROLES, role)]
        worded = [wording.isolated(code)] + ([wording.word(vocabulary.ROLES, role)] if role else [])
        return [b.said(self.names.get(code) or code), b.line(wording.joined(worded), quiet=True)]

    def signed(self, code: str, at: datetime | None) -> list[Any]:
        """Printed name, code, role and time of a signature, as lines of a cell."""
        if not code:
            return []
        when = [wording.instant(at, self.zone)] if at else []
        return [*self.person(code, self.roles.get((code, at)) if at else None), *when]

    def signer(self, told: telling.Told) -> list[Any]:
        """Who signed an entry, without the time."""
        return self.person(told.entry.by, told.entry.role)

    def source(self) -> list[b.Block]:
        """Where this paper comes from and whether it was found whole: for every printed record."""
        found = self.extract
        if found.faults:
            said = _("THE RECORD DOES NOT VERIFY. Do not rely on this paper; tell quality assurance.")
            verdict = b.banner("bad", said, "; ".join(found.faults))
        else:
            verdict = b.banner("soft", _("Verified when printed"), _(
                "Every entry carries the valid signature of the person it names and stands in the signed log of its "
                "site. The entries and their proofs are attached to this document."
            ))  # fmt: skip
        rows = [
            b.row(wording.isolated(log.origin), wording.number(log.size), b.line(wording.isolated(log.root.hex())))
            for log in found.logs
        ]
        titles = [(_("Log"), 1.3), (_("Entries"), 0), (_("Root of the checkpoint"), 2.6)]
        items = [
            (_("Newest entry of this record"), wording.isolated(self.reference)),
            (_("Written at"), wording.instant(self.at, self.zone)),
            (_("Entries in this record"), wording.number(len(self.attached))),
        ]
        return [b.heading(_("Source of this paper")), verdict, b.facts(items), b.table(titles, rows, size=7.2)]

    def signatures(self) -> list[b.Block]:
        """Every signature with printed name, meaning, role and time (21 CFR 11.50)."""
        rows = []
        for told in self.told:
            entry = told.entry
            what: list[Any] = [told.what, *_which(entry.action)]
            if told.written_later:
                what.append(b.line(b.after(_("written at"), wording.instant(entry.written_at, entry.zone)), quiet=True))
            if entry.reason:
                what.append(b.line(b.labelled(_("Reason"), entry.reason), quiet=True))
            rows.append(
                b.row(
                    wording.instant(entry.happened_at, entry.zone), what,
                    self.signer(told), told.meaning, wording.isolated(f"{told.seen.site}/{told.seen.index}"),
                )
            )  # fmt: skip
        titles = [(_("When"), 0), (_("What"), 2), (_("Signed by"), 1.6), (_("Meaning"), 0.9), (_("Entry"), 0)]
        return [b.heading(_("Signatures")), b.table(titles, rows, size=7.2)]

    def files(self) -> tuple[File, ...]:
        """What is attached: the signed bytes, who signed, and the proofs."""
        found = self.extract
        return (
            File("entries.jsonl", found.entries, "application/jsonl", "Signed entries, one a line", "source"),
            File("signers.jsonl", found.signers, "application/jsonl", "Entries that name the signers' keys", "data"),
            File("proofs.json", found.proofs, "application/json", "Checkpoints and inclusion proofs", "data"),
        )
