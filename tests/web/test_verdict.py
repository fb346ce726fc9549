"""The verdict at the bedside: what the rules say, in very large words; each tested against the rules' own answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from milenari.journal import ask
from milenari.rules import carrier
from milenari.rules.action import Refused
from milenari.rules.custody import Dispatch
from milenari.rules.infusion import ScanBedside
from milenari.rules.lease import GrantLease
from milenari.rules.referral import WithdrawConsent
from milenari.rules.release import RecallBatch
from milenari.rules.vector import RecallLot
from milenari.web import verdict
from milenari.web.access import Acting
from milenari.web.wording import bedside as words
from milenari.words import Role
from tests.rules import cast
from tests.rules.cast import COI, OTHER_COI, MemoryBook

WHO = Acting("ROM-WARD-NURSE", "nurse", "ROM", Role.WARD_NURSE, "Europe/Rome", {"ROM": [Role.WARD_NURSE]}, {},
             frozenset({"ROM"}))  # fmt: skip


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Callable[[MemoryBook], MemoryBook]:
    """Let the screen ask a book in memory, at that book's time."""

    def stand(book: MemoryBook) -> MemoryBook:
        monkeypatch.setattr(ask.fold, "DiskBook", lambda using: book)
        monkeypatch.setattr(ask.clock, "now", lambda: book.now)
        return book

    return stand


def decided(book: MemoryBook | None = None) -> MemoryBook:
    book = book or cast.released()
    book.do(cast.decide_(), "physician")
    return book


def by_the_rule(book: MemoryBook, wristband: str = COI, bag: str = "B1-F1", dose: str = "B1-F1") -> str:
    """The code with which the rules themselves refuse the chain of scan, second scan and infusion."""
    trial = book.copy()
    try:
        trial.do(ScanBedside(dose=dose, wristband=wristband, bag=bag), "ward-nurse")
        trial.do(cast.confirm(dose, wristband), "ward-nurse-2")
        trial.do(cast.administer(dose), "ward-nurse")
    except Refused as refused:
        return refused.code
    return ""


def test_the_right_bag_for_the_right_patient_may_be_given_and_nothing_is_written(standing: Any) -> None:
    book = standing(decided())
    before = dict(book.sheets)
    found = verdict.of_scan(WHO, "B1-F1", COI, "B1-F1")
    assert (found.look, found.words, by_the_rule(book)) == ("give", words.GIVE, "")
    assert book.sheets == before and len(book.entries) == len(book.copy().entries)


def recalled_lot() -> MemoryBook:
    book = decided()
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="drill")
    return book


def recalled_batch() -> MemoryBook:
    book = decided()
    book.do(RecallBatch(batch="B1"), "qp", reason="drill")
    return book


def given() -> MemoryBook:
    return cast.infused()


def expired() -> MemoryBook:
    book = decided()
    dose = book.sheet("dose:B1-F1")
    book.sheets["dose:B1-F1"] = type(dose)(**{**dose.__dict__, "use_by": book.now})
    return book.later(minutes=1)


def held() -> MemoryBook:
    book = decided()
    book.do(cast.decide_(decision="hold"), "physician")
    return book


def withdrawn() -> MemoryBook:
    book = decided()
    book.do(WithdrawConsent(journey="J1"), "physician", reason="the family asks")
    return book


def second_day(**grades: Any) -> MemoryBook:
    """A day after the first fraction, the second decided, and then graded worse."""
    book = cast.next_day()
    book.do(cast.decide_("B1-F2"), "physician")
    book.do(cast.crs(**grades), "ward-nurse")
    return book


def old_weight() -> MemoryBook:
    book = decided().later(days=15)
    book.do(GrantLease(lease="BCN", hours=336), **cast.node("BCN"))  # else the want of fresh word is said first
    return book


@pytest.mark.parametrize(
    ("book", "look", "code"),
    [
        (cast.released, "wait", "not-decided"),
        (held, "stop", "held"),
        (recalled_lot, "stop", "vector-recalled"),
        (recalled_batch, "stop", "batch-recalled"),
        (given, "stop", "already-given"),
        (expired, "stop", "product-expired"),
        (withdrawn, "stop", "consent-withdrawn"),
        (old_weight, "wait", "weight-too-old"),
    ],
)
def test_what_stands_against_a_fraction_is_the_rules_own_answer(
    standing: Any, book: Callable[[], MemoryBook], look: str, code: str
) -> None:
    stood = standing(book())
    found = verdict.of_scan(WHO, "B1-F1", COI, "B1-F1")
    assert (found.look, found.code) == (look, code)
    assert by_the_rule(stood) == ("not-decided" if code == "held" else code)
    assert found.words in (*words.WAIT.values(), *words.STOP.values())
    assert found.sentence and found.call


