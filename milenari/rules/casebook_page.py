"""Casebook page: the state of one form of one participant at one visit; no actions.

Every value that ever stood in it stays in its history, with who, when and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from milenari.rules.action import Book, Entry, Sheet, known, refuse_if, sheet
from milenari.rules.casebook_form import CasebookForm, Form
from milenari.words import Facts

STATES = ("open", "signed", "frozen", "locked")
QUERY_STATES = ("open", "answered", "closed")


@dataclass(frozen=True)
class Change:
    """One value of one item, and what stood there before."""

    item: str
    before: Facts | None
    after: Facts | None
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Said:
    """One turn of a query: asked, answered or closed."""

    word: str
    text: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True)
class Query:
    """A question about an item; `check` is what raised it by itself, empty where a person did."""

    number: int
    item: str
    check: str
    state: str
    thread: tuple[Said, ...]


@dataclass(frozen=True)
class Verified:
    """An item compared with the source document, by whom, when."""

    item: str
    by: str
    at: datetime


@sheet("casebook")
class Casebook(Sheet):
    """All pages of one participant, known by the participant's number."""

    pages: tuple[str, ...] = ()
    locked_by: str = ""
    locked_at: datetime | None = None

    @property
    def status(self) -> str:
        """As lists show it."""
        return "locked" if self.locked_at else "open"


@sheet("casebook-page")
class CasebookPage(Sheet):
    """A form as it is filled in for one participant, visit and repeat number."""

    participant: str = ""
    protocol: str = ""
    visit: str = ""
    form: str = ""
    number: int = 0  # version of the form
    repeat: int = 0
    values: tuple[tuple[str, Facts], ...] = ()
    recorded: tuple[tuple[str, Facts], ...] = ()  # what came from the record when it was last saved
    explained: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    queries: tuple[Query, ...] = ()
    verified: tuple[Verified, ...] = ()
    authors: tuple[str, ...] = ()
    saved_at: datetime | None = None
    signed_by: str = ""
    signed_at: datetime | None = None
    frozen: bool = False
    locked_by: str = ""
    locked_at: datetime | None = None

    @property
    def state(self) -> str:
        """As lists show it."""
        return "locked" if self.locked_at else "frozen" if self.frozen else "signed" if self.signed_at else "open"

    @property
    def kept(self) -> dict[str, Facts]:
        """Every item with what stands in it, typed or from the record."""
        return {**dict(self.values), **dict(self.recorded)}

    def query(self, number: int) -> Query | None:
        """The query of that number, if there is one."""
        return next((one for one in self.queries if one.number == number), None)

    def unsettled(self) -> tuple[Query, ...]:
        """Queries that are not closed."""
        return tuple(one for one in self.queries if one.state != "closed")

    def history(self, item: str) -> tuple[Change, ...]:
        """What stood in an item, the oldest first."""
        return tuple(one for one in self.changes if one.item == item)

    def with_query(self, made: Query) -> CasebookPage:
        """The page with a query added, or changed."""
        kept = [made if one.number == made.number else one for one in self.queries]
        return replace(self, queries=(*kept, made) if self.query(made.number) is None else tuple(kept))


def page_code(participant: str, visit: str, form: str, repeat: int) -> str:
    """The code of a page: participant, visit, form and repeat number."""
    return f"{participant}/{visit}/{form}/{repeat}"


def form_of(book: Book, page: CasebookPage) -> Form:
    """The form of a page in the version under which it was filled in."""
    kept: CasebookForm = known(book, f"casebook-form:{page.form}")
    return kept.form(page.number)


def page_in(book: Book, name: str, *states: str) -> CasebookPage:
    """The page, which must exist and stand in one of these states."""
    page: CasebookPage = known(book, name)
    refuse_if(
        page.state not in states,
        "page-in-another-state",
        page=page.code,
        page_state=page.state,
        page_states=list(states),
    )
    return page


def changes_of(page: CasebookPage, after: dict[str, Any], entry: Entry) -> tuple[Change, ...]:
    """The items that differ from what the page holds."""
    before = page.kept
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    said = entry.reason
    return tuple(Change(n, before.get(n), after.get(n), entry.by, entry.happened_at, said) for n in sorted(names))
