"""Casebook query: a question about an item of a page, answered at the hospital, closed by whoever asks.

The thread keeps every turn. Governing requirements: ICH E6(R3) annex 1, 3.16 (data clarified traceably; clause recalled
and not re-read).
"""

from __future__ import annotations

from dataclasses import replace

from milenari.rules import fields as f
from milenari.rules.action import Action, Asking, Book, Entry, Refused, action, applies, checks, refuse_if
from milenari.rules.casebook import ENTERS
from milenari.rules.casebook_page import CasebookPage, Query, Said, form_of, page_in
from milenari.rules.casebook_value import require_coded
from milenari.words import Meaning, Role

ASKS = (Role.DATA_MANAGER, Role.QA, Role.STATISTICIAN)


@action("raise-query", roles=ASKS, meaning=Meaning.REVIEWED)
class RaiseQuery(Action):
    """Ask about an item of a page, or ask again in a query that is answered."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)
    item: str = f.code("Item")
    text: str = f.text("Query", longest=500)
    query: int | None = f.count("Number of the query", low=1, high=999, required=False,
                                help="only to ask again in a query that is answered")  # fmt: skip


@action("answer-query", roles=ENTERS, meaning=Meaning.PERFORMED)
class AnswerQuery(Action):
    """Answer a query; the value itself is corrected on the form."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)
    query: int = f.count("Number of the query", low=1, high=999)
    text: str = f.text("Answer", longest=500)


@action("close-query", roles=ASKS, meaning=Meaning.REVIEWED)
class CloseQuery(Action):
    """Close a query that is answered."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)
    query: int = f.count("Number of the query", low=1, high=999)


def _query_in(page: CasebookPage, number: int, *states: str) -> Query:
    found = page.query(number)
    if found is None:
        raise Refused("query-unknown", field="query", page=page.code, query=number)
    refuse_if(found.state not in states, "query-in-another-state", field="query", query=number, query_state=found.state)
    return found


@checks(RaiseQuery)
def _raise(act: RaiseQuery, asking: Asking, book: Book) -> None:
    page = page_in(book, act.about, "open", "signed", "frozen")
    refuse_if(form_of(book, page).item(act.item) is None, "form-item-unknown", field="item", item=act.item)
    if act.query is not None:
        again = _query_in(page, act.query, "answered")
        refuse_if(again.item != act.item, "query-of-another-item", field="item", query=act.query, item=again.item)
    require_coded(act.text, "text")


@checks(AnswerQuery)
def _answer(act: AnswerQuery, asking: Asking, book: Book) -> None:
    _query_in(page_in(book, act.about, "open", "signed", "frozen"), act.query, "open")
    require_coded(act.text, "text")


@checks(CloseQuery)
def _close(act: CloseQuery, asking: Asking, book: Book) -> None:
    _query_in(page_in(book, act.about, "open", "signed", "frozen"), act.query, "answered")


def _turned(page: CasebookPage, number: int, state: str, word: str, text: str, entry: Entry) -> CasebookPage:
    said = Said(word, text, entry.by, str(entry.role), entry.happened_at)
    found = next(one for one in page.queries if one.number == number)
    return page.with_query(replace(found, state=state, thread=(*found.thread, said)))


@applies(RaiseQuery, "casebook-page")
def _(page: CasebookPage, act: RaiseQuery, entry: Entry) -> CasebookPage:
    if act.query is not None:
        return _turned(page, act.query, "open", "raised", act.text, entry)
    said = Said("raised", act.text, entry.by, str(entry.role), entry.happened_at)
    return page.with_query(Query(len(page.queries) + 1, act.item, "", "open", (said,)))


@applies(AnswerQuery, "casebook-page")
def _(page: CasebookPage, act: AnswerQuery, entry: Entry) -> CasebookPage:
    return _turned(page, act.query, "answered", "answered", act.text, entry)


@applies(CloseQuery, "casebook-page")
def _(page: CasebookPage, act: CloseQuery, entry: Entry) -> CasebookPage:
    return _turned(page, act.query, "closed", "closed", entry.reason, entry)
