"""A participant's casebook: locked by one signature or not at all, opened with a reason, then page by page."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.casebook import FreezeForm, LockForm, SignForm, UnlockForm
from milenari.rules.casebook_lock import LockCasebook, UnlockCasebook
from milenari.rules.casebook_page import page_code
from milenari.rules.casebook_query import AnswerQuery, CloseQuery, RaiseQuery
from tests.rules.book import MemoryBook
from tests.rules.casebook import PARTICIPANT, at_casebook, page_of, save

PAGES = [page_code(PARTICIPANT, "D28", "CBC", number) for number in (1, 2, 3)]
LOCK, OPEN = LockCasebook(casebook=PARTICIPANT), UnlockCasebook(casebook=PARTICIPANT)


def filled(signed: int = 3) -> MemoryBook:
    book = at_casebook()
    for number, page in enumerate(PAGES, 1):
        book.do(save(repeat=number), "physician")
        if number <= signed:
            book.do(SignForm(page=page), "investigator")
    return book


def test_every_page_is_locked_by_one_signature() -> None:
    book = filled()
    book.do(LockForm(page=PAGES[0]), "data-manager")
    entry = book.do(LOCK, "data-manager")
    assert [name for name, _ in entry.subjects] == [
        f"casebook:{PARTICIPANT}",
        *(f"casebook-page:{p}" for p in PAGES[1:]),
    ]
    assert {page_of(book, page).state for page in PAGES} == {"locked"}
    assert page_of(book, PAGES[1]).locked_by == entry.by and page_of(book, PAGES[1]).locked_at == entry.happened_at
    assert book.sheet(f"casebook:{PARTICIPANT}").status == "locked"


def test_what_is_not_ready_is_listed_and_nothing_is_locked() -> None:
    book = filled(signed=2)
    book.do(RaiseQuery(page=PAGES[1], item="wbc", text="sure?"), "data-manager")
    told = book.refused("casebook-not-ready", LOCK, "data-manager")
    assert (told["unsigned"], told["asked"]) == ([PAGES[2]], [PAGES[1]])
    assert {page_of(book, page).state for page in PAGES} == {"signed", "open"}
    book.do(SignForm(page=PAGES[2]), "investigator")
    book.do(AnswerQuery(page=PAGES[1], query=1, text="yes"), "physician")
    book.refused("casebook-not-ready", LOCK, "data-manager")
    book.do(CloseQuery(page=PAGES[1], query=1), "data-manager")
    book.do(LOCK, "data-manager")


def test_a_locked_casebook_takes_no_page_and_opens_none_until_it_is_opened_with_a_reason() -> None:
    book = filled()
    book.copy().do(save(repeat=4), "physician")
    book.do(LOCK, "data-manager")
    book.refused("casebook-locked", save(repeat=4), "physician")
    book.refused("casebook-locked", UnlockForm(page=PAGES[0]), "data-manager", reason="a misprint")
    book.refused("casebook-locked", LOCK, "data-manager")
    book.refused("reason-missing", OPEN, "data-manager")
    book.do(OPEN, "data-manager", reason="a late result")
    assert {page_of(book, page).state for page in PAGES} == {"locked"}  # each is opened for itself
    book.do(save(repeat=4), "physician")
    book.do(UnlockForm(page=PAGES[0]), "data-manager", reason="a misprint")
    book.refused("casebook-not-locked", OPEN, "data-manager", reason="again")


def test_a_casebook_without_a_page_is_not_there() -> None:
    at_casebook().refused("subject-unknown", LOCK, "data-manager")
    filled().do(LOCK, "data-manager")


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["sign", "freeze", "lock", "ask"])), max_size=8))
@settings(max_examples=20, deadline=None)
def test_it_is_locked_exactly_when_every_page_is_signed_and_unasked(acts: list[tuple[int, str]]) -> None:
    book = filled(signed=0)
    for place, word in acts:
        page = page_of(book, PAGES[place])
        if word == "sign" and page.signed_at is None and not page.unsettled():
            book.do(SignForm(page=page.code), "investigator")
        elif word == "freeze" and page.state in ("open", "signed"):
            book.do(FreezeForm(page=page.code), "data-manager")
        elif word == "lock" and page.signed_at and not page.locked_at and not page.unsettled():
            book.do(LockForm(page=page.code), "data-manager")
        elif word == "ask" and not page.locked_at:
            book.do(RaiseQuery(page=page.code, item="wbc", text="sure?"), "data-manager")
    pages = [page_of(book, code) for code in PAGES]
    if all(page.signed_at and not page.unsettled() for page in pages):
        book.do(LOCK, "data-manager")
        assert {page_of(book, code).state for code in PAGES} == {"locked"}
    else:
        book.refused("casebook-not-ready", LOCK, "data-manager")