def test_an_unreleased_fraction_stops_whoever_decided(standing: Any) -> None:
    book = standing(cast.certified())
    found = verdict.of_scan(WHO, "B1-F1", COI, "B1-F1")
    assert (found.look, found.code, by_the_rule(book)) == ("stop", "not-released", "not-released")
    assert Role.QP in found.call


def test_another_patient_is_a_stop_and_a_badly_read_wristband_is_scanned_again(standing: Any) -> None:
    book = standing(decided())
    assert verdict.of_scan(WHO, "B1-F1", OTHER_COI, "B1-F1").code == "another-patient"
    assert by_the_rule(book, wristband=OTHER_COI) == "another-patient"
    misread = verdict.of_scan(WHO, "B1-F1", COI[:-1] + ("2" if COI[-1] != "2" else "3"), "B1-F1")
    assert (misread.look, misread.code) == ("wait", "coi-check-wrong")
    assert verdict.of_scan(WHO, "B1-F1", COI[1:], "B1-F1").code == "coi-unreadable"


def test_another_bag_is_a_stop(standing: Any) -> None:
    book = standing(decided())
    found = verdict.of_scan(WHO, "B1-F1", COI, "B1-F2")
    assert (found.look, found.code, by_the_rule(book, bag="B1-F2")) == ("stop", "another-bag", "another-bag")


def test_toxicity_since_the_last_fraction_stops_the_next(standing: Any) -> None:
    standing(second_day(fever=True, hypotension="no-vasopressor"))
    found = verdict.of_scan(WHO, "B1-F2", COI, "B1-F2")
    assert (found.look, found.code) == ("stop", "toxicity-too-high")
    ungraded = cast.infused().later(hours=25)
    standing(ungraded)
    against = verdict.of_decision(WHO, "B1-F2", "ROM-PHYSICIAN")
    assert against and (against.look, against.code) == ("wait", "toxicity-not-graded")
    standing(cast.next_day())
    assert verdict.of_decision(WHO, "B1-F2", "ROM-PHYSICIAN") is None


def test_a_fraction_on_its_way_is_not_given(standing: Any) -> None:
    book = decided()
    book.do(Dispatch(what="dose:B1-F1", to_site="BEY"), "ward-nurse")
    standing(book)
    assert verdict.of_scan(WHO, "B1-F1", COI, "B1-F1").code == by_the_rule(book) == "in-transit"


def test_whoever_has_no_role_at_the_bed_is_told_so(standing: Any) -> None:
    standing(decided())
    operator = Acting("ROM-OPERATOR", "operator", "ROM", Role.OPERATOR, "Europe/Rome", {"ROM": [Role.OPERATOR]}, {},
                      frozenset({"ROM"}))  # fmt: skip
    assert verdict.of_scan(operator, "B1-F1", COI, "B1-F1").code == "role-not-allowed"


def test_after_the_first_scan_and_after_both_the_record_itself_is_asked(standing: Any) -> None:
    book = decided()
    book.do(cast.scan(), "ward-nurse")
    standing(book)
    assert verdict.of_dose(WHO, "B1-F1").code == "not-scanned"
    assert verdict.of_first_scan(WHO, "B1-F1").give
    book.do(cast.confirm(), "ward-nurse-2")
    assert (verdict.of_dose(WHO, "B1-F1").words, verdict.of_dose(WHO, "B1-F1").give) == (words.GIVE_NOW, True)
    standing(book.copy().later(minutes=29))
    assert verdict.of_dose(WHO, "B1-F1").code == verdict.of_first_scan(WHO, "B1-F1").code == "scan-too-old"


def test_a_product_supplied_out_of_specification_says_so_beside_its_yes(standing: Any) -> None:
    book = decided()
    batch = book.sheet("batch:B1")
    book.sheets["batch:B1"] = type(batch)(**{**batch.__dict__, "decision": "out-of-specification"})
    standing(book)
    assert verdict.of_scan(WHO, "B1-F1", COI, "B1-F1").code == "nonconforming"


def test_the_bags_own_symbol_is_read_as_its_bag(standing: Any) -> None:
    standing(decided())
    symbol = carrier.write(
        carrier.Carrier(kind="product-bag", serial=carrier.serial_of("ROM", 7), code="B1-F1", coi=COI)
    )
    assert verdict.of_scan(WHO, "B1-F1", COI, symbol).give
    torn = symbol[:-1] + ("A" if symbol[-1] != "A" else "B")
    assert verdict.of_scan(WHO, "B1-F1", COI, torn).code == "label-check-wrong"


def test_a_refusal_without_words_of_its_own_is_a_stop() -> None:
    found = verdict.refused(Refused("something-new"), "UTC")
    assert (found.look, found.words, found.call) == ("stop", words.STOP_OTHERWISE, words.CALL_OTHERWISE)
