"""A casebook's page: entered, doubted, asked about, compared, signed, frozen, locked and opened again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.casebook import FreezeForm, LockForm, SignForm, UnlockForm, VerifySource
from milenari.rules.casebook_page import page_code
from milenari.rules.casebook_query import AnswerQuery, CloseQuery, RaiseQuery
from milenari.rules.casebook_value import REASONS
from tests.rules.book import MemoryBook, found
from tests.rules.casebook import PAGE, PARTICIPANT, WELL, WHY, at_casebook, define, definition, page_of, save
from tests.rules.cast import administer, at_bedside

WBC = {"value": "3.20", "unit": "10*9/L"}


def saved(values: Any = None, build: Any = None) -> MemoryBook:
    book = at_casebook(build) if build else at_casebook()
    book.do(save(values), "physician")
    return book


def sign(book: MemoryBook) -> MemoryBook:
    book.do(SignForm(page=PAGE), "investigator")
    return book


def test_a_page_is_entered_and_keeps_what_was_typed() -> None:
    book = saved({**WELL, "seen_at": {"value": "2026-03-01T10:00:00+01:00"}, "remark": {"value": " well "}})
    page = page_of(book)
    assert page.state == "open" and page.owner == "ROM" and dict(page.values)["wbc"] == WBC
    # A time is kept in UTC, words without the blanks around them.
    assert dict(page.values)["seen_at"] == {"value": "2026-03-01T09:00:00.000Z"}
    assert dict(page.values)["remark"] == {"value": "well"}


@pytest.mark.parametrize(
    ("code", "field", "values"),
    [
        ("form-item-unknown", "gone", {"gone": {"value": "1"}}),
        ("reading-wrong-unit", "wbc", {"wbc": {"value": "3200", "unit": "/uL"}}),
        ("reading-impossible", "wbc", {"wbc": {"value": "-1", "unit": "10*9/L"}}),
        ("field-not-an-option", "state", {"state": {"value": "SAD"}}),
        ("field-not-an-option", "fever", {"fever": {"value": "perhaps"}}),
        ("field-not-an-option", "wbc", {"wbc": {"missing": "forgot"}}),
        ("field-missing", "remark", {"remark": {"value": " "}}),
        ("field-too-long", "remark", {"remark": {"value": "x" * 81}}),
        ("text-holds-identity", "remark", {"remark": {"value": "call 06 1234 5678"}}),
        ("text-holds-identity", "remark", {"remark": {"value": "mother@example.org"}}),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_item(code: str, field: str, values: Any) -> None:
    book = at_casebook()
    assert book.refused(code, save(values), "physician")["field"] == field
    book.do(save(), "physician")


def test_a_value_that_cannot_be_read_or_does_not_fit_the_others_is_refused_at_its_item() -> None:
    book = at_casebook()
    assert book.refused("item-from-record", save({"bag": {"value": "BAG-1"}}), "physician")["field"] == "bag"
    assert (
        book.refused("item-not-asked", save({**WELL, "days_ill": {"value": "2", "unit": "d"}}), "physician")["field"]
        == "days_ill"
    )
    assert (
        book.refused("item-unreadable", save({"taken_on": {"value": "yesterday"}}), "physician")["field"] == "taken_on"
    )
    assert (
        book.refused("item-unreadable", save({"seen_at": {"value": "2026-03-01T10:00"}}), "physician")["field"]
        == "seen_at"
    )
    assert (
        book.refused("item-unreadable", save({"wbc": {"value": "many", "unit": "10*9/L"}}), "physician")["field"]
        == "wbc"
    )
    assert (
        book.refused("item-unreadable", save({"wbc": {"value": "1e99", "unit": "10*9/L"}}), "physician")["field"]
        == "wbc"
    )
    assert book.refused("item-unreadable", save({"wbc": {"value": "3.2"}}), "physician")["field"] == "wbc"
    assert book.refused("item-unreadable", save({"wbc": "3.2"}), "physician")["field"] == "wbc"
    assert (
        book.refused("item-too-precise", save({"wbc": {"value": "3.201", "unit": "10*9/L"}}), "physician")["field"]
        == "wbc"
    )
    assert (
        book.refused("item-too-precise", save({"days_ill": {"value": "1.5", "unit": "d"}}), "physician")["field"]
        == "days_ill"
    )
    assert (
        book.refused("check-not-passed", save({**WELL, "anc": {"value": "4", "unit": "10*9/L"}}), "physician")["field"]
        == "anc"
    )
    book.do(save(), "physician")


def test_what_is_no_mapping_of_values_is_refused() -> None:
    book = at_casebook()
    book.refused("field-unreadable", save(values=["wbc"]), "physician")


def test_a_day_in_free_words_is_no_identity() -> None:
    book = saved({**WELL, "remark": {"value": "well since 2026-02-27, see 2026-02-28"}})
    assert page_of(book).exists


def test_an_unlikely_value_is_passed_with_a_reason_and_becomes_an_answered_query() -> None:
    book = at_casebook()
    odd = {**WELL, "wbc": {"value": "300", "unit": "10*9/L"}, "fever": {"value": "yes"}}
    told = book.refused("value-unlikely", save(odd), "physician")
    assert (told["check"], told["found"], told["high"]) == ("wbc", "300", "100")
    book.refused("value-unlikely", save(odd, explained={"wbc": "seen twice"}), "physician")
    book.refused("nothing-to-explain", save(explained={"wbc": "seen twice"}), "physician")
    book.refused("explanation-unfit", save(odd, explained={"wbc": " ", "fever-ill": "x"}), "physician")
    both = {"wbc": "seen twice", "fever-ill": "vaccinated yesterday"}
    entry = book.do(save(odd, explained=both), "physician")
    assert found(entry) == ["unlikely-value-stands"] * 2
    assert [(q.item, q.check, q.state, q.thread[-1].text) for q in page_of(book).queries] == [
        ("wbc", "wbc", "answered", "seen twice"), ("fever", "fever-ill", "answered", "vaccinated yesterday"),
    ]  # fmt: skip
    book.refused("queries-open", SignForm(page=PAGE), "investigator")
    # A corrected value settles its own query and no other.
    book.do(save({**odd, "wbc": WBC}, explained={"fever-ill": both["fever-ill"]}), "physician", reason="typing error")
    assert [q.state for q in page_of(book).queries] == ["closed", "answered"]
    book.do(CloseQuery(page=PAGE, query=2), "data-manager")
    # The same value is not asked about again, a new doubt is.
    book.do(save({**odd, "wbc": WBC, "remark": {"value": "well"}}, explained={"fever-ill": "x"}), "physician")
    assert len(page_of(book).queries) == 2
    book.do(save(odd, explained={"fever-ill": "x", "wbc": "again"}), "physician", reason="was right at first")
    assert [q.state for q in page_of(book).queries] == ["closed", "closed", "answered"]


def test_a_correction_needs_a_reason_and_every_value_stays_in_the_history() -> None:
    book = saved()
    other = {**WELL, "wbc": {"value": "2.9", "unit": "10*9/L"}}
    assert book.refused("change-without-reason", save(other), "physician")["items"] == ["wbc"]
    book.do(save(other), "physician", reason="sheet misread")
    book.do(save({**other, "remark": {"value": "well"}}), "physician")  # what was empty needs no reason
    history = page_of(book).history("wbc")
    assert [(c.before, c.after, c.reason) for c in history] == [
        (None, WBC, ""), (WBC, {"value": "2.9", "unit": "10*9/L"}, "sheet misread"),
    ]  # fmt: skip
    assert history[1].by == "ROM-PHYSICIAN"
    book.refused("nothing-changed", save({**other, "remark": {"value": "well"}}), "physician")


def test_code_version_and_repeat_of_a_page_fit() -> None:
    book = at_casebook()
    book.refused("page-code-wrong", save(page="OTHER"), "physician")
    nobody = save(participant="NOBODY", page="NOBODY/D28/CBC/1")
    book.refused("subject-unknown", nobody, "physician")
    book.refused("form-version-superseded", save(number=2), "physician")
    book.refused("repeat-out-of-order", save(repeat=2), "physician")
    book.refused("form-empty", save({}), "physician")
    book.refused("held-elsewhere", save(), "physician", site="BEY")
    book.do(save(), "physician")
    book.do(save(repeat=2), "physician")
    book.do(define(2, repeats=False), "data-manager", reason=WHY)
    book.refused("form-version-superseded", save(repeat=3), "physician")
    book.refused("form-does-not-repeat", save(repeat=3, number=2), "physician")
    # A page stays readable under its version, and may move on to the newest.
    book.do(save({**WELL, "fever": {"value": "no"}}), "physician")
    book.do(save({**WELL, "fever": {"value": "no"}, "remark": {"value": "x"}}, number=2), "physician")
    assert page_of(book).number == 2


def test_what_comes_from_the_record_is_filled_in_and_followed() -> None:
    book = at_casebook(at_bedside)
    book.do(save(), "physician")
    assert "bag" not in page_of(book).kept
    administer_now(book)
    # The record has moved on since the page was saved: it is saved again before it is signed.
    assert book.refused("record-moved-on", SignForm(page=PAGE), "investigator")["items"] == ["bag"]
    book.do(save(), "physician")
    page = page_of(book)
    assert page.kept["bag"] == {"value": book.sheet("journey:J1").infusions[0].dose}
    assert page.history("bag")[0].before is None
    sign(book)


def administer_now(book: MemoryBook) -> None:
    book.do(administer(), "ward-nurse")


def test_source_is_verified_by_somebody_else_and_a_change_undoes_it() -> None:
    book = saved()
    check = VerifySource(page=PAGE, items=("wbc",))
    book.refused("item-empty", VerifySource(page=PAGE, items=("anc",)), "data-manager")
    book.do(check, "data-manager")
    book.refused("nothing-left-to-verify", check, "qa")
    book.do(VerifySource(page=PAGE), "data-manager")
    assert {one.item for one in page_of(book).verified} == set(WELL)
    book.do(save({**WELL, "wbc": {"value": "1", "unit": "10*9/L"}}), "physician", reason="misread")
    assert {one.item for one in page_of(book).verified} == set(WELL) - {"wbc"}


def test_own_entries_are_not_verified() -> None:
    from milenari.rules.people import GrantRole
    from tests.rules.cast import LONG_AGO

    book = saved()
    grant = GrantRole(person="ROM-PHYSICIAN", granted="data-manager", at_site="ROM", from_on=LONG_AGO)
    book.do(grant, "qa")
    book.refused("own-work", VerifySource(page=PAGE), "data-manager", by="ROM-PHYSICIAN")
    book.do(VerifySource(page=PAGE), "data-manager")


def test_a_query_is_asked_answered_asked_again_and_closed() -> None:
    book = saved()
    ask = RaiseQuery(page=PAGE, item="wbc", text="Unit of the laboratory?")
    book.refused("form-item-unknown", RaiseQuery(page=PAGE, item="gone", text="x"), "data-manager")
    book.refused("text-holds-identity", RaiseQuery(page=PAGE, item="wbc", text="tel 061234567"), "data-manager")
    book.refused("role-not-allowed", ask, "physician")
    book.do(ask, "data-manager")
    book.refused("query-in-another-state", CloseQuery(page=PAGE, query=1), "data-manager")
    book.refused("query-unknown", AnswerQuery(page=PAGE, query=2, text="x"), "physician")
    book.refused("role-not-allowed", AnswerQuery(page=PAGE, query=1, text="x"), "data-manager")
    book.do(AnswerQuery(page=PAGE, query=1, text="as printed"), "physician")
    again = RaiseQuery(page=PAGE, item="wbc", text="printed where?", query=1)
    wrong = RaiseQuery(page=PAGE, item="anc", text="x", query=1)
    book.refused("query-of-another-item", wrong, "data-manager")
    book.do(again, "data-manager")
    book.refused("query-in-another-state", again, "data-manager")
    book.do(AnswerQuery(page=PAGE, query=1, text="on the sheet"), "ward-nurse")
    book.refused("queries-open", SignForm(page=PAGE), "investigator")
    book.do(CloseQuery(page=PAGE, query=1), "data-manager")
    assert [said.word for said in page_of(book).queries[0].thread] == ["raised", "answered"] * 2 + ["closed"]
    sign(book)


def test_an_investigator_signs_what_is_complete_and_a_change_takes_the_signature_off() -> None:
    book = saved({"taken_on": WELL["taken_on"], "state": {"value": "ILL"}})
    assert book.refused("form-incomplete", SignForm(page=PAGE), "investigator")["items"] == ["wbc", "days_ill"]
    whole = {"taken_on": WELL["taken_on"], "state": {"value": "ILL"}, "wbc": {"missing": "not-done"},
             "days_ill": {"value": "2", "unit": "d"}}  # fmt: skip
    book.do(save(whole), "physician")
    book.refused("role-not-allowed", SignForm(page=PAGE), "physician")
    sign(book)
    assert page_of(book).signed_by == "ROM-INVESTIGATOR"
    book.refused("page-in-another-state", SignForm(page=PAGE), "investigator")
    book.do(save({**whole, "wbc": WBC}), "physician", reason="found the sheet")
    assert page_of(book).signed_at is None


def test_coding_is_the_data_managers_alone_and_leaves_the_signature() -> None:
    book = sign(saved())
    coded = {**WELL, "pt": {"value": "10016558", "unit": "1"}}
    book.refused("not-your-item", save(coded), "physician")
    book.refused("not-your-item", save({**coded, "fever": {"value": "no"}}), "data-manager")
    book.do(save(coded), "data-manager")
    assert page_of(book).signed_at is not None and page_of(book).authors == ("ROM-PHYSICIAN",)


def test_a_page_is_frozen_locked_and_opened_with_a_reason() -> None:
    book = saved()
    book.refused("page-in-another-state", LockForm(page=PAGE), "data-manager")
    book.refused("page-in-another-state", UnlockForm(page=PAGE), "data-manager", reason=WHY)
    book.do(FreezeForm(page=PAGE), "data-manager")
    book.refused("page-in-another-state", save({**WELL, "fever": {"value": "no"}}), "physician")
    book.refused("page-not-signed", LockForm(page=PAGE), "data-manager")
    book.do(RaiseQuery(page=PAGE, item="wbc", text="sure?"), "data-manager")
    book.do(AnswerQuery(page=PAGE, query=1, text="yes"), "physician")
    book.do(CloseQuery(page=PAGE, query=1), "data-manager")
    sign(book)
    book.refused("page-in-another-state", SignForm(page=PAGE), "investigator", at=book.now + timedelta(seconds=1))
    book.do(LockForm(page=PAGE), "data-manager")
    assert page_of(book).state == "locked"
    for act, who in ((save({**WELL, "fever": {"value": "no"}}), "physician"), (VerifySource(page=PAGE), "data-manager"),
                     (RaiseQuery(page=PAGE, item="wbc", text="x"), "data-manager"),
                     (FreezeForm(page=PAGE), "data-manager")):  # fmt: skip
        book.refused("page-in-another-state", act, who)
    book.refused("reason-missing", UnlockForm(page=PAGE), "data-manager")
    book.do(UnlockForm(page=PAGE), "data-manager", reason="the laboratory corrected its sheet")
    assert page_of(book).state == "signed"
    book.do(save({**WELL, "fever": {"value": "no"}}), "physician")
    assert page_of(book).state == "open"


TYPED = st.fixed_dictionaries({}, optional={
    "wbc": st.one_of(st.decimals(0, 90, places=2).map(lambda n: {"value": str(n), "unit": "10*9/L"}),
                     st.sampled_from(REASONS).map(lambda why: {"missing": why})),
    "state": st.sampled_from(["WELL", "ILL"]).map(lambda word: {"value": word}),
    "taken_on": st.dates().map(lambda day: {"value": day.isoformat()}),
    "remark": st.sampled_from(["a", "b"]).map(lambda word: {"value": word}),
})  # fmt: skip


@given(st.lists(TYPED, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_the_history_rebuilds_every_state_a_page_ever_had(states: list[Any]) -> None:
    book = at_casebook()
    seen: list[Any] = []
    for values in states:
        if values != (seen[-1] if seen else {}):
            book.do(save(values), "physician", reason="as the source says")
            seen.append(values)
    page, rebuilt, told = page_of(book), {}, []
    for at in dict.fromkeys(change.at for change in page.changes):
        for change in (one for one in page.changes if one.at == at):
            assert rebuilt.get(change.item) == change.before
            rebuilt[change.item] = change.after
        told.append({name: value for name, value in rebuilt.items() if value is not None})
    assert told == seen


def test_the_code_of_a_page_fits_a_code() -> None:
    assert page_code(PARTICIPANT, "D28", "CBC", 1) == "ARI-PED-ROM-001/D28/CBC/1"
    assert definition()["repeats"]
