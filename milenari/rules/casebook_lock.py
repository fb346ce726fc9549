"""Casebook lock: the whole casebook of a participant closed by one signature, and opened again with a reason.

A casebook knows its pages. Locking it locks every page, and is refused with the list of those that are not ready; then
no page is begun and none is opened. Opening it leaves its pages locked; each is opened with a reason of its own.
Governing requirements: ICH E6(R3) annex 1, 4.2 (finalisation of data sets; recalled and not re-read); 21 CFR 11.50.
"""

from __future__ import annotations

from dataclasses import replace

from milenari.rules import fields as f
from milenari.rules.action import Accepted, Action, Asking, Book, Entry, action, applies, checks, known, refuse_if
from milenari.rules.casebook import MANAGES
from milenari.rules.casebook_page import Casebook, CasebookPage
from milenari.words import Meaning


@action("lock-casebook", roles=MANAGES, meaning=Meaning.APPROVED)
class LockCasebook(Action):
    """Lock every page of a participant's casebook by one signature."""

    casebook: str = f.ref("casebook", label="Casebook", touch=True)


@action("unlock-casebook", roles=MANAGES, meaning=Meaning.APPROVED, needs_reason=True)
class UnlockCasebook(Action):
    """Open a locked casebook again, saying why; its pages stay locked until each is opened."""

    casebook: str = f.ref("casebook", label="Casebook", touch=True)


@checks(LockCasebook)
def _lock(act: LockCasebook, asking: Asking, book: Book) -> Accepted:
    casebook: Casebook = known(book, act.about)
    refuse_if(casebook.locked_at, "casebook-locked", casebook=act.casebook)
    pages: list[CasebookPage] = [book.sheet(f"casebook-page:{code}") for code in casebook.pages]
    unsigned = [page.code for page in pages if page.signed_at is None]
    asked = [page.code for page in pages if page.unsettled()]
    refuse_if(unsigned or asked, "casebook-not-ready", casebook=act.casebook, unsigned=unsigned, asked=asked)
    return Accepted(also=tuple(f"casebook-page:{page.code}" for page in pages if page.locked_at is None))


@checks(UnlockCasebook)
def _unlock(act: UnlockCasebook, asking: Asking, book: Book) -> None:
    casebook: Casebook = known(book, act.about)
    refuse_if(casebook.locked_at is None, "casebook-not-locked", casebook=act.casebook)


@applies(LockCasebook, "casebook")
def _(casebook: Casebook, act: LockCasebook, entry: Entry) -> Casebook:
    return replace(casebook, locked_by=entry.by, locked_at=entry.happened_at)


@applies(LockCasebook, "casebook-page")
def _(page: CasebookPage, act: LockCasebook, entry: Entry) -> CasebookPage:
    return replace(page, locked_by=entry.by, locked_at=entry.happened_at)


@applies(UnlockCasebook, "casebook")
def _(casebook: Casebook, act: UnlockCasebook, entry: Entry) -> Casebook:
    return replace(casebook, locked_by="", locked_at=None)
